"""Miners that do not always do what they are told, on circuits that change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
import json

from custom_components.miner_control.domain.budget import (
    Action,
    Allocation,
    Circuit,
    Condition,
    Hold,
    Member,
    Memory,
    ReasonKey,
    Settings,
    Share,
    Source,
    SourceKind,
    Track,
    allocate,
)

HAIR = 1e-3
# What stands above the shortest times of a member.
_ABOVE_TIMES = (ReasonKey.CIRCUIT_LIMIT, ReasonKey.CAPPED, ReasonKey.HELD_OFF)
_BY_HAND = (ReasonKey.HELD, ReasonKey.HELD_OFF)


@dataclass
class Device:
    """A miner; `told` is what it last took of what it was told."""

    member: Member
    told: float = 0.0
    refuses: bool = False
    is_gone: bool = False
    is_measured: bool = True
    greed: float = 1.0
    held: Hold | None = None
    switched: dict[bool, float] = field(default_factory=dict)

    @property
    def power(self) -> float:
        """Return what it truly draws."""
        return self.told * self.greed

    @property
    def condition(self) -> Condition:
        """Return what is seen of it."""
        return Condition(
            power=self.power if self.is_measured and not self.is_gone else None,
            target=self.told or None,
            mining=self.told > 0 and not self.is_gone,
            available=not self.is_gone,
            held=self.held,
        )

    def may_draw(self, watts: float) -> float:
        """Return the most that it may draw, if it is told that now."""
        condition = self.condition
        if self.is_gone:
            return self.told
        reserve = 0.0
        if watts > self.told and (not self.told or self.member.restarts):
            reserve = self.member.reserve
        return max(condition.power or 0.0, self.told, watts + reserve)

    def take(self, watts: float, now: float) -> None:
        """Do what it is told, if it feels like it."""
        if self.refuses or self.is_gone:
            return
        if (watts > 0) != (self.told > 0):
            self.switched[watts > 0] = now
        self.told = watts


@dataclass
class World:
    """A fleet in a house, with an eye on what must never happen."""

    devices: dict[str, Device]
    circuits: dict[str, Circuit]
    settings: Settings
    now: float
    sources: list[Source] = field(default_factory=list)
    others: dict[str, float] = field(default_factory=dict)
    meters: dict[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    last_start: float = -1e12
    # How far the clock has been set back, in all.
    back: float = 0.0

    def restart(self) -> None:
        """Store what is remembered, and read it again."""
        stored = json.loads(json.dumps(self.memory.to_dict()))
        memory = Memory.from_dict(stored)
        assert memory == self.memory
        self.memory = memory

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on, or back."""
        if seconds < 0:
            self.back -= seconds
        self.now += seconds

    @property
    def elapsed(self) -> float:
        """Return a time that never goes back."""
        return self.now + self.back

    def tick(self) -> Allocation:
        """Let the fleet decide, look whether it may, and let the miners do it."""
        circuits = [self._seen(circuit) for circuit in self.circuits.values()]
        decided = allocate(
            [device.member for device in self.devices.values()],
            {name: device.condition for name, device in self.devices.items()},
            circuits,
            self.sources,
            self.memory,
            self.now,
            self.settings,
        )
        self._check(decided)
        self.memory = decided.memory
        for name, share in decided.shares.items():
            if share.action is not Action.KEEP:
                self.devices[name].take(share.watts, self.elapsed)
        return decided

    def _seen(self, circuit: Circuit) -> Circuit:
        """Return a circuit with what its meter tells."""
        state = self.meters.get(circuit.id)
        if state is None:
            return circuit
        drawn = sum(device.power for device in self._in(circuit.id))
        return replace(
            circuit,
            measured=drawn + self.others.get(circuit.id, 0.0),
            fresh=state == "fresh",
            silent=state == "silent",
        )

    def _in(self, circuit_id: str) -> Sequence[Device]:
        """Return the devices on a circuit, and on those that it feeds."""
        return [
            device
            for device in self.devices.values()
            if circuit_id in self._upwards(device.member.circuit)
        ]

    def _upwards(self, circuit_id: str | None) -> Sequence[str]:
        """Return a circuit and all that feed it."""
        found: list[str] = []
        while circuit_id is not None and circuit_id not in found:
            found.append(circuit_id)
            circuit_id = self.circuits[circuit_id].parent
        return found

    def _check(self, decided: Allocation) -> None:
        """Fail if the fleet did what it must not do."""
        ranked = sorted(self.devices, key=lambda d: -self.devices[d].member.priority)
        assert list(decided.shares) == ranked
        for name, share in decided.shares.items():
            self._check_share(self.devices[name], share)
        for circuit in self.circuits.values():
            self._check_circuit(circuit, decided)
        self._check_starts(decided)

    def _check_share(self, device: Device, share: Share) -> None:
        """Look at what one member gets."""
        member, watts = device.member, share.watts
        if device.is_gone:
            assert share.action is Action.KEEP
            return
        # Who was told to start and did not has that before it: nothing is new.
        if not self.memory.tracks.get(member.id, Track()).ordered_at:
            assert share.action is _action(device, watts), share
        by_hand = share.reason.key in _BY_HAND or device.held is not None
        is_stop = share.action is Action.STOP and device.told > 0
        if is_stop and share.reason.key not in _ABOVE_TIMES:
            assert member.may_stop, share
            since = self.elapsed - device.switched.get(True, -1e12)
            assert since >= member.min_on - HAIR, (since, share)
        if share.action is Action.START and not by_hand:
            since = self.elapsed - device.switched.get(False, -1e12)
            assert since >= member.min_off - HAIR, (since, share)
            self._check_starts_of_day(member)
        if not by_hand:
            stays = watts in (0, device.told)
            assert stays or member.floor <= watts <= member.ceiling, share
            if member.steps and watts not in (0, device.told):
                assert watts in member.steps, share
        if share.action in (Action.START, Action.RAISE):
            self._check_news(device, by_hand=by_hand)

    def _check_starts_of_day(self, member: Member) -> None:
        """Look whether a surplus may start a member once more."""
        if any(source.kind is SourceKind.SURPLUS for source in self.sources):
            starts = self.memory.tracks.get(member.id, Track()).starts
            lately = [start for start in starts if start > self.now - 86_400]
            assert len(lately) < self.settings.most_starts

    def _check_news(self, device: Device, *, by_hand: bool) -> None:
        """Look whether all meters told something, for nothing rises without."""
        for circuit_id in self._upwards(device.member.circuit):
            assert self.meters.get(circuit_id, "fresh") == "fresh"
        if not by_hand:
            assert all(source.fresh and not source.silent for source in self.sources)

    def _check_circuit(self, circuit: Circuit, decided: Allocation) -> None:
        """Look whether a circuit's limit holds for what may be drawn."""
        devices = self._in(circuit.id)
        usable = circuit.limit * (1 - circuit.margin)
        if circuit.id in self.meters:
            usable -= decided.memory.others.get(circuit.id, 0.0)
        shares = [decided.shares[device.member.id] for device in devices]
        pairs = list(zip(devices, shares, strict=True))
        if any(s.action in (Action.START, Action.RAISE) for s in shares):
            may = sum(d.may_draw(s.watts) for d, s in pairs)
            assert may <= usable + HAIR, (circuit, may, usable, shares)
        told = sum(d.told if d.is_gone else s.watts for d, s in pairs)
        if told > usable + HAIR:
            # Nobody is left who could be lowered or stopped.
            assert all(_is_at_least(d, s) for d, s in pairs), (circuit, told, shares)

    def _check_starts(self, decided: Allocation) -> None:
        """Look whether one starts at a time, and within the budget."""
        free = [
            share
            for name, share in decided.shares.items()
            if self.devices[name].held is None
        ]
        starts = [share for share in free if share.action is Action.START]
        if starts:
            assert len(starts) == 1
            assert self.elapsed - self.last_start >= self.settings.stagger - HAIR
            self.last_start = self.elapsed
        if decided.available is None:
            return
        if any(share.action in (Action.START, Action.RAISE) for share in free):
            told = sum(s.watts for n, s in decided.shares.items() if not self._gone(n))
            # Of a surplus, one miner may use a little more than there is.
            is_soft = any(s.kind is SourceKind.SURPLUS for s in self.sources)
            spare = max(d.member.step for d in self.devices.values()) if is_soft else 0
            assert told <= decided.available + spare + HAIR, decided

    def _gone(self, name: str) -> bool:
        """Tell whether a device cannot be reached."""
        return self.devices[name].is_gone


def _action(device: Device, watts: float) -> Action:
    """Return what has to be done for a share."""
    if not watts:
        return Action.STOP if device.told else Action.KEEP
    if not device.told:
        return Action.START
    if abs(watts - device.told) <= 1e-6:
        return Action.KEEP
    return Action.RAISE if watts > device.told else Action.LOWER


def _is_at_least(device: Device, share: Share) -> bool:
    """Tell whether a member gets no more than has to be."""
    if device.is_gone or not share.watts:
        return True
    return not device.member.may_stop and share.watts <= device.member.floor + HAIR
