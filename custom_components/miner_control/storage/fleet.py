"""What the user sets for a fleet, and what it remembers over a restart."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from ..domain.budget import LettingGo, Settings
from ..domain.fleet import PositiveMeans
from .kinds import fleet_entries

SUBENTRY_MEMBER: Final = "member"
SUBENTRY_CIRCUIT: Final = "circuit"

CONF_MEMBERS: Final = "members"
CONF_MINER: Final = "miner"
CONF_MODE: Final = "mode"
CONF_POWER_BUDGET: Final = "power_budget"
CONF_ALL_MEMBERS: Final = "all_members"

# How much all miners of a new fleet may draw, in W.
DEFAULT_BUDGET: Final = 3000.0
MAX_BUDGET: Final = 1_000_000.0

# What holds where the user set nothing else.
_USUAL: Final = Settings()

_VERSION: Final = 1
# How long what changes all the time may wait to be stored, in seconds: a memory card
# wears out.
_SAVE_DELAY: Final = 300.0


def _known[T](cls: type[T], data: Mapping[str, Any]) -> T:
    """Return settings by what is stored, less what this version does not know."""
    names = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    return cls(**{k: v for k, v in data.items() if k in names and v is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """How a fleet finds out what its miners may draw, and when it acts.

    The names are those under which a config entry stores them. Times are seconds,
    but for the minutes of `hold`.
    """

    # The meter at the connection to the grid, and what its positive values mean.
    grid_sensor: str | None = None
    positive: str = PositiveMeans.IMPORT
    # Between these times of day power is cheap.
    window_start: str | None = None
    window_end: str | None = None
    price_sensor: str | None = None
    price_ceiling: float | None = None
    # The state of charge in percent, below which no miner shall draw on the battery.
    battery_sensor: str | None = None
    battery_floor: float | None = None
    # How long it takes from one start to the next.
    stagger: float = _USUAL.stagger
    # How often a surplus, or heat that may wait, starts a miner in a day at most.
    most_starts: float = _USUAL.most_starts
    # Up to which age a meter's reading allows to draw more, ...
    max_age: float = 60.0
    # ... and after which silence miners are lowered to their floors.
    silence: float = 300.0
    # How long what a person told a miner holds, in minutes.
    hold: float = 60.0
    letting_go: str = LettingGo.STAY

    @classmethod
    def of(cls, entry: ConfigEntry) -> Self:
        """Return the settings of a fleet."""
        return _known(cls, entry.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSettings:
    """What a fleet may do with a miner; None for what is known of the miner itself.

    Powers are W, times seconds.
    """

    miner: str
    priority: int = 50
    floor: float | None = None
    ceiling: float | None = None
    step: float | None = None
    min_on: float = 900.0
    min_off: float = 600.0
    may_stop: bool = True
    reserve: float | None = None
    may_cut_power: bool = False

    @classmethod
    def of(cls, subentry: ConfigSubentry) -> Self:
        """Return the settings of a member."""
        return _known(cls, subentry.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitSettings:
    """What a circuit carries, and what hangs on it."""

    parent: str | None = None
    limit: float = 0.0
    unit: str = "W"
    voltage: float = 230.0
    phases: int = 1
    meter: str | None = None
    # The share of the limit, in percent, that is kept free.
    margin: float = 5.0
    members: tuple[str, ...] = ()

    @classmethod
    def of(cls, subentry: ConfigSubentry) -> Self:
        """Return the settings of a circuit."""
        return _known(
            cls, {**subentry.data, "members": tuple(subentry.data.get("members", ()))}
        )

    @property
    def watts(self) -> float:
        """Return the limit in W."""
        return self.limit * self.watts_per_unit

    @property
    def watts_per_unit(self) -> float:
        """Return how many W one of the limit's unit is."""
        return 1.0 if self.unit == "W" else self.voltage * self.phases


@callback
def member_subentries(entry: ConfigEntry) -> Iterator[ConfigSubentry]:
    """Yield the members of a fleet."""
    return (s for s in entry.subentries.values() if s.subentry_type == SUBENTRY_MEMBER)


@callback
def circuit_subentries(entry: ConfigEntry) -> Iterator[ConfigSubentry]:
    """Yield the circuits of a fleet."""
    return (s for s in entry.subentries.values() if s.subentry_type == SUBENTRY_CIRCUIT)


@callback
def members_of(entry: ConfigEntry) -> dict[str, str]:
    """Return the subentries of the members of a fleet, by their miners' entries."""
    return {s.data[CONF_MINER]: s.subentry_id for s in member_subentries(entry)}


@callback
def fleet_of(hass: HomeAssistant, miner_id: str) -> ConfigEntry | None:
    """Return the fleet that a miner belongs to."""
    return next((e for e in fleet_entries(hass) if miner_id in members_of(e)), None)


@callback
def member_subentry(miner: ConfigEntry, **settings: Any) -> ConfigSubentry:
    """Return a miner as a member, with what is usual but for what is given."""
    return ConfigSubentry(
        data=MappingProxyType({CONF_MINER: miner.entry_id, **settings}),
        subentry_type=SUBENTRY_MEMBER,
        title=miner.title,
        unique_id=miner.entry_id,
    )


class FleetMemory:
    """Keep what a fleet remembers: its mode, its budget, its latch, its timers.

    It is no part of the config entry: to write there would tell its listeners that
    the user changed something.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Remember nothing yet."""
        self._hass = hass
        self._entry = entry
        self._is_due = False
        self._store: Store[dict[str, Any]] = Store(
            hass, _VERSION, f"{DOMAIN}.{entry.entry_id}.fleet"
        )
        self.known: dict[str, Any] = {}
        # What changes all the time, and is asked for only when it is stored.
        self.live: dict[str, Callable[[], Any]] = {}

    async def async_load(self) -> None:
        """Remember what was stored."""
        self.known = await self._store.async_load() or {}

    async def async_remove(self) -> None:
        """Forget everything, for the fleet is gone."""
        await self._store.async_remove()

    @callback
    def keep(self, *, at_once: bool = False) -> None:
        """Store what is remembered, in a while or at once."""
        if at_once:
            self._entry.async_create_task(self._hass, self.async_save())
        elif not self._is_due:
            self._is_due = True
            self._store.async_delay_save(self._content, _SAVE_DELAY)

    async def async_save(self) -> None:
        """Store what is remembered."""
        await self._store.async_save(self._content())

    @callback
    def _content(self) -> dict[str, Any]:
        """Return what is to be stored now."""
        self._is_due = False
        self.known.update((name, tell()) for name, tell in self.live.items())
        return self.known
