"""The issue that tells of a newest release that the integration does not work with."""

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest

from scripts.lib.releases.paths import LIBRARY

TITLE = "Does not work"
REPORT = (
    "2026.10.0  ok  124 modules (99 s)\n2026.12.0  FAILED  gone: a.b (c.py:1) (7 s)\n"
)
FOUND = "2026.12.0  FAILED  gone: a.b (c.py:1)\n"

# Knows one issue at most, from a file, and writes down what it is told to do.
GH = """#!{python}
import json, os, pathlib, sys
known = pathlib.Path(os.environ["KNOWN"])
body = known.read_text() if known.exists() else None
match sys.argv[1:3]:
    case ["issue", "list"]:
        print("" if body is None else 7)
    case ["issue", "view"]:
        print(body)
    case _:
        with open(os.environ["CALLS"], "a") as calls:
            calls.write(json.dumps(sys.argv[2:]) + "\\n")
        known.write_text(sys.argv[-1])
"""


class GitHub:
    """GitHub with one issue at most."""

    def __init__(self, folder: Path) -> None:
        """Begin without an issue."""
        self.folder = folder
        self.calls = folder / "calls"
        program = folder / "gh"
        program.write_text(GH.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)

    def tell(self, report: str, logs: str) -> list[list[str]]:
        """Tell of a failure and return what was done about it."""
        self.calls.write_text("", encoding="utf-8")
        (self.folder / "report.txt").write_text(report, encoding="utf-8")
        subprocess.run(  # noqa: S603 - nothing comes from outside
            ["bash", LIBRARY / "open_issue.sh", TITLE, "report.txt", logs],  # noqa: S607
            cwd=self.folder,
            env={
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "CALLS": str(self.calls),
                "KNOWN": str(self.folder / "issue"),
            },
            check=True,
        )
        return [json.loads(line) for line in self.calls.read_text().splitlines()]


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    """Return GitHub without an issue."""
    return GitHub(tmp_path)


def test_first_failure_opens_an_issue(github: GitHub) -> None:
    """It says what failed, and where the logs are."""
    ((action, _, title, _, body),) = github.tell(REPORT, "https://logs/1")

    assert (action, title) == ("create", TITLE)
    assert FOUND in body
    assert body.endswith("Logs: https://logs/1")


def test_same_failure_on_the_next_day_updates_it(github: GitHub) -> None:
    """Nobody is told the same twice, also if it took longer."""
    github.tell(REPORT, "https://logs/1")

    ((action, number, _, body),) = github.tell(
        REPORT.replace("(7 s)", "(8 s)"), "https://logs/2"
    )

    assert (action, number) == ("edit", "7")
    assert body.endswith("Logs: https://logs/2")


def test_other_failure_is_a_comment_as_well(github: GitHub) -> None:
    """Who follows the issue hears of another name that is gone."""
    github.tell(REPORT, "https://logs/1")

    calls = github.tell(REPORT.replace("a.b", "a.c"), "https://logs/2")

    assert [call[0] for call in calls] == ["edit", "comment"]
    assert all("gone: a.c" in call[-1] for call in calls)
