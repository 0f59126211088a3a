"""What the entities have in common by which a miner is told what to do."""

from collections.abc import Iterator
from typing import cast, override

from homeassistant.helpers.entity import EntityDescription

from .commands.command import Command
from .coordinator import MinerCoordinator
from .coordinator.power_target import PORTS_OF_MEANS
from .domain.ports import ExternalFanControlPort, FeaturePort, PowerControlPort
from .domain.power_target import Means
from .entity import FeatureEntity
from .runtime import MinerRuntimeData

# What can be set while the miner itself has no power.
_OUTSIDE = (PowerControlPort, ExternalFanControlPort)


class ControlEntity[P: FeaturePort](FeatureEntity[P]):
    """An entity that gives commands to whoever serves its feature."""

    def __init__(
        self,
        runtime: MinerRuntimeData,
        description: EntityDescription,
        port: type[P],
    ) -> None:
        """Let the entity command what a port offers."""
        super().__init__(runtime.coordinator, description, port)
        self._operations = runtime.operations

    @property
    @override
    def available(self) -> bool:
        """Tell whether somebody could carry out a command now, or in a moment.

        Home Assistant gives none to what is unavailable, and does not say so.
        """
        resolution = self.resolution
        provider = resolution.provider if resolution else None
        if provider is None:
            return resolution is not None and self.coordinator.data.is_restarting
        is_dark = self.coordinator.data.is_known_off and provider.needs_power
        return self._port in _OUTSIDE or not is_dark

    async def give(self, command: Command[P]) -> None:
        """Have a command carried out; raise HomeAssistantError if nobody did."""
        await self._operations.carry_out(command)


def bound_controllers[P: FeaturePort](
    coordinator: MinerCoordinator,
    port: type[P],
    *,
    enabled: bool = False,
    reading: str | None = None,
) -> Iterator[P]:
    """Yield all controllers that a feature is bound to, or those that may serve it.

    With a `reading` of `readings_of`, only those that were seen to tell it.
    """
    for feature in coordinator.miner.features_by_type(port.feature_type):
        controller = coordinator.controllers[feature.controller_id].controller
        is_told = reading is None or reading in controller.capabilities.readings
        if is_told and (feature.enabled or not enabled):
            yield cast("P", controller)


def can_be_slowed_down(coordinator: MinerCoordinator) -> bool:
    """Tell whether anything is bound to a miner that may make it draw less."""
    return any(
        coordinator.miner.has_feature(port.feature_type)
        for means, port in PORTS_OF_MEANS.items()
        if means is not Means.DUTY or coordinator.power_target.may_rest
    )
