"""What the entities have in common by which a miner is told what to do."""

from collections.abc import Iterator
from typing import cast, override

from homeassistant.helpers.entity import EntityDescription

from .commands import Command
from .coordinator import MinerCoordinator
from .domain.ports import ExternalFanControlPort, FeaturePort, PowerControlPort
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
        """Tell whether somebody could carry out a command now."""
        resolution = self.resolution
        provider = resolution.provider if resolution else None
        if provider is None:
            return False
        is_dark = self.coordinator.is_known_off and provider.needs_power
        return self._port in _OUTSIDE or not is_dark

    async def give(self, command: Command[P]) -> None:
        """Have a command carried out; raise HomeAssistantError if nobody did."""
        await self._operations.carry_out(command)


def bound_controllers[P: FeaturePort](
    coordinator: MinerCoordinator, port: type[P], *, enabled: bool = False
) -> Iterator[P]:
    """Yield all controllers that a feature is bound to, or those that may serve it."""
    for feature in coordinator.miner.features_by_type(port.feature_type):
        if feature.enabled or not enabled:
            yield cast("P", coordinator.controllers[feature.controller_id].controller)
