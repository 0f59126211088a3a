"""Through asic-rs, too, only what somebody needs is asked of a device."""

import pytest

from custom_components.miner_control.controllers.asic_rs import device as of_library
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
)
from emulation.faults import Fault
from tests.controllers.pyasic.conftest import Runner

from .bench import Bench, F, link

CONF = "GET /cgi-bin/get_miner_conf.cgi"
_ANTMINER = {"rpc:summary", "rpc:stats"}
_AVALON = {"rpc:devs", "rpc:stats"}
_VNISH = {"GET /api/v1/info", "GET /api/v1/summary"}
_BRAIINS = {"GET /api/v1/miner/stats", "GET /api/v1/miner/details"}

# What each device is asked in every reading for all that it has.
ALL: dict[type[EmulatedMiner], set[str]] = {
    EmulatedAntminer: {*_ANTMINER, CONF},
    EmulatedAntminerS21: {*_ANTMINER, CONF},
    EmulatedWhatsminer: {"rpc:summary", "rpc:devs", "rpc:status"},
    EmulatedBitaxe: {"GET /api/system/info", "GET /api/system/asic"},
    EmulatedAvalonNano3: _AVALON,
    EmulatedAvalonNano3S: _AVALON,
    EmulatedAvalonQ: {*_AVALON, "rpc:litestats"},
    EmulatedVnish: {*_VNISH, "GET /api/v1/status", "GET /api/v1/chains"},
    EmulatedLuxOs: {
        "rpc:stats",
        "rpc:power",
        "rpc:fans",
        "rpc:devs",
        "rpc:temps",
        "rpc:voltageget",
    },
    EmulatedBraiins: {
        *_BRAIINS,
        "GET /api/v1/cooling/state",
        "GET /api/v1/miner/hw/hashboards",
    },
    EmulatedElphapex: {"GET /cgi-bin/stats.cgi"},
}
# What it is asked for hash rate, power and state.
STATE: dict[type[EmulatedMiner], set[str]] = {
    EmulatedAntminer: {*_ANTMINER, CONF},
    EmulatedAntminerS21: {*_ANTMINER, CONF},
    EmulatedWhatsminer: {"rpc:summary", "rpc:status"},
    EmulatedBitaxe: {"GET /api/system/info"},
    EmulatedAvalonNano3: _AVALON,
    EmulatedAvalonNano3S: _AVALON,
    EmulatedAvalonQ: {*_AVALON, "rpc:litestats"},
    EmulatedVnish: {*_VNISH, "GET /api/v1/status"},
    EmulatedLuxOs: {"rpc:stats", "rpc:power", "rpc:devs"},
    EmulatedBraiins: _BRAIINS,
    EmulatedElphapex: {"GET /cgi-bin/stats.cgi"},
}
_OF_STATE = frozenset({F.HASHRATE_MONITORING, F.POWER_MONITORING, F.STATUS_MONITORING})


async def test_everything(bench: Bench) -> None:
    """What changes rarely is not asked in every reading."""
    assert await bench.requests() == ALL[type(bench.device)]


async def test_state(bench: Bench) -> None:
    """Hash rate, power and state cost no more than they need."""
    wanted = _OF_STATE & bench.features
    assert await bench.requests(*wanted) == STATE[type(bench.device)]


async def test_model_costs_nothing(bench: Bench) -> None:
    """What linking found out is not asked again."""
    asked = await bench.requests(F.MODEL_DETECTION)
    assert asked <= STATE[type(bench.device)]


async def test_slow_things_are_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pools, errors and lights are asked anew once they are old."""
    before = await bench.refresh()
    monkeypatch.setattr(of_library, "SLOW_INTERVAL", 0.0)
    bench.controller.forget_connection()
    await bench.refresh()
    bench.device.requests.clear()
    after = await bench.refresh()
    assert before.operation
    assert after.operation
    assert after.operation.active_pool == before.operation.active_pool
    slow = bool(bench.controller._device and bench.controller._device.firmware.slow)
    assert (set(bench.device.requests) > ALL[type(bench.device)]) is slow


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        (EmulatedAntminer, "rpc:stats"),
        (EmulatedVnish, "GET /api/v1/chains"),
        (EmulatedLuxOs, "rpc:temps"),
    ],
)
async def test_question_that_hangs_while_linking(
    run: Runner, kind: type[EmulatedMiner], question: str
) -> None:
    """A device is linked, and known not to have told all that it can."""
    device = await run(kind)
    device.inject(Fault.HANG, on=question)
    bench = await link(device)
    assert not bench.capabilities.is_complete
    device.inject(None)
    again = await bench.controller.async_look_again()
    assert again
    assert again.is_complete


async def test_presets_that_fail_once_are_asked_for_soon(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was changed is not shown from before, and comes back with its question."""
    device = await run(EmulatedVnish)
    bench = await link(device)
    before = (await bench.refresh()).presets
    assert before
    device.inject(Fault.HTTP_500, on="GET /api/v1/autotune/presets")
    bench.controller.forget_settings()
    assert (await bench.refresh()).presets is None
    device.inject(None)
    later(monkeypatch, of_library.FIRST_RETRY_INTERVAL)
    assert (await bench.refresh()).presets == before


async def test_presets_that_fail_once_are_still_known(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody changed is shown while it is not told, but not for ever."""
    device = await run(EmulatedVnish)
    bench = await link(device)
    before = (await bench.refresh()).presets
    assert before
    device.inject(Fault.HTTP_500, on="GET /api/v1/autotune/presets")
    later(monkeypatch, of_library.SLOW_INTERVAL)
    assert (await bench.refresh()).presets == before
    for _ in range(6):
        later(monkeypatch, of_library.RETRY_INTERVAL)
        shown = (await bench.refresh()).presets
    assert shown is None
    # It is taken for a device without presets now, which is not asked in vain.
    device.requests.clear()
    later(monkeypatch, of_library.RETRY_INTERVAL)
    await bench.refresh()
    assert "GET /api/v1/autotune/presets" not in device.requests


async def test_device_that_is_always_slow(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not asked for slow things more often than others for ever."""
    question = "GET /api/v1/autotune/presets"
    device = await run(EmulatedVnish)
    bench = await link(device)
    monkeypatch.setattr(of_library, "_GAP_AFTER", 0.0)
    for _ in range(6):
        later(monkeypatch, of_library.RETRY_INTERVAL)
        assert (await bench.refresh()).presets
    device.requests.clear()
    later(monkeypatch, of_library.RETRY_INTERVAL)
    assert (await bench.refresh()).presets
    assert question not in device.requests
    for _ in range(2):
        device.requests.clear()
        later(monkeypatch, of_library.SLOW_INTERVAL)
        assert (await bench.refresh()).presets
        assert question in device.requests


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass for whoever asks how old slow things are."""
    now = vars(of_library)["monotonic"]() + seconds
    monkeypatch.setattr(of_library, "monotonic", lambda: now)
