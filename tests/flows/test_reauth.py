"""Asking for a login that a device refuses."""

from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    LibraryMissingError,
)
from custom_components.miner_control.flows.network import lookup
from emulation import EmulatedAntminer, Fault

from .conftest import Runner
from .linking import LOGIN, FurtherLink, Result, assert_refused, network_form, suggested

NEW = {"username": "root", "password": "n3w"}


@pytest.fixture
async def linked(
    hass: HomeAssistant, miner: ConfigEntry, antminer: EmulatedAntminer
) -> ConfigSubentry:
    """Return the controller of an Antminer whose password was changed afterwards."""
    form = network_form(antminer.address, **LOGIN)
    subentry = await FurtherLink(hass, miner).link("network", form)
    hass.config_entries.async_update_subentry(miner, subentry, title="My miner")
    await hass.async_block_till_done()
    antminer.password = NEW["password"]
    return subentry


async def _open(hass: HomeAssistant, miner: Any, subentry_id: str | None) -> Result:
    """Start the flow for a controller."""
    result: Result = await miner.start_reauth_flow(
        hass, data={"subentry_id": subentry_id}
    )
    return result


async def _asked(hass: HomeAssistant, miner: Any, subentry: ConfigSubentry) -> Result:
    """Return the form that asks for a login."""
    form = await _open(hass, miner, subentry.subentry_id)
    assert (form["type"], form["step_id"]) == ("form", "reauth_confirm")
    assert form["errors"] == {}
    return form


async def _submit(hass: HomeAssistant, form: Result, login: dict[str, str]) -> Result:
    """Submit the form."""
    result: Result = await hass.config_entries.flow.async_configure(
        form["flow_id"], login
    )
    await hass.async_block_till_done()
    return result


def _assert_stored(result: Result, subentry: ConfigSubentry, **login: str) -> None:
    """Check that the flow ended well and stored a login."""
    assert (result["type"], result["reason"]) == ("abort", "reauth_successful")
    names = ("username", "password")
    assert {n: subentry.data[n] for n in names if n in subentry.data} == login


async def test_form(
    hass: HomeAssistant, miner: ConfigEntry, linked: ConfigSubentry
) -> None:
    """It names the controller and shows the user name, but not the password."""
    form = await _asked(hass, miner, linked)
    assert form["description_placeholders"]["controller"] == "My miner"
    assert suggested(form["data_schema"]) == {"username": "root"}
    assert LOGIN["password"] not in repr(form) + repr(form["data_schema"].schema)


async def test_new_password(
    hass: HomeAssistant, miner: ConfigEntry, linked: ConfigSubentry
) -> None:
    """It is stored, nothing else changes, and the miner is set up again once."""
    before = dict(linked.data)
    form = await _asked(hass, miner, linked)
    setup = "custom_components.miner_control.MinerCoordinator.async_start"
    with patch(setup) as started:
        result = await _submit(hass, form, NEW)
    _assert_stored(result, linked, **NEW)
    assert linked.data == before | NEW
    assert started.call_count == 1
    assert miner.state is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []


async def test_password_alone(
    hass: HomeAssistant,
    miner: ConfigEntry,
    linked: ConfigSubentry,
) -> None:
    """The device's usual user name needs not be entered."""
    form = await _asked(hass, miner, linked)
    result = await _submit(hass, form, {"password": NEW["password"]})
    _assert_stored(result, linked, password=NEW["password"])


async def test_back_to_the_usual_login(
    hass: HomeAssistant,
    miner: ConfigEntry,
    linked: ConfigSubentry,
    antminer: EmulatedAntminer,
) -> None:
    """Clearing the user name removes the login."""
    antminer.password = "root"
    form = await _asked(hass, miner, linked)
    _assert_stored(await _submit(hass, form, {}), linked)


async def test_same_login(
    hass: HomeAssistant,
    miner: ConfigEntry,
    linked: ConfigSubentry,
    antminer: EmulatedAntminer,
) -> None:
    """The device may have changed its mind; then the miner is set up again, too."""
    antminer.password = LOGIN["password"]
    coordinator = miner.runtime_data.coordinator
    form = await _asked(hass, miner, linked)
    _assert_stored(await _submit(hass, form, {"username": "root"}), linked, **LOGIN)
    assert miner.runtime_data.coordinator is not coordinator
    assert miner.state is ConfigEntryState.LOADED


async def test_wrong_login(
    hass: HomeAssistant, miner: ConfigEntry, linked: ConfigSubentry
) -> None:
    """It is asked for again, nothing is stored, and it can be mended."""
    before = linked.as_dict()
    form = await _asked(hass, miner, linked)
    wrong = {"username": "me", "password": "wrong"}
    result = await _submit(hass, form, wrong)
    assert_refused(result, "reauth_confirm", {"base": "invalid_auth"})
    assert suggested(result["data_schema"]) == wrong
    assert linked.as_dict() == before
    _assert_stored(await _submit(hass, result, NEW), linked, **NEW)


async def test_unreachable(
    hass: HomeAssistant,
    miner: ConfigEntry,
    linked: ConfigSubentry,
    antminer: EmulatedAntminer,
) -> None:
    """A device that is away cannot tell whether the login is right."""
    form = await _asked(hass, miner, linked)
    antminer.fault = Fault.REFUSE
    result = await _submit(hass, form, NEW)
    assert_refused(result, "reauth_confirm", {"base": "cannot_connect"})
    antminer.fault = None
    _assert_stored(await _submit(hass, result, NEW), linked, **NEW)


async def test_another_device(
    hass: HomeAssistant, miner: ConfigEntry, linked: ConfigSubentry, run: Runner
) -> None:
    """Whatever answers there now does not get the login of the linked one."""
    other: EmulatedAntminer = await run(EmulatedAntminer, password=NEW["password"])
    data = {**linked.data, "host": other.address}
    hass.config_entries.async_update_subentry(miner, linked, data=data)
    await hass.async_block_till_done()
    form = await _asked(hass, miner, linked)
    result = await _submit(hass, form, NEW)
    assert_refused(result, "reauth_confirm", {"base": "another_device"})
    assert linked.data == data


async def test_address_of_another_miner(
    hass: HomeAssistant, miner: ConfigEntry, linked: ConfigSubentry
) -> None:
    """Two controllers got the same address by hand: the form names the miner."""
    form = await _asked(hass, miner, linked)
    with patch.object(lookup, "miner_with_host", return_value="Cellar"):
        result = await _submit(hass, form, NEW)
    assert_refused(result, "reauth_confirm", {"base": "already_linked"})
    assert result["description_placeholders"]["miner"] == "Cellar"


@pytest.mark.parametrize(
    ("error", "key"),
    [(LibraryMissingError, "library_missing"), (ControllerError, "unknown")],
)
async def test_error_of_ours(
    hass: HomeAssistant,
    miner: ConfigEntry,
    linked: ConfigSubentry,
    error: type[Exception],
    key: str,
) -> None:
    """What is no fault of the user's is told, and the flow goes on."""
    form = await _asked(hass, miner, linked)
    with patch.object(lookup, "identify", side_effect=error("out of thin air")):
        result = await _submit(hass, form, NEW)
    assert_refused(result, "reauth_confirm", {"base": key})
    _assert_stored(await _submit(hass, result, NEW), linked, **NEW)


async def test_unlinked_meanwhile(
    hass: HomeAssistant, miner: ConfigEntry, linked: ConfigSubentry
) -> None:
    """The question is withdrawn with its controller."""
    await _asked(hass, miner, linked)
    hass.config_entries.async_remove_subentry(miner, linked.subentry_id)
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize("subentry_id", [None, "gone", "model"])
async def test_nobody_to_ask_for(
    hass: HomeAssistant, miner: ConfigEntry, subentry_id: str | None
) -> None:
    """Only a controller on the network has a login."""
    model = await FurtherLink(hass, miner).link("simulated", {"name": "Model"})
    if subentry_id == "model":
        subentry_id = model.subentry_id
    result = await _open(hass, miner, subentry_id)
    assert (result["type"], result["reason"]) == ("abort", "not_linked")
