"""One release of Home Assistant: what it allows, and what it needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution
from pathlib import Path
import shutil
import subprocess
import sys

from . import uv
from .errors import ReleaseError, ResolutionError
from .paths import LIBRARY, RELEASES
from .pins import pins

PACKAGE = "homeassistant"
CONSTRAINTS = Path(PACKAGE) / "package_constraints.txt"
_COMPONENT_REQUIREMENTS = LIBRARY / "component_requirements.py"


@dataclass(frozen=True)
class Release:
    """A release whose package lies unpacked in the cache.

    Use `get`, which puts it there.
    """

    version: str

    @classmethod
    def get(cls, version: str) -> Release:
        """Download a release unless that was done before.

        Raises ReleaseError, also where there is no such release.
        """
        release = cls(version)
        if not release.package.exists():
            release.folder.mkdir(parents=True, exist_ok=True)
            unpack(f"{PACKAGE}=={version}", release.package)
        return release

    @property
    def folder(self) -> Path:
        """Return where all that belongs to this release is kept."""
        return RELEASES / self.version

    @property
    def package(self) -> Path:
        """Return the folder with Home Assistant alone, without what it needs."""
        return self.folder / "package"

    @cached_property
    def distribution(self) -> Distribution:
        """Return what the package tells about itself."""
        return distribution(self.package, PACKAGE)

    @property
    def python(self) -> str:
        """Return which Python the release needs, such as `>=3.14.2`."""
        return self.distribution.metadata["Requires-Python"]

    @property
    def constraints(self) -> Sequence[str]:
        """Return the lines that Home Assistant installs every package by."""
        return (self.package / CONSTRAINTS).read_text(encoding="utf-8").splitlines()

    @property
    def pins(self) -> dict[str, str]:
        """Return the versions that users get, by package; itself among them."""
        needed = self.distribution.requires or ()
        return pins([f"{PACKAGE}=={self.version}", *needed, *self.constraints])

    def component_requirements(
        self, python: Path, components: Iterable[str], *, defaults: bool = False
    ) -> list[str]:
        """Return the packages that components pin, read where Home Assistant runs.

        `defaults` adds the components that are always set up.
        """
        names = sorted(components)
        flags = ["--defaults"] if defaults else []
        done = subprocess.run(  # noqa: S603 - nothing comes from outside
            [python, _COMPONENT_REQUIREMENTS, *flags, *names],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise ReleaseError(
                f"cannot read what the components of Home Assistant {self.version} "
                f"need ({', '.join(names)}):\n{done.stderr.strip()}"
            )
        return done.stdout.split()


def unpack(requirement: str, folder: Path) -> None:
    """Put one package, without what it needs, into a folder that is not there yet."""
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    uv.run(
        f"get {requirement}",
        [
            *("pip", "install", "--quiet", "--no-deps", "--python", sys.executable),
            *("--target", new, requirement),
        ],
    )
    new.rename(folder)


def distribution(folder: Path, package: str) -> Distribution:
    """Return what a package in a folder tells about itself."""
    (found,) = Distribution.discover(name=package, path=[str(folder)])
    return found


def was_there(version: str, date: str) -> bool:
    """Tell whether a release had been published by a moment."""
    try:
        newest([f"{PACKAGE}=={version}"], "--exclude-newer", date)
    except ResolutionError:
        return False
    return True


def newest(requirements: Iterable[str], *options: str) -> dict[str, str]:
    """Return the newest packages that fit, without what they need, by name.

    Raises ResolutionError where nothing fits.
    """
    lines = list(requirements)
    listed = uv.run(
        f"find {' '.join(lines)}",
        [
            *("pip", "compile", "--quiet", "--no-header", "--no-annotate"),
            # Also what needs a Python that is newer than ours.
            *("--no-deps", "--python-version", "3.99", *options, "-"),
        ],
        given="\n".join(lines),
    )
    return pins(listed.splitlines())
