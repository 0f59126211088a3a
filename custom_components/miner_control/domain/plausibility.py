"""What is not believed of a miner, given what else is known of it.

A value tells by itself whether any miner could report it. Here it is judged whether
this miner could: a failed sensor reads -1, and a counter that ran over makes 200 TH/s
of a Bitaxe.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from .features import MinerStatus
from .snapshot import Snapshot
from .values import Hashboard, HashRate, Power, Temperature, is_plausible

# How many times what is expected, rated or possible a true value can be.
_AT_MOST: Final = 3.0
# Where nobody knows anything, in H/s and W: far more than the largest miner reaches.
_ANY_HASHRATE: Final = 1e17
_ANY_WATTS: Final = 30_000.0
_NO_SENSOR: Final = -1.0
_POWERED_DOWN: Final = (MinerStatus.OFF, MinerStatus.IDLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a miner can reach at most: hashes or solutions per second, and W.

    One that is `powered_down` has chips that nobody measures, mostly.
    """

    hashrate: float = _ANY_HASHRATE
    watts: float = _ANY_WATTS
    powered_down: bool = False


_UNLIMITED: Final = Limits()


def limits_of(
    snapshots: Iterable[Snapshot],
    rated: Iterable[float | None],
    *,
    powered_down: bool,
    former: Limits = _UNLIMITED,
) -> Limits:
    """Return the limits of a miner, by the highest that anybody knows.

    `rated` holds powers in W that are known from linking. What a miner could reach by
    `former` limits it can still reach: where it is told to do less, what is expected
    falls at once, and what is measured falls later.
    """
    rates: list[HashRate | None] = []
    powers = [Power(watts) for watts in rated if watts is not None]
    for snapshot in snapshots:
        rates += [snapshot.expected_hashrate, snapshot.max_hashrate]
        if snapshot.max_power is not None:
            powers.append(snapshot.max_power)
        if snapshot.power_limit is not None:
            powers.append(Power(snapshot.power_limit.maximum))
    known = (_hashes(rate) for rate in rates if rate and is_plausible(rate))
    watts = (power.watts for power in powers if power.is_plausible)
    return Limits(
        hashrate=_limit(known, former.hashrate, _ANY_HASHRATE),
        watts=_limit(watts, former.watts, _ANY_WATTS),
        powered_down=powered_down,
    )


def believed(snapshot: Snapshot, limits: Limits) -> Snapshot:
    """Return a snapshot without what cannot be true of a miner with such limits."""
    is_down = limits.powered_down or snapshot.status in _POWERED_DOWN
    doubted: dict[str, Any] = {
        name: None
        for name, is_believed in (
            ("hashrate", _is_believed_rate(snapshot.hashrate, limits.hashrate)),
            ("power", _is_believed_power(snapshot.power, limits.watts)),
            ("chip_temperature", _is_measured(snapshot.chip_temperature, is_down)),
            ("board_temperature", _is_measured(snapshot.board_temperature, is_down)),
        )
        if not is_believed
    }
    if snapshot.hashboards is not None:
        boards = tuple(
            _believed_board(board, limits, len(snapshot.hashboards), is_down=is_down)
            for board in snapshot.hashboards
        )
        if boards != snapshot.hashboards:
            doubted["hashboards"] = boards
    return replace(snapshot, **doubted) if doubted else snapshot


def _believed_board(
    board: Hashboard, limits: Limits, boards: int, *, is_down: bool
) -> Hashboard:
    """Return a board, one of so many, without what cannot be true of it."""
    nominal = board.nominal_hashrate
    limit = limits.hashrate
    if nominal is not None and is_plausible(nominal) and nominal.value > 0:
        share = limit / boards if limit < _ANY_HASHRATE else 0.0
        limit = max(_hashes(nominal) * _AT_MOST, share)
    doubted: dict[str, Any] = {
        name: None
        for name, is_believed in (
            ("hashrate", _is_believed_rate(board.hashrate, limit)),
            ("chip_temperature", _is_measured(board.chip_temperature, is_down)),
            ("board_temperature", _is_measured(board.board_temperature, is_down)),
        )
        if not is_believed
    }
    return replace(board, **doubted) if doubted else board


def _is_believed_rate(rate: HashRate | None, limit: float) -> bool:
    """Tell whether a hash rate can be."""
    return rate is None or _hashes(rate) <= limit


def _is_believed_power(power: Power | None, limit: float) -> bool:
    """Tell whether a power can be drawn."""
    return power is None or power.watts <= limit


def _is_measured(temperature: Temperature | None, is_down: bool) -> bool:  # noqa: FBT001
    """Tell whether a temperature of a chip or board was measured."""
    if temperature is None:
        return True
    return temperature.celsius != _NO_SENSOR and not (
        is_down and temperature.celsius <= 0
    )


def _hashes(rate: HashRate) -> float:
    """Return a hash rate in hashes or solutions per second."""
    return rate.value * rate.unit.factor


def _limit(known: Iterable[float], former: float, unknown: float) -> float:
    """Return the limit by what is known and by the former one, if anything is known."""
    most = max(known, default=0.0) * _AT_MOST
    if not most:
        return unknown
    return min(max(most, former if former < unknown else 0.0), unknown)
