"""A power target, as a person sees it: asked for, proved, kept, and let go."""

from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.simulated import SimulatedController
from custom_components.miner_control.coordinator.power_target import PowerTarget
from custom_components.miner_control.domain.authority import Origin
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.power_target import Means, Reason, Setting
from custom_components.miner_control.domain.values import Settling

from .bench import Bench
from .conftest import SetUp
from .controllers import entities, simulation
from .controlling import Ticker, call, refuse


@pytest.fixture
def ticker(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Ticker:
    """Return what lets time pass."""
    return Ticker(hass, freezer)


@pytest.fixture
async def miner(set_up: SetUp) -> Bench:
    """Return a simulated miner, which has a power limit."""
    return await set_up(simulation())


def target_of(miner: Bench) -> PowerTarget:
    """Return the power target of a miner."""
    return miner.coordinator.power_target


def model(miner: Bench) -> Any:
    """Return the physical model behind a simulation."""
    return cast("SimulatedController", miner.controller("Simulation")).model


async def ask(miner: Bench, ticker: Ticker, watts: float) -> None:
    """Ask for watts as a person does."""
    await ticker.until_done(
        call(miner, "power_target", "number.set_value", value=watts)
    )


async def mine(miner: Bench, ticker: Ticker, seconds: int) -> None:
    """Let time pass for the model, too."""
    for _ in range(0, seconds, 10):
        model(miner).step(10)
        await ticker.tick(10, step=10)


@pytest.mark.normal
async def test_watts_are_asked_for(miner: Bench, ticker: Ticker) -> None:
    """The power limit is set, and what was chosen is shown with its reason."""
    state = miner.state("number", "power_target")
    assert state.state == "unknown"
    shown = state.attributes
    assert (shown["min"], shown["max"], shown["step"]) == (1200, 3250, 10)
    assert (shown["unit_of_measurement"], shown["device_class"]) == ("W", "power")
    await ask(miner, ticker, 1500)
    assert model(miner).limit == 1500
    state = miner.state("number", "power_target")
    assert float(state.state) == 1500
    shown = state.attributes
    assert shown["setting"] == "1500 W"
    assert shown["expected_power"] == 1500
    assert shown["reason"] == "settling"
    assert (shown["provider"], shown["fallback"]) == ("Simulation", False)
    await mine(miner, ticker, 400)
    assert miner.state("number", "power_target").attributes["reason"] == "as_asked"
    learned = miner.state("number", "power_target").attributes["learned_power"]
    assert learned["power_limit:1500"] == pytest.approx(1500, rel=0.02)


@pytest.mark.normal
async def test_what_settings_draw_is_forgotten(miner: Bench, ticker: Ticker) -> None:
    """The button forgets what was learned, and keeps the target."""
    await ask(miner, ticker, 1500)
    await mine(miner, ticker, 400)
    assert target_of(miner).learned.watts
    await ticker.until_done(call(miner, "forget_learned_power", "button.press"))
    assert not target_of(miner).learned.watts
    assert target_of(miner).watts == 1500


@pytest.mark.parametrize(
    ("origin", "steps"), [("person", 2), ("fleet", 1), ("thermostat", 1)]
)
async def test_who_is_corrected_where_that_costs_a_start(
    set_up: SetUp,
    ticker: Ticker,
    monkeypatch: pytest.MonkeyPatch,
    origin: str,
    steps: int,
) -> None:
    """A fleet or a thermostat decides itself whether other watts are worth a start."""
    restarts = Settling(120.0, restarts=True)
    monkeypatch.setattr(SimulatedController, "settling", lambda *_: restarts)
    miner = await set_up(simulation())
    target, offer = target_of(miner), target_of(miner)._offer
    assert offer is not None
    await ticker.until_done(target.async_set(1500, origin=Origin(origin)))
    assert target.starts == 1
    await mine(miner, ticker, 150)
    for _ in range(20):
        # By the meter, it draws more than it was told.
        target.learned.learn(offer, Setting(Means.POWER_LIMIT, 1500.0), 1700.0)
        await mine(miner, ticker, 30)
    assert (target.starts, target.own_starts) == (steps, steps - 1)
    # What it is set to counts as what was asked for, not what it was thought to draw.
    assert target.set_to_draw == target.expected_power


async def test_what_is_out_of_reach(miner: Bench, ticker: Ticker) -> None:
    """A person is told; a fleet gets the lowest, since nobody stops the miner."""
    with pytest.raises(ServiceValidationError):
        await ask(miner, ticker, 100)
    target = target_of(miner)
    await ticker.until_done(target.async_set(100, origin=Origin.FLEET))
    assert target.setting == "1200 W"
    await ticker.tick(150, step=10)
    assert target.reason is Reason.BELOW_FLOOR
    assert model(miner).mining


async def test_a_failure_leaves_the_target_as_it_was(
    miner: Bench, ticker: Ticker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody claims what no device did."""
    await ask(miner, ticker, 2000)
    await mine(miner, ticker, 150)
    refuse(monkeypatch, miner, "Simulation", "set_power_limit")
    with pytest.raises(HomeAssistantError):
        await ask(miner, ticker, 1500)
    state = miner.state("number", "power_target")
    assert float(state.state) == 2000
    assert state.attributes["setting"] == "2000 W"
    assert state.attributes["reason"] == "failed"


async def test_the_next_controller_does_it(
    set_up: SetUp, ticker: Ticker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Means are features: whoever serves them is told."""
    first = simulation("First", bindings={feature: {"priority": 20} for feature in F})
    miner = await set_up(first, simulation())
    refuse(monkeypatch, miner, "First", "set_power_limit")
    await ask(miner, ticker, 1500)
    assert model(miner).limit == 1500
    shown = miner.state("number", "power_target").attributes
    assert (shown["provider"], shown["fallback"]) == ("Simulation", True)


@pytest.mark.normal
async def test_a_miner_that_cannot_be_slowed_down_has_no_target(set_up: SetUp) -> None:
    """A plug alone only starts and stops."""
    miner = await set_up(entities())
    registry = er.async_get(miner.hass)
    for platform, key in (
        ("number", "power_target"),
        ("button", "forget_learned_power"),
    ):
        unique_id = f"{miner.entry.entry_id}_{key}"
        assert registry.async_get_entity_id(platform, DOMAIN, unique_id) is None
    assert target_of(miner).reach is None
    with pytest.raises(HomeAssistantError) as err:
        await target_of(miner).async_set(1000, origin=Origin.FLEET)
    assert err.value.translation_key == "no_power_target"


async def test_mining_for_a_share_of_the_time(
    hass: HomeAssistant, ticker: Ticker
) -> None:
    """Below the lowest setting it mines and rests in turn, if that is allowed."""
    options = {
        "power_target_duty": True,
        "duty_minimum_on": 600,
        "duty_minimum_off": 300,
    }
    miner = Bench(hass, simulation(), options=options)
    await miner.set_up()
    assert miner.state("number", "power_target").attributes["min"] == 0
    await ask(miner, ticker, 600)
    target, mined, changes = target_of(miner), 0, 0
    was_mining = True
    for _ in range(720):
        await ticker.tick(10, step=10)
        mined += model(miner).mining
        changes += model(miner).mining is not was_mining
        was_mining = model(miner).mining
    assert 0.4 < mined / 720 < 0.65
    assert 6 <= changes <= 14
    assert target.starts >= 2
    assert target.reason in (Reason.DUTY_ON, Reason.DUTY_OFF)
    # More than the lowest setting ends it, and the miner mines all the time.
    await ask(miner, ticker, 2000)
    await ticker.tick(200, step=10)
    assert model(miner).mining
    assert model(miner).limit == 2000
    await ticker.tick(3600, step=60)
    assert model(miner).mining


async def test_whoever_starts_a_resting_miner_ends_its_turns(
    hass: HomeAssistant, ticker: Ticker
) -> None:
    """A person's switch has the last word."""
    options = {
        "power_target_duty": True,
        "duty_minimum_on": 300,
        "duty_minimum_off": 900,
    }
    miner = Bench(hass, simulation(), options=options)
    await miner.set_up()
    await ask(miner, ticker, 300)
    target = target_of(miner)
    for _ in range(120):
        await ticker.tick(10, step=10)
        if not model(miner).mining:
            break
    assert target.report["reason"] == "duty_off"
    await ticker.until_done(call(miner, "mining", "switch.turn_on"))
    await ticker.tick(60, step=10)
    assert target.report["watts"] is None
    assert target.report["reason"] == "changed_elsewhere"
    await ticker.tick(1200, step=60)
    assert model(miner).mining


@pytest.mark.normal
async def test_it_has_settled_as_soon_as_it_draws_that(
    miner: Bench, ticker: Ticker
) -> None:
    """A meter that shows the new power ends the time that a step may take."""
    target = target_of(miner)
    await mine(miner, ticker, 120)
    await ask(miner, ticker, 1500)
    settled: list[bool] = []
    while not any(settled):
        settled.append(target.is_settled)
        await mine(miner, ticker, 10)
    assert 1 < len(settled) < Settling().seconds / 10
    assert miner.state("number", "power_target").attributes["reason"] == "as_asked"
