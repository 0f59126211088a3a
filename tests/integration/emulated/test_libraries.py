"""Miners whose library is missing, is being installed, or does not work."""

from collections.abc import AsyncIterator, Iterator
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.miner_control.controllers import identify, libraries
from custom_components.miner_control.controllers.libraries import PYASIC
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.miner_control.domain.features import MinerFeatureType as F
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedMiner
from tests.emulation.support import new_address, skip_unless_ports_free
from tests.integration.bench import Bench
from tests.integration.controllers import subentry
from tests.integration.repairing import issue, issues
from tests.libraries import Index, nothing_installed

from .rig import TITLE, fallback, link, only

ISSUE = "library_pyasic"

pytestmark = pytest.mark.parametrize("device", [EmulatedAntminer], indirect=True)


@pytest.fixture
def index() -> Iterator[Index]:
    """Return the index of a machine on which no library is installed."""
    with nothing_installed() as index:
        yield index


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> Bench:
    """Return a miner that is reached through pyasic alone, not set up yet."""
    return Bench(hass, await link(device, scan_interval=3600), title="Garage")


@pytest.fixture
async def other(hass: HomeAssistant, device: EmulatedMiner) -> Bench:
    """Return another miner of that kind, not set up yet."""
    linked = await link(device, scan_interval=3600)
    linked["subentry_id"] = "other"
    return Bench(hass, linked, title="Attic", entry_id="attic")


async def let_install(bench: Bench, index: Index) -> None:
    """Let the installation come to its end."""
    index.is_open.set()
    await bench.hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.normal
async def test_set_up_does_not_wait_for_the_installation(
    hass: HomeAssistant, miner: Bench, index: Index
) -> None:
    """The miner appears as soon as the library is there, and nothing is logged."""
    await miner.set_up()
    assert miner.connectivity(TITLE).state == "off"
    assert miner.sensor("hashrate").state == "unavailable"
    assert issues(hass) == set()
    with pytest.raises(HomeAssistantError):
        await miner.runtime.operations.stop_mining()
    await let_install(miner, index)
    assert index.asked == [PYASIC]
    assert miner.connectivity(TITLE).state == "on"
    assert float(miner.sensor("hashrate").state) > 0
    assert issues(hass) == set()


async def test_one_issue_names_all_miners(
    hass: HomeAssistant, miner: Bench, other: Bench, index: Index
) -> None:
    """It goes when the library is there after all, or when nobody needs it."""
    index.has.clear()
    await miner.set_up()
    await other.set_up()
    await let_install(miner, index)
    assert issues(hass) == {ISSUE}
    found = issue(hass, ISSUE)
    assert found.translation_key == "library_not_installed"
    assert found.translation_placeholders == {
        "library": "pyasic",
        "reason": f"{PYASIC.requirement} could not be installed",
        "miners": "Attic, Garage",
    }
    assert miner.degraded.state == "on"
    report = await async_get_config_entry_diagnostics(hass, miner.entry)
    assert report["miner"]["issues"] == ["library_not_installed"]
    assert report["libraries"]["pyasic"]["problem"] == "library_not_installed"
    assert len(index.asked) == 1
    await hass.config_entries.async_remove(other.entry.entry_id)
    assert told(hass)["miners"] == "Garage"
    index.has.add(PYASIC)
    assert await hass.config_entries.async_reload(miner.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == set()
    assert miner.degraded.state == "off"
    assert float(miner.sensor("hashrate").state) > 0


@pytest.mark.parametrize(
    "failure",
    [
        ImportError("cannot import name 'AsyncClient' from 'httpx'"),
        RuntimeError("this version does not work"),
    ],
)
async def test_library_that_breaks_is_stood_in_for(
    hass: HomeAssistant, miner: Bench, index: Index, failure: Exception
) -> None:
    """Another controller serves what it can; the issue tells of what is missing."""
    index.installed.add(PYASIC)
    with patch.object(libraries, "import_module", side_effect=failure):
        bench = Bench(hass, stored(miner), fallback())
        await bench.set_up()
    assert bench.served("hashrate")[1] == "Simulation"
    assert bench.degraded.state == "on"
    assert bench.degraded.attributes["features"]["hashrate_monitoring"] == "Simulation"
    assert issue(hass, ISSUE).translation_key == "library_broken"
    reason = told(hass)["reason"]
    assert str(failure) in reason
    assert index.asked == []


async def test_who_misses_nothing_is_not_named(
    hass: HomeAssistant, miner: Bench, index: Index
) -> None:
    """A miner for which others provide all is served by them, and says so."""
    index.has.clear()
    linked = only(stored(miner), F.HASHRATE_MONITORING)
    bench = Bench(hass, linked, fallback())
    await bench.set_up()
    await let_install(bench, index)
    assert bench.served("hashrate")[1] == "Simulation"
    assert bench.degraded.state == "on"
    assert issues(hass) == set()


@pytest.fixture
async def bitaxe() -> AsyncIterator[EmulatedBitaxe]:
    """Return a Bitaxe, which is spoken to without a library."""
    skip_unless_ports_free(EmulatedBitaxe)
    async with EmulatedBitaxe(new_address(), warm_up=0.0) as running:
        yield running


async def test_others_are_untouched(
    hass: HomeAssistant, miner: Bench, bitaxe: EmulatedBitaxe, index: Index
) -> None:
    """A miner that needs no library works beside one whose library is missing."""
    index.has.clear()
    address = NetworkAddress(host=bitaxe.address)
    found = (await identify(hass, address, "axeos")).capabilities
    linked = subentry("network", "Bitaxe", found, host=bitaxe.address, protocol="axeos")
    beside = Bench(hass, linked, title="Desk", entry_id="desk")
    await miner.set_up()
    await beside.set_up()
    await let_install(miner, index)
    assert beside.degraded.state == "off"
    assert float(beside.sensor("hashrate").state) > 0
    await beside.runtime.operations.stop_mining()
    assert not bitaxe.mining
    assert told(hass)["miners"] == "Garage"


def told(hass: HomeAssistant) -> dict[str, str]:
    """Return what the issue tells."""
    placeholders = issue(hass, ISSUE).translation_placeholders
    assert placeholders
    return placeholders


def stored(miner: Bench) -> ConfigSubentryDataWithId:
    """Return the only controller of a miner, as it is stored."""
    (found,) = miner.entry.subentries.values()
    return ConfigSubentryDataWithId(
        data=found.data,
        subentry_id=found.subentry_id,
        subentry_type=found.subentry_type,
        title=found.title,
        unique_id=found.unique_id,
    )
