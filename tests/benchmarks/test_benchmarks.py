"""What the benchmark measures is what happened, and it tells what it measured."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import gc
from pathlib import Path

import aiohttp
import pytest

from benchmarks.components.bench_probe import TICK, LoopWatch
from benchmarks.crowd import Scene, Seen
from benchmarks.devices import KINDS, Devices, mixed_kinds, running_devices
from benchmarks.figures import Figure
from benchmarks.refresh import Cost, measure_refreshes
from benchmarks.report import BEGIN, END, Results, as_markdown, replace_figures
from benchmarks.resolution import measure_resolution
from benchmarks.seeds import our_entry, usual_entry
from benchmarks.ways import BARE, FLOOR, OURS, USUAL
from custom_components.miner_control.controllers import simulated
from emulation.fleet import KINDS as FLEET_KINDS
from tests.emulation.support import loopback_allowed, skip_unless_ports_free
from tools.home.processes import Family

SEEN = Seen(
    first_states=4.2,
    start_cpu=3.1,
    cpu_share=0.125,
    memory=300,
    stall=42,
    stall_of_work=41,
    stall_p99=3,
    start_stall=99,
    start_stall_of_work=77,
    states_written=7,
    entities=80,
    reactions={},
)


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Have no Home Assistant in this process."""


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> Iterator[None]:
    """Let the devices be reached."""
    with loopback_allowed():
        yield


@pytest.fixture
async def devices(tmp_path: Path) -> AsyncIterator[Devices]:
    """Return one device of each kind, in a process of their own."""
    for kind in KINDS:
        skip_unless_ports_free(FLEET_KINDS[kind])
    async with (
        aiohttp.ClientSession() as session,
        Family() as family,
        running_devices(session, family, tmp_path, mixed_kinds(len(KINDS))) as running,
    ):
        yield running


def cost(value: float) -> Cost:
    """Return a cost of the same figure in every respect."""
    return Cost(*(Figure.of([value]) for _ in range(4)))


def test_figure() -> None:
    """The middle stands first, and the spread is told where there is one."""
    figure = Figure.of([3, 1, 2])
    assert (figure.middle, figure.low, figure.high) == (2, 1, 3)
    assert str(figure) == "2 (1-3)"
    assert str(Figure.of([2, 2])) == "2"
    assert figure.ratio_to(Figure.of([8])) == 0.25


async def test_costs_of_each_way(devices: Devices) -> None:
    """Each way is seen by the device; ours asks least of all that read everything."""
    costs = await measure_refreshes(devices, rounds=1, repeats=2)
    assert set(costs) == set(KINDS)
    for found in costs.values():
        assert set(found) == {OURS, USUAL, BARE, FLOOR}
        assert found[FLOOR].requests.middle == 1
        assert 1 <= found[OURS].requests.middle <= found[USUAL].requests.middle / 2
        assert all(figure.middle > 0 for figure in found[OURS].figures)


async def test_seeds(devices: Devices) -> None:
    """The entries of both ways name the device that they read."""
    device, known = devices.all[0], simulated.capabilities()
    ours = our_entry(0, device, known, controllers=3)
    kinds = [link["subentry_type"] for link in ours["subentries"]]
    assert kinds == ["network", "entities", "simulated"]
    assert ours["subentries"][0]["data"]["host"] == device.address
    assert usual_entry(device)["data"] == {"host": device.address}


async def test_stalls_of_work_and_of_collections() -> None:
    """A stall in which Python collects garbage is not put down to the work."""
    watch = LoopWatch()
    task = asyncio.create_task(watch.run())
    try:
        await asyncio.sleep(2 * TICK)
        watch.take()
        gc.collect()
        await asyncio.sleep(2 * TICK)
        seen = watch.take()
    finally:
        task.cancel()
        gc.callbacks.remove(watch._on_collection)
    assert seen["longest_of_work"] < seen["longest"]


def test_resolution() -> None:
    """It takes some time, but not for ever."""
    figure = measure_resolution(rounds=3, repeats=5)
    assert 0 < figure.low <= figure.middle <= figure.high


def test_report() -> None:
    """Ratios come first, and every scene has its line."""
    costs = {"bitaxe": {OURS: cost(1), USUAL: cost(4), BARE: cost(3), FLOOR: cost(1)}}
    crowds = {
        Scene(mixed_kinds(10)): SEEN,
        Scene(mixed_kinds(10), domain="usual_way", online=False): SEEN,
    }
    text = as_markdown(Results(costs, crowds, Figure.of([123])))
    assert "| bitaxe | 0.25 | 0.25 | 0.25 | 0.25 |" in text
    assert (
        "| 10 | this integration | 1 | 12.5% | 300 | 42 (41) | 3 | 99 (77) | 4.2 |"
        in text
    )
    assert "| 10, all off | usual |" in text
    assert text.index("0.25") < text.index("12.5%")
    assert "123 µs" in text


def test_figures_replace_older_ones() -> None:
    """What stands around the figures stays."""
    before = f"Before\n{BEGIN}\nold\n{END}\nafter\n"
    assert replace_figures(before, "new") == f"Before\n{BEGIN}\nnew\n{END}\nafter\n"
