#!/usr/bin/env bash
# pyasic 0.79.0: a scrypt Antminer makes a thousand times what the same data expect of it.
#
# Bitmain's firmware calls a hash rate `GHS 5s` whatever it is in: where scrypt is
# mined, in megahashes. Newer firmware tells the same rate with its unit beside
# (`RT HASHRATE`), and the unit of the other figures (`rate_unit`). pyasic heeds the
# latter for `expected_hashrate` and takes the name at its word for `hashrate`, so that
# an L7 (9.5 GH/s) shows 9529 GH/s, and 100310 % of what is expected. Whoever adds up or
# compares machines has to read the unit: of a D9 and a Z15 Pro the name is true.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "the device: 9529.46 MH/s
hashrate: 9529.45 GH/s
expected_hashrate: 9.5 GH/s
percent_expected_hashrate: 100310" <<'PROGRAM'
import asyncio

import pyasic
from devices import serve_rpc

STATUS = {"STATUS": "S", "Msg": "", "Description": "cgminer 1.0.0"}
VERSION = {"BMMiner": "2.12", "API": "3.1", "Miner": "81.0", "Type": "Antminer L7"}
SUMMARY = {
    "Elapsed": 105715,
    "GHS 5s": 9529.45,
    "GHS av": 9301.18,
    "RT HASHRATE": "9529.46 MH/s",
}
WORK = {"GHS 5s": 9529.45, "total_rateideal": 9500.0, "rate_unit": "MH"}


def told(**sections):
    return {"STATUS": [STATUS], **sections, "id": 1}


async def main():
    address = "127.83.17.2"
    answers = {
        "version": told(VERSION=[VERSION]),
        "summary": told(SUMMARY=[SUMMARY]),
        "stats": told(STATS=[VERSION, WORK]),
    }
    async with await serve_rpc(address, answers):
        miner = await pyasic.get_miner(address)
        data = await miner.get_data(include=["hashrate", "expected_hashrate"])
    print("the device:", SUMMARY["RT HASHRATE"])
    print(f"hashrate: {data.hashrate!r}")
    print(f"expected_hashrate: {data.expected_hashrate!r}")
    print("percent_expected_hashrate:", data.percent_expected_hashrate)


asyncio.run(main())
PROGRAM
