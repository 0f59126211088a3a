"""The folders of one run: Home Assistant's configuration and its packages."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
import shutil
import subprocess

from .errors import HomeError
from .paths import ENVIRONMENT, INTEGRATION, ROOT

GIT_LIST = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")


@dataclass(frozen=True)
class Home:
    """The folder that one run keeps everything in."""

    folder: Path
    environment: Path = ENVIRONMENT
    """Where Home Assistant itself is installed."""

    @property
    def config(self) -> Path:
        """Return Home Assistant's configuration folder."""
        return self.folder / "config"

    @property
    def packages(self) -> Path:
        """Return the environment that Home Assistant installs packages into."""
        return self.folder / "packages"

    @property
    def python(self) -> Path:
        """Return the interpreter that runs Home Assistant."""
        return self.packages / "bin" / "python"

    @property
    def log(self) -> Path:
        """Return Home Assistant's own log."""
        return self.config / "home-assistant.log"

    def installed(self) -> dict[str, str]:
        """Return the packages that Home Assistant installed, with versions."""
        return dict(
            entry.name.removesuffix(".dist-info").split("-", 1)
            for entry in self.packages.glob("lib/*/site-packages/*.dist-info")
        )


def make_packages(home: Home) -> None:
    """Make an environment that sees Home Assistant and takes new packages.

    Home Assistant finds every package of the shared environment, and none of
    those that it installed in an earlier run.
    """
    python = home.environment / "bin" / "python"
    if not python.exists():
        raise HomeError(
            f"Home Assistant is not installed in {home.environment}: run scripts/setup "
            "demo, or scripts/compat for another release"
        )
    subprocess.run(  # noqa: S603 - nothing comes from outside
        [python, "-m", "venv", "--without-pip", home.packages],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    shared = home.environment.glob("lib/python*/site-packages")
    own = next(home.packages.glob("lib/python*/site-packages"))
    lines = "".join(f"{folder}\n" for folder in shared)
    (own / "home-assistant.pth").write_text(lines, encoding="utf-8")


def copy_integration(home: Home) -> None:
    """Copy the integration's folder alone, the way HACS installs it."""
    target = home.config / INTEGRATION
    for file in _integration_files():
        copy = target / file.relative_to(ROOT / INTEGRATION)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _integration_files() -> Iterable[Path]:
    """Return the integration's files; where git tells, those it does not ignore."""
    return _files_in_git() or [
        file
        for file in (ROOT / INTEGRATION).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]


def _files_in_git() -> list[Path]:
    """Return the files that git knows or would add, none outside a checkout."""
    try:
        listing = subprocess.run(  # noqa: S603 - nothing comes from outside
            [*GIT_LIST, "--", INTEGRATION],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except OSError, subprocess.CalledProcessError:
        return []
    files = (ROOT / name for name in listing.split("\0") if name)
    return [file for file in files if file.is_file()]
