"""What asic-rs tells of each kind of device, beside what is true of it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.miner_control.controllers.asic_rs.device import (
    Answers,
    AsicRsDevice,
)
from custom_components.miner_control.controllers.asic_rs.firmware import (
    ANTMINER,
    firmware_of,
)
from custom_components.miner_control.controllers.asic_rs.library import (
    Board,
    Identity,
    Told,
)
from custom_components.miner_control.controllers.asic_rs.readings import (
    readable,
    snapshot_of,
)
from custom_components.miner_control.controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
    IdentityMismatchError,
)
from custom_components.miner_control.controllers.network.address import NetworkAddress
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.values import HashRate, HashRateUnit
from emulation import (
    EmulatedAntminer,
    EmulatedAntminerS21,
    EmulatedAvalonNano3,
    EmulatedAvalonNano3S,
    EmulatedAvalonQ,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedElphapex,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)
from emulation.antminer import EmulatedAntminerL7, EmulatedAntminerS9
from tests.controllers.pyasic.conftest import Runner
from tests.emulation.support import until

from .bench import Bench, F, link, short_limits

_EVERYTHING = frozenset(
    {
        F.HASHRATE_MONITORING,
        F.STATUS_MONITORING,
        F.FAN_SPEED_INTERNAL_MONITORING,
        F.MODEL_DETECTION,
        F.HASHBOARD_MONITORING,
        F.OPERATIONAL_MONITORING,
    }
)
_HEAT = frozenset({F.BOARD_TEMPERATURE_MONITORING, F.CHIP_TEMPERATURE_MONITORING})
_BOARDS = frozenset({F.BOARD_TEMPERATURE_MONITORING})
_ANTMINER = _EVERYTHING | {
    F.BOARD_TEMPERATURE_MONITORING,
    F.FREQUENCY_MONITORING,
    F.MINING_CONTROL,
    F.INTERNAL_FAN_CONTROL,
    F.PRESET_CONTROL,
    F.RESTART_CONTROL,
    F.LOCATE_CONTROL,
}
_AVALON = _EVERYTHING | {F.FREQUENCY_MONITORING, F.RESTART_CONTROL}

# What each device has through asic-rs.
FEATURES: dict[type[EmulatedMiner], frozenset[F]] = {
    EmulatedAntminer: _ANTMINER,
    EmulatedAntminerS21: _ANTMINER | {F.POWER_MONITORING},
    EmulatedWhatsminer: _EVERYTHING
    | _HEAT
    | {
        F.POWER_MONITORING,
        F.INLET_TEMPERATURE_MONITORING,
        F.MAX_POWER_DETECTION,
        F.MINING_CONTROL,
        F.POWER_LIMIT_CONTROL,
        F.PRESET_CONTROL,
        F.RESTART_CONTROL,
        F.LOCATE_CONTROL,
    },
    EmulatedBitaxe: _EVERYTHING
    | _HEAT
    | {
        F.POWER_MONITORING,
        F.VOLTAGE_MONITORING,
        F.FREQUENCY_MONITORING,
        F.MINING_CONTROL,
    },
    EmulatedAvalonNano3: _AVALON | {F.MINING_CONTROL, F.LOCATE_CONTROL},
    # It takes no stop.
    EmulatedAvalonNano3S: _AVALON,
    EmulatedAvalonQ: _EVERYTHING
    | {
        F.INLET_TEMPERATURE_MONITORING,
        F.OUTLET_TEMPERATURE_MONITORING,
        F.BOARD_TEMPERATURE_MONITORING,
        F.MINING_CONTROL,
    },
    EmulatedVnish: _EVERYTHING
    | _HEAT
    | {
        F.POWER_MONITORING,
        F.VOLTAGE_MONITORING,
        F.FREQUENCY_MONITORING,
        F.MINING_CONTROL,
        F.POWER_LIMIT_CONTROL,
        F.PRESET_CONTROL,
        F.RESTART_CONTROL,
        F.LOCATE_CONTROL,
    },
    EmulatedLuxOs: _EVERYTHING
    | _BOARDS
    | {F.POWER_MONITORING, F.MINING_CONTROL, F.RESTART_CONTROL, F.LOCATE_CONTROL},
    EmulatedBraiins: _EVERYTHING
    | _HEAT
    | {
        F.POWER_MONITORING,
        F.VOLTAGE_MONITORING,
        F.FREQUENCY_MONITORING,
        F.MAX_POWER_DETECTION,
        F.MINING_CONTROL,
        F.POWER_LIMIT_CONTROL,
        F.RESTART_CONTROL,
        F.LOCATE_CONTROL,
    },
    # What the library takes for heat and clock is none, and for the hash rate a mean.
    EmulatedElphapex: _EVERYTHING - {F.HASHRATE_MONITORING, F.HASHBOARD_MONITORING}
    | {F.RESTART_CONTROL, F.LOCATE_CONTROL},
}


def test_features(bench: Bench) -> None:
    """A device has what asic-rs reads of it rightly, and what it obeys."""
    assert bench.features == FEATURES[type(bench.device)]


async def test_values_are_true(bench: Bench) -> None:
    """What is told is what the device does now."""
    device, found = bench.device, await bench.refresh()
    if F.HASHRATE_MONITORING in bench.features:
        assert found.hashrate
        assert found.hashrate.to(HashRateUnit.TH) == pytest.approx(
            device.hashrate, rel=0.1
        )
    if found.power:
        assert found.power.watts == pytest.approx(device.own_watts, rel=0.12)
    if found.chip_temperature:
        assert found.chip_temperature.celsius == pytest.approx(
            device.chip_temperature, abs=9
        )
    if found.frequency:
        assert found.frequency.megahertz == pytest.approx(device.frequency, rel=0.03)
    if found.board_temperature:
        assert found.board_temperature.celsius == pytest.approx(
            device.board_temperature, abs=9
        )
    assert found.internal_fan_speeds
    assert [fan.value for fan in found.internal_fan_speeds if fan] == pytest.approx(
        [device.fan_rpm] * device.rating.fans, rel=0.05
    )
    assert found.operation
    assert found.operation.uptime
    # The device goes on while it is asked, which takes a while on a busy machine.
    assert found.operation.uptime.total_seconds() == pytest.approx(
        device.elapsed, abs=60
    )
    assert found.operation.active_pool == device.pools[0].url


async def test_identity(bench: Bench) -> None:
    """A device is known by what it tells of itself, as the emulation has it."""
    known, device = bench.capabilities, bench.device
    if known.mac is not None:
        assert known.mac == device.mac
    assert known.firmware == known.library_class
    assert known.boards == device.rating.boards
    assert known.fans == device.rating.fans
    # Whoever tells no hash rate is never known to hash, and so to tell all.
    assert known.is_complete is (F.HASHRATE_MONITORING in known.features)


async def test_nano_3_has_no_identity(run: Runner) -> None:
    """Its page alone tells the MAC address, and asic-rs does not read it."""
    known = (await link(await run(EmulatedAvalonNano3))).capabilities
    assert known.mac is None
    assert known.serial is None


async def test_watts_of_avalons_are_not_believed(run: Runner) -> None:
    """The library takes another place of the supply's figures for the watts."""
    for kind in (EmulatedAvalonNano3, EmulatedAvalonNano3S, EmulatedAvalonQ):
        assert (await (await link(await run(kind))).refresh()).power is None


async def test_reading_writes_nothing(bench: Bench) -> None:
    """Nothing is written by reading."""
    await bench.refresh()
    assert bench.device.commands == []


async def test_shares_of_a_bitaxe_are_counted_once(run: Runner) -> None:
    """Each of its pools carries the shares of the whole device."""
    bench = await link(await run(EmulatedBitaxe))
    operation = (await bench.refresh()).operation
    assert operation
    assert operation.shares_rejected == 3


async def test_device_that_is_gone(bench: Bench) -> None:
    """What the library fills in is no sign of life."""
    bench.device.inject(Fault.REFUSE)
    with pytest.raises(ControllerUnreachableError):
        await bench.refresh()
    bench.device.fault = None
    assert (await bench.refresh()).internal_fan_speeds


async def test_mean_is_not_taken_for_now(bench: Bench) -> None:
    """What was hashed before does not count for what is hashed now, on no board."""
    bench.device.machine.halt()
    found = await bench.refresh()
    rates = [found.hashrate, *(board.hashrate for board in found.hashboards or ())]
    assert not any(rate.value for rate in rates if rate)


async def test_scrypt_is_told_in_megahashes(run: Runner) -> None:
    """What an Antminer calls gigahashes is none where it mines scrypt."""
    device = await run(EmulatedAntminerL7)
    bench = await link(device)
    assert bench.capabilities.hashrate_unit is HashRateUnit.GH
    found = await bench.refresh()
    assert found.hashrate
    assert found.expected_hashrate
    for rate in (found.hashrate, found.expected_hashrate):
        assert rate.to(HashRateUnit.GH) == pytest.approx(9.5, rel=0.01)


def test_scrypt_without_a_unit() -> None:
    """An L3+ tells none, and the library takes its boards for a thousand times more."""
    total, board = HashRate(514.86, HashRateUnit.GH), HashRate(128.7, HashRateUnit.GH)
    told = Told(
        hashrate=total,
        expected=total,
        boards=(Board(position=0, hashrate=board, nominal=board),) * 4,
    )
    device = antminer("L3Plus", "Scrypt", boards=4, chips=288)
    found = snapshot_of(device, Answers(told=told))
    assert found.hashrate == HashRate(0.51486, HashRateUnit.GH)
    assert found.expected_hashrate == found.hashrate
    assert found.hashboards
    assert found.hashboards[0].hashrate
    assert found.hashboards[0].hashrate.value == pytest.approx(0.1287)
    assert found.hashboards[0].nominal_hashrate == found.hashboards[0].hashrate


def antminer(model: str, algorithm: str, *, boards: int, chips: int) -> Any:
    """Return a stock Antminer that was found; nothing is contacted."""
    device: Any = AsicRsDevice("192.0.2.1", NetworkAddress(host="192.0.2.1"))
    identity = Identity(
        make="Antminer",
        model=model,
        firmware=ANTMINER,
        algorithm=algorithm,
        boards=boards,
        chips=chips,
        fans=2,
    )
    device._found = SimpleNamespace(identity=identity, supports=bool)
    return device


def test_equihash_in_its_own_unit() -> None:
    """A Z15 of 2020 calls solutions gigahashes (AgentScanner), a Z11 thousands."""
    total = HashRate(444313.18, HashRateUnit.GH)
    board = HashRate(51.44, HashRateUnit.GH)
    told = Told(
        hashrate=total, boards=(Board(position=0, hashrate=board, nominal=None),)
    )
    device = antminer("Z15", "Equihash", boards=3, chips=9)
    found = snapshot_of(device, Answers(told=told))
    assert found.hashrate == HashRate(444.31318, HashRateUnit.KSOL)
    assert found.hashboards
    assert found.hashboards[0].hashrate == HashRate(51.44, HashRateUnit.KSOL)


async def test_check_that_says_nothing_is_no_error(run: Runner) -> None:
    """A DG-Home1 lists checks without a word or a number (asic-rs' recording)."""
    device = await run(EmulatedElphapex)

    def tamper(name: str, answer: Any) -> Any:
        if name.endswith("summary.cgi"):
            nothing = {"status": "", "code": 0, "msg": "", "type": ""}
            answer["SUMMARY"][0]["status"] = [nothing, nothing]
        return answer

    device.tamper = tamper
    operation = (await (await link(device)).answered()).operation
    assert operation is not None
    assert operation.errors == ()


async def test_antminer_without_a_mode(run: Runner) -> None:
    """An S9 has none to enter, and takes its settings in another form."""
    features = (await link(await run(EmulatedAntminerS9))).features
    assert F.HASHRATE_MONITORING in features
    assert not {F.MINING_CONTROL, F.PRESET_CONTROL, F.INTERNAL_FAN_CONTROL} & features


@pytest.mark.parametrize("fault", list(Fault), ids=str)
async def test_faults(bench: Bench, fault: Fault) -> None:
    """Whatever a device answers, nothing is made up, and no other error comes up."""
    await bench.refresh()
    bench.device.inject(fault, delay=0.5)
    with short_limits():
        try:
            found = await bench.refresh()
        except ControllerError:
            return
    assert found.hashrate is None or found.hashrate.to(
        HashRateUnit.TH
    ) == pytest.approx(bench.device.hashrate, rel=0.1)


async def test_whatsminer_with_the_older_port_closed(run: Runner) -> None:
    """It is not found: the library asks there which version it has."""
    device = await run(EmulatedWhatsminerV3)
    with pytest.raises(ControllerError):
        await link(device)


async def test_stopped_device_rests(bench: Bench) -> None:
    """A stop by somebody else is seen, where the firmware tells of it."""
    if F.MINING_CONTROL not in bench.features:
        pytest.skip("cannot be stopped")
    bench.device.pause()
    found = await bench.refresh()
    assert found.hashrate is None or found.hashrate.value == 0
    tells = type(bench.device) not in (
        EmulatedLuxOs,
        EmulatedAvalonNano3,
        EmulatedAvalonQ,
    )
    assert found.status is (MinerStatus.IDLE if tells else None)
    assert bench.controller.is_mining is (False if tells else None)


async def test_stopped_device_is_found_again(bench: Bench) -> None:
    """A device that rests while Home Assistant starts is linked still."""
    if F.MINING_CONTROL not in bench.features:
        pytest.skip("cannot be stopped")
    bench.device.pause()
    bench.controller.forget_connection()
    await bench.refresh()
    await bench.controller.start_mining()
    await until(lambda: bench.device.mining)


NO_STATE = Told(is_mining=True)
WORDS: list[tuple[str, Told, MinerStatus | None]] = [
    ("AntMiner Stock", Told(is_mining=True, preset="normal"), MinerStatus.ON),
    ("AntMiner Stock", Told(is_mining=False), MinerStatus.IDLE),
    # The settings were not read: the library presumes that it mines.
    ("AntMiner Stock", NO_STATE, MinerStatus.UNKNOWN),
    ("WhatsMiner Stock", NO_STATE, None),
    ("WhatsMiner Stock", Told(is_mining=False), MinerStatus.IDLE),
    ("LuxOS", Told(is_mining=False), None),
    ("VNish", NO_STATE, MinerStatus.UNKNOWN),
    ("Braiins", Told(state="Suspended"), MinerStatus.ERROR),
    ("UMC OS", NO_STATE, None),
    ("UMC OS", Told(state="Idling"), MinerStatus.IDLE),
    ("UMC OS", Told(state="Something new"), MinerStatus.UNKNOWN),
]


@pytest.mark.parametrize(("firmware", "told", "word"), WORDS)
def test_words(firmware: str, told: Told, word: MinerStatus | None) -> None:
    """What the library presumes is no word of the device."""
    assert firmware_of(firmware).word(told) is word


STATES: dict[str, MinerStatus] = {
    "Mining": MinerStatus.ON,
    "DegradedMining": MinerStatus.ON,
    "Stable": MinerStatus.ON,
    "Tuning": MinerStatus.ON,
    "AdjustingFrequency": MinerStatus.ON,
    "AdjustingVoltage": MinerStatus.ON,
    "AdjustingClockVoltage": MinerStatus.ON,
    "Initializing": MinerStatus.STARTING,
    "Starting": MinerStatus.STARTING,
    "Restarting": MinerStatus.STARTING,
    "Stopping": MinerStatus.STOPPING,
    "Paused": MinerStatus.IDLE,
    "Stopped": MinerStatus.IDLE,
    "Idling": MinerStatus.IDLE,
    "CoolingDown": MinerStatus.ERROR,
    "Error": MinerStatus.ERROR,
    "Restricted": MinerStatus.ERROR,
    "Suspended": MinerStatus.ERROR,
    "Unknown": MinerStatus.UNKNOWN,
}


def test_every_state_has_a_word() -> None:
    """The library has no state that is not known here."""
    from pyasic_rs import OperatingState  # noqa: PLC0415

    names = {
        name
        for name, value in vars(OperatingState).items()
        if isinstance(value, type) and issubclass(value, OperatingState)
    }
    assert names == set(STATES)
    word: Callable[[Told], Any] = firmware_of("VNish").word
    assert {name: word(Told(state=name)) for name in names} == STATES


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("S19Pro", "S19 Pro"),
        ("S19jProPlus", "S19j Pro+"),
        ("S19KPro", "S19K Pro"),
        ("S21XPHydro", "S21 XP Hydro"),
        ("S21", "S21"),
        ("M30SPlusPlusVH30", "M30S++ VH30"),
        ("M60VK40", "M60 VK40"),
        ("AvalonNano3s", "Avalon Nano 3s"),
        ("DG1Plus", "DG1+"),
        ("Gamma", "Gamma"),
    ],
)
def test_models_are_readable(told: str, shown: str) -> None:
    """The library writes a model as one word."""
    assert readable(told) == shown


async def test_stranger_is_not_read(bench: Bench, run: Runner) -> None:
    """Whoever has been running for another time has to show first who it is."""
    if not bench.capabilities.mac:
        pytest.skip("is not known by anything")
    for since in ("_up_since", "_at_work_since"):
        setattr(bench.device, since, getattr(bench.device, since) - 3600)
    await bench.refresh()
    address, kind = bench.device.address, type(bench.device)
    await bench.device.stop()
    await run(kind, address=address, mac="02:00:00:00:00:99")
    with pytest.raises(IdentityMismatchError):
        await bench.answered()
