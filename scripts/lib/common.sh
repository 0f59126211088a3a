# Names and messages that the scripts share.
# shellcheck shell=bash
# The scripts that source this file use its names.
# shellcheck disable=SC2034

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE="$ROOT/.cache"
REQUIREMENTS="$ROOT/requirements"
VENV="$ROOT/.venv"
DEMO_VENV="$CACHE/demo-venv"
BENCH_VENV="$CACHE/bench-venv"

# Debian's packages are unpacked here where nothing else offers Python 3.14.
PRIVATE_PREFIX="$CACHE/debian"

say() {
    printf '==> %s\n' "$*" >&2
}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Let packages that compile find the C headers of a private Python.
use_private_headers() {
    if [[ -d "$PRIVATE_PREFIX/usr/include" ]]; then
        export CPATH="$PRIVATE_PREFIX/usr/include${CPATH:+:$CPATH}"
    fi
}
