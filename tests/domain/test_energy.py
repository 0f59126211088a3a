"""Energy is counted once, and never across what nobody saw."""

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
        pytest.param([counted(0, 5), None, counted(9, 6)], 0, id="nobody counted"),
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


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=30), st.floats(1, MAX_GAP - 1))
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
        st.tuples(st.floats(0, 1e4), st.floats(0.1, MAX_GAP - 1), st.booleans()),
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
