"""Print the packages that Home Assistant's own components pin.

Home Assistant names its components' packages in their manifests and installs
them when it first needs them. An environment that is made from a lock has them
from the start instead.
"""

import argparse
from collections.abc import Iterable, Iterator
import json
from pathlib import Path

from homeassistant import components
from homeassistant.bootstrap import DEFAULT_INTEGRATIONS

COMPONENTS = Path(components.__path__[0])


def _manifest(domain: str) -> dict[str, list[str]]:
    """Return the manifest of a component."""
    manifest: dict[str, list[str]] = json.loads(
        (COMPONENTS / domain / "manifest.json").read_text(encoding="utf-8")
    )
    return manifest


def _with_dependencies(domains: Iterable[str]) -> Iterator[str]:
    """Yield the components and all that they depend on, each once."""
    pending = list(domains)
    seen: set[str] = set()
    while pending:
        if (domain := pending.pop()) not in seen:
            seen.add(domain)
            manifest = _manifest(domain)
            pending += manifest.get("dependencies", [])
            # Home Assistant installs what these need as well.
            pending += manifest.get("after_dependencies", [])
            yield domain


def requirements(domains: Iterable[str]) -> list[str]:
    """Return the sorted pins of the components and their dependencies."""
    return sorted(
        {
            requirement
            for domain in _with_dependencies(domains)
            for requirement in _manifest(domain).get("requirements", ())
        }
    )


def main() -> None:
    """Print the pins of the components that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--defaults",
        action="store_true",
        help="add the components that Home Assistant always sets up",
    )
    parser.add_argument("components", nargs="*")
    arguments = parser.parse_args()
    always = DEFAULT_INTEGRATIONS if arguments.defaults else ()
    print("\n".join(requirements({*arguments.components, *always})))


if __name__ == "__main__":
    main()
