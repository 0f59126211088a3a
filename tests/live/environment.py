"""Environments in which Home Assistant lacks a library, and indexes that have some."""

from collections.abc import Collection, Iterator
from importlib.metadata import Distribution, distribution
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import sysconfig
from zipfile import ZIP_STORED, ZipFile

from homeassistant import components
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from custom_components.miner_control.controllers.libraries import LIBRARIES, Library

# What an installer writes for itself, and what no wheel has.
_OF_THE_INSTALLER = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}


class Environment:
    """An environment with our own packages less the libraries, and an index."""

    def __init__(self, folder: Path, *, has: Collection[Library] = ()) -> None:
        """Make the environment; it `has` some libraries from the start."""
        self._folder = folder / "environment"
        self.index = folder / "index"
        self.index.mkdir()
        subprocess.run(  # noqa: S603 - nothing comes from outside
            [sys.executable, "-m", "venv", "--without-pip", self._folder],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        lacking = {library.name for library in LIBRARIES if library not in has}
        (self._packages,) = self._folder.glob("lib/python*/site-packages")
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if _name_of(entry) not in lacking:
                (self._packages / entry.name).symlink_to(entry)
        # Home Assistant installs by the uv that lies beside its interpreter.
        (self._folder / "bin" / "uv").symlink_to(
            Path(sysconfig.get_path("scripts")) / "uv"
        )

    @property
    def python(self) -> Path:
        """Return the interpreter."""
        return self._folder / "bin" / "python"

    @property
    def arguments(self) -> list[str]:
        """Return how Home Assistant is told to install nothing but our libraries."""
        return ["--skip-pip-packages", ",".join(sorted(_names_of_others()))]

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that lead the installer to the index alone."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("UV_")}
        return {
            **inherited,
            "PYTHONPATH": "",
            "TZ": "UTC",
            "UV_CACHE_DIR": str(self._folder / "cache"),
            "UV_FIND_LINKS": str(self.index),
            "UV_NO_CONFIG": "1",
            "UV_NO_INDEX": "1",
            "UV_OFFLINE": "1",
        }

    def publish(self, library: Library) -> None:
        """Put a library into the index, less what it needs: that is there already."""
        found = distribution(library.name)
        info = f"{library.package}-{found.version}.dist-info"
        tag = next(_values(found.read_text("WHEEL") or "", "Tag"))
        wheel = self.index / f"{library.package}-{found.version}-{tag}.whl"
        with ZipFile(wheel, "w", ZIP_STORED) as archive:
            names = [name for name in _files_of(found) if name != f"{info}/METADATA"]
            for name in names:
                archive.write(str(found.locate_file(name)), name)
            metadata = "".join(
                line
                for line in (found.read_text("METADATA") or "").splitlines(
                    keepends=True
                )
                if not line.startswith("Requires-Dist:")
            )
            archive.writestr(f"{info}/METADATA", metadata)
            record = [*names, f"{info}/METADATA", f"{info}/RECORD"]
            archive.writestr(f"{info}/RECORD", "".join(f"{n},,\n" for n in record))

    def replace(self, package: str, version: str, failure: str) -> None:
        """Replace a package by another version, whose import fails.

        That is what another integration does that installs what it needs by itself.
        """
        for entry in tuple(self._packages.iterdir()):
            if _name_of(entry) != canonicalize_name(package):
                continue
            if entry.is_symlink() or entry.is_file():
                entry.unlink()
            else:
                shutil.rmtree(entry)
        module = self._packages / package
        module.mkdir()
        (module / "__init__.py").write_text(f"raise {failure}\n", encoding="utf-8")
        info = self._packages / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
            encoding="utf-8",
        )

    def has(self, library: Library) -> bool:
        """Tell whether a library is installed."""
        return any(_name_of(one) == library.name for one in self._packages.iterdir())


def _name_of(entry: Path) -> str:
    """Return the package that a file or folder of an environment belongs to."""
    return canonicalize_name(entry.name.partition("-")[0].partition(".")[0])


def _files_of(found: Distribution) -> Iterator[str]:
    """Yield the files of a package that its wheel had."""
    for file in found.files or ():
        is_own = not file.parts[0].startswith("..") and "__pycache__" not in file.parts
        if is_own and file.name not in _OF_THE_INSTALLER:
            yield str(file)


def _values(text: str, key: str) -> Iterator[str]:
    """Yield the values of a key in headers."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == key:
            yield value.strip()


def _names_of_others() -> set[str]:
    """Return the packages that Home Assistant's own components ask for."""
    names = set()
    for manifest in Path(components.__path__[0]).glob("*/manifest.json"):
        for line in json.loads(manifest.read_bytes()).get("requirements", ()):
            names.add(Requirement(line).name)
    return names
