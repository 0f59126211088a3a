"""The setting that draws most and not more than asked, with all that was learned."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.power_target import (
    MOST_LEARNED,
    RESTARTS_WINDOW,
    SAME_RESTART,
    Curve,
    Learned,
    Means,
    Offer,
    RestartWatch,
    Setting,
    is_missed,
    number_step,
    offer_of_duty,
    offer_of_limit,
    offer_of_presets,
    offer_of_tuning,
    usual_watts,
)
from custom_components.miner_control.domain.values import (
    PowerLimit,
    Presets,
    Settling,
    Tuning,
    TuningRange,
)

LIVE = Settling(60.0)
SLOW = Settling(600.0, restarts=True)


def limit(watts: float = 3000, *levels: float, low: float = 1200) -> Offer:
    """Return the offer of a power limit, from some watts to 3200 W."""
    found = offer_of_limit(PowerLimit(watts, low, 3200, 1, levels), LIVE)
    assert found
    return found


def presets(*names: str, current: str | None = None) -> Offer | None:
    """Return the offer of some presets."""
    return offer_of_presets(Presets(names, current), SLOW)


def clocks(value: float, learned: Learned | None = None, **others: Any) -> Offer | None:
    """Return the offer of a Bitaxe's clocks."""
    frequency = TuningRange(
        value=value,
        minimum=400,
        maximum=625,
        **{"options": (400, 490, 525, 550, 600, 625), "usual": 525, **others},
    )
    volts = TuningRange(value=1150, minimum=1000, maximum=1250)
    tuning = Tuning(frequency=frequency, voltage=volts)
    return offer_of_tuning(tuning, LIVE, learned or Learned())


def watts_at(watts: float) -> Setting:
    """Return a limit of the power."""
    return Setting(Means.POWER_LIMIT, watts)


class TestWhatIsOffered:
    """What a device lets itself be set to."""

    def test_a_limit_offers_its_range(self) -> None:
        """Between the lowest and the highest limit everything can be had."""
        reach = Curve(limit(), Learned()).reach
        assert reach
        assert (reach.floor, reach.ceiling, reach.steps) == (1200, 3200, ())
        assert number_step(reach) == 10

    def test_a_limit_without_a_real_minimum_gets_one(self) -> None:
        """Nobody can mine at 1 W, whatever the firmware accepts."""
        offer = limit(low=1)
        assert 0.35 * 3200 < offer.minimum < 0.45 * 3200

    def test_levels_are_steps(self) -> None:
        """A limit that knows some levels only is one of them."""
        curve = Curve(limit(1900, 1100, 1500, 1900), Learned())
        assert curve.reach
        assert list(curve.reach.steps) == [1100, 1500, 1900]
        assert curve.reach.step == 400

    def test_a_limit_that_cannot_be_moved_offers_nothing(self) -> None:
        """A range without width is none."""
        assert offer_of_limit(PowerLimit(100, 100, 100), LIVE) is None

    def test_presets_named_by_watts(self) -> None:
        """Their names tell what they draw."""
        offer = presets("1500", "1900 W", "2350 watt ~ 85 TH", "disabled")
        assert offer
        assert [o.nominal for o in offer.options] == [1500, 1900, 2350]
        assert Curve(offer, Learned()).choose(2000).value == "1900 W"

    def test_presets_named_by_clock_need_a_measure(self) -> None:
        """What a clock draws is not known until something was measured or is rated."""
        offer = presets("190MHz", "490MHz", "590MHz")
        assert offer
        assert Curve(offer, Learned()).is_empty
        curve = Curve(offer, Learned(), usual_watts(offer, 3000))
        assert curve.reach
        assert curve.reach.ceiling == pytest.approx(3000)

    def test_modes_that_rest_or_are_unknown_are_never_chosen(self) -> None:
        """A power target does not stop a miner, and does not guess."""
        offer = presets("normal", "sleep", "low power", "custom", current="normal")
        assert offer
        assert [o.setting.value for o in offer.options] == ["low power", "normal"]
        assert presets("sleep", "normal") is None

    def test_clocks_are_those_of_the_device(self) -> None:
        """Nobody is overclocked by a power target."""
        offer = clocks(525)
        assert offer
        assert [o.setting.value for o in offer.options] == [400, 490, 525]
        assert clocks(525, options=()) is None

    def test_a_clock_that_somebody_chose_can_be_had_again(self) -> None:
        """What ran before and was measured is on offer, also while it does not run."""
        above = clocks(600)
        assert above
        assert above.options[-1].setting.value == 600
        learned = Learned()
        assert above.current
        learned.learn(above, above.current, 20.0)
        again = clocks(400, learned)
        assert again
        assert again.options[-1].setting.value == 600

    def test_overclocking_that_is_allowed(self) -> None:
        """Who allows it gets every clock on offer."""
        offer = clocks(525, usual=None)
        assert offer
        assert offer.options[-1].setting.value == 625

    def test_all_or_nothing(self) -> None:
        """What can only mine or rest has one step."""
        offer = offer_of_duty(LIVE)
        assert Curve(offer, Learned()).is_empty
        learned = Learned()
        assert offer.current
        assert learned.learn(offer, offer.current, 900.0)
        reach = Curve(offer, learned).reach
        assert reach
        assert (reach.floor, reach.ceiling, reach.steps) == (900, 900, (900,))


class TestWhatIsShown:
    """Whether a device is set as it was told."""

    @pytest.mark.parametrize(
        ("shown", "wanted", "is_so"),
        [(2000, 2000, True), (1990, 2000, True), (1700, 2000, False)],
    )
    def test_limits_are_rounded(
        self, shown: float, wanted: float, *, is_so: bool
    ) -> None:
        """A device may round what it was told."""
        assert limit(shown).shows(watts_at(wanted)) is is_so

    def test_others(self) -> None:
        """Names and clocks are what they are; silence says nothing."""
        named = presets("low", "high", current="low")
        silent = presets("low", "high")
        assert named
        assert silent
        assert named.shows(Setting(Means.PRESET, "low")) is True
        assert named.shows(Setting(Means.PRESET, "high")) is False
        assert named.shows(watts_at(1000)) is None
        assert silent.shows(Setting(Means.PRESET, "low")) is None
        fast = clocks(525)
        assert fast
        assert fast.shows(Setting(Means.TUNING, 490.0, "@1150")) is False
        assert fast.shows(Setting(Means.TUNING, 525.0, "@1100")) is True

    def test_a_setting_is_stored_and_read(self) -> None:
        """What is stored is what was known."""
        for setting in (watts_at(1500.0), Setting(Means.TUNING, 525.0, "@1150")):
            assert Setting.from_dict(setting.as_dict()) == setting
        with pytest.raises(ValueError, match="nothing"):
            Setting.from_dict({"means": "nothing", "value": 1})


class TestLearning:
    """What settings truly draw."""

    def test_a_limit_that_is_exceeded_is_corrected(self) -> None:
        """Asked 1000 W of what draws 6 % more, less is told."""
        offer, learned = limit(2000), Learned()
        assert Curve(offer, learned).choose(2000) == watts_at(2000)
        learned.learn(offer, watts_at(2000.0), 2120.0)
        curve = Curve(offer, learned)
        assert is_missed(curve, watts_at(2000.0), 2000)
        chosen = curve.choose(2000)
        assert curve.watts_of(chosen) == pytest.approx(2000, rel=0.01)
        assert not is_missed(curve, chosen, 2000)

    def test_what_is_not_reached_says_nothing_of_less(self) -> None:
        """A miner that draws less than its highest limit may still reach a lower."""
        offer, learned = limit(3200), Learned()
        learned.learn(offer, watts_at(3200.0), 2900.0)
        assert Curve(offer, learned).choose(2000) == watts_at(2000)

    def test_limits_that_are_not_reached_draw_the_same(self) -> None:
        """What nearly the same limits draw is nearly the same, whichever was tried."""
        offer, learned = limit(3200), Learned()
        for told in (3200.0, 3180.0, 3200.0):
            learned.learn(offer, watts_at(told), 3080.0)
            curve = Curve(offer, learned)
            assert curve.reach
            assert curve.reach.ceiling == pytest.approx(3080, rel=0.01)
            assert curve.watts_of(watts_at(3190.0)) == pytest.approx(3080, rel=0.01)
        assert curve.watts_of(watts_at(3100.0)) == pytest.approx(3080)
        assert curve.watts_of(watts_at(2000.0)) == 2000

    @pytest.mark.parametrize("asked", [3000, 3080, 3150, 3200])
    def test_no_more_is_told_than_asked_where_that_is_not_reached(
        self, asked: float
    ) -> None:
        """It may be reached again, and nobody asked for more."""
        offer, learned = limit(3200), Learned()
        learned.learn(offer, watts_at(3200.0), 3080.0)
        assert Curve(offer, learned).choose(asked) == watts_at(asked)

    def test_what_cannot_be_true_is_not_learned(self) -> None:
        """A meter of something else, or a miner that is held back, teaches nothing."""
        offer, learned = limit(), Learned()
        assert not learned.learn(offer, watts_at(2000.0), 300.0)
        assert not learned.learn(offer, watts_at(2000.0), 4000.0)
        assert not learned.learn(offer, watts_at(2000.0), 0.0)
        assert not learned.learn(offer, Setting(Means.PRESET, "low"), 2000.0)
        assert learned.watts == {}

    def test_what_varies_is_smoothed(self) -> None:
        """A warm evening does not throw away what was learned all year."""
        offer, learned = limit(), Learned()
        learned.learn(offer, watts_at(2000.0), 2000.0)
        learned.learn(offer, watts_at(2000.0), 2100.0)
        assert 2000 < learned.watts["power_limit:2000"] < 2050
        for _ in range(30):
            learned.learn(offer, watts_at(2000.0), 2100.0)
        assert learned.watts["power_limit:2000"] == pytest.approx(2100, rel=0.001)

    def test_modes_scale_with_what_was_measured(self) -> None:
        """One mode that was measured tells of the others, until they are, too."""
        offer, learned = presets("low", "normal"), Learned()
        assert offer
        learned.learn(offer, Setting(Means.PRESET, "normal"), 3000.0)
        assert Curve(offer, learned).watts_of(Setting(Means.PRESET, "low")) == 1950
        learned.learn(offer, Setting(Means.PRESET, "low"), 2300.0)
        curve = Curve(offer, learned)
        assert curve.reach
        assert list(curve.reach.steps) == [2300, 3000]
        assert curve.choose(2000).value == "low"

    def test_what_cannot_be_held_raises_the_floor(self) -> None:
        """The floor lies above it until everything is forgotten."""
        offer, learned = limit(), Learned()
        assert learned.cannot_hold(offer, watts_at(1400.0))
        curve = Curve(offer, learned)
        assert curve.reach
        assert curve.reach.floor > 1400
        chosen = curve.choose(1300)
        assert isinstance(chosen.value, float)
        assert chosen.value > 1400
        learned.forget()
        assert Curve(offer, learned).choose(1300) == watts_at(1300)

    def test_a_mode_that_cannot_be_held(self) -> None:
        """It is left out, but never the last one."""
        offer, learned = presets("low", "normal"), Learned()
        assert offer
        assert learned.cannot_hold(offer, Setting(Means.PRESET, "low"))
        assert not learned.cannot_hold(offer, Setting(Means.PRESET, "normal"))
        curve = Curve(offer, learned, 3000.0)
        assert curve.choose(10).value == "normal"
        assert not learned.cannot_hold(offer, Setting(Means.PRESET, "strange"))


OFFERS = st.one_of(
    st.builds(
        lambda low, width, step: offer_of_limit(
            PowerLimit(None, low, low + width, step), LIVE
        ),
        st.floats(300, 2000),
        st.floats(200, 3000),
        st.sampled_from((1, 10, 50, 100)),
    ),
    st.lists(st.integers(500, 5000), min_size=2, max_size=12, unique=True).map(
        lambda levels: limit(2000, *map(float, levels))
    ),
    st.just(presets("low", "normal", "high")),
    st.just(clocks(525)),
)


@given(
    offer=OFFERS,
    factor=st.floats(0.85, 1.15),
    offset=st.floats(0, 60),
    targets=st.lists(st.floats(1, 6000), min_size=1, max_size=8),
)
def test_what_is_chosen(
    offer: Offer, factor: float, offset: float, targets: list[float]
) -> None:
    """Of what draws other watts than told, the best is found by trying and learning.

    It draws no more than asked, unless it is the lowest; nothing known draws more
    that is not above the target; and the search comes to its end.
    """
    learned, usual = Learned(), None if offer.in_watts else 1000.0

    def drawn(setting: Setting) -> float:
        nominal = offer.nominal_of(setting)
        assert nominal is not None
        return nominal * (usual or 1.0) * factor + offset

    for target in targets:
        for _ in range(20):
            curve = Curve(offer, learned, usual)
            chosen = curve.choose(target)
            learned.learn(offer, chosen, drawn(chosen))
            curve = Curve(offer, learned, usual)
            if not is_missed(curve, chosen, target):
                break
        else:
            pytest.fail("the search has no end")
        reach = curve.reach
        assert reach
        assert reach.floor <= reach.ceiling
        watts = curve.watts_of(chosen)
        assert watts is not None
        lowest = curve.choose(0.0)
        slack = target * 0.03 + offer.step * 1.2
        assert watts <= target + slack or chosen == lowest
        if reach.steps:
            better = [w for w in reach.steps if watts < w <= target]
            assert not better or max(better) - watts <= slack
        assert len(learned.watts) <= MOST_LEARNED


@given(st.lists(st.tuples(st.floats(1200, 3200), st.floats(0.7, 1.3)), max_size=200))
def test_learning_is_bounded(seen: list[tuple[float, float]]) -> None:
    """However many limits were seen, only so many are remembered."""
    offer, learned = limit(), Learned()
    for watts, ratio in seen:
        learned.learn(offer, watts_at(watts), watts * ratio)
    assert len(learned.watts) <= MOST_LEARNED
    assert all(watts > 0 for watts in learned.watts.values())


class TestRestarts:
    """Two restarts that nobody asked for, within a quarter of an hour."""

    @staticmethod
    def note(watch: RestartWatch, now: float, uptime: float, **others: Any) -> bool:
        """Note a miner that mines and has been up for some time."""
        told = {"status": MinerStatus.ON, "is_asked_for": False, **others}
        return watch.note(now, uptime=uptime, **told)

    def test_two_restarts(self) -> None:
        """The second one counts."""
        watch = RestartWatch()
        assert not self.note(watch, 0, 500)
        assert not self.note(watch, 100, 10)
        assert not self.note(watch, 160, 70)
        assert self.note(watch, 300, 5)

    def test_far_apart(self) -> None:
        """One each hour is nothing of a setting."""
        watch = RestartWatch()
        self.note(watch, 0, 500)
        self.note(watch, 100, 10)
        assert not self.note(watch, 101 + RESTARTS_WINDOW, 5)

    def test_the_same_restart_seen_twice(self) -> None:
        """What is down for a while and then up is one restart."""
        watch = RestartWatch()
        self.note(watch, 0, 500)
        self.note(watch, 100, 0, status=MinerStatus.STARTING)
        self.note(watch, 110, 10, status=MinerStatus.STARTING)
        assert not self.note(watch, 100 + SAME_RESTART / 2, 1)

    def test_without_an_uptime(self) -> None:
        """A miner that says that it starts has restarted."""
        watch = RestartWatch()
        for at in (0, 300):
            for status in (MinerStatus.ON, MinerStatus.STARTING):
                is_loop = watch.note(
                    at + 100 * (status is MinerStatus.STARTING),
                    status=status,
                    uptime=None,
                    is_asked_for=False,
                )
        assert is_loop

    def test_what_was_asked_for(self) -> None:
        """A command restarts what it likes, and forgives what follows from it."""
        watch = RestartWatch()
        self.note(watch, 0, 500)
        assert not self.note(watch, 100, 10, is_asked_for=True)
        watch.forgive(1)
        assert not self.note(watch, 200, 3)
        assert not self.note(watch, 300, 103)
        assert not self.note(watch, 400, 3)
        assert not self.note(watch, 500, 103)
        assert self.note(watch, 600, 3)

    def test_another_teller(self) -> None:
        """Two that count from different times do not make a restart."""
        watch = RestartWatch()
        self.note(watch, 0, 5000)
        watch.forget_uptime()
        assert not self.note(watch, 50, 30)
        assert not self.note(watch, 100, 80)
        assert not self.note(watch, 200, 5)
