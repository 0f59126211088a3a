"""The program that runs a fleet: `python -m emulation`."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
import contextlib
import json
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Any

import pytest

from .support import AddressPool
from .test_plug import call

ROOT = Path(__file__).parents[2]
POOL = AddressPool()


@pytest.fixture
def fleet_file(tmp_path: Path) -> Path:
    """Return a fleet file with a device that needs no privilege."""
    entry = {"name": "one", "kind": "whatsminer", "address": POOL(), "plug": POOL()}
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps({"devices": [entry]}))
    return path


@pytest.fixture
def port() -> str:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def program(*arguments: str, stdin: int = DEVNULL) -> AsyncIterator[Process]:
    """Run the program, and end it at the latest when it is no longer needed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "emulation",
        *arguments,
        cwd=ROOT,
        stdin=stdin,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def announcement(process: Process) -> dict[str, Any]:
    """Return what the program says when it is ready."""
    assert process.stdout is not None
    async with asyncio.timeout(10):
        line = await process.stdout.readline()
    content: dict[str, Any] = json.loads(line)
    return content


async def test_announces_itself_and_ends_at_a_signal(
    fleet_file: Path, port: str
) -> None:
    async with program("--fleet", str(fleet_file), "--control-port", port) as process:
        ready = await announcement(process)
        assert ready["control"] == f"http://127.0.0.1:{port}"
        assert ready["left_out"] == []
        (device,) = ready["devices"]
        status, state = await call("GET", device["plug"])
        assert status == 200
        assert state["power"] > 3000
        assert (await call("GET", f"{ready['control']}/devices"))[0] == 200
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


async def test_ends_when_its_input_is_closed(fleet_file: Path, port: str) -> None:
    arguments = ("--fleet", str(fleet_file), "--control-port", port)
    async with program(*arguments, stdin=PIPE) as process:
        await announcement(process)
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(5):
            assert await process.wait() == 0


async def test_ends_when_its_parent_dies(fleet_file: Path, port: str) -> None:
    script = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-m', 'emulation', *sys.argv[1:]],"
        " stdin=subprocess.DEVNULL);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script),
        *("--fleet", str(fleet_file), "--control-port", port),
        cwd=ROOT,
        stdout=PIPE,
    )
    assert parent.stdout is not None
    lines = {await parent.stdout.readline() for _ in range(2)}
    (child,) = (int(line) for line in lines if line.strip().isdigit())
    parent.kill()
    async with asyncio.timeout(5):
        # The pipe ends when the last of its writers is gone.
        await parent.communicate()
    assert not is_alive(child)


async def test_reports_what_it_left_out(fleet_file: Path, port: str) -> None:
    address = json.loads(fleet_file.read_text())["devices"][0]["address"]
    with socket.socket() as occupant:
        occupant.bind((address, 4028))
        occupant.listen()
        arguments = ("--fleet", str(fleet_file), "--control-port", port)
        async with program(*arguments) as process:
            ready = await announcement(process)
    assert ready["devices"] == []
    assert ready["left_out"][0]["name"] == "one"
    assert "in use" in ready["left_out"][0]["reason"]


@pytest.mark.parametrize("case", ["no file", "no json", "port taken"])
async def test_says_what_is_wrong(
    case: str, fleet_file: Path, port: str, tmp_path: Path
) -> None:
    occupant = socket.socket()
    if case == "no file":
        fleet_file.unlink()
    elif case == "no json":
        fleet_file.write_text("{")
    else:
        occupant.bind(("127.0.0.1", int(port)))
        occupant.listen()
    arguments = ("--fleet", str(fleet_file), "--control-port", port)
    with occupant:
        async with program(*arguments) as process:
            output, errors = await process.communicate()
    assert process.returncode == 1
    assert output == b""
    assert errors.startswith(b"error: ")
    assert errors.count(b"\n") == 1


def is_alive(process: int) -> bool:
    """Tell whether a process runs; one that only waits to be buried does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{process}")  # noqa: PTH110
