"""What is kept account of over the whole run: energy, settings, commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .chronicle import DARK, Chronicle
from .findings import Count, Findings
from .troubles import ORDER, SLACK, TAKE_BACK, Part
from .truth import Truth

# The share that may be missing or too much, and what rounding and the age of
# two readings make of it on top: kWh, and seconds of the power at each of them.
SHARE = 0.01
ROUNDING = 0.0003
AGE = 3.0
WATT_SECONDS_PER_KWH = 3_600_000

# How long after a command its traces may still be found at the device.
TRACE = 10.0
# An order after which a miner is told to mine again as soon as it has its power back,
# and in seconds how long that may take: what a start may take, and a bit for the way.
CUT, GIVEN_BACK = f"{ORDER}power off", f"{ORDER}power on"
RESUMED_WITHIN = 330.0
# With some firmware a limit of power is a preset.
PRESETS = ("preset", "limit")


@dataclass
class EnergyAudit:
    """Account for the energy of one miner.

    What was drawn while the plug's counter served is owed; what was drawn while
    it did not may be counted, or not.
    """

    chronicle: Chronicle
    owed: float = 0.0
    possible: float = 0.0
    _drawn: float | None = None
    _was_due: bool = False
    _counted_from: float | None = None
    _watts_then: float = 0.0

    def add(
        self, time: float, truth: Truth, counted: float | None, *, by_plug: bool
    ) -> None:
        """Take what has been drawn, and what Home Assistant has counted so far."""
        if counted is not None and self._counted_from is None:
            self._counted_from = counted
            self._drawn = truth.energy
            self._watts_then = truth.watts
        if self._drawn is None:
            return
        drawn, self._drawn = truth.energy - self._drawn, truth.energy
        is_due = by_plug and self.chronicle.well_for(Part.PLUG, time) >= TAKE_BACK
        self.possible += drawn
        if is_due and self._was_due:
            self.owed += drawn
        self._was_due = is_due

    def judge(self, findings: Findings, time: float, counted: float | None) -> None:
        """Compare what was counted with what was drawn."""
        if counted is None or self._counted_from is None:
            text = "no energy was ever counted"
            findings.note(Count.BLIND, self.chronicle.name, text, time)
            return
        found = counted - self._counted_from
        # Both readings may be old, the first and the last.
        watts = self._watts_then + self.chronicle.now.watts
        slack = ROUNDING + AGE * watts / WATT_SECONDS_PER_KWH
        low = self.owed * (1 - SHARE) - slack
        high = self.possible * (1 + SHARE) + slack
        if not low <= found <= high:
            text = f"{found:.6f} kWh counted, {self.owed:.6f} to {self.possible:.6f}"
            findings.note(Count.ENERGY, self.chronicle.name, text, time)


@dataclass
class DeviceAudit:
    """See that a device is told what it was meant to be told, and nothing else."""

    chronicle: Chronicle
    findings: Findings
    # What was set before a command set something else, to be set again.
    usual_preset: str | None = None
    usual_limit: float | None = None
    _presets: set[str | None] = field(default_factory=set)
    _first: Truth | None = None
    # Since when a miner has its power back that was stopped for a cut.
    _owed_since: float | None = None
    _is_cut: bool = False
    # Whether it was to lose its power, and may only have been stopped.
    _is_stopped: bool = False

    def add(self, time: float) -> None:
        """Compare the last truth with what there was before."""
        truth, before = self.chronicle.now, self.chronicle.before
        if self._first is None or before is None:
            self._first = truth
            self._presets.add(truth.preset)
            return
        self._see_settings(time, truth, self._first)
        self._see_commands(time, truth, before)

    def _see_settings(self, time: float, truth: Truth, first: Truth) -> None:
        """See that nobody changed what nobody was told to change."""
        name = self.chronicle.name
        for what in ("pools", "password"):
            was, now = getattr(first, what), getattr(truth, what)
            if now != was:
                text = f"{what} were {was}, now {now}"
                self.findings.note(Count.SETTINGS, name, text, time, key=what)
        if self._may_set_preset(time):
            self._presets.add(truth.preset)
        # A stop is a mode of its own with some firmware.
        if truth.mining and truth.preset not in self._presets:
            text = f"preset {truth.preset}, not {sorted(map(str, self._presets))}"
            self.findings.note(Count.SETTINGS, name, text, time, key="preset")

    def _may_set_preset(self, time: float) -> bool:
        """Tell whether somebody gave a command that sets the preset, or a fleet may."""
        if self.chronicle.is_ruled(time - TRACE, time):
            return True
        recent = self.chronicle.touching(time - TRACE, time, Part.BODY)
        return any(
            trouble.kind.startswith(ORDER) and trouble.kind.endswith(PRESETS)
            for trouble in recent
        )

    def _see_commands(self, time: float, truth: Truth, before: Truth) -> None:
        """See that each command has somebody who gave it to this miner."""
        name = self.chronicle.name
        recent = self.chronicle.touching(time - TRACE, time, Part.BODY)
        ordered = self.chronicle.has_orders(time - TRACE, time)
        self._note_cut(time, truth)
        if truth.told > before.told and not (
            ordered or self._is_resumed(time) or self.chronicle.has_lost_a_stop
        ):
            text = f"was told something unasked: {truth.told_last}"
            self.findings.note(Count.STRAY, name, text, time)
        if truth.plug_on is not before.plug_on and not recent:
            text = f"plug was switched {'on' if truth.plug_on else 'off'} unasked"
            self.findings.note(Count.STRAY, name, text, time)
        if truth.stranger_told > before.stranger_told:
            text = "the stranger at its address was told something"
            self.findings.note(Count.STRAY, name, text, time)

    def _note_cut(self, time: float, truth: Truth) -> None:
        """Note whether the miner lost its power by an order, and when it is back.

        Where the order was broken off after the stop, another one gives power back.
        """
        recent = self.chronicle.touching(time - TRACE, time, Part.BODY)
        orders = {trouble.kind for trouble in recent}
        self._is_stopped |= CUT in orders
        if not truth.plug_on:
            self._is_cut |= CUT in orders
            self._owed_since = None
        elif self._is_cut or (self._is_stopped and GIVEN_BACK in orders):
            self._is_stopped = self._is_cut = False
            self._owed_since = time

    def _is_resumed(self, time: float) -> bool:
        """Tell whether the miner may be told to mine again, which is told once."""
        since, self._owed_since = self._owed_since, None
        return since is not None and time - since <= RESUMED_WITHIN


type Bindings = Mapping[str, Mapping[str, tuple[int, bool]]]


def judge_bindings(
    findings: Findings,
    name: str,
    expected: Bindings,
    found: Bindings,
    time: float,
    *,
    may_grow: bool = False,
    lacking: str | None = None,
) -> None:
    """Find fault with every binding that is not as it was left.

    Who was linked while it was stopped may turn out to tell more, when it is asked: the
    one that stands by is not asked often. `lacking` is who was linked again, and does
    not tell all before it mines.
    """
    for feature in sorted(expected.keys() | found.keys()):
        was, now = expected.get(feature, {}), found.get(feature, {})
        if lacking in was and lacking not in now:
            was = {title: bound for title, bound in was.items() if title != lacking}
        if was != now and not (may_grow and was.items() <= now.items()):
            text = f"{feature} was {dict(was)}, now {dict(now)}"
            findings.note(Count.BINDINGS, name, text, time)


type Providers = Mapping[str, str | None]


def judge_providers(
    findings: Findings, name: str, expected: Providers, found: Providers, time: float
) -> None:
    """Find fault with every feature that is not served by whom it was at first."""
    for feature, first in sorted(expected.items()):
        now = found.get(feature)
        if first is not None and now != first:
            text = f"{feature} is served by {now or 'nobody'}, not by {first}"
            findings.note(Count.UNSERVED, name, text, time)


@dataclass(frozen=True)
class Outcome:
    """What came of a command: none of it where Home Assistant ended meanwhile."""

    text: str
    begin: float
    end: float
    reported_done: bool
    wished: bool
    was_so_before: bool
    reason: str = ""


def judge_outcome(findings: Findings, chronicle: Chronicle, outcome: Outcome) -> None:
    """See that what was reported of a command is true.

    Nobody can prove a command to a device that is out of order, and what is done
    by hand meanwhile hides what the command did. What was done by hand just before
    may not be shown yet: who is told to switch off what shows to be off is done.
    """
    begin, end = outcome.begin, outcome.end
    others = [
        trouble
        for trouble in chronicle.touching(begin - SLACK, end, Part.BODY)
        if not trouble.kind.startswith(ORDER)
    ]
    given = len(chronicle.touching(begin, end, Part.BODY)) - len(others)
    if others or given > 1:
        # Whoever was late may have been told something else meanwhile.
        return
    name = chronicle.name
    if outcome.reported_done and not outcome.wished:
        text = f"{outcome.text} was reported done"
        findings.note(Count.NOT_DONE, name, text, end)
    troubled = chronicle.touching(begin, end, Part.API | Part.PLUG | Part.HOME)
    troubled = [trouble for trouble in troubled if trouble.kind != DARK]
    if outcome.reported_done or outcome.was_so_before:
        return
    if troubled or chronicle.well_for(Part.API | Part.PLUG, begin) < 0:
        return
    text = f"{outcome.text} was reported failed: {outcome.reason}"
    if outcome.wished:
        findings.note(Count.DONE, name, text, end)
    elif chronicle.touching(begin, end, Part.LIBRARY):
        findings.note(Count.REFUSED, name, text, end)
