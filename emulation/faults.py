"""What may go wrong between a device and whoever asks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
import re
from typing import Any


class Fault(StrEnum):
    """One way to misbehave, from a dead wire to a wrong answer.

    A command that arrives under `REFUSE`, `BLACKHOLE`, `HANG`, `RESET`,
    `HTTP_500` or `REJECT_LOGIN` has no effect. Under all the others it is
    carried out, whatever the answer looks like.
    """

    REFUSE = "refuse"
    """Nothing listens: connecting is refused at once."""
    BLACKHOLE = "blackhole"
    """Packets vanish: connecting never ends."""
    HANG = "hang"
    """Connections are accepted and requests are never answered."""
    RESET = "reset"
    """Every request resets its connection."""
    SLOW = "slow"
    """Every answer comes late."""
    HTTP_500 = "http_500"
    """Status 500 over HTTP, an error status over RPC."""
    REJECT_LOGIN = "reject_login"
    """No password and no token is good enough."""
    EMPTY = "empty"
    """Answers have no content."""
    GARBAGE = "garbage"
    """Answers are bytes that are not UTF-8."""
    TRUNCATE = "truncate"
    """Answers end half-way."""
    NULLS = "nulls"
    """Every number in an answer is null."""
    MISSING = "missing"
    """Every number in an answer is left out."""


# No byte order mark in front, or JSON readers would take it for UTF-16.
GARBAGE_BYTES = b"\x80\x9c{\xc3\x28\xa0\xa1\xfe" * 8

# Telling an answer's status from its content: NULLS and MISSING spoil the
# content only, or every client would stop at the envelope.
_ENVELOPE = frozenset({"STATUS", "When", "Code", "id", "code", "when"})

_BRACKETED = re.compile(r"(\w+)\[([^\[\]]*\d[^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault with the requests that it hits."""

    fault: Fault
    on: str = "*"
    delay: float = 2.0

    def hits(self, name: str) -> bool:
        """Tell whether a request or port of this name is affected."""
        return fnmatchcase(name, self.on)


def spoil(answer: Any, fault: Fault | None) -> Any:
    """Return an answer without its numbers if the fault takes them away."""
    if fault is Fault.NULLS:
        return _without_numbers(answer, keep_keys=True)
    if fault is Fault.MISSING:
        return _without_numbers(answer, keep_keys=False)
    return answer


def _without_numbers(value: Any, *, keep_keys: bool) -> Any:
    if isinstance(value, Mapping):
        return _mapping_without_numbers(value, keep_keys=keep_keys)
    if isinstance(value, list):
        items = (_without_numbers(item, keep_keys=keep_keys) for item in value)
        return [item for item in items if keep_keys or item is not None]
    if isinstance(value, str):
        return _BRACKETED.sub(r"\1[]" if keep_keys else "", value)
    return None if _is_number(value) else value


def _mapping_without_numbers(
    value: Mapping[str, Any], *, keep_keys: bool
) -> dict[str, Any]:
    return {
        key: item if key in _ENVELOPE else _without_numbers(item, keep_keys=keep_keys)
        for key, item in value.items()
        if keep_keys or key in _ENVELOPE or not _is_number(item)
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
