"""Bitmain's own firmware, and Hiveon, which kept its configuration."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Final, override

from aiohttp import DigestAuthMiddleware

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.values import FanSetting, Hashboard, HashRate, HashRateUnit, Presets
from ...errors import CommandRefusedError, UnsupportedError
from ...snapshot import Snapshot
from ..adapter import PyasicDevice, tell
from ..pages import fetch, read_object
from .base import (
    BOARDS,
    FAN,
    FREQUENCY,
    LOCATE,
    MAX_HASHRATE,
    MINING,
    NEEDS_STATUS,
    OPERATION,
    PRESET,
    RESTART,
    Dialect,
    Features,
    Signs,
    answer_to,
    count,
    first,
    frequency,
    hashrate,
    in_slots,
    number,
    percentage,
    rows,
    section,
)

_NORMAL: Final = 0
_SLEEP: Final = 1
_LOW_POWER: Final = 3
_PRESETS: Final = {"normal": _NORMAL, "low": _LOW_POWER, "sleep": _SLEEP}

_MODE: Final = "bitmain-work-mode"
_MODE_BEFORE_SLEEP: Final = "mode_before_sleep"
_RATED_TERAHASHES: Final = "rated_terahashes"
_FAN_IS_MANUAL: Final = "bitmain-fan-ctrl"
_FAN_PERCENT: Final = "bitmain-fan-pwm"
_POOL_FIELDS: Final = frozenset({"url", "user", "pass"})

# What needs the settings, and what needs the state of the boards.
_OF_SETTINGS: Final = frozenset({*NEEDS_STATUS, FAN, PRESET})
_OF_CHAINS: Final = frozenset({FREQUENCY, BOARDS, MAX_HASHRATE})
# What the firmware answers when it blinks, and when it does not any more.
_BLINKS: Final = {True: "B000", False: "B100"}
# How pyasic tells of an answer without content, which a reboot gets.
_NO_CONTENT: Final = "Failed to decode JSON"


class AntminerDialect(Dialect):
    """Bitmain's own firmware since the S17.

    pyasic writes the whole configuration to stop, and an empty one, pools
    included, where it could not read it before. Here only the mode changes, in
    a configuration that was read and found complete.
    """

    backends = frozenset({"AntminerModern"})
    features = frozenset({FREQUENCY, LOCATE, RESTART, MAX_HASHRATE})
    # What it can do where the configuration has the setting.
    settings: ClassVar[Mapping[MinerFeatureType, str]] = {
        MINING: _MODE,
        PRESET: _MODE,
        FAN: _FAN_IS_MANUAL,
    }
    reads_status = True
    showing_identity = _OF_SETTINGS
    # Whether the login of one page is good for the next.
    keeps_login = True
    always_has_mac = True
    can_reboot = True
    can_restart_mining = True
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"pools", "errors"})
    }

    def __init__(self, device: PyasicDevice) -> None:
        """Know nothing of the device yet."""
        super().__init__(device)
        self._controls: Features = frozenset(self.settings)
        if self.keeps_login:
            device.fetch_pages_with(self._page)

    @cached_property
    def _login(self) -> DigestAuthMiddleware:
        """Return the login of all pages; raise ValueError if it cannot be one."""
        return DigestAuthMiddleware(self.miner.web.username, self.miner.web.pwd)

    @property
    @override
    def supported(self) -> Features:
        """Return what the configuration has settings for."""
        return self.features | self._controls

    @override
    async def read_signs(self) -> Signs:
        """Read the MAC address from a page of its own."""
        told = await answer_to(self.miner.web.get_system_info)
        return Signs(mac=told.get("macaddr"))

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the boards, the counters, and what the settings tell."""
        boards = await self._boards() if wanted & _OF_CHAINS else ()
        conf: dict[str, Any] = {}
        if wanted & _OF_SETTINGS:
            conf = await answer_to(self.miner.web.get_miner_conf)
            self.lacks_status = not conf
            self._note_controls(conf)
            self._note_mode(conf)
        clocks = [board.frequency.megahertz for board in boards if board.frequency]
        return Snapshot(
            frequency=frequency(clocks),
            hashboards=boards or None,
            max_hashrate=self._rated_hashrate if boards else None,
            status=_status(conf),
            internal_fan=_fan(conf),
            presets=_presets(conf),
            operation=await self.read_counters(wanted),
        )

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read the light as well, which pyasic takes to stay on once it was."""
        facts = await super().read_facts(wanted)
        if LOCATE not in wanted:
            return facts
        told = (await answer_to(self.miner.web.get_blink_status)).get("blink")
        return replace(facts, is_locating=told if isinstance(told, bool) else None)

    @override
    async def refuses_login(self) -> bool:
        """Ask for a page, since pyasic calls every failure alike."""
        url = self._url("get_system_info")
        return (await fetch(url, login=self._login)).is_refused

    @override
    async def start_mining(self) -> None:
        """Leave the sleep mode for the mode that was set before."""
        conf = await self._configuration()
        if _mode(conf) == _SLEEP:
            await self._configure(conf, {"miner-mode": self._mode_before_sleep})

    @override
    async def stop_mining(self) -> None:
        """Enter the sleep mode."""
        await self._enter(_SLEEP)

    @override
    async def select_preset(self, preset: str) -> None:
        """Enter a work mode, of which sleep is one."""
        if preset not in _PRESETS:
            raise UnsupportedError(f"{self.miner} has no mode {preset!r}")
        await self._enter(_PRESETS[preset])

    @override
    async def reboot(self) -> None:
        """Restart the device, which says nothing if it does so."""
        answer = section(await tell(self.miner.web.reboot))
        if answer.get("success") is False and answer.get("message") != _NO_CONTENT:
            raise CommandRefusedError(f"{self.miner} did not take the reboot")

    @override
    async def restart_mining(self) -> None:
        """Write the configuration as it is, upon which mining starts anew."""
        await self._write(_settings(await self._configuration()), {})

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Let the device blink, or stop it."""
        answer = await answer_to(self.miner.web.blink, locating)
        if answer.get("code") != _BLINKS[locating]:
            raise CommandRefusedError(f"{self.miner} did not switch its light")

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage or leave them to the firmware.

        The firmware starts mining anew whenever a setting was written.
        """
        change: dict[str, Any] = {_FAN_IS_MANUAL: not setting.automatic}
        if setting.percent is not None:
            change[_FAN_PERCENT] = str(setting.percent)
        await self._configure(await self._configuration(), change)

    @property
    def _mode_before_sleep(self) -> int:
        """Return the mode to which a start returns."""
        mode = self.memory.get(_MODE_BEFORE_SLEEP)
        return mode if isinstance(mode, int) else _NORMAL

    def _note_mode(self, conf: Mapping[str, Any]) -> None:
        """Remember the mode that a sleep interrupts, whoever sends it to sleep."""
        mode = _mode(conf)
        if mode not in (None, _SLEEP, self._mode_before_sleep):
            self.memory[_MODE_BEFORE_SLEEP] = mode

    @property
    def _rated_hashrate(self) -> HashRate | None:
        """Return what the device reaches in the normal mode, if it was ever seen."""
        return hashrate(self.memory.get(_RATED_TERAHASHES), HashRateUnit.TH)

    def _note_rating(self, rated: HashRate | None) -> None:
        """Remember what other modes do not tell."""
        if rated is not None:
            self.memory[_RATED_TERAHASHES] = rated.to(HashRateUnit.TH)

    async def _page(self, command: str) -> dict[str, Any]:
        """Return a page, empty if there is none; pyasic logs in anew for each."""
        return await read_object(self._url(command), login=self._login)

    def _url(self, command: str) -> str:
        """Return the address of a page."""
        web = self.miner.web
        return f"http://{web.ip}:{web.port}/cgi-bin/{command}.cgi"

    def _note_controls(self, conf: Mapping[str, Any]) -> None:
        """Remember which controls the firmware has settings for."""
        self._controls = frozenset(
            feature for feature, setting in self.settings.items() if setting in conf
        )

    async def _boards(self) -> tuple[Hashboard, ...]:
        """Read what the boards are doing, and the device's rating on the way."""
        told = await answer_to(self.miner.web.send_command, "stats")
        stats = first(told.get("STATS"))
        if stats.get("rate_unit") not in HashRateUnit:
            return ()
        unit = HashRateUnit(str(stats["rate_unit"]))
        if number(stats.get("miner-mode")) == _NORMAL:
            self._note_rating(hashrate(stats.get("rate_ideal"), unit))
        return in_slots(
            (
                count(chain.get("index")),
                Hashboard(
                    frequency=frequency([chain.get("freq_avg")]),
                    nominal_hashrate=hashrate(chain.get("rate_ideal"), unit),
                ),
            )
            for chain in rows(stats.get("chain"))
        )

    async def _enter(self, mode: int) -> None:
        """Enter a work mode, and remember the one from before."""
        conf = await self._configuration()
        self._note_mode(conf)
        await self._configure(conf, {"miner-mode": mode})

    async def _configuration(self) -> dict[str, Any]:
        """Read the configuration; raise CommandRefusedError if it is incomplete."""
        conf = await answer_to(self.miner.web.get_miner_conf)
        if not _is_complete(conf):
            raise CommandRefusedError(
                f"{self.miner} did not give its configuration, so nothing was changed"
            )
        return conf

    async def _configure(self, conf: dict[str, Any], change: dict[str, Any]) -> None:
        """Change settings and leave everything else, pools above all, as it was."""
        before = _settings(conf)
        if before | change != before:
            await self._write(before, change)

    async def _write(self, before: dict[str, Any], change: dict[str, Any]) -> None:
        """Write the configuration; raise CommandRefusedError if it is not taken."""
        answer = await answer_to(self.miner.web.set_miner_conf, before | change)
        taken = answer.get("code") == "M000"
        conf = await answer_to(self.miner.web.get_miner_conf) if change else {}
        # A firmware that is busy starting anew cannot be asked at once.
        if _is_complete(conf):
            taken = _settings(conf).items() >= change.items()
        if not taken:
            raise CommandRefusedError(f"{self.miner} did not take {sorted(change)}")


class HiveonDialect(AntminerDialect):
    """Hiveon on an Antminer, which kept Bitmain's configuration interface."""

    backends = frozenset({"HiveonModern"})
    features: ClassVar[Features] = frozenset({LOCATE, RESTART})
    settings: ClassVar[Mapping[MinerFeatureType, str]] = {
        MINING: _MODE,
        FAN: _FAN_IS_MANUAL,
    }
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = Dialect.fact_items
    always_has_mac = False
    keeps_login = False
    showing_identity = frozenset()

    @override
    async def read_facts(self, wanted: Features) -> Snapshot:
        """Read what pyasic reads rightly here, the light included."""
        return await Dialect.read_facts(self, wanted)

    @override
    async def reboot(self) -> None:
        """Restart the device."""
        await self._command("reboot")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Let the device blink, or stop it."""
        await Dialect.set_locating(self, locating=locating)

    @override
    async def _boards(self) -> tuple[Hashboard, ...]:
        """Read nothing: this firmware does not have the page."""
        return ()


def _mode(conf: Mapping[str, Any]) -> int | None:
    """Return the work mode, which is reported as text or number."""
    mode = number(conf.get(_MODE))
    return None if mode is None else int(mode)


def _status(conf: Mapping[str, Any]) -> MinerStatus | None:
    """Return what the work mode says."""
    mode = _mode(conf)
    if mode is None:
        return None
    return MinerStatus.OFF if mode == _SLEEP else MinerStatus.ON


def _presets(conf: Mapping[str, Any]) -> Presets | None:
    """Return the work modes and the one that is set."""
    if (mode := _mode(conf)) is None:
        return None
    names = {value: name for name, value in _PRESETS.items()}
    return Presets(tuple(_PRESETS), names.get(mode))


def _fan(conf: Mapping[str, Any]) -> FanSetting | None:
    """Return how the fans are set."""
    if _FAN_IS_MANUAL not in conf:
        return None
    return FanSetting(
        percentage(conf.get(_FAN_PERCENT)), automatic=not conf[_FAN_IS_MANUAL]
    )


def _is_complete(conf: Mapping[str, Any]) -> bool:
    """Tell whether everything is there that a change has to write again."""
    pools = conf.get("pools")
    return (
        _mode(conf) is not None
        and {_FAN_IS_MANUAL, _FAN_PERCENT} <= conf.keys()
        and isinstance(pools, list)
        and bool(pools)
        and all(map(_is_pool, pools))
    )


def _is_pool(told: object) -> bool:
    """Tell whether an entry of the pools is whole, be it an empty one."""
    return isinstance(told, Mapping) and all(
        isinstance(told.get(field), str) for field in _POOL_FIELDS
    )


def _settings(conf: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the firmware expects to be written, from what it reports."""
    return {
        _FAN_IS_MANUAL: bool(conf[_FAN_IS_MANUAL]),
        _FAN_PERCENT: str(conf[_FAN_PERCENT]),
        "freq-level": str(conf.get("bitmain-freq-level") or "100"),
        "miner-mode": _mode(conf),
        "pools": conf["pools"],
    }
