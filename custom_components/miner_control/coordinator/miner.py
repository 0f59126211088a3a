"""Decide who serves each feature of a miner, and what its status is."""

from asyncio import gather, wait
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from time import monotonic
from types import MappingProxyType
from typing import cast, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from ..const import DOMAIN, LOGGER
from ..controllers import create_controller
from ..controllers.base import Controller
from ..domain.features import MinerFeature, MinerFeatureType, MinerStatus
from ..domain.miner import Miner
from ..domain.plausibility import Limits, believed, limits_of
from ..domain.ports import FeaturePort, PowerControlPort, PowerMonitorPort
from ..domain.status import StatusJudge
from ..domain.values import HashRateUnit
from ..storage.bindings import controller_config, controller_subentries, load_miner
from ..storage.kept import MinerTotals
from ..storage.memory import MinerMemory
from ..storage.options import MinerOptions
from .authority import authority_of
from .controller import ControllerCoordinator
from .evidence import answering, gather_evidence
from .fans import OwnFans
from .power import PowerWatch
from .power_target import PowerTarget
from .serving import Serving
from .standby import is_outranked
from .state import MinerState, Resolution
from .turns import first_turn

# What tells whether the power is off, upon which all else depends.
_OF_POWER = (PowerControlPort.feature_type, PowerMonitorPort.feature_type)
_BUT_POWER = tuple(each for each in MinerFeatureType if each not in _OF_POWER)
_TOLD_TO_MINE = "told_to_mine"
_TRANSITIONS = (MinerStatus.STARTING, MinerStatus.STOPPING)
_RESTS = (MinerStatus.OFF, MinerStatus.IDLE)
# The name in the memory of what is no controller's.
# How long a command waits until the other library has read what it changed, in seconds.
READ_ANEW_SECONDS = 3.0
_NOTES = "miner"


class MinerCoordinator(DataUpdateCoordinator[MinerState]):
    """Decide who serves each feature of a miner, and what its status is.

    It asks no device by itself: its state follows from what its controllers read.
    """

    config_entry: ConfigEntry

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Make the controllers of a miner; contact nothing."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self.options = MinerOptions.of(entry)
        self.authority = authority_of(hass, entry.entry_id)
        # All entities of the miner are on one device, and share what says so.
        self.device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})
        self._reported: set[str] = set()
        miner = load_miner(entry, self._report_once)
        self._memory = MinerMemory(hass, entry)
        # What was done to the miner that has to be undone.
        self.notes = self._memory.of(_NOTES)
        self.totals = MinerTotals(hass, entry)
        self.controllers = {
            subentry.subentry_id: ControllerCoordinator(
                hass,
                entry,
                create_controller(
                    hass,
                    subentry.subentry_type,
                    controller_config(
                        subentry,
                        self._memory.of(subentry.subentry_id),
                        self.standby_watts,
                    ),
                ),
                wanted=partial(self._wanted, subentry.subentry_id),
                before_failure=self.async_wake,
            )
            for subentry in controller_subentries(entry)
        }
        self.hashrate_unit = self._lasting_hashrate_unit()
        self.data = MinerState()
        self._command: MinerStatus | None = None
        self._power = PowerWatch(self.controllers, self.standby_watts)
        self._serving = Serving(
            entry.title, miner, self.controllers, self._power.stands_still
        )
        self.fans = OwnFans(self._serving, self.controllers, self.notes)
        self._judge = StatusJudge(monotonic())
        self._limits = Limits()
        self.power_target = PowerTarget(hass, entry, self)
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._is_stopped = False

    @property
    def miner(self) -> Miner:
        """Return the miner with its bindings."""
        return self._serving.miner

    async def async_start(self) -> None:
        """Refresh all controllers for the first time, and keep watching them.

        Entities come first: if the plug is off, nothing else is asked.
        """
        await self._memory.async_load()
        self._judge.told_to_mine = self.notes.get(_TOLD_TO_MINE)
        self.fans.restore()
        await self.totals.async_load()
        await self.power_target.async_load()
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
        return self.data.provider(port)

    def resolution(self, port: type[FeaturePort]) -> Resolution | None:
        """Return who serves a port; None if nothing enabled is bound to it."""
        return self.data.resolution(port)

    def bound[P: FeaturePort](self, port: type[P]) -> list[P]:
        """Return all that are enabled for a port, healthy or not, best first."""
        ranked = self.miner.ranked_features(port.feature_type)
        found = [self.controllers[f.controller_id].controller for f in ranked]
        return cast("list[P]", found)

    @property
    def stand_in(self) -> Resolution | None:
        """Return who switches the power where nobody controls mining, if allowed."""
        return self.data.stand_in if self.options.power_stands_in else None

    def candidates[P: FeaturePort](self, port: type[P]) -> list[P]:
        """Return all that may be told to serve a port: the provider, then by rank."""
        return self._serving.candidates(port)

    def forget_settings(self, told: FeaturePort) -> None:
        """Have all but the one that was told something ask anew what it changed."""
        for coordinator in self._others(told):
            coordinator.controller.forget_settings()

    async def async_read_anew(self, told: FeaturePort) -> None:
        """Have the other library read what the one that was told something changed.

        What it read before would be taken for what the miner does since. Nobody waits
        for one that is slow.
        """
        reads = [
            self.config_entry.async_create_background_task(
                self.hass, coordinator.async_refresh(), f"{coordinator.name} refresh"
            )
            for coordinator in self._others(told)
            if coordinator.controller.standby_group is not None
            and coordinator.is_available
            and not coordinator.is_resting
        ]
        if reads:
            await wait(reads, timeout=READ_ANEW_SECONDS)

    def _others(self, told: FeaturePort) -> list[ControllerCoordinator]:
        """Return all but the one that was told something."""
        knows = self.coordinator_of(told)
        return [each for each in self.controllers.values() if each is not knows]

    def is_healthy(self, feature: MinerFeature) -> bool:
        """Tell whether a binding could serve now."""
        return self._serving.is_healthy(feature)

    @callback
    def report_failure(
        self, feature_type: MinerFeatureType, failed: FeaturePort
    ) -> None:
        """Count a failed command against a provider."""
        self._serving.report_failure(feature_type, failed, monotonic())
        self._evaluate()

    @callback
    def set_command(self, command: MinerStatus | None) -> None:
        """Show that a command starts or stops the miner, or that it ended."""
        self._command = command
        if command is MinerStatus.STARTING:
            self._judge.begin_start(monotonic())
            self.power_target.note_command()
        self._evaluate()

    @callback
    def note_told(self, *, to_mine: bool) -> None:
        """Note that the miner was told to mine, or to stop, and did it."""
        self._judge.note_told(monotonic(), to_mine=to_mine)

    def expect_restart(self, provider: FeaturePort) -> None:
        """Take silence for a start for a while: what is told may restart the device."""
        self.coordinator_of(provider).expect_restart(self.boot_grace)
        self._judge.expect_restart(monotonic())
        self.power_target.note_command()
        self._evaluate()

    def cutting_power(self) -> AbstractContextManager[None]:
        """Expect devices to vanish a little before the plug says that it is off."""
        return self._power.cutting()

    def registered_unit(self, key: str) -> str | None:
        """Return the unit in which a sensor of the miner was shown before.

        A change would end its statistics.
        """
        known = self._registered(key)
        return known.unit_of_measurement if known else None

    def registered_precision(self, key: str) -> int | None:
        """Return with how many decimals a sensor of the miner was shown before."""
        known = self._registered(key)
        options = known.options.get(SENSOR_DOMAIN) if known else None
        precision = options.get("suggested_display_precision") if options else None
        return precision if isinstance(precision, int) else None

    def _registered(self, key: str) -> er.RegistryEntry | None:
        """Return what is registered of a sensor of the miner."""
        registry = er.async_get(self.hass)
        unique_id = f"{self.config_entry.entry_id}_{key}"
        entity_id = registry.async_get_entity_id(SENSOR_DOMAIN, DOMAIN, unique_id)
        return registry.async_get(entity_id) if entity_id else None

    def _lasting_hashrate_unit(self) -> HashRateUnit:
        """Return the unit of hash rates: as before, or that of the first device.

        A miner that does another kind of work has another kind of unit.
        """
        units = (
            c.controller.capabilities.hashrate_unit for c in self.controllers.values()
        )
        unit = HashRateUnit(next(filter(None, units), HashRateUnit.TH))
        before = self.registered_unit("hashrate")
        if before is None or before not in HashRateUnit:
            return unit
        lasting = HashRateUnit(before)
        return lasting if lasting.work == unit.work else unit

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

    async def async_refresh_provider(self, port: FeaturePort) -> None:
        """Refresh the controller that implements a port."""
        coordinator = self.coordinator_of(port)
        async with coordinator.awake() as is_read:
            if not is_read:
                await coordinator.async_refresh()

    async def async_wake(self) -> None:
        """Have those that stand by read everything, since they may be needed."""
        for coordinator in self.controllers.values():
            await coordinator.async_wake()

    @callback
    def reload_bindings(self) -> None:
        """Take over bindings that were changed in the config entry."""
        miner = load_miner(self.config_entry, self._report_once)
        if miner.features != self.miner.features:
            self._serving.miner = miner
            self._evaluate()

    def _report_once(self, message: str) -> None:
        """Log what is wrong with a stored binding, once while the entry is loaded."""
        if message not in self._reported:
            self._reported.add(message)
            LOGGER.warning("%s", message)

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

    @override
    async def _async_update_data(self) -> MinerState:
        """Have all controllers read their devices, and return what follows."""
        await self.async_refresh_all()
        return self.data

    @callback
    def _evaluate(self) -> None:
        """Find out again who serves what, and tell everybody."""
        if self._is_stopped:
            return
        now = monotonic()
        self._judge_readings()
        self._serving.resolve(_OF_POWER, now)
        # Who tells of the power may be dark now, or not to blame any more.
        has_changed = self._settle_power(now)
        self._serving.resolve(MinerFeatureType if has_changed else _BUT_POWER, now)
        self._settle_standbys()
        is_restarting = any(c.is_restarting for c in self.controllers.values())
        status = self._settle_status(now, is_restarting=is_restarting)
        self.fans.note(status, now)
        state = MinerState(
            status=status,
            command=self._command,
            is_known_off=self._power.is_known_off,
            is_restarting=is_restarting,
            resolutions=MappingProxyType(dict(self._serving.resolutions)),
            degraded=self._serving.degraded(is_known_off=self._power.is_known_off),
        )
        self.power_target.update(state)
        self._schedule(now)
        self.async_set_updated_data(state)

    def _judge_readings(self) -> None:
        """Let controllers tell only what can be true, given what all of them know."""
        controllers = [c.controller for c in self.controllers.values()]
        real = [c for c in controllers if not c.is_made_up]
        self._limits = limits_of(
            (controller.snapshot for controller in real),
            (controller.capabilities.rated_power for controller in real),
            powered_down=self._power.is_known_off or self.data.status in _RESTS,
            former=self._limits,
        )
        for controller in controllers:
            controller.snapshot = believed(controller.snapshot, self._limits)

    def _settle_power(self, now: float) -> bool:
        """Find out whether the power is off, and return whether that changed anything.

        What has it again is asked at once.
        """
        control = self._serving.provider(PowerControlPort)
        meter = self._serving.provider(PowerMonitorPort)
        is_news = self._power.judge(control, meter)
        if is_news and not self._power.is_known_off:
            self._judge.begin_start(now)
            self._serving.forget_failures()
        switch = cast("Controller | None", control)
        return self._power.suspend_or_resume(switch) or is_news

    @property
    def told_to_mine(self) -> bool | None:
        """Return what the miner was told last and has not undone; None for nothing."""
        return self._judge.told_to_mine

    def _settle_standbys(self) -> None:
        """Let those rest that better ones make needless."""
        for coordinator in self.controllers.values():
            if coordinator.controller.standby_group is not None:
                coordinator.set_resting(
                    resting=is_outranked(coordinator.controller, self._serving)
                )

    @property
    def standby_watts(self) -> float:
        """Return the power below which the miner counts as off."""
        return self.options.standby_power

    @property
    def boot_grace(self) -> float:
        """Return the seconds that the miner may take to start."""
        return self.options.boot_grace

    def _settle_status(self, now: float, *, is_restarting: bool) -> MinerStatus | None:
        """Return the status by all evidence, and ask more often where it changes."""
        # What a command that has been proved still does to the miner.
        outcome = MinerStatus.STARTING if is_restarting else None
        evidence = gather_evidence(
            self._serving,
            answering(self.controllers, now),
            self.options,
            known_off=self._power.is_known_off,
            command=self._command or outcome,
        )
        status = self._judge.judge(evidence, now)
        if self.notes.get(_TOLD_TO_MINE) is not self._judge.told_to_mine:
            self.notes[_TOLD_TO_MINE] = self._judge.told_to_mine
        has_failed = status is MinerStatus.ERROR is not self.data.status
        for coordinator in self.controllers.values():
            if has_failed:
                coordinator.stop_expecting_failure()
            coordinator.set_in_transition(in_transition=status in _TRANSITIONS)
        return status

    def _schedule(self, now: float) -> None:
        """Evaluate again when time alone changes something."""
        self._stop_timer()
        changes = self._serving.changes_at(now)
        changes.append(self._judge.changes_at(self.boot_grace))
        changes += [c.restarts_until for c in self.controllers.values()]
        changes += self.power_target.changes_at
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


async def _refresh_all(coordinators: Iterable[ControllerCoordinator]) -> None:
    """Refresh controllers at the same time; none of them fails the others."""
    await gather(*(coordinator.async_refresh() for coordinator in coordinators))
