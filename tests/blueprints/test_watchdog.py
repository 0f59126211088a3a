"""A miner that is watched over."""

from typing import Any

from homeassistant.core import Event, callback
import pytest

from emulation import EmulatedWhatsminer, Fault
from tests.integration.emulated.rig import Cuts

from .house import House

TROUBLE = {"power_above": 200, "patience": 15, "wait_time": 7, "off_time": 30}
TOLD = "told"
ALL = ("may_restart", "may_reboot", "may_cut_power")
PATIENCE = 16  # What is polled within it, and a minute to look.


@pytest.fixture(name="messages")
def messages_fixture(house: House) -> list[str]:
    """Return what the user is told."""
    messages: list[str] = []

    @callback
    def note(event: Event) -> None:
        """Write a message down."""
        messages.append(event.data["message"])

    house.hass.bus.async_listen(TOLD, note)
    return messages


async def watch(house: House, *remedies: str, **inputs: Any) -> None:
    """Let the blueprint watch, with some of its remedies."""
    allowed = {name: name in remedies for name in ALL}
    tell = [{"event": TOLD, "event_data": {"message": "{{ message }}"}}]
    await house.automate(
        "watchdog.yaml",
        **(
            {"miner": house.device_id, "notification": tell}
            | TROUBLE
            | allowed
            | inputs
        ),
    )


class Jam:
    """A device that draws its power and does not hash, until something helps."""

    def __init__(self, device: EmulatedWhatsminer, cure: str | None) -> None:
        """Jam a device until one of its methods is called."""
        machine = device.machine
        self._hash_at = machine.hash_at
        self._machine = machine
        machine.hash_at = self._draw  # type: ignore[method-assign]
        self._draw(1.0, device.target_watts)
        if cure:
            self._act = getattr(device, cure)
            setattr(device, cure, self._heal)

    def _draw(
        self,
        load: float,  # noqa: ARG002 - stands in for a method that uses it
        watts: float,
        lag: float = 0.0,
    ) -> None:
        """Draw power in vain."""
        self._machine._load.go(0.0)
        self._machine._draw.go(watts, lag)

    def _heal(self) -> None:
        """Do what was asked for, and be well."""
        self._machine.hash_at = self._hash_at  # type: ignore[method-assign]
        self._act()


ROUND = 3 * 8


async def test_healthy_miner_is_left_alone(house: House, messages: list[str]) -> None:
    """Nothing is done to a miner that mines."""
    await watch(house, *ALL)
    await house.wait(20)
    assert house.device.commands == []
    assert messages == []


@pytest.mark.parametrize(
    ("cure", "restarts", "reboots", "cuts"),
    [
        ("restart_mining", 1, 0, 0),
        ("reboot", 1, 1, 0),
        ("power_off", 1, 1, 1),
    ],
)
async def test_remedies_are_tried_in_turn(
    house: House,
    messages: list[str],
    cure: str,
    restarts: int,
    reboots: int,
    cuts: int,
) -> None:
    """It goes on to the next one only while the miner is still in trouble."""
    device = house.device
    Jam(device, cure)
    seen = Cuts(device).seen
    await watch(house, *ALL)
    await house.wait(PATIENCE + ROUND)
    assert (device.restarts, device.reboots, len(seen)) == (restarts, reboots, cuts)
    assert device.mining
    assert house.miner.status == "on"
    assert len(messages) == 2
    assert "Miner draws" in messages[0]
    assert messages[1] == "Miner is mining again."


async def test_power_is_cut_gracefully(house: House) -> None:
    """Mining is stopped before the power goes, and the power comes back."""
    Jam(house.device, "power_off")
    seen = Cuts(house.device).seen
    await watch(house, "may_cut_power")
    await house.wait(PATIENCE + 2)
    assert not seen[0]["mining"]
    assert house.mines()


async def test_power_cycle_leaves_no_miner_asleep(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop before the cut lasts with many, until they are told to mine."""
    monkeypatch.setattr(type(house.device), "paused_after_boot", lambda d: d._paused)
    Jam(house.device, "power_off")
    seen = Cuts(house.device).seen
    await watch(house, "may_cut_power")
    await house.wait(PATIENCE + 4)
    assert len(seen) == 1
    assert house.device.mining
    assert house.mines()


async def test_silent_device_loses_its_power(house: House) -> None:
    """What cannot be pressed is left out, without a wait."""
    house.device.fault = Fault.REFUSE
    seen = Cuts(house.device).seen
    await watch(house, *ALL)
    await house.wait(PATIENCE)
    assert len(seen) == 1
    house.device.fault = None
    await house.wait(2)
    assert house.mines()


async def test_thermostat_is_not_mistaken_for_the_miner(
    house: House, messages: list[str]
) -> None:
    """What a thermostat shows and forgets is of no concern here."""
    hass, entry = house.hass, house.miner.entry
    hass.config_entries.async_update_entry(
        entry, options={"heating": {"enabled": True}}
    )
    # The miner is set up anew meanwhile, and its device asked over real sockets.
    for _ in range(10):
        await house.settle()
        if hass.states.async_entity_ids_count("climate"):
            break
    assert house.miner.state("sensor", "heating_reason").state
    Jam(house.device, "restart_mining")
    await watch(house, *ALL)
    await house.wait(PATIENCE + 2)
    assert (house.device.restarts, house.device.reboots) == (1, 0)
    assert house.mines()
    forgotten = ("forget_learned_power", "forget_room")
    assert {house.miner.state("button", key).state for key in forgotten} == {"unknown"}
    assert len(messages) == 2


async def test_patience(house: House, messages: list[str]) -> None:
    """A trouble that passes in time is none."""
    Jam(house.device, "restart_mining")
    await watch(house, *ALL)
    await house.wait(13)
    house.device.restart_mining()
    await house.wait(10)
    assert house.device.commands == []
    assert messages == []


async def test_rounds_are_limited(house: House, messages: list[str]) -> None:
    """Where nothing helps the next round begins only hours later."""
    Jam(house.device, None)
    await watch(house, "may_restart", rounds=24)
    await house.wait(PATIENCE + 8)
    assert house.device.restarts == 1
    assert messages[1:] == ["Miner is still not mining. Its status: Error."]
    await house.wait(50)
    assert house.device.restarts == 1
    await house.wait(3)
    assert house.device.restarts == 2


async def test_stopped_miner_is_left_alone(house: House, messages: list[str]) -> None:
    """Somebody wanted it to be stopped, whatever it draws."""
    await watch(house, *ALL, power_above=0)
    await house.turn_mining(on=False)
    assert house.plug.power > 0
    commands = list(house.device.commands)
    await house.wait(20)
    assert house.device.commands == commands
    assert messages == []


async def test_little_power_is_no_trouble(house: House, messages: list[str]) -> None:
    """A miner in trouble that draws little may be left to its owner."""
    Jam(house.device, None)
    await watch(house, *ALL, power_above=5000)
    await house.wait(20)
    assert messages == []


async def test_unavailable_miner_is_no_trouble(
    house: House, messages: list[str]
) -> None:
    """Nothing is done about what nobody knows."""
    Jam(house.device, None)
    await watch(house, *ALL)
    await house.miner.unload()
    await house.wait(PATIENCE)
    assert messages == []
    assert house.device.commands == []


async def test_power_comes_back_in_the_end(house: House) -> None:
    """A miner that may not have power yet gets it as soon as it may."""
    hass, entry = house.hass, house.miner.entry
    hass.config_entries.async_update_entry(entry, options={"power_cut_interval": 150})
    await house.settle()
    Jam(house.device, "power_off")
    await watch(house, "may_cut_power")
    await house.wait(PATIENCE)
    assert not house.has_power()
    await house.wait(3)
    assert house.has_power()
    assert house.mines()
