"""Ports: one per feature type, each with a reading that exists."""

from inspect import isabstract, iscoroutinefunction, signature

import pytest

from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.ports import (
    PORTS,
    FeaturePort,
    HashrateMonitorPort,
    MiningControlPort,
    PowerMonitorPort,
    StatusMonitorPort,
    ports_of,
)
from custom_components.miner_control.domain.values import HashRate, Power

ALL_PORTS = [pytest.param(port, id=port.__name__) for port in PORTS.values()]


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


@pytest.mark.parametrize("port", ALL_PORTS)
def test_port_is_abstract(port: type[FeaturePort]) -> None:
    """A port asks a controller for something."""
    assert isabstract(port)
    with pytest.raises(TypeError, match="abstract"):
        port()


@pytest.mark.parametrize("port", ALL_PORTS)
def test_reading_is_an_abstract_property(port: type[FeaturePort]) -> None:
    """Health is judged by a property that every controller has to give."""
    if port.reading is not None:
        assert isinstance(vars(port)[port.reading], property)
        assert port.reading in port.__abstractmethods__


@pytest.mark.parametrize("port", ALL_PORTS)
def test_monitored_features_have_a_reading(port: type[FeaturePort]) -> None:
    """Only a control can be healthy without a value."""
    if not port.feature_type.endswith("_control"):
        assert port.reading is not None


@pytest.mark.parametrize("port", ALL_PORTS)
def test_only_controls_act(port: type[FeaturePort]) -> None:
    """A control port has commands; they return nothing, so they cannot lie."""
    commands = [
        member
        for name in port.__abstractmethods__
        if not isinstance(member := getattr(port, name), property)
    ]
    assert bool(commands) is port.feature_type.endswith("_control")
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
