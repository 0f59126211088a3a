"""Triggers of automations: what happens to a miner."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, cast, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DEVICE_ID,
    CONF_FOR,
    CONF_OPTIONS,
    CONF_TARGET,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .runtime import MinerControlConfigEntry
from .watch.events import (
    ATTR_FEATURES,
    EVENT_FAILOVER,
    EVENT_MINING_STARTED,
    EVENT_MINING_STOPPED,
    EVENT_START_FAILED,
    EVENT_TAKE_BACK,
    MinerEvents,
)

_MOMENT_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default={}): {},
    }
)
_LASTING_SCHEMA = _MOMENT_SCHEMA.extend(
    {
        vol.Optional(CONF_OPTIONS, default={}): {
            vol.Optional(CONF_FOR): cv.positive_time_period
        }
    }
)


class MinerTrigger(Trigger):
    """Trigger when an event of a targeted miner is fired."""

    _event_type: ClassVar[str]
    _description: ClassVar[str]
    _schema: ClassVar[vol.Schema] = _MOMENT_SCHEMA

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Check target and options."""
        return cast("ConfigType", cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Remember which miners are meant."""
        super().__init__(hass, config)
        self._target = TargetSelection(config.target or {})

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Run the action at every event of a targeted miner."""

        @callback
        def on_event(event: Event) -> None:
            """Look at an event, if the miner is meant."""
            if self._is_meant(event):
                self._begin(event, partial(self._run, run_action, event))

        return self._hass.bus.async_listen(self._event_type, on_event)

    def _begin(self, _: Event, run: Callable[[], None]) -> None:
        """Run the action at once."""
        run()

    def _run(self, run_action: TriggerActionRunner, event: Event) -> None:
        """Run the action with what the event tells."""
        run_action(dict(event.data), self._description, event.context)

    def _is_meant(self, event: Event) -> bool:
        """Tell whether an event is of a targeted miner."""
        device_id = event.data[ATTR_DEVICE_ID]
        selected = async_extract_referenced_entity_ids(self._hass, self._target)
        if device_id in selected.referenced_devices:
            return True
        registry = er.async_get(self._hass)
        entities = map(
            registry.async_get, selected.referenced | selected.indirectly_referenced
        )
        return any(entity and entity.device_id == device_id for entity in entities)


class LastingTrigger(MinerTrigger):
    """Trigger when something begins, or when it has lasted for a while."""

    _opposite: ClassVar[str]
    _schema: ClassVar[vol.Schema] = _LASTING_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Remember for how long it has to last."""
        super().__init__(hass, config)
        options = config.options or {}
        self._duration: timedelta | None = options.get(CONF_FOR)
        self._waits: list[_Wait] = []

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Run the action at every event, unless it ends too soon."""
        unsubscribe = (
            await super().async_attach_runner(run_action, did_not_trigger),
            self._hass.bus.async_listen(self._opposite, self._end),
        )

        @callback
        def detach() -> None:
            """Run the action no more."""
            for stop in (*unsubscribe, *(wait.cancel for wait in self._waits)):
                stop()

        return detach

    @override
    def _begin(self, event: Event, run: Callable[[], None]) -> None:
        """Run the action at once, or when it has lasted for long enough."""
        if not self._duration:
            run()
            return

        @callback
        def lasted(_: datetime) -> None:
            """Run the action, unless it ended without a word."""
            self._waits.remove(wait)
            events = self._events_of(event)
            if events and self._holds(events, wait.features):
                run()

        cancel = async_call_later(self._hass, self._duration, lasted)
        wait = _Wait(cancel, event.data[ATTR_DEVICE_ID], _features(event))
        self._waits.append(wait)

    @callback
    def _end(self, event: Event) -> None:
        """Wait no more for what has ended."""
        for wait in self._waits[:]:
            if wait.device_id != event.data[ATTR_DEVICE_ID]:
                continue
            wait.features -= _features(event)
            if not wait.features:
                wait.cancel()
                self._waits.remove(wait)

    def _events_of(self, event: Event) -> MinerEvents | None:
        """Return what is known of the miner of an event; None if it is not loaded."""
        entry: MinerControlConfigEntry | None = (
            self._hass.config_entries.async_get_entry(event.data[ATTR_CONFIG_ENTRY_ID])
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data.events

    @abstractmethod
    def _holds(self, events: MinerEvents, features: set[str]) -> bool:
        """Tell whether what began is still so; not everything ends with an event."""


@dataclass(slots=True)
class _Wait:
    """Something that has begun at a miner, but not lasted for long enough."""

    cancel: CALLBACK_TYPE
    device_id: str
    features: set[str]


class FailoverBegan(LastingTrigger):
    """Trigger when another controller serves features since one failed."""

    _event_type = EVENT_FAILOVER
    _opposite = EVENT_TAKE_BACK
    _description = "failover began"

    @override
    def _holds(self, events: MinerEvents, features: set[str]) -> bool:
        """Tell whether it still does: the power may have been cut meanwhile."""
        return not features.isdisjoint(events.failed_over)


class FailoverEnded(LastingTrigger):
    """Trigger when a better controller serves features again."""

    _event_type = EVENT_TAKE_BACK
    _opposite = EVENT_FAILOVER
    _description = "failover ended"

    @override
    def _holds(self, events: MinerEvents, features: set[str]) -> bool:
        """Tell whether it still does."""
        return features.isdisjoint(events.failed_over)


class MiningStarted(LastingTrigger):
    """Trigger when a miner starts to hash."""

    _event_type = EVENT_MINING_STARTED
    _opposite = EVENT_MINING_STOPPED
    _description = "mining started"

    @override
    def _holds(self, events: MinerEvents, features: set[str]) -> bool:
        """Tell whether it still does."""
        return events.is_mining is True


class MiningStopped(LastingTrigger):
    """Trigger when a miner hashes no more."""

    _event_type = EVENT_MINING_STOPPED
    _opposite = EVENT_MINING_STARTED
    _description = "mining stopped"

    @override
    def _holds(self, events: MinerEvents, features: set[str]) -> bool:
        """Tell whether it still does not."""
        return events.is_mining is False


class StartFailed(MinerTrigger):
    """Trigger when a miner was to start, but did not."""

    _event_type = EVENT_START_FAILED
    _description = "start failed"


TRIGGERS: dict[str, type[Trigger]] = {
    "failover_began": FailoverBegan,
    "failover_ended": FailoverEnded,
    "mining_started": MiningStarted,
    "mining_stopped": MiningStopped,
    "start_failed": StartFailed,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS


def _features(event: Event) -> set[str]:
    """Return the features that an event is about, if it is about some."""
    return set(event.data.get(ATTR_FEATURES, ()))
