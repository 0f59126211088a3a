"""What each kind of device has entities for, and what its firmware lacks."""

from homeassistant.const import Platform
from homeassistant.helpers import entity_registry as er

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
from tests.features import Keys, boards, fans
from tests.integration.bench import Bench

# The platforms by whose entities a miner is told something.
CONTROLS = (
    Platform.BUTTON,
    Platform.FAN,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SWITCH,
)
# What every miner has, whatever is known of it.
ALWAYS: Keys = {Platform.BINARY_SENSOR: {"degraded"}, Platform.SENSOR: {"status"}}
OF_POWER = {"power", "energy", "efficiency"}

_COMMON = {
    "status",
    "hashrate",
    "expected_hashrate",
    "chip_temperature",
    "board_temperature",
    "frequency",
    "uptime",
    "shares_accepted",
    "shares_rejected",
    "active_pool",
}
_HEAT_AND_SPEED = ("chip_temperature", "board_temperature", "hashrate", "frequency")


EXPECTED: dict[type[EmulatedMiner], Keys] = {
    # It measures no power, and only the boards have a voltage, which it keeps secret.
    EmulatedAntminer: {
        Platform.SENSOR: _COMMON
        | {"max_hashrate", "blocks_found", "best_difficulty", "errors"}
        | fans(4)
        | boards(3, *_HEAT_AND_SPEED),
        Platform.SWITCH: {"mining", "locate"},
        Platform.FAN: {"internal_fan"},
        Platform.SELECT: {"preset"},
        Platform.NUMBER: {"power_target"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # Its fans rule themselves, come what may.
    EmulatedWhatsminer: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"inlet_temperature", "voltage", "max_power", "max_hashrate", "errors"}
        | fans(2)
        | boards(3, *_HEAT_AND_SPEED),
        Platform.SWITCH: {"mining", "locate"},
        Platform.NUMBER: {"power_target", "power_limit"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # It has one chip and no modes, and restarts its mining only with itself.
    EmulatedBitaxe: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"voltage", "max_power", "max_hashrate"}
        | {"blocks_found", "best_difficulty", "errors"}
        | fans(1),
        Platform.SWITCH: {"mining", "locate"},
        Platform.FAN: {"internal_fan"},
        Platform.BUTTON: {"reboot"},
    },
    EmulatedAvalonNano3: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"outlet_temperature", "voltage", "blocks_found", "best_difficulty"}
        | fans(1),
        Platform.SWITCH: {"mining", "locate"},
        Platform.SELECT: {"preset"},
        Platform.NUMBER: {"power_target"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    EmulatedVnish: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"voltage", "max_power", "max_hashrate"}
        | {"blocks_found", "best_difficulty", "errors"}
        | fans(4)
        | boards(3, *_HEAT_AND_SPEED, "voltage"),
        Platform.SWITCH: {"mining", "locate"},
        Platform.FAN: {"internal_fan"},
        Platform.NUMBER: {"power_target", "power_limit"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # Its boards have sensors, its chips have none.
    EmulatedLuxOs: {
        Platform.SENSOR: (_COMMON - {"chip_temperature"})
        | OF_POWER
        | {"max_power", "max_hashrate"}
        | {"blocks_found", "best_difficulty", "errors"}
        | fans(4)
        | boards(3, "board_temperature", "hashrate", "frequency"),
        Platform.SWITCH: {"mining", "locate"},
        Platform.FAN: {"internal_fan"},
        Platform.NUMBER: {"power_target", "power_limit"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # It has a power to aim at, and no presets.
    EmulatedBraiins: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"inlet_temperature", "outlet_temperature", "voltage"}
        | {"max_power", "max_hashrate"}
        | {"blocks_found", "best_difficulty", "errors"}
        | fans(4)
        | boards(3, *_HEAT_AND_SPEED, "voltage"),
        Platform.SWITCH: {"mining", "locate"},
        Platform.NUMBER: {"power_target", "power_limit"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # Its firmware tells the watts.
    EmulatedAntminerS21: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"max_hashrate", "blocks_found", "best_difficulty", "errors"}
        | fans(4)
        | boards(3, *_HEAT_AND_SPEED),
        Platform.SWITCH: {"mining", "locate"},
        Platform.FAN: {"internal_fan"},
        Platform.SELECT: {"preset"},
        Platform.NUMBER: {"power_target"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # Its module has no sensor on the board, and no light of its own.
    EmulatedAvalonNano3S: {
        Platform.SENSOR: (_COMMON - {"board_temperature"})
        | OF_POWER
        | {"outlet_temperature", "voltage", "blocks_found", "best_difficulty"}
        | fans(1),
        Platform.FAN: {"internal_fan"},
        Platform.SELECT: {"preset"},
        Platform.NUMBER: {"power_target"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    EmulatedAvalonQ: {
        Platform.SENSOR: (_COMMON - {"board_temperature"})
        | OF_POWER
        | {"inlet_temperature", "outlet_temperature", "voltage"}
        | {"blocks_found", "best_difficulty"}
        | fans(4),
        Platform.SWITCH: {"mining"},
        Platform.FAN: {"internal_fan"},
        Platform.SELECT: {"preset"},
        Platform.NUMBER: {"power_target"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
    # What writing does to it is not known, so that it is only read.
    EmulatedElphapex: {
        Platform.SENSOR: (_COMMON - {"board_temperature", "frequency"})
        | {"errors"}
        | fans(4)
        | boards(4, "chip_temperature", "hashrate"),
        Platform.SWITCH: {"locate"},
        Platform.BUTTON: {"reboot"},
    },
    # It counts no shares.
    EmulatedWhatsminerV3: {
        Platform.SENSOR: (_COMMON - {"shares_accepted", "shares_rejected"})
        | OF_POWER
        | {"inlet_temperature", "max_power", "max_hashrate", "errors"}
        | fans(2)
        | boards(3, *_HEAT_AND_SPEED),
        Platform.SWITCH: {"mining", "locate"},
        Platform.NUMBER: {"power_target", "power_limit"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"forget_learned_power", "reboot", "restart_mining"},
    },
}


def keys_of(miner: Bench, identifier: str | None = None) -> Keys:
    """Return the keys of all entities of a device, those too that are disabled."""
    identifier = identifier or miner.entry.entry_id
    device = miner.device(identifier)
    assert device
    found: Keys = {}
    registry = er.async_get(miner.hass)
    for entity in er.async_entries_for_device(
        registry, device.id, include_disabled_entities=True
    ):
        key = entity.unique_id.removeprefix(f"{identifier}_")
        found.setdefault(Platform(entity.domain), set()).add(key)
    return found
