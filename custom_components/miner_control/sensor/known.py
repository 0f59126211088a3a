"""What is known that a miner has: which sensors have something to show."""

from collections.abc import Iterator
import re
from typing import Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..domain.ports import FeaturePort
from ..domain.snapshot import readings_of
from ..domain.values import HashRateUnit
from ..runtime import MinerControlConfigEntry

_BOARD_KEY: Final = re.compile(r"board_(\d+)_")
_CHIP_KEY: Final = re.compile(r"single_(chip_\w+)_(\d+)$")


class Known:
    """What is known that a miner has: features, readings, boards, chips and fans.

    That is known from linking, from what a device reports now, and from what it
    reported before: then its sensor is registered.
    """

    def __init__(self, hass: HomeAssistant, entry: MinerControlConfigEntry) -> None:
        """Learn what was known before."""
        self._coordinator = entry.runtime_data.coordinator
        self._readings: set[str] = set()
        self.boards = 0
        self.chips = 0
        for controller in self._coordinator.controllers.values():
            known = controller.controller.capabilities
            self._readings.update(known.readings)
            self.boards = max(self.boards, known.boards)
            if "chips" in known.readings:
                self.chips = max(self.chips, known.chips or 0)
        for key in _registered_keys(hass, entry):
            self._readings.add(_BOARD_KEY.sub("board_", key))
            if found := _CHIP_KEY.match(key):
                self._readings.add(found[1])
                self.chips = max(self.chips, int(found[2]))
            if board := _BOARD_KEY.match(key):
                self.boards = max(self.boards, int(board[1]))

    def learn(self) -> bool:
        """Learn from what the devices report now; return whether that was anything."""
        before = len(self._readings), self.boards, self.chips
        for controller in self._coordinator.controllers.values():
            snapshot = controller.controller.snapshot
            self._readings |= readings_of(snapshot)
            self.boards = max(self.boards, len(snapshot.hashboards or ()))
            chips = snapshot.operation.chips if snapshot.operation else None
            self.chips = max(self.chips, len(chips or ()))
        return before != (len(self._readings), self.boards, self.chips)

    def has(self, port: type[FeaturePort]) -> bool:
        """Tell whether any controller is bound to a port."""
        return self._coordinator.miner.has_feature(port.feature_type)

    def reports(self, reading: str) -> bool:
        """Tell whether a device was seen to report one of `readings_of`."""
        return reading in self._readings

    @property
    def fans(self) -> int:
        """Return how many fans of its own the miner has."""
        return self._coordinator.fan_count

    @property
    def unit(self) -> HashRateUnit:
        """Return the unit of the miner's hash rates."""
        return self._coordinator.hashrate_unit


def _registered_keys(
    hass: HomeAssistant, entry: MinerControlConfigEntry
) -> Iterator[str]:
    """Yield the keys of the miner's sensors that are known from before."""
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        if registered.domain == SENSOR_DOMAIN:
            yield registered.unique_id.removeprefix(f"{entry.entry_id}_")
