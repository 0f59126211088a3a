"""Child processes do not outlive the program that started them."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

# A child that starts a child of its own and obeys no polite request.
CHILD = "trap '' TERM; sleep 600 & echo $$ $! >pids; wait; sleep 600"

PARENT = """
import asyncio, os
from pathlib import Path
from tools.home import processes

processes.GRACE = 0.2

async def main():
    async with processes.Family() as family:
        await family.start(
            "child", ["/bin/sh", "-c", {child!r}],
            folder=Path({folder!r}), environment=os.environ,
            log=Path({folder!r}) / "log",
        )
        while not Path({folder!r}, "pids").exists():
            await asyncio.sleep(0.01)
        print("ready", flush=True)
        await asyncio.to_thread(input)

asyncio.run(main())
"""

LOSS = """
import asyncio, os
from pathlib import Path
from tools.home.errors import HomeError
from tools.home.processes import Family

async def main():
    async with Family() as family:
        async def work():
            await family.start(
                "the child", ["/bin/true"],
                folder=Path({folder!r}), environment=os.environ,
                log=Path({folder!r}) / "log",
            )
            await asyncio.sleep(60)
        try:
            await family.guard(work())
        except HomeError as error:
            print(error)

asyncio.run(main())
"""

KILL = """
import asyncio, os
from pathlib import Path
from tools.home.processes import Family

async def main():
    async with Family() as family:
        async def work():
            child = await family.start(
                "the child", ["/bin/sh", "-c", "trap '' TERM; sleep 600"],
                folder=Path({folder!r}), environment=os.environ,
                log=Path({folder!r}) / "log",
            )
            await family.kill("the child")
            print(child.returncode)
            await asyncio.sleep(0.2)
        await family.guard(work())

asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead but not reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until_dead(pids: list[int]) -> bool:
    """Wait for processes to end and tell whether all did."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not any(map(is_alive, pids)):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("end", ["return", "kill"])
def test_no_child_survives(tmp_path: Path, end: str) -> None:
    """Children and their children end with the parent, even a killed one."""
    program = PARENT.format(child=CHILD, folder=str(tmp_path))
    with subprocess.Popen(  # noqa: S603 - the test wrote the program
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        assert parent.stdout.readline() == "ready\n"
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        assert all(map(is_alive, pids))

        if end == "kill":
            os.kill(parent.pid, signal.SIGKILL)
        else:
            parent.stdin.write("\n")
            parent.stdin.flush()

        assert wait_until_dead(pids)


def test_loss_of_a_child_ends_the_work(tmp_path: Path) -> None:
    """Nobody waits for a process that is gone."""
    result = subprocess.run(  # noqa: S603 - the test wrote the program
        [sys.executable, "-c", LOSS.format(folder=str(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )

    assert result.stdout == "the child ended unexpectedly\n"


def test_child_that_is_killed_on_purpose(tmp_path: Path) -> None:
    """It ends at once, and nobody takes that for a loss."""
    result = subprocess.run(  # noqa: S603 - the test wrote the program
        [sys.executable, "-c", KILL.format(folder=str(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )

    assert result.stdout == f"{-signal.SIGKILL}\n"
