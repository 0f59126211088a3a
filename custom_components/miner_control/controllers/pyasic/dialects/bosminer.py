"""Braiins OS before 2023, by the RPC port of its BOSminer.

Answers are those of Braiins' own documents (BOSminer+ of 2020), frequency, voltage and
heat those of an S9 with 22.08 that asic-rs recorded. What a paused one tells was seen
nowhere as a whole: that its tuner says so is taken from the log in the documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
)
from ...network.parsing import (
    count,
    first,
    frequency,
    hashrate_now,
    hottest,
    in_slots,
    number,
    rows,
    temperature,
    voltage,
    wattage,
)
from . import bitmain_stats
from .base import (
    BOARDS,
    FREQUENCY,
    NEEDS_STATUS,
    OPERATION,
    VOLTAGE,
    Dialect,
    answer_to,
    only_wanted,
)

_TYPES: Final = MinerFeatureType
_FANS: Final = _TYPES.FAN_SPEED_INTERNAL_MONITORING
_POWER: Final = _TYPES.POWER_MONITORING
# Which questions each feature needs.
_NEEDS: Final[Mapping[str, Features]] = {
    "temps": frozenset(
        {
            BOARDS,
            _TYPES.CHIP_TEMPERATURE_MONITORING,
            _TYPES.BOARD_TEMPERATURE_MONITORING,
        }
    ),
    "devdetails": frozenset({BOARDS, FREQUENCY, VOLTAGE}),
    "fans": frozenset({_FANS}),
    "tunerstatus": frozenset({_POWER, *NEEDS_STATUS}),
}
_RATES: Final = ("MHS 5s", "MHS 1m")
_PER_MEGAHERTZ: Final = 1e6
# The numbers of hash chains begin at one of these.
_FIRST_CHAINS: Final = (6, 1, 0)
# What the tuner says of itself where it does what it should.
_WELL: Final = ("stable", "test", "tun", "paus", "resum", "start", "init", "wait")
_WORDS: Final = (("paus", MinerStatus.IDLE), ("resum", MinerStatus.STARTING))

type _Row = dict[str, Any]


class BosMinerDialect(Dialect):
    """An S9 or S17, of which pyasic shows the mean of a minute for the hash rate.

    It also counts boards from the wrong number where they begin at none, takes every
    word of the tuner that it does not know for an error, and reads no clock.
    """

    backends = frozenset({"BOSMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY, VOLTAGE})
    reads_boards = True
    reads_status = True
    unread_items = frozenset(
        {"hashrate", "expected_hashrate", "hashboards", "wattage", "fans"}
    )
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        **Dialect.fact_items,
        OPERATION: frozenset({"pools"}),
    }

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is asked for in one question."""
        needed = (name for name, features in _NEEDS.items() if features & wanted)
        return frozenset({"summary", "devs", *needed})

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read everything that is wanted, of the whole and of each board."""
        told = {name: await self._told(name) for name in self.asked_along(wanted)}
        summary, tuner = first(told["summary"]), first(told.get("tunerstatus"))
        devices = told["devs"]
        details = told.get("devdetails", [])
        boards = _boards(devices, told.get("temps", []), details)
        watts = wattage(tuner.get("ApproximateMinerPowerConsumption"))
        rate = _present(summary) or _sum(map(_present, devices))
        found = Snapshot(
            hashrate=rate,
            expected_hashrate=_expected(devices),
            power=None if watts is None else Power(watts),
            status=_status(tuner, rate) if wanted & NEEDS_STATUS else None,
            chip_temperature=hottest(board.chip_temperature for board in boards),
            board_temperature=hottest(board.board_temperature for board in boards),
            frequency=_clock(details),
            voltage=voltage((row.get("Voltage") for row in details), fraction=1),
            internal_fan_speeds=self._fans(told.get("fans", [])),
            hashboards=boards or None if wanted & _NEEDS["temps"] else None,
            operation=await self.read_counters(wanted),
        )
        return only_wanted(found, wanted)

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read what the tuner complains of besides."""
        facts = await super().read_facts(wanted)
        tuner = first(await self._told("tunerstatus")) if OPERATION in wanted else {}
        if not tuner:
            return facts
        known = facts.operation or OperationalData()
        errors = tuple(_complaints(tuner))
        return replace(facts, operation=replace(known, errors=errors))

    async def _told(self, question: str) -> list[_Row]:
        """Ask for a table, which stands under the question's name."""
        call = getattr(self.miner.rpc, question)
        return rows((await answer_to(call)).get(question.upper()))

    def _fans(self, told: list[_Row]) -> tuple[FanSpeed | None, ...] | None:
        """Return the speed of each fan; four are told of, whatever there are."""
        named = {f"fan{n}": row.get("RPM") for n, row in enumerate(told, 1)}
        return bitmain_stats.fans_of(named, self.miner.expected_fans)


def _present(row: _Row) -> HashRate | None:
    """Return the present hash rate of the device or of a board, which may be none."""
    told = (hashrate_now(row.get(name), HashRateUnit.MH) for name in _RATES)
    return next((rate for rate in told if rate is not None), None)


def _nominal(row: _Row) -> HashRate | None:
    """Return what a board is to make; a paused one tells 0."""
    rate = hashrate_now(row.get("Nominal MHS"), HashRateUnit.MH)
    return rate if rate and rate.value else None


def _expected(devices: Iterable[_Row]) -> HashRate | None:
    """Return what all boards are to make; one that is off is to make nothing."""
    told = (hashrate_now(row.get("Nominal MHS"), HashRateUnit.MH) for row in devices)
    total = _sum(told)
    return total if total and total.value else None


def _sum(rates: Iterable[HashRate | None]) -> HashRate | None:
    """Return the hash rate of all boards, None unless each tells its own."""
    told = list(rates)
    known = [rate.value for rate in told if rate is not None]
    return HashRate(sum(known)) if known and len(known) == len(told) else None


def _status(tuner: _Row, rate: HashRate | None) -> MinerStatus | None:
    """Return what the tuner says of the boards, and what follows from its watts.

    BOSminer tells of no pause elsewhere; without one, it draws what it was set to.
    """
    said = [_word(row) for row in rows(tuner.get("TunerChainStatus"))]
    if said and all(said):
        words = {status for text in said for sign, status in _WORDS if sign in text}
        if len(words) == 1:
            return words.pop()
    if rate is None:
        return None
    if rate.value:
        return MinerStatus.ON
    watts = number(tuner.get("ApproximateMinerPowerConsumption"))
    chains = number(tuner.get("ApproximateChainPowerConsumption"))
    return MinerStatus.IDLE if 0 in (watts, chains) else None


def _word(row: _Row) -> str:
    """Return what the tuner says of a board."""
    return str(row.get("Status") or "").strip().lower()


def _complaints(tuner: _Row) -> Iterator[str]:
    """Yield what the tuner says of boards that are not well."""
    chains = rows(tuner.get("TunerChainStatus"))
    first_chain = _first_of(row.get("HashchainIndex") for row in chains)
    for row in chains:
        word, chain = _word(row), count(row.get("HashchainIndex"))
        if word and not word.startswith(_WELL):
            board = "" if chain is None else f" (board {chain - first_chain})"
            yield f"{str(row['Status']).split(' {', maxsplit=1)[0]}{board}"


def _first_of(numbers: Iterable[object]) -> int:
    """Return the number of the first hash chain, which may be missing."""
    lowest = min((n for each in numbers if (n := count(each)) is not None), default=0)
    return next(start for start in _FIRST_CHAINS if start <= lowest)


def _clock(details: Iterable[_Row]) -> Frequency | None:
    """Return the mean clock of boards, which are told in Hz."""
    told = [number(row.get("Frequency")) for row in details]
    return frequency(hertz / _PER_MEGAHERTZ for hertz in told if hertz)


def _boards(
    devices: list[_Row], heat: list[_Row], details: list[_Row]
) -> tuple[Hashboard, ...]:
    """Return each board; what one table lacks of it costs nothing else."""
    tables = (devices, heat, details)
    first_chain = _first_of(row.get("ID") for table in tables for row in table)
    parts: dict[int, list[_Row]] = {}
    for place, table in enumerate(tables):
        for row in table:
            if (chain := count(row.get("ID"))) is not None:
                parts.setdefault(chain - first_chain, [{}, {}, {}])[place] = row
    return in_slots((slot, _board(*rows_of)) for slot, rows_of in parts.items())


def _board(device: _Row, heat: _Row, details: _Row) -> Hashboard:
    """Return a board by its row in each table."""
    return Hashboard(
        chip_temperature=temperature(heat.get("Chip")),
        board_temperature=temperature(heat.get("Board")),
        voltage=voltage([details.get("Voltage")], fraction=1),
        frequency=_clock([details]),
        hashrate=_present(device),
        nominal_hashrate=_nominal(device),
        chips=count(details.get("Chips")) or None,
    )
