"""The whole truth table of docs/status.md, told through Home Assistant."""

from collections.abc import Collection, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .bench import Bench
from .conftest import Plug, SetUp
from .controllers import (
    GONE,
    HASHING,
    HOST,
    MUTE,
    STOPPED,
    WARMING_UP,
    Network,
    entities,
    network,
)
from .controlling import Ticker

DOCUMENT = Path(__file__).parents[2] / "docs" / "status.md"

# What each word of the table means, in the order of its columns.
PLUGS = ("on", "off", "silent, was on", "silent, was off")
METERS: dict[str, object] = {"3200 W": 3200, "0.5 W": 0.5, "silent": "unavailable"}
DEVICES: dict[str, Any] = {
    "hashes": HASHING,
    "should mine, 0 TH/s": WARMING_UP,
    "says nothing, 0 TH/s": MUTE,
    "stopped": STOPPED,
    "silent": GONE,
}
TIMES = {"5 s": 5, "6 min": 360}
CONDITIONS: tuple[Collection[str], ...] = (PLUGS, METERS, DEVICES, TIMES)


class Case(NamedTuple):
    """What is so, and what is shown then."""

    plug: str
    meter: str
    device: str
    time: str
    status: str
    hashrate: str
    power: str
    temperature: str


def rows() -> Iterator[list[str]]:
    """Yield the rows of the table in the document, as lists of words."""
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) == len(Case._fields) and cells[0].split(" / ")[0] in PLUGS:
            yield cells


def cases() -> Iterator[Case]:
    """Yield one case for each combination of conditions that a row speaks of."""
    for row in rows():
        meant = [
            [*words] if cell == "any" else cell.split(" / ")
            for cell, words in zip(row, CONDITIONS, strict=False)
        ]
        for combination in product(*meant):
            yield Case(*combination, *row[len(CONDITIONS) :])


def test_table_is_whole() -> None:
    """Each combination of conditions is in the table, and in one row alone."""
    told = [case[: len(CONDITIONS)] for case in cases()]
    assert sorted(told) == sorted(product(*CONDITIONS))


@pytest.fixture
def ticker(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Ticker:
    """Return what lets time pass."""
    return Ticker(hass, freezer)


@pytest.mark.parametrize("plug_is", PLUGS)
@pytest.mark.parametrize("time", TIMES)
async def test_table_is_true(
    hass: HomeAssistant,
    set_up: SetUp,
    plug: Plug,
    devices: Network,
    ticker: Ticker,
    plug_is: str,
    time: str,
) -> None:
    """Status, hashrate, power and temperature are shown as the table says."""
    wrong = []
    for number, case in enumerate(cases()):
        if (case.plug, case.time) == (plug_is, time):
            miner = await set_up(network(), entities(), entry_id=f"01MINER{number}")
            await arrange(case, plug, devices, ticker)
            if (shown := what_is_shown(miner, case)) != case:
                wrong.append((case, shown))
            await hass.config_entries.async_remove(miner.entry.entry_id)
            await plug.switch_now(on=True)
            await plug.measure(3200)
            devices[HOST].answer = HASHING
    assert wrong == []


async def arrange(case: Case, plug: Plug, devices: Network, ticker: Ticker) -> None:
    """Switch the plug off, and on again where it is to be on, and let time pass."""
    await plug.switch_now(on=False)
    await plug.measure(0)
    await ticker.tick(2)
    devices[HOST].answer = DEVICES[case.device]
    if "on" in case.plug.split():
        await plug.switch_now(on=True)
    if "silent" in case.plug:
        await plug.lose_switch()
    await plug.measure(METERS[case.meter])
    await ticker.tick(TIMES[case.time], step=30 if TIMES[case.time] > 30 else 5)


def what_is_shown(miner: Bench, case: Case) -> Case:
    """Return the case with what Home Assistant shows."""
    keys = ("status", "hashrate", "power", "chip_temperature")
    shown = (miner.sensor(key).state for key in keys)
    return Case(*case[: len(CONDITIONS)], *map(plain, shown))


def plain(state: str) -> str:
    """Return a state without the zeros at its end."""
    try:
        return f"{float(state):g}"
    except ValueError:
        return state
