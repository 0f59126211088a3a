"""Entities that Home Assistant already has: plugs, fans, room sensors, miners."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, override

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from ...const import CONF_ENTITIES, CONF_MINING_CONTROL_STOP
from ...domain import ports
from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.snapshot import Snapshot, readings_of
from ...domain.status import Evidence, is_mining, status_of
from ..base import Capabilities, Controller, ControllerConfig
from ..errors import CommandRefusedError, ControllerUnreachableError
from .commands import Command
from .natives import in_shown_unit
from .readings import automatic_mode
from .roles import FIELDS, ROLES, EntityControls
from .sources import NONSENSE, EntitySources
from .watcher import EntityWatcher
from .words import ATTR_VALUE

# How long a service may take; Home Assistant itself sets no limit.
SERVICE_TIMEOUT = 30.0

_POWER_FEATURES: frozenset[MinerFeatureType] = frozenset(
    {MinerFeatureType.POWER_MONITORING, MinerFeatureType.POWER_CONTROL}
)


class EntitiesController(EntityControls, ports.EveryMonitorPort, Controller):
    """Serve features from the entities that the user chose for them."""

    subentry_type: ClassVar[str] = "entities"
    default_priority: ClassVar[int] = 80
    step: ClassVar[str] = "entities"

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Remember the entities that were chosen; look at none."""
        super().__init__(hass, config)
        self._sources = EntitySources(hass, config.data)
        self._standby_watts = config.standby_watts

    @classmethod
    @override
    def stable_key(cls, data: Mapping[str, Any], title: str) -> str:
        """Return the entity of the first field by name; the title if there is none."""
        entities: Mapping[str, str] = data.get(CONF_ENTITIES, {})
        if not entities:
            return f"{cls.subentry_type}_{title}"
        return str(min(entities.items())[1])

    @property
    @override
    def is_mining(self) -> bool | None:
        """Tell whether the mining switch is on; a pair of buttons shows nothing."""
        if CONF_MINING_CONTROL_STOP not in self._sources:
            mining: bool | None = self._value(MinerFeatureType.MINING_CONTROL)
            return mining
        return is_mining(
            Snapshot(status=self._value(MinerFeatureType.STATUS_MONITORING))
        )

    @property
    @override
    def status(self) -> MinerStatus | None:
        """Return what the entity of the status says, else what a plug shows."""
        return self._status_by_power if self.status_follows_power else super().status

    @property
    def _status_by_power(self) -> MinerStatus | None:
        """Return what follows from the power alone."""
        power, is_powered = self.snapshot.power, self.snapshot.is_powered
        return status_of(
            Evidence(
                known_off=is_powered is False,
                is_powered=is_powered,
                watts=power.watts if power else None,
                standby_watts=self._standby_watts,
            )
        )

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

    @override
    def can_serve(self, feature_type: MinerFeatureType) -> bool:
        """Tell whether the entity of a feature is there and not silent for too long."""
        names: set[str] = {feature_type}
        if feature_type is MinerFeatureType.STATUS_MONITORING:
            names |= _POWER_FEATURES
        return any(map(self._sources.can_serve, names))

    @override
    def reading_age(self, feature_type: MinerFeatureType) -> timedelta | None:
        """Return when the entity of a feature was last heard of.

        Others may ask what is behind it as rarely as they like.
        """
        state = self._sources.state(feature_type)
        return None if state is None else dt_util.utcnow() - state.last_reported

    @override
    def async_subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Announce new states, and follow entities that are renamed or removed."""
        return EntityWatcher(self.hass, self._sources.watched(), on_change).stop

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

    @override
    def _has(self, name: str) -> bool:
        """Tell whether an entity was chosen for a field."""
        return name in self._sources

    @override
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
        data = {ATTR_ENTITY_ID: entity_id, **command.data}
        if ATTR_VALUE in data:
            data[ATTR_VALUE] = in_shown_unit(self.hass, entity_id, data[ATTR_VALUE])
        try:
            async with asyncio.timeout(SERVICE_TIMEOUT):
                await self.hass.services.async_call(
                    state.domain,
                    command.service,
                    data,
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
        field: sources.read(feature_type)
        for feature_type, port in ports.PORTS.items()
        if feature_type in sources
        for field in port.fields[:1]
    }
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
        readings=tuple(sorted(readings_of(seen))),
    )
