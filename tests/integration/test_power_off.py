"""A miner without power: known to be off, left alone, and started again."""

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.miner_control.domain.features import MinerFeatureType as F

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    PLUG,
    PLUG_SWITCH,
    WARMING_UP,
    Network,
    entities,
    network,
)

DAY = 86_400


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner that hangs on a smart plug."""
    return await set_up(network(), entities())


@pytest.fixture
async def dark(miner: Bench, plug: Plug, devices: Network) -> Bench:
    """Return a miner whose plug was just turned off."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    await plug.measure(0)
    return miner


@pytest.mark.normal
async def test_plug_that_is_off_is_known_to_mean_off(dark: Bench) -> None:
    """Off, nothing hashed and nothing drawn are known; the rest is not."""
    assert dark.served("status") == ("off", "Smart plug", False)
    assert dark.served("hashrate") == ("0", "Smart plug", False)
    assert dark.served("power") == ("0.0", "Smart plug", False)
    assert dark.sensor("chip_temperature").state == "unavailable"
    assert dark.switch("power").state == "off"
    assert dark.switch("mining").state == "off"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("measured", "shown"), [(0.4, "0.4"), (7, "7.0"), ("unknown", "0"), (-1, "0")]
)
async def test_power_of_a_dark_miner_is_what_the_meter_says(
    dark: Bench, plug: Plug, measured: object, shown: str
) -> None:
    """A plug itself may draw a little; where no meter tells, it is nothing."""
    await plug.measure(measured)
    assert dark.sensor("power").state == shown
    assert dark.status == "off"


@pytest.mark.normal
@pytest.mark.parametrize("has_counter", [False, True])
async def test_meter_that_stands_still_is_not_believed(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    clock: Clock,
    *,
    has_counter: bool,
) -> None:
    """Nothing is drawn, nor counted, although the meter never says so."""
    chosen = dict(PLUG)
    if has_counter:
        hass.states.async_set("sensor.kwh", "500", {"unit_of_measurement": "kWh"})
        chosen[F.ENERGY_MONITORING] = "sensor.kwh"
    miner = await set_up(network(), entities(chosen=chosen))
    await clock.advance(600)
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    before = float(miner.sensor("energy").state)
    assert miner.served("power") == ("0", "Smart plug", False)
    for hour in range(24):
        await clock.advance(3600, step=600)
        if has_counter:
            hass.states.async_set(
                "sensor.kwh", str(500 + 3 * hour), {"unit_of_measurement": "kWh"}
            )
    assert float(miner.sensor("energy").state) == before
    assert miner.served("power") == ("0", "Smart plug", False)
    assert miner.status == "off"
    assert miner.degraded.state == "off"
    await plug.measure(4)
    assert miner.served("power") == ("4.0", "Smart plug", False)
    await plug.measure(3200)
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    devices[HOST].answer = HASHING
    await plug.switch(on=True)
    await clock.advance(120)
    assert miner.status == "on"
    grown = float(miner.sensor("energy").state) - before
    assert grown == (0 if has_counter else pytest.approx(3200 * 120 / 3.6e6, rel=0.1))


@pytest.mark.normal
async def test_power_of_a_dark_miner_without_meter_is_nothing(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """A plug that only switches knows all the same."""
    miner = await set_up(network(), entities(chosen={F.POWER_CONTROL: PLUG_SWITCH}))
    await plug.switch(on=False)
    assert miner.served("power") == ("0", "Smart plug", False)


@pytest.mark.normal
async def test_dark_miner_is_not_asked_and_nothing_is_logged(
    dark: Bench, devices: Network, clock: Clock
) -> None:
    """A day in the dark costs not one request."""
    before = devices[HOST].reads
    await clock.advance(DAY, step=600)
    assert devices[HOST].reads == before
    assert dark.status == "off"
    assert dark.connectivity("S19").state == "off"


@pytest.mark.normal
async def test_answer_that_comes_after_the_cut_does_not_count(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """A poll on its way while the plug goes off brings nothing to life."""
    await clock.advance(20)
    devices[HOST].hang()
    await clock.advance(15)
    await plug.switch_now(on=False)
    devices[HOST].answer_again()
    await miner.settle()
    assert miner.status == "off"
    assert miner.served("hashrate") == ("0", "Smart plug", False)
    assert miner.connectivity("S19").state == "off"


@pytest.mark.normal
async def test_answer_from_before_a_cut_does_not_count_after_it(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """The power was off for a moment only, and a poll was longer on its way."""
    await clock.advance(20)
    devices[HOST].hang()
    await clock.advance(15)
    await plug.switch(on=False)
    await plug.switch(on=True)
    devices[HOST].next_answer = GONE
    devices[HOST].answer_again()
    await clock.advance(1)
    assert miner.status == "starting"
    assert miner.sensor("hashrate").state == "unavailable"
    assert miner.connectivity("S19").state == "off"
    devices[HOST].answer = HASHING
    await clock.advance(6)
    assert miner.status == "on"


@pytest.mark.normal
async def test_miner_that_gets_power_starts_and_runs(
    dark: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """First it boots, then it answers, then it hashes."""
    await clock.advance(3600, step=600)
    await plug.switch(on=True)
    await plug.measure(15)
    assert dark.status == "starting"
    assert dark.sensor("hashrate").state == "unavailable"
    await clock.advance(60)
    devices[HOST].answer = WARMING_UP
    await clock.advance(6)
    assert dark.status == "starting"
    assert dark.served("hashrate") == ("0.0", "S19", False)
    await clock.advance(60)
    devices[HOST].answer = HASHING
    await clock.advance(6)
    assert dark.status == "on"
    assert dark.served("hashrate") == ("100.0", "S19", False)
    assert dark.degraded.state == "off"


@pytest.mark.parametrize("answer", [GONE, WARMING_UP], ids=["silent", "idle"])
async def test_miner_that_does_not_start_in_time_has_failed(
    dark: Bench, plug: Plug, devices: Network, clock: Clock, answer: object
) -> None:
    """Five minutes are enough for every miner."""
    await plug.switch(on=True)
    await plug.measure(15)
    devices[HOST].answer = answer  # type: ignore[assignment]
    await clock.advance(295)
    assert dark.status == "starting"
    await clock.advance(10)
    assert dark.status == "error"
    devices[HOST].answer = HASHING
    await clock.advance(300)
    assert dark.status == "on"


async def test_time_to_start_can_be_set(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """A large machine may take longer than others."""
    devices[HOST].answer = WARMING_UP
    miner = await set_up(network(), entities(), options={"boot_grace": 900})
    await clock.advance(890)
    assert miner.status == "starting"
    await clock.advance(20)
    assert miner.status == "error"


@pytest.mark.normal
async def test_plug_that_is_off_at_the_start_means_off_at_once(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Home Assistant starts while the miner rests: it is not even asked once."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    miner = await set_up(network(), entities())
    await clock.advance(600)
    assert miner.status == "off"
    assert devices[HOST].reads == 0


async def test_meter_tells_that_it_is_still_off_when_the_plug_falls_silent(
    dark: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Below standby after a switch-off is as good as a switch that is off."""
    await plug.lose_switch()
    await plug.measure(0.5)
    before = devices[HOST].reads
    await clock.advance(600)
    assert dark.status == "off"
    assert dark.sensor("hashrate").state == "0"
    assert dark.sensor("power").state == "0.5"
    assert devices[HOST].reads == before


async def test_meter_tells_that_it_is_on_when_the_plug_is_silent(
    dark: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Somebody pressed the button of a plug that Home Assistant cannot reach."""
    await plug.lose_switch()
    devices[HOST].answer = HASHING
    await plug.measure(3000)
    await clock.advance(10)
    assert dark.status == "on"


@pytest.mark.parametrize(
    ("standby", "watts", "status"),
    [(None, 1.9, "off"), (None, 2.1, "on"), (8, 7.9, "off")],
)
async def test_standby_threshold_decides(
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    standby: float | None,
    watts: float,
    status: str,
    clock: Clock,
) -> None:
    """What a device in standby draws may be set."""
    options = {} if standby is None else {"standby_power": standby}
    miner = await set_up(network(), entities(), options=options)
    await plug.switch(on=False)
    await plug.measure(watts)
    await plug.lose_switch()
    await clock.advance(10)
    assert miner.status == status


async def test_low_power_without_a_switch_off_is_not_off(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """A meter at zero while the device hashes is a broken meter."""
    await plug.measure(0)
    await clock.advance(30)
    assert miner.status == "on"
    assert miner.sensor("hashrate").state == "100.0"


async def test_nothing_is_known_of_a_dark_miner_whose_plug_is_gone(
    dark: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Neither switch nor meter: it may be on again, so it is asked again."""
    before = devices[HOST].reads
    await plug.fall_silent()
    await clock.advance(10)
    assert devices[HOST].reads > before
    assert dark.sensor("hashrate").state == "unavailable"
    assert dark.sensor("power").state == "unavailable"
    assert dark.status == "unavailable"
    assert dark.switch("power").state == "unavailable"


async def test_failures_of_before_are_forgotten_in_the_dark(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """After a start the best binding serves at once, whatever was before."""
    devices[HOST].answer = GONE
    await clock.advance(30)
    await plug.switch(on=False)
    devices[HOST].answer = HASHING
    await plug.switch(on=True)
    await clock.advance(1)
    assert miner.served("hashrate") == ("100.0", "S19", False)
    assert miner.degraded.state == "off"


@pytest.mark.normal
async def test_dark_miner_is_not_asked_on_request_either(
    hass: HomeAssistant, dark: Bench, devices: Network
) -> None:
    """Whoever asks for news of it gets what is known."""
    assert await async_setup_component(hass, "homeassistant", {})
    before = devices[HOST].reads
    asked = [dark.connectivity("S19").entity_id, dark.entity_id("sensor", "hashrate")]
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": asked}, blocking=True
    )
    assert devices[HOST].reads == before
    assert dark.status == "off"
