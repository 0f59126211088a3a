"""The configuration that Home Assistant starts with."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

import yaml

from .emulators import Device, Emulators, Plug, slug

# `default_config` would look for devices on every network and ask services on
# the internet; what we run needs neither.
COMPONENTS = ("config", "energy", "frontend", "history", "logbook")

# One that is left open lets the onboarding tell when Home Assistant has started, also
# for the second time.
FIRST_STEPS = ("analytics", "core_config")
# Onboarding stops here: the rest would offer integrations that look outside.
ONBOARDING_STEPS = (*FIRST_STEPS, "integration")

# A plug's switch and watts are at most this old.
PLUG_SCAN_INTERVAL = 1

_REST_SWITCH = {
    "headers": {"Content-Type": "application/json"},
    "scan_interval": PLUG_SCAN_INTERVAL,
    "timeout": 5,
}


def write_configuration(
    folder: Path,
    emulators: Emulators,
    port: int,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Write all that Home Assistant reads before it starts.

    With `more` it is configured, too.
    """
    content = {**configuration(emulators), **(more or {})}
    text = yaml.safe_dump(content, sort_keys=False)
    (folder / "configuration.yaml").write_text(text, encoding="utf-8")
    seed(folder, "onboarding", 4, 1, {"done": list(ONBOARDING_STEPS)})
    seed(folder, "http", 2, 2, web_server(port))


def configuration(emulators: Emulators) -> dict[str, Any]:
    """Return the content of configuration.yaml."""
    devices = emulators.devices
    return {
        "homeassistant": {
            "name": "Miner Control",
            "country": "CH",
            "currency": "CHF",
            "time_zone": "UTC",
            "unit_system": "metric",
            # Two-factor login would have packages installed at every start.
            "auth_mfa_modules": [],
        },
        **{component: {} for component in COMPONENTS},
        "recorder": {"commit_interval": 1},
        "logger": {
            "default": "warning",
            "logs": {"custom_components.miner_control": "info"},
        },
        "rest": [
            *(_plug_sensors(device.plug) for device in devices),
            *(_room_sensor(d, emulators.control_of(d)) for d in devices if d.heats),
        ],
        "switch": [
            *(_plug_switch(device.plug) for device in devices),
            *(_network_switch(one, emulators.control_of(one)) for one in devices),
        ],
    }


def _plug_sensors(plug: Plug) -> dict[str, Any]:
    """Return the measurements of a plug as sensors of the `rest` integration."""
    return {
        "resource": plug.url,
        "scan_interval": PLUG_SCAN_INTERVAL,
        "timeout": 5,
        "sensor": [
            {
                "name": f"{plug.name} power",
                "unique_id": f"{plug.object_id}_power",
                "value_template": "{{ value_json.power | round(1) }}",
                "unit_of_measurement": "W",
                "device_class": "power",
                "state_class": "measurement",
            },
            {
                "name": f"{plug.name} energy",
                "unique_id": f"{plug.object_id}_energy",
                "value_template": "{{ value_json.energy | round(4) }}",
                "unit_of_measurement": "kWh",
                "device_class": "energy",
                "state_class": "total_increasing",
            },
        ],
    }


def _room_sensor(device: Device, control: str) -> dict[str, Any]:
    """Return the thermometer of the room that a device heats."""
    name = f"{device.label} room"
    return {
        "resource": control,
        "scan_interval": PLUG_SCAN_INTERVAL,
        "timeout": 5,
        "sensor": [
            {
                "name": name,
                "unique_id": slug(name),
                "value_template": "{{ value_json.room.temperature | round(2) }}",
                "unit_of_measurement": "°C",
                "device_class": "temperature",
                "state_class": "measurement",
            }
        ],
    }


def _plug_switch(plug: Plug) -> dict[str, Any]:
    """Return the relay of a plug as a switch of the `rest` integration."""
    return {
        "platform": "rest",
        "name": plug.name,
        "unique_id": plug.object_id,
        "device_class": "outlet",
        "resource": plug.url,
        "body_on": '{"on": true}',
        "body_off": '{"on": false}',
        "is_on_template": "{{ value_json.on }}",
        **_REST_SWITCH,
    }


def _network_switch(device: Device, control: str) -> dict[str, Any]:
    """Return a switch that cuts a device off the network, and mends that."""
    name = f"{device.label} network"
    return {
        "platform": "rest",
        "name": name,
        "unique_id": slug(name),
        "icon": "mdi:lan-connect",
        "resource": f"{control}/fault",
        "state_resource": control,
        "body_on": '{"fault": null}',
        "body_off": '{"fault": "refuse"}',
        "is_on_template": "{{ value_json.fault is none }}",
        **_REST_SWITCH,
    }


def web_server(port: int) -> dict[str, Any]:
    """Return the settings of Home Assistant's web server."""
    return {
        "stable": {
            "server_host": ["127.0.0.1"],
            "server_port": port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": False,
            "ssl_profile": "modern",
            "use_x_frame_options": True,
            "created_at": "2026-01-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    }


def seed(folder: Path, key: str, version: int, minor: int, data: object) -> None:
    """Write a file of Home Assistant's own storage."""
    storage = folder / ".storage"
    storage.mkdir(exist_ok=True)
    content = {"version": version, "minor_version": minor, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content), encoding="utf-8")
