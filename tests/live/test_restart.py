"""What was set up is there again after a restart, as it was."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from emulation import EmulatedBitaxe
from tests.emulation.support import new_address, skip_unless_ports_free
from tools.home.client import Client
from tools.home.flows import ENTRY_FLOW, SUBENTRY_FLOW, walk
from tools.home.log import complaints

from .server import PLUG_POWER, PLUG_SWITCH, Server

type States = Mapping[str, Mapping[str, Any]]

WAIT = 15.0


@pytest.mark.live
async def test_bindings_and_entities_outlast_a_restart(server: Server) -> None:
    """A miner is linked by the flows, re-ranked, and found unchanged."""
    skip_unless_ports_free(EmulatedBitaxe)
    async with EmulatedBitaxe(new_address(), warm_up=0.0) as device:
        async with server.running() as client:
            entry_id = await link(client, device)
            await until(client, entry_id, is_served_as_linked)
            await client.act(
                "miner_control",
                "set_feature",
                config_entry_id=entry_id,
                controller="Simulation",
                feature_type="chip_temperature_monitoring",
                priority=90,
            )
            await until(client, entry_id, is_served_as_ranked)
            before = await described(client, entry_id)
        async with server.running() as client:
            await until(client, entry_id, is_served_as_ranked)
            assert await settled(client, entry_id, before) == before
    assert complaints(server.home.log, []) == []


async def link(client: Client, device: EmulatedBitaxe) -> str:
    """Register a miner with a device, a plug and a simulation."""
    await client.act("input_boolean", "turn_on", entity_id=PLUG_SWITCH)
    created = await walk(
        client,
        ENTRY_FLOW,
        "miner_control",
        {
            "user": {"next_step_id": "network"},
            "network": {"host": device.address, "advanced": {"scan_interval": 5}},
            "features": {},
        },
    )
    entry_id: str = created["result"]["entry_id"]
    plug = {"name": "Smart plug", "power_control": PLUG_SWITCH}
    plug["power_monitoring"] = PLUG_POWER
    for kind, form in (("entities", plug), ("simulated", {"name": "Simulation"})):
        await walk(
            client,
            SUBENTRY_FLOW,
            [entry_id, kind],
            {"user": form, kind: form, "features": {}},
        )
    return entry_id


async def until(client: Client, entry_id: str, is_so: Callable[[States], bool]) -> None:
    """Wait until the miner's entities show something."""
    async with asyncio.timeout(WAIT):
        while not is_so(await states(client, entry_id)):  # noqa: ASYNC110 - far away
            await asyncio.sleep(0.1)


def is_served_as_linked(states: States) -> bool:
    """Tell whether each controller serves what it is first for by itself."""
    return providers(states) == ["Smart plug", "Bitaxe Gamma 602", "Simulation"]


def is_served_as_ranked(states: States) -> bool:
    """Tell whether the simulation serves what it was made the first for."""
    return providers(states) == ["Smart plug", "Simulation", "Simulation"]


def providers(states: States) -> list[str | None]:
    """Return who serves three features."""
    return [
        states.get(f"sensor.{key}", {}).get("provider")
        for key in ("power", "chip_temperature", "external_fan_speed")
    ]


async def states(client: Client, entry_id: str) -> dict[str, dict[str, Any]]:
    """Return the states of a miner's entities by platform and key."""
    registry = await client.call("config/entity_registry/list")
    keys = {
        entity["entity_id"]: entity["unique_id"].removeprefix(f"{entry_id}_")
        for entity in registry
        if entity["config_entry_id"] == entry_id
    }
    return {
        f"{state['entity_id'].split('.')[0]}.{keys[state['entity_id']]}": {
            **state["attributes"],
            "entity_id": state["entity_id"],
            "state": state["state"],
        }
        for state in await client.call("get_states")
        if state["entity_id"] in keys
    }


async def settled(
    client: Client, entry_id: str, expected: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all of a miner as soon as it is as expected, or when patience ends."""
    try:
        async with asyncio.timeout(WAIT):
            while (found := await described(client, entry_id)) != expected:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        found = await described(client, entry_id)
    return found


async def described(client: Client, entry_id: str) -> dict[str, Any]:
    """Return all of a miner that a restart may not change."""
    found = await states(client, entry_id)
    features = await client.ask(
        "miner_control", "get_features", config_entry_id=entry_id
    )
    devices = await client.call("config/device_registry/list")
    return {
        "entities": {
            key: (
                state["entity_id"],
                state.get("provider"),
                state.get("fallback"),
                state.get("unit_of_measurement"),
                state["state"] in ("unknown", "unavailable"),
            )
            for key, state in found.items()
        },
        "status": found["sensor.status"]["state"],
        "power": found["sensor.power"]["state"],
        "switches": [found[f"switch.{key}"]["state"] for key in ("mining", "power")],
        "degraded": found["binary_sensor.degraded"]["state"],
        "bindings": {
            name: (
                feature["provider"],
                [
                    (b["controller"], b["title"], b["priority"], b["enabled"])
                    for b in feature["ranking"]
                ],
            )
            for name, feature in features["features"].items()
        },
        "devices": sorted(
            (device["id"], device["name"])
            for device in devices
            if device["config_entry_id"] == entry_id
        ),
    }
