#!/usr/bin/env bash
# pyasic-rs 0.8.6: an Avalon Q in standby takes more watts than at work, by its data.
#
# Seven numbers stand in `PS`: among them the supply's output in watts (the fifth, 24.21 V
# times 66 A), the voltage that is asked of it in hundredths of a volt (the sixth), and the
# watts from the socket (the seventh). `wattage` is the fifth, without the losses, and
# where that is 0, the sixth: in standby 22.45 V become 2245 W, more than the machine can
# take at all.
#
# Both `PS` come from recorded answers of such machines.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic-rs==0.8.6
expect "at work: 1670 W from the socket, wattage 1598.0
in standby: 146 W from the socket, wattage 2245.0" <<'PROGRAM'
import asyncio

from devices import serve_rpc
from pyasic_rs import MinerFactory

STATUS = {"STATUS": "S", "Msg": "", "Description": "cgminer 4.11.1"}
VERSION = {
    "CGMiner": "4.11.1",
    "API": "3.7",
    "PROD": "Avalon Q",
    "MODEL": "Q",
    "MAC": "02:00:00:00:00:01",
}
SUPPLIES = {
    "at work": "0 1221 2421 66 1598 2422 1670",
    "in standby": "0 1222 4 0 0 2245 146",
}


def told(**sections):
    return {"STATUS": [STATUS], **sections, "id": 1}


def stats(supply):
    module = f"Ver[Q-25052801_14a19a2] Elapsed[37850] PS[{supply}] MPO[800]"
    texts = {"MM ID0:Summary": f"'STATS':{{{module}}}"}
    return told(STATS=[{"STATS": 0, "ID": "AVALON0"} | texts])


async def main():
    address = "127.83.17.2"
    answers = {"version": told(VERSION=[VERSION])}
    async with await serve_rpc(address, answers):
        miner = await MinerFactory().get_miner(address)
        for name, supply in SUPPLIES.items():
            answers["stats"] = answers["litestats"] = stats(supply)
            data = await miner.get_data()
            watts = supply.split()[-1]
            print(f"{name}: {watts} W from the socket, wattage {data.wattage}")


asyncio.run(main())
PROGRAM
