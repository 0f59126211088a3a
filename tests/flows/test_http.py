"""What the frontend gets from the flows over HTTP."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedAntminer, EmulatedBitaxe

from .linking import LOGIN, MENU, entities_form, in_sections, network_form

type Client = TestClient[Any, Any]

FLOWS = "/api/config/config_entries/flow"
SUBENTRY_FLOWS = "/api/config/config_entries/subentries/flow"


@pytest.fixture
async def client(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, no_setup: None
) -> Client:
    """Return what the frontend asks with."""
    assert await async_setup_component(hass, "config", {})
    client: Client = await hass_client()
    return client


async def _post(client: Client, url: str, **content: Any) -> dict[str, Any]:
    """Send what the frontend sends, and return the answer."""
    response = await client.post(url, json=content)
    answer: dict[str, Any] = await response.json()
    assert response.status == HTTPStatus.OK, answer
    return answer


def _fields(schema: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the fields of a form, those of its sections too."""
    for field in schema:
        yield from _fields(field["schema"]) if "schema" in field else [field]


def _assert_form(answer: dict[str, Any], step: str, fields: set[str]) -> None:
    """Check that the frontend can show a form."""
    assert (answer["type"], answer["step_id"]) == ("form", step)
    shown = {field["name"]: field for field in _fields(answer["data_schema"])}
    assert set(shown) == fields
    assert all(len(field["selector"]) == 1 for field in shown.values())


def _section(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a section of a form."""
    found: dict[str, Any] = next(f for f in answer["data_schema"] if f["name"] == name)
    assert found["type"] == "expandable"
    return found


async def test_network(
    client: Client, sockets: None, antminer: EmulatedAntminer
) -> None:
    """A device is linked over HTTP, after a wrong password."""
    menu = await _post(client, FLOWS, handler=DOMAIN)
    assert menu["menu_options"] == MENU
    flow = f"{FLOWS}/{menu['flow_id']}"
    login = {"username", "password", "otp_secret"}

    form = await _post(client, flow, next_step_id="network")
    _assert_form(form, "network", {"host", "protocol", "scan_interval", *login})
    assert not _section(form, "credentials")["expanded"]

    wrong = network_form(antminer.address, password="wrong")
    form = await _post(client, flow, **wrong)
    _assert_form(form, "network", {"host", "protocol", "scan_interval", *login})
    assert form["errors"] == {"base": "invalid_auth"}
    assert _section(form, "credentials")["expanded"]

    form = await _post(client, flow, **network_form(antminer.address, **LOGIN))
    names = {field["name"] for field in _section(form, "priorities")["schema"]}
    _assert_form(form, "features", {"standby", "enabled", *names})
    assert LOGIN["password"] not in str(form)

    end = await _post(client, flow)
    assert (end["type"], end["title"]) == ("create_entry", "AntMiner S19 Pro")
    assert end["result"]["domain"] == DOMAIN


async def test_scan(
    hass: HomeAssistant, client: Client, bitaxe: EmulatedBitaxe
) -> None:
    """A miner is found over HTTP: a form, a progress bar, a list."""
    flow = f"{FLOWS}/{(await _post(client, FLOWS, handler=DOMAIN))['flow_id']}"
    form = await _post(client, flow, next_step_id="scan")
    _assert_form(form, "scan", {"subnet"})
    progress = await _post(client, flow, subnet=bitaxe.address)
    assert (progress["type"], progress["progress_action"]) == ("progress", "scan")
    await hass.async_block_till_done()
    response = await client.get(flow)
    found: dict[str, Any] = await response.json()
    _assert_form(found, "scan_results", {"miners"})
    end = await _post(client, flow, miners=[bitaxe.address])
    assert end["step_id"] == "features"


async def test_entities(client: Client, plug: dict[str, str]) -> None:
    """Entities are linked over HTTP, after a form without any."""
    flow = f"{FLOWS}/{(await _post(client, FLOWS, handler=DOMAIN))['flow_id']}"
    form = await _post(client, flow, next_step_id="entities")
    assert plug.keys() < {field["name"] for field in _fields(form["data_schema"])}

    form = await _post(client, flow, name="Plug")
    assert form["errors"] == {"base": "no_entity"}
    (name,) = (field for field in form["data_schema"] if field["name"] == "name")
    assert name["description"] == {"suggested_value": "Plug"}

    gone = {**plug, "power_monitoring": "sensor.gone"}
    form = await _post(client, flow, **entities_form(name="Plug", **gone))
    assert form["errors"] == in_sections({"power_monitoring": "entity_not_found"})
    assert set(form["errors"]) > {"power_monitoring"}

    form = await _post(client, flow, **entities_form(name="Plug", **plug))
    _assert_form(form, "features", {"enabled", *plug, "status_monitoring"})
    end = await _post(client, flow)
    assert (end["type"], end["title"]) == ("create_entry", "Plug")


async def test_one_more_controller(client: Client, miner: ConfigEntry) -> None:
    """A controller is linked to a miner over HTTP, after a priority too high."""
    handler = [miner.entry_id, "simulated"]
    form = await _post(client, SUBENTRY_FLOWS, handler=handler)
    _assert_form(form, "simulated", {"name"})
    flow = f"{SUBENTRY_FLOWS}/{form['flow_id']}"

    form = await _post(client, flow, name="Model")
    slider = next(
        f for f in _fields(form["data_schema"]) if f["name"] == "power_control"
    )
    assert slider["selector"]["number"]["mode"] == "slider"
    assert (slider["default"], slider["selector"]["number"]["max"]) == (10, 100)

    form = await _post(client, flow, priorities={"power_control": 101})
    assert form["errors"] == {"base": "invalid_priority"}
    assert _section(form, "priorities")["expanded"]

    end = await _post(client, flow, priorities={"power_control": 11})
    assert (end["type"], end["title"]) == ("create_entry", "Model")
    (subentry,) = miner.subentries.values()
    assert subentry.data["features"]["power_control"]["priority"] == 11
