"""Emulated miners heat a simulated house, by real thermostats in hurried time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from benchmarks.heating.__main__ import draw
from benchmarks.heating.house import DAY, HOUR
from benchmarks.heating.kinds import KINDS
from benchmarks.heating.month import LEARNING, By, Count, Month, heat
from emulation import EmulatedLuxOs, EmulatedWhatsminer
from tests.emulation.support import (
    loopback_allowed,
    new_address,
    skip_unless_ports_free,
)

HOURS = 9


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Leave the usual Home Assistant out of it."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


def some_hours(by: By) -> Month:
    """Have a Whatsminer heat from midnight on, with a change of the target at six."""
    skip_unless_ports_free(EmulatedWhatsminer)
    return heat(KINDS["limit"], by, new_address(), days=HOURS / 24)


def test_a_miner_that_reboots_for_its_limit() -> None:
    """It starts once with its new limit, and not again because of that."""
    month = some_hours(By.OURS)
    night = [at for at in month.course if at[2] == 18.5]
    last = month.course[-1]
    assert month.starts_a_day * HOURS / 24 <= 4
    assert month.quick == 0
    assert {"warm_enough", "at_maximum"} <= {at[5] for at in month.course}
    assert min(at[1] for at in night) > 17.8
    assert last[1] > 19.5
    assert month.kilowatt_hours > 10
    assert 0 < month.decision < 0.1


def test_the_generic_thermostat_heats_with_a_miner() -> None:
    """It switches mining on and off."""
    month = some_hours(By.GENERIC)
    assert {"idle", "heating"} <= {at[5] for at in month.course}
    assert min(at[1] for at in month.course) > 17.5
    assert month.starts_a_day > 2
    assert month.decision == 0


def test_what_counts() -> None:
    """The room counts from when it was reached, and too warm it is by the miner."""
    count = Count(full=2000.0)
    count.note(LEARNING - 1, 25.0, 21.0, 2000.0)
    count.note(LEARNING, 19.0, 18.5, 2000.0)
    assert (count.off_by, count.above) == ([], 0.0)
    count.note(LEARNING + 1, 18.7, 18.5, 2000.0)
    count.note(LEARNING + 2, 19.0, 18.5, 0.0)
    assert count.off_by == pytest.approx([0.2, 0.5])
    assert count.above == pytest.approx(0.5)
    count.note(LEARNING + 2 * HOUR, 20.5, 18.5, 0.0)
    assert count.above == pytest.approx(0.5)
    count.note(LEARNING + 2 * HOUR, 20.5, 21.0, 0.0)
    assert len(count.off_by) == 3


def test_starts_within_any_24_hours() -> None:
    """Midnight makes no difference."""
    started = [0.0, 0.9 * DAY, 1.1 * DAY, 1.5 * DAY, 1.89 * DAY, 3 * DAY]
    assert Count(full=1.0, started=started).most_starts == 4


def test_the_picture(tmp_path: Path) -> None:
    """Both thermostats and the target are drawn, for two kinds of miners."""
    course = [(2 + n / 10, 20.0, 21.0, 500.0, 3.0, "heating") for n in range(50)]
    month = Month("levels", By.OURS, 0.1, 0.2, 1.0, 2, 0, 100.0, 1e-4, course)
    months = {(kind, by): month for kind in ("levels", "switch") for by in By}
    months["switch", By.OURS] = replace(month, kind="switch")
    draw(months, tmp_path / "months.svg")
    picture = ET.parse(tmp_path / "months.svg")  # noqa: S314 - it is ours
    names = [text.text or "" for text in picture.findall(".//{*}text")]
    assert len(picture.findall(".//{*}polyline")) == 6
    assert sum(name.startswith("Miner: ") for name in names) == 2


def test_the_program(tmp_path: Path) -> None:
    """It heats in processes of their own, and keeps what came of it."""
    skip_unless_ports_free(EmulatedLuxOs)
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.heating"]
    options = ["--kind", "levels", "--days", "0.02", "--keep", str(tmp_path)]
    told = subprocess.run(  # noqa: S603 - what is run stands here
        [*command, *options], capture_output=True, text=True, check=True, timeout=300
    )
    assert told.stdout.count("LuxOS") == len(By)
    assert len(list(tmp_path.glob("levels-*.json"))) == len(By)
