"""Tests of what a device does to itself because it was too hot."""

import pytest

from tests.emulation.support import until

from .bench import Bench
from .conftest import Linker


def lowered(bench: Bench) -> tuple[str, str] | None:
    """Return what the device is known to have lowered."""
    return bench.controller.settings_lowered


@pytest.mark.parametrize("variant", ["axeos-2.9", "axeos-2.15"])
async def test_what_heat_lowered_is_known_and_restored(
    linked: Linker, variant: str
) -> None:
    """A device that lowered its settings for good is told of, and set right again."""
    bench = await linked(variant, time_scale=600.0)
    before = (await bench.refresh()).tuning
    assert lowered(bench) is None

    clock = bench.device.settings["frequency"]
    bench.device.overheat()
    await until(
        lambda: bench.device.ready and bench.device.settings["frequency"] < clock
    )
    await bench.refresh()
    assert lowered(bench) is not None

    await bench.controller.restore_settings()
    after = (await bench.refresh()).tuning
    assert before is not None
    assert after is not None
    assert (after.frequency, after.voltage) == (before.frequency, before.voltage)
    assert lowered(bench) is None


async def test_own_lower_setting_is_not_taken_for_heat(linked: Linker) -> None:
    """Whoever lowers the settings meant it."""
    bench = await linked("axeos-2.15")
    await bench.refresh()
    await bench.controller.set_tuning(frequency=500, voltage=1100)
    await bench.refresh()
    assert lowered(bench) is None
