"""What a device did to itself because it was too hot: it lowers its settings for good.

AxeOS lowers clock and voltage by 100 MHz and 100 mV from 2.11 on, and before that to
50 MHz and 1000 mV; in either case it sets the fan to full speed (see
`power_management_task.c`). Nothing that it tells afterwards says so.
"""

from collections.abc import MutableMapping
from typing import Any, Final

from ..network.parsing import number
from .family import Info, is_so
from .tuning import Setting

_SEEN: Final = "seen_setting"
_LOWERED: Final = "lowered_setting"
_STEP: Final = 100
_LEAST: Final = Setting(50, 1000)
_FULL_SPEED: Final = 100

type Memory = MutableMapping[str, Any]


def note(memory: Memory, info: Info, now: Setting | None) -> None:
    """Remember the setting, and whether heat has lowered it since it was seen last."""
    if now is None:
        return
    before = _setting(memory.get(_SEEN))
    if before is not None and before != now:
        # Whoever changes it afterwards has seen to it.
        memory.pop(_LOWERED, None)
        if _is_by_heat(before, now, info):
            memory[_LOWERED] = _kept(before)
    if _setting(memory.get(_SEEN)) != now:
        memory[_SEEN] = _kept(now)


def before_heat(memory: Memory) -> tuple[Setting, Setting] | None:
    """Return the setting before heat lowered it and the present one, None if not."""
    before, now = _setting(memory.get(_LOWERED)), _setting(memory.get(_SEEN))
    return (before, now) if before and now else None


def _is_by_heat(before: Setting, now: Setting, info: Info) -> bool:
    """Tell whether a change is the one that a device makes when it is too hot."""
    lowered = Setting(before.frequency - _STEP, before.voltage - _STEP)
    speed = number(info.get("manualFanSpeed", info.get("fanspeed")))
    is_full = is_so(info.get("autofanspeed")) is False and speed == _FULL_SPEED
    return is_full and now in (lowered, _LEAST)


def _kept(setting: Setting) -> list[float]:
    """Return a setting as it is remembered."""
    return [setting.frequency, setting.voltage]


def _setting(kept: object) -> Setting | None:
    """Return a setting that was remembered, None if there is none."""
    if not isinstance(kept, list) or len(kept) != 2:
        return None
    frequency, voltage = map(number, kept)
    return Setting(frequency, voltage) if frequency and voltage else None
