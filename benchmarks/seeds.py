"""Entries and settings for a Home Assistant with many miners."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any

from custom_components.miner_control.const import DOMAIN, ENTRY_VERSION
from custom_components.miner_control.controllers import controller_type, simulated
from custom_components.miner_control.controllers.base import Capabilities, Controller
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.storage.bindings import default_bindings

from .devices import Device

INTERVAL = 15
_CREATED = "2026-01-01T00:00:00+00:00"
_PLUG = frozenset(
    {
        MinerFeatureType.POWER_MONITORING,
        MinerFeatureType.STATUS_MONITORING,
        MinerFeatureType.POWER_CONTROL,
    }
)


def our_entry(
    number: int,
    device: Device,
    known: Capabilities,
    controllers: int,
    protocol: str = "pyasic",
) -> dict[str, Any]:
    """Return an entry of the integration with one, two or three controllers."""
    linked = list(_links(number, device, known, protocol))[:controllers]
    subentries = [_subentry(number, device, *link) for link in linked]
    return _entry("miner_control", device, {}, device.mac, subentries)


def entry_without_device(number: int) -> dict[str, Any]:
    """Return an entry of the integration with a plug and a simulation."""
    device = Device(f"miner{number}", "none", "", "")
    _, *linked = _links(number, device, Capabilities(features=frozenset()))
    subentries = [_subentry(number, device, *link) for link in linked]
    return _entry("miner_control", device, {}, None, subentries)


def as_first_version(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as the first version stored it, which any version reads.

    A network device had its protocol for the type of its subentry.
    """
    subentries = [
        {**one, "subentry_type": one["data"].get("protocol", one["subentry_type"])}
        for one in entry["subentries"]
    ]
    return {**entry, "subentries": subentries, "version": 1}


def usual_entry(device: Device) -> dict[str, Any]:
    """Return an entry of the usual way."""
    return _entry("usual_way", device, {"host": device.address}, None, [])


def store_entries(config: Path, entries: list[dict[str, Any]]) -> None:
    """Write entries to where Home Assistant finds them."""
    store(config, "core.config_entries", 1, {"entries": entries}, minor=5)


def store(
    config: Path, key: str, version: int, data: object, *, minor: int = 1
) -> None:
    """Write a file of Home Assistant's own storage."""
    folder = config / ".storage"
    folder.mkdir(exist_ok=True)
    content = {"version": version, "minor_version": minor, "key": key, "data": data}
    (folder / key).write_text(json.dumps(content), encoding="utf-8")


def plugs(count: int, *, on: bool) -> Mapping[str, Any]:
    """Return the settings that make a switch and a power sensor for each miner."""
    return {
        "input_boolean": {f"plug_{n}": {"initial": on} for n in range(count)},
        "template": [
            {
                "sensor": [
                    {
                        "name": f"Plug {n} power",
                        "state": f"{{{{ 900 if is_state('input_boolean.plug_{n}', "
                        "'on') else 0 }}",
                        "unit_of_measurement": "W",
                        "device_class": "power",
                        "state_class": "measurement",
                    }
                    for n in range(count)
                ]
            }
        ],
    }


def _links(
    number: int, device: Device, known: Capabilities, protocol: str = "pyasic"
) -> Iterator[tuple[str, Capabilities, dict[str, Any]]]:
    """Yield the controllers of a miner: its network, its plug, a simulation."""
    yield (
        "network",
        known,
        {"host": device.address, "protocol": protocol, "scan_interval": INTERVAL},
    )
    entities = {
        "power_monitoring": f"sensor.plug_{number}_power",
        "power_control": f"input_boolean.plug_{number}",
    }
    yield "entities", Capabilities(features=_PLUG), {"entities": entities}
    yield "simulated", simulated.capabilities(), {"name": f"{device.name} model"}


def _subentry(
    number: int,
    device: Device,
    kind: str,
    can: Capabilities,
    connection: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the subentry of a controller as Home Assistant stores it."""
    return {
        "subentry_id": f"{number}-{kind}",
        "subentry_type": kind,
        "title": f"{device.name} {kind}",
        "unique_id": device.mac if kind == "network" else None,
        "data": {
            **connection,
            "capabilities": can.as_dict(),
            "features": default_bindings(_type_of(kind, connection), can),
        },
    }


def _entry(
    domain: str,
    device: Device,
    data: dict[str, Any],
    unique_id: str | None,
    subentries: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return an entry as Home Assistant stores it."""
    return {
        "created_at": _CREATED,
        "data": data,
        "disabled_by": None,
        "discovery_keys": {},
        "domain": domain,
        "entry_id": f"{domain}_{device.name}",
        "minor_version": 1,
        "modified_at": _CREATED,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": subentries,
        "title": device.name,
        "unique_id": unique_id,
        "version": ENTRY_VERSION if domain == DOMAIN else 1,
    }


def _type_of(kind: str, connection: Mapping[str, Any]) -> type[Controller]:
    """Return the class of a controller."""
    found = controller_type(kind, connection)
    assert found is not None, kind  # noqa: S101 - a kind that `_links` has yielded
    return found
