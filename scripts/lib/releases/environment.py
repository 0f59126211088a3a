"""Make the environment that measures on a release other than the locked one."""

import argparse
from collections.abc import Sequence
import sys

from .command import run, version
from .environments import add_packages, make_home_assistant, python_of
from .locks import listed, locked_date
from .release import Release, was_there

NAME = "venv-bench"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make it, print its interpreter, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/setup bench", description=__doc__)
    parser.add_argument("version", type=version, help="of Home Assistant")
    options = parser.parse_args(arguments)
    return run(lambda: _make(options.version))


def _make(version: str) -> None:
    """Make the environment with what requirements/bench.in asks for."""
    recorded = locked_date()
    as_of = recorded if was_there(version, recorded) else None
    release = Release.get(version)
    venv = make_home_assistant(release, as_of)
    packages = [*listed("libraries.in"), *listed("bench.in")]
    print(python_of(add_packages(release, venv, packages, NAME, as_of)))


if __name__ == "__main__":
    sys.exit(main())
