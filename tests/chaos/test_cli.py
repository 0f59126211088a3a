"""The command line of the chaos."""

import os
import subprocess
from typing import Any

import pytest

from chaos.cli import FUZZ_TESTS, main, parse
from tools.home.paths import ROOT


def test_defaults() -> None:
    """Ten minutes with forty miners, from any seed."""
    given = parse([])
    assert (given.seconds, given.miners, given.seed) == (600, 40, None)
    assert not given.keep
    assert not given.fuzz


def test_some_kinds() -> None:
    """Four of each that is named, or as many as are wanted."""
    kinds = ["bitaxe", "nmaxe"]
    given = parse(["--kinds", *kinds])
    assert (given.kinds, given.miners) == (kinds, 8)
    assert parse(["--miners", "2", "--kinds", *kinds]).miners == 2


@pytest.mark.parametrize("arguments", [["--seconds", "5"], ["--miners", "3"]])
def test_too_little(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Too little time or too few miners prove nothing."""
    with pytest.raises(SystemExit):
        parse(arguments)
    assert "is less than" in capsys.readouterr().err


def test_fuzzing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs the tests of the parsers, and ends as they do."""
    run: list[tuple[list[str], dict[str, Any]]] = []

    def pretend(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Remember what was to be run."""
        run.append((command, options))
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr("chaos.cli.subprocess.run", pretend)
    assert main(["--fuzz"]) == 3
    ((command, options),) = run
    assert set(FUZZ_TESTS) <= set(command)
    environment: dict[str, str] = options["env"]
    assert int(environment["MINER_CONTROL_FUZZ_EFFORT"]) > 10
    assert environment.keys() - os.environ.keys() == {"MINER_CONTROL_FUZZ_EFFORT"}
    assert all((ROOT / test).exists() for test in FUZZ_TESTS)
