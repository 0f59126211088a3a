"""What a miner cannot reach is not believed, and all else is left as it is."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.plausibility import (
    Limits,
    believed,
    limits_of,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    Hashboard,
    HashRate,
    HashRateUnit,
    Power,
    PowerLimit,
    Temperature,
)


def limits(*snapshots: Snapshot, rated: float | None = None) -> Limits:
    """Return the limits of a miner that runs."""
    return limits_of(snapshots, [rated], powered_down=False)


GAMMA = Snapshot(expected_hashrate=HashRate(1.07))


@pytest.mark.parametrize(
    ("told", "known", "is_believed"),
    [
        pytest.param(HashRate(1.2), GAMMA, True, id="as expected"),
        pytest.param(HashRate(3.2), GAMMA, True, id="three times as expected"),
        pytest.param(HashRate(200.5), GAMMA, False, id="Bitaxe that ran over"),
        pytest.param(HashRate(0), GAMMA, True, id="nothing"),
        pytest.param(
            HashRate(1070, HashRateUnit.GH), GAMMA, True, id="in another unit"
        ),
        pytest.param(
            HashRate(1070, HashRateUnit.PH), GAMMA, False, id="in a wrong unit"
        ),
        pytest.param(
            HashRate(110),
            Snapshot(expected_hashrate=HashRate(20), max_hashrate=HashRate(110)),
            True,
            id="throttled, but not yet",
        ),
        pytest.param(
            HashRate(400), Snapshot(max_hashrate=HashRate(110)), False, id="maximum"
        ),
        pytest.param(
            HashRate(100),
            Snapshot(expected_hashrate=HashRate(0), max_hashrate=HashRate(-1)),
            True,
            id="nothing known",
        ),
        pytest.param(HashRate(3e9), Snapshot(), False, id="more than any miner"),
        pytest.param(HashRate(1200), Snapshot(), True, id="largest miner"),
    ],
)
def test_hashrate(told: HashRate, known: Snapshot, *, is_believed: bool) -> None:
    """It is bounded by the expected and by the highest one."""
    found = believed(replace(known, hashrate=told), limits(known))
    assert found.hashrate == (told if is_believed else None)
    assert replace(found, hashrate=None) == known


@pytest.mark.parametrize(
    ("watts", "known", "rated", "is_believed"),
    [
        pytest.param(1188, Snapshot(max_power=Power(140)), None, False, id="heater"),
        pytest.param(140, Snapshot(max_power=Power(140)), None, True, id="as rated"),
        pytest.param(
            3400,
            Snapshot(power_limit=PowerLimit(800, 600, 3555)),
            None,
            True,
            id="within the range of the limit",
        ),
        pytest.param(65535, Snapshot(max_power=Power(3250)), None, False, id="meter"),
        pytest.param(65535, Snapshot(), None, False, id="more than any miner"),
        pytest.param(11_000, Snapshot(), None, True, id="largest miner"),
        pytest.param(12_000, Snapshot(), 3600, False, id="rated elsewhere"),
        pytest.param(3000, Snapshot(), 0, True, id="nothing rated"),
    ],
)
def test_power(
    watts: float, known: Snapshot, rated: float | None, *, is_believed: bool
) -> None:
    """It is bounded by what the miner is rated for."""
    told = replace(known, power=Power(watts))
    found = believed(told, limits(known, rated=rated))
    assert found == (told if is_believed else known)


@pytest.mark.parametrize("name", ["chip_temperature", "board_temperature"])
@pytest.mark.parametrize(
    ("celsius", "status", "powered_down", "is_believed"),
    [
        (-1, MinerStatus.ON, False, False),
        (-1.0, None, False, False),
        (-2, MinerStatus.ON, False, True),
        (0, MinerStatus.ON, False, True),
        (0, None, False, True),
        (0, MinerStatus.OFF, False, False),
        (-12, MinerStatus.IDLE, False, False),
        (12, MinerStatus.IDLE, False, True),
        (0, MinerStatus.ON, True, False),
        (70, MinerStatus.ERROR, True, True),
    ],
)
def test_temperature(
    name: str,
    celsius: float,
    status: MinerStatus | None,
    *,
    powered_down: bool,
    is_believed: bool,
) -> None:
    """A failed sensor reads -1; one without power reads 0 or less."""
    measured: dict[str, Any] = {name: Temperature(celsius)}
    board = Hashboard(hashrate=HashRate(30), **measured)
    told = Snapshot(status=status, hashboards=(board,), **measured)
    found = believed(told, Limits(powered_down=powered_down))
    if is_believed:
        assert found is told
    else:
        without: dict[str, Any] = {name: None}
        bare = replace(board, **without)
        assert found == replace(told, hashboards=(bare,), **without)


@pytest.mark.parametrize("name", ["inlet_temperature", "outlet_temperature"])
def test_other_temperatures_may_be_below_zero(name: str) -> None:
    """It is winter outside."""
    told = Snapshot(**{name: Temperature(-1)}, status=MinerStatus.OFF)  # type: ignore[arg-type]
    assert believed(told, Limits(powered_down=True)) is told


@pytest.mark.parametrize(
    ("rate", "nominal", "is_believed"),
    [(35, 36, True), (120, 36, False), (120, None, True), (400, None, False)],
)
def test_hashrate_of_a_board(
    rate: float, nominal: float | None, *, is_believed: bool
) -> None:
    """It is bounded by its own nominal one, or by that of the miner."""
    board = Hashboard(
        hashrate=HashRate(rate),
        nominal_hashrate=None if nominal is None else HashRate(nominal),
    )
    others = (Hashboard(), Hashboard())
    told = Snapshot(hashboards=(board, *others), max_hashrate=HashRate(110))
    found = believed(told, limits(told)).hashboards
    assert found == (board if is_believed else replace(board, hashrate=None), *others)


rates = st.none() | st.builds(HashRate, st.floats(), st.sampled_from(HashRateUnit))
powers = st.none() | st.builds(Power, st.floats())
heats = st.none() | st.builds(Temperature, st.floats())
boards = st.builds(
    Hashboard,
    chip_temperature=heats,
    board_temperature=heats,
    hashrate=rates,
    nominal_hashrate=rates,
)
snapshots = st.builds(
    Snapshot,
    hashrate=rates,
    expected_hashrate=rates,
    max_hashrate=rates,
    power=powers,
    max_power=powers,
    chip_temperature=heats,
    board_temperature=heats,
    hashboards=st.none() | st.lists(boards, max_size=3).map(tuple),
)


@given(told=snapshots, other=snapshots, is_down=st.booleans())
def test_only_what_is_doubted_is_lost(
    told: Snapshot, other: Snapshot, *, is_down: bool
) -> None:
    """Nothing is made up, whatever is told, and what was believed stays so."""
    found = believed(told, limits_of([told, other], [None], powered_down=is_down))
    for field in fields(Snapshot):
        value = getattr(found, field.name)
        if field.name != "hashboards":
            assert value is None or value is getattr(told, field.name)
    assert len(found.hashboards or ()) == len(told.hashboards or ())
    again = limits_of([found, other], [None], powered_down=is_down)
    assert believed(found, again) is found


def test_miner_that_is_told_to_do_less() -> None:
    """What is expected falls at once; what is measured falls later, and is true."""
    boards = tuple(
        Hashboard(hashrate=HashRate(40), nominal_hashrate=HashRate(13))
        for _ in range(3)
    )
    former = limits(Snapshot(expected_hashrate=HashRate(120)))
    now = Snapshot(
        hashrate=HashRate(120), expected_hashrate=HashRate(39), hashboards=boards
    )
    found = limits_of([now], [], powered_down=False, former=former)
    assert believed(now, found) == now
    assert believed(replace(now, hashrate=HashRate(400)), found).hashrate is None
