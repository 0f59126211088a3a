"""Child processes that never outlive this one."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
import signal
from typing import Any, Self

from .errors import HomeError

# The guard leads the group that all children join. It reads a pipe that only
# this process writes to, so it wakes up however this process ends, SIGKILL
# included, and then kills the whole group: children, their children and itself.
GUARD = "trap '' HUP INT TERM; read -r _; kill -s KILL 0"

# Home Assistant writes its state to disk before it ends. On a busy machine, it then
# waits ten seconds for idle threads that were not woken in time.
GRACE = 60.0


class Family:
    """A group of child processes with one life."""

    _guard: Process

    def __init__(self) -> None:
        """Start with no children."""
        self._children: dict[str, Process] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._loss: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        """Start the guard."""
        self._guard = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", GUARD, stdin=PIPE, process_group=0
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the children, the youngest first, and whatever they started."""
        for name in reversed(self._children):
            await self.stop(name)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        await self._guard.wait()

    async def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        stdout: int | None = None,
    ) -> Process:
        """Start a child whose messages go to a file."""
        with log.open("ab") as messages:
            child = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env=environment,
                stdin=PIPE,
                stdout=messages if stdout is None else stdout,
                stderr=messages,
                process_group=self._guard.pid,
            )
        self._children[name] = child
        self._watchers[name] = asyncio.create_task(self._watch(name, child))
        return child

    async def stop(self, name: str) -> int:
        """End a child, by force if it does not obey, and return its exit code."""
        self._watchers[name].cancel()
        child = self._children[name]
        for request in (signal.SIGTERM, signal.SIGKILL):
            if child.returncode is not None:
                break
            child.send_signal(request)
            with suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), GRACE)
        return await child.wait()

    async def kill(self, name: str) -> None:
        """End a child at once, as a power cut would."""
        self._watchers[name].cancel()
        child = self._children[name]
        if child.returncode is None:
            child.kill()
        await child.wait()

    async def guard[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work unless a child ends in the meantime."""
        task = asyncio.create_task(work)
        try:
            either: set[asyncio.Future[Any]] = {task, self._loss}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise HomeError(f"{self._loss.result()} ended unexpectedly")
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, name: str, child: Process) -> None:
        """Tell when a child ends by itself."""
        await child.wait()
        if not self._loss.done():
            self._loss.set_result(name)
