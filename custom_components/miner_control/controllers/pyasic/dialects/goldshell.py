"""Goldshell's own firmware, by the RPC port of its miner and by its settings.

Compared with recorded answers of an SC-BOX (2.2.5), an SC Lite and an SC5 Pro II
(2.2.0) by goldshell-box-tools, of a KD-Box II (pyasic#107), and of a Byte as pyasic and
miner-hub read it. That `select` is a plan's level, and not its place in the list, is
seen in the firmware's own page; goldshell-scheduler takes it for the place. So a stop
is proved by what the device makes then, not by what is selected.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import timedelta
from http import HTTPStatus
import re
from time import monotonic
from typing import Any, ClassVar, Final, override
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pyasic.device.algorithm import MinerAlgo

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSpeed,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    Temperature,
)
from ...errors import CommandRefusedError, ControllerUnreachableError, UnsupportedError
from ...network.device import Signs
from ...network.http import Page, fetch
from ...network.parsing import (
    amount,
    count,
    counters,
    first,
    frequency,
    hashrate_now,
    hottest,
    in_slots,
    number,
    rows,
    section,
    temperature,
    wattage,
)
from ..device import PyasicDevice, tell
from .base import (
    BOARDS,
    FREQUENCY,
    MINING,
    NEEDS_STATUS,
    OPERATION,
    Dialect,
    answer_to,
    only_wanted,
    word_in,
)

_POWER: Final = MinerFeatureType.POWER_MONITORING
_RATES: Final = ("MHS 20s", "MHS 5s", "MHS 1m")
_FAN: Final = re.compile(r"fan(\d{1,2})")
_CLOCK: Final = re.compile(r"\s*(\d+) *MHz", re.IGNORECASE)
_LONGEST_UPTIME: Final = timedelta(days=36_500).total_seconds()
# The level of the plan that stands still, and of the one a machine is sold with.
_STANDS: Final = 3
_USUAL: Final = 0
# What a Byte has in place of such a plan.
_IDLES: Final = "idlemode"
_TOKEN: Final = "JWT Token"  # noqa: S105 - the name of it
# By which key every machine wants its password.
_KEY: Final = b"!" * 16
_BLOCK: Final = 16
# What boards of a Byte are told to hash, each its own.
_ALGORITHMS: Final[Mapping[str, Any]] = {
    "scrypt": MinerAlgo.SCRYPT,
    "zksnark": MinerAlgo.ZKSNARK,
}
_WITH_TARGETS: Final = frozenset({"GoldshellByte", "GoldshellMiniDoge"})
_BEFORE_STOP: Final = "plan_before_stop"
# How long a reading leaves out a login that failed, in seconds.
_LOGIN_INTERVAL: Final = 60.0
# After so many seconds, next to nothing is left of a mean of 20 s, or one of a minute
# has halved.
_LEFT_OVER: Final = 90.0

type _Row = dict[str, Any]


class GoldshellDialect(Dialect):
    """A machine of which pyasic reads neither chips, clocks nor fans.

    It also takes a plan's place for its level, so that a stop may only slow down, has
    no stop where a plan was made by hand or there is one for each algorithm, and
    counts more boards of a Byte each time that it reads it. It does not log in anew:
    a good login may be refused once in a while (goldshell-box-tools).
    """

    backends = frozenset({"GoldshellMiner"})
    features: ClassVar[Features] = frozenset({FREQUENCY})
    reads_boards = True
    reads_status = True
    showing_identity = NEEDS_STATUS
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {}

    def __init__(
        self, device: PyasicDevice, memory: MutableMapping[str, Any] | None = None
    ) -> None:
        """Read pages in place of the library."""
        super().__init__(device, memory)
        self._log_in_from = 0.0
        # Since when it is told to stand still, and what it made then.
        self._stands_since: tuple[float, float] | None = None
        device.fetch_pages_with(self._page)

    @override
    def asked_along(self, wanted: Features) -> frozenset[str]:
        """Return what is asked for in one question."""
        details = {"devdetails"} if BOARDS in wanted else set()
        pools = {"pools"} if OPERATION in wanted else set()
        return frozenset({"summary", "devs"} | details | pools)

    @override
    async def explore(self) -> Features:
        """Return what it can do: a stop, if its settings have one."""
        settings = await self._settings()
        if settings and not _can_stand(settings):
            return self.supported - {MINING}
        return self.supported

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read nothing by pyasic, and ask what will be read in one question."""
        if self._is_byte:
            self.miner.web_devs = {}
        await answer_to(self.miner.rpc.multicommand, "summary")
        return await super().read_data(())

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read everything that is wanted, of the whole and of each board."""
        summary = first(await self._told("summary"))
        devices = await self._told("devs")
        details = await self._told("devdetails") if BOARDS in wanted else []
        self._note_algorithm(devices)
        unit = self.unit
        boards = _boards(devices, details, unit)
        targets = [_target(row, unit) for row in devices] if self._tells_targets else []
        rate = _present(summary, unit)
        status = None
        if wanted & NEEDS_STATUS:
            settings = await self._settings()
            status = word_in(settings, self._status(settings, rate))
        found = Snapshot(
            hashrate=rate,
            expected_hashrate=_sum(targets),
            power=await self._power() if _POWER in wanted else None,
            status=status,
            chip_temperature=hottest(board.chip_temperature for board in boards),
            board_temperature=hottest(board.board_temperature for board in boards),
            frequency=frequency(row.get("clock") for row in devices),
            internal_fan_speeds=_fans(devices),
            hashboards=boards or None,
            operation=await self._operation(summary, devices)
            if OPERATION in wanted
            else None,
        )
        return only_wanted(found, wanted)

    @override
    async def read_signs(self) -> Signs:
        """Return the MAC address, which stands with the settings."""
        return Signs(mac=(await self._settings()).get("name"))

    @override
    async def read_mac(self) -> object:
        """Read the MAC address, which is the machine's name, whatever a login takes."""
        self._log_in_from = 0.0
        return (await self._settings()).get("name")

    @override
    async def read_serial(self) -> str | None:
        """Return none: the device tells no number of its own."""
        return None

    @override
    async def read_firmware_version(self) -> str | None:
        """Return the version of the firmware, which is told to everybody."""
        return str((await self._read_status()).get("firmware") or "") or None

    @override
    async def refuses_login(self) -> bool:
        """Try to log in, since pyasic calls every failure alike."""
        return (await self._log_in()) is False

    @override
    async def start_mining(self) -> None:
        """Return to the plan that the stop interrupted."""
        settings = await self._known_settings()
        if not _stands(settings):
            return
        if _IDLES in settings:
            await self._change(settings, {_IDLES: False})
            return
        before = section(self.memory.get(_BEFORE_STOP))
        level = count(before.get("select"))
        change: _Row = {"select": _USUAL if level in (None, _STANDS) else level}
        if "manual" in settings:
            change["manual"] = before.get("manual") is True
        await self._change(settings, change)

    @override
    async def stop_mining(self) -> None:
        """Select the plan that stands still; remember the one that is left."""
        settings = await self._known_settings()
        if _stands(settings):
            return
        if _IDLES in settings:
            await self._change(settings, {_IDLES: True})
            return
        if not _can_stand(settings):
            raise UnsupportedError(f"{self.miner} has no plan that stands still")
        self.memory[_BEFORE_STOP] = {
            name: settings.get(name) for name in ("select", "manual")
        }
        manual = {"manual": False} if "manual" in settings else {}
        await self._change(settings, {"select": _STANDS, **manual})

    @property
    def _is_byte(self) -> bool:
        """Tell whether it is a machine whose boards can be of several kinds."""
        return "GoldshellByte" in self.device.lineage

    @property
    def _tells_targets(self) -> bool:
        """Tell whether it tells what it is to make; others tell what cannot be."""
        return not _WITH_TARGETS.isdisjoint(self.device.lineage)

    def _status(self, settings: _Row, rate: HashRate | None) -> MinerStatus | None:
        """Return what the settings and the hash rate say of mining.

        One that goes on as before, whatever is selected, does not stand still. What it
        makes is a mean, which says nothing until it has halved.
        """
        made = rate.value if rate else 0.0
        if not _stands(settings):
            self._stands_since = None
            return MinerStatus.ON if made else None
        now = monotonic()
        since, before = self._stands_since = self._stands_since or (now, made)
        if made <= before / 2:
            return MinerStatus.IDLE
        return MinerStatus.ON if now - since >= _LEFT_OVER else None

    def _note_algorithm(self, devices: list[_Row]) -> None:
        """Take a Byte for what its boards hash, if all hash the same."""
        if not self._is_byte:
            return
        names = {str(row.get("pool") or "").partition("(")[0] for row in devices}
        known = _ALGORITHMS.get(names.pop().lower()) if len(names) == 1 else None
        if known is not None:
            self.miner.algo = known

    async def _told(self, question: str) -> list[_Row]:
        """Ask for a table, which stands under the question's name, or that of devs."""
        call = getattr(self.miner.rpc, question)
        answer = await answer_to(call)
        return rows(answer.get(question.upper()) or answer.get("DEVS"))

    async def _operation(
        self, summary: _Row, devices: list[_Row]
    ) -> OperationalData | None:
        """Return what is counted, the pool that is worked for, and what is wrong."""
        pools = await self._told("pools")
        counted = counters(summary) or OperationalData()
        seconds = amount(summary.get("Elapsed"), _LONGEST_UPTIME)
        active = (pool.get("URL") for pool in pools if pool.get("Stratum Active"))
        found = OperationalData(
            uptime=None if seconds is None else timedelta(seconds=seconds),
            shares_accepted=counted.shares_accepted,
            shares_rejected=counted.shares_rejected,
            blocks_found=counted.blocks_found,
            best_difficulty=counted.best_difficulty,
            active_pool=next((str(url) for url in active if url), None),
            errors=tuple(_problems(devices)) if devices else None,
        )
        return None if found == OperationalData() else found

    async def _power(self) -> Power | None:
        """Return what all boards of a Byte draw; no other machine tells that."""
        if not self._is_byte:
            return None
        told = rows((await answer_to(self.miner.web.devs)).get("minfos"))
        parts = [
            wattage(info.get("power"))
            for kind in told
            for info in rows(kind.get("infos"))
        ]
        return Power(sum(filter(None, parts))) if any(parts) else None

    async def _known_settings(self) -> _Row:
        """Return the settings; raise ControllerUnreachableError if there are none."""
        if not (settings := await self._settings()):
            raise ControllerUnreachableError(f"{self.miner} tells no settings")
        return settings

    async def _settings(self) -> _Row:
        """Return the settings, empty if the device tells none."""
        return await answer_to(self.device.page, "setting")

    async def _page(self, command: str) -> _Row:
        """Return a page, empty if there is none; log in anew where that is refused.

        After a login that failed, the next one waits: readings need none.
        """
        web = self.miner.web
        for known in (web.token, None):
            token = known
            if token is None and monotonic() >= self._log_in_from:
                await self._log_in()
                token = web.token
            if token is None:
                break
            login = {"Authorization": f"Bearer {token}"}
            page = await _fetched(self._url(f"/mcb/{command}"), login)
            if page is None or not page.is_refused:
                return _content(page)
        return {}

    async def _read_status(self) -> _Row:
        """Return the page that needs no login."""
        return _content(await _fetched(self._url("/mcb/status")))

    async def _change(self, settings: _Row, change: _Row) -> None:
        """Write all settings with some of them changed, and see whether it heeds."""
        aimed = settings | change
        await tell(self.miner.web.set_setting, aimed)
        seen = await self._settings()
        if seen and _stands(seen) is not _stands(aimed):
            raise CommandRefusedError(f"{self.miner} did not take {change}")

    async def _log_in(self) -> bool | None:
        """Log in; return None where nothing answers.

        pyasic tries the password as it is, as older firmware wants it, and then the
        one that all machines had in the way that newer firmware wants.
        """
        web = self.miner.web
        told = {"username": web.username, "password": _hidden(web.pwd or "")}
        page = await _fetched(self._url(f"/user/login?{urlencode(told)}&cipher=true"))
        token = _content(page).get(_TOKEN)
        web.token = token if isinstance(token, str) and token else None
        if web.token is None and page is not None:
            await answer_to(web.auth)
        if web.token:
            return True
        self._log_in_from = monotonic() + _LOGIN_INTERVAL
        if page is None:
            return None
        # Some firmware answers a wrong password in the way of one that boots.
        is_broken = page.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return None if is_broken and not await self._read_status() else False

    def _url(self, path: str) -> str:
        """Return the address of a page."""
        return f"http://{self.miner.web.ip}:{self.miner.web.port}{path}"


async def _fetched(url: str, headers: Mapping[str, str] | None = None) -> Page | None:
    """Return a page, None if there is none; an address may hold a password."""
    try:
        return await fetch(url, headers=headers)
    except Exception:  # noqa: BLE001 - whatever it is, there is no page
        return None


def _content(page: Page | None) -> _Row:
    """Return the object that a page holds, empty if there is none."""
    try:
        return section(page.json()) if page and page.is_there else {}
    except ValueError, RecursionError:
        return {}


def _hidden(password: str) -> str:
    """Return a password as the firmware's page sends it."""
    text = password.encode()
    text += bytes(-len(text) % _BLOCK)
    cipher = Cipher(algorithms.AES(_KEY), modes.CBC(bytes(_BLOCK))).encryptor()
    return (cipher.update(text) + cipher.finalize()).hex()


def _plans(settings: Mapping[str, Any]) -> Iterator[_Row]:
    """Yield all plans, which some machines have apart for each algorithm."""
    for plan in rows(settings.get("powerplans")):
        modes_of_one = rows(plan.get("mode"))
        running = settings.get("algoname")
        if not modes_of_one:
            yield plan
        elif running is None or plan.get("algo") == running:
            yield from modes_of_one


def _can_stand(settings: Mapping[str, Any]) -> bool:
    """Tell whether the machine has a way to stand still."""
    levels = {count(plan.get("level")) for plan in _plans(settings)}
    return _IDLES in settings or _STANDS in levels


def _stands(settings: Mapping[str, Any]) -> bool:
    """Tell whether a machine is told to stand still; a plan by hand comes first."""
    if _IDLES in settings:
        return settings[_IDLES] is True
    if settings.get("manual") is True:
        clock = _CLOCK.match(str(settings.get("manualPowerplan") or ""))
        return clock is not None and int(clock[1]) == 0
    return count(settings.get("select")) == _STANDS


def _present(row: Mapping[str, Any], unit: HashRateUnit) -> HashRate | None:
    """Return the present hash rate of the device or of a board, which may be none."""
    told = (hashrate_now(row.get(name), HashRateUnit.MH, unit) for name in _RATES)
    return next((rate for rate in told if rate is not None), None)


def _target(row: Mapping[str, Any], unit: HashRateUnit) -> HashRate | None:
    """Return what a board is to make."""
    told, of = row.get("theory_hash"), HashRateUnit.MH
    if str(row.get("pool") or "").lower().startswith("scrypt") or not number(told):
        told, of = row.get("estimate_hash_rate"), HashRateUnit.H
    rate = hashrate_now(told, of, unit)
    return rate if rate and rate.value else None


def _sum(rates: list[HashRate | None]) -> HashRate | None:
    """Return what all boards are to make, None unless each tells it."""
    known = [rate for rate in rates if rate is not None]
    if not known or len(known) < len(rates):
        return None
    return HashRate(sum(rate.value for rate in known), known[0].unit)


def _boards(
    devices: list[_Row], details: list[_Row], unit: HashRateUnit
) -> tuple[Hashboard, ...]:
    """Return each board in its slot; what one table lacks costs nothing else."""
    chips = {_slot(row): count(row.get("chips-nr")) or None for row in details}
    return in_slots(
        (_slot(row), _board(row, chips.get(_slot(row)), unit)) for row in devices
    )


def _slot(row: Mapping[str, Any]) -> int | None:
    """Return the number of a board."""
    told = (count(row.get(name)) for name in ("ID", "PGA", "DEVDETAILS"))
    return next((slot for slot in told if slot is not None), None)


def _board(row: _Row, chips: int | None, unit: HashRateUnit) -> Hashboard:
    """Return one board."""
    chip, board = _heat(row)
    return Hashboard(
        chip_temperature=chip,
        board_temperature=board,
        frequency=frequency([row.get("clock")]),
        hashrate=_present(row, unit),
        chips=chips,
    )


def _heat(row: _Row) -> tuple[Temperature | None, Temperature | None]:
    """Return the heat of the chips and of the board, whose sensor is the last one."""
    told = [temperature(row.get(f"tstemp-{n}")) for n in range(3)]
    if "tstemp-2" in row:
        return hottest(told[:2]), told[2]
    return told[0], told[1]


def _fans(devices: list[_Row]) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan, of which every board tells.

    Where each board has a fan of its own, that of its number is told by it.
    """
    speeds: dict[int, float | None] = {}
    for row in devices:
        for name, told in row.items():
            if (known := _FAN.fullmatch(name)) is not None:
                fan = int(known[1])
                if fan not in speeds or fan == _slot(row):
                    speeds[fan] = number(told)
    if not speeds:
        told_once = [number(row.get("fanspeed")) for row in devices]
        speeds = {n: rpm for n, rpm in enumerate(told_once) if rpm is not None}
    found = (speeds.get(fan) for fan in range(max(speeds, default=-1) + 1))
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in found) or None


def _problems(devices: list[_Row]) -> Iterator[str]:
    """Yield which boards are too hot."""
    return (
        f"overheat (board {_slot(r)})" for r in devices if number(r.get("overheat"))
    )
