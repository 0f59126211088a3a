"""Calls of the library within limits, whatever they do."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib

import pytest

from custom_components.miner_control.controllers.errors import (
    CommandRefusedError,
    ControllerAuthError,
    ControllerError,
    ControllerUnreachableError,
)
from custom_components.miner_control.controllers.network import limits
from custom_components.miner_control.controllers.network.limits import (
    DeviceTimeoutError,
    in_short,
    limited,
)

type Call = Callable[[], Awaitable[object]]

HOST = "192.0.2.1"


async def within(seconds: float, call: Call) -> object:
    """Make a call within limits."""
    async with limited(HOST, seconds):
        return await call()


async def wait() -> None:
    """Wait for ever."""
    await asyncio.Event().wait()


async def swallow() -> str:
    """Take a cancellation for an answer, as parts of pyasic do."""
    with contextlib.suppress(asyncio.CancelledError):
        await wait()
    return "an answer"


async def confuse() -> None:
    """Take a cancellation for a failure, as other parts do."""
    try:
        await wait()
    except asyncio.CancelledError as err:
        raise KeyError("Msg") from err


@pytest.mark.parametrize("call", [wait, swallow, confuse])
async def test_time_is_limited(call: Call) -> None:
    """A call that takes too long is over, whatever it makes of it."""
    with pytest.raises(DeviceTimeoutError, match=r"192\.0\.2\.1 .* 0\.01 s"):
        await within(0.01, call)


@pytest.mark.parametrize("call", [wait, swallow, confuse])
async def test_cancellation_stays_a_cancellation(call: Call) -> None:
    """Whoever gives up is not told of an answer or a failure."""
    task = asyncio.create_task(within(5, call))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_limit_of_others_is_respected() -> None:
    """Somebody else's shorter limit is not taken for the device's failure."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await within(5, swallow)


@pytest.mark.parametrize(
    "failure",
    [
        KeyError("Msg"),
        ValueError("char 401"),
        AttributeError("x"),
        RecursionError(),
        TimeoutError(),
        OSError(104, "reset"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_every_failure_is_one_of_ours(failure: Exception) -> None:
    """Whatever comes up, the device is what failed, not the login."""

    async def fail() -> None:
        raise failure

    with pytest.raises(ControllerUnreachableError) as raised:
        await within(5, fail)
    assert not isinstance(raised.value, DeviceTimeoutError)
    assert raised.value.__cause__ is failure


async def test_refused_login_is_told() -> None:
    """The one sign of a refused login that is not ambiguous."""

    async def fail() -> None:
        raise RuntimeError("(<Status.UNAUTHENTICATED: 16>, 'no', None)")

    with pytest.raises(ControllerAuthError):
        await within(5, fail)


async def test_own_errors_pass() -> None:
    """An error that says already what it means keeps its meaning."""

    async def fail() -> None:
        raise CommandRefusedError("no")

    with pytest.raises(CommandRefusedError, match="no"):
        await within(5, fail)


@pytest.mark.parametrize("fails", [True, False])
async def test_no_task_outlives_a_call(*, fails: bool) -> None:
    """Neither after a success nor after a failure."""
    left: list[asyncio.Task[object]] = []

    async def leave() -> None:
        left.extend(asyncio.create_task(work()) for work in (wait, swallow, confuse))
        await asyncio.sleep(0)
        if fails:
            raise ValueError

    with contextlib.suppress(ControllerError):
        await within(5, leave)
    assert len(left) == 3
    assert all(task.done() for task in left)


async def test_tasks_of_others_go_on() -> None:
    """Only what a call began ends with it."""
    other = asyncio.create_task(wait())

    async def leave() -> None:
        await asyncio.sleep(0)

    await within(5, leave)
    assert not other.done()
    other.cancel()


async def test_stubborn_task_does_not_hold_up_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A task that does not let itself be cancelled is left to itself."""
    monkeypatch.setattr(limits, "_CLEANUP_TIMEOUT", 0.01)
    free = asyncio.Event()
    left: list[asyncio.Task[None]] = []

    async def insist() -> None:
        while not free.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await free.wait()

    async def leave() -> None:
        left.append(asyncio.create_task(insist()))
        await asyncio.sleep(0)

    await within(5, leave)
    free.set()
    await left[0]


def test_failure_is_told_without_what_the_device_said() -> None:
    """An answer may hold passwords; what went wrong is told without it."""
    inner = ValueError('JSON decode error: x - Response: {"pass": "s3cret"}')
    outer = KeyError('Decode Error: {"pass": "s3cret"}')
    outer.__cause__ = inner
    assert (
        in_short(outer) == "KeyError: 'Decode Error, ValueError: JSON decode error: x"
    )
