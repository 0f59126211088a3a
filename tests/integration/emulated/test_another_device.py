"""Another device answers: nothing is told to it until the user says who it is."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.miner_control.controllers import Found, identify
from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    LibraryMissingError,
    NotAMinerError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.flows.network import lookup
from emulation import EmulatedMiner, Fault
from tests.emulation.support import new_address
from tests.integration.bench import ENTRY_ID, Bench
from tests.integration.controllers import simulation
from tests.integration.repairing import Repair, issue, issues as all_issues

from .rig import TITLE, Site, link

pytestmark = pytest.mark.usefixtures("every_text_exists")

STRANGER = "02:00:00:00:00:01"
OTHER = "02:00:00:00:00:02"
ISSUE = "another_device_asic"


def issues(hass: HomeAssistant) -> set[str]:
    """Return the issues that are raised, less the offer of a better connection."""
    return {i for i in all_issues(hass) if not i.startswith("better_connection")}


async def test_stranger_is_told_of_but_not_to(hass: HomeAssistant, site: Site) -> None:
    """Its values are not shown, and it gets no command."""
    assert issues(hass) == set()
    stranger = await site.exchange(STRANGER)
    assert issues(hass) == {ISSUE}
    assert issue(hass, ISSUE).translation_placeholders == {
        "miner": "Miner",
        "controller": TITLE,
        "host": site.device.address,
    }
    assert site.bench.sensor("hashrate").state == "unavailable"
    with pytest.raises(HomeAssistantError):
        await site.bench.runtime.operations.stop_mining()
    assert stranger.mining


async def test_issue_ends_when_the_linked_device_is_back(
    hass: HomeAssistant, site: Site
) -> None:
    """Nothing needs to be done then."""
    stranger = await site.exchange(STRANGER)
    await stranger.stop()
    await site.put(site.device.address, site.device.mac)
    await site.look()
    assert issues(hass) == set()


async def test_device_was_exchanged(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """The new one is linked in the place of the old one, bindings and all."""
    before = site.subentry.data
    stranger = await site.exchange(STRANGER)
    registry = dr.async_get(hass)
    device = site.bench.device(site.bench.controller_key(TITLE))
    assert device
    registry.async_update_device(device.id, name_by_user="Cellar")
    connectivity = site.bench.connectivity(TITLE).entity_id
    menu = await repair.start(ISSUE)
    assert menu["menu_options"] == ["exchanged", "address"]
    form = await repair.choose("exchanged")
    assert form["errors"] == {}
    assert STRANGER in form["description_placeholders"]["found"]
    assert site.subentry.data == before
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert issues(hass) == set()
    after = site.subentry.data
    assert after["capabilities"]["mac"] == STRANGER
    assert after["features"] == before["features"]
    assert after["features"][F.HASHRATE_MONITORING]["priority"] == 66
    assert site.subentry.unique_id == site.bench.entry.unique_id == STRANGER
    # The controller's device in the registry is the same as before.
    devices = dr.async_entries_for_config_entry(registry, ENTRY_ID)
    (miner_device,) = [found for found in devices if found.connections]
    assert miner_device == site.bench.device(ENTRY_ID)
    assert miner_device.connections == {("mac", STRANGER)}
    (kept,) = [found for found in devices if found.config_subentry_id]
    assert (kept.id, kept.name_by_user) == (device.id, "Cellar")
    assert site.bench.connectivity(TITLE).entity_id == connectivity
    assert site.bench.connectivity(TITLE).state == "on"
    await site.bench.runtime.operations.stop_mining()
    assert not stranger.mining


async def test_silent_device_is_not_adopted(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """It has to show what it is first; then it can."""
    stranger = await site.exchange(STRANGER)
    stranger.fault = Fault.REFUSE
    await repair.start(ISSUE)
    form = await repair.choose("exchanged")
    assert form["errors"] == {"base": "cannot_connect"}
    form = await repair.send()
    assert form["errors"] == {"base": "cannot_connect"}
    stranger.fault = None
    form = await repair.send()
    assert form["errors"] == {}
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert site.subentry.unique_id == STRANGER


async def test_device_of_another_miner_is_not_adopted(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """It has a miner already."""
    neighbour = await site.put(new_address(), STRANGER)
    other = Bench(hass, await link(neighbour), title="Other", entry_id="01OTHER")
    await other.set_up()
    await neighbour.stop()
    await site.exchange(STRANGER)
    await repair.start(ISSUE)
    form = await repair.choose("exchanged")
    assert form["errors"] == {"base": "already_linked"}
    assert site.subentry.unique_id == site.device.mac


async def test_linked_device_that_came_back_is_taken(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """While the form was open, it took its place again."""
    stranger = await site.exchange(STRANGER)
    await repair.start(ISSUE)
    await stranger.stop()
    await site.put(site.device.address, site.device.mac)
    form = await repair.choose("exchanged")
    assert form["errors"] == {}
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert site.subentry.unique_id == site.device.mac
    assert issues(hass) == set()


async def test_device_has_another_address(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """The linked device is found where the user says; no other one is taken."""
    await site.exchange(STRANGER)
    moved = await site.put(new_address(), site.device.mac)
    third = await site.put(new_address(), OTHER)
    neighbour = await site.put(new_address(), "02:00:00:00:00:03")
    other = Bench(hass, await link(neighbour), title="Other", entry_id="01OTHER")
    await other.set_up()
    before = site.subentry.data
    await repair.start(ISSUE)
    await repair.choose("address")
    for host, error in (
        ("  ", "invalid_host"),
        (site.device.address, "another_device"),
        (neighbour.address, "already_linked"),
        (third.address, "another_device"),
        (new_address(), "cannot_connect"),
    ):
        form = await repair.send(host=host)
        assert form["errors"] == {"host": error}, host
    assert site.subentry.data == before
    assert (await repair.send(host=moved.address))["type"] == "create_entry"
    await site.bench.settle()
    assert site.subentry.data["host"] == moved.address
    assert site.subentry.data["features"] == before["features"]
    assert issues(hass) == set()
    assert site.bench.connectivity(TITLE).state == "on"


async def test_other_errors_have_words(
    hass: HomeAssistant,
    site: Site,
    repair: Repair,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What can be found instead of a miner is told, and so is what nobody expects."""
    await site.exchange(STRANGER)
    await repair.start(ISSUE)
    for raised, error in (
        (ControllerAuthError("no"), "invalid_auth"),
        (NotAMinerError("no"), "not_a_miner"),
        (LibraryMissingError("no"), "library_missing"),
        (ValueError("no"), "unknown"),
    ):

        async def fail(*_: object, raised: Exception = raised) -> None:
            raise raised

        monkeypatch.setattr(lookup, "identify", fail)
        form = await repair.choose("exchanged") if error == "invalid_auth" else None
        form = form or await repair.send()
        assert form["errors"] == {"base": error}


async def test_dark_device_is_no_stranger(
    hass: HomeAssistant, device: EmulatedMiner
) -> None:
    """Where nobody answers, nobody else does either."""
    bench = Bench(hass, await link(device, scan_interval=3600), simulation())
    await bench.set_up()
    device.fault = Fault.REFUSE
    await bench.coordinator.async_refresh_all()
    await bench.settle()
    # It is looked at anew in the background, which is to end before the test does.
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == set()


async def test_device_without_mac_takes_the_place(
    hass: HomeAssistant,
    site: Site,
    repair: Repair,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not every device tells one; the miner then has none either."""
    await site.exchange(STRANGER)

    async def without_mac(
        hass: HomeAssistant, address: NetworkAddress, protocol: str | None = None
    ) -> Found:
        found = await identify(hass, address, protocol)
        known = replace(found.capabilities, mac=None, serial=None)
        return replace(found, capabilities=known)

    monkeypatch.setattr(lookup, "identify", without_mac)
    await repair.start(ISSUE)
    await repair.choose("exchanged")
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert site.subentry.unique_id is site.bench.entry.unique_id is None
    assert site.bench.connectivity(TITLE).state == "on"
    assert issues(hass) == set()
