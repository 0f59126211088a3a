"""Read the documents that people read."""

from collections.abc import Iterator
from dataclasses import dataclass
import itertools
from pathlib import Path
import re
from typing import override
from urllib.parse import unquote

from .files import ROOT

DOCS = ROOT / "docs"
DOCUMENTS = sorted((*ROOT.glob("*.md"), *DOCS.glob("*.md")))

_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A block of code in a document."""

    language: str
    text: str
    document: str
    line: int

    @override
    def __str__(self) -> str:
        """Tell where it is."""
        return f"{self.document}:{self.line}"


def read(path: Path) -> str:
    """Return the text of a document."""
    return path.read_text(encoding="utf-8")


def links(path: Path) -> Iterator[str]:
    """Yield where a document links to."""
    yield from _LINK.findall(_FENCE.sub("", read(path)))


def target(path: Path, link: str) -> tuple[Path, str]:
    """Return the file and the heading that a link leads to."""
    file, _, heading = unquote(link).partition("#")
    return (path.parent / file).resolve() if file else path, heading


def anchors(path: Path) -> set[str]:
    """Return by what the headings of a document are linked to."""
    return {_anchor(heading) for heading in _HEADING.findall(read(path))}


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    words = re.sub(r"[^\w\- ]", "", heading.lower())
    return words.replace(" ", "-")


def examples(path: Path) -> Iterator[Example]:
    """Yield the blocks of code in a document."""
    text = read(path)
    for found in _FENCE.finditer(text):
        indent, language, block = found.groups()
        lines = [line.removeprefix(indent) for line in block.splitlines()]
        line = text.count("\n", 0, found.start()) + 1
        name = path.relative_to(ROOT).as_posix()
        yield Example(language, "\n".join(lines), name, line)


def tables(path: Path, *first_cells: str) -> Iterator[list[dict[str, str]]]:
    """Yield the rows of each table whose header begins with some cells."""
    lines = iter(read(path).splitlines())
    for line in lines:
        header = _cells(line)
        if header[: len(first_cells)] == list(first_cells):
            next(lines)
            body = itertools.takewhile(lambda row: row.startswith("|"), lines)
            yield [dict(zip(header, _cells(row), strict=True)) for row in body]


def table(path: Path, *first_cells: str) -> list[dict[str, str]]:
    """Return the rows of the only table whose header begins with some cells."""
    (found,) = tables(path, *first_cells)
    return found


def _cells(line: str) -> list[str]:
    """Return the cells of a row of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
