"""Energy is counted once, and never across what nobody saw."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.energy import (
    MAX_GAP,
    CounterReading,
    EnergyCounter,
    EnergySample,
)

providers = st.sampled_from(["plug", "asic"])
samples = st.builds(
    EnergySample,
    provider_id=providers,
    time=st.floats(0, 1e6),
    counter=st.none() | st.floats(0, 1e6),
    watts=st.none() | st.floats(0, 1e4),
)


def counted(seconds: float, kwh: float, provider_id: str = "plug") -> EnergySample:
    """Return a sample of a provider that counts by itself."""
    return EnergySample(provider_id=provider_id, time=seconds, counter=kwh)


def measured(seconds: float, watts: float, provider_id: str = "plug") -> EnergySample:
    """Return a sample of a provider that only measures power."""
    return EnergySample(provider_id=provider_id, time=seconds, watts=watts)


def total(*parts: EnergySample | None) -> float:
    """Return what a counter that starts at 10 kWh adds to them."""
    counter = EnergyCounter(10)
    for sample in parts:
        counter.add(sample)
    return counter.total - 10


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([None, None], 0, id="nobody serves"),
        pytest.param([counted(0, 503)], 3, id="counted meanwhile"),
        pytest.param([None, counted(9, 503)], 3, id="counter comes late"),
        pytest.param([counted(0, 503), counted(9, 504)], 4, id="goes on"),
        pytest.param([counted(0, 3)], 0, id="counter was reset"),
        pytest.param([counted(0, 503, "other")], 0, id="other counter"),
        pytest.param(
            [measured(0, 3600), measured(60, 0), counted(65, 500.01)],
            0.06,
            id="others counted more",
        ),
        pytest.param(
            [measured(0, 3600, "asic"), measured(60, 0, "asic"), counted(65, 503)],
            3,
            id="others counted less",
        ),
        pytest.param(
            [
                *(measured(0, 3600, "asic"), measured(60, 0, "asic")),
                *(counted(65, 500), counted(70, 500), counted(75, 500.08)),
            ],
            0.08,
            id="speaks of before first",
        ),
        pytest.param(
            [
                *(measured(0, 3600, "asic"), measured(60, 0, "asic")),
                *(counted(65, 500), counted(70, 500.01), counted(75, 500.02)),
            ],
            0.07,
            id="counted nothing meanwhile",
        ),
    ],
)
def test_counter_that_told_something_before(
    parts: list[EnergySample | None], expected: float
) -> None:
    """It knows what was used while nobody looked."""
    told = CounterReading(provider_id="plug", counter=500, total=10)
    counter = EnergyCounter(10, told)
    for sample in parts:
        counter.add(sample)
    assert counter.total - 10 == pytest.approx(expected)


def reading(counter: float, total: float) -> CounterReading:
    """Return what the plug's counter told."""
    return CounterReading(provider_id="plug", counter=counter, total=total)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([], None),
        ([measured(5, 100)], None),
        ([counted(5, 500)], reading(500, 0)),
        ([counted(5, 500), counted(9, 502)], reading(502, 2)),
        ([counted(5, 500), measured(6, 3600, "asic"), None], reading(500, 0)),
    ],
)
def test_what_the_last_counter_told(
    parts: list[EnergySample | None], told: CounterReading | None
) -> None:
    """A restart goes on from it, even while others serve."""
    counter = EnergyCounter()
    for sample in parts:
        counter.add(sample)
    assert counter.told == told


def test_miner_that_went_off_while_nobody_looked() -> None:
    """What its counter gained before that is not lost; what it gains then is."""
    counter = EnergyCounter(10, reading(500, 10), watts=3000, elapsed=60)
    off = EnergySample(time=0, provider_id="plug", counter=500.04, is_off=True)
    assert counter.add(off) == pytest.approx(10.04)
    later = replace(off, time=600, counter=500.05)
    assert counter.add(replace(later, counter=500.04)) == pytest.approx(10.04)
    assert counter.add(later) == pytest.approx(10.04)


def test_restart_before_the_counter_speaks() -> None:
    """What is known is not lost by a second restart."""
    counter = EnergyCounter(10, reading(500, 10))
    counter.add(measured(0, 3600, "asic"))
    counter.add(measured(60, 3600, "asic"))
    again = EnergyCounter(counter.total, counter.told)
    again.add(counted(99, 503))
    assert again.total == 13


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([counted(0, 500)], 0, id="first look at a counter"),
        pytest.param([measured(0, 3600)], 0, id="first look at a meter"),
        pytest.param([counted(0, 500), counted(9, 500.5)], 0.5, id="counter"),
        pytest.param([counted(0, 5), counted(9e5, 6)], 1, id="counter over a gap"),
        pytest.param([counted(0, 500), counted(9, 0.5)], 0, id="counter was reset"),
        pytest.param(
            [counted(0, 500), counted(9, 1), counted(18, 3)], 2, id="after a reset"
        ),
        pytest.param([measured(0, 3600), measured(60, 0)], 0.06, id="power held"),
        pytest.param(
            [measured(0, 3600), measured(MAX_GAP, 0)], 0.12, id="longest pause"
        ),
        pytest.param([measured(0, 3600), measured(MAX_GAP + 1, 3600)], 0, id="gap"),
        pytest.param([measured(9, 3600), measured(9, 3600)], 0, id="same time"),
        pytest.param([measured(9, 3600), measured(0, 3600)], 0, id="clock set back"),
        pytest.param(
            [measured(0, 3600), measured(9, 3600, "asic")], 0, id="other meter"
        ),
        pytest.param([counted(0, 5), counted(9, 900, "asic")], 0, id="other counter"),
        pytest.param([counted(0, 5), measured(9, 3600)], 0, id="counter is lost"),
        pytest.param([measured(0, 3600), counted(9, 5)], 0, id="counter is found"),
        pytest.param(
            [measured(0, 3600), None, measured(9, 3600)], 0, id="nobody measured"
        ),
        pytest.param([counted(0, 5), None, counted(9, 6)], 1, id="counter was away"),
        pytest.param(
            [
                *(counted(0, 5), measured(5, 3600, "asic"), measured(65, 0, "asic")),
                *(counted(70, 5), counted(75, 5), counted(80, 5.08), counted(85, 5.1)),
            ],
            0.1,
            id="counter is back with old news",
        ),
        pytest.param(
            [
                *(counted(0, 5), measured(5, 3600, "asic"), measured(65, 0, "asic")),
                *(counted(70, 5), counted(80, 5.01), counted(85, 5.02)),
            ],
            0.07,
            id="counter is back and had stood still",
        ),
    ],
)
def test_what_is_counted(parts: list[EnergySample | None], expected: float) -> None:
    """Only what one provider saw from one look to the next counts."""
    assert total(*parts) == pytest.approx(expected)


def test_total_is_returned() -> None:
    """A restored counter goes on from where it was."""
    counter = EnergyCounter(10)
    assert counter.add(counted(0, 500)) == 10
    assert counter.add(counted(9, 501)) == counter.total == 11


@given(st.lists(st.none() | samples, max_size=30))
def test_count_never_goes_back(parts: list[EnergySample | None]) -> None:
    """Whatever providers say, the total only rises."""
    counter = EnergyCounter()
    for sample in parts:
        before = counter.total
        assert counter.add(sample) >= before


@given(st.lists(st.floats(0, 5e3), min_size=2, max_size=30), st.floats(1, MAX_GAP - 1))
def test_power_adds_up(watts: list[float], pause: float) -> None:
    """The integral of the power is that of its steps."""
    parts = [measured(index * pause, power) for index, power in enumerate(watts)]
    assert total(*parts) == pytest.approx(sum(watts[:-1]) * pause / 3_600_000)


@given(
    st.lists(st.tuples(providers, st.floats(0, 1e6)), min_size=1, max_size=30),
)
def test_no_jump_when_providers_take_turns(looks: list[tuple[str, float]]) -> None:
    """A change from one counter to another adds nothing, however they differ."""
    counter = EnergyCounter()
    last: str | None = None
    for time, (provider_id, kwh) in enumerate(looks):
        before = counter.total
        counter.add(counted(time, kwh, provider_id))
        if provider_id != last:
            assert counter.total == before
        last = provider_id


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e4),
            st.floats(0, 3 * MAX_GAP),
            st.sampled_from(["plug", "asic", "counter", None]),
            st.booleans(),
        ),
        max_size=50,
    )
)
def test_no_more_is_counted_than_was_used(
    looks: list[tuple[float, float, str | None, bool]],
) -> None:
    """Whoever looks, whenever, and however often a counter starts anew."""
    counter = EnergyCounter()
    time = used = reset_at = 0.0
    for watts, pause, provider_id, is_reset in looks:
        reset_at = used if is_reset else reset_at
        if provider_id is None:
            counter.add(None)
        elif provider_id == "counter":
            counter.add(counted(time, used - reset_at, provider_id))
        else:
            counter.add(measured(time, watts, provider_id))
        time += pause
        used += watts * pause / 3_600_000
    assert counter.total <= used + 1e-9


@given(
    st.lists(
        st.tuples(st.floats(0, 5e3), st.floats(0.1, MAX_GAP - 1), st.booleans()),
        max_size=50,
    )
)
def test_all_is_counted_that_the_provider_of_both_looks_saw(
    looks: list[tuple[float, float, bool]],
) -> None:
    """Only what lies between the last look at one and the first at another is lost."""
    counter = EnergyCounter()
    time = seen = 0.0
    before: tuple[float, float, bool] | None = None
    for watts, pause, is_plug in looks:
        if before is not None and before[2] is is_plug:
            seen += before[0] * before[1] / 3_600_000
        counter.add(measured(time, watts, "plug" if is_plug else "asic"))
        time += pause
        before = watts, pause, is_plug
    assert counter.total == pytest.approx(seen)


STEADY = 1500.0
MINUTE_KWH = STEADY * 60 / 3.6e6


def minutely(
    *counts: float | None, watts: float | None = STEADY, is_off: bool = False
) -> list[EnergySample | None]:
    """Return a sample a minute of a counter beside a meter; None while it is away."""
    return [
        None
        if kwh is None
        else EnergySample(
            provider_id="plug", time=60.0 * n, counter=kwh, watts=watts, is_off=is_off
        )
        for n, kwh in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((31.96, 3195.96), MINUTE_KWH, id="leap"),
        pytest.param((31.96, 34.96), MINUTE_KWH, id="small leap"),
        pytest.param((31.96, 32.0, 3195.96, 32.02, 32.04), 0.08, id="leap, back"),
        pytest.param((31.96, 3195.96, 3196.0), 0.04 + MINUTE_KWH, id="on from a leap"),
        pytest.param((100, 100.5, 0, 100.6), 0.6, id="zero for one reading"),
        pytest.param((100, 100.5, 0, 0, 0, 100.6), 0.6, id="zero for a while"),
        pytest.param((100, 100.5, None, 0, 100.6, 100.7), 0.7, id="zero after away"),
        pytest.param((0.5, 0.6, 0, 0.7), 0.2, id="zero of a small counter"),
        pytest.param((100, 100.5, 100.4, 100.6), 0.6, id="back a little"),
        pytest.param((100, 100.5, 100, 100.4, 100.6), 0.6, id="back and slowly on"),
        pytest.param((100, 100.5, 60, 100.6), 0.6, id="back a lot"),
        pytest.param((100, 100.5, 60, 0, 100.6), 0.6, id="back and zero"),
        pytest.param((5.0, 5.2, 0.0, 0.3), 0.5, id="midnight"),
        pytest.param((5.0, 5.2, 0.3, 0.4), 0.3 + MINUTE_KWH, id="midnight, no zero"),
        pytest.param((1400, 1400.5, None, 1400.5), 0.5, id="without power"),
        pytest.param((500, 1, 1, 1.02), 0.02 + MINUTE_KWH, id="another plug"),
    ],
)
def test_what_counters_do(counts: tuple[float | None, ...], expected: float) -> None:
    """Each was reported of a plug; a step of the counter counts, or else the power."""
    assert total(*minutely(*counts)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((100, 3264), 0, id="leap"),
        pytest.param((100, 100.5, 0, 100.6), 0.6, id="zero for one reading"),
        pytest.param((0.5, 0.6, 0, 0.7), 0.2, id="zero of a small counter"),
        pytest.param((100, 100.5, 100.4, 100.6), 0.6, id="back a little"),
        pytest.param((5.0, 5.2, 0.0, 0.3), 0.5, id="midnight"),
    ],
)
def test_what_counters_do_where_nobody_measures(
    counts: tuple[float, ...], expected: float
) -> None:
    """Without a power, what no miner can use is a leap."""
    assert total(*minutely(*counts, watts=None)) == pytest.approx(expected)


def test_day_counter_that_grows_past_yesterday() -> None:
    """What it told before midnight is no total to come back to."""
    day = [n * MINUTE_KWH for n in range(300)]
    assert total(*minutely(*day, *day)) == pytest.approx(2 * day[-1])


def test_coarse_counter() -> None:
    """One that counts whole kWh leaps in time, and no further."""
    counts = [100 + int(0.3 + n * MINUTE_KWH) for n in range(24 * 60)]
    assert total(*minutely(*counts)) == counts[-1] - 100


def test_counter_that_speaks_rarely() -> None:
    """Hours may lie between two news of a counter."""
    counts = [100.0] * 300 + [100 + 300 * MINUTE_KWH]
    assert total(*minutely(*counts)) == pytest.approx(300 * MINUTE_KWH)


def test_leaps_that_repeat() -> None:
    """However often a counter runs away, the power bounds what is counted."""
    counts = [100.0 + 50 * n for n in range(60)]
    assert total(*minutely(*counts)) == pytest.approx(59 * MINUTE_KWH)


def test_steps_that_are_just_too_large() -> None:
    """What a reading may be off by is not given again with each."""
    counts = [100.0 + n for n in range(60)]
    assert total(*minutely(*counts)) < 1.5 + 0.34 + 4 * 59 * MINUTE_KWH


@pytest.mark.parametrize("seconds", [60.0, 3600.0, 86_400.0])
@pytest.mark.parametrize("counter", [None, 100.0])
def test_nothing_is_counted_while_off(counter: float | None, seconds: float) -> None:
    """A meter stands still at what it told, and a counter goes on by that."""
    looks = [
        EnergySample(
            provider_id="plug",
            time=n * 30,
            counter=None if counter is None else counter + n * MINUTE_KWH / 2,
            watts=STEADY,
            is_off=n > 10,
        )
        for n in range(12 + int(seconds // 30))
    ]
    assert total(*looks) == pytest.approx(11 * MINUTE_KWH / 2)


def test_counter_tells_late_what_was_used_before_the_cut() -> None:
    """It speaks when the plug does, a moment after that."""
    looks = [*minutely(100, 100, 100)]
    off = EnergySample(provider_id="plug", time=121, counter=100, watts=0, is_off=True)
    late = replace(off, time=123, counter=100.05)
    assert total(*looks, off, late) == pytest.approx(0.05)
    assert total(*looks, off, replace(late, counter=107)) < 0.06
    assert total(*looks, off, replace(late, time=200)) == 0


def test_counter_that_went_on_while_off() -> None:
    """What it adds after that is new, and no more."""
    looks = minutely(100, 100.02)
    off = [
        EnergySample(provider_id="plug", time=t, counter=c, watts=5.5, is_off=True)
        for t, c in ((90, 100.02), (4000, 104.0))
    ]
    on = [
        EnergySample(provider_id="plug", time=t, counter=c, watts=STEADY)
        for t, c in ((4060, 104.0), (4120, 104.02))
    ]
    assert total(*looks, *off, *on) == pytest.approx(0.04)


@pytest.mark.parametrize("nonsense", [6553.5, 65535.0, 16_777_215.0])
@pytest.mark.parametrize("readings", [1, 3])
def test_absurd_power_for_one_reading(nonsense: float, readings: int) -> None:
    """It is looked at several times until the meter speaks again."""
    watts = [STEADY] * 3 + [nonsense] * readings + [STEADY] * 3
    found = total(*(measured(60 * n, power) for n, power in enumerate(watts)))
    assert found == pytest.approx((len(watts) - 1) * MINUTE_KWH)


def test_high_power_that_lasts_is_believed() -> None:
    """Not every meter speaks often; nothing of it is lost."""
    watts = [50.0] * 3 + [6000.0] * 60
    found = total(*(measured(60 * n, power) for n, power in enumerate(watts)))
    assert found == pytest.approx((2 * 50 + 60 * 6000 - 6000 + 50) / 60_000)


# What a counter does in a minute in which a miner draws a steady power. Of one that
# began anew a moment ago, nobody can tell whether it does so again or comes back.
TROUBLES = ["well"] * 4 + ["away", "more", "leap", "power", "off"]


@given(
    st.floats(20, 10_000),
    st.floats(30, 5000),
    st.lists(st.sampled_from([*TROUBLES, "zero", "less"]), min_size=1, max_size=80)
    | st.lists(st.sampled_from([*TROUBLES, "anew"]), min_size=1, max_size=80),
)
def test_any_counter_counts_what_was_used(
    watts: float, begin: float, troubles: list[str]
) -> None:
    """Whatever a counter does, the total is what was used, and never far beyond."""
    counter = EnergyCounter()
    used = told = 0.0
    offset = begin
    for n, trouble in enumerate(["well", "well", *troubles, "well", "well"]):
        look = EnergySample(
            provider_id="plug",
            time=60.0 * n,
            counter=offset + told,
            watts=watts,
            is_off=trouble == "off",
        )
        if trouble in ("leap", "anew"):
            offset = offset + 9999 if trouble == "leap" else -told
            look = replace(look, counter=offset + told)
        odd = {
            "zero": replace(look, counter=0.0),
            "less": replace(look, counter=max(0.0, offset + told - watts / 2e5)),
            "more": replace(look, counter=offset + told + 5000.0),
            "power": replace(look, provider_id="asic", counter=None),
            "away": None,
        }
        before = counter.total
        assert counter.add(odd.get(trouble, look)) >= before
        used_now = 0.0 if trouble == "off" else watts * 60 / 3.6e6
        assert counter.total <= used + 1e-9
        used += used_now
        told += used_now


@given(
    st.floats(20, 10_000),
    st.floats(30, 5000),
    st.lists(
        st.sampled_from(["well", "well", "zero", "away", "less", "more"]),
        min_size=1,
        max_size=80,
    ),
)
def test_nothing_is_lost_that_a_counter_makes_up_for(
    watts: float, begin: float, troubles: list[str]
) -> None:
    """Once it tells what is so again, all is counted that was used meanwhile."""
    counter = EnergyCounter()
    used = 0.0
    for n, trouble in enumerate(["well", "well", *troubles, "well", "well"]):
        used = n * watts * 60 / 3.6e6
        told = {
            "zero": 0.0,
            "less": begin + max(0.0, used - watts / 2e5),
            "more": begin + used + 5000.0,
        }.get(trouble, begin + used)
        look = EnergySample(
            provider_id="plug", time=60.0 * n, counter=told, watts=watts
        )
        counter.add(None if trouble == "away" else look)
    assert counter.total == pytest.approx(used)
