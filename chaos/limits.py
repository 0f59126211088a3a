"""See by the devices that a fleet keeps to its limits, and that its stop stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .chronicle import Chronicle
from .findings import Count, Findings
from .troubles import STALL, STALL_AFTER, Part

# For how long a circuit may be above its limit: a tick to notice, another to see that a
# member was not slowed down, its stop with the proof of that, the slowest of them from
# its boot to its full power, and as much again for a busy machine.
OVERLOADED_FOR: Final = 45.0
# How long a member may mine after an emergency stop, or after it began to mine again.
STOPPED_WITHIN: Final = 60.0

_GOOD_PART: Final = 0.5
_ANSWERS: Final = Part.API | Part.HOME


@dataclass
class FleetAudit:
    """Judge what a fleet makes of its members, by their chronicles.

    Its clock stands still while nobody could look: a machine that is busy with
    something else is held against nobody. While Home Assistant is down, nothing is
    judged, and all that was to be done has as much time again afterwards.
    """

    members: Mapping[str, Chronicle]
    # What may be drawn on the circuit of all of them, in W.
    limit: float
    findings: Findings
    # What was seen that could have been wrong: a good part of that drawn while the
    # fleet acted, members that had to have stopped, and commands. A fleet may be so
    # quick that nobody sees an overload.
    loads: int = 0
    stops: int = 0
    commands: int = 0
    _clock: float = 0.0
    _looked_at: float = 0.0
    # Since when it is so, by the clock.
    _up_since: float | None = None
    _latched_since: float | None = None
    _over_since: float | None = None
    _mines_since: dict[str, float] = field(default_factory=dict)
    _answers_since: dict[str, float] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)

    @property
    def drawn(self) -> float:
        """Return what all members draw together, in W."""
        return sum(chronicle.now.watts for chronicle in self.members.values())

    def look(
        self,
        time: float,
        *,
        is_up: bool,
        acts: bool,
        is_latched: bool,
        named: Mapping[str, str],
    ) -> None:
        """Judge the last truths: by whether the fleet acts, or is to have stopped all.

        `named` are the members of whom it tells what became of their emergency stop.
        """
        self._clock += min(time - self._looked_at, STALL_AFTER)
        for name, chronicle in self.members.items():
            self._follow(name, chronicle, time, is_ruled=acts or is_latched)
        self._looked_at = time
        self._up_since = self._since(self._up_since, lasts=is_up)
        self._latched_since = self._since(self._latched_since, lasts=is_latched)
        is_shared = is_up and acts and not is_latched
        self.loads += is_shared and self.drawn > _GOOD_PART * self.limit
        is_over = is_shared and self.drawn > self.limit
        self._over_since = self._since(self._over_since, lasts=is_over)
        self._judge_load(time)
        self._judge_stop(time)
        self._judge_names(time, named)

    def close(self, time: float) -> None:
        """Find fault with an audit that could not have found any."""
        for what, seen in (
            ("the fleet told its members anything", self.commands),
            ("half of what the circuit carries was drawn", self.loads),
            ("members were to have stopped", self.stops),
        ):
            if not seen:
                self.findings.note(Count.BLIND, "fleet", f"never {what}", time)

    def _follow(
        self, name: str, chronicle: Chronicle, time: float, *, is_ruled: bool
    ) -> None:
        """Note since when a member mines and answers, and whether it was told."""
        if not chronicle.now.mining:
            self._mines_since.pop(name, None)
        else:
            self._mines_since.setdefault(name, self._clock)
        troubles = chronicle.touching(self._looked_at, time, _ANSWERS)
        if any(trouble.kind != STALL for trouble in troubles):
            self._answers_since.pop(name, None)
        else:
            self._answers_since.setdefault(name, self._clock)
        told = chronicle.now.told
        if is_ruled and told > self._told.get(name, told):
            self.commands += 1
        self._told[name] = told

    def _since(self, since: float | None, *, lasts: bool) -> float | None:
        """Return since when something has been so, by the clock."""
        if not lasts:
            return None
        return self._clock if since is None else since

    def _lasts(self, since: float | None, seconds: float) -> bool:
        """Tell whether something has been so for some seconds."""
        return since is not None and self._clock - since >= seconds

    def _judge_load(self, time: float) -> None:
        """See that whoever can be told to draws less where the circuit needs it.

        Those that do not answer take what they take: the others have to give way.
        """
        if not self._lasts(self._over_since, OVERLOADED_FOR):
            return
        able = [
            name
            for name in self.members
            if self._lasts(self._mines_since.get(name), OVERLOADED_FOR)
            and self._lasts(self._answers_since.get(name), OVERLOADED_FOR)
        ]
        if able:
            text = (
                f"{self.drawn:.0f} W are drawn, {self.limit:.0f} W may be, and "
                f"{', '.join(able)} could stop"
            )
            self.findings.note(Count.OVERLOAD, "circuit", text, time, key="load")

    def _judge_stop(self, time: float) -> None:
        """See that nobody mines who can be told not to."""
        if not self._has_had_time:
            return
        for name in self.members:
            if not self._lasts(self._answers_since.get(name), STOPPED_WITHIN):
                continue
            self.stops += 1
            if self._lasts(self._mines_since.get(name), STOPPED_WITHIN):
                text = "mines although its fleet was stopped"
                self.findings.note(Count.UNSTOPPED, name, text, time, key="mines")

    def _judge_names(self, time: float, named: Mapping[str, str]) -> None:
        """See that it is told of each member what became of it.

        That includes those that do not answer.
        """
        if not self._has_had_time:
            return
        for name in sorted(self.members.keys() - named.keys()):
            text = "nothing is told of its emergency stop"
            self.findings.note(Count.UNSTOPPED, name, text, time, key="named")

    @property
    def _has_had_time(self) -> bool:
        """Tell whether an emergency stop was set, and Home Assistant up, for long."""
        return self._lasts(self._latched_since, STOPPED_WITHIN) and self._lasts(
            self._up_since, STOPPED_WITHIN
        )
