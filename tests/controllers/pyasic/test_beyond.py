"""Boards, operation, limits and facts of devices, against what they truly do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.miner_control.controllers.base import ControllerConfig
from custom_components.miner_control.controllers.network import facts
from custom_components.miner_control.controllers.network.merging import merged
from custom_components.miner_control.controllers.pyasic import interface
from custom_components.miner_control.controllers.pyasic.controller import (
    PyasicController,
)
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    Frequency,
    Hashboard,
    HashRate,
    OperationalData,
    Power,
    PowerLimit,
    Presets,
    Temperature,
    Voltage,
)
from emulation import (
    EmulatedAntminer,
    EmulatedAvalonNano3,
    EmulatedBitaxe,
    EmulatedBraiins,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedVnish,
    EmulatedWhatsminer,
    EmulatedWhatsminerV3,
    Fault,
)
from emulation.luxos.profiles import PROFILES
from tests.controllers.support import NO_HASS

from .bench import KINDS, Bench, F, OldBitaxe, link, short_limits
from .conftest import Runner

type Told = Mapping[str, object]

FIRST_POOL = "stratum+tcp://pool.example.com:3333"

# What each board is read to be like; the hash rates are compared apart from it.
BOARD: dict[type[EmulatedMiner], Callable[[Any], Hashboard]] = {
    EmulatedAntminer: lambda device: Hashboard(
        chip_temperature=Temperature(device.chip_temperature),
        board_temperature=Temperature(device.board_temperature),
        frequency=Frequency(device.frequency),
        chips=114,
    ),
    EmulatedWhatsminer: lambda device: Hashboard(
        chip_temperature=Temperature(
            device.chip_temperature + device.machine.chip_spread
        ),
        board_temperature=Temperature(device.board_temperature),
        frequency=Frequency(device.frequency),
        chips=111,
    ),
    EmulatedBitaxe: lambda device: Hashboard(
        chip_temperature=Temperature(device.chip_temperature),
        board_temperature=Temperature(device.board_temperature),
        voltage=Voltage(1.142),
        frequency=Frequency(device.frequency),
        chips=1,
    ),
    EmulatedAvalonNano3: lambda device: Hashboard(
        chip_temperature=Temperature(device.chip_temperature + 4),
        board_temperature=Temperature(device.board_temperature),
        voltage=Voltage(27.56),
        frequency=Frequency(device.frequency),
        chips=10,
    ),
    EmulatedVnish: lambda device: Hashboard(
        chip_temperature=Temperature(device.chip_temperature + 3),
        board_temperature=Temperature(device.board_temperature + 3),
        voltage=Voltage(13.6),
        frequency=Frequency(device.frequency),
        chips=76,
    ),
    EmulatedLuxOs: lambda device: Hashboard(
        # What the exhaust's sensors tell, in whole degrees.
        board_temperature=Temperature(round(device.board_temperature + 4)),
        frequency=Frequency(device.frequency),
        chips=77,
    ),
    EmulatedBraiins: lambda device: Hashboard(
        chip_temperature=Temperature(device.chip_temperature),
        board_temperature=Temperature(device.board_temperature),
        voltage=Voltage(13.75),
        frequency=Frequency(device.frequency),
        chips=65,
    ),
    EmulatedWhatsminerV3: lambda device: Hashboard(
        chip_temperature=Temperature(
            device.chip_temperature + device.machine.chip_spread
        ),
        board_temperature=Temperature(device.board_temperature),
        frequency=Frequency(device.frequency),
        chips=75,
    ),
}
# Firmware that does not tell what a board should make.
WITHOUT_NOMINAL = (EmulatedWhatsminer,)
# Firmware that counts no shares.
WITHOUT_SHARES = (EmulatedWhatsminerV3,)

# What is read of the operation, less uptime and shares.
OPERATION: dict[type[EmulatedMiner], Told] = {
    EmulatedAntminer: {
        "blocks_found": 0,
        "best_difficulty": 12_904_207_043,
        "active_pool": FIRST_POOL,
        "errors": (),
    },
    EmulatedWhatsminer: {"active_pool": FIRST_POOL, "errors": ()},
    EmulatedBitaxe: {
        "blocks_found": 0,
        "best_difficulty": 4_312_775_861,
        "active_pool": FIRST_POOL,
        "errors": (),
    },
    EmulatedAvalonNano3: {
        "blocks_found": 0,
        "best_difficulty": 19_649_871,
        "active_pool": FIRST_POOL,
    },
    EmulatedVnish: {
        "blocks_found": 0,
        "best_difficulty": 198_441_277,
        "active_pool": "pool.example.com:3333",
        "errors": (),
    },
    EmulatedLuxOs: {
        "blocks_found": 0,
        "best_difficulty": 32768,
        "active_pool": FIRST_POOL,
        "errors": (),
    },
    EmulatedBraiins: {
        "blocks_found": 0,
        "best_difficulty": 499_065_300,
        "active_pool": FIRST_POOL,
        "errors": (),
    },
    EmulatedWhatsminerV3: {"active_pool": FIRST_POOL, "errors": ()},
}

PROFILE_WATTS = tuple(float(profile.watts) for profile in PROFILES.values())
TUNED = ("1100", "1500", "1900", "2350", "2620", "2950", "3200", "3350")
# Limits and presets; what is not named is None.
LIMITS: dict[type[EmulatedMiner], Told] = {
    EmulatedAntminer: {
        "presets": Presets(("normal", "low", "sleep"), "normal"),
        "max_hashrate": HashRate(110),
    },
    EmulatedWhatsminer: {
        "presets": Presets(("low", "normal", "high"), "normal"),
        "power_limit": PowerLimit(3600, 1, 3600),
        "max_power": Power(3600),
        "max_hashrate": HashRate(112),
    },
    EmulatedBitaxe: {"max_power": Power(40), "max_hashrate": HashRate(1.275)},
    EmulatedAvalonNano3: {"presets": Presets(("low", "medium", "high"), "high")},
    EmulatedVnish: {
        "presets": Presets(TUNED, "2950"),
        "power_limit": PowerLimit(2950, 1100, 3350, 10, tuple(map(float, TUNED))),
        "max_power": Power(3350),
        "max_hashrate": HashRate(105),
    },
    EmulatedLuxOs: {
        "presets": Presets(tuple(PROFILES), "default"),
        "power_limit": PowerLimit(2794, 784, 4195, levels=PROFILE_WATTS),
        "max_power": Power(4195),
        "max_hashrate": HashRate(121.8),
    },
    EmulatedBraiins: {
        "power_limit": PowerLimit(3500, 1100, 4500),
        "max_power": Power(4500),
        "max_hashrate": HashRate(234),
    },
    EmulatedWhatsminerV3: {
        "presets": Presets(("low", "normal", "high"), "normal"),
        "power_limit": PowerLimit(3600, 1, 3600),
        "max_power": Power(3600),
        "max_hashrate": HashRate(181),
    },
}


def operation_of(seen: Snapshot) -> OperationalData:
    """Return the operational data, which have to be there."""
    assert seen.operation is not None
    return seen.operation


async def test_boards(kind: type[EmulatedMiner], bench: Bench) -> None:
    """Each board is read in its slot, with its own share of the hash rate."""
    device = bench.device
    boards = (await bench.refresh()).hashboards
    assert boards is not None
    assert bench.capabilities.boards == len(boards) == device.rating.boards
    for board in boards:
        assert board.hashrate is not None
        assert board.hashrate.value == pytest.approx(
            device.hashrate / len(boards), rel=1e-4
        )
        if kind in WITHOUT_NOMINAL:
            assert board.nominal_hashrate is None
        else:
            assert board.nominal_hashrate is not None
            assert board.nominal_hashrate.value == pytest.approx(
                device.expected_hashrate / len(boards), rel=1e-3
            )
        plain = replace(board, hashrate=None, nominal_hashrate=None)
        assert plain == BOARD[kind](device)


async def test_boards_of_a_stopped_device(bench: Bench) -> None:
    """Boards that rest make nothing, and tell no clock of before."""
    bench.device.pause()
    boards = (await bench.refresh()).hashboards
    assert boards is not None
    assert all(board.hashrate is None or not board.hashrate.value for board in boards)
    if isinstance(bench.device, EmulatedBitaxe):
        # Its chips have no voltage then, while its input has.
        assert [board.voltage for board in boards] == [None]


async def test_operation(kind: type[EmulatedMiner], bench: Bench) -> None:
    """Counters, pool and errors are those of the device."""
    device = bench.device
    found = operation_of(await bench.refresh())
    assert found.uptime is not None
    assert abs(found.uptime.total_seconds() - device.elapsed) <= 60
    shares = (found.shares_accepted, found.shares_rejected)
    if kind in WITHOUT_SHARES:
        assert shares == (None, None)
    else:
        assert shares == pytest.approx(
            (device.machine.shares, device.machine.shares // 500), abs=20
        )
    rest = replace(found, uptime=None, shares_accepted=None, shares_rejected=None)
    assert rest == OperationalData(**OPERATION[kind])  # type: ignore[arg-type]


async def test_limits_and_presets(kind: type[EmulatedMiner], bench: Bench) -> None:
    """A device tells its own range and its own presets."""
    seen = await bench.refresh()
    names = ("presets", "power_limit", "max_power", "max_hashrate")
    told = {name: getattr(seen, name) for name in names}
    if told["max_hashrate"] is not None:
        told["max_hashrate"] = HashRate(round(told["max_hashrate"].value, 6))
    assert told == {name: LIMITS[kind].get(name) for name in names}
    assert seen.is_locating is False
    controller = bench.controller
    assert controller.presets is seen.presets
    assert controller.power_limit is seen.power_limit
    assert controller.is_locating is seen.is_locating


# A Bitaxe does not tell whether it shows itself.
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not EmulatedBitaxe], ids=lambda k: k.kind
)
async def test_light_is_seen(bench: Bench) -> None:
    """A light that somebody else turned on is seen, and that it went out, too."""
    for lit in (True, False):
        bench.device.locating = lit
        bench.controller.forget_connection()
        assert (await bench.refresh()).is_locating is lit


def _fail_again(device: Any) -> None:
    """Have something go wrong now that went wrong before the last start, too."""
    device.past_errors.append("hb1 is lost")
    device.errors.append("hb2 is lost")


@pytest.mark.parametrize(
    ("kind", "break_it", "errors"),
    [
        (
            EmulatedAntminer,
            lambda device: device.problems.update(fans="fan 2 lost"),
            ("fan 2 lost",),
        ),
        (
            EmulatedWhatsminer,
            lambda device: device.error_codes.append(110),
            ("Intake fan speed error. (110)",),
        ),
        (
            EmulatedBitaxe,
            lambda device: device.settings.update(overheat_mode=1),
            ("overheat_mode",),
        ),
        (
            EmulatedVnish,
            lambda device: device.failures.update({2: "no chips"}),
            ("2: no chips",),
        ),
        # It lists what was wrong before it was started as well, for weeks.
        (EmulatedBraiins, _fail_again, ("hb2 is lost",)),
    ],
)
async def test_errors(
    run: Runner,
    kind: type[EmulatedMiner],
    break_it: Callable[[Any], None],
    errors: tuple[str, ...],
) -> None:
    """What the device complains of is told, in its own words."""
    device = await run(kind)
    break_it(device)
    bench = await link(device)
    found = operation_of(await bench.refresh()).errors
    assert found is not None
    assert set(found) == set(errors)


# VNish calls its first pool active in any case.
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not EmulatedVnish], ids=lambda k: k.kind
)
async def test_no_pool_is_active_while_stopped(bench: Bench) -> None:
    """A pool that nobody works for is not the active one."""
    bench.device.pause()
    assert operation_of(await bench.refresh()).active_pool is None


# The only fact about a Bitaxe is on a page that the library reads every time.
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not EmulatedBitaxe], ids=lambda k: k.kind
)
async def test_facts_are_asked_for_rarely(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pools, lights and the like are read once, and again when they are old."""
    now = 1000.0
    monkeypatch.setattr(facts, "monotonic", lambda: now)
    await bench.refresh()
    often = await bench.requests()
    now += facts.INTERVAL - 1
    assert await bench.requests() == often
    now += 1
    bench.device.requests.clear()
    first = await bench.refresh()
    rarely = set(bench.device.requests) - often
    assert rarely
    # They are still shown when they are not read.
    second = await bench.refresh()
    assert operation_of(second).active_pool == operation_of(first).active_pool
    assert second.presets == first.presets


FACT: dict[type[EmulatedMiner], str] = {
    EmulatedAntminer: "GET /cgi-bin/get_blink_status.cgi",
    EmulatedWhatsminer: "rpc:get_miner_info",
    EmulatedBitaxe: "GET /api/system/asic",
    EmulatedVnish: "GET /api/v1/status",
}


@pytest.mark.parametrize("kind", FACT, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.GARBAGE, Fault.EMPTY])
async def test_fact_that_is_missing_is_asked_for_soon(
    kind: type[EmulatedMiner],
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
) -> None:
    """A slip of the device costs a minute, not ten, and nothing else."""
    whole = await bench.refresh()
    now = 1000.0
    monkeypatch.setattr(facts, "monotonic", lambda: now)
    bench.controller._facts.forget()
    bench.device.inject(fault, on=FACT[kind])
    part = await bench.refresh()
    assert part.status is MinerStatus.ON
    assert part.hashrate == whole.hashrate
    bench.device.fault = None
    now += facts.RETRY_INTERVAL
    seen = await bench.refresh()
    assert replace(seen, operation=None) == replace(whole, operation=None)


async def test_facts_that_hang_spoil_nothing(run: Runner) -> None:
    """What is known stays, and what is measured is shown."""
    bench = await link(await run(EmulatedVnish))
    await bench.refresh()
    bench.controller._facts._next_at = 0.0
    bench.device.inject(Fault.HANG, on="GET /api/v1/autotune/presets")
    with short_limits():
        seen = await bench.refresh()
    assert seen.status is MinerStatus.ON
    assert seen.presets == Presets(TUNED, "2950")


async def test_facts_that_hang_are_asked_for_soon(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told a short while ago stands in, and nothing older."""
    monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.3)
    now = 1000.0
    monkeypatch.setattr(facts, "monotonic", lambda: now)
    bench = await link(await run(EmulatedVnish))
    whole = await bench.refresh()
    now += facts.INTERVAL
    bench.device.inject(Fault.HANG, on="GET /api/v1/autotune/presets")
    assert (await bench.refresh()).presets == whole.presets
    now += facts.RETRY_INTERVAL
    assert (await bench.refresh()).presets is None
    bench.device.inject(None)
    now += 2 * facts.FIRST_RETRY_INTERVAL
    assert (await bench.refresh()).presets == whole.presets


async def test_rated_power_outlives_a_lower_limit(run: Runner) -> None:
    """A limit that was lowered can be raised again, after a restart as well."""
    bench = await link(await run(EmulatedWhatsminer))
    assert bench.capabilities.rated_power == 3600
    bench.device.limit = 2500
    assert (await bench.refresh()).power_limit == PowerLimit(2500, 1, 3600)


async def test_expected_hashrate_follows_the_mode(run: Runner) -> None:
    """A Whatsminer in low power mode is not expected to reach its rating."""
    bench = await link(await run(EmulatedWhatsminer))
    bench.device.power_mode = "Low"
    seen = await bench.refresh()
    assert seen.expected_hashrate is not None
    assert seen.expected_hashrate.value == pytest.approx(
        bench.device.expected_hashrate, rel=1e-4
    )
    assert seen.max_hashrate == HashRate(112)


@pytest.mark.parametrize(
    ("told", "difficulty"),
    [
        ("4.31G", 4.31e9),
        ("812 k", 812e3),
        ("1.5M", 1.5e6),
        ("977", 977),
        (123456, 123456),
        ("", None),
        ("none", None),
        (None, None),
    ],
)
async def test_difficulty_in_short(
    run: Runner,
    monkeypatch: pytest.MonkeyPatch,
    told: object,
    difficulty: float | None,
) -> None:
    """Older AxeOS writes difficulties as people do."""
    bench = await link(await run(EmulatedBitaxe))
    monkeypatch.setattr(bench.device, "_difficulty", lambda _: told)
    found = operation_of(await bench.refresh()).best_difficulty
    assert found == (None if difficulty is None else pytest.approx(difficulty))


async def test_fallback_pool(run: Runner) -> None:
    """The pool that is worked for is shown, be it the second."""
    bench = await link(await run(EmulatedBitaxe))
    bench.device.uses_fallback = True
    found = operation_of(await bench.refresh())
    assert found.active_pool == "stratum+tcp://backup.example.com:3333"


async def test_old_axeos_without_frequencies(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is on offer, nothing is known to be the most."""
    device = await run(OldBitaxe)
    monkeypatch.setattr(device, "_asic", lambda: {"asicCount": 1})
    bench = await link(device)
    assert F.MAX_HASHRATE_DETECTION not in bench.features
    assert (await bench.refresh()).max_hashrate is None


async def test_antminer_remembers_its_rating(run: Runner) -> None:
    """What it makes in its normal mode is its most, in other modes as well."""
    bench = await link(await run(EmulatedAntminer))
    await bench.refresh()
    bench.device._set_mode(3)
    bench.device.machine.settle()
    seen = await bench.refresh()
    assert seen.max_hashrate == HashRate(110)
    assert seen.expected_hashrate is not None
    assert seen.expected_hashrate.value == pytest.approx(79.2)


async def test_antminer_knows_its_rating_after_a_restart(run: Runner) -> None:
    """Also where Home Assistant starts while the device is in another mode."""
    bench = await link(await run(EmulatedAntminer))
    await bench.refresh()
    config = ControllerConfig(
        controller_id="network",
        title="Miner",
        data={"host": bench.device.address},
        capabilities=bench.capabilities,
        memory=dict(bench.controller.memory),
    )
    bench.device._set_mode(3)
    bench.device.machine.settle()
    again = PyasicController(NO_HASS, config)
    seen = await again.async_refresh(bench.features)
    assert seen.max_hashrate == HashRate(110)


async def test_boards_in_an_unknown_unit(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a number means is not guessed."""
    bench = await link(await run(EmulatedAntminer))
    tell = bench.device.web_stats
    told = tell() | {"STATS": [tell()["STATS"][0] | {"rate_unit": "parsec"}]}
    monkeypatch.setattr(bench.device, "web_stats", lambda: told)
    boards = (await bench.refresh()).hashboards
    assert boards is not None
    assert {board.nominal_hashrate for board in boards} == {None}


class TestMerging:
    """What is known better stands in the place of what is known."""

    def test_fields(self) -> None:
        """Each field by itself; what is not known replaces nothing."""
        known = Snapshot(power=Power(1), is_locating=True)
        better = Snapshot(power=Power(2), is_locating=False)
        assert merged(known, better) == better
        assert merged(known, Snapshot()) == known

    def test_operation(self) -> None:
        """Operational data come from several answers."""
        known = Snapshot(
            operation=OperationalData(uptime=timedelta(1), errors=("old",))
        )
        better = Snapshot(operation=OperationalData(blocks_found=1, errors=()))
        both = OperationalData(uptime=timedelta(1), blocks_found=1, errors=())
        assert merged(known, better).operation == both
        assert merged(Snapshot(), better).operation == better.operation
        assert merged(known, Snapshot()).operation == known.operation

    def test_boards(self) -> None:
        """Boards are put together by their slots, however many each told."""
        one, other = Hashboard(chips=1), Hashboard(frequency=Frequency(2))
        found = merged(
            Snapshot(hashboards=(one,)), Snapshot(hashboards=(other, other))
        ).hashboards
        assert found == (Hashboard(chips=1, frequency=Frequency(2)), other)
