"""Five kinds of emulated miners that heat, each by what it can be slowed down with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from emulation import EmulatedMiner
from emulation.antminer import EmulatedAntminer
from emulation.avalon import EmulatedAvalonQ
from emulation.luxos import EmulatedLuxOs
from emulation.machine import PSU_EFFICIENCY
from emulation.vnish import EmulatedVnish
from emulation.whatsminer import EmulatedWhatsminer

# How long a device boots, and takes to hash with all its boards, in seconds.
_BOOT: Final = 60.0
_WARM_UP: Final = 120.0
# By which share hash rate and watts wander.
_RIPPLE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of miner, and how to tell what it was told.

    `step` is what all commands contain that change its power. Where the `step_is_start`
    each of them counts as a start, though the emulated device does not restart mining.
    `lag` is how long it tunes until it draws what it was told.
    """

    key: str
    name: str
    model: Callable[..., EmulatedMiner]
    step: str | None = None
    lag: float = 0.0
    has_meter: bool = True
    step_is_start: bool = False

    def device(self, address: str) -> EmulatedMiner:
        """Return a device that is off the network yet, set to its usual power."""
        return self.model(address, warm_up=_WARM_UP, boot=_BOOT, ripple=_RIPPLE)

    @property
    def can_slow_down(self) -> bool:
        """Tell whether it knows more than on and off."""
        return self.step is not None


def full_watts(device: EmulatedMiner) -> float:
    """Return what a device draws from the wall as it is set now."""
    return device.target_watts / PSU_EFFICIENCY


KINDS: Final = {
    kind.key: kind
    for kind in (
        Kind(
            key="levels",
            name="25 levels, live (LuxOS)",
            model=EmulatedLuxOs,
            step="profileset",
            lag=60.0,
        ),
        Kind(
            key="limit",
            name="limit in W, reboots for it (Whatsminer)",
            model=EmulatedWhatsminer,
            step="adjust_power_limit",
            lag=300.0,
        ),
        Kind(
            key="presets",
            name="8 presets, each restarts mining (VNish)",
            model=EmulatedVnish,
            step="preset",
            lag=60.0,
        ),
        Kind(
            key="modes",
            name="three modes, each counts as a start (Avalon Q)",
            model=EmulatedAvalonQ,
            step="workmode",
            lag=60.0,
            step_is_start=True,
        ),
        Kind(
            key="switch",
            name="only on or off (Antminer, stock)",
            model=EmulatedAntminer,
            has_meter=False,
        ),
    )
}
