"""What every controller has in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Self

from ..domain.features import DEFAULT_PRIORITY, MinerFeatureType
from ..domain.ports import ports_of
from .snapshot import Snapshot, SnapshotReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What linking found that a controller can do; stored in its subentry.

    Entities rest on it, so that they exist while the device is off. `readings` are
    those of `readings_of` that the device was seen to tell.
    """

    features: frozenset[MinerFeatureType]
    make: str | None = None
    model: str | None = None
    firmware: str | None = None
    firmware_version: str | None = None
    serial: str | None = None
    mac: str | None = None
    hostname: str | None = None
    algorithm: str | None = None
    hashrate_unit: str | None = None
    library_class: str | None = None
    library_version: str | None = None
    boards: int = 0
    chips: int | None = None
    fans: int = 0
    readings: tuple[str, ...] = ()
    can_reboot: bool = True
    can_restart_mining: bool = True
    # The highest power limit in W that linking saw, which a device may not tell again.
    rated_power: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what a subentry stores."""
        return asdict(self) | {"features": sorted(f.value for f in self.features)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a subentry stores, less what this version does not know."""
        known = {
            key: value
            for key, value in data.items()
            if key in cls.__dataclass_fields__ and key not in ("features", "readings")
        }
        features = frozenset(
            MinerFeatureType(name)
            for name in data.get("features", ())
            if name in MinerFeatureType
        )
        readings = tuple(data.get("readings", ()))
        return cls(features=features, readings=readings, **known)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerConfig:
    """What a controller is made from: its subentry, in plain words.

    `memory` holds what the controller wrote there, a restart of Home Assistant
    included.
    """

    controller_id: str
    title: str
    data: Mapping[str, Any]
    capabilities: Capabilities
    scan_interval: timedelta = field(default=timedelta(seconds=30))
    memory: MutableMapping[str, Any] = field(default_factory=dict)


class Controller(SnapshotReader, ABC):
    """Reach a miner one way, and offer ports for what that way can do.

    A subclass inherits a port for every feature type that its kind of device may
    have. `features` narrows them to what the linked device does have.
    """

    subentry_type: ClassVar[str]
    default_priority: ClassVar[int] = DEFAULT_PRIORITY
    default_priorities: ClassVar[Mapping[MinerFeatureType, int]] = {}
    # Whether the device behind it goes dark when the miner's power is cut.
    needs_power: ClassVar[bool] = False

    def __init__(self, config: ControllerConfig) -> None:
        """Remember what the controller is made from; contact nothing."""
        self.controller_id = config.controller_id
        self.title = config.title
        self.capabilities = config.capabilities
        self.features = config.capabilities.features & self.supported_features()

    @classmethod
    def supported_features(cls) -> frozenset[MinerFeatureType]:
        """Return what this kind of controller can do at best, by its ports."""
        return frozenset(ports_of(cls))

    @classmethod
    def priority_of(cls, feature_type: MinerFeatureType) -> int:
        """Return the priority that a new binding gets."""
        return cls.default_priorities.get(feature_type, cls.default_priority)

    @property
    def update_interval(self) -> timedelta | None:
        """Return how often to refresh; None for one that announces changes."""
        return None

    async def async_refresh(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read what the features given need, and keep it for the ports.

        Raises ControllerError, and nothing else, when the device is not there.
        """
        self.snapshot = await self._read(features)
        return self.snapshot

    @abstractmethod
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the device once."""

    def async_subscribe(
        self,
        on_change: Callable[[], None],  # noqa: ARG002
    ) -> Callable[[], None]:
        """Announce changes until the function returned is called."""
        return lambda: None

    def forget_connection(self) -> None:
        """Forget what is known of the device: its power was cut."""

    def can_serve(self, feature_type: MinerFeatureType) -> bool:
        """Tell whether there is something that could serve a feature now."""
        return feature_type in self.features

    def reading_age_limit(self) -> timedelta | None:
        """Return the age at which a reading is stale; None if it never is."""
        return 3 * self.update_interval if self.update_interval else None
