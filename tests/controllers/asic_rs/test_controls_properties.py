"""Whatever a device is told through asic-rs, the rest stays as it was."""

from typing import Any, cast

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from emulation import EmulatedMiner
from tests.controllers.pyasic.bench import Bench as OtherBench
from tests.controllers.pyasic.test_commands import personalise
from tests.controllers.pyasic.test_controls_properties import (
    LIMIT,
    TIME_SCALE,
    Step,
    carry_out,
    kept,
    meant_to_change,
    steps,
    without,
)
from tests.emulation.support import new_address, skip_unless_ports_free, until

from .bench import KINDS, F, link, short_limits


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(steps, min_size=1, max_size=6))
async def test_controls_leave_the_rest_alone(
    kind: type[EmulatedMiner], sequence: list[Step]
) -> None:
    """Pools, passwords, presets, limits and fans stay, unless they were to change."""
    skip_unless_ports_free(kind)
    device: Any = kind(new_address(), warm_up=0.1, boot=0.5, time_scale=TIME_SCALE)
    async with device:
        bench = await link(device)
        personalise(device)
        await bench.refresh()
        before = kept(device)
        same_steps = cast("OtherBench", bench)
        with short_limits(LIMIT):
            for step in sequence:
                await carry_out(step, same_steps)
        meant = meant_to_change(sequence, same_steps)
        if F.MINING_CONTROL in bench.features:
            await bench.controller.start_mining()
            await until(lambda: device.mining)
        assert without(kept(device), meant) == without(before, meant)
