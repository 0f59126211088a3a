"""Bitmain's own firmware, and Hiveon, which kept its configuration."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, override

import httpx

from ....domain.features import MinerStatus
from ....domain.values import FanSetting
from ...errors import CommandRefusedError
from ...snapshot import Snapshot
from ..adapter import PyasicDevice
from ..library import http_client
from .base import (
    FAN,
    FREQUENCY,
    MINING,
    NEEDS_STATUS,
    Dialect,
    Features,
    answer_to,
    frequency,
    number,
    rows,
)

_NORMAL: Final = 0
_SLEEP: Final = 1

_MODE: Final = "bitmain-work-mode"
_FAN_IS_MANUAL: Final = "bitmain-fan-ctrl"
_FAN_PERCENT: Final = "bitmain-fan-pwm"
_POOL_FIELDS: Final = frozenset({"url", "user", "pass"})


class AntminerDialect(Dialect):
    """Bitmain's own firmware since the S17.

    pyasic writes the whole configuration to stop, and an empty one, pools
    included, where it could not read it before. Here only the mode changes, in
    a configuration that was read and found complete.
    """

    backends = frozenset({"AntminerModern"})
    features = frozenset({FREQUENCY, FAN})
    reads_status = True
    always_has_mac = True

    def __init__(self, device: PyasicDevice) -> None:
        """Remember no mode to return to yet."""
        super().__init__(device)
        self._mode_before_sleep: int = _NORMAL
        self._controls: Features = frozenset({MINING, FAN})

    @property
    @override
    def supported(self) -> Features:
        """Return what the configuration has settings for."""
        return self.features - {FAN} | self._controls

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the clock over RPC, the work mode and the fans from the settings."""
        clock = status = fan = None
        if FREQUENCY in wanted & self.features:
            stats = rows((await answer_to(self.miner.rpc.stats)).get("STATS"))
            clock = frequency(board.get("frequency") for board in stats)
        if wanted & {*NEEDS_STATUS, FAN}:
            conf = await answer_to(self.miner.web.get_miner_conf)
            self._note_controls(conf)
            status, fan = _status(conf), _fan(conf)
        return Snapshot(frequency=clock, status=status, internal_fan=fan)

    @override
    async def refuses_login(self) -> bool:
        """Ask for a page, since pyasic calls every failure alike."""
        web = self.miner.web
        login = httpx.DigestAuth(web.username, web.pwd)
        url = f"http://{web.ip}:{web.port}/cgi-bin/get_system_info.cgi"
        async with http_client(login) as client:
            answer = await client.get(url)
        return answer.status_code == httpx.codes.UNAUTHORIZED

    @override
    async def start_mining(self) -> None:
        """Leave the sleep mode for the mode that was set before."""
        conf = await self._configuration()
        if _mode(conf) == _SLEEP:
            await self._configure(conf, {"miner-mode": self._mode_before_sleep})

    @override
    async def stop_mining(self) -> None:
        """Enter the sleep mode."""
        conf = await self._configuration()
        mode = _mode(conf)
        if mode is not None and mode != _SLEEP:
            self._mode_before_sleep = mode
            await self._configure(conf, {"miner-mode": _SLEEP})

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage or leave them to the firmware.

        The firmware starts mining anew whenever a setting was written.
        """
        change: dict[str, Any] = {_FAN_IS_MANUAL: not setting.automatic}
        if setting.percent is not None:
            change[_FAN_PERCENT] = str(setting.percent)
        await self._configure(await self._configuration(), change)

    def _note_controls(self, conf: Mapping[str, Any]) -> None:
        """Remember which controls the firmware has settings for."""
        needs = {MINING: _MODE, FAN: _FAN_IS_MANUAL}
        self._controls = frozenset(
            feature for feature, setting in needs.items() if setting in conf
        )

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
        if before | change == before:
            return
        answer = await answer_to(self.miner.web.set_miner_conf, before | change)
        conf = await answer_to(self.miner.web.get_miner_conf)
        # A firmware that is busy starting anew cannot be asked at once.
        if _is_complete(conf):
            taken = _settings(conf).items() >= change.items()
        else:
            taken = answer.get("code") == "M000"
        if not taken:
            raise CommandRefusedError(f"{self.miner} did not take {sorted(change)}")


class HiveonDialect(AntminerDialect):
    """Hiveon on an Antminer, which kept Bitmain's configuration interface."""

    backends = frozenset({"HiveonModern"})
    features: ClassVar[Features] = frozenset({FAN})
    always_has_mac = False


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


def _fan(conf: Mapping[str, Any]) -> FanSetting | None:
    """Return how the fans are set."""
    if _FAN_IS_MANUAL not in conf:
        return None
    percent = number(conf.get(_FAN_PERCENT))
    return FanSetting(
        percent=None if percent is None else round(percent),
        automatic=not conf[_FAN_IS_MANUAL],
    )


def _is_complete(conf: Mapping[str, Any]) -> bool:
    """Tell whether everything is there that a change has to write again."""
    pools = conf.get("pools")
    return (
        _mode(conf) is not None
        and {_FAN_IS_MANUAL, _FAN_PERCENT} <= conf.keys()
        and isinstance(pools, list)
        and bool(pools)
        and all(isinstance(p, Mapping) and p.keys() >= _POOL_FIELDS for p in pools)
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
