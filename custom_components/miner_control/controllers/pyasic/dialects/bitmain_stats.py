"""What Bitmain's firmware tells of boards, air, water and watts, in either form.

Its web page lists `chain`s; its RPC port numbers the names of values. Compared with
recorded answers of an S19 Pro, and with reports: since 86.48-2.0.0 inlet and outlet
temperatures stand in place of `temp_pcb` (asic-rs#324); with `new_api` the `watt`s
are told, by some models as `power` (asic-rs#325). Of an S21 Hyd. the first two of
`temp_chip` are those of the water (pyasic#295), of an S21+ Hyd. others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from ....domain.snapshot import Snapshot
from ....domain.values import Hashboard, HashRateUnit, Power, Temperature
from ...network.parsing import (
    count,
    frequency,
    hashrate,
    hashrate_now,
    in_slots,
    number,
    rows,
    wattage,
)

_MOST_CHAINS: Final = 16
# What the RPC port calls the values of a chain, before its number.
_RPC_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "rate_real": ("chain_rate",),
    "rate_ideal": ("chain_rateideal",),
    "asic_num": ("chain_acn",),
    "freq_avg": ("freq_avg", "freq"),
    "temp_pcb": ("temp_pcb",),
    "temp_chip": ("temp_chip",),
    "temp_in_pcb": ("temp_in_pcb_", "temp_in_pcb"),
    "temp_out_pcb": ("temp_out_pcb_", "temp_out_pcb"),
    "temp_in_chip": ("temp_in_chip_", "temp_in_chip"),
    "temp_out_chip": ("temp_out_chip_", "temp_out_chip"),
}
_WATTS: Final = ("watt", "power", "Power", "total_power", "chain_power")
_WATER: Final = "HYD"
_WATER_BY_BOARD: Final = "S21+ HYD"
_PAIR: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sensors:
    """What the sensors of a chain tell, in °C."""

    chip: float | None = None
    board: float | None = None
    inlet: float | None = None
    outlet: float | None = None


def of_page(stats: Mapping[str, Any], model: str) -> Snapshot:
    """Return what the web page tells of the chains."""
    return _of_chains(rows(stats.get("chain")), _unit_of(stats, ""), model)


def of_rpc(stats: Mapping[str, Any], model: str) -> Snapshot:
    """Return what the RPC port tells of the chains that have chips."""
    unit = _unit_of(stats, "/s")
    chains = (_chain(stats, slot) for slot in range(1, _MOST_CHAINS + 1))
    return _of_chains([c for c in chains if count(c["asic_num"])], unit, model)


def _unit_of(stats: Mapping[str, Any], ending: str) -> HashRateUnit | None:
    """Return the unit of hash rates: GH/s where none is told, None if it is unknown."""
    told = stats.get("rate_unit")
    if told in (None, ""):
        return HashRateUnit.GH
    unit = f"{told}{ending}"
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
    chains: Iterable[Mapping[str, Any]], unit: HashRateUnit | None, model: str
) -> Snapshot:
    """Return the boards, and the hottest that each kind of sensor tells."""
    found = [(chain, _sensors(chain, model)) for chain in chains]
    boards = in_slots(
        (count(chain.get("index")), _board(chain, sensors, unit))
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


def _board(
    chain: Mapping[str, Any], sensors: _Sensors, unit: HashRateUnit | None
) -> Hashboard:
    """Return a board; a sensor that fails costs its own reading alone."""
    return Hashboard(
        chip_temperature=_hottest([sensors.chip]),
        board_temperature=_hottest([sensors.board]),
        hashrate=hashrate_now(chain.get("rate_real"), unit) if unit else None,
        nominal_hashrate=hashrate(chain.get("rate_ideal"), unit) if unit else None,
        frequency=frequency([chain.get("freq_avg")]),
        chips=count(chain.get("asic_num")) or None,
    )


def _sensors(chain: Mapping[str, Any], model: str) -> _Sensors:
    """Return the means of a chain's sensors of each kind."""
    chips, boards = _degrees(chain.get("temp_chip")), _degrees(chain.get("temp_pcb"))
    if _WATER_BY_BOARD in model.upper():
        return _of_water_by_board(boards, _degrees(chain.get("temp_pic")))
    board = _mean(boards) or _first(chain, "temp_out_pcb", "temp_in_pcb")
    if _WATER in model.upper() and not any(chips[_PAIR:]):
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
