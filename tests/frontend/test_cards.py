"""The cards do what they should, by tests of their own in frontend/test."""

import shutil
import subprocess

import pytest

from tests.metadata.files import ROOT

FRONTEND = ROOT / "frontend"
SECONDS = 240


@pytest.mark.parametrize("script", ["check", "test"], ids=["types", "tests"])
def test_cards(script: str) -> None:
    """Their types fit, and their tests pass and reach most of them."""
    npm = shutil.which("npm")
    if npm is None or not (FRONTEND / "node_modules" / "stamp").exists():
        pytest.skip("there is no Node here, and scripts/setup could not install it")
    ended = subprocess.run(  # noqa: S603 - nothing comes from outside
        [npm, "run", "--silent", script],
        cwd=FRONTEND,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
