#!/usr/bin/env bash
# pyasic 0.79.0: a pool's address decides whether a device can be read.
#
# Firmware takes addresses of pools with `stratum+tls://`, and without any scheme. For the
# first kind pyasic raises ValueError, which ends a whole read that includes the pools;
# the second kind is no address for it, without an error. Read pools apart from the rest.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "stratum+tcp://pool.example:3333 -> pool.example
stratum+ssl://pool.example:3333 -> pool.example
stratum+tls://pool.example:3333 -> ValueError
pool.example:3333 -> None" <<'PROGRAM'
from pyasic.data.pools import PoolUrl

for url in (
    "stratum+tcp://pool.example:3333",
    "stratum+ssl://pool.example:3333",
    "stratum+tls://pool.example:3333",
    "pool.example:3333",
):
    try:
        found = PoolUrl.from_str(url)
        print(url, "->", found and found.host)
    except ValueError as err:
        print(url, "->", type(err).__name__)
PROGRAM
