"""Build the translations and the list of features in `services.yaml`, or check them.

A text stands once per language, in `texts/<language>.yaml`, under a name. Where it is
shown stands once for all languages, in `texts/layout.yaml`: the tree of Home
Assistant's translation files, with the name of a text at each end. `$each_feature`
stands for one entry per feature type, `$each_field_of_plug` for one per field in that
part of the form of entities; of several names, joined by ` or `, the first that there
is a text for counts.
"""

import argparse
from collections.abc import Iterator, Mapping
import gzip
import json
from pathlib import Path
import re
import sys
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from custom_components.miner_control.controllers.entities.roles import SECTIONS  # noqa: E402
from custom_components.miner_control.domain.features import MinerFeatureType  # noqa: E402

TEXTS = ROOT / "texts"
INTEGRATION = ROOT / "custom_components" / "miner_control"
TRANSLATIONS = INTEGRATION / "translations"
SERVICES = INTEGRATION / "services.yaml"
CARDS = INTEGRATION / "frontend" / "static" / "texts"
SOURCE = "en"
FOR_CARDS = "frontend."
EACH = {
    "$each_feature": tuple(feature.value for feature in MinerFeatureType),
    **{f"$each_field_of_{part}": fields for part, fields in SECTIONS.items()},
}


# The features that the action `set_feature` offers, in a form that HA reads as it is.
_OFFERED = re.compile(
    r"(?<=translation_key: feature_type\n)(?P<indent> +)options:\n(?: +- \w+\n)*"
)


class TextsError(Exception):
    """The texts do not fit together; the message says where."""


def main() -> int:
    """Write the translations, or say which are stale."""
    parser = argparse.ArgumentParser(prog="scripts/texts", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if any is stale"
    )
    given = parser.parse_args()
    try:
        stale = [path for path, text in built() if content(path) != text]
        if not given.check:
            for path, text in built():
                _write(path, text)
    except TextsError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    for path in stale:
        word = "stale" if given.check else "built"
        print(f"{word}: {path.relative_to(ROOT)}", file=sys.stderr)
    return 1 if given.check and stale else 0


def built() -> Iterator[tuple[Path, str]]:
    """Yield each file that is built with what it should hold.

    Raises TextsError for a name without a text, and for a text that nothing shows.
    """
    layout = _read(TEXTS / "layout.yaml")
    source = dict(_flat(_read(TEXTS / f"{SOURCE}.yaml")))
    for path in sorted(TEXTS.glob("*.yaml")):
        if path.stem == "layout":
            continue
        known = dict(_flat(_read(path)))
        if missing := sorted(source.keys() - known.keys()):
            raise TextsError(f"{path.name} lacks {', '.join(missing)}")
        used: set[str] = set()
        tree = _filled(layout, known, used)
        cards = dict(_for_cards(known, used))
        if unused := sorted(known.keys() - used):
            raise TextsError(f"{path.name}: nothing shows {', '.join(unused)}")
        text = json.dumps(tree, indent=2, ensure_ascii=False)
        yield TRANSLATIONS / f"{path.stem}.json", f"{text}\n"
        text = json.dumps(cards, indent=1, ensure_ascii=False)
        for suffix in (".json", ".json.gz"):
            yield CARDS / f"{path.stem}{suffix}", f"{text}\n"
    yield SERVICES, _with_features(SERVICES.read_text(encoding="utf-8"))


def _with_features(services: str) -> str:
    """Return the descriptions of the actions with a list of all features."""

    def listed(found: re.Match[str]) -> str:
        """Return the list, as deep as it was."""
        indent = found["indent"]
        rows = (f"{indent}  - {feature.value}\n" for feature in MinerFeatureType)
        return f"{indent}options:\n{''.join(rows)}"

    return _OFFERED.sub(listed, services)


def _for_cards(known: Mapping[str, str], used: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the texts of the cards by their names there."""
    for name in known:
        if name.startswith(FOR_CARDS):
            yield name.removeprefix(FOR_CARDS), _text(name, known, used)
    for feature in MinerFeatureType:
        yield f"feature.{feature}", _text(f"feature.{feature}.name", known, used)


def _filled(
    node: Mapping[str, Any], known: Mapping[str, str], used: set[str]
) -> dict[str, Any]:
    """Return a part of the layout with the texts of a language."""
    tree: dict[str, Any] = {}
    for key, value in node.items():
        if key.startswith("$"):
            tree |= {
                name: _text(value.format(feature=name), known, used)
                for name in EACH[key]
            }
        elif isinstance(value, Mapping):
            tree[key] = _filled(value, known, used)
        else:
            tree[key] = _text(value, known, used)
    return tree


def _text(names: str, known: Mapping[str, str], used: set[str]) -> str:
    """Return the text of the first name that there is one for."""
    for name in names.split(" or "):
        if name in known:
            used.add(name)
            return known[name]
    raise TextsError(f"there is no text {names}")


def _flat(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts below a node by name; `text` is that of the node itself."""
    for key, value in node.items():
        name = prefix if key == "text" else f"{prefix}.{key}".removeprefix(".")
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, value


def _read(path: Path) -> dict[str, Any]:
    """Return what a file of texts holds."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def content(path: Path) -> str | None:
    """Return the text in a file, compressed or not, None if there is no such file."""
    if not path.exists():
        return None
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


def _write(path: Path, text: str) -> None:
    """Write a text, compressed where the name says so; what is fresh stays as it is."""
    if content(path) == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode()
    if path.suffix == ".gz":
        raw = gzip.compress(raw, mtime=0)
    path.write_bytes(raw)


if __name__ == "__main__":
    sys.exit(main())
