"""The profiles of a LuxOS machine, as an S19k Pro lists them (asic-rs, 2025-10)."""

from dataclasses import dataclass

from emulation.network import Json

DEFAULT_CLOCK = 590
_FIRST_CLOCK = 190
_CLOCK_STEP = 25
_STEPS_BELOW = 16
_TERAHASHES_PER_MEGAHERTZ = 0.20644
_WATTS = (
    *(784, 879, 978, 1080, 1188, 1299, 1414, 1533, 1657, 1785, 1916, 2052, 2192),
    *(2336, 2485, 2637, 2794, 2954, 3119, 3288, 3461, 3638, 3820, 4005, 4195),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A clock with the watts and the hash rate that the firmware expects of it."""

    clock: int
    watts: int
    step: int

    @property
    def name(self) -> str:
        """Return the name, which is the clock but for the usual one."""
        return "default" if self.clock == DEFAULT_CLOCK else f"{self.clock}MHz"

    @property
    def hashrate(self) -> float:
        """Return the hash rate in TH/s."""
        return round(self.clock * _TERAHASHES_PER_MEGAHERTZ, 1)

    @property
    def entry(self) -> Json:
        """Return the profile as the interface lists it."""
        return {
            "CanRestore": True,
            "Frequency": self.clock,
            "HasOverrides": False,
            "Hashrate": self.hashrate,
            "IsDynamic": True,
            "IsTuned": False,
            "Profile Name": self.name,
            "Step": str(self.step),
            "Voltage": 11.88,
            "Watts": self.watts,
        }


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(_FIRST_CLOCK + _CLOCK_STEP * n, watts, n - _STEPS_BELOW)
        for n, watts in enumerate(_WATTS)
    )
}
