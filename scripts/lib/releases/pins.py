"""Requirements and versions, as far as the scripts have to read them."""

from collections.abc import Iterable
import re

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*(?P<version>[^\s;,\\]+)"
)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:b(\d+))?")
# A release comes after all of its betas.
_NO_BETA = 1_000_000

type Order = tuple[int, int, int, int]


def normalize(name: str) -> str:
    """Return the name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str | None:
    """Return the package that a line requires, None where it requires none."""
    found = _NAME.match(requirement)
    return normalize(found[0]) if found else None


def pins(lines: Iterable[str]) -> dict[str, str]:
    """Return the packages that lines pin to one version, with it.

    A pin for some machines only (`; sys_platform == ...`) counts as well. Where a
    package is pinned twice, the later line wins.
    """
    found = (_PIN.match(line) for line in lines)
    return {normalize(pin["name"]): pin["version"] for pin in found if pin}


def without(lines: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the lines that require none of some packages."""
    left_out = set(names)
    return [line for line in lines if name_of(line) not in left_out]


def is_release(version: str) -> bool:
    """Tell whether a text is the version of a release, or of a beta, of 20xx."""
    return _VERSION.fullmatch(version) is not None


def order(version: str) -> Order:
    """Return what puts releases of Home Assistant into their order.

    Raises ValueError for anything but `2026.11.0` or `2026.11.0b3`.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"{version} is no release of Home Assistant")
    year, month, patch, beta = found.groups()
    return (int(year), int(month), int(patch), _NO_BETA if beta is None else int(beta))
