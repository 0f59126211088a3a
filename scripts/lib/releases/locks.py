"""The locks of the development environments, compiled from requirements/*.in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import re
import shutil
import signal
import tempfile
import tomllib

from . import uv
from .environments import make_home_assistant, python_of
from .errors import ReleaseError
from .lists import DEMO_COMPONENTS, TEST_COMPONENTS
from .paths import CACHE, REQUIREMENTS, ROOT
from .pins import name_of, pins, without
from .plugin import Plugin
from .release import CONSTRAINTS, PACKAGE, Release

# A lock is made as of this date, so that the same inputs always give the same lock.
DATE_FILE = "as-of"
RELEASE_FILE = "home-assistant.in"
TEST_FILE = "test.in"
PLUGIN_OVERRIDES = "plugin-overrides.in"
_HAND_OVERRIDES = "test-overrides.in"
_BOOTSTRAP_PYTHON = "3.9"
_MADE = "# Made by scripts/lock"


@dataclass(frozen=True)
class Lock:
    """A lock, what it is compiled from, and what overrides it."""

    name: str
    sources: Sequence[str]
    overrides: Sequence[str] = ()

    @property
    def file(self) -> str:
        """Return the name of the lock's file."""
        return f"{self.name}.txt"


BOOTSTRAP = Lock("bootstrap", ["bootstrap.in"])
# Each of them is bound by the constraints of Home Assistant.
BOUND = (
    Lock(
        "test",
        ["test.in", "test-components.in", "default-components.in"],
        [_HAND_OVERRIDES, PLUGIN_OVERRIDES],
    ),
    Lock("bench", ["bench.in", "test-components.in"]),
    Lock("demo", ["demo.in", "demo-components.in"]),
)


def locked_release() -> str:
    """Return the release that the locks are made for."""
    return pins(_lines(REQUIREMENTS / RELEASE_FILE))[PACKAGE]


def locked_date() -> str:
    """Return the moment as of which the locks are made."""
    return (REQUIREMENTS / DATE_FILE).read_text(encoding="utf-8").strip()


def listed(file: str) -> list[str]:
    """Return the packages that a file of the requirements asks for by itself."""
    return [line for line in _lines(REQUIREMENTS / file) if name_of(line)]


@contextmanager
def all_or_nothing() -> Iterator[Path]:
    """Give a copy of the requirements to work on, which replaces them at the end.

    Whatever goes wrong before the end leaves the requirements as they were.
    """
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="lock-") as folder:
        copy = Path(folder) / REQUIREMENTS.name
        shutil.copytree(REQUIREMENTS, copy)
        yield copy
        _replace(copy, REQUIREMENTS)


def _replace(new: Path, old: Path) -> None:
    """Put new files in the place of old ones; no signal comes in between."""
    changed = [
        file
        for file in sorted(new.iterdir())
        if not (old / file.name).exists()
        or (old / file.name).read_bytes() != file.read_bytes()
    ]
    signals = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        for file in changed:
            file.replace(old / file.name)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def write_inputs(folder: Path, release: Release, plugin: Plugin, date: str) -> None:
    """Write all that the locks are compiled from and that follows from a release."""
    _write(folder / DATE_FILE, [date])
    _write(
        folder / RELEASE_FILE,
        [
            "# What tests, demo and benchmark run; scripts/take-up moves it.",
            f"{PACKAGE}=={release.version}",
        ],
    )
    _set_pin(folder / TEST_FILE, plugin.pin)
    venv = make_home_assistant(release, date)
    for name, components, defaults in (
        ("test-components", TEST_COMPONENTS, False),
        ("default-components", (), True),
        ("demo-components", DEMO_COMPONENTS, True),
    ):
        needed = release.component_requirements(
            python_of(venv), components, defaults=defaults
        )
        origin = f"{_MADE} from the manifests of Home Assistant's components."
        _write(folder / f"{name}.in", [origin, *needed])
    _write(
        folder / PLUGIN_OVERRIDES,
        [
            f"{_MADE}: Home Assistant's own pins where the test plug-in has others.",
            *plugin.overrides(release.pins | _component_pins(folder)),
        ],
    )


def _component_pins(folder: Path) -> dict[str, str]:
    """Return what the components pin that are in the tests."""
    files = ("test-components.in", "default-components.in")
    return pins(line for name in files for line in _lines(folder / name))


def compile_all(folder: Path, release: Release, date: str) -> None:
    """Compile all locks anew, from nothing but their inputs.

    Raises ReleaseError with the packages that do not fit together.
    """
    python = _python()
    for lock in (BOOTSTRAP, *BOUND):
        (folder / lock.file).unlink(missing_ok=True)
    _compile(folder, BOOTSTRAP, _BOOTSTRAP_PYTHON, date)
    for lock in BOUND:
        _constrain(folder, lock, release)
        _compile(folder, lock, python, date, "--constraints", str(CONSTRAINTS))


def _constrain(folder: Path, lock: Lock, release: Release) -> None:
    """Write Home Assistant's constraints, but what the lock overrides."""
    overridden = [
        name
        for file in lock.overrides
        for name in map(name_of, _lines(folder / file))
        if name
    ]
    file = folder.parent / CONSTRAINTS
    file.parent.mkdir(exist_ok=True)
    _write(file, without(release.constraints, overridden))


def _compile(folder: Path, lock: Lock, python: str, date: str, *more: str) -> None:
    """Compile one lock for every platform, without the name of any package index."""
    overrides = [f"--overrides={folder.name}/{name}" for name in lock.overrides]
    uv.run(
        f"lock the packages of {lock.file}",
        [
            *("pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--no-emit-index-url", "--custom-compile-command", "scripts/lock"),
            *("--python-version", python, "--exclude-newer", date),
            *(*more, *overrides, "--output-file", f"{folder.name}/{lock.file}"),
            *(f"{folder.name}/{source}" for source in lock.sources),
        ],
        folder=folder.parent,
    )


def _python() -> str:
    """Return the oldest Python that the project runs on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = re.fullmatch(r">=\s*([\d.]+)", project["project"]["requires-python"])
    if found is None:
        raise ReleaseError("requires-python in pyproject.toml is not like >=3.14.2")
    return found[1]


def _set_pin(file: Path, pin: str) -> None:
    """Move a package that a file pins to another version."""
    name = next(iter(pins([pin])))
    lines = [pin if name in pins([line]) else line for line in _lines(file)]
    _write(file, lines)


def differences(old: Path, new: Path) -> Mapping[str, Sequence[str]]:
    """Return by lock which packages another version came in, for people."""
    return {
        lock.file: _moves(pins(_lines(old / lock.file)), pins(_lines(new / lock.file)))
        for lock in (BOOTSTRAP, *BOUND)
    }


def _moves(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return which packages moved, came or went."""
    return [
        f"{name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _lines(file: Path) -> list[str]:
    """Return the lines of a file."""
    return file.read_text(encoding="utf-8").splitlines()


def _write(file: Path, lines: Sequence[str]) -> None:
    """Write the lines of a file."""
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
