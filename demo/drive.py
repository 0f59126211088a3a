"""Tell a miner through Home Assistant what to do, and ask its device what it did."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import time

from tools.home.client import Json
from tools.home.emulators import Truth
from tools.home.errors import HomeError
from tools.home.miners import SCAN_INTERVAL

from . import features
from .controls import CONTROLS, Control, Trial
from .report import Report
from .sight import Sight
from .stage import Stage

# Home Assistant says that something is done when it has read it back.
DONE_TIMEOUT = 5.0
POLL = 0.25
SHOW_TIMEOUT = 3.0 * SCAN_INTERVAL

# Some devices restart a moment after they have confirmed something.
LAST_WORDS = 1.0
BOOT_TIMEOUT = 20.0
SERVE_TIMEOUT = 8.0 * SCAN_INTERVAL


@dataclass
class Drive:
    """A miner on a test drive of all its controls."""

    stage: Stage
    report: Report
    sight: Sight
    driven: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Try every control that the device has, and leave it as it was."""
        before = (await self._truth()).settings
        known = await features.read(self.stage.client, self.sight.miner)
        for control in CONTROLS:
            if has_control(known, control):
                await self._drive(control)
            else:
                self._skip(control)
        after = (await self._truth()).settings
        self._note("is set as before", seen=after == before, detail=str(after))

    async def _drive(self, control: Control) -> None:
        """Try a control there and back."""
        self.driven.add(control.name)
        now = self.stage.states[self.sight.miner[control.entity]]
        for trial in control.trials(now):
            reboots = (await self._truth()).reboots
            try:
                await self._try(control, trial)
            except HomeError as error:
                self._note(trial.step, seen=False, detail=str(error))
            await self._wait_for_restart(reboots)

    async def _try(self, control: Control, trial: Trial) -> None:
        """Do something, and see that the device did it and the entity shows it."""
        begin = time.monotonic()
        states, entity_id = self.stage.states, self.sight.miner[control.entity]
        await self.stage.client.act(
            control.domain, trial.action, entity_id=entity_id, **trial.data
        )
        truth = await self._truth_when(trial.is_done, DONE_TIMEOUT)
        await states.until(lambda: trial.is_shown(states[entity_id]), SHOW_TIMEOUT)
        shown = states[entity_id]
        self._note(
            trial.step,
            seen=trial.is_done(truth) and trial.is_shown(shown),
            detail=f"the device tells {truth.settings}, {truth.hashrate:.4g} TH/s; "
            f"shown {shown.text} by {shown.provider} "
            f"after {time.monotonic() - begin:.0f} s",
        )

    async def _wait_for_restart(self, reboots: int) -> None:
        """Wait until the device is up and serves again, if it went down."""
        await asyncio.sleep(LAST_WORDS)
        if (await self._truth()).reboots > reboots:
            await self._truth_when(lambda truth: truth.ready, BOOT_TIMEOUT)
            await self.stage.states.until(lambda: self.sight.mines, SERVE_TIMEOUT)

    async def _truth_when(
        self, is_so: Callable[[Truth], bool], seconds: float
    ) -> Truth:
        """Return what the device does once something is so, or never was."""
        truth = await self._truth()
        for _ in range(round(seconds / POLL)):
            if is_so(truth):
                break
            await asyncio.sleep(POLL)
            truth = await self._truth()
        return truth

    async def _truth(self) -> Truth:
        """Ask the emulation what the device really does."""
        return await self.stage.emulators.truth(self.sight.miner.device)

    def _skip(self, control: Control) -> None:
        """Tell that the miner lacks a control."""
        self.report.skip(self.sight.name, reason=f"has no {control.name}")

    def _note(self, step: str, *, seen: bool, detail: str) -> None:
        """Report a step of this miner."""
        self.report.note(f"{self.sight.name}: {step}", seen=seen, detail=detail)


def has_control(known: Json, control: Control) -> bool:
    """Tell whether a miner has a control."""
    return bool(known.get(control.feature, {}).get("ranking"))
