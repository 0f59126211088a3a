# Get the browser that the tests of the user interface drive.
# shellcheck shell=bash

# tests/browser/chromium.py looks for the same names.
BROWSERS=(chromium chromium-browser google-chrome)

_has_browser() {
    [[ -n "${CHROMIUM:-}$(type -P "${BROWSERS[@]}")" ]]
}

# What Playwright's own program needs; a bare Debian lacks it.
_has_driver_library() {
    [[ "$(uname -s)" != Linux ]] || compgen -G '/usr/lib*/libatomic.so.1' >/dev/null ||
        compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null
}

_apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --yes \
        --no-install-recommends -o DPkg::Lock::Timeout=120 \
        -o Dpkg::Use-Pty=0 install "$@" >/dev/null
}

# The lists of packages may be missing, or too old to be downloaded from.
install_with_apt() {
    ((EUID == 0)) && command -v apt-get >/dev/null || return 1
    say "Installing Debian's $*"
    _apt_install "$@" 2>/dev/null || {
        apt-get --quiet=2 update >&2 && _apt_install "$@" >&2
    }
}

_install_browser() {
    local packages=(libatomic1)
    _has_browser || packages+=(chromium)
    install_with_apt "${packages[@]}"
}

# Whoever cannot have a browser can run all other tests.
get_browser() {
    { _has_browser && _has_driver_library; } || _install_browser ||
        say "No Chromium here: the tests in tests/browser will be skipped"
}
