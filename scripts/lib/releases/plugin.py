"""The test plug-in, which pins a release of Home Assistant and may lag behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import uv
from .errors import ResolutionError
from .paths import RELEASES
from .pins import pins
from .release import PACKAGE, distribution, unpack

NAME = "pytest-homeassistant-custom-component"
# Older ones pin nothing, so that they would seem to fit every release.
_OLDEST = "0.13"


@dataclass(frozen=True)
class Plugin:
    """A version of the test plug-in."""

    version: str
    pins: Mapping[str, str]
    """The packages that it pins, with their versions."""

    @property
    def pin(self) -> str:
        """Return the requirement of exactly this version."""
        return f"{NAME}=={self.version}"

    def overrides(self, release: Mapping[str, str]) -> list[str]:
        """Return the release's own pins wherever the plug-in has others."""
        return sorted(
            f"{name}=={release[name]}"
            for name, version in self.pins.items()
            if release.get(name, version) != version
        )


def choose(version: str, date: str) -> Plugin:
    """Return the newest plug-in for a release, else the newest there is.

    `date` leaves out what was published later.
    """
    try:
        chosen = _newest([f"{NAME}>={_OLDEST}", f"{PACKAGE}=={version}"], date)
    except ResolutionError:
        chosen = _newest([NAME], date, "--no-deps")
    folder = RELEASES / f"{NAME}-{chosen}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpack(f"{NAME}=={chosen}", folder)
    return Plugin(chosen, pins(_always(distribution(folder, NAME).requires or ())))


def _newest(requirements: Iterable[str], date: str, *options: str) -> str:
    """Return the version of the plug-in that fits some requirements."""
    listed = uv.run(
        f"find a {NAME}",
        [
            *("pip", "compile", "--quiet", "--no-header", "--no-annotate"),
            *("--exclude-newer", date, "--python-version", "3.14.2", *options, "-"),
        ],
        given="\n".join(requirements),
    )
    return pins(listed.splitlines())[NAME]


def _always(requirements: Iterable[str]) -> list[str]:
    """Return the requirements that hold everywhere, without those of extras."""
    return [line for line in requirements if ";" not in line]
