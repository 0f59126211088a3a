"""The integration takes from Home Assistant only what Home Assistant offers.

What a module has merely imported for its own use may be gone with any release; once
that kept the integration from loading at all.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from .files import INTEGRATION

HOME_ASSISTANT = "homeassistant"
COMPONENTS = "homeassistant.components."

# Of the constants of components, this one is taken by many others.
CONSTANTS = {"DOMAIN"}


def _source(module: str) -> Path | None:
    """Return the file of a module of Home Assistant; None if there is none."""
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin else None


def _taken(source: str) -> Iterator[tuple[str, str]]:
    """Yield which names a module takes from which modules of Home Assistant."""
    tree = ast.parse(source)
    imported = dict(_imported(tree))
    for module in imported.values():
        if not _source(module):
            parent, _, name = module.rpartition(".")
            yield parent, name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = imported.get(node.value.id, "")
            if module and _source(module):
                yield module, node.attr


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what is imported from Home Assistant, by its name in the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found = {
                alias.asname or alias.name: f"{node.module}.{alias.name}"
                for alias in node.names
            }
        else:
            continue
        for name, module in found.items():
            if module.partition(".")[0] == HOME_ASSISTANT:
                yield name, module


@cache
def _offered(module: str) -> frozenset[str]:
    """Return the names that a module of Home Assistant offers to others."""
    path = _source(module)
    assert path, f"Home Assistant has no {module}"
    lines = path.read_text(encoding="utf-8").splitlines()
    names: set[str] = set()
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.TypeAlias):
            value = node.value
            for target in _targets(node):
                if target == "__all__" and isinstance(value, ast.List | ast.Tuple):
                    return frozenset(ast.literal_eval(value))
                names.add(target)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            # An import that looks unused is there for others; the linter knows it.
            names |= {
                alias.name
                for alias in node.names
                if {"F401"} & set(_codes(lines[node.lineno - 1]))
                or {"F401"} & set(_codes(lines[alias.lineno - 1]))
            }
    return frozenset(name for name in names if not name.startswith("_"))


def _targets(node: ast.Assign | ast.AnnAssign | ast.TypeAlias) -> Iterator[str]:
    """Yield the names that a statement gives a value."""
    if isinstance(node, ast.TypeAlias):
        yield node.name.id
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id


def _codes(line: str) -> list[str]:
    """Return which rules of the linter a line is exempt from."""
    return line.partition("# noqa:")[2].replace(",", " ").split()


def _faults(source: str) -> list[str]:
    """Return the names that a module takes although they are not meant for it."""
    return [
        f"{module}.{name}"
        for module, name in _taken(source)
        if name not in _offered(module) or _is_own_constant(module, name)
    ]


def _is_own_constant(module: str, name: str) -> bool:
    """Return whether a name is a constant that a component has for itself.

    Such constants move from one release to the next, without notice.
    """
    return module.startswith(COMPONENTS) and name.isupper() and name not in CONSTANTS


@pytest.mark.parametrize(
    "path",
    sorted(INTEGRATION.rglob("*.py")),
    ids=lambda path: path.relative_to(INTEGRATION).as_posix(),
)
def test_only_what_is_offered_is_taken(path: Path) -> None:
    """Where Home Assistant offers no constant, the literal stands."""
    assert _faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from homeassistant.components.automation import SERVICE_TRIGGER",
        "from homeassistant.components import automation\nautomation.SERVICE_TRIGGER",
        "import homeassistant.components.sensor as s\ns.ATTR_OPTION",
        "from homeassistant.core import _LOGGER",
        "from homeassistant.helpers.entity_registry import dt_util",
    ],
)
def test_what_is_not_offered_is_found(source: str) -> None:
    """What another module has imported for itself, or has never heard of, is named."""
    assert _faults(source)
