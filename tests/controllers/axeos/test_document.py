"""What the documentation says that each family has is what its devices have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from custom_components.miner_control.controllers.axeos.controller import AxeosController
from custom_components.miner_control.controllers.axeos.families import FAMILIES
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.snapshot import Snapshot
from emulation.axeos import EmulatedAxe, EmulatedBitaxeTurbo

from .bench import VARIANTS, Bench
from .conftest import Linker

DOCUMENT = Path(__file__).parents[3] / "docs" / "devices.md"
NOTHING = "\N{EN DASH}"
# Of each column, a device with all that its family can have: its kind and options.
COLUMNS: dict[str, tuple[type[EmulatedAxe], dict[str, Any]]] = {
    "axeos": VARIANTS["axeos-2.15-turbo"],
    "nerdos": VARIANTS["nerdqaxe"],
    "nmaxe": VARIANTS["nmaxe"],
    "lucky": VARIANTS["lv08"],
    "axeforge": (EmulatedBitaxeTurbo, {"version": "v2.15.0-AxeForge-1.4.9"}),
}
FEATURES = {
    "Hashrate, power, chip temperature, fans, voltage, frequency, model": {
        F.HASHRATE_MONITORING,
        F.POWER_MONITORING,
        F.CHIP_TEMPERATURE_MONITORING,
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.VOLTAGE_MONITORING,
        F.FREQUENCY_MONITORING,
        F.MODEL_DETECTION,
    },
    "Board temperature": {F.BOARD_TEMPERATURE_MONITORING},
    "Status": {F.STATUS_MONITORING},
    "Shares, best difficulty, uptime, pool": {F.OPERATIONAL_MONITORING},
    "Maximum power": {F.MAX_POWER_DETECTION},
    "Maximum hashrate": {F.MAX_HASHRATE_DETECTION},
    "Start and stop": {F.MINING_CONTROL},
    "Fan": {F.INTERNAL_FAN_CONTROL},
    "Frequency, core voltage": {F.TUNING_CONTROL},
    "Presets": {F.PRESET_CONTROL},
    "Restart": {F.RESTART_CONTROL},
    "Light, for 30 s": {F.LOCATE_CONTROL},
    "Firmware": {F.FIRMWARE_UPDATE},
}
# A single board has no sensors of its own.
UNSEEN = {F.HASHBOARD_MONITORING}


def _tells(name: str) -> Callable[[Bench, Snapshot], bool]:
    """Return whether a device tells something of how mining goes."""
    return lambda _, found: getattr(found.operation, name) is not None


def _rules_fan(name: str) -> Callable[[Bench, Snapshot], bool]:
    """Return whether a device takes something that rules its automatic fan."""
    return lambda bench, found: (
        F.INTERNAL_FAN_CONTROL in bench.features and getattr(found, name) is not None
    )


READINGS: dict[str, Callable[[Bench, Snapshot], bool]] = {
    "Reasons of rejected shares": _tells("rejections"),
    "Whether the fallback pool is in use": _tells("is_on_fallback_pool"),
    "Response time of the pool": _tells("pool_response"),
    "Strength of the Wi-Fi": _tells("wifi_signal"),
    "Faults": _tells("errors"),
    "Each chip": _tells("chips"),
    "Averages of the hashrate": _tells("hashrate_1h"),
    "Tells changes by itself": lambda bench, _: (
        bench.controller._device is not None and bench.controller._device.can_push
    ),
    "Minimum speed of the fan": _rules_fan("fan_minimum"),
    "Target temperature of the fan": _rules_fan("fan_target"),
    "Fallback pool on and off": lambda bench, found: (
        F.PRESET_CONTROL in bench.features
        and found.operation is not None
        and found.operation.prefers_fallback_pool is not None
    ),
}


def table() -> dict[str, dict[str, str]]:
    """Return the table: the cell of each family, by the row."""
    text = DOCUMENT.read_text("utf-8").split("## Bitaxe and similar devices")[1]
    lines = [line for line in text.split("\n## ")[0].splitlines() if line[:1] == "|"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    _, _, *content = rows
    return {name: dict(zip(COLUMNS, cells, strict=True)) for name, *cells in content}


def test_everything_has_a_row() -> None:
    """Each family has a column, and each feature type and reading a row."""
    assert COLUMNS.keys() == {family.key for family in FAMILIES}
    assert table().keys() == FEATURES.keys() | READINGS.keys()
    told = set[F]().union(*FEATURES.values()) | UNSEEN
    assert told == AxeosController.supported_features()


@pytest.mark.parametrize("family", COLUMNS)
async def test_table_is_true(linked: Linker, family: str) -> None:
    """A cell says nothing where the device has nothing, and something where it has."""
    kind, options = COLUMNS[family]
    bench = await linked(kind, **options)
    found = await bench.refresh()
    has = {name: types <= bench.features for name, types in FEATURES.items()}
    has |= {name: test(bench, found) for name, test in READINGS.items()}
    said = {name: row[family] != NOTHING for name, row in table().items()}
    assert bench.capabilities.library_class == family
    assert said == has
