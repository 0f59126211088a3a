"""Watch the miner's own fans, by what is read of them."""

from collections.abc import Mapping, MutableMapping
from typing import Any, Final, cast

from ..controllers.base import Controller
from ..domain.fans import FanWatch
from ..domain.features import MinerStatus
from ..domain.ports import InternalFanSpeedMonitorPort
from .controller import ControllerCoordinator
from .serving import Serving

_HAVE_TURNED: Final = "fans_have_turned"


class OwnFans:
    """Tell whether the fans of a miner have failed, also over a restart."""

    def __init__(
        self,
        serving: Serving,
        controllers: Mapping[str, ControllerCoordinator],
        notes: MutableMapping[str, Any],
    ) -> None:
        """Have seen nothing turn yet."""
        self._serving = serving
        self._controllers = controllers
        self._notes = notes
        self._watch = FanWatch()

    def restore(self) -> None:
        """Remember whether any fan has ever turned."""
        self._watch.have_turned = self._notes.get(_HAVE_TURNED) is True

    def note(self, status: MinerStatus | None, now: float) -> None:
        """Note what was read last, while the miner does something."""
        port = self._serving.provider(InternalFanSpeedMonitorPort)
        told_at = None if port is None else self._told_at(port)
        self._watch.note(
            turn=_turn(port),
            works=status is MinerStatus.ON,
            read_at=now if told_at is None else told_at,
        )
        if self._watch.have_turned:
            self._notes[_HAVE_TURNED] = True

    @property
    def have_failed(self) -> bool:
        """Tell whether they stand still while the miner works, and have for a while."""
        return self._watch.have_failed

    def must_rest(self, now: float) -> bool:
        """Tell whether the miner has to rest since they failed."""
        return self._watch.must_rest(now)

    def _told_at(self, port: InternalFanSpeedMonitorPort) -> float | None:
        """Return when the speeds were read."""
        teller = self._controllers[cast("Controller", port).controller_id]
        return teller.told_at(port.feature_type)


def _turn(port: InternalFanSpeedMonitorPort | None) -> bool | None:
    """Tell whether any fan turns; None for a miner without fans."""
    fans = port.internal_fan_speeds if port else None
    speeds = [speed.value for speed in fans or () if speed]
    return max(speeds) > 0 if speeds else None
