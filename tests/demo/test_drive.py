"""The test drive of a miner, whose emulated device is asked what it does."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

import aiohttp
import pytest

from demo import drive as driving
from demo.drive import Drive
from demo.report import Report
from demo.sight import Sight
from demo.stage import Stage
from emulation import EmulatedWhatsminer
from emulation.control import FleetControl, describe_all
from emulation.fleet import Fleet, Spec
from tests.emulation.support import free_port, loopback_allowed, new_address
from tools.home.client import Client, Json
from tools.home.emulators import Emulators
from tools.home.errors import HomeError
from tools.home.miners import Miner
from tools.home.states import States

API = "WhatsMiner"

type Effect = Callable[[EmulatedWhatsminer, Any], None]


def set_mode(device: EmulatedWhatsminer, mode: Any) -> None:
    """Enter a power mode."""
    device.power_mode = str(mode).capitalize()


def set_limit(device: EmulatedWhatsminer, watts: Any) -> None:
    """Limit the power, for which the device restarts a little later."""
    device.limit = int(watts)
    device.later(0.05, device.reboot)


EFFECTS: dict[str, Effect] = {
    "turn_off": lambda device, _: device.pause(),
    "turn_on": lambda device, _: device.resume(),
    "select_option": set_mode,
    "set_value": set_limit,
}


class Assistant:
    """Do with a device what Home Assistant would, or only say so."""

    def __init__(self, device: EmulatedWhatsminer, states: States) -> None:
        """Rule a device, and show what it is told."""
        self._device = device
        self._states = states
        self.ignores: set[str] = set()
        self.refuses: set[str] = set()

    async def act(self, _: str, action: str, *, entity_id: str, **data: Any) -> None:
        """Perform an action, and show it whether it was done or not."""
        if action in self.refuses:
            raise HomeError("not today")
        value = next(iter(data.values()), None)
        if action not in self.ignores:
            EFFECTS[action](self._device, value)
        self.show(entity_id, str(value or action.removeprefix("turn_")))

    async def ask(self, *_: str, **__: str) -> Any:
        """Tell which features there are, and who could serve them."""
        own = ("mining_control", "power_limit_control", "preset_control")
        ranking = {name: {"ranking": [{"title": API}]} for name in own}
        nobody: Json = {"ranking": []}
        return {"features": ranking | {"internal_fan_control": nobody}}

    def show(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Let an entity show something."""
        now = {**self._states[entity_id].attributes, **attributes}
        new = {"entity_id": entity_id, "state": state, "attributes": now}
        self._states._take_event({"data": {"entity_id": entity_id, "new_state": new}})


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the device be asked, and nobody wait for long."""
    monkeypatch.setattr(driving, "SHOW_TIMEOUT", 0.1)
    monkeypatch.setattr(driving, "DONE_TIMEOUT", 0.5)
    monkeypatch.setattr(driving, "LAST_WORDS", 0.1)
    monkeypatch.setattr(driving, "SERVE_TIMEOUT", 0.1)
    monkeypatch.setattr(driving, "POLL", 0.05)
    with loopback_allowed():
        yield


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    """Return a device that runs, with a plug."""
    spec = Spec("bitaxe", "whatsminer", new_address(), new_address())
    async with Fleet([spec], warm_up=0.1, boot=0.05) as fleet:
        yield fleet


@pytest.fixture
async def stage(fleet: Fleet, miner: Miner) -> AsyncIterator[Stage]:
    """Return the stage of one miner, whose emulation is real."""
    device, states = fleet.devices["bitaxe"].miner, States()
    assert isinstance(device, EmulatedWhatsminer)
    client = Assistant(device, states)
    client.show(miner["select.preset"], "normal", options=["low", "normal"])
    client.show(miner["number.power_limit"], "3600", step=1)
    nothing: Any = None
    async with (
        FleetControl(fleet, free_port()) as control,
        aiohttp.ClientSession() as session,
    ):
        announcement = {
            "control": control.url,
            "devices": describe_all(fleet),
            "left_out": [],
        }
        emulators = Emulators(session, announcement)
        hand = cast("Client", client)
        yield Stage(
            nothing, nothing, emulators, hand, states, [miner], nothing, nothing
        )


@pytest.fixture
def assistant(stage: Stage) -> Assistant:
    """Return who rules the device."""
    return cast("Assistant", stage.client)


@pytest.fixture
def drive(stage: Stage, miner: Miner) -> Drive:
    """Return a drive that is about to begin."""
    return Drive(stage, Report(), Sight(stage.states, miner))


async def test_every_control_is_driven_and_set_back(
    drive: Drive, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the device has is tried there and back; what it lacks is named."""
    await drive.run()

    assert drive.report.missing == []
    assert drive.report.passed == 7
    assert drive.driven == {"preset", "power limit", "mining switch"}
    output = capsys.readouterr().out
    assert "SKIP  Bitaxe: has no fan control" in output
    assert "Bitaxe: power limit 2880 W: the device tells mining, preset Norm" in output
    assert "Bitaxe: is set as before: mining, preset Normal, limit 3600 W" in output


async def test_restart_is_waited_for(drive: Drive, fleet: Fleet) -> None:
    """A device that restarts to apply something is up before it is told the next."""
    device = fleet.devices["bitaxe"].miner
    up: list[bool] = []
    pause = device.pause

    def note_and_pause() -> None:
        up.append(device.ready)
        pause()

    device.pause = note_and_pause  # type: ignore[method-assign]
    device.boot = 0.5

    await drive.run()

    assert device.reboots == 2
    assert up == [True]
    assert drive.report.missing == []


async def test_device_that_does_nothing_is_found_out(
    drive: Drive, assistant: Assistant
) -> None:
    """It does not matter what Home Assistant shows."""
    assistant.ignores = {"set_value", "turn_off"}

    await drive.run()

    assert drive.report.missing == [
        "Bitaxe: power limit 2880 W",
        "Bitaxe: mining stopped",
    ]


async def test_entity_that_shows_nothing_is_found_out(
    drive: Drive, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that obeys is not enough."""
    monkeypatch.setattr(assistant, "show", lambda *_, **__: None)

    await drive.run()

    assert "Bitaxe: preset low" in drive.report.missing
    assert "Bitaxe: preset normal" not in drive.report.missing


async def test_refusal_is_a_failed_step(drive: Drive, assistant: Assistant) -> None:
    """The drive goes on, and finds what was not set back."""
    assistant.refuses = {"turn_on"}

    await drive.run()

    assert drive.report.missing == [
        "Bitaxe: mining started",
        "Bitaxe: is set as before",
    ]


async def test_unknown_state_is_no_reason_to_crash(
    drive: Drive, assistant: Assistant, miner: Miner
) -> None:
    """Where nobody tells the limit, the steps fail."""
    assistant.show(miner["number.power_limit"], "unknown")
    assistant.refuses = {"set_value"}

    await drive.run()

    assert drive.report.missing == ["Bitaxe: power limit 0 W"] * 2


async def test_control_without_entity_is_told(drive: Drive, stage: Stage) -> None:
    """A feature that has no entity is an error in plain words."""
    miner = stage.miners[0]
    entities = {k: one for k, one in miner.entities.items() if k != "select.preset"}
    bare = Miner(miner.device, "entry", "BitAxe", entities)
    drive.sight = Sight(stage.states, bare)

    with pytest.raises(HomeError, match=r"BitAxe has no entity select\.preset"):
        await drive.run()
