"""Guess which entities in the same area belong to a miner."""

from collections.abc import Iterator

from homeassistant.components.fan import DOMAIN as FAN_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_registry import RegistryEntry

from ...const import DOMAIN
from ...controllers.entities.roles import NEEDED_OF_PLUG
from ...domain.features import MinerFeatureType
from ...storage.bindings import load_miner
from ..link import miner_with_entity
from .plug import candidates_of

type Suggestion = dict[str, str]

_SWITCH = MinerFeatureType.POWER_CONTROL
_FAN = MinerFeatureType.EXTERNAL_FAN_CONTROL


def suggested_entities(hass: HomeAssistant, entry: ConfigEntry) -> Suggestion:
    """Return the plug and the fan next to a miner, by the features they may serve.

    Nothing is guessed where several fit, or where the miner has one already.
    """
    miner = load_miner(entry)
    nearby = list(_entities_nearby(hass, entry))
    suggestion: Suggestion = {}
    if not miner.has_feature(_SWITCH):
        suggestion |= _only(_plugs(hass, nearby))
    if not miner.has_feature(_FAN):
        suggestion |= _only(_fans(nearby))
    return suggestion


def _entities_nearby(
    hass: HomeAssistant, entry: ConfigEntry
) -> Iterator[RegistryEntry]:
    """Yield the free entities of devices in the same area as a miner's device."""
    devices, registry = dr.async_get(hass), er.async_get(hass)
    identifier = (DOMAIN, entry.entry_id)
    own = devices.async_get_device_by_identifier(identifier, entry.entry_id)
    if own is None or own.area_id is None:
        return
    for device in dr.async_entries_for_area(devices, own.area_id):
        found = er.async_entries_for_device(registry, device.id)
        # A device of which something is linked belongs to a miner already.
        if not any(_is_taken(hass, entity) for entity in found):
            yield from (entity for entity in found if _is_visible(entity, own.area_id))


def _is_taken(hass: HomeAssistant, entity: RegistryEntry) -> bool:
    """Tell whether an entity is linked, or one of our own."""
    linked = miner_with_entity(hass, entity.entity_id) is not None
    return linked or entity.platform == DOMAIN


def _is_visible(entity: RegistryEntry, area_id: str) -> bool:
    """Tell whether an entity is there to be used, and was not put elsewhere."""
    is_here = entity.area_id in (None, area_id)
    is_main = entity.entity_category is None and entity.hidden_by is None
    return is_here and is_main and entity.disabled_by is None


def _plugs(hass: HomeAssistant, nearby: list[RegistryEntry]) -> Iterator[Suggestion]:
    """Yield the devices that are a plug without any doubt."""
    by_device: dict[str | None, list[RegistryEntry]] = {}
    for entity in nearby:
        by_device.setdefault(entity.device_id, []).append(entity)
    for group in by_device.values():
        found = candidates_of(hass, group)
        alone = {name: ids[0] for name, ids in found.items() if len(ids) == 1}
        if all(name in alone for name in NEEDED_OF_PLUG):
            yield alone


def _fans(nearby: list[RegistryEntry]) -> Iterator[Suggestion]:
    """Yield the fans."""
    for entity in nearby:
        if entity.domain == FAN_DOMAIN:
            yield {_FAN.value: entity.entity_id}


def _only(suggestions: Iterator[Suggestion]) -> Suggestion:
    """Return a suggestion that has no rival, else none."""
    found = list(suggestions)
    return found[0] if len(found) == 1 else {}
