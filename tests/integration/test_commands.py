"""Start, stop and power of a miner: ordered steps, each of them proved."""

import asyncio
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.miner_control.const import DOMAIN
from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerUnreachableError,
    OutOfRangeError,
)
from custom_components.miner_control.domain.authority import Origin
from custom_components.miner_control.domain.features import MinerFeatureType as F
from custom_components.miner_control.domain.ports import FeaturePort
from custom_components.miner_control.domain.values import HashRate
from custom_components.miner_control.names import async_load_names

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    PLUG_SWITCH,
    STOPPED,
    WARMING_UP,
    Network,
    entities,
    network,
    simulation,
)

OTHER_HOST = "192.0.2.20"


@pytest.fixture
async def miner(set_up: SetUp, plug: Plug, devices: Network) -> Bench:
    """Return a miner that hangs on a smart plug, and hashes."""
    return await set_up(network(), entities())


@pytest.fixture
async def pair(set_up: SetUp, devices: Network) -> Bench:
    """Return a miner that two controllers can command."""
    return await set_up(
        network("First", HOST),
        network(
            "Second",
            OTHER_HOST,
            mac=None,
            bindings={F.MINING_CONTROL: {"priority": 20}},
        ),
    )


def states(bench: Bench, entity_id: str) -> list[str]:
    """Return a list that gets every state that an entity takes from now on."""
    seen: list[str] = []

    @callback
    def note(event: Any) -> None:
        if event.data["entity_id"] == entity_id and event.data["new_state"]:
            state = event.data["new_state"].state
            if seen[-1:] != [state]:
                seen.append(state)

    bench.hass.bus.async_listen("state_changed", note)
    return seen


@pytest.mark.normal
async def test_mining_is_stopped_and_started(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """The device is told once, and what it does is shown on the way."""
    seen = states(miner, miner.entity_id("sensor", "status"))
    await clock.until_done(miner.turn("mining", on=False))
    assert devices[HOST].commands == ["stop"]
    assert miner.status == "idle"
    assert miner.switch("mining").state == "off"
    assert miner.switch("power").state == "on"
    await clock.until_done(miner.turn("mining", on=True))
    assert devices[HOST].commands == ["stop", "start"]
    assert miner.status == "on"
    assert miner.switch("mining").state == "on"
    assert seen == ["stopping", "idle", "starting", "on"]


@pytest.mark.normal
async def test_start_of_a_miner_that_mines_does_nothing(
    miner: Bench, devices: Network
) -> None:
    """Not even the status moves; but nothing stale decides that."""
    seen = states(miner, miner.entity_id("sensor", "status"))
    await miner.turn("mining", on=True)
    assert devices[HOST].commands == []
    assert seen == []


@pytest.mark.normal
async def test_start_is_given_to_a_miner_that_was_stopped_a_moment_ago(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """Somebody used its own page since it was asked last."""
    devices[HOST].answer = STOPPED
    await clock.until_done(miner.turn("mining", on=True))
    assert devices[HOST].commands == ["start"]
    assert miner.status == "on"


@pytest.mark.normal
async def test_miner_that_was_started_may_take_its_time_to_hash(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """It took the command: it is starting until it hashes."""
    await clock.until_done(miner.turn("mining", on=False))
    devices[HOST].after_start = WARMING_UP
    await clock.until_done(miner.turn("mining", on=True))
    assert miner.status == "starting"
    assert miner.switch("mining").state == "on"
    await clock.advance(200)
    assert miner.status == "starting"
    devices[HOST].answer = HASHING
    await clock.advance(6)
    assert miner.status == "on"


async def test_command_goes_to_the_next_provider_when_the_first_refuses(
    pair: Bench, devices: Network, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure counts against the first one, for this feature alone."""
    devices[HOST].refuses = CommandRefusedError("not today")
    await clock.until_done(pair.turn("mining", on=False))
    assert devices[HOST].commands == []
    assert devices[OTHER_HOST].commands == ["stop"]
    assert pair.served("mining", "switch")[1:] == ("Second", True)
    assert pair.served("hashrate")[1:] == ("First", False)
    assert pair.degraded.attributes["features"] == {"mining_control": "Second"}
    assert "First did not carry out mining_control: not today" in caplog.text


async def test_failed_provider_of_commands_takes_back_after_half_a_minute(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """It is healthy as far as anybody can tell, and gets its chance again."""
    devices[HOST].refuses = CommandRefusedError("not today")
    await clock.until_done(pair.turn("mining", on=False))
    devices[HOST].refuses = None
    await clock.advance(20)
    assert pair.served("mining", "switch")[1:] == ("Second", True)
    await clock.advance(15)
    assert pair.served("mining", "switch")[1:] == ("First", False)


async def test_command_without_effect_is_a_failed_one(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """A device that only says that it stopped is read back until nobody waits."""
    devices[HOST].obeys = False
    await clock.until_done(pair.turn("mining", on=False))
    assert devices[HOST].commands == ["stop"]
    assert devices[OTHER_HOST].commands == ["stop"]


async def test_command_that_nobody_carries_out_fails_in_plain_words(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """The user is told what the last one said."""
    devices[HOST].refuses = CommandRefusedError("not today")
    devices[OTHER_HOST].refuses = ControllerUnreachableError("nobody there")
    with pytest.raises(HomeAssistantError) as caught:
        await clock.until_done(pair.turn("mining", on=False))
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == "command_failed"
    assert caught.value.translation_placeholders == {
        "feature": "Start and stop mining",
        "reason": "Second does not answer. Check that it has power and is "
        "connected to the network",
    }


async def test_value_out_of_range_is_nobodys_failure(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """The next one is not asked, for it may know no limits."""
    devices[HOST].refuses = OutOfRangeError(9000, 400, 625, "MHz")
    with pytest.raises(ServiceValidationError) as caught:
        await clock.until_done(pair.turn("mining", on=False))
    assert caught.value.translation_key == "value_out_of_range"
    assert (caught.value.translation_placeholders or {})["maximum"] == "625"
    assert devices[OTHER_HOST].commands == []
    assert pair.degraded.state == "off"


async def test_reason_is_told_in_the_language_of_home_assistant(
    pair: Bench, devices: Network, clock: Clock
) -> None:
    """No English is left in a message; what the device said is in the log."""
    pair.hass.config.language = "de"
    await async_load_names(pair.hass)
    devices[HOST].refuses = ControllerUnreachableError("nobody there")
    devices[OTHER_HOST].refuses = CommandRefusedError("not today")
    with pytest.raises(HomeAssistantError) as caught:
        await clock.until_done(pair.turn("mining", on=False))
    assert caught.value.translation_placeholders == {
        "feature": "Mining starten und stoppen",
        "reason": "Second hat den Befehl abgelehnt",
    }
    assert pair.status == "on"


@pytest.mark.parametrize(
    ("feature", "name"),
    [("power", "Switch the power"), ("mining", "Start and stop mining")],
)
async def test_command_without_provider_fails_in_plain_words(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, feature: str, name: str
) -> None:
    """All that could do it went away a moment ago."""
    devices[HOST].answer = GONE
    await plug.fall_silent()
    await clock.advance(30)
    operations = miner.runtime.operations
    command = (
        operations.turn_power_off if feature == "power" else operations.stop_mining
    )
    with pytest.raises(HomeAssistantError) as caught:
        await clock.until_done(command())
    assert caught.value.translation_key == "no_provider"
    assert caught.value.translation_placeholders
    assert caught.value.translation_placeholders["feature"] == name


@pytest.mark.normal
async def test_power_is_cut_only_after_mining_stopped_and_watts_fell(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """No plug should break 3 kW."""
    power_off = asyncio.create_task(miner.turn("power", on=False))
    await clock.advance(10)
    assert devices[HOST].commands == ["stop"]
    assert miner.status == "stopping"
    assert plug.is_on()
    await plug.measure(1601)
    await clock.advance(10)
    assert plug.is_on()
    await plug.measure(1599)
    await clock.until_done(power_off)
    assert not plug.is_on()
    await plug.measure(0)
    assert miner.status == "off"
    assert miner.switch("power").state == "off"


@pytest.mark.normal
async def test_power_is_cut_when_watts_do_not_fall_in_time(
    miner: Bench, plug: Plug, clock: Clock
) -> None:
    """A meter that is stuck must not keep a miner on."""
    power_off = asyncio.create_task(miner.turn("power", on=False))
    await clock.advance(58)
    assert plug.is_on()
    await clock.advance(10)
    await clock.until_done(power_off)
    assert not plug.is_on()


@pytest.mark.normal
async def test_time_for_watts_to_fall_can_be_set(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Some machines cool down before they rest."""
    miner = await set_up(network(), entities(), options={"power_off_timeout": 300})
    power_off = asyncio.create_task(miner.turn("power", on=False))
    await clock.advance(290)
    assert plug.is_on()
    await clock.until_done(power_off)
    assert not plug.is_on()


@pytest.mark.normal
async def test_power_is_cut_at_once_where_nothing_mines_or_nobody_measures(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """There is nothing to wait for."""
    chosen = {F.POWER_CONTROL: PLUG_SWITCH}
    bindings = {F.POWER_MONITORING: {"enabled": False}}
    miner = await set_up(network(bindings=bindings), entities(chosen=chosen))
    await clock.until_done(miner.turn("power", on=False), limit=5)
    assert devices[HOST].commands == ["stop"]
    assert not plug.is_on()


@pytest.mark.normal
async def test_power_of_a_small_miner_is_cut_as_soon_as_it_stopped(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """No plug suffers from so little, so that nothing has to fall."""
    await plug.measure(18)
    await clock.until_done(miner.turn("power", on=False), limit=5)
    assert devices[HOST].commands == ["stop"]
    assert not plug.is_on()


@pytest.mark.normal
async def test_stopped_miner_is_not_stopped_again_before_the_cut(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Its watts are low already."""
    devices[HOST].answer = STOPPED
    await clock.advance(30)
    await clock.until_done(miner.turn("power", on=False), limit=5)
    assert devices[HOST].commands == []
    assert not plug.is_on()


async def test_power_is_cut_although_the_miner_does_not_stop(
    miner: Bench,
    plug: Plug,
    devices: Network,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Off means off; the log says that it was not graceful."""
    devices[HOST].refuses = CommandRefusedError("not today")
    await clock.until_done(miner.turn("power", on=False))
    assert not plug.is_on()
    assert "although mining could not be stopped" in caplog.text


@pytest.mark.normal
async def test_power_of_a_plug_alone_is_switched(
    set_up: SetUp, plug: Plug, clock: Clock
) -> None:
    """There is nothing to stop before."""
    miner = await set_up(entities())
    await clock.until_done(miner.turn("power", on=False), limit=5)
    assert not plug.is_on()
    await clock.until_done(miner.turn("power", on=True), limit=5)
    assert plug.is_on()
    assert miner.switch("power").state == "on"


async def test_cut_that_fails_is_told(
    hass: HomeAssistant, miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Mining has stopped, but the power is on: the user learns both."""
    hass.services.async_remove("input_boolean", "turn_off")
    with pytest.raises(HomeAssistantError) as caught:
        await clock.until_done(miner.turn("power", on=False))
    assert caught.value.translation_key == "command_failed"
    assert plug.is_on()
    assert miner.status == "idle"
    assert miner.switch("power").state == "on"


async def test_plug_without_effect_has_failed(
    hass: HomeAssistant, set_up: SetUp, clock: Clock
) -> None:
    """A relay that sticks is found out by reading it back."""
    calls: list[str] = []
    hass.states.async_set(PLUG_SWITCH, "on")
    hass.services.async_register(
        "input_boolean", "turn_off", lambda _: calls.append("off")
    )
    miner = await set_up(entities(chosen={F.POWER_CONTROL: PLUG_SWITCH}))
    with pytest.raises(HomeAssistantError, match="but nothing changed"):
        await clock.until_done(miner.runtime.operations.turn_power_off())
    assert calls == ["off"]
    assert miner.switch("power").state == "on"


@pytest.mark.normal
async def test_start_gives_power_first(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """A miner that mines by itself is not told to."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    await plug.measure(0)
    seen = states(miner, miner.entity_id("sensor", "status"))
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(60)
    assert plug.is_on()
    assert not start.done()
    assert miner.switch("mining").state == "on"
    devices[HOST].answer = WARMING_UP
    await clock.until_done(start, limit=10)
    assert devices[HOST].commands == []
    assert miner.status == "starting"
    devices[HOST].answer = HASHING
    await clock.advance(6)
    assert seen == ["starting", "on"]


@pytest.mark.normal
async def test_start_resumes_a_miner_that_rests_after_it_got_power(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Some keep their stop through a loss of power."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(30)
    devices[HOST].answer = STOPPED
    await clock.until_done(start, limit=20)
    assert devices[HOST].commands == ["start"]
    assert miner.status == "on"


@pytest.mark.normal
async def test_start_waits_for_a_miner_that_boots_already(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """Somebody gave it power at the plug itself; the switch works all the same."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    await plug.switch(on=True)
    assert miner.switch("mining").state == "on"
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(30)
    assert not start.done()
    devices[HOST].answer = STOPPED
    await clock.until_done(start, limit=20)
    assert devices[HOST].commands == ["start"]
    assert miner.status == "on"


async def test_start_of_a_miner_that_never_answers_fails_after_the_boot_grace(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """The power stays on, and the user is told."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(295)
    assert miner.status == "starting"
    with pytest.raises(HomeAssistantError) as caught:
        await clock.until_done(start, limit=20)
    assert caught.value.translation_key == "no_answer_after_power_on"
    assert plug.is_on()
    assert miner.status == "error"


async def test_start_without_power_control_fails(
    hass: HomeAssistant, miner: Bench, plug: Plug, clock: Clock
) -> None:
    """Known to be off by its meter, but nobody can reach the plug."""
    await plug.switch(on=False)
    await plug.measure(0)
    await plug.lose_switch()
    with pytest.raises(HomeAssistantError) as caught:
        await clock.until_done(miner.turn("mining", on=True))
    assert caught.value.translation_key == "no_provider"
    assert miner.status == "off"


@pytest.mark.normal
@pytest.mark.parametrize("command", ["mining", "power"])
async def test_nothing_is_done_to_a_dark_miner_to_stop_it(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, command: str
) -> None:
    """It is off."""
    await plug.switch(on=False)
    seen = states(miner, miner.entity_id("sensor", "status"))
    await clock.until_done(miner.turn(command, on=False), limit=2)
    assert devices[HOST].commands == []
    assert seen == []


@pytest.mark.normal
async def test_power_on_shows_that_the_miner_starts(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """From the command on, whatever the plug takes."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    seen = states(miner, miner.entity_id("sensor", "status"))
    await clock.until_done(miner.turn("power", on=True), limit=5)
    assert seen == ["starting"]
    devices[HOST].answer = HASHING
    await clock.advance(6)
    assert seen == ["starting", "on"]


@pytest.mark.normal
async def test_a_start_after_a_step_is_shown_once(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A miner that waits whether its new power lets it mine does not seem to rest."""
    devices[HOST].answer = STOPPED
    miner = await set_up(network())
    assert miner.status == "idle"
    seen = states(miner, miner.entity_id("sensor", "status"))
    start = miner.runtime.operations.start_mining(
        origin=Origin.THERMOSTAT, has_stepped=True
    )
    await clock.until_done(start, limit=60)
    assert devices[HOST].commands == ["start"]
    assert seen == ["starting", "on"]


@pytest.mark.normal
async def test_power_on_of_a_powered_miner_shows_nothing_new(
    miner: Bench, plug: Plug, clock: Clock
) -> None:
    """The plug is told again, since it may not have told of a change."""
    seen = states(miner, miner.entity_id("sensor", "status"))
    await clock.until_done(miner.turn("power", on=True), limit=5)
    assert seen == []


@pytest.mark.parametrize("allowed", [True, False])
async def test_power_stands_in_where_nobody_stops_the_miner_if_that_is_allowed(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock, *, allowed: bool
) -> None:
    """The user decides whether a stop may be that hard."""
    devices[HOST].refuses = CommandRefusedError("not today")
    miner = await set_up(network(), entities(), options={"power_stands_in": allowed})
    stop = clock.until_done(miner.turn("mining", on=False))
    if allowed:
        await stop
        assert miner.status == "off"
    else:
        with pytest.raises(HomeAssistantError):
            await stop
        assert miner.status == "on"
    assert plug.is_on() is not allowed


@pytest.mark.normal
async def test_commands_are_carried_out_one_at_a_time(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """The second waits for the first, and then sees what that left."""
    devices[HOST].delays = 20
    stop = asyncio.create_task(miner.turn("mining", on=False))
    await clock.advance(2)
    start = asyncio.create_task(miner.turn("mining", on=True))
    await clock.advance(2)
    assert devices[HOST].commands == ["stop"]
    assert miner.status == "stopping"
    await clock.until_done(stop)
    assert devices[HOST].commands[:1] == ["stop"]
    await clock.until_done(start)
    assert devices[HOST].commands == ["stop", "start"]
    assert miner.status == "on"


@pytest.mark.normal
async def test_stop_that_follows_a_start_from_the_dark_is_not_lost(
    miner: Bench, plug: Plug, devices: Network, clock: Clock
) -> None:
    """It was off when the stop was given, but would not have stayed so."""
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    start = asyncio.create_task(miner.runtime.operations.start_mining())
    stop = asyncio.create_task(miner.runtime.operations.stop_mining())
    await clock.advance(10)
    devices[HOST].answer = HASHING
    await clock.until_done(start)
    await clock.until_done(stop)
    assert devices[HOST].commands == ["stop"]
    assert miner.status == "idle"


@pytest.mark.parametrize(
    "stage", ["waiting for watts", "waiting for an answer", "waiting for proof"]
)
@pytest.mark.parametrize("end", ["unload", "cancel"])
async def test_command_that_is_cut_short_leaves_nothing_behind(
    miner: Bench, plug: Plug, devices: Network, clock: Clock, stage: str, end: str
) -> None:
    """Neither a task nor a timer, nor a lock that nobody opens again."""
    command = await begin(stage, miner, plug, devices)
    await clock.advance(5)
    assert not command.done()
    if end == "unload":
        await miner.unload()
        with pytest.raises(HomeAssistantError) as caught:
            await command
        assert caught.value.translation_key == "command_failed"
        return
    command.cancel()
    with pytest.raises(asyncio.CancelledError):
        await command
    assert miner.status != "stopping"
    devices[HOST].obeys = True
    devices[HOST].answer = HASHING
    await plug.switch(on=True)
    await clock.advance(35)
    assert miner.status == "on"
    await clock.until_done(miner.turn("mining", on=False))
    assert miner.status == "idle"


async def begin(
    stage: str, miner: Bench, plug: Plug, devices: Network
) -> asyncio.Task[None]:
    """Begin a command that gets stuck at a stage."""
    operations = miner.runtime.operations
    if stage == "waiting for watts":
        return asyncio.create_task(operations.turn_power_off())
    if stage == "waiting for proof":
        devices[HOST].obeys = False
        return asyncio.create_task(operations.stop_mining())
    devices[HOST].answer = GONE
    await plug.switch(on=False)
    return asyncio.create_task(operations.start_mining())


async def test_command_that_waits_for_its_turn_can_be_cut_short(
    miner: Bench, devices: Network, clock: Clock
) -> None:
    """The one before it goes on."""
    first = asyncio.create_task(miner.runtime.operations.turn_power_off())
    await clock.advance(2)
    second = asyncio.create_task(miner.runtime.operations.start_mining())
    await clock.advance(2)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert not first.done()
    await clock.until_done(first)
    assert devices[HOST].commands == ["stop"]


@pytest.mark.normal
async def test_simulation_can_be_commanded_in_every_way(
    set_up: SetUp, clock: Clock
) -> None:
    """It switches its own power, and is read while that is off."""
    miner = await set_up(simulation())
    await clock.until_done(miner.turn("mining", on=False))
    assert miner.status == "idle"
    assert miner.switch("mining").state == "off"
    assert miner.switch("power").state == "on"
    await clock.until_done(miner.turn("power", on=False))
    assert miner.switch("power").state == "off"
    assert miner.served("power") == ("0.0", "Simulation", False)
    assert miner.connectivity("Simulation").state == "on"
    await clock.until_done(miner.turn("mining", on=True))
    await clock.advance(60)
    assert miner.status == "on"
    assert miner.switch("power").state == "on"
    assert float(miner.sensor("hashrate").state) > 0


@pytest.mark.normal
async def test_mining_can_be_switched_by_an_entity(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Another integration's switch does it, and its state proves it."""
    config = {"input_boolean": {"hash": {"initial": True}}}
    assert await async_setup_component(hass, "input_boolean", config)
    miner = await set_up(entities("Other", {F.MINING_CONTROL: "input_boolean.hash"}))
    assert miner.served("mining", "switch") == ("on", "Other", False)
    await clock.until_done(miner.turn("mining", on=False), limit=5)
    assert hass.states.is_state("input_boolean.hash", "off")
    assert miner.switch("mining").state == "off"
    await clock.until_done(miner.turn("mining", on=True), limit=5)
    assert hass.states.is_state("input_boolean.hash", "on")


@pytest.mark.normal
@pytest.mark.parametrize("is_told_now", [False, True])
async def test_start_is_skipped_only_on_news(
    hass: HomeAssistant, set_up: SetUp, clock: Clock, *, is_told_now: bool
) -> None:
    """What a linked switch shows may be from long ago, and not be so any more."""

    def show() -> None:
        hass.states.async_set("switch.asic", "on")

    show()
    chosen = {F.MINING_CONTROL: "switch.asic"}
    miner = await set_up(entities("Other integration", chosen))
    coordinator = miner.coordinator
    calls = async_mock_service(hass, "switch", "turn_on")
    if is_told_now:
        refresh = coordinator.async_refresh_provider

        async def ask_first(port: FeaturePort) -> None:
            show()
            await refresh(port)

        coordinator.async_refresh_provider = ask_first  # type: ignore[method-assign]
    await clock.advance(1)
    await miner.runtime.operations.start_mining()
    assert bool(calls) is not is_told_now


@pytest.mark.normal
async def test_start_that_is_left_out_ends_what_was_told_before(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """It was stopped before a restart of Home Assistant, and let mine by its power."""
    miner = await set_up(network())
    await clock.until_done(miner.turn("mining", on=False))
    await miner.unload()
    devices[HOST].answer = HASHING
    await hass.config_entries.async_setup(miner.entry.entry_id)
    await miner.settle()
    await miner.turn("mining", on=True)
    assert devices[HOST].commands == ["stop"]
    devices[HOST].answer = replace(HASHING, status=None, hashrate=HashRate(0))
    await clock.advance(40)
    assert miner.status in ("starting", "error")
