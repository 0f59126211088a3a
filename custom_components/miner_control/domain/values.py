"""What controllers report: frozen values, each with its unit and its limits.

A value tells by `is_plausible` whether it can be true of a real miner. What
cannot be true is never shown; the next provider serves instead.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import isfinite
from typing import Protocol, runtime_checkable


@runtime_checkable
class Measurement(Protocol):
    """A value that knows whether it can be true."""

    @property
    def is_plausible(self) -> bool:
        """Tell whether a real device can report this value."""


class HashRateUnit(StrEnum):
    """Units of work per second; solutions are Equihash's hashes."""

    H = "H/s"
    KH = "kH/s"
    MH = "MH/s"
    GH = "GH/s"
    TH = "TH/s"
    PH = "PH/s"
    EH = "EH/s"
    SOL = "Sol/s"
    KSOL = "kSol/s"
    MSOL = "MSol/s"
    GSOL = "GSol/s"

    @property
    def factor(self) -> float:
        """Return how many hashes (or solutions) per second one unit is."""
        return _FACTORS[self.value.removesuffix("H/s").removesuffix("Sol/s")]


# In H/s: a thousand times what all Bitcoin miners of the world make.
_MORE_THAN_ALL_MINERS = 1e24
_FACTORS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}


@dataclass(frozen=True, slots=True)
class HashRate:
    """Work per second."""

    value: float
    unit: HashRateUnit = HashRateUnit.TH

    def to(self, unit: HashRateUnit) -> float:
        """Return the value in another unit."""
        return self.value * self.unit.factor / unit.factor

    @property
    def is_plausible(self) -> bool:
        """Accept what is not negative and below a million EH/s."""
        return 0 <= self.value * self.unit.factor < _MORE_THAN_ALL_MINERS


@dataclass(frozen=True, slots=True)
class Power:
    """Electrical power in W."""

    watts: float

    @property
    def is_plausible(self) -> bool:
        """Accept what is finite, not negative and below 100 kW."""
        return 0 <= self.watts < 100_000


@dataclass(frozen=True, slots=True)
class Energy:
    """A counter of energy in kWh."""

    kilowatt_hours: float

    @property
    def is_plausible(self) -> bool:
        """Accept what is finite and not negative."""
        return isfinite(self.kilowatt_hours) and self.kilowatt_hours >= 0


@dataclass(frozen=True, slots=True)
class Temperature:
    """A temperature in °C."""

    celsius: float

    @property
    def is_plausible(self) -> bool:
        """Accept -50 to 150 °C: chips die below 150, winters end above -50."""
        return -50 <= self.celsius <= 150


class FanSpeedUnit(StrEnum):
    """Units of a fan's speed."""

    RPM = "rpm"
    PERCENT = "%"


_MAX_FAN_SPEED = {FanSpeedUnit.RPM: 50_000, FanSpeedUnit.PERCENT: 100}


@dataclass(frozen=True, slots=True)
class FanSpeed:
    """The speed of one fan, in rpm or in percent of its maximum."""

    value: float
    unit: FanSpeedUnit = FanSpeedUnit.RPM

    @property
    def is_plausible(self) -> bool:
        """Accept what a fan can reach."""
        return 0 <= self.value <= _MAX_FAN_SPEED[self.unit]


@dataclass(frozen=True, slots=True)
class Voltage:
    """A voltage in V."""

    volts: float

    @property
    def is_plausible(self) -> bool:
        """Accept 0 to 1000 V."""
        return 0 <= self.volts <= 1000


@dataclass(frozen=True, slots=True)
class Frequency:
    """A chip's clock in MHz."""

    megahertz: float

    @property
    def is_plausible(self) -> bool:
        """Accept 0 to 10 GHz."""
        return 0 <= self.megahertz <= 10_000


@dataclass(frozen=True, slots=True)
class Hashboard:
    """One board that carries chips; what it does not report is None."""

    chip_temperature: Temperature | None = None
    board_temperature: Temperature | None = None
    voltage: Voltage | None = None
    frequency: Frequency | None = None
    hashrate: HashRate | None = None
    nominal_hashrate: HashRate | None = None
    chips: int | None = None

    @property
    def is_plausible(self) -> bool:
        """Accept a board that measures something, and nothing that cannot be true."""
        measured = [
            value
            for value in (
                self.chip_temperature,
                self.board_temperature,
                self.voltage,
                self.frequency,
                self.hashrate,
            )
            if value is not None
        ]
        return bool(measured) and all(value.is_plausible for value in measured)


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a miner is; what it does not tell is None."""

    model: str | None = None
    make: str | None = None
    serial: str | None = None
    firmware: str | None = None
    firmware_version: str | None = None
    mac: str | None = None
    hostname: str | None = None
    boards: int | None = None
    chips: int | None = None
    fans: int | None = None


@dataclass(frozen=True, slots=True)
class OperationalData:
    """How a miner has been doing since it started; what it does not tell is None.

    No errors at all is an empty tuple.
    """

    uptime: timedelta | None = None
    shares_accepted: int | None = None
    shares_rejected: int | None = None
    blocks_found: int | None = None
    best_difficulty: float | None = None
    active_pool: str | None = None
    errors: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FanSetting:
    """How a fan is told to run: at a percentage, or by the device's own control."""

    percent: int | None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class PowerLimit:
    """The power that a miner may draw in W, and the range that it accepts."""

    watts: float | None
    minimum: float
    maximum: float
    step: float = 1


@dataclass(frozen=True, slots=True)
class Presets:
    """The mode or preset that is set, and those that can be."""

    options: tuple[str, ...]
    current: str | None = None


def is_plausible(value: object) -> bool:
    """Tell whether a value is there and can be true; a tuple if one item is."""
    if isinstance(value, tuple):
        return any(is_plausible(item) for item in value)
    if isinstance(value, Measurement):
        return value.is_plausible
    return value is not None
