"""What a device tells by itself, over a real socket."""

import asyncio
from functools import partial
from time import monotonic
from typing import Any

import pytest

from custom_components.miner_control.controllers.axeos import push
from custom_components.miner_control.domain.features import MinerStatus
from emulation import Fault
from tests.emulation.support import until

from .bench import Bench, link
from .conftest import Linker

INFO = "GET /api/system/info"
LIVE = "GET /api/ws/live"


class Ear:
    """Count what is announced."""

    def __init__(self, bench: Bench) -> None:
        """Listen to a controller."""
        self.heard = 0
        self.stop = bench.controller.async_subscribe(self._hear)

    def _hear(self) -> None:
        """Count one."""
        self.heard += 1


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing longer than a test should."""
    monkeypatch.setattr(push, "ANNOUNCE_SECONDS", 0.02)
    monkeypatch.setattr(push, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(push, "SILENCE", 0.5)


def push_of(bench: Bench) -> Any:
    """Return who listens to the device, None if nobody does."""
    device = bench.controller._device
    return device.push if device else None


async def listening(linked: Linker, name: str = "axeos-2.15") -> tuple[Bench, Ear]:
    """Return a device that tells by itself, and who hears that."""
    bench = await linked(name, time_scale=1.0)
    bench.device.live.interval = 0.02
    ear = Ear(bench)
    await bench.refresh()
    await until(lambda: push_of(bench).is_live)
    bench.device.requests.clear()
    return bench, ear


def has(told: dict[str, Any], name: str, value: object) -> bool:
    """Tell whether something was told."""
    return bool(told[name] == value)


async def test_no_polls(linked: Linker) -> None:
    """What is read comes from the socket alone, over one connection."""
    bench, ear = await listening(linked)
    for wifi in (-61, -62, -63):
        bench.device.wifi = wifi
        told = push_of(bench)._told
        await until(partial(has, told, "wifiRSSI", wifi))
        found = (await bench.refresh()).operation
        assert found is not None
        assert found.wifi_signal == wifi
    assert bench.device.requests[INFO] == 0
    assert bench.device.live.clients == 1
    ear.stop()
    await until(lambda: bench.device.live.clients == 0)


async def test_what_is_announced(linked: Linker) -> None:
    """A pause at once; a little warmth, and how much memory is left, never."""
    bench, ear = await listening(linked)
    await asyncio.sleep(0.2)
    ear.heard = 0
    bench.device.wifi = -77
    await asyncio.sleep(0.2)
    assert ear.heard == 0
    bench.device.pause()
    await until(lambda: ear.heard > 0)
    assert (await bench.refresh()).status is MinerStatus.IDLE
    assert bench.device.requests[INFO] == 0
    ear.stop()


async def test_what_was_lacking_once_is_asked_for_soon(
    linked: Linker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is back as it was is not told again, and would be missed for minutes."""
    bench, ear = await listening(linked)
    known = (await bench.refresh()).voltage
    assert known is not None
    bench.device.inject(Fault.NULLS, on=INFO)
    push_of(bench).expire()
    assert (await bench.refresh()).voltage is None
    bench.device.inject(None)
    now = monotonic() + push.GAP_SECONDS
    monkeypatch.setattr(push_of(bench), "_heard_at", now)
    monkeypatch.setattr(push, "monotonic", lambda: now)
    assert (await bench.refresh()).voltage == known
    ear.stop()


async def test_what_is_gone_for_good_is_not_asked_for_ever(linked: Linker) -> None:
    """Each time after twice as long, and in the end as rarely as everything."""
    bench, ear = await listening(linked)
    asked = push_of(bench)
    whole = dict(asked._told)
    less = {key: value for key, value in whole.items() if key != "wifiRSSI"}
    waits = []
    for _ in range(10):
        asked.replace(less)
        waits.append(round(asked._whole_until - monotonic()))
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-2:] == [push.WHOLE_SECONDS] * 2
    ear.stop()


async def test_commands_are_proved_by_asking(linked: Linker) -> None:
    """What was told before a command proves nothing."""
    bench, ear = await listening(linked)
    await bench.controller.stop_mining()
    assert (await bench.refresh()).status is MinerStatus.IDLE
    assert bench.device.requests[INFO] == 1
    ear.stop()


async def test_an_answer_that_is_older_than_what_was_told(
    linked: Linker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not changed since is never told again, and would be wrong for long."""
    bench, ear = await listening(linked)
    api, told = bench.controller._device._api, push_of(bench)._told  # type: ignore[union-attr]
    ask = api.ask

    async def ask_slowly(*args: Any, **options: Any) -> Any:
        """Let an answer come later than what changed after it."""
        answer = await ask(*args, **options)
        bench.device.wifi -= 7
        await until(partial(has, told, "wifiRSSI", bench.device.wifi))
        return answer

    monkeypatch.setattr(api, "ask", ask_slowly)
    push_of(bench).expire()
    for _ in range(2):
        await bench.refresh()
        assert push_of(bench).info()["wifiRSSI"] == bench.device.wifi
    assert bench.device.requests[INFO] == 1
    ear.stop()


async def test_a_fault_that_ends(linked: Linker) -> None:
    """Its end is never told, so it is asked for."""
    bench, ear = await listening(linked)
    bench.device.power_fault = "VIN under voltage"
    await until(lambda: ear.heard > 0)
    assert (await bench.refresh()).status is MinerStatus.ERROR
    bench.device.power_fault = None
    assert (await bench.refresh()).status is MinerStatus.ON
    ear.stop()


async def test_everything_is_read_again(
    linked: Linker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every ten minutes, since keys that are gone are never told, and not sooner."""
    bench, ear = await listening(linked)
    began, passed = monotonic(), [0.0]
    monkeypatch.setattr(push, "monotonic", lambda: monotonic() + passed[0])
    asked = []
    for seconds in (300, 590, 610, 900, 1190, 1220):
        passed[0] = seconds - (monotonic() - began)
        # Something is heard at that time.
        bench.device.wifi -= 1
        told = push_of(bench)._told
        await until(partial(has, told, "wifiRSSI", bench.device.wifi))
        await bench.refresh()
        asked.append(bench.device.requests[INFO])
    assert asked == [0, 0, 1, 1, 1, 2]
    ear.stop()


@pytest.mark.parametrize(
    "fault", [Fault.HANG, Fault.RESET, Fault.GARBAGE, Fault.TRUNCATE, Fault.EMPTY]
)
async def test_back_to_polling(fault: Fault, linked: Linker) -> None:
    """Whatever happens to the socket, the device is asked; later it tells again."""
    bench, ear = await listening(linked)
    bench.device.inject(fault, on=LIVE)
    await until(lambda: not push_of(bench).is_live)
    assert (await bench.refresh()).hashrate is not None
    assert bench.device.requests[INFO] == 1
    bench.device.fault = None
    await until(lambda: push_of(bench).is_live)
    ear.stop()


async def test_too_many_listeners(linked: Linker) -> None:
    """Then it is polled."""
    bench = await linked("axeos-2.15")
    bench.device.live.clients = 10
    ear = Ear(bench)
    for _ in range(2):
        assert (await bench.refresh()).hashrate is not None
    assert not push_of(bench).is_live
    ear.stop()


async def test_power_cut(linked: Linker) -> None:
    """Nobody listens to a device that is off."""
    bench, ear = await listening(linked)
    await bench.device.cut_power()
    bench.controller.forget_connection()
    assert push_of(bench) is None
    await bench.device.restore_power()
    await bench.device.wait_ready()
    await bench.refresh()
    await until(lambda: push_of(bench).is_live)
    ear.stop()


@pytest.mark.parametrize("name", ["axeos-2.14", "nerdqaxe", "lv07"])
async def test_others_are_polled(name: str, linked: Linker) -> None:
    """They have no such socket, or one that leaks."""
    bench = await linked(name)
    ear = Ear(bench)
    await bench.refresh()
    assert push_of(bench) is None
    assert bench.device.requests[LIVE] == 0
    ear.stop()


async def test_switched_off(linked: Linker) -> None:
    """Where the user does not want it."""
    bench = await linked("axeos-2.15")
    bench = await link(bench.hass, bench.device, push=False)
    ear = Ear(bench)
    await bench.refresh()
    assert push_of(bench) is None
    ear.stop()
