"""What is tried of each control, and what proves it."""

from dataclasses import replace
from typing import Any

import pytest

from demo.controls import CONTROLS, Control, Trial
from tools.home.emulators import Settings, Truth
from tools.home.states import EntityState

IDLE = Settings(mining=True, preset="Normal", power_limit=3600, fan_percent=None)


def control(name: str) -> Control:
    """Return a control by its name."""
    return next(one for one in CONTROLS if one.name == name)


def trials(name: str, state: str, **attributes: object) -> list[Trial]:
    """Return what is tried of a control whose entity shows something."""
    return list(control(name).trials(EntityState(state, attributes)))


def truth(hashrate: float = 100.0, **changes: Any) -> Truth:
    """Return what a device does that is set to something."""
    return Truth(hashrate, 3000.0, replace(IDLE, **changes), True, 0, {})


def test_limit_goes_down_and_back() -> None:
    """The lower limit is one of the steps, and both are proved by the number."""
    lower, present = trials("power limit", "3605", step=10)

    assert (lower.action, lower.data) == ("set_value", {"value": 2880})
    assert present.data == {"value": 3605}
    assert lower.is_done(truth(power_limit=2880))
    assert not lower.is_done(truth())
    assert lower.is_shown(EntityState("2880"))
    assert not lower.is_shown(EntityState("unknown"))


def test_preset_changes_and_goes_back() -> None:
    """Another preset is chosen, and proved by the name that the device has for it."""
    other, present = trials("preset", "normal", options=["normal", "low", "sleep"])

    assert (other.action, other.data) == ("select_option", {"option": "low"})
    assert present.data == {"option": "normal"}
    assert other.is_done(truth(preset="low power"))
    assert other.is_done(truth(preset="Low"))
    assert not other.is_done(truth(preset="normal"))
    assert not other.is_done(truth(preset=None))
    assert other.is_shown(EntityState("low"))
    assert not other.is_shown(EntityState("normal"))


def test_preset_without_options_is_tried_nevertheless() -> None:
    """Home Assistant refuses what an entity does not offer, and that is told."""
    assert trials("preset", "unknown")[0].data == {"option": "any"}


def test_fans_go_to_a_speed_and_back() -> None:
    """A speed by hand, then the automatic one: never both."""
    manual, automatic = trials("fan control", "on")

    assert manual.data == {"percentage": 90}
    assert manual.is_done(truth(fan_percent=90))
    assert not manual.is_done(truth(fan_percent=80))
    assert not manual.is_done(truth())
    assert manual.is_shown(EntityState("on", {"percentage": 90}))
    assert not manual.is_shown(EntityState("on"))
    assert automatic.data == {"preset_mode": "auto"}
    assert automatic.is_done(truth())
    assert not automatic.is_done(truth(fan_percent=90))
    assert automatic.is_shown(EntityState("on", {"preset_mode": "auto"}))
    assert not automatic.is_shown(EntityState("on", {"preset_mode": None}))


def test_mining_stops_and_starts() -> None:
    """Stopped is who does not hash, started who does."""
    stop, start = trials("mining switch", "on")

    assert (stop.action, start.action) == ("turn_off", "turn_on")
    assert stop.is_done(truth(0.0, mining=False))
    assert not stop.is_done(truth(1.0, mining=False))
    assert not stop.is_done(truth(0.0))
    assert start.is_done(truth())
    assert not start.is_done(truth(0.0))
    assert not start.is_done(truth(mining=False))
    assert stop.is_shown(EntityState("off"))
    assert start.is_shown(EntityState("on"))


@pytest.mark.parametrize("one", CONTROLS, ids=lambda one: one.name)
def test_domain_is_that_of_the_entity(one: Control) -> None:
    """Actions are those of the entity's own domain."""
    assert one.entity.startswith(f"{one.domain}.")


def test_settings_are_told_as_far_as_there_are_any() -> None:
    """People read what a device is set to."""
    assert str(IDLE) == "mining, preset Normal, limit 3600 W, fans automatic"
    bare = Settings(mining=False, preset=None, power_limit=None, fan_percent=90)
    assert str(bare) == "not mining, fans 90 %"
