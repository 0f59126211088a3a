"""Compile the locks anew for the release that they are made for."""

import argparse
from collections.abc import Sequence
import sys

from .command import run
from .locks import locked_date, locked_release
from .moving import UNCHANGED, move, now


def main(arguments: Sequence[str] | None = None) -> int:
    """Lock the present release anew and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="as of now")
    options = parser.parse_args(arguments)
    date = now() if options.upgrade else locked_date()
    return run(lambda: move(locked_release(), date), UNCHANGED)


if __name__ == "__main__":
    sys.exit(main())
