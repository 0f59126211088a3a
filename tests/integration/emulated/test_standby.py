"""The second library stands by, costs next to nothing, and is there at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.miner_control.controllers import identify
from custom_components.miner_control.controllers.asic_rs.controller import (
    AsicRsController,
)
from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.coordinator import (
    ControllerCoordinator,
    controller as coordination,
)
from custom_components.miner_control.domain.snapshot import Snapshot
from emulation import (
    EmulatedAntminer,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
)
from tests.emulation.support import until
from tests.integration.bench import Bench
from tests.integration.controllers import subentry

KINDS = (EmulatedAntminer, EmulatedVnish, EmulatedWhatsminer)
every_kind = pytest.mark.parametrize(
    "device", KINDS, indirect=True, ids=lambda kind: str(kind.kind)
)
RARELY = timedelta(minutes=10)


@pytest.fixture
async def miner(hass: HomeAssistant, device: EmulatedMiner) -> AsyncIterator[Bench]:
    """Return a miner that is reached through both libraries."""
    bench = await link_both(hass, device)
    yield bench
    await bench.unload()


async def link_both(
    hass: HomeAssistant, device: EmulatedMiner, first: str = "pyasic"
) -> Bench:
    """Link a device through both libraries, one of which ranks first."""
    address = NetworkAddress(host=device.address)
    links = []
    for protocol in ("pyasic", "asic_rs"):
        known = (await identify(hass, address, protocol)).capabilities
        ahead = {feature: {"priority": 60} for feature in known.features}
        links.append(
            subentry(
                "network",
                protocol,
                known,
                ahead if protocol == first != "pyasic" else None,
                host=device.address,
                protocol=protocol,
                scan_interval=3600,
            )
        )
    bench = Bench(hass, *links)
    await bench.set_up()
    await settle(bench)
    return bench


async def settle(bench: Bench) -> None:
    """Let all be done that was begun in the background, too."""
    await bench.hass.async_block_till_done(wait_background_tasks=True)


def first(bench: Bench) -> ControllerCoordinator:
    """Return what reads through pyasic."""
    return bench.coordinator.controllers["pyasic"]


def second(bench: Bench) -> ControllerCoordinator:
    """Return what reads through asic-rs."""
    return bench.coordinator.controllers["asic_rs"]


def forget_failures(bench: Bench) -> None:
    """Let who was away take back at once."""
    for selector in bench.coordinator._serving._selectors.values():
        selector.forget()


def provider(bench: Bench, key: str) -> Any:
    """Return who provides what a sensor shows."""
    return bench.sensor(key).attributes["provider"]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a way to break pyasic, and one to mend it."""
    whole = PyasicController.read

    async def fail(*_: object) -> Snapshot:
        """Read nothing."""
        raise ControllerUnreachableError("pyasic is broken")

    def set_broken(*, is_broken: bool) -> None:
        """Break or mend it."""
        monkeypatch.setattr(PyasicController, "read", fail if is_broken else whole)

    return set_broken


@pytest.mark.normal
@every_kind
async def test_rests(miner: Bench, device: EmulatedMiner) -> None:
    """It is asked rarely, for little, and shows nothing that is old."""
    standby = second(miner)
    assert standby.is_resting
    assert standby.update_interval == RARELY
    assert standby.controller.snapshot == Snapshot()
    assert provider(miner, "hashrate") == "pyasic"
    assert miner.degraded.state == "off"
    device.requests.clear()
    await standby.async_refresh()
    await settle(miner)
    asked = sum(device.requests.values())
    assert 0 < asked <= 3
    assert standby.is_resting
    assert standby.is_available
    device.requests.clear()
    await first(miner).async_refresh()
    await settle(miner)
    assert standby.is_resting


@every_kind
async def test_takes_over_at_once(
    hass: HomeAssistant,
    miner: Bench,
    broken: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One read, and nothing is unavailable in between; then it rests again."""
    reads = 0
    whole = AsicRsController.read

    async def read(self: AsicRsController, *args: Any) -> Any:
        """Count."""
        nonlocal reads
        reads += 1
        return await whole(self, *args)

    monkeypatch.setattr(AsicRsController, "read", read)
    seen: list[str] = []

    def note(event: Event[EventStateChangedData]) -> None:
        """Note what is shown."""
        state = event.data["new_state"]
        seen.append(state.state if state else "gone")

    shown = [miner.entity_id("sensor", key) for key in ("hashrate", "status")]
    stop = async_track_state_change_event(hass, shown, note)
    broken(is_broken=True)
    await first(miner).async_refresh()
    await settle(miner)
    assert reads == 1
    assert not {"unavailable", "unknown", "error"} & set(seen)
    assert provider(miner, "hashrate") == "asic_rs"
    assert miner.status == "on"
    assert miner.degraded.state == "on"
    assert not second(miner).is_resting
    stop()
    broken(is_broken=False)
    monkeypatch.setattr(coordination, "AWAKE_SECONDS", 0.0)
    second(miner)._awake_until = 0.0
    forget_failures(miner)
    await first(miner).async_refresh()
    await settle(miner)
    assert second(miner).is_resting
    assert miner.degraded.state == "off"


@every_kind
async def test_commands_go_through_either(
    hass: HomeAssistant, miner: Bench, device: EmulatedMiner, broken: Any
) -> None:
    """A miner is stopped and started, whichever library works."""
    for is_broken in (False, True):
        broken(is_broken=is_broken)
        await first(miner).async_refresh()
        await settle(miner)
        for service, mines in (("turn_off", False), ("turn_on", True)):
            await hass.services.async_call(
                "switch",
                service,
                {ATTR_ENTITY_ID: miner.entity_id("switch", "mining")},
                blocking=True,
            )
            await until(lambda wanted=mines: device.mining is wanted)  # type: ignore[misc]
            device.machine.settle()
        await miner.coordinator.async_refresh_all()
        await settle(miner)
        assert miner.status in ("on", "starting")


@pytest.mark.parametrize("device", [EmulatedVnish], indirect=True)
async def test_command_that_the_first_refuses(
    hass: HomeAssistant,
    miner: Bench,
    device: EmulatedVnish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who stands by is woken when a command fails, and carries it out."""

    async def refuse(*_: object, **__: object) -> None:
        """Carry out nothing."""
        raise CommandRefusedError("no")

    monkeypatch.setattr(PyasicController, "select_preset", refuse)
    await hass.services.async_call(
        "select",
        "select_option",
        {ATTR_ENTITY_ID: miner.entity_id("select", "preset"), "option": "2350"},
        blocking=True,
    )
    assert device.preset == "2350"


@pytest.mark.parametrize("device", [EmulatedAntminer], indirect=True)
async def test_antminers_are_stopped_by_asic_rs(
    miner: Bench, device: EmulatedMiner
) -> None:
    """It writes nothing where it could not read; for that it need not be read."""
    bound = {
        feature.controller_id: feature.priority
        for feature in miner.coordinator.miner.features
        if feature.feature_type == "mining_control"
    }
    assert bound == {"pyasic": 50, "asic_rs": 55}
    assert second(miner).is_resting
    assert device.mining


@pytest.mark.normal
@every_kind
async def test_value_that_the_first_lacks(
    miner: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only one of two tells is read from it, at the usual interval."""
    whole = PyasicController._read

    async def without_fans(self: Any, features: Any) -> Snapshot:
        """Read all but the fans."""
        found = await whole(self, features)
        object.__setattr__(found, "internal_fan_speeds", None)
        return found

    monkeypatch.setattr(PyasicController, "_read", without_fans)
    await first(miner).async_refresh()
    await settle(miner)
    assert provider(miner, "internal_fan_speed_1") == "asic_rs"
    assert provider(miner, "hashrate") == "pyasic"
    assert second(miner).update_interval == timedelta(hours=1)


@pytest.mark.parametrize("device", [EmulatedAntminer], indirect=True)
async def test_one_that_was_away_is_back_soon(
    miner: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stands by and did not answer is asked again, not in ten minutes."""
    whole = AsicRsController.read

    async def fail(*_: object) -> Snapshot:
        """Read nothing."""
        raise ControllerUnreachableError("not up yet")

    monkeypatch.setattr(AsicRsController, "read", fail)
    monkeypatch.setattr(AsicRsController, "update_interval", timedelta(seconds=0.1))
    standby = second(miner)
    standby.set_resting(resting=False)
    await standby.async_refresh()
    await settle(miner)
    assert standby.is_resting
    assert not standby.is_available
    monkeypatch.setattr(AsicRsController, "read", whole)
    await until(lambda: standby.is_available)
    assert standby.is_resting
    forget_failures(miner)
    await first(miner).async_refresh()
    await settle(miner)
    mining = miner.hass.states.get(miner.entity_id("switch", "mining"))
    assert mining
    assert mining.attributes["provider"] == "asic_rs"
    assert miner.degraded.state == "off"


@pytest.mark.parametrize("device", [EmulatedVnish], indirect=True)
async def test_button_for_what_one_alone_can_do(
    hass: HomeAssistant, miner: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart is shown by who can restart, and not at all while that one is away."""
    monkeypatch.setattr(PyasicController, "can_reboot", property(lambda _: False))
    monkeypatch.setattr(AsicRsController, "can_reboot", property(lambda _: True))
    await miner.coordinator.async_refresh_all()
    await settle(miner)

    def shown(key: str) -> Any:
        """Return a button."""
        return hass.states.get(miner.entity_id("button", key))

    assert shown("reboot").attributes["provider"] == "asic_rs"
    assert shown("reboot").attributes["fallback"] is False

    async def fail(*_: object) -> Snapshot:
        """Read nothing."""
        raise ControllerUnreachableError("asic-rs is broken")

    monkeypatch.setattr(AsicRsController, "read", fail)
    await second(miner).async_refresh()
    await settle(miner)
    assert shown("reboot").state == "unavailable"
    assert shown("restart_mining").attributes["provider"] == "pyasic"


@pytest.mark.parametrize("device", [EmulatedVnish], indirect=True)
async def test_setting_that_another_one_changed(
    hass: HomeAssistant, miner: Bench, device: EmulatedVnish, broken: Any
) -> None:
    """Who takes back shows what was set meanwhile, not what it read before."""
    for is_broken in (True, False):
        broken(is_broken=is_broken)
        await first(miner).async_refresh()
        await settle(miner)
    preset = miner.entity_id("select", "preset")

    def shown() -> Any:
        """Return the preset that is shown, and by whom."""
        state = hass.states.get(preset)
        assert state
        return state.state, state.attributes["provider"]

    assert shown() == (device.preset, "asic_rs")
    await hass.services.async_call(
        "select",
        "select_option",
        {ATTR_ENTITY_ID: preset, "option": "2350"},
        blocking=True,
    )
    assert shown() == ("2350", "asic_rs")
    forget_failures(miner)
    await first(miner).async_refresh()
    await settle(miner)
    assert shown() == ("2350", "pyasic")


@pytest.mark.parametrize("device", [EmulatedLuxOs], indirect=True)
async def test_stop_by_one_is_known_to_the_other(
    hass: HomeAssistant, device: EmulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other library read before the stop is no word on what the miner does.

    A fleet that took it for one would stop the miner again and again.
    """
    monkeypatch.setattr(coordination, "TRANSITION_SCAN_INTERVAL", RARELY)
    bench = await link_both(hass, device, first="asic_rs")
    assert not second(bench).is_resting
    assert not first(bench).is_resting  # It alone tells the frequency.
    assert bench.status == "on"
    mining = bench.entity_id("switch", "mining")
    await hass.services.async_call(
        "switch", "turn_off", {ATTR_ENTITY_ID: mining}, blocking=True
    )
    assert not device.mining
    assert provider(bench, "hashrate") == "asic_rs"
    assert bench.status == "idle"
    await bench.unload()
