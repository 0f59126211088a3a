"""What keeps a device on the network from being linked, and how to go on then."""

from collections.abc import Iterator
import logging
import socket
from unittest.mock import patch

from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
import pyasic.settings
import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    LibraryMissingError,
)
from custom_components.miner_control.flows.network import lookup
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    Fault,
)

from .conftest import Runner
from .linking import (
    LOGIN,
    LinkFlow,
    assert_asks_features,
    assert_refused,
    is_folded,
    network_form,
    stored_links,
    suggested,
)


@pytest.fixture
def impatience() -> Iterator[None]:
    """Let pyasic give up soon on devices that do not answer."""
    before = pyasic.settings.get("factory_get_timeout", 3)
    pyasic.settings.update("factory_get_timeout", 1)
    yield
    pyasic.settings.update("factory_get_timeout", before)


def _our_log(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration wrote to the log for the user to see."""
    return [
        record.getMessage() + str(record.exc_info)
        for record in caplog.records
        if record.name.startswith("custom_components.")
        and record.levelno >= logging.WARNING
    ]


@pytest.mark.filterwarnings("ignore:Could not authenticate")
@pytest.mark.parametrize(
    ("kind", "fault", "errors"),
    [
        (EmulatedBitaxe, Fault.REFUSE, {CONF_HOST: "cannot_connect"}),
        (EmulatedBitaxe, Fault.RESET, {CONF_HOST: "not_a_miner"}),
        (EmulatedBitaxe, Fault.HANG, {CONF_HOST: "not_a_miner"}),
        (EmulatedBitaxe, Fault.HTTP_500, {CONF_HOST: "not_a_miner"}),
        (EmulatedBitaxe, Fault.EMPTY, {CONF_HOST: "not_a_miner"}),
        (EmulatedBitaxe, Fault.GARBAGE, {CONF_HOST: "not_a_miner"}),
        (EmulatedBitaxe, Fault.TRUNCATE, {CONF_HOST: "tells_nothing"}),
        (EmulatedAntminer, Fault.REFUSE, {CONF_HOST: "cannot_connect"}),
        (EmulatedAntminer, Fault.TRUNCATE, {CONF_HOST: "tells_nothing"}),
        (EmulatedAntminer, Fault.REJECT_LOGIN, {"base": "invalid_auth"}),
        (EmulatedAvalonNano3, Fault.TRUNCATE, {CONF_HOST: "not_a_miner"}),
        (EmulatedVnish, Fault.REJECT_LOGIN, {"base": "invalid_auth"}),
    ],
)
async def test_device_in_trouble(
    hass: HomeAssistant,
    link: LinkFlow,
    run: Runner,
    impatience: None,
    kind: type[EmulatedMiner],
    fault: Fault,
    errors: dict[str, str],
) -> None:
    """A device that does not answer well is refused until it does."""
    device: EmulatedMiner = await run(kind)
    device.fault = fault
    await link.open("network")
    assert_refused(await link.submit(network_form(device.address)), "network", errors)
    assert stored_links(hass) == []

    device.fault = None
    assert_asks_features(await link.submit(network_form(device.address)))
    link.stored(await link.submit({}))


async def test_nothing_at_the_address(
    hass: HomeAssistant, link: LinkFlow, address: str, bitaxe: EmulatedBitaxe
) -> None:
    """An address at which nothing answers is refused."""
    await link.open("network")
    result = await link.submit(network_form(address))
    assert_refused(result, "network", {CONF_HOST: "cannot_connect"})
    assert stored_links(hass) == []
    assert_asks_features(await link.submit(network_form(bitaxe.address)))


async def test_no_miner_at_the_address(
    hass: HomeAssistant, link: LinkFlow, web_server: str, bitaxe: EmulatedBitaxe
) -> None:
    """A web server that is no miner is refused."""
    await link.open("network")
    result = await link.submit(network_form(web_server))
    assert_refused(result, "network", {CONF_HOST: "not_a_miner"})
    assert stored_links(hass) == []
    assert_asks_features(await link.submit(network_form(bitaxe.address)))


async def test_unknown_host_name(
    hass: HomeAssistant, link: LinkFlow, bitaxe: EmulatedBitaxe
) -> None:
    """A host name that leads nowhere is refused."""
    await link.open("network")
    with patch("socket.getaddrinfo", side_effect=socket.gaierror(-2, "unknown")):
        result = await link.submit(network_form("nowhere.invalid"))
    assert_refused(result, "network", {CONF_HOST: "invalid_host"})
    assert stored_links(hass) == []
    assert_asks_features(await link.submit(network_form(bitaxe.address)))


@pytest.mark.parametrize(
    "pasted",
    [
        "{}",
        " {} ",
        "http://{}",
        "http://{}/",
        "https://{}/#/settings?tab=1",
        "http://root:root@{}:80/cgi-bin/x.cgi",
        "{}:4028",
        "{}/",
        "'{}'",
        "<http://{}/>",
    ],
)
async def test_pasted(link: LinkFlow, bitaxe: EmulatedBitaxe, pasted: str) -> None:
    """Whatever people have at hand leads to the device."""
    subentry = await link.link("network", network_form(pasted.format(bitaxe.address)))
    assert subentry.data[CONF_HOST] == bitaxe.address


@pytest.mark.parametrize(
    "pasted", ["fd00::1", "[fd00::1]", "[fd00::1]:80", "http://[fd00::1]/"]
)
async def test_other_addresses(link: LinkFlow, pasted: str) -> None:
    """An address that no miner has is refused as that."""
    await link.open("network")
    result = await link.submit(network_form(pasted))
    assert_refused(result, "network", {CONF_HOST: "not_ipv4_address"})


@pytest.mark.parametrize("text", ["  ", "http://", "http://[x", ":80", "//"])
async def test_no_host_name(link: LinkFlow, bitaxe: EmulatedBitaxe, text: str) -> None:
    """What holds no host is refused."""
    await link.open("network")
    result = await link.submit(network_form(text))
    assert_refused(result, "network", {CONF_HOST: "invalid_host"})
    assert_asks_features(await link.submit(network_form(bitaxe.address)))


@pytest.mark.parametrize(
    "login", [{}, {"username": "root", "password": "wrong"}, {"password": "wrong"}]
)
async def test_wrong_login(
    hass: HomeAssistant,
    link: LinkFlow,
    antminer: EmulatedAntminer,
    login: dict[str, str],
) -> None:
    """A login that the device refuses is asked for again, in plain sight."""
    result = await link.open("network")
    assert is_folded(result["data_schema"], "credentials")
    result = await link.submit(network_form(antminer.address, **login))
    assert_refused(result, "network", {"base": "invalid_auth"})
    assert not is_folded(result["data_schema"], "credentials")
    assert stored_links(hass) == []
    assert_asks_features(await link.submit(network_form(antminer.address, **LOGIN)))


async def test_password_alone(link: LinkFlow, antminer: EmulatedAntminer) -> None:
    """The device's usual user name needs not be entered."""
    await link.open("network")
    form = network_form(antminer.address, username="", password=LOGIN["password"])
    assert_asks_features(await link.submit(form))


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (LibraryMissingError, "library_missing"),
        (ControllerError, "unknown"),
        (RecursionError, "unknown"),
    ],
)
async def test_error_of_ours(
    hass: HomeAssistant,
    link: LinkFlow,
    bitaxe: EmulatedBitaxe,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
    key: str,
) -> None:
    """What is no fault of the user's is told in the log, and the flow goes on."""
    await link.open("network")
    with patch.object(lookup, "identify", side_effect=error("out of thin air")):
        result = await link.submit(network_form(bitaxe.address, **LOGIN))
    assert_refused(result, "network", {"base": key})
    assert "out of thin air" in "".join(_our_log(caplog))
    assert LOGIN["password"] not in caplog.text
    assert stored_links(hass) == []
    assert_asks_features(await link.submit(network_form(bitaxe.address)))


@pytest.mark.parametrize(
    "fault", [Fault.REFUSE, Fault.HTTP_500, Fault.TRUNCATE, Fault.REJECT_LOGIN]
)
async def test_error_of_the_device(
    link: LinkFlow,
    antminer: EmulatedAntminer,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    """What the form tells anyway does not also fill the log."""
    antminer.fault = fault
    await link.open("network")
    assert (await link.submit(network_form(antminer.address)))["errors"]
    assert _our_log(caplog) == []


async def test_nothing_entered_is_lost(
    link: LinkFlow, antminer: EmulatedAntminer
) -> None:
    """A form that is shown again holds everything that was entered."""
    form = {
        CONF_HOST: antminer.address,
        "credentials": {"username": "me", "password": "wrong"},
        "advanced": {"protocol": "auto", "scan_interval": 45},
    }
    await link.open("network")
    result = await link.submit(form)
    assert_refused(result, "network", {"base": "invalid_auth"})
    assert suggested(result["data_schema"]) == form
