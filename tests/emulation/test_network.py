"""Sockets: ports that open, close and fall silent, and requests over them."""

import asyncio
import contextlib
import json
from pathlib import Path
import time

import aiohttp
import pytest

from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedWhatsminer,
    Fault,
)

from .conftest import Runner
from .support import ask, ask_raw, new_address, parse, until


async def connect(address: str, seconds: float = 0.3) -> None:
    """Open and close a connection to the RPC port."""
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(address, 4028)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_refused_before_start_and_after_stop(address: str) -> None:
    """A device listens only while it runs."""
    device = EmulatedWhatsminer(address)
    with pytest.raises(ConnectionRefusedError):
        await connect(address)
    async with device:
        await connect(address)
    with pytest.raises(ConnectionRefusedError):
        await connect(address)


async def test_starts_again(address: str) -> None:
    """A stopped device can be started again."""
    device = EmulatedWhatsminer(address)
    for _ in range(2):
        async with device:
            assert (await ask(address, "status"))["STATUS"] == "S"


async def test_taken_port_is_an_error_and_leaves_nothing(address: str) -> None:
    """A port in use is reported and left alone."""
    async with EmulatedWhatsminer(address):
        with pytest.raises(OSError, match="in use"):
            await EmulatedWhatsminer(address).start()
        await connect(address)


async def test_refusal_works_at_once_both_ways(whatsminer: EmulatedWhatsminer) -> None:
    """No connection slips through a change."""
    for _ in range(20):
        whatsminer.fault = Fault.REFUSE
        with pytest.raises(ConnectionRefusedError):
            await connect(whatsminer.address)
        whatsminer.fault = None
        await connect(whatsminer.address)


async def test_blackhole_swallows_connection_attempts(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """Connecting never ends, and works again afterwards."""
    whatsminer.fault = Fault.BLACKHOLE
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await connect(whatsminer.address, 0.15)
    whatsminer.fault = None
    await connect(whatsminer.address)


async def test_blackhole_outlasts_a_power_cut(whatsminer: EmulatedWhatsminer) -> None:
    """A device without power may be silent, too."""
    whatsminer.fault = Fault.BLACKHOLE
    await whatsminer.cut_power()
    with pytest.raises(TimeoutError):
        await connect(whatsminer.address, 0.15)


async def test_one_port_may_be_refused_alone(antminer: EmulatedAntminer) -> None:
    """The other port still answers."""
    antminer.inject(Fault.REFUSE, on="port:80")
    assert (await ask(antminer.address, "version"))["VERSION"]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://{antminer.address}/")


async def test_hang_holds_the_request_and_no_longer(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """A held request ends with its connection."""
    whatsminer.fault = Fault.HANG
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await ask(whatsminer.address, "summary")
    await until(lambda: whatsminer.open_connections == 0)
    whatsminer.fault = None
    assert await ask(whatsminer.address, "summary")
    assert whatsminer.requests["rpc:summary"] == 2


async def test_hanging_web_request_ends_with_its_client(bitaxe: EmulatedBitaxe) -> None:
    """So does one over HTTP."""
    bitaxe.fault = Fault.HANG
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await session.get(f"http://{bitaxe.address}/api/system/info")
    await until(lambda: bitaxe.open_connections == 0)


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.SLOW])
async def test_stop_ends_requests_in_progress(fault: Fault, run: Runner) -> None:
    """Nothing of a stopped device goes on."""
    device = await run(EmulatedAntminer)
    before = asyncio.all_tasks()
    device.fault = fault
    async with aiohttp.ClientSession() as session:
        waiting = [
            asyncio.create_task(ask(device.address, "summary")),
            asyncio.ensure_future(session.get(f"http://{device.address}/")),
        ]
        await until(lambda: device.requests.total() == 2)
        await device.stop()
        assert asyncio.all_tasks() - before <= set(waiting)
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, OSError) for result in results)


async def test_slow_answers_come_late(whatsminer: EmulatedWhatsminer) -> None:
    """An answer is late and right."""
    whatsminer.inject(Fault.SLOW, delay=0.2)
    before = time.monotonic()
    assert (await ask(whatsminer.address, "status"))["STATUS"] == "S"
    assert time.monotonic() - before >= 0.2


async def test_reset_is_a_reset(whatsminer: EmulatedWhatsminer) -> None:
    """The client sees a reset, not an end."""
    whatsminer.fault = Fault.RESET
    with pytest.raises(ConnectionResetError):
        await ask(whatsminer.address, "summary")


async def test_power_cut_resets_a_waiting_request(
    whatsminer: EmulatedWhatsminer,
) -> None:
    """A request in progress is cut off."""
    whatsminer.inject(Fault.SLOW, delay=5)
    waiting = asyncio.create_task(ask(whatsminer.address, "summary"))
    await until(lambda: whatsminer.open_connections == 1)
    await whatsminer.cut_power()
    with pytest.raises(ConnectionResetError):
        await waiting
    await until(lambda: whatsminer.open_connections == 0)


async def test_power_cut_resets_a_kept_web_connection(bitaxe: EmulatedBitaxe) -> None:
    """A connection that is kept open is cut off."""
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"http://{bitaxe.address}/api/system/info")
        await reply.read()
        assert bitaxe.open_connections == 1
        await bitaxe.cut_power()
        await until(lambda: bitaxe.open_connections == 0)
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://{bitaxe.address}/api/system/info")


async def test_request_may_come_in_pieces(whatsminer: EmulatedWhatsminer) -> None:
    """The end of a request is the end of its JSON."""
    request = json.dumps({"command": "get_version"})
    answer = await ask_raw(whatsminer.address, request[:5], request[5:12], request[12:])
    assert parse(answer)["Msg"]["fw_ver"]


async def test_plain_text_is_refused(avalon: EmulatedAvalonNano3) -> None:
    """The old text form of the API is refused."""
    answer = parse(await ask_raw(avalon.address, "summary"))
    assert answer["STATUS"][0]["STATUS"] == "E"
    assert answer["STATUS"][0]["Msg"] == "Invalid command"


async def test_counts_connections_and_requests(whatsminer: EmulatedWhatsminer) -> None:
    """The records tell total, peak and each request."""
    whatsminer.inject(Fault.SLOW, delay=0.05)
    await asyncio.gather(*(ask(whatsminer.address, "summary") for _ in range(7)))
    await ask(whatsminer.address, "summary+devs")
    assert whatsminer.connections == 8
    assert whatsminer.peak_connections == 7
    await until(lambda: whatsminer.open_connections == 0)
    assert whatsminer.requests == {"rpc:summary": 7, "rpc:summary+devs": 1}


async def test_error_status_over_rpc(whatsminer: EmulatedWhatsminer) -> None:
    """An error of the server is an error status here."""
    whatsminer.fault = Fault.HTTP_500
    assert (await ask(whatsminer.address, "summary"))["STATUS"] == "E"


async def test_garbage_truncation_and_emptiness(avalon: EmulatedAvalonNano3) -> None:
    """Bytes on the wire are what the fault makes of them."""
    whole = await ask_raw(avalon.address, '{"command":"version"}')
    answers = {}
    for fault in (Fault.GARBAGE, Fault.TRUNCATE, Fault.EMPTY):
        avalon.fault = fault
        answers[fault] = await ask_raw(avalon.address, '{"command":"version"}')
    assert answers[Fault.EMPTY] == b""
    # Further on stands the time of the answer.
    assert answers[Fault.TRUNCATE][:20] == whole[:20]
    assert len(answers[Fault.TRUNCATE]) == len(whole) // 2
    with pytest.raises(UnicodeDecodeError):
        answers[Fault.GARBAGE].decode()


async def test_hundreds_of_devices_leave_nothing_behind() -> None:
    """Many devices run at the same time and close every file."""
    before = open_files()
    async with contextlib.AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(EmulatedWhatsminer(new_address()))
            for _ in range(200)
        ]
        answers = await asyncio.gather(
            *(ask(device.address, "summary") for device in devices)
        )
        rates = [answer["SUMMARY"][0]["MHS 1m"] for answer in answers]
        assert rates == [pytest.approx(112e6)] * 200
    assert open_files() <= before
