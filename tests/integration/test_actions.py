"""The actions that show and change who serves what."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import GONE, HOST, Network, entities, network, simulation


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with every kind of controller."""
    return await set_up(network(), entities(), simulation())


@pytest.mark.normal
async def test_features_are_told_with_ranking_health_and_values(miner: Bench) -> None:
    """Everything that decides who serves, best binding first."""
    features = await miner.get_features()
    modelled = miner.controller("Simulation").snapshot.power
    assert modelled
    assert features["power_monitoring"] == {
        "provider": "Smart plug",
        "fallback": False,
        "ranking": [
            binding("Smart plug", 80, value=3200.0),
            binding("S19", 40, value=3000.0),
            binding("Simulation", 10, value=modelled.watts),
        ],
    }
    assert features["mining_control"] == {
        "provider": "S19",
        "fallback": False,
        "ranking": [binding("S19", 50), binding("Simulation", 10)],
    }


def binding(title: str, priority: int, **different: object) -> dict[str, Any]:
    """Return what is told of a binding."""
    return {
        "controller": title.lower().replace(" ", "_"),
        "title": title,
        "priority": priority,
        "enabled": True,
        "healthy": True,
        "value": None,
    } | different


@pytest.mark.normal
@pytest.mark.parametrize(
    ("feature_type", "value"),
    [
        (F.HASHRATE_MONITORING, {"value": 100.0, "unit": "TH/s"}),
        (F.STATUS_MONITORING, "on"),
        (F.CHIP_TEMPERATURE_MONITORING, 70.0),
        (
            F.FAN_SPEED_INTERNAL_MONITORING,
            [{"value": 4000, "unit": "rpm"}, {"value": 4100, "unit": "rpm"}],
        ),
        (F.MODEL_DETECTION, {"model": "S19 Pro"}),
        (F.INTERNAL_FAN_CONTROL, None),
    ],
)
async def test_values_are_told_in_plain_words(
    miner: Bench, feature_type: F, value: object
) -> None:
    """An automation gets numbers, texts, lists and mappings."""
    told = (await miner.get_features())[feature_type]["ranking"]
    of_device = next(binding for binding in told if binding["title"] == "S19")
    if isinstance(value, dict):
        assert value.items() <= of_device["value"].items()
    else:
        assert of_device["value"] == value


@pytest.mark.normal
async def test_durations_are_told_in_seconds(miner: Bench) -> None:
    """The simulation has run for a quarter of an hour."""
    ranking = (await miner.get_features())["operational_monitoring"]["ranking"]
    told = next(binding for binding in ranking if binding["title"] == "Simulation")
    assert told["value"]["uptime"] == pytest.approx(900, abs=1)


async def test_features_are_told_while_the_best_is_gone(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """Health shows why another one serves."""
    devices[HOST].answer = GONE
    await clock.advance(30)
    told = (await miner.get_features())["hashrate_monitoring"]
    assert (told["provider"], told["fallback"]) == ("Simulation", True)
    assert [binding["healthy"] for binding in told["ranking"]] == [False, True]


async def test_feature_that_nobody_serves_has_no_provider(
    set_up: SetUp, devices: Network
) -> None:
    """It is told all the same."""
    devices[HOST].answer = GONE
    miner = await set_up(network())
    told = (await miner.get_features())["hashrate_monitoring"]
    assert (told["provider"], told["fallback"]) == (None, False)


@pytest.mark.normal
@pytest.mark.parametrize("controller", ["S19", "s19"], ids=["title", "id"])
async def test_priority_takes_effect_at_once_without_a_reload(
    miner: Bench, devices: Network, controller: str
) -> None:
    """The controllers, and what they know, stay as they are."""
    runtime = miner.entry.runtime_data
    reads = devices[HOST].reads
    await miner.set_feature(controller, F.POWER_MONITORING, priority=81)
    assert miner.served("power") == ("3000.0", "S19", False)
    assert miner.entry.runtime_data is runtime
    assert miner.entry.state is ConfigEntryState.LOADED
    assert devices[HOST].reads == reads
    stored = miner.entry.subentries["s19"].data["features"]["power_monitoring"]
    assert stored == {"priority": 81, "enabled": True}


@pytest.mark.normal
async def test_binding_is_disabled_and_enabled_at_once(miner: Bench) -> None:
    """What is disabled stays in the ranking, but does not serve."""
    runtime = miner.entry.runtime_data
    await miner.set_feature("Smart plug", F.POWER_MONITORING, enabled=False)
    assert miner.served("power") == ("3000.0", "S19", False)
    told = (await miner.get_features())["power_monitoring"]["ranking"]
    assert told[0] == binding("Smart plug", 80, enabled=False, value=3200.0)
    await miner.set_feature("Smart plug", F.POWER_MONITORING, enabled=True)
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    assert miner.entry.runtime_data is runtime


@pytest.mark.normal
async def test_feature_without_any_enabled_binding_is_unavailable(
    miner: Bench,
) -> None:
    """It has no provider, and that is nothing degraded."""
    for title in ("S19", "Simulation"):
        await miner.set_feature(title, F.HASHRATE_MONITORING, enabled=False)
    state = miner.sensor("hashrate")
    assert state.state == "unavailable"
    assert F.HASHRATE_MONITORING not in miner.degraded.attributes["features"]
    told = (await miner.get_features())["hashrate_monitoring"]
    assert (told["provider"], told["fallback"]) == (None, False)
    await miner.set_feature("Simulation", F.HASHRATE_MONITORING, enabled=True)
    assert miner.served("hashrate")[1:] == ("Simulation", False)


@pytest.mark.normal
async def test_switch_without_any_enabled_binding_is_unavailable(
    miner: Bench,
) -> None:
    """Nobody may do it, so there is nothing to press."""
    for title in ("S19", "Simulation"):
        await miner.set_feature(title, F.MINING_CONTROL, enabled=False)
    assert miner.switch("mining").state == "unavailable"
    assert miner.switch("power").state == "on"


@pytest.mark.normal
async def test_binding_outlasts_a_reload(miner: Bench) -> None:
    """It is stored where Home Assistant stores it."""
    await miner.set_feature("S19", F.POWER_MONITORING, priority=90)
    await miner.hass.config_entries.async_reload(miner.entry.entry_id)
    await miner.settle()
    assert miner.served("power") == ("3000.0", "S19", False)


@pytest.mark.normal
@pytest.mark.parametrize("changes", [{}, {"priority": 40}, {"enabled": True}])
async def test_change_that_changes_nothing_changes_nothing(
    miner: Bench, changes: dict[str, Any]
) -> None:
    """Not even the runtime objects."""
    runtime = miner.entry.runtime_data
    await miner.set_feature("S19", F.POWER_MONITORING, **changes)
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    assert miner.entry.runtime_data is runtime


@pytest.mark.parametrize(
    "fields",
    [
        {"priority": 0},
        {"priority": 101},
        {"priority": "high"},
        {"enabled": "maybe"},
        {"feature_type": "coffee_making"},
    ],
)
async def test_action_refuses_what_cannot_be(
    miner: Bench, fields: dict[str, Any]
) -> None:
    """A priority is from 1 to 100, and features are those that there are."""
    given: dict[str, Any] = {"feature_type": F.POWER_MONITORING} | fields
    with pytest.raises(vol.Invalid):
        await miner.set_feature("S19", **given)
    assert miner.served("power") == ("3200.0", "Smart plug", False)


@pytest.mark.parametrize(
    ("controller", "feature_type", "name"),
    [
        ("Nobody", F.POWER_MONITORING, "Power"),
        ("Smart plug", F.HASHRATE_MONITORING, "Hashrate"),
    ],
)
async def test_action_refuses_what_is_not_bound(
    miner: Bench, controller: str, feature_type: F, name: str
) -> None:
    """A binding is made by linking, not by the action."""
    with pytest.raises(ServiceValidationError) as caught:
        await miner.set_feature(controller, feature_type, priority=5)
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == "feature_not_bound"
    assert caught.value.translation_placeholders == {
        "controller": controller,
        "feature": name,
    }


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_action_names_a_miner_that_is_there(
    miner: Bench, *, is_loaded: bool
) -> None:
    """Neither a foreign id nor a miner that is not loaded will do."""
    entry_id = "nonsense" if is_loaded else miner.entry.entry_id
    if not is_loaded:
        await miner.unload()
    with pytest.raises(ServiceValidationError):
        await miner.hass.services.async_call(
            DOMAIN,
            "get_features",
            {"config_entry_id": entry_id},
            blocking=True,
            return_response=True,
        )


@pytest.mark.normal
async def test_status_told_by_action_is_the_controllers_own(
    miner: Bench, plug: Plug
) -> None:
    """The plug only knows of power."""
    await plug.measure(1)
    told = (await miner.get_features())["status_monitoring"]["ranking"]
    assert [binding["value"] for binding in told] == [
        MinerStatus.IDLE,
        MinerStatus.ON,
        MinerStatus.ON,
    ]
