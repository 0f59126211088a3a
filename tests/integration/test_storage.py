"""What is found in storage that this version does not know, or that is broken."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F

from .conftest import SetUp
from .controllers import Network, network, simulation

SOUND = {"priority": 50, "enabled": True}


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("coffee_making", SOUND),
        (F.HASHRATE_MONITORING, {"priority": 0}),
        (F.HASHRATE_MONITORING, {"priority": 101}),
        (F.HASHRATE_MONITORING, {"priority": "high"}),
        (F.HASHRATE_MONITORING, {"priority": 50.5}),
        (F.HASHRATE_MONITORING, {"priority": True}),
        (F.HASHRATE_MONITORING, {"priority": None}),
        (F.HASHRATE_MONITORING, None),
        (F.HASHRATE_MONITORING, 50),
        (F.EXTERNAL_FAN_CONTROL, SOUND),
        (F.EXTERNAL_FAN_CONTROL, {"priority": 0}),
    ],
)
async def test_binding_that_makes_no_sense_is_dropped_with_a_line_in_the_log(
    set_up: SetUp,
    devices: Network,
    caplog: pytest.LogCaptureFixture,
    name: str,
    stored: Any,
) -> None:
    """Neither the set-up fails nor any other binding."""
    miner = await set_up(network(bindings={name: stored}), simulation())
    assert miner.served("power") == ("3000.0", "S19", False)
    features = await miner.get_features()
    bound = [b["title"] for b in features.get(name, {"ranking": []})["ranking"]]
    assert bound == ([] if name == "coffee_making" else ["Simulation"])
    lines = [r for r in caplog.records if r.getMessage().startswith("Dropped")]
    assert len(lines) == 1
    assert str(name) in lines[0].getMessage()
    assert "S19" in lines[0].getMessage()


async def test_dropped_binding_is_logged_once_while_the_entry_is_loaded(
    set_up: SetUp, devices: Network, caplog: pytest.LogCaptureFixture
) -> None:
    """A change of other bindings says nothing new of it; a new load does."""
    miner = await set_up(network(bindings={"coffee_making": SOUND}), simulation())

    def lines() -> int:
        """Count what was said of it."""
        return sum("coffee_making" in r.getMessage() for r in caplog.records)

    for priority in (5, 6):
        await miner.set_feature("s19", F.POWER_MONITORING, priority=priority)
    told = (await miner.get_features())[F.POWER_MONITORING]["ranking"]
    assert {binding["title"]: binding["priority"] for binding in told}["S19"] == 6
    assert lines() == 1
    await miner.hass.config_entries.async_reload(miner.entry.entry_id)
    assert lines() == 2


@pytest.mark.normal
@pytest.mark.parametrize(
    ("stored", "priority", "enabled"),
    [
        ({}, 40, True),
        ({"enabled": False}, 40, False),
        ({"priority": 7}, 7, True),
        ({"priority": 7, "note": "from a later version"}, 7, True),
    ],
)
async def test_what_a_binding_lacks_is_as_usual(
    set_up: SetUp,
    devices: Network,
    stored: dict[str, Any],
    priority: int,
    *,
    enabled: bool,
) -> None:
    """Only what differs needs to be stored."""
    subentry = network()
    features = {**subentry["data"]["features"], "power_monitoring": stored}
    miner = await set_up(
        {**subentry, "data": {**subentry["data"], "features": features}}
    )
    told = (await miner.get_features())["power_monitoring"]["ranking"][0]
    assert (told["priority"], told["enabled"]) == (priority, enabled)


@pytest.mark.normal
async def test_controller_of_a_kind_that_is_not_known_is_left_alone(
    set_up: SetUp, devices: Network
) -> None:
    """A later version linked it; it is kept for that one."""
    foreign = ConfigSubentryDataWithId(
        data={"host": "192.0.2.99"},
        subentry_id="later",
        subentry_type="telepathy",
        title="Telepathy",
        unique_id=None,
    )
    miner = await set_up(foreign, network())
    assert miner.served("hashrate") == ("100.0", "S19", False)
    assert "later" in miner.entry.subentries


@pytest.mark.normal
async def test_capabilities_that_are_not_known_are_ignored(
    set_up: SetUp, devices: Network
) -> None:
    """A later version found out more about the device."""
    subentry = network()
    found = subentry["data"]["capabilities"]
    found = {**found, "features": [*found["features"], "coffee_making"], "taste": 9}
    miner = await set_up(
        {**subentry, "data": {**subentry["data"], "capabilities": found}}
    )
    assert miner.served("hashrate") == ("100.0", "S19", False)


@pytest.mark.normal
async def test_linking_order_is_that_of_storage(
    set_up: SetUp, devices: Network
) -> None:
    """It decides between equal priorities, so it must not depend on names."""
    other = network("A", "192.0.2.20", mac=None)
    miner = await set_up(network("Z"), other)
    told = (await miner.get_features())["hashrate_monitoring"]["ranking"]
    assert [binding["title"] for binding in told] == ["Z", "A"]
