"""Ports: one per feature type, each with a reading that exists."""

from dataclasses import fields
from inspect import isabstract, iscoroutinefunction, signature

import pytest

from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.ports import (
    PORTS,
    EveryMonitorPort,
    FeaturePort,
    HashrateMonitorPort,
    MiningControlPort,
    PowerMonitorPort,
    StatusMonitorPort,
    ports_of,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import HashRate, Power

ALL_PORTS = [pytest.param(port, id=port.__name__) for port in PORTS.values()]
SHOWN = [
    pytest.param(port, field, id=field)
    for port in PORTS.values()
    for field in port.fields
]


def made_of(port: type[FeaturePort]) -> FeaturePort:
    """Return a controller that can be told nothing."""
    commands = dict.fromkeys(port.__abstractmethods__)
    controller: FeaturePort = type("Deaf", (port,), commands)()
    return controller


class Meter(PowerMonitorPort):
    """Measure power."""

    power = Power(1)


class Device(HashrateMonitorPort, Meter, StatusMonitorPort):
    """Measure power by inheritance, hash rate and status by itself."""

    hashrate = HashRate(1)
    status = None


def test_each_feature_type_has_one_port() -> None:
    """No feature type is without a port, and none has two."""
    assert set(PORTS) == set(MinerFeatureType)
    types = [port.feature_type for port in PORTS.values()]
    assert sorted(types) == sorted(MinerFeatureType)
    for feature_type, port in PORTS.items():
        assert port.feature_type is feature_type
        assert port.__bases__ == (FeaturePort,)


def acts(port: type[FeaturePort]) -> bool:
    """Tell whether a port has commands, by the name of its feature."""
    return port.feature_type.endswith(("_control", "_update"))


@pytest.mark.parametrize("port", ALL_PORTS)
def test_only_commands_are_left_to_the_controller(port: type[FeaturePort]) -> None:
    """A port reads by itself; what it cannot know is how to tell a device something."""
    is_control = acts(port)
    assert isabstract(port) is is_control
    if is_control:
        with pytest.raises(TypeError, match="abstract"):
            port()


@pytest.mark.parametrize(("port", "field"), SHOWN)
def test_field_is_read_from_the_snapshot(port: type[FeaturePort], field: str) -> None:
    """A port shows the field of the last snapshot that has the name of its property."""
    controller = made_of(port)
    assert getattr(controller, field) is None
    value = object()
    controller.snapshot = Snapshot(**{field: value})  # type: ignore[arg-type]
    assert getattr(controller, field) is value
    assert getattr(made_of(port), field) is None


def test_each_field_is_shown_by_one_port() -> None:
    """Nothing is read that no feature shows, and nothing is shown twice."""
    shown = [field for port in PORTS.values() for field in port.fields]
    assert sorted(shown) == sorted(field.name for field in fields(Snapshot))


@pytest.mark.parametrize("port", ALL_PORTS)
def test_health_is_judged_by_the_first_field(port: type[FeaturePort]) -> None:
    """Only a control can be healthy without a value."""
    is_control = acts(port)
    assert port.reading in {*port.fields[:1], *([None] if is_control else [])}
    assert is_control or port.reading is not None


def test_controller_may_know_better_than_its_snapshot() -> None:
    """A property of its own takes the place of the port's."""
    assert Device().power == Power(1)
    assert ports_of(Device)[MinerFeatureType.POWER_MONITORING].fields == ("power",)


@pytest.mark.parametrize("port", ALL_PORTS)
def test_only_controls_act(port: type[FeaturePort]) -> None:
    """A control port has commands; they return nothing, so they cannot lie."""
    commands = [
        member
        for name in port.__abstractmethods__
        if not isinstance(member := getattr(port, name), property)
    ]
    assert bool(commands) is acts(port)
    for command in commands:
        assert iscoroutinefunction(command)
        assert signature(command).return_annotation is None


def test_ports_of_a_class_are_found_along_its_mro() -> None:
    """What a class can do is what it inherits, at any distance."""
    assert ports_of(Device) == {
        MinerFeatureType.HASHRATE_MONITORING: HashrateMonitorPort,
        MinerFeatureType.POWER_MONITORING: PowerMonitorPort,
        MinerFeatureType.STATUS_MONITORING: StatusMonitorPort,
    }


def test_all_that_is_only_read_is_inherited_at_once() -> None:
    """A controller that may read anything needs no line for a new feature type."""
    readable = {name for name, port in PORTS.items() if not isabstract(port)}
    assert set(ports_of(EveryMonitorPort)) == readable


@pytest.mark.parametrize("nothing", [object, FeaturePort])
def test_class_without_ports_can_do_nothing(nothing: type) -> None:
    """The base of all ports is no port."""
    assert ports_of(nothing) == {}


def test_optional_readings_have_defaults() -> None:
    """What few devices tell need not be implemented."""
    device = Device()
    assert device.expected_hashrate is None
    assert device.status_follows_power is False


def test_mining_needs_no_reading() -> None:
    """A miner can be told to start, whether it tells if it mines or not."""
    assert MiningControlPort.reading is None
