"""Keep the snapshot of one controller fresh."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from random import random
from time import monotonic
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from ..const import DOMAIN, LOGGER, TRANSITION_SCAN_INTERVAL
from ..controllers.base import Controller
from ..controllers.errors import (
    ControllerAuthError,
    ControllerError,
    LibraryLoadingError,
)
from ..domain.features import MinerFeatureType
from ..domain.snapshot import Snapshot
from .login import ControllerLogin, Purpose

# A device that stays away is asked at ever longer intervals, up to this.
MAX_BACK_OFF = timedelta(minutes=5)
# The shortest pause between two looks for a device that is away, in seconds.
LEAST_WAIT = 1.0
# How often a controller that stands by is asked whether it is there, and for how many
# seconds at least it is awake once it was needed.
STANDBY_INTERVAL = timedelta(minutes=10)
AWAKE_SECONDS = 60.0
# What is left after a read of how slow the one before was.
FORGETTING = 0.8


class ControllerCoordinator(DataUpdateCoordinator[Snapshot]):
    """Keep the snapshot of one controller fresh."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        controller: Controller,
        wanted: Callable[[], frozenset[MinerFeatureType]],
        before_failure: Callable[[], Awaitable[None]],
    ) -> None:
        """Prepare to refresh; `wanted` tells which features anybody needs.

        `before_failure` wakes who stands by, so that it is ready to take over.
        """
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
        self._before_failure = before_failure
        # Whether a better one serves all that it shows.
        self.is_resting = False
        self._needed_by = 0
        self._awake_until = 0.0
        self._failures = 0
        self._in_transition = False
        self._failure_is_expected = False
        self._may_vanish = False
        self._restarts_until = 0.0
        # How long reads took of late, in seconds.
        self._slowness = 0.0
        self._cancel_probe: CALLBACK_TYPE | None = None
        entry.async_on_unload(self._stop_probing)

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

    def told_at(self, feature_type: MinerFeatureType) -> float | None:
        """Return when the reading of a feature was made; None if there is none."""
        if not self.is_available or self.succeeded_at is None:
            return None
        age = self.controller.reading_age(feature_type)
        return self.succeeded_at if age is None else monotonic() - age.total_seconds()

    def has_told_since(self, feature_type: MinerFeatureType, time: float) -> bool:
        """Tell whether the reading of a feature was made after a time."""
        told_at = self.told_at(feature_type)
        return told_at is not None and told_at >= time

    @property
    def is_restarting(self) -> bool:
        """Tell whether the device is silent because it was told to restart."""
        if self.is_suspended or self.is_available:
            return False
        return monotonic() < self._restarts_until

    @property
    def restarts_until(self) -> float | None:
        """Return until when the silence of a device is a restart; None without one."""
        return self._restarts_until if self.is_restarting else None

    @property
    def stale_at(self) -> float | None:
        """Return the time at which the snapshot is too old; None for never."""
        limit = self.controller.reading_age_limit()
        if limit is None or self.succeeded_at is None:
            return None
        if self.config_entry.pref_disable_polling:
            return None  # The user refreshes it, as often as pleases.
        if self.is_resting:
            limit = max(limit, 3 * STANDBY_INTERVAL)
        # A slow device cannot tell anything more often than it takes to read it.
        return self.succeeded_at + max(limit.total_seconds(), 3 * self._slowness)

    @callback
    def set_resting(self, *, resting: bool) -> None:
        """Ask rarely, and show nothing, while a better one serves; else read at once.

        While somebody needs it, it does not rest.
        """
        if resting == self.is_resting or self.is_suspended:
            return
        if resting and (self._needed_by or monotonic() < self._awake_until):
            return
        self.is_resting = resting
        if resting:
            self.controller.snapshot = Snapshot()
            self.update_interval = STANDBY_INTERVAL
        else:
            self.update_interval = self.controller.update_interval
        if resting and self.is_available:
            self._schedule_refresh()
            return
        # Who was away when the better one came back is asked anew whether it is there.
        self._failures = 0
        self.refresh_soon()

    async def async_wake(self) -> None:
        """Read everything now, if it rests, and do not rest again for a while."""
        if not self.is_resting:
            return
        self.is_resting = False
        self._awake_until = monotonic() + AWAKE_SECONDS
        self.update_interval = self.controller.update_interval
        await self.async_refresh()

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[bool]:
        """Keep it awake, and tell whether it had to be woken, which reads it."""
        self._needed_by += 1
        was_resting = self.is_resting
        try:
            await self.async_wake()
            yield was_resting
        finally:
            self._needed_by -= 1

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
        self.is_resting = False
        self.error = None
        self._restarts_until = 0.0
        self._cuts += 1
        self.expect_failure()
        self.update_interval = None
        self._stop_probing()
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
        if self.is_suspended or self.is_resting:
            return
        usual = self.controller.update_interval
        if usual is None:
            return
        self._in_transition = in_transition
        often = max(TRANSITION_SCAN_INTERVAL, self.controller.shortest_interval)
        wanted = min(usual, often) if in_transition else usual
        if wanted != self.update_interval:
            self.update_interval = wanted
            self._schedule_refresh()

    @override
    async def _async_update_data(self) -> Snapshot:
        """Refresh the controller, unless its power is off."""
        cuts = self._cuts
        self._require_power(cuts)
        self._stop_probing()
        began = monotonic()
        try:
            snapshot = await self._read()
        except ControllerError as err:
            self._note_error(err)
            self._failures += 1
            if self._is_silence_expected(err):
                self.expect_failure()
            if isinstance(err, ControllerAuthError):
                self.login.refused(Purpose.READING)
            elif self._is_asked_rarely():
                self._probe_after(monotonic() - began)
            if self.controller.standby_group is not None and not self.is_resting:
                await self._before_failure()
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
        self._stop_probing()
        self.login.taken(Purpose.READING)
        self.succeeded_at = monotonic()
        self.last_duration = self.succeeded_at - began
        self._slowness = max(self.last_duration, self._slowness * FORGETTING)
        if self._failure_is_expected:
            self._failure_is_expected = False
            self.last_update_success = True
        return snapshot

    async def _read(self) -> Snapshot:
        """Read what anybody needs; of one that rests, only whether it is there."""
        rests = self.is_resting
        wanted = frozenset[MinerFeatureType]() if rests else self._wanted()
        snapshot = await self.controller.async_refresh(wanted)
        if rests and self.is_resting:  # It may have been woken meanwhile.
            self.controller.snapshot = snapshot = Snapshot()
        return snapshot

    def _note_error(self, err: ControllerError) -> None:
        """Note what is wrong; tell of it, too, where something else was wrong before.

        Home Assistant itself tells of the first failure only.
        """
        is_other = self.error is not None and type(self.error) is not type(err)
        self.error = err
        if is_other:
            self.async_update_listeners()

    def _is_silence_expected(self, err: ControllerError) -> bool:
        """Tell whether an error is what follows from something that is going on."""
        if self._may_vanish or isinstance(err, LibraryLoadingError):
            return True
        return monotonic() < self._restarts_until

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
        """Return when to ask a device again that has failed more than once.

        Who rests is asked again as if it did not: it has to be there when it is needed.
        """
        rests = self.is_resting
        interval = self.controller.update_interval if rests else self.update_interval
        if interval is None or (self._in_transition and not rests):
            return None
        longest = STANDBY_INTERVAL if rests else max(interval, MAX_BACK_OFF)
        seconds = interval.total_seconds() * 2 ** min(self._failures - 1, 10)
        return float(min(seconds, longest.total_seconds()))

    def _is_asked_rarely(self) -> bool:
        """Tell whether the next question comes later than at the usual interval.

        Nobody waits for one that rests.
        """
        if self.is_resting:
            return False
        usual, wait = self.controller.update_interval, self._back_off()
        return usual is not None and wait is not None and wait > usual.total_seconds()

    def _probe_after(self, elapsed: float) -> None:
        """Look for a device at its own interval, though it is asked more rarely.

        `elapsed` seconds have passed since it was looked for.
        """
        self._stop_probing()
        usual = self.controller.update_interval
        if usual is None or self.is_suspended or self.config_entry.pref_disable_polling:
            return
        wait = max(usual.total_seconds() - elapsed, LEAST_WAIT)
        self._cancel_probe = async_call_later(self.hass, wait, self._on_probe_due)

    @callback
    def _on_probe_due(self, _now: datetime) -> None:
        """Look for the device without waiting for it."""
        self._cancel_probe = None
        _ = self.config_entry.async_create_background_task(
            self.hass, self._probe(), f"{self.name} probe"
        )

    async def _probe(self) -> None:
        """Ask a device as soon as it seems to be back."""
        began, failures, cuts = monotonic(), self._failures, self._cuts
        is_back = await self.controller.async_probe()
        if self._failures != failures or self._cuts != cuts or self.is_suspended:
            return
        if is_back:
            await self.async_refresh()
        else:
            self._probe_after(monotonic() - began)

    @callback
    def _stop_probing(self) -> None:
        """Look for the device no more."""
        if self._cancel_probe is not None:
            self._cancel_probe()
            self._cancel_probe = None

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
