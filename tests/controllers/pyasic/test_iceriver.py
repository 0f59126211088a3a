"""IceRiver's own firmware.

The figures are those that the author of Mining Rig Monitor recorded of a KS5L
(ICM168_3_2_10_ks5L_miner, 2024) which called its temperatures not normal; what belongs
to a person is replaced. The firmware's page has the letters of the units, and the
number -1 of a board that is not there.
"""

from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.device import PyasicDevice
from custom_components.miner_control.controllers.pyasic.dialects import (
    Dialect,
    dialect_for,
)
from custom_components.miner_control.domain.features import MinerFeatureType
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    FanSpeed,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    Temperature,
)
from emulation.network import Json

EVERYTHING = frozenset(MinerFeatureType)
MAC = "00:12:34:56:78:9a"


RATES = ("5160.37G", "5629.50G", "4222.12G")
HEAT = ((61.0, 63.0), (57.0, 61.0), (62.0, 67.0))
FIRST = "stratum+tcp://first.example:4441"
SECOND = "stratum+tcp://second.example:4441"


def board(number: int, **other: Any) -> Json:
    """Return what is told of a board."""
    told = {"chipnum": 18.0, "freq": 875.0, "idealpow": "0.00G"}
    if 0 < number <= len(HEAT):
        cool, hot = HEAT[number - 1]
        told |= {"rtpow": RATES[number - 1], "intmp": cool, "outtmp": hot}
    return {"no": float(number), **told, **other}


def pool(url: str, accepted: float, connect: float) -> Json:
    """Return what is told of a pool."""
    return {"addr": url, "accepted": accepted, "rejected": 1.0, "connect": connect}


def panel(**other: Any) -> Json:
    """Return what the page is told."""
    return {
        "mac": MAC,
        "host": "miner",
        "softver1": "ICM168_3_2_10_ks5L_miner",
        "rtpow": "15011G",
        "avgpow": "10789G",
        "fans": [5900, 5900, 5900, 5855],
        "powstate": True,
        "netstate": True,
        "fanstate": True,
        "tempstate": True,
        "locate": False,
        "runtime": "01:04:29:02",
        "boards": [board(1), board(2), board(3)],
        "pools": [pool(FIRST, 12.0, -1.0), pool(SECOND, 7225.0, 1.0)],
        **other,
    }


def device(told: object) -> Dialect:
    """Return a device that tells what is given; nothing is contacted."""
    address = NetworkAddress(host="192.0.2.1")
    dialect = dialect_for(
        PyasicDevice.rebuild("192.0.2.1", "IceRiverKS5L", None, address)
    )
    dialect.miner.web.userpanel = AsyncMock(return_value=told)
    return dialect


async def read(**other: Any) -> Snapshot:
    """Read everything from what the page is told."""
    return await device({"error": 0, "data": panel(**other)}).read_extras(EVERYTHING)


async def test_everything() -> None:
    """One answer tells all; an ideal hash rate of 0 is none."""
    seen = await read()
    assert seen.hashrate == HashRate(15.011)
    assert seen.expected_hashrate is None
    assert seen.chip_temperature == Temperature(67)
    assert seen.board_temperature == Temperature(62)
    assert seen.frequency == Frequency(875)
    assert seen.internal_fan_speeds == tuple(map(FanSpeed, (5900, 5900, 5900, 5855)))
    assert seen.is_locating is False
    assert seen.hashboards is not None
    assert seen.hashboards[1] == Hashboard(
        chip_temperature=Temperature(61),
        board_temperature=Temperature(57),
        frequency=Frequency(875),
        hashrate=HashRate(5.6295),
        chips=18,
    )


async def test_work() -> None:
    """Shares are those of all pools; the pool is the one that is connected."""
    operation = (await read()).operation
    assert operation is not None
    assert operation.uptime == timedelta(days=1, hours=4, minutes=29, seconds=2)
    assert (operation.shares_accepted, operation.shares_rejected) == (7237, 2)
    assert operation.active_pool == SECOND
    assert operation.errors == ()


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        ("11258G", HashRate(11.258)),
        ("8.01T", HashRate(8.01)),
        ("0.00G", HashRate(0)),
        ("12 M", HashRate(12e-6)),
        ("", None),
        ("--", None),
        (None, None),
        ("5\N{KELVIN SIGN}", None),
    ],
)
async def test_letter_is_the_unit(told: object, rate: HashRate | None) -> None:
    """A hash rate is told in whatever unit fits it."""
    seen = (await read(rtpow=told)).hashrate
    if rate is None:
        assert seen is None
    else:
        assert seen is not None
        assert seen.unit is HashRateUnit.TH
        assert seen.value == pytest.approx(rate.value)


@pytest.mark.parametrize("told", ["15011", 15011.0, "15.011T"])
async def test_figure_without_a_letter(told: object) -> None:
    """It is in the unit that the page tells for all."""
    seen = (await read(rtpow=told, unit="G")).hashrate
    assert seen is not None
    assert seen.value == pytest.approx(15.011)


async def test_what_cannot_be() -> None:
    """Nothing runs for a century; a pool may say yes in place of a number."""
    yes = {"addr": FIRST, "connect": True}
    operation = (await read(runtime="99999:01:01:01", pools=[yes])).operation
    assert operation is not None
    assert operation.uptime is None
    assert operation.active_pool == FIRST


async def test_boards_that_are_there() -> None:
    """A board whose number is -1 is none; one that is missing leaves its place."""
    last = board(3, rtpow="4.2T", idealpow="4.5T")
    seen = await read(boards=[board(1, idealpow="5T"), board(-1), last])
    rates = [row.hashrate for row in seen.hashboards or ()]
    assert rates == [HashRate(5.16037), None, HashRate(4.2)]
    assert seen.expected_hashrate == HashRate(9.5)


@pytest.mark.parametrize("check", ["powstate", "netstate", "fanstate", "tempstate"])
async def test_check_is_no_stop(check: str) -> None:
    """What the page calls not normal is an error, and says nothing of a stop."""
    seen = await read(**{check: False})
    assert seen.operation is not None
    assert seen.operation.errors == (check,)
    assert seen.status is None


@pytest.mark.parametrize("told", [None, {}, {"error": 1, "data": None}, {"data": {}}])
async def test_nothing_is_made_up(told: object) -> None:
    """A device that tells nothing is known by nothing."""
    dialect = device(told)
    assert await dialect.read_extras(EVERYTHING) == Snapshot()
    assert await dialect.read_mac() is None
    assert await dialect.read_firmware_version() is None


async def test_identity() -> None:
    """It is known by its address; the version is the miner's, not the page's."""
    dialect = device({"data": panel(mac=MAC.replace(":", "-"))})
    assert await dialect.read_mac() == MAC
    assert await dialect.read_hostname() == "miner"
    assert await dialect.read_firmware_version() == "ICM168_3_2_10_ks5L_miner"
    assert await dialect.read_serial() is None


async def test_another_device() -> None:
    """It is seen before a command, whatever was read a moment ago."""
    dialect = device({"data": panel()})
    await dialect.read_extras(EVERYTHING)
    dialect.miner.web.userpanel.return_value = {"data": panel(mac="00:12:34:56:78:9b")}
    assert await dialect.read_mac() == "00:12:34:56:78:9b"
