"""What each kind of device has entities for, and what its firmware lacks."""

from homeassistant.const import Platform
from homeassistant.helpers import entity_registry as er

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from tests.integration.bench import Bench

type Keys = dict[Platform, set[str]]

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


def fans(count: int) -> set[str]:
    """Return the keys of a number of fans."""
    return {f"internal_fan_speed_{number}" for number in range(1, count + 1)}


def boards(count: int, *names: str) -> set[str]:
    """Return the keys of what each of a number of boards tells."""
    return {f"board_{n}_{name}" for n in range(1, count + 1) for name in names}


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
        Platform.BUTTON: {"reboot", "restart_mining"},
    },
    # Its fans rule themselves, come what may.
    EmulatedWhatsminer: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"inlet_temperature", "voltage", "max_power", "max_hashrate", "errors"}
        | fans(2)
        | boards(3, *_HEAT_AND_SPEED),
        Platform.SWITCH: {"mining", "locate"},
        Platform.NUMBER: {"power_limit"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"reboot", "restart_mining"},
    },
    # It has one chip and no modes, and restarts its mining only with itself.
    EmulatedBitaxe: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"voltage", "max_power", "max_hashrate"}
        | {"blocks_found", "best_difficulty", "errors"}
        | fans(1)
        | boards(1, *_HEAT_AND_SPEED, "voltage"),
        Platform.SWITCH: {"mining", "locate"},
        Platform.FAN: {"internal_fan"},
        Platform.BUTTON: {"reboot"},
    },
    EmulatedAvalonNano3: {
        Platform.SENSOR: _COMMON
        | OF_POWER
        | {"outlet_temperature", "voltage", "blocks_found", "best_difficulty"}
        | fans(1)
        | boards(1, *_HEAT_AND_SPEED, "voltage"),
        Platform.SWITCH: {"mining", "locate"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"reboot", "restart_mining"},
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
        Platform.NUMBER: {"power_limit"},
        Platform.SELECT: {"preset"},
        Platform.BUTTON: {"reboot", "restart_mining"},
    },
}


def joined(*parts: Keys) -> Keys:
    """Return the keys of several tables together."""
    return {
        platform: set().union(*(part.get(platform, ()) for part in parts))
        for platform in set().union(*parts)
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
