"""What a miner is doing: the only place where that is judged.

Controllers hand in evidence and judge nothing: what the device says of itself, how
fast it hashes now, for how long it has been up. Times are seconds on any clock that
never goes back; the caller passes them in.
"""

from dataclasses import dataclass, replace
from math import inf, isfinite

from .features import MinerStatus
from .snapshot import Snapshot

STANDBY_WATTS = 2.0
BOOT_GRACE = 300.0

_TOLD_NOT_TO_MINE = (MinerStatus.OFF, MinerStatus.IDLE, MinerStatus.STOPPING)
_SAYS_THAT_IT_MINES = {
    MinerStatus.ON: True,
    MinerStatus.STARTING: True,
    MinerStatus.STOPPING: False,
    MinerStatus.IDLE: False,
    MinerStatus.OFF: False,
    MinerStatus.ERROR: False,
}

_AS_IT_SHOULD_BE = (MinerStatus.ON, *_TOLD_NOT_TO_MINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that bears on the status of a miner.

    `word` is what the device says of itself; UNKNOWN from one that usually says it
    and did not this time, None from one that says nothing at all. It `is_hearsay`
    where others say it of a device that tells its hash rate itself. A device that
    `answers` has power. `hashrate` is that of now, in any unit, and expected where
    anybody could tell it. `told_to_mine` is what the miner was last told and took.
    `uptime` is the device's own; a start may have been going on `starting_for`
    seconds, and the miner has been seen for `failing_for` seconds not to do what it
    should, however often it restarted by itself meanwhile.
    """

    known_off: bool = False
    is_powered: bool | None = None
    watts: float | None = None
    answers: bool = False
    hashrate: float | None = None
    hashrate_expected: bool = False
    word: MinerStatus | None = None
    is_hearsay: bool = False
    told_to_mine: bool | None = None
    uptime: float | None = None
    starting_for: float = inf
    failing_for: float = 0.0
    command: MinerStatus | None = None
    boot_grace: float = BOOT_GRACE
    standby_watts: float = STANDBY_WATTS


def status_of(evidence: Evidence) -> MinerStatus | None:
    """Return the status; None when nothing at all is known.

    A running command comes first, then power known to be off. A miner that hashes
    is on, unless it says that it stopped: then the rate is what is left of before.
    Next is its own word, and without one what follows from hash rate and power.
    """
    if evidence.command or evidence.known_off:
        return evidence.command or MinerStatus.OFF
    word, hashrate = _credible_word(evidence), _credible_hashrate(evidence)
    if hashrate and (word not in _TOLD_NOT_TO_MINE or evidence.is_hearsay):
        return MinerStatus.ON
    if word is MinerStatus.ON and hashrate is not None:
        return _status_of_start(evidence)
    if word is not None:
        return word
    if hashrate is None and not evidence.hashrate_expected:
        return _status_by_power(evidence)
    return _status_without_word(evidence, hashrate)


def is_mining(snapshot: Snapshot) -> bool | None:
    """Tell whether a device mines or is about to, None where it does not show.

    A device that says nothing and does not hash may only be slow to start.
    """
    if snapshot.status in _SAYS_THAT_IT_MINES:
        return _SAYS_THAT_IT_MINES[snapshot.status]
    hashes = snapshot.hashrate is not None and snapshot.hashrate.value > 0
    return True if hashes else None


def _credible_hashrate(evidence: Evidence) -> float | None:
    """Return the hash rate, unless it cannot be one."""
    rate = evidence.hashrate
    return rate if rate is not None and isfinite(rate) and rate >= 0 else None


def _credible_word(evidence: Evidence) -> MinerStatus | None:
    """Return what the device says, as far as it can know that; None for nothing."""
    word = evidence.word
    if word is MinerStatus.OFF and _has_power(evidence):
        # It says that it is off, but only its mining can be.
        return MinerStatus.IDLE
    if word is MinerStatus.STARTING and _restarts_in_vain(evidence):
        # It has been saying so each time.
        return MinerStatus.ERROR
    if word is MinerStatus.ON and not evidence.answers:
        # It is others who say so: nothing mines without power.
        return None if _draws_power(evidence) is False else word
    return None if word is MinerStatus.UNKNOWN else word


def _status_without_word(
    evidence: Evidence, hashrate: float | None
) -> MinerStatus | None:
    """Judge a miner that does not hash and does not say why."""
    has_power = _has_power(evidence)
    if hashrate is None and not has_power:
        # Watts alone do not tell a cut from a meter that fails.
        return None
    if has_power is False:
        return MinerStatus.OFF
    if evidence.told_to_mine is False:
        return MinerStatus.IDLE
    is_silent = hashrate is None or evidence.word is MinerStatus.UNKNOWN
    if evidence.answers and is_silent and not _is_known_to_boot(evidence):
        # It answers, but not to what matters. That may have any reason.
        return MinerStatus.UNKNOWN
    return _status_of_start(evidence)


def _status_of_start(evidence: Evidence) -> MinerStatus:
    """Tell a miner that starts from one that should mine and fails to."""
    return MinerStatus.STARTING if _is_booting(evidence) else MinerStatus.ERROR


def _status_by_power(evidence: Evidence) -> MinerStatus | None:
    """Judge a miner whose hash rate nobody can tell by what power shows."""
    has_power, draws_power = _has_power(evidence), _draws_power(evidence)
    if not has_power:
        return None if has_power is None else MinerStatus.OFF
    if evidence.told_to_mine is False:
        return MinerStatus.IDLE
    if draws_power is None:
        return MinerStatus.UNKNOWN
    if draws_power:
        return MinerStatus.ON
    if evidence.told_to_mine:
        return _status_of_start(evidence)
    return MinerStatus.IDLE


def _has_power(evidence: Evidence) -> bool | None:
    """Tell whether the miner has power, None where nobody knows."""
    draws_power = _draws_power(evidence)
    if evidence.answers or evidence.is_powered or draws_power:
        return True
    return None if evidence.is_powered is draws_power is None else False


def _draws_power(evidence: Evidence) -> bool | None:
    """Tell whether more than standby power is drawn, None if nobody measures."""
    return None if evidence.watts is None else evidence.watts > evidence.standby_watts


def _is_booting(evidence: Evidence) -> bool:
    """Tell whether the miner may still be starting up."""
    if evidence.starting_for < evidence.boot_grace:
        return True
    return _is_just_up(evidence) and not _restarts_in_vain(evidence)


def _restarts_in_vain(evidence: Evidence) -> bool:
    """Tell whether it restarts again and again by itself, and never gets to hash.

    It has been up for less time than it should have been mining for.
    """
    grace = evidence.boot_grace
    is_late = evidence.failing_for >= grace and evidence.starting_for >= grace
    return is_late and _is_just_up(evidence)


def _is_just_up(evidence: Evidence) -> bool:
    """Tell whether the device says that it has been up for a short time only."""
    return evidence.uptime is not None and 0 <= evidence.uptime < evidence.boot_grace


def _is_known_to_boot(evidence: Evidence) -> bool:
    """Tell whether the miner starts, and was not only never seen before."""
    was_given_power = bool(evidence.is_powered or _draws_power(evidence))
    return _is_just_up(evidence) or (was_given_power and _is_booting(evidence))


class StatusJudge:
    """Judge a miner time after time, and remember what bears on its status later.

    That is since when it may be starting, or fails to, and what it was told last.
    """

    def __init__(self, now: float) -> None:
        """Take it that the miner may be starting."""
        self.told_to_mine: bool | None = None
        # Since when the miner may be starting; None once it has been seen to hash.
        self._starting_since: float | None = now
        self._restart_since: float | None = None
        # Since when it is seen not to do what it should, and when that was seen last.
        self._failing_since: float | None = None
        self._failing_at = now
        self._told_at = now
        self._has_stopped = False

    def begin_start(self, now: float) -> None:
        """Note that the miner got power or is told to start."""
        self._starting_since, self._failing_since = now, None

    def expect_restart(self, now: float) -> None:
        """Note that the miner was told something upon which it may start anew."""
        self._restart_since, self._failing_since = now, None

    def note_told(self, now: float, *, to_mine: bool) -> None:
        """Note what the miner was told and took."""
        self.told_to_mine, self._told_at = to_mine, now
        self._has_stopped = False

    def judge(self, evidence: Evidence, now: float) -> MinerStatus | None:
        """Return the status now, and note what follows from it."""
        if now - self._failing_at >= evidence.boot_grace:
            # Who is not seen for long may have had no power, and starts anew.
            self._failing_since = None
        since, failing = self._starting_since, self._failing_since
        told = evidence.told_to_mine
        status = status_of(
            replace(
                evidence,
                starting_for=inf if since is None else now - since,
                failing_for=0.0 if failing is None else now - failing,
                told_to_mine=self.told_to_mine if told is None else told,
            )
        )
        self._note(evidence, status, now)
        self._note_failure(evidence, status, now)
        return status

    def changes_at(self, boot_grace: float) -> float | None:
        """Return when a start has lasted too long; None while nothing starts."""
        since = self._starting_since
        return None if since is None else since + boot_grace

    def _note(self, evidence: Evidence, status: MinerStatus | None, now: float) -> None:
        """Note from when on the miner may be starting, and forget what is past."""
        if status is MinerStatus.ON:
            # Unless it may restart any moment, because it was told something.
            self._starting_since = self._restart_since
            self._forget_stop(now, evidence.boot_grace)
        elif MinerStatus.IDLE in (status, evidence.word) or (
            evidence.word is MinerStatus.OFF
        ):
            # From here on it may be told to mine, be it by somebody else.
            self._starting_since, self._has_stopped = now, True
        if evidence.known_off:
            # With power, most miners mine by themselves.
            self.told_to_mine = None

    def _note_failure(
        self, evidence: Evidence, status: MinerStatus | None, now: float
    ) -> None:
        """Note from when on the miner is seen not to do what it should."""
        if evidence.command or status in _AS_IT_SHOULD_BE:
            self._failing_since = None
        elif status in (MinerStatus.STARTING, MinerStatus.ERROR):
            if self._failing_since is None:
                self._failing_since = now
            self._failing_at = now

    def _forget_stop(self, now: float, patience: float) -> None:
        """Forget that the miner was told to stop, once somebody else let it mine.

        What it shows at first may be left of the time before the stop.
        """
        if self.told_to_mine is False and (
            self._has_stopped or now - self._told_at >= patience
        ):
            self.told_to_mine = None
