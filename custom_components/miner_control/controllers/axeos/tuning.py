"""How fast the chips may run, and at how many millivolts: options, limits, presets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...domain.values import Presets, Tuning, TuningRange
from ..network.parsing import number, rows, section
from .family import Family, Info, at

ECO: Final = "eco"
DEFAULT: Final = "default"
CUSTOM: Final = "custom"

# The economical setting of a device that names none: the lowest clock on offer, at
# the least voltage on offer that is not below this share of the usual one.
_ECO_SHARE: Final = 0.94

# What nobody may exceed, in MHz and mV, whatever was allowed.
_ABSOLUTE: Final = {
    "BM1397": (650, 1500),
    "BM1366": (700, 1400),
    "BM1368": (700, 1400),
    "BM1370": (1000, 1400),
}
_ABSOLUTE_OF_OTHERS: Final = (600, 1300)
# The options of releases that do not tell them, by chip: those of their web pages.
_OPTIONS: Final[Mapping[str, tuple[tuple[int, ...], tuple[int, ...], int, int]]] = {
    "BM1397": (
        (400, 425, 450, 475, 485, 500, 525, 550, 575, 600),
        (1100, 1150, 1200, 1250, 1300, 1350, 1400, 1450, 1500),
        425,
        1400,
    ),
    "BM1366": (
        (400, 425, 450, 475, 485, 500, 525, 550, 575),
        (1100, 1150, 1200, 1250, 1300),
        485,
        1200,
    ),
    "BM1368": (
        (400, 425, 450, 475, 485, 490, 500, 525, 550, 575),
        (1100, 1150, 1166, 1200, 1250, 1300),
        490,
        1166,
    ),
    "BM1370": (
        (400, 490, 525, 550, 600, 625),
        (1000, 1060, 1100, 1150, 1200, 1250),
        525,
        1150,
    ),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A clock in MHz and a voltage in mV."""

    frequency: float
    voltage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a device offers, and what it calls usual and economical."""

    frequencies: tuple[float, ...]
    voltages: tuple[float, ...]
    default: Setting
    eco: Setting
    absolute: Setting

    def tuning(self, now: Setting | None, *, may_exceed: bool) -> Tuning:
        """Return what is set, and what may be."""
        return Tuning(
            frequency=_range(
                now.frequency if now else None,
                self.frequencies,
                self.absolute.frequency if may_exceed else None,
                usual=None if may_exceed else self.default.frequency,
            ),
            voltage=_range(
                now.voltage if now else None,
                self.voltages,
                self.absolute.voltage if may_exceed else None,
            ),
        )

    def presets(self, now: Setting | None) -> Presets:
        """Return the presets, and which of them is set."""
        known = {self.eco: ECO, self.default: DEFAULT}
        current = known.get(now, CUSTOM) if now else None
        return Presets((ECO, DEFAULT, CUSTOM), current)


def options_of(family: Family, info: Info, page: Info) -> Options | None:
    """Return what a device offers, None if nothing is known of it."""
    chip = str(at(info, "ASICModel") or at(info, "asic.model") or "")
    found = _told_by(family, page) or _OPTIONS.get(chip)
    if found is None:
        return None
    frequencies, voltages, frequency, voltage = found
    default = Setting(frequency, voltage)
    return Options(
        frequencies=frequencies,
        voltages=voltages,
        default=default,
        eco=_eco(page, frequencies, voltages, default),
        absolute=_absolute(page, chip, frequencies, voltages),
    )


def _told_by(
    family: Family, page: Info
) -> tuple[tuple[float, ...], tuple[float, ...], float, float] | None:
    """Return the options that a device tells, None if not all of them."""
    if "overclock" in page:
        clocks, usual_clock = _named_options(page, "overclock")
        volts, usual_volts = _named_options(page, "vcore")
    else:
        clocks, usual_clock = _plain(page, "frequencyOptions", "defaultFrequency")
        volts, usual_volts = _plain(page, "voltageOptions", "defaultVoltage")
    if not clocks or not volts or not usual_clock or not usual_volts:
        return None
    return clocks, volts, usual_clock, usual_volts


def _plain(page: Info, options: str, default: str) -> tuple[tuple[float, ...], float]:
    """Return options and the usual one, 0 if there is none."""
    told = page.get(options)
    values = told if isinstance(told, list) else []
    return _sorted(values), number(page.get(default)) or 0


def _named_options(page: Info, name: str) -> tuple[tuple[float, ...], float]:
    """Return options that have names, of which one says that it is the usual one."""
    options: list[dict[str, Any]] = rows(section(page.get(name)).get("options"))
    usual = [o.get("value") for o in options if "default" in str(o.get("name"))]
    return _sorted(o.get("value") for o in options), next(
        (found for value in usual if (found := number(value))), 0
    )


def _sorted(values: Iterable[object]) -> tuple[float, ...]:
    """Return the numbers above zero among values, the lowest first."""
    return tuple(sorted({n for v in values if (n := number(v)) and n > 0}))


def _eco(
    page: Info,
    frequencies: tuple[float, ...],
    voltages: tuple[float, ...],
    default: Setting,
) -> Setting:
    """Return the economical setting: the device's own, or a careful one."""
    frequency, voltage = (
        number(page.get("ecoFrequency")),
        number(page.get("ecoVoltage")),
    )
    # Boards that have none write 0.
    if frequency and voltage and frequency > 0 and voltage > 0:
        return Setting(frequency, voltage)
    least = default.voltage * _ECO_SHARE
    careful = [volts for volts in voltages if volts >= least]
    return Setting(frequencies[0], min(careful, default=default.voltage))


def _absolute(
    page: Info, chip: str, frequencies: tuple[float, ...], voltages: tuple[float, ...]
) -> Setting:
    """Return what nobody may exceed: never less than what is on offer."""
    frequency, voltage = _ABSOLUTE.get(chip, _ABSOLUTE_OF_OTHERS)
    told = number(page.get("absMaxFrequency")), number(page.get("absMaxVoltage"))
    return Setting(
        max(told[0] or frequency, frequencies[-1]),
        max(told[1] or voltage, voltages[-1]),
    )


def _range(
    value: float | None,
    options: tuple[float, ...],
    absolute: float | None,
    *,
    usual: float | None = None,
) -> TuningRange:
    """Return a setting with what may be set."""
    return TuningRange(
        value=value,
        minimum=options[0],
        maximum=absolute or options[-1],
        options=options,
        usual=usual,
    )
