"""Another device answers: nothing is told to it until the user says who it is."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.errors import (
    ControllerAuthError,
    LibraryMissingError,
    NotAMinerError,
)
from custom_components.miner_control.controllers.pyasic.controller import (
    NetworkAddress,
    identify,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.flows import finding
from emulation import EmulatedMiner, Fault
from tests.emulation.support import new_address
from tests.integration.bench import ENTRY_ID, Bench
from tests.integration.controllers import simulation
from tests.integration.repairing import Repair, issue, issues
from tests.translations import flow_texts_checked

from .rig import TITLE, link

STRANGER = "02:00:00:00:00:01"
OTHER = "02:00:00:00:00:02"
ISSUE = "another_device_asic"


@pytest.fixture(autouse=True)
def _every_text_exists() -> Iterator[None]:
    """Fail a test whose flow shows something that there is no text for."""
    with flow_texts_checked() as missing:
        yield
    assert missing == []


@pytest.fixture
async def repair(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Repair:
    """Return how to repair an issue."""
    assert await async_setup_component(hass, "repairs", {})
    return Repair(hass, await hass_client())


class Site:
    """Where a miner stood, and what stands there now."""

    def __init__(self, bench: Bench, device: EmulatedMiner, stack: Any) -> None:
        """Start with the linked device in its place."""
        self.bench = bench
        self.device = device
        self._stack: AsyncExitStack = stack

    async def put(self, address: str, mac: str) -> EmulatedMiner:
        """Put a device of the same kind at an address."""
        found: EmulatedMiner = await self._stack.enter_async_context(
            type(self.device)(address, mac=mac, warm_up=0.3, boot=0.1)
        )
        return found

    async def exchange(self) -> EmulatedMiner:
        """Put a stranger in the place of the linked device, and notice it."""
        await self.device.stop()
        stranger = await self.put(self.device.address, STRANGER)
        await self.look()
        return stranger

    async def look(self) -> None:
        """Have all controllers looked at, the identity included."""
        for coordinator in self.bench.coordinator.controllers.values():
            coordinator.controller.forget_connection()
        await self.bench.coordinator.async_refresh_all()
        await self.bench.settle()

    @property
    def subentry(self) -> Any:
        """Return the controller on the network."""
        return self.bench.entry.subentries["asic"]


@pytest.fixture
async def site(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[Site]:
    """Return a miner that is linked to a device, with a priority of its own."""
    controller = await link(
        device,
        scan_interval=3600,
        bindings={F.HASHRATE_MONITORING: {"priority": 66}},
    )
    bench = Bench(hass, controller)
    await bench.set_up()
    async with AsyncExitStack() as stack:
        yield Site(bench, device, stack)


async def test_stranger_is_told_of_but_not_to(hass: HomeAssistant, site: Site) -> None:
    """Its values are not shown, and it gets no command."""
    assert issues(hass) == set()
    stranger = await site.exchange()
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
    stranger = await site.exchange()
    await stranger.stop()
    await site.put(site.device.address, site.device.mac)
    await site.look()
    assert issues(hass) == set()


async def test_device_was_exchanged(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """The new one is linked in the place of the old one, bindings and all."""
    before = site.subentry.data
    stranger = await site.exchange()
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
    (kept,) = [found for found in devices if found.connections]
    assert kept.connections == {("mac", STRANGER)}
    assert (kept.id, kept.name_by_user) == (device.id, "Cellar")
    assert site.bench.connectivity(TITLE).entity_id == connectivity
    assert site.bench.connectivity(TITLE).state == "on"
    await site.bench.runtime.operations.stop_mining()
    assert not stranger.mining


async def test_silent_device_is_not_adopted(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """It has to show what it is first; then it can."""
    stranger = await site.exchange()
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
    await site.exchange()
    await repair.start(ISSUE)
    form = await repair.choose("exchanged")
    assert form["errors"] == {"base": "already_linked"}
    assert site.subentry.unique_id == site.device.mac


async def test_linked_device_that_came_back_is_taken(
    hass: HomeAssistant, site: Site, repair: Repair
) -> None:
    """While the form was open, it took its place again."""
    stranger = await site.exchange()
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
    await site.exchange()
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
    await site.exchange()
    await repair.start(ISSUE)
    for raised, error in (
        (ControllerAuthError("no"), "invalid_auth"),
        (NotAMinerError("no"), "not_a_miner"),
        (LibraryMissingError("no"), "library_missing"),
        (ValueError("no"), "unknown"),
    ):

        async def fail(_: Any, raised: Exception = raised) -> None:
            raise raised

        monkeypatch.setattr(finding, "identify", fail)
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
    assert issues(hass) == set()


async def test_device_without_mac_takes_the_place(
    hass: HomeAssistant,
    site: Site,
    repair: Repair,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not every device tells one; the miner then has none either."""
    await site.exchange()

    async def without_mac(address: NetworkAddress) -> Capabilities:
        return replace(await identify(address), mac=None, serial=None)

    monkeypatch.setattr(finding, "identify", without_mac)
    await repair.start(ISSUE)
    await repair.choose("exchanged")
    assert (await repair.send())["type"] == "create_entry"
    await site.bench.settle()
    assert site.subentry.unique_id is site.bench.entry.unique_id is None
    assert site.bench.connectivity(TITLE).state == "on"
    assert issues(hass) == set()
