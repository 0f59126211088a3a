"""What the entities of a miner and of its controllers have in common."""

from typing import Any, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.update_coordinator import BaseCoordinatorEntity

from .bindings import controller_subentries, stored_capabilities
from .const import CONF_ENTITIES, DOMAIN
from .controllers.base import Capabilities
from .coordinator import MinerCoordinator, Resolution
from .domain.ports import FeaturePort
from .runtime import MinerControlConfigEntry

ATTR_PROVIDER = "provider"
ATTR_FALLBACK = "fallback"


class MinerEntity(BaseCoordinatorEntity[MinerCoordinator]):
    """An entity of the miner, fed by whoever serves its feature."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: MinerCoordinator, description: EntityDescription
    ) -> None:
        """Attach the entity to the miner's device."""
        super().__init__(coordinator)
        self.entity_description = description
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})

    @override
    async def async_update(self) -> None:
        """Refresh all controllers, when asked to update the entity."""
        if self.enabled:
            await self.coordinator.async_refresh_all()


class FeatureEntity[P: FeaturePort](MinerEntity):
    """An entity of one feature of the miner."""

    _unrecorded_attributes = frozenset({ATTR_PROVIDER, ATTR_FALLBACK})

    def __init__(
        self,
        coordinator: MinerCoordinator,
        description: EntityDescription,
        port: type[P],
    ) -> None:
        """Let the entity show what a port offers."""
        super().__init__(coordinator, description)
        self._port = port

    @property
    def resolution(self) -> Resolution | None:
        """Return who serves the feature; None if no binding is enabled."""
        return self.coordinator.resolution(self._port)

    @property
    def provider(self) -> P | None:
        """Return the port of whoever serves the feature."""
        return self.coordinator.provider(self._port)

    @property
    @override
    def available(self) -> bool:
        """Tell whether somebody serves the feature, or could but knows nothing."""
        resolution = self.resolution
        return resolution is not None and resolution.is_reachable

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Name who serves the feature, and tell whether that is a fallback."""
        resolution = self.resolution
        provider = resolution.provider if resolution else None
        return {
            ATTR_PROVIDER: provider.title if provider else None,
            ATTR_FALLBACK: bool(resolution and resolution.is_fallback),
        }


class ControllerEntity(BaseCoordinatorEntity[MinerCoordinator]):
    """A diagnostic entity of one controller, on the controller's own device.

    It listens to the miner, which also decides when a controller is not asked.
    """

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: MinerCoordinator,
        subentry: ConfigSubentry,
        description: EntityDescription,
    ) -> None:
        """Attach the entity to the controller's device."""
        super().__init__(coordinator)
        self._controller = coordinator.controllers[subentry.subentry_id]
        self.entity_description = description
        key = controller_key(coordinator.config_entry, subentry)
        self._attr_unique_id = f"{key}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, key)})

    @override
    async def async_update(self) -> None:
        """Refresh the controller, when asked to update the entity."""
        if self.enabled and not self._controller.is_suspended:
            await self._controller.async_request_refresh()


def forget_unbound_entities(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> None:
    """Remove the entities of features that no controller is bound to any more.

    Their names and settings come back with them, if ever they do.
    """
    provided = {
        entity_id
        for platform in async_get_platforms(hass, DOMAIN)
        if platform.config_entry is entry
        for entity_id in platform.entities
    }
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        if not registered.disabled and registered.entity_id not in provided:
            registry.async_remove(registered.entity_id)


def controller_key(entry: MinerControlConfigEntry, subentry: ConfigSubentry) -> str:
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
    entry: MinerControlConfigEntry,
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
    devices.async_update_device(
        device.id,
        new_identifiers={(DOMAIN, after)},
        new_connections=_connections(stored_capabilities(subentry)),
    )
    for entity in er.async_entries_for_device(
        entities, device.id, include_disabled_entities=True
    ):
        name = entity.unique_id.removeprefix(before)
        entities.async_update_entity(entity.entity_id, new_unique_id=f"{after}{name}")


def _stable_key(subentry: ConfigSubentry) -> str:
    """Return what stays the same of a controller that is renamed or linked again."""
    if mac := stored_capabilities(subentry).mac:
        return mac
    if entities := subentry.data.get(CONF_ENTITIES):
        return str(min(entities.items())[1])
    name = subentry.data.get(CONF_HOST) or subentry.data.get(CONF_NAME)
    return f"{subentry.subentry_type}_{name or subentry.title}"


def register_miner_device(
    registry: dr.DeviceRegistry, entry: MinerControlConfigEntry
) -> dr.DeviceEntry:
    """Register the device of the miner, named after what is known of it."""
    known = _best_capabilities(entry)
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=known.make if known else None,
        model=known.model if known else None,
        sw_version=known.firmware_version if known else None,
        serial_number=known.serial if known else None,
    )


def register_controller_device(
    registry: dr.DeviceRegistry,
    entry: MinerControlConfigEntry,
    subentry: ConfigSubentry,
    miner_device: dr.DeviceEntry,
) -> dr.DeviceEntry:
    """Register the device of a controller, under that of its miner."""
    known = stored_capabilities(subentry)
    host = subentry.data.get(CONF_HOST)
    identifier = (DOMAIN, controller_key(entry, subentry))
    _move_device(registry, entry, subentry, identifier)
    return registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry.subentry_id,
        identifiers={identifier},
        connections=_connections(known),
        via_device_id=miner_device.id,
        entry_type=None if host else DeviceEntryType.SERVICE,
        name=subentry.title,
        manufacturer=known.make,
        model=known.model,
        sw_version=known.firmware_version,
        serial_number=known.serial,
        configuration_url=f"http://{host}" if host else None,
    )


def _move_device(
    registry: dr.DeviceRegistry,
    entry: MinerControlConfigEntry,
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


def _connections(known: Capabilities) -> set[tuple[str, str]]:
    """Return by what else the device of a controller is known."""
    return {(dr.CONNECTION_NETWORK_MAC, known.mac)} if known.mac else set()


def _best_capabilities(entry: MinerControlConfigEntry) -> Capabilities | None:
    """Return what the first controller that knows the model found out."""
    found = map(stored_capabilities, controller_subentries(entry))
    return next((known for known in found if known.model), None)
