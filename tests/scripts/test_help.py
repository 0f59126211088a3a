"""What the scripts say of themselves."""

from pathlib import Path
import re
import shutil
import subprocess

import pytest

from scripts.lib.releases.paths import ROOT

SCRIPTS = sorted(path.name for path in (ROOT / "scripts").iterdir() if path.is_file())
# Where the command lines are read.
PROGRAMS = {
    "bench": "benchmarks/cli.py",
    "chaos": "chaos/cli.py",
    "compat": "scripts/lib/releases/compat.py",
    "demo": "demo/cli.py",
    "develop": "scripts/lib/develop.py",
    "lock": "scripts/lib/releases/lock.py",
    "take-up": "scripts/lib/releases/take_up.py",
}


def help_of(script: Path, argument: str = "--help") -> str:
    """Return what a script prints when it is asked for help."""
    return subprocess.run(  # noqa: S603 - nothing comes from outside
        [script, argument],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    ).stdout


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_takes_no_set_up(tmp_path: Path, name: str) -> None:
    """Every script answers in a checkout where nothing was ever set up."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    script = tmp_path / "scripts" / name

    said = help_of(script)

    assert said == help_of(script, "-h")
    title, empty, *usage = said.splitlines()
    assert title[0].isupper()
    assert f"scripts/{name}" in said
    assert len(usage) >= 1 or not empty
    assert [path.name for path in tmp_path.iterdir()] == ["scripts"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_names_every_option(name: str) -> None:
    """What a program can be told stands in the help of its script."""
    program = (ROOT / PROGRAMS[name]).read_text(encoding="utf-8")
    options = set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', program))

    assert options
    assert options <= set(re.findall(r"--[a-z-]+", help_of(ROOT / "scripts" / name)))
