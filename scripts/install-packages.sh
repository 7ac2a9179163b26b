#!/usr/bin/env bash
# Installs Debian packages, as root, without a question and without side effects:
#   scripts/install-packages.sh PACKAGE...
# Several of them are servers, which Debian starts when they are installed and at every boot after that. We only want
# the programs: a proxy that listens on somebody's machine because a test once needed it would be a nasty surprise. So
# for as long as we install, policy-rc.d (Debian's own way to say it) forbids starting services, and what got switched
# on for the next boot is switched off again. Servers that were there before are not touched.
set -euo pipefail

((EUID == 0)) || { echo "error: scripts/install-packages.sh needs root" >&2; exit 1; }
(($#)) || { echo "usage: scripts/install-packages.sh PACKAGE..." >&2; exit 2; }

declare -A services=([dante-server]=danted [haproxy]=haproxy [openssh-server]=ssh)
policy=/usr/sbin/policy-rc.d

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

switch_off_at_boot() {
    if ! command -v systemctl >/dev/null; then
        update-rc.d "$1" disable
        return
    fi
    # Ubuntu starts ssh through its socket.
    for unit in "$1.service" "$1.socket"; do
        [[ ! -e /lib/systemd/system/$unit ]] || systemctl --quiet disable "$unit"
    done
}

new_services=()
for package in "$@"; do
    if [[ -n ${services[$package]:-} ]] && ! installed "$package"; then new_services+=("${services[$package]}"); fi
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# One that is there already is the machine's own: it stays as it is, and stays in force.
if [[ ! -e $policy ]]; then
    trap 'rm -f "$log" "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
echo "==> apt-get update"
apt-get -qq update || echo "warning: the package lists could not be refreshed; trying with those that are here" >&2
echo "==> apt-get install --no-install-recommends $*"
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
for service in "${new_services[@]}"; do
    echo "==> $service: installed, not started, and not started at boot either"
    switch_off_at_boot "$service" || echo "warning: $service could not be switched off for the next boot" >&2
done
