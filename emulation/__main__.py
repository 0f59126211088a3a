"""Run a fleet of emulated devices until told to stop."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
import contextlib
import json
import os
from pathlib import Path
import signal
import stat
import sys

from .control import FleetControl, describe_all
from .fleet import Fleet, all_specs, demo_specs, read_specs

_PARENT_CHECK_SECONDS = 0.5
_STANDARD_INPUT = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    options = _parse(arguments)
    try:
        asyncio.run(_run(_fleet(options), options.control_port))
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _fleet(options: argparse.Namespace) -> Fleet:
    """Return the fleet that was asked for."""
    if options.fleet:
        specs = read_specs(options.fleet)
    else:
        specs = (all_specs if options.all else demo_specs)(options.subnet)
    return Fleet(
        specs,
        warm_up=options.warm_up,
        boot=options.boot,
        time_scale=options.time_scale,
        ripple=options.ripple,
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulation", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--fleet", type=Path, help="JSON file that describes a fleet")
    source.add_argument("--demo", action="store_true", help="those of scripts/demo")
    source.add_argument("--all", action="store_true", help="one of each kind")
    parser.add_argument("--subnet", default="127.0.10", help="of the demo's devices")
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--warm-up", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--boot", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("--ripple", type=float, default=0.01, metavar="SHARE")
    return parser.parse_args(arguments)


async def _run(fleet: Fleet, control_port: int) -> None:
    """Run the fleet until a signal, or until the parent or its pipe is gone."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, over.set)
    watch = asyncio.create_task(_watch_parent(over, os.getppid()))
    with _watched_input(over):
        async with fleet, FleetControl(fleet, control_port) as control:
            announcement = {
                "control": control.url,
                "devices": describe_all(fleet),
                "left_out": fleet.left_out,
            }
            print(json.dumps(announcement), flush=True)
            await over.wait()
    watch.cancel()


async def _watch_parent(over: asyncio.Event, parent: int) -> None:
    """End when the process that started this one has died."""
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(_PARENT_CHECK_SECONDS)
    over.set()


@contextlib.contextmanager
def _watched_input(over: asyncio.Event) -> Iterator[None]:
    """End when the other end of a pipe on standard input is closed."""
    if not _is_pipe(_STANDARD_INPUT):
        yield
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(_STANDARD_INPUT, 4096):
            loop.remove_reader(_STANDARD_INPUT)
            over.set()

    loop.add_reader(_STANDARD_INPUT, read)
    try:
        yield
    finally:
        loop.remove_reader(_STANDARD_INPUT)


def _is_pipe(descriptor: int) -> bool:
    """Tell whether a descriptor is open and a pipe; a terminal is none."""
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
