"""Follow the sun, stop in an emergency, heat a room: what devices do for that.

The fleet finds one miner that mines with all its power and one that rests, and no sun.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
import time

from tools.home.emulators import Device, Emulators, Truth
from tools.home.errors import HomeError
from tools.home.log import Outage
from tools.home.miners import SCAN_INTERVAL, Miner
from tools.home.states import EntityState

from . import fleet, sun
from .heater import MOST_WATTS, THERMOSTAT
from .report import Report
from .stage import Stage

POLL = 0.5
SHOW_TIMEOUT = 4.0 * SCAN_INTERVAL

# Members are lowered at once, and started when a surplus has lasted for a minute. They
# are raised when they have settled, two minutes after the last change. Before that the
# surplus is smoothed, and then a miner takes its time: to be told, and to warm up.
LOWER_TIMEOUT = 60.0
START_TIMEOUT = 60.0 + 90.0
RAISE_TIMEOUT = 120.0 + 60.0
# What the rest of that takes, when a device draws much already.
WARM_UP = 12.0
# Nothing may start meanwhile that somebody was not allowed to start.
STAYS_STOPPED = 3.0

# What the first miner of the fleet draws at its lowest setting is less than the one,
# and what it draws when the sun shines is more than the other.
NIGHT_WATTS = 1200.0
DAY_WATTS = 2400.0
# What a setting draws is learned while a miner mines. By that much it may be mistaken.
TOLERANCE = 0.1

# The heater settles for two minutes before it is told something else, and is looked
# after every half minute.
HEAT_TIMEOUT = 120.0 + 90.0
# By how many degrees the room is to be warmer for a while: then all power is wanted.
WARMER = 3.0
# What share of all power is nearly all of it, and what share is little.
NEARLY_ALL = 0.9
LITTLE = 0.6
# By how much the temperature that is shown may differ: it is read every few seconds.
ROOM_TOLERANCE = 0.2

# Home Assistant may be late with what it announced.
RELOAD_GRACE = 3.0

STOPPED = {"off", "stopped"}


async def wait_for_reload(miners: Iterable[Miner]) -> None:
    """Wait until Home Assistant has reloaded what it said that it would."""
    last = max(miner.reload_at for miner in miners)
    await asyncio.sleep(last + RELOAD_GRACE - time.monotonic())


def rests(truth: Truth) -> bool:
    """Tell whether a device mines nothing, because it was told so."""
    return not truth.settings.mining and truth.hashrate == 0.0


def works(truth: Truth) -> bool:
    """Tell whether a device mines."""
    return truth.settings.mining and truth.hashrate > 0.0


def draws_little(truth: Truth) -> bool:
    """Tell whether the heater mines with little power."""
    return works(truth) and truth.watts < MOST_WATTS * LITTLE


def draws_all(truth: Truth) -> bool:
    """Tell whether the heater mines with nearly all power that it may draw."""
    return works(truth) and truth.watts > MOST_WATTS * NEARLY_ALL


async def truths_when(
    emulators: Emulators,
    devices: Sequence[Device],
    is_so: Callable[[Sequence[Truth]], bool],
    seconds: float,
) -> list[Truth]:
    """Return what devices do once something is so of them, or never was."""
    until = time.monotonic() + seconds
    while True:
        truths = [await emulators.truth(device) for device in devices]
        if is_so(truths) or time.monotonic() >= until:
            return truths
        await asyncio.sleep(POLL)


def _is_night(truths: Sequence[Truth]) -> bool:
    """Tell whether the first miner draws little, and the others rest."""
    first, *others = truths
    return first.watts < NIGHT_WATTS and all(map(rests, others))


def _is_day(truths: Sequence[Truth]) -> bool:
    """Tell whether all mine, and the first miner draws much."""
    return truths[0].watts > DAY_WATTS and all(map(works, truths))


@dataclass
class FleetCheck:
    """Let the sun rise over a fleet, then stop it."""

    stage: Stage
    report: Report
    outages: list[Outage] = field(default_factory=list)

    async def run(self) -> None:
        """Go through all steps, each proved by the devices themselves."""
        await self._see_night()
        await self._see_day()
        begin = datetime.now(UTC)
        await self._see_emergency_stop()
        await self._see_refusals()
        await self._see_reset()
        # The log has to warn of that, and of nothing else.
        warning = f"Emergency stop of {fleet.TITLE}"
        self.outages.append(Outage(begin, datetime.now(UTC), warning))

    async def _see_night(self) -> None:
        """See that without sun no more is drawn than has to be."""
        truths = await self._when(_is_night, LOWER_TIMEOUT)
        self._note(
            "no sun: draws no more than it has to", truths, seen=_is_night(truths)
        )

    async def _see_day(self) -> None:
        """See members start and draw more of what would flow into the grid."""
        begin = time.monotonic()
        await sun.shine(self.stage.client, sun.FINE_WATTS)
        truths = await self._when(lambda all_: all(map(works, all_)), START_TIMEOUT)
        self._note(
            f"{sun.FINE_WATTS} W of sun: starts the other one after "
            f"{time.monotonic() - begin:.0f} s",
            truths,
            seen=all(map(works, truths)),
        )
        await self._when(_is_day, RAISE_TIMEOUT)
        took = time.monotonic() - begin
        await asyncio.sleep(WARM_UP)
        truths = await self._now()
        drawn = sum(truth.watts for truth in truths)
        self._note(
            f"{sun.FINE_WATTS} W of sun: draws more of it after {took:.0f} s, and "
            "not more than it gives",
            truths,
            seen=_is_day(truths) and drawn <= sun.FINE_WATTS * (1.0 + TOLERANCE),
        )

    async def _see_emergency_stop(self) -> None:
        """See the emergency stop stop everybody, and prove it."""
        begin = time.monotonic()
        await self._press("button.emergency_stop")
        took = time.monotonic() - begin
        truths = await self._now()
        await self.stage.states.until(self._is_proved, SHOW_TIMEOUT)
        told = ", ".join(
            f"{one['miner']} {one['outcome']} after {one['ended_after']} s"
            for one in self._stops()
        )
        self._note(
            f"emergency stop: all have stopped within {took:.0f} s",
            truths,
            seen=all(map(rests, truths)) and self._is_proved(),
            more=told,
        )

    async def _see_refusals(self) -> None:
        """See that nobody can start a member."""
        refusals = []
        for miner in self.stage.fleet.members:
            try:
                await self._start(miner)
            except HomeError as error:
                refusals.append(str(error))
        await asyncio.sleep(STAYS_STOPPED)
        truths = await self._now()
        self._note(
            "emergency stop: nobody can start a miner",
            truths,
            seen=len(refusals) == len(truths) and all(map(rests, truths)),
            more="; ".join(refusals) or "nobody was refused",
        )

    async def _see_reset(self) -> None:
        """See that a member can be started after the reset, and not before."""
        await self._press("button.reset_emergency_stop")
        is_reset = await self.stage.states.until(
            lambda: self._latch.state == "off", SHOW_TIMEOUT
        )
        miner = self.stage.fleet.members[0]
        try:
            await self._start(miner)
        except HomeError as error:
            self.report.note(self._named("reset"), seen=False, detail=str(error))
            return
        truths = await truths_when(
            self.stage.emulators,
            [miner.device],
            lambda all_: all(map(works, all_)),
            START_TIMEOUT,
        )
        self._note(
            "emergency stop reset: a miner can be started",
            truths,
            seen=is_reset and all(map(works, truths)),
        )

    @property
    def _latch(self) -> EntityState:
        """Return what is shown of the emergency stop."""
        stage = self.stage
        return stage.states[stage.fleet["binary_sensor.emergency_stop"]]

    def _stops(self) -> Sequence[dict[str, object]]:
        """Return what is shown of what became of each member."""
        return self._latch.attributes.get("miners") or ()

    def _is_proved(self) -> bool:
        """Tell whether every member is shown to have stopped."""
        stops = self._stops()
        return (
            self._latch.state == "on"
            and len(stops) == len(self.stage.fleet.members)
            and all(one["outcome"] in STOPPED for one in stops)
        )

    async def _press(self, key: str) -> None:
        """Press a button of the fleet."""
        entity_id = self.stage.fleet[key]
        await self.stage.client.act("button", "press", entity_id=entity_id)

    async def _start(self, miner: Miner) -> None:
        """Start a member as a user would."""
        entity_id = miner["switch.mining"]
        await self.stage.client.act("switch", "turn_on", entity_id=entity_id)

    async def _now(self) -> list[Truth]:
        """Return what the members' devices do now."""
        return await self._when(lambda _: True, 0.0)

    async def _when(
        self, is_so: Callable[[Sequence[Truth]], bool], seconds: float
    ) -> list[Truth]:
        """Return what the members' devices do once something is so, or never was."""
        devices = [miner.device for miner in self.stage.fleet.members]
        return await truths_when(self.stage.emulators, devices, is_so, seconds)

    def _note(
        self, step: str, truths: Sequence[Truth], *, seen: bool, more: str = ""
    ) -> None:
        """Report a step with what the devices tell and the fleet shows."""
        stage = self.stage
        devices = "; ".join(
            f"{truth.settings}, {truth.watts:.0f} W" for truth in truths
        )
        grid = stage.states[sun.GRID].text
        decision = stage.states[stage.fleet["sensor.decision"]].attributes
        shown = more or decision.get("reason")
        detail = f"the devices tell {devices}; grid {grid}; {shown}"
        self.report.note(self._named(step), seen=seen, detail=detail)

    @staticmethod
    def _named(step: str) -> str:
        """Return a step with whose it is."""
        return f"{fleet.TITLE}: {step}"


@dataclass
class HeatCheck:
    """Have a room heated, and see that the miner's power follows."""

    stage: Stage
    report: Report

    async def run(self) -> None:
        """Aim higher, which the device itself has to prove, and back again."""
        await wait_for_reload([self.stage.heater])
        usual = self._target
        await self._see("keeps its room with little power", usual, draws_little)
        await self._see(
            f"{WARMER:g} °C warmer: draws all that it may", usual + WARMER, draws_all
        )
        await self._see_set_back(usual)

    async def _see_set_back(self, usual: float) -> None:
        """See that the thermostat wants little again, when the miner has settled."""
        await self._aim(usual)
        is_back = await self.stage.states.until(
            lambda: self._target == usual and self._need < MOST_WATTS * LITTLE,
            SHOW_TIMEOUT,
        )
        self.report.note(
            f"{self.stage.heater.device.label}: set back: little is needed again",
            seen=is_back,
            detail=f"shown {self._target} °C, {self._need:.0f} W",
        )

    async def _aim(self, target: float) -> None:
        """Set the temperature as a user would."""
        entity_id = self.stage.heater[THERMOSTAT]
        await self.stage.client.act(
            "climate", "set_temperature", entity_id=entity_id, temperature=target
        )

    async def _see(
        self, step: str, target: float, is_so: Callable[[Truth], bool]
    ) -> None:
        """Aim at a temperature, and see what the device does then."""
        stage, entity_id = self.stage, self.stage.heater[THERMOSTAT]
        begin = time.monotonic()
        if target != self._target:
            await self._aim(target)
        (truth,) = await truths_when(
            stage.emulators,
            [stage.heater.device],
            lambda all_: all(map(is_so, all_)),
            HEAT_TIMEOUT,
        )
        took = time.monotonic() - begin
        is_shown = await stage.states.until(
            lambda: self._target == target and self._tells_room(truth), SHOW_TIMEOUT
        )
        state = stage.states[entity_id].attributes
        self.report.note(
            f"{stage.heater.device.label}: {step}",
            seen=is_so(truth) and is_shown,
            detail=f"the device draws {truth.watts:.0f} W after {took:.0f} s, in a "
            f"room of {truth.room or 0:.2f} °C; shown "
            f"{state.get('current_temperature')} °C of {state.get('temperature')} °C, "
            f"{state.get('reason')}",
        )

    @property
    def _target(self) -> float:
        """Return the temperature that is aimed at."""
        state = self.stage.states[self.stage.heater[THERMOSTAT]]
        return float(state.attributes.get("temperature") or 0.0)

    @property
    def _need(self) -> float:
        """Return the power that the room is said to need, in W."""
        state = self.stage.states[self.stage.heater[THERMOSTAT]]
        return float(state.attributes.get("heat_need") or 0.0)

    def _tells_room(self, truth: Truth) -> bool:
        """Tell whether the thermostat shows how warm the room is."""
        state = self.stage.states[self.stage.heater[THERMOSTAT]]
        shown = state.attributes.get("current_temperature")
        if shown is None or truth.room is None:
            return False
        return abs(float(shown) - truth.room) <= ROOM_TOLERANCE
