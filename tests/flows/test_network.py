"""Linking a device on the network, as the first controller or as one more."""

import logging
import socket
from unittest.mock import patch

from homeassistant.const import CONF_HOST
import pytest

from custom_components.miner_control.controllers import Found
from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.features import MinerFeatureType as Feature
from custom_components.miner_control.flows.network import lookup
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)

from .conftest import Runner
from .linking import LOGIN, FurtherLink, LinkFlow, assert_asks_features, network_form

# What every device of the tests can do; the controllers' own tests tell them apart.
COMMON = {
    Feature.HASHRATE_MONITORING,
    Feature.STATUS_MONITORING,
    Feature.CHIP_TEMPERATURE_MONITORING,
    Feature.BOARD_TEMPERATURE_MONITORING,
    Feature.FAN_SPEED_INTERNAL_MONITORING,
    Feature.MODEL_DETECTION,
    Feature.MINING_CONTROL,
}


@pytest.mark.parametrize(
    ("kind", "make", "model", "library_class"),
    [
        (EmulatedBitaxe, "Bitaxe", "Gamma 602", "axeos"),
        (EmulatedAntminer, "AntMiner", "S19 Pro", "BMMinerS19Pro"),
        (EmulatedVnish, "AntMiner", "S19", "VNishS19"),
        (EmulatedWhatsminer, "WhatsMiner", "M30S++ VH30", "BTMinerM30SPlusPlusVH30"),
        (EmulatedAvalonNano3, "AvalonMiner", "Avalon Nano 3", "CGMinerAvalonNano3"),
    ],
)
async def test_capabilities_are_stored(
    link: LinkFlow,
    run: Runner,
    kind: type[EmulatedMiner],
    make: str,
    model: str,
    library_class: str,
) -> None:
    """Linking stores what the device is and what it can do."""
    device: EmulatedMiner = await run(kind)
    subentry = await link.link("network", {CONF_HOST: device.address})
    known = subentry.data["capabilities"]
    facts = {
        "make": make,
        "model": model,
        "library_class": library_class,
        "boards": device.rating.boards,
        "fans": device.rating.fans,
    }
    assert known | facts == known
    assert known["mac"] in (device.mac, None)
    assert known["firmware_version"]
    assert set(known["features"]) >= COMMON
    assert set(known["features"]) == set(subentry.data["features"])
    assert subentry.title == f"{make} {model}"


async def test_what_is_stored(link: LinkFlow, antminer: EmulatedAntminer) -> None:
    """A controller keeps its connection, its capabilities and its bindings."""
    await link.open("network")
    form = network_form(f" {antminer.address} ", **LOGIN)
    form["advanced"] = {"scan_interval": 60}
    assert_asks_features(await link.submit(form))
    subentry = link.stored(await link.submit({}))
    data = dict(subentry.data)
    features, known = data.pop("features"), data.pop("capabilities")
    assert data == {
        CONF_HOST: antminer.address,
        **LOGIN,
        "protocol": "pyasic",
        "scan_interval": 60,
    }
    assert (known["mac"], known["serial"]) == (antminer.mac, antminer.serial_number)
    binding = {"priority": 50, "enabled": True}
    assert features == dict.fromkeys(known["features"], binding)
    assert (subentry.subentry_type, subentry.data["protocol"]) == ("network", "pyasic")
    assert subentry.unique_id == antminer.mac


async def test_default_interval(link: LinkFlow, bitaxe: EmulatedBitaxe) -> None:
    """A device is polled every 30 seconds unless the user says otherwise."""
    subentry = await link.link("network", {CONF_HOST: bitaxe.address})
    assert subentry.data["scan_interval"] == 30
    assert type(subentry.data["scan_interval"]) is int
    assert "password" not in subentry.data


async def test_own_watts_rank_below_a_meter(
    link: LinkFlow, bitaxe: EmulatedBitaxe
) -> None:
    """What the firmware only estimates has a lower priority from the start."""
    subentry = await link.link("network", {CONF_HOST: bitaxe.address})
    priorities = {
        name: binding["priority"] for name, binding in subentry.data["features"].items()
    }
    assert priorities.pop("power_monitoring") == 40
    assert set(priorities.values()) == {60}


async def test_the_mac_names_the_miner(link: LinkFlow, bitaxe: EmulatedBitaxe) -> None:
    """The first controller with a MAC address gives it to the miner."""
    await link.link("network", {CONF_HOST: bitaxe.address})
    assert link.entry.unique_id == bitaxe.mac


async def test_without_a_mac(link: LinkFlow) -> None:
    """Devices that tell nothing are named by their hosts, but never by an address."""
    known = Capabilities(features=frozenset({Feature.HASHRATE_MONITORING}))
    for host, title in (("192.0.2.1", "Miner"), ("garage.lan", "garage.lan")):
        with patch.object(
            lookup, "identify", return_value=Found(PyasicController, known)
        ):
            subentry = await link.link("network", {CONF_HOST: host})
        assert (subentry.unique_id, link.entry.unique_id) == (None, None)
        assert subentry.title == title


async def test_further_devices(
    further_link: FurtherLink, run: Runner, no_setup: None
) -> None:
    """A miner is known by its first device; the next ones have names of their own."""
    first, second = await run(EmulatedBitaxe), await run(EmulatedBitaxe)
    await further_link.link("network", {CONF_HOST: first.address})
    subentry = await further_link.link("network", {CONF_HOST: second.address})
    assert further_link.entry.unique_id == first.mac
    assert subentry.unique_id == second.mac
    assert subentry.title == "Bitaxe Gamma 602 2"


async def test_host_name(link: LinkFlow, bitaxe: EmulatedBitaxe) -> None:
    """A host name is resolved to find the device, and stored as it was entered."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (bitaxe.address, 0))]
    with patch("socket.getaddrinfo", return_value=found):
        subentry = await link.link("network", {CONF_HOST: "bitaxe.lan"})
    assert subentry.data[CONF_HOST] == "bitaxe.lan"


async def test_secrets_are_kept(
    link: LinkFlow, run: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    """No password gets into the log or into a title."""
    caplog.set_level(logging.DEBUG)
    wrong, right = "Wr0ng-Horse", "C0rrect-Horse"
    device: EmulatedAntminer = await run(EmulatedAntminer, password=right)
    await link.open("network")
    await link.submit(network_form(device.address, password=wrong))
    result = await link.submit(network_form(device.address, password=right))
    assert_asks_features(result)
    subentry = link.stored(await link.submit({}))
    assert subentry.data["password"] == right
    shown = f"{result['description_placeholders']}{subentry.title}{link.entry.title}"
    assert "S19" in shown
    assert device.address in caplog.text
    assert right not in f"{shown}{caplog.text}"
    assert wrong not in caplog.text


async def test_device_that_rules_itself(link: LinkFlow, run: Runner) -> None:
    """The user is told why it will only be read."""
    device = await run(EmulatedBitaxe, version="v2.15.0-AxeForge-1.4.9")
    await link.open("network")
    result = await link.submit(network_form(device.address))
    found = result["description_placeholders"]
    assert "v2.15.0-AxeForge-1.4.9 (this firmware controls the miner" in str(found)
    subentry = link.stored(await link.submit({}))
    assert subentry.data["capabilities"]["rules_itself"]
    assert not [name for name in subentry.data["features"] if "control" in name]
