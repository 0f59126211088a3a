"""What Home Assistant starts with."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.tools.conftest import ANNOUNCEMENT
from tools.home.configuration import configuration, write_configuration
from tools.home.emulators import Emulators


def test_emulated_devices_are_named(emulators: Emulators) -> None:
    """Devices and those that are missing have names for people."""
    (device,) = emulators.devices

    assert device.label == "Whatsminer 2"
    assert device.plug.switch == "switch.whatsminer_2_plug"
    assert device.plug.power == "sensor.whatsminer_2_plug_power"
    assert device.network_switch == "switch.whatsminer_2_network"
    assert emulators.left_out == ["Bitaxe (no right to port 80)"]


def test_web_server_stays_on_the_loopback(tmp_path: Path, emulators: Emulators) -> None:
    """Nobody else reaches Home Assistant, on the port that was asked for."""
    write_configuration(tmp_path, emulators, 8199)

    stored = json.loads((tmp_path / ".storage" / "http").read_text())
    assert stored["data"]["stable"]["server_host"] == ["127.0.0.1"]
    assert stored["data"]["stable"]["server_port"] == 8199


def test_plugs_become_entities(tmp_path: Path, emulators: Emulators) -> None:
    """Home Assistant reads and switches each plug by its own means."""
    write_configuration(tmp_path, emulators, 8199)

    stored = yaml.safe_load((tmp_path / "configuration.yaml").read_text())
    (measured,) = stored["rest"]
    power, energy = measured["sensor"]
    assert measured["resource"] == "http://127.0.10.105:8080/state"
    assert (power["device_class"], power["unit_of_measurement"]) == ("power", "W")
    assert (energy["device_class"], energy["unit_of_measurement"]) == ("energy", "kWh")
    plug, network = stored["switch"]
    assert plug["resource"] == measured["resource"]
    assert json.loads(plug["body_off"]) == {"on": False}
    assert network["resource"] == "http://127.0.0.1:9/devices/whatsminer-2/fault"
    assert json.loads(network["body_off"]) == {"fault": "refuse"}


def test_room_has_a_thermometer() -> None:
    """Home Assistant reads how warm it is where a miner heats a room."""
    announced: dict[str, Any] = {**ANNOUNCEMENT}
    (entry,) = announced["devices"]
    warm = {**entry, "name": "heater", "room": {"temperature": 20.5}}
    nothing: Any = None
    both = Emulators(nothing, announced | {"devices": [entry, warm]})

    *_, thermometer = configuration(both)["rest"]

    assert [device.heats for device in both.devices] == [False, True]
    assert len(configuration(both)["rest"]) == 3
    assert thermometer["resource"] == "http://127.0.0.1:9/devices/heater"
    (sensor,) = thermometer["sensor"]
    assert (sensor["device_class"], sensor["unit_of_measurement"]) == (
        "temperature",
        "°C",
    )
    assert f"sensor.{sensor['unique_id']}" == both.devices[1].room_sensor


def test_more_can_be_configured(tmp_path: Path, emulators: Emulators) -> None:
    """A program adds what it needs, and takes nothing away by that."""
    write_configuration(tmp_path, emulators, 8199, {"template": [{"sensor": []}]})

    stored = yaml.safe_load((tmp_path / "configuration.yaml").read_text())
    assert stored == {**configuration(emulators), "template": [{"sensor": []}]}
