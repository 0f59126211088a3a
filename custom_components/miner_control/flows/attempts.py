"""Show progress while a library is installed that a device needs."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult

from ..const import DOMAIN
from ..controllers.libraries import Library, announcing


@dataclass(frozen=True, slots=True)
class _Attempt[R]:
    """Something that goes on in the background, and what follows from it."""

    task: asyncio.Task[Any]
    then: Callable[[asyncio.Task[Any]], Awaitable[R]]
    library: Library


class AttemptSteps[C: FlowContext, R: FlowResult[Any, Any], H](FlowHandler[C, R, H]):
    """Do what takes a moment, or minutes where a library is to be installed first."""

    _attempt: _Attempt[R]

    async def carry_out[T](
        self,
        errand: Coroutine[Any, Any, T],
        then: Callable[[asyncio.Task[T]], Awaitable[R]],
    ) -> R:
        """Do an errand, and then what follows from it.

        `then` gets the task that did the work, and takes its result or error. Where a
        library is installed meanwhile, that is shown; closing the flow ends the work,
        but not the installation.
        """
        begun: asyncio.Future[Library] = self.hass.loop.create_future()

        def note(library: Library) -> None:
            """Note that a library is being installed."""
            if not begun.done():
                begun.set_result(library)

        with announcing(note):
            task = self.hass.async_create_background_task(errand, f"{DOMAIN} flow")
        try:
            await asyncio.wait((task, begun), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            return await then(task)
        self._attempt = _Attempt(task, then, begun.result())
        return await self.async_step_installing()

    async def async_step_installing(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> R:
        """Say what is being installed until the work is done."""
        if self._attempt.task.done():
            return self.async_show_progress_done(next_step_id="installed")
        return self.async_show_progress(
            step_id="installing",
            progress_action="installing",
            progress_task=self._attempt.task,
            description_placeholders={"library": self._attempt.library.name},
        )

    async def async_step_installed(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> R:
        """Go on where the work was begun."""
        return await self._attempt.then(self._attempt.task)
