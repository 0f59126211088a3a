"""One run from start to end."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
import shutil
import tempfile
from typing import Any

import aiohttp

from tools.home import log as home_log
from tools.home.errors import HomeError
from tools.home.home import Home
from tools.home.processes import Family
from tools.home.states import States

from .audits import Bindings, DeviceAudit, EnergyAudit, judge_bindings, judge_providers
from .chronicle import Chronicle
from .deeds import do_all, tell_grid
from .diary import Diary
from .faults import happen, wake
from .findings import SHOWN, Count, Findings
from .fleet import KINDS, Fleet
from .growth import Vitals, judge_growth
from .libraries import Breakage, breakage_at, ways
from .limits import FleetAudit
from .log import LogAudit
from .miners import (
    Miner,
    bindings_of,
    enlist,
    find_entities,
    leave_switch_only,
    providers_of,
)
from .oracle import FEATURES, NOT_EXPECTED, Known, Oracle
from .orders import give
from .schedule import Restart, Schedule, draw
from .server import Server
from .sharing import GRID, choose_members, found
from .stage import Stage
from .troubles import BROKEN, STALL, STALL_AFTER, TAKE_BACK, Part, Trouble
from .truth import Sample, Shown, is_silent

SAMPLE_INTERVAL = 1.0
# How long it may take until all is well at the beginning, and in the end.
WHOLE_TIMEOUT = 90.0
LAST_TIMEOUT = 150.0
LAST_LOOKS = 4.0
# How long Home Assistant stays down.
DOWN = 2.0
LOADED_TIMEOUT = 60.0
# How long after a start there is something to compare its growth with.
WARM_AFTER = 80.0
LAG_TIMEOUT = 20.0


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    seconds: float
    miners: int
    seed: int
    kinds: tuple[str, ...] = KINDS
    keeps_folder: bool = False


async def run(options: Options) -> int:
    """Run the chaos and return the exit code."""
    say(f"Seed {options.seed}: repeat this run with --seed {options.seed}")
    with _home(keep=options.keeps_folder) as home:
        async with Family() as family, aiohttp.ClientSession() as session:
            try:
                return await _perform(options, home, family, session)
            except HomeError as error:
                reasons = map(str, home_log.last_errors(home.folder / "console.log"))
                raise HomeError("\n  ".join([str(error), *reasons])) from error


@contextmanager
def _home(*, keep: bool) -> Iterator[Home]:
    """Make the folder of this run, and remove it unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="miner-control-chaos-"))
    try:
        yield Home(folder)
    finally:
        if keep:
            say(f"Home Assistant's configuration and log: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _diary(folder: Path, *, keep: bool) -> Iterator[Diary | None]:
    """Keep a diary, if the folder is to be kept that it lies in."""
    if not keep:
        yield None
        return
    with closing(Diary(folder)) as diary:
        yield diary


async def _perform(
    options: Options, home: Home, family: Family, session: aiohttp.ClientSession
) -> int:
    """Set the stage, let it all happen, and tell what was found."""
    fleet = await Fleet.run(session, family, home.folder, options.miners, options.kinds)
    for missing in fleet.left_out:
        say(f"Left out: {missing}")
    server = Server(home, family, session, fleet)
    say(f"Starting Home Assistant with {len(fleet.devices)} miners")
    await server.start()
    # Its own, so that what happens does not hang on how it was linked.
    random = Random(f"{options.seed} on stage")  # noqa: S311 - to be drawn again
    kinds = [device.name.partition("-")[2] for device in fleet.devices]
    miners = [
        Miner(device, kind, way)
        for device, kind, way in zip(
            fleet.devices, kinds, ways(kinds, random), strict=True
        )
    ]
    await enlist(server, fleet, miners, random)
    stage = _stage(fleet, server, miners, random)
    # Its own, so that the rest is the same with and without a fleet.
    apart = Random(f"{options.seed} in the fleet")  # noqa: S311 - to be drawn again
    members = await _choose_members(stage, apart)
    await _see_all_well(stage)
    if members:
        await _found_fleet(stage, members, apart)
    schedule = draw(options.seed, [*stage.miners], options.seconds)
    say(f"{options.seconds:.0f} s: {schedule}")
    with _diary(home.folder, keep=options.keeps_folder) as diary:
        play = Play(stage, schedule, options.seconds, diary)
        await play.perform()
    _see_log(stage)
    findings = stage.findings
    print(f"\n{findings.table()}\n")
    if text := findings.details(SHOWN):
        print(f"{text}\n")
    if play.stalls:
        say(
            f"The machine was busy {len(play.stalls)} times, for up to "
            f"{max(play.stalls):.0f} s; that is held against nobody"
        )
    (home.folder / "findings.txt").write_text(findings.details(), encoding="utf-8")
    oracle = stage.oracle
    print(
        f"{oracle.samples} looks at a miner, {oracle.judged} of them in quiet times; "
        f"seed {options.seed}; {len(findings.found)} findings"
    )
    return findings.exit_code


def _stage(fleet: Fleet, server: Server, miners: list[Miner], random: Random) -> Stage:
    """Return all that a run needs, before anything happened."""
    findings = Findings()
    known = {
        miner.name: Known(Chronicle(miner.name), miner.device.plug.name)
        for miner in miners
    }
    return Stage(
        fleet=fleet,
        server=server,
        random=random,
        miners={miner.name: miner for miner in miners},
        findings=findings,
        oracle=Oracle(known, findings),
        energies={name: EnergyAudit(one.chronicle) for name, one in known.items()},
        devices={
            name: DeviceAudit(one.chronicle, findings) for name, one in known.items()
        },
    )


async def _choose_members(stage: Stage, random: Random) -> list[Miner]:
    """Choose the members of a fleet, and let some of them only start and stop."""
    miners, client = [*stage.miners.values()], stage.server.client
    slowed, switched = choose_members(miners, random)
    for miner in switched:
        await leave_switch_only(client, miner)
    if switched:
        await find_entities(client, miners)
    return slowed + switched


async def _found_fleet(stage: Stage, members: list[Miner], random: Random) -> None:
    """Make a fleet of some miners, which does nothing yet."""
    truths = await stage.fleet.truths()
    total = sum(truths[member.device.name].watts for member in members)
    stage.sharing = await found(stage.server.client, members, total, random)
    stage.fleet_audit = FleetAudit(
        {member.name: stage.chronicle(member) for member in members},
        stage.sharing.limit,
        stage.findings,
    )
    names = ", ".join(sorted(member.device.name for member in members))
    say(f"A fleet shares {stage.sharing.limit:.0f} W among {names}")


async def _see_all_well(stage: Stage) -> None:
    """Wait until every miner is shown as it is, and keep what is served then."""
    states = stage.server.states
    for miner in stage.miners.values():
        if not await states.until(partial(_is_whole, stage, miner), WHOLE_TIMEOUT):
            raise HomeError(f"{miner.device.name} was not served from the beginning")
    for name, miner in stage.miners.items():
        bindings = await bindings_of(stage.server.client, miner)
        stage.bindings[name] = bindings
        stage.providers[name] = await providers_of(stage.server.client, miner)
        known = stage.oracle.miners[name]
        known.power_order = sorted(
            bindings["power_monitoring"],
            key=lambda title: -bindings["power_monitoring"][title][0],
        )
        known.served = frozenset(
            key
            for key, state in miner.shown(states).items()
            if not is_silent(state) and not key.startswith(NOT_EXPECTED)
        )
        known.preset = miner.state(states, "select.preset").state
        known.leading = frozenset(map(_first, bindings.values()))
        known.spare = {
            title: _served_without(title, known.served, miner, bindings, states)
            for title in miner.titles
        }


def _first(ranking: Mapping[str, tuple[int, bool]]) -> str:
    """Return the title of the controller that ranks first for a feature."""
    return max(ranking, key=lambda title: ranking[title][0])


def _served_without(
    title: str, served: frozenset[str], miner: Miner, bindings: Bindings, states: States
) -> frozenset[str]:
    """Return what is served of a miner without one of those that ask the device."""
    others = miner.titles.keys() - {title}
    return frozenset(
        key
        for key in served
        if miner.state(states, key).provider != title
        or bindings.get(FEATURES.get(key, ""), {}).keys() & others
    )


def _is_whole(stage: Stage, miner: Miner) -> bool:
    """Tell whether a miner mines, and each feature is served by its first."""
    shown = miner.shown(stage.server.states)
    return (
        "sensor.status" in shown
        and shown["sensor.status"].state == "on"
        and shown["sensor.power"].provider == miner.device.plug.name
        and shown["binary_sensor.degraded"].state == "off"
    )


@dataclass
class Play:
    """The schedule as it happens."""

    stage: Stage
    schedule: Schedule
    seconds: float
    diary: Diary | None = None
    first_vitals: Vitals | None = None
    _broken: list[Trouble] = field(default_factory=list)
    # For how many seconds Home Assistant or the emulation answered nothing.
    stalls: list[float] = field(default_factory=list)

    async def perform(self) -> None:
        """Let everything happen, look at it all the time, and judge it in the end."""
        stage = self.stage
        stage.begin += stage.now
        watch = asyncio.create_task(self._watch())
        grid = asyncio.create_task(self._tell_grid())
        try:
            await self._happen(watch)
            await stage.until(self.seconds)
            await self._let_all_mine()
            await self._settle()
            await self._judge()
        finally:
            watch.cancel()
            grid.cancel()
            await asyncio.gather(watch, grid, return_exceptions=True)
        if await stage.server.stop() != 0:
            stage.findings.note(
                Count.CRASHES, "Home Assistant", "it did not end when asked", stage.now
            )

    async def _happen(self, watch: asyncio.Task[None]) -> None:
        """Let all faults, commands and restarts come and go."""
        work = asyncio.gather(
            self._restart_all(),
            *(happen(self.stage, event) for event in self.schedule.faults),
            *(give(self.stage, event) for event in self.schedule.orders),
            self._do_to_fleet(),
        )
        either: set[asyncio.Future[Any]] = {work, watch}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            work.cancel()
            await watch
        await work

    async def _do_to_fleet(self) -> None:
        """Do all that is done to the fleet, if there is one."""
        if self.stage.sharing is not None:
            await do_all(self.stage, self.stage.sharing, self.schedule.fleet)

    async def _watch(self) -> None:
        """Look at everything, about once a second."""
        while True:
            begin = self.stage.now
            await self._look()
            await self.stage.until(begin + SAMPLE_INTERVAL)

    async def _look(self) -> None:
        """Compare what is so with what is shown."""
        stage = self.stage
        lag = await self._lag()
        # Before the truth is asked for: nothing can be shown that is not so yet.
        shown = self._shown() if lag is not None else None
        asked_at = stage.now
        truths = await stage.fleet.truths()
        self._note_stall(max(lag or 0.0, stage.now - asked_at))
        by_name = {one.name: truths[one.device.name] for one in stage.miners.values()}
        now = stage.now
        if not stage.server.is_up:
            shown = None
        stage.oracle.look(Sample(now, by_name, shown, lag or 0.0))
        for name, truth in by_name.items():
            known = stage.oracle.miners[name]
            counted = shown[name]["sensor.energy"].number if shown else None
            by_plug = known.power_order[0] == known.plug
            stage.energies[name].add(now, truth, counted, by_plug=by_plug)
            stage.devices[name].add(now)
            if self.diary is not None:
                self.diary.add(now, name, truth, shown[name] if shown else None)
        self._look_at_fleet(now, is_up=shown is not None)

    def _shown(self) -> dict[str, Shown]:
        """Return what Home Assistant shows of each miner."""
        states = self.stage.server.states
        return {name: one.shown(states) for name, one in self.stage.miners.items()}

    def _look_at_fleet(self, now: float, *, is_up: bool) -> None:
        """See what the fleet makes of its members."""
        sharing, audit = self.stage.sharing, self.stage.fleet_audit
        if sharing is None or audit is None:
            return
        states = self.stage.server.states
        sensor = states[sharing.entities["binary_sensor.emergency_stop"]]
        audit.look(
            now,
            is_up=is_up,
            acts=sharing.mode.acts,
            is_latched=sharing.is_latched,
            named=sharing.named(sensor.attributes),
        )
        if self.diary is not None:
            decision = states[sharing.entities["sensor.decision"]]
            self.diary.add_fleet(
                now,
                {
                    "mode": sharing.mode,
                    "latched": sharing.is_latched,
                    "drawn": audit.drawn,
                    "grid": states[GRID].state,
                    "decision": decision.state,
                    "reason": decision.attributes.get("reason"),
                    "members": decision.attributes.get("members"),
                    "stops": sharing.named(sensor.attributes),
                },
            )

    def _note_stall(self, seconds: float) -> None:
        """Note that the machine was too busy to judge anybody."""
        if seconds < STALL_AFTER:
            return
        self.stalls.append(seconds)
        for miner in self.stage.miners.values():
            trouble = self.stage.chronicle(miner).begin(
                STALL, Part.API | Part.PLUG | Part.HOME, self.stage.now - seconds
            )
            trouble.end = self.stage.now

    async def _lag(self) -> float | None:
        """Return how late Home Assistant is; None while it is down."""
        if not self.stage.server.is_up:
            return None
        try:
            return await asyncio.wait_for(self.stage.server.lag(), LAG_TIMEOUT)
        except HomeError, ConnectionError:
            return None

    async def _tell_grid(self) -> None:
        """Have the fleet's meter at the grid tell something, if there is one."""
        if self.stage.sharing is not None:
            await tell_grid(self.stage, self.stage.sharing)

    async def _restart_all(self) -> None:
        """Restart Home Assistant when it is due, and look at its size afterwards."""
        for restart in self.schedule.restarts:
            await self.stage.until(restart.at)
            await self._restart(restart)
        await asyncio.sleep(WARM_AFTER)
        self.first_vitals = await self.stage.server.vitals()

    async def _restart(self, restart: Restart) -> None:
        """End Home Assistant one way or the other, and start it again."""
        stage = self.stage
        async with stage.changes:
            troubles = [
                stage.chronicle(miner).begin("restart", Part.HOME, stage.now)
                for miner in stage.miners.values()
            ]
            how = "SIGKILL" if restart.is_killed else "SIGTERM"
            say(f"{stage.now:.0f} s: {how} to Home Assistant")
            code = await stage.server.stop(is_killed=restart.is_killed)
            if code != 0:
                text = f"it ended with {code}"
                stage.findings.note(Count.CRASHES, "Home Assistant", text, stage.now)
            self._break(restart.breaks)
            await asyncio.sleep(DOWN)
            await stage.server.start()
            for trouble in troubles:
                trouble.end = stage.now
            say(f"{stage.now:.0f} s: Home Assistant is up again")
            await self._see_bindings()
            await self._see_issues()

    def _break(self, package: str) -> None:
        """Break a library or none, and mend what was broken before."""
        stage = self.stage
        stage.server.break_package(package)
        for breakage in stage.breakages[-1:]:
            breakage.end = min(breakage.end, stage.now)
        for trouble in self._broken:
            trouble.end = stage.now
        self._broken = []
        if package:
            say(f"{stage.now:.0f} s: {package} fails at its import from now on")
            stage.breakages.append(Breakage(package, stage.now))
        for name, miner in stage.miners.items():
            missing = {t for t, needed in miner.titles.items() if needed == package}
            stage.oracle.miners[name].missing = frozenset(missing)
            if missing:
                is_alone = missing == miner.titles.keys()
                parts = Part.API if is_alone else Part.LIBRARY
                trouble = stage.chronicle(miner).begin(BROKEN, parts, stage.now)
                self._broken.append(trouble)

    async def _see_issues(self) -> None:
        """See that one issue tells of a library that is broken, and none of another."""
        deadline = self.stage.now + LOADED_TIMEOUT
        while (wrong := await self._wrong_issues()) is not None:
            if self.stage.now > deadline:
                now = self.stage.now
                self.stage.findings.note(Count.UNTOLD, "Home Assistant", wrong, now)
                return
            await asyncio.sleep(0.5)

    async def _wrong_issues(self) -> str | None:
        """Return what is wrong with the issues of libraries; None if nothing is."""
        stage = self.stage
        listed = (await stage.server.client.call("repairs/list_issues"))["issues"]
        told = {
            issue["issue_id"]: issue["translation_placeholders"]["miners"].split(", ")
            for issue in listed
            if issue["issue_id"].startswith("library_")
        }
        broken = breakage_at(stage.breakages, stage.now)
        alone = {
            miner.device.label
            for name, miner in stage.miners.items()
            if stage.oracle.miners[name].missing == miner.titles.keys() != set()
            and not self._is_unlinked(miner)
        }
        # Whoever has both may miss what the other library does not tell.
        issue_id = f"library_{broken.library}" if broken else ""
        lacking = alone - {*told.get(issue_id, ())}
        if lacking or told.keys() - {issue_id}:
            return f"{told} is told, of {', '.join(sorted(alone)) or 'nobody'}"
        return None

    async def _see_bindings(self, *, is_last: bool = False) -> None:
        """See that every binding is as it was left, or will be in the end."""
        stage = self.stage
        for name, miner in stage.miners.items():
            if self._is_unlinked(miner):
                continue
            found = await self._loaded_bindings(miner)
            expected = stage.bindings[name]
            judge_bindings(
                stage.findings,
                name,
                expected,
                found,
                stage.now,
                may_grow=miner.linked_stopped,
                lacking=None if is_last else miner.relinked,
            )
            if found == expected:
                miner.relinked = None

    def _is_unlinked(self, miner: Miner) -> bool:
        """Tell whether one of the miner's controllers is away on purpose."""
        now = self.stage.now
        open_now = self.stage.chronicle(miner).touching(now, now, ~Part.NONE)
        return any("unlinked" in trouble.kind for trouble in open_now)

    async def _loaded_bindings(
        self, miner: Miner
    ) -> dict[str, dict[str, tuple[int, bool]]]:
        """Return the bindings of a miner, as soon as it is loaded."""
        deadline = self.stage.now + LOADED_TIMEOUT
        while True:
            try:
                return await bindings_of(self.stage.server.client, miner)
            except HomeError:
                if self.stage.now > deadline:
                    return {}
                await asyncio.sleep(0.5)

    async def _let_all_mine(self) -> None:
        """Have every device mine: nobody may have told those that were stopped."""
        truths = await self.stage.fleet.truths()
        await asyncio.gather(
            *(
                self._let_mine(miner)
                for miner in self.stage.miners.values()
                if not (truth := truths[miner.device.name]).mining or not truth.ready
            )
        )

    async def _let_mine(self, miner: Miner) -> None:
        """Have a device mine."""
        trouble = self.stage.chronicle(miner).begin("woken", Part.BODY, self.stage.now)
        await wake(self.stage, miner)
        trouble.end = self.stage.now

    async def _settle(self) -> None:
        """Wait until nothing excuses anything any more."""
        stage = self.stage
        say(f"{stage.now:.0f} s: All faults are over; waiting for the truth to show")
        deadline = stage.now + LAST_TIMEOUT
        while unsettled := [
            name
            for name in stage.miners
            if not stage.oracle.is_settled(name, stage.now)
        ]:
            if stage.now > deadline:
                text = f"never settled: {', '.join(map(self._described, unsettled))}"
                stage.findings.note(Count.BLIND, "oracle", text, stage.now)
                return
            await asyncio.sleep(SAMPLE_INTERVAL)
        await asyncio.sleep(LAST_LOOKS)

    def _described(self, name: str) -> str:
        """Return a miner, and the troubles that excuse it still."""
        now = self.stage.now
        troubles = self.stage.oracle.miners[name].chronicle.troubles
        late = [t.kind for t in troubles if t.recovered_by + TAKE_BACK > now]
        return f"{name} ({', '.join(late)})"

    async def _judge(self) -> None:
        """Judge what can be judged in the end alone."""
        stage = self.stage
        await self._see_bindings(is_last=True)
        # What has been drawn is of now, however late the last look was.
        await self._look()
        for name, miner in stage.miners.items():
            counted = miner.state(stage.server.states, "sensor.energy").number
            stage.energies[name].judge(stage.findings, stage.now, counted)
        for name, miner in stage.miners.items():
            found = await providers_of(stage.server.client, miner)
            expected = stage.providers[name]
            judge_providers(stage.findings, name, expected, found, stage.now)
        last = await stage.server.vitals()
        if self.first_vitals is not None:
            say(f"Home Assistant held {self.first_vitals}, and in the end {last}")
            judge_growth(
                stage.findings, self.first_vitals, last, len(stage.miners), stage.now
            )
        stage.oracle.close(stage.now)
        if stage.fleet_audit is not None:
            stage.fleet_audit.close(stage.now)


def _see_log(stage: Stage) -> None:
    """Judge what Home Assistant wrote from the beginning of the play on."""
    chronicles = {name: known.chronicle for name, known in stage.oracle.miners.items()}
    records = [
        record
        for record in home_log.read(stage.server.log)
        if stage.run_time(record.time) >= 0
    ]
    pressed = stage.sharing.pressed if stage.sharing else ()
    audit = LogAudit(
        chronicles, stage.findings, stage.run_time, stage.breakages, pressed
    )
    audit.judge(records)


def say(message: str) -> None:
    """Tell the user what happens."""
    print(f"==> {message}", flush=True)
