"""The folders of one run."""

from pathlib import Path

import pytest

from tools.home.errors import HomeError
from tools.home.home import Home, copy_integration, make_packages
from tools.home.paths import INTEGRATION


def test_integration_is_copied_alone(tmp_path: Path) -> None:
    """The folder arrives the way a release holds it, without leftovers."""
    home = Home(tmp_path)

    copy_integration(home)

    assert (home.config / INTEGRATION / "manifest.json").is_file()
    assert not list(home.config.rglob("__pycache__"))
    assert [entry.name for entry in home.config.iterdir()] == ["custom_components"]


def test_installed_packages_are_told(tmp_path: Path) -> None:
    """Packages are known by what their installation leaves behind."""
    home = Home(tmp_path)
    packages = home.packages / "lib" / "python3.14" / "site-packages"
    (packages / "pyasic-0.79.0.dist-info").mkdir(parents=True)

    assert home.installed() == {"pyasic": "0.79.0"}


def test_environment_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Who asks for another Home Assistant is told where none is."""
    home = Home(tmp_path, tmp_path / "nowhere")

    with pytest.raises(HomeError, match=r"not installed in .*nowhere: run scripts/"):
        make_packages(home)
