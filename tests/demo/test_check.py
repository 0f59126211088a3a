"""What the check makes of all miners together."""

from types import SimpleNamespace
from typing import Any

import pytest

from demo.check import Check
from demo.controls import CONTROLS
from tools.home.miners import Miner

ALL = {control.name for control in CONTROLS}
ACCOUNTS = {"pools": [{"url": "stratum+tcp://pool", "user": "me"}], "password": "x"}


@pytest.fixture
def stage(miner: Miner) -> Any:
    """Return a stage with a miner, from which no device was left out."""
    emulators = SimpleNamespace(left_out=[])
    return SimpleNamespace(miners=[miner], every_miner=[miner], emulators=emulators)


def drives(*driven: set[str]) -> Any:
    """Return drives that drove some controls."""
    return [SimpleNamespace(driven=some) for some in driven]


def test_all_controls_were_driven_by_somebody(stage: Any) -> None:
    """No miner has to have all of them."""
    check = Check(stage)

    check._see_controls(drives({"preset"}, ALL - {"preset"}))

    assert (check.report.passed, check.report.missing) == (1, [])


def test_control_that_no_miner_has_is_missed(stage: Any) -> None:
    """The demonstration's miners were chosen such that they have all."""
    check = Check(stage)

    check._see_controls(drives(ALL - {"preset"}))

    assert check.report.missing == ["Every control was driven on some miner"]


def test_control_of_miners_left_out_is_skipped(
    stage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who may not listen on port 80 is told what was not tried."""
    stage.emulators.left_out = ["Bitaxe (no right to port 80)"]
    check = Check(stage)

    check._see_controls(drives(ALL - {"fan control"}))

    assert (check.report.passed, check.report.missing) == (0, [])
    assert "SKIP  fan control: no miner has one" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("after", "passed"),
    [
        (ACCOUNTS, 1),
        (ACCOUNTS | {"password": "y"}, 0),
        (ACCOUNTS | {"pools": [{"url": "stratum+tcp://pool", "user": "you"}]}, 0),
        (ACCOUNTS | {"pools": []}, 0),
    ],
    ids=["same", "password", "worker", "none"],
)
def test_accounts(stage: Any, after: dict[str, Any], passed: int) -> None:
    """Pools and password have to be what they were."""
    check = Check(stage)

    check._see_accounts([ACCOUNTS], [after])

    assert check.report.passed == passed
    assert len(check.report.missing) == 1 - passed


def test_empty_pools_before_and_after_prove_nothing(stage: Any) -> None:
    """A device without pools has lost them already."""
    check = Check(stage)
    nothing = ACCOUNTS | {"pools": []}

    check._see_accounts([nothing], [nothing])

    assert check.report.passed == 0
