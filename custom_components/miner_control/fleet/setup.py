"""Set a fleet up, and let go of its miners when it ends."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER
from ..coordinator import authority_of
from ..domain.budget import Action, Share
from ..entity import forget_unbound_entities
from ..heating.thermostat import HeatingThermostat
from ..storage.fleet import (
    CONF_ALL_MEMBERS,
    CircuitSettings,
    FleetMemory,
    circuit_subentries,
    fleet_of,
    member_subentry,
    members_of,
)
from ..storage.heating import HeatingSettings
from ..storage.kept import KeptHeating
from ..storage.kinds import is_fleet, real_miners
from ..watch.issues import async_forget_issues
from .acting import command
from .coordinator import FleetCoordinator
from .heating import FleetHeater
from .issues import FleetIssues
from .members import release_targets
from .runtime import FleetRuntimeData, fleet_coordinator

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CLIMATE,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
)
# Where a fleet's memory keeps which miners it has seen: those are taken up only once.
KNOWN: Final = "known"
# What is to become of the miners of a fleet that is unloaded, in case it is removed.
_PARTING: HassKey[dict[str, Mapping[str, Share]]] = HassKey(f"{DOMAIN}_parting")


async def async_setup_fleet(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Set a fleet up with its device and its entities."""
    _parting(hass).pop(entry.entry_id, None)
    memory = FleetMemory(hass, entry)
    await memory.async_load()
    forget_lost_members(hass, entry)
    take_up_new_members(hass, entry, memory)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=None,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer="Miner Control",
        model="Fleet",
        entry_type=DeviceEntryType.SERVICE,
    )
    coordinator = FleetCoordinator(hass, entry, memory, device.id)
    heats = HeatingSettings.of(entry).enabled
    thermostat = HeatingThermostat(FleetHeater(coordinator)) if heats else None
    entry.runtime_data = FleetRuntimeData(coordinator, thermostat)
    issues = FleetIssues(hass, entry, coordinator.gatherer)
    coordinator.on_tick = lambda gathered, now: issues.settle(
        gathered,
        coordinator.emergency.stops,
        now,
        lacks_grid_meter=coordinator.lacks_grid_meter,
    )
    entry.async_on_unload(entry.add_update_listener(_reload))
    entry.async_on_unload(
        hass.async_add_shutdown_job(HassJob(fleet_ends, "fleet ends"), coordinator)
    )

    @callback
    def on_entry(change: ConfigEntryChange, changed: ConfigEntry) -> None:
        """Take up a miner that was added, and forget one that was removed."""
        if changed.domain != DOMAIN or is_fleet(changed):
            return
        if change is ConfigEntryChange.ADDED:
            take_up_new_members(hass, entry, memory)
        elif change is ConfigEntryChange.REMOVED:
            forget_lost_members(hass, entry)

    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_entry)
    )
    if thermostat is not None:
        # First, so that the fleet does not begin with more than is needed.
        await thermostat.async_start()
    coordinator.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    forget_unbound_entities(hass, entry)


async def async_unload_fleet(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Unload a fleet; one that is disabled lets go of its miners."""
    coordinator = fleet_coordinator(entry)
    if (thermostat := entry.runtime_data.thermostat) is not None:
        await thermostat.async_stop()
    if entry.disabled_by is not None:
        shares = await coordinator.async_part()
        release_targets(hass, members_of(entry), shares)
        coordinator.emergency.release_all()
        async_forget_issues(hass, entry)
    else:
        _parting(hass)[entry.entry_id] = coordinator.parting_shares()
    await coordinator.async_stop()
    # Those that were taken out stay as they are, and can be started.
    left = coordinator.gatherer.members.keys() - members_of(entry).keys()
    release_targets(hass, left, {})
    for miner_id in left:
        _release(hass, entry, miner_id)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_fleet(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let go of the miners of a fleet that is gone, and forget what it remembered."""
    async_forget_issues(hass, entry)
    for miner_id in members_of(entry):
        _release(hass, entry, miner_id)
    await FleetMemory(hass, entry).async_remove()
    await KeptHeating(hass, entry).async_remove()
    shares = _parting(hass).pop(entry.entry_id, {})
    release_targets(hass, members_of(entry), shares)
    for miner_id, share in shares.items():
        if share.action is not Action.KEEP:
            # A form must not wait for miners.
            _ = hass.async_create_background_task(
                _part(hass, entry.title, miner_id, share), "fleet lets go"
            )


async def _part(hass: HomeAssistant, title: str, miner_id: str, share: Share) -> None:
    """Tell a miner the last thing that its fleet had to tell it."""
    try:
        await command(hass, miner_id, share)
    except HomeAssistantError as err:
        LOGGER.warning("%s could not let go of a miner as it should: %s", title, err)


async def fleet_ends(coordinator: FleetCoordinator) -> None:
    """Let go of the miners because Home Assistant ends.

    What is being done to them ends first, in jobs of the same kind as this one.
    """
    for _ in range(3):
        await asyncio.sleep(0)
    await coordinator.async_part()
    await coordinator.async_stop()


async def _reload(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Set a fleet up anew with what was changed."""
    if entry.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS):
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def take_up_new_members(
    hass: HomeAssistant, entry: ConfigEntry, memory: FleetMemory
) -> None:
    """Make all miners members that are none yet, if the fleet is to have all.

    A member that the user removed stays removed.
    """
    known = set(memory.known.get(KNOWN, ()))
    miners = {m.entry_id: m for m in real_miners(hass)}
    if entry.data.get(CONF_ALL_MEMBERS):
        for miner_id, miner in miners.items():
            if miner_id not in known and fleet_of(hass, miner_id) is None:
                hass.config_entries.async_add_subentry(entry, member_subentry(miner))
    now_known = sorted(known & miners.keys() | miners.keys())
    if now_known != memory.known.get(KNOWN):
        memory.known[KNOWN] = now_known
        memory.keep(at_once=True)


@callback
def forget_lost_members(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget members whose miners are gone, also on circuits."""
    miners = {miner.entry_id for miner in real_miners(hass)}
    members = members_of(entry)
    for miner_id in members.keys() - miners:
        hass.config_entries.async_remove_subentry(entry, members[miner_id])
        _release(hass, entry, miner_id)
    kept = members.keys() & miners
    for circuit in list(circuit_subentries(entry)):
        on_it = CircuitSettings.of(circuit).members
        if left := [miner_id for miner_id in on_it if miner_id not in kept]:
            members_left = [miner_id for miner_id in on_it if miner_id not in left]
            hass.config_entries.async_update_subentry(
                entry, circuit, data={**circuit.data, "members": members_left}
            )


def _release(hass: HomeAssistant, entry: ConfigEntry, miner_id: str) -> None:
    """Let a miner be started again that the fleet looks after no more."""
    authority_of(hass, miner_id).release(entry.entry_id)


def _parting(hass: HomeAssistant) -> dict[str, Mapping[str, Share]]:
    """Return what is to become of the miners of fleets that are unloaded."""
    return hass.data.setdefault(_PARTING, {})
