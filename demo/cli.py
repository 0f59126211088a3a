"""The command line, and a clean end whatever comes."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
import signal
import sys
from typing import Any

import aiohttp

from .errors import DemoError
from .show import Options, run

DEFAULT_PORT = 8123
# A shell adds this to the number of the signal that ended a program.
FROM_SIGNAL = 128
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Interruption:
    """The signal that asked the demonstration to end."""

    number: int | None = None


def parse(arguments: Sequence[str]) -> Options:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Show Miner Control live: Home Assistant with three emulated "
        "miners, each behind a smart plug. Everything stays on this machine's "
        "loopback interface and ends with the script.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="Home Assistant's port on 127.0.0.1 (%(default)s)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="show what every miner offers, break and mend things, drive every "
        "control, and end: with 0 only if all was seen",
    )
    parser.add_argument(
        "--open", action="store_true", help="open the dashboard in the browser"
    )
    parser.add_argument(
        "--keep-config",
        action="store_true",
        help="keep Home Assistant's configuration folder and log",
    )
    given = parser.parse_args(arguments)
    return Options(
        port=given.port,
        check=given.check,
        open_browser=given.open,
        keep_config=given.keep_config,
    )


def _port(text: str) -> int:
    """Return a port number from the command line."""
    if not (text.isdecimal() and 0 < int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    return run_program(lambda: run(options))


def run_program(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a program until it ends or a signal ends it, and return the exit code."""
    interruption = Interruption()
    try:
        return asyncio.run(_run(work, interruption))
    except (DemoError, aiohttp.ClientError) as error:
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
