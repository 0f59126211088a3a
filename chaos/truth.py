"""What devices truly do, and what Home Assistant shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tools.home.states import EntityState

type Json = Mapping[str, Any]
type Shown = Mapping[str, EntityState]

# An entity that shows one of these tells nothing, and so nothing untrue.
SILENT = ("missing", "unavailable", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The true state of one device and its plug at a moment."""

    powered: bool
    ready: bool
    mining: bool
    hashrate: float
    watts: float
    own_watts: float
    energy: float
    chip_temperature: float
    fan_percent: int
    preset: str | None
    power_limit: float | None
    locating: bool
    reboots: int
    restarts: int
    told: int
    told_last: str
    pools: str
    password: str
    plug_on: bool
    # What it did when it last stopped hashing, which may be between two looks.
    last_figures: Json
    stranger_told: int = 0

    @classmethod
    def of(cls, described: Json) -> Self:
        """Read what the emulation's control says of a device."""
        state, stranger = described["state"], described["stranger"]
        same = (
            "powered ready mining hashrate watts own_watts energy chip_temperature "
            "fan_percent preset power_limit locating reboots restarts told "
            "last_figures"
        )
        return cls(
            **{name: state[name] for name in same.split()},
            told_last=", ".join(state["commands"][-3:]),
            pools=str(described["pools"]),
            password=described["password"],
            plug_on=described["plug_on"],
            stranger_told=stranger["told"] if stranger else 0,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """What is so and what is shown at a time; nothing is shown while it is down."""

    time: float
    truths: Mapping[str, Truth]
    shown: Mapping[str, Shown] | None
    # How many seconds Home Assistant takes to answer anything.
    lag: float = 0.0


def is_silent(state: EntityState) -> bool:
    """Tell whether an entity shows no value."""
    return state.state in SILENT
