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
    def work(self) -> str:
        """Return what is counted: hashes or solutions."""
        return "Sol" if self.value.endswith("Sol/s") else "H"

    @property
    def factor(self) -> float:
        """Return how many hashes (or solutions) per second one unit is."""
        return _FACTORS[self._value_]


# In H/s: about what all Bitcoin miners of the world make.
_ALL_MINERS = 1e21
_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
# Looked up for every value that is read, by what stands on screen.
_FACTORS = {
    f"{prefix}{work}": factor
    for prefix, factor in _PREFIXES.items()
    for work in ("H/s", "Sol/s")
}


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
        """Accept what is not negative and not above 1000 EH/s."""
        return 0 <= self.value * self.unit.factor <= _ALL_MINERS


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
class Chip:
    """One chip of a device that tells of each; what it does not tell is None."""

    hashrate: HashRate | None = None
    temperature: Temperature | None = None


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
    session_difficulty: float | None = None
    rejections: tuple[tuple[str, int], ...] | None = None
    """Why shares were rejected, and how many for each reason."""
    is_on_fallback_pool: bool | None = None
    prefers_fallback_pool: bool | None = None
    """Whether it was told to work for that one, be the usual one well."""
    pool_response: timedelta | None = None
    hashrate_1m: HashRate | None = None
    hashrate_10m: HashRate | None = None
    hashrate_1h: HashRate | None = None
    hardware_errors: float | None = None
    """Percent of the chips' results that were wrong."""
    core_voltage: Voltage | None = None
    """What the chips get."""
    input_current: float | None = None
    """A from the supply."""
    wifi_signal: int | None = None
    """dBm."""
    reset_reason: str | None = None
    chips: tuple[Chip, ...] | None = None


@dataclass(frozen=True, slots=True)
class FanSetting:
    """How a fan is told to run: at a percentage, or by the device's own control."""

    percent: int | None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class PowerLimit:
    """The power that a miner may draw in W, and the range that it accepts.

    Where it has only some `levels`, it takes the highest of them within a limit.
    """

    watts: float | None
    minimum: float
    maximum: float
    step: float = 1
    levels: tuple[float, ...] = ()

    def reached_by(self, watts: float) -> float:
        """Return the limit that the miner has once it was told one."""
        return max((level for level in self.levels if level <= watts), default=watts)


@dataclass(frozen=True, slots=True)
class Settling:
    """For how many seconds a new setting takes effect, and whether mining restarts."""

    seconds: float = 120.0
    restarts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRange:
    """A setting, and what may be set: of the chips, or of what rules the fan.

    `options` are those that the device itself offers, where it names any. Above the
    `usual` one nobody goes but who chose that.
    """

    value: float | None
    minimum: float
    maximum: float
    step: float = 1
    options: tuple[float, ...] = ()
    usual: float | None = None

    def allows(self, value: float) -> bool:
        """Tell whether a value may be set."""
        return self.minimum <= value <= self.maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How fast the chips are set to run in MHz, and at how many mV."""

    frequency: TuningRange | None = None
    voltage: TuningRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """The firmware that is installed, and the latest that there is.

    `progress` is the percentage of an update that is being installed.
    """

    installed: str | None = None
    latest: str | None = None
    release_url: str | None = None
    release_notes: str | None = None
    can_install: bool = False
    is_installing: bool = False
    progress: int | None = None


@dataclass(frozen=True, slots=True)
class Presets:
    """The mode or preset that is set, and those that can be."""

    options: tuple[str, ...]
    current: str | None = None


def is_plausible(value: object) -> bool:
    """Tell whether a value is there and can be true; a tuple if one item is."""
    if isinstance(value, tuple):
        return any(is_plausible(item) for item in value)
    # An attribute is found much faster than a protocol, and this is asked all the time.
    told: bool = getattr(value, "is_plausible", value is not None)
    return told
