"""Fleets and their miners come and go."""

import asyncio
from typing import Any
from unittest.mock import Mock

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntryChange,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest

from custom_components.miner_control.controllers.simulated import SimulatedController
from custom_components.miner_control.domain.authority import Origin
from custom_components.miner_control.fleet import members
from tests.integration.bench import Bench
from tests.integration.controllers import Network, network

from .yard import FLEET_ID, GRID, Yard


def limit(miner: Bench) -> float:
    """Return what a simulated miner is limited to."""
    return float(miner.state("number", "power_limit").state)


def switched(yard: Yard) -> dict[str, tuple[float | None, float | None]]:
    """Return when each member was started and stopped, as the fleet remembers it."""
    tracks = yard.fleet.report["memory"]["tracks"]
    return {
        m: (track["started_at"], track["stopped_at"]) for m, track in tracks.items()
    }


@pytest.mark.parametrize(
    ("letting_go", "status", "watts"),
    [("stay", "on", 1600), ("floor", "on", 1200), ("stop", "idle", 1600)],
)
@pytest.mark.parametrize("how", ["off", "disabled", "removed", "end"])
async def test_letting_go(
    yard: Yard,
    hass: HomeAssistant,
    letting_go: str,
    status: str,
    watts: float,
    how: str,
) -> None:
    """Miners stay as they are, go to their floor or stop, however the fleet ends."""
    one, two = yard.miners
    members = {title: {"ceiling": 1600} for title in ("Miner 1", "Miner 2")}
    await yard.set_up(budget=9000, options={"letting_go": letting_go}, members=members)
    await yard.clock.advance(180, 10)
    assert (limit(one), limit(two)) == (1600, 1600)
    if how == "off":
        await yard.select_mode("off")
    elif how == "disabled":
        entries = hass.config_entries
        await entries.async_set_disabled_by(FLEET_ID, ConfigEntryDisabler.USER)
    elif how == "removed":
        await hass.config_entries.async_remove(FLEET_ID)
    else:
        await yard.clock.until_done(yard.end())
    await yard.clock.advance(60)
    assert {one.status, two.status} == {status}
    assert (limit(one), limit(two)) == (watts, watts)


@pytest.mark.parametrize("how", ["off", "observe", "disabled", "removed"])
async def test_fleet_that_lets_go_asks_for_nothing_later(
    yard: Yard, hass: HomeAssistant, how: str
) -> None:
    """A power that waits for the last one to settle is given up, a person's is not."""
    one, two = yard.miners
    await yard.set_up(budget=9000)
    await yard.clock.advance(180, 10)
    for miner, origin in ((one, Origin.FLEET), (two, Origin.PERSON)):
        target = miner.coordinator.power_target
        # The second one waits until the first has settled.
        await yard.clock.until_done(target.async_set(1300, origin=origin))
        await yard.clock.until_done(target.async_set(1500, origin=origin))
    if how == "disabled":
        entries = hass.config_entries
        await entries.async_set_disabled_by(FLEET_ID, ConfigEntryDisabler.USER)
    elif how == "removed":
        await hass.config_entries.async_remove(FLEET_ID)
    else:
        await yard.select_mode(how)
    await yard.clock.advance(600, 10)
    assert (limit(one), limit(two)) == (1300, 1500)
    assert one.state("number", "power_target").state == "unknown"
    assert float(two.state("number", "power_target").state) == 1500


async def test_fleet_that_lets_go_breaks_off_what_goes_on(
    hass: HomeAssistant, clock: Any, devices: Network
) -> None:
    """A start that waits for its proof is given up, as it would be by hand."""
    yard = Yard(hass, clock)
    await yard.add_miner(network())
    device = devices["192.0.2.10"]
    device.answer = device.after_stop
    device.obeys = False
    await yard.set_up(budget=9000)
    await clock.advance(60, 5)
    assert yard.fleet.actor.going_on == {"01MINER1": "start"}
    await yard.select_mode("off")
    await clock.advance(2)
    assert yard.fleet.actor.going_on == {}
    told = list(device.commands)
    await clock.advance(600, 10)
    assert device.commands == told


async def test_device_and_entities(
    yard: Yard, hass: HomeAssistant, device_registry: dr.DeviceRegistry
) -> None:
    """A fleet is one service device, which goes with it."""
    await yard.set_up()
    (device,) = dr.async_entries_for_config_entry(device_registry, FLEET_ID)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.name == "Fleet"
    assert await hass.config_entries.async_unload(FLEET_ID)
    assert yard.entry.state is ConfigEntryState.NOT_LOADED
    assert await hass.config_entries.async_setup(FLEET_ID)
    await hass.config_entries.async_remove(FLEET_ID)
    assert not dr.async_entries_for_config_entry(device_registry, FLEET_ID)


async def test_what_is_set_and_counted_survives(
    yard: Yard, hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Mode, budget, timers and energy are the same after a restart."""
    one, _ = yard.miners
    await yard.set_up(budget=9000, options={"hold": 60})
    await yard.select_mode("observe")
    await yard.set_budget(4321)
    await yard.clock.until_done(one.turn("mining", on=False))
    await yard.clock.advance(60)
    energy = float(yard.sensor("total_energy"))
    assert energy > 0
    before = switched(yard)
    assert before["01MINER1"][1] is not None
    assert await hass.config_entries.async_unload(FLEET_ID)
    assert f"miner_control.{FLEET_ID}.fleet" in hass_storage
    assert await hass.config_entries.async_setup(FLEET_ID)
    await hass.async_block_till_done()
    assert yard.state("select", "mode").state == "observe"
    assert yard.state("number", "power_budget").state == "4321.0"
    assert yard.share(one)["key"] == "held_off"
    assert switched(yard) == before
    assert float(yard.sensor("total_energy")) >= energy


async def test_new_miners_become_members_where_all_are(
    yard: Yard, hass: HomeAssistant
) -> None:
    """And those that are removed are members no more."""
    await yard.set_up(all_members=True)
    third = await yard.add_miner()
    async_dispatcher_send(
        hass, SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntryChange.ADDED, third.entry
    )
    await hass.async_block_till_done()
    assert third.entry.entry_id in yard.member_ids()
    await hass.config_entries.async_remove(third.entry.entry_id)
    await hass.async_block_till_done()
    assert third.entry.entry_id not in yard.member_ids()
    assert len(yard.member_ids()) == 2


async def test_member_that_was_removed_stays_removed(
    yard: Yard, hass: HomeAssistant
) -> None:
    """Also where all miners are members."""
    await yard.set_up(all_members=True)
    hass.config_entries.async_remove_subentry(yard.entry, "member_1")
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(FLEET_ID)
    assert yard.member_ids() == {yard.miners[1].entry.entry_id}


async def test_member_that_is_taken_out_is_let_go_of(
    yard: Yard, hass: HomeAssistant
) -> None:
    """It stays as it is, and no emergency stop of the fleet holds it any more."""
    one, two = yard.miners
    await yard.set_up(budget=2600)
    await yard.clock.advance(180)
    await yard.fleet.async_emergency_stop()
    hass.config_entries.async_remove_subentry(yard.entry, "member_1")
    await hass.async_block_till_done()
    assert one.coordinator.authority.latched_by is None
    assert one.coordinator.authority.ruled_by is None
    assert one.coordinator.power_target.watts is None
    assert two.coordinator.authority.latched_by == "Fleet"
    await yard.fleet.async_reset_emergency_stop()
    assert two.coordinator.authority.latched_by is None


async def test_new_miners_stay_out_where_members_were_chosen(
    yard: Yard, hass: HomeAssistant
) -> None:
    """Nobody asked for them."""
    await yard.set_up(all_members=False)
    third = await yard.add_miner()
    async_dispatcher_send(
        hass, SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntryChange.ADDED, third.entry
    )
    await hass.async_block_till_done()
    assert len(yard.member_ids()) == 2


async def test_miner_that_is_not_there_keeps_its_share(
    yard: Yard, hass: HomeAssistant
) -> None:
    """What may be drawn counts, and the others are looked after."""
    one, two = yard.miners
    await yard.set_up(budget=5000)
    await yard.clock.advance(30)
    assert await hass.config_entries.async_unload(one.entry.entry_id)
    await yard.clock.advance(30)
    assert yard.share(one)["key"] == "unavailable"
    assert two.status == "on"
    assert await hass.config_entries.async_setup(one.entry.entry_id)
    await yard.clock.advance(60)
    assert yard.share(one)["key"] != "unavailable"


async def test_miner_that_refuses_is_a_reason(yard: Yard) -> None:
    """It is told again later, and the others are told at once."""
    one, two = yard.miners

    async def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("what nobody expects")

    one.coordinator.power_target.async_set = refuse  # type: ignore[method-assign]
    await yard.set_up(budget=2500)
    await yard.clock.advance(60)
    assert yard.share(one)["failure"] is not None
    assert limit(two) == 1200


@pytest.mark.parametrize("had", [1000, 9000, None], ids=["start", "lower", "new"])
async def test_command_that_was_cut_off_is_given_again(
    yard: Yard,
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    had: float | None,
) -> None:
    """A fleet that is set up anew does not take for done what nobody heard."""
    one, two = yard.miners
    if had is not None:
        await yard.set_up(budget=had)
        await yard.clock.advance(600, 10)
    begun: list[object] = []

    async def hang(controller: object, *_: object) -> None:
        begun.append(controller)
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        for command in ("set_power_limit", "start_mining"):
            patched.setattr(SimulatedController, command, hang)
        if had is None:
            await yard.set_up(budget=2500)
        else:
            await yard.set_budget(2500)
        await yard.clock.advance(20, 10)
        assert begun
        assert await hass.config_entries.async_unload(FLEET_ID)
    assert await hass.config_entries.async_setup(FLEET_ID)
    await yard.clock.advance(120, 10)

    assert (one.status, two.status) == ("on", "on")
    assert limit(one) + limit(two) <= 2500
    for miner in (one, two):
        target = miner.state("number", "power_target")
        assert target.attributes["setting"] == f"{limit(miner):.0f} W"


async def test_one_fault_does_not_end_the_ticks(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, and the next tick goes well."""
    await yard.set_up()

    def fail(*_: object) -> None:
        raise ValueError("something")

    with monkeypatch.context() as patched:
        patched.setattr(yard.fleet.gatherer, "gather", fail)
        await yard.clock.advance(30)
    assert yard.sensor("total_power") == "unavailable"
    assert caplog.text.count("could not decide anything") == 1
    await yard.clock.advance(10)
    assert float(yard.sensor("total_power")) > 0


async def test_issues_come_and_go(yard: Yard, hass: HomeAssistant) -> None:
    """A circuit without miners, one whose limit is too low, one that feeds itself."""
    one, two = yard.miners
    await yard.show("sensor.meter", -300)
    await yard.set_up(
        circuits={
            "empty": {"limit": 3000},
            "low": {"limit": 1000, "members": [one.entry.entry_id]},
            "round": {
                "limit": 9000,
                "parent": "again",
                "members": [two.entry.entry_id],
            },
            "again": {"limit": 9000, "parent": "round"},
            "negative": {"limit": 9000, "meter": "sensor.meter"},
        }
    )
    await yard.clock.advance(320, 20)
    assert yard.issues() == {
        "circuit_empty",
        "limit_below_floors",
        "circuit_cycle",
        "meter_negative",
    }
    assert one.status == "idle"
    await yard.show("sensor.meter", 300)
    await yard.clock.advance(20)
    assert "meter_negative" not in yard.issues()
    await hass.config_entries.async_remove(FLEET_ID)
    assert yard.issues() == set()


async def test_member_without_means(yard: Yard, hass: HomeAssistant) -> None:
    """The user is told, and its power counts."""
    hass.states.async_set(
        "sensor.plain", "500", {"unit_of_measurement": "W", "device_class": "power"}
    )
    plain = await yard.add_miner(yard.meter_only())
    await yard.set_up(budget=5000)
    assert yard.issues() == {"member_without_means"}
    assert yard.share(plain)["key"] in ("no_means", "unavailable")


async def test_tick_reads_nothing_from_storage(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What members can do is known already: with many, a tick would take too long."""
    await yard.add_miner(yard.meter_only())
    await yard.set_up(budget=3000)
    storage = Mock(side_effect=AssertionError)
    for name in ("load_miner", "stored_capabilities"):
        monkeypatch.setattr(members, name, storage)
    await yard.clock.advance(30, 10)
    assert yard.fleet.last_update_success
    assert "member_without_means" in yard.issues()


async def test_ticks_by_time_are_only_for_want_of_others(yard: Yard) -> None:
    """A meter that speaks often has the fleet look; time does where it is silent."""
    await yard.show(GRID, 0)
    options = {"grid_sensor": GRID, "positive": "import"}
    fleet = await yard.set_up(mode="observe", options=options)
    # What a miner learns of its power is news as well, and nobody knows when it does.
    for _, stop in fleet._watched.values():
        stop()
    fleet._watched.clear()
    await yard.clock.advance(30, 1)
    ticks: list[float] = []
    fleet.on_tick = lambda _gathered, now: ticks.append(now)
    for reading in range(10):
        await yard.show(GRID, -reading - 1)
        await yard.clock.advance(6, 1)
    assert len(ticks) == 10
    ticks.clear()
    await yard.clock.advance(60, 1)
    assert 5 <= len(ticks) <= 6


async def test_algorithms_have_totals_of_their_own(
    yard: Yard, hass: HomeAssistant
) -> None:
    """Hashes of one kind are none of another."""
    await yard.add_miner(yard.scrypt())
    await yard.set_up()
    await yard.clock.advance(60)
    assert float(yard.sensor("total_hashrate_sha256")) > 100
    state = yard.state("sensor", "total_hashrate_scrypt")
    assert state.attributes["unit_of_measurement"] == "GH/s"
    assert state.attributes["friendly_name"] == "Fleet Total hashrate SCRYPT"
