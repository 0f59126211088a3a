"""What the user can set for a miner, and what holds where nothing is set."""

from dataclasses import dataclass, fields
from typing import Self

from homeassistant.config_entries import ConfigEntry

from ..domain.status import BOOT_GRACE, STANDBY_WATTS


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerOptions:
    """The timing of a miner and what may be done to its power.

    The names are those under which a config entry stores them. Times are seconds.
    """

    # How long the device may take from power to its first answer.
    boot_grace: float = BOOT_GRACE
    # W below which a miner that was switched off counts as off.
    standby_power: float = STANDBY_WATTS
    # Whether mining is stopped before the power is cut, ...
    graceful_power_off: bool = True
    # ... and how long the power may then take to fall.
    power_off_timeout: float = 60.0
    # Whether the power is cut where nothing else stops the miner.
    power_stands_in: bool = False
    # How long the power stays off once it was cut.
    power_cut_interval: float = 0.0
    # Whether a miner below its lowest setting mines for a share of the time, ...
    power_target_duty: bool = False
    # ... and how long it mines and rests at least.
    duty_minimum_on: float = 3600.0
    duty_minimum_off: float = 1800.0
    # W that the plug is rated for, or those of its circuit; 0 for no watch.
    max_plug_power: float = 0.0

    @classmethod
    def of(cls, entry: ConfigEntry) -> Self:
        """Return the options of a config entry."""
        names = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in entry.options.items() if k in names})
