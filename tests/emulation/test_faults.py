"""What faults do to an answer."""

import json
from typing import Any

import pytest

from emulation.faults import GARBAGE_BYTES, ActiveFault, Fault, spoil
from emulation.transport import ConnectionDropped, distort, hold

ANSWER: dict[str, Any] = {
    "STATUS": [{"STATUS": "S", "When": 17, "Code": 11}],
    "SUMMARY": [{"GHS 5s": 110.0, "Type": "S19", "fine": True, "list": [1, "a"]}],
    "MM ID0": "Ver[nano3] TMax[95] PS[0 0 126]",
    "id": 1,
}


def test_nulls_keep_names_and_envelope() -> None:
    """Numbers are null, all else is as it was."""
    spoilt = spoil(ANSWER, Fault.NULLS)
    assert spoilt["STATUS"] == ANSWER["STATUS"]
    assert spoilt["id"] == 1
    assert spoilt["SUMMARY"] == [
        {"GHS 5s": None, "Type": "S19", "fine": True, "list": [None, "a"]}
    ]
    assert spoilt["MM ID0"] == "Ver[] TMax[] PS[]"


def test_missing_drops_names_but_not_the_envelope() -> None:
    """Numbers and their names are gone, all else is as it was."""
    spoilt = spoil(ANSWER, Fault.MISSING)
    assert spoilt["STATUS"] == ANSWER["STATUS"]
    assert spoilt["SUMMARY"] == [{"Type": "S19", "fine": True, "list": ["a"]}]
    assert spoilt["MM ID0"].strip() == ""


@pytest.mark.parametrize("fault", [None, Fault.SLOW, Fault.TRUNCATE])
def test_other_faults_leave_the_content(fault: Fault | None) -> None:
    """Content is spoilt by two faults only."""
    assert spoil(ANSWER, fault) is ANSWER


def test_distortion() -> None:
    """Answers are emptied, garbled or halved."""
    whole = json.dumps(ANSWER).encode()
    assert distort(whole, None) == whole
    assert distort(whole, Fault.EMPTY) == b""
    assert distort(whole, Fault.GARBAGE) == GARBAGE_BYTES
    half = distort(whole, Fault.TRUNCATE)
    assert whole.startswith(half)
    assert 0 < len(half) < len(whole)


def test_garbage_is_not_utf8() -> None:
    """Garbage is an error to text and JSON readers alike."""
    with pytest.raises(UnicodeDecodeError):
        GARBAGE_BYTES.decode()
    with pytest.raises(UnicodeDecodeError):
        json.loads(GARBAGE_BYTES)


def test_pattern_limits_a_fault() -> None:
    """A fault may hit one kind of request only."""
    active = ActiveFault(Fault.HTTP_500, on="*get_miner_conf*")
    assert active.hits("GET /cgi-bin/get_miner_conf.cgi")
    assert not active.hits("GET /cgi-bin/stats.cgi")


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.REFUSE])
async def test_dropping_faults(fault: Fault) -> None:
    """Two faults end the connection."""
    with pytest.raises(ConnectionDropped):
        await hold(ActiveFault(fault))


async def test_no_fault_holds_nothing() -> None:
    """Without a fault to wait for, there is no wait."""
    await hold(None)
    await hold(ActiveFault(Fault.GARBAGE))
