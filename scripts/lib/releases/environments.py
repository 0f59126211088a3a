"""Environments of their own for releases of Home Assistant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import fcntl
import hashlib
from pathlib import Path
import sys

from . import uv
from .lists import DEMO_COMPONENTS
from .paths import ROOT
from .release import PACKAGE, Release

_STAMP = "setup-stamp"


def make_home_assistant(release: Release, as_of: str | None = None) -> Path:
    """Make the environment that runs a release, with what the demonstration needs.

    It holds what a user has who installs it, and no library of the integration:
    Home Assistant itself installs those. `as_of` leaves out what was published
    later. Returns the folder of the environment.
    """
    venv = release.folder / "venv"
    with _one_at_a_time(release):
        stamp = _stamp(release, DEMO_COMPONENTS, as_of)
        if not _is_current(venv, stamp):
            _begin(venv)
            own = [f"{PACKAGE}=={release.version}"]
            _install(venv, release, own, as_of)
            own += release.component_requirements(
                python_of(venv), DEMO_COMPONENTS, defaults=True
            )
            _install(venv, release, own, as_of)
            _end(venv, stamp)
    return venv


def add_packages(
    release: Release,
    venv: Path,
    packages: Sequence[str],
    name: str,
    as_of: str | None = None,
) -> Path:
    """Make an environment that holds all of another one, and some packages more.

    Returns its folder, which is named after `name`.
    """
    more = release.folder / name
    with _one_at_a_time(release):
        stamp = _stamp(release, [*_installed(venv), *packages], as_of)
        if not _is_current(more, stamp):
            _begin(more)
            # All of these are in the cache, and in no other version: ask nobody.
            _install(more, release, _installed(venv), as_of, "--offline", "--no-deps")
            _install(more, release, packages, as_of)
            _end(more, stamp)
    return more


def python_of(venv: Path) -> Path:
    """Return the interpreter of an environment."""
    return venv / "bin" / "python"


@contextmanager
def _one_at_a_time(release: Release) -> Iterator[None]:
    """Keep two calls at the same time from spoiling each other's work."""
    with (release.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamp(release: Release, packages: Sequence[str], as_of: str | None) -> str:
    """Return what an environment is made from; a change calls for a new one."""
    parts = [str(ROOT), sys.version, sys.base_prefix, release.version, as_of or "today"]
    text = "\n".join([*parts, *packages, *release.constraints])
    return hashlib.sha256(text.encode()).hexdigest()


def _is_current(venv: Path, stamp: str) -> bool:
    """Tell whether an environment was made from the same."""
    file = venv / _STAMP
    return file.exists() and file.read_text(encoding="utf-8") == stamp


def _begin(venv: Path) -> None:
    """Make an empty environment."""
    uv.run(
        f"make an environment in {venv.relative_to(ROOT)}",
        ["venv", "--quiet", "--clear", "--python", sys.executable, venv],
    )


def _install(
    venv: Path,
    release: Release,
    packages: Sequence[str],
    as_of: str | None,
    *options: str,
) -> None:
    """Install packages the way Home Assistant does, by its constraints."""
    constraints = release.package / PACKAGE / "package_constraints.txt"
    requirements = release.folder / "requirements.in"
    requirements.write_text("\n".join(packages), encoding="utf-8")
    uv.run(
        f"install what Home Assistant {release.version} needs",
        [
            *("pip", "install", "--quiet", "--python", python_of(venv)),
            *("--constraints", constraints, "--requirements", requirements),
            *(("--exclude-newer", as_of) if as_of else ()),
            *options,
        ],
    )


def _end(venv: Path, stamp: str) -> None:
    """Note what an environment was made from, now that it is whole."""
    (venv / _STAMP).write_text(stamp, encoding="utf-8")


def _installed(venv: Path) -> list[str]:
    """Return the packages of an environment with their versions."""
    listed = uv.run(
        f"list the packages in {venv.relative_to(ROOT)}",
        ["pip", "freeze", "--quiet", "--python", python_of(venv)],
    )
    return listed.splitlines()
