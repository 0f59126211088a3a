"""What the module of an Avalon tells: one text of `Name[value]`.

The texts were compared with recorded ones: A1246 and Avalon Q (asic-rs), A15
(pyasic), Nano 3 firmware 24071801 (hass-miner, miner-sentinel), Nano 3S 25021401,
whose cgminer Canaan published. `GHSavg` and `MGHS` are means since the start, and
`MHS 1m` is one on the Nano 3; `GHSspd` is the hash rate now. An Avalon 741 and its kin
have up to five modules at one controller, each with one `Fan` (antminer-monitor#54).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
import re
from typing import Any, Final, Self

from ....domain.features import MinerStatus
from ....domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
    Voltage,
)
from ...network.parsing import (
    amount,
    first,
    frequency,
    hashrate,
    hottest,
    number,
    percentage,
    rows,
    voltage,
    wattage,
)

_FIELD: Final = re.compile(r"(\w+)\[([^\]]*)\]")
# What modules write where they have no sensor, or do not read it while idle.
_NO_SENSOR: Final = (0, -273)
# What the module says of its work; idle may be by order, or for want of work.
_STATES: Final = {
    "In Work": MinerStatus.ON,
    "In Init": MinerStatus.STARTING,
    "In Fault": MinerStatus.ERROR,
}
_IDLE: Final = "In Idle"
# Watts beyond this many times the limit that is set are a misread field.
_MOST_OVER_LIMIT: Final = 3
_LONGEST_UPTIME: Final = timedelta(days=36_500).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Where the values of `PS` hold what: their places, and units to a volt."""

    volts: int = 2
    per_volt: float = 100
    watts: int = 6


# Older modules tell no more than the watts behind the supply.
_SHORT_SUPPLY: Final = Supply(watts=4)
_SHORT: Final = 6


@dataclass(frozen=True, slots=True)
class Module:
    """The fields of a module by name, and the device's clock in seconds."""

    fields: Mapping[str, str]
    clock: float | None = None
    # Those that share its controller, which is told of as one device.
    others: tuple[Module, ...] = ()

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        """Read the modules in an answer to `estats`, an empty one if there is none."""
        found: list[dict[str, str]] = []
        for row in rows(answer.get("STATS")):
            shared = _fields(row.get("HBinfo"))
            found = [shared | told for text in _modules(row) if (told := _fields(text))]
            found = found or ([shared] if shared else [])
            if found:
                break
        fields, *others = found or [{}]
        clock = number(first(answer.get("STATUS")).get("When"))
        return cls(fields, clock, tuple(cls(other) for other in others))

    @property
    def together(self) -> tuple[Module, ...]:
        """Return all modules of the device."""
        return (self, *self.others)

    @property
    def version(self) -> str | None:
        """Return the version of the module's firmware."""
        return self.fields.get("Ver") or None

    def number(self, name: str) -> float | None:
        """Return a field that is a number, or None."""
        return number(self.fields.get(name, "").strip())

    def numbers(self, name: str) -> list[float | None]:
        """Return a field that is a list of numbers, empty if there is none."""
        return [number(part) for part in self.fields.get(name, "").split()]

    def temperature(self, *names: str) -> Temperature | None:
        """Return the first of some temperatures that has a sensor, of all modules."""
        for name in names:
            found = hottest(_temperature(each.number(name)) for each in self.together)
            if found:
                return found
        return None

    @property
    def serial(self) -> str | None:
        """Return the number of the module, as text: it may look like a number.

        The `DNA` of every Nano 3 is all zeros; its number is the `HDNA`.
        """
        told = (self.fields.get(name, "").strip() for name in ("DNA", "HDNA"))
        return next((text for text in told if text.strip("0")), None)

    @property
    def status(self) -> MinerStatus | None:
        """Return what the module says of its work.

        Its switch alone tells too little: it also counts through the steps of a
        start. Firmware 24071801 of the Nano 3 has nothing else to tell, though.
        """
        work = self.fields.get("SYSTEMSTATU", "")
        if said := next((s for word, s in _STATES.items() if word in work), None):
            return said
        switched_off = self.number("SoftOFF")
        if switched_off is None:
            return None
        if not switched_off:
            return MinerStatus.ON
        rests = _IDLE in work or self.number("GHSspd") == 0
        return MinerStatus.IDLE if rests else None

    @property
    def hashrate(self) -> HashRate | None:
        """Return the hash rate now, None if a module tells only means."""
        told = [amount(each.fields.get("GHSspd")) for each in self.together]
        known = [gigahashes for gigahashes in told if gigahashes is not None]
        return HashRate(sum(known) / 1000) if len(known) == len(told) else None

    @property
    def expected_hashrate(self) -> HashRate | None:
        """Return what the chips make at the clock that is set."""
        told = [amount(each.fields.get("GHSmm")) or 0 for each in self.together]
        return hashrate(sum(told), HashRateUnit.GH) if all(told) else None

    @property
    def frequency(self) -> Frequency | None:
        """Return the mean clock of the chips."""
        return frequency(each.number("Freq") for each in self.together)

    @property
    def uptime(self) -> timedelta | None:
        """Return the time since the start."""
        seconds = amount(self.fields.get("Elapsed"), _LONGEST_UPTIME)
        return None if seconds is None else timedelta(seconds=seconds)

    @property
    def fan_percent(self) -> int | None:
        """Return the share of the fans' full speed."""
        return percentage(self.fields.get("FanR", "").strip("% "))

    @property
    def fan_speeds(self) -> tuple[FanSpeed | None, ...] | None:
        """Return the speed of each fan, None if the modules tell of none."""
        told = [rpm for each in self.together for rpm in each._fans()]  # noqa: SLF001
        return tuple(None if rpm is None else FanSpeed(rpm) for rpm in told) or None

    def _fans(self) -> list[float | None]:
        """Return the speed of each fan of this module; the only one has no number."""
        speeds: list[float | None] = []
        while (name := f"Fan{len(speeds) + 1}") in self.fields:
            speeds.append(self.number(name))
        return speeds or ([self.number("Fan")] if "Fan" in self.fields else [])

    @property
    def is_locating(self) -> bool | None:
        """Tell whether the light is on that the device is found by."""
        led = self.number("Led")
        return None if led is None else bool(led)

    def power(self, supply: Supply) -> Power | None:
        """Return the watts at the wall, else those that the supply tells of."""
        told = [each._watts(supply) for each in self.together]  # noqa: SLF001
        known = [watts for watts in told if watts is not None]
        return Power(sum(known)) if len(known) == len(told) else None

    def _watts(self, supply: Supply) -> float | None:
        """Return the watts of this module alone."""
        watts = wattage(self.number("WALLPOWER"))
        if watts is None:
            watts = wattage(self._of_supply(supply, "watts"))
        limit = self.number("MPO")
        if watts is None or (limit and watts > _MOST_OVER_LIMIT * limit):
            return None
        return watts

    def voltage(self, supply: Supply) -> Voltage | None:
        """Return the voltage that the supply gives the boards."""
        return voltage([self._of_supply(supply, "volts")], fraction=supply.per_volt)

    def boards(self) -> tuple[Hashboard, ...] | None:
        """Return each board, None if the module tells of none.

        A module with several boards tells of each only its mean since the start. Of
        several modules, each stands for a board.
        """
        if self.others:
            each = (replace(module, others=()).boards() for module in self.together)
            return tuple(next(iter(boards or ()), Hashboard()) for boards in each)
        heat = self.numbers("MTmax") or self.numbers("TMax")
        found = max(len(heat), len(self.numbers("MGHS")))
        boards = tuple(self._board(n, heat, alone=found == 1) for n in range(found))
        return boards if any(board != Hashboard() for board in boards) else None

    def _board(self, slot: int, heat: list[float | None], *, alone: bool) -> Hashboard:
        """Return one board; what the module tells of all is that of a single one."""
        chips = [degrees for degrees in self.numbers(f"PVT_T{slot}") if degrees]
        return Hashboard(
            chip_temperature=_temperature(next(iter(heat[slot:]), None)),
            hashrate=self.hashrate if alone else None,
            nominal_hashrate=self.expected_hashrate if alone else None,
            frequency=self.frequency if alone else None,
            chips=len(chips) or None,
        )

    def _of_supply(self, supply: Supply, name: str) -> float | None:
        """Return one of the values that the supply tells of, or None."""
        values = self.numbers("PS")
        place = getattr(_SHORT_SUPPLY if len(values) == _SHORT else supply, name)
        return values[place] if place < len(values) else None


def _fields(text: object) -> dict[str, str]:
    """Return the fields of a text by name."""
    return dict(_FIELD.findall(text)) if isinstance(text, str) else {}


def _modules(row: Mapping[str, Any]) -> Any:
    """Yield the texts of modules in a row of the answer."""
    return (text for name, text in row.items() if name.startswith("MM ID"))


def _temperature(celsius: float | None) -> Temperature | None:
    """Return a temperature, None where there is no sensor."""
    return None if celsius is None or celsius in _NO_SENSOR else Temperature(celsius)
