"""What Bitmain's firmware tells of boards, air, water and watts, in either form.

Its web page lists `chain`s; its RPC port numbers the names of values. Compared with
recorded answers of an S19 Pro, and with reports: since 86.48-2.0.0 inlet and outlet
temperatures stand in place of `temp_pcb` (asic-rs#324); with `new_api` the `watt`s
are told, by some models as `power` (asic-rs#325). Of an S21 Hyd. the first two of
`temp_chip` are those of the water (pyasic#295), of an S21+ Hyd. others.

Whatever it is called, `GHS 5s` is in megahashes where scrypt is mined: an L3+ told
514.86 (pyasic#210), an L7 9529.45 beside a `RT HASHRATE` of 9529.46 MH/s. Of Equihash
it is in one unit with one build and in another with the next: 0.000877 of a Z15 Pro in
April 2023 (pyasic#229) and 629.01 in December, 444313.18 of a Z15, and 227.40 and
147769.98 of two builds of a Z11 whose boards told 62.26 and 51.44 (AgentScanner's
captures of 2026). Others, such as a D9, keep to its name. An S9 has its boards at the
numbers from 6 on and its two fans at 3 and 6 (MultiMiner#290).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import re
from statistics import fmean
from typing import Any, Final

from ....domain.snapshot import Snapshot
from ....domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)
from ...network.parsing import (
    count,
    equihash_rate,
    frequency,
    hashrate,
    hashrate_now,
    in_slots,
    number,
    rows,
    wattage,
)

_MOST_CHAINS: Final = 16
_MOST_FANS: Final = 8
# The numbers of chains begin at 1, 6 or 11.
_STEP: Final = 5
SCRYPT: Final = "Scrypt"
EQUIHASH: Final = "Equihash"
# What is called gigahashes and is not.
_CALLED_GIGA: Final = {SCRYPT: HashRateUnit.MH}
# What the RPC port calls the values of a chain, before its number.
_RPC_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "rate_real": ("chain_rate",),
    "rate_ideal": ("chain_rateideal",),
    "asic_num": ("chain_acn",),
    "freq_avg": ("freq_avg", "freq", "frequency"),
    "temp_pcb": ("temp_pcb", "temp"),
    "temp_chip": ("temp_chip", "temp2_"),
    "temp_in_pcb": ("temp_in_pcb_", "temp_in_pcb"),
    "temp_out_pcb": ("temp_out_pcb_", "temp_out_pcb"),
    "temp_in_chip": ("temp_in_chip_", "temp_in_chip"),
    "temp_out_chip": ("temp_out_chip_", "temp_out_chip"),
}
_WATTS: Final = ("watt", "power", "Power", "total_power", "chain_power")
_WATER: Final = "HYD"
_WATER_BY_BOARD: Final = "S21+ HYD"
_PAIR: Final = 2
# No scrypt machine makes so many GH/s.
_MOST_SCRYPT: Final = 100.0
_WITH_UNIT: Final = re.compile(r"[\d.]+ *([KMGT]?H)/s")


# What makes a hash rate of a figure.
type Reader = Callable[[object], HashRate | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sensors:
    """What the sensors of a chain tell, in °C."""

    chip: float | None = None
    board: float | None = None
    inlet: float | None = None
    outlet: float | None = None


def of_page(stats: Mapping[str, Any], model: str, algorithm: str = "") -> Snapshot:
    """Return what the web page tells of the chains."""
    return _of_chains(rows(stats.get("chain")), _reader_of(stats, algorithm), model)


def of_rpc(stats: Mapping[str, Any], model: str, algorithm: str = "") -> Snapshot:
    """Return what the RPC port tells of the chains that have chips."""
    chains = [_chain(stats, slot) for slot in range(1, _MOST_CHAINS + 1)]
    there = [chain for chain in chains if count(chain["asic_num"])]
    before = numbers_before(stats)
    moved = [chain | {"index": chain["index"] - before} for chain in there]
    return _of_chains(moved, _reader_of(stats, algorithm), model)


def numbers_before(stats: Mapping[str, Any]) -> int:
    """Return how many numbers there are before those of the machine's chains."""
    slots = range(1, _MOST_CHAINS + 1)
    used = (slot for slot in slots if count(stats.get(f"chain_acn{slot}")))
    return (next(used, 1) - 1) // _STEP * _STEP


def totals_of(
    summary: Mapping[str, Any],
    stats: Mapping[str, Any],
    algorithm: str,
    shown: HashRateUnit,
) -> Snapshot:
    """Return what a machine makes now, and what it is to make."""
    if algorithm == EQUIHASH:
        return Snapshot(
            hashrate=equihash_rate(summary.get("GHS 5s")),
            expected_hashrate=_above_zero(equihash_rate(stats.get("total_rateideal"))),
        )
    told = _WITH_UNIT.match(str(summary.get("RT HASHRATE")))
    unit = told and _named(told.group(1))
    now = hashrate_now(
        summary.get("GHS 5s"),
        unit or _CALLED_GIGA.get(algorithm, HashRateUnit.GH),
        shown,
    )
    ideal = _unit_of(stats, algorithm)
    # What stands for scrypt without a unit was seen to be in either.
    if algorithm == SCRYPT and not stats.get("rate_unit"):
        ideal = None
    expected = hashrate(stats.get("total_rateideal"), ideal) if ideal else None
    return Snapshot(
        hashrate=now,
        expected_hashrate=expected and HashRate(expected.to(shown), shown),
    )


def scrypt_rate(figure: object) -> HashRate | None:
    """Return a hash rate of scrypt that is called giga and may be in megahashes."""
    told = number(figure)
    if told is None:
        return None
    unit = HashRateUnit.MH if told > _MOST_SCRYPT else HashRateUnit.GH
    return hashrate_now(told, unit, HashRateUnit.GH)


def _above_zero(rate: HashRate | None) -> HashRate | None:
    """Return a hash rate that is meant to be reached, None for none at all."""
    return rate if rate and rate.value else None


def fans_of(
    stats: Mapping[str, Any], expected: int | None
) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan; some firmware tells of more than there are.

    Where a fan has a number beyond how many there are, those that run are they.
    """
    names = [f"fan{n}" for n in range(1, _MOST_FANS + 1) if f"fan{n}" in stats]
    speeds = [number(stats[name]) for name in names]
    there = max(count(stats.get("fan_num")) or 0, expected or 0)
    if 0 < there < len(speeds):
        running = [rpm for rpm in speeds if rpm]
        if any(speeds[there:]):
            speeds = [*running, *[0.0] * (there - len(running))]
        else:
            speeds = speeds[:there]
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in speeds) or None


def _reader_of(stats: Mapping[str, Any], algorithm: str) -> Reader:
    """Return how the figures of chains are read; None stands for what is not known."""
    if algorithm == EQUIHASH:
        return equihash_rate
    unit = _unit_of(stats, algorithm)
    return lambda told: hashrate_now(told, unit) if unit else None


def _unit_of(stats: Mapping[str, Any], algorithm: str) -> HashRateUnit | None:
    """Return the unit of hash rates, None if one is told that nobody knows."""
    told = stats.get("rate_unit")
    if told in (None, ""):
        return _CALLED_GIGA.get(algorithm, HashRateUnit.GH)
    return _named(str(told))


def _named(told: str) -> HashRateUnit | None:
    """Return a unit by its name, with or without the second; None if it is none."""
    unit = f"{told.removesuffix('/s')}/s".replace("K", "k")
    return HashRateUnit(unit) if unit in HashRateUnit else None


def watts_of(stats: Iterable[Mapping[str, Any]]) -> tuple[bool, Power | None]:
    """Tell whether any part of an answer tells the watts, and return them."""
    told = [row[name] for row in stats for name in _WATTS if row.get(name) is not None]
    # Some write the unit behind the figure.
    found = (wattage(str(value).split(" ", maxsplit=1)[0]) for value in told)
    watts = next(filter(None, found), None)
    return bool(told), None if watts is None else Power(watts)


def _chain(stats: Mapping[str, Any], slot: int) -> dict[str, Any]:
    """Return a chain of the RPC port's answer as the web page would tell it."""
    told = {
        name: next((stats[f"{p}{slot}"] for p in prefixes if f"{p}{slot}" in stats), "")
        for name, prefixes in _RPC_NAMES.items()
    }
    return told | {"index": slot - 1}


def _of_chains(
    chains: Iterable[Mapping[str, Any]], read: Reader, model: str
) -> Snapshot:
    """Return the boards, and the hottest that each kind of sensor tells."""
    found = [(chain, _sensors(chain, model)) for chain in chains]
    boards = in_slots(
        (count(chain.get("index")), _board(chain, sensors, read))
        for chain, sensors in found
    )
    clocks = (chain.get("freq_avg") for chain, _ in found)
    return Snapshot(
        hashboards=boards or None,
        frequency=frequency(clocks),
        chip_temperature=_hottest(sensors.chip for _, sensors in found),
        board_temperature=_hottest(sensors.board for _, sensors in found),
        inlet_temperature=_hottest(sensors.inlet for _, sensors in found),
        outlet_temperature=_hottest(sensors.outlet for _, sensors in found),
    )


def _board(chain: Mapping[str, Any], sensors: _Sensors, read: Reader) -> Hashboard:
    """Return a board; a sensor that fails costs its own reading alone."""
    return Hashboard(
        chip_temperature=_hottest([sensors.chip]),
        board_temperature=_hottest([sensors.board]),
        hashrate=read(chain.get("rate_real")),
        nominal_hashrate=_above_zero(read(chain.get("rate_ideal"))),
        frequency=frequency([chain.get("freq_avg")]),
        chips=count(chain.get("asic_num")) or None,
    )


def _sensors(chain: Mapping[str, Any], model: str) -> _Sensors:
    """Return the means of a chain's sensors of each kind."""
    chips, boards = _degrees(chain.get("temp_chip")), _degrees(chain.get("temp_pcb"))
    if _WATER_BY_BOARD in model.upper():
        return _of_water_by_board(boards, _degrees(chain.get("temp_pic")))
    board = _mean(boards) or _first(chain, "temp_out_pcb", "temp_in_pcb")
    if _WATER in model.upper() and any(chips) and not any(chips[_PAIR:]):
        inlet, outlet = (*chips, None, None)[:_PAIR]
        return _Sensors(board=board, inlet=inlet, outlet=outlet)
    chip = _mean(chips) or _first(chain, "temp_out_chip", "temp_in_chip")
    return _Sensors(chip=chip, board=board)


def _of_water_by_board(
    boards: list[float | None], others: list[float | None]
) -> _Sensors:
    """Return what the sensors of an S21+ Hyd. mean."""
    inlet, first, outlet, second = (*boards, *[None] * 4)[:4]
    chip, *rest = (*others, *[None] * 4)[:4]
    return _Sensors(
        chip=chip, board=_mean([*rest, first, second]), inlet=inlet, outlet=outlet
    )


def _degrees(told: object) -> list[float | None]:
    """Return temperatures, None for a sensor that tells none: it writes 0 or -1."""
    if isinstance(told, list):
        parts = told
    else:
        # One figure, which may have a sign, or several that are joined by dashes.
        parts = [told] if number(told) is not None else str(told or "").split("-")
    read = (number(part) for part in parts)
    return [celsius if celsius and celsius > 0 else None for celsius in read]


def _first(chain: Mapping[str, Any], *names: str) -> float | None:
    """Return the mean of the first kind of sensor that tells something."""
    means = (_mean(_degrees(chain.get(name))) for name in names)
    return next(filter(None, means), None)


def _mean(degrees: Iterable[float | None]) -> float | None:
    """Return the mean of what is known."""
    known = [celsius for celsius in degrees if celsius is not None]
    return fmean(known) if known else None


def _hottest(degrees: Iterable[float | None]) -> Temperature | None:
    """Return the highest temperature that is known."""
    known = [celsius for celsius in degrees if celsius is not None]
    return Temperature(max(known)) if known else None
