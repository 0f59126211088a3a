"""The forms of fleets, their members and their circuits."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    CONF_NAME,
    PERCENTAGE,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TimeSelector,
)
import voluptuous as vol

from ...domain.budget import LettingGo
from ...domain.features import MAX_PRIORITY, MIN_PRIORITY
from ...domain.fleet import FleetMode, PositiveMeans
from ...flows.schemas import unfolded
from ...storage.fleet import (
    CONF_MEMBERS,
    CONF_MINER,
    CONF_MODE,
    CONF_POWER_BUDGET,
    DEFAULT_BUDGET,
    MAX_BUDGET,
    CircuitSettings,
    FleetSettings,
    MemberSettings,
)

# Instead of single miners: all that there are, and all that will be added.
ALL: Final = "all"
# Instead of a circuit above: none.
NO_PARENT: Final = "none"
CONF_TARIFF: Final = "tariff"
CONF_BATTERY: Final = "battery"
CONF_MAINS: Final = "mains"
CONF_LIMITS: Final = "limits"
CONF_TIMES: Final = "times"

# The lowest and the highest value of each number, and its unit.
RANGES: Final[Mapping[str, tuple[float, float, str | None]]] = {
    CONF_POWER_BUDGET: (0, MAX_BUDGET, UnitOfPower.WATT),
    "price_ceiling": (-1000, 1000, None),
    "battery_floor": (0, 100, PERCENTAGE),
    "stagger": (0, 3600, UnitOfTime.SECONDS),
    "most_starts": (1, 50, None),
    "max_age": (5, 86_400, UnitOfTime.SECONDS),
    "silence": (10, 86_400, UnitOfTime.SECONDS),
    "hold": (0, 1440, UnitOfTime.MINUTES),
    "priority": (MIN_PRIORITY, MAX_PRIORITY, None),
    "floor": (1, 100_000, UnitOfPower.WATT),
    "ceiling": (1, 100_000, UnitOfPower.WATT),
    "step": (1, 10_000, UnitOfPower.WATT),
    "reserve": (0, 100_000, UnitOfPower.WATT),
    "min_on": (0, 86_400, UnitOfTime.SECONDS),
    "min_off": (0, 86_400, UnitOfTime.SECONDS),
    "limit": (0.1, MAX_BUDGET, None),
    "voltage": (50, 1000, UnitOfElectricPotential.VOLT),
    "phases": (1, 3, None),
    "margin": (0, 50, PERCENTAGE),
}

# Those of which there are no parts.
WHOLE: Final = frozenset({"most_starts", "phases"})


class _LenientNumber(NumberSelector):
    """A box for a number that leaves it to the step to refuse what is out of range.

    Home Assistant would answer that with an error that no form shows.
    """

    @override
    def __call__(self, data: Any) -> float:
        """Accept any number."""
        return vol.Coerce(float)(data)


class _MembersSelector(SelectSelector):
    """A list of miners, of which one alone needs not be a list."""

    @override
    def __call__(self, data: Any) -> list[str]:
        """Accept several miners, one, or all."""
        chosen: list[str] = vol.Schema([str])([data] if isinstance(data, str) else data)
        return chosen


POWER_METER: Final = EntitySelector(
    EntitySelectorConfig(domain="sensor", device_class=SensorDeviceClass.POWER)
)
GRID_SCHEMA: Final = vol.Schema({vol.Required("grid_sensor"): POWER_METER})


def number(name: str) -> NumberSelector:
    """Return what a number is entered with."""
    low, high, unit = RANGES[name]
    config = NumberSelectorConfig(
        min=low,
        max=high,
        step=1 if name in WHOLE else "any",
        mode=NumberSelectorMode.BOX,
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return _LenientNumber(config)


def wrong_numbers(values: Mapping[str, Any]) -> dict[str, str]:
    """Return an error for each number that is out of its range, or not whole."""
    errors: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            errors |= wrong_numbers(value)
        elif name in RANGES and value is not None:
            low, high, _ = RANGES[name]
            if not low <= value <= high:
                errors[name] = "out_of_range"
            elif name in WHOLE and value != int(value):
                errors[name] = "not_whole"
    return errors


def fleet_schema(miners: Iterable[ConfigEntry]) -> vol.Schema:
    """Return the form of a new fleet."""
    return vol.Schema(
        {
            vol.Optional(CONF_NAME): TextSelector(),
            vol.Optional(CONF_MEMBERS, default=[ALL]): _members(miners),
            vol.Optional(CONF_MODE, default=FleetMode.OBSERVE): _choice(
                FleetMode, "fleet_mode"
            ),
            vol.Optional(CONF_POWER_BUDGET, default=DEFAULT_BUDGET): number(
                CONF_POWER_BUDGET
            ),
            **_conditions(),
        }
    )


def renew_schema(
    name: str, miners: Iterable[ConfigEntry], members: list[str]
) -> vol.Schema:
    """Return the form of a fleet that there is already."""
    return vol.Schema(
        {
            vol.Required(CONF_NAME, default=name): TextSelector(),
            vol.Optional(CONF_MEMBERS, default=members): _members(miners),
        }
    )


def sources_schema() -> vol.Schema:
    """Return the form of what a fleet goes by."""
    return vol.Schema({vol.Optional("grid_sensor"): POWER_METER, **_conditions()})


def sign_schema(positive: str) -> vol.Schema:
    """Return the form that asks what a positive value of the grid meter means."""
    return vol.Schema(
        {
            vol.Required("positive", default=positive): _choice(
                PositiveMeans, "positive_means"
            )
        }
    )


def timing_schema(known: FleetSettings) -> vol.Schema:
    """Return the form of the timing of a fleet."""
    names = ("stagger", "most_starts", "max_age", "silence", "hold")
    return vol.Schema(
        {
            **{
                vol.Required(name, default=getattr(known, name)): number(name)
                for name in names
            },
            vol.Required("letting_go", default=known.letting_go): _choice(
                LettingGo, "letting_go"
            ),
        }
    )


def member_schema(miners: Iterable[ConfigEntry] | None) -> vol.Schema:
    """Return the form of a member, and of the miners of which one may become one."""
    usual = MemberSettings(miner="")
    choice: dict[vol.Marker, Any] = {}
    if miners is not None:
        choice[vol.Required(CONF_MINER)] = SelectSelector(
            SelectSelectorConfig(
                options=[_option(miner) for miner in miners],
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
    limits = ("floor", "ceiling", "step", "reserve")
    return vol.Schema(
        {
            **choice,
            vol.Optional("priority", default=usual.priority): number("priority"),
            vol.Optional("may_stop", default=usual.may_stop): BooleanSelector(),
            vol.Optional(
                "may_cut_power", default=usual.may_cut_power
            ): BooleanSelector(),
            vol.Optional(CONF_LIMITS, default={}): section(
                vol.Schema({vol.Optional(name): number(name) for name in limits}),
                {"collapsed": True},
            ),
            vol.Optional(CONF_TIMES, default={}): section(
                vol.Schema(
                    {
                        vol.Optional(name, default=getattr(usual, name)): number(name)
                        for name in ("min_on", "min_off")
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


def circuit_schema(
    parents: Mapping[str, str], members: Iterable[ConfigEntry]
) -> vol.Schema:
    """Return the form of a circuit, with those above it and what hangs on it."""
    usual = CircuitSettings()
    above = [
        SelectOptionDict(value=circuit_id, label=title)
        for circuit_id, title in parents.items()
    ]
    top: dict[vol.Marker, Any] = {}
    if above:
        top[vol.Optional("parent")] = SelectSelector(
            SelectSelectorConfig(options=above, mode=SelectSelectorMode.DROPDOWN)
        )
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            vol.Required("limit"): number("limit"),
            vol.Optional("unit", default=usual.unit): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=unit, label=unit)
                        for unit in (UnitOfPower.WATT, UnitOfElectricCurrent.AMPERE)
                    ],
                    mode=SelectSelectorMode.LIST,
                )
            ),
            vol.Optional(CONF_MEMBERS, default=[]): _MembersSelector(
                SelectSelectorConfig(
                    options=[_option(miner) for miner in members],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            **top,
            vol.Optional("meter"): EntitySelector(
                EntitySelectorConfig(
                    domain="sensor",
                    device_class=[SensorDeviceClass.POWER, SensorDeviceClass.CURRENT],
                )
            ),
            vol.Optional(CONF_MAINS, default={}): section(
                vol.Schema(
                    {
                        vol.Optional(name, default=getattr(usual, name)): number(name)
                        for name in ("voltage", "phases", "margin")
                    }
                ),
                {"collapsed": True},
            ),
        }
    )


def _conditions() -> dict[vol.Marker, Any]:
    """Return the folded parts of a form: when power is cheap, and the battery."""
    tariff = {
        vol.Optional("window_start"): TimeSelector(),
        vol.Optional("window_end"): TimeSelector(),
        vol.Optional("price_sensor"): EntitySelector(
            EntitySelectorConfig(domain=["sensor", "input_number", "number"])
        ),
        vol.Optional("price_ceiling"): number("price_ceiling"),
    }
    battery = {
        vol.Optional("battery_sensor"): EntitySelector(
            EntitySelectorConfig(
                domain="sensor", device_class=SensorDeviceClass.BATTERY
            )
        ),
        vol.Optional("battery_floor"): number("battery_floor"),
    }
    return {
        vol.Optional(CONF_TARIFF, default={}): section(
            vol.Schema(tariff), {"collapsed": True}
        ),
        vol.Optional(CONF_BATTERY, default={}): section(
            vol.Schema(battery), {"collapsed": True}
        ),
    }


def _members(miners: Iterable[ConfigEntry]) -> SelectSelector:
    """Return the list of miners that may become members, with one for all."""
    options = [SelectOptionDict(value=ALL, label=ALL), *map(_option, miners)]
    return _MembersSelector(
        SelectSelectorConfig(
            options=options,
            multiple=True,
            mode=SelectSelectorMode.LIST,
            translation_key="fleet_members",
        )
    )


def _option(miner: ConfigEntry) -> SelectOptionDict:
    """Return a miner as what can be chosen."""
    return SelectOptionDict(value=miner.entry_id, label=miner.title)


def _choice(
    kind: type[FleetMode | LettingGo | PositiveMeans], texts: str
) -> SelectSelector:
    """Return a list of all that there is of a kind."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[each.value for each in kind],
            mode=SelectSelectorMode.LIST,
            translation_key=texts,
        )
    )


def opened(schema: vol.Schema, errors: Mapping[str, str]) -> vol.Schema:
    """Return a form whose sections are open that hold what an error is about."""
    culprits = {
        str(marker)
        for marker, value in schema.schema.items()
        if isinstance(value, section)
        and errors.keys() & {str(marker), *map(str, value.schema.schema)}
    }
    return unfolded(schema, culprits)
