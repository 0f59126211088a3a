"""The miners as Home Assistant has them: the first by its flows, the others seeded."""

import asyncio
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
import secrets
from typing import Any

from tools.home.client import Client
from tools.home.emulators import Device
from tools.home.errors import HomeError
from tools.home.flows import SUBENTRY_FLOW, walk
from tools.home.miners import DOMAIN, SCAN_INTERVAL, register
from tools.home.states import EntityState, States

from .fleet import CREDENTIALS, WARM_UP, Fleet
from .libraries import ALONE, PACKAGES, Way
from .server import Server
from .troubles import PATIENCE
from .truth import Json, Shown

ENTRIES = "core.config_entries"
ENTITIES = "core.entity_registry"
# What the name of a device begins with, and is found by in a log.
NAME_LENGTH = 3
TIMEOUT = 60.0
# By what a miner can be slowed down.
SLOWING = ("power_limit_control", "preset_control", "tuning_control")
# Of every so many kinds, one is linked while it is stopped as well.
STOPPED_SHARE = 2


@dataclass
class Miner:
    """A device, its config entry and its entities by domain and key."""

    device: Device
    kind: str
    way: Way = ALONE
    entry_id: str = ""
    entities: Mapping[str, str] = field(default_factory=dict)
    # Whether it did not mine when it was linked, and could not tell all it has.
    linked_stopped: bool = False
    # Who was linked again, maybe while it rested, and then tells less at first.
    relinked: str | None = None
    # Held while it is linked again, which may take until another one is to begin.
    linking: asyncio.Lock = field(default_factory=asyncio.Lock, compare=False)
    # Whether nothing is left to it by which it could be slowed down.
    only_switches: bool = False

    @property
    def name(self) -> str:
        """Return the short name."""
        return self.device.name[:NAME_LENGTH]

    @property
    def like(self) -> tuple[str, Way]:
        """Return what others have that are linked in the same way."""
        return self.kind, self.way

    @property
    def network_title(self) -> str:
        """Return the title of the controller that asks the device."""
        return f"{self.name} network"

    @property
    def standby_title(self) -> str:
        """Return the title of the one that asks it by the other library, if any."""
        return f"{self.name} standby"

    @property
    def titles(self) -> Mapping[str, str]:
        """Return the titles of the controllers that need a package, with that."""
        titles = (self.network_title, self.standby_title)
        protocols = self.way.protocols(self.kind)
        return {
            title: PACKAGES[protocol]
            for title, protocol in zip(titles, protocols, strict=False)
        }

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


async def enlist(
    server: Server, fleet: Fleet, miners: Sequence[Miner], random: Random
) -> None:
    """Register the first miner of each kind and way by flows, and the others like it.

    Of some, another one is linked by flows while it is stopped.
    """
    models: dict[tuple[str, Way], Miner] = {}
    for miner in miners:
        if models.setdefault(miner.like, miner) is miner:
            await _register(server.client, miner)
    for miner in _some_of_each(miners, models, random):
        await fleet.tell(miner.device, "mining", on=False)
        await _register(server.client, miner)
        miner.linked_stopped = True
    await server.stop()
    _seed(server, miners, models)
    await server.start()
    await find_entities(server.client, miners)
    stopped = [miner for miner in miners if miner.linked_stopped]
    for miner in stopped:
        await fleet.tell(miner.device, "mining", on=True)
    for miner in stopped:
        await _wait_until_grown(server.client, miner, models[miner.like])
    if stopped:
        # Nobody looks at them while they warm up, so what is shown has to be true.
        await asyncio.sleep(WARM_UP + PATIENCE)


def _some_of_each(
    miners: Sequence[Miner], models: Mapping[tuple[str, Way], Miner], random: Random
) -> list[Miner]:
    """Return the second miner of some kinds that there are two of, linked alike."""
    seconds = {
        miner.like: miner
        for miner in reversed(miners)
        if models[miner.like] is not miner
    }
    names = sorted(miner.name for miner in seconds.values())
    chosen = random.sample(names, len(names) // STOPPED_SHARE)
    return [miner for miner in seconds.values() if miner.name in chosen]


async def _register(client: Client, miner: Miner) -> None:
    """Register a miner by flows, under the names of this run."""
    try:
        registered = await register(
            client,
            miner.device,
            credentials=CREDENTIALS.get(miner.kind),
            protocol=miner.way.protocol,
            standby=miner.way.standby,
        )
    except HomeError as error:
        raise HomeError(f"{miner.device.name}: {error}") from error
    miner.entry_id = registered.entry_id
    await name_network(client, miner)
    await client.call(
        "config_entries/update", entry_id=miner.entry_id, title=miner.device.label
    )


async def _wait_until_grown(client: Client, miner: Miner, model: Miner) -> None:
    """Wait until a miner has all that another one has that was linked while it mined.

    What is disabled until it is wanted counts as well.
    """
    lacking = {"everything"}
    try:
        async with asyncio.timeout(TIMEOUT):
            while lacking:
                await asyncio.sleep(1.0)
                registry = await client.call("config/entity_registry/list")
                whole = _entities_of(model, registry, with_disabled=True)
                grown = _entities_of(miner, registry, with_disabled=True)
                lacking = whole.keys() - grown.keys()
    except TimeoutError as error:
        text = f"{miner.device.name} was linked while it was stopped, and lacks"
        raise HomeError(f"{text} {', '.join(sorted(lacking))}") from error
    miner.entities = _entities_of(miner, registry)


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
    """Give those that ask the device names that the log tells apart."""
    asking = await find_subentries(client, miner, "network")
    names = [miner.network_title, *([miner.standby_title] if miner.way.standby else [])]
    if len(asking) != len(names):
        raise HomeError(f"{miner.device.name} is asked by {', '.join(asking.values())}")
    # What stands by already keeps its name, wherever it stands.
    unnamed = [one for one, title in asking.items() if title not in names]
    free = [name for name in names if name not in asking.values()]
    for subentry_id, title in zip(unnamed, free, strict=True):
        await client.call(
            "config_entries/subentries/update",
            entry_id=miner.entry_id,
            subentry_id=subentry_id,
            title=title,
        )


async def find_subentries(client: Client, miner: Miner, kind: str) -> dict[str, str]:
    """Return the ids of a miner's controllers of a kind, with their titles."""
    listed = await client.call(
        "config_entries/subentries/list", entry_id=miner.entry_id
    )
    return {
        str(one["subentry_id"]): str(one["title"])
        for one in listed
        if one["subentry_type"] == kind
    }


async def unlink(client: Client, miner: Miner, kind: str) -> None:
    """Remove a miner's controller of a kind: never what stands by."""
    for subentry_id, title in (await find_subentries(client, miner, kind)).items():
        if title != miner.standby_title:
            await client.call(
                "config_entries/subentries/delete",
                entry_id=miner.entry_id,
                subentry_id=subentry_id,
            )
            return
    raise HomeError(f"{miner.name} has no controller of the kind {kind}")


async def link_network(client: Client, miner: Miner) -> None:
    """Link the device again, by the flow."""
    form = {
        "host": miner.device.address,
        "credentials": {**CREDENTIALS.get(miner.kind, {})},
        "advanced": {
            "scan_interval": SCAN_INTERVAL,
            "protocol": miner.way.protocol,
        },
    }
    await walk(
        client,
        SUBENTRY_FLOW,
        [miner.entry_id, "network"],
        {"network": form, "features": {"standby": False}},
    )


async def arrange_network(client: Client, miner: Miner) -> None:
    """Give what was linked again its name, and only what the miner had before."""
    await name_network(client, miner)
    miner.relinked = miner.network_title
    if miner.only_switches:
        await leave_switch_only(client, miner)


async def leave_switch_only(client: Client, miner: Miner) -> None:
    """Disable all by which a miner can be slowed down: it only starts and stops."""
    miner.only_switches = True
    for feature, bound in (await bindings_of(client, miner)).items():
        for title in bound if feature in SLOWING else ():
            await client.act(
                DOMAIN,
                "set_feature",
                config_entry_id=miner.entry_id,
                controller=title,
                feature_type=feature,
                enabled=False,
            )
    # What it could do before is only forgotten then.
    await client.act("homeassistant", "reload_config_entry", entry_id=miner.entry_id)


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


def _entities_of(
    miner: Miner, registry: Sequence[Mapping[str, Any]], *, with_disabled: bool = False
) -> dict[str, str]:
    """Return the ids of a miner's own entities by domain and key."""
    prefix = f"{miner.entry_id}_"
    return {
        f"{domain}.{one['unique_id'].removeprefix(prefix)}": one["entity_id"]
        for one in registry
        if one["config_entry_id"] == miner.entry_id
        and one["config_subentry_id"] is None
        and (with_disabled or one["disabled_by"] is None)
        and (domain := one["entity_id"].partition(".")[0])
    }


def _seed(
    server: Server,
    miners: Sequence[Miner],
    models: Mapping[tuple[str, Way], Miner],
) -> None:
    """Write the entries of all other miners, as flows would have written them."""
    stored = server.stored(ENTRIES)
    registry = server.stored(ENTITIES)["entities"]
    ids = {one["entity_id"]: one["id"] for one in registry}
    entries = {entry["entry_id"]: entry for entry in stored["entries"]}
    for miner in miners:
        model = models[miner.like]
        if not miner.entry_id:
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
        model.standby_title: miner.standby_title,
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
