"""A program that ends cleanly, whatever comes."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
import signal
import sys
from typing import Any

import aiohttp

from .errors import HomeError

# A shell adds this to the number of the signal that ended a program.
FROM_SIGNAL = 128
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Interruption:
    """The signal that asked a program to end."""

    number: int | None = None


def run_program(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a program until it ends or a signal ends it, and return the exit code."""
    interruption = Interruption()
    try:
        return asyncio.run(_run(work, interruption))
    except (HomeError, aiohttp.ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        return FROM_SIGNAL + (interruption.number or 0)


async def _run(
    work: Callable[[], Coroutine[Any, Any, int]], interruption: Interruption
) -> int:
    """Do some work until it ends or a signal ends it."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work())

    def interrupt(number: int) -> None:
        """End it once; a second signal must not stop the tidying."""
        if interruption.number is None:
            interruption.number = number
            task.cancel()

    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, interrupt, number)
    return await task
