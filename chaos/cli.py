"""The command line, and a clean end whatever comes."""

import argparse
from collections.abc import Callable, Sequence
import os
import secrets
import subprocess
import sys

from tools.home.paths import ROOT
from tools.home.program import run_program

from .fleet import KINDS, MOST
from .run import Options, run

# How many miners there are, of all kinds and of each of some.
USUAL = 40
PER_KIND = 4
FUZZ_TESTS = (
    "tests/controllers/pyasic/test_fuzz.py",
    "tests/controllers/axeos/test_fuzz.py",
    "tests/controllers/entities/test_fuzz.py",
    # These are tried with as many examples as ever, but with others in each run.
    "tests/controllers/pyasic/test_controls_properties.py",
    "tests/domain",
)
# A finding is told by its example; what was logged on the way would bury it.
FUZZ_OPTIONS = ("-v", "--tb=short", "--show-capture=no", "--durations=5")
# How many times as many examples as in a test run.
FUZZ_EFFORT = "40"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="scripts/chaos",
        description="Break everything around the integration for a while, in a real "
        "Home Assistant with emulated miners and plugs, and see whether it tells the "
        "truth. Everything stays on this machine's loopback interface and ends with "
        "the script, which ends with 0 only if nothing was found.",
    )
    parser.add_argument(
        "--seconds",
        type=_at_least(90),
        default=600,
        help="how long things happen, without set-up and end (%(default)s)",
    )
    parser.add_argument(
        "--miners",
        type=_at_least(1),
        help="how many miners there are; 40, or four of each kind that was chosen",
    )
    parser.add_argument(
        "--kinds",
        nargs="+",
        metavar="KIND",
        choices=KINDS,
        default=list(KINDS),
        help="of which kinds; all, if not given: " + ", ".join(KINDS),
    )
    parser.add_argument(
        "--seed", type=int, help="what happens is drawn from it; by chance if not given"
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep Home Assistant's folder and log, and write down all that is seen",
    )
    parser.add_argument(
        "--fuzz",
        action="store_true",
        help="instead, give every parser many answers that no device should give, "
        "for about ten minutes",
    )
    given = parser.parse_args(arguments)
    if given.miners is None:
        is_all = len(given.kinds) == len(KINDS)
        given.miners = USUAL if is_all else PER_KIND * len(given.kinds)
    elif given.miners < len(given.kinds):
        # Of each kind there is one, like which the others are linked.
        parser.error(f"{given.miners} is less than {len(given.kinds)}")
    return given


def _at_least(least: int) -> Callable[[str], int]:
    """Return a reader of numbers that are not below a bound."""

    def read(text: str) -> int:
        """Read a number."""
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return number

    return read


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chaos and return the exit code."""
    given = parse(sys.argv[1:] if arguments is None else arguments)
    if given.fuzz:
        return fuzz()
    options = Options(
        seconds=float(given.seconds),
        miners=min(given.miners, MOST),
        kinds=tuple(given.kinds),
        seed=secrets.randbelow(10**6) if given.seed is None else given.seed,
        keeps_folder=given.keep,
    )
    return run_program(lambda: run(options))


def fuzz() -> int:
    """Run the tests of parsers with many more examples, and of rules with new ones."""
    environment = os.environ | {"MINER_CONTROL_FUZZ_EFFORT": FUZZ_EFFORT}
    command = [sys.executable, "-m", "pytest", *FUZZ_OPTIONS, *FUZZ_TESTS]
    return subprocess.run(  # noqa: S603 - nothing comes from outside
        command, cwd=ROOT, env=environment, check=False
    ).returncode
