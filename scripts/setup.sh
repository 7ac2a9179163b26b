#!/usr/bin/env bash
# Looks for what is needed and installs what is missing, where that is possible without a question.
#   scripts/setup.sh            to build and run
#   scripts/setup.sh --tests    to run the tests as well
#   scripts/setup.sh --bench    to run the measurements as well
#   scripts/setup.sh --lab      to run the lab as well
#   scripts/setup.sh --package  to pack as well
#   scripts/setup.sh --screenshots  to draw the window as well
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

purpose=${1:-}
case $purpose in
'' | --tests | --bench | --lab | --package | --screenshots) ;;
*) die "unknown argument $purpose" "usage: scripts/setup.sh [--tests|--bench|--lab|--package|--screenshots]" ;;
esac

if [[ ${SETUP:-} == no ]]; then
    step "Setup: left out, as SETUP=no asks"
    exit 0
fi

missing=()

# need PACKAGE COMMAND: the package is missing when the command is.
need() { has "$2" || missing+=("$1"); }

# A compiler without the C library's headers is found, and compiles nothing: so it has to prove itself.
compiler_works() {
    has cc && echo 'int main(void) { return 0; }' | cc -x c -o /dev/null - 2>/dev/null
}

needed_to_build_and_run() {
    compiler_works || missing+=(gcc libc6-dev)
    # HTTPS proxies and subscriptions are checked against the system's roots.
    [[ -e /etc/ssl/certs/ca-certificates.crt || -e /etc/ssl/cert.pem || -d /etc/pki/tls/certs ]] ||
        missing+=(ca-certificates)
    [[ ! -d ui ]] || need nodejs node
    [[ ! -d ui ]] || need npm npm
}

# The window: WebKit's headers, which bring GTK's.
needed_for_the_window() {
    need pkg-config pkg-config
    pkg-config --exists webkit2gtk-4.1 2>/dev/null || missing+=(libwebkit2gtk-4.1-dev)
}

needed_to_test() {
    needed_for_the_window
    need chromium chromium
    # So that pictures of the window show Persian and Chinese, and texts have the width that they have for people.
    fc-list 2>/dev/null | grep -q "Noto Sans Arabic" || missing+=(fonts-noto-core)
    fc-list 2>/dev/null | grep -q "Noto Sans CJK" || missing+=(fonts-noto-cjk)
    need fontconfig fc-list
    need curl curl
    need dante-server danted
    need dbus dbus-run-session
    need dbus-x11 dbus-launch
    need dconf-cli dconf
    need gnome-keyring gnome-keyring-daemon
    need haproxy haproxy
    need imagemagick import
    need iproute2 ip
    need libglib2.0-bin gsettings
    need libsecret-tools secret-tool
    need microsocks microsocks
    need nftables nft
    need openbox openbox
    need openssh-client ssh
    need openssh-server sshd
    need openssl openssl
    need procps ps
    need proxychains4 proxychains4
    need psmisc fuser
    need shadowsocks-libev ss-server
    need shadowsocks-v2ray-plugin ss-v2ray-plugin
    need simple-obfs obfs-server
    need strace strace
    need tinyproxy-bin tinyproxy
    need trojan trojan
    need v2ray v2ray
    need webkit2gtk-driver WebKitWebDriver
    need xdg-utils xdg-mime
    need xdotool xdotool
    need xvfb Xvfb
    need xz-utils xz
    # Neither has a command of its own in PATH.
    [[ -e /usr/libexec/dconf-service ]] || missing+=(dconf-service)
    [[ -e /usr/share/glib-2.0/schemas/org.gnome.system.proxy.gschema.xml ]] || missing+=(gsettings-desktop-schemas)
    # Of the programs called nc only OpenBSD's speaks SOCKS.
    [[ $(nc -h 2>&1 || true) == *"Proxy protocol"* ]] || missing+=(netcat-openbsd)
    # Python's own packages, in a folder of their own.
    /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    # The system's Python, whichever other one comes first in PATH: that is where the package puts the module.
    /usr/bin/python3 -c 'import socks' 2>/dev/null || missing+=(python3-socks)
    /usr/bin/python3 -c 'import asyncssh' 2>/dev/null || missing+=(python3-asyncssh)
}

needed_to_pack() {
    need binutils strip
    need dpkg-dev dpkg-shlibdeps
    need nodejs node
    need npm npm
    need rpm rpmbuild
}

needed_to_test_packages() {
    need appstream appstreamcli
    need desktop-file-utils desktop-file-validate
    need libglib2.0-bin gio
    need lintian lintian
    need man-db man
}

needed_to_measure() {
    need dante-server danted
    need haproxy haproxy
    need microsocks microsocks
    need shadowsocks-libev ss-local
}

needed_to_draw() {
    needed_to_test
    need pngquant pngquant
    need xfce4-panel xfce4-panel
}

needed_in_the_lab() {
    need curl curl
    need iproute2 ip
    need nftables nft
    need util-linux setpriv
}

install_missing() {
    step "Setup: missing: ${missing[*]}"
    has apt-get || die "this system has no apt-get; please install by its own means what these Debian packages hold:" \
        "${missing[*]}" "or go on without, with SETUP=no (tests that need them are skipped then)"
    if ((EUID == 0)); then
        scripts/install-packages.sh "${missing[@]}"
    elif has sudo && sudo -n true 2>/dev/null; then
        sudo -n scripts/install-packages.sh "${missing[@]}"
    elif [[ -z $purpose ]]; then
        die "installing needs root. Type this, then the same command again:" \
            "sudo apt-get install --no-install-recommends ${missing[*]}"
    else
        die "installing needs root. Type this, then the same command again:" \
            "sudo scripts/install-packages.sh ${missing[*]}" \
            "(apt-get install, with the daemons among them kept from starting; or go on without, with SETUP=no)"
    fi
}

check_rust() {
    has cargo || die "cargo, Rust's build tool, is missing. Install it from https://rustup.rs, without root:" \
        "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    # With rustup this fetches the toolchain that rust-toolchain.toml names, if need be.
    found=$(cargo --version | cut -d ' ' -f 2) || die "cargo does not start: see above"
    [[ $(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1) == "$wanted" ]] ||
        die "Rust $found is too old, $wanted or newer is needed. With rustup: rustup update; else see https://rustup.rs"
    step "Setup: Rust $found"
}

# cargo_tool NAME ARGUMENT...: unoptimised, because building it takes longer than running it ever will.
cargo_tool() {
    local name=$1
    shift
    if has "$name"; then return; fi
    step "Setup: installing $name with cargo (some minutes, once)"
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --quiet --debug "$name" "$@"
}

# shoes: optimised, for tests too. It stands on the way of what the lab measures, and unoptimised it takes hundreds of milliseconds
# for a handshake, which would then count as the forwarder's. One that was installed unoptimised before is made anew.
shoes_optimised() {
    local known="${CARGO_HOME:-$HOME/.cargo}/.crates2.json"
    if has shoes && ! grep -qs '"shoes [^}]*"profile":"dev"' "$known"; then return; fi
    step "Setup: installing shoes with cargo (some minutes, once)"
    cargo install --locked --quiet --force shoes
}

# shadowsocks-rust: its server for the tests, its client to be measured beside, and so optimised.
shadowsocks_rust() {
    if has sslocal && has ssserver; then return; fi
    step "Setup: installing sslocal and ssserver with cargo (some minutes, once)"
    cargo install --locked --quiet shadowsocks-rust --no-default-features \
        --features local,server,aead-cipher,aead-cipher-2022,logging,multi-threaded
}

# Programs that come from PyPI only: Telegram's proxy and a client of Telegram's.
python_tools() {
    local folder=target/python packages=(mtprotoproxy==1.0.6 pycryptodome==3.24.1 telethon==1.45.0)
    local done="$folder/${packages[*]}.done"
    if [[ -e $done ]]; then return; fi
    step "Setup: installing ${packages[*]} into $folder"
    /usr/bin/python3 -m venv --clear "$folder"
    "$folder/bin/python3" -m pip --quiet --disable-pip-version-check install "${packages[@]}"
    touch "$done"
}

needed_to_build_and_run
case $purpose in
'') [[ -z ${WAYLAND_DISPLAY:-}${DISPLAY:-} ]] || needed_for_the_window ;;
--tests) needed_to_test && needed_to_pack && needed_to_test_packages ;;
--bench) needed_to_measure ;;
--lab) needed_in_the_lab ;;
--package) needed_to_pack && needed_for_the_window ;;
--screenshots) needed_to_draw ;;
esac
if ((${#missing[@]})); then install_missing; else step "Setup: all system packages are there"; fi
check_rust
if [[ $purpose == --tests ]]; then
    cargo_tool cargo-nextest --no-default-features --features default-no-update
    cargo_tool cargo-deny
    python_tools
fi
# A server of nearly every protocol, for the end-to-end tests and the lab.
if [[ $purpose == --tests || $purpose == --lab ]]; then shoes_optimised; fi
if [[ $purpose == --tests || $purpose == --bench ]]; then shadowsocks_rust; fi
