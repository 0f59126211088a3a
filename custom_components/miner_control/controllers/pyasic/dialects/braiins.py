"""Braiins OS since 2023, by its gRPC interface.

Fields are those of the public contract (braiins.bos.v1, 1.3) and of a recorded S21
Pro with 26.04, whose REST interface has the same ones.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, override

from homeassistant.util import dt as dt_util

from ....const import LOGGER
from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    PowerLimit,
    Voltage,
)
from ...errors import CommandRefusedError
from ...network.device import Signs
from ...network.limits import apart, in_short
from ...network.parsing import (
    amount,
    count,
    difficulty,
    first,
    frequency,
    hashrate,
    hottest,
    number,
    rows,
    section,
    temperature,
    voltage,
    wattage,
)
from .. import library
from ..device import tell
from ..interface import Lasting
from .base import (
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MAX_POWER,
    OPERATION,
    POWER_LIMIT,
    VOLTAGE,
    BoardSensors,
    Dialect,
    word_in,
)

_TYPES = MinerFeatureType
_OF_BOARDS: Final = frozenset(
    {
        FREQUENCY,
        VOLTAGE,
        _TYPES.HASHBOARD_MONITORING,
        _TYPES.CHIP_TEMPERATURE_MONITORING,
        _TYPES.BOARD_TEMPERATURE_MONITORING,
        _TYPES.INLET_TEMPERATURE_MONITORING,
        _TYPES.OUTLET_TEMPERATURE_MONITORING,
    }
)
POWER: Final = _TYPES.POWER_MONITORING
_OF_FANS: Final = _TYPES.FAN_SPEED_INTERNAL_MONITORING
_OF_TARGET: Final = frozenset({POWER_LIMIT, MAX_POWER})
_NOT_STARTED: Final = 1
# What the firmware says of itself: `SUSPENDED` after a fault, `RESTRICTED` for want
# of a licence.
_STATES: Final = {
    _NOT_STARTED: MinerStatus.IDLE,
    2: MinerStatus.ON,
    3: MinerStatus.IDLE,
    4: MinerStatus.ERROR,
    5: MinerStatus.ERROR,
}
_MEGAHERTZ: Final = 1e6
# How far a device's clock may be from that of Home Assistant.
_CLOCK_TOLERANCE: Final = timedelta(minutes=5)
_LONGEST_UPTIME: Final = timedelta(days=36_500).total_seconds()


class BraiinsDialect(Dialect):
    """Braiins OS, of which pyasic does not read the state but guesses it.

    Nothing is read without a login, so that a wrong one is noticed at once.
    """

    backends = frozenset({"BOSer"})
    features = frozenset({FREQUENCY, VOLTAGE, POWER_LIMIT, MAX_POWER, MAX_HASHRATE})
    reads_status = True
    unread_items = frozenset(
        {
            "hashrate",
            "expected_hashrate",
            "hashboards",
            "wattage",
            "fans",
            "uptime",
            "env_temp",
        }
    )
    showing_identity = frozenset(_TYPES)
    lasting: ClassVar[Lasting] = {
        "get_constraints": (
            "tunerConstraints.powerTarget.min.watt",
            "tunerConstraints.powerTarget.max.watt",
        )
    }

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Leave the temperatures to `read_extras`."""
        return BoardSensors(chip=None, board=None, inlet=None, outlet=None)

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return nothing: the older interface is not asked at all."""
        return frozenset()

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read everything that is wanted, by one login."""
        web = self.miner.web
        await apart(web.auth)
        details, stats, boards, cooling = await asyncio.gather(
            self._ask(web.get_miner_details),
            self._ask(web.get_miner_stats),
            self._ask(web.get_hashboards) if wanted & _OF_BOARDS else _nothing(),
            self._ask(web.get_cooling_state) if _OF_FANS in wanted else _nothing(),
        )
        known = [_board(row) for row in _in_order(section(boards).get("hashboards"))]
        return Snapshot(
            status=word_in(details, _status(section(details))),
            **_work(section(stats)),
            power=_power(section(stats)) if POWER in wanted else None,
            **_sensors(section(boards), known),
            internal_fan_speeds=_fans(section(cooling)),
            operation=_operation(section(details), section(stats)),
            max_hashrate=_rate(section(details).get("stickerHashrate")),
            **(await self._target() if wanted & _OF_TARGET and details else {}),
        )

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the pool, the errors and the light."""
        web = self.miner.web
        found = Snapshot()
        if LOCATE in wanted and (told := await self._ask(web.get_locate_device_status)):
            found = Snapshot(is_locating=told.get("enabled") is True)
        elif LOCATE in wanted and told is not None:
            # What is false is left out.
            found = Snapshot(is_locating=False)
        if OPERATION not in wanted:
            return found
        pools = await self._ask(web.get_pool_groups)
        errors = await self._ask(self._errors)
        details = await self._ask(web.get_miner_details) if errors else None
        return Snapshot(
            is_locating=found.is_locating,
            operation=OperationalData(
                active_pool=_active_pool(section(pools)),
                errors=None if errors is None else _messages(errors, details),
            ),
        )

    @override
    async def read_signs(self) -> Signs:
        """Read who the device is."""
        details = section(await self._ask(self.miner.web.get_miner_details))
        serial = details.get("serialNumber")
        return Signs(mac=details.get("macAddress"), serial=serial)

    @override
    async def refuses_login(self) -> bool:
        """Log in anew, since pyasic takes every failure for silence."""
        web = self.miner.web
        web.token = None
        try:
            return await apart(web.auth) is None
        except Exception as err:  # noqa: BLE001 - the library raises what comes up
            return "UNAUTHENTICATED" in str(err) or "PERMISSION_DENIED" in str(err)

    @override
    async def start_mining(self) -> None:
        """Resume mining, or start what was stopped altogether."""
        details = section(await self._ask(self.miner.web.get_miner_details))
        if count(details.get("status")) == _NOT_STARTED:
            await tell(self.miner.web.start)
        else:
            await self._command("resume_mining")

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Set the power that the tuner aims at."""
        if not await tell(self.miner.set_power_limit, round(watts)):
            raise CommandRefusedError(f"{self.miner} did not take {watts:g} W")

    async def _target(self) -> dict[str, Any]:
        """Read the power that the tuner aims at, and the range that it accepts."""
        web = self.miner.web
        told, allowed = await asyncio.gather(
            self._ask(web.get_miner_configuration), self._ask(web.get_constraints)
        )
        watts = _watts(section(section(told).get("tuner")).get("powerTarget"))
        limits = section(section(allowed).get("tunerConstraints")).get("powerTarget")
        low, high = (_watts(section(limits).get(end)) for end in ("min", "max"))
        if low is None or high is None:
            return {}
        return {
            "power_limit": PowerLimit(watts, low, high),
            "max_power": Power(high),
        }

    async def _errors(self) -> dict[str, Any]:
        """Read the errors, which pyasic does not ask for."""
        web = self.miner.web
        message = library.braiins_message("GetErrorsRequest")
        return section(
            await web.send_command("get_errors", message=message, privileged=True)
        )

    async def _ask(self, call: Callable[[], Awaitable[Any]]) -> dict[str, Any] | None:
        """Return an answer, None if there is none: one may well be empty."""
        try:
            return section(await call())
        except Exception as err:  # noqa: BLE001 - the library raises what comes up
            LOGGER.debug("No answer to %s: %s", call, in_short(err))
            return None


async def _nothing() -> None:
    """Ask nothing."""


def _status(details: dict[str, Any]) -> MinerStatus | None:
    """Return what the device says of itself; a state that nobody knows says nothing."""
    said = count(details.get("status"))
    return None if said is None else _STATES.get(said, MinerStatus.UNKNOWN)


def _rate(told: object) -> HashRate | None:
    """Return a hash rate above zero in TH/s."""
    gigahashes = section(told).get("gigahashPerSecond")
    return hashrate(gigahashes, HashRateUnit.GH)


def _present(stats: dict[str, Any]) -> HashRate | None:
    """Return the present hash rate in TH/s, which may be none at all.

    What is zero is left out, so that an empty entry is one.
    """
    rates = section(stats.get("realHashrate"))
    if "last5S" not in rates:
        return None
    rate = number(section(rates["last5S"]).get("gigahashPerSecond", 0))
    return None if rate is None else HashRate(rate / 1000)


def _work(stats: dict[str, Any]) -> dict[str, Any]:
    """Return what the device makes, and what it is to make."""
    work = section(stats.get("minerStats"))
    return {
        "hashrate": _present(work),
        "expected_hashrate": _rate(work.get("nominalHashrate")),
    }


def _power(stats: dict[str, Any]) -> Power | None:
    """Return what the device draws; what is zero is left out."""
    told = section(stats.get("powerStats")).get("approximatedConsumption")
    watts = None if told is None else amount(section(told).get("watt", 0))
    return None if watts is None else Power(watts)


def _in_order(told: object) -> list[dict[str, Any]]:
    """Return the boards by their numbers, which are text and begin anywhere."""
    return sorted(rows(told), key=lambda row: number(row.get("id")) or 0)


def _board(row: dict[str, Any]) -> Hashboard:
    """Return a board."""
    stats = section(row.get("stats"))
    chip = section(section(row.get("highestChipTemp")).get("temperature"))
    return Hashboard(
        chip_temperature=temperature(chip.get("degreeC")),
        board_temperature=temperature(section(row.get("boardTemp")).get("degreeC")),
        voltage=_volts(row.get("currentVoltage")),
        frequency=frequency([_megahertz(row.get("currentFrequency"))]),
        hashrate=_present(stats),
        nominal_hashrate=_rate(stats.get("nominalHashrate")),
        chips=count(row.get("chipsCount")) or None,
    )


def _sensors(told: dict[str, Any], boards: list[Hashboard]) -> dict[str, Any]:
    """Return the boards, and what they measure together."""
    clocks = [board.frequency.megahertz for board in boards if board.frequency]
    volts = [board.voltage.volts for board in boards if board.voltage]
    ends = {
        name: [
            temperature(section(row.get(field)).get("degreeC"))
            for row in rows(told.get("hashboards"))
        ]
        for name, field in (
            ("inlet_temperature", "lowestInletTemp"),
            ("outlet_temperature", "highestOutletTemp"),
        )
    }
    return {
        "hashboards": tuple(boards) or None,
        "frequency": frequency(clocks),
        "voltage": voltage(volts, fraction=1),
        "chip_temperature": hottest(board.chip_temperature for board in boards),
        "board_temperature": hottest(board.board_temperature for board in boards),
        **{name: hottest(told) for name, told in ends.items()},
    }


def _fans(cooling: dict[str, Any]) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan; one that stands still leaves its speed out."""
    speeds = [number(fan.get("rpm", 0)) for fan in rows(cooling.get("fans"))]
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in speeds) or None


def _operation(
    details: dict[str, Any], stats: dict[str, Any]
) -> OperationalData | None:
    """Return uptime and counters; what is zero is left out by the device."""
    seconds = amount(details.get("bosminerUptimeS", 0)) if details else None
    pool, work = stats.get("poolStats"), section(stats.get("minerStats"))
    if seconds is None and pool is None:
        return None
    shares = section(pool)
    return OperationalData(
        uptime=None if seconds is None else timedelta(seconds=seconds),
        shares_accepted=count(shares.get("acceptedShares", 0)) if pool else None,
        shares_rejected=count(shares.get("rejectedShares", 0)) if pool else None,
        blocks_found=count(work.get("foundBlocks", 0)) if work else None,
        best_difficulty=difficulty(work.get("bestShare")),
    )


def _active_pool(told: dict[str, Any]) -> str | None:
    """Return the address of the pool that is worked for."""
    pools = [
        pool
        for group in rows(told.get("poolGroups"))
        for pool in rows(group.get("pools"))
        if pool.get("active") is True and pool.get("url")
    ]
    return str(first(pools).get("url") or "") or None


def _messages(told: dict[str, Any], details: dict[str, Any] | None) -> tuple[str, ...]:
    """Return what the device says is wrong, since mining was started last.

    An S21 Pro that had mined well for two hours listed 129 errors of weeks before.
    """
    uptime = amount(section(details).get("bosminerUptimeS"), _LONGEST_UPTIME)
    errors = rows(told.get("errors"))
    if uptime is not None:
        started = dt_util.utcnow() - timedelta(seconds=uptime) - _CLOCK_TOLERANCE
        errors = [error for error in errors if not _is_before(started, error)]
    return tuple(str(error["message"]) for error in errors if error.get("message"))


def _is_before(moment: datetime, error: dict[str, Any]) -> bool:
    """Tell whether an error is known to be from before a moment."""
    when = dt_util.parse_datetime(str(error.get("timestamp")))
    return when is not None and dt_util.as_utc(when) < moment


def _watts(told: object) -> float | None:
    """Return a power."""
    return wattage(section(told).get("watt"))


def _volts(told: object) -> Voltage | None:
    """Return a voltage above zero."""
    volts = amount(section(told).get("volt"))
    return Voltage(volts) if volts else None


def _megahertz(told: object) -> float | None:
    """Return a clock in MHz."""
    hertz = amount(section(told).get("hertz"))
    return None if hertz is None else hertz / _MEGAHERTZ
