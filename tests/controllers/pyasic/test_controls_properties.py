"""Whatever a device is told, and whatever goes wrong, the rest stays as it was."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.miner_control.controllers.errors import ControllerError
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.values import FanSetting
from emulation import (
    EmulatedAntminer,
    EmulatedMiner,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)
from tests.emulation.support import new_address, skip_unless_ports_free, until

from .bench import KINDS, Bench, F, link, settings_of, short_limits
from .test_commands import personalise

type Give = Callable[[PyasicController], Awaitable[None]]

TIME_SCALE = 100.0
LIMIT = 0.15

# What a control sets, by where the devices keep it.
FAN_KEPT = frozenset({"fan_pwm", "manual_fan"})
PRESET_KEPT = frozenset({"preset", "work_mode", "work_level", "power_mode"})
LIMIT_KEPT = frozenset({"power_limit", "target"})


@dataclass(frozen=True)
class Step:
    """One command, what it is meant to change, and what goes wrong meanwhile."""

    name: str
    give: Give = field(repr=False)
    needs: F
    changes: frozenset[str] = frozenset()
    fault: Fault | None = None


PRESET_NAMES = ("low", "normal", "medium", "high", "1500", "2950", "290MHz")
WATTS = (1100, 1900, 2500, 3350)


def fan(percent: int) -> Give:
    """Return the command that sets the fans."""
    return lambda controller: controller.set_internal_fan(FanSetting(percent))


def preset(name: str) -> Give:
    """Return the command that sets a preset."""
    return lambda controller: controller.select_preset(name)


def limit(watts: int) -> Give:
    """Return the command that limits the power."""
    return lambda controller: controller.set_power_limit(watts)


def light(*, lit: bool) -> Give:
    """Return the command that switches the light."""
    return lambda controller: controller.set_locating(locating=lit)


PLAIN = [
    ("stop", lambda controller: controller.stop_mining(), F.MINING_CONTROL),
    ("start", lambda controller: controller.start_mining(), F.MINING_CONTROL),
    ("reboot", lambda controller: controller.reboot(), F.RESTART_CONTROL),
    ("restart", lambda controller: controller.restart_mining(), F.RESTART_CONTROL),
    ("light on", light(lit=True), F.LOCATE_CONTROL),
    ("light off", light(lit=False), F.LOCATE_CONTROL),
]
COMMANDS = [
    *(Step(name, give, needs) for name, give, needs in PLAIN),
    *(
        Step(f"fan {percent}", fan(percent), F.INTERNAL_FAN_CONTROL, FAN_KEPT)
        for percent in (30, 80)
    ),
    *(
        Step(f"preset {name}", preset(name), F.PRESET_CONTROL, PRESET_KEPT)
        for name in PRESET_NAMES
    ),
    *(
        Step(f"limit {watts}", limit(watts), F.POWER_LIMIT_CONTROL, LIMIT_KEPT)
        for watts in WATTS
    ),
]

# Half of the commands meet a fault.
steps = st.builds(
    lambda step, fault: Step(step.name, step.give, step.needs, step.changes, fault),
    st.sampled_from(COMMANDS),
    st.none() | st.sampled_from(list(Fault)),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(steps, min_size=1, max_size=6))
async def test_controls_leave_the_rest_alone(
    kind: type[EmulatedMiner], sequence: list[Step]
) -> None:
    """Pools, passwords, presets, limits and fans stay, unless they were to change."""
    skip_unless_ports_free(kind)
    device = kind(new_address(), warm_up=0.1, boot=0.5, time_scale=TIME_SCALE)
    async with device:
        bench = await link(device)
        personalise(device)
        await bench.refresh()
        before = kept(device)
        with short_limits(LIMIT):
            for step in sequence:
                await carry_out(step, bench)
        meant = meant_to_change(sequence, bench)
        await bench.controller.start_mining()
        await until(lambda: device.mining)
        assert without(kept(device), meant) == without(before, meant)


async def carry_out(step: Step, bench: Bench) -> None:
    """Give a command under a fault, and wait until the device is itself again."""
    device = bench.device
    device.inject(step.fault, delay=2 * LIMIT)
    with suppress(ControllerError):
        await step.give(bench.controller)
    device.fault = None
    # Restarts, and switches of an Avalon, come up to 6 emulated seconds later.
    await asyncio.sleep(6.5 / TIME_SCALE)
    await until(lambda: bool(device.ready))


def meant_to_change(sequence: list[Step], bench: Bench) -> frozenset[str]:
    """Return what the commands given may change of a device that can do them."""
    names = frozenset[str]().union(
        *(step.changes for step in sequence if step.needs in bench.features)
    )
    # Presets and limits of VNish are one thing; a Whatsminer's are two.
    if names & (PRESET_KEPT | LIMIT_KEPT) and not isinstance(
        bench.device, EmulatedWhatsminer | EmulatedWhatsminerV3
    ):
        names |= PRESET_KEPT | LIMIT_KEPT
    if names & FAN_KEPT:
        names |= {"autofanspeed", "manualFanSpeed"}
    return names


def kept(device: Any) -> dict[str, Any]:
    """Return all that a device keeps, its settings one by one."""
    found = settings_of(device, but={"locating", "reboots", "settings"})
    found["pool passwords"] = [pool.password for pool in device.pools]
    return found | getattr(device, "settings", {}) if _is_bitaxe(device) else found


def without(found: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return settings less those that were meant to change."""
    return {name: value for name, value in found.items() if name not in names}


def _is_bitaxe(device: Any) -> bool:
    """Tell whether a device keeps its settings in a table."""
    return isinstance(getattr(device, "settings", None), dict)


async def test_a_wiped_pool_would_be_seen() -> None:
    """What the comparison rests on tells a loss from none."""
    device = EmulatedAntminer(new_address())
    before = kept(device)
    device.pools[0].password = "other"
    assert kept(device) != before
    device.pools[0].password = "x"
    assert kept(device) == before
    device.work_mode = 3
    assert without(kept(device), PRESET_KEPT) == without(before, PRESET_KEPT)
    assert kept(device) != before
