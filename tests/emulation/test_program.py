"""The program that runs a fleet: `python -m emulation`."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
import contextlib
import json
from pathlib import Path
import signal
import sys
from typing import Any

import pytest

from .support import free_port, new_address, occupied, until
from .test_plug import call

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fleet_address() -> str:
    """Return the address of the fleet's only device."""
    return new_address()


@pytest.fixture
def fleet_file(tmp_path: Path, fleet_address: str) -> Path:
    """Return a fleet file with a device that needs no privilege."""
    entry = {
        "name": "one",
        "kind": "whatsminer",
        "address": fleet_address,
        "plug": new_address(),
    }
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps({"devices": [entry]}))
    return path


@pytest.fixture
def port() -> str:
    """Return a free port."""
    return str(free_port())


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
    """One line says all; a signal ends it without a word."""
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
        async with asyncio.timeout(30):
            assert await process.wait() == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


async def test_ends_when_its_input_is_closed(fleet_file: Path, port: str) -> None:
    """A closed pipe is a signal to end."""
    arguments = ("--fleet", str(fleet_file), "--control-port", port)
    async with program(*arguments, stdin=PIPE) as process:
        await announcement(process)
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(30):
            assert await process.wait() == 0


async def test_ends_when_its_parent_dies(fleet_file: Path, port: str) -> None:
    """Nothing outlives the program that started it."""
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
    await parent.communicate()
    await until(lambda: not is_alive(child), 5.0)


async def test_reports_what_it_left_out(
    fleet_file: Path, fleet_address: str, port: str
) -> None:
    """Devices without their ports are named with the reason."""
    with occupied(fleet_address, 4028):
        arguments = ("--fleet", str(fleet_file), "--control-port", port)
        async with program(*arguments) as process:
            ready = await announcement(process)
    assert ready["devices"] == []
    assert ready["left_out"][0]["name"] == "one"
    assert "in use" in ready["left_out"][0]["reason"]


async def failure(*arguments: str) -> bytes:
    """Return the complaint of a program that cannot run."""
    async with program(*arguments) as process:
        output, errors = await process.communicate()
        assert process.returncode == 1
    assert output == b""
    return errors


@pytest.mark.parametrize("content", ["{", "{}", '{"devices": [{"kind": "avalon"}]}'])
async def test_says_what_is_wrong_with_a_file(
    content: str, port: str, tmp_path: Path
) -> None:
    """A bad file is one line of error."""
    path = tmp_path / "bad.json"
    path.write_text(content)
    errors = await failure("--fleet", str(path), "--control-port", port)
    assert errors.startswith(b"error: ")
    assert errors.count(b"\n") == 1


async def test_says_that_a_file_is_not_there(port: str) -> None:
    """A missing file is an error."""
    errors = await failure("--fleet", "/nowhere/fleet.json", "--control-port", port)
    assert b"No such file" in errors


async def test_says_that_its_port_is_taken(fleet_file: Path, port: str) -> None:
    """A control port in use is an error."""
    with occupied("127.0.0.1", int(port)):
        errors = await failure("--fleet", str(fleet_file), "--control-port", port)
    assert b"in use" in errors


def is_alive(process: int) -> bool:
    """Tell whether a process runs; one that only waits to be buried does not."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
