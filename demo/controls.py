"""What a miner can be told, and what its device then has to report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tools.home.client import Json
from tools.home.emulators import Truth
from tools.home.states import EntityState

# The part of the present power limit that is tried.
LOWER_LIMIT = 0.8

# No emulated device runs its fans as fast by itself.
FAN_PERCENT = 90


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Something to do as a user would, and how to see that it came to be."""

    step: str
    action: str
    data: Json = field(default_factory=dict)
    is_done: Callable[[Truth], bool]
    """Tells whether the device did it."""
    is_shown: Callable[[EntityState], bool]
    """Tells whether the entity shows it."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """Something that a miner may have, to be tried there and back."""

    name: str
    feature: str
    entity: str
    """The key of its entity."""
    trials: Callable[[EntityState], Iterator[Trial]]
    """Yields what to try, by what the entity shows before."""

    @property
    def domain(self) -> str:
        """Return the domain of its entity."""
        return self.entity.partition(".")[0]


def _fan(_: EntityState) -> Iterator[Trial]:
    """Yield a speed by hand, and the way back to the automatic one."""
    yield Trial(
        step=f"fans {FAN_PERCENT} %",
        action="set_percentage",
        data={"percentage": FAN_PERCENT},
        is_done=lambda truth: truth.settings.fan_percent == FAN_PERCENT,
        is_shown=lambda state: state.attributes.get("percentage") == FAN_PERCENT,
    )
    yield Trial(
        step="fans automatic",
        action="set_preset_mode",
        data={"preset_mode": "auto"},
        is_done=lambda truth: truth.settings.fan_percent is None,
        is_shown=lambda state: state.attributes.get("preset_mode") == "auto",
    )


def _preset(now: EntityState) -> Iterator[Trial]:
    """Yield another preset, and the present one."""
    others = (one for one in now.attributes.get("options", ()) if one != now.state)
    for preset in (next(others, "any"), now.state):
        yield _selected(preset)


def _selected(preset: str) -> Trial:
    """Return the selection of a preset, whose full name only the device knows."""
    return Trial(
        step=f"preset {preset}",
        action="select_option",
        data={"option": preset},
        is_done=lambda truth: (
            (truth.settings.preset or "").casefold().startswith(preset.casefold())
        ),
        is_shown=lambda state: state.state == preset,
    )


def _limit(now: EntityState) -> Iterator[Trial]:
    """Yield a lower power limit, and the present one."""
    present = now.number or 0.0
    step = now.attributes.get("step", 1)
    for watts in (present * LOWER_LIMIT // step * step, present):
        yield _limited(watts)


def _limited(watts: float) -> Trial:
    """Return the limitation to a power."""
    return Trial(
        step=f"power limit {watts:.0f} W",
        action="set_value",
        data={"value": watts},
        is_done=lambda truth: truth.settings.power_limit == watts,
        is_shown=lambda state: state.number == watts,
    )


def _clock(now: EntityState) -> Iterator[Trial]:
    """Yield the lowest clock, and the present one."""
    for megahertz in (float(now.attributes.get("min", 0)), now.number or 0.0):
        yield _clocked(megahertz)


def _clocked(megahertz: float) -> Trial:
    """Return the setting of a clock."""
    return Trial(
        step=f"frequency {megahertz:g} MHz",
        action="set_value",
        data={"value": megahertz},
        is_done=lambda truth: truth.settings.clock == megahertz,
        is_shown=lambda state: state.number == megahertz,
    )


def _mining(_: EntityState) -> Iterator[Trial]:
    """Yield the stop of mining, and its start."""
    yield Trial(
        step="mining stopped",
        action="turn_off",
        is_done=lambda truth: not truth.settings.mining and not truth.hashrate,
        is_shown=lambda state: state.state == "off",
    )
    yield Trial(
        step="mining started",
        action="turn_on",
        is_done=lambda truth: truth.settings.mining and truth.hashrate > 0.0,
        is_shown=lambda state: state.state == "on",
    )


CONTROLS = (
    Control(
        name="fan control",
        feature="internal_fan_control",
        entity="fan.internal_fan",
        trials=_fan,
    ),
    Control(
        name="preset",
        feature="preset_control",
        entity="select.preset",
        trials=_preset,
    ),
    Control(
        name="power limit",
        feature="power_limit_control",
        entity="number.power_limit",
        trials=_limit,
    ),
    Control(
        name="frequency",
        feature="tuning_control",
        entity="number.tuning_frequency",
        trials=_clock,
    ),
    Control(
        name="mining switch",
        feature="mining_control",
        entity="switch.mining",
        trials=_mining,
    ),
)
