"""A Whatsminer with the API 3, which asic-rs finds by its older port alone."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    NotAMinerError,
)
from custom_components.miner_control.domain.values import HashRateUnit
from emulation import EmulatedWhatsminer, EmulatedWhatsminerV3
from emulation.whatsminer import readings
from tests.controllers.pyasic.conftest import Runner

from .bench import Bench, F, link


@pytest.fixture
async def older(run: Runner, monkeypatch: pytest.MonkeyPatch) -> EmulatedWhatsminer:
    """Return what answers at the older port of a machine with newer firmware."""
    monkeypatch.setattr(readings, "_FIRMWARE", "20251209.16.Rel2")
    found: EmulatedWhatsminer = await run(EmulatedWhatsminer)
    return found


@pytest.fixture
async def bench(run: Runner, older: EmulatedWhatsminer) -> Bench:
    """Return a machine whose older port is open, and its controller."""
    device = await run(EmulatedWhatsminerV3, address=older.address, mac=older.mac)
    return await link(device)


async def test_is_not_found_where_the_older_port_is_closed(run: Runner) -> None:
    """That is how the emulated one is; pyasic finds it all the same."""
    with pytest.raises(NotAMinerError):
        await link(await run(EmulatedWhatsminerV3))


async def test_is_read_by_the_newer_api(
    bench: Bench, older: EmulatedWhatsminer
) -> None:
    """The older one tells which version it is, and nothing else."""
    await bench.refresh()
    bench.device.requests.clear()
    older.requests.clear()
    found = await bench.refresh()
    assert older.requests.total() == 0
    assert 0 < bench.device.requests.total() <= 3
    assert found.hashrate
    assert found.hashrate.to(HashRateUnit.TH) == pytest.approx(
        bench.device.hashrate, rel=0.05
    )
    assert found.power
    assert found.power.watts == pytest.approx(bench.device.own_watts, rel=0.05)
    assert found.presets
    assert found.presets.current == "normal"


async def test_is_commanded_by_the_newer_api(
    bench: Bench, older: EmulatedWhatsminer
) -> None:
    """It stops, starts, shows itself and restarts; the older API is told nothing."""
    await bench.refresh()
    controller, device = bench.controller, bench.device
    await controller.stop_mining()
    assert not device.mining
    await controller.start_mining()
    assert device.mining
    await controller.set_locating(locating=True)
    assert device.locating
    await controller.reboot()
    assert any("reboot" in command for command in device.commands)
    assert older.commands == []


async def test_limit_is_not_taken(bench: Bench) -> None:
    """The library writes it as a fraction, and that is said."""
    await bench.refresh()
    assert F.POWER_LIMIT_CONTROL in bench.features
    command: Callable[[float], Awaitable[Any]] = bench.controller.set_power_limit
    with pytest.raises(ControllerError):
        await command(2800)
    assert not any("limit" in told for told in bench.device.commands)
