"""What the user sets for a miner that heats a room."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry

from ..domain.budget import LettingGo
from ..domain.thermostat import HeatingLimits

CONF_HEATING: Final = "heating"
_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingSettings:
    """How a thermostat heats: what it aims at, and what it may do to the miner.

    The names are those under which a config entry stores them. Temperatures are °C,
    powers W, times minutes; a power of 0 leaves it to the miner.
    """

    enabled: bool = False
    # Whether it only shows what it would do.
    observe: bool = False
    min_temperature: float = 7.0
    max_temperature: float = 28.0
    away_temperature: float = 14.0
    sleep_temperature: float = 18.0
    comfort_temperature: float = 21.0
    boost_temperature: float = 23.0
    # Below it the miner heats, whoever else has a say; 0 for no such protection.
    frost_temperature: float = 5.0
    min_power: float = 0.0
    max_power: float = 0.0
    min_on: float = 30.0
    min_off: float = 20.0
    # How often mining may be started in a day.
    max_starts: float = 6.0
    # The temperature of the chips that ends heating.
    chip_limit: float = 95.0
    # How long the sensor may be silent, and at which share of the highest power the
    # miner heats from then on, in percent.
    sensor_timeout: float = 60.0
    lost_share: float = 0.0
    outdoor_sensor: str | None = None
    schedule: str | None = None
    # Whether the external fan runs with the miner, how fast in percent, for how many
    # seconds before it starts and how many minutes after it has stopped.
    external_fan: bool = False
    fan_speed: float = 100.0
    fan_before: float = 10.0
    fan_after: float = 5.0
    # How long what a person told the miner holds.
    hold: float = 120.0
    letting_go: str = LettingGo.STAY

    @classmethod
    def of(cls, entry: ConfigEntry) -> Self:
        """Return the settings of a config entry."""
        stored: Mapping[str, Any] = entry.options.get(CONF_HEATING, {})
        names = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in stored.items() if k in names and v is not None})

    @property
    def limits(self) -> HeatingLimits:
        """Return what the thermostat keeps to, in seconds."""
        return HeatingLimits(
            highest=self.max_temperature,
            min_power=self.min_power,
            max_power=self.max_power,
            min_on=self.min_on * _MINUTE,
            min_off=self.min_off * _MINUTE,
            max_starts=int(self.max_starts),
            sensor_timeout=self.sensor_timeout * _MINUTE,
            lost_share=self.lost_share,
            frost=self.frost_temperature or -273.0,
            chip_limit=self.chip_limit,
        )
