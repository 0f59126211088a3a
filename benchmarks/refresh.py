"""What one refresh of one device costs, in each way of reading it."""

from dataclasses import dataclass
from time import perf_counter, process_time

from .devices import Device, Devices
from .figures import Figure
from .ways import Way, ways_to_read


@dataclass(frozen=True, slots=True)
class Cost:
    """What one refresh costs: the device, our processor, and time in ms."""

    requests: Figure
    connections: Figure
    cpu: Figure
    wall: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Return all figures, in the order of the fields."""
        return (self.requests, self.connections, self.cpu, self.wall)


type Costs = dict[str, dict[str, Cost]]
"""Costs by the kind of device and the way of reading it."""


async def measure_refreshes(devices: Devices, rounds: int, repeats: int) -> Costs:
    """Return what each way costs with each kind of device."""
    return {
        device.kind: await _compare(devices, device, rounds, repeats)
        for device in devices.all
    }


async def _compare(
    devices: Devices, device: Device, rounds: int, repeats: int
) -> dict[str, Cost]:
    """Measure all ways by turns, so that a busy moment hits them all."""
    ways = await ways_to_read(device)
    for way in ways.values():
        await way()
    seen: dict[str, list[tuple[float, ...]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seen[name].append(await _measure(devices, device, way, repeats))
    return {
        name: Cost(*map(Figure.of, zip(*found, strict=True)))
        for name, found in seen.items()
    }


async def _measure(
    devices: Devices, device: Device, way: Way, repeats: int
) -> tuple[float, ...]:
    """Return requests, connections, ms of CPU and ms of time per refresh."""
    before = await devices.load(device)
    cpu, wall = process_time(), perf_counter()
    for _ in range(repeats):
        await way()
    cpu, wall = process_time() - cpu, perf_counter() - wall
    after = await devices.load(device)
    return (
        (after.requests - before.requests) / repeats,
        (after.connections - before.connections) / repeats,
        cpu / repeats * 1000,
        wall / repeats * 1000,
    )
