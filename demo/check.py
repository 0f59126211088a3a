"""The check: break things, mend them, and see what Home Assistant makes of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
import time
from typing import Any

from packaging.requirements import Requirement

from custom_components.miner_control.controllers.libraries import LIBRARIES, PYASIC
from tools.home import home_assistant
from tools.home.log import Outage, complaints
from tools.home.miners import SCAN_INTERVAL

from . import features
from .controls import CONTROLS
from .drive import Drive
from .household import FleetCheck, HeatCheck, wait_for_reload
from .report import Report
from .sight import Sight
from .stage import Stage

# A miner is read when it is linked and then every interval, and warms up.
SERVE_TIMEOUT = 8.0 * SCAN_INTERVAL
# A device that refuses connections fails at the next reading; a value that is
# merely missing is believed for three intervals.
FAILOVER_TIMEOUT = 5.0 * SCAN_INTERVAL
# The wait between attempts doubles while a miner is away, and the better
# provider has to be well for half a minute before it takes back.
TAKE_BACK_TIMEOUT = 30.0 + 10.0 * SCAN_INTERVAL
# The plug is read every second; the miner boots and warms up for some more.
OFF_TIMEOUT = 4.0 * SCAN_INTERVAL
ON_TIMEOUT = 12.0 * SCAN_INTERVAL

# A change is told within half a second; mining has to begin again.
PUSH_TIMEOUT = 3.0 * SCAN_INTERVAL

LIFE = ("off", "starting", "on")


@dataclass
class Check:
    """One run of the check."""

    stage: Stage
    report: Report = field(default_factory=Report)
    outages: list[Outage] = field(default_factory=list)

    async def run(self) -> int:
        """Go through all steps and return the exit code."""
        begin = time.monotonic()
        sights = [Sight(self.stage.states, miner) for miner in self.stage.miners]
        drives = [Drive(self.stage, self.report, sight) for sight in sights]
        accounts = await self._accounts()
        self._see_installation()
        # None of these has to do with the others, and the sun takes its time.
        await asyncio.gather(
            FleetCheck(self.stage, self.report, self.outages).run(),
            HeatCheck(self.stage, self.report).run(),
            self._see_miners(sights, drives),
        )
        self._see_controls(drives)
        self._see_accounts(accounts, await self._accounts())
        await self._end_home_assistant()
        print(f"\nThe check took {time.monotonic() - begin:.0f} s.")
        return self.report.close()

    async def _see_miners(
        self, sights: Sequence[Sight], drives: Sequence[Drive]
    ) -> None:
        """See miners work, then break and mend them, and drive their controls."""
        await wait_for_reload(self.stage.miners)
        for sight in sights:
            await self._see_work(sight)
            await self._see_boards(sight)
            await self._see_push(sight)
        print(await features.describe(self.stage.client, self.stage.miners), end="\n\n")
        first, second, third = drives
        await asyncio.gather(
            self._break_network(first),
            self._break_network(second),
            self._break_power(third),
        )

    def _note(self, sight: Sight, step: str, *, seen: bool) -> None:
        """Report a step together with what is shown."""
        self.report.note(f"{sight.name}: {step}", seen=seen, detail=str(sight))

    def _see_installation(self) -> None:
        """See that Home Assistant installed what the miners need."""
        installed = self.stage.home.installed()
        for library in LIBRARIES:
            version = installed.get(library.package)
            if version is None and library is not PYASIC:
                continue  # None of the miners speaks through it.
            wanted = Requirement(library.requirement).specifier
            self.report.note(
                f"Home Assistant installed {library.requirement} by itself",
                seen=version is not None and wanted.contains(version),
                detail=f"{library.name} {version or 'is missing'}",
            )

    async def _see_work(self, sight: Sight) -> None:
        """See a miner work: hash rate from its API, power from its plug."""
        await self.stage.states.until(lambda: sight.is_whole, SERVE_TIMEOUT)
        truth = await self.stage.emulators.truth(sight.miner.device)
        self._note(
            sight,
            "its API tells the hash rate, its plug the power",
            seen=sight.is_whole
            and sight.tells_hashrate(truth)
            and sight.tells_power(truth),
        )

    async def _see_boards(self, sight: Sight) -> None:
        """See all that a miner's boards tell, also what is disabled at first."""
        if not sight.miner.boards:
            self.report.skip(sight.name, reason="is a single board")
            return
        truth = await self.stage.emulators.truth(sight.miner.device)
        self.report.note(
            f"{sight.name}: its boards tell what they do",
            seen=sight.tells_boards(truth),
            detail=f"{sight.boards_text}; of {len(sight.miner.enabled)} sensors "
            "that were enabled for it",
        )

    async def _see_push(self, sight: Sight) -> None:
        """See what a device tells by itself: shown at once, and not asked for."""
        emulators, device = self.stage.emulators, sight.miner.device
        before = await emulators.truth(device)
        if not before.listeners:
            self.report.skip(sight.name, reason="tells nothing by itself")
            return
        for mining, shown in ((False, "idle"), (True, "on")):
            begin = time.monotonic()
            await emulators.set_mining(device, mining=mining)
            await self.stage.states.until(
                partial(sight.has_status, shown), PUSH_TIMEOUT
            )
            self._note(
                sight,
                f"{'started' if mining else 'stopped'} at the device: shown after "
                f"{time.monotonic() - begin:.1f} s",
                seen=sight.has_status(shown),
            )
        asked = (await emulators.truth(device)).requests - before.requests
        self.report.note(
            f"{sight.name}: told it by itself",
            seen=asked == 0,
            detail=f"{asked} requests meanwhile",
        )
        await self.stage.states.until(lambda: sight.is_whole, SERVE_TIMEOUT)

    async def _break_network(self, drive: Drive) -> None:
        """Cut a miner's API and mend it, then drive the miner."""
        begin = datetime.now(UTC)
        await self._cut(drive.sight)
        await self._mend(drive.sight)
        await self._break_plug(drive.sight)
        outage = Outage(begin, datetime.now(UTC), drive.sight.miner.title)
        self.outages.append(outage)
        await drive.run()

    async def _break_power(self, drive: Drive) -> None:
        """Drive a miner, then cut its power and give it back."""
        await drive.run()
        await self._switch_plug(drive.sight)

    async def _cut(self, sight: Sight) -> None:
        """Cut a miner's API: its hash rate falls back, its power stays."""
        device = sight.miner.device
        await self.stage.emulators.set_network(device, connected=False)
        await self.stage.states.until(
            lambda: sight.has_lost_hashrate and sight.is_degraded, FAILOVER_TIMEOUT
        )
        truth = await self.stage.emulators.truth(device)
        self._note(
            sight, "API cut: hashrate is unavailable", seen=sight.has_lost_hashrate
        )
        self._note(sight, "API cut: shown as degraded", seen=sight.is_degraded)
        self._note(
            sight,
            "API cut: power is still measured",
            seen=sight.is_measured and sight.tells_power(truth),
        )

    async def _mend(self, sight: Sight) -> None:
        """Mend a miner's API: it takes back what it served."""
        begin = time.monotonic()
        await self.stage.emulators.set_network(sight.miner.device, connected=True)
        await self.stage.states.until(lambda: sight.is_whole, TAKE_BACK_TIMEOUT)
        seconds = time.monotonic() - begin
        self._note(
            sight, f"API back: takes back within {seconds:.0f} s", seen=sight.is_whole
        )

    async def _break_plug(self, sight: Sight) -> None:
        """Let a plug answer nothing: the miner's API tells the power meanwhile."""
        device, emulators = sight.miner.device, self.stage.emulators
        known = await features.read(self.stage.client, sight.miner)
        if len(known["power_monitoring"]["ranking"]) < 2:
            self.report.skip(sight.name, reason="tells no power of its own")
            return
        await emulators.set_plug(device, available=False)
        await self.stage.states.until(lambda: sight.tells_own_power, FAILOVER_TIMEOUT)
        truth = await emulators.truth(device)
        self._note(
            sight,
            "plug lost: its API tells the power",
            seen=sight.tells_own_power and sight.tells_power(truth),
        )
        self._note(sight, "plug lost: shown as degraded", seen=sight.is_degraded)
        await emulators.set_plug(device, available=True)
        await self.stage.states.until(lambda: sight.is_whole, TAKE_BACK_TIMEOUT)
        self._note(sight, "plug back: measures again", seen=sight.is_whole)

    async def _switch_plug(self, sight: Sight) -> None:
        """Switch a plug off and on: the status follows."""
        states, status = self.stage.states, sight.miner["sensor.status"]
        states.forget_trail(status)
        await self._turn(sight, "turn_off")
        await states.until(lambda: sight.is_off, OFF_TIMEOUT)
        truth = await self.stage.emulators.truth(sight.miner.device)
        self._note(
            sight, "plug off: shows off", seen=sight.is_off and truth.watts == 0.0
        )
        await self._turn(sight, "turn_on")
        await states.until(lambda: sight.is_whole, ON_TIMEOUT)
        trail = states.trail(status)
        self.report.note(
            f"{sight.name}: plug on: shows starting, then on",
            seen=tuple(trail[-len(LIFE) :]) == LIFE,
            detail=" > ".join(trail),
        )
        self._note(sight, "plug on: mines again", seen=sight.is_whole)

    async def _turn(self, sight: Sight, action: str) -> None:
        """Switch a miner's plug the way a user does."""
        plug = sight.miner.device.plug.switch
        await self.stage.client.act("switch", action, entity_id=plug)

    def _see_controls(self, drives: Sequence[Drive]) -> None:
        """See that no control was left out that these miners should have."""
        driven = set[str]().union(*(drive.driven for drive in drives))
        missing = [one.name for one in CONTROLS if one.name not in driven]
        if missing and self.stage.emulators.left_out:
            reason = "no miner has one that needs no port 80"
            self.report.skip(", ".join(missing), reason=reason)
            return
        self.report.note(
            "Every control was driven on some miner",
            seen=not missing,
            detail=", ".join(missing) or "none is missing",
        )

    async def _accounts(self) -> list[Mapping[str, Any]]:
        """Ask every device for its pools and its password."""
        devices = [miner.device for miner in self.stage.every_miner]
        return [(await self.stage.emulators.truth(one)).accounts for one in devices]

    def _see_accounts(
        self, before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
    ) -> None:
        """See that no pool and no password was changed by all this."""
        for miner, old, new in zip(self.stage.every_miner, before, after, strict=True):
            pools = ", ".join(pool["url"] for pool in new["pools"])
            self.report.note(
                f"{miner.device.label}: pools and password are as before",
                seen=new == old and bool(new["pools"]),
                detail=pools,
            )

    async def _end_home_assistant(self) -> None:
        """See Home Assistant end by itself, with nothing to complain about."""
        code = await self.stage.family.stop(home_assistant.NAME)
        self.report.note(
            "Home Assistant ends when asked", seen=code == 0, detail=f"exit code {code}"
        )
        found = complaints(self.stage.home.log, self.outages)
        self.report.note(
            "Home Assistant's log has nothing against the integration",
            seen=not found,
            detail="".join(f"\n      {one}" for one in found) or "clean",
        )
