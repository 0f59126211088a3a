"""Miner Control: every feature of a miner, served by the best way to reach it."""

import asyncio

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .bindings import controller_subentries
from .const import CONF_FEATURES, DOMAIN
from .coordinator import MinerCoordinator, MinerMemory, entities_turn
from .entity import (
    forget_unbound_entities,
    register_controller_device,
    register_miner_device,
)
from .events import MinerEvents
from .flows.linking import first_mac
from .issues import MinerIssues, async_forget_issues
from .names import async_load_names
from .operations import MinerOperations
from .runtime import MinerControlConfigEntry, MinerRuntimeData
from .services import async_setup_services

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.FAN,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)
# While these last, nothing else would take over what changes.
_ALIVE = (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions."""
    await async_load_names(hass)
    async_setup_services(hass)
    return True


async def async_setup_entry(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> bool:
    """Set up a miner and its controllers."""
    # Who is linked first may have changed while the entry was not loaded.
    hass.config_entries.async_update_entry(entry, unique_id=first_mac(entry))
    device = _register_devices(hass, entry)
    coordinator = MinerCoordinator(hass, entry)
    events = MinerEvents(coordinator, device.id)
    operations = MinerOperations(coordinator, events)
    entry.runtime_data = MinerRuntimeData(coordinator, events, operations)
    # Before anything else ends, so that what goes on can still be proved.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(operations.async_stop)))
    # First, since the entry may be changed while devices are waited for.
    entry.async_on_unload(entry.add_update_listener(_UpdateListener(entry)))
    await coordinator.async_start()
    events.async_start()
    MinerIssues(coordinator).async_start()
    async with entities_turn(hass):
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    forget_unbound_entities(hass, entry)
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> bool:
    """Unload a miner, after what is being done to it came to an end."""
    await entry.runtime_data.operations.async_stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> None:
    """Forget what a miner that is gone needed, and what its controllers remembered."""
    async_forget_issues(hass, entry)
    await MinerMemory(hass, entry).async_remove()


def _register_devices(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> dr.DeviceEntry:
    """Register the miner's device, one under it for each controller, and return it."""
    registry = dr.async_get(hass)
    miner_device = register_miner_device(registry, entry)
    current = {
        register_controller_device(registry, entry, subentry, miner_device).id
        for subentry in controller_subentries(entry)
    }
    # A controller without a better key than its name may have a new one.
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.config_subentry_id is not None and device.id not in current:
            registry.async_remove_device(device.id)
    return miner_device


class _UpdateListener:
    """Act on a changed config entry; reload only where entities may change.

    Priorities and enabled flags alone are taken over at once.
    """

    def __init__(self, entry: MinerControlConfigEntry) -> None:
        """Remember what the entry was set up with."""
        self._structure = _structure(entry)
        self._is_waiting = False

    async def __call__(
        self, hass: HomeAssistant, entry: MinerControlConfigEntry
    ) -> None:
        """Take over new bindings, or reload."""
        if self._is_waiting:
            return
        # One submitted form may change several controllers, one after the other.
        self._is_waiting = True
        await asyncio.sleep(0)
        self._is_waiting = False
        if entry.state not in _ALIVE:
            return
        if _structure(entry) == self._structure:
            entry.runtime_data.coordinator.reload_bindings()
        else:
            hass.config_entries.async_schedule_reload(entry.entry_id)


def _structure(entry: MinerControlConfigEntry) -> object:
    """Return everything of an entry but priorities and enabled flags."""
    return (
        entry.title,
        dict(entry.data),
        dict(entry.options),
        [
            subentry.as_dict()
            | {
                "data": dict(subentry.data)
                | {CONF_FEATURES: set(subentry.data.get(CONF_FEATURES, ()))}
            }
            for subentry in entry.subentries.values()
        ],
    )
