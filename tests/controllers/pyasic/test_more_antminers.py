"""Antminers that are not like an S19: scrypt, an S9, and models nobody listed."""

from dataclasses import replace
from typing import ClassVar

import pytest

from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Frequency,
    HashRateUnit,
    Power,
    Temperature,
)
from emulation import EmulatedAntminerS21, EmulatedVnish
from emulation.antminer import EmulatedAntminerL7, EmulatedAntminerS9
from emulation.machine import Rating
from tests.emulation.support import until

from .bench import F, link, make_controller
from .conftest import Runner

GH = HashRateUnit.GH


class VnishL7(EmulatedVnish):
    """VNish on an L7, which tells everything in megahashes."""

    model: ClassVar[str] = "Antminer L7"
    # Its presets are those of an S19.
    per_terahash: ClassVar[float] = 100.0
    rate_unit: ClassVar[str] = "MH"
    rating: ClassVar[Rating] = replace(EmulatedVnish.rating, boards=4)


class NewAntminer(EmulatedAntminerS21):
    """An S23, which pyasic does not list, with the names of newer firmware."""

    kind: ClassVar[str] = "antminer-s23"
    model: ClassVar[str] = "Antminer S23 Hyd."


@pytest.mark.parametrize("kind", [EmulatedAntminerL7, VnishL7])
async def test_scrypt_is_told_in_megahashes(
    kind: type[EmulatedAntminerL7 | VnishL7], run: Runner
) -> None:
    """What is called gigahashes is none, of the whole and of each board."""
    device = await run(kind)
    bench = await link(device)
    assert bench.capabilities.hashrate_unit is GH
    assert bench.capabilities.boards == device.rating.boards == 4
    seen = await bench.refresh()
    assert seen.hashrate is not None
    assert seen.expected_hashrate is not None
    assert seen.hashrate.unit is GH
    assert seen.hashrate.value == pytest.approx(device.gigahashes / 1000, rel=0.01)
    assert 9 < seen.hashrate.value < 11
    assert seen.expected_hashrate.to(GH) == pytest.approx(device.ideal_rate / 1000)
    assert seen.hashboards is not None
    rates = [board.hashrate.to(GH) for board in seen.hashboards if board.hashrate]
    assert len(rates) == 4
    assert sum(rates) == pytest.approx(seen.hashrate.value, rel=0.01)


@pytest.mark.parametrize("kind", [EmulatedAntminerL7, VnishL7])
async def test_scrypt_at_rest(
    kind: type[EmulatedAntminerL7 | VnishL7], run: Runner
) -> None:
    """A stop is seen at once."""
    bench = await link(await run(kind))
    bench.device.pause()
    seen = await bench.refresh()
    assert seen.status is MinerStatus.IDLE
    assert seen.hashrate is not None
    assert seen.hashrate.value == 0


async def test_s9(run: Runner) -> None:
    """Its boards and fans are found at the numbers that they have."""
    device = await run(EmulatedAntminerS9)
    bench = await link(device)
    assert (bench.capabilities.boards, bench.capabilities.fans) == (3, 2)
    assert F.MINING_CONTROL not in bench.features
    seen = await bench.refresh()
    assert seen.hashrate is not None
    assert seen.hashrate.to(HashRateUnit.TH) == pytest.approx(device.hashrate)
    assert seen.internal_fan_speeds == (FanSpeed(device.fan_rpm),) * 2
    assert seen.frequency == Frequency(device.rating.frequency)
    assert seen.chip_temperature == Temperature(round(device.chip_temperature))
    assert seen.board_temperature == Temperature(round(device.board_temperature))
    assert seen.hashboards is not None
    assert [board.chips for board in seen.hashboards] == [device.rating.chips] * 3


async def test_model_that_nobody_listed(run: Runner) -> None:
    """It is known, read and ruled as those are that pyasic lists."""
    device = await run(NewAntminer)
    bench = await link(device)
    found = bench.capabilities
    assert (found.make, found.mac) == ("AntMiner", device.mac)
    assert (found.boards, found.fans) == (3, 4)
    assert {
        F.MINING_CONTROL,
        F.PRESET_CONTROL,
        F.INTERNAL_FAN_CONTROL,
    } <= found.features
    # As after a restart of Home Assistant.
    controller = make_controller(found, host=device.address)
    seen = await controller.async_refresh(found.features)
    assert seen.hashrate is not None
    assert seen.hashrate.to(HashRateUnit.TH) == pytest.approx(device.hashrate)
    assert seen.power == Power(round(device.own_watts))
    assert seen.internal_fan_speeds == (FanSpeed(device.fan_rpm),) * 4
    assert seen.chip_temperature is not None
    assert seen.board_temperature is not None
    assert seen.hashboards is not None
    assert all(board.chip_temperature for board in seen.hashboards)
    await controller.stop_mining()
    await until(lambda: not device.mining)
    assert (await controller.async_refresh(found.features)).status is MinerStatus.IDLE
    assert device.pools
