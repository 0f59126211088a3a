"""In a round of reading, a device is asked each question once."""

import pytest

from custom_components.miner_control.controllers.errors import (
    ControllerError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.pyasic import rounds
from emulation import EmulatedAntminer, EmulatedBitaxe, EmulatedWhatsminer, Fault

from .bench import Bench, F, link, short_limits
from .conftest import Runner

ASIC = "GET /api/system/asic"

# The most connections that a device sees per refresh of everything.
CONNECTIONS = {"antminer": 5, "whatsminer": 3, "bitaxe": 1, "avalon": 1, "vnish": 3}


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
    monkeypatch.setattr(rounds, "monotonic", lambda: clock[0])

    async def asked() -> int:
        """Read twice and return how often the lasting question was asked."""
        bench.device.requests.clear()
        await bench.refresh(F.HASHRATE_MONITORING)
        await bench.refresh(F.HASHRATE_MONITORING)
        return int(bench.device.requests[ASIC])

    assert await asked() == 1
    assert await asked() == 0
    clock[0] += rounds.LASTING_SECONDS
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
