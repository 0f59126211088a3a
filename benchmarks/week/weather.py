"""The surplus of a house: what the sun brings, less what the household draws.

A model of our own that always gives the same week: a clear sky in late April at 48
degrees north, with the clouds of seven different days, and a household of four.
"""

from collections.abc import Callable
from math import cos, pi, radians, sin
from random import Random
from typing import Final

MINUTES: Final = 7 * 1440
_PEAK: Final = 11_500.0
_LATITUDE: Final = radians(48)
_DECLINATION: Final = radians(13)
# For each day: the share of minutes in clouds, their mean length in minutes, and how
# much light comes through. Clouds that are long and everywhere make a dull day.
_DAYS: Final = (
    (0.00, 1, 1.0),
    (0.20, 6, 0.45),
    (0.90, 150, 0.25),
    (0.10, 4, 0.50),
    (0.30, 14, 0.40),
    (0.25, 4, 0.50),
    (0.04, 8, 0.60),
)


def sun(seed: int = 1) -> list[float]:
    """Return what the panels give in W, minute by minute."""
    random = Random(seed)  # noqa: S311  # the same week each time
    light, clear = 1.0, True
    power = []
    for minute in range(MINUTES):
        covered, length, through = _DAYS[minute // 1440]
        stays = length if not clear else length * (1 - covered) / max(covered, 1e-9)
        if random.random() < 1 / max(stays, 1.0):
            clear = not clear
        if covered == 0.0:
            clear = True
        # The edge of a cloud takes a minute or two to pass.
        light += ((1.0 if clear else through) - light) * 0.6
        power.append(_clear_sky(minute) * light)
    return power


def household(seed: int = 2) -> list[float]:
    """Return what the household draws in W, minute by minute."""
    random = Random(seed)  # noqa: S311  # the same week each time
    power = [220.0 + 90.0 * (minute % 45 < 15) for minute in range(MINUTES)]
    for day in range(7):
        for begin, length, watts in _uses(random):
            for minute in range(begin, min(begin + length, 1440)):
                power[day * 1440 + minute] += watts(minute - begin)
    return power


def _clear_sky(minute: int) -> float:
    """Return what the panels give without any cloud."""
    hour_angle = 2 * pi * (minute % 1440 - 720) / 1440
    height = sin(_LATITUDE) * sin(_DECLINATION)
    height += cos(_LATITUDE) * cos(_DECLINATION) * cos(hour_angle)
    if height <= 0:
        return 0.0
    through_air: float = 0.7 ** (1 / (height + 0.05) - 1)
    return _PEAK * height * through_air


type _Use = tuple[int, int, Callable[[int], float]]


def _uses(random: Random) -> list[_Use]:
    """Return what is switched on in a day: begin, minutes, and W at each minute."""
    uses: list[_Use] = [
        (random.randint(375, 420), 3, lambda _: 2000.0),
        (random.randint(690, 735), 40, lambda m: 1800.0 if m % 4 < 2 else 200.0),
        (random.randint(1080, 1130), 50, lambda m: 2200.0 if m % 5 < 3 else 300.0),
        (random.randint(1080, 1110), 270, lambda _: 260.0),
    ]
    uses += [(random.randint(480, 1260), 3, lambda _: 2000.0) for _ in range(4)]
    if random.random() < 0.7:
        uses.append((random.randint(540, 840), 80, _washing))
    if random.random() < 0.6:
        uses.append((random.randint(780, 900), 70, lambda m: 700.0 if m < 60 else 90.0))
    return uses


def _washing(minute: int) -> float:
    """Return what a machine draws that heats its water first."""
    return 2100.0 if minute < 18 else 180.0
