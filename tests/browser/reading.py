"""Read what a page shows, and find what no user should see."""

from collections.abc import Iterable, Iterator
from functools import cache
import re
from typing import Final

from playwright.async_api import Locator

from tests.metadata.files import texts, translation

# Texts, and attributes that are shown or read aloud, through all shadow roots, as
# soon as they stay the same: parts of a form are loaded when they are first shown.
_READ_ALL: Final = """
async root => {
    const attributes = ["alt", "aria-label", "placeholder", "title"];
    const read = () => {
        const found = [];
        let isWhole = true;
        const visit = node => {
            if (node.nodeType === Node.TEXT_NODE) {
                found.push(node.textContent);
                return;
            }
            if (["SCRIPT", "STYLE"].includes(node.tagName)) {
                return;
            }
            isWhole &&= !node.matches?.(":not(:defined)");
            for (const name of node.getAttribute ? attributes : []) {
                found.push(node.getAttribute(name) ?? "");
            }
            node.shadowRoot?.childNodes.forEach(visit);
            node.childNodes.forEach(visit);
        };
        visit(root);
        return [found.map(text => text.trim()).filter(text => text), isWhole];
    };
    let shown = [];
    for (let frame = 0, still = 0; frame < 300 && still < 5; frame++) {
        const [now, isWhole] = read();
        still = isWhole && now.join() === shown.join() ? still + 1 : 0;
        shown = now;
        await new Promise(requestAnimationFrame);
    }
    return shown;
}
"""

_RAW: Final = {
    "a key of a text": re.compile(r"\bcomponent\.|\bui\.[a-z]+\.|\[%key"),
    "a word of a program": re.compile(
        r"(?<![\w./:-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w./:-])"
    ),
    "an open placeholder": re.compile(r"\{\w*\}"),
    "a missing value": re.compile(r"\b(?:undefined|null|NaN|None)\b|\[object "),
}


async def texts_of(element: Locator) -> list[str]:
    """Return all texts in an element, what is folded away included."""
    found: list[str] = await element.evaluate(_READ_ALL)
    return found


def raw_texts(shown: Iterable[str]) -> list[str]:
    """Return what of the shown was never meant for a user, each with the reason."""
    return [f"{why}: {text!r}" for text in shown for why in _faults(text)]


def _faults(text: str) -> Iterator[str]:
    """Yield what is wrong with a text."""
    if text.rstrip("* ") in _keys():
        yield "the key of a text"
    for why, pattern in _RAW.items():
        if pattern.search(text):
            yield why


@cache
def _keys() -> frozenset[str]:
    """Return the names of our texts: where a text is gone, its name is shown."""
    return frozenset(key for path, _ in texts(translation("en")) for key in path)
