# Get Node, and the packages that build and test the cards of the dashboard.
# shellcheck shell=bash

FRONTEND="$ROOT/frontend"
NODE_MINIMUM=20

_has_node() {
    command -v npm >/dev/null &&
        node -e "process.exit(+(parseInt(process.versions.node) < $NODE_MINIMUM))" \
            2>/dev/null
}

_node_stamp() {
    { node --version && cat "$FRONTEND/package-lock.json"; } | cksum
}

_has_node_packages() {
    [[ -e "$FRONTEND/node_modules/stamp" ]] &&
        [[ "$(_node_stamp)" == "$(<"$FRONTEND/node_modules/stamp")" ]]
}

_install_node_packages() {
    say "Installing the packages of frontend"
    (cd "$FRONTEND" && npm ci --ignore-scripts --loglevel=error >&2) || return 1
    _node_stamp >"$FRONTEND/node_modules/stamp"
}

# Whoever cannot have Node can run all other tests.
get_node() {
    _has_node || install_with_apt nodejs npm || true
    if ! _has_node; then
        say "No Node $NODE_MINIMUM here: the tests of the cards will be skipped"
        return 1
    fi
    _has_node_packages && return
    take_turns
    _has_node_packages || _install_node_packages ||
        { say "npm reaches no packages: the tests of the cards will be skipped" && return 1; }
    let_others
}
