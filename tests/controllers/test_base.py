"""What every controller has in common, and what each type supports."""

from collections.abc import Mapping, Set as AbstractSet
from datetime import timedelta
import json
from typing import Any, ClassVar, override

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.controllers import controller_type, subentry_types
from custom_components.miner_control.controllers.base import (
    Capabilities,
    Controller,
    ControllerConfig,
)
from custom_components.miner_control.controllers.errors import (
    ControllerUnreachableError,
)
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.ports import (
    PowerMonitorPort,
    StatusMonitorPort,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import Power
from tests.controllers.support import NO_HASS, type_of
from tests.features import OF_NETWORK

POWER = MinerFeatureType.POWER_MONITORING
STATUS = MinerFeatureType.STATUS_MONITORING
HASHRATE = MinerFeatureType.HASHRATE_MONITORING

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


class Meter(PowerMonitorPort, StatusMonitorPort, Controller):
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

    @classmethod
    @override
    def stable_key(cls, data: Mapping[str, Any], title: str) -> str:
        """Return the title."""
        return title

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Measure 5 W."""
        if self.is_cut:
            raise ControllerUnreachableError("cut")
        self.asked = features
        return Snapshot(power=Power(5))


class Plain(PowerMonitorPort, Controller):
    """Change nothing that the base class offers."""

    subentry_type: ClassVar[str] = "plain"

    @classmethod
    @override
    def stable_key(cls, data: Mapping[str, Any], title: str) -> str:
        """Return the title."""
        return title

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


@given(capabilities, capabilities)
def test_capabilities_grow(known: Capabilities, found: Capabilities) -> None:
    """Whatever was found, nothing is lost, and a unit that is known stays."""
    grown = known.grown(found)
    assert grown.features == known.features | found.features
    assert set(grown.readings) == {*known.readings, *found.readings}
    assert grown.hashrate_unit == (known.hashrate_unit or found.hashrate_unit)


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
        pytest.param("network", OF_NETWORK, ALL, id="pyasic"),
        pytest.param("entities", ALL, ALL, id="entities"),
        pytest.param("simulated", ALL, ALL, id="simulated"),
    ],
)
def test_features_of_each_controller_type(
    subentry_type: str,
    least: AbstractSet[MinerFeatureType],
    most: AbstractSet[MinerFeatureType],
) -> None:
    """Each type of controller supports at least what it promises."""
    supported = type_of(subentry_type).supported_features()
    assert least - supported == set()
    assert supported - most == set()


@pytest.mark.parametrize(
    ("subentry_type", "feature_type", "priority"),
    [
        ("network", HASHRATE, 50),
        ("network", POWER, 40),
        ("entities", POWER, 80),
        ("simulated", POWER, 10),
    ],
)
def test_default_priorities(
    subentry_type: str, feature_type: MinerFeatureType, priority: int
) -> None:
    """A plug outranks the firmware, and the firmware outranks a model."""
    assert type_of(subentry_type).priority_of(feature_type) == priority


@pytest.mark.parametrize("subentry_type", sorted(subentry_types()))
def test_types_are_known_by_their_own_names(subentry_type: str) -> None:
    """A subentry leads to the class that says so of itself."""
    assert type_of(subentry_type).subentry_type == subentry_type


def test_unknown_types_are_none() -> None:
    """What a newer version has stored leads nowhere, and to no wrong class."""
    assert controller_type("telepathy", {}) is None
    assert controller_type("network", {"protocol": "telepathy"}) is None
    assert controller_type("network", {}) is None


def test_priority_of_a_feature() -> None:
    """A type may rank a feature apart from the others."""
    assert Meter.priority_of(POWER) == 70
    assert Meter.priority_of(STATUS) == 50


def test_device_narrows_what_its_kind_can_do() -> None:
    """A controller serves what both its class and its device can do."""
    meter = Meter(NO_HASS, config(POWER, HASHRATE))
    assert meter.features == {POWER}
    assert meter.can_serve(POWER)
    assert not meter.can_serve(STATUS)
    assert not meter.can_serve(HASHRATE)


def test_controller_knows_what_it_is_made_from() -> None:
    """Id, title and capabilities come from the subentry."""
    given_config = config(POWER)
    meter = Meter(NO_HASS, given_config)
    assert meter.controller_id == "id"
    assert meter.title == "Title"
    assert meter.capabilities is given_config.capabilities


async def test_refresh_fills_the_snapshot() -> None:
    """Ports read what the last refresh found, and nothing before it."""
    meter = Meter(NO_HASS, config(POWER))
    assert meter.power is None
    snapshot = await meter.async_refresh(frozenset({POWER}))
    assert meter.asked == frozenset({POWER})
    assert meter.snapshot is snapshot
    assert meter.power == Power(5)


async def test_failed_refresh_keeps_the_snapshot() -> None:
    """Who asks is told, and judges by the age of the reading."""
    meter = Meter(NO_HASS, config(POWER))
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
    meter = Meter(NO_HASS, config(POWER))
    meter.interval = interval
    assert meter.reading_age_limit() == limit


async def test_base_class_asks_for_nothing() -> None:
    """Without more ado a controller is not polled, and announces nothing."""
    plain = Plain(NO_HASS, config(POWER))
    changes: list[None] = []
    stop = plain.async_subscribe(lambda: changes.append(None))
    snapshot = await plain.async_refresh(frozenset({POWER}))
    plain.forget_connection()
    stop()
    assert changes == []
    assert plain.snapshot is snapshot
    assert plain.update_interval is None
    assert not plain.needs_power
