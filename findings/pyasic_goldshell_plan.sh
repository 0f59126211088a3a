#!/usr/bin/env bash
# pyasic 0.79.0: a Goldshell that is told to stop goes on with low power.
#
# A Goldshell stops by its power plans: `select` names the `level` of the one that is in
# use, and one of them stands still, at 0 MHz. `stop_mining` looks for that level among
# the plans, and writes the plan's place in the list instead. Where levels leave out a
# number, as those of an SC5 Pro II do (0, 2, 3), the place of the one that stands still
# is the level of another, which hashes. `stop_mining` returns True all the same.
#
# Plans and levels are recorded from an SC5 Pro II with firmware 2.2.0; that `select` is a
# level is seen in the page of the firmware, which compares the two. The script answers
# on port 80 of an address of 127/8: it needs root, or Linux' setting
# `net.ipv4.ip_unprivileged_port_start`.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "stop_mining: True
selected: level 2, 513 MHz
the plan that stands still: level 3, 0 MHz" <<'PROGRAM'
import asyncio

from devices import serve_http
from pyasic.miners.goldshell.bfgminer.XBox.KDBox import GoldshellKDBoxPro

PLANS = {0: "700 MHz", 2: "513 MHz", 3: "0 MHz"}
SETTINGS = {
    "select": 0,
    "powerplans": [{"level": level, "info": info} for level, info in PLANS.items()],
}


async def main():
    address = "127.83.17.14"
    login = "/user/login?username=admin&password=123456789&cipher=false"

    def take(changed):
        SETTINGS.update(changed)
        return {}

    answers = {
        f"GET {login}": {"JWT Token": "token"},
        "GET /mcb/setting": SETTINGS,
        "PUT /mcb/setting": take,
    }
    async with await serve_http(address, answers):
        print("stop_mining:", await GoldshellKDBoxPro(address).stop_mining())
    for what, level in (
        ("selected", SETTINGS["select"]),
        ("the plan that stands still", 3),
    ):
        print(f"{what}: level {level}, {PLANS[level]}")


asyncio.run(main())
PROGRAM
