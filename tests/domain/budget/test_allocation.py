"""Who gets how much, and why."""

from dataclasses import replace
import json

import pytest

from custom_components.miner_control.domain.budget import (
    Action,
    Cap,
    Circuit,
    Condition,
    Hold,
    LettingGo,
    Memory,
    ReasonKey,
    Settings,
    Source,
    SourceKind,
    let_go,
)

from .house import (
    AT_ONCE,
    NOW,
    TICK,
    House,
    actions_of,
    budget,
    keys_of,
    miner,
    running,
    surplus,
    watts_of,
)


def test_floors_first_then_fills_up() -> None:
    """Each gets its floor in order of priority before anybody gets more."""
    members = [miner("low", priority=1), miner("high", priority=99), miner("mid")]
    decided = House(members).tick(budget(1800))
    assert watts_of(decided) == {"low": 500, "mid": 500, "high": 800}
    assert list(decided.shares) == ["high", "mid", "low"]
    assert keys_of(decided) == {"low": "floor", "mid": "floor", "high": "share"}
    assert decided.decision.key is ReasonKey.WITHIN_BUDGET
    assert (decided.available, decided.allocated) == (1800, 1800)


def test_too_little_for_all() -> None:
    """Who comes last gets nothing, and is told how much would be needed."""
    members = [miner("a", priority=99), miner("b", floor=900), miner("c", floor=300)]
    decided = House(members).tick(budget(1000))
    assert watts_of(decided) == {"a": 700, "b": 0, "c": 300}
    reason = decided.shares["b"].reason
    assert reason.key is ReasonKey.TOO_LITTLE
    assert reason.numbers == {"floor": 900, "available": 500}


def test_steps() -> None:
    """A member with steps gets the highest that fits, and others get the rest."""
    members = [
        miner("a", priority=99, steps=(500.0, 800.0, 1200.0, 1500.0)),
        miner("b"),
    ]
    decided = House(members).tick(budget(1600))
    assert watts_of(decided) == {"a": 800, "b": 800}


def test_no_limit() -> None:
    """Without any source, all get what they can use."""
    decided = House([miner("a"), miner("b")]).tick()
    assert watts_of(decided) == {"a": 1500, "b": 1500}
    assert decided.decision.key is ReasonKey.UNLIMITED


def test_no_members() -> None:
    """A fleet without miners says so."""
    assert House([]).tick(budget(100)).decision.key is ReasonKey.NO_MEMBERS


def test_one_start_per_interval() -> None:
    """The second waits until the first may have settled, and says until when."""
    house = House([miner("a", priority=99), miner("b")], settings=Settings())
    decided = house.tick(budget(5000))
    assert actions_of(decided) == [Action.START, Action.KEEP]
    reason = decided.shares["b"].reason
    assert (reason.key, reason.until) == (ReasonKey.STAGGER, house.now + 30)
    assert actions_of(house.ticks(3, budget(5000))) == [Action.KEEP, Action.START]


def test_lowest_source_counts() -> None:
    """Sources are combined by their minimum; a closed condition stops all."""
    house = House([miner("a")])
    assert house.tick(budget(2000), surplus(900)).allocated == 900
    closed = Source(kind=SourceKind.TARIFF, watts=0.0, until=NOW + 3600)
    decided = house.tick(budget(2000), closed)
    assert decided.shares["a"].action is Action.STOP
    assert decided.shares["a"].reason.key is ReasonKey.TARIFF
    assert decided.shares["a"].reason.until == NOW + 3600
    assert decided.decision.key is ReasonKey.TARIFF_CLOSED


def test_surplus_includes_what_the_fleet_draws() -> None:
    """With nothing flowing either way, the fleet draws just the surplus."""
    house = House([miner("a")], conditions={"a": running(900)})
    decided = house.tick(surplus(0))
    assert decided.shares["a"].action is Action.KEEP
    assert house.tick(surplus(200)).allocated == 1100
    assert house.tick(surplus(-300)).allocated == 800


def test_surplus_has_to_last() -> None:
    """It starts after the surplus lasted, and stops after the lack has lasted."""
    settings = replace(AT_ONCE, start_after=120, stop_after=180)
    house = House([miner("a")], settings=settings)
    decided = house.tick(surplus(600))
    begin = house.now
    reason = decided.shares["a"].reason
    assert (reason.key, reason.until) == (ReasonKey.START_DELAY, begin + 120)
    house.tick(surplus(400))
    house.ticks(12, surplus(600))
    assert actions_of(house.tick(surplus(600))) == [Action.START]
    decided = house.tick(surplus(-200))
    reason = decided.shares["a"].reason
    assert (reason.key, reason.until) == (ReasonKey.STOP_DELAY, house.now + 180)
    assert actions_of(house.ticks(17, surplus(-200))) == [Action.KEEP]
    assert actions_of(house.tick(surplus(-200))) == [Action.STOP]


def test_circuit_holds_with_margin_and_other_loads() -> None:
    """What else is on the circuit counts, and so does its margin."""
    circuit = Circuit(id="c", limit=2000, margin=0.1, measured=700)
    house = House([miner("a", circuit="c")], [circuit])
    assert house.tick().allocated == 1100


def test_circuits_are_a_tree() -> None:
    """What feeds a circuit holds for all that is behind it."""
    circuits = [
        Circuit(id="root", limit=1500),
        Circuit(id="left", parent="root", limit=900),
        Circuit(id="right", parent="root", limit=900),
    ]
    members = [miner("a", priority=99, circuit="left"), miner("b", circuit="right")]
    decided = House(members, circuits).tick()
    assert watts_of(decided) == {"a": 900, "b": 600}


def test_circuits_that_feed_each_other() -> None:
    """A circle of circuits is dealt with as far as it can be: each limit holds."""
    circuits = [
        Circuit(id="a", parent="b", limit=900),
        Circuit(id="b", parent="a", limit=700),
    ]
    assert House([miner("m", circuit="a")], circuits).tick().allocated == 700


def test_lower_limit_stands_above_the_shortest_time() -> None:
    """A circuit's limit stops a member that has just started."""
    members = [
        miner("a", priority=99, min_on=600, circuit="c"),
        miner("b", min_on=600, circuit="c"),
    ]
    house = House(members, [Circuit(id="c", limit=2000)])
    house.tick()
    house.circuits = [Circuit(id="c", limit=800)]
    decided = house.tick()
    assert watts_of(decided) == {"a": 800, "b": 0}
    assert decided.over_limit == ("c",)
    assert decided.decision.key is ReasonKey.OVER_LIMIT
    assert decided.shares["b"].reason.key is ReasonKey.CIRCUIT_LIMIT
    assert house.tick().over_limit == ()


def test_obstinate_member_costs_others_their_share() -> None:
    """Who draws more than it was told counts with what it draws."""
    members = [miner("a", priority=99, circuit="c"), miner("b", circuit="c")]
    house = House(members, [Circuit(id="c", limit=2000)])
    house.tick()
    house.circuits = [Circuit(id="c", limit=1200)]
    assert watts_of(house.tick(obey=False)) == {"a": 700, "b": 500}
    decided = house.tick(obey=False)
    assert decided.shares["a"].action is Action.STOP
    house.obey("a", 0)
    assert house.tick().shares["b"].watts > 0


def test_unavailable_member_counts_with_what_it_may_draw() -> None:
    """Nobody knows whether a miner that vanished still draws its power."""
    gone = Condition(available=False, target=1200, mining=True)
    members = [miner("a", priority=99), miner("b")]
    house = House(members, conditions={"a": gone})
    decided = house.tick(budget(2000))
    assert watts_of(decided) == {"a": 1200, "b": 800}
    assert decided.shares["a"].reason.key is ReasonKey.UNAVAILABLE
    assert decided.shares["a"].action is Action.KEEP


@pytest.mark.parametrize(("before", "after"), [(900, 900), (0, 0)])
def test_member_that_vanishes(before: float, after: float) -> None:
    """It counts with what it was told last, which is nothing if it was stopped."""
    house = House([miner("a"), miner("b", priority=1)])
    house.tick(budget(before))
    house.tick(budget(before))
    house.conditions["a"] = Condition(available=False)
    decided = house.tick(budget(1500))
    assert decided.shares["a"].watts == after
    assert decided.shares["b"].watts == 1500 - after


def test_member_that_vanishes_before_it_obeyed() -> None:
    """Whether it took the order nobody knows, so the worse counts."""
    house = House([miner("a"), miner("b", priority=1)])
    house.tick(budget(900), obey=False)
    house.conditions["a"] = Condition(available=False)
    assert house.tick(budget(1500)).shares["a"].watts == 900
    house = House([miner("a"), miner("b", priority=1)])
    house.ticks(2, budget(900))
    house.tick(budget(0), obey=False)
    house.conditions["a"] = Condition(available=False, target=900)
    assert house.tick(budget(1500)).shares["a"].watts == 900


def test_shortest_times() -> None:
    """It runs and rests for its shortest times, and says until when."""
    house = House([miner("a", min_on=60, min_off=40)])
    house.tick(budget(1000))
    decided = house.tick(budget(0))
    assert decided.shares["a"].watts == 500
    assert decided.shares["a"].reason.key is ReasonKey.MIN_ON
    until = decided.shares["a"].reason.until
    while house.now + TICK < (until or 0):
        assert house.tick(budget(0)).shares["a"].action is Action.KEEP
    assert house.tick(budget(0)).shares["a"].action is Action.STOP
    decided = house.tick(budget(1000))
    assert decided.shares["a"].reason.key is ReasonKey.MIN_OFF
    until = decided.shares["a"].reason.until
    while house.now + TICK < (until or 0):
        assert house.tick(budget(1000)).shares["a"].action is Action.KEEP
    assert house.tick(budget(1000)).shares["a"].action is Action.START


def test_stale_meter_raises_nothing_and_silent_meter_sheds() -> None:
    """Without news nothing rises; after long silence all go to their floor."""
    house = House([miner("a", priority=99), miner("b")], conditions={"a": running(900)})
    decided = house.tick(surplus(None, fresh=False))
    assert watts_of(decided) == {"a": 900, "b": 0}
    assert keys_of(decided) == {"a": "stale", "b": "stale"}
    decided = house.tick(surplus(None, fresh=False, silent=True))
    assert watts_of(decided) == {"a": 500, "b": 0}
    assert decided.decision.key is ReasonKey.SHEDS


def test_stale_circuit_raises_nothing_behind_it() -> None:
    """Only the members on the circuit wait for its meter."""
    circuit = Circuit(id="c", limit=5000, measured=1000, fresh=False)
    members = [miner("a", circuit="c"), miner("b")]
    conditions = {"a": running(900), "b": running(900)}
    house = House(members, [circuit], conditions=conditions)
    assert watts_of(house.tick(budget(2500))) == {"a": 900, "b": 1500}
    house.circuits = [Circuit(id="c", limit=5000, fresh=False, silent=True)]
    assert watts_of(house.tick(budget(2500))) == {"a": 500, "b": 1500}


def test_held_member() -> None:
    """What a person told counts for its time, but not above the circuit's limit."""
    hold = Hold(until=NOW + 25, watts=1400)
    house = House(
        [miner("a", circuit="c"), miner("b", priority=99)],
        [Circuit(id="c", limit=1000)],
        conditions={"a": running(600, held=hold), "b": running(500)},
    )
    decided = house.tick(budget(1600))
    assert watts_of(decided) == {"a": 1000, "b": 600}
    assert decided.shares["a"].reason.key is ReasonKey.CIRCUIT_LIMIT
    house.circuits = [Circuit(id="c", limit=2000)]
    decided = house.tick(budget(1600))
    assert watts_of(decided) == {"a": 1400, "b": 0}
    assert decided.shares["a"].reason.key is ReasonKey.HELD
    house.tick(budget(1600))
    assert watts_of(house.tick(budget(1600))) == {"a": 500, "b": 1100}


def test_held_member_beyond_what_the_fleet_gives() -> None:
    """A person may go beyond the ceiling in the fleet, but not beyond a cap."""
    hold = Hold(until=NOW + 100, watts=2000)
    house = House([miner("a")], conditions={"a": running(1500, held=hold)})
    assert house.tick(budget(1000)).shares["a"].watts == 2000
    cap = Cap(watts=700, cause="chip_temperature")
    house.conditions["a"] = running(2000, held=hold, capped=cap)
    assert house.tick(budget(1000)).shares["a"].watts == 700


def test_capped_member() -> None:
    """A cap lowers a miner, or stops it if it cannot go so low."""
    house = House([miner("a")], conditions={"a": running(1500)})
    cap = Cap(watts=700, cause="chip_temperature")
    house.conditions["a"] = running(1500, capped=cap)
    assert house.tick(budget(5000)).shares["a"].watts == 700
    cap = Cap(watts=0, cause="fan")
    house.conditions["a"] = running(700, capped=cap)
    decided = house.tick(budget(5000))
    assert decided.shares["a"].action is Action.STOP
    assert decided.shares["a"].reason.numbers["cause"] == "fan"


def test_member_that_may_not_be_stopped() -> None:
    """It stays on its floor, whatever is left, and says so."""
    house = House([miner("a", may_stop=False)], conditions={"a": running(900)})
    decided = house.tick(budget(100))
    assert decided.shares["a"].watts == 500
    assert decided.shares["a"].reason.key is ReasonKey.NOT_STOPPABLE


def test_small_changes_are_not_worth_it() -> None:
    """A surplus that is a little lower or higher changes nothing."""
    house = House([miner("a", step=100)], conditions={"a": running(900)})
    for watts in (90, -90):
        decided = house.tick(surplus(watts))
        assert decided.shares["a"].watts == 900
        assert decided.shares["a"].reason.key is ReasonKey.SMALL_STEP
    assert house.tick(surplus(-100)).shares["a"].watts == 800


@pytest.mark.parametrize(
    ("drawn", "exported", "share"),
    [
        # A hair more, as any meter shows it.
        (1000.1, 0, 1000),
        (1000.1, -100, 900),
        (1000.1, 200, 1200),
        # What a supply loses is lost of the next share, too.
        (1100, 0, 1000),
        (1100, -110, 900),
        (1100, 220, 1200),
        (1100, -600, 500),
    ],
)
def test_who_draws_more_than_told_is_changed_by_what_is_left(
    drawn: float, exported: float, share: float
) -> None:
    """It is neither lowered to its floor nor kept from being raised."""
    members = [miner("a", priority=99), miner("b", floor=100, ceiling=100)]
    house = House(members, conditions={"a": running(1000), "b": running(100)})
    house.ticks(5, surplus(0))
    house.conditions["a"] = running(1000, power=drawn)
    decided = house.tick(surplus(exported))
    assert decided.shares["a"].watts == pytest.approx(share, abs=1)


def test_nothing_changes_before_it_has_settled() -> None:
    """A new step waits for the last one."""
    house = House([miner("a", settle=60)], conditions={"a": running(900)})
    assert house.tick(surplus(200)).shares["a"].watts == 1100
    decided = house.tick(surplus(-300))
    assert decided.shares["a"].watts == 1100
    assert house.ticks(5, surplus(-300)).shares["a"].watts == 800


def test_nothing_changes_while_it_starts() -> None:
    """A miner that boots is left alone until it hashes, for as long as that takes."""
    starting = running(500, starting=True)
    house = House([miner("a", settle=60)], conditions={"a": starting})
    decided = house.ticks(20, budget(1500))
    assert decided.shares["a"].watts == 500
    reason = decided.shares["a"].reason
    assert (reason.key, reason.until) == (ReasonKey.SETTLING, None)
    house.conditions["a"] = running(500)
    assert house.tick(budget(1500)).shares["a"].watts == 1500


def test_step_that_restarts_has_to_last() -> None:
    """A miner that restarts with each step is raised late, and stopped for a lack."""
    steps = (500.0, 1000.0, 1500.0)
    member = miner("a", restarts=True, steps=steps, step=500)
    settings = replace(AT_ONCE, start_after=60, stop_after=60)
    house = House([member], conditions={"a": running(1000)}, settings=settings)
    decided = house.tick(surplus(600))
    reason = decided.shares["a"].reason
    assert (reason.key, reason.until) == (ReasonKey.RISE_DELAY, house.now + 60)
    house.tick(surplus(-100))
    assert house.ticks(6, surplus(600)).shares["a"].action is Action.KEEP
    assert house.tick(surplus(600)).shares["a"].action is Action.RAISE
    assert house.ticks(7, surplus(-400)).shares["a"].action is Action.KEEP
    assert house.ticks(3, surplus(-600)).shares["a"].action is Action.KEEP
    assert house.tick(surplus(-600)).shares["a"].action is Action.STOP


def test_step_that_restarts_a_miner_that_may_not_be_stopped() -> None:
    """It is lowered when that has been necessary for long."""
    steps = (500.0, 1000.0, 1500.0)
    member = miner("a", restarts=True, steps=steps, step=500, may_stop=False)
    settings = replace(AT_ONCE, stop_after=60)
    house = House([member], conditions={"a": running(1500)}, settings=settings)
    assert house.ticks(6, surplus(-100)).shares["a"].action is Action.KEEP
    assert house.tick(surplus(-100)).shares["a"].watts == 1000


def test_half_of_the_starts_are_spared() -> None:
    """On a surplus a miner that restarts with each step has few starts for steps."""
    steps = (500.0, 700.0, 900.0, 1100.0, 1300.0)
    member = miner("a", restarts=True, steps=steps, step=200)
    settings = replace(AT_ONCE, most_starts=4)
    house = House([member], settings=settings)
    for watts in (600, 200, 200, 200):
        decided = house.tick(surplus(watts))
    assert decided.shares["a"].watts == 700
    assert decided.shares["a"].reason.key is ReasonKey.STARTS_SPARED
    assert house.tick(budget(900)).shares["a"].watts == 900


def test_a_step_that_was_spared_has_to_last_anew() -> None:
    """On the next day it is not made at once because it was possible before."""
    member = miner("a", restarts=True, steps=(500.0, 900.0), step=200)
    settings = replace(AT_ONCE, start_after=20, most_starts=2)
    conditions = {"a": running(500)}
    house = House([member], conditions=conditions, settings=settings)
    assert keys_of(house.tick(surplus(500))) == {"a": ReasonKey.RISE_DELAY}
    house.settings = replace(settings, most_starts=1)
    assert keys_of(house.ticks(9, surplus(500))) == {"a": ReasonKey.STARTS_SPARED}
    house.settings = settings
    assert keys_of(house.tick(surplus(500))) == {"a": ReasonKey.RISE_DELAY}


@pytest.mark.parametrize("mining", [True, False])
def test_what_lasted_before_a_person_told_something_is_over(*, mining: bool) -> None:
    """It has to last anew, be it too much or too little."""
    settings = replace(AT_ONCE, start_after=60, stop_after=60)
    condition = running(500) if mining else Condition(power=0.0)
    house = House([miner("a")], conditions={"a": condition}, settings=settings)
    source = surplus(-200 if mining else 800)
    waits = {"a": ReasonKey.STOP_DELAY if mining else ReasonKey.START_DELAY}
    assert keys_of(house.ticks(2, source)) == waits
    held = Hold(until=house.now + 600, mining=mining)
    house.conditions["a"] = replace(house.conditions["a"], held=held)
    house.ticks(20, source)
    house.conditions["a"] = replace(house.conditions["a"], held=None)
    assert keys_of(house.tick(source)) == waits


def test_the_more_is_lacking_the_sooner_it_stops() -> None:
    """What is bought in all is much the same, be it little for long or much at once."""
    settings = replace(AT_ONCE, stop_after=80, small_lack=100)
    for lack, ticks in ((50, 8), (100, 8), (200, 4), (400, 2)):
        house = House([miner("a")], conditions={"a": running(500)}, settings=settings)
        assert house.ticks(ticks, surplus(-lack)).shares["a"].action is Action.KEEP
        assert house.tick(surplus(-lack)).shares["a"].action is Action.STOP


def test_few_stop_where_equals_run() -> None:
    """Who draws most stops first, so that the others can go on."""
    members = [miner("a", floor=1400), miner("b"), miner("c", floor=600)]
    house = House(members, conditions={m.id: running(m.floor) for m in members})
    decided = house.tick(surplus(-1000))
    assert watts_of(decided) == {"a": 0, "b": 900, "c": 600}
    for _ in range(3):
        assert watts_of(house.tick(surplus(0))) == watts_of(decided)


def test_starts_of_a_day() -> None:
    """Of a surplus a miner starts so often at most; a budget starts it again."""
    settings = replace(AT_ONCE, most_starts=2)
    house = House([miner("a")], settings=settings)
    for _ in range(2):
        assert actions_of(house.tick(surplus(800))) == [Action.START]
        first = house.memory.tracks["a"].starts or (house.now + TICK,)
        assert actions_of(house.tick(surplus(-800))) == [Action.STOP]
    reason = house.tick(surplus(800)).shares["a"].reason
    assert reason.key is ReasonKey.STARTS_USED
    assert reason.numbers == {"starts": 2}
    assert reason.until is not None
    assert reason.until - first[0] == 86_400
    assert actions_of(house.tick(budget(800))) == [Action.START]
    house.tick(surplus(-800))
    begin, end = house.now - 3600, house.now + 3600
    house.settings = replace(settings, day_begins=begin, day_ends=end)
    reason = house.tick(surplus(800)).shares["a"].reason
    assert (reason.key, reason.until) == (ReasonKey.STARTS_USED, end)
    house.settings = replace(settings, day_begins=house.now + 1)
    assert actions_of(house.tick(surplus(800))) == [Action.START]


def test_a_fleet_that_only_observes_counts_no_restart() -> None:
    """A power that nobody tells a miner restarts it never, nor is it as if it had."""
    member = miner("a", restarts=True, min_on=900)
    house = House([member])
    house.tick(surplus(0))
    house.conditions["a"] = running(1000)
    house.tick(surplus(0))
    started_at = house.now
    house.now += 1800
    for _ in range(3):
        decided = house.tick(surplus(500), obey=False)
        assert decided.shares["a"].action is Action.RAISE
        house.memory = house.memory.without_orders()
    track = house.memory.tracks["a"]
    assert (track.starts, track.started_at) == ((started_at,), started_at)
    house.tick(surplus(500))
    assert house.memory.tracks["a"].starts == (started_at, house.now)
    # What it was told before its orders are forgotten has been done.
    house.tick(surplus(0))
    house.memory = house.memory.without_orders()
    assert house.memory.tracks["a"].starts == (started_at, house.now - TICK)


def test_settles_when_it_was_seen_to() -> None:
    """A miner that draws what it was told gets other watts at once."""
    house = House([miner("a", settle=60)], conditions={"a": running(800)})
    assert house.tick(surplus(100)).shares["a"].watts == 900
    assert house.tick(surplus(100)).shares["a"].reason.key is ReasonKey.SETTLING
    house.conditions["a"] = running(900, settled=True)
    assert house.tick(surplus(100)).shares["a"].watts == 1000
    house.conditions["a"] = running(900, settled=True)
    assert house.tick(surplus(100)).shares["a"].reason.key is ReasonKey.SETTLING


def heat(watts: float, *, may_wait: bool = True) -> Source:
    """Return the heat that a room needs."""
    return Source(kind=SourceKind.HEATING, watts=watts, may_wait=may_wait)


def warm_house(*, start_after: float = 0.0, stop_after: float) -> House:
    """Return a house with a miner that restarts with each step, and one that does not.

    Each was told 1000 W.
    """
    return House(
        [miner("a", restarts=True), miner("b", priority=99)],
        conditions={"a": running(1000), "b": running(1000)},
        settings=replace(AT_ONCE, start_after=start_after, stop_after=stop_after),
    )


def test_a_room_waits_for_those_that_would_restart() -> None:
    """Others follow what it needs, and those only what lasts, the later the oftener."""
    house = warm_house(start_after=60, stop_after=60)
    for watts in (1800, 1600, 1500, 2400, 2000):
        decided = house.tick(heat(watts), budget(5000))
        assert watts_of(decided) == {"a": 1000, "b": watts - 1000}
    waits = []
    for watts, told in ((1400, 500), (2500, 1000), (1400, 500)):
        begin = house.now
        while house.conditions["a"].target != told:
            house.tick(heat(watts), budget(5000))
        waits.append(house.now - begin - TICK)
    assert waits == [60, 120, 240]


@pytest.mark.parametrize(
    "sources",
    [(heat(1900), budget(1900)), (heat(1900, may_wait=False), budget(5000))],
)
def test_a_room_waits_for_nothing_else(sources: tuple[Source, ...]) -> None:
    """A budget holds at once, and so does what a room needs without delay."""
    decided = warm_house(stop_after=60).tick(*sources)
    assert watts_of(decided) == {"a": 500, "b": 1400}


def test_each_start_of_a_day_makes_the_next_one_wait_longer() -> None:
    """Among clouds a miner does not start with each gap between them."""
    house = House([miner("a")], settings=replace(AT_ONCE, start_after=20))
    waits = []
    for _ in range(3):
        begin = house.now
        while not house.conditions["a"].mining:
            house.tick(surplus(800))
        waits.append(house.now - begin - TICK)
        house.tick(surplus(-800))
    assert waits == [20, 40, 80]
    house.now += 86_400
    begin = house.now
    while not house.conditions["a"].mining:
        house.tick(surplus(800))
    assert house.now - begin - TICK == 20


def test_decisions_that_nobody_carries_out() -> None:
    """What is only tried or watched says the same at each tick."""
    house = House([miner("a", floor=900), miner("b")], settings=Settings())
    for _ in range(20):
        decided = house.tick(budget(1200), obey=False)
        house.memory = house.memory.without_orders()
        assert actions_of(decided) == [Action.START, Action.KEEP]


def test_refused_start_is_tried_again_later() -> None:
    """A miner that does not start does not keep others from starting."""
    settings = Settings(patience=30, retry=100, stagger=0)
    house = House([miner("a", priority=99), miner("b")], settings=settings)
    assert house.tick(budget(1000), obey=False).shares["a"].action is Action.START
    house.obey("b", 500)
    house.tick(budget(1000), obey=False)
    house.tick(budget(1000), obey=False)
    decided = house.tick(budget(1000), obey=False)
    assert decided.shares["a"].reason.key is ReasonKey.REFUSED
    assert decided.shares["b"].watts == 1000


def test_emergency() -> None:
    """With the latch set everything stops, until it is reset."""
    house = House([miner("a"), miner("b", may_stop=False, min_on=1e6)])
    house.tick(budget(5000))
    house.memory = house.memory.latch(house.now)
    house.memory = Memory.from_dict(json.loads(json.dumps(house.memory.to_dict())))
    decided = house.tick(budget(5000))
    assert actions_of(decided) == [Action.STOP, Action.STOP]
    assert decided.decision.key is ReasonKey.EMERGENCY
    house.memory = house.memory.unlatch()
    assert house.tick(budget(5000)).allocated == 3000


@pytest.mark.parametrize(
    ("how", "watts", "action"),
    [
        (LettingGo.STAY, 900, Action.KEEP),
        (LettingGo.FLOOR, 500, Action.LOWER),
        (LettingGo.STOP, 0, Action.STOP),
    ],
)
def test_letting_go(how: LettingGo, watts: float, action: Action) -> None:
    """Miners stay as they are, go to their floor, or stop."""
    decided = let_go([miner("a")], {"a": running(900)}, how, Memory(), NOW)
    assert decided.shares["a"].watts == watts
    assert decided.shares["a"].action is action


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "x",
        {},
        {"ticked_at": "x", "tracks": [1], "others": {"c": "x"}},
        {"ticked_at": 1e400, "tracks": {"a": None, "b": {"mining": 7, "asked": []}}},
        {"ticked_at": 10**400, "tracks": {"a": {"started_at": 1e14}}},
    ],
)
def test_wrong_storage_is_forgotten(stored: object) -> None:
    """Nothing that was stored makes a tick fail."""
    house = House([miner("a")], memory=Memory.from_dict(stored), settings=AT_ONCE)
    assert house.tick(budget(1000)).allocated == 1000


def test_unreadable_latch_is_set() -> None:
    """The safe side is taken where the stored latch cannot be understood."""
    assert Memory.from_dict({"latched_at": "yes"}).latched_at is not None
