"""The forms of the flows."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import timedelta
from typing import Any, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.const import (
    CONF_DEVICE_ID,
    CONF_ENTITY_ID,
    CONF_HOST,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_SCAN_INTERVAL,
    CONF_USERNAME,
    UnitOfTime,
)
from homeassistant.data_entry_flow import SectionConfig, section
from homeassistant.helpers.selector import (
    BooleanSelector,
    DeviceSelector,
    DeviceSelectorConfig,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import (
    CONF_ADJUSTMENTS,
    CONF_ADVANCED,
    CONF_CREDENTIALS,
    CONF_DEVICE_OPTIONS,
    CONF_ENABLED,
    CONF_MAX_AGE,
    CONF_OFFSET,
    CONF_OTP_SECRET,
    CONF_PLUG,
    CONF_PRIORITIES,
    CONF_PRIORITY,
    CONF_PROTOCOL,
    CONF_SCALE,
    CONF_STANDBY,
    DEFAULT_SCAN_INTERVAL,
    HASS_MINER_DOMAIN,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
    PROTOCOL_AUTO,
)
from ..controllers import protocols
from ..controllers.entities.roles import (
    FIELDS,
    HELPERS,
    NEEDED_OF_PLUG,
    ROLES,
    SECTIONS,
    EntityRole,
)
from ..domain.features import MAX_PRIORITY, MIN_PRIORITY, MinerFeatureType
from .link import Link


class PrioritySelector(NumberSelector):
    """A slider from 1 to 100 that leaves it to the step to refuse other numbers.

    Home Assistant would answer those with an error that no form shows.
    """

    @override
    def __call__(self, data: Any) -> float:
        """Accept any number."""
        return vol.Coerce(float)(data)


PRIORITY_SELECTOR = PrioritySelector(
    NumberSelectorConfig(
        min=MIN_PRIORITY, max=MAX_PRIORITY, step=1, mode=NumberSelectorMode.SLIDER
    )
)

LOGIN_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_USERNAME): TextSelector(
            TextSelectorConfig(autocomplete="username")
        ),
        vol.Optional(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="current-password"
            )
        ),
        vol.Optional(CONF_OTP_SECRET): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        ),
    }
)

_INTERVAL_SELECTOR = NumberSelector(
    NumberSelectorConfig(
        min=int(MIN_SCAN_INTERVAL.total_seconds()),
        max=int(MAX_SCAN_INTERVAL.total_seconds()),
        step=1,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfTime.SECONDS,
    )
)


def network_schema(options: Mapping[str, bool] | None = None) -> vol.Schema:
    """Return the form of an address, with the protocols that there are.

    `options` are those of the protocol, where it is known already.
    """
    default_interval = int(DEFAULT_SCAN_INTERVAL.total_seconds())
    advanced = vol.Schema(
        {
            vol.Optional(
                CONF_SCAN_INTERVAL, default=default_interval
            ): _INTERVAL_SELECTOR,
            vol.Optional(CONF_PROTOCOL, default=PROTOCOL_AUTO): _protocol_selector(),
        }
    )
    folded: SectionConfig = {"collapsed": True}
    return vol.Schema(
        {
            vol.Required(CONF_HOST): TextSelector(),
            vol.Optional(CONF_CREDENTIALS, default={}): section(LOGIN_SCHEMA, folded),
            vol.Optional(CONF_ADVANCED, default={}): section(advanced, folded),
            **_options_section(options or {}),
        }
    )


def _options_section(options: Mapping[str, bool]) -> dict[vol.Marker, section]:
    """Return the section of what can be allowed a device, none if there is nothing."""
    if not options:
        return {}
    fields: dict[vol.Marker, BooleanSelector] = {
        vol.Optional(name, default=default): BooleanSelector()
        for name, default in options.items()
    }
    folded = section(vol.Schema(fields), {"collapsed": True})
    return {vol.Optional(CONF_DEVICE_OPTIONS, default={}): folded}


def _protocol_selector() -> SelectSelector:
    """Return the choice of protocols; only `auto` is a word to be translated."""
    known = [SelectOptionDict(value=p.protocol, label=p.label) for p in protocols()]
    auto = SelectOptionDict(value=PROTOCOL_AUTO, label=PROTOCOL_AUTO)
    return SelectSelector(
        SelectSelectorConfig(
            options=[auto, *known],
            translation_key=CONF_PROTOCOL,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


SIMULATED_SCHEMA = vol.Schema({vol.Optional(CONF_NAME): TextSelector()})


def _entity_selector(role: EntityRole) -> EntitySelector:
    """Return a selector of the entities that can play a role."""
    return EntitySelector(
        EntitySelectorConfig(
            filter=[
                *(_entity_filter(domain, role) for domain in role.domains),
                *_unclassified(role),
            ]
        )
    )


def _unclassified(
    role: EntityRole,
) -> Iterator[EntityWithDeviceFilterSelectorConfig]:
    """Yield which entities can play a role although they have no device class."""
    if role.device_classes:
        # Its sensors have units, which is all that is needed.
        yield {"domain": [SENSOR_DOMAIN], "integration": HASS_MINER_DOMAIN}


def _entity_filter(
    domain: str, role: EntityRole
) -> EntityWithDeviceFilterSelectorConfig:
    """Return which entities of a domain can play a role."""
    if not role.device_classes or domain in HELPERS:
        return {"domain": domain}
    return {"domain": domain, "device_class": list(map(str, role.device_classes))}


MAX_AGE_SELECTOR = NumberSelector(
    NumberSelectorConfig(
        min=1,
        max=int(timedelta(days=1).total_seconds()),
        step=1,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfTime.SECONDS,
    )
)
_NUMBER_SELECTOR = NumberSelector(
    NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX)
)
# A list of objects shows an entity by its name, but an option by its key.
_MEASURING_SELECTOR = EntitySelector(
    EntitySelectorConfig(
        filter={
            "domain": sorted(
                {
                    domain
                    for role in ROLES.values()
                    if role.is_number
                    for domain in role.domains
                }
            )
        }
    )
)
ADJUSTMENTS_SELECTOR = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            CONF_ENTITY_ID: {"selector": _MEASURING_SELECTOR, "required": True},
            CONF_SCALE: {"selector": _NUMBER_SELECTOR},
            CONF_OFFSET: {"selector": _NUMBER_SELECTOR},
            CONF_MAX_AGE: {"selector": MAX_AGE_SELECTOR},
        },
        multiple=True,
        label_field=CONF_ENTITY_ID,
        translation_key="adjustment",
    )
)


def entity_fields(names: Iterable[str]) -> vol.Schema:
    """Return the form of some of the fields that an entity can be chosen for."""
    return vol.Schema(
        {vol.Optional(name): _entity_selector(FIELDS[name]) for name in names}
    )


# A device that measures its power; whether it has a switch too is seen later.
_PLUG_SELECTOR = DeviceSelector(
    DeviceSelectorConfig(
        entity=[{"domain": SENSOR_DOMAIN, "device_class": SensorDeviceClass.POWER}]
    )
)
PLUG_SCHEMA = vol.Schema({vol.Required(CONF_DEVICE_ID): _PLUG_SELECTOR})


def _entities_schema() -> vol.Schema:
    """Return the form of all entities; only what a plug has is open from the start."""
    device = {CONF_PLUG: {vol.Optional(CONF_DEVICE_ID): _PLUG_SELECTOR}}
    sections = {
        vol.Optional(name, default={}): section(
            vol.Schema(device.get(name, {}) | entity_fields(part).schema),
            {"collapsed": name != CONF_PLUG},
        )
        for name, part in SECTIONS.items()
    }
    advanced = vol.Schema(
        {
            vol.Optional(CONF_MAX_AGE): MAX_AGE_SELECTOR,
            vol.Optional(CONF_ADJUSTMENTS): ADJUSTMENTS_SELECTOR,
        }
    )
    return vol.Schema(
        {
            vol.Optional(CONF_NAME): TextSelector(),
            **sections,
            vol.Optional(CONF_ADVANCED, default={}): section(
                advanced, {"collapsed": True}
            ),
        }
    )


ENTITIES_SCHEMA = _entities_schema()
_ROOM = MinerFeatureType.ROOM_TEMPERATURE_MONITORING.value
ROOM_SENSOR_SCHEMA = vol.Schema(
    {
        vol.Required(_ROOM): _entity_selector(FIELDS[_ROOM]),
        vol.Optional(CONF_NAME): TextSelector(),
    }
)


def candidates_schema(candidates: Mapping[str, Sequence[str]]) -> vol.Schema:
    """Return the form that asks which of some entities are meant, by their fields."""
    return vol.Schema(
        {
            (vol.Required if field in NEEDED_OF_PLUG else vol.Optional)(
                field
            ): EntitySelector(EntitySelectorConfig(include_entities=list(entity_ids)))
            for field, entity_ids in candidates.items()
        }
    )


def features_schema(link: Link, *, standby_default: bool | None) -> vol.Schema:
    """Return the form of what a controller can serve, with its present priorities.

    Where something can stand by, it asks that with a default; None asks nothing.
    """
    bindings = link.bindings
    enabled = [name for name, binding in bindings.items() if binding[CONF_ENABLED]]
    priorities = {
        vol.Optional(name, default=binding[CONF_PRIORITY]): PRIORITY_SELECTOR
        for name, binding in bindings.items()
    }
    standby: dict[vol.Marker, Any] = {}
    if standby_default is not None:
        standby[vol.Optional(CONF_STANDBY, default=standby_default)] = BooleanSelector()
    return vol.Schema(
        {
            **standby,
            vol.Optional(CONF_ENABLED, default=enabled): SelectSelector(
                SelectSelectorConfig(
                    options=list(bindings),
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                    translation_key="feature_type",
                )
            ),
            vol.Optional(CONF_PRIORITIES, default={}): section(
                vol.Schema(priorities), {"collapsed": True}
            ),
        }
    )


def unfolded(schema: vol.Schema, names: Container[str]) -> vol.Schema:
    """Return a form with some of its sections open from the start."""
    return vol.Schema(
        {
            marker: section(value.schema, {"collapsed": False})
            if isinstance(value, section) and str(marker) in names
            else value
            for marker, value in schema.schema.items()
        }
    )


def prefilled(schema: vol.Schema) -> vol.Schema:
    """Return a form whose sections show what is in their fields.

    Home Assistant takes a section's own default, which is empty, for its content,
    unless something is suggested for the section as a whole.
    """
    return vol.Schema(
        {
            _suggesting(marker, _content(value.schema))
            if isinstance(value, section)
            else marker: value
            for marker, value in schema.schema.items()
        }
    )


def _content(schema: vol.Schema) -> dict[str, Any]:
    """Return the value of each field of a form that has one."""
    content: dict[str, Any] = {}
    for marker in schema.schema:
        if marker.description:
            content[str(marker)] = marker.description["suggested_value"]
        elif marker.default is not vol.UNDEFINED:
            content[str(marker)] = marker.default()
    return content


def _suggesting(marker: vol.Marker, content: dict[str, Any]) -> vol.Marker:
    """Return a copy of a marker that suggests a content, if there is one."""
    suggesting = copy(marker)
    suggesting.description = {"suggested_value": content} if content else None
    return suggesting
