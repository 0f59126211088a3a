"""Raise an issue when something needs the user, and delete it when it is over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_HOST
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    HomeAssistant,
    callback,
    valid_entity_id,
)
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.issue_registry import IssueSeverity
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_PROTOCOL, DOMAIN
from ..controllers import protocol_label
from ..controllers.entities.sources import chosen_entities
from ..controllers.errors import IdentityMismatchError
from ..coordinator import MinerCoordinator
from ..domain.features import MinerFeature, MinerFeatureType
from ..domain.overload import OverloadWatch
from ..domain.ports import PowerMonitorPort
from ..names import feature_name
from ..storage.bindings import controller_subentries, stored_capabilities
from .firmware import MinerFirmware, described
from .libraries import missing_libraries, missing_of, note_missing
from .protocols import MinerProtocols

ISSUE_ANOTHER_DEVICE: Final = "another_device"
ISSUE_BETTER_CONNECTION: Final = "better_connection"
ISSUE_ENTITY_REMOVED: Final = "entity_removed"
ISSUE_NO_PROVIDER_ENABLED: Final = "no_provider_enabled"
ISSUE_OVERHEATED: Final = "overheated"
ISSUE_OTHER_FIRMWARE: Final = "other_firmware"
ISSUE_POWER_ABOVE_RATING: Final = "power_above_rating"
ISSUE_POWER_FLOOR_RAISED: Final = "power_floor_raised"

DATA_ENTRY_ID: Final = "entry_id"
DATA_FEATURES: Final = "features"
DATA_SUBENTRY_ID: Final = "subentry_id"

# An entity that is not registered is missed for so many seconds before it is gone:
# what makes it may only be late, or be loaded anew.
MISSING_GRACE = 300.0

# The features of each miner that somebody served since Home Assistant started.
SERVED: HassKey[dict[str, set[MinerFeatureType]]] = HassKey(f"{DOMAIN}_served")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Something that needs the user; `subject_id` is an entry's or a subentry's."""

    kind: str
    subject_id: str
    placeholders: Mapping[str, str]
    data: Mapping[str, str] = field(default_factory=dict)
    severity: IssueSeverity = IssueSeverity.WARNING
    is_fixable: bool = True
    is_persistent: bool = False

    @property
    def issue_id(self) -> str:
        """Return what tells the issue from all others."""
        return f"{self.kind}_{self.subject_id}"


class MinerIssues:
    """Raise the issues of one miner, and delete them when their cause has ended."""

    def __init__(
        self,
        coordinator: MinerCoordinator,
        firmware: MinerFirmware,
        protocols: MinerProtocols,
    ) -> None:
        """Look after the miner of a coordinator."""
        self._coordinator = coordinator
        self._firmware = firmware
        firmware.on_change = self._settle
        self._protocols = protocols
        protocols.on_change = self._settle
        self._hass = coordinator.hass
        self._entry = coordinator.config_entry
        self._overload = OverloadWatch(coordinator.options.max_plug_power)
        self._missing_since: dict[str, float] = {}
        self._bound: tuple[MinerFeature, ...] | None = None
        self._lost: set[MinerFeatureType] = set()
        self._raised = issue_ids(self._hass, self._entry)
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Look now, and whenever something is new."""
        entry = self._entry
        entry.async_on_unload(self._stop)
        entry.async_on_unload(self._coordinator.async_add_listener(self._settle))
        entry.async_on_unload(async_at_started(self._hass, self._on_started))
        self._settle()

    @callback
    def _settle(self) -> None:
        """Raise what needs the user, and delete what does not any more."""
        wanted = {issue.issue_id: issue for issue in self._issues()}
        for issue_id in self._raised - wanted.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue in wanted.values():
            self._raise(issue)
        self._raised = set(wanted)
        note_missing(self._hass, self._entry, missing_libraries(self._coordinator))
        self._schedule()

    def _raise(self, issue: Issue) -> None:
        """Raise an issue, or bring the one that was raised up to date."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue.issue_id,
            data={DATA_ENTRY_ID: self._entry.entry_id, **issue.data},
            is_fixable=issue.is_fixable,
            is_persistent=issue.is_persistent,
            severity=issue.severity,
            translation_key=issue.kind,
            translation_placeholders={
                "miner": self._entry.title,
                **issue.placeholders,
            },
        )

    def _issues(self) -> Iterator[Issue]:
        """Yield all that needs the user now."""
        for subentry in controller_subentries(self._entry):
            yield from self._entity_removed(subentry)
            yield from self._another_device(subentry)
            yield from self._other_firmware(subentry)
            yield from self._better_connection(subentry)
            yield from self._overheated(subentry)
        yield from self._no_provider_enabled()
        yield from self._power_above_rating()
        yield from self._power_floor_raised()

    def _entity_removed(self, subentry: ConfigSubentry) -> Iterator[Issue]:
        """Yield whether a controller has lost entities for good."""
        missing = missing_entities(self._hass, subentry.data)
        gone = {ref for ref in missing.values() if self._is_gone(ref)}
        there = set(chosen_entities(subentry.data).values()) - set(missing.values())
        for reference in there & self._missing_since.keys():
            del self._missing_since[reference]
        if gone:
            names = sorted(_last_name(self._hass, reference) for reference in gone)
            yield Issue(
                kind=ISSUE_ENTITY_REMOVED,
                subject_id=subentry.subentry_id,
                placeholders={
                    "controller": subentry.title,
                    "entities": ", ".join(names),
                },
                data={DATA_SUBENTRY_ID: subentry.subentry_id},
            )

    def _is_gone(self, reference: str) -> bool:
        """Tell whether a missing entity will not come back by itself."""
        if not valid_entity_id(reference):
            return True  # It was registered, and its registration is what is gone.
        if self._hass.state is not CoreState.running:
            return False
        since = self._missing_since.setdefault(reference, monotonic())
        return monotonic() - since >= MISSING_GRACE

    def _another_device(self, subentry: ConfigSubentry) -> Iterator[Issue]:
        """Yield whether a stranger answers at the address of a linked device."""
        coordinator = self._coordinator.controllers.get(subentry.subentry_id)
        if coordinator and isinstance(coordinator.error, IdentityMismatchError):
            yield Issue(
                kind=ISSUE_ANOTHER_DEVICE,
                subject_id=subentry.subentry_id,
                placeholders={
                    "controller": subentry.title,
                    "host": subentry.data.get(CONF_HOST, "-"),
                },
                data={DATA_SUBENTRY_ID: subentry.subentry_id},
            )

    def _other_firmware(self, subentry: ConfigSubentry) -> Iterator[Issue]:
        """Yield whether a linked device runs other firmware now."""
        if found := self._firmware.changed.get(subentry.subentry_id):
            yield Issue(
                kind=ISSUE_OTHER_FIRMWARE,
                subject_id=subentry.subentry_id,
                placeholders={
                    "controller": subentry.title,
                    "host": subentry.data.get(CONF_HOST, "-"),
                    "before": described(stored_capabilities(subentry)),
                    "found": described(found.capabilities),
                },
                data={DATA_SUBENTRY_ID: subentry.subentry_id},
            )

    def _better_connection(self, subentry: ConfigSubentry) -> Iterator[Issue]:
        """Yield whether a linked device speaks a better protocol, too."""
        better = self._protocols.better.get(subentry.subentry_id)
        # One that does not answer now has other worries.
        if better is None or subentry.subentry_id in self._firmware.changed:
            return
        yield Issue(
            kind=ISSUE_BETTER_CONNECTION,
            subject_id=subentry.subentry_id,
            placeholders={
                "controller": subentry.title,
                "host": subentry.data.get(CONF_HOST, "-"),
                "before": protocol_label(subentry.data[CONF_PROTOCOL]),
                "found": better.label,
            },
            data={DATA_SUBENTRY_ID: subentry.subentry_id},
        )

    def _overheated(self, subentry: ConfigSubentry) -> Iterator[Issue]:
        """Yield whether a device was too hot, and has lowered its settings for good."""
        coordinator = self._coordinator.controllers.get(subentry.subentry_id)
        lowered = coordinator.controller.settings_lowered if coordinator else None
        if lowered is not None:
            yield Issue(
                kind=ISSUE_OVERHEATED,
                subject_id=subentry.subentry_id,
                placeholders={
                    "controller": subentry.title,
                    "before": lowered[0],
                    "now": lowered[1],
                },
                data={DATA_SUBENTRY_ID: subentry.subentry_id},
            )

    def _no_provider_enabled(self) -> Iterator[Issue]:
        """Yield whether nobody may serve a feature any more that was served.

        A feature that never was is one that the user does not want.
        """
        lost = self._lost_features()
        if lost:
            names = [feature for feature in MinerFeatureType if feature in lost]
            yield Issue(
                kind=ISSUE_NO_PROVIDER_ENABLED,
                subject_id=self._entry.entry_id,
                placeholders={
                    "features": ", ".join(
                        feature_name(self._hass, name) for name in names
                    )
                },
                data={DATA_FEATURES: ",".join(names)},
                # What was served before a restart is known from the issue alone.
                is_persistent=True,
            )

    def _lost_features(self) -> set[MinerFeatureType]:
        """Return the features that were served, and that nobody may serve now."""
        bound = self._coordinator.miner.features
        # That is asked with every reading, and bindings hardly ever change.
        if bound == self._bound:
            return self._lost
        enabled = {feature.feature_type for feature in bound if feature.enabled}
        served = self._hass.data.setdefault(SERVED, {})
        known = served.setdefault(
            self._entry.entry_id, _lost_before(self._hass, self._entry)
        )
        known |= enabled
        known &= {feature.feature_type for feature in bound}
        self._bound, self._lost = bound, known - enabled
        return self._lost

    def _power_above_rating(self) -> Iterator[Issue]:
        """Yield whether more power is drawn than the plug is rated for."""
        self._overload.note(self._plug_watts(), monotonic())
        if self._overload.is_overloaded:
            yield Issue(
                kind=ISSUE_POWER_ABOVE_RATING,
                subject_id=self._entry.entry_id,
                placeholders={
                    "power": f"{self._overload.highest:.0f}",
                    "rating": f"{self._coordinator.options.max_plug_power:.0f}",
                },
                severity=IssueSeverity.ERROR,
                is_fixable=False,
            )

    def _plug_watts(self) -> float | None:
        """Return what the plug measures; where none does, what the miner tells."""
        meter = self._coordinator.provider(PowerMonitorPort)
        for port in self._coordinator.candidates(PowerMonitorPort):
            if not self._coordinator.coordinator_of(port).controller.needs_power:
                meter = port
                break
        power = meter.power if meter else None
        return power.watts if power else None

    def _power_floor_raised(self) -> Iterator[Issue]:
        """Yield whether the miner could not hold a setting that was chosen for it."""
        if (unheld := self._coordinator.power_target.unheld) is not None:
            yield Issue(
                kind=ISSUE_POWER_FLOOR_RAISED,
                subject_id=self._entry.entry_id,
                placeholders={"setting": unheld},
                is_fixable=False,
            )

    def _schedule(self) -> None:
        """Look again when time alone changes something."""
        self._stop_timer()
        due = [since + MISSING_GRACE for since in self._missing_since.values()]
        if (change := self._overload.next_change()) is not None:
            due.append(change)
        now = monotonic()
        first = min((at for at in due if at > now), default=None)
        if first is not None:
            self._cancel_timer = async_call_later(
                self._hass, first - now, self._on_timer
            )

    @callback
    def _on_timer(self, _now: datetime) -> None:
        """Look because time has passed."""
        self._cancel_timer = None
        self._settle()

    @callback
    def _on_started(self, _hass: HomeAssistant) -> None:
        """Look because Home Assistant has all that it will have."""
        self._settle()

    @callback
    def _stop(self) -> None:
        """Look no more; what a reload interrupts is still to be done afterwards."""
        self._stop_timer()
        if self._entry.disabled_by:
            async_forget_issues(self._hass, self._entry)

    def _stop_timer(self) -> None:
        """Wait for nothing any more."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None


@callback
def async_forget_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the issues of a miner that nobody looks after any more."""
    for issue_id in issue_ids(hass, entry):
        ir.async_delete_issue(hass, DOMAIN, issue_id)
    note_missing(hass, entry, {})
    hass.data.get(SERVED, {}).pop(entry.entry_id, None)


def missing_entities(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, str]:
    """Return the chosen entities, by field, that do not exist at all now."""
    return {
        name: reference
        for name, reference in chosen_entities(data).items()
        if not _exists(hass, reference)
    }


def _exists(hass: HomeAssistant, reference: str) -> bool:
    """Tell whether an entity is registered, or at least has a state."""
    registry = er.async_get(hass)
    entity_id = er.async_resolve_entity_id(registry, reference)
    if entity_id is None:
        return False
    return entity_id in registry.entities or hass.states.get(entity_id) is not None


def _last_name(hass: HomeAssistant, reference: str) -> str:
    """Return what an entity was called, as far as that is remembered."""
    deleted = er.async_get(hass).deleted_entities.values()
    return next((e.entity_id for e in deleted if e.id == reference), reference)


def raised_issues(hass: HomeAssistant, entry: ConfigEntry) -> set[str]:
    """Return the kinds of the issues of a miner that are raised now."""
    issues = ir.async_get(hass).issues
    raised = (issues[DOMAIN, issue_id] for issue_id in issue_ids(hass, entry))
    own = {issue.translation_key for issue in raised if issue.translation_key}
    return own | missing_of(hass, entry)


def issue_ids(hass: HomeAssistant, entry: ConfigEntry) -> set[str]:
    """Return the ids of the issues of a miner that are raised now."""
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
        and issue.data
        and issue.data.get(DATA_ENTRY_ID) == entry.entry_id
    }


def _lost_before(hass: HomeAssistant, entry: ConfigEntry) -> set[MinerFeatureType]:
    """Return the features that nobody could serve any more before a restart."""
    issue_id = f"{ISSUE_NO_PROVIDER_ENABLED}_{entry.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    names = str(((issue and issue.data) or {}).get(DATA_FEATURES, ""))
    return {MinerFeatureType(n) for n in names.split(",") if n in MinerFeatureType}
