"""The devices of a miner and of its controllers in Home Assistant's registry.

The miner's device is the machine: it has the MAC addresses, by which other
integrations and discovery know it, the serial number and the link to its page. A
controller's device is a way to reach it, and carries diagnostics alone.
"""

from collections.abc import Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.util.network import is_ipv6_address

from .const import DOMAIN
from .controllers.base import Capabilities
from .controllers.entities.sources import chosen_entities
from .controllers.network.controller import NetworkController
from .storage.bindings import controller_subentries, stored_capabilities, type_of

# What a controller is whose device tells neither a maker nor a model.
_MAKE: Final = "Miner Control"
_MODELS: Final[Mapping[str, str]] = {
    NetworkController.subentry_type: "Network device",
    "entities": "Linked entities",
    "simulated": "Simulated miner",
}


@callback
def register_devices(hass: HomeAssistant, entry: ConfigEntry) -> dr.DeviceEntry:
    """Register the miner's device, one under it for each controller, and return it."""
    registry = dr.async_get(hass)
    # What belongs to a controller's device cannot become the miner's.
    for device in _controller_devices(registry, entry):
        if device.connections:
            registry.async_update_device(device.id, new_connections=set())
    miner_device = _register_miner(registry, entry)
    current = {
        _register_controller(hass, entry, subentry, miner_device).id
        for subentry in controller_subentries(entry)
    }
    # A controller without a better key than its name may have a new one.
    for device in _controller_devices(registry, entry):
        if device.id not in current:
            registry.async_remove_device(device.id)
    return miner_device


def controller_key(entry: ConfigEntry, subentry: ConfigSubentry) -> str:
    """Return the id of a controller's device.

    It rests on what the controller is, not on the subentry's id, so that linking
    again restores names and settings. Only a twin has to be told apart by its id.
    """
    key = _stable_key(subentry)
    first = next(s for s in controller_subentries(entry) if _stable_key(s) == key)
    is_first = first.subentry_id == subentry.subentry_id
    twin = "" if is_first else f"_{subentry.subentry_id}"
    return f"{entry.entry_id}_{key}{twin}"


def rekey_controller(
    hass: HomeAssistant,
    entry: ConfigEntry,
    before: str,
    subentry: ConfigSubentry,
) -> None:
    """Keep the device and the entities of a controller that has another id now."""
    after = controller_key(entry, subentry)
    devices, entities = dr.async_get(hass), er.async_get(hass)
    identifiers = [(DOMAIN, key) for key in (before, after)]
    device, taken = (
        devices.async_get_device_by_identifier(identifier, entry.entry_id)
        for identifier in identifiers
    )
    if device is None or taken is not None:
        return
    devices.async_update_device(device.id, new_identifiers={(DOMAIN, after)})
    for entity in er.async_entries_for_device(
        entities, device.id, include_disabled_entities=True
    ):
        name = entity.unique_id.removeprefix(before)
        entities.async_update_entity(entity.entity_id, new_unique_id=f"{after}{name}")


def _stable_key(subentry: ConfigSubentry) -> str:
    """Return what stays the same of a controller that is renamed or linked again."""
    return type_of(subentry).stable_key(subentry.data, subentry.title)


def _controller_devices(
    registry: dr.DeviceRegistry, entry: ConfigEntry
) -> list[dr.DeviceEntry]:
    """Return the devices of a miner that are those of controllers."""
    return [
        device
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
        if device.config_subentry_id is not None
    ]


def _register_miner(registry: dr.DeviceRegistry, entry: ConfigEntry) -> dr.DeviceEntry:
    """Register the device of the miner, with what is known of the machine.

    Connections are set apart, for Home Assistant would keep those of a device that
    was exchanged, and could take a controller's device for the one that is meant.
    """
    linked = controller_subentries(entry)
    found = [stored_capabilities(subentry) for subentry in linked]
    known = next(
        (each for each in found if each.model), Capabilities(features=frozenset())
    )
    hosts = (subentry.data.get(CONF_HOST) for subentry in linked)
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=None,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=known.make,
        model=known.model,
        sw_version=known.firmware_version,
        serial_number=next((each.serial for each in found if each.serial), None),
        configuration_url=next(map(_url, filter(None, hosts)), None),
    )
    connections = {
        (dr.CONNECTION_NETWORK_MAC, each.mac) for each in found if each.mac is not None
    }
    return (
        registry.async_update_device(device.id, new_connections=connections) or device
    )


def _register_controller(
    hass: HomeAssistant,
    entry: ConfigEntry,
    subentry: ConfigSubentry,
    miner_device: dr.DeviceEntry,
) -> dr.DeviceEntry:
    """Register the device of a controller, under that of its miner."""
    registry = dr.async_get(hass)
    identifier = (DOMAIN, controller_key(entry, subentry))
    _move_device(registry, entry, subentry, identifier)
    manufacturer, model = _make_and_model(hass, subentry)
    own_name = _own_name(entry, subentry)
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry.subentry_id,
        identifiers={identifier},
        via_device_id=miner_device.id,
        entry_type=DeviceEntryType.SERVICE,
        name=f"{entry.title}: {own_name}" if own_name else None,
        translation_key=None if own_name else _name_key(entry, subentry),
        translation_placeholders={
            "miner": entry.title,
            "controller": subentry.title,
        },
        manufacturer=manufacturer,
        model=model,
        # Earlier versions had what is the miner's here.
        sw_version=None,
        serial_number=None,
        configuration_url=None,
    )


def _own_name(entry: ConfigEntry, subentry: ConfigSubentry) -> str | None:
    """Return how a controller is called beside its miner; None where by its kind.

    A network device is mostly called by its model, as the miner is.
    """
    is_network = issubclass(type_of(subentry), NetworkController)
    if is_network or subentry.title == entry.title:
        return None
    return subentry.title.removeprefix(f"{entry.title} ")


def _name_key(entry: ConfigEntry, subentry: ConfigSubentry) -> str:
    """Return the key of a name that tells a controller's kind from the miner."""
    kind = subentry.subentry_type
    linked = [s for s in controller_subentries(entry) if s.subentry_type == kind]
    return kind if len(linked) == 1 else f"{kind}_of_several"


def _make_and_model(
    hass: HomeAssistant, subentry: ConfigSubentry
) -> tuple[str, str | None]:
    """Return who made what a controller reaches, and which model it is.

    Of entities it is the device that they belong to, such as the smart plug.
    """
    known = stored_capabilities(subentry)
    if known.make and known.model:
        return known.make, known.model
    for device in _source_devices(hass, subentry):
        if device.manufacturer and device.model:
            return device.manufacturer, device.model
    return known.make or _MAKE, known.model or _MODELS.get(subentry.subentry_type)


def _source_devices(
    hass: HomeAssistant, subentry: ConfigSubentry
) -> list[dr.DeviceEntry]:
    """Return the devices whose entities a controller uses."""
    entities, devices = er.async_get(hass), dr.async_get(hass)
    found = []
    for reference in chosen_entities(subentry.data).values():
        entity_id = er.async_resolve_entity_id(entities, reference)
        entity = entities.async_get(entity_id) if entity_id else None
        device = devices.async_get(entity.device_id or "") if entity else None
        if isinstance(device, dr.DeviceEntry):
            found.append(device)
    return found


def _url(host: str) -> str:
    """Return the address of a device's page."""
    return f"http://[{host}]" if is_ipv6_address(host) else f"http://{host}"


def _move_device(
    registry: dr.DeviceRegistry,
    entry: ConfigEntry,
    subentry: ConfigSubentry,
    identifier: tuple[str, str],
) -> None:
    """Give a controller the device that it had before it was linked anew.

    Home Assistant does that by itself, unless it ended before it wrote it down.
    """
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    if device is not None and device.config_subentry_id != subentry.subentry_id:
        registry.async_update_device(
            device.id, new_config_subentry_id=subentry.subentry_id
        )
