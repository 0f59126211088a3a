"""Features that the user's own entities serve."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.miner_control.controllers.entities import (
    controller as entities_controller,
)
from custom_components.miner_control.controllers.entities.controller import (
    EntitiesController,
    capabilities,
    chosen_entities,
)
from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.snapshot import Snapshot
from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.values import (
    Energy,
    FanSpeed,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)

from .conftest import Choose, Measure

SWITCH = "switch.plug"
METER = "sensor.plug_power"
MINING = "switch.mining"
PLUG = {F.POWER_CONTROL: SWITCH, F.POWER_MONITORING: METER}

COMMANDS = {
    "turn_power_on": (F.POWER_CONTROL, "turn_on"),
    "turn_power_off": (F.POWER_CONTROL, "turn_off"),
    "start_mining": (F.MINING_CONTROL, "turn_on"),
    "stop_mining": (F.MINING_CONTROL, "turn_off"),
}


async def refresh(controller: EntitiesController) -> Snapshot:
    """Read all that a controller can."""
    return await controller.async_refresh(controller.features)


async def test_states_are_read(choose: Choose, measure: Measure) -> None:
    """Each entity gives its value; what nobody was chosen for stays unknown."""
    measure("sensor.room", 77, "°F")
    measure("sensor.fan", 1200, "rpm")
    measure("sensor.meter", 500, "Wh")
    measure("sensor.rate", 900, "GH/s")
    measure(METER, 1.2, "kW")
    measure(SWITCH, "on")
    seen = await refresh(
        choose(
            PLUG
            | {
                F.INLET_TEMPERATURE_MONITORING: "sensor.room",
                F.FAN_SPEED_INTERNAL_MONITORING: "sensor.fan",
                F.FAN_SPEED_EXTERNAL_MONITORING: "sensor.fan",
                F.ENERGY_MONITORING: "sensor.meter",
                F.HASHRATE_MONITORING: "sensor.rate",
            }
        )
    )
    assert seen == Snapshot(
        power=Power(1200),
        is_powered=True,
        status=MinerStatus.ON,
        inlet_temperature=Temperature(25.0),
        internal_fan_speeds=(FanSpeed(1200),),
        external_fan_speed=FanSpeed(1200),
        energy=Energy(0.5),
        hashrate=HashRate(900, HashRateUnit.GH),
    )


async def test_value_that_is_not_known(choose: Choose, measure: Measure) -> None:
    """One that is missing takes no other with it."""
    controller = choose(PLUG)
    measure(SWITCH, "on")
    for state in ("unknown", "unavailable", "text", "nan"):
        measure(METER, state, "W")
        seen = await refresh(controller)
        assert (seen.power, seen.is_powered) == (None, True)


@pytest.mark.parametrize("state", ["unavailable", None])
async def test_nothing_there(
    choose: Choose, measure: Measure, state: str | None
) -> None:
    """Without one entity to ask, the controller is out of reach."""
    if state:
        measure(SWITCH, state)
        measure(METER, state, "W")
    with pytest.raises(ControllerUnreachableError):
        await refresh(choose(PLUG))


async def test_unknown_is_there(choose: Choose, measure: Measure) -> None:
    """An entity that does not know its value yet is not gone."""
    measure(SWITCH, "unknown")
    assert await refresh(choose(PLUG)) == Snapshot()


class TestStatusByPower:
    """What a plug alone knows of a miner."""

    @pytest.mark.parametrize(
        ("switch", "watts", "status"),
        [
            ("on", "3200", MinerStatus.ON),
            ("on", "2.1", MinerStatus.ON),
            ("on", "2.0", MinerStatus.OFF),
            ("on", "0", MinerStatus.OFF),
            ("off", "0", MinerStatus.OFF),
            ("off", "3200", MinerStatus.OFF),
            ("on", "unknown", MinerStatus.ON),
            ("off", "unavailable", MinerStatus.OFF),
            ("unknown", "3200", MinerStatus.ON),
            ("unavailable", "0", MinerStatus.OFF),
            ("unknown", "unknown", None),
        ],
    )
    async def test_plug(
        self,
        choose: Choose,
        measure: Measure,
        switch: str,
        watts: str,
        status: MinerStatus | None,
    ) -> None:
        """Power flows, or it does not, or nobody knows."""
        measure(SWITCH, switch)
        measure(METER, watts, "W")
        controller = choose(PLUG)
        assert (await refresh(controller)).status is status
        assert controller.status_follows_power

    async def test_own_status_comes_first(
        self, choose: Choose, measure: Measure
    ) -> None:
        """Where an entity tells the status, power does not."""
        measure(SWITCH, "on")
        measure("sensor.status", "error")
        controller = choose(PLUG | {F.STATUS_MONITORING: "sensor.status"})
        assert (await refresh(controller)).status is MinerStatus.ERROR
        assert not controller.status_follows_power
        measure("sensor.status", "unavailable")
        assert (await refresh(controller)).status is None

    async def test_nothing_to_tell_from(self, choose: Choose, measure: Measure) -> None:
        """A thermometer does not know whether a miner runs."""
        measure("sensor.room", 20, "°C")
        controller = choose({F.INLET_TEMPERATURE_MONITORING: "sensor.room"})
        assert (await refresh(controller)).status is None
        assert F.STATUS_MONITORING not in controller.features


class TestCommands:
    """Switches."""

    @pytest.fixture
    def both(self, choose: Choose, measure: Measure) -> EntitiesController:
        """Return a controller with a plug and a mining switch."""
        measure(SWITCH, "on")
        measure(MINING, "on")
        return choose({F.POWER_CONTROL: SWITCH, F.MINING_CONTROL: MINING})

    @pytest.mark.parametrize("command", COMMANDS)
    async def test_exactly_the_chosen_entity_is_switched(
        self, hass: HomeAssistant, both: EntitiesController, command: str
    ) -> None:
        """One service is called, for one entity."""
        feature, service = COMMANDS[command]
        calls = [
            call
            for name in ("turn_on", "turn_off", "toggle")
            for call in [async_mock_service(hass, "switch", name)]
        ]
        await getattr(both, command)()
        made = [call for found in calls for call in found]
        assert [(call.service, call.data) for call in made] == [
            (
                service,
                {"entity_id": SWITCH if feature is F.POWER_CONTROL else MINING},
            )
        ]

    async def test_real_switch(self, hass: HomeAssistant, choose: Choose) -> None:
        """An entity of another domain is switched by its own services."""
        helpers = {"plug": {"initial": True}, "lamp": {"initial": True}}
        assert await async_setup_component(
            hass, "input_boolean", {"input_boolean": helpers}
        )
        controller = choose({F.POWER_CONTROL: "input_boolean.plug"})
        await controller.turn_power_off()
        assert hass.states.is_state("input_boolean.plug", "off")
        assert hass.states.is_state("input_boolean.lamp", "on")
        await refresh(controller)
        assert controller.is_powered is False
        await controller.turn_power_on()
        assert hass.states.is_state("input_boolean.plug", "on")

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("state", ["unavailable", None])
    async def test_missing_switch(
        self,
        hass: HomeAssistant,
        both: EntitiesController,
        measure: Measure,
        command: str,
        state: str | None,
    ) -> None:
        """Home Assistant would say nothing of a switch that is not there."""
        for entity_id in (SWITCH, MINING):
            if state:
                measure(entity_id, state)
            else:
                hass.states.async_remove(entity_id)
        calls = async_mock_service(hass, "switch", COMMANDS[command][1])
        with pytest.raises(ControllerUnreachableError):
            await getattr(both, command)()
        assert calls == []

    async def test_switch_that_was_not_chosen(
        self, choose: Choose, measure: Measure
    ) -> None:
        """A plug has no mining switch."""
        measure(METER, 3, "W")
        with pytest.raises(ControllerUnreachableError):
            await choose({F.POWER_MONITORING: METER}).stop_mining()

    @pytest.mark.parametrize(
        "failure",
        [
            HomeAssistantError("no answer"),
            ServiceValidationError("no such thing"),
            ValueError("nonsense"),
            KeyError("x"),
            OSError("unplugged"),
        ],
        ids=lambda failure: type(failure).__name__,
    )
    async def test_failing_service(
        self, hass: HomeAssistant, both: EntitiesController, failure: Exception
    ) -> None:
        """Whatever another integration raises, the command was not carried out."""

        async def fail(_: ServiceCall) -> None:
            raise failure

        hass.services.async_register("switch", "turn_off", fail)
        with pytest.raises(CommandRefusedError, match=SWITCH) as refused:
            await both.turn_power_off()
        assert refused.value.__cause__ is failure

    async def test_missing_service(self, both: EntitiesController) -> None:
        """A domain without the service cannot carry it out."""
        with pytest.raises(CommandRefusedError):
            await both.turn_power_off()

    async def test_service_that_never_ends(
        self,
        hass: HomeAssistant,
        both: EntitiesController,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Nobody waits for ever for another integration."""

        async def wait(_: ServiceCall) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(entities_controller, "SERVICE_TIMEOUT", 0.01)
        hass.services.async_register("switch", "turn_off", wait)
        with pytest.raises(ControllerUnreachableError, match="turn_off"):
            await both.turn_power_off()

    @pytest.mark.parametrize(
        ("state", "mining"), [("on", True), ("off", False), ("unknown", None)]
    )
    async def test_state_of_the_mining_switch(
        self,
        both: EntitiesController,
        measure: Measure,
        state: str,
        *,
        mining: bool | None,
    ) -> None:
        """The switch says whether the miner mines."""
        measure(MINING, state)
        assert both.is_mining is mining

    async def test_no_mining_switch(self, choose: Choose) -> None:
        """Without a switch, nobody knows."""
        assert choose(PLUG).is_mining is None


class TestCanServe:
    """Whether a control can be used now."""

    @pytest.mark.parametrize(
        ("state", "can"),
        [("on", True), ("unknown", True), ("unavailable", False), (None, False)],
    )
    async def test_by_its_entity(
        self, choose: Choose, measure: Measure, state: str | None, *, can: bool
    ) -> None:
        """It can be if its entity is there."""
        if state is not None:
            measure(MINING, state)
        controller = choose({F.MINING_CONTROL: MINING})
        assert controller.can_serve(F.MINING_CONTROL) is can

    @pytest.mark.parametrize(
        ("switch", "watts", "can"),
        [("on", None, True), (None, "5", True), ("unavailable", None, False)],
    )
    async def test_status_by_whatever_tells_of_power(
        self,
        choose: Choose,
        measure: Measure,
        switch: str | None,
        watts: str | None,
        *,
        can: bool,
    ) -> None:
        """The status of a plug needs no entity of its own."""
        if switch is not None:
            measure(SWITCH, switch)
        if watts is not None:
            measure(METER, watts, "W")
        assert choose(PLUG).can_serve(F.STATUS_MONITORING) is can

    async def test_without_an_entity(self, choose: Choose) -> None:
        """What nobody was chosen for cannot be."""
        assert not choose(PLUG).can_serve(F.MINING_CONTROL)


class TestCapabilities:
    """What chosen entities can do together."""

    @pytest.mark.parametrize("feature", [F.POWER_CONTROL, F.POWER_MONITORING])
    def test_power_tells_of_the_status(self, feature: F) -> None:
        """Whoever sees the power sees whether the miner is off."""
        found = capabilities({feature: "sensor.any"})
        assert found.features == {feature, F.STATUS_MONITORING}

    def test_temperature_tells_of_itself(self) -> None:
        """Other entities serve what they were chosen for."""
        chosen = {F.INLET_TEMPERATURE_MONITORING: "sensor.room"}
        assert capabilities(chosen).features == set(chosen)

    @pytest.mark.parametrize(
        ("feature", "fans"),
        [(F.FAN_SPEED_INTERNAL_MONITORING, 1), (F.FAN_SPEED_EXTERNAL_MONITORING, 0)],
    )
    def test_fans(self, feature: F, fans: int) -> None:
        """One entity stands for the miner's own fans."""
        assert capabilities({feature: "sensor.fan"}).fans == fans

    @pytest.mark.parametrize(
        ("stored", "chosen"),
        [
            ({}, {}),
            ({"entities": {"power_monitoring": "a"}}, {F.POWER_MONITORING: "a"}),
            ({"entities": {"time_travel": "a"}}, {}),
            ({"entities": {"model_detection": "a"}}, {}),
        ],
    )
    def test_stored_choice(self, stored: dict[str, Any], chosen: dict[F, str]) -> None:
        """What this version does not know is left alone."""
        assert chosen_entities(stored) == chosen


def test_it_is_told_of_changes_instead_of_asking(choose: Choose) -> None:
    """Entities announce their states; a plug may be silent for hours."""
    controller = choose(PLUG)
    assert controller.update_interval is None
    assert controller.reading_age_limit() is None
    assert not controller.needs_power
