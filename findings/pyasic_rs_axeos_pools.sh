#!/usr/bin/env bash
# pyasic-rs 0.8.6: a Bitaxe's fallback pool has as many shares as the first one.
#
# The firmware counts shares for the whole device. Each of its two pools is given that
# total, also the one that never was in use: whoever adds up the pools' shares, as for
# other firmware, gets twice as many. Excluding the pools leaves both of them, without a
# name, and the first still says that it is active.
#
# The script answers on port 80 of an address of 127/8: it needs root, or Linux' setting
# `net.ipv4.ip_unprivileged_port_start`.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic-rs==0.8.6
expect "device: 120 accepted
stratum+tcp://pool.example:3333: 120 accepted, active True
stratum+tcp://backup.example:4444: 120 accepted, active False
pools excluded:
stratum+tcp://:0: None accepted, active True
stratum+tcp://:0: None accepted, active False" <<'PROGRAM'
import asyncio

from devices import serve_http
from pyasic_rs import MinerFactory
from pyasic_rs.data import DataField

PAGE = "<!doctype html><html><head><title>AxeOS</title></head></html>"
INFO = {
    "ASICModel": "BM1370",
    "boardVersion": "602",
    "version": "v2.14.1",
    "axeOSVersion": "v2.14.1",
    "macAddr": "02:00:00:00:00:01",
    "hostname": "bitaxe",
    "hashRate": 1071.0,
    "power": 18.2,
    "sharesAccepted": 120,
    "sharesRejected": 3,
    "uptimeSeconds": 86400,
    "isUsingFallbackStratum": 0,
    "stratumURL": "pool.example",
    "stratumPort": 3333,
    "stratumUser": "worker",
    "fallbackStratumURL": "backup.example",
    "fallbackStratumPort": 4444,
    "fallbackStratumUser": "worker",
}
ASIC = {"ASICModel": "BM1370", "deviceModel": "Gamma", "asicCount": 1}
ANSWERS = {
    "GET /": PAGE,
    "GET /api/system/info": INFO,
    "GET /api/system/asic": ASIC,
}


def show(data):
    for pool in data.pools[0].pools:
        shares = f"{pool.accepted_shares} accepted"
        print(f"{pool.url}: {shares}, active {pool.active}")


async def main():
    address = "127.83.17.4"
    async with await serve_http(address, ANSWERS):
        miner = await MinerFactory().get_miner(address)
        print("device:", INFO["sharesAccepted"], "accepted")
        show(await miner.get_data())
        print("pools excluded:")
        show(await miner.get_data(exclude=[DataField.Pools]))


asyncio.run(main())
PROGRAM
