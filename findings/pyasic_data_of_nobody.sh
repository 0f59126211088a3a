#!/usr/bin/env bash
# pyasic 0.79.0: data that no device gave say that it mines, at the time of the import.
#
# `MinerData` is what a read returns, and it is filled as far as a device answers. Without
# any answer `is_mining` is True. `datetime` is the time at which pyasic was imported, the
# same for every read of the process: it does not tell how old a reading is.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "is_mining: True
hash rate: None
same time two seconds later: True" <<'PROGRAM'
import time

from pyasic.data import MinerData

first = MinerData(ip="192.0.2.1")
time.sleep(2)
second = MinerData(ip="192.0.2.1")
print("is_mining:", first.is_mining)
print("hash rate:", first.hashrate)
print("same time two seconds later:", first.datetime == second.datetime)
PROGRAM
