"""Read what entities show: their states become values of the domain.

A reader takes a state that is known and returns None where it makes no sense of it.
"""

from collections.abc import Callable
from datetime import timedelta
from math import isfinite
from typing import Any, Final

from homeassistant.components.fan import DOMAIN as FAN_DOMAIN, FanEntityFeature
from homeassistant.components.update import UpdateEntityFeature
from homeassistant.const import (
    ATTR_SUPPORTED_FEATURES,
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    REVOLUTIONS_PER_MINUTE,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import State
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    DurationConverter,
    FrequencyConverter,
    PowerConverter,
    TemperatureConverter,
)

from ...domain.features import MinerStatus
from ...domain.values import (
    DeviceInfo,
    FanSetting,
    FanSpeed,
    FanSpeedUnit,
    Firmware,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    PowerLimit,
    Presets,
    Temperature,
    Tuning,
    TuningRange,
)
from .adjustments import Adjustment
from .statuses import status_named
from .words import (
    ATTR_IN_PROGRESS,
    ATTR_INSTALLED_VERSION,
    ATTR_LATEST_VERSION,
    ATTR_MAX,
    ATTR_MIN,
    ATTR_OPTIONS,
    ATTR_PERCENTAGE,
    ATTR_PRESET_MODE,
    ATTR_PRESET_MODES,
    ATTR_RELEASE_URL,
    ATTR_STEP,
    ATTR_UPDATE_PERCENTAGE,
)

type Reader = Callable[[State, Adjustment], Any]

# Nothing runs for a century.
_LONGEST_UPTIME = timedelta(days=36_500)
AUTOMATIC: Final = "auto"
_PERCENT_UNITS = (PERCENTAGE, None)
_HASHRATE_UNITS = {unit.value.lower(): unit for unit in HashRateUnit}
_FAN_UNITS = {
    REVOLUTIONS_PER_MINUTE: FanSpeedUnit.RPM,
    PERCENTAGE: FanSpeedUnit.PERCENT,
}


def is_known(state: State) -> bool:
    """Tell whether an entity has a state to read."""
    return state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


def number(state: State) -> float | None:
    """Return a state as a finite number, or None."""
    try:
        found = float(state.state)
    except ValueError:
        return None
    return found if isfinite(found) else None


def unit_of(state: State) -> str | None:
    """Return the unit of an entity."""
    unit: str | None = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return unit


def quantity[T](
    value: Callable[[float], T], converter: type[BaseUnitConverter], unit: str
) -> Callable[[State, Adjustment], T | None]:
    """Return a reader of a quantity that Home Assistant can convert."""

    def read(state: State, adjustment: Adjustment) -> T | None:
        """Read a state in the unit that the domain uses."""
        found, given = number(state), unit_of(state)
        if found is None or given not in converter.VALID_UNITS:
            return None
        return value(converter.convert(adjustment.apply(found), given, unit))

    return read


temperature = quantity(Temperature, TemperatureConverter, UnitOfTemperature.CELSIUS)


def hashrate(state: State, adjustment: Adjustment) -> HashRate | None:
    """Read a hash rate in any of its units."""
    found = number(state)
    unit = _HASHRATE_UNITS.get(str(unit_of(state)).lower())
    if found is None or unit is None:
        return None
    return HashRate(adjustment.apply(found), unit)


def fan_speed(state: State, adjustment: Adjustment) -> FanSpeed | None:
    """Read a fan's speed in rpm or percent."""
    found = number(state)
    unit = _FAN_UNITS.get(str(unit_of(state)).lower())
    if found is None or unit is None:
        return None
    return FanSpeed(adjustment.apply(found), unit)


def fan_speeds(state: State, adjustment: Adjustment) -> tuple[FanSpeed, ...] | None:
    """Read the speed of one fan in rpm as that of all there are."""
    speed = fan_speed(state, adjustment)
    if speed is None or speed.unit is not FanSpeedUnit.RPM:
        return None
    return (speed,)


def hashboards(state: State, adjustment: Adjustment) -> tuple[Hashboard, ...] | None:
    """Read the only board: how fast it hashes, or how hot it is."""
    if (speed := hashrate(state, adjustment)) is not None:
        return (Hashboard(hashrate=speed),)
    if (heat := temperature(state, adjustment)) is not None:
        return (Hashboard(board_temperature=heat),)
    return None


def switched_on(state: State, _adjustment: Adjustment) -> bool | None:
    """Read whether a switch is on."""
    return {STATE_ON: True, STATE_OFF: False}.get(state.state)


def status(state: State, _adjustment: Adjustment) -> MinerStatus | None:
    """Read a status from its name, or from on and off."""
    return status_named(state.state)


def model(state: State, _adjustment: Adjustment) -> DeviceInfo | None:
    """Read the name of the model."""
    name = state.state.strip()
    return DeviceInfo(model=name) if name else None


def operation(state: State, adjustment: Adjustment) -> OperationalData | None:
    """Read for how long the miner has been up, or since when."""
    uptime = _uptime_since(state)
    if uptime is None:
        uptime = _uptime_counted(state, adjustment)
    if uptime is None or uptime > _LONGEST_UPTIME:
        return None
    return OperationalData(uptime=uptime)


def _uptime_since(state: State) -> timedelta | None:
    """Return the time that has passed since the one that an entity shows."""
    started = dt_util.parse_datetime(state.state)
    if started is None or started.tzinfo is None:
        return None
    return max(dt_util.utcnow() - started, timedelta())


def _uptime_counted(state: State, adjustment: Adjustment) -> timedelta | None:
    """Return the time that an entity counts, and what passed since it told."""
    found, given = number(state), unit_of(state)
    if found is None or given not in DurationConverter.VALID_UNITS:
        return None
    seconds = DurationConverter.convert(
        adjustment.apply(found), given, UnitOfTime.SECONDS
    )
    age = max(dt_util.utcnow() - state.last_updated, timedelta())
    return max(timedelta(seconds=seconds), timedelta()) + age


def presets(state: State, _adjustment: Adjustment) -> Presets:
    """Read what can be selected, and what is."""
    options = tuple(map(str, state.attributes.get(ATTR_OPTIONS, ())))
    return Presets(options, state.state if state.state in options else None)


def power_limit(state: State, adjustment: Adjustment) -> PowerLimit | None:
    """Read a limit and its range in W."""
    read = setting(PowerConverter, UnitOfPower.WATT)
    found = read(state, adjustment)
    if found is None:
        return None
    return PowerLimit(found.value, found.minimum, found.maximum, found.step)


def tuning(state: State, adjustment: Adjustment) -> Tuning | None:
    """Read a clock and its range in MHz; an entity without a unit counts in MHz."""
    given = unit_of(state) or UnitOfFrequency.MEGAHERTZ
    found = _range(
        state, adjustment, FrequencyConverter, given, UnitOfFrequency.MEGAHERTZ
    )
    return None if found is None else Tuning(frequency=found)


def setting(
    converter: type[BaseUnitConverter], wanted: str
) -> Callable[[State, Adjustment], TuningRange | None]:
    """Return how to read a number that can be set, with its range, in a unit."""

    def read(state: State, adjustment: Adjustment) -> TuningRange | None:
        """Read the number of an entity that says in which unit it counts."""
        return _range(state, adjustment, converter, unit_of(state), wanted)

    return read


def _range(
    state: State,
    adjustment: Adjustment,
    converter: type[BaseUnitConverter],
    given: str | None,
    wanted: str,
) -> TuningRange | None:
    """Read a number with its range and its step in a unit."""
    value = number(state)
    low, high = state.attributes.get(ATTR_MIN), state.attributes.get(ATTR_MAX)
    if value is None or low is None or high is None:
        return None
    if given not in converter.VALID_UNITS:
        return None

    def converted(shown: float) -> float:
        """Return a number of the entity, without the noise of conversion."""
        return round(converter.convert(adjustment.apply(shown), given, wanted), 6)

    # A step is a difference, to which no offset applies; a scale may turn the range.
    step = abs(converted(state.attributes.get(ATTR_STEP, 1)) - converted(0))
    minimum, maximum = sorted((converted(low), converted(high)))
    if not (isfinite(minimum) and isfinite(maximum) and step > 0):
        return None
    return TuningRange(
        value=converted(value), minimum=minimum, maximum=maximum, step=step
    )


def firmware(state: State, _adjustment: Adjustment) -> Firmware | None:
    """Read which firmware is installed, and which is the latest."""
    told = state.attributes
    installed = told.get(ATTR_INSTALLED_VERSION)
    if not installed:
        return None
    features = told.get(ATTR_SUPPORTED_FEATURES, 0)
    return Firmware(
        installed=str(installed),
        latest=str(told.get(ATTR_LATEST_VERSION) or installed),
        release_url=told.get(ATTR_RELEASE_URL),
        can_install=bool(features & UpdateEntityFeature.INSTALL),
        is_installing=bool(told.get(ATTR_IN_PROGRESS)),
        progress=_percentage(told.get(ATTR_UPDATE_PERCENTAGE)),
    )


def fan_setting(state: State, adjustment: Adjustment) -> FanSetting | None:
    """Read how a fan is set: by a fan, by a number in percent, or by a switch."""
    if state.domain == FAN_DOMAIN:
        return _setting_of_fan(state)
    if (on := switched_on(state, adjustment)) is not None:
        return FanSetting(100 if on else 0)
    found = number(state)
    if found is None or unit_of(state) not in _PERCENT_UNITS:
        return None
    percent = _percentage(adjustment.apply(found))
    return None if percent is None else FanSetting(percent)


def _setting_of_fan(state: State) -> FanSetting:
    """Read how a fan is set; one without speeds runs at its only one."""
    if state.state != STATE_ON:
        return FanSetting(0)
    percent = _percentage(state.attributes.get(ATTR_PERCENTAGE))
    if percent is None and not has_speeds(state):
        percent = 100
    mode = state.attributes.get(ATTR_PRESET_MODE)
    automatic = mode is not None and mode == automatic_mode(state)
    return FanSetting(percent, automatic=automatic)


def _percentage(told: object) -> int | None:
    """Return a share of a fan's full speed, None if it cannot be one."""
    if isinstance(told, int | float) and 0 <= told <= 100:
        return round(told)
    return None


def has_speeds(state: State) -> bool:
    """Tell whether an entity is a fan whose speed can be set."""
    supported = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
    return state.domain == FAN_DOMAIN and bool(supported & FanEntityFeature.SET_SPEED)


def automatic_mode(state: State) -> str | None:
    """Return what a fan calls ruling itself, None if it cannot."""
    modes = state.attributes.get(ATTR_PRESET_MODES) or ()
    return next((mode for mode in modes if mode.lower() == AUTOMATIC), None)
