"""What a fault does to one request and its answer, over RPC or HTTP."""

import asyncio

from emulation.faults import GARBAGE_BYTES, ActiveFault, Fault


class ConnectionDropped(Exception):  # noqa: N818 - it is an order, not an error
    """Tell the server to reset the connection instead of answering."""


async def hold(active: ActiveFault | None, delay: float = 0.0) -> None:
    """Delay a request, keep it for ever, or drop its connection."""
    if delay:
        await asyncio.sleep(delay)
    if active is None:
        return
    if active.fault is Fault.SLOW:
        await asyncio.sleep(active.delay)
    elif active.fault in {Fault.HANG, Fault.BLACKHOLE}:
        await asyncio.Event().wait()
    elif active.fault in {Fault.RESET, Fault.REFUSE}:
        raise ConnectionDropped


def distort(body: bytes, fault: Fault | None) -> bytes:
    """Return what is left of an answer on its way to the client."""
    if fault is Fault.EMPTY:
        return b""
    if fault is Fault.GARBAGE:
        return GARBAGE_BYTES
    if fault is Fault.TRUNCATE:
        return body[: len(body) // 2]
    return body
