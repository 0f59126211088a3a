"""What the answers of a device mean in the domain's terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ...domain.features import MinerStatus
from ...domain.snapshot import Snapshot
from ...domain.values import (
    Chip,
    FanSetting,
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    TuningRange,
)
from ..network.parsing import amount, count, number, rows
from .family import Dial, Family, Info, at, chip_fan, fan_setting, hottest, is_so
from .tuning import Options, Setting, options_of

_NOTHING: Final = OperationalData()
# What NerdOS calls the faults that it stops for, by their numbers.
_BOARD_ERRORS: Final = {
    1: "MINER OVERHEATED",
    2: "VREG OVERHEATED",
    3: "PSU FAULT",
    4: "CURRENT PROTECTION",
    5: "VOLTAGE PROTECTION",
    6: "VERIFY FAILED",
}
# Chips of models that do not tell how many they have.
_CHIPS_OF: Final = {"LV05": 1, "LV06": 1, "LV07": 2, "LV08": 9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All that a device was asked: its system, its chips, its fans, its faults.

    Pages that were not asked, or are not there, are empty.
    """

    info: Info
    asic: Info = field(default_factory=dict)
    fans: Info = field(default_factory=dict)
    board_error: int | None = None

    def options(self, family: Family) -> Options | None:
        """Return the clocks and voltages that are on offer."""
        return options_of(family, self.info, self.asic)


def snapshot_of(
    family: Family, answers: Answers, *, fans: int = 0, may_exceed: bool = False
) -> Snapshot:
    """Return what a device told.

    `fans` is how many it was seen to have; one that stands still is told as 0 rpm
    only if it is known to be there. `may_exceed` is whether the user allowed more
    than what the device offers.
    """
    info = answers.info
    status = status_of(family, answers)
    found = Snapshot(
        **{name: reading.of(info) for name, reading in family.readings.items()}
    )
    options = answers.options(family)
    now = setting_of(family, info)
    found = replace(
        found,
        status=status,
        expected_hashrate=found.expected_hashrate or _expected(family, answers, now),
        max_hashrate=_most(family, answers, options),
        frequency=_frequency(info, now, is_idle=status is MinerStatus.IDLE),
        internal_fan_speeds=_fan_speeds(family, info, fans),
        internal_fan=family.fan(info) or _fan_of_page(answers.fans),
        fan_target=_dialed(family.fan_target, answers),
        fan_minimum=_dialed(family.fan_minimum, answers),
        operation=_operation(family, answers),
        tuning=options.tuning(now, may_exceed=may_exceed) if options else None,
        presets=options.presets(now) if options else None,
    )
    found = replace(found, hashboards=_boards(family, info, found))
    rests = status is MinerStatus.IDLE or family.is_dark(info)
    return _stopped(found) if rests else found


def status_of(family: Family, answers: Answers) -> MinerStatus | None:
    """Return the device's own word on what it does."""
    if answers.board_error:
        return MinerStatus.ERROR
    return family.status(answers.info)


def setting_of(family: Family, info: Info) -> Setting | None:
    """Return the clock and the voltage that are set."""
    frequency = number(info.get("frequency")) or number(at(info, "asic.freqReq"))
    voltage = number(info.get("coreVoltage")) or number(at(info, "asic.vcoreReq"))
    return Setting(frequency, voltage) if frequency and voltage else None


def chips_of(family: Family, answers: Answers) -> int | None:
    """Return how many chips a device has."""
    told = count(at(answers.info, family.chips)) or count(answers.asic.get("asicCount"))
    monitored = rows(at(answers.info, "hashrateMonitor.asics"))
    model = str(answers.info.get("minerModel") or "")
    return told or len(monitored) or _CHIPS_OF.get(model)


def fans_of(family: Family, info: Info) -> int:
    """Return how many fans a device shows."""
    counted = count(info.get(family.fan_count)) if family.fan_count else None
    speeds = _rpms(family, info)
    running = [place for place, rpm in enumerate(speeds, 1) if rpm]
    return counted or max([min(1, len(speeds)), *running])


def is_alive(snapshot: Snapshot) -> bool:
    """Tell whether a device told anything of its own work."""
    operation = snapshot.operation or _NOTHING
    signs = (snapshot.hashrate, snapshot.power, operation.uptime, snapshot.status)
    return any(sign is not None for sign in signs)


def _expected(family: Family, answers: Answers, now: Setting | None) -> HashRate | None:
    """Return what the device should make at the clock that is set."""
    return _rate_at(family, answers, now.frequency) if now else None


def _most(family: Family, answers: Answers, options: Options | None) -> HashRate | None:
    """Return what the device makes at the highest clock on offer."""
    return _rate_at(family, answers, options.frequencies[-1]) if options else None


def _rate_at(family: Family, answers: Answers, megahertz: float) -> HashRate | None:
    """Return what the device makes at a clock: each small core a hash a tick."""
    cores = amount(at(answers.info, family.cores))
    chips = chips_of(family, answers)
    if not cores or not chips:
        return None
    rate = HashRate(cores * chips * megahertz, HashRateUnit.MH)
    return HashRate(rate.to(HashRateUnit.TH)) if rate.is_plausible else None


def _frequency(info: Info, now: Setting | None, *, is_idle: bool) -> Frequency | None:
    """Return the clock that the chips run at: the actual one, where it is told."""
    if is_idle:
        return None
    actual = number(info.get("actualFrequency"))
    megahertz = actual if actual is not None else _set_clock(info, now)
    return Frequency(megahertz) if megahertz else None


def _set_clock(info: Info, now: Setting | None) -> float | None:
    """Return the clock that is set, be the voltage unknown."""
    return now.frequency if now else number(info.get("frequency"))


def _rpms(family: Family, info: Info) -> list[float | None]:
    """Return the speed of each fan that is told, in rpm."""
    if family.fans == ("fans",):
        return [amount(fan.get("rpm")) for fan in rows(info.get("fans"))]
    found = []
    for names in family.fans:
        told = [info[name] for name in names.split("|") if name in info]
        if told:
            found.append(amount(told[0]))
    return found


def _fan_speeds(
    family: Family, info: Info, fans: int
) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan that is there, None if none is told."""
    known = _rpms(family, info)[: max(fans, fans_of(family, info))]
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in known) or None


def _dialed(dial: Dial | None, answers: Answers) -> TuningRange | None:
    """Return what rules the automatic fan, None where there is no such thing."""
    return dial.range(answers.info, answers.fans) if dial else None


def _fan_of_page(page: Info) -> FanSetting | None:
    """Return how the fan of the chip is set, where a page of its own tells it."""
    fan = chip_fan(page)
    return fan_setting(fan.get("speed"), automatic=is_so(fan.get("auto")))


def _operation(family: Family, answers: Answers) -> OperationalData | None:
    """Return how mining goes."""
    info = answers.info
    told: dict[str, Any] = {
        name: reading.of(info) for name, reading in family.operation.items()
    }
    found = replace(
        OperationalData(**told),
        active_pool=family.pool(info),
        errors=_errors(family, answers),
        chips=_chips(info),
    )
    return None if found == _NOTHING else found


def _errors(family: Family, answers: Answers) -> tuple[str, ...] | None:
    """Return the faults that are told, None if none ever is."""
    if answers.board_error is None:
        return family.errors(answers.info)
    if error := answers.board_error:
        return (_BOARD_ERRORS.get(error, f"board error {error}"),)
    return family.errors(answers.info) or ()


def _chips(info: Info) -> tuple[Chip, ...] | None:
    """Return each chip of a device that tells of several."""
    temperatures = info.get("asicTemps")
    heat = temperatures if isinstance(temperatures, list) else []
    work = rows(at(info, "hashrateMonitor.asics"))
    if max(len(heat), len(work)) < 2:
        return None
    return tuple(
        Chip(
            hashrate=_share(work[n]) if n < len(work) else None,
            temperature=hottest([heat[n]]) if n < len(heat) else None,
        )
        for n in range(max(len(heat), len(work)))
    )


def _share(chip: Mapping[str, Any]) -> HashRate | None:
    """Return what one chip makes."""
    rate = amount(chip.get("total"))
    return None if rate is None else HashRate(rate / 1000)


def _boards(
    family: Family, info: Info, found: Snapshot
) -> tuple[Hashboard, ...] | None:
    """Return the one board."""
    told: dict[str, Any] = {
        name: reading.of(info) for name, reading in family.board.items()
    }
    board = replace(
        Hashboard(**told),
        chip_temperature=found.chip_temperature,
        board_temperature=found.board_temperature,
        frequency=found.frequency,
        hashrate=found.hashrate,
    )
    return None if board == Hashboard() else (board,)


def _stopped(found: Snapshot) -> Snapshot:
    """Return what is true of a device that was told to stop.

    Rates that are left are the means of a time before the stop.
    """
    nothing = HashRate(0)
    operation = found.operation and replace(
        found.operation,
        hashrate_1m=None,
        hashrate_10m=None,
        hashrate_1h=None,
        chips=_resting(found.operation.chips),
    )
    boards = found.hashboards and tuple(
        replace(board, hashrate=nothing) for board in found.hashboards
    )
    return replace(found, hashrate=nothing, operation=operation, hashboards=boards)


def _resting(chips: tuple[Chip, ...] | None) -> tuple[Chip, ...] | None:
    """Return chips that hash nothing."""
    nothing = HashRate(0)
    return chips and tuple(
        replace(chip, hashrate=nothing if chip.hashrate else None) for chip in chips
    )
