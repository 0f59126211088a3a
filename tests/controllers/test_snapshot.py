"""What a refresh found, and the ports that read it."""

from dataclasses import FrozenInstanceError, fields
from inspect import getmembers, isclass
from math import nan

import pytest

from custom_components.miner_control.controllers import snapshot as snapshots
from custom_components.miner_control.controllers.snapshot import (
    HashrateFromSnapshot,
    Snapshot,
    SnapshotReader,
    readings_of,
)
from custom_components.miner_control.domain.ports import PORTS, FeaturePort, ports_of
from custom_components.miner_control.domain.values import (
    Hashboard,
    HashRate,
    OperationalData,
    Temperature,
)

READERS: list[type[SnapshotReader]] = [
    member
    for _, member in getmembers(snapshots, isclass)
    if issubclass(member, SnapshotReader) and member is not SnapshotReader
]
FIELDS = [field.name for field in fields(Snapshot)]


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Start no Home Assistant, as the shared fixture of that name would."""


def port_of(reader: type[SnapshotReader]) -> type[FeaturePort]:
    """Return the one port that a reader implements."""
    (port,) = ports_of(reader).values()
    return port


def test_each_monitored_feature_has_a_reader() -> None:
    """A controller need not write the reading of any snapshot by itself."""
    monitored = {
        feature_type for feature_type in PORTS if not feature_type.endswith("_control")
    }
    assert {port_of(reader).feature_type for reader in READERS} == monitored


@pytest.mark.parametrize("reader", READERS)
def test_reading_comes_from_the_snapshot(reader: type[SnapshotReader]) -> None:
    """The reading of a port is the snapshot's field of the same name."""
    reading = port_of(reader).reading
    assert reading is not None
    value = object()
    instance = reader()
    assert getattr(instance, reading) is None
    instance.snapshot = Snapshot(**{reading: value})  # type: ignore[arg-type]
    assert getattr(instance, reading) is value


def test_expected_hashrate_comes_from_the_snapshot() -> None:
    """A hash rate has a second reading beside its own."""
    reader = HashrateFromSnapshot()
    reader.snapshot = Snapshot(expected_hashrate=HashRate(110))
    assert reader.expected_hashrate == HashRate(110)
    assert reader.hashrate is None


def test_readers_share_no_snapshot() -> None:
    """What one controller read is not what another one read."""
    one, other = HashrateFromSnapshot(), HashrateFromSnapshot()
    one.snapshot = Snapshot(hashrate=HashRate(1))
    assert other.hashrate is None


@pytest.mark.parametrize("name", FIELDS)
def test_unread_is_none(name: str) -> None:
    """A snapshot knows nothing that was not read, and never changes."""
    snapshot = Snapshot()
    assert getattr(snapshot, name) is None
    with pytest.raises(FrozenInstanceError):
        setattr(snapshot, name, 1)


@pytest.mark.parametrize(
    "reading",
    [port.reading for port in PORTS.values() if port.reading is not None],
)
def test_each_reading_has_a_field(reading: str) -> None:
    """Whatever health is judged by has a place in the snapshot."""
    assert reading in FIELDS


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
