"""How much the circuits can still take.

Each circuit keeps account three times. `loaded` counts each member with the most that
it may draw at this moment: nothing may rise beyond the limit there. `planned` counts
what this tick gives out: what does not fit there has to go. `wished` counts what it
would give out if nobody had to wait.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, isnan
from typing import Final

from .model import Circuit
from .reasons import Reason, ReasonKey

# Less than that, in W, is no difference.
HAIR: Final = 1e-6


class Node:
    """A circuit in this tick.

    Its members draw between `drawn` and `claimed` just now. `at_worst` is what they may
    draw before anything is changed, and `usable` what they may draw together.
    """

    __slots__ = (
        "at_worst",
        "circuit",
        "claimed",
        "drawn",
        "limit",
        "loaded",
        "planned",
        "usable",
        "wished",
    )

    def __init__(self, circuit: Circuit) -> None:
        """Begin with nothing in it."""
        self.circuit = circuit
        self.limit = self.usable = _usable(circuit)
        self.drawn = self.claimed = 0.0
        self.at_worst = self.loaded = self.planned = self.wished = 0.0

    def note_others(self, remembered: float | None) -> float | None:
        """Take off, and return, what else is loaded on it, as its meter tells.

        Members that just changed may draw what they did or what they may: what was
        known before holds as long as that explains the meter.
        """
        other, measured = remembered, self.circuit.measured
        if measured is not None and _is_heard(self.circuit):
            other = at_most = max(0.0, measured - self.drawn)
            if remembered is not None:
                at_least = max(0.0, measured - self.claimed)
                other = min(max(remembered, at_least), at_most)
        elif self.circuit.fresh:
            # It has no meter.
            other = None
        self.usable = self.limit - (other or 0.0)
        self.at_worst = self.loaded
        return other

    @property
    def is_over(self) -> bool:
        """Tell whether more may be drawn than is allowed, before anything is done."""
        return self.at_worst > self.usable + HAIR


@dataclass(slots=True, eq=False)
class Feed:
    """A circuit and all that feed it, up to the root.

    `stale` is one whose meter has told nothing new. `staleness` says why nothing may be
    raised, and `silence` why all goes down: the meter of a circuit, or a source, tells
    nothing. It is `pressed` while more may be drawn than is allowed.
    """

    nodes: tuple[Node, ...] = ()
    stale: Node | None = None
    staleness: Reason | None = None
    silence: Reason | None = None
    pressed: Node | None = None

    def load(self, watts: float) -> None:
        """Count what may be drawn."""
        for node in self.nodes:
            node.loaded += watts

    def plan(self, watts: float) -> None:
        """Count what is given out."""
        for node in self.nodes:
            node.planned += watts

    def wish(self, watts: float) -> None:
        """Count what would be given out."""
        for node in self.nodes:
            node.wished += watts

    # In loops, since this is asked most of all in a tick.

    def room(self) -> float:
        """Return what can still be given out."""
        least = inf
        for node in self.nodes:
            left = node.usable - node.planned
            least = min(least, left)
        return least

    def room_to_rise(self) -> float:
        """Return how much more may be drawn than may be drawn already."""
        least = inf
        for node in self.nodes:
            left = node.usable - node.loaded
            least = min(least, left)
        return least

    def can_load(self, watts: float) -> bool:
        """Tell whether so much more may be drawn than may be drawn already."""
        for node in self.nodes:  # noqa: SIM110
            if node.loaded + watts > node.usable + HAIR:
                return False
        return True

    def can_plan(self, watts: float) -> bool:
        """Tell whether so much can still be given out."""
        for node in self.nodes:  # noqa: SIM110
            if node.planned + watts > node.usable + HAIR:
                return False
        return True

    def can_wish(self, watts: float) -> bool:
        """Tell whether so much could still be given out."""
        for node in self.nodes:  # noqa: SIM110
            if node.wished + watts > node.usable + HAIR:
                return False
        return True

    @property
    def tightest(self) -> Node:
        """Return the circuit that has the least to give out."""
        return min(self.nodes, key=lambda n: n.usable - n.planned)


def build_feeds(circuits: Iterable[Circuit]) -> dict[str, Feed]:
    """Return for each circuit what feeds it.

    A chain that bites its own tail ends there: each of its limits holds.
    """
    nodes = {circuit.id: Node(circuit) for circuit in circuits}
    return {name: _feed(tuple(_upwards(name, nodes))) for name in nodes}


def _feed(nodes: tuple[Node, ...]) -> Feed:
    """Return a chain of circuits, and which of them nothing is heard of."""
    silent = next((n.circuit.id for n in nodes if n.circuit.silent), None)
    silence = None
    if silent is not None:
        silence = Reason(ReasonKey.CIRCUIT_SILENT, {"circuit": silent})
    stale = next((n for n in nodes if not _is_heard(n.circuit)), None)
    staleness = None
    if stale is not None:
        staleness = Reason(ReasonKey.STALE, {"source": stale.circuit.id})
    return Feed(nodes, stale, staleness, silence)


def _is_heard(circuit: Circuit) -> bool:
    """Tell whether a circuit has no meter, or one that told something lately."""
    if not circuit.fresh or circuit.silent:
        return False
    return circuit.measured is None or isfinite(circuit.measured)


def _usable(circuit: Circuit) -> float:
    """Return what may be drawn in a circuit: a limit that nobody understands is 0."""
    if isnan(circuit.limit):
        return 0.0
    return max(0.0, circuit.limit * (1.0 - min(max(circuit.margin, 0.0), 1.0)))


def _upwards(name: str, nodes: Mapping[str, Node]) -> Iterable[Node]:
    """Yield a circuit and all that feed it, each once."""
    seen: set[str] = set()
    here: str | None = name
    while here is not None and here in nodes and here not in seen:
        seen.add(here)
        yield nodes[here]
        here = nodes[here].circuit.parent
