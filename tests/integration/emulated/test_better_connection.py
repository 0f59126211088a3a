"""A device that is linked by a lesser protocol is offered a better one, in one step."""

from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.axeos.controller import AxeosController
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.flows.link import miner_with_mac
from custom_components.miner_control.flows.network.discovery import follow_device
from custom_components.miner_control.storage.bindings import load_miner
from emulation import EmulatedAntminer, EmulatedMiner
from emulation.axeos import EmulatedBitaxe, EmulatedLuckyLV07, EmulatedNerdQaxe
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import entities
from tests.integration.repairing import Repair, issue, issues

from .rig import TITLE, link

pytestmark = pytest.mark.usefixtures("every_text_exists")

ISSUE = "better_connection_asic"
KINDS = [EmulatedBitaxe, EmulatedNerdQaxe, EmulatedLuckyLV07]
READS = 3
MOVED = "127.99.99.99"
MINE = {F.HASHRATE_MONITORING: {"priority": 66}, F.RESTART_CONTROL: {"enabled": False}}


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[EmulatedMiner]:
    """Return a device that is known to a library, and speaks a protocol of its own."""
    skip_unless_ports_free(request.param)
    async with request.param(new_address(), warm_up=0.0, boot=0.05) as running:
        yield running


@pytest.fixture
async def bench(hass: HomeAssistant, device: EmulatedMiner) -> Bench:
    """Return a miner that was linked by the lesser protocol, and its plug."""
    linked = await link(device, scan_interval=3600, bindings=dict(MINE))
    bench = Bench(hass, linked, entities())
    await bench.set_up()
    await finish(bench)
    return bench


async def finish(bench: Bench) -> None:
    """Let everything end that goes on in the background."""
    await bench.hass.async_block_till_done(wait_background_tasks=True)


def registered(bench: Bench) -> dict[str, tuple[str, str | None]]:
    """Return the names and devices of all entities of the miner, by what they are."""
    registry = er.async_get(bench.hass)
    return {
        entity.id: (entity.entity_id, entity.device_id)
        for entity in er.async_entries_for_config_entry(registry, bench.entry.entry_id)
    }


def connection(bench: Bench, title: str = TITLE) -> Any:
    """Return a controller's subentry by its title."""
    return next(s for s in bench.entry.subentries.values() if s.title == title)


async def test_change_keeps_everything(
    hass: HomeAssistant, bench: Bench, device: EmulatedMiner, repair: Repair
) -> None:
    """Entities, names, devices and ranking stay; the better protocol provides."""
    assert issues(hass) == {ISSUE}
    told = issue(hass, ISSUE).translation_placeholders or {}
    assert (told["before"], told["found"]) == ("pyasic", "AxeOS")
    registry = er.async_get(hass)
    rate = bench.entity_id("sensor", "hashrate")
    registry.async_update_entity(rate, new_entity_id="sensor.garage", name="Garage")
    before, devices = registered(bench), _devices(bench)

    form = await repair.start(ISSUE)
    assert (form["step_id"], form["errors"]) == ("confirm", {})
    assert (await repair.send(standby=False))["type"] == "create_entry"
    await finish(bench)

    after = registered(bench)
    assert {key: after.get(key) for key in before} == before
    assert _devices(bench) == devices
    assert issues(hass) == set()
    linked = connection(bench)
    assert (linked.subentry_id, linked.data["protocol"]) == ("asic", "axeos")
    assert linked.data["features"][F.HASHRATE_MONITORING]["priority"] == 66
    assert linked.data["features"][F.RESTART_CONTROL]["enabled"] is False
    assert F.TUNING_CONTROL in linked.data["features"]
    state = hass.states.get("sensor.garage")
    assert state is not None
    assert float(state.state) == pytest.approx(device.hashrate, rel=0.2)
    assert state.attributes["provider"] == TITLE
    assert bench.state("number", "tuning_frequency").state != "unavailable"
    assert len(bench.entry.subentries) == 2


def _devices(bench: Bench) -> set[str]:
    """Return the ids of the miner's devices."""
    registry = dr.async_get(bench.hass)
    found = dr.async_entries_for_config_entry(registry, bench.entry.entry_id)
    return {device.id for device in found}


async def test_old_one_stays_as_fallback(
    hass: HomeAssistant, bench: Bench, device: EmulatedMiner, repair: Repair
) -> None:
    """It ranks just behind, takes over when it has to, and moves with the device."""
    await repair.start(ISSUE)
    assert (await repair.send(standby=True))["type"] == "create_entry"
    await finish(bench)
    assert issues(hass) == set()
    assert [s.title for s in bench.entry.subentries.values()] == [
        TITLE,
        "Smart plug",
        f"{TITLE} (pyasic)",
    ]
    fallback = connection(bench, f"{TITLE} (pyasic)")
    assert fallback.data["protocol"] == "pyasic"
    ranked = load_miner(bench.entry).ranked_features(F.HASHRATE_MONITORING)
    assert [(f.controller_id, f.priority) for f in ranked] == [
        ("asic", 66),
        (fallback.subentry_id, 65),
    ]
    assert bench.served("hashrate")[1:] == (TITLE, False)
    # Neither of the two keeps the other from being reconfigured.
    mac = fallback.data["capabilities"]["mac"]
    assert miner_with_mac(hass, mac, fallback) is None
    assert miner_with_mac(hass, mac, connection(bench)) is None
    assert miner_with_mac(hass, mac) == ("Miner" if mac else None)
    await bench.unload()
    follow_device(hass, device.mac, MOVED)
    hosts = [s.data.get(CONF_HOST) for s in bench.entry.subentries.values()]
    assert (hosts == [MOVED, None, MOVED]) is (mac is not None)


async def test_fallback_takes_over(
    hass: HomeAssistant, bench: Bench, repair: Repair
) -> None:
    """The miner is read by the old protocol while the better one fails."""
    await repair.start(ISSUE)
    await repair.send(standby=True)
    await finish(bench)
    gone = ControllerUnreachableError("gone")
    with patch.object(AxeosController, "read", side_effect=gone):
        await bench.coordinator.controllers["asic"].async_refresh()
        await finish(bench)
        rate, provider, is_fallback = bench.served("hashrate")
    assert float(rate) > 0
    assert (provider, is_fallback) == (f"{TITLE} (pyasic)", True)


async def test_ignored_offer_stays_ignored(
    hass: HomeAssistant, bench: Bench, device: EmulatedMiner
) -> None:
    """Whoever does not want it is not asked again, nor is the device."""
    ir.async_ignore_issue(hass, DOMAIN, ISSUE, ignore=True)
    asked = device.requests.total()
    assert await hass.config_entries.async_reload(bench.entry.entry_id)
    await finish(bench)
    # The library reads it once; nobody looks for the better protocol again.
    assert device.requests.total() - asked <= READS
    assert issue(hass, ISSUE).dismissed_version is not None


@pytest.mark.parametrize("device", [EmulatedAntminer], indirect=True)
async def test_other_kinds_are_not_asked(bench: Bench, device: EmulatedMiner) -> None:
    """A device that no better protocol knows is left alone."""
    assert issues(bench.hass) == set()
    assert "GET /api/system/info" not in device.requests


@pytest.mark.parametrize("device", [EmulatedBitaxe, EmulatedNerdQaxe], indirect=True)
async def test_stranger_is_not_taken(
    hass: HomeAssistant, bench: Bench, device: EmulatedMiner, repair: Repair
) -> None:
    """Another device at the address cannot be linked by a repair of the connection."""
    await repair.start(ISSUE)
    device.mac = "02:00:00:00:00:01"
    form = await repair.send(standby=False)
    assert form["errors"] == {"base": "another_device"}
    await device.cut_power()
    assert (await repair.send(standby=False))["errors"] == {"base": "cannot_connect"}
    assert connection(bench).data["protocol"] == "pyasic"
