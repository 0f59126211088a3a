"""Bitmain's own firmware, and Hiveon, which kept its configuration."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, override

from ....domain.features import MinerFeatureType, MinerStatus
from ....domain.snapshot import Features, Snapshot
from ....domain.values import (
    FanSetting,
    FanSpeed,
    HashRate,
    HashRateUnit,
    Power,
    Presets,
)
from ...errors import CommandRefusedError, UnsupportedError
from ...network.device import Signs
from ...network.http import fetch
from ...network.merging import merged
from ...network.parsing import first, hashrate, number, percentage, rows, section
from ..device import tell
from . import bitmain_stats
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
    answer_to,
    word_in,
)
from .pages import PagesDialect

_NORMAL: Final = 0
_SLEEP: Final = 1
_HIGH_POWER: Final = 2
_LOW_POWER: Final = 3
_PRESETS: Final = {"normal": _NORMAL, "low": _LOW_POWER, "sleep": _SLEEP}
# A T21 can make more than in its normal mode, and not less (AgentScanner, 2026).
_PRESETS_OF_T21: Final = {"normal": _NORMAL, "high": _HIGH_POWER, "sleep": _SLEEP}

# The names of the mode: firmware tells it by one and heeds either (asic-rs#312).
_MODE: Final = "bitmain-work-mode"
_OTHER_MODE: Final = "miner-mode"
_MODE_BEFORE_SLEEP: Final = "mode_before_sleep"
_RATED_TERAHASHES: Final = "rated_terahashes"
_FAN_IS_MANUAL: Final = "bitmain-fan-ctrl"
_FAN_PERCENT: Final = "bitmain-fan-pwm"
_POOL_FIELDS: Final = frozenset({"url", "user", "pass"})
_FREQ_LEVEL: Final = "bitmain-freq-level"
# What newer firmware is also written by its own page (AgentScanner's captures of a T21
# and an S21+ of 2024 and 2025): what is left out is not kept.
_KEPT: Final = ("bitmain-hashrate-percent", "bitmain-user-ip-cat")

# What needs the settings, and what needs the state of the boards.
_OF_SETTINGS: Final = frozenset({*NEEDS_STATUS, FAN, PRESET})
_OF_CHAINS: Final = frozenset(
    {
        FREQUENCY,
        BOARDS,
        MAX_HASHRATE,
        MinerFeatureType.CHIP_TEMPERATURE_MONITORING,
        MinerFeatureType.BOARD_TEMPERATURE_MONITORING,
        MinerFeatureType.INLET_TEMPERATURE_MONITORING,
        MinerFeatureType.OUTLET_TEMPERATURE_MONITORING,
    }
)
_POWER: Final = MinerFeatureType.POWER_MONITORING
_FANS: Final = MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING
# What the firmware answers when it blinks, and when it does not any more.
_BLINKS: Final = {True: "B000", False: "B100"}
# How pyasic tells of an answer without content, which a reboot gets.
_NO_CONTENT: Final = "Failed to decode JSON"


type FanSpeeds = tuple[FanSpeed | None, ...] | None


class AntminerDialect(PagesDialect):
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
    always_has_mac = True
    unread_items = frozenset({"hashboards", "fans", "expected_hashrate"})
    can_reboot = True
    can_restart_mining = True
    fact_items: ClassVar[Mapping[MinerFeatureType, frozenset[str]]] = {
        OPERATION: frozenset({"pools", "errors"})
    }

    @property
    @override
    def supported(self) -> Features:
        """Return what the firmware mostly has settings for."""
        return self.features | self.settings.keys()

    @override
    async def explore(self) -> Features:
        """Return what the configuration has settings for, and watts if it tells any."""
        conf = await self._read_settings()
        controls = {kind for kind, name in self.settings.items() if name in conf}
        tells_watts, _ = await self._watts(await self._stats())
        return self.features | controls | ({_POWER} if tells_watts else frozenset())

    @override
    async def read_serial(self) -> str | None:
        """Read the serial number, which has two names."""
        told = await answer_to(self.miner.web.get_system_info)
        serial = told.get("serinum") or told.get("serial_no")
        return str(serial) if serial else None

    @override
    async def read_signs(self) -> Signs:
        """Read the MAC address from a page of its own."""
        told = await answer_to(self.miner.web.get_system_info)
        return Signs(mac=told.get("macaddr"))

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the boards, the watts, the counters, and what the settings tell."""
        page = await self._stats() if wanted & _OF_CHAINS else {}
        chains = await self._chains(page) if wanted & _OF_CHAINS else Snapshot()
        conf: dict[str, Any] = {}
        status = None
        if wanted & _OF_SETTINGS:
            conf = await self._read_settings()
            status = word_in(conf, _status(conf))
            self._note_mode(conf)
        totals, fans = await self._machine(wanted)
        return replace(
            merged(totals, chains),
            internal_fan_speeds=fans,
            power=(await self._watts(page))[1] if _POWER in wanted else None,
            max_hashrate=self._rated_hashrate if chains.hashboards else None,
            status=status,
            internal_fan=_fan(conf),
            presets=self._presets_in(conf),
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
    async def start_mining(self) -> None:
        """Leave the sleep mode for the mode that was set before."""
        conf = await self._configuration()
        if _mode(conf) == _SLEEP:
            await self._configure(conf, _to_mode(self._mode_before_sleep))

    @override
    async def stop_mining(self) -> None:
        """Enter the sleep mode."""
        await self._enter(_SLEEP)

    @override
    async def select_preset(self, preset: str) -> None:
        """Enter a work mode, of which sleep is one."""
        if preset not in self._modes:
            raise UnsupportedError(f"{self.miner} has no mode {preset!r}")
        await self._enter(self._modes[preset])

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
    def _modes(self) -> Mapping[str, int]:
        """Return the work modes of the model, of which sleep is one."""
        is_t21 = str(self.miner.raw_model).startswith("T21")
        return _PRESETS_OF_T21 if is_t21 else _PRESETS

    def _presets_in(self, conf: Mapping[str, Any]) -> Presets | None:
        """Return the work modes and the one that is set."""
        if (mode := _mode(conf)) is None:
            return None
        names = {value: name for name, value in self._modes.items()}
        return Presets(tuple(self._modes), names.get(mode))

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

    async def _read_settings(self) -> dict[str, Any]:
        """Read the configuration, empty if there is no answer."""
        return _named(await answer_to(self.miner.web.get_miner_conf))

    async def _stats(self) -> dict[str, Any]:
        """Read the page of the boards, and the device's rating on the way."""
        told = await answer_to(self.miner.web.send_command, "stats")
        stats = first(told.get("STATS"))
        unit = str(stats.get("rate_unit"))
        if unit in HashRateUnit and number(stats.get("miner-mode")) == _NORMAL:
            self._note_rating(hashrate(stats.get("rate_ideal"), HashRateUnit(unit)))
        return stats

    async def _chains(self, page: Mapping[str, Any]) -> Snapshot:
        """Read what the boards do: from their page, else from the RPC port.

        The page wants a login, and newer firmware tells less there.
        """
        model = str(self.miner.raw_model)
        if rows(page.get("chain")):
            return bitmain_stats.of_page(page, model, self.algorithm)
        return bitmain_stats.of_rpc(await self._row(), model, self.algorithm)

    async def _machine(self, wanted: Features) -> tuple[Snapshot, FanSpeeds]:
        """Read what the RPC port tells of the whole machine, and its fans."""
        row = await self._row()
        summary = first((await answer_to(self.miner.rpc.summary)).get("SUMMARY"))
        totals = bitmain_stats.totals_of(summary, row, self.algorithm, self.unit)
        if _FANS not in wanted:
            return totals, None
        known = None if self.device.is_unknown else self.miner.expected_fans
        return totals, bitmain_stats.fans_of(row, known)

    async def _row(self) -> dict[str, Any]:
        """Read what the RPC port tells of the work."""
        told = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
        return told[-1] if told else {}

    async def _watts(self, page: Mapping[str, Any]) -> tuple[bool, Power | None]:
        """Return whether the firmware tells watts, and these; some by the new API."""
        for stats in (
            [dict(page)],
            rows((await answer_to(self.miner.rpc.stats)).get("STATS")),
            rows((await answer_to(self._new_api_stats)).get("STATS")),
        ):
            told, power = bitmain_stats.watts_of(stats)
            if told:
                return True, power
        return False, None

    async def _new_api_stats(self) -> dict[str, Any]:
        """Ask the RPC port for what the web page would tell, without its login."""
        return section(await self.miner.rpc.stats(new_api=True))

    async def _enter(self, mode: int) -> None:
        """Enter a work mode, and remember the one from before."""
        conf = await self._configuration()
        self._note_mode(conf)
        await self._configure(conf, _to_mode(mode))

    async def _configuration(self) -> dict[str, Any]:
        """Read the configuration; raise CommandRefusedError if it is incomplete."""
        conf = await self._read_settings()
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
        answer = await answer_to(self._submit, before | change)
        taken = answer.get("code") == "M000"
        conf = {}
        if change:
            conf = await self._read_settings()
        # A firmware that is busy starting anew cannot be asked at once.
        if _is_complete(conf):
            taken = _settings(conf).items() >= change.items()
        if not taken:
            raise CommandRefusedError(f"{self.miner} did not take {sorted(change)}")

    async def _submit(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Post the configuration; some firmware takes 21 s to answer (asic-rs#245)."""
        url = self._url("set_miner_conf")
        return section((await fetch(url, login=self._login, body=settings)).json())


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
    unread_items = frozenset()

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
    async def _stats(self) -> dict[str, Any]:
        """Read nothing: this firmware does not have the page."""
        return {}

    @override
    async def _chains(self, page: Mapping[str, Any]) -> Snapshot:
        """Leave the boards to pyasic."""
        return Snapshot()

    @override
    async def _machine(self, wanted: Features) -> tuple[Snapshot, FanSpeeds]:
        """Leave the whole machine to pyasic."""
        return Snapshot(), None

    @override
    async def _watts(self, page: Mapping[str, Any]) -> tuple[bool, Power | None]:
        """Leave the watts to pyasic."""
        return False, None

    @override
    async def _submit(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Post the configuration, with a login of its own."""
        return section(await self.miner.web.set_miner_conf(settings))


def _mode(conf: Mapping[str, Any]) -> int | None:
    """Return the work mode, which is reported as text or number."""
    mode = number(conf.get(_MODE))
    return None if mode is None else int(mode)


def _status(conf: Mapping[str, Any]) -> MinerStatus | None:
    """Return what the work mode says."""
    mode = _mode(conf)
    if mode is None:
        return None
    return MinerStatus.IDLE if mode == _SLEEP else MinerStatus.ON


def _fan(conf: Mapping[str, Any]) -> FanSetting | None:
    """Return how the fans are set."""
    if _FAN_IS_MANUAL not in conf:
        return None
    if not conf[_FAN_IS_MANUAL]:
        # What was set once by hand stays in the settings, but is not how they run.
        return FanSetting(None, automatic=True)
    return FanSetting(percentage(conf.get(_FAN_PERCENT)))


def _is_complete(conf: Mapping[str, Any]) -> bool:
    """Tell whether everything is there that a change has to write again."""
    pools = conf.get("pools")
    return (
        _mode(conf) is not None
        and {_FAN_IS_MANUAL, _FAN_PERCENT} <= conf.keys()
        and isinstance(pools, list)
        and any(map(_is_whole_pool, pools))
        and all(_is_whole_pool(pool) or _is_no_pool(pool) for pool in pools)
    )


def _is_whole_pool(told: object) -> bool:
    """Tell whether an entry of the pools has all of its fields, be they empty."""
    return isinstance(told, Mapping) and all(
        isinstance(told.get(field), str) for field in _POOL_FIELDS
    )


def _is_no_pool(told: object) -> bool:
    """Tell whether an entry of the pools names none.

    Of such a one, a KS5 leaves out the password, and some all there is. Where no entry
    is whole, pools may have been lost on the way.
    """
    return isinstance(told, Mapping) and all(value == "" for value in told.values())


def _settings(conf: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the firmware expects to be written, from what it reports."""
    kept = {name: conf[name] for name in _KEPT if conf.get(name) is not None}
    # Where the share of the hash rate is set, the level that came before may be gone.
    if _FREQ_LEVEL in conf or not kept:
        kept["freq-level"] = str(conf.get(_FREQ_LEVEL) or "100")
    return {
        _FAN_IS_MANUAL: bool(conf[_FAN_IS_MANUAL]),
        _FAN_PERCENT: str(conf[_FAN_PERCENT]),
        "pools": conf["pools"],
        **kept,
    } | _to_mode(_mode(conf))


def _to_mode(mode: int | None) -> dict[str, Any]:
    """Return the work mode by both of its names."""
    return dict.fromkeys((_MODE, _OTHER_MODE), mode)


def _named(conf: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with the work mode by the name that most firmware has."""
    known = conf.get(_MODE, conf.get(_OTHER_MODE))
    return conf if known is None else conf | {_MODE: known}
