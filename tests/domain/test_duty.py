"""Mining for a share of the time."""

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.duty import LONGEST_TURN, Duty


@given(
    share=st.floats(0.05, 0.99),
    least_on=st.floats(300, 3600),
    least_off=st.floats(300, 3600),
)
def test_a_share_is_kept(share: float, least_on: float, least_off: float) -> None:
    """Neither phase is shorter than allowed, and the mean is what was asked."""
    duty = Duty(least_on, least_off, is_on=True, since=0.0)
    now, mined, is_on = 0.0, 0.0, True
    for _ in range(20):
        ends_at = duty.changes_at(share)
        assert ends_at is not None
        assert not duty.shall_change(share, ends_at - 1)
        assert duty.shall_change(share, ends_at)
        assert ends_at - now >= (least_on if is_on else least_off) - 1e-6
        mined += (ends_at - now) * is_on
        now, is_on = ends_at, not is_on
        duty.is_on, duty.since = is_on, now
    if duty.phases(share)[1] >= least_off:
        assert mined / now == pytest.approx(share, rel=1e-6)


def test_shares_that_need_no_turns() -> None:
    """All of the time is no turn, and next to nothing is worth no start."""
    duty = Duty(3600, 1800, is_on=True, since=0.0)
    assert not duty.shall_change(1.0, 10 * LONGEST_TURN)
    duty.is_on = False
    assert not duty.shall_change(0.0, 10 * LONGEST_TURN)
    assert not duty.shall_change(0.001, 10 * LONGEST_TURN)
    duty.is_on = True
    assert duty.shall_change(0.0, 3600)


def test_nothing_goes_on() -> None:
    """Without a beginning there is no end."""
    duty = Duty(3600, 1800)
    assert duty.changes_at(0.5) is None
    assert not duty.shall_change(0.5, 1e9)
