#!/usr/bin/env bash
# pyasic 0.79.0: an import that mutes the program's own log.
#
# Importing pyasic sets the level of the root logger to WARNING and gives it a handler,
# so that a program that had chosen INFO before is silent afterwards. Whoever imports it
# late has to restore level and handlers.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install pyasic==0.79.0
expect "INFO [] -> WARNING, handlers: 1" <<'PROGRAM'
import logging

root = logging.getLogger()
root.setLevel(logging.INFO)
before = f"{logging.getLevelName(root.level)} {root.handlers}"
import pyasic  # noqa: E402, F401

after = f"{logging.getLevelName(root.level)}, handlers: {len(root.handlers)}"
print(before, "->", after)
PROGRAM
