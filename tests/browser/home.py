"""The Home Assistant that the browser shows, and what is in it."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
from typing import Any

from playwright.async_api import BrowserContext

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedMiner
from emulation.plug import SmartPlug
from tools.home.client import Client
from tools.home.errors import HomeError
from tools.home.flows import ENTRY_FLOW, OPTIONS_FLOW, SUBENTRY_FLOW, walk
from tools.home.home import Home
from tools.home.states import States

PLUG = "Smart plug"
PLUG_POWER = "Smart plug power"
PLUG_POWER_ID = "sensor.smart_plug_power"
PLUG_ENERGY = "Smart plug energy"
PLUG_TIMEOUT = 120.0

ANNOUNCER = "announcer"
OUTLET = "outlet"
OUTLET_DEVICE = "Garage plug"
OLD_MINER = "Old miner"


@dataclass(frozen=True)
class House:
    """A Home Assistant with a smart plug, and a browser that is signed in to it."""

    client: Client
    base: str
    context: BrowserContext
    miner: EmulatedMiner
    """The device behind the plug."""
    stock: EmulatedMiner
    """A miner that does not measure its power, behind a plug that is one device."""
    old_address: str
    """Where the older integration believes a miner to be."""

    async def add_network_device(self, host: str, **login: str) -> str:
        """Register a device on the network, without the browser."""
        answers: dict[str, dict[str, Any]] = {
            "user": {"next_step_id": "network"},
            "network": {"host": host, "credentials": login},
            "features": {"standby": False},
        }
        created = await walk(self.client, ENTRY_FLOW, DOMAIN, answers)
        entry_id: str = created["result"]["entry_id"]
        return entry_id

    async def link_lost_switch(self, entry_id: str) -> None:
        """Link a switch to a miner and remove it then, without the browser."""
        made = await self.client.call("input_boolean/create", name="Old plug")
        form = {"name": "Old plug", "power_control": "input_boolean.old_plug"}
        answers = {"entities": form, "features": {}}
        await walk(self.client, SUBENTRY_FLOW, [entry_id, "entities"], answers)
        await self.client.call("input_boolean/delete", input_boolean_id=made["id"])

    async def reload(self, entry_id: str) -> None:
        """Have a miner set up again."""
        path = f"/api/config/config_entries/entry/{entry_id}/reload"
        await self.client.post(path, {})

    async def link_plug(self, entry_id: str, **advanced: Any) -> None:
        """Link the smart plug to a miner, without the browser."""
        form = {
            "name": PLUG,
            "power_monitoring": PLUG_POWER_ID,
            "power_control": "switch.smart_plug",
            "advanced": advanced,
        }
        answers = {"entities": form, "features": {}}
        await walk(self.client, SUBENTRY_FLOW, [entry_id, "entities"], answers)

    async def entries(self) -> list[Mapping[str, Any]]:
        """Return the miners that are registered."""
        entries = await self.client.call("config_entries/get", domain=DOMAIN)
        return list(entries)

    async def add_simulated(self, name: str) -> str:
        """Register a simulated miner, without the browser, and return its id."""
        answers = {
            "user": {"next_step_id": "simulated"},
            "simulated": {"name": name},
            "features": {},
        }
        created = await walk(self.client, ENTRY_FLOW, DOMAIN, answers)
        entry_id: str = created["result"]["entry_id"]
        return entry_id

    async def add_fleet(self, name: str, budget: float, *miners: str) -> None:
        """Make a fleet that observes, the first miner being served first."""
        *preferred, last = miners
        fleet = {
            "name": name,
            "members": [last],
            "mode": "observe",
            "power_budget": budget,
        }
        answers: dict[str, dict[str, Any]] = {
            "user": {"next_step_id": "fleet"},
            "fleet": fleet,
        }
        created = await walk(self.client, ENTRY_FLOW, DOMAIN, answers)
        handler = [created["result"]["entry_id"], "member"]
        for place, miner in enumerate(preferred):
            member = {"miner": miner, "priority": 99 - place}
            await walk(self.client, SUBENTRY_FLOW, handler, {"member": member})

    async def heat(self, entry_id: str) -> None:
        """Have a miner heat its room, without the browser."""
        answers: dict[str, dict[str, Any]] = {
            "init": {"next_step_id": "heating"},
            "heating": {"enabled": True},
        }
        await walk(self.client, OPTIONS_FLOW, entry_id, answers)

    async def controllers(self, entry_id: str) -> list[str]:
        """Return the titles of the controllers of a miner, the first linked first."""
        found = await self.client.call(
            "config_entries/subentries/list", entry_id=entry_id
        )
        return [subentry["title"] for subentry in found]

    async def features(self, entry_id: str) -> Mapping[str, Any]:
        """Return what serves each feature of a miner."""
        answer = await self.client.ask(DOMAIN, "get_features", config_entry_id=entry_id)
        return dict(answer["features"])

    async def set_feature(
        self, entry_id: str, controller: str, feature_type: str, **binding: Any
    ) -> None:
        """Change how a controller serves a feature, without the browser."""
        await self.client.act(
            DOMAIN,
            "set_feature",
            config_entry_id=entry_id,
            controller=controller,
            feature_type=feature_type,
            **binding,
        )

    async def remove(self, entry_id: str) -> None:
        """Remove a miner."""
        await self.client.delete(f"/api/config/config_entries/entry/{entry_id}")

    async def state(self, entity_id: str) -> Mapping[str, Any]:
        """Return the state of an entity."""
        states = await self.client.call("get_states")
        return next(state for state in states if state["entity_id"] == entity_id)

    async def update(self, entity_id: str) -> None:
        """Have an entity read again."""
        await self.client.act("homeassistant", "update_entity", entity_id=entity_id)

    async def clear(self) -> None:
        """Remove all miners."""
        for entry in await self.entries():
            await self.remove(entry["entry_id"])


def configuration(plug: SmartPlug) -> dict[str, Any]:
    """Return the content of configuration.yaml, with the entities of a plug."""
    return {
        "homeassistant": {
            "name": "Home",
            "country": "CH",
            "currency": "CHF",
            "time_zone": "UTC",
            "unit_system": "metric",
            "auth_mfa_modules": [],
        },
        "config": {},
        "history": {},
        "recorder": {"commit_interval": 0},
        "logger": {"default": "info"},
        ANNOUNCER: {},
        "rest": [_sensors(plug)],
        "switch": [_switch(plug)],
    }


async def plug_is_read(client: Client) -> None:
    """Wait until the plug shows what it measures.

    Where the network takes no multicast, Home Assistant reads it half a minute later.
    """
    states = States()
    await states.follow(client)
    if not await states.until(
        lambda: states[PLUG_POWER_ID].number is not None, PLUG_TIMEOUT
    ):
        raise HomeError(f"{PLUG_POWER_ID} shows nothing")


def furnish(home: Home, old_address: str, outlet: SmartPlug) -> None:
    """Put in what announces devices, a plug, and a miner of the older integration."""
    for component in (ANNOUNCER, OUTLET):
        source = Path(__file__).parent / component
        shutil.copytree(source, home.config / "custom_components" / component)
    old = {"ip": old_address, "web_username": "root", "web_password": ""}
    entries = [
        _stored("old", "miner", OLD_MINER, old, disabled_by="user"),
        _stored("plug", OUTLET, OUTLET_DEVICE, {"url": outlet.url}, disabled_by=None),
    ]
    content = {
        "version": 1,
        "minor_version": 1,
        "key": "core.config_entries",
        "data": {"entries": entries},
    }
    path = home.config / ".storage" / "core.config_entries"
    path.write_text(json.dumps(content), encoding="utf-8")


def _stored(
    entry_id: str,
    domain: str,
    title: str,
    data: dict[str, Any],
    *,
    disabled_by: str | None,
) -> dict[str, Any]:
    """Return an entry as Home Assistant stores it."""
    return {
        "entry_id": entry_id,
        "domain": domain,
        "title": title,
        "data": data,
        "options": {},
        "version": 1,
        "source": "user",
        "unique_id": None,
        "disabled_by": disabled_by,
    }


def _sensors(plug: SmartPlug) -> dict[str, Any]:
    """Return what the plug measures."""
    return {
        "resource": plug.url,
        "scan_interval": 5,
        "sensor": [
            {
                "name": PLUG_POWER,
                "unique_id": "plug_power",
                "value_template": "{{ value_json.power }}",
                "unit_of_measurement": "W",
                "device_class": "power",
                "state_class": "measurement",
            },
            {
                "name": PLUG_ENERGY,
                "unique_id": "plug_energy",
                "value_template": "{{ value_json.energy }}",
                "unit_of_measurement": "kWh",
                "device_class": "energy",
                "state_class": "total_increasing",
            },
        ],
    }


def _switch(plug: SmartPlug) -> dict[str, Any]:
    """Return the relay of the plug."""
    return {
        "platform": "rest",
        "name": PLUG,
        "unique_id": "plug",
        "device_class": "outlet",
        "resource": plug.url,
        "headers": {"Content-Type": "application/json"},
        "body_on": '{"on": true}',
        "body_off": '{"on": false}',
        "is_on_template": "{{ value_json.on }}",
        "scan_interval": 5,
    }
