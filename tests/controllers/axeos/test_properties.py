"""Whatever a device is told, and whatever goes wrong: pools and passwords stay."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.controllers.axeos.controller import AxeosController
from custom_components.miner_control.controllers.errors import ControllerError
from custom_components.miner_control.controllers.network import (
    controller as network_controller,
)
from custom_components.miner_control.domain.values import FanSetting
from emulation import Fault, Pool
from tests.controllers.fuzzing import profile
from tests.emulation.support import new_address, skip_unless_ports_free, until

from .bench import VARIANTS, link, secret_of

type Give = Callable[[AxeosController], Awaitable[None]]

LIMIT = 0.15
# What commands of ours may change; all else has to stay.
OURS = {
    "frequency",
    "coreVoltage",
    "autofanspeed",
    "manualFanSpeed",
    "fanspeed",
    "temptarget",
    "pidTargetTemp",
    "minFanSpeed",
    "useFallbackStratum",
    # Those of NMAxe's fan.
    "auto",
    "speed",
    "target",
}
COMMANDS: dict[str, Give] = {
    "stop": lambda c: c.stop_mining(),
    "start": lambda c: c.start_mining(),
    "reboot": lambda c: c.reboot(),
    "light on": lambda c: c.set_locating(locating=True),
    "light off": lambda c: c.set_locating(locating=False),
    "fan 40": lambda c: c.set_internal_fan(FanSetting(40)),
    "fan auto": lambda c: c.set_internal_fan(FanSetting(None, automatic=True)),
    "fan aims": lambda c: c.set_fan_rule(target=60),
    "fan aims too high": lambda c: c.set_fan_rule(target=120, minimum=50),
    "fan never less": lambda c: c.set_fan_rule(minimum=30),
    "fallback pool": lambda c: c.prefer_fallback_pool(fallback=True),
    "usual pool": lambda c: c.prefer_fallback_pool(fallback=False),
    "update": lambda c: c.install_firmware(),
    "restore": lambda c: c.restore_settings(),
    "slower": lambda c: c.set_tuning(frequency=525),
    "mad": lambda c: c.set_tuning(frequency=5000, voltage=3000),
    "less": lambda c: c.set_tuning(voltage=1150),
    "eco": lambda c: c.select_preset("eco"),
    "default": lambda c: c.select_preset("default"),
    "custom": lambda c: c.select_preset("custom"),
}
steps = st.tuples(
    st.sampled_from(sorted(COMMANDS)), st.none() | st.sampled_from(list(Fault))
)


@pytest.mark.parametrize("name", VARIANTS)
@profile(4)
@given(sequence=st.lists(steps, min_size=2, max_size=6))
async def test_commands_leave_the_rest_alone(
    hass: HomeAssistant, name: str, sequence: list[tuple[str, Fault | None]]
) -> None:
    """Nor is any clock or voltage ever beyond what the device offers."""
    kind, options = VARIANTS[name]
    skip_unless_ports_free(kind)
    device = kind(new_address(), warm_up=0.0, boot=0.05, time_scale=50.0, **options)
    device.pools = [
        Pool("stratum+tcp://one.example:1111", "worker.one", "secret one"),
        Pool("stratum+tcp://two.example:2222", "worker.two", "secret two"),
    ]
    async with device:
        bench = await link(hass, device, secret=secret_of(device))
        before = kept(device)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(network_controller, "COMMAND_TIMEOUT", LIMIT)
            for step, fault in sequence:
                device.inject(fault, delay=2 * LIMIT)
                with suppress(ControllerError):
                    await COMMANDS[step](bench.controller)
                device.fault = None
                await until(lambda: device.ready)
                board = device.board
                assert device.settings["frequency"] <= board.frequencies[-1]
                assert device.settings["coreVoltage"] <= board.voltages[-1]
                assert device.settings.get("temptarget", 60) <= 66
                assert device.settings.get("pidTargetTemp", 60) <= 65
        assert kept(device) == before


def kept(device: Any) -> dict[str, Any]:
    """Return what has to stay."""
    settings = {k: v for k, v in device.settings.items() if k not in OURS}
    assert settings or device.kind.startswith(("lucky", "nmaxe"))
    return settings | {"pools": deepcopy(device.pools)}
