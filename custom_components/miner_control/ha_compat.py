"""What the oldest and the newest Home Assistant that are admitted do differently.

Each part names the release with which it goes: when that one is the minimum.
"""

from operator import attrgetter
from typing import Final

from homeassistant.components.climate import ClimateEntity
from homeassistant.core import callback
from homeassistant.helpers.entity import Entity


# 2026.11: from then on this is a method of Entity, which a class overrides itself.
@callback
def keep_what_is_known(entity: Entity, old_entity_id: str) -> None:
    """Let an entity that was renamed go on as it is: nothing in it rests on its id.

    A class with a state of its own takes this as `async_entity_id_changed`. Without
    it, and always before 2026.11, Home Assistant removes the entity and adds it again.
    """


# What thermostats were asked for before 2026.11, and what they are asked for now.
_FORMER_NAMES: Final = {
    "temperature_unit": "_attr_native_temperature_unit",
    "current_temperature": "native_current_temperature",
    "target_temperature": "native_target_temperature",
}


# 2026.11: from then on a thermostat is asked for its native temperatures.
def with_former_names[T: ClimateEntity](thermostat: type[T]) -> type[T]:
    """Have a thermostat answer to the names by which it was asked before 2026.11."""
    if not hasattr(ClimateEntity, "native_target_temperature"):
        for former, name in _FORMER_NAMES.items():
            setattr(thermostat, former, property(attrgetter(name)))
    return thermostat
