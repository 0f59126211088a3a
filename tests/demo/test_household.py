"""The fleet and the heater under check, whose emulated devices are asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest

from demo import fleet as fleets, household, sun
from demo.fleet import Fleet as SolarFleet
from demo.heater import COMFORT, THERMOSTAT
from demo.household import FleetCheck, HeatCheck
from demo.report import Report
from demo.stage import Stage
from emulation import EmulatedLuxOs
from emulation.control import FleetControl, describe_all
from emulation.fleet import Fleet, Spec
from tests.emulation.support import free_port, loopback_allowed, new_address
from tools.home.emulators import Device, Emulators
from tools.home.errors import HomeError
from tools.home.log import Outage, Record
from tools.home.miners import Miner
from tools.home.states import States

KINDS = {"solar-asic": "luxos", "solar-nano": "avalon", "heater": "luxos"}
LATCH = "binary_sensor.solar_emergency_stop"
CLIMATE = "climate.heater"
WEAK, STRONG, GREEDY = "190MHz", "default", "790MHz"
NIGHT = "Solar fleet: no sun: draws no more than it has to"
START = "Solar fleet: 3500 W of sun: starts the other one"
RAISE = "Solar fleet: 3500 W of sun: draws more of it"
STOP = "Solar fleet: emergency stop: "
RESET = "Solar fleet: emergency stop reset: a miner can be started"


class Assistant:
    """Do with devices what Home Assistant would, but for what goes wrong."""

    def __init__(self, devices: Fleet, states: States) -> None:
        """Rule devices, and show what they are told."""
        self._devices = devices
        self._states = states
        self._is_latched = False
        self.wrong: set[str] = set()

    async def act(self, domain: str, action: str, **data: Any) -> None:
        """Perform an action."""
        entity_id: str = data["entity_id"]
        match f"{domain}.{action}":
            case "input_number.set_value":
                self._shine(data["value"])
            case "button.press":
                self._is_latched = "reset" not in entity_id
                await self._press()
            case "switch.turn_on":
                self._start(entity_id)
            case "climate.set_temperature":
                await self._heat(data["temperature"])
            case other:
                pytest.fail(f"nobody does {other}")

    def show(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Let an entity show something."""
        new = {"entity_id": entity_id, "state": state, "attributes": attributes}
        self._states._take_event({"data": {"entity_id": entity_id, "new_state": new}})

    def _members(self) -> Iterator[tuple[str, Any]]:
        """Yield the devices of the members."""
        return ((name, self._devices.devices[name].miner) for name in fleets.MEMBERS)

    def _shine(self, watts: float) -> None:
        """Let the fleet follow the sun."""
        self.show(sun.GRID, str(-watts))
        for name, device in self._members():
            if f"{name} stays as it is" in self.wrong:
                continue
            if isinstance(device, EmulatedLuxOs):
                device.profile = GREEDY if "buys" in self.wrong else STRONG
            device.resume()
            device.machine.settle()

    async def _press(self) -> None:
        """Set or reset the emergency stop."""
        stops = []
        for name, device in self._members():
            if self._is_latched and f"{name} is not stopped" not in self.wrong:
                device.pause()
            outcome = "failed" if f"{name} is not proved" in self.wrong else "stopped"
            stops.append({"miner": name, "outcome": outcome, "ended_after": 0.1})
        stays = "stays latched" in self.wrong
        state = "on" if self._is_latched or stays else "off"
        self.show(LATCH, state, miners=stops)

    def _start(self, entity_id: str) -> None:
        """Start a miner unless that is refused."""
        if "refuses for ever" in self.wrong:
            raise HomeError("not today")
        if self._is_latched and "lets everybody start" not in self.wrong:
            raise HomeError("the emergency stop is set")
        self._devices.devices[entity_id.partition(".")[2]].miner.resume()

    async def _heat(self, target: float) -> None:
        """Have the room heated."""
        device = self._devices.devices["heater"].miner
        assert isinstance(device, EmulatedLuxOs)
        if target > COMFORT and "stays weak" not in self.wrong:
            device.profile = STRONG
        if target <= COMFORT:
            device.profile = WEAK
        device.apply()
        device.machine.settle()
        room = 35.0 if "tells another room" in self.wrong else COMFORT
        need = 2800 if target > COMFORT or "needs all" in self.wrong else 700
        self.show(
            CLIMATE,
            "heat",
            temperature=target,
            current_temperature=room,
            heat_need=need,
        )


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the devices be asked, and nobody wait for long."""
    for wait in ("SHOW", "LOWER", "START", "RAISE", "HEAT"):
        monkeypatch.setattr(household, f"{wait}_TIMEOUT", 1.0)
    for pause in ("STAYS_STOPPED", "WARM_UP"):
        monkeypatch.setattr(household, pause, 0.3)
    monkeypatch.setattr(household, "POLL", 0.05)
    with loopback_allowed():
        yield


@pytest.fixture
async def devices() -> AsyncIterator[Fleet]:
    """Return devices that run, each with a plug, one with a room."""
    specs = [
        Spec(name, kind, new_address(), new_address(), heats=name == "heater")
        for name, kind in KINDS.items()
    ]
    async with Fleet(specs, warm_up=0.05, boot=0.05) as fleet:
        for device in fleet.devices.values():
            if isinstance(device.miner, EmulatedLuxOs):
                device.miner.profile = WEAK
                device.miner.apply()
                device.miner.machine.settle()
        fleet.devices["solar-nano"].miner.pause()
        yield fleet


@pytest.fixture
async def stage(devices: Fleet) -> AsyncIterator[Stage]:
    """Return the stage of a fleet and a heater, whose emulation is real."""
    states = States()
    async with (
        FleetControl(devices, free_port()) as control,
        aiohttp.ClientSession() as session,
    ):
        announcement = {
            "control": control.url,
            "devices": describe_all(devices),
            "left_out": [],
        }
        emulators = Emulators(session, announcement)
        *members, warm = map(_miner, emulators.devices)
        keys = ("button.emergency_stop", "button.reset_emergency_stop")
        entities = {key: key.replace(".", ".solar_") for key in keys}
        entities |= {"binary_sensor.emergency_stop": LATCH}
        entities |= {"sensor.decision": "sensor.solar_decision"}
        nothing: Any = None
        assistant = Assistant(devices, states)
        heater = replace(warm, entities={THERMOSTAT: CLIMATE})
        yield Stage(
            nothing,
            nothing,
            emulators,
            cast("Any", assistant),
            states,
            [],
            SolarFleet("fleet", members, entities),
            heater,
        )


@pytest.fixture
def assistant(stage: Stage) -> Assistant:
    """Return who rules the devices."""
    return cast("Assistant", stage.client)


@pytest.fixture
def check(stage: Stage) -> FleetCheck:
    """Return a check of the fleet that is about to begin."""
    return FleetCheck(stage, Report())


@pytest.fixture
async def heat(stage: Stage, assistant: Assistant) -> HeatCheck:
    """Return a check of a heater that has just begun to keep its room."""
    await assistant.act(
        "climate", "set_temperature", entity_id=CLIMATE, temperature=COMFORT
    )
    return HeatCheck(stage, Report())


def _miner(device: Device) -> Miner:
    """Return a registered miner."""
    return Miner(
        device, device.name, device.name, {"switch.mining": f"switch.{device.name}"}
    )


async def test_fleet_that_does_all_of_it(
    check: FleetCheck, devices: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step is proved by the devices."""
    await check.run()

    assert check.report.missing == []
    assert check.report.passed == 6
    assert devices.devices["solar-asic"].miner.mining
    output = capsys.readouterr().out
    assert "3500 W of sun: starts the other one after" in output
    assert "solar-asic stopped after 0.1 s, solar-nano stopped after 0.1 s" in output
    assert "the emergency stop is set; the emergency stop is set" in output


@pytest.mark.parametrize(
    ("wrong", "missing"),
    [
        ("solar-nano stays as it is", [START, RAISE]),
        ("solar-asic stays as it is", [RAISE]),
        ("solar-nano is not proved", [f"{STOP}all have stopped"]),
        (
            "solar-asic is not stopped",
            [f"{STOP}all have stopped", f"{STOP}nobody can start a miner"],
        ),
        ("lets everybody start", [f"{STOP}nobody can start a miner"]),
        ("stays latched", [RESET]),
        ("refuses for ever", ["Solar fleet: reset"]),
        ("buys", [RAISE]),
    ],
)
async def test_fleet_that_does_not(
    check: FleetCheck,
    assistant: Assistant,
    wrong: str,
    missing: list[str],
) -> None:
    """Whatever Home Assistant shows, what the devices do is looked at."""
    assistant.wrong = {wrong}

    await check.run()

    assert len(check.report.missing) == len(missing)
    for found, expected in zip(check.report.missing, missing, strict=True):
        assert found.startswith(expected)


@pytest.mark.parametrize("name", ["solar-asic", "solar-nano"])
async def test_fleet_that_buys_at_night(
    check: FleetCheck, devices: Fleet, name: str
) -> None:
    """Without sun the first miner draws little, and the other one rests."""
    device = devices.devices[name].miner
    if isinstance(device, EmulatedLuxOs):
        device.profile = STRONG
    device.resume()
    device.machine.settle()

    await check.run()

    assert check.report.missing == [NIGHT]


async def test_emergency_stop_may_be_in_the_log(check: FleetCheck) -> None:
    """The integration has to warn of it, and of nothing else."""
    before = datetime.now(UTC)
    await check.run()

    (outage,) = check.outages
    assert isinstance(outage, Outage)
    text = "Emergency stop of Solar fleet"
    logger = "custom_components.miner_control"
    assert not outage.covers(Record(before, "WARNING", logger, text))
    assert outage.covers(Record(outage.begin, "WARNING", logger, text))
    other = "Solar fleet could not command Solar asic: it is gone"
    assert not outage.covers(Record(outage.begin, "WARNING", logger, other))


async def test_room_is_heated_and_left_as_it_was(
    heat: HeatCheck, devices: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """The device draws more, and the thermostat wants as little as before."""
    await heat.run()

    assert heat.report.missing == []
    assert heat.report.passed == 3
    assert devices.devices["heater"].miner.preset == WEAK
    assert "shown 20.0 °C of 23.0 °C" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "missing"),
    [
        ("stays weak", ["Heater: 3 °C warmer: draws all"]),
        ("needs all", ["Heater: set back: little is needed again"]),
        ("tells another room", ["Heater: 3 °C warmer"]),
    ],
)
async def test_power_that_does_not_follow(
    heat: HeatCheck, assistant: Assistant, wrong: str, missing: list[str]
) -> None:
    """A thermostat that only shows something is found out."""
    assistant.wrong = {wrong}

    await heat.run()

    assert len(heat.report.missing) == len(missing)
    for found, expected in zip(heat.report.missing, missing, strict=True):
        assert found.startswith(expected)


async def test_full_power_is_not_little(heat: HeatCheck, devices: Fleet) -> None:
    """A miner that heats all the time keeps no room."""
    device = devices.devices["heater"].miner
    assert isinstance(device, EmulatedLuxOs)
    device.profile = STRONG
    device.apply()
    device.machine.settle()

    await heat.run()

    assert heat.report.missing[0] == "Heater: keeps its room with little power"


async def test_reload_is_waited_for(
    miner: Miner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant reloads what it said, the last of them last."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr(household, "time", clock)
    monkeypatch.setattr(asyncio, "sleep", sleep)

    await household.wait_for_reload(
        [replace(miner, reload_at=110.0), replace(miner, reload_at=130.0)]
    )

    assert waits == [30.0 + household.RELOAD_GRACE]
