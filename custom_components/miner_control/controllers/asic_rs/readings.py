"""Turn what asic-rs reads into a snapshot, and into what a device can do."""

from collections.abc import Iterable
from dataclasses import replace
import re
from statistics import fmean
from typing import Final

from ...domain.features import MinerFeatureType, MinerStatus
from ...domain.snapshot import Features, Snapshot, is_whole, readings_of
from ...domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Voltage,
    is_plausible,
)
from ..base import Capabilities
from ..network.parsing import equihash_rate, hottest, real_mac, temperature
from .device import RATED_POWER, Answers, AsicRsDevice
from .firmware import SLEEP, Firmware
from .library import VERSION, Board, Identity, Told

F = MinerFeatureType

# Where miners differ from the Bitcoin miner's TH/s, as the makers count.
_SCRYPT: Final = "Scrypt"
_EQUIHASH: Final = "Equihash"
_UNITS: Final = {
    _SCRYPT: HashRateUnit.GH,
    "X11": HashRateUnit.GH,
    _EQUIHASH: HashRateUnit.KSOL,
}
# No scrypt machine makes so many GH/s, and no parts so many times what the whole makes.
_MOST_SCRYPT: Final = 100.0
_SURELY_MORE: Final = 30.0

# A machine that may draw less than this part of its rated power does not start
# (a guess: MicroBT's lowest mode is at two thirds).
_LEAST_SHARE: Final = 3

# The library writes models as one word.
_NAMES: Final = (
    (re.compile("Plus"), "+"),
    (re.compile(r"(?<=[a-z])(?=[A-Z0-9])"), " "),
    (re.compile(r"(?<=[0-9A-Z+])(?=(Pro|XP|Hyd))"), " "),
    (re.compile(r"(?<=[0-9S+])(?=V[A-Z0-9]{2,4}$)"), " "),
)


def snapshot_of(device: AsicRsDevice, answers: Answers) -> Snapshot:
    """Return what a device told in the domain's terms."""
    firmware, unit = device.firmware, unit_of(device.identity)
    told = _as_meant(answers.told, firmware, device.identity)
    status = firmware.word(told)
    boards = _shown(told.boards, firmware, unit)
    most = _most_watts(device, answers)
    return Snapshot(
        hashrate=_in(unit, told.hashrate),
        expected_hashrate=_in(unit, told.expected),
        power=None if told.watts is None else Power(told.watts),
        status=status,
        chip_temperature=hottest(board.chip_temperature for board in boards or ()),
        board_temperature=hottest(board.board_temperature for board in boards or ()),
        inlet_temperature=temperature(told.inlet),
        outlet_temperature=temperature(told.outlet),
        internal_fan_speeds=_fan_speeds(told, device.identity.fans, firmware),
        voltage=_voltage(told.boards),
        frequency=_mean_frequency(boards),
        hashboards=boards,
        operation=_operation(told, firmware),
        internal_fan=answers.fan,
        power_limit=_power_limit(answers, firmware, most),
        presets=_presets(answers, firmware, status),
        is_locating=told.light,
        max_power=None if most is None else Power(most),
    )


def capabilities_of(device: AsicRsDevice, answers: Answers) -> Capabilities:
    """Return what a device is and can do: what it told, and what it can be told."""
    identity, found = device.identity, snapshot_of(device, answers)
    told, firmware = answers.told, device.firmware
    can_restart = F.RESTART_CONTROL in device.controls
    return Capabilities(
        features=_features(found) | _controls(device, found),
        make=identity.make,
        model=readable(identity.model),
        firmware=identity.firmware,
        firmware_version=told.version,
        serial=told.serial,
        mac=real_mac(told.mac),
        hostname=told.hostname,
        algorithm=identity.algorithm,
        hashrate_unit=unit_of(identity),
        library_class=identity.firmware,
        library_version=VERSION,
        boards=identity.boards or len(told.boards or ()),
        chips=identity.chips,
        fans=max(identity.fans, len(found.internal_fan_speeds or ())),
        readings=tuple(sorted(readings_of(found))),
        can_reboot=can_restart and not firmware.restarts_mining_only,
        can_restart_mining=can_restart and firmware.restarts_mining_only,
        rated_power=found.max_power.watts if found.max_power else None,
        is_complete=is_whole(found) and not device.has_gaps,
    )


def readable(model: str) -> str:
    """Return the name of a model as people write it."""
    for pattern, replacement in _NAMES:
        model = pattern.sub(replacement, model)
    return model


def unit_of(identity: Identity) -> HashRateUnit:
    """Return the unit that the makers of such miners count in."""
    return _UNITS.get(identity.algorithm, HashRateUnit.TH)


def _features(found: Snapshot) -> Features:
    """Return what a device was seen to tell."""
    seen = {
        F.HASHRATE_MONITORING: found.hashrate is not None,
        F.POWER_MONITORING: found.power is not None,
        F.STATUS_MONITORING: True,
        F.CHIP_TEMPERATURE_MONITORING: found.chip_temperature is not None,
        F.BOARD_TEMPERATURE_MONITORING: found.board_temperature is not None,
        F.INLET_TEMPERATURE_MONITORING: found.inlet_temperature is not None,
        F.OUTLET_TEMPERATURE_MONITORING: found.outlet_temperature is not None,
        F.FAN_SPEED_INTERNAL_MONITORING: any(found.internal_fan_speeds or ()),
        F.VOLTAGE_MONITORING: found.voltage is not None,
        F.FREQUENCY_MONITORING: found.frequency is not None,
        F.MODEL_DETECTION: True,
        F.HASHBOARD_MONITORING: is_plausible(found.hashboards),
        F.OPERATIONAL_MONITORING: found.operation is not None,
        F.MAX_POWER_DETECTION: found.max_power is not None,
    }
    return frozenset(feature for feature, is_told in seen.items() if is_told)


def _controls(device: AsicRsDevice, found: Snapshot) -> Features:
    """Return what a device can be told, and shows what is set where it should."""
    shown = {
        F.INTERNAL_FAN_CONTROL: found.internal_fan is not None,
        F.POWER_LIMIT_CONTROL: found.power_limit is not None,
        F.PRESET_CONTROL: found.presets is not None,
        F.LOCATE_CONTROL: found.is_locating is not None,
    }
    if device.firmware.rewrites_pools and found.presets is None:
        # Older firmware has no mode, and takes its settings in another form.
        shown |= {F.MINING_CONTROL: False, F.INTERNAL_FAN_CONTROL: False}
    return frozenset(each for each in device.controls if shown.get(each, True))


def _as_meant(told: Told, firmware: Firmware, identity: Identity) -> Told:
    """Return what was told, less means, and with each hash rate in its true unit."""
    boards = told.boards
    if boards and firmware.boards_tell_mean:
        boards = tuple(replace(board, hashrate=None) for board in boards)
    told = replace(told, boards=boards)
    if firmware.tells_mean:
        return replace(told, hashrate=None)
    if firmware.giga_is_none and identity.algorithm == _EQUIHASH:
        return _in_solutions(told)
    if not firmware.giga_is_none or identity.algorithm != _SCRYPT:
        return told
    total, expected = _thousandth(told.hashrate), told.expected
    most = _gigahashes(total)
    # These the library reads rightly where the device tells a unit beside them.
    if _gigahashes(expected) > max(most * _SURELY_MORE, _MOST_SCRYPT):
        expected = _thousandth(expected)
    if boards and sum(_gigahashes(b.hashrate) for b in boards) > most * _SURELY_MORE:
        boards = tuple(
            replace(
                board,
                hashrate=_thousandth(board.hashrate),
                nominal=_thousandth(board.nominal),
            )
            for board in boards
        )
    return replace(told, hashrate=total, expected=expected, boards=boards)


def _in_solutions(told: Told) -> Told:
    """Return what was told with solutions in place of what are called gigahashes."""
    return replace(
        told,
        hashrate=_solutions(told.hashrate),
        expected=_solutions(told.expected),
        boards=told.boards
        and tuple(
            replace(
                board,
                hashrate=_solutions(board.hashrate),
                nominal=_solutions(board.nominal),
            )
            for board in told.boards
        ),
    )


def _solutions(rate: HashRate | None) -> HashRate | None:
    """Return a hash rate of Equihash that the library takes for gigahashes."""
    return rate and equihash_rate(rate.to(HashRateUnit.GH))


def _thousandth(rate: HashRate | None) -> HashRate | None:
    """Return a hash rate whose unit is one step too high."""
    return rate and replace(rate, value=rate.value / 1000)


def _gigahashes(rate: HashRate | None) -> float:
    """Return a hash rate in GH/s, 0 for none."""
    return rate.to(HashRateUnit.GH) if rate else 0.0


def _in(unit: HashRateUnit, rate: HashRate | None) -> HashRate | None:
    """Return a hash rate in another unit."""
    return None if rate is None else HashRate(rate.to(unit), unit)


def _shown(
    boards: tuple[Board, ...] | None, firmware: Firmware, unit: HashRateUnit
) -> tuple[Hashboard, ...] | None:
    """Return each board in its slot, None if nothing was told of any.

    That a board has all its chips is what the library presumes of one that says
    nothing.
    """
    shown = tuple(_hashboard(board, firmware, unit) for board in boards or ())
    return shown if any(map(is_plausible, shown)) else None


def _hashboard(board: Board, firmware: Firmware, unit: HashRateUnit) -> Hashboard:
    """Return one board, less a voltage that is the whole device's."""
    volts = None if firmware.tells_supply else board.volts
    chips = board.chip_celsius if firmware.chips_have_sensors else None
    heat = board.board_celsius if firmware.boards_have_sensors else None
    clock = board.megahertz if firmware.tells_clock else None
    return Hashboard(
        chip_temperature=temperature(chips),
        board_temperature=temperature(heat),
        voltage=Voltage(volts) if volts else None,
        frequency=Frequency(clock) if clock else None,
        hashrate=_in(unit, board.hashrate),
        nominal_hashrate=_in(unit, board.nominal),
        chips=board.chips or None,
    )


def _fan_speeds(
    told: Told, count: int, firmware: Firmware
) -> tuple[FanSpeed | None, ...] | None:
    """Return the speed of each fan, None for those that told none."""
    if told.fans is None:
        return None
    speeds = {position - firmware.first_fan: rpm for position, rpm in told.fans}
    slots = range(max([count, *(slot + 1 for slot in speeds)]))
    found = (speeds.get(slot) for slot in slots)
    return tuple(None if rpm is None else FanSpeed(rpm) for rpm in found) or None


def _voltage(boards: Iterable[Board] | None) -> Voltage | None:
    """Return what the device is supplied with, or the mean of what the boards get."""
    known = [board.volts for board in boards or () if board.volts]
    return Voltage(fmean(known)) if known else None


def _mean_frequency(boards: Iterable[Hashboard] | None) -> Frequency | None:
    """Return the mean of the boards' clocks."""
    known = [board.frequency.megahertz for board in boards or () if board.frequency]
    return Frequency(fmean(known)) if known else None


def _operation(told: Told, firmware: Firmware) -> OperationalData | None:
    """Return how the device has been doing; None if it told nothing of that."""
    pools = told.pools or ()
    counting = pools[:1] if firmware.pools_are_alike else pools
    accepted = [pool.accepted for pool in counting if pool.accepted is not None]
    rejected = [pool.rejected for pool in counting if pool.rejected is not None]
    found = OperationalData(
        uptime=told.uptime,
        shares_accepted=sum(accepted) if accepted else None,
        shares_rejected=sum(rejected) if rejected else None,
        best_difficulty=told.best,
        session_difficulty=told.session_best,
        active_pool=next((pool.url for pool in pools if pool.is_active), None),
        errors=told.messages,
    )
    return None if found == OperationalData() else found


def _most_watts(device: AsicRsDevice, answers: Answers) -> float | None:
    """Return the most that the device may be limited to in W, as far as it showed.

    It is remembered: where there is no range, the highest limit that was seen counts.
    """
    if answers.told.power_range is not None:
        return answers.told.power_range[1]
    if F.POWER_LIMIT_CONTROL not in device.controls:
        return None
    known = device.memory.get(RATED_POWER)
    seen = [each for each in (known, answers.told.limit) if each]
    most = max(seen, default=None)
    if most is not None and most != known:
        device.memory[RATED_POWER] = most
    return most


def _power_limit(
    answers: Answers, firmware: Firmware, most: float | None
) -> PowerLimit | None:
    """Return the limit of the power, and the range that the device takes."""
    told = answers.told
    if firmware.presets_are_watts:
        levels = tuple(
            sorted(float(name) for name in answers.presets if name.isdigit())
        )
        if not levels:
            return None
        name = told.preset or ""
        watts = float(name) if name.isdigit() else None
        return PowerLimit(watts, levels[0], levels[-1], levels=levels)
    if told.power_range is not None:
        return PowerLimit(told.limit, *told.power_range)
    if most is None:
        return None
    return PowerLimit(told.limit, round(most / _LEAST_SHARE), most)


def _presets(
    answers: Answers, firmware: Firmware, status: MinerStatus | None
) -> Presets | None:
    """Return the modes or presets that there are, and the one that is set."""
    current = answers.told.preset
    if firmware.presets_are_watts:
        return Presets(answers.presets, current) if answers.presets else None
    if not firmware.modes:
        return None
    if firmware.sleeps and status is MinerStatus.IDLE:
        current = SLEEP
    if current is None and answers.told.limit is not None:
        current = firmware.mode_with_limit
    if current is None:
        return None
    return Presets(firmware.modes, current if current in firmware.modes else None)
