"""What happened to one miner: truths, troubles, and since when all ought to be well."""

from collections import deque
from collections.abc import Iterator
from math import inf

from .troubles import ORDER, PATIENCE, READ_TIMEOUT, RULED, UNLINKED, Part, Trouble
from .truth import Truth

DARK = "dark"
START, STOP = f"{ORDER}start", f"{ORDER}stop"
# Older truths excuse nothing.
KEPT = PATIENCE + READ_TIMEOUT + 20.0


class Chronicle:
    """The past of one miner, as far as it matters for what may be shown now."""

    def __init__(self, name: str) -> None:
        """Start with no past."""
        self.name = name
        self.troubles: list[Trouble] = []
        self._truths: deque[tuple[float, Truth]] = deque()
        self._dark: Trouble | None = None
        self._mute: Trouble | None = None

    def add(self, time: float, truth: Truth) -> None:
        """Take what is so at a time."""
        self._truths.append((time, truth))
        while self._truths[0][0] < time - KEPT:
            self._truths.popleft()
        self._note_darkness(time, truth)

    @property
    def now(self) -> Truth:
        """Return the last truth."""
        return self._truths[-1][1]

    @property
    def before(self) -> Truth | None:
        """Return the last truth but one."""
        return self._truths[-2][1] if len(self._truths) > 1 else None

    def since(self, begin: float) -> Iterator[Truth]:
        """Yield the truths from a time on, and the one that it found."""
        earlier = None
        for time, truth in self._truths:
            if time >= begin:
                if earlier is not None:
                    yield earlier
                    earlier = None
                yield truth
            else:
                earlier = truth

    def begin(
        self, kind: str, parts: Part, time: float, *, backs_off: bool = False
    ) -> Trouble:
        """Note that something goes wrong."""
        trouble = Trouble(kind, parts, time, backs_off=backs_off)
        self.troubles.append(trouble)
        return trouble

    def touching(self, begin: float, end: float, parts: Part) -> list[Trouble]:
        """Return the troubles of some parts in a time."""
        return [t for t in self.troubles if t.parts & parts and t.touches(begin, end)]

    def has_orders(self, begin: float, end: float) -> bool:
        """Tell whether the miner was told something in a time, or ruled by a fleet."""
        told = self.touching(begin, end, Part.BODY)
        return any(t.kind.startswith(ORDER) or t.kind == RULED for t in told)

    def is_ruled(self, begin: float, end: float) -> bool:
        """Tell whether a fleet might command the miner at any moment of a time."""
        return any(t.kind == RULED for t in self.touching(begin, end, Part.BODY))

    @property
    def is_ruled_now(self) -> bool:
        """Tell whether a fleet commands the miner, and nothing says until when."""
        return any(t.kind == RULED and t.end == inf for t in self.troubles)

    @property
    def has_lost_a_stop(self) -> bool:
        """Tell whether the device began anew after it was told to stop, and no more.

        Some forget the stop then, and are stopped again.
        """
        told = [t for t in self.troubles if t.kind in (START, STOP, RULED)]
        if not told or told[-1].kind == START:
            return False
        return any(t.kind == DARK and t.begin > told[-1].begin for t in self.troubles)

    def is_unlinked(self, begin: float, end: float) -> bool:
        """Tell whether the device was unlinked at any moment of a time."""
        recent = self.touching(begin, end, Part.API)
        return any(trouble.kind == UNLINKED for trouble in recent)

    def well_for(self, parts: Part, time: float) -> float:
        """Return for how long some parts ought to work; less than 0 if not yet."""
        ends = (t.recovered_by for t in self.troubles if t.parts & parts)
        return time - max(ends, default=-inf)

    def note_plug(self, time: float, *, is_shown: bool) -> None:
        """Keep record of the times in which Home Assistant does not show the plug.

        It may look for one that was not there at the start only minutes later.
        """
        if is_shown and self._mute is not None:
            self._mute.end, self._mute = time, None
        elif not is_shown and self._mute is None:
            self._mute = self.begin("plug not shown", Part.PLUG, time)

    def _note_darkness(self, time: float, truth: Truth) -> None:
        """Keep record of the times in which the device cannot answer."""
        if truth.ready and self._dark is not None:
            dark, self._dark = self._dark, None
            dark.end = time
            # Only where the plug told of it was nobody surprised by the silence.
            dark.backs_off = bool(self.touching(dark.begin, time, Part.PLUG))
        elif not truth.ready and self._dark is None:
            self._dark = self.begin(DARK, Part.API, time)
