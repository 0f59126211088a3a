"""Decide who serves each feature of a miner, and what its status is."""

from asyncio import gather
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from math import inf
from time import monotonic
from typing import Any, cast, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import BaseDataUpdateCoordinatorProtocol

from ..bindings import controller_config, controller_subentries, load_miner
from ..const import LOGGER
from ..controllers import create_controller
from ..controllers.base import Controller
from ..domain.features import MinerFeature, MinerFeatureType, MinerStatus
from ..domain.ports import (
    PORTS,
    FeaturePort,
    HashrateMonitorPort,
    MiningControlPort,
    PowerControlPort,
    PowerMonitorPort,
    StatusMonitorPort,
)
from ..domain.resolution import ProviderSelector
from ..domain.truth import Evidence, status_of
from ..domain.values import HashRateUnit, is_plausible
from ..options import MinerOptions
from .controller import ControllerCoordinator
from .memory import MinerMemory
from .resolution import Resolution
from .turns import first_turn

# What tells whether the power is off, upon which all else depends.
_OF_POWER = (PowerControlPort.feature_type, PowerMonitorPort.feature_type)
_TRANSITIONS = (MinerStatus.STARTING, MinerStatus.STOPPING)


class MinerCoordinator(BaseDataUpdateCoordinatorProtocol):
    """Decide who serves each feature of a miner, and what its status is."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Make the controllers of a miner; contact nothing."""
        self.hass = hass
        self.config_entry = entry
        self.options = MinerOptions.of(entry)
        self._reported: set[str] = set()
        self.miner = load_miner(entry, self._report_once)
        self._memory = MinerMemory(hass, entry)
        self.controllers = {
            subentry.subentry_id: ControllerCoordinator(
                hass,
                entry,
                create_controller(
                    hass,
                    subentry.subentry_type,
                    controller_config(subentry, self._memory.of(subentry.subentry_id)),
                ),
                wanted=partial(self._wanted, subentry.subentry_id),
            )
            for subentry in controller_subentries(entry)
        }
        self.status: MinerStatus | None = None
        self.command: MinerStatus | None = None
        self.is_known_off = False
        self._selectors = {
            feature_type: ProviderSelector() for feature_type in MinerFeatureType
        }
        self._resolutions: dict[MinerFeatureType, Resolution] = {}
        # Since when the miner may be starting; None once it has been seen to hash.
        self._starting_since: float | None = monotonic()
        self._restart_since: float | None = None
        self._listeners: dict[int, CALLBACK_TYPE] = {}
        self._next_listener = 0
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._is_stopped = False

    async def async_start(self) -> None:
        """Refresh all controllers for the first time, and keep watching them.

        Entities come first: if the plug is off, nothing else is asked.
        """
        await self._memory.async_load()
        pushed = [c for c in self.controllers.values() if c.update_interval is None]
        polled = [c for c in self.controllers.values() if c.update_interval is not None]
        has_power_control = self.miner.has_feature(MinerFeatureType.POWER_CONTROL)
        for coordinator in self.controllers.values():
            if has_power_control or coordinator in pushed:
                coordinator.expect_failure()
        await _refresh_all(pushed)
        self._evaluate()
        await gather(*(self._refresh_first(c) for c in polled if not c.is_suspended))
        for coordinator in self.controllers.values():
            self._watch(coordinator)
        # What nobody watched yet may have changed while devices were waited for.
        await _refresh_all(pushed)
        self.config_entry.async_on_unload(self._stop)
        self._evaluate()

    async def _refresh_first(self, coordinator: ControllerCoordinator) -> None:
        """Refresh for the first time, when it is this miner's turn."""
        async with first_turn(self.hass):
            await coordinator.async_refresh()

    def provider[P: FeaturePort](self, port: type[P]) -> P | None:
        """Return the controller that serves a port now."""
        resolution = self.resolution(port)
        return None if resolution is None else cast("P | None", resolution.provider)

    def resolution(self, port: type[FeaturePort]) -> Resolution | None:
        """Return who serves a port; None if nothing enabled is bound to it."""
        return self._resolutions.get(port.feature_type)

    @property
    def stand_in(self) -> Resolution | None:
        """Return who switches the power where nobody controls mining, if allowed."""
        power, mining = map(self.resolution, (PowerControlPort, MiningControlPort))
        if not self.options.power_stands_in or power is None or power.provider is None:
            return None
        if mining is None:
            return power
        if mining.provider is not None:
            return None
        return replace(mining, provider=power.provider)

    def candidates[P: FeaturePort](self, port: type[P]) -> list[P]:
        """Return all that may be told to serve a port: the provider, then by rank."""
        ranked = [
            self.controllers[feature.controller_id].controller
            for feature in self.miner.ranked_features(port.feature_type)
            if self.is_healthy(feature)
        ]
        resolution = self.resolution(port)
        provider = resolution.provider if resolution else None
        ranked.sort(key=lambda controller: controller is not provider)
        return cast("list[P]", ranked)

    def is_healthy(self, feature: MinerFeature) -> bool:
        """Tell whether a binding could serve now."""
        if not self._is_reachable(feature):
            return False
        coordinator = self.controllers[feature.controller_id]
        if coordinator.stale_at is not None and monotonic() >= coordinator.stale_at:
            return False
        reading = PORTS[feature.feature_type].reading
        return reading is None or is_plausible(getattr(coordinator.controller, reading))

    def _is_reachable(self, feature: MinerFeature) -> bool:
        """Tell whether a binding's controller is there, whatever it reads."""
        coordinator = self.controllers[feature.controller_id]
        return coordinator.is_available and coordinator.controller.can_serve(
            feature.feature_type
        )

    @property
    def degraded(self) -> dict[MinerFeatureType, Controller | None]:
        """Return the features not served by their first binding, and who serves.

        While the power is off nobody expects the network to serve. A controller
        that is there but has no value to tell has not failed.
        """
        return {
            resolution.feature_type: resolution.provider
            for resolution in self._resolutions.values()
            if resolution.provider is not resolution.first
            and not (self.is_known_off and _needs_power(resolution.first))
            and (resolution.provider is not None or not resolution.is_reachable)
        }

    @callback
    def report_failure(
        self, feature_type: MinerFeatureType, failed: FeaturePort
    ) -> None:
        """Count a failed command against a provider."""
        self._selectors[feature_type].report_failure(
            cast("Controller", failed).controller_id, monotonic()
        )
        self._evaluate()

    @callback
    def set_command(self, command: MinerStatus | None) -> None:
        """Show that a command starts or stops the miner, or that it ended."""
        self.command = command
        if command is MinerStatus.STARTING:
            self._starting_since = monotonic()
        self._evaluate()

    def expect_restart(self, provider: FeaturePort) -> None:
        """Take silence for a start for a while: what is told may restart the device."""
        self.coordinator_of(provider).expect_restart(self.boot_grace)
        self._restart_since = monotonic()

    @contextmanager
    def cutting_power(self) -> Iterator[None]:
        """Expect devices to vanish a little before the plug says that it is off."""
        with ExitStack() as stack:
            for coordinator in self.controllers.values():
                if coordinator.controller.needs_power:
                    stack.enter_context(coordinator.vanishing())
            yield

    @property
    def hashrate_unit(self) -> HashRateUnit:
        """Return the unit of hash rates: that of the first device linked."""
        for coordinator in self.controllers.values():
            if unit := coordinator.controller.capabilities.hashrate_unit:
                return HashRateUnit(unit)
        return HashRateUnit.TH

    @property
    def fan_count(self) -> int:
        """Return how many fans of its own the miner has, as far as anybody knows."""
        return max(
            (c.controller.capabilities.fans for c in self.controllers.values()),
            default=0,
        )

    async def async_refresh_all(self) -> None:
        """Refresh every controller that may be asked now."""
        await _refresh_all(c for c in self.controllers.values() if not c.is_suspended)

    def coordinator_of(self, port: FeaturePort) -> ControllerCoordinator:
        """Return what keeps the controller fresh that implements a port."""
        return self.controllers[cast("Controller", port).controller_id]

    async def async_refresh(self, port: FeaturePort) -> None:
        """Refresh the controller that implements a port."""
        await self.coordinator_of(port).async_refresh()

    @callback
    def reload_bindings(self) -> None:
        """Take over bindings that were changed in the config entry."""
        miner = load_miner(self.config_entry, self._report_once)
        if miner.features != self.miner.features:
            self.miner = miner
            self._evaluate()

    def _report_once(self, message: str) -> None:
        """Log what is wrong with a stored binding, once while the entry is loaded."""
        if message not in self._reported:
            self._reported.add(message)
            LOGGER.warning("%s", message)

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> Callable[[], None]:
        """Call back after every evaluation, until the function returned is called."""
        self._next_listener += 1
        listener_id = self._next_listener
        self._listeners[listener_id] = update_callback

        @callback
        def _remove() -> None:
            """Stop calling back."""
            self._listeners.pop(listener_id, None)

        return _remove

    def _watch(self, coordinator: ControllerCoordinator) -> None:
        """Evaluate whenever a controller has something new."""
        entry = self.config_entry
        entry.async_on_unload(coordinator.async_add_listener(self._evaluate))
        coordinator.spread_out()
        entry.async_on_unload(
            coordinator.controller.async_subscribe(coordinator.refresh_soon)
        )

    def _wanted(self, controller_id: str) -> frozenset[MinerFeatureType]:
        """Return the features that a controller is enabled for."""
        return frozenset(
            feature.feature_type
            for feature in self.miner.features_by_controller(controller_id)
            if feature.enabled
        )

    @callback
    def _evaluate(self) -> None:
        """Find out again who serves what, and tell everybody."""
        if self._is_stopped:
            return
        now = monotonic()
        for feature_type in _OF_POWER:
            self._resolve(feature_type, now)
        has_changed = self._settle_power(now)
        for feature_type in MinerFeatureType:
            # Who tells of the power may be dark now, or not to blame any more.
            if has_changed or feature_type not in _OF_POWER:
                self._resolve(feature_type, now)
        self._settle_status(now)
        self._schedule(now)
        for update_callback in list(self._listeners.values()):
            update_callback()

    def _resolve(self, feature_type: MinerFeatureType, now: float) -> None:
        """Select who serves a feature type."""
        ranked = self.miner.ranked_features(feature_type)
        if not ranked:
            self._resolutions.pop(feature_type, None)
            return
        health = {feature.controller_id: self.is_healthy(feature) for feature in ranked}
        selector = self._selectors[feature_type]
        before = self._resolutions.get(feature_type)
        provider_id = selector.select(ranked, health.__getitem__, now)
        resolution = Resolution(
            feature_type,
            provider=self._controller(provider_id),
            first=self._controller(ranked[0].controller_id),
            is_reachable=any(map(self._is_reachable, ranked)),
        )
        self._resolutions[feature_type] = resolution
        if before is not None and before.provider is not resolution.provider:
            self._log_change(resolution)

    def _controller(self, controller_id: str | None) -> Controller | None:
        """Return a controller by its id."""
        if controller_id is None:
            return None
        return self.controllers[controller_id].controller

    def _log_change(self, resolution: Resolution) -> None:
        """Log that another controller serves a feature from now on."""
        provider = resolution.provider
        LOGGER.debug(
            "%s: %s is served by %s",
            self.config_entry.title,
            resolution.feature_type,
            provider.title if provider else "nobody",
        )

    def _settle_power(self, now: float) -> bool:
        """Find out whether the power is known to be off, and act on a change.

        Returns whether anything changed by that for anybody.
        """
        was_off = self.is_known_off
        self.is_known_off = self._power_is_off()
        if was_off and not self.is_known_off:
            self._starting_since = now
            for selector in self._selectors.values():
                selector.forget()
        concerned = self._darkened_or_lit()
        for coordinator in concerned:
            coordinator.set_suspended(suspended=not coordinator.is_suspended)
        return bool(concerned) or was_off is not self.is_known_off

    def _darkened_or_lit(self) -> list[ControllerCoordinator]:
        """Return whose device went dark with the power, or has it back."""
        power = self.resolution(PowerControlPort)
        switch = power.provider if power else None
        # Who switches the power has to be reachable while it is off.
        return [
            coordinator
            for coordinator in self.controllers.values()
            if coordinator.controller.needs_power
            and coordinator.is_suspended
            is not (self.is_known_off and coordinator.controller is not switch)
        ]

    def _power_is_off(self) -> bool:
        """Tell whether the plug is off; the meter decides where it is silent."""
        control = self.provider(PowerControlPort)
        if control is not None:
            return control.is_powered is False
        watts = self._watts()
        return self.is_known_off and watts is not None and watts < self.standby_watts

    @property
    def standby_watts(self) -> float:
        """Return the power below which the miner counts as off."""
        return self.options.standby_power

    @property
    def boot_grace(self) -> float:
        """Return the seconds that the miner may take to start."""
        return self.options.boot_grace

    def _settle_status(self, now: float) -> None:
        """Tell the status from all evidence, and ask more often where it changes."""
        evidence = self._evidence(now)
        before, self.status = self.status, status_of(evidence)
        if self.status is MinerStatus.ON:
            # Unless it may restart any moment, because it was told something.
            self._starting_since = self._restart_since
        elif evidence.reported is MinerStatus.OFF:
            # From here on it may be told to mine, be it by somebody else.
            self._starting_since = now
        has_failed = self.status is MinerStatus.ERROR is not before
        for coordinator in self.controllers.values():
            if has_failed:
                coordinator.stop_expecting_failure()
            coordinator.set_in_transition(in_transition=self.status in _TRANSITIONS)

    def _evidence(self, now: float) -> Evidence:
        """Gather all that bears on the status."""
        control = self.provider(PowerControlPort)
        meter = self.provider(HashrateMonitorPort)
        hashrate = meter.hashrate if meter else None
        return Evidence(
            known_off=self.is_known_off,
            is_powered=control.is_powered if control else None,
            watts=self._watts(),
            hashrate=hashrate.value if hashrate else None,
            hashrate_expected=self.resolution(HashrateMonitorPort) is not None,
            reported=self._reported_status(),
            since_power_on=self._starting_for(now),
            command=self.command,
            boot_grace=self.boot_grace,
            standby_watts=self.standby_watts,
        )

    def _starting_for(self, now: float) -> float:
        """Return for how long the miner may have been starting."""
        return inf if self._starting_since is None else now - self._starting_since

    def _watts(self) -> float | None:
        """Return the power that is drawn, where anybody knows."""
        meter = self.provider(PowerMonitorPort)
        power = meter.power if meter else None
        return power.watts if power else None

    def _reported_status(self) -> MinerStatus | None:
        """Return the status that the best controller gives that asked the device."""
        for feature in self.miner.ranked_features(StatusMonitorPort.feature_type):
            port = cast("StatusMonitorPort", self._controller(feature.controller_id))
            if self.is_healthy(feature) and not port.status_follows_power:
                return port.status
        return None

    def _schedule(self, now: float) -> None:
        """Evaluate again when time alone changes something."""
        self._stop_timer()
        changes = [selector.next_change(now) for selector in self._selectors.values()]
        changes += [coordinator.stale_at for coordinator in self.controllers.values()]
        if self._starting_since is not None:
            changes.append(self._starting_since + self.boot_grace)
        pending = [change for change in changes if change is not None and change > now]
        if pending:
            self._cancel_timer = async_call_later(
                self.hass, min(pending) - now, self._on_timer
            )

    @callback
    def _on_timer(self, _now: datetime) -> None:
        """Evaluate because time has passed."""
        self._cancel_timer = None
        self._evaluate()

    @callback
    def _stop(self) -> None:
        """Evaluate no more: a command that is cut short must not start a timer."""
        self._is_stopped = True
        self._stop_timer()

    @callback
    def _stop_timer(self) -> None:
        """Evaluate no more because of time alone."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None


def _needs_power(controller: Controller | None) -> bool:
    """Tell whether a controller cannot serve while the power is off."""
    return controller is not None and controller.needs_power


async def _refresh_all(coordinators: Iterable[ControllerCoordinator]) -> None:
    """Refresh controllers at the same time; none of them fails the others."""
    await gather(*(coordinator.async_refresh() for coordinator in coordinators))
