"""Boards, air, water and watts of stock Antminers, in every form that was seen."""

from typing import Any

import pytest

from custom_components.miner_control.controllers.pyasic.dialects.bitmain_stats import (
    fans_of,
    of_page,
    of_rpc,
    scrypt_rate,
    totals_of,
    watts_of,
)
from custom_components.miner_control.domain.values import (
    Frequency,
    Hashboard,
    HashRate,
    HashRateUnit,
    Power,
    Temperature,
)

AIR = "Antminer S21"
GH = HashRateUnit.GH
BOARD = Hashboard(
    chip_temperature=Temperature(71),
    board_temperature=Temperature(62),
    hashrate=HashRate(37),
    nominal_hashrate=HashRate(36),
    frequency=Frequency(525),
    chips=114,
)


def chain(**told: Any) -> dict[str, Any]:
    """Return a chain as the web page tells it, without temperatures."""
    return {
        "index": 0,
        "freq_avg": 525,
        "rate_real": 37000,
        "rate_ideal": 36000,
        "asic_num": 114,
    } | told


def page(*chains: dict[str, Any]) -> dict[str, Any]:
    """Return what the web page tells."""
    return {"rate_unit": "GH/s", "chain": list(chains)}


@pytest.mark.parametrize(
    "sensors",
    [
        {"temp_pcb": [62, 62, 62, 62], "temp_chip": [71, 71, 71, 71]},
        {"temp_pcb": [0, -1, 62, 62], "temp_chip": [0, 0, 71, 71]},
        {"temp_pcb": ["62", "62"], "temp_chip": ["71", ""]},
        # Newer firmware: inlet and outlet, as numbers, texts and lists.
        {"temp_in_pcb": 41, "temp_out_pcb": 62, "temp_out_chip": 71},
        {"temp_in_pcb": "41", "temp_out_pcb": "62-62", "temp_out_chip": "71"},
        {"temp_out_pcb": [62, 62], "temp_in_chip": [71]},
        {"temp_out_pcb": 0, "temp_in_pcb": 62, "temp_in_chip": 71},
    ],
)
def test_temperatures_by_any_name(sensors: dict[str, Any]) -> None:
    """Whatever the sensors are called, and whatever an absent one writes."""
    found = of_page(page(chain(**sensors)), AIR)
    assert found.hashboards == (BOARD,)
    assert found.chip_temperature == Temperature(71)
    assert found.board_temperature == Temperature(62)


@pytest.mark.parametrize("odd", [None, [], "", [0, 0, 0, 0], -1, "absent", {}])
def test_sensor_that_fails_costs_itself_alone(odd: Any) -> None:
    """A board without a temperature keeps its hash rate, and its place."""
    whole = chain(temp_pcb=[62], temp_chip=[71])
    failing = whole | {"index": 1, "temp_pcb": odd, "temp_chip": odd}
    found = of_page(page(whole, failing, whole | {"index": 2}), AIR)
    assert found.hashboards is not None
    assert [board.hashrate for board in found.hashboards] == [HashRate(37)] * 3
    assert found.hashboards[1].board_temperature is None
    assert found.board_temperature == Temperature(62)


def test_board_that_stands_still() -> None:
    """No hash rate at all is told, and not left out."""
    found = of_page(page(chain(rate_real=0)), AIR)
    assert found.hashboards is not None
    assert found.hashboards[0].hashrate == HashRate(0)


@pytest.mark.parametrize("rate", [37000.0, "37000.0"])
@pytest.mark.parametrize(
    "names",
    [
        {"temp_pcb1": "62-62-62-62", "temp_chip1": "71-0-71-71"},
        {"temp_out_pcb_1": "62", "temp_in_pcb_1": "41", "temp_out_chip_1": "71"},
    ],
)
def test_rpc_port(rate: object, names: dict[str, Any]) -> None:
    """It numbers the names, and since 86.48-2.0.0 it tells numbers as numbers."""
    told = {
        "rate_unit": "GH",
        "chain_rate1": rate,
        "chain_rateideal1": 36000,
        "chain_acn1": 114,
        "freq1": 525,
        # A slot without a board.
        "chain_rate4": "",
        "chain_acn4": 0,
        "temp_pcb4": "0-0-0-0",
    }
    assert of_rpc(told | names, AIR).hashboards == (BOARD,)


def test_unit_of_scrypt() -> None:
    """An L7 tells megahashes."""
    told = page(chain(rate_real=3167)) | {"rate_unit": "MH/s"}
    (board,) = of_page(told, "Antminer L7").hashboards or ()
    assert board.hashrate is not None
    assert board.hashrate.value == pytest.approx(0.003167)


def test_boards_for_equihash() -> None:
    """They are told in thousands of solutions, whatever the whole is told in."""
    told = {"chain_rate1": "51.44", "chain_rateideal1": 45, "chain_acn1": 9}
    (board,) = of_rpc(told, "Antminer Z11", "Equihash").hashboards or ()
    assert board.hashrate == HashRate(51.44, HashRateUnit.KSOL)
    assert board.nominal_hashrate == HashRate(45, HashRateUnit.KSOL)


@pytest.mark.parametrize(
    ("algorithm", "summary", "stats", "shown", "expected"),
    [
        ("SHA256", {"GHS 5s": "110000"}, {"total_rateideal": 99000}, "TH/s", (110, 99)),
        (
            "X11",
            {"GHS 5s": 1783.9},
            {"total_rateideal": 1814.4},
            "GH/s",
            (1783.9, 1814.4),
        ),
        # Builds for Equihash differ, and one may differ in itself.
        (
            "Equihash",
            {"GHS 5s": 0.000877447},
            {"total_rateideal": 848.99},
            "kSol/s",
            (877.447, 848.99),
        ),
        (
            "Equihash",
            {"GHS 5s": "147769.98"},
            {"total_rateideal": 0},
            "kSol/s",
            (147.76998, None),
        ),
        ("Equihash", {"GHS 5s": -1}, {"total_rateideal": 135}, "kSol/s", (None, 135)),
        # An L3+ has neither, an L7 both a unit and the text with it.
        ("Scrypt", {"GHS 5s": "514.86"}, {}, "GH/s", (0.51486, None)),
        ("Scrypt", {"GHS 5s": 90}, {"total_rateideal": 17.03}, "GH/s", (0.09, None)),
        (
            "Scrypt",
            {"GHS 5s": 9529.45, "RT HASHRATE": "9529.46 MH/s"},
            {"total_rateideal": 9500, "rate_unit": "MH"},
            "GH/s",
            (9.52945, 9.5),
        ),
        (
            "Scrypt",
            {"GHS 5s": 16.4, "RT HASHRATE": "16.41GH/s"},
            {"total_rateideal": 16500, "rate_unit": "MH/s"},
            "GH/s",
            (16.4, 16.5),
        ),
        (
            "Scrypt",
            {"RT HASHRATE": None},
            {"rate_unit": "parsec"},
            "GH/s",
            (None, None),
        ),
    ],
)
def test_unit_of_totals(
    algorithm: str,
    summary: dict[str, Any],
    stats: dict[str, Any],
    shown: str,
    expected: tuple[float | None, ...],
) -> None:
    """What is called gigahashes is in the machine's own unit."""
    found = totals_of(summary, stats, algorithm, HashRateUnit(shown))
    rates = (found.hashrate, found.expected_hashrate)
    assert {rate.unit for rate in rates if rate is not None} <= {shown}
    told = tuple(None if rate is None else rate.value for rate in rates)
    assert told == pytest.approx(expected)


@pytest.mark.parametrize(
    ("figure", "expected"), [(9529.45, 9.52945), ("9.5", 9.5), (0, 0), ("", None)]
)
def test_unit_of_scrypt_by_its_size(figure: object, expected: float | None) -> None:
    """No scrypt machine makes 100 GH/s."""
    rate = scrypt_rate(figure)
    assert rate == (expected if expected is None else HashRate(expected, GH))


@pytest.mark.parametrize("first", [1, 6])
def test_slots_that_begin_anywhere(first: int) -> None:
    """A board that is missing leaves its place, those before the first have none."""
    told: dict[str, Any] = {f"chain_acn{n}": 0 for n in range(1, 17)}
    for slot in (first, first + 2):
        told |= {f"chain_acn{slot}": 63, f"chain_rate{slot}": "4600", f"temp{slot}": 60}
    boards = of_rpc(told, "Antminer S9").hashboards
    assert boards is not None
    assert [board.hashrate for board in boards] == [HashRate(4.6), None, HashRate(4.6)]


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ({"fan1": 5000, "fan2": 0, "fan3": 0, "fan4": 5010}, 4, [5000, 0, 0, 5010]),
        ({"fan1": 5000, "fan2": 5010, "fan3": 0, "fan_num": 2}, None, [5000, 5010]),
        ({"fan1": 0, "fan2": 0, "fan3": 6000, "fan6": 5640}, 2, [6000, 5640]),
        ({"fan1": 0, "fan2": 0, "fan3": 6000, "fan_num": 2}, None, [6000, 0]),
        ({"fan1": 5000, "fan2": "broken", "fan_num": 2}, None, [5000, None]),
        ({"fan1": 5000, "fan_num": 0}, None, [5000]),
        ({"fan_num": 0}, 0, None),
    ],
)
def test_fans(
    told: dict[str, Any], known: int | None, expected: list[float | None] | None
) -> None:
    """As many as there are, whatever their numbers."""
    found = fans_of(told, known)
    told_speeds = found and [fan and fan.value for fan in found]
    assert told_speeds == expected


@pytest.mark.parametrize(
    ("model", "sensors", "expected"),
    [
        ("Antminer S21 XP Hyd.", {"temp_chip": [34, 51, 0, 0]}, (None, 34, 51)),
        ("S21 HYD", {"temp_chip": [34, 51]}, (None, 34, 51)),
        # As air-cooled ones tell it, whatever the name.
        ("S21 XP Hyd.", {"temp_chip": [60, 61, 70, 71]}, (65.5, None, None)),
        (
            "S21+ Hyd",
            {"temp_pcb": [34, 40, 51, 41], "temp_pic": [66, 42, 43, 44]},
            (66, 34, 51),
        ),
        (AIR, {"temp_chip": [34, 51, 0, 0]}, (42.5, None, None)),
        # By the newer names, no sensor is that of the water.
        ("S23 Hyd.", {"temp_out_chip": 71, "temp_in_chip": 60}, (71, None, None)),
    ],
)
def test_water(
    model: str, sensors: dict[str, Any], expected: tuple[float | None, ...]
) -> None:
    """Of machines in water, some sensors are those of the water."""
    found = of_page(page(chain(**sensors)), model)
    told = (found.chip_temperature, found.inlet_temperature, found.outlet_temperature)
    assert tuple(value and value.celsius for value in told) == expected


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ([{"Type": AIR}, {"watt": 3550}], (True, Power(3550))),
        ([{"power": "3260"}], (True, Power(3260))),
        ([{"chain_power": "3250 W"}], (True, Power(3250))),
        ([{"watt": 0}], (True, None)),
        ([{"watt": 1e9}], (True, None)),
        ([{"watt": "none"}], (True, None)),
        ([{"watt": None}], (False, None)),
        ([{}], (False, None)),
        ([], (False, None)),
    ],
)
def test_watts(
    stats: list[dict[str, Any]], expected: tuple[bool, Power | None]
) -> None:
    """Models differ in the name; asleep they may tell none."""
    assert watts_of(stats) == expected


@pytest.mark.parametrize("stats", [{}, {"chain": None}, {"chain": [None, {}]}])
def test_nothing_told(stats: dict[str, Any]) -> None:
    """Nothing is made up."""
    assert of_page(stats, AIR).hashboards in (None, (Hashboard(),))
    assert of_rpc(stats, AIR).hashboards is None
