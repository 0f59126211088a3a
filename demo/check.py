"""The check: break things, mend them, and see what Home Assistant makes of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import time

from . import features, home_assistant
from .log import Outage, complaints
from .miners import SCAN_INTERVAL, SIMULATION, Miner
from .paths import INTEGRATION, ROOT
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
        first, second, third = self.stage.miners
        self._see_installation()
        for miner in self.stage.miners:
            await self._see_work(self._sight(miner))
        print(await features.describe(self.stage.client, self.stage.miners), end="\n\n")
        await self._cut_and_mend(self._sight(first), self._sight(second))
        await self._switch_plug(self._sight(third))
        await self._end_home_assistant()
        print(f"\nThe check took {time.monotonic() - begin:.0f} s.")
        return self.report.close()

    def _sight(self, miner: Miner) -> Sight:
        """Return a miner as Home Assistant shows it."""
        return Sight(self.stage.states, miner)

    def _note(self, sight: Sight, step: str, *, seen: bool) -> None:
        """Report a step together with what is shown."""
        self.report.note(f"{sight.name}: {step}", seen=seen, detail=str(sight))

    def _see_installation(self) -> None:
        """See that Home Assistant installed what the manifest asks for."""
        manifest = json.loads((ROOT / INTEGRATION / "manifest.json").read_bytes())
        installed = self.stage.home.installed()
        for requirement in manifest["requirements"]:
            name, _, version = requirement.partition("==")
            self.report.note(
                f"Home Assistant installed {requirement} by itself",
                seen=installed.get(name) == version,
                detail=f"{name} {installed.get(name, 'is missing')}",
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

    async def _cut_and_mend(self, *sights: Sight) -> None:
        """See the fallbacks while the APIs are down, and the return."""
        begin = datetime.now(UTC)
        await asyncio.gather(*map(self._cut, sights))
        await asyncio.gather(*map(self._mend, sights))
        self.outages.append(Outage(begin, datetime.now(UTC)))

    async def _cut(self, sight: Sight) -> None:
        """Cut a miner's API: its hash rate falls back, its power stays."""
        device = sight.miner.device
        await self.stage.emulators.set_network(device, connected=False)
        await self.stage.states.until(
            lambda: sight.has_fallen_back and sight.is_degraded, FAILOVER_TIMEOUT
        )
        truth = await self.stage.emulators.truth(device)
        fallback = f"falls back to {SIMULATION}"
        fate = fallback if sight.miner.has_simulation else "is unavailable"
        self._note(sight, f"API cut: hash rate {fate}", seen=sight.has_fallen_back)
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
