"""Keep calls of a library within limits: of time, of errors, and of tasks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
import re
import traceback

from ..errors import ControllerAuthError, ControllerError, ControllerUnreachableError

# How long tasks that a call left behind may take to end.
_CLEANUP_TIMEOUT = 1.0

# Where the library begins to quote a device.
_DEVICE_SAID = re.compile(r"Response:|{")

# Marks the tasks of one call: they inherit the context that they are made in.
_CALL: ContextVar[object] = ContextVar("miner_control_device_call")


class DeviceTimeoutError(ControllerUnreachableError):
    """The device took too long."""


@asynccontextmanager
async def limited(host: str, seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Limit the time of what is done with a device, and clear up behind it.

    Yields what ends it early, where that is brought forward. Whatever goes wrong is a
    ControllerError. Only cancellation passes as it is.
    """
    mark = object()
    token = _CALL.set(mark)
    cancellations = _cancellations()
    limit = asyncio.timeout(seconds)
    failure: Exception | None = None
    try:
        async with limit:
            yield limit
    except Exception as err:  # noqa: BLE001
        # The library raises what happens to come up: KeyError, ValueError, errors
        # of five transport libraries, even RecursionError.
        failure = err
    finally:
        _CALL.reset(token)
        await _end_tasks_of(mark)
    # pyasic takes a cancellation in places for an answer of the device.
    if _cancellations() > cancellations:
        raise asyncio.CancelledError
    if limit.expired():
        _let_go(failure)
        raise DeviceTimeoutError(f"{host} did not answer in {seconds:g} s")
    if isinstance(failure, ControllerError):
        raise failure
    if failure is not None:
        raise _translated(host, failure) from failure


async def apart[T](call: Callable[[], Awaitable[T]]) -> T:
    """Make a call in a task of its own, and return what it returns.

    A transport that loses its connection may cancel the task that waits for it; here
    that is an error like others, and no request to end this task.
    """
    before = _cancellations()
    task = asyncio.ensure_future(call())
    try:
        return await task
    except asyncio.CancelledError:
        if _cancellations() > before:
            raise
        raise ConnectionResetError("the connection was lost") from None


def in_short(err: BaseException) -> str:
    """Return what went wrong, less what the device said: it may name passwords."""
    cause = f", {in_short(err.__cause__)}" if err.__cause__ else ""
    reason = _DEVICE_SAID.split(str(err))[0].strip(" -:")[:120]
    return f"{type(err).__name__}: {reason}{cause}"


def _cancellations() -> int:
    """Return how many requests to cancel the current task are pending."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def _end_tasks_of(mark: object) -> None:
    """End the tasks that a call of the library left behind, however it ended."""
    left = [t for t in asyncio.all_tasks() if t.get_context().get(_CALL) is mark]
    for task in left:
        task.cancel()
    if left:
        done, _ = await asyncio.wait(left, timeout=_CLEANUP_TIMEOUT)
        for task in done:
            # Somebody has to look at a failure, or asyncio complains.
            _ = task.cancelled() or task.exception()


def _let_go(failure: Exception | None) -> None:
    """Clear the frames that an error holds, so that what they left open is closed."""
    for err in (failure, failure.__cause__ if failure else None):
        if err is not None:
            traceback.clear_frames(err.__traceback__)


def _translated(host: str, err: Exception) -> ControllerError:
    """Return the ControllerError that says what an error of the library means."""
    # What gRPC says; others do not tell a login that failed from one refused.
    if "UNAUTHENTICATED" in str(err) + str(err.__cause__):
        return ControllerAuthError(f"{host} refuses the credentials")
    return ControllerUnreachableError(f"{host}: {in_short(err)}")
