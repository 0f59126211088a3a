#!/usr/bin/env bash
# pyasic-rs 0.8.6: a paused Bitaxe is paused and mining in the same data.
#
# From AxeOS 2.14 on the device tells whether it was paused. The library reads that into
# `operating_state`, but not into `is_mining`, which stays True, also when it is asked for
# alone. A stopped WhatsMiner has it the other way round: `is_mining` is False, and there
# is no operating state. Neither of the two serves for all.
#
# The script answers on port 80 of an address of 127/8: it needs root, or Linux' setting
# `net.ipv4.ip_unprivileged_port_start`.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic-rs==0.8.6
expect "miningPaused False: Mining, is_mining True, get_is_mining() True, 1.07 TH/s
miningPaused True: Paused, is_mining True, get_is_mining() True, 0.00 TH/s" <<'PROGRAM'
import asyncio

from devices import serve_http
from pyasic_rs import MinerFactory

PAGE = "<!doctype html><html><head><title>AxeOS</title></head></html>"
INFO = {
    "ASICModel": "BM1370",
    "boardVersion": "602",
    "version": "v2.14.1",
    "axeOSVersion": "v2.14.1",
    "macAddr": "02:00:00:00:00:01",
    "hostname": "bitaxe",
    "uptimeSeconds": 86400,
}
STATES = (
    {"miningPaused": False, "hashRate": 1071.0, "power": 18.2},
    {"miningPaused": True, "hashRate": 0, "power": 5.0},
)
ASIC = {"ASICModel": "BM1370", "deviceModel": "Gamma", "asicCount": 1}


async def main():
    address = "127.83.17.5"
    answers = {"GET /": PAGE, "GET /api/system/asic": ASIC}
    answers["GET /api/system/info"] = INFO
    async with await serve_http(address, answers):
        miner = await MinerFactory().get_miner(address)
        for state in STATES:
            answers["GET /api/system/info"] = INFO | state
            data = await miner.get_data()
            alone = await miner.get_is_mining()
            print(
                f"miningPaused {state['miningPaused']}: {data.operating_state}, "
                f"is_mining {data.is_mining}, get_is_mining() {alone}, "
                f"{data.hashrate.value:.2f} {data.hashrate.unit}"
            )


asyncio.run(main())
PROGRAM
