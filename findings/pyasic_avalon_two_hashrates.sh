#!/usr/bin/env bash
# pyasic 0.79.0: what else is read decides whether a resting Avalon hashes.
#
# `hashrate` in the data is the sum of the hash boards as soon as boards were read, and
# the device's own value otherwise. An Avalon's board is filled with a mean since the
# start (`MGHS`, the same as `GHSavg`), the device's own value with that of the last
# minute. So two reads at the same moment give 0 and 44.5 TH/s, and a machine that was
# sent to rest still shows most of its hash rate hours later. Its answer tells the
# present one as well: `GHSspd`.
#
# The answers are those of an Avalon Q that had been in standby for 106 minutes.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "get_hashrate(): 0.0
get_data() of hashrate: 0.0
get_data() of hashrate and hashboards: 44.5" <<'PROGRAM'
import asyncio

import pyasic
from devices import serve_rpc

STATUS = {"STATUS": "S", "Msg": "", "Description": "cgminer 4.11.1"}
VERSION = {
    "CGMiner": "4.11.1",
    "API": "3.7",
    "PROD": "Avalon Q",
    "MODEL": "Q",
    "MAC": "02:00:00:00:00:01",
}
DEVICE = {"ASC": 0, "Name": "AVALON", "Status": "Alive", "MHS av": 44046770.26}
MODULE = (
    "Ver[Q-25052801_14a19a2] STATE[2] SYSTEMSTATU[Work: In Idle, Hash Board: 1] "
    "Elapsed[37850] TMax[0] TAvg[0] Fan1[0] GHSspd[0.00] GHSmm[55032.79] "
    "GHSavg[44499.41] MGHS[44499.41] SoftOFF[4] MPO[800]"
)
STATS = {"ID": "AVALON0", "MM ID0:Summary": f"'STATS':{{{MODULE}}}"}


def told(**sections):
    return {"STATUS": [STATUS], **sections, "id": 1}


async def main():
    address = "127.83.17.1"
    answers = {
        "version": told(VERSION=[VERSION]),
        "devs": told(DEVS=[DEVICE | {"MHS 5s": 0.0, "MHS 1m": 0.0}]),
        "estats": told(STATS=[STATS]),
    }
    async with await serve_rpc(address, answers):
        miner = await pyasic.get_miner(address)
        own = await miner.get_hashrate()
        alone = await miner.get_data(include=["hashrate"])
        along = await miner.get_data(include=["hashrate", "hashboards"])
    print("get_hashrate():", float(own))
    print("get_data() of hashrate:", float(alone.hashrate))
    boards = round(float(along.hashrate), 1)
    print("get_data() of hashrate and hashboards:", boards)


asyncio.run(main())
PROGRAM
