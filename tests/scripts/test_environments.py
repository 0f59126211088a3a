"""The environments of releases, and when they are made anew."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.lib.releases import environments, release as releases, uv
from scripts.lib.releases.environments import add_packages, make_home_assistant
from scripts.lib.releases.errors import ReleaseError
from scripts.lib.releases.paths import ROOT
from scripts.lib.releases.release import CONSTRAINTS, Release

VERSION = "2026.11.0"
NEEDED = ["home-assistant-frontend==20261028.4"]
LIBRARIES = ["pyasic==0.79.0"]


class Uv:
    """An uv that writes down what it installs."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.installed: list[list[str]] = []
        self.made: list[str] = []
        self.fails_with: str | None = None

    def run(self, purpose: str, arguments: Sequence[str | Path]) -> str:
        """Make an environment, install packages, or list them."""
        words = [str(one) for one in arguments]
        if words[0] == "venv":
            venv = Path(words[-1])
            venv.mkdir(exist_ok=True)
            self.made.append(venv.name)
        elif words[1] == "freeze":
            return "homeassistant==2026.11.0\naiohttp==3.14.5\n"
        else:
            listed = Path(words[words.index("--requirements") + 1]).read_text()
            if self.fails_with and self.fails_with in listed:
                raise ReleaseError(f"cannot {purpose}: {self.fails_with}")
            assert words[words.index("--constraints") + 1].endswith(str(CONSTRAINTS))
            self.installed.append(listed.splitlines())
        return ""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Uv:
    """Return an uv that is in the place of the real one."""
    fake = Uv()
    monkeypatch.setattr(uv, "run", fake.run)
    monkeypatch.setattr(Release, "component_requirements", lambda *_, **__: [*NEEDED])
    return fake


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Return a release that has been downloaded."""
    monkeypatch.setattr(releases, "RELEASES", tmp_path)
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    release = Release(VERSION)
    file = release.package / CONSTRAINTS
    file.parent.mkdir(parents=True)
    file.write_text("pydantic==2.14.1\n", encoding="utf-8")
    return release


def make(release: Release, as_of: str | None = None) -> None:
    """Make both environments of a release."""
    venv = make_home_assistant(release, as_of)
    add_packages(release, venv, LIBRARIES, "more", as_of)


def test_libraries_are_in_one_of_two(fake: Uv, release: Release) -> None:
    """Home Assistant begins without the libraries, which it installs by itself."""
    make(release)

    own = f"homeassistant=={VERSION}"
    frozen = [own, "aiohttp==3.14.5"]
    assert fake.made == ["venv", "more"]
    assert fake.installed == [[own], [own, *NEEDED], frozen, LIBRARIES]


def test_environments_are_used_again(fake: Uv, release: Release) -> None:
    """Nothing is made twice from the same."""
    make(release)
    make(release)

    assert fake.made == ["venv", "more"]


def test_change_calls_for_new_ones(fake: Uv, release: Release) -> None:
    """What they are made from has changed: the date, or what packages are bound by."""
    make(release)
    make(release, "2026-11-28T00:00:00Z")
    (release.package / CONSTRAINTS).write_text("pydantic==2.14.2\n", encoding="utf-8")
    make(release, "2026-11-28T00:00:00Z")

    assert fake.made == ["venv", "more"] * 3


def test_half_an_environment_is_made_again(fake: Uv, release: Release) -> None:
    """One that failed is not taken for a whole one; the package is named."""
    fake.fails_with = NEEDED[0]
    with pytest.raises(ReleaseError, match=f"{VERSION} needs: {NEEDED[0]}"):
        make(release)
    fake.fails_with = None
    make(release)

    assert fake.made == ["venv", "venv", "more"]


def test_releases_are_below_the_checkout() -> None:
    """Everything stays inside the checkout."""
    assert Release(VERSION).folder.is_relative_to(ROOT / ".cache")
