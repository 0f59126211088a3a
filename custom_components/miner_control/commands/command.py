"""What a miner can be told, and how it shows that it did it.

A command that several places give, or whose effect is not plain to see, is a function
here. One that only an entity gives stands in the entity's description.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from ..domain.features import MinerStatus
from ..domain.ports import (
    ExternalFanControlPort,
    FeaturePort,
    FirmwareUpdatePort,
    InternalFanControlPort,
    LocateControlPort,
    MiningControlPort,
    PowerControlPort,
    PowerLimitControlPort,
    PresetControlPort,
    RestartControlPort,
    TuningControlPort,
)
from ..domain.power_target import Means, Setting
from ..domain.snapshot import Snapshot
from ..domain.values import (
    FanSetting,
    Firmware,
    PowerLimit,
    Presets,
    Tuning,
    TuningRange,
)

# How long a device may take to show that it did what it was told, in seconds.
PROOF_TIMEOUT = 60.0
PLUG_TIMEOUT = 20.0
# Many restart their mining for it, and do not answer meanwhile.
TUNING_TIMEOUT = 180.0
# A device fetches a file over the internet, writes it, and restarts.
INSTALL_TIMEOUT = 600.0

# How long one that tells neither uptime nor hash rate is given to fall silent.
BELIEF_SECONDS = 10.0

# Percent by which a fan may miss its setting: devices round.
INTERNAL_FAN_TOLERANCE = 5
# One with three speeds can only come near.
EXTERNAL_FAN_TOLERANCE = 34

# The share by which a limit of the power may be missed where steps are large.
LIMIT_TOLERANCE = 0.05

# A miner whose power or hash rate fell to this share hashes no more.
FALLEN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Command[P: FeaturePort]:
    """Tell a provider of a port something, and see the effect.

    `is_done` gets the provider and what was read before the command; it may accept
    a setting that nobody can read. `is_for` tells which providers have what the
    command is about. `timeout` counts seconds. Where `silence_proves`,
    a device that falls silent has done it; one that `restarts` upon it may do so
    after the proof. `status` is shown meanwhile. `to_mine` is whether the miner mines
    or rests from then on, None where the command does not bear on that.
    """

    port: type[P]
    give: Callable[[P], Awaitable[None]]
    is_done: Callable[[P, Snapshot], bool]
    is_for: Callable[[P], bool] = lambda _: True
    timeout: float = PROOF_TIMEOUT
    silence_proves: bool = False
    restarts: bool = False
    status: MinerStatus | None = None
    to_mine: bool | None = None


def start_mining() -> Command[MiningControlPort]:
    """Return the command that lets a powered device mine."""
    begin = monotonic()

    def is_done(port: MiningControlPort, before: Snapshot) -> bool:
        """Tell whether it mines; one that never says so is believed after a while."""
        if _fell_silent(port.snapshot, before):
            return False
        if port.is_mining is None:
            return monotonic() - begin >= BELIEF_SECONDS
        return port.is_mining

    return Command(
        port=MiningControlPort,
        give=lambda port: port.start_mining(),
        is_done=is_done,
        to_mine=True,
    )


def stop_mining() -> Command[MiningControlPort]:
    """Return the command that stops mining and leaves the power on."""
    return Command(
        port=MiningControlPort,
        give=lambda port: port.stop_mining(),
        is_done=lambda port, before: (
            not port.is_mining
            # Until it has stopped, it may as well go on.
            and port.snapshot.status is not MinerStatus.STOPPING
            and not _fell_silent(port.snapshot, before)
        ),
        to_mine=False,
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
        is_done=lambda port, before: _is_set(
            port.internal_fan, before.internal_fan, setting, INTERNAL_FAN_TOLERANCE
        ),
    )


def set_fan_target(celsius: float) -> Command[InternalFanControlPort]:
    """Return the command that sets the temperature in °C that the fans aim at."""
    return Command(
        port=InternalFanControlPort,
        give=lambda port: port.set_fan_rule(target=celsius),
        is_done=lambda port, _: is_at(port.fan_target, celsius),
        is_for=lambda port: port.fan_target is not None,
    )


def set_fan_minimum(percent: float) -> Command[InternalFanControlPort]:
    """Return the command that sets the percentage below which the fans never fall."""
    return Command(
        port=InternalFanControlPort,
        give=lambda port: port.set_fan_rule(minimum=percent),
        is_done=lambda port, _: is_at(port.fan_minimum, percent),
        is_for=lambda port: port.fan_minimum is not None,
    )


def prefer_fallback_pool(*, fallback: bool) -> Command[MiningControlPort]:
    """Return the command that has the device work for its fallback pool, or not."""
    return Command(
        port=MiningControlPort,
        give=lambda port: port.prefer_fallback_pool(fallback=fallback),
        is_done=lambda port, _: port.prefers_fallback_pool is fallback,
        is_for=lambda port: port.prefers_fallback_pool is not None,
        timeout=TUNING_TIMEOUT,
        restarts=True,
    )


def set_external_fan(setting: FanSetting) -> Command[ExternalFanControlPort]:
    """Return the command that sets a fan outside the miner."""
    return Command(
        port=ExternalFanControlPort,
        give=lambda port: port.set_external_fan(setting),
        is_done=lambda port, before: _is_set(
            port.external_fan, before.external_fan, setting, EXTERNAL_FAN_TOLERANCE
        ),
        timeout=PLUG_TIMEOUT,
    )


def set_power_limit(watts: float) -> Command[PowerLimitControlPort]:
    """Return the command that limits the power of the device."""
    return Command(
        port=PowerLimitControlPort,
        give=lambda port: port.set_power_limit(watts),
        is_done=lambda port, before: _is_limited(
            port.power_limit, before.power_limit, watts
        ),
        timeout=TUNING_TIMEOUT,
        restarts=True,
    )


def select_preset(preset: str) -> Command[PresetControlPort]:
    """Return the command that sets a preset."""
    return Command(
        port=PresetControlPort,
        give=lambda port: port.select_preset(preset),
        is_done=lambda port, before: _is_selected(port.presets, before.presets, preset),
        timeout=TUNING_TIMEOUT,
        restarts=True,
    )


def set_tuning(
    *, frequency: float | None = None, voltage: float | None = None
) -> Command[TuningControlPort]:
    """Return the command that sets the clock in MHz, the voltage in mV, or both."""
    return Command(
        port=TuningControlPort,
        give=lambda port: port.set_tuning(frequency=frequency, voltage=voltage),
        is_done=lambda port, _: _is_tuned(port.tuning, frequency, voltage),
        timeout=TUNING_TIMEOUT,
    )


def apply_setting(setting: Setting) -> Command[Any]:
    """Return the command that sets what was chosen for a power target."""
    value = setting.value
    if isinstance(value, str):
        return select_preset(value)
    if setting.means is Means.TUNING:
        return set_tuning(frequency=value)
    return set_power_limit(value)


def install_firmware() -> Command[FirmwareUpdatePort]:
    """Return the command that installs the latest firmware."""
    return Command(
        port=FirmwareUpdatePort,
        give=lambda port: port.install_firmware(),
        is_done=lambda port, before: _is_installed(port.firmware, before.firmware),
        timeout=INSTALL_TIMEOUT,
    )


def set_locating(*, locating: bool) -> Command[LocateControlPort]:
    """Return the command that turns the light of the device on or off."""
    return Command(
        port=LocateControlPort,
        give=lambda port: port.set_locating(locating=locating),
        is_done=lambda port, before: (
            port.is_locating is locating
            or (port.is_locating is None and before.is_locating is None)
        ),
    )


def reboot() -> Command[RestartControlPort]:
    """Return the command that restarts the device."""
    return Command(
        port=RestartControlPort,
        give=lambda port: port.reboot(),
        is_done=_has_restarted_since(monotonic()),
        is_for=lambda port: port.can_reboot,
        silence_proves=True,
        restarts=True,
        status=MinerStatus.STARTING,
        to_mine=True,
    )


def restart_mining() -> Command[RestartControlPort]:
    """Return the command that restarts mining and keeps the device up."""
    return Command(
        port=RestartControlPort,
        give=lambda port: port.restart_mining(),
        is_done=_has_restarted_since(monotonic()),
        is_for=lambda port: port.can_restart_mining,
        silence_proves=True,
        restarts=True,
        status=MinerStatus.STARTING,
        to_mine=True,
    )


def _fell_silent(now: Snapshot, before: Snapshot) -> bool:
    """Tell whether a device says nothing of its mining any more that said it before.

    One that answers with nothing in it has not proved anything.
    """
    told = (before.status, before.hashrate) != (None, None)
    return told and (now.status, now.hashrate) == (None, None)


def _is_set(
    found: FanSetting | None,
    before: FanSetting | None,
    wanted: FanSetting,
    tolerance: int,
) -> bool:
    """Tell whether a fan runs as it was told, as far as it ever told how it runs."""
    if found is None:
        return before is None
    if wanted.automatic or found.automatic:
        return wanted.automatic is found.automatic
    if wanted.percent is None:
        return True
    if found.percent is None:
        return before is None or before.percent is None
    if (wanted.percent > 0) is not (found.percent > 0):
        return False
    return abs(wanted.percent - found.percent) <= tolerance


def _is_limited(
    found: PowerLimit | None, before: PowerLimit | None, watts: float
) -> bool:
    """Tell whether the power is limited as it was told, as near as its steps allow."""
    if found is None:
        return False
    if found.watts is None:
        return before is None or before.watts is None
    coarse = min(found.step, (found.maximum - found.minimum) / 5) / 2
    tolerance = min(found.step, max(coarse, watts * LIMIT_TOLERANCE))
    return abs(found.watts - found.reached_by(watts)) <= tolerance


def _is_selected(found: Presets | None, before: Presets | None, preset: str) -> bool:
    """Tell whether a preset is set, as far as the device ever told which one is."""
    if found is None:
        return False
    if found.current is None:
        return before is None or before.current is None
    return found.current == preset


def _is_tuned(
    found: Tuning | None, frequency: float | None, voltage: float | None
) -> bool:
    """Tell whether the chips are set as they were told to be, to the next step."""
    if found is None:
        return False
    wishes = ((frequency, found.frequency), (voltage, found.voltage))
    return all(wanted is None or is_at(shown, wanted) for wanted, shown in wishes)


def is_at(found: TuningRange | None, wanted: float) -> bool:
    """Tell whether a setting is what was wanted, to the next step."""
    if found is None or found.value is None:
        return False
    return abs(found.value - wanted) <= found.step / 2


def _is_installed(found: Firmware | None, before: Firmware | None) -> bool:
    """Tell whether the firmware has changed, and nothing is being installed."""
    if found is None or found.is_installing:
        return False
    return before is None or found.installed not in (None, before.installed)


def _has_restarted_since(
    begin: float,
) -> Callable[[RestartControlPort, Snapshot], bool]:
    """Return a test that tells whether a device began anew after a time."""

    def has_restarted(port: RestartControlPort, before: Snapshot) -> bool:
        """Tell whether it counts from zero, or hashes no more."""
        now = port.snapshot
        elapsed = monotonic() - begin
        was_up, is_up, hashed = _uptime(before), _uptime(now), _hashrate(before)
        if is_up is not None and (
            is_up.total_seconds() <= elapsed if was_up is None else is_up < was_up
        ):
            return True
        if hashed:
            # That a reading lacks the rate is no sign.
            is_told = now.hashrate is not None
            return is_told and _hashrate(now) < hashed * FALLEN_SHARE
        # One that tells nothing has to be believed, if it does not fall silent.
        return was_up is is_up is None and elapsed >= BELIEF_SECONDS

    return has_restarted


def _uptime(snapshot: Snapshot) -> timedelta | None:
    """Return for how long a device has been up."""
    return snapshot.operation.uptime if snapshot.operation else None


def _hashrate(snapshot: Snapshot) -> float:
    """Return how fast a device hashes, in its own unit."""
    return snapshot.hashrate.value if snapshot.hashrate else 0.0
