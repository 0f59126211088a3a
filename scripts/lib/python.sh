# Find or get a Python that Home Assistant accepts.
# shellcheck shell=bash

PYTHON_REQUEST=">=3.14.2,<3.15"
PYTHON_MINIMUM="(3, 14, 2)"

# Tell whether an interpreter starts and is new enough.
_is_accepted() {
    "$1" -c "import ssl, sqlite3, sys; sys.exit(sys.version_info < $PYTHON_MINIMUM)" \
        >/dev/null 2>&1
}

_find_python() {
    uv python find --quiet --system --no-python-downloads "$PYTHON_REQUEST" \
        2>/dev/null
}

# Give up soon where the download host cannot be reached.
_download_python() {
    say "Downloading Python 3.14"
    UV_HTTP_RETRIES=0 UV_HTTP_CONNECT_TIMEOUT=10 \
        uv python install --quiet --no-bin "$PYTHON_REQUEST" 2>/dev/null
}

# Print the path of a usable Python, getting one if need be.
get_python() {
    local private="$PRIVATE_PREFIX/usr/bin/python3.14"
    if _is_accepted "$private"; then
        echo "$private"
    elif _find_python; then
        :
    elif _download_python && _find_python; then
        :
    elif unpack_debian_python && _is_accepted "$private"; then
        echo "$private"
    else
        die "cannot get Python 3.14.2 or newer: install it and try again"
    fi
}

# Become a program of scripts/lib that needs Python alone, no environment.
run_bare() {
    local python
    take_turns
    install_tools
    python=$(get_python)
    let_others
    use_private_headers
    cd "$ROOT" || die "cannot enter $ROOT"
    exec "$python" -m "$@"
}
