"""What tests know of each feature type and of each device, once for all of them.

A new feature type needs a row in `FEATURES`, and its name with each device in
`DEVICES` that has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.const import Platform

from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.values import FanSetting
from emulation import (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedElphapex,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
)

type Keys = dict[Platform, set[str]]
# An entity: its domain, device class, unit and state.
type Entity = tuple[str, str | None, str | None, str]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What shows a feature, what may serve it, and what it may be told.

    `keys` are those of the entities that it brings to a miner of four fans and three
    boards that has all there is. `entity` is one that fits it. `wish` is what a
    control takes that is more than to do it.
    """

    keys: Keys
    entity: Entity
    wish: object = True


def fans(count: int) -> set[str]:
    """Return the keys of a number of fans."""
    return {f"internal_fan_speed_{number}" for number in range(1, count + 1)}


def boards(count: int, *names: str) -> set[str]:
    """Return the keys of what each of a number of boards tells."""
    return {f"board_{n}_{name}" for n in range(1, count + 1) for name in names}


def joined(*parts: Keys) -> Keys:
    """Return the keys of several tables together."""
    return {
        platform: set().union(*(part.get(platform, ()) for part in parts))
        for platform in set().union(*parts)
    }


def _sensors(*keys: str) -> Keys:
    """Return the keys of sensors."""
    return {Platform.SENSOR: set(keys)}


# What anything brings that can make a miner draw less.
OF_POWER_TARGET: Final[Keys] = {
    Platform.NUMBER: {"power_target"},
    Platform.BUTTON: {"forget_learned_power"},
}

FEATURES: Final[Mapping[str, Feature]] = {
    "hashrate_monitoring": Feature(
        keys=_sensors("hashrate", "expected_hashrate"),
        entity=("sensor", None, "TH/s", "100"),
    ),
    "power_monitoring": Feature(
        keys=_sensors("power", "energy"),
        entity=("sensor", "power", "kW", "3.2"),
    ),
    "status_monitoring": Feature(
        keys=_sensors("status"),
        entity=("binary_sensor", "running", None, "on"),
    ),
    "chip_temperature_monitoring": Feature(
        keys=_sensors("chip_temperature"),
        entity=("sensor", "temperature", "°C", "70"),
    ),
    "board_temperature_monitoring": Feature(
        keys=_sensors("board_temperature"),
        entity=("sensor", "temperature", "°C", "60"),
    ),
    "inlet_temperature_monitoring": Feature(
        keys=_sensors("inlet_temperature"),
        entity=("sensor", "temperature", "°F", "77"),
    ),
    "outlet_temperature_monitoring": Feature(
        keys=_sensors("outlet_temperature"),
        entity=("number", "temperature", "°C", "45"),
    ),
    "room_temperature_monitoring": Feature(
        keys=_sensors("room_temperature"),
        entity=("sensor", "temperature", "°F", "68"),
    ),
    "fan_speed_internal_monitoring": Feature(
        keys={Platform.SENSOR: fans(4)},
        entity=("sensor", None, "rpm", "4000"),
    ),
    "fan_speed_external_monitoring": Feature(
        keys=_sensors("external_fan_speed"),
        entity=("input_number", None, "%", "50"),
    ),
    "voltage_monitoring": Feature(
        keys=_sensors("voltage"),
        entity=("sensor", "voltage", "V", "230"),
    ),
    "frequency_monitoring": Feature(
        keys=_sensors("frequency"),
        entity=("sensor", "frequency", "MHz", "525"),
    ),
    "mining_control": Feature(
        keys={Platform.SWITCH: {"mining"}},
        entity=("input_boolean", None, None, "on"),
    ),
    "power_control": Feature(
        keys={Platform.SWITCH: {"power"}},
        entity=("switch", "outlet", None, "on"),
    ),
    "internal_fan_control": Feature(
        keys={Platform.FAN: {"internal_fan"}},
        entity=("number", None, "%", "40"),
        wish=FanSetting(50),
    ),
    "external_fan_control": Feature(
        keys={Platform.FAN: {"external_fan"}},
        entity=("fan", None, None, "off"),
        wish=FanSetting(None, automatic=True),
    ),
    # The miner's device shows it.
    "model_detection": Feature(
        keys={},
        entity=("sensor", None, None, "S19 Pro"),
    ),
    "hashboard_monitoring": Feature(
        keys={
            Platform.SENSOR: boards(
                3,
                "chip_temperature",
                "board_temperature",
                "hashrate",
                "voltage",
                "frequency",
            )
        },
        entity=("sensor", None, "GH/s", "500"),
    ),
    "operational_monitoring": Feature(
        keys=_sensors(
            "uptime",
            "shares_accepted",
            "shares_rejected",
            "blocks_found",
            "best_difficulty",
            "active_pool",
            "errors",
        ),
        entity=("sensor", "duration", "h", "5"),
    ),
    "energy_monitoring": Feature(
        keys=_sensors("energy"),
        entity=("sensor", "energy", "kWh", "12.5"),
    ),
    "power_limit_control": Feature(
        keys=joined({Platform.NUMBER: {"power_limit"}}, OF_POWER_TARGET),
        entity=("number", "power", "W", "3000"),
        wish=1000.0,
    ),
    "preset_control": Feature(
        keys=joined({Platform.SELECT: {"preset"}}, OF_POWER_TARGET),
        entity=("select", None, None, "normal"),
        wish="eco",
    ),
    "restart_control": Feature(
        keys={Platform.BUTTON: {"reboot", "restart_mining"}},
        entity=("button", "restart", None, "unknown"),
    ),
    "locate_control": Feature(
        keys={Platform.SWITCH: {"locate"}},
        entity=("light", None, None, "off"),
    ),
    "max_power_detection": Feature(
        keys=_sensors("max_power"),
        entity=("sensor", "power", "W", "3250"),
    ),
    "max_hashrate_detection": Feature(
        keys=_sensors("max_hashrate"),
        entity=("sensor", None, "PH/s", "0.11"),
    ),
    "tuning_control": Feature(
        keys=joined(
            {Platform.NUMBER: {"tuning_frequency", "tuning_voltage"}}, OF_POWER_TARGET
        ),
        entity=("number", "frequency", "MHz", "525"),
        wish=525.0,
    ),
    "firmware_update": Feature(
        keys={Platform.UPDATE: {"firmware"}},
        entity=("update", "firmware", None, "off"),
    ),
}

# What an ASIC's own network API serves at least, one device or the other.
OF_NETWORK: Final = frozenset(
    {
        F.HASHRATE_MONITORING,
        F.POWER_MONITORING,
        F.STATUS_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.BOARD_TEMPERATURE_MONITORING,
        F.INLET_TEMPERATURE_MONITORING,
        F.OUTLET_TEMPERATURE_MONITORING,
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.VOLTAGE_MONITORING,
        F.FREQUENCY_MONITORING,
        F.MINING_CONTROL,
        F.INTERNAL_FAN_CONTROL,
        F.MODEL_DETECTION,
    }
)
# What most devices have.
_COMMON: Final = frozenset(
    {
        F.HASHRATE_MONITORING,
        F.STATUS_MONITORING,
        F.BOARD_TEMPERATURE_MONITORING,
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.FREQUENCY_MONITORING,
        F.MINING_CONTROL,
        F.MODEL_DETECTION,
        F.HASHBOARD_MONITORING,
        F.OPERATIONAL_MONITORING,
        F.RESTART_CONTROL,
        F.LOCATE_CONTROL,
    }
)
# What each device has, through pyasic.
DEVICES: Final[Mapping[type[EmulatedMiner], frozenset[F]]] = {
    EmulatedAntminer: _COMMON
    | {
        F.CHIP_TEMPERATURE_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.PRESET_CONTROL,
        F.MAX_HASHRATE_DETECTION,
    },
    EmulatedWhatsminer: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.INLET_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.POWER_LIMIT_CONTROL,
        F.PRESET_CONTROL,
        F.MAX_POWER_DETECTION,
        F.MAX_HASHRATE_DETECTION,
    },
    EmulatedBitaxe: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.MAX_POWER_DETECTION,
        F.MAX_HASHRATE_DETECTION,
    },
    EmulatedAvalonNano3: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.OUTLET_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.PRESET_CONTROL,
    },
    EmulatedVnish: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.POWER_LIMIT_CONTROL,
        F.PRESET_CONTROL,
        F.MAX_POWER_DETECTION,
        F.MAX_HASHRATE_DETECTION,
    },
    EmulatedLuxOs: _COMMON
    | {
        F.POWER_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.POWER_LIMIT_CONTROL,
        F.PRESET_CONTROL,
        F.MAX_POWER_DETECTION,
        F.MAX_HASHRATE_DETECTION,
    },
    EmulatedBraiins: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.INLET_TEMPERATURE_MONITORING,
        F.OUTLET_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.POWER_LIMIT_CONTROL,
        F.MAX_POWER_DETECTION,
        F.MAX_HASHRATE_DETECTION,
    },
    EmulatedAntminerS21: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.PRESET_CONTROL,
        F.MAX_HASHRATE_DETECTION,
    },
    # This firmware cannot be stopped, and has no light that it tells of.
    EmulatedAvalonNano3S: _COMMON
    - {F.BOARD_TEMPERATURE_MONITORING, F.MINING_CONTROL, F.LOCATE_CONTROL}
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.OUTLET_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.PRESET_CONTROL,
    },
    EmulatedAvalonQ: _COMMON - {F.BOARD_TEMPERATURE_MONITORING, F.LOCATE_CONTROL}
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.INLET_TEMPERATURE_MONITORING,
        F.OUTLET_TEMPERATURE_MONITORING,
        F.VOLTAGE_MONITORING,
        F.INTERNAL_FAN_CONTROL,
        F.PRESET_CONTROL,
    },
    EmulatedElphapex: _COMMON
    - {F.BOARD_TEMPERATURE_MONITORING, F.FREQUENCY_MONITORING, F.MINING_CONTROL}
    | {F.CHIP_TEMPERATURE_MONITORING},
    EmulatedWhatsminerV3: _COMMON
    | {
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.INLET_TEMPERATURE_MONITORING,
        F.POWER_LIMIT_CONTROL,
        F.PRESET_CONTROL,
        F.MAX_POWER_DETECTION,
        F.MAX_HASHRATE_DETECTION,
    },
}
