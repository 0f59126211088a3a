"""The flow that links a sensor of the room that a fleet heats."""

from collections.abc import Container, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentry, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ...const import CONF_ADVANCED
from ...domain.features import MinerFeatureType
from ...flows.entities.lookup import find_entities
from ...flows.link import Link
from ...flows.link_steps import Input
from ...flows.prefill import entered_before, filled
from ...flows.schemas import entity_fields
from ...flows.subentries import ControllerSubentryFlow

_ROOM: Final = MinerFeatureType.ROOM_TEMPERATURE_MONITORING.value
_READINGS: Final = "readings"
_SCHEMA: Final = vol.Schema(
    {
        vol.Required(_ROOM): entity_fields([_ROOM]).schema[_ROOM],
        vol.Optional(CONF_NAME): TextSelector(),
    }
)


class RoomSensorSubentryFlow(ControllerSubentryFlow):
    """Link a room sensor, of which a fleet may have several that rank."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the sensor."""
        return await self.async_step_room_sensor(user_input)

    async_step_reconfigure = async_step_user

    async def async_step_room_sensor(
        self, user_input: Input = None
    ) -> SubentryFlowResult:
        """Ask for the entity that tells how warm the room is."""
        schema = _SCHEMA
        if self.present is not None:
            schema = filled(schema, entered_before(self.hass, self.present)[_READINGS])
        return await self._find("room_sensor", schema, _find_room_sensor, user_input)


async def _find_room_sensor(
    hass: HomeAssistant,
    user_input: Mapping[str, Any],
    taken: Container[str],
    present: ConfigSubentry | None = None,
) -> Link:
    """Return what serves the room sensor; raise RefusedError if nothing does."""
    form = {**user_input, CONF_ADVANCED: {}}
    return await find_entities(hass, form, taken, present)
