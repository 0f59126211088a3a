"""Imports run one way, and the domain knows neither Home Assistant nor devices."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

import custom_components.miner_control

PACKAGE = custom_components.miner_control.__name__
ROOT = Path(custom_components.miner_control.__path__[0])

# Nothing in these waits, opens, connects or looks at a clock.
PURE = {
    "abc",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "itertools",
    "math",
    "operator",
    "re",
    "typing",
}
# From the bottom to the top; a module imports from its own layer and from below.
LAYERS = (
    ("domain",),
    ("const", "names"),
    ("controllers",),
    ("storage",),
    ("coordinator",),
    ("watch",),
    ("commands",),
    ("heating",),
    ("devices", "runtime"),
)


def module_name(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *parts)).removesuffix(".__init__")


MODULES = {module_name(path): path for path in ROOT.rglob("*.py")}


def imports(module: str) -> Iterator[str]:
    """Yield the full names of all that a module imports, anywhere in it."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                name = f"{base}.{alias.name}"
                yield name if name in MODULES else base


def own_imports(module: str) -> set[str]:
    """Return the modules of the integration that a module imports."""
    return {name for name in imports(module) if name in MODULES}


def layer(module: str) -> int:
    """Return how high up a module is; entities and flows are at the top."""
    place = module.removeprefix(f"{PACKAGE}.").partition(".")[0]
    return next(
        (height for height, places in enumerate(LAYERS) if place in places),
        len(LAYERS),
    )


def test_all_modules_are_seen() -> None:
    """The walk finds each layer, and resolves imports of every kind."""
    assert {layer(module) for module in MODULES} == set(range(len(LAYERS) + 1))
    found = own_imports(f"{PACKAGE}.controllers.simulated")
    assert {
        f"{PACKAGE}.domain.ports",
        f"{PACKAGE}.controllers.base",
        f"{PACKAGE}.domain.snapshot",
    } <= found


@pytest.mark.parametrize("module", [m for m in MODULES if layer(m) == 0])
def test_domain_is_pure(module: str) -> None:
    """The domain imports itself and what does no I/O, and nothing else."""
    foreign = {name for name in imports(module) if name not in MODULES}
    assert {name.partition(".")[0] for name in foreign} <= PURE
    assert {layer(name) for name in own_imports(module)} <= {0}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards(module: str) -> None:
    """No module imports from a layer above its own."""
    above = {name for name in own_imports(module) if layer(name) > layer(module)}
    assert above == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    """Within a layer, too, imports run one way."""
    graph = {module: own_imports(module) for module in MODULES}
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)
