"""What the documents say of the two libraries is what they do."""

import pytest

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
)
from tests.controllers.pyasic.conftest import Runner
from tests.controllers.support import capabilities_at
from tests.metadata.documents import DOCS, table

from .bench import link

CONTROLLERS = DOCS / "controllers.md"
KINDS: dict[str, type[EmulatedMiner]] = {
    "Antminer S19 Pro, stock": EmulatedAntminer,
    "Antminer S21, stock": EmulatedAntminerS21,
    "Whatsminer, API 2": EmulatedWhatsminer,
    "VNish": EmulatedVnish,
    "LuxOS": EmulatedLuxOs,
    "Braiins OS 26.04": EmulatedBraiins,
    "Avalon Nano 3": EmulatedAvalonNano3,
    "Avalon Nano 3S": EmulatedAvalonNano3S,
    "Avalon Q": EmulatedAvalonQ,
    "Bitaxe, AxeOS": EmulatedBitaxe,
    "Elphapex DG1+": EmulatedElphapex,
}


@pytest.mark.parametrize("name", KINDS)
async def test_what_only_one_gives(name: str, run: Runner) -> None:
    """Each row names the features that one of the two lacks."""
    rows = {
        row["firmware"]: row for row in table(CONTROLLERS, "firmware", "only pyasic")
    }
    assert list(rows) == list(KINDS)
    device = await run(KINDS[name])
    first = (await capabilities_at(device.address)).features
    second = (await link(device)).features
    assert _keys(rows[name]["only pyasic"]) == {each.value for each in first - second}
    assert _keys(rows[name]["only asic-rs"]) == {each.value for each in second - first}


def _keys(cell: str) -> set[str]:
    """Return the features that a cell names."""
    names = (name.strip(" `") for name in cell.split(","))
    return {name for name in names if name not in ("", "\N{EN DASH}")}
