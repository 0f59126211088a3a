"""Compare what is shown with what is so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isclose
from typing import Final

from emulation.machine import AMBIENT
from tools.home.states import EntityState

from .chronicle import Chronicle
from .findings import Count, Findings
from .troubles import PATIENCE, READ_TIMEOUT, STALL, TAKE_BACK, Part
from .truth import Sample, Shown, Truth, is_silent

# By how much a true value may be missed: values wander, sensors differ.
RELATIVE = 0.05
WATTS = 2.0
DEGREES = 6.0
# How many of a unit are one TH/s, which is what the emulation counts in.
PER_TERAHASH: Final[Mapping[str, float]] = {"TH/s": 1.0, "GH/s": 1e3, "MH/s": 1e6}

# How many of the basic unit are one of the plugs' larger ones.
PER_KILO: Final[Mapping[str, float]] = {"kW": 1e3, "kWh": 1e3}

# Half of this share of all samples has to be judged, or the oracle is blind.
LEAST_JUDGED = 0.02

# What is known of a miner that has power but does not mine.
ALWAYS: Final = (
    "sensor.hashrate",
    "sensor.power",
    "sensor.status",
    "switch.mining",
    "switch.power",
)
# What follows from a command alone, or may be unknown for other good reasons.
NOT_EXPECTED: Final = (
    "button.",
    "number.power_target",
    "sensor.efficiency",
    "event.",
    "update.",
    "plug.",
)

# What a plug has to show before it can serve.
OF_PLUG: Final = ("plug.power", "plug.energy", "plug.switch")

# What shows one feature, which another controller may serve as well.
FEATURES: Final[Mapping[str, str]] = {
    "fan.internal_fan": "internal_fan_control",
    "number.power_limit": "power_limit_control",
    "select.preset": "preset_control",
    "sensor.board_temperature": "board_temperature_monitoring",
    "sensor.chip_temperature": "chip_temperature_monitoring",
    "sensor.frequency": "frequency_monitoring",
    "sensor.hashrate": "hashrate_monitoring",
    "sensor.inlet_temperature": "inlet_temperature_monitoring",
    "sensor.outlet_temperature": "outlet_temperature_monitoring",
    "sensor.power": "power_monitoring",
    "sensor.status": "status_monitoring",
    "sensor.voltage": "voltage_monitoring",
    "switch.locate": "locate_control",
    "switch.mining": "mining_control",
}

# Facts that are read rarely, and asked for again a minute after they were not told.
SLOW: Final = frozenset(
    {
        "fan.internal_fan",
        "number.fan_target",
        "number.power_limit",
        "select.preset",
        "sensor.active_pool",
        "sensor.errors",
        "sensor.max_hashrate",
        "sensor.max_power",
        "switch.locate",
    }
)
SLOW_AFTER = 75.0
# A miner that turns out to tell more is set up anew, and where one controller has no
# value any more, another one provides it until it is asked. That takes so many seconds.
MOMENT = 2.0

# What devices call a preset that is offered by a more usual name.
OTHER_NAMES: Final[Mapping[str, str]] = {"medium": "middle"}

MINING = frozenset({"on"})
PAUSED = frozenset({"idle", "stopping"})
IN_BETWEEN = frozenset({"starting", "stopping", "error", "idle"})
DARK = frozenset({"off"})
BLIND = frozenset({"starting", "stopping", "error"})


@dataclass
class Known:
    """A miner and what Home Assistant ought to know of it."""

    chronicle: Chronicle
    plug: str
    # What showed a value while all was well, and the preset that was set then.
    served: frozenset[str] = frozenset()
    preset: str | None = None
    # Who ranks first for power: a controller's title.
    power_order: list[str] = field(default_factory=list)
    # Who ranks first for anything, and what is served without each that asks the
    # device: by their titles.
    leading: frozenset[str] = frozenset()
    spare: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Those whose library is broken now.
    missing: frozenset[str] = frozenset()
    # Since when something is not as it should be, and when that was seen last.
    lacking: dict[str, tuple[float, float]] = field(default_factory=dict)

    def lacks(self, key: str, time: float, *, lacking: bool) -> bool:
        """Tell whether something is not as it should be, for longer than a moment."""
        if not lacking:
            self.lacking.pop(key, None)
            return False
        since, last = self.lacking.get(key, (time, time))
        if time - last > 2 * MOMENT:
            since = time
        self.lacking[key] = since, time
        return time - since > MOMENT

    @property
    def expected(self) -> frozenset[str]:
        """Return what is to show a value, by those whose library is whole."""
        spare = (self.spare.get(title, frozenset()) for title in self.missing)
        return self.served.intersection(*spare)


@dataclass
class Oracle:
    """Judge each sample, miner by miner."""

    miners: Mapping[str, Known]
    findings: Findings
    samples: int = 0
    judged: int = 0

    def look(self, sample: Sample) -> None:
        """Take a sample and judge what is shown."""
        for name, truth in sample.truths.items():
            known = self.miners[name]
            known.chronicle.add(sample.time, truth)
            if sample.shown is not None:
                self._judge(known, sample.shown[name], sample)

    def is_settled(self, name: str, time: float) -> bool:
        """Tell whether a miner ought to be shown as it is, by its first providers."""
        chronicle = self.miners[name].chronicle
        well = chronicle.well_for(Part.API | Part.PLUG | Part.HOME, time)
        return well >= TAKE_BACK and _has_mined(chronicle, time)

    def close(self, time: float) -> None:
        """Find fault with an oracle that could not have found any."""
        if self.judged < self.samples * LEAST_JUDGED or not self.judged:
            text = f"only {self.judged} of {self.samples} samples were in quiet times"
            self.findings.note(Count.BLIND, "oracle", text, time)

    def _judge(self, known: Known, shown: Shown, sample: Sample) -> None:
        """Judge what is shown of one miner."""
        self.samples += 1
        plug = [shown[key] for key in OF_PLUG if key in shown]
        known.chronicle.note_plug(sample.time, is_shown=not any(map(is_silent, plug)))
        self._judge_values(known, shown, sample)
        self._judge_status(known, shown, sample)
        self._judge_service(known, shown, sample)

    def _judge_values(self, known: Known, shown: Shown, sample: Sample) -> None:
        """See that each number was true a short while ago."""
        past = _with_moments(known.chronicle.since(_begin(known, sample)))
        for key, is_true in VALUES.items():
            state = shown.get(key, EntityState())
            if is_silent(state) or is_true(state, past, known.plug):
                continue
            if state.provider == known.plug and _is_quoted(key, state, shown):
                continue
            text = f"{key} shows {state.text} by {state.provider}, {_told(past)}"
            self._note(Count.UNTRUE, known, text, sample, key)

    def _judge_status(self, known: Known, shown: Shown, sample: Sample) -> None:
        """See that the status and the switches were true a short while ago."""
        begin = _begin(known, sample)
        allowed: set[str] = set()
        for truth in _with_moments(known.chronicle.since(begin)):
            allowed |= _statuses(truth)
        if allowed & PAUSED and allowed & MINING:
            # It began a moment ago, and was asked when it hashed nothing yet.
            allowed |= {"starting"}
        if known.chronicle.touching(begin, sample.time, _ANY):
            allowed |= BLIND
        if known.chronicle.has_orders(begin, sample.time):
            allowed |= IN_BETWEEN
        if "switch.mining" not in shown:
            # What cannot be stopped does not tell it either when it rests.
            allowed |= IN_BETWEEN if allowed & PAUSED else set()
        if known.chronicle.is_unlinked(begin, sample.time):
            # Without its hash rate, a miner that draws power is taken to mine, unless
            # it was told to stop last.
            allowed |= MINING | PAUSED
        if known.missing and "sensor.hashrate" not in known.expected:
            # Nor is it clear without whoever tells the hash rate how far a start is.
            allowed |= BLIND
        if known.missing and allowed & PAUSED:
            # The other library may not tell that a miner was stopped by hand.
            allowed |= IN_BETWEEN
        state = shown.get("sensor.status", EntityState())
        if not is_silent(state) and state.state not in allowed:
            text = f"status shows {state.state}, not {'/'.join(sorted(allowed))}"
            self._note(Count.UNTRUE, known, text, sample, "status")
        self._judge_switches(known, shown, allowed, sample)

    def _judge_switches(
        self, known: Known, shown: Shown, allowed: set[str], sample: Sample
    ) -> None:
        """See that a switch says nothing else than the status does."""
        mining = shown.get("switch.mining", EntityState()).state
        fits = {
            "on": {"on", "starting", "error"},
            "off": {"off", "idle", "stopping", "error"},
        }
        if mining in fits and not allowed & fits[mining]:
            text = f"mining switch is {mining}, status can be {sorted(allowed)}"
            self._note(Count.UNTRUE, known, text, sample, "mining")
        power = shown.get("switch.power", EntityState()).state
        past = _with_moments(known.chronicle.since(_begin(known, sample)))
        if power in fits and power not in {("off", "on")[t.plug_on] for t in past}:
            text = f"power switch is {power}"
            self._note(Count.UNTRUE, known, text, sample, "power")

    def _judge_service(self, known: Known, shown: Shown, sample: Sample) -> None:
        """See that all is served that can be, once there was time to recover."""
        chronicle, truth = known.chronicle, known.chronicle.now
        late = sample.lag
        home = chronicle.well_for(Part.HOME, sample.time) - late
        api = min(home, chronicle.well_for(Part.API, sample.time) - late)
        plug = min(home, chronicle.well_for(Part.PLUG, sample.time) - late)
        if not truth.ready or min(api, plug) < 0:
            self._expect_power(known, shown, sample, (api, plug))
            return
        steady = all(t.mining for t in chronicle.since(sample.time - PATIENCE - late))
        expected = known.expected if steady else known.expected & set(ALWAYS)
        if known.missing and not steady:
            # The other library may not tell whether it rests or is slow to start.
            expected -= {"switch.mining"}
        if api < SLOW_AFTER:
            expected -= SLOW
        if shown.get("select.preset", EntityState()).state != known.preset:
            # By the word of some libraries, a limit holds in one of the modes alone.
            expected -= {"number.power_limit"}
        self.judged += 1
        for key in sorted(expected):
            state = shown.get(key, EntityState())
            if known.lacks(key, sample.time, lacking=is_silent(state)):
                self._note(
                    Count.UNSERVED, known, f"{key} shows {state.state}", sample, key
                )
        self._expect_degraded(known, shown, sample)
        if min(api, plug) >= TAKE_BACK:
            self._expect_first(known, shown, sample)

    def _expect_power(
        self, known: Known, shown: Shown, sample: Sample, well: tuple[float, float]
    ) -> None:
        """See that power is told while one of its two providers is well."""
        api, plug = well
        state = shown.get("sensor.power", EntityState())
        able = {*known.power_order} - {known.plug} - known.missing
        has_api = known.chronicle.now.ready and bool(able)
        is_served = plug >= 0 or (has_api and api >= 0)
        if known.lacks("power", sample.time, lacking=is_served and is_silent(state)):
            self._note(
                Count.UNSERVED, known, f"power shows {state.state}", sample, "power"
            )

    def _expect_first(self, known: Known, shown: Shown, sample: Sample) -> None:
        """See that the first provider took back, and that nothing is degraded."""
        power = shown.get("sensor.power", EntityState())
        able = (title for title in known.power_order if title not in known.missing)
        first = next(able, None)
        if first is not None and power.provider != first:
            text = f"power is told by {power.provider}, not by {first}"
            self._note(Count.UNSERVED, known, text, sample, "first")
        if not _has_mined(known.chronicle, sample.time - sample.lag):
            # While it rests, another one may tell what the first does not.
            return
        degraded = shown.get("binary_sensor.degraded", EntityState())
        is_degraded = degraded.state == "on" and not known.leading & known.missing
        if known.lacks("degraded", sample.time, lacking=is_degraded):
            text = f"degraded: {dict(degraded.attributes.get('features', {}))}"
            self._note(Count.UNSERVED, known, text, sample, "degraded")

    def _expect_degraded(self, known: Known, shown: Shown, sample: Sample) -> None:
        """See that it is told where another library serves than the first one."""
        degraded = shown.get("binary_sensor.degraded", EntityState())
        if degraded.state == "off" and known.leading & known.missing:
            text = f"not degraded without {', '.join(known.missing)}"
            self._note(Count.UNSERVED, known, text, sample, "alike")

    def _note(
        self, count: Count, known: Known, text: str, sample: Sample, key: str
    ) -> None:
        """Keep what was found of a miner, and what troubled it."""
        name = known.chronicle.name
        recent = known.chronicle.touching(sample.time - 60, sample.time, ~Part.NONE)
        told = ", ".join(_in_short(t.kind, t.begin, t.end) for t in recent[-4:])
        text = f"{text} ({told or 'no trouble'})"
        self.findings.note(count, name, text, sample.time, key=key)


_ANY = Part.API | Part.PLUG | Part.HOME


def _has_mined(chronicle: Chronicle, time: float) -> bool:
    """Tell whether a miner has been mining until the first providers took back."""
    return all(t.mining for t in chronicle.since(time - PATIENCE - TAKE_BACK))


def _in_short(kind: str, begin: float, end: float) -> str:
    """Return a trouble in a few characters."""
    return f"{kind} {begin:.0f}-{end:.0f}"


def _patience(known: Known, sample: Sample) -> float:
    """Return how old a truth may be that is still shown."""
    slow = known.chronicle.touching(
        sample.time - PATIENCE - READ_TIMEOUT, sample.time, Part.API
    )
    begin = sample.time - PATIENCE - READ_TIMEOUT
    stalls = known.chronicle.touching(begin, sample.time, Part.HOME)
    # While the machine was busy with something else, nobody could look.
    lost = sum(min(t.end, sample.time) - t.begin for t in stalls if t.kind == STALL)
    return PATIENCE + sample.lag + lost + (READ_TIMEOUT if slow else 0.0)


def _begin(known: Known, sample: Sample) -> float:
    """Return the time from which on a truth may still be shown."""
    return sample.time - _patience(known, sample)


def _with_moments(truths: Iterable[Truth]) -> list[Truth]:
    """Return truths, and the moments between them at which a device lost its work."""
    past: list[Truth] = []
    for truth in truths:
        before = past[-1] if past else truth
        if truth.last_figures != before.last_figures:
            past.append(replace(before, mining=True, **truth.last_figures))
            # It stopped after that, and may have begun anew.
            past.append(_at_rest(past[-1]))
        if (truth.restarts, truth.reboots) != (before.restarts, before.reboots):
            past.append(_at_rest(truth))
            if truth.restarts - before.restarts > 1:
                # It was stopped and began anew; with some, a stop is a preset.
                past.append(replace(past[-1], mining=False, preset=None))
        elif before.ready and truth.powered and not truth.ready:
            # It lost its power, and has it back.
            dark = replace(_at_rest(truth), powered=False, plug_on=False)
            past.append(dark)
        past.append(truth)
    return past


def _at_rest(truth: Truth) -> Truth:
    """Return what was so of a device at a moment in which it did nothing."""
    cold = min(AMBIENT, truth.chip_temperature)
    return replace(truth, hashrate=0.0, watts=0.0, own_watts=0.0, chip_temperature=cold)


def _told(past: Iterable[Truth]) -> str:
    """Return the last truth in short."""
    truth = [*past][-1]
    return f"true are {truth.hashrate:g} TH/s, {truth.watts:g} W"


def _lies_in(
    number: float | None, truths: Iterable[float], tolerance: float = 0.0
) -> bool:
    """Tell whether a number lies between true ones, or close to them."""
    known = [*truths]
    if number is None:
        return False
    low, high = min(known), max(known)
    low -= low * RELATIVE + tolerance
    high += high * RELATIVE + tolerance
    return low <= number <= high


def _is_quoted(key: str, state: EntityState, shown: Shown) -> bool:
    """Tell whether the plug itself shows the same, be it so or not.

    A plug that was not there at the start may show at first what it told long ago.
    """
    plug = shown.get(f"plug.{key.partition('.')[2]}", EntityState())
    if plug.number is None or state.number is None:
        return False
    return isclose(plug.number * _factor(plug), state.number * _factor(state))


def _factor(state: EntityState) -> float:
    """Return how many of the basic unit one of what an entity shows is."""
    unit = str(state.attributes.get("unit_of_measurement", ""))
    return PER_KILO.get(unit, 1.0)


def _is_true_hashrate(state: EntityState, past: list[Truth], _: str) -> bool:
    """Tell whether the device hashed so fast a short while ago."""
    unit = str(state.attributes.get("unit_of_measurement", "TH/s"))
    return _lies_in(state.number, (t.hashrate * PER_TERAHASH[unit] for t in past))


def _is_true_power(state: EntityState, past: list[Truth], plug: str) -> bool:
    """Tell whether so much power was drawn, at the wall or behind the supply."""
    wall = [t.watts if t.plug_on else 0.0 for t in past]
    if state.provider == plug:
        return _lies_in(state.number, wall, WATTS)
    return _lies_in(state.number, [*wall, *(t.own_watts for t in past)], WATTS)


def _is_true_heat(state: EntityState, past: list[Truth], _: str) -> bool:
    """Tell whether the chips were so hot a short while ago."""
    return _lies_in(state.number, (t.chip_temperature for t in past), DEGREES)


def _is_true_preset(state: EntityState, past: list[Truth], _: str) -> bool:
    """Tell whether the preset was set a short while ago, as far as names tell."""
    names = {str(truth.preset) for truth in past}
    options = [str(option) for option in state.attributes.get("options", ())]
    if not all(any(is_preset(name, option) for option in options) for name in names):
        return True
    return any(is_preset(name, state.state) for name in names)


def is_preset(name: str | None, option: str) -> bool:
    """Tell whether an option is the preset that a device calls so, maybe at length."""
    told = str(name).casefold()
    return told.startswith((option.casefold(), OTHER_NAMES.get(option, option)))


type Check = Callable[[EntityState, list[Truth], str], bool]
VALUES: Final[Mapping[str, Check]] = {
    "sensor.hashrate": _is_true_hashrate,
    "sensor.power": _is_true_power,
    "sensor.chip_temperature": _is_true_heat,
    "select.preset": _is_true_preset,
}


def _statuses(truth: Truth) -> frozenset[str]:
    """Return what may be said of a device in this state."""
    if not truth.powered:
        return DARK
    if not truth.ready:
        return IN_BETWEEN
    if not truth.mining:
        return PAUSED
    return MINING if truth.hashrate > 0 else IN_BETWEEN | MINING
