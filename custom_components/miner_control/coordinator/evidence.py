"""Gather all that bears on the status of a miner."""

from collections.abc import Iterable, Mapping
from typing import cast

from ..controllers.base import Controller
from ..domain.features import MinerStatus
from ..domain.ports import (
    FeaturePort,
    HashrateMonitorPort,
    MiningControlPort,
    PowerControlPort,
    PowerMonitorPort,
    StatusMonitorPort,
)
from ..domain.status import Evidence
from ..storage.options import MinerOptions
from .controller import ControllerCoordinator
from .power import watts_of
from .serving import Serving


def gather_evidence(
    serving: Serving,
    answering: Iterable[Controller],
    options: MinerOptions,
    *,
    known_off: bool,
    command: MinerStatus | None,
) -> Evidence:
    """Return the evidence: what serves now, and what `answering` devices tell."""
    control = serving.provider(PowerControlPort)
    meter = serving.provider(HashrateMonitorPort)
    hashrate = meter.hashrate if meter else None
    speaker = _speaker(serving)
    answering = list(answering)
    return Evidence(
        known_off=known_off,
        is_powered=control.is_powered if control else None,
        watts=watts_of(serving.provider(PowerMonitorPort)),
        answers=any(controller.needs_power for controller in answering),
        hashrate=hashrate.value if hashrate else None,
        hashrate_expected=HashrateMonitorPort.feature_type in serving.resolutions,
        word=speaker.status if speaker else None,
        is_hearsay=_asks_device(meter) and not _asks_device(speaker),
        told_to_mine=_told_to_mine(serving.provider(MiningControlPort)),
        uptime=_shortest_uptime(answering),
        command=command,
        boot_grace=options.boot_grace,
        standby_watts=options.standby_power,
    )


def answering(
    controllers: Mapping[str, ControllerCoordinator], now: float
) -> list[Controller]:
    """Return the controllers whose device has answered lately."""
    return [
        coordinator.controller
        for coordinator in controllers.values()
        if coordinator.is_available
        and ((stale_at := coordinator.stale_at) is None or now < stale_at)
    ]


def _speaker(serving: Serving) -> StatusMonitorPort | None:
    """Return the best controller that tells what the device says of itself."""
    healthy = serving.healthy(StatusMonitorPort)
    speakers = [port for port in healthy if not port.status_follows_power]
    known = (port for port in speakers if port.status is not MinerStatus.UNKNOWN)
    return next(known, next(iter(speakers), None))


def _told_to_mine(control: MiningControlPort | None) -> bool | None:
    """Tell whether a switch for mining is on; a device says so by its status."""
    return None if control is None or _asks_device(control) else control.is_mining


def _asks_device(port: FeaturePort | None) -> bool:
    """Tell whether a controller asks the device itself."""
    return port is not None and cast("Controller", port).needs_power


def _shortest_uptime(controllers: Iterable[Controller]) -> float | None:
    """Return for how many seconds the device has been up, None if nobody tells."""
    told = (controller.snapshot.operation for controller in controllers)
    uptimes = [operation.uptime for operation in told if operation is not None]
    known = [uptime.total_seconds() for uptime in uptimes if uptime is not None]
    return min(known, default=None)
