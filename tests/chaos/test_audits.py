"""Energy, settings, commands and bindings are accounted for."""

import pytest

from chaos.audits import (
    Bindings,
    Outcome,
    Providers,
    judge_bindings,
    judge_outcome,
    judge_providers,
)
from chaos.findings import Count, Findings
from chaos.troubles import BROKEN, ORDER, Part

from .conftest import NAME, Rig

STEP = 3300 / 3_600_000  # kWh in a second


def draw(rig: Rig, seconds: int, share: float) -> None:
    """Draw power for a time, and count a share of it."""
    for _ in range(seconds):
        rig.set(energy=rig.truth.energy + STEP)
        counted = float(rig.shown["sensor.energy"].state) + STEP * share
        rig.show("sensor.energy", str(counted))
        rig.go_on(1)


def counted(rig: Rig) -> float | None:
    """Return what is counted in the end."""
    return rig.shown["sensor.energy"].number


@pytest.mark.parametrize(
    ("share", "found"), [(1.0, 0), (0.995, 0), (0.95, 1), (1.05, 1), (0.0, 1)]
)
def test_energy(rig: Rig, share: float, found: int) -> None:
    """What is counted has to be what was drawn, to a hundredth."""
    rig.go_on(1)
    draw(rig, 600, share)
    rig.energy.judge(rig.findings, rig.time, counted(rig))
    assert len(rig.findings.of(Count.ENERGY)) == found


@pytest.mark.parametrize(("share", "found"), [(0.0, 0), (0.93, 0), (1.0, 0), (1.5, 1)])
def test_energy_while_the_plug_is_away(rig: Rig, share: float, found: int) -> None:
    """It may be counted or not, but not more than there was."""
    rig.go_on(1)
    rig.chronicle.begin("plug unavailable", Part.PLUG, rig.time)
    draw(rig, 600, share)
    rig.energy.judge(rig.findings, rig.time, counted(rig))
    assert len(rig.findings.of(Count.ENERGY)) == found


@pytest.mark.parametrize(("seconds", "found"), [(3, 0), (30, 1)])
def test_energy_of_a_reading_that_is_old(rig: Rig, seconds: int, found: int) -> None:
    """The first reading may be old, and a full load be over in the end."""
    old = str(float(rig.shown["sensor.energy"].state) - STEP * seconds)
    rig.show("sensor.energy", old)
    rig.go_on(1)
    rig.set(watts=0.0)
    rig.show("sensor.energy", str(rig.truth.energy))
    rig.go_on(1)
    rig.energy.judge(rig.findings, rig.time, counted(rig))
    assert len(rig.findings.of(Count.ENERGY)) == found


def test_energy_that_nobody_counted(rig: Rig) -> None:
    """A sensor without a value is no proof."""
    rig.show("sensor.energy", "unavailable")
    rig.go_on(5)
    rig.energy.judge(rig.findings, rig.time, counted(rig))
    assert len(rig.findings.of(Count.BLIND)) == 1


@pytest.mark.parametrize(
    "change", [{"pools": "a thief's"}, {"password": "root"}, {"preset": "low"}]
)
def test_settings_that_nobody_changed(rig: Rig, change: dict[str, str]) -> None:
    """Pools, password and preset stay as they were."""
    rig.go_on(5)
    rig.set(**change)
    rig.show("select.preset", "unknown")
    rig.go_on(5)
    assert rig.findings.of(Count.SETTINGS) != []


def test_preset_that_was_chosen(rig: Rig) -> None:
    """A command may set a preset, and it stays then."""
    rig.go_on(5)
    trouble = rig.chronicle.begin(f"{ORDER}preset", Part.BODY, rig.time)
    rig.set(preset="low", told=1)
    rig.go_on(2)
    trouble.end = rig.time
    rig.go_on(60)
    assert rig.findings.of(Count.SETTINGS) == []
    rig.set(preset="high")
    rig.go_on(1)
    assert len(rig.findings.of(Count.SETTINGS)) == 1


def test_device_that_is_told_something_unasked(rig: Rig) -> None:
    """A command that nobody gave to this miner was meant for another."""
    rig.go_on(5)
    rig.set(told=1, told_last="reboot")
    rig.go_on(5)
    assert rig.counts() == {Count.STRAY: 1}
    assert "reboot" in rig.findings.found[0].text


@pytest.mark.parametrize(
    ("order", "restarts", "found"),
    [("stop", True, 0), ("stop", False, 1), ("start", True, 1)],
)
def test_device_that_is_stopped_again(
    rig: Rig, *, order: str, restarts: bool, found: int
) -> None:
    """One that began anew after it was told to stop may be told so once more."""
    rig.go_on(5)
    rig.chronicle.begin(f"{ORDER}{order}", Part.BODY, rig.time).end = rig.time
    rig.go_on(30)
    rig.set(ready=not restarts)
    rig.go_on(5)
    rig.set(ready=True)
    rig.go_on(5)
    rig.set(told=1, told_last="stop")
    rig.go_on(5)
    assert len(rig.findings.of(Count.STRAY)) == found


def test_stranger_that_is_told_something(rig: Rig) -> None:
    """Even a command that was given must not reach it."""
    rig.go_on(5)
    rig.chronicle.begin(f"{ORDER}stop", Part.BODY, rig.time)
    rig.set(stranger_told=1)
    rig.go_on(5)
    assert len(rig.findings.of(Count.STRAY)) == 1


def test_plug_that_is_switched_unasked(rig: Rig) -> None:
    """The plug of another miner was meant."""
    rig.go_on(5)
    rig.set(plug_on=False)
    rig.go_on(2)
    assert len(rig.findings.of(Count.STRAY)) == 1


def test_command_that_was_given(rig: Rig) -> None:
    """It may reach its own miner."""
    rig.go_on(5)
    rig.chronicle.begin(f"{ORDER}stop", Part.BODY, rig.time)
    rig.set(told=1)
    rig.go_on(5)
    assert rig.counts() == {}


def test_miner_is_told_to_mine_again_that_was_stopped_for_a_cut(rig: Rig) -> None:
    """Power on undoes what power off did: once, and only after a cut by an order."""
    rig.go_on(5)
    order = rig.chronicle.begin(f"{ORDER}power off", Part.BODY, rig.time)
    rig.go_on(2)
    rig.set(told=1, plug_on=False)
    rig.go_on(2)
    order.end = rig.time
    rig.go_on(100)
    order = rig.chronicle.begin(f"{ORDER}power on", Part.BODY, rig.time)
    rig.set(plug_on=True)
    rig.go_on(1)
    order.end = rig.time
    rig.go_on(40)
    rig.set(told=2)
    rig.go_on(5)
    assert rig.findings.of(Count.STRAY) == []
    rig.set(told=3)
    rig.go_on(5)
    assert len(rig.findings.of(Count.STRAY)) == 1


@pytest.mark.parametrize(("given_back", "found"), [(True, 0), (False, 1)])
def test_miner_whose_cut_was_broken_off(
    rig: Rig, found: int, *, given_back: bool
) -> None:
    """Only power on undoes a stop that Home Assistant gave before it ended."""
    rig.go_on(5)
    order = rig.chronicle.begin(f"{ORDER}power off", Part.BODY, rig.time)
    rig.go_on(2)
    rig.set(told=1)
    rig.go_on(2)
    order.end = rig.time
    rig.go_on(100)
    if given_back:
        order = rig.chronicle.begin(f"{ORDER}power on", Part.BODY, rig.time)
        rig.go_on(1)
        order.end = rig.time
    rig.go_on(40)
    rig.set(told=2)
    rig.go_on(5)
    assert len(rig.findings.of(Count.STRAY)) == found


def outcome(*, done: bool, wished: bool, before: bool = False) -> Outcome:
    """Return what came of a command to stop."""
    return Outcome("stop", 100.0, 110.0, done, wished, before, "no effect")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (outcome(done=True, wished=True), {}),
        (outcome(done=True, wished=False), {Count.NOT_DONE: 1}),
        (outcome(done=False, wished=True), {Count.DONE: 1}),
        (outcome(done=False, wished=True, before=True), {}),
        (outcome(done=False, wished=False), {}),
    ],
)
def test_outcome(rig: Rig, told: Outcome, found: dict[Count, int]) -> None:
    """What is reported of a command has to be true."""
    judge_outcome(rig.findings, rig.chronicle, told)
    assert rig.counts() == found


@pytest.mark.parametrize(
    ("parts", "found"), [(Part.LIBRARY, {Count.REFUSED: 1}), (Part.API, {})]
)
def test_command_while_a_library_is_broken(
    rig: Rig, parts: Part, found: dict[Count, int]
) -> None:
    """The other one has to carry it out, where there is another one."""
    rig.chronicle.begin(BROKEN, parts, 50.0)
    judge_outcome(rig.findings, rig.chronicle, outcome(done=False, wished=False))
    assert rig.counts() == found


def test_outcome_that_nobody_could_prove(rig: Rig) -> None:
    """A device that does not answer cannot show what it did."""
    rig.chronicle.begin("hang", Part.API, 105.0)
    told = outcome(done=False, wished=True)
    judge_outcome(rig.findings, rig.chronicle, told)
    assert rig.counts() == {}
    judge_outcome(rig.findings, rig.chronicle, outcome(done=True, wished=False))
    assert rig.counts() == {Count.NOT_DONE: 1}


def test_outcome_that_somebody_else_spoiled(rig: Rig) -> None:
    """Who presses the button meanwhile hides what the command did."""
    rig.chronicle.begin("reboot", Part.BODY, 105.0)
    judge_outcome(rig.findings, rig.chronicle, outcome(done=True, wished=False))
    assert rig.counts() == {}


@pytest.mark.parametrize(("ended", "found"), [(98.0, 0), (90.0, 1)])
def test_outcome_just_after_somebody_else_did_the_same(
    rig: Rig, ended: float, found: int
) -> None:
    """What is not shown yet cannot be undone."""
    rig.chronicle.begin("plug switched", Part.BODY, 80.0).end = ended
    judge_outcome(rig.findings, rig.chronicle, outcome(done=True, wished=False))
    assert rig.counts().get(Count.NOT_DONE, 0) == found


LINKED: Bindings = {
    "power_monitoring": {"plug": (80, True), "network": (40, True)},
    "hashrate_monitoring": {"network": (50, True)},
}


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        (LINKED, 0),
        ({}, 2),
        ({**LINKED, "hashrate_monitoring": {}}, 1),
        ({**LINKED, "hashrate_monitoring": {"network": (50, False)}}, 1),
        ({**LINKED, "hashrate_monitoring": {"network": (51, True)}}, 1),
        ({**LINKED, "hashrate_monitoring": {"standby": (45, True)}}, 1),
        ({**LINKED, "locate_control": {"network": (50, True)}}, 1),
    ],
)
def test_bindings(found: Bindings, lost: int) -> None:
    """Each binding is there again, as it was."""
    findings = Findings()
    judge_bindings(findings, NAME, LINKED, found, 0.0)
    assert len(findings.of(Count.BINDINGS)) == lost


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        ({**LINKED, "hashrate_monitoring": {}}, 0),
        ({"power_monitoring": {"plug": (80, True)}}, 0),
        ({**LINKED, "hashrate_monitoring": {"network": (51, True)}}, 1),
        ({**LINKED, "power_monitoring": {"network": (40, True)}}, 1),
    ],
)
def test_bindings_of_who_was_linked_again(found: Bindings, lost: int) -> None:
    """It may tell less than before until it mines, and costs nobody else anything."""
    findings = Findings()
    judge_bindings(findings, NAME, LINKED, found, 0.0, lacking="network")
    assert len(findings.of(Count.BINDINGS)) == lost


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        (
            {**LINKED, "hashrate_monitoring": {"network": (50, True), "s": (45, True)}},
            0,
        ),
        ({**LINKED, "locate_control": {"s": (45, True)}}, 0),
        ({**LINKED, "hashrate_monitoring": {"s": (45, True)}}, 1),
        ({**LINKED, "hashrate_monitoring": {"network": (51, True)}}, 1),
        ({}, 2),
    ],
)
def test_bindings_of_a_miner_that_was_linked_while_stopped(
    found: Bindings, lost: int
) -> None:
    """What it turns out to tell is added, and nothing is lost."""
    findings = Findings()
    judge_bindings(findings, NAME, LINKED, found, 0.0, may_grow=True)
    assert len(findings.of(Count.BINDINGS)) == lost


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        ({"power": "plug", "rate": "network", "locate": None}, 0),
        ({"power": "plug", "rate": "network", "locate": "network"}, 0),
        ({"power": "network", "rate": None}, 2),
        ({"power": "plug"}, 1),
    ],
)
def test_providers(found: Providers, lost: int) -> None:
    """In the end, each feature is served by whom it was in the beginning."""
    findings = Findings()
    first = {"power": "plug", "rate": "network", "locate": None}
    judge_providers(findings, NAME, first, found, 0.0)
    assert len(findings.of(Count.UNSERVED)) == lost
