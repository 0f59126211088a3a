"""Move the development environment to a release, as of a date, and tell of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
import json
import sys

from . import plugin
from .locks import (
    all_or_nothing,
    compile_all,
    differences,
    locked_date,
    locked_release,
    write_inputs,
)
from .paths import MINIMUM_FILE, REQUIREMENTS
from .pins import order
from .plugin import Plugin
from .release import PACKAGE, Release

UNCHANGED = "Nothing was changed."


def move(version: str, date: str) -> None:
    """Write all inputs and locks for a release as of a date, or change nothing.

    Raises ReleaseError with the packages or the version at fault.
    """
    say(f"Getting Home Assistant {version}")
    release = Release.get(version)
    say("Choosing the test plug-in")
    chosen = plugin.choose(version, date)
    before = (locked_release(), locked_date())
    with all_or_nothing() as folder:
        say("Reading what the components need")
        write_inputs(folder, release, chosen, date)
        say(f"Compiling the locks as of {date}")
        compile_all(folder, release, date)
        changes = differences(REQUIREMENTS, folder)
    _report(before, (version, date), changes)
    _leave(release, chosen)


def moment(text: str) -> str:
    """Return a date, or a date with its time, as the locks record it.

    Raises ValueError where it is none.
    """
    found = datetime.fromisoformat(text)
    utc = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> str:
    """Return the present moment as the locks record it."""
    return moment(datetime.now(UTC).isoformat())


def say(message: str) -> None:
    """Tell what happens."""
    print(f"==> {message}", file=sys.stderr, flush=True)


def _report(
    before: Sequence[str], after: Sequence[str], changes: Mapping[str, Sequence[str]]
) -> None:
    """Tell what has been changed."""
    for what, old, new in zip(("Home Assistant", "as of"), before, after, strict=True):
        print(f"{what}: {old}" if old == new else f"{what}: {old} -> {new}")
    for lock, moves in changes.items():
        print(f"requirements/{lock}: {len(moves) or 'no'} packages changed")
        for one in moves:
            print(f"  {one}")


def _leave(release: Release, chosen: Plugin) -> None:
    """Tell what is left for a person to do."""
    print("\nLeft for you:")
    pinned = chosen.pins.get(PACKAGE)
    if pinned != release.version:
        print(
            f"- {chosen.pin} was made for Home Assistant {pinned}. What it lacks for "
            f"{release.version} has to be put right in the early plug-in in tests/."
        )
    minimum = json.loads(MINIMUM_FILE.read_text(encoding="utf-8"))["homeassistant"]
    if order(release.version) < order(minimum):
        print(f"- {release.version} is older than {minimum}, which hacs.json asks for.")
    print("- Run scripts/lint, scripts/test and scripts/compat, and mend what fails.")
    print("- Read in the release notes what will go, then commit.")
