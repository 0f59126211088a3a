"""What Home Assistant starts with."""

import json
from pathlib import Path

import yaml

from tools.home.configuration import write_configuration
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
