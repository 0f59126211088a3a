"""How each fault looks through pyasic's `get_data`."""

import asyncio
from json import JSONDecodeError
from typing import Any

from pyasic import APIError
import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    Fault,
)

from .conftest import Runner
from .support import identify, read

ANTMINER = EmulatedAntminer
AVALON = EmulatedAvalonNano3
BITAXE = EmulatedBitaxe
VNISH = EmulatedVnish
WHATSMINER = EmulatedWhatsminer

NOTHING = "nothing read, nothing raised"
BROKEN = [Fault.TRUNCATE, Fault.EMPTY, Fault.HTTP_500]

type Outcome = str | type[Exception] | tuple[type[Exception], ...]

TABLE: list[tuple[type[EmulatedMiner], Fault, Outcome]] = [
    (ANTMINER, Fault.REFUSE, NOTHING),
    (BITAXE, Fault.REFUSE, APIError),
    (WHATSMINER, Fault.REFUSE, NOTHING),
    (AVALON, Fault.REFUSE, NOTHING),
    (VNISH, Fault.REFUSE, APIError),
    *((kind, Fault.HANG, TimeoutError) for kind in (ANTMINER, WHATSMINER, AVALON)),
    *((kind, Fault.BLACKHOLE, TimeoutError) for kind in (BITAXE, WHATSMINER, VNISH)),
    (ANTMINER, Fault.GARBAGE, UnicodeDecodeError),
    (BITAXE, Fault.GARBAGE, APIError),
    (WHATSMINER, Fault.GARBAGE, NOTHING),
    (AVALON, Fault.GARBAGE, NOTHING),
    (VNISH, Fault.GARBAGE, UnicodeDecodeError),
    *((ANTMINER, fault, NOTHING) for fault in BROKEN),
    *((BITAXE, fault, APIError) for fault in BROKEN),
    *((WHATSMINER, fault, NOTHING) for fault in BROKEN),
    *((AVALON, fault, NOTHING) for fault in BROKEN),
    *((VNISH, fault, (APIError, JSONDecodeError)) for fault in BROKEN),
    (ANTMINER, Fault.RESET, ConnectionResetError),
    (BITAXE, Fault.RESET, APIError),
    (WHATSMINER, Fault.RESET, ConnectionResetError),
    (AVALON, Fault.RESET, ConnectionResetError),
    (VNISH, Fault.RESET, (ConnectionResetError, APIError)),
    (VNISH, Fault.REJECT_LOGIN, APIError),
    *((kind, Fault.NULLS, APIError) for kind in (ANTMINER, BITAXE, WHATSMINER)),
]


@pytest.mark.parametrize(("kind", "fault", "outcome"), TABLE)
async def test_get_data(
    kind: type[EmulatedMiner], fault: Fault, outcome: Outcome, run: Runner
) -> None:
    """A fault ends in the same way every time."""
    device, library = await start(kind, run)
    device.fault = fault
    if isinstance(outcome, str):
        assert_nothing(await library.get_data())
        return
    with pytest.raises(outcome):
        async with asyncio.timeout(patience(fault)):
            await library.get_data()


@pytest.mark.parametrize("kind", [ANTMINER, BITAXE, WHATSMINER, AVALON, VNISH])
async def test_works_again_after_every_fault(
    kind: type[EmulatedMiner], run: Runner
) -> None:
    """The same object reads the truth once the fault is over."""
    device, library = await start(kind, run)
    for fault in (Fault.REFUSE, Fault.RESET, Fault.GARBAGE, Fault.HANG):
        device.fault = fault
        await attempt(library, patience(fault))
    device.fault = None
    await attempt(library, patience(None))  # a login that was lost costs one poll
    assert float((await read(library)).hashrate) == pytest.approx(device.hashrate)


async def test_refused_bitaxe_without_configuration_reads_nothing(
    bitaxe: EmulatedBitaxe,
) -> None:
    """An offline device looks as if it mined."""
    library = await identify(bitaxe.address)
    bitaxe.fault = Fault.REFUSE
    data = await read(library)
    assert data.hashrate is None
    assert data.is_mining is True


@pytest.mark.parametrize("kind", [ANTMINER, WHATSMINER])
async def test_missing_fields_are_none(kind: type[EmulatedMiner], run: Runner) -> None:
    """What is not in the answer is None, and no more."""
    device, library = await start(kind, run)
    device.fault = Fault.MISSING
    data = await read(library, "hashrate", "uptime", "mac")
    assert data.hashrate is None
    assert data.uptime is None
    assert data.mac == device.mac.upper()


async def test_login_rejected_leaves_the_open_half(antminer: EmulatedAntminer) -> None:
    """The RPC port needs no login, the web interface does."""
    library = await identify(antminer.address)
    antminer.fault = Fault.REJECT_LOGIN
    data = await read(library)
    assert float(data.hashrate) == pytest.approx(110.0)
    assert data.mac is None
    assert data.hostname is None
    assert all(board.hashrate is None for board in data.hashboards)


async def start(kind: type[EmulatedMiner], run: Runner) -> tuple[EmulatedMiner, Any]:
    """Start a device that pyasic knows for what it is."""
    options = {"socket_delay": 0.1} if kind is VNISH else {}
    device = await run(kind, **options)
    library = await identify(device.address)
    return device, library


def patience(fault: Fault | None) -> float:
    """Return the seconds to wait: few only where no answer ever comes."""
    return 0.25 if fault in (Fault.HANG, Fault.BLACKHOLE) else 30.0


async def attempt(library: Any, seconds: float) -> None:
    """Poll, come what may."""
    try:
        async with asyncio.timeout(seconds):
            await read(library)
    except APIError, OSError, ValueError:
        return


def assert_nothing(data: Any) -> None:
    """Assert that not a single value was read."""
    assert data.hashrate is None
    assert data.uptime is None
    assert data.mac is None
    assert data.wattage is None
    assert all(board.hashrate is None for board in data.hashboards)
    assert all(not fan.speed for fan in data.fans)
