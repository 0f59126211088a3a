"""What the logbook of a miner's device tells."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.miner_control.logbook import async_describe_events
from custom_components.miner_control.names import async_load_names

from .bench import ENTRY_ID, Bench
from .controllers import simulation


@pytest.fixture(autouse=True)
def _custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None
) -> None:
    """Let Home Assistant record, and find the integration."""


@pytest.fixture
async def miner(hass: HomeAssistant) -> Bench:
    """Return a miner in a Home Assistant that keeps a logbook."""
    # The page itself is not asked for.
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, "logbook", {})
    bench = Bench(hass, simulation(), title="Garage")
    await bench.set_up()
    return bench


async def _logged(
    miner: Bench, hass_ws_client: WebSocketGenerator
) -> list[tuple[str, str]]:
    """Return name and message of what the logbook of the miner's device holds."""
    device = miner.device(ENTRY_ID)
    assert device
    await get_instance(miner.hass).async_block_till_done()
    client = await hass_ws_client()
    start = dt_util.utcnow() - timedelta(minutes=5)
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": start.isoformat(),
            "device_ids": [device.id],
        }
    )
    answer: dict[str, Any] = await client.receive_json()
    assert answer["success"], answer
    return [
        (entry["name"], entry["message"])
        for entry in answer["result"]
        if entry.get("domain") == "miner_control"
    ]


def _fire(miner: Bench, name: str, **data: object) -> None:
    """Fire an event of the miner as the integration does."""
    device = miner.device(ENTRY_ID)
    assert device
    miner.hass.bus.async_fire(
        f"miner_control_{name}",
        {"device_id": device.id, "config_entry_id": ENTRY_ID, **data},
    )


ENGLISH = {
    "before": "switched from Smart plug to Antminer S19 for: ",
    "again": "switched back from Antminer S19 to Smart plug for: ",
}
GERMAN = {
    "before": "wechselte von Smart plug zu Antminer S19 für: ",
    "again": "wechselte von Antminer S19 zurück zu Smart plug für: ",
}


async def _speak(hass: HomeAssistant, language: str) -> None:
    """Set Home Assistant to a language, and load its texts."""
    hass.config.language = language
    await async_load_names(hass)


@pytest.mark.parametrize(
    ("language", "features", "sentences", "words"),
    [
        ("en", ["power_monitoring"], ENGLISH, "Power"),
        ("en", ["power_control"], ENGLISH, "Switch the power"),
        (
            "en",
            ["hashrate_monitoring", "status_monitoring"],
            ENGLISH,
            "Hashrate, Status",
        ),
        ("en", ["a", "b", "c", "d"], ENGLISH, "4 features"),
        ("de", ["power_monitoring"], GERMAN, "Leistung"),
        ("de", ["a", "b", "c", "d"], GERMAN, "4 Funktionen"),
    ],
)
async def test_failover_and_take_back(
    miner: Bench,
    hass_ws_client: WebSocketGenerator,
    language: str,
    features: list[str],
    sentences: dict[str, str],
    words: str,
) -> None:
    """Few features are named, many are counted, in the language that is set."""
    await _speak(miner.hass, language)
    plug, asic = "Smart plug", "Antminer S19"
    _fire(miner, "failover", features=features, **{"from": plug, "to": asic})
    _fire(miner, "take_back", features=features, **{"from": asic, "to": plug})
    assert await _logged(miner, hass_ws_client) == [
        ("Garage", sentences["before"] + words),
        ("Garage", sentences["again"] + words),
    ]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "did not start: The miner does not answer."),
        ("fr", "n'a pas démarré : The miner does not answer."),
    ],
)
async def test_failed_start(
    miner: Bench, hass_ws_client: WebSocketGenerator, language: str, message: str
) -> None:
    """It tells why; the reason came with the event."""
    await _speak(miner.hass, language)
    _fire(miner, "start_failed", reason="The miner does not answer.")
    assert await _logged(miner, hass_ws_client) == [("Garage", message)]


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Removed miner"), ("nl", "Verwijderde miner")]
)
async def test_miner_that_is_gone(
    hass: HomeAssistant, language: str, name: str
) -> None:
    """What happened to it can still be told."""
    hass.config.language = language
    await async_load_names(hass)
    describers: dict[str, Any] = {}

    def describe(_domain: str, event_type: str, describer: Any) -> None:
        """Keep how an event is described."""
        describers[event_type] = describer

    async_describe_events(hass, describe)
    told = describers["miner_control_start_failed"](
        Event("x", {"config_entry_id": "gone", "reason": "It has no power"})
    )
    assert told["name"] == name
