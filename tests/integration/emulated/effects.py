"""What each control of a miner truly does to a device, told through Home Assistant."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
)
from tests.controllers.pyasic.bench import settings_of, state_of
from tests.emulation.support import until
from tests.integration.bench import Bench
from tests.integration.controlling import call

type Effect = Callable[[Bench, Any], Awaitable[None]]

# The presets of each kind, the usual one last, by what the device then is set to.
PRESETS: Final[dict[type[EmulatedMiner], dict[str, str]]] = {
    EmulatedAntminer: {"low": "low power", "normal": "normal"},
    EmulatedAntminerS21: {"low": "low power", "normal": "normal"},
    EmulatedAvalonNano3S: {"low": "low", "medium": "medium", "high": "high"},
    EmulatedAvalonQ: {"eco": "eco", "standard": "standard", "super": "super"},
    EmulatedWhatsminer: {"low": "Low", "high": "High", "normal": "Normal"},
    EmulatedAvalonNano3: {"low": "low", "medium": "middle", "high": "high"},
    EmulatedVnish: {"1500": "1500", "3350": "3350", "2950": "2950"},
    EmulatedLuxOs: {"290MHz": "290MHz", "790MHz": "790MHz", "default": "default"},
    EmulatedWhatsminerV3: {"low": "low", "high": "high", "normal": "normal"},
}
# What stores the choice of a preset, of a limit, and of the fans' speed.
_CHOICE: Final = (
    "preset",
    "work_mode",
    "work_level",
    "power_mode",
    "power_limit",
    "target",
)
_FANS: Final = ("manual_fan", "fan_pwm", "settings")
# What has tests of its own in `test_power_target.py`, since several features carry it.
APART: Final = frozenset({"power_target", "forget_learned_power"})
# What may differ after all: fans that rule themselves keep their last percentage.
LEFT_OVER: Final = {
    "internal_fan": _FANS,
    "power_limit": ("reboots",),
    "reboot": ("reboots",),
}
# What a Bitaxe has among its settings for the fan.
_FAN_SETTINGS: Final = {"autofanspeed", "manualFanSpeed"}


@contextmanager
def kept(device: EmulatedMiner, *but: str) -> Iterator[None]:
    """Expect that pools, passwords and all that is set stay, but for what is named."""
    before = settings_of(device, but=but)
    yield
    assert settings_of(device, but=but) == before


async def hashes(device: EmulatedMiner) -> None:
    """Wait until a device is up and at work, and warm."""
    await until(lambda: device.mining and device.hashrate > 0, seconds=5)
    device.machine.settle()


async def stops_and_starts(miner: Bench, device: EmulatedMiner) -> None:
    """Stop mining with the power on, and start it again."""
    with kept(device, *state_of(device)):
        await miner.turn("mining", on=False)
        assert not device.mining
        assert device.powered
        assert device.hashrate == 0
        assert miner.switch("mining").state == "off"
    with kept(device, *state_of(device)):
        await miner.turn("mining", on=True)
        await hashes(device)
    assert miner.switch("mining").state == "on"


async def turns_the_fans(miner: Bench, device: EmulatedMiner) -> None:
    """Run the fans at two speeds, then leave them to themselves."""
    automatic, others = device.fan_percent, _other_settings(device)
    for percent in (35, 80):
        with kept(device, *_FANS):
            await call(miner, "internal_fan", "fan.set_percentage", percentage=percent)
            assert device.fan_percent == percent
        shown = miner.state("fan", "internal_fan").attributes
        assert (shown["percentage"], shown["preset_mode"]) == (percent, None)
    with kept(device, *_FANS):
        await call(miner, "internal_fan", "fan.set_preset_mode", preset_mode="auto")
    await hashes(device)
    assert device.fan_percent == automatic
    assert miner.state("fan", "internal_fan").attributes["preset_mode"] == "auto"
    assert _other_settings(device) == others


def _other_settings(device: Any) -> dict[str, Any]:
    """Return the settings of a device that keeps those of its fan among them."""
    settings: Any = getattr(device, "settings", {})
    if not isinstance(settings, dict):
        return {}
    return {key: settings[key] for key in settings.keys() - _FAN_SETTINGS}


async def limits_the_power(miner: Bench, device: Any) -> None:
    """Draw no more than it is told, and then as much as before."""
    assert device.power_limit
    # A Whatsminer takes it with a reboot, a moment after it has said so.
    needed = 1 if isinstance(device, EmulatedWhatsminer) else 0
    for times, asked in enumerate((1900, device.power_limit), start=1):
        # One that has levels takes the next lower one, and shows that.
        watts = 1785 if isinstance(device, EmulatedLuxOs) and times == 1 else asked
        with kept(device, *_CHOICE, "reboots"):
            await call(miner, "power_limit", "number.set_value", value=asked)
            await until(lambda: device.reboots == times * needed)  # noqa: B023
            await hashes(device)
        assert device.power_limit == watts
        assert device.own_watts <= watts * (1 + 1e-9)
        assert float(miner.state("number", "power_limit").state) == watts


async def selects_presets(miner: Bench, device: EmulatedMiner) -> None:
    """Set every preset in turn; the last is the one from before."""
    for preset, truth in PRESETS[type(device)].items():
        with kept(device, *_CHOICE):
            await call(miner, "preset", "select.select_option", option=preset)
            await hashes(device)
        assert device.preset == truth
        assert device.hashrate == pytest.approx(device.expected_hashrate, rel=0.01)
        assert miner.state("select", "preset").state == preset
    options = miner.state("select", "preset").attributes["options"]
    if "sleep" in options:
        await _sleeps_and_wakes(miner, device)
    assert set(PRESETS[type(device)]) <= set(options)


async def _sleeps_and_wakes(miner: Bench, device: EmulatedMiner) -> None:
    """Sleep as a preset, and wake by another one, or by a start as it was."""
    for wake in ("normal", None):
        with kept(device):
            with kept(device, *_CHOICE):
                await call(miner, "preset", "select.select_option", option="sleep")
                assert device.preset == "sleep"
                assert not device.mining
                assert miner.switch("mining").state == "off"
            if wake:
                await call(miner, "preset", "select.select_option", option=wake)
            else:
                await miner.turn("mining", on=True)
            await hashes(device)


async def reboots(miner: Bench, device: EmulatedMiner) -> None:
    """Restart the whole device once."""
    with kept(device, "reboots"):
        await call(miner, "reboot", "button.press")
        await until(lambda: device.reboots == 1)
        await hashes(device)
    assert (device.reboots, device.restarts) == (1, 0)


async def restarts_mining(miner: Bench, device: EmulatedMiner) -> None:
    """Restart mining once, with the device up all the time."""
    with kept(device):
        await call(miner, "restart_mining", "button.press")
        assert (device.reboots, device.restarts) == (0, 1)
        await hashes(device)


async def shows_itself(miner: Bench, device: EmulatedMiner) -> None:
    """Turn the light on and off, told twice each."""
    for on in (True, True, False, False):
        with kept(device, "locating"):
            await miner.turn("locate", on=on)
        assert device.locating is on
        assert miner.switch("locate").state == ("on" if on else "off")
    assert device.mining


# By the key of the entity that is used.
EFFECTS: Final[dict[str, Effect]] = {
    "mining": stops_and_starts,
    "locate": shows_itself,
    "internal_fan": turns_the_fans,
    "power_limit": limits_the_power,
    "preset": selects_presets,
    "reboot": reboots,
    "restart_mining": restarts_mining,
}
