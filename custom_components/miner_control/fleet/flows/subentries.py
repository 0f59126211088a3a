"""Flows that add a member, a circuit or a room sensor to a fleet, or renew one."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
import voluptuous as vol

from ...flows.entities.lookup import find_room_sensor
from ...flows.link_steps import Input, is_priority
from ...flows.prefill import entered_before, filled
from ...flows.schemas import ROOM_SENSOR_SCHEMA, prefilled
from ...flows.subentries import ControllerSubentryFlow
from ...names import sentence
from ...storage.fleet import (
    CONF_MEMBERS,
    CONF_MINER,
    CircuitSettings,
    circuit_subentries,
    fleet_of,
    member_subentries,
    members_of,
)
from ...storage.kinds import real_miners
from ..issues import members_below, upwards
from ..members import Means, means_of
from ..meters import meter_id, meter_reference
from .checks import circuit_meter_error, limit_error
from .schemas import (
    CONF_LIMITS,
    CONF_MAINS,
    CONF_TIMES,
    circuit_schema,
    member_schema,
    opened,
    wrong_numbers,
)

_LIMITS = ("floor", "ceiling", "step", "reserve")
_TIMES = ("min_on", "min_off")
_MAINS = ("voltage", "phases", "margin")


class FleetSubentryFlow(ConfigSubentryFlow):
    """Add something to a fleet, or set it up anew."""

    @property
    def present(self) -> ConfigSubentry | None:
        """Return what is set up anew, None if something is added."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        try:
            return self._get_reconfigure_subentry()
        except UnknownSubEntry as err:
            raise AbortFlow("not_linked") from err

    def show(
        self,
        step_id: str,
        schema: vol.Schema,
        values: Input,
        errors: Mapping[str, str],
        placeholders: Mapping[str, str],
    ) -> SubentryFlowResult:
        """Show a form with what holds, and what was wrong."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=prefilled(
                self.add_suggested_values_to_schema(opened(schema, errors), values)
            ),
            errors=dict(errors),
            description_placeholders=dict(placeholders),
        )


class MemberSubentryFlow(FleetSubentryFlow):
    """Make a miner a member of a fleet."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Ask for the miner, and what may be done with it."""
        return await self.async_step_member(user_input)

    async_step_reconfigure = async_step_user

    async def async_step_member(self, user_input: Input = None) -> SubentryFlowResult:
        """Ask for the miner, and what may be done with it."""
        present = self.present
        free = None if present else list(_free_miners(self.hass))
        if free == []:
            return self.async_abort(reason="no_miners_left")
        schema = member_schema(free)
        if user_input is None:
            values = _by_section(dict(present.data)) if present else None
            return self.show("member", schema, values, {}, self._known(present))
        miner = self._miner(user_input, present)
        errors = wrong_numbers(user_input)
        if not is_priority(user_input["priority"]):
            errors["priority"] = "invalid_priority"
        errors = errors or _member_errors(self.hass, miner, user_input)
        if errors:
            known = self._known(present, miner)
            return self.show("member", schema, user_input, errors, known)
        data = _flat(user_input, CONF_LIMITS, CONF_TIMES) | {
            CONF_MINER: miner.entry_id,
            "priority": int(user_input["priority"]),
        }
        if present is not None:
            return self.async_update_and_abort(
                self._get_entry(), present, title=miner.title, data=data
            )
        if fleet_of(self.hass, miner.entry_id) is not None:
            return self.async_abort(reason="already_configured")
        return self.async_create_entry(
            title=miner.title, data=data, unique_id=miner.entry_id
        )

    def _miner(
        self, user_input: Mapping[str, Any], present: ConfigSubentry | None
    ) -> ConfigEntry:
        """Return the miner that is meant."""
        miner_id = present.data[CONF_MINER] if present else user_input[CONF_MINER]
        miner = self.hass.config_entries.async_get_entry(miner_id)
        if miner is None:
            raise AbortFlow("not_linked")
        return miner

    def _known(
        self, present: ConfigSubentry | None, miner: ConfigEntry | None = None
    ) -> dict[str, str]:
        """Return what is known of the miner, to be shown."""
        if miner is None and present is not None:
            miner = self.hass.config_entries.async_get_entry(present.data[CONF_MINER])
        if miner is None:
            return {"miner": "-", "known": sentence(self.hass, "fleet_means_unknown")}
        return {
            "miner": miner.title,
            "known": means_text(self.hass, means_of(self.hass, miner)),
        }


class CircuitSubentryFlow(FleetSubentryFlow):
    """Tell a fleet of a circuit."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Ask what the circuit carries, and what hangs on it."""
        return await self.async_step_circuit(user_input)

    async_step_reconfigure = async_step_user

    async def async_step_circuit(self, user_input: Input = None) -> SubentryFlowResult:
        """Ask what the circuit carries, and what hangs on it."""
        entry, present = self._get_entry(), self.present
        others = {
            s.subentry_id: s for s in circuit_subentries(entry) if s is not present
        }
        titles = {circuit_id: circuit.title for circuit_id, circuit in others.items()}
        miners = [m for m in real_miners(self.hass) if m.entry_id in members_of(entry)]
        schema = circuit_schema(titles, miners)
        if user_input is None:
            values = self._before(present) if present else None
            return self.show("circuit", schema, values, {}, _NO_NAMES)
        errors, placeholders = self._errors(user_input, entry, present, others)
        if errors:
            return self.show("circuit", schema, user_input, errors, placeholders)
        data = _flat(user_input, CONF_MAINS)
        title = data.pop(CONF_NAME).strip()
        if meter := data.get("meter"):
            data["meter"] = meter_reference(self.hass, meter)
        data["phases"] = int(data.get("phases", 1))
        if present is not None:
            return self.async_update_and_abort(entry, present, title=title, data=data)
        return self.async_create_entry(title=title, data=data)

    def _before(self, present: ConfigSubentry) -> dict[str, Any]:
        """Return what a circuit is, as its form takes it."""
        values = {**present.data, CONF_NAME: present.title}
        if meter := values.get("meter"):
            values["meter"] = meter_id(self.hass, meter)
        return _by_section(values)

    def _errors(
        self,
        user_input: Mapping[str, Any],
        entry: ConfigEntry,
        present: ConfigSubentry | None,
        others: Mapping[str, ConfigSubentry],
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Return what is wrong with a circuit, and what the messages name."""
        errors = wrong_numbers(user_input)
        if not user_input[CONF_NAME].strip():
            errors[CONF_NAME] = "no_name"
        elif user_input[CONF_NAME].strip() in {s.title for s in others.values()}:
            errors[CONF_NAME] = "circuit_name_taken"
        if errors:
            return errors, dict(_NO_NAMES)
        data = _flat(user_input, CONF_MAINS)
        data.pop(CONF_NAME)
        settings = CircuitSettings(**{**data, "members": tuple(data[CONF_MEMBERS])})
        own_id = present.subentry_id if present else ""
        circuits = {s.subentry_id: CircuitSettings.of(s) for s in others.values()}
        circuits[own_id] = settings
        placeholders = dict(_NO_NAMES)
        if problem := circuit_meter_error(self.hass, data.get("meter"), settings):
            errors["meter"] = problem
        if settings.parent and own_id in upwards(settings.parent, circuits):
            errors["parent"] = "circuit_cycle"
            return errors, placeholders
        for other in others.values():
            both = set(CircuitSettings.of(other).members) & set(settings.members)
            if both:
                errors[CONF_MEMBERS] = "member_on_other_circuit"
                miner = self.hass.config_entries.async_get_entry(min(both))
                placeholders |= {
                    "miner": miner.title if miner else min(both),
                    "circuit": other.title,
                }
        if not errors:
            members = {s.data[CONF_MINER]: s.data for s in member_subentries(entry)}
            below = set(members_below(own_id, circuits))
            refusal = limit_error(
                self.hass,
                settings,
                [
                    (miner, members[miner.entry_id])
                    for miner in real_miners(self.hass)
                    if miner.entry_id in below and miner.entry_id in members
                ],
            )
            if refusal is not None:
                return dict(refusal.errors), {**placeholders, **refusal.placeholders}
        return errors, placeholders


_NO_NAMES: Mapping[str, str] = {
    "miner": "-",
    "circuit": "-",
    "limit": "-",
    "needed": "-",
}


def means_text(hass: HomeAssistant, means: Means) -> str:
    """Return by what a miner can be ruled, in a sentence."""
    if means.slows and means.least is not None and means.most is not None:
        return sentence(
            hass,
            "fleet_means_slows_between",
            least=f"{means.least:.0f}",
            most=f"{means.most:.0f}",
        )
    if means.slows:
        return sentence(hass, "fleet_means_slows")
    if means.switches and means.most is not None:
        return sentence(hass, "fleet_means_switches_at", most=f"{means.most:.0f}")
    return sentence(
        hass, "fleet_means_switches" if means.switches else "fleet_means_none"
    )


def _free_miners(hass: HomeAssistant) -> Iterator[ConfigEntry]:
    """Yield the miners that are in no fleet."""
    return (m for m in real_miners(hass) if fleet_of(hass, m.entry_id) is None)


def _member_errors(
    hass: HomeAssistant, miner: ConfigEntry, user_input: Mapping[str, Any]
) -> dict[str, str]:
    """Return what is wrong with a member."""
    means = means_of(hass, miner)
    if not means.is_any:
        return {"base": "no_means"}
    if user_input["may_cut_power"] and not means.cuts:
        return {"may_cut_power": "no_power_control"}
    limits = user_input.get(CONF_LIMITS, {})
    floor, ceiling = limits.get("floor"), limits.get("ceiling")
    least = max(floor or 0.0, means.least or 0.0)
    if ceiling is not None and ceiling < least:
        return {CONF_LIMITS: "ceiling_below_floor"}
    if floor is not None and means.most is not None and floor > means.most:
        return {CONF_LIMITS: "floor_above_most"}
    return {}


def _flat(user_input: Mapping[str, Any], *sections: str) -> dict[str, Any]:
    """Return what was entered without the parts of the form."""
    values = {k: v for k, v in user_input.items() if k not in sections}
    for name in sections:
        values |= user_input.get(name, {})
    return values


def _by_section(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored by the parts of the form."""
    parts = {CONF_LIMITS: _LIMITS, CONF_TIMES: _TIMES, CONF_MAINS: _MAINS}
    sectioned = {name for names in parts.values() for name in names}
    return {
        **{k: v for k, v in values.items() if k not in sectioned},
        **{
            part: {name: values[name] for name in names if name in values}
            for part, names in parts.items()
        },
    }


class RoomSensorSubentryFlow(ControllerSubentryFlow):
    """Link a sensor of the room that a fleet heats; several of them rank."""

    async def async_step_user(self, user_input: Input = None) -> SubentryFlowResult:
        """Start with the sensor."""
        return await self.async_step_room_sensor(user_input)

    async_step_reconfigure = async_step_user

    async def async_step_room_sensor(
        self, user_input: Input = None
    ) -> SubentryFlowResult:
        """Ask for the entity that tells how warm the room is."""
        schema = ROOM_SENSOR_SCHEMA
        if self.present is not None:
            schema = filled(schema, entered_before(self.hass, self.present)["readings"])
        return await self._find("room_sensor", schema, find_room_sensor, user_input)
