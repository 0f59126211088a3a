"""Answers that no device should give, and what may be made of them."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from enum import Enum
import json
from math import isfinite
import os
from types import NoneType
from typing import Any
from zlib import crc32

from hypothesis import HealthCheck, Phase, settings, strategies as st

from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    DeviceInfo,
    FanSetting,
    Firmware,
    Measurement,
    OperationalData,
    PowerLimit,
    Presets,
    Tuning,
    TuningRange,
)

# A run of all tests has little time; `scripts/chaos --fuzz` takes so much more.
EFFORT = int(os.environ.get("MINER_CONTROL_FUZZ_EFFORT", "1"))

DEPTH = 20_000
HUGE = 10**400
LONGEST_UPTIME = timedelta(days=36_500)


class Gone(Enum):
    """What stands for a key or item that is left out."""

    GONE = "gone"


ODD_TEXTS = (
    "",
    " ",
    "NaN",
    "inf",
    "-1",
    "1e999",
    "12,5",
    "0x1F",
    "12 W",
    "null",
    "\x00",
    "\ud800".encode("utf-8", "replace").decode(),
    "é" * 300,
    "1" * 5000,
    "a:b:c",
    "1-2-3",
    "[[[",
    "-".join("0" * 50),
)
ODD_NUMBERS = (0, -1, 1, 2**31, -(2**31), 2**64, HUGE, -HUGE, 0.1, -0.1, 1e308, -1e308)
NOT_NUMBERS = (float("nan"), float("inf"), float("-inf"))

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(NOT_NUMBERS),
    st.sampled_from(ODD_TEXTS),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
)
values = st.one_of(
    scalars,
    st.just(Gone.GONE),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
raw = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        (
            b"",
            b"[" * DEPTH,
            b'{"a":' * DEPTH,
            b"null",
            b"[]",
            b"{}",
            b'"text"',
            b"1e999",
            b"\xff\xfe\x00",
            b"\x00",
            b"<html>busy</html>",
        )
    ),
)


@dataclass(frozen=True)
class Change:
    """Put something in one place of the answers to some questions."""

    where: float
    what: Any
    # Which of the questions it hits: one in so many, or all.
    share: int = 1

    def hits(self, name: str) -> bool:
        """Tell whether the answer to a question is changed."""
        return crc32(name.encode()) % self.share == 0


@dataclass(frozen=True)
class Plan:
    """All that is done to the answers of a device."""

    changes: tuple[Change, ...] = ()
    instead: bytes | None = None
    cut: float | None = None

    def __call__(self, name: str, content: Any) -> Any:
        """Return what the device says instead."""
        if self.instead is not None:
            return self.instead
        for change in self.changes:
            if change.hits(name):
                content = _put(deepcopy(content), change)
        if self.cut is None:
            return content
        whole = json.dumps(content, default=str).encode()
        return whole[: int(len(whole) * self.cut)]


shares = st.sampled_from((1, 1, 2, 3))
changes = st.builds(
    Change, where=st.floats(0, 1, exclude_max=True), what=values, share=shares
)
plans = st.one_of(
    st.builds(Plan, changes=st.lists(changes, min_size=1, max_size=6).map(tuple)),
    st.builds(Plan, changes=st.lists(changes, min_size=1, max_size=6).map(tuple)),
    st.builds(Plan, cut=st.floats(0, 1)),
    st.builds(Plan, instead=raw),
)


def profile(examples: int) -> settings:
    """Return how to fuzz: with as many examples as there is time for."""
    return settings(
        max_examples=examples * EFFORT,
        deadline=None,
        # To find the smallest example would take longer than all the rest.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        # The same in every run of the tests; a longer one looks for news.
        derandomize=EFFORT == 1,
        database=None,
    )


def _put(content: Any, change: Change) -> Any:
    """Change one place of an answer."""
    places = [*_places(content)]
    if not places:
        return None if change.what is Gone.GONE else change.what
    holder, key = places[int(change.where * len(places))]
    if change.what is Gone.GONE:
        del holder[key]
    else:
        holder[key] = change.what
    return content


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of an answer, the outer ones first."""
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(content, dict):
        items = iter([*content.items()])
    elif isinstance(content, list):
        items = iter([*enumerate(content)])
    for key, value in items:
        yield content, key
        yield from _places(value)


def oddities(snapshot: Snapshot) -> list[str]:
    """Return what in a snapshot cannot be shown: each by its name and value."""
    return [
        f"{field.name}: {odd!r}"
        for field in fields(snapshot)
        for odd in _odd(getattr(snapshot, field.name))
    ]


def _odd(value: object) -> Iterator[object]:
    """Yield what cannot be shown of a value, which may be implausible or missing."""
    if isinstance(value, tuple):
        for item in value:
            yield from _odd(item)
    elif not _can_be_shown(value):
        yield value


def _can_be_shown(value: object) -> bool:
    """Tell whether a single value is sound, or known to be none."""
    for kind, is_sound in _SOUND.items():
        if isinstance(value, kind):
            return is_sound(value)
    return isinstance(value, bool | Enum | NoneType)


def _numbers(value: object) -> Iterator[object]:
    """Yield what a value of the domain is made of, as far as it is known."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _numbers(getattr(value, field.name))
    elif value is not None and not isinstance(value, Enum):
        yield value


def _is_sound(number: object) -> bool:
    """Tell whether something is a finite number."""
    return (
        isinstance(number, int | float)
        and not isinstance(number, bool)
        and abs(number) < 1e300
        and isfinite(number)
    )


def _is_count(number: object) -> bool:
    """Tell whether something is a number of things."""
    return isinstance(number, int | float) and _is_sound(number) and number >= 0


def _is_sound_operation(told: OperationalData) -> bool:
    """Tell whether operational data can be shown."""
    counts = (
        told.shares_accepted,
        told.shares_rejected,
        told.blocks_found,
        told.best_difficulty,
        told.session_difficulty,
        told.input_current,
        told.hardware_errors,
    )
    spans = (told.uptime, told.pool_response)
    return (
        all(count is None or _is_count(count) for count in counts)
        and all(span is None or span >= timedelta(0) for span in spans)
        and (told.wifi_signal is None or _is_sound(told.wifi_signal))
        and (told.uptime is None or timedelta(0) <= told.uptime <= LONGEST_UPTIME)
        and type(told.active_pool) in (str, NoneType)
        and {type(error) for error in told.errors or ()} <= {str}
    )


def _is_sound_measurement(value: Measurement) -> bool:
    """Tell whether a measurement that can be true is made of numbers."""
    return not value.is_plausible or all(map(_is_sound, _numbers(value)))


def _is_sound_range(told: TuningRange) -> bool:
    """Tell whether a setting of the chips or the fan can be shown and set."""
    known = [told.minimum, told.maximum, told.step]
    known += [] if told.value is None else [told.value]
    return (
        all(map(_is_sound, known))
        and 0 <= told.minimum <= told.maximum
        and told.step > 0
    )


def _is_sound_firmware(told: Firmware) -> bool:
    """Tell whether a firmware is told by names, and an update by a percentage."""
    names = (told.installed, told.latest, told.release_url, told.release_notes)
    return {type(name) for name in names} <= {str, NoneType} and (
        told.progress is None or 0 <= told.progress <= 100
    )


def _is_sound_limit(limit: PowerLimit) -> bool:
    """Tell whether a number can be set within a limit."""
    known = [limit.minimum, limit.maximum, limit.step]
    known += [] if limit.watts is None else [limit.watts]
    return (
        all(map(_is_sound, known))
        and 0 <= limit.minimum <= limit.maximum
        and limit.step > 0
    )


_SOUND: Mapping[Any, Callable[[Any], bool]] = {
    Measurement: _is_sound_measurement,
    OperationalData: _is_sound_operation,
    PowerLimit: _is_sound_limit,
    TuningRange: _is_sound_range,
    Tuning: lambda told: all(
        _is_sound_range(one) for one in (told.frequency, told.voltage) if one
    ),
    Firmware: _is_sound_firmware,
    Presets: lambda presets: all(isinstance(name, str) for name in presets.options),
    FanSetting: lambda fan: fan.percent is None or 0 <= fan.percent <= 100,
    DeviceInfo: lambda info: all(isinstance(x, str | int) for x in _numbers(info)),
}
