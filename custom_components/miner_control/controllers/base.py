"""What every controller has in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Self

from homeassistant.core import HomeAssistant

from ..domain.features import DEFAULT_PRIORITY, MinerFeatureType
from ..domain.ports import ports_of
from ..domain.snapshot import Snapshot, SnapshotReader
from ..domain.status import STANDBY_WATTS
from .errors import LibraryMissingError, UnsupportedError


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
    # Whether the firmware controls the device by itself, so that nobody else should.
    rules_itself: bool = False
    can_reboot: bool = True
    can_restart_mining: bool = True
    # The highest power limit in W that linking saw, which a device may not tell again.
    rated_power: float | None = None
    # Whether the device was hashing, and answered everything that it was asked.
    is_complete: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return what a subentry stores."""
        return asdict(self) | {"features": sorted(f.value for f in self.features)}

    def grown(self, found: Self) -> Self:
        """Return these capabilities and what was found later: nothing is lost.

        What a device is called stays, unless it was not known what it is.
        """
        known, other = (self, found) if self.model else (found, self)
        # The unit of the hash rate is decided below, so that it never changes.
        filled = {
            field.name: getattr(other, field.name)
            for field in fields(known)
            if field.name != "hashrate_unit"
            and getattr(known, field.name) in (None, "")
        }
        return replace(
            known,
            **filled,
            features=self.features | found.features,
            readings=tuple(sorted({*self.readings, *found.readings})),
            hashrate_unit=self.hashrate_unit or found.hashrate_unit,
            boards=max(self.boards, found.boards),
            fans=max(self.fans, found.fans),
            can_reboot=self.can_reboot or found.can_reboot,
            can_restart_mining=self.can_restart_mining or found.can_restart_mining,
            is_complete=self.is_complete or found.is_complete,
        )

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
    included. A miner that draws no more than `standby_watts` W draws nothing.
    """

    controller_id: str
    title: str
    data: Mapping[str, Any]
    capabilities: Capabilities
    scan_interval: timedelta = field(default=timedelta(seconds=30))
    standby_watts: float = STANDBY_WATTS
    memory: MutableMapping[str, Any] = field(default_factory=dict)


class Controller(SnapshotReader, ABC):
    """Reach a miner one way, and offer ports for what that way can do.

    A subclass inherits a port for every feature type that its kind of device may
    have. `features` narrows them to what the linked device does have.
    """

    subentry_type: ClassVar[str]
    default_priority: ClassVar[int] = DEFAULT_PRIORITY
    default_priorities: ClassVar[Mapping[MinerFeatureType, int]] = {}
    # What the user can allow or forbid for each of its devices, and what holds until
    # then; stored in the subentry.
    options: ClassVar[Mapping[str, bool]] = MappingProxyType({})
    # The step of the flows that links a controller of this type.
    step: ClassVar[str]
    # Whether it speaks to the miner itself, which has an address and a web page.
    is_device: ClassVar[bool] = False
    # Whether what it tells is made up, and says nothing about a real miner.
    is_made_up: ClassVar[bool] = False
    # Whether the device behind it goes dark when the miner's power is cut.
    needs_power: ClassVar[bool] = False
    # Types with the same word reach the same devices: one stands by for another.
    standby_group: ClassVar[str | None] = None

    def __init__(self, hass: HomeAssistant, config: ControllerConfig) -> None:
        """Remember what the controller is made from; contact nothing."""
        self.hass = hass
        self._options = self.options_in(config.data)
        self.memory = config.memory
        self.controller_id = config.controller_id
        self.title = config.title
        self.capabilities = config.capabilities
        self.features = config.capabilities.features & self.supported_features()

    @classmethod
    @abstractmethod
    def stable_key(cls, data: Mapping[str, Any], title: str) -> str:
        """Return what stays the same of a controller that is renamed or linked again.

        `data` is what its subentry stores.
        """

    @classmethod
    def options_in(cls, data: Mapping[str, Any]) -> dict[str, bool]:
        """Return what is allowed, by what a subentry stores."""
        return {
            name: bool(data.get(name, default)) for name, default in cls.options.items()
        }

    @classmethod
    def supported_features(cls) -> frozenset[MinerFeatureType]:
        """Return what this kind of controller can do at best, by its ports."""
        return frozenset(ports_of(cls))

    @classmethod
    def priority_of(
        cls,
        feature_type: MinerFeatureType,
        known: Capabilities | None = None,  # noqa: ARG003 - subclasses look at it
    ) -> int:
        """Return the priority that a new binding gets, with what is known by then."""
        return cls.default_priorities.get(feature_type, cls.default_priority)

    @property
    def firmware_version(self) -> str | None:
        """Return which firmware the device runs now, where it tells with each read."""
        return None

    @property
    def library_versions(self) -> Mapping[str, str]:
        """Return the versions of the libraries in use, by their names."""
        return {}

    @classmethod
    def can_stand_by_for(
        cls,
        other: type[Controller],
        known: Capabilities,  # noqa: ARG003 - subclasses look at it
    ) -> bool:
        """Tell whether this type reaches a device that another type has linked."""
        group = cls.standby_group
        return group is not None and group == other.standby_group and cls is not other

    def stands_by_for(self, other: Controller) -> bool:
        """Tell whether this one reaches the same device by another way."""
        group = self.standby_group
        is_other = type(self) is not type(other)
        return group is not None and group == other.standby_group and is_other

    @property
    def library_failure(self) -> LibraryMissingError | None:
        """Return why the library that it needs cannot be used; None if it can."""
        return None

    @property
    def update_interval(self) -> timedelta | None:
        """Return how often to refresh; None for one that announces changes."""
        return None

    @property
    def shortest_interval(self) -> timedelta:
        """Return how often the device may be asked at most."""
        return timedelta()

    async def async_refresh(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read what the features given need, and keep it for the ports.

        Raises ControllerError, and nothing else, when the device is not there.
        """
        self.snapshot = await self._read(features)
        return self.snapshot

    async def async_look_again(self) -> Capabilities | None:
        """Find out anew what the device can do; None where that does not change.

        Raises ControllerError, and nothing else, when the device is not there.
        """
        return None

    @abstractmethod
    async def _read(self, features: frozenset[MinerFeatureType]) -> Snapshot:
        """Read the device once."""

    def async_subscribe(
        self,
        on_change: Callable[[], None],  # noqa: ARG002
    ) -> Callable[[], None]:
        """Announce changes until the function returned is called."""
        return lambda: None

    async def async_probe(self) -> bool:
        """Tell whether a device that was silent seems to be back, at little cost.

        One that cannot tell is asked anew in a while anyway.
        """
        return False

    @property
    def settings_lowered(self) -> tuple[str, str] | None:
        """Return what a device lowered for good because it was too hot, in words.

        That is what was set before and what is set now; None if it did no such thing.
        """
        return None

    async def restore_settings(self) -> None:
        """Set what was set before the device lowered it; raise ControllerError."""
        raise UnsupportedError(f"{self.title} has nothing to restore")

    def forget_connection(self) -> None:
        """Forget what is known of the device: its power was cut."""

    def forget_settings(self) -> None:
        """Ask anew for what changes rarely: somebody told the device something."""

    def urgently(self) -> AbstractContextManager[None]:
        """Go before all else that wants the device, and end what holds it."""
        return nullcontext()

    def can_serve(self, feature_type: MinerFeatureType) -> bool:
        """Tell whether there is something that could serve a feature now."""
        return feature_type in self.features

    def reading_age(
        self,
        feature_type: MinerFeatureType,  # noqa: ARG002
    ) -> timedelta | None:
        """Return how old the reading of a feature is; None if as old as the refresh."""
        return None

    def reading_age_limit(self) -> timedelta | None:
        """Return the age at which a reading is stale; None if it never is."""
        return 3 * self.update_interval if self.update_interval else None
