"""Agreement of the actions' description, texts and icons with the code."""

import re

import pytest

from custom_components.miner_control.domain.features import MinerFeatureType

from .files import INTEGRATION, Document, read_json, read_yaml, texts, translation

SCHEMA_KEYS = {"default", "example", "required", "selector"}


@pytest.fixture(name="actions", scope="module")
def actions_fixture() -> Document:
    """Return the description of the actions."""
    return read_yaml(INTEGRATION / "services.yaml")


@pytest.fixture(name="icons", scope="module")
def icons_fixture() -> Document:
    """Return the icons."""
    return read_json(INTEGRATION / "icons.json")


def test_actions_have_texts(actions: Document) -> None:
    """Every action and each of its fields has a name and a description."""
    described = translation()["services"]
    assert set(described) == set(actions)
    for name, action in actions.items():
        fields = described[name].get("fields", {})
        assert set(fields) == set(action.get("fields", {})), name
        for text in (described[name], *fields.values()):
            assert {"name", "description"} <= set(text)


def test_fields_of_actions(actions: Document) -> None:
    """Fields are described by structure alone, and each by a selector."""
    for action in actions.values():
        for field in action.get("fields", {}).values():
            assert "selector" in field
            assert set(field) <= SCHEMA_KEYS


def test_feature_types_of_action(actions: Document) -> None:
    """The action offers every feature type, in the order of the domain."""
    field = actions["set_feature"]["fields"]["feature_type"]
    select = field["selector"]["select"]
    assert select["options"] == list(MinerFeatureType)
    options = translation()["selector"][select["translation_key"]]["options"]
    assert set(options) == set(MinerFeatureType)


def test_actions_have_icons(actions: Document, icons: Document) -> None:
    """Every action has an icon."""
    assert set(icons["services"]) == set(actions)


def test_icons_are_material_design(icons: Document) -> None:
    """Every icon is one of Material Design."""
    for path, icon in texts(icons):
        assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", icon), path


def test_entities_have_icons(icons: Document) -> None:
    """Every entity has an icon, though some would get one by their device class."""
    for platform, entities in translation()["entity"].items():
        assert set(entities) == set(icons["entity"][platform]), platform


@pytest.mark.parametrize("flow", ["config", "options"])
def test_sections_have_icons(flow: str, icons: Document) -> None:
    """Every section of a form has an icon, and nothing else has one."""
    named = {
        step: set(texts["sections"])
        for step, texts in translation()[flow]["step"].items()
        if "sections" in texts
    }
    shown = {
        step: set(found["sections"]) for step, found in icons[flow]["step"].items()
    }
    assert shown == named
