"""Raise an issue when a fleet needs the user, and delete it when that is over."""

from collections.abc import Iterator, Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity

from ..commands.emergency import StopOutcome
from ..const import DOMAIN
from ..storage.fleet import CircuitSettings
from ..watch.issues import DATA_ENTRY_ID, Issue, issue_ids
from .gathering import Gathered, Gatherer
from .members import has_means, means_of
from .meters import Problem, meter_name
from .watching import Meter

ISSUE_CIRCUIT_CYCLE: Final = "circuit_cycle"
ISSUE_CIRCUIT_EMPTY: Final = "circuit_empty"
ISSUE_GRID_SIGN: Final = "grid_sign"
ISSUE_LIMIT_BELOW_FLOORS: Final = "limit_below_floors"
ISSUE_MEMBER_WITHOUT_MEANS: Final = "member_without_means"
ISSUE_NO_GRID_METER: Final = "no_grid_meter"
ISSUE_STOP_NOT_PROVED: Final = "stop_not_proved"
# What is wrong with a meter, and how long it may be so before it is an issue.
METER_ISSUES: Final[Mapping[Problem, str]] = {
    Problem.MISSING: "meter_missing",
    Problem.UNAVAILABLE: "meter_unavailable",
    Problem.WRONG_KIND: "meter_wrong_kind",
    Problem.NEGATIVE: "meter_negative",
}


class FleetIssues:
    """Raise the issues of one fleet, and delete them when their cause has ended."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, gatherer: Gatherer
    ) -> None:
        """Look after a fleet."""
        self._hass = hass
        self._entry = entry
        self._gatherer = gatherer
        self._raised = issue_ids(hass, entry)
        circuits = gatherer.circuits
        self._below = {
            circuit_id: list(members_below(circuit_id, circuits))
            for circuit_id in circuits
        }
        self._cyclic = {each for each in circuits if _is_cyclic(each, circuits)}
        self._known: list[Issue] | None = None

    @callback
    def settle(
        self,
        gathered: Gathered,
        stops: Mapping[str, Mapping[str, object]],
        now: float,
        *,
        lacks_grid_meter: bool,
    ) -> None:
        """Raise what needs the user, and delete what does not any more."""
        wanted = list(self._issues(gathered, stops, now))
        if lacks_grid_meter:
            wanted.append(self._issue(ISSUE_NO_GRID_METER, self._entry.entry_id, {}))
        if wanted == self._known:
            return
        self._known = wanted
        for issue_id in self._raised - {issue.issue_id for issue in wanted}:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue in wanted:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue.issue_id,
                data={DATA_ENTRY_ID: self._entry.entry_id},
                is_fixable=False,
                severity=issue.severity,
                translation_key=issue.kind,
                translation_placeholders={
                    "fleet": self._entry.title,
                    **issue.placeholders,
                },
            )
        self._raised = {issue.issue_id for issue in wanted}

    def _issues(
        self, gathered: Gathered, stops: Mapping[str, Mapping[str, object]], now: float
    ) -> Iterator[Issue]:
        """Yield all that needs the user now."""
        yield from self._meters(now)
        yield from self._members(gathered)
        yield from self._circuits(gathered)
        yield from self._stops(stops)
        if self._gatherer.sign.is_wrong:
            grid = self._gatherer.settings.grid_sensor or ""
            yield self._issue(
                ISSUE_GRID_SIGN,
                self._entry.entry_id,
                {"meter": meter_name(self._hass, grid)},
            )

    def _meters(self, now: float) -> Iterator[Issue]:
        """Yield the meters that cannot be used, once that has lasted."""
        for meter in self._gatherer.meters.every:
            problem = meter.problem
            if problem is None or not self._has_lasted(meter, now):
                continue
            yield self._issue(
                METER_ISSUES[problem],
                f"{self._entry.entry_id}_{meter.reference}",
                {"meter": meter_name(self._hass, meter.reference)},
            )

    def _has_lasted(self, meter: Meter, now: float) -> bool:
        """Tell whether a meter has been useless for long: it may only start late."""
        return meter.is_silent(now, self._gatherer.settings.silence)

    def _members(self, gathered: Gathered) -> Iterator[Issue]:
        """Yield the members that a fleet can do nothing about."""
        for miner_id in self._gatherer.members:
            coordinator = gathered.miners.get(miner_id)
            if coordinator is not None and has_means(coordinator):
                continue
            miner = self._hass.config_entries.async_get_entry(miner_id)
            if miner is None or miner.disabled_by is not None:
                continue
            if not means_of(self._hass, miner).is_any:
                yield self._issue(
                    ISSUE_MEMBER_WITHOUT_MEANS, miner_id, {"miner": miner.title}
                )

    def _circuits(self, gathered: Gathered) -> Iterator[Issue]:
        """Yield the circuits that make no sense as they are."""
        known = {member.id: member for member in gathered.members}
        for circuit_id, settings in self._gatherer.circuits.items():
            below = self._below[circuit_id]
            title = {"circuit": self._title(circuit_id)}
            if circuit_id in self._cyclic:
                yield self._issue(ISSUE_CIRCUIT_CYCLE, circuit_id, title)
            elif not below:
                yield self._issue(ISSUE_CIRCUIT_EMPTY, circuit_id, title)
            else:
                members = [known[m] for m in below if m in known]
                steady = sum(m.floor for m in members if not m.may_stop)
                needed = max(min((m.floor for m in members), default=0.0), steady)
                usable = settings.watts * (1 - settings.margin / 100)
                if usable < needed:
                    yield self._issue(
                        ISSUE_LIMIT_BELOW_FLOORS,
                        circuit_id,
                        {**title, "limit": f"{usable:.0f}", "needed": f"{needed:.0f}"},
                    )

    def _stops(self, stops: Mapping[str, Mapping[str, object]]) -> Iterator[Issue]:
        """Yield the miners that are not known to have stopped in an emergency."""
        for miner_id, told in stops.items():
            if told["outcome"] != StopOutcome.FAILED:
                continue
            miner = self._hass.config_entries.async_get_entry(miner_id)
            yield self._issue(
                ISSUE_STOP_NOT_PROVED,
                miner_id,
                {
                    "miner": miner.title if miner else miner_id,
                    "reason": str(told["reason"] or "-"),
                },
                IssueSeverity.CRITICAL,
            )

    def _issue(
        self,
        kind: str,
        subject: str,
        placeholders: Mapping[str, str],
        severity: IssueSeverity = IssueSeverity.WARNING,
    ) -> Issue:
        """Return an issue of the fleet."""
        return Issue(
            kind=kind,
            subject_id=subject,
            placeholders=placeholders,
            severity=severity,
            is_fixable=False,
        )

    def _title(self, circuit_id: str) -> str:
        """Return what a circuit is called."""
        return self._entry.subentries[circuit_id].title


def members_below(
    circuit_id: str, circuits: Mapping[str, CircuitSettings]
) -> Iterator[str]:
    """Yield the miners on a circuit and on those that it feeds."""
    for other_id, other in circuits.items():
        if circuit_id in upwards(other_id, circuits):
            yield from other.members


def _is_cyclic(circuit_id: str, circuits: Mapping[str, CircuitSettings]) -> bool:
    """Tell whether a circuit feeds itself."""
    parent = circuits[circuit_id].parent
    return parent is not None and circuit_id in upwards(parent, circuits)


def upwards(circuit_id: str, circuits: Mapping[str, CircuitSettings]) -> list[str]:
    """Return a circuit and all that feed it, each once."""
    found: list[str] = []
    here: str | None = circuit_id
    while here is not None and here in circuits and here not in found:
        found.append(here)
        here = circuits[here].parent
    return found
