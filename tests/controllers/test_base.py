"""What every controller has in common, and what each type supports."""

from datetime import timedelta
import json
from typing import Any, ClassVar, override

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.controllers import CONTROLLER_TYPES
from custom_components.miner_control.controllers.base import (
    Capabilities,
    Controller,
    ControllerConfig,
)
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.snapshot import (
    PowerFromSnapshot,
    Snapshot,
    StatusFromSnapshot,
)
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.values import Power

POWER = MinerFeatureType.POWER_MONITORING
STATUS = MinerFeatureType.STATUS_MONITORING
HASHRATE = MinerFeatureType.HASHRATE_MONITORING

# What an ASIC's own network API serves at least.
NETWORK = {
    MinerFeatureType.HASHRATE_MONITORING,
    MinerFeatureType.POWER_MONITORING,
    MinerFeatureType.STATUS_MONITORING,
    MinerFeatureType.CHIP_TEMPERATURE_MONITORING,
    MinerFeatureType.BOARD_TEMPERATURE_MONITORING,
    MinerFeatureType.INLET_TEMPERATURE_MONITORING,
    MinerFeatureType.OUTLET_TEMPERATURE_MONITORING,
    MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING,
    MinerFeatureType.VOLTAGE_MONITORING,
    MinerFeatureType.FREQUENCY_MONITORING,
    MinerFeatureType.MINING_CONTROL,
    MinerFeatureType.INTERNAL_FAN_CONTROL,
    MinerFeatureType.MODEL_DETECTION,
}
ALL = set(MinerFeatureType)

texts = st.none() | st.text()
counts = st.integers(0, 1000)
capabilities = st.builds(
    Capabilities,
    features=st.frozensets(st.sampled_from(MinerFeatureType)),
    make=texts,
    model=texts,
    firmware=texts,
    firmware_version=texts,
    serial=texts,
    mac=texts,
    hostname=texts,
    algorithm=texts,
    hashrate_unit=texts,
    library_class=texts,
    library_version=texts,
    boards=counts,
    chips=st.none() | counts,
    fans=counts,
    readings=st.lists(st.text()).map(tuple),
)


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Start no Home Assistant, as the shared fixture of that name would."""


class Meter(PowerFromSnapshot, StatusFromSnapshot, Controller):
    """Measure power, unless the wire is cut."""

    subentry_type: ClassVar[str] = "meter"
    default_priorities = {POWER: 70}  # noqa: RUF012

    is_cut = False
    interval: timedelta | None = None
    asked: frozenset[MinerFeatureType] | None = None

    @property
    @override
    def update_interval(self) -> timedelta | None:
        """Return what the test wants."""
        return self.interval

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Measure 5 W."""
        if self.is_cut:
            raise ControllerUnreachableError("cut")
        self.asked = features
        return Snapshot(power=Power(5))


class Plain(PowerFromSnapshot, Controller):
    """Change nothing that the base class offers."""

    subentry_type: ClassVar[str] = "plain"

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read nothing."""
        return Snapshot()


def config(*features: MinerFeatureType) -> ControllerConfig:
    """Return what a controller is made from."""
    return ControllerConfig(
        controller_id="id",
        title="Title",
        data={},
        capabilities=Capabilities(features=frozenset(features)),
    )


@given(capabilities)
def test_capabilities_survive_storage(known: Capabilities) -> None:
    """What a subentry stores is what is read from it, through JSON and without."""
    assert Capabilities.from_dict(known.as_dict()) == known
    assert Capabilities.from_dict(json.loads(json.dumps(known.as_dict()))) == known


@given(capabilities)
def test_capabilities_are_stored_as_plain_values(known: Capabilities) -> None:
    """Features are stored by name and in order, so that equal ones look equal."""
    stored = known.as_dict()["features"]
    assert stored == sorted(feature.value for feature in known.features)
    assert all(type(name) is str for name in stored)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({}, Capabilities(features=frozenset())),
        ({"features": ["power_monitoring", "teleportation", None, 7, []]}, {POWER}),
        ({"features": ["power_monitoring"], "wings": 2}, {POWER}),
        ({"model": "S19"}, Capabilities(features=frozenset(), model="S19")),
    ],
)
def test_unknown_capabilities_are_dropped(
    stored: dict[str, Any], expected: Capabilities | set[MinerFeatureType]
) -> None:
    """What another version stored does no harm."""
    if isinstance(expected, set):
        expected = Capabilities(features=frozenset(expected))
    assert Capabilities.from_dict(stored) == expected


def test_supported_features_follow_from_the_ports() -> None:
    """A controller can do what the ports do that it inherits."""
    assert Meter.supported_features() == {POWER, STATUS}
    assert Controller.supported_features() == frozenset()


@pytest.mark.parametrize(
    ("subentry_type", "least", "most"),
    [
        pytest.param("pyasic", NETWORK, ALL, id="pyasic"),
        pytest.param("entities", ALL, ALL, id="entities"),
        pytest.param("simulated", ALL, ALL, id="simulated"),
    ],
)
def test_features_of_each_controller_type(
    subentry_type: str, least: set[MinerFeatureType], most: set[MinerFeatureType]
) -> None:
    """Each type of controller supports at least what it promises."""
    supported = CONTROLLER_TYPES[subentry_type].supported_features()
    assert least - supported == set()
    assert supported - most == set()


@pytest.mark.parametrize(
    ("subentry_type", "feature_type", "priority"),
    [
        ("pyasic", HASHRATE, 50),
        ("pyasic", POWER, 40),
        ("entities", POWER, 80),
        ("simulated", POWER, 10),
    ],
)
def test_default_priorities(
    subentry_type: str, feature_type: MinerFeatureType, priority: int
) -> None:
    """A plug outranks the firmware, and the firmware outranks a model."""
    assert CONTROLLER_TYPES[subentry_type].priority_of(feature_type) == priority


@pytest.mark.parametrize("subentry_type", CONTROLLER_TYPES)
def test_types_are_known_by_their_own_names(subentry_type: str) -> None:
    """The key of a type is what its subentries are called."""
    assert CONTROLLER_TYPES[subentry_type].subentry_type == subentry_type


def test_priority_of_a_feature() -> None:
    """A type may rank a feature apart from the others."""
    assert Meter.priority_of(POWER) == 70
    assert Meter.priority_of(STATUS) == 50


def test_device_narrows_what_its_kind_can_do() -> None:
    """A controller serves what both its class and its device can do."""
    meter = Meter(config(POWER, HASHRATE))
    assert meter.features == {POWER}
    assert meter.can_serve(POWER)
    assert not meter.can_serve(STATUS)
    assert not meter.can_serve(HASHRATE)


def test_controller_knows_what_it_is_made_from() -> None:
    """Id, title and capabilities come from the subentry."""
    given_config = config(POWER)
    meter = Meter(given_config)
    assert meter.controller_id == "id"
    assert meter.title == "Title"
    assert meter.capabilities is given_config.capabilities


async def test_refresh_fills_the_snapshot() -> None:
    """Ports read what the last refresh found, and nothing before it."""
    meter = Meter(config(POWER))
    assert meter.power is None
    snapshot = await meter.async_refresh(frozenset({POWER}))
    assert meter.asked == frozenset({POWER})
    assert meter.snapshot is snapshot
    assert meter.power == Power(5)


async def test_failed_refresh_keeps_the_snapshot() -> None:
    """Who asks is told, and judges by the age of the reading."""
    meter = Meter(config(POWER))
    await meter.async_refresh(frozenset({POWER}))
    meter.is_cut = True
    with pytest.raises(ControllerUnreachableError):
        await meter.async_refresh(frozenset({POWER}))
    assert meter.power == Power(5)


@pytest.mark.parametrize(
    ("interval", "limit"),
    [(None, None), (timedelta(seconds=30), timedelta(seconds=90))],
)
def test_reading_is_stale_after_three_intervals(
    interval: timedelta | None, limit: timedelta | None
) -> None:
    """What is not polled does not grow stale."""
    meter = Meter(config(POWER))
    meter.interval = interval
    assert meter.reading_age_limit() == limit


async def test_base_class_asks_for_nothing() -> None:
    """Without more ado a controller is not polled, and announces nothing."""
    plain = Plain(config(POWER))
    changes: list[None] = []
    stop = plain.async_subscribe(lambda: changes.append(None))
    snapshot = await plain.async_refresh(frozenset({POWER}))
    plain.forget_connection()
    stop()
    assert changes == []
    assert plain.snapshot is snapshot
    assert plain.update_interval is None
    assert not plain.needs_power
