"""What a miner is doing, told from everything that is known about it."""

from dataclasses import dataclass

from .features import MinerStatus

STANDBY_WATTS = 2.0
BOOT_GRACE = 300.0
_SAYS_NOTHING = (None, MinerStatus.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that bears on the status of a miner.

    `reported` is what a controller says that asked the device itself, not what
    follows from power being drawn. `since_power_on` counts seconds.
    """

    known_off: bool = False
    is_powered: bool | None = None
    watts: float | None = None
    hashrate: float | None = None
    hashrate_expected: bool = False
    reported: MinerStatus | None = None
    since_power_on: float = 0.0
    command: MinerStatus | None = None
    boot_grace: float = BOOT_GRACE
    standby_watts: float = STANDBY_WATTS


def status_of(evidence: Evidence) -> MinerStatus | None:
    """Return the status; None when nothing at all is known.

    A running command comes first, then power known to be off, then the hash
    rate, then what the device says of itself, then power.
    """
    if evidence.command is not None:
        return evidence.command
    if evidence.known_off:
        return MinerStatus.OFF
    if evidence.hashrate is not None:
        return _status_by_hashrate(evidence, evidence.hashrate)
    reported = _credible_report(evidence)
    if reported in _SAYS_NOTHING:
        return _status_by_power(evidence) or reported
    return reported


def _status_by_hashrate(evidence: Evidence, hashrate: float) -> MinerStatus:
    """Tell a hashing miner from one that starts, is stopped or fails."""
    if hashrate > 0:
        return MinerStatus.ON
    if evidence.reported in _SAYS_NOTHING:
        return MinerStatus.STARTING if _is_booting(evidence) else MinerStatus.OFF
    if evidence.reported is MinerStatus.ON:
        # It should mine, but does not: not yet, or not any more.
        return MinerStatus.STARTING if _is_booting(evidence) else MinerStatus.ERROR
    return evidence.reported


def _credible_report(evidence: Evidence) -> MinerStatus | None:
    """Return what the device says, unless it claims to mine without power."""
    if evidence.reported is MinerStatus.ON and _draws_power(evidence) is False:
        return MinerStatus.UNKNOWN
    return evidence.reported


def _status_by_power(evidence: Evidence) -> MinerStatus | None:
    """Tell what power alone shows."""
    draws_power = _draws_power(evidence)
    if not evidence.hashrate_expected:
        if draws_power is None:
            return None
        return MinerStatus.ON if draws_power else MinerStatus.OFF
    if evidence.is_powered or draws_power:
        return MinerStatus.STARTING if _is_booting(evidence) else MinerStatus.ERROR
    return None


def _draws_power(evidence: Evidence) -> bool | None:
    """Tell whether more than standby power is drawn, None if nobody measures."""
    return None if evidence.watts is None else evidence.watts > evidence.standby_watts


def _is_booting(evidence: Evidence) -> bool:
    """Tell whether the device may still be starting up."""
    return evidence.since_power_on < evidence.boot_grace
