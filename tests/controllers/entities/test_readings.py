"""Every kind of entity that a feature can be read from."""

from datetime import timedelta
from math import nan
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.miner_control.controllers.entities.roles import FIELDS, ROLES
from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerUnreachableError,
)
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.ports import PORTS
from custom_components.miner_control.domain.values import (
    DeviceInfo,
    Energy,
    FanSetting,
    FanSpeed,
    FanSpeedUnit,
    Firmware,
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
    Tuning,
    TuningRange,
    Voltage,
)

from .conftest import Link

NOTHING: frozenset[F] = frozenset()
ALL_READINGS = {
    feature: port.reading for feature, port in PORTS.items() if port.reading
} | {
    F.MINING_CONTROL: "is_mining",
    F.INTERNAL_FAN_CONTROL: "internal_fan",
    F.EXTERNAL_FAN_CONTROL: "external_fan",
    F.LOCATE_CONTROL: "is_locating",
}
RANGE = {"min": 1.0, "max": 3.5, "step": 0.1}
SPEEDS = {"supported_features": 1, "percentage": 66}
MODES = {"preset_modes": ["Auto", "Sleep"]}
MINING = {"options": ["eco", "normal"]}

READ: list[tuple[F, str, str, dict[str, Any], Any]] = [
    (F.POWER_MONITORING, "sensor.a", "3200", {"unit": "W"}, Power(3200)),
    (F.POWER_MONITORING, "sensor.a", "3.2", {"unit": "kW"}, Power(3200)),
    (F.POWER_MONITORING, "sensor.a", "3200", {}, None),
    (F.POWER_MONITORING, "sensor.a", "3200", {"unit": "A"}, None),
    (F.POWER_MONITORING, "sensor.a", "nan", {"unit": "W"}, None),
    (F.POWER_MONITORING, "sensor.a", "inf", {"unit": "W"}, None),
    (F.POWER_MONITORING, "sensor.a", "many", {"unit": "W"}, None),
    (F.POWER_MONITORING, "sensor.a", "unknown", {"unit": "W"}, None),
    (F.ENERGY_MONITORING, "sensor.a", "1500", {"unit": "Wh"}, Energy(1.5)),
    (F.VOLTAGE_MONITORING, "sensor.a", "12500", {"unit": "mV"}, Voltage(12.5)),
    (F.FREQUENCY_MONITORING, "sensor.a", "525000", {"unit": "kHz"}, Frequency(525)),
    (
        F.HASHRATE_MONITORING,
        "sensor.a",
        "500",
        {"unit": "Gh/s"},
        HashRate(500, HashRateUnit.GH),
    ),
    (F.HASHRATE_MONITORING, "sensor.a", "500", {"unit": "W"}, None),
    (
        F.MAX_HASHRATE_DETECTION,
        "input_number.a",
        "0.1",
        {"unit": "PH/s"},
        HashRate(0.1, HashRateUnit.PH),
    ),
    (F.MAX_POWER_DETECTION, "number.a", "3250", {"unit": "W"}, Power(3250)),
    (F.CHIP_TEMPERATURE_MONITORING, "sensor.a", "70", {"unit": "°C"}, Temperature(70)),
    (F.BOARD_TEMPERATURE_MONITORING, "sensor.a", "60", {"unit": "°C"}, Temperature(60)),
    (F.INLET_TEMPERATURE_MONITORING, "sensor.a", "77", {"unit": "°F"}, Temperature(25)),
    (
        F.OUTLET_TEMPERATURE_MONITORING,
        "sensor.a",
        "45",
        {"unit": "°C"},
        Temperature(45),
    ),
    (F.ROOM_TEMPERATURE_MONITORING, "sensor.a", "68", {"unit": "°F"}, Temperature(20)),
    (
        F.FAN_SPEED_INTERNAL_MONITORING,
        "sensor.a",
        "4000",
        {"unit": "RPM"},
        (FanSpeed(4000),),
    ),
    (F.FAN_SPEED_INTERNAL_MONITORING, "sensor.a", "40", {"unit": "%"}, None),
    (
        F.FAN_SPEED_EXTERNAL_MONITORING,
        "sensor.a",
        "40",
        {"unit": "%"},
        FanSpeed(40, FanSpeedUnit.PERCENT),
    ),
    (F.FAN_SPEED_EXTERNAL_MONITORING, "sensor.a", "40", {}, None),
    (
        F.HASHBOARD_MONITORING,
        "sensor.a",
        "33",
        {"unit": "TH/s"},
        (Hashboard(hashrate=HashRate(33)),),
    ),
    (
        F.HASHBOARD_MONITORING,
        "sensor.a",
        "140",
        {"unit": "°F"},
        (Hashboard(board_temperature=Temperature(60)),),
    ),
    (F.HASHBOARD_MONITORING, "sensor.a", "140", {}, None),
    (
        F.OPERATIONAL_MONITORING,
        "sensor.a",
        "1.5",
        {"unit": "h"},
        OperationalData(uptime=timedelta(minutes=90)),
    ),
    (F.OPERATIONAL_MONITORING, "sensor.a", "90", {}, None),
    (F.OPERATIONAL_MONITORING, "sensor.a", "2026-01-01T00:00:00", {}, None),
    (F.STATUS_MONITORING, "sensor.a", "Mining", {}, MinerStatus.ON),
    (F.STATUS_MONITORING, "binary_sensor.a", "off", {}, MinerStatus.OFF),
    (F.STATUS_MONITORING, "select.a", "sleeping", {}, MinerStatus.IDLE),
    (F.STATUS_MONITORING, "input_text.a", "what?", {}, None),
    (F.MODEL_DETECTION, "text.a", " S19 Pro ", {}, DeviceInfo(model="S19 Pro")),
    (F.MODEL_DETECTION, "text.a", " ", {}, None),
    (F.POWER_CONTROL, "switch.a", "on", {}, True),
    (F.POWER_CONTROL, "switch.a", "unknown", {}, None),
    (F.MINING_CONTROL, "input_boolean.a", "off", {}, False),
    (F.LOCATE_CONTROL, "light.a", "on", {}, True),
    (
        F.PRESET_CONTROL,
        "select.a",
        "eco",
        MINING,
        Presets(("eco", "normal"), "eco"),
    ),
    (F.PRESET_CONTROL, "input_select.a", "old", MINING, Presets(("eco", "normal"))),
    (
        F.POWER_LIMIT_CONTROL,
        "number.a",
        "2.6",
        RANGE | {"unit": "kW"},
        PowerLimit(2600, 1000, 3500, 100),
    ),
    (F.POWER_LIMIT_CONTROL, "number.a", "2.6", RANGE, None),
    (F.POWER_LIMIT_CONTROL, "number.a", "2.6", {"unit": "kW"}, None),
    (
        F.TUNING_CONTROL,
        "number.a",
        "0.6",
        {"min": 0.4, "max": 0.8, "step": 0.1, "unit": "GHz"},
        Tuning(frequency=TuningRange(value=600, minimum=400, maximum=800, step=100)),
    ),
    (
        F.TUNING_CONTROL,
        "input_number.a",
        "600",
        {"min": 400, "max": 800, "step": 1},
        Tuning(frequency=TuningRange(value=600, minimum=400, maximum=800)),
    ),
    (F.TUNING_CONTROL, "number.a", "600", {"unit": "MHz"}, None),
    (F.TUNING_CONTROL, "number.a", "600", RANGE | {"unit": "W"}, None),
    (
        F.FIRMWARE_UPDATE,
        "update.a",
        "on",
        {
            "installed_version": "1.0",
            "latest_version": "1.1",
            "supported_features": 1,
            "in_progress": True,
            "update_percentage": 40,
        },
        Firmware(
            installed="1.0",
            latest="1.1",
            can_install=True,
            is_installing=True,
            progress=40,
        ),
    ),
    (F.FIRMWARE_UPDATE, "update.a", "on", {"latest_version": "1.1"}, None),
    (F.EXTERNAL_FAN_CONTROL, "fan.a", "on", SPEEDS, FanSetting(66)),
    (F.EXTERNAL_FAN_CONTROL, "fan.a", "off", SPEEDS, FanSetting(0)),
    (F.EXTERNAL_FAN_CONTROL, "fan.a", "on", {}, FanSetting(100)),
    (
        F.EXTERNAL_FAN_CONTROL,
        "fan.a",
        "on",
        {"supported_features": 1},
        FanSetting(None),
    ),
    *(
        (
            F.EXTERNAL_FAN_CONTROL,
            "fan.a",
            "on",
            SPEEDS | {"percentage": odd},
            FanSetting(None),
        )
        for odd in (-1, 2.1e99, "66", nan)
    ),
    (
        F.INTERNAL_FAN_CONTROL,
        "fan.a",
        "on",
        SPEEDS | MODES | {"preset_mode": "Auto"},
        FanSetting(66, automatic=True),
    ),
    (
        F.INTERNAL_FAN_CONTROL,
        "fan.a",
        "on",
        SPEEDS | MODES | {"preset_mode": "Sleep"},
        FanSetting(66),
    ),
    (F.INTERNAL_FAN_CONTROL, "number.a", "39.6", {"unit": "%"}, FanSetting(40)),
    (F.INTERNAL_FAN_CONTROL, "input_number.a", "40", {}, FanSetting(40)),
    (F.INTERNAL_FAN_CONTROL, "input_number.a", "101", {}, None),
    (F.INTERNAL_FAN_CONTROL, "number.a", "40", {"unit": "rpm"}, None),
    (F.EXTERNAL_FAN_CONTROL, "switch.a", "on", {}, FanSetting(100)),
    (F.EXTERNAL_FAN_CONTROL, "switch.a", "off", {}, FanSetting(0)),
]


def show(hass: HomeAssistant, entity_id: str, state: str, **attributes: Any) -> None:
    """Let an entity show something."""
    if unit := attributes.pop("unit", None):
        attributes["unit_of_measurement"] = unit
    hass.states.async_set(entity_id, state, attributes)


@pytest.fixture(autouse=True)
def _clock_stands_still(freezer: FrozenDateTimeFactory) -> None:
    """Let no time pass while a test reads."""


@pytest.mark.parametrize(("feature", "entity_id", "state", "attributes", "value"), READ)
async def test_reading(
    hass: HomeAssistant,
    link: Link,
    feature: F,
    entity_id: str,
    state: str,
    attributes: dict[str, Any],
    value: object,
) -> None:
    """A state is read with its unit, or not at all."""
    show(hass, entity_id, state, **attributes)
    controller = link({feature: entity_id})
    await controller.async_refresh(NOTHING)
    assert getattr(controller, ALL_READINGS[feature]) == value


def test_every_feature_is_read() -> None:
    """The table above leaves no feature out that can be read."""
    assert {feature for feature, *_ in READ} == set(ALL_READINGS)
    assert set(ROLES) - set(ALL_READINGS) == {F.RESTART_CONTROL}


def test_every_entity_that_is_read_is_allowed() -> None:
    """The table above reads no kind of entity that could not be chosen."""
    for feature, entity_id, *_ in READ:
        assert entity_id.split(".")[0] in FIELDS[feature].domains


async def test_uptime_goes_on(
    hass: HomeAssistant, link: Link, freezer: FrozenDateTimeFactory
) -> None:
    """An uptime goes on while the entity says nothing new."""
    started = dt_util.utcnow() - timedelta(hours=1)
    show(hass, "sensor.since", started.isoformat())
    show(hass, "sensor.count", "3600", unit="s")
    for entity_id in ("sensor.since", "sensor.count"):
        freezer.move_to(started + timedelta(hours=1))
        controller = link({F.OPERATIONAL_MONITORING: entity_id})
        freezer.tick(90)
        await controller.async_refresh(NOTHING)
        operation = controller.operation
        assert operation
        assert operation.uptime == timedelta(hours=1, seconds=90)


async def test_uptime_is_never_negative(hass: HomeAssistant, link: Link) -> None:
    """A clock that is ahead makes no miner younger than new."""
    show(hass, "sensor.since", (dt_util.utcnow() + timedelta(hours=1)).isoformat())
    controller = link({F.OPERATIONAL_MONITORING: "sensor.since"})
    await controller.async_refresh(NOTHING)
    assert controller.operation == OperationalData(uptime=timedelta(0))


@pytest.mark.parametrize(
    ("feature", "entity_id", "attributes", "value"),
    [
        (F.POWER_MONITORING, "sensor.a", {"unit": "kW"}, Power(16_000)),
        (F.INLET_TEMPERATURE_MONITORING, "sensor.a", {"unit": "°F"}, Temperature(-40)),
        (F.HASHRATE_MONITORING, "sensor.a", {"unit": "TH/s"}, HashRate(16)),
        (F.EXTERNAL_FAN_CONTROL, "number.a", {"unit": "%"}, FanSetting(16)),
        (
            F.POWER_LIMIT_CONTROL,
            "number.a",
            {"unit": "kW", "min": 2, "max": 12, "step": 1},
            PowerLimit(16_000, 10_000, 30_000, 2000),
        ),
    ],
)
async def test_adjustment(
    hass: HomeAssistant,
    link: Link,
    feature: F,
    entity_id: str,
    attributes: dict[str, Any],
    value: object,
) -> None:
    """A number is multiplied and shifted in its own unit, then converted."""
    state = "-23" if feature is F.INLET_TEMPERATURE_MONITORING else "5"
    show(hass, entity_id, state, **attributes)
    controller = link(
        {feature: entity_id}, adjustments={feature: {"scale": 2.0, "offset": 6.0}}
    )
    await controller.async_refresh(NOTHING)
    assert getattr(controller, ALL_READINGS[feature]) == value


async def test_turned_range(hass: HomeAssistant, link: Link) -> None:
    """A negative multiplier turns a range round, and the step stays a step."""
    show(hass, "number.a", "-2000", unit="W", min=-3000, max=-1000, step=10)
    controller = link(
        {F.POWER_LIMIT_CONTROL: "number.a"},
        adjustments={F.POWER_LIMIT_CONTROL: {"scale": -1.0}},
    )
    await controller.async_refresh(NOTHING)
    assert controller.power_limit == PowerLimit(2000, 1000, 3000, 10)


@pytest.mark.parametrize(
    "odd",
    [
        {"step": 0},
        {"step": "small"},
        {"max": float("nan")},
        {"min": float("-inf")},
        {"max": [3000]},
    ],
)
async def test_range_that_is_none(
    hass: HomeAssistant, link: Link, odd: dict[str, Any]
) -> None:
    """Nobody can set a number within it."""
    attributes = {"min": 1000, "max": 3000, "step": 10} | odd
    show(hass, "number.a", "2000", unit="W", **attributes)
    controller = link({F.POWER_LIMIT_CONTROL: "number.a"})
    await controller.async_refresh(NOTHING)
    assert controller.power_limit is None


async def test_command_to_an_entity_that_makes_no_sense(
    hass: HomeAssistant, link: Link
) -> None:
    """It is refused, as any other that cannot be carried out."""
    show(hass, "fan.a", "on", preset_modes=5, supported_features=8)
    controller = link({F.INTERNAL_FAN_CONTROL: "fan.a"})
    with pytest.raises(CommandRefusedError, match=r"fan\.a"):
        await controller.set_internal_fan(FanSetting(None, automatic=True))


async def test_nothing_there(hass: HomeAssistant, link: Link) -> None:
    """A controller none of whose entities is available cannot be reached."""
    controller = link({F.POWER_CONTROL: "switch.a", F.POWER_MONITORING: "sensor.a"})
    show(hass, "switch.a", "unavailable")
    with pytest.raises(ControllerUnreachableError, match="Entities"):
        await controller.async_refresh(NOTHING)
    assert not controller.can_serve(F.POWER_CONTROL)


async def test_partly_there(hass: HomeAssistant, link: Link) -> None:
    """Each entity serves for itself, and the power for the status."""
    controller = link({F.POWER_CONTROL: "switch.a", F.POWER_MONITORING: "sensor.a"})
    show(hass, "switch.a", "unavailable")
    show(hass, "sensor.a", "50", unit="W")
    await controller.async_refresh(NOTHING)
    assert controller.power == Power(50)
    assert controller.is_powered is None
    assert controller.status is MinerStatus.ON
    assert controller.status_follows_power
    assert controller.can_serve(F.POWER_MONITORING)
    assert controller.can_serve(F.STATUS_MONITORING)
    assert not controller.can_serve(F.POWER_CONTROL)
    assert not controller.can_serve(F.HASHRATE_MONITORING)


@pytest.mark.parametrize(
    ("switch", "watts", "status"),
    [
        ("off", "50", MinerStatus.OFF),
        ("on", "50", MinerStatus.ON),
        ("on", "2", MinerStatus.IDLE),
        ("on", "2.1", MinerStatus.ON),
        ("on", "unknown", MinerStatus.UNKNOWN),
        ("unknown", "50", MinerStatus.ON),
        ("unknown", "1", MinerStatus.OFF),
        ("unknown", "unknown", None),
    ],
)
async def test_status_of_a_plug(
    hass: HomeAssistant,
    link: Link,
    switch: str,
    watts: str,
    status: MinerStatus | None,
) -> None:
    """A plug knows whether power flows."""
    show(hass, "switch.a", switch)
    show(hass, "sensor.a", watts, unit="W")
    controller = link({F.POWER_CONTROL: "switch.a", F.POWER_MONITORING: "sensor.a"})
    await controller.async_refresh(NOTHING)
    assert controller.status is status


@pytest.mark.parametrize(
    ("status", "mining"),
    [
        ("mining", True),
        ("booting", True),
        ("stopping", False),
        ("paused", False),
        ("fault", False),
        ("what?", None),
        (None, None),
    ],
)
async def test_whether_a_pair_mines(
    hass: HomeAssistant,
    link: Link,
    status: str | None,
    mining: bool | None,  # noqa: FBT001
) -> None:
    """Buttons show nothing; a status entity beside them does."""
    pair = {F.MINING_CONTROL: "button.a", "mining_control_stop": "button.b"}
    show(hass, "button.a", "unknown")
    show(hass, "button.b", "unknown")
    if status is not None:
        show(hass, "sensor.status", status)
        pair[F.STATUS_MONITORING] = "sensor.status"
    assert link(pair).is_mining is mining


async def test_unknown_fields_do_no_harm(hass: HomeAssistant, link: Link) -> None:
    """What another version stored is not looked at."""
    show(hass, "sensor.a", "50", unit="W")
    controller = link({F.POWER_MONITORING: "sensor.a", "teleportation": "sensor.b"})
    assert controller.features == {F.POWER_MONITORING, F.STATUS_MONITORING}
    await controller.async_refresh(NOTHING)
    assert controller.power == Power(50)


@pytest.mark.parametrize(
    ("shown", "percent"),
    [("0", 0), ("39.6", 40), ("100", 100), ("100.4", None), ("-0.4", None)],
)
async def test_share_of_a_fan_that_cannot_be_is_none(
    hass: HomeAssistant, link: Link, shown: str, percent: int | None
) -> None:
    """What is beyond the full speed is not taken for it."""
    hass.states.async_set("number.fan", shown, {"unit_of_measurement": "%"})
    controller = link({F.EXTERNAL_FAN_CONTROL: "number.fan"})
    await controller.async_refresh(frozenset())
    expected = None if percent is None else FanSetting(percent)
    assert controller.external_fan == expected
