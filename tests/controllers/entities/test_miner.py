"""A miner that Home Assistant knows by entities alone."""

from datetime import timedelta
from typing import override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.miner_control.controllers.entities.controller import capabilities
from custom_components.miner_control.domain.features import MinerFeatureType as F
from tests.integration.bench import Bench
from tests.integration.controllers import entities as linked_entities, subentry

from .things import Key, Toggle, add

STATUS = "sensor.miner_status"
SHOWN = {
    F.STATUS_MONITORING: (STATUS, "Mining", None),
    F.HASHRATE_MONITORING: ("sensor.rate", "500", "GH/s"),
    F.POWER_MONITORING: ("sensor.watts", "0.015", "kW"),
    F.CHIP_TEMPERATURE_MONITORING: ("sensor.chip", "140", "°F"),
    F.FAN_SPEED_INTERNAL_MONITORING: ("sensor.fan", "4000", "rpm"),
    F.HASHBOARD_MONITORING: ("sensor.board", "0.5", "TH/s"),
    F.MAX_POWER_DETECTION: ("sensor.most", "25", "W"),
    F.MAX_HASHRATE_DETECTION: ("sensor.fastest", "1200", "GH/s"),
}


@pytest.fixture(autouse=True)
def _clock_stands_still(freezer: FrozenDateTimeFactory) -> None:
    """Let no time pass but by what is waited for."""


def show(hass: HomeAssistant, entity_id: str, state: str, unit: str | None) -> None:
    """Let an entity show something."""
    hass.states.async_set(entity_id, state, {"unit_of_measurement": unit})


async def test_sensors(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> None:
    """What another integration shows of a miner is shown in the usual units."""
    started = dt_util.utcnow().replace(microsecond=0) - timedelta(hours=2)
    show(hass, "sensor.since", started.isoformat(), None)
    for entity_id, state, unit in SHOWN.values():
        show(hass, entity_id, state, unit)
    chosen = {feature: entity_id for feature, (entity_id, *_) in SHOWN.items()}
    chosen[F.OPERATIONAL_MONITORING] = "sensor.since"
    bench = Bench(hass, linked_entities("Other integration", chosen))
    await bench.set_up()
    shown = {
        "status": "on",
        "hashrate": "0.5",
        "power": "15.0",
        "efficiency": "30.0",
        "chip_temperature": "60.0",
        "internal_fan_speed_1": "4000.0",
        "max_power": "25.0",
        "max_hashrate": "1.2",
        "uptime": started.isoformat(),
    }
    for entity in er.async_entries_for_config_entry(
        entity_registry, bench.entry.entry_id
    ):
        assert not entity.disabled, entity.entity_id
    assert {key: bench.sensor(key).state for key in shown} == shown
    assert {bench.sensor(key).attributes["provider"] for key in shown} == {
        "Other integration"
    }


async def test_mining_by_a_pair(hass: HomeAssistant) -> None:
    """Buttons start and stop a miner, which is proved by its status."""

    class Effective(Key):
        """A button that has an effect on the miner."""

        @override
        async def async_press(self) -> None:
            await super().async_press()
            show(hass, STATUS, self.entity_id.removeprefix("button."), None)

    show(hass, STATUS, "paused", None)
    mine, pause = Effective("mining"), Effective("paused")
    await add(hass, mine, pause)
    chosen = {
        F.STATUS_MONITORING: STATUS,
        F.MINING_CONTROL: "button.mining",
        "mining_control_stop": "button.paused",
    }
    bench = Bench(
        hass, subentry("entities", "Buttons", capabilities(chosen), entities=chosen)
    )
    await bench.set_up()
    assert (bench.status, bench.switch("mining").state) == ("idle", "off")
    await bench.turn("mining", on=True)
    await bench.settle()
    assert (mine.presses, pause.presses) == (1, 0)
    assert (bench.status, bench.switch("mining").state) == ("on", "on")
    await bench.turn("mining", on=False)
    await bench.settle()
    assert (mine.presses, pause.presses) == (1, 1)
    assert (bench.status, bench.switch("mining").state) == ("idle", "off")


async def test_power_by_a_switch(hass: HomeAssistant) -> None:
    """A switch gives and cuts the power, under whatever name."""
    plug = Toggle()
    await add(hass, plug)
    bench = Bench(hass, linked_entities("Plug", {F.POWER_CONTROL: "switch.thing"}))
    await bench.set_up()
    assert (bench.status, bench.switch("power").state) == ("off", "off")
    await bench.turn("power", on=True)
    await bench.settle()
    assert plug.is_on
    assert bench.switch("power").state == "on"
