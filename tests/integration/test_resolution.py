"""Who serves a feature: the best that can, and the next where it fails."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import inf, nan
from typing import Any

from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    FanSpeed,
    HashRate,
    Power,
    Temperature,
)

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

OTHER_HOST = "192.0.2.20"


def first(**features: Any) -> Any:
    """Return the subentry of the better of two devices."""
    return network("First", HOST, **features)


def second(**features: Any) -> Any:
    """Return the subentry of the worse of two devices."""
    bindings = {feature_type: {"priority": 20} for feature_type in NETWORK_FEATURES}
    return network("Second", OTHER_HOST, mac=None, bindings=bindings, **features)


@pytest.fixture
async def pair(set_up: SetUp, devices: Network) -> Bench:
    """Return a miner that two devices tell about."""
    return await set_up(first(), second())


@pytest.mark.normal
async def test_each_feature_is_served_by_its_best_binding(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """A plug measures at 80, a device estimates at 40, a simulation has 10."""
    miner = await set_up(simulation(), network(), entities())
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    assert miner.served("hashrate") == ("100.0", "S19", False)
    assert miner.served("external_fan_speed") == ("0.0", "Simulation", False)
    features = await miner.get_features()
    assert {
        name: [binding["priority"] for binding in features[name]["ranking"]]
        for name in ("power_monitoring", "hashrate_monitoring", "power_control")
    } == {
        "power_monitoring": [80, 40, 10],
        "hashrate_monitoring": [50, 10],
        "power_control": [80, 10],
    }


@pytest.mark.normal
async def test_controller_linked_first_wins_a_tie(
    set_up: SetUp, devices: Network
) -> None:
    """Equal priorities leave the feature with whoever was linked first."""
    miner = await set_up(network("B", HOST), network("A", OTHER_HOST, mac=None))
    assert miner.served("hashrate")[1:] == ("B", False)


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("hashrate", {"hashrate": None}),
        ("hashrate", {"hashrate": HashRate(nan)}),
        ("hashrate", {"hashrate": HashRate(inf)}),
        ("hashrate", {"hashrate": HashRate(-1)}),
        ("hashrate", {"hashrate": HashRate(3e9)}),
        ("hashrate", {"hashrate": HashRate(400)}),
        ("power", {"power": None}),
        ("power", {"power": Power(65_535)}),
        ("power", {"power": Power(10_001), "max_power": Power(3250)}),
        ("power", {"power": Power(nan)}),
        ("power", {"power": Power(-5)}),
        ("power", {"power": Power(1e6)}),
        ("chip_temperature", {"chip_temperature": Temperature(200)}),
        ("chip_temperature", {"chip_temperature": Temperature(-1)}),
        ("board_temperature", {"board_temperature": Temperature(-100)}),
        ("board_temperature", {"board_temperature": Temperature(-1)}),
        ("internal_fan_speed_1", {"internal_fan_speeds": ()}),
        ("internal_fan_speed_1", {"internal_fan_speeds": (FanSpeed(-1), None)}),
    ],
)
async def test_next_binding_serves_what_the_first_cannot(
    pair: Bench, devices: Network, clock: Clock, key: str, fault: dict[str, Any]
) -> None:
    """A value that is missing or cannot be true costs that feature alone."""
    devices[HOST].answer = replace(HASHING, **fault)
    await clock.advance(30)
    assert pair.served(key)[1:] == ("Second", True)
    assert pair.served("voltage")[1:] == ("First", False)


@pytest.mark.normal
async def test_chips_without_power_are_not_at_zero(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """What nobody measures while the miner rests, another one may."""
    devices[HOST].answer = replace(
        HASHING,
        hashrate=HashRate(0),
        status=MinerStatus.IDLE,
        chip_temperature=Temperature(0),
        board_temperature=Temperature(0),
    )
    devices[OTHER_HOST].answer = replace(HASHING, chip_temperature=Temperature(14))
    miner = await set_up(first(), second())
    await clock.advance(40)
    assert miner.served("chip_temperature") == ("14", "Second", True)


@pytest.mark.normal
async def test_simulation_bounds_no_real_miner(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A miner may be a hundred times what is simulated beside it."""
    devices[HOST].answer = replace(
        HASHING, hashrate=HashRate(1160), expected_hashrate=None, power=Power(11000)
    )
    miner = await set_up(network(), simulation())
    assert miner.served("hashrate") == ("1160.0", "S19", False)
    assert miner.served("power") == ("11000", "S19", False)


async def test_next_binding_serves_all_of_a_device_that_is_gone(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """One failed poll is enough."""
    devices[HOST].answer = GONE
    devices[OTHER_HOST].answer = replace(HASHING, hashrate=HashRate(99))
    await clock.advance(30)
    assert pair.served("hashrate") == ("99.0", "Second", True)
    assert pair.served("internal_fan_speed_2")[1:] == ("Second", True)


async def test_next_binding_serves_what_has_grown_stale(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """A device that holds its poll for ever serves for three intervals at most."""
    await clock.advance(1)
    devices[HOST].hang()
    await clock.advance(85)
    assert pair.served("hashrate")[1:] == ("First", False)
    await clock.advance(10)
    assert pair.served("hashrate")[1:] == ("Second", True)
    devices[HOST].answer_again()


async def test_better_binding_takes_back_after_half_a_minute_of_health(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """Not sooner, so that a device that comes and goes does not flap."""
    devices[HOST].answer = GONE
    await clock.advance(35)
    devices[HOST].answer = HASHING
    await clock.advance_until(
        lambda: pair.connectivity("First").state == "on", limit=70
    )
    assert pair.served("hashrate")[1:] == ("Second", True)
    await clock.advance(28)
    assert pair.served("hashrate")[1:] == ("Second", True)
    await clock.advance(3)
    assert pair.served("hashrate")[1:] == ("First", False)


async def test_failure_while_taking_back_starts_the_wait_again(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """The half minute is one of unbroken health."""
    miner = await set_up(first(scan_interval=10), second())
    good, bad = HASHING, replace(HASHING, hashrate=HashRate(nan))
    for answer, served_by in (
        (bad, "Second"),
        (good, "Second"),
        (good, "Second"),
        (bad, "Second"),
        (good, "Second"),
        (good, "Second"),
        (good, "Second"),
        (good, "First"),
    ):
        devices[HOST].answer = answer
        await clock.advance(10)
        assert miner.served("hashrate")[1] == served_by


async def test_better_binding_takes_back_at_once_where_nobody_else_serves(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """The wait is for steadiness, not for its own sake."""
    devices[HOST].answer = devices[OTHER_HOST].answer = GONE
    await clock.advance(30)
    assert pair.sensor("hashrate").state == "unavailable"
    devices[HOST].answer = HASHING
    await clock.advance(40)
    assert pair.served("hashrate")[1:] == ("First", False)


@pytest.mark.normal
async def test_better_binding_that_comes_late_serves_at_once(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """What never failed has nothing to prove."""
    devices[HOST].answer = Snapshot(hashrate=HASHING.hashrate)
    miner = await set_up(first(), second())
    assert miner.served("power")[1:] == ("Second", True)
    devices[HOST].answer = HASHING
    await clock.advance(30)
    assert miner.served("power")[1:] == ("First", False)


async def test_entity_that_is_silent_hands_over_at_once(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """What is pushed needs no poll to fail, and takes back by time alone."""
    miner = await set_up(network(), entities())
    await plug.measure("unavailable")
    assert miner.served("power") == ("3000.0", "S19", True)
    await plug.measure(3100)
    assert miner.served("power") == ("3000.0", "S19", True)
    await clock.advance(31)
    assert miner.served("power") == ("3100.0", "Smart plug", False)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("unknown", "W"),
        ("many", "W"),
        ("nan", "W"),
        ("-3", "W"),
        ("12", "°C"),
        ("101", "kW"),
    ],
)
async def test_entity_that_says_nonsense_hands_over(
    set_up: SetUp, plug: Plug, devices: Network, value: str, unit: str
) -> None:
    """A state has to be a possible number in a unit of its kind."""
    miner = await set_up(network(), entities())
    await plug.measure(value, unit)
    assert miner.served("power") == ("3000.0", "S19", True)


@pytest.mark.normal
async def test_disabled_binding_does_not_serve(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """It is not even a failed one: the next counts as the first."""
    miner = await set_up(
        network(), entities(bindings={F.POWER_MONITORING: {"enabled": False}})
    )
    assert miner.served("power") == ("3000.0", "S19", False)
    assert miner.degraded.state == "off"


async def test_update_on_request_asks_every_controller(
    pair: Bench, devices: Network
) -> None:
    """An automation may ask for news by the usual action."""
    assert await async_setup_component(pair.hass, "homeassistant", {})
    before = devices[HOST].reads, devices[OTHER_HOST].reads
    for entity_id in (
        pair.entity_id("sensor", "hashrate"),
        pair.connectivity("First").entity_id,
    ):
        await pair.hass.services.async_call(
            "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
        )
    await pair.settle()
    assert devices[HOST].reads == before[0] + 2
    assert devices[OTHER_HOST].reads == before[1] + 1


async def test_each_feature_is_resolved_once_unless_the_power_changes(
    set_up: SetUp, devices: Network, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who tells of the power is looked for again when others went dark with it."""
    miner = await set_up(network(), entities())
    coordinator = miner.coordinator
    resolved: list[F] = []
    serving = coordinator._serving
    resolve = serving.resolve

    def count(feature_types: Iterable[F], now: float) -> None:
        """Write down what is resolved."""
        resolved.extend(feature_types)
        resolve(feature_types, now)

    monkeypatch.setattr(serving, "resolve", count)
    coordinator._evaluate()
    assert Counter(resolved) == dict.fromkeys(F, 1)
    resolved.clear()
    await plug.lose_switch()
    assert set(Counter(resolved).values()) == {1}
    resolved.clear()
    await plug.switch_now(on=False)
    assert coordinator.data.is_known_off
    counts = Counter(resolved)
    assert counts[F.POWER_CONTROL] == counts[F.HASHRATE_MONITORING] + 1
    assert counts[F.POWER_MONITORING] == counts[F.HASHRATE_MONITORING] + 1
