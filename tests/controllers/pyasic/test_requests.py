"""Only what somebody needs is asked of a device."""

import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
)

from .bench import Bench, F, link
from .conftest import Runner

ANTMINER, WHATSMINER = EmulatedAntminer, EmulatedWhatsminer

CGI = "GET /cgi-bin/"
SUMMARY, STATS = "rpc:summary", "rpc:stats"
VNISH_SUMMARY = "GET /api/v1/summary"
INFO = "GET /api/system/info"
# The settings, and with them by what the device is known.
CONF = {f"{CGI}get_miner_conf.cgi", f"{CGI}get_system_info.cgi"}
VNISH = {VNISH_SUMMARY, "GET /api/v1/info"}

# What each feature costs on top of the signs of life; parts of joined commands.
NEEDED: dict[type[EmulatedMiner], dict[F, set[str]]] = {
    ANTMINER: {
        F.POWER_MONITORING: set(),
        F.STATUS_MONITORING: CONF,
        F.MINING_CONTROL: CONF,
        F.INTERNAL_FAN_CONTROL: CONF,
        F.CHIP_TEMPERATURE_MONITORING: {f"{CGI}stats.cgi"},
        F.BOARD_TEMPERATURE_MONITORING: {f"{CGI}stats.cgi"},
        F.FAN_SPEED_INTERNAL_MONITORING: set(),
        F.FREQUENCY_MONITORING: {"GET /cgi-bin/stats.cgi"},
    },
    WHATSMINER: {
        F.POWER_MONITORING: set(),
        F.STATUS_MONITORING: {"rpc:status"},
        F.CHIP_TEMPERATURE_MONITORING: {"rpc:devs"},
        F.FREQUENCY_MONITORING: {"rpc:devs"},
        F.VOLTAGE_MONITORING: {"rpc:get_psu"},
        F.INLET_TEMPERATURE_MONITORING: set(),
    },
    EmulatedBitaxe: {
        F.POWER_MONITORING: set(),
        # The number of chips as well, but not each time.
        F.HASHRATE_MONITORING: set(),
        F.STATUS_MONITORING: set(),
        F.FREQUENCY_MONITORING: set(),
    },
    EmulatedAvalonNano3: {
        F.HASHRATE_MONITORING: set(),
        F.CHIP_TEMPERATURE_MONITORING: set(),
        F.STATUS_MONITORING: set(),
        F.POWER_MONITORING: set(),
        F.OPERATIONAL_MONITORING: {SUMMARY},
    },
    EmulatedVnish: {
        F.POWER_MONITORING: {VNISH_SUMMARY},
        F.STATUS_MONITORING: VNISH,
        F.VOLTAGE_MONITORING: VNISH,
        F.CHIP_TEMPERATURE_MONITORING: VNISH,
    },
    # All in one question; the state and by what it is known come with any of it.
    EmulatedLuxOs: {
        F.POWER_MONITORING: {"rpc:power"},
        F.STATUS_MONITORING: set(),
        F.BOARD_TEMPERATURE_MONITORING: {"rpc:devs"},
        F.FAN_SPEED_INTERNAL_MONITORING: {"rpc:fans"},
        F.INTERNAL_FAN_CONTROL: {"rpc:fans", "rpc:tempctrl"},
        # The profiles as well, but not each time.
        F.PRESET_CONTROL: set(),
    },
    EmulatedBraiins: {
        F.POWER_MONITORING: set(),
        F.STATUS_MONITORING: set(),
        F.CHIP_TEMPERATURE_MONITORING: {"grpc:GetHashboards"},
        F.FAN_SPEED_INTERNAL_MONITORING: {"grpc:GetCoolingState"},
        # The range as well, but not each time.
        F.POWER_LIMIT_CONTROL: {"grpc:GetMinerConfiguration"},
    },
    EmulatedWhatsminerV3: {
        F.POWER_MONITORING: set(),
        F.STATUS_MONITORING: set(),
        F.CHIP_TEMPERATURE_MONITORING: {"rpc:get.miner.status:edevs"},
        F.POWER_LIMIT_CONTROL: set(),
    },
}
SIGNS_OF_LIFE: dict[type[EmulatedMiner], set[str]] = {
    ANTMINER: {SUMMARY, STATS},
    WHATSMINER: {SUMMARY},
    EmulatedBitaxe: {INFO},
    EmulatedAvalonNano3: {"rpc:devs", "rpc:estats"},
    EmulatedVnish: {SUMMARY, STATS},
    EmulatedLuxOs: {SUMMARY, STATS, "rpc:config"},
    EmulatedBraiins: {"grpc:GetMinerDetails", "grpc:GetMinerStats"},
    EmulatedWhatsminerV3: {"rpc:get.device.info", "rpc:get.miner.status:summary"},
}


def parts(requests: set[str]) -> set[str]:
    """Return requests with joined commands taken apart."""
    return {
        f"rpc:{part}" if request.startswith("rpc:") else part
        for request in requests
        for part in (
            request.removeprefix("rpc:").split("+")
            if request.startswith("rpc:")
            else [request]
        )
    }


@pytest.mark.parametrize(
    ("kind", "feature"),
    [(kind, feature) for kind, found in NEEDED.items() for feature in found],
    ids=lambda value: getattr(value, "kind", str(value)),
)
async def test_one_feature(kind: type[EmulatedMiner], feature: F, run: Runner) -> None:
    """A feature costs what it needs, and nothing more."""
    bench = await link(await run(kind))
    asked = parts(await bench.requests(feature))
    assert asked - {"rpc:"} == SIGNS_OF_LIFE[kind] | NEEDED[kind][feature]


async def test_model_costs_nothing(bench: Bench) -> None:
    """What linking found out is not asked again."""
    alive = SIGNS_OF_LIFE[type(bench.device)]
    assert parts(await bench.requests(F.MODEL_DETECTION)) - {"rpc:"} == alive


async def test_whole_read_changes_nothing(bench: Bench) -> None:
    """Nothing is written by reading."""
    await bench.refresh()
    assert bench.device.commands == []
