"""See whether the integration works with releases of Home Assistant."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
import json
from pathlib import Path
import sys
import time

from .checks import Findings, see_demo, see_names, see_types
from .command import run, version
from .environments import add_packages, make_home_assistant, python_of
from .errors import ReleaseError
from .locks import listed, locked_date, locked_release
from .moving import say
from .paths import MINIMUM_FILE, ROOT
from .release import PACKAGE, Release, newest, was_there

# One environment is made at a time, and its types are checked: both keep a machine
# busy. A demonstration mostly waits.
_PREPARING = 1
_SHOWING = 2
_LONGEST_REASON = 400


@dataclass(frozen=True)
class Options:
    """What is asked for."""

    versions: Sequence[str]
    as_of: str | None
    """Take no package that is younger, where the release itself is not."""
    demo: bool


@dataclass(frozen=True)
class Turns:
    """How many versions may do the same at the same time."""

    preparing: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_PREPARING)
    )
    showing: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_SHOWING)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line asks for and return the exit code."""
    given = parse(arguments)
    return run(lambda: asyncio.run(check_all(options(given))))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/compat", description=__doc__)
    parser.add_argument("versions", nargs="*", type=version, metavar="VERSION")
    parser.add_argument("--pre", action="store_true", help="the newest beta as well")
    parser.add_argument(
        "--locked",
        action="store_true",
        help="the minimum and the release that the tests run on, ask for no newer one",
    )
    parser.add_argument("--no-demo", action="store_true", help="imports and types only")
    return parser.parse_args(arguments)


def options(given: argparse.Namespace) -> Options:
    """Return which versions are meant, without repetition."""
    versions = list(given.versions)
    as_of: str | None = locked_date()
    if given.locked:
        versions += [minimum(), locked_release()]
    if not versions or given.pre:
        # What the registry has today is what users get today.
        versions, as_of = versions or [minimum()], None
        versions += newest_versions(pre=given.pre)
    return Options(list(dict.fromkeys(versions)), as_of, demo=not given.no_demo)


def minimum() -> str:
    """Return the oldest release that the integration admits."""
    found: str = json.loads(MINIMUM_FILE.read_text(encoding="utf-8"))[PACKAGE]
    return found


def newest_versions(*, pre: bool) -> list[str]:
    """Return the newest release that the registry has, also a beta with `pre`."""
    found = [newest([PACKAGE])[PACKAGE]]
    if pre:
        found.append(newest([PACKAGE], "--prerelease", "allow")[PACKAGE])
    return found


async def check_all(options: Options) -> int:
    """Check all versions, print a line for each, and return the exit code."""
    turns = Turns()
    checks = [_check_and_print(one, options, turns) for one in options.versions]
    return 0 if all(await asyncio.gather(*checks)) else 1


async def _check_and_print(version: str, options: Options, turns: Turns) -> bool:
    """Check a version, print its line, and tell whether all is well."""
    begin = time.monotonic()
    findings = await check(version, options, turns)
    seconds = f"({time.monotonic() - begin:.0f} s)"
    print(line(version, findings), seconds, flush=True)
    return findings.is_good


async def check(version: str, options: Options, turns: Turns) -> Findings:
    """Check one version, as far as it goes."""
    findings = Findings()
    try:
        async with turns.preparing:
            say(f"{version}: making an environment")
            home_assistant, whole = await asyncio.to_thread(_make, version, options)
            logs = home_assistant.parent
            say(f"{version}: importing every module")
            await see_names(ROOT, python_of(whole), findings)
            say(f"{version}: checking types")
            await see_types(ROOT, python_of(whole), logs / "types.log", findings)
        if options.demo and findings.is_good:
            async with turns.showing:
                say(f"{version}: running the demonstration's check")
                await see_demo(home_assistant, logs / "demo.log", findings)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        findings.wrong.append(str(error))
    return findings


def _make(version: str, options: Options) -> tuple[Path, Path]:
    """Make the environments: as Home Assistant begins, and with all it installs."""
    as_of = (
        options.as_of if options.as_of and was_there(version, options.as_of) else None
    )
    release = Release.get(version)
    home_assistant = make_home_assistant(release, as_of)
    whole = add_packages(
        release, home_assistant, listed("libraries.in"), "venv-libraries", as_of
    )
    return home_assistant, whole


def line(version: str, findings: Findings) -> str:
    """Return what is to be said of a version, on one line."""
    if findings.is_good:
        return f"{version}  ok  {', '.join(findings.seen)}"
    gone = [f"{name} ({', '.join(at)})" for name, at in sorted(findings.gone.items())]
    parts = [f"gone: {', '.join(gone)}"] if gone else []
    parts += [_short(reason) for reason in findings.wrong]
    return f"{version}  FAILED  {'; '.join(parts)}"


def _short(reason: str) -> str:
    """Return a reason on one line, and not without end."""
    text = " ".join(reason.split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]} ..."


if __name__ == "__main__":
    sys.exit(main())
