#!/usr/bin/env bash
# pyasic-rs 0.8.6: two equal hash rates are not equal.
#
# `HashRate` compares by identity, while the unit and the algorithm in it compare by
# value; nor can it be copied. Whoever keeps one to see whether a reading has changed
# sees a change in every reading. Take out the number and its unit.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic-rs==0.8.6
expect "same number, unit and algorithm: True True True
equal: False
copy: TypeError" <<'PROGRAM'
from copy import copy

from pyasic_rs.data import HashRate, HashRateUnit

one, other = (HashRate(110.0, HashRateUnit.TH, "SHA256") for _ in range(2))
same = one.value == other.value, one.unit == other.unit, one.algo == other.algo
print("same number, unit and algorithm: {} {} {}".format(*same))
print(f"equal: {one == other}")
try:
    copy(one)
    outcome = "made"
except TypeError as err:
    outcome = type(err).__name__
print(f"copy: {outcome}")
PROGRAM
