"""What a refresh found."""

from dataclasses import FrozenInstanceError, fields
from math import nan

import pytest

from custom_components.miner_control.domain.snapshot import Snapshot, readings_of
from custom_components.miner_control.domain.values import (
    Hashboard,
    HashRate,
    OperationalData,
    Temperature,
)

FIELDS = [field.name for field in fields(Snapshot)]


@pytest.mark.parametrize("name", FIELDS)
def test_unread_is_none(name: str) -> None:
    """A snapshot knows nothing that was not read, and never changes."""
    snapshot = Snapshot()
    assert getattr(snapshot, name) is None
    with pytest.raises(FrozenInstanceError):
        setattr(snapshot, name, 1)


@pytest.mark.parametrize(
    ("snapshot", "told"),
    [
        (Snapshot(), set()),
        (Snapshot(hashrate=HashRate(100)), set()),
        (Snapshot(expected_hashrate=HashRate(110)), {"expected_hashrate"}),
        (Snapshot(expected_hashrate=HashRate(nan)), set()),
        (Snapshot(operation=OperationalData()), set()),
        (Snapshot(operation=OperationalData(errors=())), {"errors"}),
        (
            Snapshot(operation=OperationalData(shares_rejected=0, active_pool="")),
            {"shares_rejected", "active_pool"},
        ),
        (Snapshot(hashboards=()), set()),
        (Snapshot(hashboards=(Hashboard(),)), set()),
        (
            Snapshot(
                hashboards=(
                    Hashboard(chip_temperature=Temperature(70)),
                    Hashboard(chip_temperature=Temperature(200), hashrate=HashRate(0)),
                )
            ),
            {"board_chip_temperature", "board_hashrate"},
        ),
        (Snapshot(hashboards=(Hashboard(board_temperature=Temperature(-99)),)), set()),
    ],
)
def test_readings_are_those_that_can_be_true(
    snapshot: Snapshot, told: set[str]
) -> None:
    """Zero is a reading, and so is the absence of errors."""
    assert readings_of(snapshot) == told
