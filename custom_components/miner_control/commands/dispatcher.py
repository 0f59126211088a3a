"""Give a command to the ranked providers in turn, and read back what it did."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from time import monotonic
from typing import cast

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..const import DOMAIN, LOGGER
from ..controllers.base import Controller
from ..controllers.errors import ControllerAuthError, ControllerError, OutOfRangeError
from ..coordinator import ControllerCoordinator, MinerCoordinator, Purpose
from ..domain.ports import FeaturePort
from ..names import error_text, feature_name
from .command import Command

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
        reason: str | None = None
        last: ControllerError | None = None
        feature_type = command.port.feature_type
        tried: list[P] = []
        while provider := self._next(command, tried):
            tried.append(provider)
            title = cast("Controller", provider).title
            login = self._coordinator.coordinator_of(provider).login
            try:
                await self.have_done(command, provider)
            except OutOfRangeError as err:
                # A mistake of whoever asked: nobody failed, and no other shall try.
                raise _out_of_range(err, title) from err
            except ControllerError as err:
                LOGGER.warning("%s did not carry out %s: %s", title, feature_type, err)
                self._coordinator.report_failure(feature_type, provider)
                await self._coordinator.async_wake()
                if isinstance(err, ControllerAuthError):
                    login.refused(Purpose.COMMANDS)
                last, reason = err, self.reason(err, title)
            else:
                login.taken(Purpose.COMMANDS)
                if command.to_mine is not None:
                    await self._coordinator.async_read_anew(provider)
                    self._coordinator.note_told(to_mine=command.to_mine)
                LOGGER.info("%s carried out %s", title, feature_type)
                return
        if reason is None:
            raise no_provider(self._coordinator.hass, feature_type)
        raise command_failed(self._coordinator.hass, feature_type, reason) from last

    def reason(self, err: ControllerError, title: str) -> str:
        """Return why a controller failed, in words for people; the log has details."""
        key, hass = err.translation_key, self._coordinator.hass
        return error_text(hass, key, controller=title) or str(err)

    def _next[P: FeaturePort](self, command: Command[P], tried: list[P]) -> P | None:
        """Return the best that may be told something, and was not told it yet."""
        return next(
            (
                port
                for port in self._coordinator.candidates(command.port)
                if port not in tried and command.is_for(port)
            ),
            None,
        )

    async def have_done[P: FeaturePort](self, command: Command[P], provider: P) -> None:
        """Have one provider do it, and read back until its effect shows.

        Raises ControllerError where it does not, and nothing else.
        """
        coordinator = self._coordinator.coordinator_of(provider)
        async with coordinator.awake():
            await self._have_done_awake(command, provider, coordinator)

    async def _have_done_awake[P: FeaturePort](
        self, command: Command[P], provider: P, coordinator: ControllerCoordinator
    ) -> None:
        """Have a provider do it that is read as often as need be."""
        before = coordinator.controller.snapshot

        def is_done() -> bool:
            """Tell whether the effect shows, by what was read just now."""
            if not coordinator.is_available:
                return command.silence_proves
            return command.is_done(provider, before)

        if command.restarts:
            self._coordinator.expect_restart(provider)
        try:
            with coordinator.vanishing() if command.silence_proves else nullcontext():
                await command.give(provider)
                proved = await self.wait_until(
                    is_done,
                    command.timeout,
                    coordinator.async_refresh,
                    least=coordinator.controller.shortest_interval.total_seconds(),
                )
        finally:
            self._coordinator.forget_settings(provider)
        if not proved:
            raise UnprovedError(f"no effect was seen within {command.timeout:.0f} s")

    async def wait_until(
        self,
        is_so: Callable[[], bool],
        seconds: float,
        read: Callable[[], Awaitable[None]] | None = None,
        *,
        least: float = 0.0,
    ) -> bool:
        """Wait until something is so, and return whether it came to be.

        It is read again and again meanwhile, at least so many seconds apart.
        """
        changed, next_at = asyncio.Event(), 0.0
        stop = self._coordinator.async_add_listener(changed.set)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if read is not None and monotonic() >= next_at:
                        await read()
                        next_at = monotonic() + least
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


def _out_of_range(err: OutOfRangeError, title: str) -> ServiceValidationError:
    """Return the error that tells which values a controller takes."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="value_out_of_range",
        translation_placeholders={
            "controller": title,
            "value": f"{err.value:g}",
            "minimum": f"{err.minimum:g}",
            "maximum": f"{err.maximum:g}",
            "unit": err.unit,
        },
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


def interrupted(hass: HomeAssistant, feature: str) -> HomeAssistantError:
    """Return the error that tells that a command was not carried out to its end."""
    reason = error_text(hass, "command_interrupted") or "interrupted"
    return command_failed(hass, feature, reason)


async def _wait_briefly(changed: asyncio.Event) -> None:
    """Wait for news, but no longer than until it is time to ask again."""
    try:
        async with asyncio.timeout(PROOF_INTERVAL):
            await changed.wait()
    except TimeoutError:
        return
