"""Home Assistant's Energy dashboard takes a miner as a device."""

from homeassistant.components.energy.data import (
    DeviceConsumption,
    GridSourceType,
    async_get_manager,
)
from homeassistant.components.energy.validate import async_validate
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import list_statistic_ids
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from .bench import Bench
from .conftest import Plug
from .controllers import Network, entities, network


@pytest.fixture(autouse=True)
def _custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None
) -> None:
    """Let Home Assistant find the integration, after the recorder was started."""


@pytest.fixture
async def miner(hass: HomeAssistant, plug: Plug, devices: Network) -> Bench:
    """Return a miner on a plug, of which there are statistics."""
    for component in ("sensor", "energy"):
        assert await async_setup_component(hass, component, {})
    found = Bench(hass, network(), entities())
    await found.set_up()
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    period = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    do_adhoc_statistics(hass, start=period)
    await async_wait_recording_done(hass)
    return found


async def consumption(hass: HomeAssistant, uses: str, rate: str) -> list[str]:
    """Return what Home Assistant has against a device in the Energy dashboard."""
    manager = await async_get_manager(hass)
    device_used = DeviceConsumption(stat_consumption=uses, stat_rate=rate)
    await manager.async_update(
        {
            **manager.default_preferences(),
            "device_consumption": [device_used],
        }
    )
    (device,) = (await async_validate(hass)).device_consumption
    return list(device.issues)


async def exchange(hass: HomeAssistant, uses: str, rate: str) -> list[str]:
    """Return what Home Assistant has against a meter; only there it checks power."""
    manager = await async_get_manager(hass)
    meter = GridSourceType(
        type="grid",
        stat_energy_from=uses,
        stat_energy_to=None,
        stat_cost=None,
        entity_energy_price=None,
        number_energy_price=None,
        stat_compensation=None,
        entity_energy_price_export=None,
        number_energy_price_export=None,
        cost_adjustment_day=0,
        stat_rate=rate,
    )
    await manager.async_update(
        {**manager.default_preferences(), "energy_sources": [meter]}
    )
    (found,) = (await async_validate(hass)).energy_sources
    return list(found.issues)


async def test_energy_and_power_are_accepted(hass: HomeAssistant, miner: Bench) -> None:
    """The one as what was used, the other as what is being used."""
    uses = miner.entity_id("sensor", "energy")
    rate = miner.entity_id("sensor", "power")
    assert await consumption(hass, uses, rate) == []
    assert await exchange(hass, uses, rate) == []


async def test_validation_finds_fault_with_what_is_no_energy(
    hass: HomeAssistant, miner: Bench
) -> None:
    """Else the test above could not fail."""
    uses = miner.entity_id("sensor", "energy")
    rate = miner.entity_id("sensor", "power")
    wrong = "entity_unexpected_device_class"
    assert wrong in await consumption(hass, rate, rate)
    assert wrong in await exchange(hass, uses, uses)


async def test_energy_has_a_sum_and_work_has_a_mean(
    hass: HomeAssistant, miner: Bench
) -> None:
    """Which statistics there are follows from class and unit."""
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    by_id = {str(statistic["statistic_id"]): statistic for statistic in found}
    energy = by_id[miner.entity_id("sensor", "energy")]
    assert (energy["has_sum"], energy["unit_class"]) == (True, "energy")
    efficiency = by_id[miner.entity_id("sensor", "efficiency")]
    assert efficiency["statistics_unit_of_measurement"] == "J/TH"
    assert not efficiency["has_sum"]
