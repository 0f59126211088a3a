"""Read the files of the project that tell others about it."""

import ast
from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any

import yaml

from custom_components import miner_control

INTEGRATION = Path(miner_control.__path__[0])
ROOT = INTEGRATION.parent.parent
TRANSLATIONS = INTEGRATION / "translations"

type Document = dict[str, Any]
type KeyPath = tuple[str, ...]


def read_json(path: Path) -> Document:
    """Return what a JSON file holds; refuse a key that occurs twice."""
    document: Document = json.loads(
        path.read_text(encoding="utf-8"), object_pairs_hook=_unique_keys
    )
    return document


def _unique_keys(pairs: list[tuple[str, Any]]) -> Document:
    """Return an object of a JSON file."""
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key occurs twice in {keys}"
    return dict(pairs)


def read_yaml(path: Path) -> Document:
    """Return what a YAML file holds."""
    document: Document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def manifest() -> Document:
    """Return the manifest of the integration."""
    return read_json(INTEGRATION / "manifest.json")


def translation(language: str = "en") -> Document:
    """Return the texts of a language."""
    return read_json(TRANSLATIONS / f"{language}.json")


def languages() -> list[str]:
    """Return the languages that there are texts in."""
    return sorted(path.stem for path in TRANSLATIONS.glob("*.json"))


def texts(
    document: Mapping[str, Any], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text of a document with the keys that lead to it."""
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from texts(value, (*path, key))
        else:
            yield (*path, key), value


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Yield every module of the integration, relative to it, with its syntax tree."""
    for path in sorted(INTEGRATION.rglob("*.py")):
        yield path.relative_to(INTEGRATION), ast.parse(path.read_bytes())
