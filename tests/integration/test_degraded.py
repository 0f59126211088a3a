"""What shows that a miner is not served as it should be."""

from dataclasses import replace

import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    NETWORK_FEATURES,
    Network,
    entities,
    network,
    simulation,
)


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with a device on the network and a smart plug."""
    return await set_up(network(), entities())


@pytest.mark.normal
async def test_nothing_is_degraded_while_all_first_bindings_serve(miner: Bench) -> None:
    """An empty list of features says it, too."""
    assert miner.degraded.state == "off"
    assert miner.degraded.attributes["features"] == {}


async def test_degraded_names_each_fallback(miner: Bench, plug: Plug) -> None:
    """The attribute tells which feature is served by whom instead."""
    await plug.measure("unknown")
    assert miner.degraded.state == "on"
    assert miner.degraded.attributes["features"] == {"power_monitoring": "S19"}


async def test_degraded_names_what_nobody_serves(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """All that only the device has is served by nobody when that is gone."""
    devices[HOST].answer = GONE
    await clock.advance(30)
    assert miner.degraded.state == "on"
    served = {F.POWER_MONITORING, F.STATUS_MONITORING}
    assert miner.degraded.attributes["features"] == dict.fromkeys(
        NETWORK_FEATURES - served
    )


async def test_degraded_ends_with_the_take_back(
    miner: Bench, plug: Plug, clock: Clock
) -> None:
    """Not with the recovery: until then another one serves."""
    await plug.measure("unknown")
    await plug.measure(3100)
    assert miner.degraded.state == "on"
    await clock.advance(31)
    assert miner.degraded.state == "off"


@pytest.mark.normal
async def test_degraded_does_not_count_what_is_not_expected(
    miner: Bench, plug: Plug, clock: Clock
) -> None:
    """While the power is off, nobody expects the network to serve."""
    await plug.switch(on=False)
    await plug.measure(0)
    await clock.advance(60)
    assert miner.degraded.state == "off"


@pytest.mark.normal
async def test_degraded_does_not_count_a_value_that_nobody_has(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """A device that answers, but does not know its voltage, has not failed."""
    devices[HOST].answer = replace(HASHING, voltage=None)
    await clock.advance(30)
    assert miner.sensor("voltage").state == "unknown"
    assert miner.degraded.state == "off"


@pytest.mark.normal
async def test_degraded_follows_a_change_of_priorities(
    miner: Bench, plug: Plug
) -> None:
    """Whoever is first now decides."""
    await miner.set_feature("S19", F.POWER_MONITORING, priority=90)
    assert miner.served("power") == ("3000.0", "S19", False)
    assert miner.degraded.state == "off"


async def test_connectivity_is_each_controllers_own(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """One controller's failure is not another one's."""
    assert miner.connectivity("S19").state == "on"
    assert miner.connectivity("Smart plug").state == "on"
    devices[HOST].answer = GONE
    await clock.advance(30)
    assert miner.connectivity("S19").state == "off"
    assert miner.connectivity("Smart plug").state == "on"
    devices[HOST].answer = HASHING
    await plug.fall_silent()
    await clock.advance(60)
    assert miner.connectivity("S19").state == "on"
    assert miner.connectivity("Smart plug").state == "off"


async def test_connectivity_survives_one_of_several_entities(
    miner: Bench, plug: Plug
) -> None:
    """A plug whose meter fails can still switch."""
    await plug.measure("unavailable")
    assert miner.connectivity("Smart plug").state == "on"


@pytest.mark.normal
async def test_simulation_is_always_connected(set_up: SetUp) -> None:
    """There is nothing that could be lost."""
    miner = await set_up(simulation())
    assert miner.connectivity("Simulation").state == "on"
    assert miner.degraded.state == "off"
