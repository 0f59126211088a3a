"""Nothing is missed in a time that leaps."""

import asyncio
from contextlib import suppress
import datetime as dt
import socket
import threading
import time

import aiohttp
from homeassistant.util import dt as dt_util
import pytest

from emulation import EmulatedBitaxe
from emulation.network import RPC_PORT
from emulation.transport import Listener, Reachability
from tests.emulation.support import new_address, skip_unless_ports_free
from tools.hurried import hurry
from tools.hurried.loop import BEGIN

ALL_BUT_NOTHING = 0.001


def test_sleeps_without_waiting() -> None:
    """A year passes, by all clocks, and in the right order."""

    async def main() -> list[str]:
        woken: list[str] = []

        async def sleep(days: float, name: str) -> None:
            await asyncio.sleep(days * 86_400)
            woken.append(name)

        async with asyncio.TaskGroup() as group:
            group.create_task(sleep(365, "late"))
            group.create_task(sleep(1, "early"))
        year = dt.timedelta(days=365)
        assert year < dt_util.utcnow() - BEGIN < year + dt.timedelta(seconds=1)
        assert dt.datetime.now(dt.UTC) - BEGIN >= year
        assert time.time() - BEGIN.timestamp() == pytest.approx(year.total_seconds())
        assert time.monotonic() == pytest.approx(year.total_seconds())
        return woken

    assert hurry(main) == ["early", "late"]


def test_time_is_real_again() -> None:
    """What reads the time afterwards reads the real one."""
    before = time.monotonic, time.time, dt.datetime, dt_util.utcnow

    async def main() -> None:
        assert (time.monotonic, time.time, dt.datetime, dt_util.utcnow) != before
        assert isinstance(BEGIN, dt.datetime)
        assert type(dt.datetime(2025, 1, 1, tzinfo=dt.UTC)) is before[2]

    hurry(main)
    assert (time.monotonic, time.time, dt.datetime, dt_util.utcnow) == before


def test_no_two_looks_at_the_clock_are_the_same() -> None:
    """Who compares two moments finds one of them earlier."""

    async def main() -> None:
        moments = [time.monotonic() for _ in range(100)]
        assert len(set(moments)) == len(moments)
        assert moments == sorted(moments)

    hurry(main)


def test_waits_for_threads() -> None:
    """What is done in a thread takes no time."""

    async def main() -> float:
        goes_on = threading.Event()
        asyncio.get_running_loop().call_later(60, goes_on.set)

        def work() -> bool:
            return goes_on.wait(0.05)

        assert not await asyncio.to_thread(work)
        return time.monotonic()

    assert hurry(main) < ALL_BUT_NOTHING


def test_no_request_sees_a_leap() -> None:
    """Answers come in the same moment, whatever else the loop would leap to."""
    skip_unless_ports_free(EmulatedBitaxe)

    async def main() -> None:
        async with (
            EmulatedBitaxe(new_address()) as device,
            aiohttp.ClientSession() as session,
        ):
            url = f"http://{device.address}/api/system/info"

            async def ask(often: int) -> None:
                for number in range(often):
                    begin = time.monotonic()
                    async with session.get(url) as answer:
                        assert (await answer.json())["power"] > 0
                    assert time.monotonic() - begin < ALL_BUT_NOTHING
                    await asyncio.sleep(number % 3)

            async with asyncio.TaskGroup() as group:
                for often in (10, 30, 50):
                    group.create_task(ask(often))

    hurry(main)


def test_waits_for_what_the_system_holds_back() -> None:
    """A small message behind another one waits for a confirmation, in real time."""

    async def main() -> float:
        address = new_address()

        async def answer(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
            for _ in range(5):
                await reader.read(1)
                for part in (b"a", b"b", b"c"):
                    writer.write(part)
                    await asyncio.sleep(0)
            writer.close()

        server = await asyncio.start_server(answer, address, RPC_PORT)
        async with server:
            reader, writer = await asyncio.open_connection(address, RPC_PORT)
            for _ in range(5):
                writer.write(b"?")
                assert await reader.readexactly(3) == b"abc"
            writer.close()
            return time.monotonic()

    assert hurry(main) < ALL_BUT_NOTHING


def test_gives_up_where_nothing_answers() -> None:
    """A port that swallows packets lets time pass, like a timer."""

    async def main() -> float:
        address = new_address()
        silent = Listener(address, RPC_PORT, asyncio.Protocol)
        silent.set(Reachability.SILENT)
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.open_connection(address, RPC_PORT)
        await silent.stop()
        return time.monotonic()

    assert hurry(main) == pytest.approx(10, abs=0.1)
