"""What the documents say of each firmware, compared with what it is seen to do."""

from collections.abc import Mapping
from typing import Any

import pyasic
from pyasic.miners import backends
import pytest

from custom_components.miner_control.controllers.base import Capabilities
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import dialect_for
from custom_components.miner_control.domain.features import MinerFeatureType as F
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
from tests.controllers.support import capabilities_at
from tests.metadata.documents import DOCS, table

from .conftest import Runner

CONTROLLERS = DOCS / "controllers.md"
NOTHING = "\N{EN DASH}"
TRIED: Mapping[str, type[EmulatedMiner]] = {
    "Antminer, stock": EmulatedAntminer,
    "Whatsminer, API 2": EmulatedWhatsminer,
    "Bitaxe, AxeOS, through pyasic": EmulatedBitaxe,
    "Avalon Nano 3": EmulatedAvalonNano3,
    "VNish": EmulatedVnish,
}
ROWS: dict[str, set[str]] = {
    "Hashrate, status, model": {
        F.HASHRATE_MONITORING,
        F.STATUS_MONITORING,
        F.MODEL_DETECTION,
    },
    "Chip and board temperature": {
        F.CHIP_TEMPERATURE_MONITORING,
        F.BOARD_TEMPERATURE_MONITORING,
    },
    "Own fans, frequency, hash boards": {
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.FREQUENCY_MONITORING,
        F.HASHBOARD_MONITORING,
    },
    "Power": {F.POWER_MONITORING},
    "Inlet temperature": {F.INLET_TEMPERATURE_MONITORING},
    "Outlet temperature": {F.OUTLET_TEMPERATURE_MONITORING},
    "Voltage": {F.VOLTAGE_MONITORING},
    "Start and stop": {F.MINING_CONTROL},
    "Own fans, set": {F.INTERNAL_FAN_CONTROL},
    "Power limit": {F.POWER_LIMIT_CONTROL},
    "Presets": {F.PRESET_CONTROL},
    "Reboot": {"reboot"},
    "Restart mining": {"restart_mining"},
    "Light": {F.LOCATE_CONTROL},
    "Uptime, shares, pool": {
        "uptime",
        "shares_accepted",
        "shares_rejected",
        "active_pool",
    },
    "Blocks found, best difficulty": {"blocks_found", "best_difficulty"},
    "Errors": {"errors"},
    "Maximum power": {F.MAX_POWER_DETECTION},
    "Highest hashrate": {F.MAX_HASHRATE_DETECTION},
}
MORE: Mapping[str, type[EmulatedMiner]] = {
    "Antminer S21, stock": EmulatedAntminerS21,
    "Avalon Q": EmulatedAvalonQ,
    "Avalon Nano 3S": EmulatedAvalonNano3S,
    "Elphapex DG1+": EmulatedElphapex,
}
LATER: Mapping[str, type[EmulatedMiner]] = {
    "LuxOS": EmulatedLuxOs,
    "Braiins OS, since 2023": EmulatedBraiins,
    "Whatsminer, API 3": EmulatedWhatsminerV3,
}
# Where these tell a part of what others do.
PARTS: dict[str, set[str]] = {
    "Chip temperature": {F.CHIP_TEMPERATURE_MONITORING},
    "Board temperature": {F.BOARD_TEMPERATURE_MONITORING},
    "Own fans, hash boards": {
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.HASHBOARD_MONITORING,
    },
    "Frequency": {F.FREQUENCY_MONITORING},
    "Shares": {"shares_accepted", "shares_rejected"},
    "Uptime, pool": {"uptime", "active_pool"},
}
# Which of pyasic's classes stand for the firmware that was not emulated.
UNTRIED: Mapping[str, tuple[Any, ...]] = {
    "Antminer before the S17, stock": (backends.AntminerOld,),
    "Hiveon": (backends.HiveonModern,),
    "Braiins OS before 2023": (backends.BOSMiner,),
    "Avalon, other models": (backends.AvalonMiner,),
    "Lucky Miner, NerdAxe and other kin of the Bitaxe": (backends.LuckyMiner,),
    "Auradine": (backends.Auradine,),
    "MaraFW": (backends.MaraMiner,),
    "ePIC": (backends.ePIC,),
    "Goldshell": (backends.GoldshellMiner,),
    "IceRiver": (backends.IceRiver,),
    "Elphapex, BlackMiner": (backends.ElphapexMiner, backends.BlackMiner),
    "Innosilicon": (backends.Innosilicon,),
    "Fluminer, MSKMINER": (backends.Fluminer, backends.MSKMiner),
}


@pytest.mark.parametrize("name", TRIED)
async def test_tried_firmware(run: Runner, name: str) -> None:
    """Each cell says truly whether the firmware has what its row is about."""
    rows = table(CONTROLLERS, "feature", "Antminer, stock")
    assert [row["feature"] for row in rows] == list(ROWS)
    await _compare(await run(TRIED[name]), {row["feature"]: row[name] for row in rows})


@pytest.mark.parametrize("name", MORE)
async def test_more_firmware(run: Runner, name: str) -> None:
    """So does each cell of the table of further firmware."""
    rows = table(CONTROLLERS, "feature", "Antminer S21, stock")
    await _compare(await run(MORE[name]), {row["feature"]: row[name] for row in rows})


@pytest.mark.parametrize("name", LATER)
async def test_later_firmware(run: Runner, name: str) -> None:
    """And each of the table of firmware that tells its state itself."""
    rows = table(CONTROLLERS, "feature", "LuxOS")
    told = {row["feature"]: row[name] for row in rows}
    # The emulated device is one whose chips have none.
    if "sensors" in told["Chip temperature"]:
        told["Chip temperature"] = NOTHING
    await _compare(await run(LATER[name]), told)


async def _compare(device: EmulatedMiner, told: Mapping[str, str]) -> None:
    """Compare what a table tells of a firmware with what a device is found to have."""
    has = _all_of(await capabilities_at(device.address))
    for feature, cell in told.items():
        wanted = (ROWS | PARTS)[feature]
        if cell == NOTHING:
            assert not wanted & has, feature
        else:
            assert wanted <= has, feature


def _all_of(found: Capabilities) -> set[str]:
    """Return the names of all that a device was found to have."""
    buttons = {
        "reboot": found.can_reboot,
        "restart_mining": found.can_restart_mining,
    }
    return {
        *found.features,
        *found.readings,
        *(name for name, can in buttons.items() if can),
    }


def test_untried_firmware_is_complete() -> None:
    """The table has a row for each firmware that it is compared for."""
    rows = table(CONTROLLERS, "firmware", "power")
    assert [row["firmware"] for row in rows] == list(UNTRIED)


@pytest.mark.parametrize("row", table(CONTROLLERS, "firmware", "power"), ids=str)
def test_untried_firmware(row: dict[str, str]) -> None:
    """Each row says truly what the library and its dialect can do."""
    for library_class in UNTRIED[row["firmware"]]:
        device = PyasicDevice(library_class("127.0.0.1"), NetworkAddress(host=""))
        dialect = dialect_for(device)
        can = dialect.supported
        restarts = {"reboot": dialect.can_reboot, "mining": dialect.can_restart_mining}
        assert _says(row["power"]) is device.implements("_get_wattage")
        # AxeOS is only seen to have these once it answers.
        if "AxeOS" not in row["light"]:
            assert _says(row["start and stop"]) is (F.MINING_CONTROL in can)
            assert _says(row["light"]) is (F.LOCATE_CONTROL in can)
        told = row["restart"].split(", ")
        assert {name: name in told for name in restarts} == restarts


def _says(cell: str) -> bool:
    """Tell whether a cell says that there is something."""
    return cell != NOTHING


def test_version_of_the_library() -> None:
    """The documents name the release of the library that is used."""
    release = ".".join(pyasic.__version__.split(".")[:2])
    for name in ("controllers.md", "devices.md"):
        assert f"pyasic) {release}" in (DOCS / name).read_text(encoding="utf-8")
