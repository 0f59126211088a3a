"""The tools know none of the programs that are built on them."""

import ast
from pathlib import Path

import pytest

from tools.home.paths import ROOT

PROGRAMS = {"benchmarks", "chaos", "demo", "tests"}
MODULES = sorted((ROOT / "tools").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_knows_no_program(module: Path) -> None:
    """Imports run one way: from what is shared to what shares it."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = [
        name
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    ]
    assert not PROGRAMS & {name.partition(".")[0] for name in names}
