# Get the browser that the tests of the user interface drive.
# shellcheck shell=bash

# tests/browser/chromium.py looks for the same names.
BROWSERS=(chromium chromium-browser google-chrome)

_has_browser() {
    [[ -n "${CHROMIUM:-}$(type -P "${BROWSERS[@]}")" ]]
}

_install_with_apt() {
    DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --yes \
        --no-install-recommends -o DPkg::Lock::Timeout=120 \
        -o Dpkg::Use-Pty=0 install chromium >/dev/null
}

# The lists of packages may be missing, or too old to be downloaded from.
_install_browser() {
    ((EUID == 0)) && command -v apt-get >/dev/null || return 1
    say "Installing Debian's Chromium"
    _install_with_apt 2>/dev/null || {
        apt-get --quiet=2 update >&2 && _install_with_apt >&2
    }
}

# Whoever cannot have a browser can run all other tests.
get_browser() {
    _has_browser || _install_browser ||
        say "No Chromium here: the tests in tests/browser will be skipped"
}
