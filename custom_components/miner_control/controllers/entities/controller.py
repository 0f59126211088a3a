"""Entities that Home Assistant already has: plugs, fans, room sensors, miners."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, override

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State

from ...const import CONF_MINING_CONTROL_STOP
from ...domain import ports
from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.truth import STANDBY_WATTS
from ...domain.values import FanSetting
from .. import controls, snapshot as snapshots
from ..base import Capabilities, Controller, ControllerConfig
from ..errors import CommandRefusedError, ControllerUnreachableError, UnsupportedError
from ..snapshot import Snapshot
from .commands import Command
from .readings import automatic_mode
from .roles import FIELDS, ROLES
from .sources import NONSENSE, EntitySources
from .watcher import EntityWatcher

# How long a service may take; Home Assistant itself sets no limit.
SERVICE_TIMEOUT = 30.0

_POWER_FEATURES: frozenset[MinerFeatureType] = frozenset(
    {MinerFeatureType.POWER_MONITORING, MinerFeatureType.POWER_CONTROL}
)
# What a status says of mining: whether the device mines, or is about to.
_IS_MINING = {
    MinerStatus.ON: True,
    MinerStatus.STARTING: True,
    MinerStatus.STOPPING: True,
    MinerStatus.OFF: False,
    MinerStatus.ERROR: False,
}


class EntitiesController(
    snapshots.HashrateFromSnapshot,
    snapshots.PowerFromSnapshot,
    snapshots.StatusFromSnapshot,
    snapshots.ChipTemperatureFromSnapshot,
    snapshots.BoardTemperatureFromSnapshot,
    snapshots.InletTemperatureFromSnapshot,
    snapshots.OutletTemperatureFromSnapshot,
    snapshots.InternalFanSpeedFromSnapshot,
    snapshots.ExternalFanSpeedFromSnapshot,
    snapshots.VoltageFromSnapshot,
    snapshots.FrequencyFromSnapshot,
    snapshots.ModelFromSnapshot,
    snapshots.HashboardsFromSnapshot,
    snapshots.OperationFromSnapshot,
    snapshots.EnergyFromSnapshot,
    snapshots.MaxPowerFromSnapshot,
    snapshots.MaxHashrateFromSnapshot,
    ports.MiningControlPort,
    controls.PowerControlFromSnapshot,
    controls.InternalFanFromSnapshot,
    controls.ExternalFanFromSnapshot,
    controls.PowerLimitFromSnapshot,
    controls.PresetsFromSnapshot,
    ports.RestartControlPort,
    controls.LocatingFromSnapshot,
    Controller,
):
    """Serve features from the entities that the user chose for them."""

    subentry_type: ClassVar[str] = "entities"
    default_priority: ClassVar[int] = 80

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Remember the entities that were chosen; look at none."""
        super().__init__(config)
        self._hass = hass
        self._sources = EntitySources(hass, config.data)

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell whether the mining switch is on; a pair of buttons shows nothing."""
        if CONF_MINING_CONTROL_STOP not in self._sources:
            mining: bool | None = self._value(MinerFeatureType.MINING_CONTROL)
            return mining
        status: MinerStatus | None = self._value(MinerFeatureType.STATUS_MONITORING)
        return None if status is None else _IS_MINING.get(status)

    @property
    @override
    def status_follows_power(self) -> bool:
        """Tell whether there is only a plug to tell the status from."""
        return MinerFeatureType.STATUS_MONITORING not in self._sources

    @property
    @override
    def has_automatic_fan(self) -> bool:
        """Tell whether there is a fan that has a mode for that."""
        state = self._sources.state(MinerFeatureType.INTERNAL_FAN_CONTROL)
        return state is not None and automatic_mode(state) is not None

    @property
    @override
    def can_restart_mining(self) -> bool:
        """Tell that what restarts the device would do more than that."""
        return False

    @override
    def can_serve(self, feature_type: MinerFeatureType) -> bool:
        """Tell whether the entity of a feature is there and not silent for too long."""
        names: set[str] = {feature_type}
        if feature_type is MinerFeatureType.STATUS_MONITORING:
            names |= _POWER_FEATURES
        return any(map(self._sources.can_serve, names))

    @override
    async def start_mining(self) -> None:
        """Turn the mining switch on, or run what starts mining."""
        await self._tell(MinerFeatureType.MINING_CONTROL, wish=True)

    @override
    async def stop_mining(self) -> None:
        """Turn the mining switch off, or run what stops mining."""
        name: str = MinerFeatureType.MINING_CONTROL
        if CONF_MINING_CONTROL_STOP in self._sources:
            name = CONF_MINING_CONTROL_STOP
        await self._tell(name, wish=False)

    @override
    async def turn_power_on(self) -> None:
        """Turn the plug on."""
        await self._tell(MinerFeatureType.POWER_CONTROL, wish=True)

    @override
    async def turn_power_off(self) -> None:
        """Turn the plug off."""
        await self._tell(MinerFeatureType.POWER_CONTROL, wish=False)

    @override
    async def set_internal_fan(self, setting: FanSetting) -> None:
        """Set the miner's own fans."""
        await self._tell(MinerFeatureType.INTERNAL_FAN_CONTROL, wish=setting)

    @override
    async def set_external_fan(self, setting: FanSetting) -> None:
        """Set the external fan."""
        await self._tell(MinerFeatureType.EXTERNAL_FAN_CONTROL, wish=setting)

    @override
    async def set_power_limit(self, watts: float) -> None:
        """Set the number that limits the power."""
        await self._tell(MinerFeatureType.POWER_LIMIT_CONTROL, wish=watts)

    @override
    async def select_preset(self, preset: str) -> None:
        """Select an option."""
        await self._tell(MinerFeatureType.PRESET_CONTROL, wish=preset)

    @override
    async def reboot(self) -> None:
        """Run what restarts the device."""
        await self._tell(MinerFeatureType.RESTART_CONTROL, wish=True)

    @override
    async def restart_mining(self) -> None:
        """Refuse, for the device would be restarted."""
        raise UnsupportedError(f"{self.title} can only restart the device")

    @override
    async def set_locating(self, *, locating: bool) -> None:
        """Turn the light on or off."""
        await self._tell(MinerFeatureType.LOCATE_CONTROL, wish=locating)

    @override
    def async_subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Announce new states, and follow entities that are renamed or removed."""
        return EntityWatcher(self._hass, self._sources.watched(), on_change).stop

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the states; raise if not one entity is there."""
        if not any(map(self._sources.is_there, self._sources)):
            raise ControllerUnreachableError(
                f"none of the entities of {self.title} is available"
            )
        return snapshot_of(self._sources)

    def _value(self, name: str) -> Any:
        """Return what the entity of a field shows now, None if there is none."""
        return self._sources.read(name) if name in self._sources else None

    async def _tell(self, name: str, *, wish: object) -> None:
        """Fulfil a wish by the entity of a field; raise if it cannot."""
        state, role = self._sources.state(name), FIELDS[name]
        if state is None or role.command is None or not self._sources.is_there(name):
            raise ControllerUnreachableError(
                f"the entity for {name} of {self.title} is not available"
            )
        try:
            command = role.command(state, wish, self._sources.adjustment(name))
        except NONSENSE as err:
            raise CommandRefusedError(
                f"{state.entity_id} is not what it should be: {err!r}"
            ) from err
        await self._call(state, command)

    async def _call(self, state: State, command: Command) -> None:
        """Call a service; raise if Home Assistant could not carry it out."""
        entity_id = state.entity_id
        try:
            async with asyncio.timeout(SERVICE_TIMEOUT):
                await self._hass.services.async_call(
                    state.domain,
                    command.service,
                    {ATTR_ENTITY_ID: entity_id, **command.data},
                    blocking=command.blocking,
                )
        except TimeoutError as err:
            raise ControllerUnreachableError(
                f"{entity_id} did not carry out {command.service} "
                f"in {SERVICE_TIMEOUT:g} s"
            ) from err
        except Exception as err:
            # Integrations raise whatever their libraries do.
            raise CommandRefusedError(
                f"{entity_id} did not carry out {command.service}: "
                f"{str(err) or repr(err)}"
            ) from err


def snapshot_of(sources: EntitySources) -> Snapshot:
    """Return what the entities show now."""
    values: dict[str, Any] = {
        field: sources.read(name) for name in sources if (field := FIELDS[name].field)
    }
    if MinerFeatureType.STATUS_MONITORING not in sources:
        values["status"] = _status_by_power(values)
    return Snapshot(**values)


def capabilities(chosen: Iterable[str], seen: Snapshot | None = None) -> Capabilities:
    """Return what entities can do together that were chosen for some fields.

    What they were seen to show tells what can be read where not all have the same.
    Whoever switches or measures the power also knows whether the miner is off.
    """
    features = frozenset(MinerFeatureType(name) for name in chosen if name in ROLES)
    if features & _POWER_FEATURES:
        features |= {MinerFeatureType.STATUS_MONITORING}
    seen = seen or Snapshot()
    return Capabilities(
        features=features,
        model=seen.device_info.model if seen.device_info else None,
        can_restart_mining=False,
        boards=int(MinerFeatureType.HASHBOARD_MONITORING in features),
        fans=int(MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING in features),
        readings=tuple(sorted(snapshots.readings_of(seen))),
    )


def _status_by_power(values: Mapping[str, Any]) -> MinerStatus | None:
    """Return what a plug knows of the status: power flows, or it does not."""
    if values.get("is_powered") is False:
        return MinerStatus.OFF
    if (power := values.get("power")) is not None:
        return MinerStatus.ON if power.watts > STANDBY_WATTS else MinerStatus.OFF
    return None if values.get("is_powered") is None else MinerStatus.ON
