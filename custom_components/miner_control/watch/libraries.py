"""One issue for each library that cannot be used, whichever miners need it."""

from collections.abc import Iterator, Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..controllers.errors import LibraryMissingError
from ..coordinator import ControllerCoordinator, MinerCoordinator
from ..domain.features import MinerFeatureType

type Failures = Mapping[str, LibraryMissingError]

_ISSUE: Final = "library"

# What each miner misses, by the id of its entry and the name of the library.
_MISSING: HassKey[dict[str, Failures]] = HassKey(f"{DOMAIN}_missing_libraries")


def missing_libraries(coordinator: MinerCoordinator) -> Failures:
    """Return why libraries cannot be used that a miner cannot do without.

    It can do without one as long as other controllers serve all that the library
    would; that it is not served as it should be is shown by its sensor `degraded`.
    """
    return {
        failure.library: failure
        for controller in coordinator.controllers.values()
        if (failure := _failure_of(controller)) and failure.library
        if any(_unserved(coordinator, controller.controller.controller_id))
    }


def _failure_of(coordinator: ControllerCoordinator) -> LibraryMissingError | None:
    """Return why the library of a controller cannot be used, None if it can."""
    if isinstance(coordinator.error, LibraryMissingError):
        return coordinator.error
    return coordinator.controller.library_failure


def _unserved(
    coordinator: MinerCoordinator, controller_id: str
) -> Iterator[MinerFeatureType]:
    """Yield the features that a controller is enabled for and that nobody serves."""
    for feature in coordinator.miner.features_by_controller(controller_id):
        resolution = coordinator.data.resolutions.get(feature.feature_type)
        if feature.enabled and resolution and resolution.provider is None:
            yield feature.feature_type


@callback
def note_missing(hass: HomeAssistant, entry: ConfigEntry, missing: Failures) -> None:
    """Raise or delete the issues of libraries, by what a miner misses by now."""
    known = hass.data.setdefault(_MISSING, {})
    before = known.pop(entry.entry_id, {})
    if missing:
        known[entry.entry_id] = missing
    for library in sorted({*before, *missing}):
        _settle(hass, library)


def missing_of(hass: HomeAssistant, entry: ConfigEntry) -> set[str]:
    """Return the kinds of the issues of libraries that concern a miner."""
    missing = hass.data.get(_MISSING, {}).get(entry.entry_id, {})
    return {failure.problem.value for failure in missing.values()}


def _settle(hass: HomeAssistant, library: str) -> None:
    """Raise the issue of a library, bring it up to date, or delete it."""
    needed = {
        entry_id: missing[library]
        for entry_id, missing in hass.data[_MISSING].items()
        if library in missing
    }
    issue_id = f"{_ISSUE}_{library}"
    if not needed:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    failure = next(iter(needed.values()))
    entries = map(hass.config_entries.async_get_entry, needed)
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=IssueSeverity.ERROR,
        translation_key=failure.problem,
        translation_placeholders={
            "library": library,
            "reason": failure.detail,
            "miners": ", ".join(sorted(entry.title for entry in entries if entry)),
        },
    )
