"""Rules for blueprints that are imported from the repository."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import importer
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.util import yaml as yaml_util
import pytest

from .files import ROOT, manifest, read_json

FOLDER = ROOT / "blueprints" / "automation" / manifest()["domain"]
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
# What the repository was made for.
EXPECTED = {
    "battery_floor",
    "fleet_battery",
    "fleet_surplus",
    "fleet_tariff",
    "open_window",
    "room_thermostat",
    "solar_surplus",
    "tariff_window",
    "watchdog",
}


@pytest.fixture(name="blueprint", params=NAMES)
def blueprint_fixture(request: pytest.FixtureRequest) -> Blueprint:
    """Return each blueprint, as Home Assistant reads it."""
    return _read(request.param)


def _read(name: str) -> Blueprint:
    """Return a blueprint, as Home Assistant reads it."""
    return Blueprint(
        yaml_util.load_yaml_dict(FOLDER / f"{name}.yaml"),
        expected_domain="automation",
        path=f"{name}.yaml",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


def test_all_are_there() -> None:
    """Each use of a miner has its blueprint."""
    assert set(NAMES) == EXPECTED


def test_blueprint_needs_the_same_release(blueprint: Blueprint) -> None:
    """A blueprint asks for the same release of Home Assistant as the integration."""
    minimum = read_json(ROOT / "hacs.json")["homeassistant"]
    assert blueprint.metadata["homeassistant"] == {"min_version": minimum}
    assert not blueprint.validate()


@pytest.mark.parametrize("name", NAMES)
def test_blueprint_is_imported_from_where_it_is(name: str) -> None:
    """The address in a blueprint leads to its file, in the way of the importer."""
    address = _read(name).metadata["source_url"]
    assert address.startswith(f"{manifest()['documentation']}/blob/main/")
    raw = importer._get_github_import_url(address)
    path = raw.partition("/main/")[2]
    assert ROOT / path == FOLDER / f"{name}.yaml"


def test_blueprint_survives_the_import(blueprint: Blueprint) -> None:
    """What the importer writes into the configuration is the same blueprint."""
    again = yaml_util.parse_yaml(blueprint.yaml())
    assert again == blueprint.data


def test_texts(blueprint: Blueprint) -> None:
    """Each blueprint says what it does, and each field has a name."""
    assert blueprint.metadata["description"].strip().endswith(".")
    assert len(blueprint.metadata["description"].splitlines()) > 1
    assert all(field.get("name") for field in blueprint.inputs.values())


def test_optional_sections_are_folded_up(blueprint: Blueprint) -> None:
    """Nobody has to look into a section that is folded up."""
    for section in blueprint.metadata["input"].values():
        if section.get("collapsed"):
            assert all("default" in field for field in section["input"].values())


def test_miners_entities_are_filtered(blueprint: Blueprint) -> None:
    """What has to be a miner, a fleet or its entity is chosen among those only."""
    chosen = [
        entity_filter["integration"]
        for field in blueprint.inputs.values()
        for entity_filter in _filters(field)
        if "integration" in entity_filter
    ]
    assert chosen
    assert set(chosen) == {manifest()["domain"]}


def test_miner_or_fleet_is_chosen_by_its_device(blueprint: Blueprint) -> None:
    """Nobody has to know which of its entities are needed."""
    ruled = "fleet" if blueprint.metadata["name"].startswith("Fleet:") else "miner"
    assert "device" in blueprint.inputs[ruled]["selector"]


def _filters(field: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the filters of an input that is an entity or a device."""
    selector = field["selector"]
    if "entity" in selector:
        yield from selector["entity"]["filter"]
    if "device" in selector:
        yield from selector["device"].get("entity", ())
        yield from selector["device"].get("filter", ())
