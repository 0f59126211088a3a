"""Elphapex's own firmware: scrypt machines with pages like Bitmain's.

Compared with recorded answers of a DG1+ (pyasic's tests, V1.0.2) and of a DG-Home1
(pyasic#428, V1.0.5). Whether and how a stop is taken was seen nowhere at first hand,
so that none is offered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
import re
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Temperature,
)
from ...errors import CommandRefusedError
from ...network.device import Signs
from ...network.parsing import (
    amount,
    count,
    first,
    hashrate_now,
    in_slots,
    number,
    rows,
)
from .base import (
    LOCATE,
    NEEDS_STATUS,
    OPERATION,
    BoardSensors,
    answer_to,
    only_wanted,
    word_in,
)
from .pages import PagesDialect

# What the firmware answers when it blinks, and when it does not any more.
_BLINKS: Final = {True: "B000", False: "B100"}
# The work modes in which it sleeps; newer firmware has the other one.
_SLEEPS: Final = (1, -1000)
# What every board of every machine tells of its own sensors: it has none.
_NO_SENSORS: Final = [47, 46, 67, 66]
_PER_DEGREE: Final = 1000
_MOST_OVER_IDEAL: Final = 2
_LONGEST_UPTIME: Final = timedelta(days=36_500).total_seconds()
_VERSION: Final = re.compile(r"V(\d[\w.]*)$")


class ElphapexDialect(PagesDialect):
    """A machine of which pyasic reads means for the boards, and no total.

    It also looks for the uptime and the target where they are not, fails at boards
    whose chips tell no temperature, and takes checks that were not made for errors.
    """

    backends = frozenset({"ElphapexMiner"})
    reads_status = True
    always_has_mac = True
    showing_identity = frozenset(MinerFeatureType)
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"pools"})
    }

    @property
    @override
    def board_sensors(self) -> BoardSensors:
        """Return where boards have sensors: only some models have them on the board."""
        return BoardSensors(board=None)

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read of pyasic's plain data the pools alone."""
        return await super().read_data(frozenset(items) & {"pools"})

    @override
    async def read_signs(self) -> Signs:
        """Read the MAC address from a page of its own."""
        return Signs(mac=await self.read_mac())

    @override
    async def read_mac(self) -> object:
        """Read the MAC address."""
        return (await answer_to(self.miner.web.get_system_info)).get("macaddr")

    @override
    async def read_model(self) -> str | None:
        """Read the model, which the library asks for with the first password alone."""
        told = (await answer_to(self.miner.web.get_system_info)).get("minertype")
        return str(told) if told else None

    @override
    async def read_hostname(self) -> str | None:
        """Read the host name."""
        told = (await answer_to(self.miner.web.get_system_info)).get("hostname")
        return str(told) if told else None

    @override
    async def read_serial(self) -> str | None:
        """Read the serial number, which stands with the readings."""
        serial = (await self._told("stats"))[0].get("dev_sn")
        return str(serial) if serial else None

    @override
    async def read_firmware_version(self) -> str | None:
        """Read the version behind the name of the model."""
        told = str((await self._told("stats"))[0].get("miner_version") or "")
        version = _VERSION.search(told)
        return version.group(1) if version else told or None

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the boards, the fans, the state, and what is counted."""
        _, stats = await self._told("stats")
        conf: dict[str, Any] = {}
        status = None
        if wanted & NEEDS_STATUS:
            conf = await answer_to(self.miner.web.get_miner_conf)
            status = word_in(conf, _status(conf))
        if not stats and not conf:
            return Snapshot(status=status)
        unit = str(stats.get("rate_unit"))
        found = _readings(
            stats, HashRateUnit(unit) if unit in HashRateUnit else HashRateUnit.MH
        )
        counted = await self._operation() if OPERATION in wanted else None
        found = replace(found, status=status, operation=counted)
        return only_wanted(found, wanted)

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the pool and the light."""
        facts = await super().read_facts(wanted)
        if LOCATE not in wanted:
            return facts
        told = (await answer_to(self.miner.web.get_blink_status)).get("blink")
        return replace(facts, is_locating=told if isinstance(told, bool) else None)

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Let the device blink, or stop it."""
        answer = await answer_to(self.miner.web.blink, locating)
        if answer.get("code") != _BLINKS[locating]:
            raise CommandRefusedError(f"{self.miner} did not switch its light")

    async def _operation(self) -> OperationalData | None:
        """Read the uptime, the shares of all pools, and what is wrong."""
        _, summary = await self._told("summary")
        pools = rows((await answer_to(self.miner.web.pools)).get("POOLS"))
        seconds = amount(summary.get("elapsed"), _LONGEST_UPTIME)
        found = OperationalData(
            uptime=None if seconds is None else timedelta(seconds=seconds),
            shares_accepted=_total(pools, "accepted"),
            shares_rejected=_total(pools, "rejected"),
            errors=tuple(_problems(summary)) if summary else None,
        )
        return None if found == OperationalData() else found

    async def _told(self, page: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a page tells of the device, and what it tells of its work."""
        told = await answer_to(self.miner.web.send_command, page)
        info = told.get("INFO")
        found = info if isinstance(info, dict) else {}
        return found, first(told.get(page.upper()))


def _readings(stats: Mapping[str, Any], unit: HashRateUnit) -> Snapshot:
    """Return what the machine does; scrypt is shown in GH/s."""
    boards = in_slots(
        (count(chain.get("index")), _board(chain, unit))
        for chain in rows(stats.get("chain"))
    )
    chips = [b.chip_temperature.celsius for b in boards if b.chip_temperature]
    pcbs = [b.board_temperature.celsius for b in boards if b.board_temperature]
    fans = stats.get("fan")
    speeds = [number(rpm) for rpm in fans] if isinstance(fans, list) else []
    return Snapshot(
        hashrate=_present(stats, unit, boards),
        expected_hashrate=hashrate_now(stats.get("rate_ideal"), unit, HashRateUnit.GH),
        hashboards=boards or None,
        chip_temperature=Temperature(max(chips)) if chips else None,
        board_temperature=Temperature(max(pcbs)) if pcbs else None,
        internal_fan_speeds=tuple(
            None if rpm is None else FanSpeed(rpm) for rpm in speeds
        )
        or None,
    )


def _present(
    stats: Mapping[str, Any], unit: HashRateUnit, boards: Iterable[Hashboard]
) -> HashRate | None:
    """Return the hash rate now; a sample of 5 s that cannot be is no reading.

    A DG1+ was seen to tell 3.4 times its ideal rate, and more; then the sum of its
    boards stands in, or else the mean of 15 min.
    """
    sample = hashrate_now(stats.get("rate_5s"), unit, HashRateUnit.GH)
    most = _MOST_OVER_IDEAL * (number(stats.get("rate_ideal")) or 0)
    limit = hashrate_now(most, unit, HashRateUnit.GH)
    if sample is None or not limit or not limit.value or sample.value <= limit.value:
        return sample
    rates = [board.hashrate for board in boards if board != Hashboard()]
    known = [rate.value for rate in rates if rate is not None]
    total = HashRate(sum(known), HashRateUnit.GH)
    if known and len(known) == len(rates) and total.value <= limit.value:
        return total
    mean = hashrate_now(stats.get("rate_15m"), unit, HashRateUnit.GH)
    return mean if mean and mean.value else sample


def _board(chain: Mapping[str, Any], unit: HashRateUnit) -> Hashboard:
    """Return a board; `rate_real` is a mean since the start, `hashrate` is not."""
    pcb = chain.get("temp_pcb")
    return Hashboard(
        chip_temperature=_hottest(chain.get("temp_chip"), _PER_DEGREE),
        board_temperature=None if pcb == _NO_SENSORS else _hottest(pcb, 1),
        hashrate=hashrate_now(chain.get("hashrate"), unit, HashRateUnit.GH),
        nominal_hashrate=hashrate_now(chain.get("rate_ideal"), unit, HashRateUnit.GH)
        if number(chain.get("rate_ideal"))
        else None,
        chips=count(chain.get("asic_num")) or None,
    )


def _hottest(told: object, per_degree: int) -> Temperature | None:
    """Return the highest temperature, None where no sensor tells one."""
    read = map(number, told) if isinstance(told, list) else ()
    known = [value / per_degree for value in read if value and value > 0]
    return Temperature(max(known)) if known else None


def _status(conf: Mapping[str, Any]) -> MinerStatus | None:
    """Return what the work mode says."""
    mode = number(conf.get("fc-work-mode"))
    if mode is None:
        return None
    return MinerStatus.IDLE if mode in _SLEEPS else MinerStatus.ON


def _total(pools: Iterable[Mapping[str, Any]], name: str) -> int | None:
    """Return the sum of a counter of all pools, None if none has it."""
    counts = [found for pool in pools if (found := count(pool.get(name))) is not None]
    return sum(counts) if counts else None


def _problems(summary: Mapping[str, Any]) -> Iterable[str]:
    """Return what is wrong; a check that was not made yet is empty."""
    for check in rows(summary.get("status")):
        if check.get("status") not in ("s", "", None) or check.get("msg"):
            yield str(check.get("msg") or check.get("type"))
