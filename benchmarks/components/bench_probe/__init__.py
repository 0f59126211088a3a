"""Measure the Home Assistant that this is loaded into, and end it."""

import asyncio
from collections.abc import Callable, Mapping
import gc
import json
from pathlib import Path
from time import monotonic, process_time, time
from typing import Any

from homeassistant.const import (
    EVENT_HOMEASSISTANT_STARTED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers.typing import ConfigType

from .reactions import Reactions

DOMAIN = "bench_probe"
# How finely the event loop is watched, and how often the states are, in seconds.
TICK = 0.005
LOOK = 0.05


class LoopWatch:
    """Watch how late the event loop is, and how far Python's own memory keeps it."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self._delays: list[float] = []
        self._delays_of_work: list[float] = []
        self._collected = 0.0
        self._collecting_since = 0.0
        gc.callbacks.append(self._on_collection)

    async def run(self) -> None:
        """Note how much longer each tick takes than it should."""
        before, spent = monotonic(), process_time()
        while True:
            self._collected = 0.0
            await asyncio.sleep(TICK)
            now, used = monotonic(), process_time()
            late = now - before - TICK
            self._delays.append(late)
            # What other programs of the machine did meanwhile is none of our work.
            self._delays_of_work.append(min(late, used - spent) - self._collected)
            before, spent = now, used

    def take(self) -> dict[str, float]:
        """Return the longest and a long delay in ms since the last call."""
        delays, self._delays = sorted(self._delays), []
        of_work, self._delays_of_work = self._delays_of_work, []
        if not delays:
            return {"longest": 0.0, "longest_of_work": 0.0, "p99": 0.0}
        return {
            "longest": delays[-1] * 1000,
            "longest_of_work": max(of_work) * 1000,
            "p99": delays[int(len(delays) * 0.99) - 1] * 1000,
        }

    def _on_collection(self, phase: str, _info: Mapping[str, int]) -> None:
        """Count the time in which Python looks for objects that nobody needs."""
        if phase == "start":
            self._collecting_since = process_time()
        else:
            self._collected += process_time() - self._collecting_since


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Start to watch, and to measure when Home Assistant is up."""
    plan: dict[str, Any] = config[DOMAIN]
    watch = LoopWatch()
    hass.async_create_background_task(watch.run(), "loop watch")

    async def started(_event: Event) -> None:
        """Measure in the background."""
        hass.async_create_background_task(_measure(hass, plan, watch), "measurement")

    if hass.state is CoreState.running:
        raise RuntimeError("the probe must be there from the start")
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, started)
    return True


async def _measure(hass: HomeAssistant, plan: dict[str, Any], watch: LoopWatch) -> None:
    """Measure start-up, then the steady state, and end Home Assistant."""
    first = await _until(lambda: _known(hass, plan) >= plan["miners"], plan["patience"])
    found: dict[str, Any] = {
        "first_states": time() - plan["started_at"] if first else None,
        "start_cpu": process_time(),
        "known": _known(hass, plan),
        "starting": watch.take(),
    }
    await asyncio.sleep(plan["settle"])
    watch.take()
    cpu, begin = process_time(), monotonic()
    changes = _count_changes(hass)
    await asyncio.sleep(plan["seconds"])
    elapsed = monotonic() - begin
    found |= {
        "cpu_share": (process_time() - cpu) / elapsed,
        "memory": _resident_megabytes(),
        "states_written": changes() / elapsed,
        "steady": watch.take(),
        "entities": len(hass.states.async_entity_ids()),
    }
    if reactions := plan.get("reactions"):
        rounds = reactions["rounds"]
        found["reactions"] = await Reactions(hass, reactions).measure(rounds)
    await hass.async_add_executor_job(
        Path(plan["result"]).write_text, json.dumps(found), "utf-8"
    )
    hass.async_create_task(hass.async_stop())


async def _until(is_so: Callable[[], bool], patience: float) -> bool:
    """Wait until something is so, and tell whether it came to be."""
    end = monotonic() + patience
    while monotonic() < end:
        if is_so():
            return True
        await asyncio.sleep(LOOK)
    return is_so()


def _known(hass: HomeAssistant, plan: dict[str, Any]) -> int:
    """Return how many miners show the state that is waited for."""
    return sum(
        state.entity_id.endswith(plan["suffix"])
        and state.state not in (STATE_UNKNOWN, STATE_UNAVAILABLE)
        for state in hass.states.async_all("sensor")
    )


def _count_changes(hass: HomeAssistant) -> Callable[[], int]:
    """Count from now on how often a state is written that differs."""
    counted = [0]

    @callback
    def count(_event: Event) -> None:
        """Count one."""
        counted[0] += 1

    hass.bus.async_listen("state_changed", count)
    return lambda: counted[0]


def _resident_megabytes() -> float:
    """Return the memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
