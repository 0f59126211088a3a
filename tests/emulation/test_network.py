"""Sockets: ports that open, close and fall silent, and requests over them."""

import asyncio
import contextlib
import json
import os
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

from .support import AddressPool, ask, ask_raw, parse, until


async def connect(address: str, seconds: float = 0.3) -> None:
    """Open and close a connection to the RPC port."""
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(address, 4028)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_refused_before_start_and_after_stop(address: str) -> None:
    device = EmulatedWhatsminer(address)
    with pytest.raises(ConnectionRefusedError):
        await connect(address)
    async with device:
        await connect(address)
    with pytest.raises(ConnectionRefusedError):
        await connect(address)


async def test_starts_again(address: str) -> None:
    device = EmulatedWhatsminer(address)
    for _ in range(2):
        async with device:
            assert (await ask(address, "status"))["STATUS"] == "S"


async def test_taken_port_is_an_error_and_leaves_nothing(address: str) -> None:
    async with EmulatedWhatsminer(address):
        with pytest.raises(OSError, match="in use"):
            await EmulatedWhatsminer(address).start()
        await connect(address)


async def test_refusal_works_at_once_both_ways(whatsminer: EmulatedWhatsminer) -> None:
    for _ in range(20):
        whatsminer.fault = Fault.REFUSE
        with pytest.raises(ConnectionRefusedError):
            await connect(whatsminer.address)
        whatsminer.fault = None
        await connect(whatsminer.address)


async def test_blackhole_swallows_connection_attempts(
    whatsminer: EmulatedWhatsminer,
) -> None:
    whatsminer.fault = Fault.BLACKHOLE
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await connect(whatsminer.address, 0.15)
    whatsminer.fault = None
    await connect(whatsminer.address)


async def test_blackhole_outlasts_a_power_cut(whatsminer: EmulatedWhatsminer) -> None:
    whatsminer.fault = Fault.BLACKHOLE
    await whatsminer.cut_power()
    with pytest.raises(TimeoutError):
        await connect(whatsminer.address, 0.15)


async def test_one_port_may_be_refused_alone(antminer: EmulatedAntminer) -> None:
    antminer.inject(Fault.REFUSE, on="port:80")
    assert (await ask(antminer.address, "version"))["VERSION"]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://{antminer.address}/")


async def test_hang_holds_the_request_and_no_longer(
    whatsminer: EmulatedWhatsminer,
) -> None:
    whatsminer.fault = Fault.HANG
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await ask(whatsminer.address, "summary")
    await until(lambda: whatsminer.open_connections == 0)
    whatsminer.fault = None
    assert await ask(whatsminer.address, "summary")
    assert whatsminer.requests["rpc:summary"] == 2


async def test_hanging_web_request_ends_with_its_client(bitaxe: EmulatedBitaxe) -> None:
    bitaxe.fault = Fault.HANG
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await session.get(f"http://{bitaxe.address}/api/system/info")
    await until(lambda: bitaxe.open_connections == 0)


async def test_slow_answers_come_late(whatsminer: EmulatedWhatsminer) -> None:
    whatsminer.inject(Fault.SLOW, delay=0.2)
    before = time.monotonic()
    assert (await ask(whatsminer.address, "status"))["STATUS"] == "S"
    assert 0.2 <= time.monotonic() - before < 1.0


async def test_reset_is_a_reset(whatsminer: EmulatedWhatsminer) -> None:
    whatsminer.fault = Fault.RESET
    with pytest.raises(ConnectionResetError):
        await ask(whatsminer.address, "summary")


async def test_power_cut_resets_a_waiting_request(
    whatsminer: EmulatedWhatsminer,
) -> None:
    whatsminer.inject(Fault.SLOW, delay=5)
    waiting = asyncio.create_task(ask(whatsminer.address, "summary"))
    await until(lambda: whatsminer.open_connections == 1)
    await whatsminer.cut_power()
    with pytest.raises(ConnectionResetError):
        await waiting
    await until(lambda: whatsminer.open_connections == 0)


async def test_power_cut_resets_a_kept_web_connection(bitaxe: EmulatedBitaxe) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"http://{bitaxe.address}/api/system/info")
        await reply.read()
        assert bitaxe.open_connections == 1
        await bitaxe.cut_power()
        await until(lambda: bitaxe.open_connections == 0)
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://{bitaxe.address}/api/system/info")


async def test_request_may_come_in_pieces(whatsminer: EmulatedWhatsminer) -> None:
    request = json.dumps({"command": "get_version"})
    answer = await ask_raw(whatsminer.address, request[:5], request[5:12], request[12:])
    assert parse(answer)["Msg"]["fw_ver"]


async def test_plain_text_is_refused(avalon: EmulatedAvalonNano3) -> None:
    answer = parse(await ask_raw(avalon.address, "summary"))
    assert answer["STATUS"][0]["STATUS"] == "E"
    assert answer["STATUS"][0]["Msg"] == "Invalid command"


async def test_counts_connections_and_requests(whatsminer: EmulatedWhatsminer) -> None:
    whatsminer.inject(Fault.SLOW, delay=0.05)
    await asyncio.gather(*(ask(whatsminer.address, "summary") for _ in range(7)))
    await ask(whatsminer.address, "summary+devs")
    assert whatsminer.connections == 8
    assert whatsminer.peak_connections == 7
    await until(lambda: whatsminer.open_connections == 0)
    assert whatsminer.requests == {"rpc:summary": 7, "rpc:summary+devs": 1}


async def test_error_status_over_rpc(whatsminer: EmulatedWhatsminer) -> None:
    whatsminer.fault = Fault.HTTP_500
    assert (await ask(whatsminer.address, "summary"))["STATUS"] == "E"


async def test_garbage_truncation_and_emptiness(avalon: EmulatedAvalonNano3) -> None:
    whole = await ask_raw(avalon.address, '{"command":"version"}')
    answers = {}
    for fault in (Fault.GARBAGE, Fault.TRUNCATE, Fault.EMPTY):
        avalon.fault = fault
        answers[fault] = await ask_raw(avalon.address, '{"command":"version"}')
    assert answers[Fault.EMPTY] == b""
    assert whole.startswith(answers[Fault.TRUNCATE])
    assert len(answers[Fault.TRUNCATE]) == len(whole) // 2
    with pytest.raises(UnicodeDecodeError):
        answers[Fault.GARBAGE].decode()


async def test_hundreds_of_devices_leave_nothing_behind() -> None:
    pool = AddressPool()
    before = len(os.listdir("/proc/self/fd"))
    async with contextlib.AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(EmulatedWhatsminer(pool()))
            for _ in range(200)
        ]
        answers = await asyncio.gather(
            *(ask(device.address, "summary") for device in devices)
        )
        rates = [answer["SUMMARY"][0]["MHS 1m"] for answer in answers]
        assert rates == [pytest.approx(112e6)] * 200
    assert len(os.listdir("/proc/self/fd")) <= before
