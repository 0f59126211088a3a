"""The command line of the demonstration."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from tools.home.paths import ENVIRONMENT
from tools.home.ports import port_number
from tools.home.program import run_program

from .show import Options, run

DEFAULT_PORT = 8123


def parse(arguments: Sequence[str]) -> Options:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Show Miner Control live: Home Assistant with three emulated "
        "miners, two more that follow the sun as a fleet, and one that heats a room, "
        "each behind a smart plug. Everything stays on this machine's loopback "
        "interface and ends with the script.",
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=DEFAULT_PORT,
        help="Home Assistant's port on 127.0.0.1 (%(default)s)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--all",
        action="store_true",
        help="show a miner of every kind that is emulated, instead of three",
    )
    which.add_argument(
        "--check",
        action="store_true",
        help="show what every miner offers, break and mend things, drive every "
        "control, let the sun rise over the fleet, stop it, heat the room, and end: "
        "with 0 only if all was seen",
    )
    parser.add_argument(
        "--open", action="store_true", help="open the dashboard in the browser"
    )
    parser.add_argument(
        "--keep-config",
        action="store_true",
        help="keep Home Assistant's configuration folder and log",
    )
    parser.add_argument(
        "--environment",
        type=Path,
        default=ENVIRONMENT,
        metavar="FOLDER",
        help="environment with the Home Assistant to show, such as one that "
        "scripts/compat made (what requirements/demo.txt locks)",
    )
    given = parser.parse_args(arguments)
    return Options(
        port=given.port,
        check=given.check,
        open_browser=given.open,
        keep_config=given.keep_config,
        environment=given.environment.absolute(),
        every_kind=given.all,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    return run_program(lambda: run(options))
