"""Rules of HACS for the repository, and agreement of its scripts and locks."""

import re
import subprocess
import tomllib

from awesomeversion import AwesomeVersion
from homeassistant.const import __version__ as home_assistant_version
import pytest

from .files import INTEGRATION, ROOT, manifest, read_json

HACS_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "zip_release",
}
LOCKS = sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))
SCRIPTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run")
    if path.is_file()
)


def _pin(lock: str, package: str) -> str | None:
    """Return the version of a package in a lock, None if it is not in there."""
    content = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)", content, re.MULTILINE)
    return found and found[1]


def test_hacs_keys() -> None:
    """HACS knows every key of its file, and the name is there."""
    keys = set(read_json(ROOT / "hacs.json"))
    assert "name" in keys
    assert keys <= HACS_KEYS


def test_hacs_names() -> None:
    """HACS shows the same name as Home Assistant."""
    assert read_json(ROOT / "hacs.json")["name"] == manifest()["name"]


def test_hacs_admits_the_tested_release() -> None:
    """The tests may run with a newer Home Assistant than HACS asks for, never older."""
    minimum = read_json(ROOT / "hacs.json")["homeassistant"]
    assert AwesomeVersion(minimum) <= home_assistant_version


def test_minimum_is_the_one_that_users_read() -> None:
    """The first page asks for the release that HACS asks for."""
    year, month, _ = read_json(ROOT / "hacs.json")["homeassistant"].split(".")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"You need Home Assistant {year}.{month} or newer." in readme


def test_one_integration() -> None:
    """HACS finds exactly one integration."""
    found = [path for path in INTEGRATION.parent.iterdir() if path.is_dir()]
    assert [path.name for path in found if path.name != "__pycache__"] == [
        INTEGRATION.name
    ]


@pytest.mark.parametrize("name", ["README.md", "LICENSE"])
def test_documents(name: str) -> None:
    """The repository says what it is and on what terms."""
    assert (ROOT / name).stat().st_size > 0


def test_project_is_named_after_the_repository() -> None:
    """The project, the repository and the manifest agree on the name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    name = project["project"]["name"]
    assert manifest()["documentation"].endswith(f"/{name}")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_exact(lock: str) -> None:
    """A lock has a version and hashes for each package, and names no index."""
    content = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\w)", content.split("\n", 2)[2])
    assert packages
    for package in packages:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ ", package), package
        assert "--hash=sha256:" in package
    assert "://" not in content


def test_home_assistant_is_the_same_everywhere() -> None:
    """Tests and demo run with the same Home Assistant."""
    pins = {_pin(lock, "homeassistant") for lock in ("demo.txt", "test.txt")}
    assert None not in pins
    assert len(pins) == 1


def test_demo_leaves_the_library_to_home_assistant() -> None:
    """Home Assistant itself has to install pyasic in the demo."""
    assert _pin("demo.txt", "pyasic") is None


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_runs(script: str) -> None:
    """A script may be executed, and bash can read it."""
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)  # noqa: S603, S607
