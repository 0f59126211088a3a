"""Parse what devices answer: numbers that they write as text, values that cannot be.

Each function returns None, or something empty, for what makes no sense.
"""

from collections.abc import Iterable, Mapping
from math import inf, isfinite
import re
from statistics import fmean
from typing import Any

from homeassistant.helpers.device_registry import format_mac

from ...domain.values import (
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    Temperature,
    Voltage,
)

# No counter goes further: beyond it, JSON does not hold whole numbers exactly.
_MOST_THINGS = 2**53

# A hash has 256 bits; a share of difficulty 1 begins with 32 that are zero.
_MOST_DIFFICULT = 2.0**224

# Equihash machines make 10 to 1000 kSol/s: what unit a figure of at least this is in.
_EQUIHASH_UNITS = (
    (5000.0, HashRateUnit.SOL),
    (0.1, HashRateUnit.KSOL),
    (0.0, HashRateUnit.GSOL),
)

# No miner has so many boards.
_MOST_SLOTS = 64

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_NO_MACS = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})


def real_mac(told: object) -> str | None:
    """Return a MAC address in lower case, None if it is not a real one."""
    mac = format_mac(str(told or "").strip())
    return mac if _MAC.fullmatch(mac) and mac not in _NO_MACS else None


def section(value: object) -> dict[str, Any]:
    """Return a part of an answer that should be an object, empty if it is not."""
    return dict(value) if isinstance(value, Mapping) else {}


def rows(value: object) -> list[dict[str, Any]]:
    """Return a part of an answer that should be a list of objects."""
    return [section(item) for item in value] if isinstance(value, list) else []


def first(value: object) -> dict[str, Any]:
    """Return the first of a list of objects, empty if there is none."""
    return next(iter(rows(value)), {})


def number(value: object) -> float | None:
    """Return a finite number that a device may also write as text, or None."""
    # Most are, and this is asked for every value of every answer.
    if type(value) is float:
        return value if isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except ValueError, OverflowError:
        return None
    return found if isfinite(found) else None


def frequency(values: Iterable[object]) -> Frequency | None:
    """Return the mean of the clocks in MHz that are above zero."""
    clocks = [clock for value in values if (clock := number(value))]
    return Frequency(fmean(clocks)) if clocks else None


def voltage(values: Iterable[object], fraction: float) -> Voltage | None:
    """Return the mean of the voltages above zero, given in a fraction of a volt."""
    known = [volts for value in values if (volts := number(value))]
    return Voltage(fmean(known) / fraction) if known else None


def temperature(value: object) -> Temperature | None:
    """Return a temperature in °C; devices write 0 or -1 for one they do not know.

    So they do what no sensor measures, such as the absolute zero.
    """
    celsius = number(value)
    if not celsius or celsius == -1:
        return None
    found = Temperature(celsius)
    return found if found.is_plausible else None


def hottest(temperatures: Iterable[Temperature | None]) -> Temperature | None:
    """Return the highest temperature that is known."""
    known = [found.celsius for found in temperatures if found]
    return Temperature(max(known)) if known else None


def count(value: object) -> int | None:
    """Return a number of things, or None."""
    found = amount(value, _MOST_THINGS)
    return None if found is None else int(found)


def amount(value: object, most: float = inf) -> float | None:
    """Return a number from zero to the most that there can be, or None."""
    found = number(value)
    return None if found is None or not 0 <= found <= most else found


def difficulty(value: object) -> float | None:
    """Return how rare a share is, or None."""
    return amount(value, _MOST_DIFFICULT)


def wattage(value: object) -> float | None:
    """Return a power above zero that a miner can draw in W, or None."""
    found = number(value)
    return found if found and Power(found).is_plausible else None


def percentage(value: object) -> int | None:
    """Return a whole number from 0 to 100, or None."""
    found = number(value)
    return None if found is None or not 0 <= found <= 100 else round(found)


def hashrate(value: object, unit: HashRateUnit) -> HashRate | None:
    """Return a hash rate above zero that is given in a unit, or None."""
    rate = number(value)
    if not rate or not HashRate(rate, unit).is_plausible:
        return None
    return HashRate(HashRate(rate, unit).to(HashRateUnit.TH))


def hashrate_now(
    value: object, unit: HashRateUnit, shown: HashRateUnit = HashRateUnit.TH
) -> HashRate | None:
    """Return a hash rate, which may be zero, in the unit that it is shown in."""
    rate = amount(value)
    if rate is None or not HashRate(rate, unit).is_plausible:
        return None
    return HashRate(HashRate(rate, unit).to(shown), shown)


def equihash_rate(figure: object) -> HashRate | None:
    """Return a hash rate of Equihash, whose unit only its size tells."""
    told = number(figure)
    if told is None or told < 0:
        return None
    unit = next(unit for least, unit in _EQUIHASH_UNITS if told >= least)
    return hashrate_now(told, unit, HashRateUnit.KSOL)


def counters(summary: Mapping[str, Any]) -> OperationalData | None:
    """Return what cgminer's summary counts, None if it counts nothing."""
    found = OperationalData(
        shares_accepted=count(summary.get("Accepted")),
        shares_rejected=count(summary.get("Rejected")),
        blocks_found=count(summary.get("Found Blocks")),
        best_difficulty=difficulty(summary.get("Best Share")),
    )
    return None if found == OperationalData() else found


def in_slots(
    boards: Iterable[tuple[int | None, Hashboard]],
) -> tuple[Hashboard, ...]:
    """Return boards in the order of their slots, of which some may be empty."""
    by_slot = {
        slot: board
        for slot, board in boards
        if slot is not None and 0 <= slot < _MOST_SLOTS
    }
    last = max(by_slot, default=-1)
    return tuple(by_slot.get(slot, Hashboard()) for slot in range(last + 1))
