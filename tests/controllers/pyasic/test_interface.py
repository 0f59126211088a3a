"""In a round of reading, a device is asked each question once."""

from dataclasses import fields
import glob

import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.pyasic import interface
from custom_components.miner_control.domain.features import MinerStatus
from custom_components.miner_control.domain.snapshot import Snapshot
from emulation import (
    EmulatedAntminer,
    EmulatedBitaxe,
    EmulatedLuxOs,
    EmulatedMiner,
    EmulatedWhatsminer,
    Fault,
)
from emulation.fleet import KINDS as ALL_KINDS

from .bench import Bench, F, link, short_limits
from .conftest import Runner

ASIC = "GET /api/system/asic"

# The most connections that a device sees per refresh of everything.
CONNECTIONS = {
    "antminer": 3,
    "whatsminer": 3,
    "bitaxe": 1,
    "avalon": 1,
    "vnish": 2,
    "luxos": 1,
    "whatsminer_v3": 3,
    "braiins": 6,
}


async def test_each_question_once(bench: Bench) -> None:
    """Whoever wants an answer besides, it is not asked for again."""
    await bench.refresh()
    await bench.refresh()
    bench.device.requests.clear()
    before = bench.device.connections
    await bench.refresh()
    assert set(bench.device.requests.values()) == {1}
    assert bench.device.connections - before <= CONNECTIONS[bench.device.kind]


async def test_next_round_asks_anew(run: Runner) -> None:
    """What was told in one round says nothing of the next."""
    bench = await link(await run(EmulatedBitaxe))
    assert (await bench.refresh()).internal_fan
    bench.device.pause()
    assert (await bench.refresh()).hashrate is not None
    assert bench.controller.is_mining is False
    bench.device.resume()
    await bench.refresh()
    assert bench.controller.is_mining is True


async def test_refused_joined_questions_are_not_tried_again(run: Runner) -> None:
    """A device that takes one question at a time gets them so from then on."""
    bench = await link(await run(EmulatedAntminer))
    await bench.refresh()
    assert any("+" in request for request in bench.device.requests)
    bench.device.requests.clear()
    await bench.refresh()
    assert not any("+" in request for request in bench.device.requests)


async def test_silence_is_no_refusal(run: Runner) -> None:
    """A device that was away is asked as before when it is back."""
    bench = await link(await run(EmulatedWhatsminer))
    bench.device.fault = Fault.REFUSE
    with pytest.raises(ControllerUnreachableError):
        await bench.refresh()
    bench.device.fault = None
    await bench.refresh()
    assert any("+" in request for request in bench.device.requests)


async def test_lasting_answer(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not change is asked again only after a while, or an outage."""
    bench = await link(await run(EmulatedBitaxe))
    clock = [1000.0]
    monkeypatch.setattr(interface, "monotonic", lambda: clock[0])

    async def asked() -> int:
        """Read twice and return how often the lasting question was asked."""
        bench.device.requests.clear()
        await bench.refresh(F.HASHRATE_MONITORING)
        await bench.refresh(F.HASHRATE_MONITORING)
        return int(bench.device.requests[ASIC])

    assert await asked() == 1
    assert await asked() == 0
    clock[0] += interface.LASTING_SECONDS
    assert await asked() == 1
    bench.controller.forget_connection()
    assert await asked() == 1


@pytest.mark.parametrize("fault", [Fault.MISSING, Fault.NULLS, Fault.GARBAGE], ids=str)
async def test_damaged_answer_does_not_last(run: Runner, fault: Fault) -> None:
    """What was lost on the way once is there again with the next reading."""
    bench = await link(await run(EmulatedBitaxe))
    bench.device.inject(fault, on=ASIC)
    assert (await bench.refresh()).expected_hashrate is None
    bench.device.inject(None)
    assert (await bench.refresh()).expected_hashrate is not None


@pytest.mark.parametrize("fault", [Fault.MISSING, Fault.NULLS], ids=str)
async def test_list_with_gaps_does_not_last(run: Runner, fault: Fault) -> None:
    """Profiles without their powers are asked for again with the next reading."""
    bench = await link(await run(EmulatedLuxOs))
    bench.controller.forget_connection()
    bench.device.inject(fault)
    assert (await bench.refresh()).power_limit is None
    bench.device.inject(None)
    assert (await bench.refresh()).power_limit is not None


async def test_page_that_cannot_be_read(run: Runner) -> None:
    """A page that is missing or no page at all spoils nothing else."""
    bench = await link(await run(EmulatedAntminer))
    await bench.refresh()
    for fault in (Fault.HTTP_500, Fault.GARBAGE):
        bench.device.inject(fault, on="GET *")
        found = await bench.refresh()
        assert found.hashrate is not None
        assert found.internal_fan is None
    bench.device.inject(None)
    assert (await bench.refresh()).internal_fan is not None


async def test_login_is_kept(run: Runner) -> None:
    """Each page costs one request, and a changed password is noticed."""
    bench = await link(await run(EmulatedAntminer))
    await bench.refresh()
    bench.device.requests.clear()
    await bench.refresh()
    assert {n for name, n in bench.device.requests.items() if "cgi" in name} == {1}
    bench.device.password = "changed"
    with short_limits(1), pytest.raises(ControllerError):
        await bench.controller.stop_mining()


# A question on which little rests, by the kind of device that is asked it.
ASIDE = {
    EmulatedWhatsminer: ("rpc:get_psu", F.VOLTAGE_MONITORING),
    EmulatedAntminer: ("GET /cgi-bin/get_miner_conf.cgi", F.INTERNAL_FAN_CONTROL),
    EmulatedBitaxe: ("GET /api/system/asic", F.MAX_HASHRATE_DETECTION),
}


@pytest.fixture(params=ASIDE, ids=lambda kind: kind.kind)
def talkative(request: pytest.FixtureRequest) -> type[EmulatedMiner]:
    """Return each kind of device that is asked more than one question."""
    found: type[EmulatedMiner] = request.param
    return found


async def test_question_that_hangs(
    run: Runner, talkative: type[EmulatedMiner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs what rests on it, and soon little time, for as long as it hangs."""
    monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 30.0)
    monkeypatch.setattr(interface, "GLANCE_TIMEOUT", 0.1)
    bench = await link(await run(talkative))
    await bench.refresh()
    question, _ = ASIDE[talkative]
    bench.device.inject(Fault.HANG, on=question)
    for patience in (0.3, 30.0):
        monkeypatch.setattr(interface, "QUESTION_TIMEOUT", patience)
        bench.device.requests.clear()
        found = await bench.refresh()
        assert bench.device.requests[question] <= 1
        assert found.hashrate
        assert found.hashrate.value == pytest.approx(bench.device.hashrate, rel=0.01)
        assert found.status in (MinerStatus.ON, MinerStatus.UNKNOWN)
        assert found.hashboards


async def test_question_that_is_answered_late_is_asked_again(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes longer than a glance gets its time after a while."""
    monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.3)
    monkeypatch.setattr(interface, "GLANCE_TIMEOUT", 0.1)
    clock = [1000.0]
    monkeypatch.setattr(interface, "monotonic", lambda: clock[0])
    bench = await link(await run(EmulatedWhatsminer))
    bench.device.inject(Fault.HANG, on="rpc:get_psu")
    assert (await bench.refresh()).voltage is None
    # Each time it is left alone for longer.
    clock[0] += interface.FIRST_HANGING_SECONDS
    assert (await bench.refresh()).voltage is None
    bench.device.inject(Fault.SLOW, on="rpc:get_psu", delay=0.2)
    clock[0] += interface.FIRST_HANGING_SECONDS
    assert (await bench.refresh()).voltage is None
    clock[0] += interface.FIRST_HANGING_SECONDS
    assert (await bench.refresh()).voltage is not None


EVERY_KIND = [
    kind for kind in ALL_KINDS.values() if not issubclass(kind, EmulatedBitaxe)
]


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: kind.kind)
async def test_whatever_hangs_costs_what_rests_on_it(
    run: Runner, kind: type[EmulatedMiner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No single question costs the whole reading, and all is back with the next."""
    monkeypatch.setattr(interface, "GLANCE_TIMEOUT", 0.3)
    bench = await link(await run(kind))
    await bench.refresh()
    bench.controller.forget_connection()
    bench.device.requests.clear()
    whole = told(await bench.refresh())
    for question in sorted(bench.device.requests):
        monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.3)
        bench.device.inject(Fault.HANG, on=glob.escape(question))
        bench.controller._facts._next_at = 0.0
        assert told(await bench.refresh()) & SIGNIFICANT, question
        monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 4.0)
        bench.device.inject(None)
        assert told(await bench.refresh()) == whole, question


def told(found: Snapshot) -> set[str]:
    """Return the names of what a reading tells."""
    return {one.name for one in fields(found) if getattr(found, one.name) is not None}


# What a reading tells when it tells anything of what the device does.
SIGNIFICANT = {"hashrate", "hashboards", "operation", "power"}


async def test_joined_question_that_hangs(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of several that are asked in one costs none of the others."""
    monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.3)
    monkeypatch.setattr(interface, "GLANCE_TIMEOUT", 0.1)
    bench = await link(await run(EmulatedWhatsminer))
    bench.device.inject(Fault.HANG, on="rpc:*devs*")
    found = await bench.refresh()
    assert found.power is not None
    assert found.status is MinerStatus.ON
    bench.device.requests.clear()
    await bench.refresh()
    assert {name for name in bench.device.requests if "devs" in name} == {"rpc:devs"}


async def test_joined_questions_that_hang_are_joined_again(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a device took too long once is no refusal."""
    monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.3)
    clock = [1000.0]
    monkeypatch.setattr(interface, "monotonic", lambda: clock[0])
    bench = await link(await run(EmulatedWhatsminer))
    await bench.refresh()
    bench.device.inject(Fault.HANG, on="rpc:*+*")
    assert (await bench.refresh()).hashrate is not None
    bench.device.inject(None)
    for seconds, is_joined in ((0.0, False), (interface.FIRST_HANGING_SECONDS, True)):
        clock[0] += seconds
        bench.device.requests.clear()
        assert (await bench.refresh()).hashrate is not None
        assert any("+" in name for name in bench.device.requests) is is_joined


@pytest.mark.parametrize("question", ["rpc:get_psu", "rpc:get_miner_info"])
async def test_question_that_hangs_while_linking(
    run: Runner, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device is linked, less what rests on that question."""
    monkeypatch.setattr(interface, "QUESTION_TIMEOUT", 0.3)
    device = await run(EmulatedWhatsminer)
    device.inject(Fault.HANG, on=question)
    found = (await link(device)).capabilities
    assert found.mac == device.mac
    assert F.HASHRATE_MONITORING in found.features
    assert (F.VOLTAGE_MONITORING in found.features) is ("psu" not in question)
