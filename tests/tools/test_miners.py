"""The miners as Home Assistant has them."""

import time
from typing import Any, cast

import pytest

from tools.home.client import Client, Json
from tools.home.emulators import Device
from tools.home.errors import HomeError
from tools.home.flows import ENTRY_FLOW
from tools.home.miners import Miner, register, wait_for_entities

ENTRY = "entry"
RELOAD_DELAY = 30
ENABLED = ("sensor.status", "sensor.hashrate", "sensor.power", "switch.power")


def registered(key: str, disabled_by: str | None = None, **more: Any) -> Json:
    """Return what is registered of an entity."""
    domain, _, name = key.partition(".")
    return {
        "entity_id": f"{domain}.miner_{name}",
        "unique_id": f"{ENTRY}_{name}",
        "config_entry_id": ENTRY,
        "config_subentry_id": None,
        "disabled_by": disabled_by,
        **more,
    }


class FakeClient:
    """Create a miner with entities, some of which are disabled."""

    def __init__(self) -> None:
        """Register entities, and remember what is done in which order."""
        self.entities = [
            *map(registered, ENABLED),
            registered("sensor.board_1_hashrate"),
            registered("sensor.board_1_voltage", "integration"),
            registered("sensor.board_10_voltage", "integration"),
            registered("sensor.best_difficulty", "integration"),
            registered("sensor.board_2_voltage", config_entry_id="another"),
            registered("binary_sensor.connectivity", config_subentry_id="1"),
        ]
        self.deeds: list[str] = []

    async def post(self, path: str, _: Json) -> Json:
        """Create whatever a flow is for, at once."""
        self.deeds.append("add" if path == ENTRY_FLOW else "link")
        return {
            "type": "create_entry",
            "title": "BitAxe Gamma",
            "result": {"entry_id": ENTRY},
        }

    async def call(self, command: str, **fields: Any) -> Any:
        """List entities, or change one."""
        if command == "config/entity_registry/list":
            return list(self.entities)
        if command == "config_entries/update":
            self.deeds.append(f"call {fields['entry_id']} {fields['title']}")
            return {}
        assert command == "config/entity_registry/update"
        self.deeds.append(fields["entity_id"])
        (entity,) = [e for e in self.entities if e["entity_id"] == fields["entity_id"]]
        self.entities.remove(entity)
        self.entities.append({**entity, "disabled_by": fields["disabled_by"]})
        return {"reload_delay": RELOAD_DELAY}


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without a pause."""
    monkeypatch.setattr("tools.home.miners.ENTITIES_POLL", 0.0)


async def test_boards_are_enabled_before_the_plug_is_linked(device: Device) -> None:
    """Linking reloads the miner, and with it come the sensors."""
    client = FakeClient()

    miner = await register(cast("Client", client), device)

    boards = ["sensor.miner_board_1_voltage", "sensor.miner_board_10_voltage"]
    assert client.deeds == ["add", *boards, "link"]
    assert miner.enabled == boards
    assert miner.reload_at == pytest.approx(time.monotonic() + RELOAD_DELAY, abs=5)
    assert miner.boards == {
        1: {"hashrate": "sensor.miner_board_1_hashrate", "voltage": boards[0]},
        10: {"voltage": boards[1]},
    }
    assert "sensor.best_difficulty" not in miner.entities
    assert "binary_sensor.connectivity" not in miner.entities


async def test_title_is_that_of_the_part_that_a_miner_plays(device: Device) -> None:
    """It has its name before its plug is linked, upon which it is set up anew."""
    client = FakeClient()
    client.entities = [registered(key) for key in ENABLED]

    miner = await register(cast("Client", client), device, title="Heater")

    assert client.deeds == ["add", f"call {ENTRY} Heater", "link"]
    assert miner.title == "Heater"


async def test_nothing_to_enable_is_no_reason_to_wait(device: Device) -> None:
    """Where no sensor was disabled, no reload comes."""
    client = FakeClient()
    client.entities = [registered(key) for key in ENABLED]

    miner = await register(cast("Client", client), device)

    assert client.deeds == ["add", "link"]
    assert miner.enabled == []
    assert miner.reload_at <= time.monotonic()


async def test_entities_that_never_come_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever waits for more than every miner has is told what is missing."""
    monkeypatch.setattr("tools.home.miners.ENTITIES_TIMEOUT", 0.1)
    client = cast("Client", FakeClient())

    assert "sensor.status" in await wait_for_entities(client, ENTRY, {"sensor.status"})
    with pytest.raises(HomeError, match=r"did not appear: climate\.thermostat"):
        await wait_for_entities(client, ENTRY, {"climate.thermostat", "sensor.status"})


def test_missing_entity_is_an_error_in_plain_words(miner: Miner) -> None:
    """Whoever asks for what is not there reads which it was."""
    with pytest.raises(HomeError, match=r"BitAxe Gamma has no entity fan\.none"):
        miner["fan.none"]
