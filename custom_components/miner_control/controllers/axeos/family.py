"""What a family of devices tells, and where: one declaration, and how it is read.

To add a family: a `Family` in `families`, and what recorded answers of it read as
in the tests.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ...domain.features import MinerStatus
from ...domain.values import (
    FanSetting,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
    TuningRange,
    Voltage,
)
from ..network.parsing import amount, count, difficulty, number, percentage, rows

type Info = Mapping[str, Any]
type Values = list[object]

# Where devices tell who they are.
MAC: Final = "macAddr"
# Nothing runs for a century.
_LONGEST_UPTIME: Final = timedelta(days=36_500).total_seconds()
# No device of these draws more than a tenth of it.
_MOST_MILLIAMPERES: Final = 1e6
# °C between what a fan aims at and what shuts the device down.
_MARGIN: Final = 5
# Thousands, millions and so on, as difficulties are shown in short.
_SUFFIXES: Final = "KMGTPE"


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a value stands, and what it means.

    A path leads through objects by dots. What is not there is left out.
    """

    means: Callable[[Values], object]
    paths: tuple[str, ...]

    def of(self, info: Info) -> Any:
        """Return the value, None where there is none that makes sense."""
        values = [found for path in self.paths if (found := at(info, path)) is not None]
        return self.means(values) if values else None


def told(means: Callable[[Values], object], *paths: str) -> Reading:
    """Declare a reading."""
    return Reading(means, paths)


def at(info: object, path: str) -> object:
    """Return what stands at a path, None if nothing does."""
    for name in path.split(".") if "." in path else (path,):
        info = info.get(name) if isinstance(info, (dict, Mapping)) else None
    return info


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """What rules an automatic fan: where it stands, how it is written, its range.

    A value below zero stands for none.
    """

    of: Callable[[Info, Info], object]
    """From the system information and the fans' own page."""
    write: Callable[[int], dict[str, object]]
    lowest: int
    highest: int
    under: str | None = None
    """A limit of the device's own that it has to stay well below."""

    def range(self, info: Info, page: Info) -> TuningRange | None:
        """Return what is set, and what may be; None where it is not told."""
        value = number(self.of(info, page))
        if value is None or value < 0:
            return None
        limit = number(info.get(self.under)) if self.under else None
        highest = min(self.highest, limit - _MARGIN) if limit else self.highest
        return TuningRange(
            value=value, minimum=self.lowest, maximum=max(highest, self.lowest)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """How a family is told something; None where it cannot be."""

    pause: tuple[str, str, Mapping[str, object] | None] | None = None
    """Method, path and body."""
    resume: tuple[str, str, Mapping[str, object] | None] | None = None
    settings: str = "/api/system"
    tuning: str = "/api/system"
    frequency: str = "frequency"
    voltage: str = "coreVoltage"
    restart: str = "/api/system/restart"
    identify: str | None = None
    fan: Callable[[Info, FanSetting], dict[str, object]] | None = None
    fan_path: str = "/api/system"
    fallback_pool: str | None = None
    """The setting by which a pool is preferred, from the next start on."""
    update: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of devices: how it is known, what it tells, what it can be told."""

    key: str
    firmware: str
    make: str
    sign: Callable[[Info], bool]
    model: Callable[[Info, Info], str | None]
    """From the system information and the chips' own page."""
    version: str
    mac: str | None = MAC
    hostname: str | None = "hostname"
    readings: Mapping[str, Reading]
    """By the fields of a snapshot."""
    operation: Mapping[str, Reading]
    """By the fields of operational data."""
    board: Mapping[str, Reading] = field(default_factory=dict)
    """By the fields of a hash board."""
    status: Callable[[Info], MinerStatus | None]
    is_dark: Callable[[Info], bool] = lambda _: False
    """Whether the chips have no voltage, whatever the device says of its work."""
    errors: Callable[[Info], tuple[str, ...] | None]
    pool: Callable[[Info], str | None]
    fan: Callable[[Info], FanSetting | None]
    fan_target: Dial | None = None
    """The temperature in °C."""
    fan_minimum: Dial | None = None
    """In percent."""
    fans: tuple[str, ...] = ("fanrpm", "fan2rpm")
    fan_count: str | None = None
    chips: str = "asicCount"
    cores: str = "smallCoreCount"
    asic: str | None = "/api/system/asic"
    commands: Callable[[Info], Commands]
    whole_numbers: bool = False
    """Whether what is written has to be a whole number."""
    is_frail: Callable[[tuple[int, ...]], bool] = lambda _: False
    """Whether a version, of two numbers, restarts when it is asked often."""
    wakes_by: str | None = None
    """What a reset reason holds after a restart that let it mine, if only that does."""
    rules_itself: bool = False
    """Whether it tunes and pauses by itself, so that nobody else should."""


def _first(values: Iterable[object]) -> float | None:
    """Return the first number, None if there is none."""
    return next((found for v in values if (found := number(v)) is not None), None)


def gigahashes(values: Values) -> HashRate | None:
    """Return a hash rate that is given in GH/s, which may be 0."""
    rate = _first(values)
    if rate is None or rate < 0 or not HashRate(rate, HashRateUnit.GH).is_plausible:
        return None
    return HashRate(rate / 1000)


def expected(values: Values) -> HashRate | None:
    """Return a hash rate above zero."""
    rate = gigahashes(values)
    return rate if rate and rate.value else None


def watts(values: Values) -> Power | None:
    """Return a power."""
    power = _first(values)
    return None if power is None else Power(power)


def most_watts(values: Values) -> Power | None:
    """Return a power above zero."""
    power = _first(values)
    return Power(power) if power and power > 0 else None


def hottest(values: Values) -> Temperature | None:
    """Return the highest temperature; zero and below stand for none."""
    known = [
        celsius
        for value in _flat(values)
        if (celsius := number(value)) is not None and celsius > 0
    ]
    return Temperature(max(known)) if known else None


def millivolts(values: Values) -> Voltage | None:
    """Return a voltage above zero that is given in mV."""
    found = _first(values)
    return Voltage(found / 1000) if found and found > 0 else None


def milliamperes(values: Values) -> float | None:
    """Return a current in A that is given in mA."""
    found = amount(_first(values), _MOST_MILLIAMPERES)
    return None if found is None else round(found / 1000, 4)


def things(values: Values) -> int | None:
    """Return a number of things."""
    return count(_first(values))


def percent(values: Values) -> float | None:
    """Return a share in percent."""
    return amount(_first(values), 100)


def seconds(values: Values) -> timedelta | None:
    """Return how long something lasts."""
    found = amount(_first(values), _LONGEST_UPTIME)
    return None if found is None else timedelta(seconds=found)


def milliseconds(values: Values) -> timedelta | None:
    """Return how long an answer took; zero and below stand for none."""
    found = amount(_first(values), _LONGEST_UPTIME)
    return timedelta(milliseconds=found) if found else None


def signal(values: Values) -> int | None:
    """Return how well the network is received in dBm; a real one is below zero."""
    found = _first(values)
    return round(found) if found is not None and -127 < found < 0 else None


def text(values: Values) -> str | None:
    """Return a text that says something."""
    return next((v for v in values if isinstance(v, str) and v), None)


def flag(values: Values) -> bool | None:
    """Return whether something is so, as a number or in words of JSON."""
    return is_so(values[0])


def is_so(value: object) -> bool | None:
    """Return whether something is so, None if that is not told."""
    if isinstance(value, bool):
        return value
    found = number(value)
    return None if found is None else bool(found)


def rare(values: Values) -> float | None:
    """Return a difficulty; some write it in short, such as 4.31G."""
    for value in values:
        if (found := _difficulty(value)) is not None:
            return found
    return None


def _difficulty(value: object) -> float | None:
    """Return a difficulty, None if it is none."""
    if not isinstance(value, str):
        return difficulty(value)
    written = value.strip()
    exponent = _SUFFIXES.find(written[-1:].upper()) + 1 if written else 0
    digits = amount(written[:-1].strip() if exponent else written)
    return None if digits is None else difficulty(digits * 1000**exponent)


def reasons(values: Values) -> tuple[tuple[str, int], ...] | None:
    """Return why shares were rejected, and how often."""
    found = values[0]
    if not isinstance(found, list):
        return None
    named = (
        (str(row.get("message")), count(row.get("count")))
        for row in found
        if isinstance(row, Mapping) and row.get("message")
    )
    return tuple((message, number) for message, number in named if number is not None)


def chip_fan(page: Info) -> Info:
    """Return what a page of fans tells of that of the chip, empty if nothing."""
    found: Info = next(
        (fan for fan in rows(page.get("fans")) if number(fan.get("id")) == 0), {}
    )
    return found


def fan_setting(speed: object, *, automatic: bool | None) -> FanSetting | None:
    """Return how a fan is set, None if that is not told."""
    told_percent = percentage(speed)
    if told_percent is None or automatic is None:
        return None
    return FanSetting(told_percent, automatic=automatic)


def pool_at(host: object, port: object) -> str | None:
    """Return the address of a pool."""
    named = isinstance(host, str) and host and number(port)
    return f"stratum+tcp://{host}:{int(number(port) or 0)}" if named else None


def _flat(values: Iterable[object]) -> Iterable[object]:
    """Yield values, and those of lists among them."""
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
