"""What recorded answers of each family mean."""

from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.miner_control.controllers.axeos.decoding import (
    Answers,
    chips_of,
    fans_of,
    is_alive,
    snapshot_of,
)
from custom_components.miner_control.controllers.axeos.families import (
    AXEFORGE,
    AXEOS,
    FAMILIES,
    LUCKY,
    NERDOS,
    NMAXE as NMAXE_FAMILY,
    family_of,
)
from custom_components.miner_control.controllers.axeos.family import Family
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from custom_components.miner_control.domain.values import (
    Chip,
    FanSetting,
    FanSpeed,
    HashRate,
    OperationalData,
    Temperature,
)

from .shapes import (
    GAMMA,
    GAMMA_ASIC,
    GONE,
    LV07,
    LV08,
    NERD,
    NERD_ASIC,
    NMAXE,
    NMAXE_MINING,
    ULTRA,
    changed,
)

type Shape = dict[str, Any]

SHAPES = {
    "gamma": (AXEOS, GAMMA, GAMMA_ASIC),
    "ultra": (AXEOS, ULTRA, {}),
    "nerd": (NERDOS, NERD, NERD_ASIC),
    "nmaxe": (NMAXE_FAMILY, NMAXE, NMAXE_MINING),
    "lv07": (LUCKY, LV07, {}),
    "lv08": (LUCKY, LV08, {}),
}


def read(info: Shape, asic: Shape | None = None, **more: Any) -> Snapshot:
    """Return what a device told."""
    family = family_of(info)
    assert family is not None
    return snapshot_of(family, Answers(info=info, asic=asic or {}, **more))


def operation(info: Shape, **more: Any) -> OperationalData:
    """Return how mining goes on a device."""
    found = read(info, **more).operation
    assert found is not None
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_each_family_is_known_by_its_sign(name: str) -> None:
    """By one answer, whatever its version says."""
    family, info, _ = SHAPES[name]
    assert family_of(info) is family
    assert family_of(changed(info, version="9.9.9")) is family


@pytest.mark.parametrize(
    "info", [{}, {"error": "unknown route"}, {"version": "v2.15.0"}]
)
def test_others_are_not(info: Shape) -> None:
    """What tells nothing of this kind is none of them."""
    assert family_of(info) is None


def test_axeforge_is_left_alone() -> None:
    """It rules itself: it is read, and told nothing."""
    info = changed(GAMMA, version="AxeForge v1.4.9")
    family = family_of(info)
    assert family is AXEFORGE
    assert AXEFORGE.rules_itself
    assert AXEFORGE.commands(info).pause is None
    assert AXEFORGE.commands(info).fan is None


# What each tells: hash rate, expected one, watts, chip, board, volts, MHz, rpm.
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("gamma", (1.0682, 1.071, 17.4, 58.5, 52, 5.09375, 524.5, [4200])),
        ("ultra", (0.4409, 0.43359, 11.67, 56, None, 5.208, 485, [3920])),
        ("nerd", (4.7563, 4.896, 78.25, 54.75, 66, 11.7656, 600, [1924, 1890])),
        ("nmaxe", (1.2105, 1.224, 23.159, 62.7, 45.2, 11.431, 600, [2800])),
        ("lv07", (0.856998, None, 26.46143, 64, None, 12.015625, 575, [4458])),
        ("lv08", (3.587362, 3.90231, 99.80615, 55, 52, 12.140625, 485, None)),
    ],
)
def test_readings(name: str, values: tuple[Any, ...]) -> None:
    """In the domain's own units."""
    _, info, asic = SHAPES[name]
    found = read(info, asic)
    rpms = found.internal_fan_speeds
    shown = (
        found.hashrate and found.hashrate.value,
        found.expected_hashrate and found.expected_hashrate.value,
        found.power and found.power.watts,
        found.chip_temperature and found.chip_temperature.celsius,
        found.board_temperature and found.board_temperature.celsius,
        found.voltage and found.voltage.volts,
        found.frequency and found.frequency.megahertz,
        rpms and [fan and fan.value for fan in rpms],
    )
    for got, wanted in zip(shown, values, strict=True):
        assert got == (wanted if wanted is None else pytest.approx(wanted, rel=1e-5))


@pytest.mark.parametrize(
    ("name", "status", "pool", "fan"),
    [
        ("gamma", MinerStatus.ON, "pool.example:3333", FanSetting(100, automatic=True)),
        ("ultra", None, "pool2.example:4444", FanSetting(55)),
        ("nerd", MinerStatus.ON, "pool.example:3333", FanSetting(62, automatic=True)),
        ("nmaxe", MinerStatus.ON, "pool.example:3333", None),
        ("lv07", None, "pool.example:3333", FanSetting(100, automatic=True)),
        ("lv08", None, "pool.example:3333", None),
    ],
)
def test_state(
    name: str, status: MinerStatus | None, pool: str, fan: FanSetting | None
) -> None:
    """Status is the device's own word, or none."""
    _, info, asic = SHAPES[name]
    found = read(info, asic)
    assert found.operation is not None
    assert found.status is status
    assert found.operation.active_pool == f"stratum+tcp://{pool}"
    assert found.internal_fan == fan


def test_operation_of_axeos() -> None:
    """Everything that 2.15 counts."""
    found = operation(GAMMA)
    assert found == OperationalData(
        uptime=timedelta(seconds=50_000),
        shares_accepted=1400,
        shares_rejected=3,
        rejections=(("Stale", 3),),
        blocks_found=0,
        best_difficulty=4.31e9,
        session_difficulty=2.5e6,
        active_pool="stratum+tcp://pool.example:3333",
        is_on_fallback_pool=False,
        pool_response=timedelta(milliseconds=31.5),
        hashrate_1m=found.hashrate_1m,
        hashrate_10m=found.hashrate_10m,
        hashrate_1h=found.hashrate_1h,
        hardware_errors=0.2,
        core_voltage=found.core_voltage,
        input_current=3.4172,
        wifi_signal=-60,
        reset_reason="Reset due to power-on event",
        errors=(),
    )
    assert found.core_voltage is not None
    assert found.core_voltage.volts == pytest.approx(1.148)
    rates = (found.hashrate_1m, found.hashrate_10m, found.hashrate_1h)
    assert [rate and rate.value for rate in rates] == (
        pytest.approx([1.0701, 1.0698, 1.0712])
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [("4.29G", 4.29e9), ("456.7K", 456_700), ("1.23 M", 1.23e6), ("65536", 65_536)],
)
def test_difficulties_in_short(written: str, meant: float) -> None:
    """As older releases and NMAxe write them."""
    assert operation(changed(ULTRA, bestDiff=written)).best_difficulty == (
        pytest.approx(meant)
    )


@pytest.mark.parametrize("value", [-1, 0, None, "", {"asic": 5}, "n/a"])
def test_no_temperature(value: object) -> None:
    """What stands for none is none."""
    found = read(changed(GAMMA, temp=value, temp2=-1, vrTemp=value))
    assert (found.chip_temperature, found.board_temperature) == (None, None)


def test_hottest_of_two_sensors() -> None:
    """The second one only where there is one."""
    assert read(changed(GAMMA, temp=61, temp2=64.5)).chip_temperature == (
        Temperature(64.5)
    )


def test_second_fan() -> None:
    """It is there if it turns, or if it was seen to."""
    assert fans_of(AXEOS, GAMMA) == 1
    assert fans_of(AXEOS, changed(GAMMA, fan2rpm=3300)) == 2
    still = snapshot_of(AXEOS, Answers(info=GAMMA), fans=2)
    assert still.internal_fan_speeds == (FanSpeed(4200), FanSpeed(0))


def test_chips() -> None:
    """Each of several: what it makes, how warm it is."""
    work = {"asics": [{"total": 500.0}, {"total": 568.2}]}
    two = changed(GAMMA, hashrateMonitor=work)
    assert operation(two).chips == (Chip(HashRate(0.5)), Chip(HashRate(0.5682)))
    assert chips_of(AXEOS, Answers(info=two)) == 2
    four = operation(NERD).chips
    assert four is not None
    assert [chip.temperature for chip in four] == [
        Temperature(celsius) for celsius in (54.0, 54.75, 53.2, 52.9)
    ]
    assert chips_of(LUCKY, Answers(info=LV07)) == 2


@pytest.mark.parametrize(
    ("info", "status"),
    [
        (changed(GAMMA, miningPaused=True), MinerStatus.IDLE),
        (changed(GAMMA, hardware_fault="ASIC not detected"), MinerStatus.ERROR),
        (changed(GAMMA, overheat_mode=1), MinerStatus.ERROR),
        (changed(GAMMA, miningPaused=GONE), None),
        (changed(ULTRA, power_fault="VIN under voltage"), MinerStatus.ERROR),
        (changed(NERD, shutdown=True), MinerStatus.IDLE),
        (changed(NERD, shutdown=GONE), None),
        (changed(NMAXE, miner={"state": "resuming"}), MinerStatus.STARTING),
        (changed(NMAXE, miner={"state": "error"}), MinerStatus.ERROR),
        (changed(NMAXE, miner={"hashRate": 3}), None),
    ],
)
def test_status(info: Shape, status: MinerStatus | None) -> None:
    """What each says of a pause, of faults, or not."""
    assert read(info).status is status


@pytest.mark.parametrize(
    ("info", "errors"),
    [
        (GAMMA, ()),
        (changed(GAMMA, hardware_fault="VR fault"), ("VR fault",)),
        (changed(GAMMA, power_fault="VIN", overheat_mode=1), ("VIN", "overheat_mode")),
        (LV07, None),
        (NERD, None),
    ],
)
def test_errors(info: Shape, errors: tuple[str, ...] | None) -> None:
    """Faults are told while they last."""
    assert operation(info).errors == errors


def test_errors_of_nerdos_stand_on_another_page() -> None:
    """A shutdown by heat is none that it was told to make."""
    found = read(changed(NERD, shutdown=True, hashRate=0), board_error=1)
    assert found.status is MinerStatus.ERROR
    assert found.operation is not None
    assert found.operation.errors == ("MINER OVERHEATED",)
    assert operation(NERD, board_error=0).errors == ()


DARK = {"coreVoltageActual": 0, "power": 5.0, "temp": 33.0}


@pytest.mark.parametrize(
    ("info", "status", "errors"),
    [
        # A NerdAxe Gaia whose regulator failed (NerdOS 1.1.0,
        # ESP-Miner-NerdQAxePlus#709).
        (changed(NERD, **DARK, hashRate=0), MinerStatus.ERROR, ("VREG OFF",)),
        # A NerdAxe that was too hot before releases said so: it tells the mean of
        # before (hashrate-autopilot#291, power_management_task.cpp).
        (changed(NERD, **DARK), MinerStatus.ERROR, ("VREG OFF",)),
        (changed(NERD, **DARK, shutdown=None), None, None),
        (changed(NERD, **DARK, shutdown=True), MinerStatus.IDLE, None),
        (changed(NERD, **DARK, uptimeSeconds=9), MinerStatus.STARTING, None),
    ],
)
def test_chips_without_voltage(
    info: Shape, status: MinerStatus | None, errors: tuple[str, ...] | None
) -> None:
    """They hash nothing, whatever the hash rate is said to be."""
    found = read(info)
    assert found.hashrate == HashRate(0)
    assert found.status is status
    assert found.operation is not None
    assert found.operation.errors == errors
    assert found.operation.hashrate_10m is None


@pytest.mark.parametrize(
    "told", [{"power": 78.25}, {"power": None}, {"coreVoltageActual": None}]
)
def test_voltage_that_is_not_read(told: Shape) -> None:
    """A sensor that fails alone is no stop."""
    found = read(changed(NERD, **{**DARK, **told}))
    assert found.hashrate is not None
    assert found.hashrate.value > 0
    assert found.status is MinerStatus.ON


def test_a_pause_leaves_no_rate() -> None:
    """The means of before are told on, and are not of now."""
    found = read(changed(GAMMA, miningPaused=True, actualFrequency=0, temp=-1))
    assert found.hashrate == HashRate(0)
    assert found.frequency is None
    assert found.operation is not None
    assert found.operation.hashrate_1h is None
    assert found.operation.active_pool is None


def test_objects_in_place_of_numbers_spoil_only_themselves() -> None:
    """As an app of NMAxe once found."""
    found = read(changed(GAMMA, hashRate={"now": 1068}, temp={"asic": 58}))
    assert found.hashrate is None
    assert found.chip_temperature is None
    assert found.power is not None


def test_life() -> None:
    """An answer with nothing in it is no sign of life."""
    assert is_alive(read(GAMMA))
    nothing = {"ASICModel": "BM1370", "hashRate": None}
    assert not is_alive(read(nothing))


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.key)
@given(data=st.data())
def test_no_answer_breaks_it(family: Family, data: st.DataObject) -> None:
    """Whatever stands where, what is left makes sense or is none."""
    name = data.draw(st.sampled_from(sorted(SHAPES)))
    _, info, asic = SHAPES[name]
    spoiled = info | data.draw(
        st.dictionaries(st.sampled_from(sorted(info)), _JUNK, max_size=8)
    )
    page = asic | data.draw(
        st.dictionaries(st.sampled_from(["frequencyOptions", "asicCount"]), _JUNK)
    )
    found = snapshot_of(family, Answers(info=spoiled, asic=page))
    assert found.chip_temperature is None or found.chip_temperature.celsius > 0
    assert found.hashrate is None or found.hashrate.is_plausible
