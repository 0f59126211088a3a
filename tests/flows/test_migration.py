"""Taking miners over from hass-miner."""

from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN, HASS_MINER_DOMAIN
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedVnish

from .conftest import Runner
from .linking import (
    LOGIN,
    FirstLink,
    Result,
    assert_asks_features,
    assert_refused,
    is_folded,
    network_form,
    stored_links,
    suggested,
)

pytestmark = pytest.mark.usefixtures("no_setup")


@pytest.fixture(name="old")
def old_fixture(hass: HomeAssistant) -> Any:
    """Return a way to make entries as hass-miner makes them."""

    def make(title: str, **data: Any) -> MockConfigEntry:
        entry = MockConfigEntry(domain=HASS_MINER_DOMAIN, title=title, data=data)
        entry.add_to_hass(hass)
        return entry

    return make


async def _menu(hass: HomeAssistant) -> list[str]:
    """Return the ways in which a miner can be added."""
    result: Result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    options: list[str] = result["menu_options"]
    return options


def _offered(result: Result) -> dict[str, str]:
    """Return what a list offers: labels by value."""
    assert (result["type"], result["step_id"]) == ("form", "hass_miner")
    (selector,) = result["data_schema"].schema.values()
    return {option["value"]: option["label"] for option in selector.config["options"]}


async def test_offered_where_there_are_any(hass: HomeAssistant, old: Any) -> None:
    """The menu has the item only where there is something to take over."""
    assert "hass_miner" not in await _menu(hass)
    MockConfigEntry(domain=HASS_MINER_DOMAIN, source=SOURCE_IGNORE).add_to_hass(hass)
    old("Broken")
    assert "hass_miner" not in await _menu(hass)
    old("S19", ip="192.0.2.1")
    assert "hass_miner" in await _menu(hass)


async def test_take_over_one(
    hass: HomeAssistant, old: Any, first_link: FirstLink, antminer: EmulatedAntminer
) -> None:
    """Name, address and login of a miner are taken over, and it asks for features."""
    entry = old(
        "Cellar heater",
        ip=antminer.address,
        min_power=100,
        max_power=10000,
        web_username=LOGIN["username"],
        web_password=LOGIN["password"],
        ssh_username="miner",
        ssh_password="miner",
    )
    result = await first_link.open("hass_miner")
    label = f"Cellar heater ({antminer.address})"
    assert _offered(result) == {entry.entry_id: label}
    assert suggested(result["data_schema"]) == {"miners": [entry.entry_id]}
    assert_asks_features(await first_link.submit({"miners": [entry.entry_id]}))
    subentry = first_link.stored(await first_link.submit({}))
    assert first_link.entry.title == subentry.title == "Cellar heater"
    assert first_link.entry.unique_id == antminer.mac
    data = dict(subentry.data)
    assert data | {CONF_HOST: antminer.address, **LOGIN} == data
    assert not {key for key in data if "ssh" in key or "power" in key}
    assert antminer.commands == []
    # The older integration keeps what it has.
    assert hass.config_entries.async_entries(HASS_MINER_DOMAIN) == [entry]


@pytest.mark.parametrize(
    ("data", "login"),
    [
        ({}, {}),
        ({"web_username": "", "web_password": ""}, {}),
        ({"rpc_password": "secret"}, {"password": "secret"}),
        (
            {"rpc_password": "rpc", "web_username": "me", "web_password": "web"},
            {"username": "me", "password": "web"},
        ),
        ({"ssh_username": "miner", "ssh_password": "miner"}, {}),
    ],
)
async def test_logins(
    old: Any,
    first_link: FirstLink,
    bitaxe: EmulatedBitaxe,
    data: dict[str, str],
    login: dict[str, str],
) -> None:
    """The login of the web page or of the RPC becomes that of the miner."""
    entry = old("Bitaxe", ip=bitaxe.address, **data)
    await first_link.open("hass_miner")
    assert_asks_features(await first_link.submit({"miners": [entry.entry_id]}))
    stored = dict(first_link.stored(await first_link.submit({})).data)
    assert {k: v for k, v in stored.items() if k in LOGIN} == login


async def test_newer_version(
    old: Any, first_link: FirstLink, antminer: EmulatedAntminer
) -> None:
    """The rewritten version of hass-miner has other names for the same things."""
    entry = old("S19", host=antminer.address, **LOGIN)
    await first_link.open("hass_miner")
    assert_asks_features(await first_link.submit({"miners": [entry.entry_id]}))
    stored = dict(first_link.stored(await first_link.submit({})).data)
    assert stored | LOGIN == stored


async def test_take_over_several(
    hass: HomeAssistant,
    old: Any,
    first_link: FirstLink,
    antminer: EmulatedAntminer,
    bitaxe: EmulatedBitaxe,
    run: Runner,
) -> None:
    """Several are taken over at once, each under its own name."""
    vnish: EmulatedVnish = await run(EmulatedVnish)
    login = {"web_username": LOGIN["username"], "web_password": LOGIN["password"]}
    entries = [
        old("Miner", ip=antminer.address, **login),
        old("Miner", ip=bitaxe.address),
        old("Attic", ip=vnish.address),
    ]
    result = await first_link.open("hass_miner")
    picked = [entry.entry_id for entry in entries]
    assert suggested(result["data_schema"]) == {"miners": picked}
    result = await first_link.submit({"miners": picked})
    assert result["type"] == "create_entry"
    await hass.async_block_till_done()
    titles = {e.unique_id: e.title for e in hass.config_entries.async_entries(DOMAIN)}
    assert titles == {
        antminer.mac: "Miner",
        bitaxe.mac: "Miner 2",
        vnish.mac: "Attic",
    }
    assert "hass_miner" not in await _menu(hass)


async def test_some_do_not_answer(
    hass: HomeAssistant,
    old: Any,
    first_link: FirstLink,
    address: str,
    antminer: EmulatedAntminer,
    bitaxe: EmulatedBitaxe,
) -> None:
    """Those that cannot be taken over are named, and nothing is done by halves."""
    gone = old("Gone", ip=address)
    locked = old("Locked", ip=antminer.address, web_password="wrong")
    good = old("Good", ip=bitaxe.address)
    await first_link.open("hass_miner")
    picked = {"miners": [entry.entry_id for entry in (gone, locked, good)]}
    result = await first_link.submit(picked)
    assert_refused(result, "hass_miner", {"miners": "takeover_failed"})
    assert result["description_placeholders"] == {"miners": "Gone, Locked"}
    assert suggested(result["data_schema"]) == picked
    assert stored_links(hass) == []

    assert_asks_features(await first_link.submit({"miners": [good.entry_id]}))
    first_link.stored(await first_link.submit({}))


async def test_wrong_login(
    old: Any, first_link: FirstLink, antminer: EmulatedAntminer
) -> None:
    """A login that the miner refuses is asked for, with the address filled in."""
    entry = old("Locked", ip=antminer.address, web_username="me", web_password="wrong")
    await first_link.open("hass_miner")
    result = await first_link.submit({"miners": [entry.entry_id]})
    assert_refused(result, "network", {"base": "invalid_auth"})
    assert not is_folded(result["data_schema"], "credentials")
    assert suggested(result["data_schema"])[CONF_HOST] == antminer.address
    form = network_form(antminer.address, **LOGIN)
    assert_asks_features(await first_link.submit(form))


async def test_pick_nothing(
    old: Any, first_link: FirstLink, bitaxe: EmulatedBitaxe
) -> None:
    """Nothing is no choice."""
    entry = old("Bitaxe", ip=bitaxe.address)
    await first_link.open("hass_miner")
    result = await first_link.submit({"miners": []})
    assert_refused(result, "hass_miner", {"miners": "nothing_picked"})
    assert_asks_features(await first_link.submit({"miners": [entry.entry_id]}))


async def test_nothing_left(
    hass: HomeAssistant, old: Any, first_link: FirstLink, bitaxe: EmulatedBitaxe
) -> None:
    """The flow ends when all miners were linked or deleted meanwhile."""
    old("Bitaxe", ip=bitaxe.address)
    late = FirstLink(hass)
    await late._start(DOMAIN)
    await first_link.link("network", network_form(bitaxe.address))
    result = await late.submit({"next_step_id": "hass_miner"})
    assert (result["type"], result["reason"]) == ("abort", "no_hass_miner")
