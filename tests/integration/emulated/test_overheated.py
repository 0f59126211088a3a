"""A device that was too hot: what it did to itself is told, and set right again."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.network.address import NetworkAddress
from emulation import EmulatedMiner, Fault
from emulation.axeos import EmulatedBitaxe, EmulatedNerdOctaxe, EmulatedNerdQaxe
from tests.emulation.support import new_address, skip_unless_ports_free, until
from tests.integration.bench import Bench
from tests.integration.controllers import subentry
from tests.integration.repairing import Repair, issue, issues

pytestmark = pytest.mark.usefixtures("every_text_exists")

TITLE = "Axe"
ISSUE = "overheated_axe"
AXEOS = ["v2.6.0", "v2.9.0", "v2.12.2", "v2.14.2", "v2.15.0"]


@pytest.fixture(params=AXEOS)
async def device(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Return a device that lives fast, a Bitaxe with each of some releases."""
    kind: Any = EmulatedBitaxe
    options: dict[str, Any] = {"version": request.param}
    if not isinstance(request.param, str):
        kind, options = request.param, {}
    skip_unless_ports_free(kind)
    fast: dict[str, Any] = {"warm_up": 0.0, "boot": 0.05, "time_scale": 600.0}
    async with kind(new_address(), **options, **fast) as running:
        yield running


@pytest.fixture
async def bench(hass: HomeAssistant, device: EmulatedMiner) -> Bench:
    """Return a miner that is linked to a device, which is asked and does not push."""
    bench = Bench(hass, await _link(hass, device))
    await bench.set_up()
    return bench


async def _link(hass: HomeAssistant, device: EmulatedMiner) -> ConfigSubentryDataWithId:
    """Return the subentry of a device, found out as its flow does it."""
    found = await identify(hass, NetworkAddress(host=device.address))
    return subentry(
        "network",
        TITLE,
        found.capabilities,
        unique_id=found.capabilities.mac,
        host=device.address,
        protocol=found.controller_type.protocol,
        scan_interval=3600,
        push=False,
    )


async def read(bench: Bench) -> None:
    """Read the device now."""
    await bench.coordinator.controllers["axe"].async_refresh()
    await bench.settle()


def setting(device: Any) -> tuple[float, float]:
    """Return what a device is set to, in MHz and mV."""
    return device.settings["frequency"], device.settings["coreVoltage"]


async def overheat(device: Any) -> None:
    """Have a device get too hot, and wait until it has dealt with that."""
    before = setting(device)
    device.overheat()
    await until(lambda: device.ready and setting(device) != before)


async def test_told_and_restored(
    hass: HomeAssistant, bench: Bench, device: Any, repair: Repair
) -> None:
    """The issue tells both settings; the repair restores them and the fan."""
    before = setting(device)
    pools = list(device.pools)
    await read(bench)
    await overheat(device)
    now = setting(device)
    await read(bench)
    assert issues(hass) == {ISSUE}
    told = issue(hass, ISSUE).translation_placeholders or {}
    assert told["before"] == f"{before[0]:g} MHz, {before[1]:g} mV"
    assert told["now"] == f"{now[0]:g} MHz, {now[1]:g} mV"

    form = await repair.start(ISSUE)
    assert (form["step_id"], form["errors"]) == ("confirm", {})
    assert (await repair.send())["type"] == "create_entry"
    await bench.settle()
    assert issues(hass) == set()
    assert setting(device) == before
    assert device.settings["autofanspeed"] == 1
    assert device.pools == pools
    await until(lambda: device.mining)
    await read(bench)
    assert bench.status == "on"
    assert bench.sensor("errors").state == "0"


async def test_known_after_a_restart(
    hass: HomeAssistant, bench: Bench, device: Any
) -> None:
    """What happened while Home Assistant was away is told as well."""
    await bench.unload()
    await overheat(device)
    assert await hass.config_entries.async_setup(bench.entry.entry_id)
    await bench.settle()
    assert issues(hass) == {ISSUE}
    # Whoever sets it right by hand has no issue any more.
    device.settings["frequency"] += 50
    await read(bench)
    assert issues(hass) == set()


@pytest.mark.parametrize("device", ["v2.15.0"], indirect=True)
async def test_refused_repair_changes_nothing(
    hass: HomeAssistant, bench: Bench, device: Any, repair: Repair
) -> None:
    """A device that does not answer is left as it is, and the issue stays."""
    await overheat(device)
    now = setting(device)
    await read(bench)
    await repair.start(ISSUE)
    device.inject(Fault.HTTP_500)
    assert (await repair.send())["errors"] == {"base": "not_restored"}
    device.inject(None)
    assert setting(device) == now
    assert issues(hass) == {ISSUE}
    assert (await repair.send())["type"] == "create_entry"
    await bench.settle()
    assert issues(hass) == set()


@pytest.mark.parametrize(
    "device", [EmulatedNerdQaxe, EmulatedNerdOctaxe], indirect=True
)
async def test_nerd_stops_and_is_started_again(
    hass: HomeAssistant, bench: Bench, device: Any
) -> None:
    """NerdOS lowers nothing: it stops with a fault, which a start ends by a restart."""
    before = setting(device)
    device.overheat()
    await until(lambda: not device.mining)
    await read(bench)
    assert bench.status == "error"
    assert bench.sensor("errors").state == "1"
    assert issues(hass) == set()
    await bench.turn("mining", on=True)
    await until(lambda: device.mining)
    await read(bench)
    assert bench.status == "on"
    assert bench.sensor("errors").state == "0"
    assert setting(device) == before
