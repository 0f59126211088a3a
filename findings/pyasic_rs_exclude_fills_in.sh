#!/usr/bin/env bash
# pyasic-rs 0.8.6: data that were excluded from a read look like data that were read.
#
# A read takes a list of what to leave out. What is left out is not empty, though: a
# WhatsMiner that was stopped, and says so, is mining when `IsMining` is excluded. Nor
# does it stay at what is named: without `Hashboards` the average temperature is None as
# well, while excluding `AverageTemperature` itself has no effect. Whoever excludes
# something has to remember that; the data do not tell.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic-rs==0.8.6
expect "nothing excluded: is_mining False, average 31.5
IsMining excluded: is_mining True, average 31.5
Hashboards excluded: is_mining False, average None
AverageTemperature excluded: is_mining False, average 31.5" <<'PROGRAM'
import asyncio

from devices import serve_rpc
from pyasic_rs import MinerFactory
from pyasic_rs.data import DataField

FIRMWARE = "20220915.14.REL"
OK = {"STATUS": "S", "Code": 131, "Description": ""}
STATE = {"mineroff": "true", "mineroff_reason": "by api", "mineroff_time": ""}
SUMMARY = {
    "Elapsed": 0,
    "MHS av": 0.0,
    "MHS 1m": 0.0,
    "HS RT": 0.0,
    "Temperature": 31.5,
    "Power": 25,
    "Power Mode": "Normal",
    "Power Limit": 3600,
    "Fan Speed In": 0,
    "Fan Speed Out": 0,
    "MAC": "02:00:00:00:00:01",
}
BOARD = {"Name": "SM", "Status": "Alive", "Temperature": 31.5, "MHS av": 0.0}


def told(**sections):
    status = {"STATUS": "S", "Msg": "", "Description": "btminer"}
    return {"STATUS": [status], **sections, "id": 1}


def rows(row, number):
    return [row | {number: n, "Slot": n, "ID": n} for n in range(3)]


ANSWERS = {
    "get_version": OK | {"Msg": {"api_ver": "2.0.5", "fw_ver": FIRMWARE}},
    "status": OK | {"Msg": STATE | {"FirmwareVersion": f"'{FIRMWARE}'"}},
    "devdetails": told(DEVDETAILS=rows({"Model": "M30S++_VH30"}, "DEVDETAILS")),
    "summary": told(SUMMARY=[SUMMARY]),
    "devs": told(DEVS=rows(BOARD, "ASC")),
    "pools": told(POOLS=[]),
}


async def main():
    address = "127.83.17.3"
    async with await serve_rpc(address, ANSWERS):
        miner = await MinerFactory().get_miner(address)
        names = "IsMining", "Hashboards", "AverageTemperature"
        for name in ("nothing", *names):
            excluded = [] if name == "nothing" else [getattr(DataField, name)]
            data = await miner.get_data(exclude=excluded)
            average = data.average_temperature
            state = f"is_mining {data.is_mining}, average {average}"
            print(f"{name} excluded: {state}")


asyncio.run(main())
PROGRAM
