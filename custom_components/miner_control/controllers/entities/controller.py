"""Entities that Home Assistant already has: plugs, fans, room sensors, miners."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, override

from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant, State, split_entity_id
from homeassistant.helpers import entity_registry as er

from ...const import CONF_ENTITIES
from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.ports import MiningControlPort, PowerControlPort
from ...domain.truth import STANDBY_WATTS
from .. import snapshot as snapshots
from ..base import Capabilities, Controller, ControllerConfig
from ..errors import CommandRefusedError, ControllerUnreachableError
from ..snapshot import Snapshot
from .roles import ROLES, is_known, switched_on
from .watcher import EntityWatcher

# How long a service may take; Home Assistant itself sets no limit.
SERVICE_TIMEOUT = 30.0

_POWER_FEATURES = frozenset(
    {MinerFeatureType.POWER_MONITORING, MinerFeatureType.POWER_CONTROL}
)


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
    snapshots.EnergyFromSnapshot,
    MiningControlPort,
    PowerControlPort,
    Controller,
):
    """Serve features from the entities that the user chose for them."""

    subentry_type: ClassVar[str] = "entities"
    default_priority: ClassVar[int] = 80

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Remember the entities; those that are registered by their registry id."""
        super().__init__(config)
        self._hass = hass
        self._references = chosen_entities(config.data)

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell whether the mining switch is on."""
        state = self._state(MinerFeatureType.MINING_CONTROL)
        return None if state is None else switched_on(state)

    @property
    @override
    def is_powered(self) -> bool | None:
        """Tell whether the plug is on."""
        return self.snapshot.is_powered

    @property
    @override
    def status_follows_power(self) -> bool:
        """Tell whether there is only a plug to tell the status from."""
        return MinerFeatureType.STATUS_MONITORING not in self._references

    @override
    def can_serve(self, feature_type: MinerFeatureType) -> bool:
        """Tell whether the entity of a feature is there."""
        sources = {feature_type}
        if feature_type is MinerFeatureType.STATUS_MONITORING:
            sources |= _POWER_FEATURES
        return any(_is_there(self._state(source)) for source in sources)

    @override
    async def start_mining(self) -> None:
        """Turn the mining switch on."""
        await self._turn(MinerFeatureType.MINING_CONTROL, SERVICE_TURN_ON)

    @override
    async def stop_mining(self) -> None:
        """Turn the mining switch off."""
        await self._turn(MinerFeatureType.MINING_CONTROL, SERVICE_TURN_OFF)

    @override
    async def turn_power_on(self) -> None:
        """Turn the plug on."""
        await self._turn(MinerFeatureType.POWER_CONTROL, SERVICE_TURN_ON)

    @override
    async def turn_power_off(self) -> None:
        """Turn the plug off."""
        await self._turn(MinerFeatureType.POWER_CONTROL, SERVICE_TURN_OFF)

    @override
    def async_subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Announce new states, and follow entities that are renamed or removed."""
        references = set(self._references.values())
        return EntityWatcher(self._hass, references, on_change).stop

    @override
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the states; raise if not one entity is there."""
        states = {feature: self._state(feature) for feature in self._references}
        if not any(map(_is_there, states.values())):
            raise ControllerUnreachableError(
                f"none of the entities of {self.title} is available"
            )
        values: dict[str, Any] = {
            role.field: role.read(state)
            for feature, state in states.items()
            if (role := ROLES[feature]).field and state is not None and is_known(state)
        }
        if self.status_follows_power:
            values["status"] = _status_by_power(values)
        return Snapshot(**values)

    def _entity_id(self, feature_type: MinerFeatureType) -> str | None:
        """Return the present name of the entity of a feature."""
        reference = self._references.get(feature_type)
        if reference is None:
            return None
        return er.async_resolve_entity_id(er.async_get(self._hass), reference)

    def _state(self, feature_type: MinerFeatureType) -> State | None:
        """Return the state of the entity of a feature."""
        entity_id = self._entity_id(feature_type)
        return None if entity_id is None else self._hass.states.get(entity_id)

    async def _turn(self, feature_type: MinerFeatureType, service: str) -> None:
        """Turn the switch of a feature; raise if Home Assistant could not."""
        if not self.can_serve(feature_type):
            raise ControllerUnreachableError(
                f"the entity for {feature_type} of {self.title} is not available"
            )
        entity_id = self._entity_id(feature_type) or ""
        try:
            async with asyncio.timeout(SERVICE_TIMEOUT):
                await self._hass.services.async_call(
                    split_entity_id(entity_id)[0],
                    service,
                    {ATTR_ENTITY_ID: entity_id},
                    blocking=True,
                )
        except TimeoutError as err:
            raise ControllerUnreachableError(
                f"{entity_id} did not carry out {service} in {SERVICE_TIMEOUT:g} s"
            ) from err
        except Exception as err:
            # Integrations raise whatever their libraries do.
            raise CommandRefusedError(
                f"{entity_id} did not carry out {service}: {str(err) or repr(err)}"
            ) from err


def chosen_entities(data: Mapping[str, Any]) -> dict[MinerFeatureType, str]:
    """Return the entity of each feature that the user chose one for."""
    return {
        MinerFeatureType(name): reference
        for name, reference in data.get(CONF_ENTITIES, {}).items()
        if name in ROLES
    }


def capabilities(chosen: Mapping[MinerFeatureType, str]) -> Capabilities:
    """Return what the chosen entities can do together.

    Whoever switches or measures the power also knows whether the miner is off.
    """
    features = frozenset(chosen)
    if features & _POWER_FEATURES:
        features |= {MinerFeatureType.STATUS_MONITORING}
    fans = int(MinerFeatureType.FAN_SPEED_INTERNAL_MONITORING in features)
    return Capabilities(features=features, fans=fans)


def _is_there(state: State | None) -> bool:
    """Tell whether an entity exists and is available."""
    return state is not None and state.state != STATE_UNAVAILABLE


def _status_by_power(values: Mapping[str, Any]) -> MinerStatus | None:
    """Return what a plug knows of the status: power flows, or it does not."""
    if values.get("is_powered") is False:
        return MinerStatus.OFF
    if (power := values.get("power")) is not None:
        return MinerStatus.ON if power.watts > STANDBY_WATTS else MinerStatus.OFF
    return None if values.get("is_powered") is None else MinerStatus.ON
