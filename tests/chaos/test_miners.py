"""Miners are seeded as flows would have registered them."""

from typing import Any

from chaos.miners import Miner, _like
from demo.emulators import Device, Plug


def device(number: int) -> Device:
    """Return an emulated miner."""
    label = f"M{number:02} whatsminer"
    plug = Plug(f"{label} plug", f"http://127.1.2.{number + 100}:8080/state")
    return Device(f"m{number:02}-whatsminer", label, f"127.1.2.{number}", plug)


MODEL = Miner(device(2), "whatsminer", entry_id="the-model")
IDS = {
    entity_id: f"id of {entity_id}"
    for number in (2, 12)
    for plug in [device(number).plug]
    for entity_id in (plug.power, plug.energy, plug.switch)
}
MAC = "c8:11:05:01:02:02"


def entry() -> dict[str, Any]:
    """Return the entry that flows made for the model."""
    plug = MODEL.device.plug
    return {
        "entry_id": "the-model",
        "title": MODEL.device.label,
        "unique_id": MAC,
        "subentries": [
            {
                "subentry_id": "network",
                "title": MODEL.network_title,
                "unique_id": MAC,
                "data": {
                    "host": MODEL.device.address,
                    "capabilities": {"mac": MAC, "serial": "HTM31X010202"},
                },
            },
            {
                "subentry_id": "plug",
                "title": plug.name,
                "unique_id": None,
                "data": {"entities": {"power_monitoring": IDS[plug.power]}},
            },
        ],
    }


def test_seeded_entry_is_that_of_another_device() -> None:
    """It has its own address, plug and identity, and nothing of the model's."""
    miner = Miner(device(12), "whatsminer")
    before = entry()
    made = _like(before, MODEL, miner, IDS)
    network, plug = made["subentries"]
    assert network["data"]["host"] == "127.1.2.12"
    assert network["unique_id"] == made["unique_id"] == "c8:11:05:01:02:0c"
    assert network["data"]["capabilities"]["serial"] == "HTM31X01020C"
    assert network["title"] == "m12 network"
    assert plug["title"] == "M12 whatsminer plug"
    assert plug["data"]["entities"] == {
        "power_monitoring": "id of sensor.m12_whatsminer_plug_power"
    }
    assert made["title"] == "M12 whatsminer"
    ids = {made["entry_id"], network["subentry_id"], plug["subentry_id"]}
    assert len(ids - {"the-model", "network", "plug"}) == 3
    assert before == entry()
