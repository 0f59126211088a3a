"""A fleet is judged by what its members truly do."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chaos.audits import DeviceAudit
from chaos.chronicle import Chronicle
from chaos.findings import Count, Finding, Findings
from chaos.limits import OVERLOADED_FOR, STOPPED_WITHIN, FleetAudit
from chaos.troubles import RULED, STALL, Part
from chaos.truth import Truth

from .conftest import WELL, Rig

MEMBERS = ("m01", "m02")
LONG = OVERLOADED_FOR + STOPPED_WITHIN
ALL_NAMED = dict.fromkeys(MEMBERS, "stopped")
RESTS = {"mining": False, "watts": 20.0}


@dataclass
class Yard:
    """Two members whose circuit carries one of them, and the audit of their fleet."""

    findings: Findings = field(default_factory=Findings)
    time: float = 0.0
    is_up: bool = True
    acts: bool = True
    is_latched: bool = False
    named: dict[str, str] = field(default_factory=lambda: dict(ALL_NAMED))

    def __post_init__(self) -> None:
        """Begin to watch them."""
        self.chronicles = {name: Chronicle(name) for name in MEMBERS}
        self.truths: dict[str, Truth] = dict.fromkeys(MEMBERS, WELL)
        self.audit = FleetAudit(self.chronicles, 4000.0, self.findings)

    def set(self, name: str, **truth: Any) -> None:
        """Change what is so of a member."""
        self.truths[name] = replace(self.truths[name], **truth)

    def stop_all(self) -> None:
        """Have all members rest."""
        for name in MEMBERS:
            self.set(name, **RESTS)

    def go_on(self, seconds: float) -> None:
        """Look at everything once a second for a time."""
        for _ in range(int(seconds)):
            self.time += 1.0
            for name, chronicle in self.chronicles.items():
                chronicle.add(self.time, self.truths[name])
            self.audit.look(
                self.time,
                is_up=self.is_up,
                acts=self.acts,
                is_latched=self.is_latched,
                named=self.named,
            )

    def counts(self) -> dict[Count, int]:
        """Return how much was found of each kind of which something was found."""
        return {
            count: len(found) for count in Count if (found := self.findings.of(count))
        }


@pytest.fixture
def yard() -> Yard:
    """Return two members that mine, and are well."""
    return Yard()


def test_overload(yard: Yard) -> None:
    """It is found after a while, and once for as long as it lasts."""
    yard.go_on(OVERLOADED_FOR)
    assert yard.counts() == {}
    yard.go_on(20)
    assert yard.counts() == {Count.OVERLOAD: 1}
    assert "6600 W" in yard.findings.found[0].text


def test_overload_that_is_dealt_with(yard: Yard) -> None:
    """What ends in time is none, however often it comes back."""
    for _ in range(4):
        yard.go_on(OVERLOADED_FOR - 5)
        yard.set("m02", **RESTS)
        yard.go_on(5)
        yard.set("m02", mining=True, watts=3300.0)
    assert yard.counts() == {}
    assert yard.audit.loads > 0


def test_overload_by_one_that_does_not_answer(yard: Yard) -> None:
    """The others have to give way, and are named; alone it is excused."""
    yard.set("m01", watts=4100.0)
    yard.chronicles["m01"].begin("hang", Part.API, 0.0)
    yard.go_on(LONG)
    assert "m02 could stop" in yard.findings.found[0].text
    yard.findings.found.clear()
    yard.set("m02", **RESTS)
    yard.go_on(LONG)
    assert yard.counts() == {}


@pytest.mark.parametrize(
    "excuse", [{"acts": False}, {"is_up": False}, {"is_latched": True}]
)
def test_overload_that_nobody_looks_after(yard: Yard, excuse: dict[str, Any]) -> None:
    """A fleet that does not act keeps to no limit."""
    for name, value in excuse.items():
        setattr(yard, name, value)
    yard.go_on(STOPPED_WITHIN - 5)
    assert yard.counts() == {}
    assert yard.audit.loads == 0


def test_member_that_just_answers_again(yard: Yard) -> None:
    """Who was troubled has as much time as the others had."""
    for chronicle in yard.chronicles.values():
        chronicle.begin("hang", Part.API, 0.0).end = 30.0
    yard.go_on(30 + OVERLOADED_FOR - 2)
    assert yard.counts() == {}
    yard.go_on(10)
    assert yard.counts() == {Count.OVERLOAD: 1}


def test_emergency_stop(yard: Yard) -> None:
    """Whoever answers rests a minute later, also without a fleet that acts."""
    yard.acts = False
    yard.go_on(10)
    yard.is_latched = True
    yard.stop_all()
    yard.go_on(LONG)
    assert yard.counts() == {}
    assert yard.audit.stops > 0


def test_member_that_mines_despite_the_stop(yard: Yard) -> None:
    """It is found after a minute."""
    yard.is_latched = True
    yard.set("m01", **RESTS)
    yard.go_on(STOPPED_WITHIN)
    assert yard.counts() == {}
    yard.go_on(10)
    assert [f.subject for f in yard.findings.of(Count.UNSTOPPED)] == ["m02"]


def test_member_that_mines_again_despite_the_stop(yard: Yard) -> None:
    """It has to be stopped again, within a minute, until the reset."""
    yard.is_latched = True
    yard.stop_all()
    yard.go_on(LONG)
    yard.set("m01", mining=True)
    yard.go_on(STOPPED_WITHIN - 5)
    yard.set("m01", mining=False)
    yard.go_on(5)
    assert yard.counts() == {}
    yard.set("m01", mining=True)
    yard.go_on(STOPPED_WITHIN + 5)
    assert yard.counts() == {Count.UNSTOPPED: 1}
    yard.findings.found.clear()
    yard.is_latched, yard.acts = False, False
    yard.go_on(LONG)
    assert yard.counts() == {}


def test_member_that_does_not_answer_is_named(yard: Yard) -> None:
    """It may mine, but what is known of it has to be told."""
    yard.is_latched = True
    yard.set("m02", **RESTS)
    yard.chronicles["m01"].begin("hang", Part.API, 0.0)
    yard.named["m01"] = "failed"
    yard.go_on(LONG)
    assert yard.counts() == {}
    del yard.named["m01"]
    yard.go_on(10)
    assert [f.subject for f in yard.findings.of(Count.UNSTOPPED)] == ["m01"]


def test_stop_that_a_restart_broke_off(yard: Yard) -> None:
    """After it, there is a minute again to tell of each member."""
    yard.stop_all()
    yard.named = {"m01": "stopped"}
    yard.is_latched = True
    yard.go_on(STOPPED_WITHIN - 5)
    yard.is_up = False
    yard.go_on(20)
    yard.is_up = True
    yard.go_on(STOPPED_WITHIN - 5)
    assert yard.counts() == {}
    yard.go_on(10)
    assert [f.subject for f in yard.findings.of(Count.UNSTOPPED)] == ["m02"]


def test_busy_machine_is_held_against_nobody(yard: Yard) -> None:
    """The clock stands still while nobody could look."""
    yard.go_on(10)
    for chronicle in yard.chronicles.values():
        chronicle.begin(STALL, Part.API | Part.HOME, yard.time).end = yard.time + 300
    yard.time += 300
    yard.go_on(OVERLOADED_FOR - 15)
    assert yard.counts() == {}
    yard.go_on(15)
    assert yard.counts() == {Count.OVERLOAD: 1}


def test_audit_that_saw_nothing(yard: Yard) -> None:
    """One that could not find anything is no proof, another is."""
    yard.acts = False
    yard.stop_all()
    yard.go_on(LONG)
    yard.audit.close(yard.time)
    assert yard.counts() == {Count.BLIND: 3}

    seen = Yard()
    seen.go_on(5)
    seen.set("m01", told=1)
    seen.go_on(5)
    seen.stop_all()
    seen.is_latched = True
    seen.go_on(LONG)
    seen.audit.close(seen.time)
    assert seen.counts() == {}


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({"told": 1, "told_last": "stop"}, Count.STRAY),
        ({"plug_on": False}, Count.STRAY),
        ({"preset": "low"}, Count.SETTINGS),
    ],
)
def test_only_a_fleet_that_acts_may_command(
    change: dict[str, Any], count: Count
) -> None:
    """What a member is told in mode off or observe is found, and nothing before."""
    assert commanded_at(6, change) == []
    assert {finding.count for finding in commanded_at(30, change)} == {count}


def commanded_at(seconds: int, change: dict[str, Any]) -> list[Finding]:
    """Return what is found of a member that was ruled from 4 to 8 s."""
    findings, chronicle = Findings(), Chronicle("m01")
    audit = DeviceAudit(chronicle, findings)
    chronicle.begin(RULED, Part.BODY, 4.0).end = 8.0
    for time in range(1, 60):
        truth = replace(WELL, **change) if time >= seconds else WELL
        chronicle.add(time, truth)
        audit.add(time)
    return findings.found


@pytest.mark.parametrize("change", [{"pools": "a thief's"}, {"password": "root"}])
def test_fleet_changes_no_accounts(rig: Rig, change: dict[str, str]) -> None:
    """Whoever rules a miner leaves its pools and its password alone."""
    rig.go_on(5)
    rig.chronicle.begin(RULED, Part.BODY, rig.time)
    rig.set(**change)
    rig.go_on(5)
    assert rig.counts() == {Count.SETTINGS: 1}
