"""Import an integration under one release of Home Assistant, and say what is gone.

This runs as a program of its own, with the interpreter that has the release. It
prints one JSON document: `modules`, how many could be imported; `failures`, the
modules that could not be, with the reason; `gone`, every name that is used but not
there any more, as `module.name`, with the places that use it.
"""

import ast
from collections.abc import Iterator
from functools import cache
import importlib
import json
from pathlib import Path
import sys
from types import ModuleType
from typing import override

_PACKAGE = "homeassistant"
# Who catches one of these is ready for a release without the name.
_MISSING = {"AttributeError", "Exception", "ImportError", "ModuleNotFoundError"}

type Places = dict[str, list[str]]


def main(arguments: list[str]) -> int:
    """Probe the folder of an integration that a root holds, and print what is found."""
    root, folder = map(Path, arguments)
    sys.path.insert(0, str(root))
    # As in Home Assistant, whose start puts other packages in the place of some.
    importlib.import_module(_PACKAGE)
    files = sorted((root / folder).rglob("*.py"))
    failures = {}
    for file in files:
        name = _module_name(file.relative_to(root))
        if reason := _failure(name):
            failures[name] = reason
    gone: Places = {}
    for file in files:
        for name, line in missing_names(ast.parse(file.read_bytes())):
            gone.setdefault(name, []).append(f"{file.relative_to(root)}:{line}")
    found = len(files) - len(failures)
    print(json.dumps({"modules": found, "failures": failures, "gone": gone}))
    return 1 if failures or gone else 0


def _module_name(file: Path) -> str:
    """Return the name that a file is imported by."""
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _failure(name: str) -> str | None:
    """Import a module and return why that failed, if it did."""
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - whatever a module does
        return f"{type(error).__name__}: {error}"
    return None


def missing_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield what a module takes from Home Assistant that is not there, with the line.

    What stands under a condition or in a `try` is for some releases only, and left
    to the import itself.
    """
    aliases: dict[str, str] = {}
    for node in _unconditional(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from _missing_imports(node, aliases)
        elif isinstance(node, ast.Import):
            yield from _missing_modules(node, aliases)
    for name in _rebound(tree):
        aliases.pop(name, None)
    for node in _unconditional(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source = aliases.get(node.value.id)
            if source and not _has(source, node.attr):
                yield f"{source}.{node.attr}", node.lineno


def _missing_imports(
    node: ast.ImportFrom, aliases: dict[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield the names of one import that are gone; note the modules among the rest."""
    source = node.module or ""
    if not _is_home_assistants(source):
        return
    for one in node.names:
        if not _has(source, one.name):
            yield f"{source}.{one.name}", node.lineno
        elif _module(f"{source}.{one.name}"):
            aliases[one.asname or one.name] = f"{source}.{one.name}"


def _missing_modules(
    node: ast.Import, aliases: dict[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield the modules of one import that are gone; note the names of the rest."""
    for one in node.names:
        if not _is_home_assistants(one.name):
            continue
        if _module(one.name) is None:
            yield one.name, node.lineno
        elif one.asname:
            aliases[one.asname] = one.name


def _unconditional(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one that are for every release."""
    for child in ast.iter_child_nodes(node):
        if not _is_conditional(child):
            yield child
            yield from _unconditional(child)


def _is_conditional(node: ast.AST) -> bool:
    """Tell whether a node asks for the release, or is ready for what is missing."""
    if isinstance(node, ast.Try):
        caught = {one.id for one in _names(*(h.type for h in node.handlers))}
        return bool(caught & _MISSING)
    if isinstance(node, ast.If | ast.IfExp):
        return any("version" in one.id.lower() for one in _names(node.test))
    return False


def _names(*nodes: ast.AST | None) -> Iterator[ast.Name]:
    """Yield the plain names in some expressions."""
    for node in filter(None, nodes):
        yield from (one for one in ast.walk(node) if isinstance(one, ast.Name))


def _rebound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that mean something else in some part of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def _is_home_assistants(module: str) -> bool:
    """Tell whether a module is Home Assistant's."""
    return module.partition(".")[0] == _PACKAGE


def _has(source: str, name: str) -> bool:
    """Tell whether a module has a name, be it a module below it."""
    module = _module(source)
    if module is None:
        return False
    return name == "*" or hasattr(module, name) or bool(_module(f"{source}.{name}"))


class _Unreadable(ModuleType):
    """A module that is there and does not import: any name may be in it."""

    @override
    def __getattr__(self, _: str) -> None:
        """Have every name; the import of the integration tells what is wrong."""


@cache
def _module(name: str) -> ModuleType | None:
    """Import one of Home Assistant's modules; None where there is none."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        gone = error.name is not None and f"{name}.".startswith(f"{error.name}.")
        return None if gone else _Unreadable(name)
    except Exception:  # noqa: BLE001 - whatever a module does
        return _Unreadable(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
