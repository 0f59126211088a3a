"""Give a command to the ranked providers in turn, and read back what it did."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import cast

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .commands import Command
from .const import DOMAIN, LOGGER
from .controllers.base import Controller
from .controllers.errors import ControllerAuthError, ControllerError
from .coordinator import MinerCoordinator, Purpose
from .domain.ports import FeaturePort
from .names import feature_name

# How often a device is asked while a command waits for its proof, in seconds.
PROOF_INTERVAL = 2.0


class UnprovedError(ControllerError):
    """A device took a command, but showed no effect."""

    translation_key = "command_unproved"


class Dispatcher:
    """Have commands carried out by whoever does it, the best provider first."""

    def __init__(self, coordinator: MinerCoordinator) -> None:
        """Command the miner of a coordinator."""
        self._coordinator = coordinator

    async def dispatch[P: FeaturePort](self, command: Command[P]) -> None:
        """Give a command to the ranked providers in turn until one carries it out.

        Raises HomeAssistantError when none did. Each failure counts against its
        provider, so that the one that did it serves from then on.
        """
        last: ControllerError | None = None
        feature_type = command.port.feature_type
        for provider in self._coordinator.candidates(command.port):
            title = cast("Controller", provider).title
            login = self._coordinator.coordinator_of(provider).login
            try:
                await self._have_done(command, provider)
            except ControllerError as err:
                LOGGER.warning("%s did not carry out %s: %s", title, feature_type, err)
                self._coordinator.report_failure(feature_type, provider)
                if isinstance(err, ControllerAuthError):
                    login.refused(Purpose.COMMANDS)
                last = err
            else:
                login.taken(Purpose.COMMANDS)
                LOGGER.info("%s carried out %s", title, feature_type)
                return
        if last is None:
            raise no_provider(self._coordinator.hass, feature_type)
        raise command_failed(self._coordinator.hass, feature_type, str(last)) from last

    async def _have_done[P: FeaturePort](
        self, command: Command[P], provider: P
    ) -> None:
        """Have one provider do it, and read back until its effect shows."""
        coordinator = self._coordinator.coordinator_of(provider)
        before = coordinator.controller.snapshot

        def is_done() -> bool:
            """Tell whether the effect shows, by what was read just now."""
            if not coordinator.is_available:
                return command.silence_proves
            return command.is_done(provider, before)

        if command.restarts:
            self._coordinator.expect_restart(provider)
        with coordinator.vanishing() if command.silence_proves else nullcontext():
            await command.give(provider)
            proved = await self.wait_until(
                is_done, command.timeout, coordinator.async_refresh
            )
        if not proved:
            raise UnprovedError(f"no effect was seen within {command.timeout:.0f} s")

    async def wait_until(
        self,
        is_so: Callable[[], bool],
        seconds: float,
        read: Callable[[], Awaitable[None]] | None = None,
    ) -> bool:
        """Wait until something is so, and return whether it came to be."""
        changed = asyncio.Event()
        stop = self._coordinator.async_add_listener(changed.set)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if read is not None:
                        await read()
                    changed.clear()
                    if is_so():
                        return True
                    await _wait_briefly(changed)
        except TimeoutError:
            return is_so()
        finally:
            stop()


def no_provider(hass: HomeAssistant, feature: str) -> HomeAssistantError:
    """Return the error that tells that nobody is there to do something."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="no_provider",
        translation_placeholders={"feature": feature_name(hass, feature)},
    )


def command_failed(
    hass: HomeAssistant, feature: str, reason: str
) -> HomeAssistantError:
    """Return the error that tells why nobody did something."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="command_failed",
        translation_placeholders={
            "feature": feature_name(hass, feature),
            "reason": reason,
        },
    )


async def _wait_briefly(changed: asyncio.Event) -> None:
    """Wait for news, but no longer than until it is time to ask again."""
    try:
        async with asyncio.timeout(PROOF_INTERVAL):
            await changed.wait()
    except TimeoutError:
        return
