"""A thermostat decides: who stands above it, what it protects, what it remembers."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.authority import Authority
from custom_components.miner_control.domain.power_target import PowerReach
from custom_components.miner_control.domain.room import STUCK, RoomSensor
from custom_components.miner_control.domain.thermostat import (
    DAY,
    NO_HEAT_AFTER,
    Decision,
    HeatingLimits,
    Situation,
    Thermostat,
    Why,
)

MINUTE = 60.0
HOUR = 3600.0
BEGIN = 1_800_000_000.0
LIVE = PowerReach(floor=800, ceiling=2400, step=48, settle=120)
STEPS = PowerReach(
    floor=800,
    ceiling=2000,
    steps=(800, 1400, 2000),
    step=600,
    settle=600,
    restarts=True,
)
ANY = PowerReach(floor=1440, ceiling=3440, step=172, settle=600, restarts=True)
MINING = Situation(
    now=BEGIN,
    target=21.0,
    room=20.0,
    watts=1500.0,
    usual_watts=2400.0,
    is_mining=True,
    hashes=True,
    chip=70.0,
    reach=LIVE,
)
RESTING = replace(MINING, is_mining=False, watts=15.0, hashes=False)


class Rig:
    """A thermostat whose miner does what it is told, and a clock."""

    def __init__(self, **limits: float) -> None:
        """Begin some time after everything."""
        self.brain = Thermostat(HeatingLimits(**limits))  # type: ignore[arg-type]
        self.now = BEGIN
        self.told: list[tuple[float, Decision]] = []

    def look(self, situation: Situation, *, obeys: bool = True) -> Decision:
        """Decide once, and note that the miner did it."""
        decision = self.brain.decide(replace(situation, now=self.now))
        if decision.mine is not None or decision.watts is not None:
            self.told.append((self.now, decision))
            if obeys:
                self.brain.note_told(decision, self.now)
        return decision

    def run(
        self, situation: Situation, seconds: float, *, wavers: bool = True
    ) -> Decision:
        """Let time pass with a situation that lasts, and return the last decision."""
        decision = Decision()
        end = self.now + seconds
        waver = 0.0
        while self.now < end:
            self.now += 30
            waver = 0.02 - waver if wavers else 0.0
            room = situation.room
            seen = replace(situation, room=None if room is None else room + waver)
            decision = self.look(seen)
            if decision.mine is not None:
                situation = replace(
                    situation,
                    is_mining=decision.mine,
                    watts=1500.0 if decision.mine else 15.0,
                )
        return decision


def test_off_is_off() -> None:
    """Nothing is told."""
    rig = Rig()
    assert rig.run(replace(MINING, target=None), HOUR).why is Why.OFF
    assert not rig.told


def test_cold_room_starts_the_miner_with_all_it_has() -> None:
    """At once, where it is far too cold."""
    rig = Rig()
    decision = rig.look(replace(RESTING, room=15.0))
    assert (decision.mine, decision.watts) == (True, 2400)


def test_no_command_before_the_last_has_settled() -> None:
    """However the room changes meanwhile."""
    rig = Rig()
    rig.look(MINING)
    for celsius in range(18, 23):
        rig.now += 10
        assert rig.look(replace(MINING, room=float(celsius))).watts is None
    rig.now += LIVE.settle
    assert rig.look(replace(MINING, room=19.0)).watts == 2400


def test_others_settling_is_waited_for() -> None:
    """What a person asked for last takes its time, too."""
    rig = Rig()
    settling = replace(MINING, settles_until=BEGIN + 300)
    assert rig.look(settling).watts is None


def test_shortest_times_are_kept() -> None:
    """A miner neither stops nor starts again too soon."""
    rig = Rig(min_on=HOUR, min_off=HOUR)
    rig.run(RESTING, MINUTE)
    rig.brain.changed_at = rig.now
    cold = rig.run(replace(RESTING, room=15.0), 30 * MINUTE)
    assert (cold.why, cold.mine) == (Why.STAYS_OFF, None)
    assert rig.run(replace(RESTING, room=15.0), HOUR).why is not Why.STAYS_OFF
    warm = Rig(min_on=HOUR)
    warm.run(replace(MINING, room=21.0), MINUTE)
    warm.brain.changed_at = warm.now
    assert warm.run(replace(MINING, room=22.5), 30 * MINUTE).why is Why.STAYS_ON
    warm.run(replace(MINING, room=22.5), HOUR)
    assert [d.mine for _, d in warm.told if d.mine is not None] == [False]


def test_starts_of_a_day_are_limited() -> None:
    """The last one is not used up before the first is a day old."""
    rig = Rig(max_starts=3, min_on=300, min_off=300)
    for _ in range(40):
        rig.run(replace(RESTING, room=19.0), 20 * MINUTE)
        rig.run(replace(MINING, room=23.0), 20 * MINUTE)
    starts = [at for at, decision in rig.told if decision.mine]
    assert starts
    for at in starts:
        assert sum(at - DAY < other <= at for other in starts) <= 3


def test_steps_that_restart_mining_count_as_starts() -> None:
    """Where none is left, the miner stays as it is set."""
    rig = Rig(max_starts=4)
    for room in (15.0, 20.9) * 20:
        before = len(rig.told)
        rig.run(replace(MINING, room=room, reach=STEPS), 30 * MINUTE)
        for _ in range(len(rig.told) - before):
            rig.brain.note_restart(rig.now)
    assert 1 <= len(rig.told) <= 4


def steady(watts: float, asked: float | None = None) -> Rig:
    """Return a rig whose room needs so much to stay at 21 °C with 10 °C outdoors."""
    rig = Rig()
    rig.brain.room.gain, rig.brain.asked = watts / 11, asked
    return rig


def test_what_is_asked_for_is_learned_anew() -> None:
    """A step that draws a little more than when it was asked for is still the one."""
    levels = PowerReach(
        floor=800, ceiling=1600, steps=(800, 1206, 1600), step=394, settle=60
    )
    rig = steady(1420, asked=1195)
    assert rig.look(replace(MINING, room=21.0, reach=levels)).watts is None


@pytest.mark.parametrize(("room", "watts"), [(20.3, 800), (18.5, 2000)])
def test_a_start_is_not_too_much_of_a_good_thing(room: float, watts: float) -> None:
    """A miner that restarts with each step starts with what keeps the room warm.

    Only far from the target it starts with more, and is slowed down later.
    """
    decision = steady(1000).look(replace(RESTING, room=room, reach=STEPS))
    assert (decision.mine, decision.watts) == (True, watts)


def test_slowed_down_once_it_is_warm() -> None:
    """A miner that warmed the room up is not stopped, which costs a start as well."""
    rig = steady(900, asked=2000)
    decision = rig.look(replace(MINING, room=21.2, watts=2000.0, reach=STEPS))
    assert (decision.mine, decision.watts) == (None, 800)


def test_noise_is_not_worth_a_start() -> None:
    """A room that is nearly as it should be is left so."""
    rig = steady(1350, asked=1400)
    for room in (20.7, 21.2) * 10:
        rig.look(replace(MINING, room=room, watts=1400.0, reach=STEPS))
        rig.now += MINUTE
    assert not rig.told


def test_what_is_owed_for_long_is_worth_a_start() -> None:
    """A room that stays too cold gets the next step, and one too warm the one below."""
    rig = steady(1150, asked=800)
    for room, watts, then in ((20.8, 800.0, 1400), (21.25, 1400.0, 800)):
        rig.told.clear()
        begin = rig.now
        while not rig.told and rig.now < begin + 6 * HOUR:
            rig.run(replace(MINING, room=room, watts=watts, reach=STEPS), 5 * MINUTE)
        assert rig.told[0][1].watts == then
        assert rig.now > begin + 10 * MINUTE


@pytest.mark.parametrize(
    ("room", "asked", "then"),
    [(18.0, 3300, None), (18.0, 3200, 3440), (20.3, 2600, 3016)],
)
def test_a_step_is_worth_a_start(room: float, asked: float, then: float | None) -> None:
    """A little more power is not, and near to the target it shall last."""
    rig = steady(2700, asked=asked)
    seen = replace(MINING, room=room, watts=asked, reach=ANY)
    rig.run(seen, 10 * MINUTE, wavers=False)
    told = [decision.watts for _, decision in rig.told]
    assert told == ([] if then is None else [pytest.approx(then, abs=60)])


@pytest.mark.parametrize(
    ("room", "asked", "told"),
    [(20.7, 800, []), (20.3, 800, [(None, 1400)]), (21.5, 1400, [(False, None)])],
)
def test_the_last_start_is_kept(
    room: float, asked: float, told: list[tuple[bool | None, float | None]]
) -> None:
    """A miner takes it for a cold room, and is stopped rather than slowed down."""
    rig = steady(1375, asked=asked)
    rig.brain.starts = [rig.now - HOUR] * 5
    rig.run(replace(MINING, room=room, watts=asked, reach=STEPS), 5 * HOUR)
    assert [(decision.mine, decision.watts) for _, decision in rig.told[:1]] == told


def test_no_start_left_for_a_step() -> None:
    """That is told, and the miner goes on as it is unless it is much too warm."""
    rig = steady(1000, asked=800)
    rig.brain.starts = [rig.now - HOUR] * 6
    cold = rig.look(replace(MINING, room=19.0, watts=800.0, reach=STEPS))
    until = rig.now - HOUR + DAY + 10 * MINUTE
    assert (cold.why, cold.until) == (Why.STARTS_USED, until)
    assert (cold.mine, cold.watts) == (None, None)
    warm = rig.run(replace(MINING, room=21.3, watts=800.0, reach=STEPS), 8 * HOUR)
    assert not rig.told, warm
    rig.run(replace(MINING, room=21.6, watts=800.0, reach=STEPS), MINUTE)
    assert [decision.mine for _, decision in rig.told] == [False]


def test_bumpless_after_a_stop_by_others() -> None:
    """What is missing does not grow while somebody else has the miner."""
    rig = Rig()
    rig.run(MINING, HOUR)
    missing, gain = rig.brain.room.missing, rig.brain.room.gain
    held = replace(RESTING, held=Authority.PERSON, room=16.0)
    assert rig.run(held, 5 * HOUR).why is Why.PERSON
    assert (rig.brain.room.missing, rig.brain.room.gain) == (missing, gain)
    assert rig.brain.debt == 0


def test_nothing_is_added_up_at_the_limits() -> None:
    """A room that stays cold at full power is not overheated afterwards."""
    rig = Rig()
    rig.run(replace(MINING, room=15.0, watts=2400.0), 2 * HOUR)
    assert rig.brain.room.missing == 0


# Faults


def test_lost_sensor_stops_the_miner() -> None:
    """After an hour of silence, whatever is wished."""
    rig = Rig()
    rig.run(MINING, 10 * MINUTE)
    almost = rig.look(replace(MINING, room_age=59 * MINUTE))
    assert almost.authority is Authority.THERMOSTAT
    lost = rig.run(replace(MINING, room_age=61 * MINUTE), 4 * HOUR)
    assert (lost.why, lost.authority) == (Why.SENSOR_LOST, Authority.LOST_SENSOR)
    assert [d.mine for _, d in rig.told if d.mine is not None] == [False]


def test_lost_sensor_holds_the_share() -> None:
    """A miner that can be slowed down goes on with what was chosen."""
    rig = Rig(lost_share=50)
    rig.run(MINING, 10 * MINUTE)
    rig.run(replace(MINING, room=None), HOUR)
    assert rig.told[-1][1].watts == 1200
    assert all(d.mine is None for _, d in rig.told)


def test_lost_sensor_holds_the_share_on_and_off() -> None:
    """One that cannot heats as much on average."""
    rig = Rig(lost_share=40)
    share, on = 0.0, True
    situation = replace(MINING, room=None, reach=None)
    for _ in range(4 * 24 * 60):
        rig.now += MINUTE
        watts = 2400.0 if on else 15.0
        decision = rig.look(replace(situation, is_mining=on, watts=watts))
        on = on if decision.mine is None else decision.mine
        share += on
    assert share / (4 * 24 * 60) == pytest.approx(0.4, abs=0.1)


def test_sensor_that_is_gone_for_a_moment() -> None:
    """What it told last holds for five minutes, and not a moment longer."""
    rig = Rig()
    rig.run(MINING, 10 * MINUTE)
    gone = replace(MINING, room=None)
    assert rig.run(gone, 5 * MINUTE).authority is Authority.THERMOSTAT
    assert rig.run(gone, MINUTE).why is Why.SENSOR_LOST
    other = Thermostat(HeatingLimits())
    other.restore(rig.brain.store())
    assert other.decide(replace(gone, now=rig.now)).why is Why.SENSOR_LOST
    assert rig.run(MINING, MINUTE).authority is Authority.THERMOSTAT
    assert rig.run(gone, 4 * MINUTE).authority is Authority.THERMOSTAT


def test_sensor_that_could_not_be_believed_holds_for_no_moment() -> None:
    """One that was silent or stuck before it was gone is lost at once."""
    rig = Rig()
    rig.run(MINING, 10 * MINUTE)
    rig.run(replace(MINING, room_age=61 * MINUTE), MINUTE)
    assert rig.run(replace(MINING, room=None), MINUTE).why is Why.SENSOR_LOST


def test_person_does_not_outrank_a_lost_sensor() -> None:
    """Nobody's command heats a room of which nobody knows how warm it is."""
    rig = Rig()
    lost = replace(MINING, room=None, held=Authority.PERSON)
    assert rig.run(lost, 4 * HOUR).why is Why.SENSOR_LOST


def test_sensor_that_comes_back_is_believed() -> None:
    """And what was decided without it ends."""
    rig = Rig()
    rig.run(replace(MINING, room=None), HOUR)
    assert rig.run(MINING, 10 * MINUTE).authority is Authority.THERMOSTAT


def test_stuck_sensor_at_full_power() -> None:
    """A room that never warms up at full power has a sensor that is stuck."""
    rig = Rig()
    full = replace(MINING, room=18.0, watts=2400.0)
    assert rig.run(full, 2 * HOUR, wavers=False).why is Why.AT_MAXIMUM
    assert rig.run(full, 2 * HOUR, wavers=False).why is Why.SENSOR_STUCK
    assert rig.run(full, 10 * MINUTE).why is not Why.SENSOR_STUCK


def test_stuck_sensor_by_a_day() -> None:
    """What shows the same for a day measures nothing."""
    sensor = RoomSensor()
    assert sensor.note(20.0, 0, at_full_power=False) == 20.0
    assert sensor.note(20.0, STUCK - 1, at_full_power=False) == 20.0
    assert sensor.note(20.0, STUCK, at_full_power=False) is None
    assert sensor.note(20.1, STUCK + 1, at_full_power=False) == 20.1


def test_sensor_that_leaps_is_not_believed_at_once() -> None:
    """A leap that passes changes nothing; one that lasts is true."""
    rig = Rig()
    rig.run(MINING, 30 * MINUTE)
    asked = rig.brain.asked or 0.0
    rig.run(replace(MINING, room=45.0), 10 * MINUTE)
    assert (rig.brain.asked or 0.0) >= asked > 0
    assert all(d.mine is None for _, d in rig.told)
    rig.run(MINING, 5 * MINUTE)
    assert rig.run(replace(MINING, room=45.0), 30 * MINUTE).why is Why.ROOM_TOO_WARM
    assert rig.told[-1][1].mine is False


def test_room_that_is_too_warm_ends_heating_at_once() -> None:
    """No shortest time holds a miner that overheats a room."""
    rig = Rig(highest=25, min_on=4 * HOUR)
    rig.run(MINING, MINUTE)
    rig.brain.changed_at = rig.now
    rig.run(replace(MINING, room=23.5), 2 * MINUTE)
    assert rig.look(replace(MINING, room=26.1)).mine is False


def test_hot_chips_end_heating_for_a_while() -> None:
    """Whoever else has a say, frost included."""
    rig = Rig()
    hot = replace(MINING, room=3.0, chip=96.0, held=Authority.PERSON)
    decision = rig.look(hot)
    assert (decision.why, decision.mine) == (Why.MINER_TOO_HOT, False)
    assert decision.authority is Authority.HARD_CAP
    cool = replace(RESTING, room=3.0, chip=40.0)
    assert rig.run(cool, 25 * MINUTE).why is Why.MINER_TOO_HOT
    assert rig.run(cool, 10 * MINUTE).why is Why.FROST


def test_dead_fan_ends_heating() -> None:
    """For half an hour, also where it seems to be well once the miner has stopped."""
    rig = Rig()
    decision = rig.look(replace(MINING, fans_have_failed=True))
    assert (decision.why, decision.mine) == (Why.FAN_FAILED, False)
    assert decision.authority is Authority.HARD_CAP
    assert rig.run(RESTING, 25 * MINUTE).why is Why.FAN_FAILED
    assert rig.run(RESTING, 10 * MINUTE).why is not Why.FAN_FAILED


@pytest.mark.parametrize("target", [None, 21.0])
@pytest.mark.parametrize("held", [None, Authority.PERSON, Authority.FLEET])
def test_frost_protection(target: float | None, held: Authority | None) -> None:
    """It heats before it freezes, even if it is off, and whoever else has a say."""
    rig = Rig(frost=5.0)
    cold = replace(RESTING, target=target, held=held, room=4.5)
    decision = rig.look(cold)
    assert (decision.why, decision.mine, decision.watts) == (Why.FROST, True, 2400)
    rig.now += 30
    still = replace(MINING, target=target, held=held, room=5.5)
    assert rig.look(still).why is Why.FROST
    rig.now += 600
    assert rig.look(replace(still, room=6.5)).why is not Why.FROST


def test_emergency_stop_outranks_frost() -> None:
    """Nothing starts a miner that was stopped in an emergency."""
    rig = Rig()
    latched = replace(RESTING, room=2.0, held=Authority.EMERGENCY_STOP)
    decision = rig.look(latched)
    assert (decision.mine, decision.why) == (None, Why.EMERGENCY_STOP)


def test_fleet_outranks_the_thermostat() -> None:
    """What a fleet allows is not touched."""
    rig = Rig()
    assert rig.run(replace(MINING, held=Authority.FLEET), HOUR).why is Why.FLEET
    assert not rig.told


def test_miner_that_is_away() -> None:
    """Nothing is told, and nothing is owed afterwards."""
    rig = Rig()
    away = replace(RESTING, is_available=False, room=15.0)
    assert rig.run(away, HOUR).why is Why.MINER_UNAVAILABLE
    assert not rig.told
    assert rig.brain.debt == 0


def test_lost_pool_is_told_within_minutes() -> None:
    """No work, no heat: it says so, and adds nothing up meanwhile."""
    rig = Rig()
    rig.run(MINING, 10 * MINUTE)
    missing = rig.brain.room.missing
    idle = replace(MINING, hashes=False, watts=100.0)
    assert rig.run(idle, NO_HEAT_AFTER - 60).why is not Why.NO_HEAT
    assert rig.run(idle, 2 * MINUTE).why is Why.NO_HEAT
    before = rig.brain.room.missing
    rig.run(idle, HOUR)
    assert rig.brain.room.missing == before
    assert missing <= before
    assert rig.run(MINING, MINUTE).why is not Why.NO_HEAT


def test_a_miner_that_refuses_is_asked_again() -> None:
    """Nothing is noted as done that was not."""
    rig = Rig()
    for _ in range(3):
        rig.now += 60
        assert rig.look(replace(RESTING, room=15.0), obeys=False).mine is True
    assert rig.brain.asked is None


def test_a_clock_that_is_set_back_uses_no_start_for_longer_than_a_day() -> None:
    """A start of a day that is still to come counts as one of now."""
    rig = Rig()
    rig.brain.starts = [rig.now + 100 * DAY]
    assert rig.brain.starts_used(rig.now) == 1
    assert rig.brain.starts_used(rig.now + DAY + 10 * MINUTE) == 0


def test_fewer_starts_than_were_used() -> None:
    """The next one is told for when as many as are too many do not count any more."""
    rig = Rig(max_starts=2)
    rig.look(RESTING)
    rig.brain.starts = [rig.now - hours * HOUR for hours in (20, 10, 5, 4)]
    cold = rig.run(replace(RESTING, room=17.0), 2 * HOUR)
    assert cold.why is Why.STARTS_USED
    assert cold.until == rig.brain.starts[2] + DAY + 10 * MINUTE


def test_a_reboot_counts_as_a_start() -> None:
    """Whoever did it: boards and fans do not care."""
    rig = Rig()
    rig.look(MINING)
    for situation in (RESTING, MINING, RESTING, MINING):
        rig.now += 600
        rig.brain.decide(replace(situation, now=rig.now))
    assert rig.brain.starts_used(rig.now) == 2
    # The miner may have taken some minutes to mine.
    assert rig.brain.starts_used(rig.now + DAY) == 1
    assert rig.brain.starts_used(rig.now + DAY + 10 * MINUTE) == 0


def test_restored_as_it_was() -> None:
    """Starts, rest, and what was learned outlast a restart."""
    rig = Rig()
    rig.run(MINING, HOUR)
    rig.look(replace(MINING, chip=99.0))
    other = Thermostat(HeatingLimits())
    other.restore(rig.brain.store())
    assert other.store() == rig.brain.store()
    after = other.decide(replace(RESTING, now=rig.now + 60, room=15.0))
    assert after.why is Why.MINER_TOO_HOT


def test_room_is_known_after_a_restart_that_was_short() -> None:
    """What the sensor told is no use when it is older than a silence may be."""
    rig = Rig()
    rig.run(MINING, 10 * MINUTE)
    for pause, authority in (
        (10 * MINUTE, Authority.THERMOSTAT),
        (2 * HOUR, Authority.LOST_SENSOR),
    ):
        other = Thermostat(HeatingLimits())
        other.restore(rig.brain.store())
        gone = replace(MINING, now=rig.now + pause, room=None)
        assert other.decide(gone).authority is authority


def test_a_start_that_nobody_saw_counts() -> None:
    """A miner that mines after a restart and did not before was started."""
    rig = Rig()
    rig.run(replace(RESTING, room=21.0), MINUTE)
    other = Thermostat(HeatingLimits())
    other.restore(rig.brain.store())
    now = rig.now + HOUR
    other.decide(replace(MINING, now=now))
    assert other.starts_used(now) == 1
    assert other.changed_at == now


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"mines": "yes", "warmth": "cold", "warmth_at": None, "is_frosty": 1},
        {"room": {"gain": "much", "missing": None}, "starts": "often"},
        {"starts": ["x", 1.0], "changed_at": "now", "rests_for": "nobody"},
    ],
)
def test_nonsense_that_was_stored_is_forgotten(stored: dict[str, object]) -> None:
    """A broken file does no more harm than a new one."""
    brain = Thermostat(HeatingLimits())
    brain.restore(stored)
    assert brain.decide(RESTING).why is not Why.MINER_TOO_HOT


@given(
    rooms=st.lists(st.floats(-20, 60), min_size=1, max_size=60),
    target=st.one_of(st.none(), st.floats(5, 28)),
    reach=st.sampled_from([None, LIVE, STEPS]),
    outdoors=st.one_of(st.none(), st.floats(-30, 40)),
)
def test_never_beyond_what_is_allowed(
    rooms: list[float],
    target: float | None,
    reach: PowerReach | None,
    outdoors: float | None,
) -> None:
    """Whatever a sensor shows, watts stay within the limits, and the gain bounded."""
    rig = Rig(min_power=900, max_power=2200)
    is_mining = False
    for room in rooms:
        rig.now += 300
        decision = rig.look(
            replace(
                MINING,
                room=room,
                target=target,
                reach=reach,
                outdoors=outdoors,
                is_mining=is_mining,
                watts=1200.0 if is_mining else 15.0,
            )
        )
        is_mining = is_mining if decision.mine is None else decision.mine
        if decision.watts is not None:
            assert 800 <= decision.watts <= 2200
        assert 0 <= decision.need <= 2400
        gain = rig.brain.room.gain
        assert gain is None or 0 <= gain <= 2400 / 5
