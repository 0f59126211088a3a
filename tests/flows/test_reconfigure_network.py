"""Setting up anew how a device on the network is reached."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers import Found
from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.features import MinerFeatureType as Feature
from custom_components.miner_control.flows.network import lookup
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedVnish, Fault

from .conftest import Runner
from .linking import (
    LOGIN,
    FirstLink,
    FurtherLink,
    assert_refused,
    is_folded,
    network_form,
    suggested,
)
from .renewal import Renewal, linked


async def test_form(of_antminer: Renewal, antminer: EmulatedAntminer) -> None:
    """Everything is filled in, but the password."""
    schema = of_antminer.shown["data_schema"]
    assert schema({})[CONF_HOST] == antminer.address
    assert suggested(schema)["credentials"] == {"username": LOGIN["username"]}
    assert LOGIN["password"] not in repr(of_antminer.shown) + repr(schema.schema)
    assert is_folded(schema, "credentials")


async def test_interval(
    hass: HomeAssistant, of_bitaxe: Renewal, miner: ConfigEntry
) -> None:
    """The polling interval can be changed, and is shown the next time."""
    await of_bitaxe.submit_shown(advanced={"scan_interval": 45})
    subentry = await of_bitaxe.finish()
    assert subentry.data["scan_interval"] == 45
    (coordinator,) = miner.runtime_data.coordinator.controllers.values()
    assert coordinator.controller.update_interval.total_seconds() == 45
    form = await of_bitaxe.open()
    assert form["data_schema"]({})["advanced"] == {
        "protocol": "axeos",
        "scan_interval": 45,
    }
    await of_bitaxe.submit({})
    assert (await of_bitaxe.finish()).data["scan_interval"] == 45


@pytest.mark.parametrize(
    ("login", "stored"),
    [
        ({"username": "root"}, LOGIN),
        ({"username": "root", "password": LOGIN["password"]}, LOGIN),
        ({"password": LOGIN["password"]}, {"password": LOGIN["password"]}),
    ],
)
async def test_login(
    of_antminer: Renewal, login: dict[str, str], stored: dict[str, str]
) -> None:
    """An empty password keeps the one that is stored."""
    await of_antminer.submit_shown(credentials=login)
    data = (await of_antminer.finish()).data
    names = ("username", "password")
    assert {name: data[name] for name in names if name in data} == stored


async def test_password_alone_is_kept(
    of_antminer: Renewal, antminer: EmulatedAntminer
) -> None:
    """Where no user name was ever entered, there is none to clear."""
    await of_antminer.submit_shown(credentials={"password": LOGIN["password"]})
    await of_antminer.finish()
    await of_antminer.open()
    await of_antminer.submit_shown()
    subentry = await of_antminer.finish()
    assert subentry.data["password"] == LOGIN["password"]


@pytest.mark.parametrize("login", [{}, {"username": "", "password": ""}])
async def test_login_is_cleared(
    of_antminer: Renewal, antminer: EmulatedAntminer, login: dict[str, str]
) -> None:
    """Clearing the user name goes back to the device's own login."""
    before = of_antminer.subentry.as_dict()
    result = await of_antminer.submit_shown(credentials=login)
    assert_refused(result, "network", {"base": "invalid_auth"})
    assert not is_folded(result["data_schema"], "credentials")
    assert of_antminer.subentry.as_dict() == before
    antminer.password = "root"
    await of_antminer.submit_shown(credentials=login)
    data = (await of_antminer.finish()).data
    assert {"username", "password"} & set(data) == set()


async def test_new_address(
    hass: HomeAssistant,
    run: Runner,
    of_bitaxe: Renewal,
    miner: ConfigEntry,
    bitaxe: EmulatedBitaxe,
) -> None:
    """A device that moved is the same device, with the same bindings."""
    before = dict(of_bitaxe.subentry.data)
    devices = {d.id for d in dr.async_get(hass).devices}
    moved: EmulatedBitaxe = await run(EmulatedBitaxe, mac=bitaxe.mac)
    await of_bitaxe.submit_shown(host=moved.address)
    subentry = await of_bitaxe.finish()
    assert subentry.data == before | {CONF_HOST: moved.address}
    assert subentry.unique_id == miner.unique_id == bitaxe.mac
    assert miner.state is ConfigEntryState.LOADED
    assert {d.id for d in dr.async_get(hass).devices} == devices


async def test_another_device(
    run: Runner, of_bitaxe: Renewal, bitaxe: EmulatedBitaxe
) -> None:
    """It is refused, nothing is lost, and the flow goes on."""
    before = of_bitaxe.subentry.as_dict()
    other: EmulatedBitaxe = await run(EmulatedBitaxe)
    result = await of_bitaxe.submit_shown(host=other.address)
    assert_refused(result, "network", {CONF_HOST: "another_device"})
    assert suggested(result["data_schema"])[CONF_HOST] == other.address
    assert of_bitaxe.subentry.as_dict() == before
    await of_bitaxe.submit_shown(host=bitaxe.address)
    assert (await of_bitaxe.finish()).as_dict() == before


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ({"mac": "28:e2:97:00:00:01"}, {"mac": None}, False),
        ({"serial": "A"}, {"serial": "B"}, False),
        ({"serial": "A"}, {"serial": None}, False),
        ({"serial": "A"}, {"serial": "A", "mac": "28:e2:97:00:00:01"}, True),
        ({}, {"serial": "A", "mac": "28:e2:97:00:00:01"}, True),
    ],
)
async def test_what_a_device_is_known_by(
    hass: HomeAssistant,
    miner: ConfigEntry,
    no_setup: None,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    is_same: bool,
) -> None:
    """Its MAC address, else its serial number, else its address alone."""
    features = frozenset({Feature.HASHRATE_MONITORING})
    form = network_form("192.0.2.1")
    known = Capabilities(features=features, **before)
    with patch.object(lookup, "identify", return_value=Found(PyasicController, known)):
        renewal = await linked(hass, miner, "network", form)
    known = Capabilities(features=features, **after)
    with patch.object(lookup, "identify", return_value=Found(PyasicController, known)):
        result = await renewal.submit_shown()
    if not is_same:
        assert_refused(result, "network", {CONF_HOST: "another_device"})
        return
    subentry = await renewal.finish()
    assert subentry.unique_id == miner.unique_id == after["mac"]


async def test_device_of_another_miner(
    hass: HomeAssistant, run: Runner, no_setup: None, of_bitaxe: Renewal
) -> None:
    """The address of what another miner has is refused."""
    other: EmulatedBitaxe = await run(EmulatedBitaxe)
    await FirstLink(hass).link("network", network_form(other.address))
    result = await of_bitaxe.submit_shown(host=other.address)
    assert_refused(result, "network", {CONF_HOST: "already_linked"})
    assert result["description_placeholders"]["miner"] == "Bitaxe Gamma 602"


async def test_unreachable(of_bitaxe: Renewal, bitaxe: EmulatedBitaxe) -> None:
    """A device that does not answer is refused until it does."""
    before = of_bitaxe.subentry.as_dict()
    bitaxe.fault = Fault.REFUSE
    result = await of_bitaxe.submit_shown()
    assert_refused(result, "network", {CONF_HOST: "cannot_connect"})
    assert of_bitaxe.subentry.as_dict() == before
    bitaxe.fault = None
    await of_bitaxe.submit_shown()
    assert (await of_bitaxe.finish()).as_dict() == before


async def test_new_firmware(
    hass: HomeAssistant, run: Runner, miner: ConfigEntry
) -> None:
    """What it can do is found out anew; bindings are kept, made and dropped."""
    stock: EmulatedAntminer = await run(EmulatedAntminer)
    subentry = await FurtherLink(hass, miner).link(
        "network", network_form(stock.address)
    )
    kept = {"priority": 77, "enabled": False}
    features = subentry.data["features"] | {"hashrate_monitoring": kept}
    features |= {"external_fan_control": kept}
    hass.config_entries.async_update_subentry(
        miner, subentry, data={**subentry.data, "features": features}
    )
    hass.config_entries.async_update_subentry(miner, subentry, title="My miner")
    renewal = Renewal(hass, miner, subentry)
    await renewal.open()
    flashed: EmulatedVnish = await run(EmulatedVnish, mac=stock.mac)
    result = await renewal.submit_shown(host=flashed.address)
    assert result["description_placeholders"]["title"] == "My miner"
    values = result["data_schema"]({})
    assert "hashrate_monitoring" not in values["enabled"]
    assert values["priorities"]["hashrate_monitoring"] == 77
    renewed = await renewal.finish()
    assert renewed.title == "My miner"
    known = renewed.data["capabilities"]
    assert known["library_class"] == "VNishS19"
    bound = renewed.data["features"]
    assert set(bound) == set(known["features"])
    assert bound["hashrate_monitoring"] == kept
    assert "external_fan_control" not in bound
    new = set(bound) - set(features)
    assert new
    for name in new:
        usual = PyasicController.priority_of(Feature(name))
        assert bound[name] == {"priority": usual, "enabled": True}
    assert miner.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("firmware", "readings"),
    [("1", {"active_pool", "expected_hashrate"}), ("2", {"active_pool"})],
)
async def test_what_is_told_only_once(
    hass: HomeAssistant,
    miner: ConfigEntry,
    no_setup: None,
    firmware: str,
    readings: set[str],
) -> None:
    """What an idle device does not tell stays as it was linked."""
    known = Capabilities(
        features=frozenset({Feature.HASHRATE_MONITORING}),
        hashrate_unit="GH/s",
        rated_power=3500.0,
        readings=("expected_hashrate",),
        library_class="BMMinerS19Pro",
        firmware_version="1",
    )
    form = network_form("192.0.2.1")
    with patch.object(lookup, "identify", return_value=Found(PyasicController, known)):
        renewal = await linked(hass, miner, "network", form)
    later = replace(
        known,
        hashrate_unit=None,
        rated_power=3000.0,
        boards=2,
        readings=("active_pool",),
        firmware_version=firmware,
    )
    with patch.object(lookup, "identify", return_value=Found(PyasicController, later)):
        await renewal.submit_shown()
    found = (await renewal.finish()).data["capabilities"]
    assert (found["hashrate_unit"], found["rated_power"]) == ("GH/s", 3500.0)
    assert found["boards"] == 2
    assert set(found["readings"]) == readings


async def test_device_options(
    hass: HomeAssistant, of_bitaxe: Renewal, miner: ConfigEntry
) -> None:
    """What a Bitaxe may do is asked when it is known to be one, and kept."""
    usual = {"push": True, "allow_overclocking": False, "check_updates": True}
    assert is_folded(of_bitaxe.shown["data_schema"], "device_options")
    assert of_bitaxe.shown["data_schema"]({})["device_options"] == usual
    maximum = tuning_maximum(hass, miner)
    chosen = {"push": False, "allow_overclocking": True, "check_updates": False}
    await of_bitaxe.submit_shown(device_options=chosen)
    subentry = await of_bitaxe.finish()
    assert {name: subentry.data[name] for name in chosen} == chosen
    assert tuning_maximum(hass, miner) > maximum
    (coordinator,) = miner.runtime_data.coordinator.controllers.values()
    assert coordinator.controller._device.push is None
    form = await of_bitaxe.open()
    assert form["data_schema"]({})["device_options"] == chosen
    # Who leaves the section out changes nothing.
    await of_bitaxe.submit({CONF_HOST: subentry.data[CONF_HOST]})
    assert {name: of_bitaxe.subentry.data[name] for name in chosen} == chosen
    await of_bitaxe.finish()
    await of_bitaxe.open()
    await of_bitaxe.submit_shown(device_options=usual)
    subentry = await of_bitaxe.finish()
    assert {name: subentry.data[name] for name in usual} == usual
    assert tuning_maximum(hass, miner) == maximum


def tuning_maximum(hass: HomeAssistant, miner: ConfigEntry) -> float:
    """Return the highest clock in MHz that can be set."""
    entity_id = er.async_get(hass).async_get_entity_id(
        "number", DOMAIN, f"{miner.entry_id}_tuning_frequency"
    )
    state = hass.states.get(entity_id or "")
    assert state
    return float(state.attributes["max"])


async def test_others_have_no_device_options(of_antminer: Renewal) -> None:
    """Nothing is asked that nobody would heed."""
    assert "device_options" not in of_antminer.shown["data_schema"]({})
