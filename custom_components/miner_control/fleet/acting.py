"""Have members do what was decided: each one thing at a time, all of them at once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..const import LOGGER
from ..domain.authority import Origin
from ..domain.budget import Action, Share
from ..names import reason_of
from .members import runtime_of

# How long after a failure a member is told again, in seconds; it doubles each time.
FIRST_RETRY = 60.0
LAST_RETRY = 900.0

_LESS = (Action.STOP, Action.LOWER)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a member did not do what it was told, and when it is told again."""

    reason: str
    count: int
    retry_at: float


@dataclass(frozen=True, slots=True)
class _Errand:
    """What a member is being told."""

    share: Share
    task: asyncio.Task[None]


class Actor:
    """Tell members what to do, and keep what went wrong."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        clock: Callable[[], float],
        on_end: Callable[[], None],
    ) -> None:
        """Tell nobody anything yet."""
        self._hass = hass
        self._entry = entry
        self._clock = clock
        self._on_end = on_end
        self._errands: dict[str, _Errand] = {}
        self.failures: dict[str, Failure] = {}

    def failed(self, now: float) -> frozenset[str]:
        """Return the members that are told nothing for a while."""
        return frozenset(m for m, f in self.failures.items() if f.retry_at > now)

    @property
    def going_on(self) -> Mapping[str, str]:
        """Return what members are being told."""
        return {m: errand.share.action.value for m, errand in self._errands.items()}

    @callback
    def carry_out(self, shares: Mapping[str, Share]) -> None:
        """Have members do what was decided, where they do not do that already.

        Whoever is to draw less is told at once, whatever it is being told.
        """
        for miner_id, share in shares.items():
            if share.action is Action.KEEP:
                continue
            errand = self._errands.get(miner_id)
            if errand is not None:
                is_same = (share.action, share.watts) == (
                    errand.share.action,
                    errand.share.watts,
                )
                if is_same or share.action not in _LESS:
                    continue
                if errand.share.action in _LESS and share.action is Action.LOWER:
                    continue
                errand.task.cancel()
            self._send(miner_id, share)

    def _send(self, miner_id: str, share: Share) -> None:
        """Begin to tell a member something."""
        task = self._entry.async_create_background_task(
            self._hass, self._do(miner_id, share), f"fleet {share.action}"
        )
        errand = _Errand(share, task)
        self._errands[miner_id] = errand

        @callback
        def end(_: asyncio.Task[None]) -> None:
            """Note that the member is told nothing any more."""
            if self._errands.get(miner_id) is errand:
                del self._errands[miner_id]
                self._on_end()

        task.add_done_callback(end)

    async def async_stop(self) -> None:
        """End what is going on."""
        tasks = [errand.task for errand in self._errands.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @callback
    def drop(self, shares: Mapping[str, Share]) -> None:
        """Break off what members are being told, but for what is still to be done."""
        for miner_id, errand in list(self._errands.items()):
            share = shares.get(miner_id)
            told = (errand.share.action, errand.share.watts)
            if share is None or (share.action, share.watts) != told:
                del self._errands[miner_id]
                errand.task.cancel()

    @callback
    def cancel(self) -> None:
        """Tell nobody anything any more, and wait for nobody."""
        for errand in self._errands.values():
            errand.task.cancel()

    async def async_wait(self, seconds: float) -> None:
        """Wait until everybody was told, but not for longer than some seconds."""
        if tasks := [errand.task for errand in self._errands.values()]:
            await asyncio.wait(tasks, timeout=seconds)

    async def _do(self, miner_id: str, share: Share) -> None:
        """Tell a member something; a failure becomes a reason."""
        try:
            await command(self._hass, miner_id, share)
        except HomeAssistantError as err:
            self._note_failure(miner_id, reason_of(self._hass, err))
        except Exception:  # noqa: BLE001 - the other members have to be looked after
            LOGGER.exception("%s could not command a miner", self._entry.title)
            self._note_failure(miner_id, "?")
        else:
            if self.failures.pop(miner_id, None):
                name = self._name(miner_id)
                LOGGER.info("%s commands %s again", self._entry.title, name)

    def _note_failure(self, miner_id: str, reason: str) -> None:
        """Note why a member did not do what it was told, and log the first time."""
        before = self.failures.get(miner_id)
        count = before.count + 1 if before else 1
        pause = min(FIRST_RETRY * 2 ** (count - 1), LAST_RETRY)
        self.failures[miner_id] = Failure(reason, count, self._clock() + pause)
        if before is None:
            LOGGER.warning(
                "%s could not command %s: %s",
                self._entry.title,
                self._name(miner_id),
                reason,
            )

    def _name(self, miner_id: str) -> str:
        """Return what a miner is called."""
        entry = self._hass.config_entries.async_get_entry(miner_id)
        return entry.title if entry else miner_id


async def command(hass: HomeAssistant, miner_id: str, share: Share) -> None:
    """Tell a miner what its fleet decided; raise HomeAssistantError if it does not."""
    runtime = runtime_of(hass, miner_id)
    if runtime is None:
        return
    target = runtime.coordinator.power_target
    can_slow = target.reach is not None
    if share.action is Action.STOP:
        await runtime.operations.stop_mining(origin=Origin.FLEET)
        return
    if share.action is Action.START:
        steps = target.starts
        if can_slow:
            # Before it mines, where it listens: it shall not begin with all it can.
            # One that restarts for its power begins to mine by that.
            await target.async_set(share.watts, origin=Origin.FLEET, may_wake=True)
        await runtime.operations.start_mining(
            origin=Origin.FLEET, has_stepped=target.starts > steps
        )
    elif can_slow:
        await target.async_set(share.watts, origin=Origin.FLEET)
