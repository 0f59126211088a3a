"""Rules of hassfest and HACS for the manifest."""

import ast
from fnmatch import fnmatch
from pathlib import Path
import re
from urllib.parse import urlsplit

from homeassistant import components
from homeassistant.bootstrap import DEFAULT_INTEGRATIONS
from homeassistant.const import BASE_PLATFORMS
from packaging.requirements import Requirement
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.libraries import LIBRARIES, Library

from .files import INTEGRATION, ROOT, Document, manifest, modules

REQUIRED = {
    "codeowners",
    "config_flow",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "requirements",
    "version",
}
ALLOWED = REQUIRED | {
    "after_dependencies",
    "bluetooth",
    "dependencies",
    "dhcp",
    "homekit",
    "import_executor",
    "loggers",
    "mqtt",
    "quality_scale",
    "single_config_entry",
    "ssdp",
    "usb",
    "zeroconf",
}
DISCOVERIES = {"dhcp", "zeroconf"}
# Home Assistant sets these up by itself; nobody has to depend on them.
ALWAYS_THERE = DEFAULT_INTEGRATIONS | {"diagnostics", "homeassistant", "repairs"}


def test_keys() -> None:
    """The manifest has the keys it needs and none that is unknown."""
    keys = set(manifest())
    assert keys >= REQUIRED
    assert keys <= ALLOWED


def test_order_of_keys() -> None:
    """Domain and name come first, then all else in alphabetical order."""
    first, second, *others = manifest()
    assert [first, second] == ["domain", "name"]
    assert others == sorted(others)


def test_domain_is_that_of_folder_and_code() -> None:
    """Folder, manifest and code agree on the domain."""
    assert manifest()["domain"] == INTEGRATION.name == DOMAIN


def test_version_is_that_of_the_project() -> None:
    """The manifest's version is semantic, and the project's own."""
    version = manifest()["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert f'\nversion = "{version}"\n' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("key", ["documentation", "issue_tracker"])
def test_addresses(key: str) -> None:
    """Pages are public ones of the project's own."""
    address = urlsplit(manifest()[key])
    assert address.scheme == "https"
    assert address.hostname == "github.com"


def test_codeowners() -> None:
    """There is an owner, and owners are named as GitHub names them."""
    owners = manifest()["codeowners"]
    assert owners
    assert all(re.fullmatch(r"@[\w/-]+", owner) for owner in owners)


def test_nothing_is_installed_at_first() -> None:
    """Libraries are installed when a miner needs them, and by their pins."""
    assert manifest()["requirements"] == []


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_libraries_are_pinned(library: Library) -> None:
    """A new release that changes what a library does is not installed by itself."""
    wanted = Requirement(library.requirement)
    assert wanted.name == library.name
    operators = {one.operator for one in wanted.specifier}
    assert operators in ({"=="}, {">=", "<"})


def test_libraries_are_those_of_the_tests() -> None:
    """The tests run with the packages that users get."""
    for lock in ("test.txt", "bench.txt"):
        locked = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        found = dict(re.findall(r"(?m)^([\w-]+)==(\S+)", locked))
        for library in LIBRARIES:
            wanted = Requirement(library.requirement)
            assert wanted.specifier.contains(found[library.name]), lock


def test_log_of_each_library_can_be_turned_on() -> None:
    """Home Assistant's debug log covers what speaks to the devices."""
    assert manifest()["loggers"] == [library.package for library in LIBRARIES]


def test_dhcp_matchers() -> None:
    """DHCP matchers are written as Home Assistant compares them."""
    for matcher in manifest().get("dhcp", []):
        assert set(matcher) <= {"hostname", "macaddress", "registered_devices"}
        hostname, mac = matcher.get("hostname", ""), matcher.get("macaddress", "")
        assert (hostname, mac) == (hostname.lower(), mac.upper())


@pytest.mark.parametrize(
    ("hostname", "mac"),
    [
        ("Antminer", "02B8500D4D49"),
        ("antMiner", "4CF45DFBF0CC"),
        ("WhatsMiner", "CE5905000377"),
        ("bitaxe", "48CA43000001"),
        ("bitaxe-801-gamma", "48CA43000002"),
        ("NerdQAxe++", "48CA43000003"),
        ("nerdaxe-office", "48CA43000004"),
        ("nmaxe-a1b2", "48CA43000005"),
        ("heater", "E0A509000001"),
        ("heater", "EC8439000001"),
        ("", "B4A2EB300001"),
        ("", "700692500001"),
    ],
)
def test_miners_are_noticed(hostname: str, mac: str) -> None:
    """Miners are told by their usual names, and by the prefixes of their makers."""
    assert _is_noticed(hostname, mac)


@pytest.mark.parametrize(
    ("hostname", "mac"),
    [
        ("", "48CA43000001"),
        ("espressif", "48CA43000001"),
        ("esphome-antenna", "48CA43000001"),
        ("nerdstation", "001122334455"),
        ("homeassistant", "001122334455"),
        ("heater", "B4A2EB400001"),
    ],
)
def test_others_are_not_noticed(hostname: str, mac: str) -> None:
    """Nothing is taken for a miner only because of the chip of its radio."""
    assert not _is_noticed(hostname, mac)


def _is_noticed(hostname: str, mac: str) -> bool:
    """Tell whether a matcher for DHCP fits a device."""
    return any(
        fnmatch(hostname.lower(), matcher.get("hostname", "*"))
        and fnmatch(mac, matcher.get("macaddress", "*"))
        for matcher in manifest()["dhcp"]
        if "registered_devices" not in matcher
    )


def test_linked_devices_are_followed() -> None:
    """Home Assistant tells when a linked device gets another address."""
    assert {"registered_devices": True} in manifest()["dhcp"]


def test_zeroconf_matchers() -> None:
    """Zeroconf matchers are written as Home Assistant compares them."""
    for matcher in manifest().get("zeroconf", []):
        fields: Document = {"type": matcher} if isinstance(matcher, str) else matcher
        assert fields["type"].endswith(".local.")
        compared = [fields.get("name", ""), *fields.get("properties", {}).values()]
        assert compared == [value.lower() for value in compared]


def test_dependencies_exist() -> None:
    """Every integration that the manifest names is one of Home Assistant's."""
    folder = Path(components.__path__[0])
    assert all((folder / domain / "manifest.json").is_file() for domain in _declared())


def test_used_components_are_declared() -> None:
    """What the code imports from another integration is declared."""
    discoveries = DISCOVERIES & set(manifest())
    undeclared = _imported() - _declared() - discoveries - ALWAYS_THERE
    assert undeclared <= BASE_PLATFORMS


def _declared() -> set[str]:
    """Return the integrations that the manifest names."""
    return {
        *manifest().get("dependencies", []),
        *manifest().get("after_dependencies", []),
    }


def _imported() -> set[str]:
    """Return the integrations of Home Assistant that the code imports from.

    A platform of one of them may use it: nothing else ever loads it.
    """
    found: set[str] = set()
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                used = {
                    name.split(".")[2]
                    for name in names
                    if name.startswith("homeassistant.components.")
                }
                found |= used - {path.stem}
    return found
