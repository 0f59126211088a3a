"""What a tick of a fleet costs: who gets how much, and why."""

from dataclasses import replace
from time import process_time

from custom_components.miner_control.domain.budget import (
    Action,
    Circuit,
    Condition,
    Member,
    Memory,
    Source,
    SourceKind,
    allocate,
)

from .figures import Figure

# Members on one circuit.
CROWDING = 10
_TICK = 10.0
_BEGIN = 1_750_000_000.0


def measure_allocation(members: int, rounds: int, repeats: int) -> Figure:
    """Return the milliseconds of processor time of one tick."""
    return Figure.of(_milliseconds(members, repeats) for _ in range(rounds))


def _milliseconds(count: int, repeats: int) -> float:
    """Return how long a tick takes while a fleet runs and follows the sun."""
    members = [_member(index) for index in range(count)]
    circuits = _circuits(count)
    conditions = {
        member.id: Condition(power=800.0, target=800.0, mining=True)
        for member in members
    }
    memory, spent = Memory(), 0.0
    for tick in range(repeats):
        drawn = sum(condition.power or 0.0 for condition in conditions.values())
        sun = count * 700.0 * (1.0 + tick % 40 / 40)
        sources = [
            Source(kind=SourceKind.SURPLUS, watts=sun - drawn),
            Source(kind=SourceKind.BUDGET, watts=count * 1100.0),
        ]
        now = _BEGIN + tick * _TICK
        begin = process_time()
        decided = allocate(members, conditions, circuits, sources, memory, now)
        spent += process_time() - begin
        memory = decided.memory
        for name, share in decided.shares.items():
            if share.action is not Action.KEEP:
                conditions[name] = replace(
                    conditions[name],
                    power=share.watts,
                    target=share.watts,
                    mining=share.watts > 0,
                )
    return spent / repeats * 1e3


def _member(index: int) -> Member:
    """Return one of several kinds of miners."""
    steps = (800.0, 1000.0, 1200.0, 1500.0) if index % 3 == 0 else ()
    return Member(
        id=f"miner-{index}",
        priority=1 + index * 7 % 100,
        floor=800.0,
        ceiling=1500.0,
        steps=steps,
        step=50.0,
        min_on=600.0,
        min_off=300.0,
        reserve=100.0,
        settle=60.0,
        restarts=index % 6 == 0,
        circuit=f"circuit-{index // CROWDING}",
    )


def _circuits(count: int) -> list[Circuit]:
    """Return circuits with meters behind a main one."""
    main = Circuit(id="main", limit=count * 1300.0, margin=0.05)
    return [
        main,
        *(
            Circuit(id=f"circuit-{n}", parent="main", limit=14_000, measured=5000.0)
            for n in range(count // CROWDING)
        ),
    ]
