"""Put together what several questions to a device found out."""

from dataclasses import fields, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from ...domain.snapshot import Snapshot
from ...domain.values import Hashboard

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

type Boards = tuple[Hashboard, ...] | None


def merged(known: Snapshot, better: Snapshot) -> Snapshot:
    """Return what is known, with what is known better in its place.

    Of boards and of operation, each part comes from whoever knows it.
    """
    return replace(
        _over(known, better),
        operation=_over_optional(known.operation, better.operation),
        hashboards=_over_boards(known.hashboards, better.hashboards),
    )


def _over[T: DataclassInstance](known: T, better: T) -> T:
    """Return a value with each field replaced that the better one has."""
    told = {field.name: getattr(better, field.name) for field in fields(better)}
    return replace(known, **{k: v for k, v in told.items() if v is not None})


def _over_optional[T: DataclassInstance](known: T | None, better: T | None) -> T | None:
    """Return what is there of two values, the better one over the other."""
    if known is None or better is None:
        return better or known
    return _over(known, better)


def _over_boards(known: Boards, better: Boards) -> Boards:
    """Return boards in the device's order, each put together."""
    if known is None or better is None:
        return better or known
    nothing = Hashboard()
    pairs = zip_longest(known, better, fillvalue=nothing)
    return tuple(_over(one, other) for one, other in pairs)
