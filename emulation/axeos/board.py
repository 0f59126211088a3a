"""The boards of Bitaxes and their kin: chips, options and limits.

From `device_config.h` of AxeOS 2.15.0 and `main/boards` of NerdOS 1.0.38-alpha9. How
warm and how hungry a board gets is guessed from what owners report.
"""

from dataclasses import dataclass

from ..machine import Rating

_BM1366 = (400, 425, 450, 475, 485, 500, 525, 550, 575)
_BM1370 = (400, 490, 525, 550, 600, 625)
_BM1370_VOLTS = (1000, 1060, 1100, 1150, 1200, 1250)
_NERD_VOLTS = (1120, 1130, 1140, 1150, 1160, 1170, 1180, 1190, 1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One kind of board."""

    model: str
    """The name of the family, as `/api/system/asic` tells it."""
    version: str
    chip: str = "BM1370"
    chips: int = 1
    cores: int = 2040
    """Small cores of each chip."""
    frequency: int = 525
    """MHz, by default."""
    voltage: int = 1150
    """mV at the chips, by default."""
    frequencies: tuple[int, ...] = _BM1370
    voltages: tuple[int, ...] = _BM1370_VOLTS
    most_frequency: int | None = None
    """MHz that the firmware calls the absolute limit, where it does."""
    most_voltage: int | None = None
    eco_frequency: int = 0
    """MHz of the economical setting, 0 where there is none."""
    eco_voltage: int = 0
    least_watts: int = 0
    most_watts: int = 40
    supply: int = 5
    """Volts, nominal."""
    offset: float = 5.0
    """Watts that the firmware adds to what it measures."""
    second_sensor: bool = False
    fans: int = 1
    rating: Rating

    @property
    def gigahashes(self) -> float:
        """Return the GH/s that it makes for each MHz."""
        return self.cores * self.chips / 1000


def _rating(board: float, watts: float, frequency: float, chips: int) -> Rating:
    return Rating(
        hashrate=board,
        watts=watts,
        idle_watts=2.4 * chips,
        boot_watts=1.6,
        frequency=frequency,
        boards=1,
        chips=chips,
        fans=1,
        fan_rpm=7200,
        chip_rise=36.0,
        board_rise=26.0,
    )


GAMMA = Board(model="Gamma", version="602", rating=_rating(1.071, 18.0, 525.0, 1))
ULTRA = Board(
    model="Ultra",
    version="205",
    chip="BM1366",
    cores=894,
    frequency=485,
    voltage=1200,
    frequencies=_BM1366,
    voltages=(1100, 1150, 1200, 1250, 1300),
    most_watts=25,
    rating=_rating(0.43359, 12.0, 485.0, 1),
)
GAMMA_TURBO = Board(
    model="GammaTurbo",
    version="801",
    chips=2,
    most_watts=60,
    supply=12,
    offset=10.0,
    second_sensor=True,
    rating=_rating(2.142, 36.0, 525.0, 2),
)
SUPRA_HEX = Board(
    model="SupraHex",
    version="701",
    chip="BM1368",
    chips=6,
    cores=1276,
    frequency=490,
    voltage=1166,
    frequencies=(400, 425, 450, 475, 485, 490, 500, 525, 550, 575),
    voltages=(1100, 1150, 1166, 1200, 1250, 1300),
    most_watts=120,
    supply=12,
    offset=25.0,
    second_sensor=True,
    fans=2,
    rating=_rating(3.75144, 90.0, 490.0, 6),
)
NERD_QAXE = Board(
    model="NerdQAxe++",
    version="",
    chips=4,
    frequency=600,
    frequencies=(500, 515, 525, 550, 575, 590, 600),
    voltages=_NERD_VOLTS,
    most_frequency=800,
    most_voltage=1400,
    least_watts=52,
    most_watts=100,
    supply=12,
    offset=0.0,
    fans=2,
    rating=_rating(4.896, 78.0, 600.0, 4),
)
NERD_OCTAXE = Board(
    model="NerdOCTAXE-\N{GREEK SMALL LETTER GAMMA}",
    version="",
    chips=8,
    frequency=600,
    frequencies=(500, 515, 525, 550, 575, 590, 600),
    voltages=_NERD_VOLTS,
    most_frequency=800,
    most_voltage=1400,
    least_watts=50,
    most_watts=250,
    supply=12,
    offset=0.0,
    fans=2,
    rating=_rating(9.792, 160.0, 600.0, 8),
)
NERD_QX = Board(
    model="NerdQX",
    version="",
    chips=4,
    frequency=777,
    voltage=1200,
    frequencies=(495, 500, 525, 550, 600, 650, 700, 750, 777, 800, 850, 900),
    voltages=(1085, 1120, 1150, 1180, 1200, 1220, 1250, 1280, 1300),
    most_frequency=1260,
    most_voltage=1375,
    eco_frequency=495,
    eco_voltage=1085,
    least_watts=50,
    most_watts=240,
    supply=12,
    offset=0.0,
    fans=2,
    rating=_rating(6.34032, 120.0, 777.0, 4),
)
NM_AXE_GAMMA = Board(
    model="NMAxeGamma",
    version="",
    frequency=600,
    voltage=1125,
    frequencies=(400, 440, 490, 550, 575, 600, 650, 700),
    voltages=(1000, 1025, 1050, 1100, 1125, 1150, 1175, 1200, 1225, 1250),
    supply=12,
    offset=0.0,
    rating=_rating(1.224, 20.0, 600.0, 1),
)
LV07 = Board(
    model="LV07",
    version="302",
    chip="BM1366",
    chips=2,
    cores=894,
    frequency=485,
    voltage=1250,
    frequencies=_BM1366,
    voltages=(1200, 1250, 1300),
    supply=12,
    offset=0.0,
    rating=_rating(0.86718, 26.0, 485.0, 2),
)
LV08 = Board(
    model="LV08",
    version="302",
    chip="BM1366",
    chips=9,
    cores=894,
    frequency=485,
    voltage=1200,
    frequencies=_BM1366,
    voltages=(1200, 1250, 1300),
    supply=12,
    offset=0.0,
    rating=_rating(3.90231, 100.0, 485.0, 9),
)
