"""Control ports whose state is read from the snapshot; subclasses do the control."""

from typing import override

from ..domain import ports
from ..domain.values import FanSetting, PowerLimit, Presets
from .snapshot import SnapshotReader


class PowerControlFromSnapshot(SnapshotReader, ports.PowerControlPort):
    """Read whether there is power; a subclass switches it."""

    @property
    @override
    def is_powered(self) -> bool | None:
        """Return whether the device had power."""
        return self.snapshot.is_powered


class InternalFanFromSnapshot(SnapshotReader, ports.InternalFanControlPort):
    """Read how the miner's own fans are set; a subclass sets them."""

    @property
    @override
    def internal_fan(self) -> FanSetting | None:
        """Return the setting that was read."""
        return self.snapshot.internal_fan


class ExternalFanFromSnapshot(SnapshotReader, ports.ExternalFanControlPort):
    """Read how the external fan is set; a subclass sets it."""

    @property
    @override
    def external_fan(self) -> FanSetting | None:
        """Return the setting that was read."""
        return self.snapshot.external_fan


class PowerLimitFromSnapshot(SnapshotReader, ports.PowerLimitControlPort):
    """Read the power limit; a subclass sets it."""

    @property
    @override
    def power_limit(self) -> PowerLimit | None:
        """Return the limit and the range that were read."""
        return self.snapshot.power_limit


class PresetsFromSnapshot(SnapshotReader, ports.PresetControlPort):
    """Read the presets; a subclass selects one."""

    @property
    @override
    def presets(self) -> Presets | None:
        """Return the presets that were read."""
        return self.snapshot.presets


class LocatingFromSnapshot(SnapshotReader, ports.LocateControlPort):
    """Read whether the device shows where it is; a subclass has it do so."""

    @property
    @override
    def is_locating(self) -> bool | None:
        """Return whether it did."""
        return self.snapshot.is_locating
