#!/usr/bin/env bash
# pyasic-rs 0.8.6: a call that has begun before it is awaited.
#
# What looks like a coroutine function returns an `asyncio.Future` that is already
# running: calling is sending. `asyncio.create_task(call())` raises TypeError after the
# request has gone out, so that a failure does not mean that nothing was sent. Wrap each
# call in a coroutine of one's own.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic-rs==0.8.6
expect "coroutine: False, future: True
create_task: TypeError, connections that arrived: True" <<'PROGRAM'
import asyncio

from pyasic_rs import MinerFactory


async def main() -> None:
    arrived = asyncio.Event()

    async def take(reader, writer):
        arrived.set()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 4028)
    factory = MinerFactory()
    call = factory.get_miner("127.0.0.1")
    kinds = asyncio.iscoroutine(call), isinstance(call, asyncio.Future)
    print("coroutine: {}, future: {}".format(*kinds))
    await call
    arrived.clear()
    try:
        asyncio.create_task(factory.get_miner("127.0.0.1"))
        outcome = "accepted"
    except TypeError as err:
        outcome = type(err).__name__
    await asyncio.wait_for(arrived.wait(), 10)
    print(f"create_task: {outcome}, connections that arrived: {arrived.is_set()}")
    server.close()


asyncio.run(main())
PROGRAM
