# Make a temporary environment with pinned packages, and compare what is printed.
# shellcheck shell=bash

HERE=$(dirname "${BASH_SOURCE[0]}")
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT

# Install packages; PYTHON names another interpreter than python3.
install() {
    "${PYTHON:-python3}" -m venv "$FOLDER/venv"
    "$FOLDER/venv/bin/pip" install --quiet --disable-pip-version-check "$@" 2>/dev/null
}

# Run the program on standard input, and fail unless it prints what is expected.
# It may import from `devices.py`.
expect() {
    local expected=$1 seen
    seen=$(PYTHONPATH="$HERE" "$FOLDER/venv/bin/python" -B -W ignore - 2>/dev/null) || true
    if [[ "$seen" != "$expected" ]]; then
        printf 'The behaviour has changed. Seen now:\n%s\n' "$seen" >&2
        exit 1
    fi
    printf 'As described. Seen:\n%s\n' "$seen"
}
