"""What scripts/compat finds with a release, and what it says."""

import asyncio
from pathlib import Path

import pytest

from scripts.lib.releases import compat
from scripts.lib.releases.checks import Findings, see_names, see_types
from scripts.lib.releases.environments import python_of
from scripts.lib.releases.errors import ReleaseError

from .conftest import Files, MakeIntegration, MakeRelease

OLD = "2026.10.4"
NEW = "2026.11.0"
# A name that moved from one release to the other.
RELEASES: dict[str, Files] = {
    OLD: {
        "components/__init__.py": "",
        "components/automation/__init__.py": 'SERVICE_TRIGGER: str = "trigger"\n',
    },
    NEW: {
        "components/__init__.py": "",
        "components/automation/__init__.py": "",
        "components/automation/const.py": 'SERVICE_TRIGGER: str = "trigger"\n',
    },
}
GONE = "homeassistant.components.automation.SERVICE_TRIGGER"

IMPORTED = "from homeassistant.components.automation import SERVICE_TRIGGER\n"
USED = """
from homeassistant.components import automation

def action() -> str:
    return automation.SERVICE_TRIGGER
"""
RENAMED = """
import homeassistant.components.automation as core

def action() -> str:
    return core.SERVICE_TRIGGER
"""
LATE = """
def action() -> str:
    from homeassistant.components.automation import SERVICE_TRIGGER
    return SERVICE_TRIGGER
"""

# These are ready for both.
ATTEMPT = """
try:
    from homeassistant.components.automation import SERVICE_TRIGGER
except ImportError:
    SERVICE_TRIGGER = "trigger"
"""
BY_VERSION = """
from homeassistant.const import VERSION

if VERSION < (2026, 11):
    from homeassistant.components.automation import SERVICE_TRIGGER
else:
    from homeassistant.components.automation.const import SERVICE_TRIGGER
"""


async def find(root: Path, venv: Path) -> Findings:
    """Return what is found in an integration under a release."""
    findings = Findings()
    await see_names(root, python_of(venv), findings)
    await see_types(root, python_of(venv), venv.parent / "types.log", findings)
    return findings


@pytest.mark.parametrize(
    ("text", "line"),
    [(IMPORTED, 1), (USED, 5), (RENAMED, 5), (LATE, 3)],
    ids=["imported", "used", "renamed", "late"],
)
async def test_name_that_one_release_lacks_is_named(
    make_release: MakeRelease,
    make_integration: MakeIntegration,
    text: str,
    line: int,
) -> None:
    """A name that moved is named with its place, however it is taken."""
    root = make_integration({"commands.py": text, "flow.py": "from . import commands"})
    old, new = (make_release(one, files) for one, files in RELEASES.items())

    assert (await find(root, old)).is_good
    findings = await find(root, new)

    place = f"custom_components/mine/commands.py:{line}"
    assert findings.gone == {GONE: [place]}
    assert findings.wrong == []
    said = compat.line(NEW, findings)
    assert said == f"{NEW}  FAILED  gone: {GONE} ({place})"


async def test_module_that_is_gone_is_named(
    make_release: MakeRelease, make_integration: MakeIntegration
) -> None:
    """A module that only the newer release has is named under the older one."""
    module = "homeassistant.components.automation.const"
    root = make_integration({"commands.py": f"import {module} as const\n"})
    old, new = (make_release(one, files) for one, files in RELEASES.items())

    assert list((await find(root, old)).gone) == [module]
    assert (await find(root, new)).is_good


async def test_attribute_of_an_object_is_named(
    make_release: MakeRelease, make_integration: MakeIntegration
) -> None:
    """What only types tell is named as well: a method that went."""
    core = "class HomeAssistant:\n    def %s(self) -> None: ..."
    root = make_integration(
        {
            "setup.py": "from homeassistant.core import HomeAssistant\n\n"
            "def setup(hass: HomeAssistant) -> None:\n    hass.started()\n"
        }
    )
    old = make_release(OLD, {"core.py": core % "started"})
    new = make_release(NEW, {"core.py": core % "has_started"})

    assert (await find(root, old)).is_good
    findings = await find(root, new)

    assert findings.gone == {
        "HomeAssistant.started": ["custom_components/mine/setup.py:4"]
    }


@pytest.mark.parametrize("text", [ATTEMPT, BY_VERSION], ids=["attempt", "version"])
async def test_name_that_is_taken_where_it_is_there(
    make_release: MakeRelease, make_integration: MakeIntegration, text: str
) -> None:
    """Who is ready for both releases is not told off."""
    root = make_integration({"ha_compat.py": text})
    for version, files in RELEASES.items():
        year, month, _ = version.split(".")
        const = {"const.py": f"VERSION = ({year}, {month})\n"}
        findings = Findings()
        venv = make_release(version, files | const)
        await see_names(root, python_of(venv), findings)
        assert findings.is_good, version


async def test_other_failure_of_an_import_is_told_once(
    make_release: MakeRelease, make_integration: MakeIntegration
) -> None:
    """A module that fails takes others with it; its reason is told once."""
    failing = 'import homeassistant\nraise RuntimeError("not like this")\n'
    root = make_integration({"a.py": failing, "b.py": "from . import a\n"})
    findings = Findings()

    await see_names(root, python_of(make_release(NEW, {})), findings)

    reason = "RuntimeError: not like this"
    assert findings.wrong == [f"cannot import custom_components.mine.a: {reason}"]


async def test_wrong_type_is_told(
    make_release: MakeRelease, make_integration: MakeIntegration
) -> None:
    """A value that has another type with one release is a failure."""
    root = make_integration(
        {"a.py": "from homeassistant.const import PORT\n\nport: int = PORT\n"}
    )
    old = make_release(OLD, {"const.py": "PORT: int = 1\n"})
    new = make_release(NEW, {"const.py": 'PORT: str = "1"\n'})

    assert (await find(root, old)).is_good
    (wrong,) = (await find(root, new)).wrong
    assert "1 errors in types" in wrong
    assert "custom_components/mine/a.py:3" in wrong


def test_release_that_cannot_be_had_does_not_hide_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every release gets its line, and one that fails decides the exit code."""

    def make(version: str, _: compat.Options) -> tuple[Path, Path]:
        """Fail for one release."""
        if version == NEW:
            raise ReleaseError("cannot get homeassistant:\n  there is none")
        return Path(), Path()

    async def see(*given: object) -> None:
        """See nothing wrong."""
        assert given

    monkeypatch.setattr(compat, "_make", make)
    monkeypatch.setattr(compat, "see_names", see)
    monkeypatch.setattr(compat, "see_types", see)
    options = compat.Options([OLD, NEW], None, demo=False)

    assert asyncio.run(compat.check_all(options)) == 1

    printed = capsys.readouterr().out.splitlines()
    assert [one.split("  ")[:2] for one in sorted(printed)] == [
        [OLD, "ok"],
        [NEW, "FAILED"],
    ]
    assert "cannot get homeassistant: there is none" in "\n".join(printed)


def test_versions_that_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a version it is the oldest and the newest, each once."""
    asked: list[bool] = []

    def newest(*, pre: bool) -> list[str]:
        """Return what the registry has."""
        asked.append(pre)
        return ["2026.12.1", "2027.1.0b2"] if pre else ["2026.12.1"]

    monkeypatch.setattr(compat, "newest_versions", newest)
    monkeypatch.setattr(compat, "locked_release", lambda: NEW)
    monkeypatch.setattr(compat, "minimum", lambda: OLD)

    def versions(*arguments: str) -> list[str]:
        """Return the versions that a command line means."""
        return [*compat.options(compat.parse(arguments)).versions]

    assert versions(OLD, NEW, OLD) == [OLD, NEW]
    assert versions("--locked") == [OLD, NEW]
    assert asked == []
    assert versions() == [OLD, "2026.12.1"]
    assert versions("--pre") == [OLD, "2026.12.1", "2027.1.0b2"]
    assert versions("--pre", NEW) == [NEW, "2026.12.1", "2027.1.0b2"]


@pytest.mark.parametrize("text", ["2026.11", "newest", "2026.11.0rc1", "../2026.11.0"])
def test_version_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be a release is refused before anything is done."""
    with pytest.raises(SystemExit) as ending:
        compat.parse([text])

    assert ending.value.code == 2
    assert text in capsys.readouterr().err
