"""Whatever happens, and in whichever order, some things never do.

`SCHEDULES=10000 scripts/test tests/domain/budget/test_schedules.py` tries as many.
"""

from dataclasses import replace
import os
from typing import Any, Final

from hypothesis import HealthCheck, example, given, settings, strategies as st

from custom_components.miner_control.domain.budget import (
    Circuit,
    Condition,
    Hold,
    Member,
    Memory,
    ReasonKey,
    Settings,
    Source,
    SourceKind,
    allocate,
)

from .house import AT_ONCE, NOW
from .world import Device, World

SCHEDULES: Final = int(os.environ.get("SCHEDULES", "400"))
_many = settings(
    max_examples=SCHEDULES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

CIRCUITS: Final = ("root", "left", "right")
NAMES: Final = ("a", "b", "c", "d", "e")
watts = st.integers(0, 40).map(lambda n: n * 100.0)


@st.composite
def members(draw: st.DrawFn, *, timers: bool = True) -> list[Member]:
    """Draw some members of different kinds."""
    return [
        draw(_member(name, timers=timers))
        for name in NAMES[: draw(st.integers(1, len(NAMES)))]
    ]


@st.composite
def _member(draw: st.DrawFn, name: str, *, timers: bool) -> Member:
    """Draw a member."""
    floor = draw(st.sampled_from((100.0, 500.0, 900.0, 1300.0)))
    ceiling = floor + draw(st.sampled_from((0.0, 300.0, 1000.0)))
    step = (ceiling - floor) / 3
    steps = (floor, floor + step, floor + 2 * step, ceiling)
    details: dict[str, Any] = {}
    if timers:
        details = {
            "min_on": draw(st.sampled_from((0.0, 40.0, 120.0))),
            "min_off": draw(st.sampled_from((0.0, 30.0, 90.0))),
            "settle": draw(st.sampled_from((0.0, 25.0, 60.0))),
            "step": draw(st.sampled_from((0.0, 50.0))),
            "may_stop": draw(st.integers(0, 5)) > 0,
            "restarts": draw(st.integers(0, 3)) == 0,
        }
    return Member(
        id=name,
        priority=draw(st.integers(1, 5)),
        floor=floor,
        ceiling=ceiling,
        steps=steps if ceiling > floor and draw(st.booleans()) else (),
        reserve=draw(st.sampled_from((0.0, 0.0, 150.0))),
        circuit=draw(st.sampled_from((None, *CIRCUITS))),
        **details,
    )


@st.composite
def circuits(draw: st.DrawFn) -> list[Circuit]:
    """Draw a tree of circuits."""
    return [
        Circuit(
            id=name,
            parent=None if name == "root" else "root",
            limit=draw(watts),
            margin=draw(st.sampled_from((0.0, 0.1))),
        )
        for name in CIRCUITS
    ]


_names = st.sampled_from(NAMES)
_circuits = st.sampled_from(CIRCUITS)
_states = st.sampled_from(("fresh", "stale", "silent"))
_kinds = st.sampled_from((SourceKind.BUDGET, SourceKind.SURPLUS))
events = st.one_of(
    st.tuples(st.just("source"), _kinds, st.integers(-30, 60)),
    st.tuples(st.just("news"), st.booleans(), st.booleans()),
    st.tuples(st.just("limit"), _circuits, watts),
    st.tuples(st.just("other"), _circuits, watts),
    st.tuples(st.just("meter"), _circuits, _states),
    st.tuples(st.just("refuses"), _names, st.booleans()),
    st.tuples(st.just("is_gone"), _names, st.booleans()),
    st.tuples(st.just("is_measured"), _names, st.booleans()),
    st.tuples(st.just("greed"), _names, st.sampled_from((0.9, 1.0, 1.2))),
    st.tuples(st.just("hold"), _names, st.sampled_from((None, 0.0, 700.0, 2000.0))),
    st.tuples(st.just("clock"), st.integers(-100_000, 300), st.none()),
    st.tuples(st.just("restart"), st.none(), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 12), st.none()),
)


def happen(world: World, what: str, first: Any, second: Any) -> None:
    """Let something happen in the world."""
    match what:
        case "source":
            told = second * 100.0
            is_surplus = first is SourceKind.SURPLUS
            world.sources = [
                Source(kind=first, watts=told if is_surplus else abs(told))
            ]
        case "news":
            silent = not first and second
            world.sources = [
                replace(source, fresh=first, silent=silent) for source in world.sources
            ]
        case "clock":
            world.pass_time(float(first))
        case "restart":
            world.restart()
        case "wait":
            for _ in range(first):
                world.pass_time(10.0)
                world.tick()
        case _ if first in world.circuits:
            _load(world, what, first, second)
        case _ if first in world.devices:
            _befall(world, world.devices[first], what, second)
        case _:
            """It would happen to a miner that is not there."""


def _load(world: World, what: str, circuit_id: str, value: Any) -> None:
    """Let something happen on a circuit."""
    if what == "limit":
        world.circuits[circuit_id] = replace(world.circuits[circuit_id], limit=value)
    elif what == "other":
        world.others[circuit_id] = value
        world.meters.setdefault(circuit_id, "fresh")
    else:
        world.meters[circuit_id] = value


def _befall(world: World, device: Device, what: str, value: Any) -> None:
    """Let something happen to a miner."""
    if what == "hold":
        held = Hold(until=world.now + 60, mining=bool(value), watts=value)
        device.held = None if value is None else held
    else:
        setattr(device, what, value)


_known = st.sampled_from(
    (
        "ticked_at",
        "latched_at",
        "quick",
        "others",
        "tracks",
        "a",
        "starts",
        "asked",
        "started_at",
    )
)
_anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(_known | st.text(), inner),
)


@given(
    members(),
    circuits(),
    st.lists(events, min_size=3, max_size=25),
    st.sampled_from((0.0, 30.0)),
    st.sampled_from((1, 2, 6)),
)
@_many
def test_schedules_with_faults(
    fleet: list[Member],
    tree: list[Circuit],
    schedule: list[tuple[str, Any, Any]],
    delay: float,
    most_starts: int,
) -> None:
    """Limits hold for what may be drawn, and nothing is switched too often."""
    world = World(
        {member.id: Device(member) for member in fleet},
        {circuit.id: circuit for circuit in tree},
        Settings(start_after=delay, stop_after=delay, most_starts=most_starts),
        NOW,
        [Source(kind=SourceKind.BUDGET, watts=4000.0)],
    )
    for what, first, second in schedule:
        happen(world, what, first, second)
        world.pass_time(10.0)
        world.tick()


@given(
    members(timers=False),
    circuits(),
    watts,
    st.sampled_from(NAMES),
    st.integers(1, 100),
    st.lists(st.sampled_from((0.0, 0.5, 1.0)), min_size=5, max_size=5),
)
@_many
def test_higher_priority_never_lowers_a_share(
    fleet: list[Member],
    tree: list[Circuit],
    budget: float,
    name: str,
    rise: int,
    runs: list[float],
) -> None:
    """Without timers, a member gets at least as much with a higher priority."""
    conditions = {}
    for member, share in zip(fleet, runs, strict=False):
        target = member.floor + share * (member.ceiling - member.floor)
        told = target if share else None
        conditions[member.id] = Condition(
            power=told or 0.0, target=told, mining=bool(share)
        )

    def share_of(members_: list[Member]) -> float:
        source = Source(kind=SourceKind.BUDGET, watts=budget)
        decided = allocate(members_, conditions, tree, [source], Memory(), NOW, AT_ONCE)
        return decided.shares[name].watts if name in decided.shares else 0.0

    raised = [
        replace(member, priority=member.priority + rise)
        if member.id == name
        else member
        for member in fleet
    ]
    assert share_of(raised) >= share_of(fleet) - 1e-6


@given(members(), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=max(50, SCHEDULES // 10), deadline=None)
@example([Member(id="a", floor=500.0, ceiling=900.0, min_on=1000.0)], 3, 0)
def test_latch_and_timers_survive_a_restart(
    fleet: list[Member], before: int, after: int
) -> None:
    """A fleet that restarts at any moment goes on as one that does not."""

    def live(*, restarts: bool) -> list[Any]:
        world = World(
            {member.id: Device(member) for member in fleet},
            {name: Circuit(id=name, limit=1e6) for name in CIRCUITS},
            Settings(),
            NOW,
            [Source(kind=SourceKind.SURPLUS, watts=3000.0)],
        )
        told = []
        for tick in range(before + after):
            if tick == before:
                world.memory = world.memory.latch(world.now)
            if restarts:
                world.restart()
            world.pass_time(10.0)
            if tick < before:
                told.append(world.tick().shares)
        return [*told, world.memory.latched_at is not None]

    assert live(restarts=True) == live(restarts=False)


@given(_anything)
@settings(max_examples=200, deadline=None)
def test_any_storage_is_read(stored: Any) -> None:
    """Whatever was stored, a fleet goes on."""
    memory = Memory.from_dict(stored)
    member = Member(id="a", floor=500.0, ceiling=900.0, min_on=60.0, min_off=60.0)
    decided = allocate([member], {"a": Condition()}, (), (), memory, NOW)
    assert decided.decision.key in (ReasonKey.UNLIMITED, ReasonKey.EMERGENCY)
    assert Memory.from_dict(decided.memory.to_dict()) == decided.memory
