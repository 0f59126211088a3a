#!/usr/bin/env bash
# pyasic 0.79.0: a Bitaxe's settings, read and written back, are others.
#
# AxeOS keeps host and port of a pool apart, and never tells the password. Reading joins
# the two to an address with a scheme; writing puts that address into the field for the
# host, where no host has such a name, and an empty password beside it, and every further
# time adds to it. Whoever only wants to change the fan does that to the pool, too. And
# `send_config` raises APIError although the device has taken it all, since an answer
# without content is not JSON.
#
# The device is one with AxeOS 2.9, as far as its sources tell. The script answers on
# port 80 of an address of 127/8: it needs root, or Linux' setting
# `net.ipv4.ip_unprivileged_port_start`.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "as set up: pool.example 3333
APIError
written back: stratum+tcp://pool.example:3333 3333, password ''
APIError
and again: stratum+tcp://stratum+tcp://pool.example:3333:3333 3333, password ''" <<'PROGRAM'
import asyncio

import pyasic
from devices import serve_http

PAGE = "<!doctype html><html><head><title>AxeOS</title></head></html>"
INFO = {
    "ASICModel": "BM1370",
    "boardVersion": "602",
    "version": "v2.9.1",
    "axeOSVersion": "v2.9.1",
    "macAddr": "02:00:00:00:00:01",
    "hostname": "bitaxe",
    "hashRate": 1071.0,
    "autofanspeed": 1,
    "fanspeed": 60,
    "stratumURL": "pool.example",
    "stratumPort": 3333,
    "stratumUser": "worker",
}


async def main():
    address = "127.83.17.6"
    passwords = []

    def take(changes):
        passwords.append(changes.pop("stratumPassword"))
        INFO.update(changes)
        return ""

    answers = {
        "GET /": PAGE,
        "GET /api/system/info": INFO,
        "PATCH /api/system": take,
    }
    print("as set up:", INFO["stratumURL"], INFO["stratumPort"])
    async with await serve_http(address, answers):
        miner = await pyasic.get_miner(address)
        for when in ("written back", "and again"):
            try:
                await miner.send_config(await miner.get_config())
            except pyasic.APIError as err:
                print(type(err).__name__)
            pool = f"{INFO['stratumURL']} {INFO['stratumPort']}"
            print(f"{when}: {pool}, password {passwords[-1]!r}")


asyncio.run(main())
PROGRAM
