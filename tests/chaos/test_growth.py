"""What Home Assistant holds must not grow."""

import asyncio
import os
import socket

import pytest

from chaos.findings import Count, Findings
from chaos.growth import Vitals, judge_growth, measure, typical

FIRST = Vitals(20, 30, 250)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (FIRST, []),
        (Vitals(25, 36, 260), []),
        (Vitals(200, 30, 250), [Count.TASKS]),
        (Vitals(20, 200, 250), [Count.SOCKETS]),
        (Vitals(20, 30, 400), [Count.MEMORY]),
    ],
)
def test_growth(last: Vitals, found: list[Count]) -> None:
    """What grows beyond chance is found."""
    findings = Findings()
    judge_growth(findings, FIRST, last, 10, 0.0)
    assert [finding.count for finding in findings.found] == found


async def test_measure(socket_enabled: None) -> None:
    """The sockets of a process are counted, and its memory is known."""
    before = measure(os.getpid(), 5)
    assert before.tasks == 5
    assert before.megabytes > 10
    left, right = await asyncio.to_thread(_pair)
    with left, right:
        assert measure(os.getpid(), 5).sockets == before.sockets + 2


def test_typical() -> None:
    """One odd look does not count."""
    assert typical([FIRST, FIRST, Vitals(500, 500, 500)]) == FIRST


def _pair() -> tuple[socket.socket, socket.socket]:
    """Return two sockets."""
    return socket.socketpair()
