"""What the first version has stored is there again, under the same names.

`stored_by_0_1_0` holds what a Home Assistant 2026.10.4 with revision ea7f24e wrote:
three miners with network devices, plugs and a simulation; the user has named a miner,
a controller and some entities, and put one of them into an area.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.home.client import Client
from tools.home.log import complaints

from .server import Server

_STORED = Path(__file__).parent / "stored_by_0_1_0"
# What the user of then had chosen must be there to the letter.
_OF_ENTITIES = ("entity_id", "name", "icon", "disabled_by", "hidden_by", "area_id")
_OF_DEVICES = ("id", "name_by_user", "area_id", "disabled_by")


def stored(key: str) -> Any:
    """Return what was stored under a key."""
    return json.loads((_STORED / f"{key}.json").read_text(encoding="utf-8"))["data"]


# What the miner itself shows, where there is a single board: CHANGELOG.md names it.
_GONE = {
    f"sensor.bitaxe_gamma_board_1_{reading}"
    for reading in (
        *("board_temperature", "chip_temperature"),
        *("frequency", "hashrate", "voltage"),
    )
}


@pytest.mark.live
async def test_entries_of_the_first_version(server: Server) -> None:
    """Entities, devices, names, bindings and totals outlast the move to protocols."""
    folder = server.home.config / ".storage"
    for path in _STORED.glob("*.json"):
        (folder / path.stem).write_bytes(path.read_bytes())
    async with server.running() as client:
        await _assert_devices_kept(client)
        await _assert_entities_kept(client)
        await _assert_totals_kept(client)
        for entry in stored("core.config_entries")["entries"]:
            await _assert_entry_kept(client, entry)
    after = json.loads((folder / "core.config_entries").read_text(encoding="utf-8"))
    ours = [e for e in after["data"]["entries"] if e["domain"] == "miner_control"]
    assert {entry["version"] for entry in ours} == {2}
    types = [s["subentry_type"] for e in ours for s in e["subentries"]]
    assert sorted(set(types)) == ["entities", "network", "simulated"]
    # The devices of then are not there.
    told = complaints(server.home.log, [])
    assert [line for line in told if "does not answer" not in str(line)] == []


async def _assert_devices_kept(client: Client) -> None:
    """Check that each device is still there, and that each miner has its MAC."""
    shown = {d["id"]: d for d in await client.call("config/device_registry/list")}
    for device in stored("core.device_registry")["devices"]:
        there = shown[device["id"]]
        assert {k: there[k] for k in _OF_DEVICES} == {k: device[k] for k in _OF_DEVICES}
    by_mac = {tuple(c): d for d in shown.values() for c in d["connections"]}
    for entry in stored("core.config_entries")["entries"]:
        miner = by_mac["mac", entry["unique_id"]]
        assert miner["identifiers"] == [["miner_control", entry["entry_id"]]]
        assert miner["config_subentry_id"] is None


async def _assert_entities_kept(client: Client) -> None:
    """Check that each entity is still there, under its name and settings."""
    listed = await client.call("config/entity_registry/list")
    shown = {_key(e): e for e in listed if e["platform"] == "miner_control"}
    gone = []
    for entity in stored("core.entity_registry")["entities"]:
        if entity["platform"] != "miner_control":
            continue
        if (there := shown.get(_key(entity))) is None:
            gone.append(entity["entity_id"])
            continue
        kept = {key: there[key] for key in _OF_ENTITIES}
        assert kept == {key: entity[key] for key in _OF_ENTITIES}
        assert there["device_id"] == entity["device_id"]
    assert set(gone) == _GONE


def _key(entity: dict[str, Any]) -> tuple[str, str]:
    """Return what an entity of a platform is known by."""
    return entity["entity_id"].partition(".")[0], entity["unique_id"]


async def _assert_totals_kept(client: Client) -> None:
    """Check that energy goes on from what was counted, also without its meter."""
    states = {s["entity_id"]: s for s in await client.call("get_states")}
    totals = {
        kept["state"]["entity_id"]: float(kept["extra_data"]["native_value"])
        for kept in stored("core.restore_state")
        if kept["state"]["entity_id"].endswith("_energy")
    }
    assert len(totals) == 3
    for entity_id, total in totals.items():
        assert float(states[entity_id]["state"]) == pytest.approx(total, abs=1e-3)


async def _assert_entry_kept(client: Client, entry: dict[str, Any]) -> None:
    """Check that controllers, priorities and flags are those from before."""
    answer = await client.ask(
        "miner_control", "get_features", config_entry_id=entry["entry_id"]
    )
    bound = {
        (feature, b["controller"], b["priority"], b["enabled"])
        for feature, known in answer["features"].items()
        for b in known["ranking"]
    }
    assert bound >= {
        (feature, s["subentry_id"], b["priority"], b["enabled"])
        for s in entry["subentries"]
        for feature, b in s["data"]["features"].items()
    }
