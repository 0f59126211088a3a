"""Move the development environment to a release of Home Assistant."""

import argparse
from collections.abc import Sequence
import sys

from .command import run, version
from .locks import locked_date
from .moving import UNCHANGED, moment, move, now
from .release import was_there


def main(arguments: Sequence[str] | None = None) -> int:
    """Take up a release and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/take-up", description=__doc__)
    parser.add_argument("version", type=version, help="of Home Assistant")
    parser.add_argument("--as-of", type=moment, help="take no package younger than it")
    options = parser.parse_args(arguments)
    return run(
        lambda: move(options.version, options.as_of or _date(options.version)),
        UNCHANGED,
    )


def _date(version: str) -> str:
    """Return the recorded date, or the present one for a release that is younger."""
    recorded = locked_date()
    return recorded if was_there(version, recorded) else now()


if __name__ == "__main__":
    sys.exit(main())
