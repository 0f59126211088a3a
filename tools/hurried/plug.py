"""What Home Assistant has of a smart plug: a switch, and a sensor for its watts."""

from datetime import timedelta
from typing import Final

from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_time_interval,
)

from custom_components.miner_control.domain.features import MinerFeatureType
from emulation import SmartPlug

_EVERY: Final = timedelta(seconds=10)


@callback
def plug_entities(
    hass: HomeAssistant, switch: str, plug: SmartPlug
) -> dict[MinerFeatureType, str]:
    """Have an input_boolean switch a plug, and return what `entities` takes.

    A sensor tells the watts every 10 seconds, and at once when the plug is switched.
    """
    sensor = f"sensor.{split_entity_id(switch)[1]}_power"

    @callback
    def measure(*_: object) -> None:
        hass.states.async_set(
            sensor,
            f"{plug.power:.1f}",
            {"unit_of_measurement": "W", "device_class": "power"},
        )

    @callback
    def follow(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            plug.switch(on=state.state == "on")
            measure()

    async_track_state_change_event(hass, switch, follow)
    async_track_time_interval(hass, measure, _EVERY)
    measure()
    return {
        MinerFeatureType.POWER_CONTROL: switch,
        MinerFeatureType.POWER_MONITORING: sensor,
    }
