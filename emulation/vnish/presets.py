"""The tuned presets of a VNish machine."""

from dataclasses import dataclass

from emulation.network import Json


@dataclass(frozen=True, slots=True)
class Preset:
    """A tuned combination of watts and hash rate."""

    watts: int
    hashrate: int
    tuned: bool = True

    @property
    def name(self) -> str:
        """Return the name, which is the number of watts."""
        return str(self.watts)

    @property
    def entry(self) -> Json:
        """Return the preset as the interface lists it."""
        return {
            "name": self.name,
            "pretty": f"{self.watts} watt ~ {self.hashrate} TH",
            "status": "tuned" if self.tuned else "untuned",
            "modded_psu_required": False,
        }


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(1100, 53),
        Preset(1500, 63),
        Preset(1900, 73),
        Preset(2350, 85),
        Preset(2620, 91),
        Preset(2950, 99),
        Preset(3200, 102),
        Preset(3350, 105),
        Preset(3750, 110, tuned=False),
        Preset(4260, 120, tuned=False),
    )
}
