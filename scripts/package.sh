#!/usr/bin/env bash
# Packs the desktop app and the command `paperwing` for Linux.
#   scripts/package.sh [--profile release|dev] [--out DIR] [deb] [rpm]
# Both kinds are made where none is named, in target/package unless --out says otherwise. The release profile is built
# first. The dev profile takes what is in target/debug as it is, and packs in a hurry: for tests of the packages.
# PAPERWING_URL, the project's address, goes into the packages where it is set, and with it the pictures for app stores.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=release out='' kinds=()
while (($#)); do
    case $1 in
    --profile) profile=${2:?"--profile needs release or dev"} && shift ;;
    --out) out=${2:?"--out needs a folder"} && shift ;;
    deb | rpm) kinds+=("$1") ;;
    *) die "unknown argument $1" "usage: scripts/package.sh [--profile release|dev] [--out DIR] [deb] [rpm]" ;;
    esac
    shift
done
((${#kinds[@]})) || kinds=(deb rpm)

readonly id=org.paperwing.Paperwing programs=(paperwing paperwing-desktop paperwing-window)
target=$(target_dir)
case $profile in
release) built=$target/release ;;
dev) built=$target/debug ;;
*) die "there is no profile $profile: release or dev" ;;
esac
out=${out:-$target/package}
mkdir -p "$out"
out=$(cd "$out" && pwd)
version=$(workspace_version)
# The time of the change that is packed, so that the same binaries give the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
url=${PAPERWING_URL:-}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
    if [[ $profile == release ]]; then
        scripts/setup.sh --package
        step "Building (several minutes)"
        scripts/ui.sh
        cargo build --release --locked --package paperwing-cli --package paperwing-desktop --package paperwing-window
    fi
    local name
    for name in "${programs[@]}"; do
        [[ -x $built/$name ]] || die "$built/$name has not been built"
    done
}

# put FILE PATH: a file for everybody to read, at its path in the tree.
put() { install -D -m 644 "$1" "$tree/$2"; }

# put_packed FILE PATH: the same, packed, without the time of packing.
put_packed() {
    put "$1" "$2"
    gzip -9nf "$tree/$2"
}

# Once for both kinds of package.
prepare() {
    step "Documents, completions, licences"
    "$built/paperwing" man --out "$work/man"
    cp packaging/linux/paperwing-desktop.1 "$work/man/"
    local shell host name
    for shell in bash zsh fish; do "$built/paperwing" completions "$shell" >"$work/$shell"; done
    host=$(rustc -vV | sed -n 's/^host: //p')
    node packaging/third-party.mjs "$host" paperwing-cli paperwing-desktop paperwing-window >"$work/THIRD-PARTY.txt"
    node packaging/metainfo.mjs >"$work/$id.metainfo.xml"
    for name in "${programs[@]}"; do
        # Symbols that nothing looks up at run time: distributions want them out.
        strip --strip-unneeded -o "$work/$name" "$built/$name"
    done
}

# What both kinds of package hold in the same places.
lay_out() {
    local file name
    for name in paperwing paperwing-desktop; do install -D -m 755 "$work/$name" "$tree/usr/bin/$name"; done
    # Nobody types it: paperwing-desktop starts it.
    install -D -m 755 "$work/paperwing-window" "$tree/usr/lib/paperwing/paperwing-window"
    put packaging/linux/$id.desktop usr/share/applications/$id.desktop
    put "$work/$id.metainfo.xml" usr/share/metainfo/$id.metainfo.xml
    while read -r file; do put "icons/$file" "usr/share/icons/$file"; done < <(cd icons && find hicolor -type f)
    for file in "$work"/man/*.1; do put_packed "$file" "usr/share/man/man1/$(basename "$file")"; done
    put "$work/bash" usr/share/bash-completion/completions/paperwing
    put "$work/fish" usr/share/fish/vendor_completions.d/paperwing.fish
    put_packed "$work/THIRD-PARTY.txt" usr/share/doc/paperwing/THIRD-PARTY.txt
    put_packed CHANGELOG.md usr/share/doc/paperwing/NEWS.md
}

source packaging/linux/deb.sh
source packaging/linux/rpm.sh

build
prepare
for kind in "${kinds[@]}"; do
    step "Packing the .$kind"
    tree=$work/$kind
    lay_out
    "pack_$kind"
done
step "Made"
(cd "$out" && du -h --apparent-size -- paperwing[_-]"$version"*)
(cd "$work" && du -h --apparent-size -- "${programs[@]}")
