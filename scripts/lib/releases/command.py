"""What the command lines of the scripts have in common."""

from collections.abc import Callable
import sys

from .errors import ReleaseError
from .pins import is_release


def run(work: Callable[[], int | None], *consequences: str) -> int:
    """Do some work and return the exit code.

    If it fails, tell what is at fault, and what follows from that.
    """
    try:
        return work() or 0
    except ReleaseError as error:
        print(f"error: {error}", *consequences, sep="\n", file=sys.stderr)
        return 1


def version(text: str) -> str:
    """Return the version of a release from the command line."""
    if not is_release(text):
        raise ValueError(text)
    return text
