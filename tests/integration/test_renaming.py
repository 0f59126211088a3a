"""Entities get other ids, and go on as they were."""

import ast

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.sensor.energy import EnergySensor
from custom_components.miner_control.sensor.entities import UptimeSensor
from tests.metadata.files import INTEGRATION

from .bench import Bench
from .conftest import SetUp
from .controllers import HOST, NETWORK_FEATURES, Network, network
from .operating import hashing

# Whatever a class does when it is added or removed, it may do anew at a renaming.
ADDING = {
    "async_added_to_hass",
    "async_prepare_to_add_to_hass",
    "async_will_remove_from_hass",
}
HOOK = "async_entity_id_changed"
OPERATING = NETWORK_FEATURES | {F.OPERATIONAL_MONITORING}


def rename(miner: Bench, key: str) -> str:
    """Rename a sensor of the miner as a user does, and return its former id."""
    former = miner.entity_id("sensor", key)
    registry = er.async_get(miner.hass)
    registry.async_update_entity(former, new_entity_id=f"sensor.renamed_{key}")
    return former


@pytest.mark.normal
@pytest.mark.parametrize("key", ["energy", "uptime", "hashrate", "status"])
async def test_renamed_entity_shows_the_same(
    hass: HomeAssistant, set_up: SetUp, devices: Network, key: str
) -> None:
    """There is one entity, with its new id; nothing was lost, and nothing logged."""
    devices[HOST].answer = hashing()
    miner = await set_up(network(features=OPERATING, readings=("uptime",)))
    before = miner.sensor(key)
    former = rename(miner, key)
    await miner.settle()
    after = miner.sensor(key)
    assert hass.states.get(former) is None
    assert after.entity_id == f"sensor.renamed_{key}"
    assert (after.state, after.attributes) == (before.state, before.attributes)


@pytest.mark.skipif(
    not hasattr(Entity, HOOK), reason="Home Assistant before 2026.11 adds it again"
)
@pytest.mark.parametrize(
    ("key", "kind"), [("energy", EnergySensor), ("uptime", UptimeSensor)]
)
async def test_entity_with_a_state_of_its_own_is_renamed_in_place(
    set_up: SetUp,
    devices: Network,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    kind: type[Entity],
) -> None:
    """It is not removed and added again, which Home Assistant will do no more."""
    devices[HOST].answer = hashing()
    miner = await set_up(network(features=OPERATING, readings=("uptime",)))
    added: list[str] = []

    async def note(entity: Entity) -> None:
        """Note that an entity was added."""
        added.append(entity.entity_id)

    monkeypatch.setattr(kind, "async_added_to_hass", note)
    rename(miner, key)
    await miner.settle()
    assert added == []


def test_every_entity_that_does_something_when_added_is_ready_for_renaming() -> None:
    """What it does then is not done again when it is renamed."""
    unready = []
    for path in INTEGRATION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and _names(node) & ADDING:
                unready += [] if HOOK in _names(node) else [f"{path.name}: {node.name}"]
    assert unready == []


def _names(node: ast.ClassDef) -> set[str]:
    """Return what a class defines itself."""
    names: set[str] = set()
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(part.name)
        elif isinstance(part, ast.Assign):
            names |= {ast.unparse(target) for target in part.targets}
    return names
