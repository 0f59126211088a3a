"""What pyasic reads from each device is what the device truly does."""

import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    Pool,
)

from .conftest import Runner
from .support import identify, read, until

KINDS = [EmulatedAntminer, EmulatedWhatsminer, EmulatedBitaxe, EmulatedAvalonNano3]


@pytest.mark.parametrize("kind", KINDS)
async def test_hash_rate_and_uptime(kind: type[EmulatedMiner], run: Runner) -> None:
    """What is read is what is true."""
    device = await run(kind)
    data = await read(await identify(device.address))
    assert float(data.hashrate) == pytest.approx(device.hashrate, rel=1e-3)
    assert float(data.expected_hashrate) == pytest.approx(
        device.expected_hashrate, rel=1e-3
    )
    assert data.uptime == pytest.approx(device.uptime, abs=2)
    assert data.is_mining is True


@pytest.mark.parametrize("kind", KINDS)
async def test_boards_and_fans(kind: type[EmulatedMiner], run: Runner) -> None:
    """Boards add up to the whole, and fans turn as they do."""
    device = await run(kind)
    data = await read(await identify(device.address), "hashboards", "fans")
    assert len(data.hashboards) == kind.rating.boards
    total = sum(float(board.hashrate) for board in data.hashboards)
    assert total == pytest.approx(device.hashrate, rel=1e-3)
    for board in data.hashboards:
        assert board.missing is False
        assert board.chips == kind.rating.chips == board.expected_chips
    assert [fan.speed for fan in data.fans] == [device.fan_rpm] * kind.rating.fans


@pytest.mark.parametrize("kind", KINDS)
async def test_hash_rate_while_warming_up(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """The hash rate on the way up is read on the way up."""
    device = await run(kind, warm_up=20.0)
    library = await identify(device.address)
    device.restart_mining()
    await until(lambda: device.hashrate > 0)
    data = await read(library, "hashrate")
    assert 0 < float(data.hashrate) <= device.hashrate
    assert float(data.hashrate) < kind.rating.hashrate / 2


async def test_antminer(antminer: EmulatedAntminer) -> None:
    """The web interface tells who it is; nothing tells the watts."""
    data = await read(await identify(antminer.address))
    assert data.mac == antminer.mac.upper()
    assert data.serial_number == antminer.serial_number
    assert data.hostname == "Antminer"
    assert data.fw_ver == "Tue Dec  6 16:12:30 CST 2022"
    assert data.wattage is None
    assert data.errors == []
    assert data.fault_light is False
    board = data.hashboards[0]
    assert board.temp == pytest.approx(antminer.board_temperature, abs=1)
    assert board.chip_temp == pytest.approx(antminer.chip_temperature, abs=1)


async def test_antminer_problems(antminer: EmulatedAntminer) -> None:
    """What the firmware complains of is read."""
    antminer.problems["fans"] = "Fan lost"
    data = await read(await identify(antminer.address), "errors")
    assert [error.error_message for error in data.errors] == ["Fan lost"]


async def test_antminer_asleep(antminer: EmulatedAntminer) -> None:
    """Asleep it hashes nothing, and its sensors have no power."""
    library = await identify(antminer.address)
    antminer.pause()
    data = await read(library)
    assert data.is_mining is False
    assert float(data.hashrate) == 0
    assert {board.chip_temp for board in data.hashboards} == {0}


async def test_antminer_without_its_password(antminer: EmulatedAntminer) -> None:
    """Without it, only the RPC port is read."""
    library = await identify(antminer.address)
    antminer.password = "changed"
    data = await read(library)
    assert data.mac is None
    assert float(data.hashrate) == pytest.approx(110.0)
    library.web.pwd = "changed"
    assert (await read(library)).mac == antminer.mac.upper()


async def test_antminer_needs_eleven_connections(antminer: EmulatedAntminer) -> None:
    """A poll costs what it costs on a real device."""
    library = await identify(antminer.address)
    await until(lambda: antminer.open_connections == 0)
    before = antminer.connections
    await library.get_data()
    assert antminer.connections - before == 11
    assert antminer.requests["rpc:summary"] == 1


async def test_whatsminer(whatsminer: EmulatedWhatsminer) -> None:
    """Watts, limit and temperatures are read from the RPC port."""
    data = await read(await identify(whatsminer.address))
    assert data.mac == whatsminer.mac.upper()
    assert data.serial_number == whatsminer.serial_number
    assert data.hostname == "WhatsMiner"
    assert data.fw_ver == "20220915.14.REL"
    assert data.wattage == round(whatsminer.own_watts)
    assert data.wattage_limit == 3600
    assert data.env_temp == 24.0
    assert data.fan_psu == 7000
    assert data.fault_light is False
    board = data.hashboards[2]
    assert board.temp == pytest.approx(whatsminer.board_temperature, abs=1)
    assert board.chip_temp == pytest.approx(whatsminer.chip_temperature, abs=1)


async def test_whatsminer_errors(whatsminer: EmulatedWhatsminer) -> None:
    """Error codes are read."""
    whatsminer.error_codes = [110, 2010]
    data = await read(await identify(whatsminer.address), "errors")
    assert {error.error_code for error in data.errors} == {110, 2010}


async def test_whatsminer_stopped(whatsminer: EmulatedWhatsminer) -> None:
    """Stopped it says so, and draws next to nothing."""
    library = await identify(whatsminer.address)
    whatsminer.pause()
    await until(lambda: whatsminer.own_watts == 25.0)
    data = await read(library)
    assert data.is_mining is False
    assert float(data.hashrate) == 0
    assert data.wattage == 25


async def test_legacy_whatsminer_stopped_says_nothing(run: Runner) -> None:
    """Old firmware answers nothing when stopped."""
    device = await run(EmulatedWhatsminer, legacy=True)
    library = await identify(device.address)
    assert (await read(library)).is_mining is True
    device.pause()
    data = await read(library)
    assert data.is_mining is False
    assert data.hashrate is None
    assert data.wattage is None


async def test_bitaxe(bitaxe: EmulatedBitaxe) -> None:
    """One answer tells all there is."""
    data = await read(await identify(bitaxe.address))
    assert data.mac == bitaxe.mac.upper()
    assert data.hostname == "bitaxe"
    assert data.fw_ver == data.api_ver == "v2.14.1"
    assert data.wattage == round(bitaxe.own_watts)
    board = data.hashboards[0]
    assert board.chip_temp == pytest.approx(bitaxe.chip_temperature)
    assert board.temp == pytest.approx(bitaxe.board_temperature)
    assert board.voltage == 5093.75


async def test_bitaxe_paused_still_claims_to_mine(bitaxe: EmulatedBitaxe) -> None:
    """The library does not read the pause."""
    library = await identify(bitaxe.address)
    bitaxe.pause()
    data = await read(library)
    assert float(data.hashrate) == 0
    assert data.is_mining is True
    assert (await library.web.system_info())["miningPaused"] is True


@pytest.mark.parametrize(("version", "asked"), [("v2.14.1", 1), ("v2.8.0", 0)])
async def test_bitaxe_tells_its_chips_by_version(
    version: str, asked: int, run: Runner
) -> None:
    """New firmware tells the number of chips elsewhere."""
    device = await run(EmulatedBitaxe, version=version)
    await read(await identify(device.address))
    assert device.requests["GET /api/system/asic"] == asked


async def test_avalon(avalon: EmulatedAvalonNano3) -> None:
    """Its watts and MAC address are not found."""
    data = await read(await identify(avalon.address))
    assert data.mac is None
    assert data.wattage is None
    assert data.wattage_limit == 130
    assert data.fw_ver == "4.11.1"
    assert data.env_temp == pytest.approx(avalon.board_temperature, abs=1)
    assert data.hashboards[0].temp == pytest.approx(avalon.chip_temperature, abs=1)


async def test_vnish(vnish: EmulatedVnish) -> None:
    """RPC port and web interface are read together."""
    data = await read(await identify(vnish.address))
    assert float(data.hashrate) == pytest.approx(99.0)
    assert data.wattage == 2950
    assert data.wattage_limit == 2950
    assert data.mac == vnish.mac.upper()
    assert data.hostname == "antminer"
    assert data.fw_ver == "1.2.6"
    assert data.is_mining is True
    board = data.hashboards[0]
    # The library has these two the wrong way round.
    assert board.chip_temp == pytest.approx(vnish.board_temperature, abs=4)
    assert board.temp == pytest.approx(vnish.chip_temperature, abs=4)


async def test_vnish_failing_chain(vnish: EmulatedVnish) -> None:
    """A failed chain is read as an error."""
    vnish.failures[2] = "Chain break"
    data = await read(await identify(vnish.address), "errors")
    assert [error.error_message for error in data.errors] == ["Chain break"]


async def test_vnish_login_that_ran_out_costs_one_poll(vnish: EmulatedVnish) -> None:
    """The poll after it logs in again."""
    library = await identify(vnish.address)
    await read(library)
    vnish.end_sessions()
    with pytest.raises(Exception, match="Failed to send command"):
        await read(library)
    assert (await read(library)).wattage == 2950


@pytest.mark.parametrize("kind", [EmulatedAntminer, EmulatedWhatsminer])
async def test_pools(kind: type[EmulatedMiner], run: Runner) -> None:
    """Address, user and state of a pool are read."""
    device = await run(kind)
    device.pools = [Pool("stratum+ssl://one.example:443", "me.1")]
    data = await read(await identify(device.address), "pools")
    (pool,) = data.pools
    assert str(pool.url) == "stratum+ssl://one.example:443"
    assert pool.user == "me.1"
    assert pool.active is True
    assert pool.alive is True


PRESETS = [
    (EmulatedAntminer, "normal", None),
    (EmulatedWhatsminer, "Normal", 3600),
    (EmulatedBitaxe, "default", None),
    (EmulatedAvalonNano3, "high", 130),
    (EmulatedVnish, "2950", 2950),
]


@pytest.mark.parametrize(("kind", "preset", "limit"), PRESETS)
async def test_presets_and_limits(
    kind: type[EmulatedMiner], preset: str | None, limit: int | None, run: Runner
) -> None:
    """Every kind tells its mode and limit in the same way."""
    device = await run(kind)
    assert device.preset == preset
    assert device.power_limit == limit
