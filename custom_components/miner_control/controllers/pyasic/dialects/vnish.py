"""VNish on Antminers."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, override

import httpx

from ....domain.features import MinerStatus
from ....domain.values import FanSetting
from ...errors import CommandRefusedError
from ...snapshot import Snapshot
from ..adapter import PyasicDevice, tell
from ..library import http_client
from .base import (
    FAN,
    FREQUENCY,
    NEEDS_STATUS,
    VOLTAGE,
    Dialect,
    Features,
    answer_to,
    frequency,
    number,
    rows,
    section,
    voltage,
)

_STATES: Final = {
    "mining": MinerStatus.ON,
    "stopped": MinerStatus.OFF,
    "paused": MinerStatus.OFF,
    "shutting-down": MinerStatus.STOPPING,
    "failure": MinerStatus.ERROR,
    "initializing": MinerStatus.STARTING,
    "starting": MinerStatus.STARTING,
    "restarting": MinerStatus.STARTING,
    "auto-tuning": MinerStatus.STARTING,
}
# The chips' temperature that the firmware keeps to if nobody ever chose one.
_DEFAULT_TARGET: Final = 70


class VnishDialect(Dialect):
    """VNish, which is ruled over its web interface with a token that expires."""

    backends = frozenset({"VNish"})
    features = frozenset({FREQUENCY, VOLTAGE, FAN})
    reads_status = True
    always_has_mac = True

    def __init__(self, device: PyasicDevice) -> None:
        """Know no target temperature yet."""
        super().__init__(device)
        self._target = _DEFAULT_TARGET

    @override
    async def read_data(self, items: Iterable[str]) -> Any:
        """Read pyasic's plain data, again if only the token had expired.

        pyasic fetches a new token then, but does not ask again.
        """
        wanted, token = frozenset(items), self.miner.web.token
        try:
            return await super().read_data(wanted)
        except Exception:
            if self.miner.web.token in (None, token):
                raise
        return await super().read_data(wanted)

    @override
    async def read_extras(self, wanted: Features) -> Snapshot:
        """Read the state, and clock and voltage of each chain."""
        if not wanted & {*self.features, *NEEDS_STATUS}:
            return Snapshot()
        miner = section((await answer_to(self.miner.web.summary)).get("miner"))
        chains = rows(miner.get("chains"))
        return Snapshot(
            status=_status(miner),
            frequency=frequency(chain.get("frequency") for chain in chains),
            voltage=voltage((chain.get("voltage") for chain in chains), fraction=1000),
            internal_fan=_fan(miner),
        )

    @override
    async def refuses_login(self) -> bool:
        """Try to log in, since pyasic calls every failure a refusal."""
        web = self.miner.web
        url = f"http://{web.ip}:{web.port}/api/v1/unlock"
        async with http_client() as client:
            answer = await client.post(url, json={"pw": web.pwd})
        return answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)

    @override
    async def start_mining(self) -> None:
        """Start what was stopped, or resume what somebody paused."""
        summary = await answer_to(self.miner.web.summary)
        paused = _state(section(summary.get("miner"))) == "paused"
        web = self.miner.web
        await self._post(web.resume_mining if paused else web.start_mining)

    @override
    async def stop_mining(self) -> None:
        """Stop mining."""
        await self._post(self.miner.web.stop_mining)

    @override
    async def set_fan(self, setting: FanSetting) -> None:
        """Set the fans to a percentage or leave them to the firmware.

        Only the cooling is written, with all of it that is not to change.
        """
        cooling = await self._cooling()
        if cooling["mode"].get("name") == "auto":
            self._target = cooling["mode"].get("param") or self._target
        wanted = _mode(setting, self._target)
        await tell(
            self.miner.web.send_command,
            "settings",
            privileged=True,
            miner={"cooling": cooling | {"mode": wanted}},
        )
        if (await self._cooling())["mode"] != wanted:
            raise CommandRefusedError(f"{self.miner} did not take {wanted}")

    async def _post(self, call: Callable[[], Awaitable[Any]]) -> None:
        """Give a command; raise CommandRefusedError if it was refused."""
        if error := section(await tell(call)).get("err"):
            raise CommandRefusedError(f"{self.miner} refused: {error}")

    async def _cooling(self) -> dict[str, Any]:
        """Read the settings of the cooling; raise CommandRefusedError if none."""
        settings = await answer_to(self.miner.web.settings)
        cooling = section(section(settings.get("miner")).get("cooling"))
        if "mode" not in cooling:
            raise CommandRefusedError(f"{self.miner} did not give its settings")
        return cooling | {"mode": section(cooling["mode"])}


def _state(miner: dict[str, Any]) -> str:
    """Return the firmware's own word for what it does."""
    return str(section(miner.get("miner_status")).get("miner_state"))


def _status(miner: dict[str, Any]) -> MinerStatus | None:
    """Return what the firmware says of itself."""
    return _STATES.get(_state(miner))


def _fan(miner: dict[str, Any]) -> FanSetting | None:
    """Return how the fans are set, and how fast they run."""
    cooling = section(miner.get("cooling"))
    mode = section(section(cooling.get("settings")).get("mode"))
    if "name" not in mode:
        return None
    manual = mode["name"] == "manual"
    percent = number(mode.get("param") if manual else cooling.get("fan_duty"))
    return FanSetting(
        percent=None if percent is None else round(percent), automatic=not manual
    )


def _mode(setting: FanSetting, target: int) -> dict[str, Any]:
    """Return a way of cooling as the firmware writes it."""
    if setting.automatic or setting.percent is None:
        return {"name": "auto", "param": target}
    return {"name": "manual", "param": setting.percent}
