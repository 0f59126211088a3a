"""Automations that triggers start, and that conditions hold back."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.errors import CommandRefusedError
from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Bench, Clock, let_run
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    STOPPED,
    Network,
    entities,
    network,
    simulation,
)

MEASURES = "{{ trigger.features | join(',') }} {{ trigger['from'] }} {{ trigger.to }}"


class Automations:
    """Automations that note what started them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Note it by an action of the test."""
        self._hass = hass
        self.notes: list[ServiceCall] = async_mock_service(hass, "test", "note")

    async def set_up(
        self,
        trigger: dict[str, Any],
        condition: dict[str, Any] | None = None,
        note: str = "-",
    ) -> None:
        """Set up an automation, and expect that Home Assistant accepts it."""
        automation = {
            "id": "under_test",
            "alias": "Under test",
            "triggers": [trigger],
            "conditions": [condition] if condition else [],
            "actions": [{"action": "test.note", "data": {"note": note}}],
        }
        assert await async_setup_component(
            self._hass, "automation", {"automation": [automation]}
        )
        await let_run()
        state = self._hass.states.get("automation.under_test")
        assert state
        assert state.state == "on"

    async def take_notes(self) -> list[str]:
        """Return what was noted since then."""
        await let_run()
        notes = [call.data["note"] for call in self.notes]
        self.notes.clear()
        return notes


@pytest.fixture
def automations(hass: HomeAssistant) -> Automations:
    """Return a place for automations."""
    return Automations(hass)


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner with a device, a smart plug and a simulation as last resort."""
    return await set_up(network(), entities(), simulation())


def _device_id(miner: Bench) -> str:
    """Return the id of a miner's device."""
    device = miner.device(miner.entry.entry_id)
    assert device
    return device.id


def _trigger(name: str, miner: Bench, **options: Any) -> dict[str, Any]:
    """Return a trigger that targets the device of a miner."""
    return {
        "trigger": f"{DOMAIN}.{name}",
        "target": {"device_id": _device_id(miner)},
        "options": options,
    }


async def test_failover(
    miner: Bench, plug: Plug, clock: Clock, automations: Automations
) -> None:
    """It tells what is served by whom instead."""
    await automations.set_up(_trigger("failover_began", miner), note=MEASURES)
    await plug.measure("unavailable")
    assert await automations.take_notes() == ["power_monitoring Smart plug S19"]
    await plug.measure(3100)
    await clock.advance(60)
    assert await automations.take_notes() == []


async def test_end_of_a_failover(
    miner: Bench, plug: Plug, clock: Clock, automations: Automations
) -> None:
    """It begins with the take-back, not with the recovery."""
    await automations.set_up(_trigger("failover_ended", miner), note=MEASURES)
    await plug.measure("unavailable")
    await plug.measure(3100)
    assert await automations.take_notes() == []
    await clock.advance(31)
    assert await automations.take_notes() == ["power_monitoring S19 Smart plug"]


async def test_failover_that_has_to_last(
    miner: Bench, plug: Plug, clock: Clock, automations: Automations
) -> None:
    """A short one is not worth a message."""
    await automations.set_up(_trigger("failover_began", miner, **{"for": "00:05:00"}))
    await plug.measure("unavailable")
    await clock.advance(200)
    await plug.measure(3100)
    await clock.advance(600)
    assert await automations.take_notes() == []
    await plug.measure("unavailable")
    await clock.advance(290)
    assert await automations.take_notes() == []
    await clock.advance(20)
    assert await automations.take_notes() == ["-"]


async def test_failover_that_lasts_for_some_features(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, automations: Automations
) -> None:
    """What is still served by another one counts."""
    await automations.set_up(_trigger("failover_began", miner, **{"for": "00:05:00"}))
    devices[HOST].answer = GONE
    await clock.advance(60)
    device = devices[HOST]
    device.answer = HASHING
    # One reading stays lost.
    monitor = miner.coordinator.controllers["s19"].controller
    monitor.features -= {F.VOLTAGE_MONITORING}
    await clock.advance(300)
    assert await automations.take_notes() == ["-"]


async def test_failover_that_the_power_ends(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, automations: Automations
) -> None:
    """Where nobody is expected to serve, nothing lasts."""
    await automations.set_up(_trigger("failover_began", miner, **{"for": "00:05:00"}))
    devices[HOST].answer = GONE
    await clock.advance(60)
    await plug.switch(on=False)
    await plug.measure(0)
    await clock.advance(600)
    assert await automations.take_notes() == []


@pytest.mark.parametrize(
    ("name", "answers"),
    [("mining_stopped", [STOPPED]), ("mining_started", [STOPPED, HASHING])],
)
async def test_mining(
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    automations: Automations,
    name: str,
    answers: list[Any],
) -> None:
    """A miner that begins or ceases to hash starts an automation once."""
    miner = await set_up(network())
    await automations.set_up(_trigger(name, miner))
    for answer in answers:
        assert await automations.take_notes() == []
        devices[HOST].answer = answer
        await clock.advance(40)
    assert await automations.take_notes() == ["-"]
    await clock.advance(300)
    assert await automations.take_notes() == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("mining_stopped", HASHING, STOPPED), ("mining_started", STOPPED, HASHING)],
)
async def test_mining_that_has_to_last(
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    automations: Automations,
    name: str,
    before: Any,
    after: Any,
) -> None:
    """What ends too soon begins anew the next time."""
    devices[HOST].answer = before
    miner = await set_up(network())
    await automations.set_up(_trigger(name, miner, **{"for": {"minutes": 2}}))
    devices[HOST].answer = after
    await clock.advance(60)
    devices[HOST].answer = before
    await clock.advance(300)
    assert await automations.take_notes() == []
    devices[HOST].answer = after
    await clock.advance(180)
    assert await automations.take_notes() == ["-"]


async def test_end_of_a_failover_that_has_to_last(
    miner: Bench, plug: Plug, clock: Clock, automations: Automations
) -> None:
    """A meter that fails again and again has not recovered."""
    await automations.set_up(_trigger("failover_ended", miner, **{"for": "00:01:00"}))
    for _ in range(2):
        await plug.measure("unavailable")
        await plug.measure(3100)
        await clock.advance(50)
    assert await automations.take_notes() == []
    await clock.advance(60)
    assert await automations.take_notes() == ["-"]


async def test_unloaded_miner_has_nothing_that_lasts(
    miner: Bench, plug: Plug, clock: Clock, automations: Automations
) -> None:
    """Nobody knows whether it still does."""
    await automations.set_up(_trigger("failover_began", miner, **{"for": "00:05:00"}))
    await plug.measure("unavailable")
    await miner.unload()
    await clock.advance(400)
    assert await automations.take_notes() == []


async def test_disabled_automation_waits_for_nothing(
    hass: HomeAssistant,
    miner: Bench,
    plug: Plug,
    clock: Clock,
    automations: Automations,
) -> None:
    """Whatever was waited for is forgotten."""
    await automations.set_up(_trigger("failover_began", miner, **{"for": "00:05:00"}))
    await plug.measure("unavailable")
    target = {"entity_id": "automation.under_test"}
    await hass.services.async_call("automation", "turn_off", target, blocking=True)
    await clock.advance(400)
    await hass.services.async_call("automation", "turn_on", target, blocking=True)
    assert await automations.take_notes() == []


async def test_failed_start(
    set_up: SetUp, devices: Network, clock: Clock, automations: Automations
) -> None:
    """The reason can be told on."""
    devices[HOST].answer = STOPPED
    miner = await set_up(network())
    await automations.set_up(
        _trigger("start_failed", miner), note="{{ trigger.reason }}"
    )
    devices[HOST].refuses = CommandRefusedError("not today")
    await miner.hass.services.async_call(
        "switch", "turn_on", {"entity_id": miner.entity_id("switch", "mining")}
    )
    await clock.advance(5)
    (note,) = await automations.take_notes()
    assert "refused the command" in note


@pytest.mark.parametrize("target", ["device", "entity", "area"])
async def test_target(
    hass: HomeAssistant,
    miner: Bench,
    plug: Plug,
    automations: Automations,
    target: str,
) -> None:
    """A miner is meant by its device, any of its entities, or where it is."""
    area = ar.async_get(hass).async_create("Garage")
    dr.async_get(hass).async_update_device(_device_id(miner), area_id=area.id)
    targets = {
        "device": {"device_id": _device_id(miner)},
        "entity": {"entity_id": miner.entity_id("sensor", "status")},
        "area": {"area_id": area.id},
    }
    trigger = {"trigger": f"{DOMAIN}.failover_began", "target": targets[target]}
    await automations.set_up(trigger)
    await plug.measure("unavailable")
    assert await automations.take_notes() == ["-"]


async def test_other_miners_are_not_meant(
    hass: HomeAssistant, miner: Bench, plug: Plug, automations: Automations
) -> None:
    """Each has its own events."""
    other = Bench(hass, simulation(), title="Other", entry_id="01OTHER")
    await other.set_up()
    await automations.set_up(
        {
            "trigger": f"{DOMAIN}.failover_began",
            "target": {"entity_id": [other.entity_id("sensor", "status"), "sensor.x"]},
        }
    )
    await plug.measure("unavailable")
    assert await automations.take_notes() == []


async def test_events_of_one_miner_do_not_end_those_of_another(
    hass: HomeAssistant,
    miner: Bench,
    plug: Plug,
    clock: Clock,
    automations: Automations,
) -> None:
    """What lasts at one lasts, whatever ends elsewhere."""
    await automations.set_up(_trigger("failover_began", miner, **{"for": "00:05:00"}))
    await plug.measure("unavailable")
    hass.bus.async_fire(
        f"{DOMAIN}_take_back",
        {"device_id": "another", "features": [F.POWER_MONITORING.value]},
    )
    await clock.advance(310)
    assert await automations.take_notes() == ["-"]


@pytest.fixture
def asked() -> dict[str, Any]:
    """Return the trigger that asks a condition."""
    return {"trigger": "event", "event_type": "asked"}


@pytest.mark.parametrize("whole_device", [True, False])
async def test_is_mining(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    automations: Automations,
    asked: dict[str, Any],
    *,
    whole_device: bool,
) -> None:
    """Only a miner that hashes passes."""
    miner = await set_up(network())
    target = (
        {"device_id": _device_id(miner)}
        if whole_device
        else {"entity_id": miner.entity_id("sensor", "status")}
    )
    await automations.set_up(
        asked, {"condition": f"{DOMAIN}.is_mining", "target": target}
    )
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == ["-"]
    devices[HOST].answer = STOPPED
    await clock.advance(40)
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == []


async def test_is_mining_for_a_while(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    automations: Automations,
    asked: dict[str, Any],
) -> None:
    """It may have to last."""
    devices[HOST].answer = STOPPED
    miner = await set_up(network())
    await automations.set_up(
        asked,
        {
            "condition": f"{DOMAIN}.is_mining",
            "target": {"device_id": _device_id(miner)},
            "options": {"behavior": "all", "for": "00:02:00"},
        },
    )
    devices[HOST].answer = HASHING
    await clock.advance(60)
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == []
    await clock.advance(120)
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == ["-"]


async def test_is_degraded(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    automations: Automations,
    asked: dict[str, Any],
) -> None:
    """Only a miner that is not served as it should be passes."""
    miner = await set_up(network(), entities())
    await automations.set_up(
        asked,
        {
            "condition": f"{DOMAIN}.is_degraded",
            "target": {"device_id": _device_id(miner)},
        },
    )
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == []
    await plug.measure("unavailable")
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == ["-"]


@pytest.mark.parametrize("lasting", [{}, {"for": "00:00:10"}])
@pytest.mark.parametrize("behavior", ["any", "all"])
@pytest.mark.parametrize(
    ("condition", "platform", "key"),
    [("is_mining", "sensor", "status"), ("is_degraded", "binary_sensor", "degraded")],
)
@pytest.mark.parametrize("has_other", [False, True])
async def test_nothing_is_true_of_a_miner_that_is_unloaded(  # noqa: PLR0917
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    clock: Clock,
    automations: Automations,
    asked: dict[str, Any],
    condition: str,
    platform: str,
    key: str,
    behavior: str,
    lasting: dict[str, str],
    *,
    has_other: bool,
) -> None:
    """It fails the condition for all, and the others of which one has to pass it."""
    benches = [await set_up(network(), entities())]
    if has_other:
        other = Bench(
            hass, network(host="h2", mac=None), entities(), entry_id="01OTHER"
        )
        await other.set_up()
        benches.append(other)
    await plug.measure("unavailable")
    await automations.set_up(
        asked,
        {
            "condition": f"{DOMAIN}.{condition}",
            "target": {"entity_id": [b.entity_id(platform, key) for b in benches]},
            "options": {"behavior": behavior, **lasting},
        },
    )
    await clock.advance(15)
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == ["-"]
    await benches[0].unload()
    hass.bus.async_fire("asked")
    notes = await automations.take_notes()
    assert bool(notes) is (has_other and behavior == "any")


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_miner_that_fell_silent_is_not_mining(
    hass: HomeAssistant,
    set_up: SetUp,
    devices: Network,
    clock: Clock,
    automations: Automations,
    asked: dict[str, Any],
    behavior: str,
) -> None:
    """Nobody knows what a miner does that is unavailable."""
    miner = await set_up(network())
    await automations.set_up(
        asked,
        {
            "condition": f"{DOMAIN}.is_mining",
            "target": {"device_id": _device_id(miner)},
            "options": {"behavior": behavior},
        },
    )
    devices[HOST].answer = GONE
    await clock.advance(100)
    assert miner.status == "unavailable"
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == []


@pytest.mark.parametrize("condition", ["is_mining", "is_degraded"])
async def test_nothing_is_true_of_no_miner(
    hass: HomeAssistant,
    automations: Automations,
    asked: dict[str, Any],
    condition: str,
) -> None:
    """A target without any miner passes nothing, not even for all of them."""
    await automations.set_up(
        asked,
        {
            "condition": f"{DOMAIN}.{condition}",
            "target": {"entity_id": "sensor.gone"},
            "options": {"behavior": "all"},
        },
    )
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == []


async def test_entities_of_others_are_no_miners(
    hass: HomeAssistant,
    miner: Bench,
    automations: Automations,
    asked: dict[str, Any],
) -> None:
    """Something else that is on does not mine."""
    hass.states.async_set("sensor.status", "on")
    await automations.set_up(
        asked,
        {
            "condition": f"{DOMAIN}.is_mining",
            "target": {"entity_id": "sensor.status"},
        },
    )
    hass.bus.async_fire("asked")
    assert await automations.take_notes() == []


async def test_frontend_is_told_of_all(
    hass: HomeAssistant, miner: Bench, hass_ws_client: Any
) -> None:
    """The editor of automations offers them, with their fields."""
    assert await async_setup_component(hass, "automation", {})
    client = await hass_ws_client()
    for kind, name, field in (
        ("trigger", "failover_began", "for"),
        ("condition", "is_mining", "behavior"),
    ):
        await client.send_json_auto_id({"type": f"{kind}_platforms/subscribe"})
        assert (await client.receive_json())["success"]
        found = (await client.receive_json())["event"]
        while f"{DOMAIN}.{name}" not in found:
            found = (await client.receive_json())["event"]
        assert field in found[f"{DOMAIN}.{name}"]["fields"]
