"""What a miner is shown to do, told from all that is known."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import math
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.miner_control.domain.features import (
    MinerFeatureType as F,
    MinerStatus,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    HashRate,
    OperationalData,
    Power,
)

from .bench import Bench, Clock
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    NETWORK_FEATURES,
    PLUG_POWER,
    PLUG_SWITCH,
    STOPPED,
    WARMING_UP,
    Network,
    entities,
    network,
)

NOTHING = Snapshot(chip_temperature=HASHING.chip_temperature)


def answer(
    hashrate: float | None = None, status: MinerStatus | None = None
) -> Snapshot:
    """Return what a device says of its work."""
    rate = None if hashrate is None else HashRate(hashrate)
    return Snapshot(hashrate=rate, status=status, power=Power(60))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (answer(100, MinerStatus.ON), "on"),
        (answer(100), "on"),
        (answer(0.5, MinerStatus.IDLE), "idle"),
        (answer(0.5, MinerStatus.STOPPING), "stopping"),
        (answer(0, MinerStatus.IDLE), "idle"),
        (answer(0, MinerStatus.OFF), "idle"),
        (answer(0, MinerStatus.ON), "starting"),
        (answer(0, MinerStatus.STARTING), "starting"),
        (answer(0, MinerStatus.ERROR), "error"),
        (answer(0), "starting"),
        (answer(None, MinerStatus.ON), "on"),
        (answer(None, MinerStatus.ERROR), "error"),
        (NOTHING, "unknown"),
    ],
)
async def test_status_of_a_device_that_was_just_found(
    set_up: SetUp, devices: Network, said: Snapshot, shown: str
) -> None:
    """Hashing is what counts, but one that says that it stopped does not hash."""
    devices[HOST].answer = said
    assert (await set_up(network())).status == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (answer(0, MinerStatus.ON), "error"),
        (answer(0, MinerStatus.STARTING), "starting"),
        (answer(0, MinerStatus.IDLE), "idle"),
        (answer(0), "error"),
        (answer(0, MinerStatus.UNKNOWN), "unknown"),
        (answer(None, MinerStatus.UNKNOWN), "unknown"),
        (answer(100, MinerStatus.UNKNOWN), "on"),
        (NOTHING, "unknown"),
    ],
)
async def test_status_of_a_device_that_stopped_hashing(
    set_up: SetUp, devices: Network, clock: Clock, said: Snapshot, shown: str
) -> None:
    """It has started long ago, so that it cannot be starting now."""
    miner = await set_up(network())
    assert miner.status == "on"
    devices[HOST].answer = said
    await clock.advance(30)
    assert miner.status == shown


@pytest.mark.normal
async def test_miner_that_somebody_else_lets_mine_is_starting(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Its own page was used: it warms up like after any other start."""
    devices[HOST].answer = STOPPED
    miner = await set_up(network())
    await clock.advance(3600, step=30)
    devices[HOST].answer = WARMING_UP
    await clock.advance(30)
    assert miner.status == "starting"
    devices[HOST].answer = HASHING
    await clock.advance(30)
    assert miner.status == "on"


async def test_miner_that_never_hashes_after_a_start_has_failed(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """The time to start is limited, whoever started it."""
    devices[HOST].answer = STOPPED
    miner = await set_up(network())
    devices[HOST].answer = WARMING_UP
    await clock.advance(290)
    assert miner.status == "starting"
    await clock.advance(20)
    assert miner.status == "error"


@pytest.mark.normal
async def test_zero_unknown_and_unavailable_differ(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Zero was read, unknown was not, unavailable could not be."""
    devices[HOST].answer = replace(
        STOPPED, hashrate=HashRate(0), power=None, status=MinerStatus.OFF
    )
    bindings = {F.VOLTAGE_MONITORING: {"enabled": False}}
    miner = await set_up(network(bindings=bindings))
    assert miner.sensor("hashrate").state == "0.0"
    assert miner.sensor("power").state == "unknown"
    assert miner.sensor("voltage").state == "unavailable"


async def test_status_is_unavailable_while_nobody_can_be_asked(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """No word, no meter: nothing may be claimed."""
    devices[HOST].answer = GONE
    miner = await set_up(network())
    assert miner.status == "unavailable"
    await clock.advance(1000, step=30)
    assert miner.status == "unavailable"


async def test_powered_miner_whose_device_is_lost_has_failed(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """It answered before, so it is not starting; only watts go on being known."""
    miner = await set_up(network(), entities())
    devices[HOST].answer = GONE
    await clock.advance(30)
    assert miner.status == "error"
    assert miner.served("power") == ("3200.0", "Smart plug", False)
    assert miner.sensor("hashrate").state == "unavailable"
    devices[HOST].answer = HASHING
    await clock.advance(60)
    assert miner.status == "on"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("watts", "shown"), [(1200, "on"), (2.1, "on"), (1.9, "off"), (0, "off")]
)
async def test_status_of_a_miner_with_nothing_but_a_meter(
    set_up: SetUp, plug: Plug, watts: float, shown: str
) -> None:
    """Where nobody can tell the hash rate, watts have to do."""
    await plug.measure(watts)
    miner = await set_up(entities(chosen={F.POWER_MONITORING: PLUG_POWER}))
    assert miner.status == shown


@pytest.mark.normal
async def test_switch_alone_does_not_tell_that_a_miner_hashes(
    set_up: SetUp, plug: Plug
) -> None:
    """It only tells when it does not."""
    miner = await set_up(entities(chosen={F.POWER_CONTROL: PLUG_SWITCH}))
    assert miner.status == "unknown"
    await plug.switch(on=False)
    assert miner.status == "off"


@pytest.mark.normal
async def test_hashrate_that_nobody_is_asked_for_leaves_it_to_the_watts(
    set_up: SetUp, plug: Plug, devices: Network
) -> None:
    """A hash rate that is disabled is one that nobody can tell."""
    features = frozenset(NETWORK_FEATURES - {F.STATUS_MONITORING})
    miner = await set_up(
        network(
            features=features, bindings={F.HASHRATE_MONITORING: {"enabled": False}}
        ),
        entities(),
    )
    assert miner.status == "on"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("on", "on"),
        ("Starting", "starting"),
        ("error", "error"),
        ("off", "off"),
        ("whatever", "unknown"),
    ],
)
async def test_entity_can_tell_the_status(
    hass: HomeAssistant, set_up: SetUp, state: str, shown: str
) -> None:
    """A status that another integration tells is taken by its name."""
    hass.states.async_set("sensor.state", state)
    miner = await set_up(entities(chosen={F.STATUS_MONITORING: "sensor.state"}))
    assert miner.status == shown


@pytest.mark.normal
async def test_better_binding_tells_the_status(
    hass: HomeAssistant, set_up: SetUp, devices: Network
) -> None:
    """The hash rate goes before both; without one the ranking decides."""
    hass.states.async_set("sensor.state", "starting")
    devices[HOST].answer = answer(None, MinerStatus.ON)
    chosen: dict[F, Any] = {F.STATUS_MONITORING: "sensor.state"}
    miner = await set_up(network(), entities("Watchdog", chosen))
    assert miner.served("status") == ("starting", "Watchdog", False)
    await miner.set_feature("S19", F.STATUS_MONITORING, priority=90)
    assert miner.served("status") == ("on", "S19", False)


@pytest.fixture
async def late(hass: HomeAssistant, set_up: SetUp, devices: Network) -> Bench:
    """Return a miner of which nobody answers when Home Assistant starts."""
    devices[HOST].answer = GONE
    return await set_up(network(), entities())


@pytest.mark.normal
async def test_entities_exist_although_nobody_answers_at_the_start(
    late: Bench,
) -> None:
    """They rest on what was found when the controllers were linked."""
    for key in ("hashrate", "power", "chip_temperature", "internal_fan_speed_2"):
        assert late.sensor(key).state == "unavailable"
    for key in ("mining", "power"):
        assert late.switch(key).state == "unavailable"
    assert late.status == "unavailable"


async def test_entities_come_alive_when_they_are_answered(
    late: Bench, hass: HomeAssistant, devices: Network, clock: Clock
) -> None:
    """Whatever starts first, Home Assistant, the plug or the device."""
    hass.states.async_set(PLUG_SWITCH, "on")
    hass.states.async_set(PLUG_POWER, "3100", {"unit_of_measurement": "W"})
    await late.settle()
    assert late.status == "starting"
    assert late.served("power") == ("3100.0", "Smart plug", False)
    devices[HOST].answer = HASHING
    await clock.advance(10)
    assert late.status == "on"
    assert late.served("hashrate") == ("100.0", "S19", False)


@pytest.mark.normal
async def test_miner_that_was_stopped_by_its_switch_is_idle(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """Its firmware does not tell whether it was stopped; that it took it is enough."""
    devices[HOST].answer = answer(100)
    devices[HOST].after_stop = answer(0)
    devices[HOST].after_start = answer(0)
    miner = await set_up(network())
    assert (miner.status, miner.switch("mining").state) == ("on", "on")
    await miner.turn("mining", on=False)
    await miner.settle()
    assert (miner.status, miner.switch("mining").state) == ("idle", "off")
    await clock.advance(1000, step=30)
    assert miner.status == "idle"
    start = asyncio.create_task(miner.turn("mining", on=True))
    # It never says that it mines, and is believed after a while.
    await clock.advance(12, step=2)
    assert start.done()
    assert (miner.status, miner.switch("mining").state) == ("starting", "on")
    await clock.advance(310, step=30)
    assert miner.status == "error"


@pytest.mark.normal
async def test_stop_is_not_forgotten_with_a_restart(
    hass: HomeAssistant, set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A miner that rests does not fail because Home Assistant began anew."""
    devices[HOST].answer = answer(100)
    devices[HOST].after_stop = answer(0)
    miner = await set_up(network())
    await miner.turn("mining", on=False)
    await miner.settle()
    await hass.config_entries.async_reload(miner.entry.entry_id)
    await miner.settle()
    await clock.advance(1000, step=30)
    assert miner.status == "idle"
    # Somebody else let it mine, and then it failed.
    devices[HOST].answer = answer(100)
    await clock.advance(30)
    assert miner.status == "on"
    devices[HOST].answer = answer(0)
    await clock.advance(30)
    assert miner.status == "error"


@pytest.mark.normal
async def test_power_ends_what_a_stop_began(
    set_up: SetUp, plug: Plug, devices: Network, clock: Clock
) -> None:
    """With power, a miner mines by itself; if it does not, it failed."""
    devices[HOST].answer = answer(100)
    devices[HOST].after_stop = answer(0)
    miner = await set_up(network(), entities())
    await miner.turn("mining", on=False)
    await miner.settle()
    assert miner.status == "idle"
    await plug.switch(on=False)
    assert miner.status == "off"
    await plug.switch(on=True)
    await clock.advance(30)
    assert miner.status == "starting"
    await clock.advance(300, step=30)
    assert miner.status == "error"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("uptime", "shown"), [(20, "starting"), (299, "starting"), (300, "error")]
)
async def test_device_that_restarted_by_itself_is_starting(
    set_up: SetUp, devices: Network, clock: Clock, uptime: float, shown: str
) -> None:
    """It tells for how long it has been up, even where nobody shows that."""
    disabled = {F.OPERATIONAL_MONITORING: {"enabled": False}}
    miner = await set_up(network(bindings=disabled))
    assert miner.status == "on"
    devices[HOST].answer = replace(
        WARMING_UP, operation=OperationalData(uptime=timedelta(seconds=uptime))
    )
    await clock.advance(30)
    assert miner.status == shown


@pytest.mark.normal
async def test_boot_grace_of_the_user_counts_for_the_uptime_as_well(
    set_up: SetUp, devices: Network, clock: Clock
) -> None:
    """A miner that is slow to start is so after every restart."""
    miner = await set_up(network(), options={"boot_grace": 900})
    devices[HOST].answer = replace(
        WARMING_UP, operation=OperationalData(uptime=timedelta(minutes=14))
    )
    await clock.advance(30)
    assert miner.status == "starting"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("watts", "standby", "shown"),
    [(5, None, "on"), (5, 8.0, "idle"), (8, 8.0, "idle"), (8.1, 8.0, "on")],
)
async def test_plug_that_is_on_and_draws_next_to_nothing(
    set_up: SetUp, plug: Plug, watts: float, standby: float | None, shown: str
) -> None:
    """Such a miner has power and does not mine; the user says what nothing is."""
    options = {} if standby is None else {"standby_power": standby}
    await plug.measure(watts)
    miner = await set_up(entities(), options=options)
    assert miner.status == shown
    assert miner.served("status") == (shown, "Smart plug", False)
    await plug.switch(on=False)
    assert miner.status == "off"


@pytest.mark.normal
@pytest.mark.parametrize(
    ("state", "shown"), [("idle", "on"), ("off", "on"), ("error", "on")]
)
async def test_hashing_outweighs_what_others_say_of_a_device(
    hass: HomeAssistant, set_up: SetUp, devices: Network, state: str, shown: str
) -> None:
    """An entity says that the miner rests, the miner itself shows that it does not."""
    hass.states.async_set("sensor.state", state)
    chosen: dict[F, Any] = {F.STATUS_MONITORING: "sensor.state"}
    miner = await set_up(network(), entities("Watchdog", chosen))
    assert miner.status == shown
    devices[HOST].answer = answer(0)
    await miner.coordinator.async_refresh_all()
    assert miner.status == {"off": "idle"}.get(state, state)


@pytest.mark.normal
@pytest.mark.parametrize("mining", ["on", "off"])
async def test_mining_switch_tells_why_nothing_is_hashed(
    hass: HomeAssistant, set_up: SetUp, clock: Clock, mining: str
) -> None:
    """A miner of entities alone has a word by its switch."""
    hass.states.async_set("sensor.rate", "0", {"unit_of_measurement": "TH/s"})
    hass.states.async_set("switch.mining", mining)
    chosen: dict[F, Any] = {
        F.HASHRATE_MONITORING: "sensor.rate",
        F.MINING_CONTROL: "switch.mining",
    }
    miner = await set_up(entities("Other integration", chosen))
    assert miner.status == {"on": "starting", "off": "idle"}[mining]
    await clock.advance(310, step=30)
    assert miner.status == {"on": "error", "off": "idle"}[mining]


@pytest.mark.normal
@pytest.mark.parametrize("rate", [-5.0, math.nan])
async def test_hashrate_that_cannot_be_tells_no_status(
    set_up: SetUp, devices: Network, clock: Clock, rate: float
) -> None:
    """It is neither hashing nor failing by that."""
    miner = await set_up(network())
    devices[HOST].answer = answer(rate)
    await clock.advance(30)
    assert miner.status == "unknown"
    devices[HOST].answer = answer(rate, MinerStatus.IDLE)
    await clock.advance(30)
    assert miner.status == "idle"
