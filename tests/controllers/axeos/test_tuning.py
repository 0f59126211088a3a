"""Options, limits and presets of the chips."""

from typing import Any

import pytest

from custom_components.miner_control.controllers.axeos.families import family_of
from custom_components.miner_control.controllers.axeos.tuning import (
    Options,
    Setting,
    options_of,
)

from .shapes import (
    GAMMA,
    GAMMA_ASIC,
    LV07,
    NERD,
    NERD_ASIC,
    NMAXE,
    NMAXE_MINING,
    ULTRA,
    changed,
)


def options(info: dict[str, Any], page: dict[str, Any]) -> Options:
    """Return what a device offers."""
    family = family_of(info)
    assert family is not None
    found = options_of(family, info, page)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("info", "page", "clocks", "volts", "eco", "default", "absolute"),
    [
        (GAMMA, GAMMA_ASIC, 6, 6, (400, 1100), (525, 1150), (1000, 1400)),
        (NERD, NERD_ASIC, 7, 9, (500, 1120), (600, 1150), (800, 1400)),
        (NMAXE, NMAXE_MINING, 3, 3, (400, 1125), (600, 1125), (1000, 1400)),
        (ULTRA, {}, 9, 5, (400, 1150), (485, 1200), (700, 1400)),
        (LV07, {}, 9, 5, (400, 1150), (485, 1200), (700, 1400)),
    ],
    ids=["gamma", "nerd", "nmaxe", "ultra", "lv07"],
)
def test_options(
    info: dict[str, Any],
    page: dict[str, Any],
    clocks: int,
    volts: int,
    eco: tuple[float, float],
    default: tuple[float, float],
    absolute: tuple[float, float],
) -> None:
    """The device's own, or those of its chip where it tells none."""
    found = options(info, page)
    assert (len(found.frequencies), len(found.voltages)) == (clocks, volts)
    assert found.eco == Setting(*eco)
    assert found.default == Setting(*default)
    assert found.absolute == Setting(*absolute)


def test_a_device_that_names_its_economical_setting() -> None:
    """Boards without one write 0."""
    page = changed(NERD_ASIC, ecoFrequency=495, ecoVoltage=1085)
    assert options(NERD, page).eco == Setting(495, 1085)


@pytest.mark.parametrize(
    "page",
    [
        changed(GAMMA_ASIC, frequencyOptions=[]),
        changed(GAMMA_ASIC, voltageOptions="none"),
        changed(GAMMA_ASIC, defaultFrequency=0),
        {},
    ],
)
def test_a_page_that_lacks_something(page: dict[str, Any]) -> None:
    """What is known of the chip stands in for all of it."""
    assert options(GAMMA, page).frequencies == (400, 490, 525, 550, 600, 625)


def test_an_unknown_chip_that_tells_nothing() -> None:
    """Nothing is offered."""
    info = changed(GAMMA, ASICModel="BM9999")
    family = family_of(info)
    assert family is not None
    assert options_of(family, info, {}) is None


def test_limits() -> None:
    """The options are the end, unless the user allowed more."""
    found = options(GAMMA, GAMMA_ASIC)
    careful = found.tuning(Setting(525, 1150), may_exceed=False).frequency
    assert careful is not None
    assert (careful.value, careful.minimum, careful.maximum) == (525, 400, 625)
    assert careful.allows(625)
    assert not careful.allows(626)
    daring = found.tuning(Setting(700, 1150), may_exceed=True)
    assert daring.frequency is not None
    assert daring.voltage is not None
    assert (daring.frequency.maximum, daring.voltage.maximum) == (1000, 1400)


@pytest.mark.parametrize(
    ("now", "current"),
    [
        (Setting(525, 1150), "default"),
        (Setting(400, 1100), "eco"),
        (Setting(500, 1150), "custom"),
        (None, None),
    ],
)
def test_presets(now: Setting | None, current: str | None) -> None:
    """Whatever is neither is of the user's own."""
    found = options(GAMMA, GAMMA_ASIC).presets(now)
    assert found.options == ("eco", "default", "custom")
    assert found.current == current
