"""What a miner can be told, and how it shows that it did it.

To add a command: a function here that tells a port something and knows the effect.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import cast

from .controllers.snapshot import Snapshot, SnapshotReader
from .domain.features import MinerStatus
from .domain.ports import (
    ExternalFanControlPort,
    FeaturePort,
    InternalFanControlPort,
    LocateControlPort,
    MiningControlPort,
    PowerControlPort,
    PowerLimitControlPort,
    PresetControlPort,
    RestartControlPort,
)
from .domain.values import FanSetting, PowerLimit, Presets

# How long a device may take to show that it did what it was told, in seconds.
PROOF_TIMEOUT = 60.0
PLUG_TIMEOUT = 20.0
# Many restart their mining for it, and do not answer meanwhile.
TUNING_TIMEOUT = 180.0

# How long one that tells neither uptime nor hash rate is given to fall silent.
BELIEF_SECONDS = 10.0

# Percent by which a fan may miss its setting: devices round.
INTERNAL_FAN_TOLERANCE = 5
# One with three speeds can only come near.
EXTERNAL_FAN_TOLERANCE = 34

# A miner whose power or hash rate fell to this share hashes no more.
FALLEN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Command[P: FeaturePort]:
    """Tell a provider of a port something, and see the effect.

    `is_done` gets the provider and what was read before the command; it may accept
    a setting that nobody can read. `timeout` counts seconds. Where `silence_proves`,
    a device that falls silent has done it; one that `restarts` upon it may do so
    after the proof. `status` is shown meanwhile.
    """

    port: type[P]
    give: Callable[[P], Awaitable[None]]
    is_done: Callable[[P, Snapshot], bool]
    timeout: float = PROOF_TIMEOUT
    silence_proves: bool = False
    restarts: bool = False
    status: MinerStatus | None = None


def start_mining() -> Command[MiningControlPort]:
    """Return the command that lets a powered device mine."""
    return Command(
        port=MiningControlPort,
        give=lambda port: port.start_mining(),
        is_done=lambda port, _: port.is_mining is not False,
    )


def stop_mining() -> Command[MiningControlPort]:
    """Return the command that stops mining and leaves the power on."""
    return Command(
        port=MiningControlPort,
        give=lambda port: port.stop_mining(),
        is_done=lambda port, _: not port.is_mining,
    )


def give_power() -> Command[PowerControlPort]:
    """Return the command that gives the device power."""
    return Command(
        port=PowerControlPort,
        give=lambda port: port.turn_power_on(),
        is_done=lambda port, _: port.is_powered is True,
        timeout=PLUG_TIMEOUT,
    )


def cut_power() -> Command[PowerControlPort]:
    """Return the command that cuts the power, whatever the device does."""
    return Command(
        port=PowerControlPort,
        give=lambda port: port.turn_power_off(),
        is_done=lambda port, _: port.is_powered is False,
        timeout=PLUG_TIMEOUT,
    )


def set_internal_fan(setting: FanSetting) -> Command[InternalFanControlPort]:
    """Return the command that sets the miner's own fans."""
    return Command(
        port=InternalFanControlPort,
        give=lambda port: port.set_internal_fan(setting),
        is_done=lambda port, _: _is_set(
            port.internal_fan, setting, INTERNAL_FAN_TOLERANCE
        ),
    )


def set_external_fan(setting: FanSetting) -> Command[ExternalFanControlPort]:
    """Return the command that sets a fan outside the miner."""
    return Command(
        port=ExternalFanControlPort,
        give=lambda port: port.set_external_fan(setting),
        is_done=lambda port, _: _is_set(
            port.external_fan, setting, EXTERNAL_FAN_TOLERANCE
        ),
        timeout=PLUG_TIMEOUT,
    )


def set_power_limit(watts: float) -> Command[PowerLimitControlPort]:
    """Return the command that limits the power of the device."""
    return Command(
        port=PowerLimitControlPort,
        give=lambda port: port.set_power_limit(watts),
        is_done=lambda port, _: _is_limited(port.power_limit, watts),
        timeout=TUNING_TIMEOUT,
        restarts=True,
    )


def select_preset(preset: str) -> Command[PresetControlPort]:
    """Return the command that sets a preset."""
    return Command(
        port=PresetControlPort,
        give=lambda port: port.select_preset(preset),
        is_done=lambda port, _: _is_selected(port.presets, preset),
        timeout=TUNING_TIMEOUT,
        restarts=True,
    )


def set_locating(*, locating: bool) -> Command[LocateControlPort]:
    """Return the command that turns the light of the device on or off."""
    return Command(
        port=LocateControlPort,
        give=lambda port: port.set_locating(locating=locating),
        is_done=lambda port, _: port.is_locating in (locating, None),
    )


def reboot() -> Command[RestartControlPort]:
    """Return the command that restarts the device."""
    return Command(
        port=RestartControlPort,
        give=lambda port: port.reboot(),
        is_done=_has_restarted_since(monotonic()),
        silence_proves=True,
        status=MinerStatus.STARTING,
    )


def restart_mining() -> Command[RestartControlPort]:
    """Return the command that restarts mining and keeps the device up."""
    return Command(
        port=RestartControlPort,
        give=lambda port: port.restart_mining(),
        is_done=_has_restarted_since(monotonic()),
        silence_proves=True,
        status=MinerStatus.STARTING,
    )


def _is_set(found: FanSetting | None, wanted: FanSetting, tolerance: int) -> bool:
    """Tell whether a fan runs as it was told, as far as it tells how it runs."""
    if found is None:
        return True
    if wanted.automatic or found.automatic:
        return wanted.automatic is found.automatic
    if wanted.percent is None or found.percent is None:
        return True
    if (wanted.percent > 0) is not (found.percent > 0):
        return False
    return abs(wanted.percent - found.percent) <= tolerance


def _is_limited(found: PowerLimit | None, watts: float) -> bool:
    """Tell whether the power is limited as it was told, to the next step."""
    if found is None:
        return False
    return found.watts is None or abs(found.watts - watts) <= found.step


def _is_selected(found: Presets | None, preset: str) -> bool:
    """Tell whether a preset is set, as far as the device tells which one is."""
    return found is not None and found.current in (preset, None)


def _has_restarted_since(
    begin: float,
) -> Callable[[RestartControlPort, Snapshot], bool]:
    """Return a test that tells whether a device began anew after a time."""

    def has_restarted(port: RestartControlPort, before: Snapshot) -> bool:
        """Tell whether it counts from zero, or hashes no more."""
        now = cast("SnapshotReader", port).snapshot
        elapsed = monotonic() - begin
        was_up, is_up, hashed = _uptime(before), _uptime(now), _hashrate(before)
        if is_up is not None and (
            is_up.total_seconds() <= elapsed if was_up is None else is_up < was_up
        ):
            return True
        if hashed:
            return _hashrate(now) < hashed * FALLEN_SHARE
        # One that tells nothing has to be believed, if it does not fall silent.
        return was_up is is_up is None and elapsed >= BELIEF_SECONDS

    return has_restarted


def _uptime(snapshot: Snapshot) -> timedelta | None:
    """Return for how long a device has been up."""
    return snapshot.operation.uptime if snapshot.operation else None


def _hashrate(snapshot: Snapshot) -> float:
    """Return how fast a device hashes, in its own unit."""
    return snapshot.hashrate.value if snapshot.hashrate else 0.0
