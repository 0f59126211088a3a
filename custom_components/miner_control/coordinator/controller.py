"""Keep the snapshot of one controller fresh."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import random
from time import monotonic
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from ..const import DOMAIN, LOGGER, TRANSITION_SCAN_INTERVAL
from ..controllers.base import Controller
from ..controllers.errors import ControllerAuthError, ControllerError
from ..controllers.snapshot import Snapshot
from ..domain.features import MinerFeatureType
from .login import ControllerLogin, Purpose

# A device that stays away is asked at ever longer intervals, up to this.
MAX_BACK_OFF = timedelta(minutes=5)


class ControllerCoordinator(DataUpdateCoordinator[Snapshot]):
    """Keep the snapshot of one controller fresh."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        controller: Controller,
        wanted: Callable[[], frozenset[MinerFeatureType]],
    ) -> None:
        """Prepare to refresh; `wanted` tells which features anybody needs."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=controller.title,
            update_interval=controller.update_interval,
        )
        self.controller = controller
        self.login = ControllerLogin(hass, entry, controller.controller_id)
        self._is_suspended = False
        self._cuts = 0
        self.succeeded_at: float | None = None
        # What was wrong with the last refresh; None while all is well.
        self.error: ControllerError | None = None
        self.last_duration: float | None = None
        self._wanted = wanted
        self._failures = 0
        self._in_transition = False
        self._failure_is_expected = False
        self._may_vanish = False
        self._restarts_until = 0.0

    @property
    def is_suspended(self) -> bool:
        """Tell whether nothing is asked, because the power is off."""
        return self._is_suspended

    @property
    def failures(self) -> int:
        """Return how many refreshes in a row have failed."""
        return self._failures

    @property
    def is_available(self) -> bool:
        """Tell whether the last refresh succeeded."""
        return (
            self.last_update_success
            and self.succeeded_at is not None
            and not self.is_suspended
        )

    @property
    def stale_at(self) -> float | None:
        """Return the time at which the snapshot is too old; None for never."""
        limit = self.controller.reading_age_limit()
        if limit is None or self.succeeded_at is None:
            return None
        if self.config_entry.pref_disable_polling:
            return None  # The user refreshes it, as often as pleases.
        return self.succeeded_at + limit.total_seconds()

    def expect_failure(self) -> None:
        """Log neither failures nor a recovery until the next success.

        The device may be off, or the entity not yet there.
        """
        self.last_update_success = False
        self._failure_is_expected = True

    def stop_expecting_failure(self) -> None:
        """Log a failure that was expected until now: the device had time to start."""
        if self._failure_is_expected and not self.is_suspended:
            self._failure_is_expected = False
            self.logger.error("%s does not answer: %s", self.name, self.last_exception)

    @property
    def may_vanish(self) -> bool:
        """Tell whether the device is made to vanish."""
        return self._may_vanish

    @contextmanager
    def vanishing(self) -> Iterator[None]:
        """Log no failure that begins while the device is made to vanish."""
        before, self._may_vanish = self._may_vanish, True
        try:
            yield
        finally:
            self._may_vanish = before

    def expect_restart(self, seconds: float) -> None:
        """Log no failure that begins within some time: the device may restart."""
        self._restarts_until = monotonic() + seconds

    @callback
    def set_suspended(self, *, suspended: bool) -> None:
        """Ask nothing while the power is off, and again when it is back."""
        if suspended:
            self._suspend()
        else:
            self._resume()

    def _suspend(self) -> None:
        """Ask nothing any more."""
        self._is_suspended = True
        self.error = None
        self._cuts += 1
        self.expect_failure()
        self.update_interval = None
        self._async_unsub_refresh()
        self.controller.forget_connection()

    def _resume(self) -> None:
        """Ask again, and often until the device is up."""
        self._is_suspended = False
        self._failures = 0
        self.set_in_transition(in_transition=True)
        self.refresh_soon()

    @callback
    def set_in_transition(self, *, in_transition: bool) -> None:
        """Ask more often while the miner starts or stops."""
        if self.is_suspended:
            return
        usual = self.controller.update_interval
        if usual is None:
            return
        self._in_transition = in_transition
        wanted = min(usual, TRANSITION_SCAN_INTERVAL) if in_transition else usual
        if wanted != self.update_interval:
            self.update_interval = wanted
            self._schedule_refresh()

    @override
    async def _async_update_data(self) -> Snapshot:
        """Refresh the controller, unless its power is off."""
        cuts = self._cuts
        self._require_power(cuts)
        began = monotonic()
        try:
            snapshot = await self.controller.async_refresh(self._wanted())
        except ControllerError as err:
            self.error = err
            self._failures += 1
            if self._may_vanish or monotonic() < self._restarts_until:
                self.expect_failure()
            if isinstance(err, ControllerAuthError):
                self.login.refused(Purpose.READING)
            raise UpdateFailed(
                str(err),
                translation_domain=DOMAIN,
                translation_key=err.translation_key,
                translation_placeholders={"controller": self.name},
                retry_after=self._back_off(),
            ) from err
        # It may have been cut, and even be back, while the device still answered.
        self._require_power(cuts)
        self._failures = 0
        self.error = None
        self.login.taken(Purpose.READING)
        self.succeeded_at = monotonic()
        self.last_duration = self.succeeded_at - began
        if self._failure_is_expected:
            self._failure_is_expected = False
            self.last_update_success = True
        return snapshot

    def _require_power(self, cuts: int) -> None:
        """Raise UpdateFailed while the power is off, or if it was cut since then."""
        if not self.is_suspended and cuts == self._cuts:
            return
        self.controller.forget_connection()
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="power_off",
            translation_placeholders={"controller": self.name},
        )

    def _back_off(self) -> float | None:
        """Return when to ask a device again that has failed more than once."""
        if self.update_interval is None or self._in_transition:
            return None
        seconds = self.update_interval.total_seconds()
        longest = max(seconds, MAX_BACK_OFF.total_seconds())
        return float(min(seconds * 2 ** min(self._failures - 1, 10), longest))

    @callback
    def spread_out(self) -> None:
        """Refresh next at any time within the interval, and regularly from then on.

        Miners that are set up at the same time shall not be asked at the same time.
        """
        if (usual := self.update_interval) is not None:
            self.update_interval = usual * random()  # noqa: S311 - nothing to guess
            self._schedule_refresh()
            self.update_interval = usual

    @callback
    def refresh_soon(self) -> None:
        """Refresh without waiting for it."""
        _ = self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{self.name} refresh"
        )
