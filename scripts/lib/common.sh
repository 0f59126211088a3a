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

# Print what a script says about itself in its first comment, and end, if asked to.
# Nothing else has been done by then, so that help is never more than a moment away.
help_if_asked() {
    local argument
    for argument in "$@"; do
        case "$argument" in
        --) return ;;
        -h | --help) usage && exit ;;
        esac
    done
}

usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# Keep two calls at the same time from spoiling each other's work; `let_others` ends it.
take_turns() {
    mkdir -p "$CACHE"
    if command -v flock >/dev/null; then
        exec 9>"$CACHE/setup.lock"
        flock 9
    fi
}

let_others() {
    exec 9>&-
}
