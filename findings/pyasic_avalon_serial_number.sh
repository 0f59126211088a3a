#!/usr/bin/env bash
# pyasic 0.79.0: an Avalon's serial number becomes infinity.
#
# The module of an Avalon tells everything in one text of `Name[value]`. The parser turns
# into a number what looks like one. A serial number (`DNA`, 16 hexadecimal digits) that
# has no other letter than one `e` looks like a float in scientific notation; one with
# digits alone loses its leading zeros. Two machines can so share one number, and
# arithmetic or JSON fails on the first kind. Read such fields from the text instead.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "inf
1234567890123456.0" <<'PROGRAM'
from pyasic.miners.backends.avalonminer import AvalonMiner

for dna in ("12345e6789012345", "01234567890123456"):
    text = f"Ver[Q] DNA[{dna}] Freq[300.00]"
    parsed = AvalonMiner.parse_estats({"STATS": [{"MM ID0": text}]})
    found = parsed["STATS"][0]["MM ID0"]["DNA"]
    print(float(found))
PROGRAM
