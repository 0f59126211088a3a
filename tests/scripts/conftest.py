"""Releases of a Home Assistant that has hardly anything in it."""

from collections.abc import Callable
from pathlib import Path
import sys

import pytest

from scripts.lib.releases import checks

type Files = dict[str, str]
type MakeRelease = Callable[[str, Files], Path]
type MakeIntegration = Callable[[Files], Path]


@pytest.fixture
def make_release(tmp_path: Path) -> MakeRelease:
    """Return a way to make the environment of a release from its modules."""

    def make(version: str, files: Files) -> Path:
        """Make it and return the folder of the environment."""
        venv = tmp_path / version / "venv"
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").symlink_to(sys.executable)
        minor = f"{sys.version_info.major}.{sys.version_info.minor}"
        packages = venv / "lib" / f"python{minor}" / "site-packages"
        home = Path(sys.base_prefix, "bin").as_posix()
        (venv / "pyvenv.cfg").write_text(f"home = {home}\n", encoding="utf-8")
        write(packages / "homeassistant", {"__init__.py": "", "py.typed": ""} | files)
        return venv

    return make


@pytest.fixture
def make_integration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeIntegration:
    """Return a way to make an integration from its modules."""

    def make(files: Files) -> Path:
        """Make it and return the folder that holds `custom_components`."""
        root = tmp_path / "checkout"
        monkeypatch.setattr(checks, "INTEGRATION", Path("custom_components") / "mine")
        write(root / "custom_components" / "mine", {"__init__.py": ""} | files)
        return root

    return make


def write(folder: Path, files: Files) -> None:
    """Write files, with a docstring in the first line of each, into a folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
