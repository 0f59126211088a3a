"""Miner Control: every feature of a miner, served by the best way to reach it."""

import asyncio

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .commands.operations import MinerOperations
from .const import CONF_FEATURES, DOMAIN
from .coordinator import MinerCoordinator, entities_turn
from .devices import register_devices
from .entity import forget_unbound_entities
from .fleet.emergency import async_load_latches
from .fleet.services import async_setup_fleet_services
from .fleet.setup import async_remove_fleet, async_setup_fleet, async_unload_fleet
from .flows.link import first_mac
from .frontend import async_list, async_remove, async_setup_frontend
from .heating.miner import MinerHeater
from .heating.thermostat import HeatingThermostat
from .names import async_load_names
from .runtime import MinerControlConfigEntry, MinerRuntimeData
from .services import async_setup_services
from .storage.heating import HeatingSettings
from .storage.kept import KeptHeating, MinerPowerTarget, MinerTotals
from .storage.kinds import is_fleet
from .storage.memory import MinerMemory
from .storage.migration import migrate
from .watch.events import MinerEvents
from .watch.firmware import MinerFirmware
from .watch.growth import MinerGrowth
from .watch.issues import MinerIssues, async_forget_issues
from .watch.protocols import MinerProtocols

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CLIMATE,
    Platform.FAN,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
)
# While these last, nothing else would take over what changes.
_ALIVE = (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS)
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, and what dashboards need."""
    await async_load_names(hass)
    await async_load_latches(hass)
    async_setup_services(hass)
    async_setup_fleet_services(hass)
    await async_setup_frontend(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Bring an entry of an older version up to date; refuse one of a newer version."""
    return migrate(hass, entry)


async def async_setup_entry(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> bool:
    """Set up a miner and its controllers, or a fleet."""
    if is_fleet(entry):
        await async_setup_fleet(hass, entry)
        return True
    # Who is linked first may have changed while the entry was not loaded.
    hass.config_entries.async_update_entry(entry, unique_id=first_mac(entry))
    device = register_devices(hass, entry)
    coordinator = MinerCoordinator(hass, entry)
    events = MinerEvents(coordinator, device.id)
    operations = MinerOperations(coordinator, events)
    heats = HeatingSettings.of(entry).enabled
    thermostat = (
        HeatingThermostat(MinerHeater(coordinator, operations)) if heats else None
    )
    entry.runtime_data = MinerRuntimeData(coordinator, events, operations, thermostat)
    # Before anything else ends, so that what goes on can still be proved.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(operations.async_stop)))
    # First, since the entry may be changed while devices are waited for.
    entry.async_on_unload(entry.add_update_listener(_UpdateListener(entry)))
    await coordinator.async_start()
    events.async_start()
    firmware = MinerFirmware(coordinator)
    firmware.async_start()
    protocols = MinerProtocols(coordinator)
    protocols.async_start()
    MinerIssues(coordinator, firmware, protocols).async_start()
    MinerGrowth(coordinator).async_start()
    if thermostat is not None:
        await thermostat.async_start()
    async with entities_turn(hass):
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    forget_unbound_entities(hass, entry)
    async_list(hass)
    return True


async def async_unload_entry(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> bool:
    """Unload a miner, after what is being done to it came to an end, or a fleet."""
    if is_fleet(entry):
        return await async_unload_fleet(hass, entry)
    if (thermostat := entry.runtime_data.thermostat) is not None:
        await thermostat.async_stop()
    await entry.runtime_data.operations.async_stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> None:
    """Forget what a miner or fleet that is gone needed and remembered."""
    if is_fleet(entry):
        await async_remove_fleet(hass, entry)
    else:
        async_forget_issues(hass, entry)
        await MinerMemory(hass, entry).async_remove()
        await MinerTotals(hass, entry).async_remove()
        await MinerPowerTarget(hass, entry).async_remove()
        await KeptHeating(hass, entry).async_remove()
    others = (e.entry_id for e in hass.config_entries.async_entries(DOMAIN))
    if not set(others) - {entry.entry_id}:
        await async_remove(hass)


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
