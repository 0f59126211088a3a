"""Fixtures for the tests of flows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from ipaddress import IPv4Network
from typing import Any
from unittest.mock import patch

from aiohttp import web
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.miner_control.const import DOMAIN
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedMiner, EmulatedVnish
from tests.emulation.support import (
    AddressPool,
    loopback_allowed,
    skip_unless_ports_free,
)

from .linking import LOGIN, FirstLink, FurtherLink, LinkFlow, network_form
from .renewal import Renewal, linked

type Runner = Callable[..., Awaitable[Any]]

type Device = Callable[..., dict[str, str]]

# The entities of a usual smart plug, by their device class.
PLUG_KINDS = {"power": "sensor", "energy": "sensor", "outlet": "switch"}

_POOL = AddressPool()
_OPTIONS: dict[type[EmulatedMiner], dict[str, Any]] = {
    # Otherwise pyasic takes it for stock firmware.
    EmulatedVnish: {"socket_delay": 0.1}
}


@pytest.fixture(autouse=True)
def _every_text_exists(every_text_exists: None) -> None:
    """Fail a test whose flow shows something that there is no text for."""


@pytest.fixture(autouse=True)
def _nothing_deprecated(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which Home Assistant finds fault with the integration."""
    yield
    messages = [record.getMessage() for record in caplog.get_records("call")]
    assert not [m for m in messages if "Detected that custom integration" in m]


@pytest.fixture
def no_setup() -> Iterator[None]:
    """Store miners without setting them up."""
    with patch(f"custom_components.{DOMAIN}.async_setup_entry", return_value=True):
        yield


@pytest.fixture(name="miner")
async def miner_fixture(hass: HomeAssistant) -> ConfigEntry:
    """Return a miner without controllers, set up."""
    entry: ConfigEntry = MockConfigEntry(domain=DOMAIN, title="Garage")
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def first_link(hass: HomeAssistant) -> LinkFlow:
    """Return the flow that registers a miner."""
    return FirstLink(hass)


@pytest.fixture
def further_link(hass: HomeAssistant, miner: ConfigEntry) -> LinkFlow:
    """Return the flow that links one more controller to a miner."""
    return FurtherLink(hass, miner)


@pytest.fixture(params=["first_link", "further_link"])
def link(request: pytest.FixtureRequest, no_setup: None) -> LinkFlow:
    """Return each flow that links a controller; nothing is set up afterwards."""
    flow: LinkFlow = request.getfixturevalue(request.param)
    return flow


@pytest.fixture
def sockets(socket_enabled: None) -> Iterator[None]:
    """Let emulated devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture
def address(sockets: None) -> str:
    """Return an address at which nothing answers."""
    return _POOL()


@pytest.fixture
async def run(sockets: None) -> AsyncIterator[Runner]:
    """Return a way to start a device, which ends with the test."""
    async with AsyncExitStack() as stack:

        async def start(kind: type[EmulatedMiner], **options: Any) -> EmulatedMiner:
            skip_unless_ports_free(kind)
            options = _OPTIONS.get(kind, {}) | options
            address = options.pop("address", None) or _POOL()
            return await stack.enter_async_context(kind(address, **options))

        yield start


@pytest.fixture
def subnet(sockets: None) -> IPv4Network:
    """Return a network of 14 addresses at which nothing answers."""
    *_, last = IPv4Network((_POOL(), 24), strict=False).subnets(new_prefix=28)
    return last


@pytest.fixture
async def bitaxe(run: Runner) -> EmulatedBitaxe:
    """Return a running Bitaxe."""
    device: EmulatedBitaxe = await run(EmulatedBitaxe)
    return device


@pytest.fixture
async def antminer(run: Runner) -> EmulatedAntminer:
    """Return a running Antminer whose password was changed."""
    device: EmulatedAntminer = await run(EmulatedAntminer, password=LOGIN["password"])
    return device


@pytest.fixture
async def web_server(address: str) -> AsyncIterator[str]:
    """Return the address of a web server that is no miner."""
    skip_unless_ports_free(EmulatedBitaxe)
    page = web.Response(text="<title>NAS</title>", content_type="text/html")

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=page.body, content_type=page.content_type)

    runner = web.AppRunner(_application(answer))
    await runner.setup()
    await web.TCPSite(runner, address, 80).start()
    yield address
    await runner.cleanup()


def _application(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> web.Application:
    """Return an application that answers everything alike."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    return application


@pytest.fixture
def plug(hass: HomeAssistant, entity_registry: er.EntityRegistry) -> dict[str, str]:
    """Return the entities of a smart plug, by the features that they can serve."""
    entities = {}
    for feature, domain, device_class, state in (
        ("power_monitoring", "sensor", "power", "3250"),
        ("energy_monitoring", "sensor", "energy", "12.5"),
        ("power_control", "switch", "outlet", "on"),
    ):
        entity = entity_registry.async_get_or_create(
            domain,
            "plug_maker",
            device_class,
            suggested_object_id=f"plug_{device_class}",
            original_device_class=device_class,
        )
        unit = {"power": "W", "energy": "kWh"}.get(device_class)
        attributes = {"device_class": device_class, "unit_of_measurement": unit}
        hass.states.async_set(entity.entity_id, state, attributes)
        entities[feature] = entity.entity_id
    return entities


@pytest.fixture
async def of_bitaxe(
    hass: HomeAssistant, miner: ConfigEntry, bitaxe: EmulatedBitaxe
) -> Renewal:
    """Return the flow of a Bitaxe."""
    return await linked(hass, miner, "network", network_form(bitaxe.address))


@pytest.fixture
async def of_antminer(
    hass: HomeAssistant, miner: ConfigEntry, antminer: EmulatedAntminer
) -> Renewal:
    """Return the flow of an Antminer that has a login of its own."""
    return await linked(hass, miner, "network", network_form(antminer.address, **LOGIN))


@pytest.fixture
async def of_plug(
    hass: HomeAssistant, miner: ConfigEntry, plug: dict[str, str]
) -> Renewal:
    """Return the flow of a smart plug."""
    return await linked(hass, miner, "entities", {"name": "Smart plug", **plug})


@pytest.fixture
async def of_model(hass: HomeAssistant, miner: ConfigEntry) -> Renewal:
    """Return the flow of a simulation."""
    return await linked(hass, miner, "simulated", {"name": "Model"})


@pytest.fixture(name="device")
def device_fixture(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> Device:
    """Return a way to make a device of another integration."""
    entry = MockConfigEntry(domain="plug_maker")
    entry.add_to_hass(hass)

    def make(
        name: str,
        area: str | None,
        kinds: dict[str, str] | None = None,
        **options: dict[str, Any],
    ) -> dict[str, str]:
        """Return the entities of a new device, by their kind."""
        device = device_registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={("plug_maker", name)}
        )
        device_registry.async_update_device(device.id, area_id=area)
        entities = {}
        for kind, domain in (kinds or PLUG_KINDS).items():
            entity = entity_registry.async_get_or_create(
                domain,
                "plug_maker",
                f"{name}_{kind}",
                suggested_object_id=f"{name}_{kind}",
                config_entry=entry,
                device_id=device.id,
                original_name=kind,
                **options.get(kind, {}),
            )
            title = f"{name} {kind}".capitalize()
            hass.states.async_set(
                entity.entity_id,
                "on" if domain != "sensor" else "12",
                {
                    "friendly_name": title,
                    "device_class": kind if domain != "fan" else None,
                    "unit_of_measurement": "kWh" if kind == "energy" else "W",
                },
            )
            entities[kind] = entity.entity_id
        return entities

    return make
