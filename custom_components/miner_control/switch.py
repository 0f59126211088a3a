"""Switches of a miner: mining, power, and the light to find it by."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import (
    SwitchDeviceClass,
    SwitchEntity,
    SwitchEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands.command import prefer_fallback_pool, set_locating
from .commands.operations import MinerOperations
from .control import ControlEntity, bound_controllers
from .coordinator import MinerCoordinator, Resolution
from .domain.features import MinerStatus
from .domain.ports import (
    FeaturePort,
    LocateControlPort,
    MiningControlPort,
    PowerControlPort,
)
from .runtime import MinerControlConfigEntry, MinerRuntimeData

PARALLEL_UPDATES = 1

_NOT_MINING = (MinerStatus.OFF, MinerStatus.IDLE, MinerStatus.STOPPING)


@dataclass(frozen=True, kw_only=True)
class MinerSwitchDescription[P: FeaturePort](SwitchEntityDescription):
    """Describe a switch: its port, its state and what it does."""

    port: type[P]
    is_on_fn: Callable[[MinerCoordinator, P | None], bool | None]
    turn_fn: Callable[[MinerOperations, bool], Awaitable[None]]
    # What a controller must have been seen to tell, where not every one does.
    reading: str | None = None


def _is_mining(
    coordinator: MinerCoordinator, port: MiningControlPort | None
) -> bool | None:
    """Tell whether the miner mines or is about to, as far as anybody knows."""
    if coordinator.data.status in (MinerStatus.ON, MinerStatus.STARTING):
        return True
    if coordinator.data.status in _NOT_MINING:
        return False
    if port is not None:
        return port.is_mining
    power = coordinator.provider(PowerControlPort) if coordinator.stand_in else None
    return power.is_powered if power else None


MINING = MinerSwitchDescription(
    key="mining",
    translation_key="mining",
    device_class=SwitchDeviceClass.SWITCH,
    port=MiningControlPort,
    is_on_fn=_is_mining,
    turn_fn=lambda operations, on: (
        operations.start_mining() if on else operations.stop_mining()
    ),
)
SWITCHES: tuple[MinerSwitchDescription[Any], ...] = (
    MinerSwitchDescription(
        key="power",
        translation_key="power",
        device_class=SwitchDeviceClass.OUTLET,
        port=PowerControlPort,
        is_on_fn=lambda _, port: port.is_powered if port else None,
        turn_fn=lambda operations, on: (
            operations.turn_power_on() if on else operations.turn_power_off()
        ),
    ),
    MinerSwitchDescription(
        key="locate",
        translation_key="locate",
        entity_category=EntityCategory.CONFIG,
        port=LocateControlPort,
        is_on_fn=lambda _, port: port.is_locating if port else None,
        turn_fn=lambda operations, on: operations.carry_out(set_locating(locating=on)),
    ),
    MinerSwitchDescription(
        key="prefer_fallback_pool",
        translation_key="prefer_fallback_pool",
        entity_category=EntityCategory.CONFIG,
        port=MiningControlPort,
        reading="prefers_fallback_pool",
        is_on_fn=lambda _, port: port.prefers_fallback_pool if port else None,
        turn_fn=lambda operations, on: operations.carry_out(
            prefer_fallback_pool(fallback=on)
        ),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MinerControlConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of what is bound to the miner."""
    runtime = entry.runtime_data
    has_feature = runtime.coordinator.miner.has_feature
    switches: list[MinerSwitch[Any]] = [
        MinerSwitch(runtime, description)
        for description in SWITCHES
        if any(
            bound_controllers(
                runtime.coordinator, description.port, reading=description.reading
            )
        )
    ]
    stands_in = runtime.coordinator.options.power_stands_in
    if has_feature(MiningControlPort.feature_type) or (
        stands_in and has_feature(PowerControlPort.feature_type)
    ):
        switches.append(MiningSwitch(runtime))
    async_add_entities(switches)


class MinerSwitch[P: FeaturePort](ControlEntity[P], SwitchEntity):
    """Switch what the providers of a feature can switch."""

    entity_description: MinerSwitchDescription[P]

    def __init__(
        self, runtime: MinerRuntimeData, description: MinerSwitchDescription[P]
    ) -> None:
        """Switch what a description describes."""
        super().__init__(runtime, description, description.port)

    @property
    @override
    def shown(self) -> object:
        """Return whether it is on, too, which may follow from what no port shows."""
        return super().shown, self.is_on

    @property
    @override
    def is_on(self) -> bool | None:
        """Tell whether it is on."""
        return self.entity_description.is_on_fn(self.coordinator, self.provider)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on; raise HomeAssistantError if that could not be done."""
        await self.entity_description.turn_fn(self._operations, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off; raise HomeAssistantError if that could not be done."""
        await self.entity_description.turn_fn(self._operations, False)


class MiningSwitch(MinerSwitch[MiningControlPort]):
    """Start and stop mining, if need be by the power alone."""

    def __init__(self, runtime: MinerRuntimeData) -> None:
        """Switch the mining of a miner."""
        super().__init__(runtime, MINING)

    @property
    @override
    def resolution(self) -> Resolution | None:
        """Return who controls mining, or whose power may stand in for that."""
        return self.coordinator.stand_in or super().resolution

    @property
    @override
    def available(self) -> bool:
        """Tell whether somebody can start or stop the miner, be it by its power."""
        if self.resolution is None:
            return False
        is_on_its_way = self.coordinator.data.status is MinerStatus.STARTING
        return super().available or self.coordinator.data.is_known_off or is_on_its_way
