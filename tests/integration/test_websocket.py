"""What cards ask for over the websocket, and what they may change."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from .bench import ENTRY_ID, Bench, Clock
from .conftest import Plug, SetUp
from .controllers import GONE, HOST, Network, entities, network, simulation

POWER = "power_monitoring"


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with every kind of controller."""
    return await set_up(network(), entities(), simulation())


@pytest.fixture
async def client(
    miner: Bench, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return an open page."""
    return await hass_ws_client()


async def ask(client: MockHAClientWebSocket, command: str, **fields: Any) -> Any:
    """Send a command and return its answer."""
    await client.send_json_auto_id({"type": f"miner_control/{command}", **fields})
    return await client.receive_json()


async def changes(client: MockHAClientWebSocket) -> Any:
    """Return the miners of the next event."""
    message = await client.receive_json()
    return message["event"]["miners"]


async def subscribe(client: MockHAClientWebSocket) -> Any:
    """Subscribe, and return all miners."""
    answer = await ask(client, "miners/subscribe")
    assert answer["success"], answer
    return await changes(client)


# Subscribing


@pytest.mark.normal
async def test_all_miners_are_told_at_first(
    miner: Bench, client: MockHAClientWebSocket
) -> None:
    """A page learns which miners there are, what they do and why."""
    device = miner.device(ENTRY_ID)
    assert device
    told = await subscribe(client)
    assert "hashrate_monitoring" not in told[ENTRY_ID].pop("degraded")
    assert told == {
        ENTRY_ID: {
            "entry_id": ENTRY_ID,
            "device_id": device.id,
            "name": "Miner",
            "loaded": True,
            "status": "on",
            "reason": "mining",
        }
    }


async def test_failover_is_told(
    client: MockHAClientWebSocket, devices: Network, clock: Clock
) -> None:
    """Who stands in is told when a controller fails, and nothing else is."""
    await subscribe(client)
    devices[HOST].answer = GONE
    await clock.advance(30)
    told = (await changes(client))[ENTRY_ID]
    assert told["degraded"]["hashrate_monitoring"] == "Simulation"
    assert POWER not in told["degraded"]


async def test_power_cut_is_the_reason(
    miner: Bench, client: MockHAClientWebSocket, plug: Plug
) -> None:
    """A miner whose plug is off is off because of that."""
    await subscribe(client)
    await plug.switch(on=False)
    told = (await changes(client))[ENTRY_ID]
    assert (told["status"], told["reason"]) == ("off", "power_off")


async def test_miner_is_unloaded_and_loaded_again(
    miner: Bench, client: MockHAClientWebSocket
) -> None:
    """A page follows a reload."""
    await subscribe(client)
    await miner.unload()
    told = (await changes(client))[ENTRY_ID]
    while told["loaded"]:
        told = (await changes(client))[ENTRY_ID]
    assert (told["status"], told["reason"]) == (None, "not_loaded")
    assert await miner.hass.config_entries.async_setup(ENTRY_ID)
    while not told["loaded"] or told["status"] is None:
        told = (await changes(client))[ENTRY_ID]
    assert told["reason"] == "mining"


async def test_miner_is_removed(
    miner: Bench, client: MockHAClientWebSocket, caplog: pytest.LogCaptureFixture
) -> None:
    """A page forgets a miner that is gone."""
    await subscribe(client)
    await miner.hass.config_entries.async_remove(ENTRY_ID)
    told = await changes(client)
    while told[ENTRY_ID] is not None:
        told = await changes(client)
    assert "Error running job" not in caplog.text


async def test_miner_is_added(
    miner: Bench, client: MockHAClientWebSocket, hass: HomeAssistant
) -> None:
    """A page learns of a miner that is new."""
    await subscribe(client)
    await Bench(hass, simulation(), title="Second", entry_id="02MINER").set_up()
    told = await changes(client)
    while not (told["02MINER"]["loaded"] and told["02MINER"]["status"]):
        told = await changes(client)
    assert told["02MINER"]["name"] == "Second"


async def test_device_is_renamed(
    miner: Bench, client: MockHAClientWebSocket, hass: HomeAssistant
) -> None:
    """The name that the user gave counts."""
    await subscribe(client)
    device = miner.device(ENTRY_ID)
    assert device
    dr.async_get(hass).async_update_device(device.id, name_by_user="Heater")
    assert (await changes(client))[ENTRY_ID]["name"] == "Heater"


async def test_two_pages_share_what_is_told(
    miner: Bench,
    client: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
    plug: Plug,
) -> None:
    """One that closes leaves the other as it is."""
    first = await ask(client, "miners/subscribe")
    await changes(client)
    other = await hass_ws_client()
    assert ENTRY_ID in await subscribe(other)
    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": first["id"]}
    )
    assert (await client.receive_json())["success"]
    await plug.switch(on=False)
    assert (await changes(other))[ENTRY_ID]["reason"] == "power_off"
    await other.close()
    await miner.settle()
    await plug.switch(on=True)
    await miner.settle()
    assert (await subscribe(client))[ENTRY_ID]["reason"] != "power_off"


# Features


@pytest.mark.normal
async def test_features_are_told(miner: Bench, client: MockHAClientWebSocket) -> None:
    """Each binding has its health and what it measures, with units."""
    answer = await ask(client, "features/get", config_entry_id=ENTRY_ID)
    result = answer["result"]
    assert [(c["title"], c["kind"], c["available"]) for c in result["controllers"]] == [
        ("S19", "network", True),
        ("Smart plug", "entities", True),
        ("Simulation", "simulated", True),
    ]
    power = result["features"][POWER]
    assert (power["provider"], power["fallback"]) == ("Smart plug", False)
    plug, network, _ = power["ranking"]
    assert (plug["measured"], plug["healthy"]) == ([[3200.0, "W"]], True)
    assert network["measured"] == [[3000.0, "W"]]
    control = result["features"]["mining_control"]["ranking"]
    assert [one["measured"] for one in control] == [[], []]


async def test_ranking_takes_effect_at_once(
    miner: Bench, client: MockHAClientWebSocket
) -> None:
    """A new order is stored, and who is first then provides."""
    order = ["s19", "simulation", "smart_plug"]
    assert (await change(client, ranking=order))["success"]
    power = (await miner.get_features())[POWER]
    assert power["provider"] == "S19"
    assert [one["controller"] for one in power["ranking"]] == order
    assert [one["priority"] for one in power["ranking"]] == [80, 40, 10]


async def test_binding_is_disabled(miner: Bench, client: MockHAClientWebSocket) -> None:
    """Who may not provide any more does not."""
    assert (await change(client, controller="smart_plug", enabled=False))["success"]
    assert (await miner.get_features())[POWER]["provider"] == "S19"


async def test_priority_is_changed(miner: Bench, client: MockHAClientWebSocket) -> None:
    """A priority alone can be changed, by the title of the controller as well."""
    assert (await change(client, controller="S19", priority=90))["success"]
    assert (await miner.get_features())[POWER]["provider"] == "S19"


@pytest.mark.parametrize(
    "given",
    [
        {"controller": "stranger", "enabled": False},
        {"enabled": False},
        {"ranking": ["s19", "smart_plug"]},
        {"ranking": ["s19", "smart_plug", "smart_plug"]},
        {"ranking": []},
    ],
)
async def test_others_cannot_be_ranked(
    miner: Bench, client: MockHAClientWebSocket, given: dict[str, Any]
) -> None:
    """Only what is bound can be changed, and all of it be ranked."""
    before = await miner.get_features()
    answer = await change(client, **given)
    assert answer["error"]["code"] == "not_found"
    assert await miner.get_features() == before


@pytest.mark.parametrize(
    "given",
    [
        {"controller": "s19", "priority": 0},
        {"controller": "s19", "ranking": ["s19"]},
        {"controller": "s19", "enabled": "perhaps"},
    ],
)
async def test_nonsense_is_refused(
    client: MockHAClientWebSocket, given: dict[str, Any]
) -> None:
    """What makes no sense is told as such."""
    assert (await change(client, **given))["error"]["code"] == "invalid_format"


async def test_only_administrators_change_anything(
    client: MockHAClientWebSocket, miner: Bench, hass_admin_user: MockUser
) -> None:
    """Everybody may look."""
    hass_admin_user.groups = []
    before = await miner.get_features()
    answer = await change(client, controller="smart_plug", enabled=False)
    assert answer["error"]["code"] == "unauthorized"
    assert await miner.get_features() == before
    assert (await ask(client, "features/get", config_entry_id=ENTRY_ID))["success"]


@pytest.mark.parametrize("command", ["features/get", "features/set"])
async def test_miner_that_is_not_there(
    miner: Bench, client: MockHAClientWebSocket, command: str
) -> None:
    """A miner that is unknown or unloaded is told apart from one without features."""
    extra = {"feature_type": POWER, "ranking": []} if command[-3:] == "set" else {}
    answer = await ask(client, command, config_entry_id="stranger", **extra)
    assert answer["error"]["code"] == "not_found"
    await miner.unload()
    answer = await ask(client, command, config_entry_id=ENTRY_ID, **extra)
    assert answer["error"]["code"] == "not_loaded"


async def change(client: MockHAClientWebSocket, **given: Any) -> Any:
    """Change who provides the power."""
    return await ask(
        client, "features/set", config_entry_id=ENTRY_ID, feature_type=POWER, **given
    )
