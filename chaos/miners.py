"""The miners as Home Assistant has them: the first by its flows, the others seeded."""

import asyncio
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
import secrets
from typing import Any

from demo.client import Client
from demo.emulators import Device
from demo.errors import DemoError
from demo.flows import SUBENTRY_FLOW, walk
from demo.miners import DOMAIN, SCAN_INTERVAL, register
from demo.states import EntityState, States

from .server import Server
from .truth import Json, Shown

ENTRIES = "core.config_entries"
ENTITIES = "core.entity_registry"
# What the name of a device begins with, and is found by in a log.
NAME_LENGTH = 3
TIMEOUT = 60.0


@dataclass
class Miner:
    """A device, its config entry and its entities by domain and key."""

    device: Device
    kind: str
    entry_id: str = ""
    entities: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the short name."""
        return self.device.name[:NAME_LENGTH]

    @property
    def network_title(self) -> str:
        """Return the title of the controller that asks the device."""
        return f"{self.name} network"

    def shown(self, states: States) -> Shown:
        """Return what its entities show, and those of its plug, whatever their name."""
        plug = self.device.plug
        of_plug = {"power": plug.power, "energy": plug.energy, "switch": plug.switch}
        seen = {key: states[entity_id] for key, entity_id in self.entities.items()}
        for key, entity_id in of_plug.items():
            state, renamed = states[entity_id], states[renamed_id(entity_id)]
            seen[f"plug.{key}"] = renamed if state.state == "missing" else state
        return seen

    def state(self, states: States, key: str) -> EntityState:
        """Return what one of its entities shows."""
        entity_id = self.entities.get(key)
        return EntityState() if entity_id is None else states[entity_id]


def renamed_id(entity_id: str) -> str:
    """Return the other id that an entity of a plug is given for a while."""
    return f"{entity_id}_renamed"


async def enlist(server: Server, miners: Sequence[Miner]) -> None:
    """Register the first miner of each kind by flows, and the others like it."""
    models: dict[str, Miner] = {}
    for miner in miners:
        if miner.kind not in models:
            registered = await register(
                server.client, miner.device, with_simulation=False
            )
            miner.entry_id = registered.entry_id
            models[miner.kind] = miner
            await name_network(server.client, miner)
            await server.client.call(
                "config_entries/update",
                entry_id=miner.entry_id,
                title=miner.device.label,
            )
    await server.stop()
    _seed(server, miners, models)
    await server.start()
    await find_entities(server.client, miners)


async def find_entities(client: Client, miners: Sequence[Miner]) -> None:
    """Find the entities of all miners, once none is added any more."""
    async with asyncio.timeout(TIMEOUT):
        before: list[dict[str, str]] = []
        while True:
            registry = await client.call("config/entity_registry/list")
            now = [_entities_of(miner, registry) for miner in miners]
            if now == before and all(now):
                break
            before = now
            await asyncio.sleep(1.0)
    for miner, entities in zip(miners, before, strict=True):
        miner.entities = entities


async def name_network(client: Client, miner: Miner) -> None:
    """Give the controller that asks the device a name that the log tells apart."""
    subentry_id = await find_subentry(client, miner, "pyasic")
    await client.call(
        "config_entries/subentries/update",
        entry_id=miner.entry_id,
        subentry_id=subentry_id,
        title=miner.network_title,
    )


async def find_subentry(client: Client, miner: Miner, kind: str) -> str:
    """Return the id of a miner's controller of a kind."""
    for one in await client.call(
        "config_entries/subentries/list", entry_id=miner.entry_id
    ):
        if one["subentry_type"] == kind:
            return str(one["subentry_id"])
    raise DemoError(f"{miner.name} has no controller of the kind {kind}")


async def unlink(client: Client, miner: Miner, kind: str) -> None:
    """Remove a miner's controller of a kind."""
    await client.call(
        "config_entries/subentries/delete",
        entry_id=miner.entry_id,
        subentry_id=await find_subentry(client, miner, kind),
    )


async def link_network(client: Client, miner: Miner) -> None:
    """Link the device again, by the flow."""
    form = {
        "host": miner.device.address,
        "credentials": {},
        "advanced": {"scan_interval": SCAN_INTERVAL},
    }
    await walk(
        client,
        SUBENTRY_FLOW,
        [miner.entry_id, "pyasic"],
        {"pyasic": form, "network": form, "features": {}},
    )
    await name_network(client, miner)


async def link_plug(client: Client, miner: Miner) -> None:
    """Link the plug again, by the flow."""
    plug = miner.device.plug
    form = {
        "name": plug.name,
        "power_monitoring": plug.power,
        "power_control": plug.switch,
        "energy_monitoring": plug.energy,
    }
    await walk(
        client,
        SUBENTRY_FLOW,
        [miner.entry_id, "entities"],
        {"entities": form, "features": {}},
    )


async def bindings_of(
    client: Client, miner: Miner
) -> dict[str, dict[str, tuple[int, bool]]]:
    """Return the priority and state of each binding of each feature."""
    return {
        feature: {
            one["title"]: (one["priority"], one["enabled"]) for one in told["ranking"]
        }
        for feature, told in (await _features_of(client, miner)).items()
    }


async def providers_of(client: Client, miner: Miner) -> dict[str, str | None]:
    """Return who serves each feature."""
    features = await _features_of(client, miner)
    return {feature: told["provider"] for feature, told in features.items()}


async def _features_of(client: Client, miner: Miner) -> Json:
    """Return what Home Assistant tells of a miner's features."""
    answer = await client.ask(DOMAIN, "get_features", config_entry_id=miner.entry_id)
    features: Json = answer["features"]
    return features


def _entities_of(miner: Miner, registry: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the ids of a miner's own entities by domain and key."""
    prefix = f"{miner.entry_id}_"
    return {
        f"{domain}.{one['unique_id'].removeprefix(prefix)}": one["entity_id"]
        for one in registry
        if one["config_entry_id"] == miner.entry_id
        and one["config_subentry_id"] is None
        and one["disabled_by"] is None
        and (domain := one["entity_id"].partition(".")[0])
    }


def _seed(server: Server, miners: Sequence[Miner], models: Mapping[str, Miner]) -> None:
    """Write the entries of all other miners, as flows would have written them."""
    stored = server.stored(ENTRIES)
    registry = server.stored(ENTITIES)["entities"]
    ids = {one["entity_id"]: one["id"] for one in registry}
    entries = {entry["entry_id"]: entry for entry in stored["entries"]}
    for miner in miners:
        model = models[miner.kind]
        if model is not miner:
            entry = _like(entries[model.entry_id], model, miner, ids)
            miner.entry_id = entry["entry_id"]
            stored["entries"].append(entry)
    server.store(ENTRIES, stored)


def _like(
    entry: Mapping[str, Any], model: Miner, miner: Miner, ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return the entry of a miner, made after that of another of its kind."""
    plug, other = miner.device.plug, model.device.plug
    words = {
        ids[other.power]: ids[plug.power],
        ids[other.energy]: ids[plug.energy],
        ids[other.switch]: ids[plug.switch],
        other.name: plug.name,
        model.device.address: miner.device.address,
        model.network_title: miner.network_title,
        model.device.label: miner.device.label,
        entry["entry_id"]: secrets.token_hex(16),
    }
    for subentry in entry["subentries"]:
        words[subentry["subentry_id"]] = secrets.token_hex(16)
        known = subentry["data"].get("capabilities", {})
        if mac := known.get("mac"):
            words[mac] = _own(mac, miner)
        if serial := known.get("serial"):
            words[serial] = _own_serial(serial, model, miner)
    made: dict[str, Any] = _replaced(deepcopy(dict(entry)), words)
    return made


def _own(mac: str, miner: Miner) -> str:
    """Return the address that the emulation gives a device by its IP address."""
    return ":".join([*mac.split(":")[:3], *_octets(miner)])


def _own_serial(serial: str, model: Miner, miner: Miner) -> str:
    """Return a serial number with the end of the own address in it."""
    tail, own = "".join(_octets(model)), "".join(_octets(miner))
    if serial == serial.upper():
        return serial.replace(tail.upper(), own.upper())
    return serial.replace(tail, own)


def _octets(miner: Miner) -> list[str]:
    """Return the last half of a device's hardware address."""
    return [f"{int(part):02x}" for part in miner.device.address.split(".")[1:]]


def _replaced(content: Any, words: Mapping[str, str]) -> Any:
    """Return content with every text replaced that has a replacement."""
    if isinstance(content, dict):
        return {key: _replaced(value, words) for key, value in content.items()}
    if isinstance(content, list):
        return [_replaced(value, words) for value in content]
    return words.get(content, content) if isinstance(content, str) else content
