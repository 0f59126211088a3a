"""Agreement of triggers and conditions: description, texts, icons and code."""

from collections.abc import Collection

import pytest

from custom_components.miner_control.condition import CONDITIONS
from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.trigger import TRIGGERS

from .files import INTEGRATION, Document, read_json, read_yaml, translation

CODE: dict[str, Collection[str]] = {"conditions": CONDITIONS, "triggers": TRIGGERS}


@pytest.fixture(name="kind", params=sorted(CODE))
def kind_fixture(request: pytest.FixtureRequest) -> str:
    """Return each kind of what an automation is made of."""
    kind: str = request.param
    return kind


@pytest.fixture(name="described")
def described_fixture(kind: str) -> Document:
    """Return what Home Assistant is told of it."""
    document = read_yaml(INTEGRATION / f"{kind}.yaml")
    return {name: body for name, body in document.items() if not name.startswith(".")}


def test_all_are_described(kind: str, described: Document) -> None:
    """What the code offers is described, has texts and an icon, and nothing else."""
    icons = read_json(INTEGRATION / "icons.json")[kind]
    names = set(CODE[kind])
    assert names == set(described) == set(translation()[kind]) == set(icons)
    assert all(set(icon) == {kind.removesuffix("s")} for icon in icons.values())


def test_fields_have_texts(kind: str, described: Document) -> None:
    """Every field has a selector, a name and a description, and nothing lacks one."""
    texts = translation()[kind]
    for name, body in described.items():
        fields, named = body.get("fields", {}), texts[name].get("fields", {})
        assert set(fields) == set(named), name
        assert all("selector" in field for field in fields.values()), name
        for text in (texts[name], *named.values()):
            assert {"name", "description"} <= set(text), name


def test_targets_are_miners(described: Document) -> None:
    """Only entities of the integration are offered as targets."""
    for name, body in described.items():
        filters = body["target"]["entity"]
        assert [one["integration"] for one in filters] == [DOMAIN], name
