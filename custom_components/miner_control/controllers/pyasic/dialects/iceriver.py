"""IceRiver's own firmware, whose page tells everything in one answer.

Compared with the recorded answer of a KS5L (ICM168_3_2_10, by Mining Rig Monitor)
and with the script of the page itself, which takes a figure's letter for its unit,
leaves out a board whose number is -1, and calls `powstate`, `netstate`, `fanstate` and
`tempstate` normal or not. None of them says that a device was stopped: it cannot be.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import timedelta
import re
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
)
from ...network.device import Signs
from ...network.parsing import (
    count,
    frequency,
    hashrate_now,
    hottest,
    in_slots,
    number,
    rows,
    section,
    temperature,
)
from ..device import PyasicDevice
from .base import FREQUENCY, Dialect, answer_to, only_wanted

_RATE: Final = re.compile(r"([\d.]+) *([kmgtpe]?)", re.IGNORECASE | re.ASCII)
_TIME: Final = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2}):(\d{1,2})")
_CHECKS: Final = ("powstate", "netstate", "fanstate", "tempstate")

type _Panel = dict[str, Any]


class IceRiverDialect(Dialect):
    """A KS0 and its kin, of which pyasic takes a check of the hash rate for a stop.

    It also fails at boards that tell TH/s, takes pools that are not connected for the
    active one, and leaves out shares, clocks and the version.
    """

    backends = frozenset({"IceRiver"})
    features: ClassVar[Features] = frozenset({FREQUENCY})
    reads_boards = True
    reads_status = True
    always_has_mac = True
    showing_identity = frozenset(MinerFeatureType)
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {}

    def __init__(
        self, device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
    ) -> None:
        """Know nothing yet; names come from the last answer, as each is a login."""
        super().__init__(device, memory)
        self._panel: _Panel = {}

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read nothing by pyasic, which would log in for each of its parts."""
        return await super().read_data(())

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read everything from the one page."""
        told = section((await answer_to(self.miner.web.userpanel)).get("data"))
        self._panel = told
        if not told:
            return Snapshot()
        unit = str(told.get("unit") or "")
        boards = _boards(rows(told.get("boards")), unit)
        known = [board for board in boards if board != Hashboard()]
        clocks = (row.get("freq") for row in rows(told.get("boards")))
        locating = told.get("locate")
        found = Snapshot(
            hashrate=_rate(told.get("rtpow"), unit),
            expected_hashrate=_sum(board.nominal_hashrate for board in known),
            chip_temperature=hottest(board.chip_temperature for board in boards),
            board_temperature=hottest(board.board_temperature for board in boards),
            frequency=frequency(clocks),
            internal_fan_speeds=_fans(told.get("fans")),
            hashboards=boards or None,
            operation=_operation(told),
            is_locating=locating if isinstance(locating, bool) else None,
        )
        return only_wanted(found, wanted)

    @override
    async def read_signs(self) -> Signs:
        """Return the MAC address, which the page tells with all the rest."""
        return Signs(mac=self._panel.get("mac"))

    @override
    async def read_mac(self) -> object:
        """Read the MAC address anew: another device may answer by now."""
        await self.read_extras(frozenset())
        return str(self._panel.get("mac") or "").replace("-", ":") or None

    @override
    async def read_serial(self) -> str | None:
        """Return none: the device tells no number of its own."""
        return None

    @override
    async def read_hostname(self) -> str | None:
        """Return the host name."""
        return str(self._panel.get("host") or "") or None

    @override
    async def read_firmware_version(self) -> str | None:
        """Return the version of the miner's software."""
        return str(self._panel.get("softver1") or "") or None


def _rate(told: object, unit: str) -> HashRate | None:
    """Return a hash rate by the letter behind its figure, or else by the page's."""
    if (read := _RATE.match(f"{told}{unit}")) is None:
        return None
    figure, letter = read.groups()
    if not letter:
        return None
    name = f"{letter.lower() if letter in 'kK' else letter.upper()}H/s"
    return hashrate_now(figure, HashRateUnit(name))


def _boards(told: list[_Panel], unit: str) -> tuple[Hashboard, ...]:
    """Return each board in its slot."""
    return in_slots(
        (slot - 1, _board(row, unit))
        for row in told
        if (slot := count(row.get("no"))) is not None and slot > 0
    )


def _board(row: _Panel, unit: str) -> Hashboard:
    """Return one board; an ideal rate of 0 is none."""
    ideal = _rate(row.get("idealpow"), unit)
    return Hashboard(
        chip_temperature=temperature(row.get("outtmp")),
        board_temperature=temperature(row.get("intmp")),
        frequency=frequency([row.get("freq")]),
        hashrate=_rate(row.get("rtpow"), unit),
        nominal_hashrate=ideal if ideal and ideal.value else None,
        chips=count(row.get("chipnum")) or None,
    )


def _sum(rates: Iterable[HashRate | None]) -> HashRate | None:
    """Return what all boards are to make, None unless each tells it."""
    told = list(rates)
    known = [rate.value for rate in told if rate]
    return HashRate(sum(known)) if known and len(known) == len(told) else None


def _fans(told: object) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan."""
    speeds = [number(rpm) for rpm in told] if isinstance(told, list) else []
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in speeds) or None


def _operation(told: _Panel) -> OperationalData:
    """Return the time since the start, the shares of all pools, and what is wrong."""
    pools = rows(told.get("pools"))
    runs = _TIME.fullmatch(str(told.get("runtime") or ""))
    days, hours, minutes, seconds = map(int, runs.groups()) if runs else (0,) * 4
    uptime = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    active = (pool.get("addr") for pool in pools if _is_connected(pool))
    return OperationalData(
        uptime=uptime if runs else None,
        shares_accepted=_total(pools, "accepted"),
        shares_rejected=_total(pools, "rejected"),
        active_pool=next((str(url) for url in active if url), None),
        errors=tuple(_problems(told)),
    )


def _is_connected(pool: _Panel) -> bool:
    """Tell whether a pool is worked for, as a number says or a word."""
    told = pool.get("connect")
    return told is True or number(told) == 1


def _total(pools: Iterable[_Panel], name: str) -> int | None:
    """Return the sum of a counter of all pools, None if none has it."""
    counts = [found for pool in pools if (found := count(pool.get(name))) is not None]
    return sum(counts) if counts else None


def _problems(told: _Panel) -> Iterator[str]:
    """Yield the names of what the device does not call normal."""
    return (name for name in _CHECKS if told.get(name) is False)
