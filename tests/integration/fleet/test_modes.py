"""What a fleet does in each mode, and whose word counts."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.miner_control.controllers.simulated import SimulatedController
from custom_components.miner_control.domain.values import Settling
from tests.integration.bench import Bench

from .yard import GRID, Yard

SURPLUS = {"grid_sensor": GRID, "positive": "import"}


def limit(miner: Bench) -> float:
    """Return what a simulated miner is limited to."""
    return float(miner.state("number", "power_limit").state)


@pytest.mark.normal
async def test_budget_is_shared(yard: Yard) -> None:
    """The first gets all that it can use, the second the rest."""
    one, two = yard.miners
    await yard.set_up(budget=5000, members={"Miner 1": {"priority": 80}})
    await yard.clock.advance(30)
    assert (limit(one), limit(two)) == (3250, 1750)
    assert yard.sensor("available_power") == "5000.0"
    assert yard.sensor("decision") == "within_budget"
    assert yard.share(one)["reason"].startswith("There is enough for 3250 W")
    assert yard.share(two)["key"] == "share"


@pytest.mark.normal
async def test_lower_budget_stops_who_comes_last(yard: Yard) -> None:
    """What is left is too little for the second; more of it starts it again."""
    one, two = yard.miners
    await yard.set_up(budget=5000, members={"Miner 1": {"priority": 80}})
    await yard.clock.advance(30)
    await yard.set_budget(2000)
    await yard.clock.advance_until(lambda: two.status == "idle", 900)
    assert one.status == "on"
    assert yard.share(two)["key"] == "too_little"
    assert ("stop", "too_little") in yard.decided(two)
    await yard.set_budget(6500)
    await yard.clock.advance_until(lambda: two.status == "on", 900)
    assert "start" in [action for action, _ in yard.decided(two)]


async def test_who_restarts_for_its_power_starts_once(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told what to draw before it mines, although it begins to mine by that."""
    settling = Settling(60.0, restarts=True)
    monkeypatch.setattr(SimulatedController, "settling", lambda *_: settling)
    _, two = yard.miners
    await yard.set_up(budget=6500, members={"Miner 1": {"priority": 80}})
    await yard.clock.advance(300)
    await yard.set_budget(2000)
    await yard.clock.advance_until(lambda: two.status == "idle", 900)
    assert limit(two) > 3000
    await yard.set_budget(5000)
    await yard.clock.advance_until(lambda: two.status in ("starting", "on"), 900)
    assert limit(two) < 2000


@pytest.mark.normal
async def test_observing_does_nothing(yard: Yard) -> None:
    """It decides and shows, and tells no miner anything."""
    one, two = yard.miners
    await yard.set_up(mode="observe", budget=1500)
    await yard.clock.advance(120)
    assert (limit(one), limit(two)) == (2600, 2600)
    assert {one.status, two.status} == {"on"}
    assert yard.sensor("decision") == "within_budget"
    actions = {yard.share(miner)["action"] for miner in yard.miners}
    assert actions & {"lower", "stop"}
    assert {event.data["mode"] for event in yard.decisions} == {"observe"}


@pytest.mark.normal
async def test_off_shows_totals_only(yard: Yard) -> None:
    """Nothing is decided, but the miners are counted."""
    await yard.set_up(mode="off", budget=1500)
    await yard.clock.advance(60)
    assert yard.sensor("decision") == "off"
    assert yard.sensor("miners_mining") == "2"
    assert float(yard.sensor("total_power")) > 4000
    assert float(yard.sensor("total_hashrate")) > 100
    assert 20 < float(yard.sensor("efficiency")) < 60
    assert float(yard.sensor("total_energy")) > 0
    assert yard.sensor("available_power") == "unknown"
    assert yard.state("binary_sensor", "over_limit").state == "unknown"


@pytest.mark.normal
async def test_surplus_is_followed(yard: Yard) -> None:
    """What would flow into the grid is used, with the sign that the user told."""
    one, two = yard.miners
    await yard.show(GRID, 0)
    await yard.set_up(mode="surplus", options=SURPLUS)
    # Both draw 6500 W, of which 4000 W are bought.
    for _ in range(30):
        await yard.show(GRID, 4000 - 6500 + yard.drawn())
        await yard.clock.advance(10, 10)
    assert yard.sensor("decision") == "follows_surplus"
    assert {one.status, two.status} == {"on"}
    assert 2300 < yard.drawn() < 2550


@pytest.mark.normal
async def test_meter_in_kilowatts_with_export_as_positive(yard: Yard) -> None:
    """It counts the same as one in W with import as positive."""
    await yard.show(GRID, 3.5, unit_of_measurement="kW")
    await yard.set_up(
        mode="surplus", options={"grid_sensor": GRID, "positive": "export"}
    )
    available = float(yard.sensor("available_power"))
    assert available == pytest.approx(3500 + yard.drawn(), rel=0.01)


@pytest.mark.parametrize(("options", "starts"), [({"most_starts": 1.0}, 1), ({}, 2)])
async def test_starts_of_a_day_are_as_many_as_the_user_set(
    yard: Yard, hass: HomeAssistant, options: dict[str, float], starts: int
) -> None:
    """When they are used up, the next day begins at midnight, also of a longer day."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    yard.clock._freezer.move_to("2040-10-28 06:00:00+00:00")
    _, two = yard.miners
    await yard.show(GRID, -9000)
    await yard.set_up(mode="surplus", options=SURPLUS | options)
    for _ in range(2):
        for grid in (9000, -9000):
            for number in range(25):
                await yard.show(GRID, grid + number)
                await yard.clock.advance(20, 20)
    decided = yard.decided(two)
    assert sum(action == "start" for action, _ in decided) == starts
    if starts == 1:
        share = yard.share(two)
        assert share["key"] == "starts_used"
        assert share["reason"].startswith(
            "There is enough power, but its starts for today are used up (1)."
        )
        assert share["until"] == "2040-10-29T00:00:00+01:00"


async def test_surplus_needs_a_meter(yard: Yard) -> None:
    """The mode is refused, with what to do."""
    await yard.set_up(mode="budget")
    with pytest.raises(ServiceValidationError, match="Surplus needs a grid meter"):
        await yard.select_mode("surplus")
    shown = yard.state("select", "mode")
    assert (shown.state, shown.attributes["refused"]) == ("budget", "surplus")
    assert "no_grid_meter" in yard.issues()
    await yard.select_mode("observe")
    assert "refused" not in yard.state("select", "mode").attributes
    assert "no_grid_meter" not in yard.issues()


async def test_surplus_whose_meter_is_taken_away(
    yard: Yard, hass: HomeAssistant
) -> None:
    """The miners go to their floor, which is told until there is a meter again."""
    await yard.show(GRID, 0)
    options = {"grid_sensor": GRID, "positive": "export"}
    await yard.set_up(mode="surplus", options=options)
    assert "no_grid_meter" not in yard.issues()
    hass.config_entries.async_update_entry(yard.entry, options={})
    await hass.async_block_till_done()
    assert "no_grid_meter" in yard.issues()
    assert yard.sensor("decision") == "sheds"
    hass.config_entries.async_update_entry(yard.entry, options=options)
    await hass.async_block_till_done()
    assert "no_grid_meter" not in yard.issues()


async def test_old_reading_raises_nothing_and_silence_sheds(yard: Yard) -> None:
    """After a minute nobody gets more, after five all go to their floors."""
    one, two = yard.miners
    await yard.show(GRID, -10_000)
    await yard.set_up(mode="surplus", options=SURPLUS)
    await yard.clock.advance(75)
    assert yard.sensor("decision") == "holds"
    assert min(limit(one), limit(two)) > 1200
    await yard.clock.advance(300, 10)
    assert yard.sensor("decision") == "sheds"
    assert (limit(one), limit(two)) == (1200, 1200)
    assert {one.status, two.status} == {"on"}
    # A meter that speaks again, be it to say the same, is heard at once.
    await yard.show(GRID, -10_000)
    await yard.clock.advance(20)
    assert yard.sensor("decision") == "follows_surplus"


async def test_meter_with_the_wrong_sign_is_found_out(yard: Yard) -> None:
    """It cannot be followed, and the user is told."""
    await yard.show(GRID, -9000)
    await yard.set_up(mode="surplus", options=SURPLUS)
    for number in range(30):
        for miner in yard.miners:
            model = miner.controller("Simulation").model  # type: ignore[attr-defined]
            model.load = number % 2
        await yard.clock.advance(10, 10)
        # More is sold, it seems, the more they draw.
        await yard.show(GRID, -9000 - yard.drawn() - number)
        await yard.clock.advance(10, 10)
    assert "grid_sign" in yard.issues()
    assert yard.sensor("decision") == "sheds"


async def test_price_and_window_and_battery(yard: Yard) -> None:
    """Each of them alone forbids to draw anything."""
    await yard.show("sensor.price", 0.4, unit_of_measurement="EUR/kWh")
    await yard.show("sensor.battery", 80, unit_of_measurement="%")
    options = {
        "price_sensor": "sensor.price",
        "price_ceiling": 0.3,
        "battery_sensor": "sensor.battery",
        "battery_floor": 50,
    }
    await yard.set_up(budget=9000, options=options)
    assert yard.sensor("decision") == "tariff_closed"
    await yard.show("sensor.price", 0.2, unit_of_measurement="EUR/kWh")
    await yard.clock.advance(20)
    assert yard.sensor("decision") == "within_budget"
    await yard.show("sensor.battery", 49, unit_of_measurement="%")
    await yard.clock.advance(20)
    assert yard.sensor("decision") == "battery_low"
    # It has to be charged a little more before it counts as charged.
    await yard.show("sensor.battery", 51, unit_of_measurement="%")
    await yard.clock.advance(20)
    assert yard.sensor("decision") == "battery_low"
    await yard.show("sensor.battery", 53, unit_of_measurement="%")
    await yard.clock.advance(20)
    assert yard.sensor("decision") == "within_budget"


async def test_tariff_window(yard: Yard, hass: HomeAssistant) -> None:
    """Outside of it nothing is drawn, and it is told until when."""
    await hass.config.async_set_time_zone("UTC")
    yard.clock._freezer.move_to("2026-06-01 12:00:00+00:00")
    options = {"window_start": "22:00:00", "window_end": "06:00:00"}
    await yard.set_up(budget=9000, options=options)
    assert yard.sensor("decision") == "tariff_closed"
    assert "2026-06-01T22:00" in yard.told_until()
    yard.clock._freezer.move_to("2026-06-01 23:00:00+00:00")
    await yard.clock.advance(20)
    assert yard.sensor("decision") == "within_budget"


@pytest.mark.normal
async def test_own_command_holds_for_its_time(yard: Yard) -> None:
    """Who stops a miner by hand is respected, and told until when."""
    one, two = yard.miners
    await yard.set_up(budget=9000, options={"hold": 10})
    await yard.clock.until_done(one.turn("mining", on=False))
    await yard.clock.advance(60)
    assert one.status == "idle"
    assert yard.share(one)["key"] == "held_off"
    assert yard.share(one)["until"] is not None
    assert two.status == "on"
    await yard.clock.advance_until(lambda: one.status == "on", 900)


@pytest.mark.normal
async def test_own_power_holds(yard: Yard, hass: HomeAssistant) -> None:
    """Who sets the power of a miner by hand is respected, too."""
    one, _ = yard.miners
    await yard.set_up(budget=9000, options={"hold": 10})
    call = hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": one.entity_id("number", "power_limit"), "value": 2000},
        blocking=True,
    )
    await yard.clock.until_done(call)
    await yard.clock.advance(60)
    assert limit(one) == 2000
    assert yard.share(one)["key"] == "held"


@pytest.mark.normal
async def test_circuit_stands_above_a_person(yard: Yard, hass: HomeAssistant) -> None:
    """Its limit holds, whatever anybody told the miner."""
    one, two = yard.miners
    circuit = {
        "limit": 3000,
        "margin": 0,
        "members": [m.entry.entry_id for m in yard.miners],
    }
    await yard.set_up(budget=9000, circuits={"garage": circuit})
    await yard.clock.advance_until(lambda: yard.drawn() < 3000, 600)
    call = hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": one.entity_id("number", "power_limit"), "value": 3250},
        blocking=True,
    )
    task = asyncio.create_task(call)
    await yard.clock.until_done(task)
    await yard.clock.advance(240)
    assert yard.drawn() <= 3050
    assert {yard.share(m)["watts"] for m in (one, two)} != {3250}


async def test_actions(yard: Yard) -> None:
    """A budget can be tried without acting, and set."""
    one, _ = yard.miners
    await yard.set_up(budget=9000)
    answer = await yard.act("try_allocation", power_budget=1300)
    assert answer is not None
    assert answer["decision"] == "within_budget"
    assert answer["available_power"] == 1300
    assert len(answer["members"]) == 2
    assert limit(one) == 3250
    await yard.act("set_power_budget", power_budget=5000)
    assert yard.state("number", "power_budget").state == "5000.0"


async def test_actions_want_a_fleet(yard: Yard, hass: HomeAssistant) -> None:
    """A miner is none, and a fleet is no miner."""
    await yard.set_up(budget=9000)
    with pytest.raises(ServiceValidationError, match="is a miner, not a fleet"):
        await hass.services.async_call(
            "miner_control",
            "set_power_budget",
            {"config_entry_id": yard.miners[0].entry.entry_id, "power_budget": 1},
            blocking=True,
        )
    with pytest.raises(ServiceValidationError, match="is a fleet, not a miner"):
        await hass.services.async_call(
            "miner_control",
            "get_features",
            {"config_entry_id": yard.entry.entry_id},
            blocking=True,
            return_response=True,
        )
