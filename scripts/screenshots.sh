#!/usr/bin/env bash
# Draws every view of the real window, light and dark, in English and Persian, into docs/screenshots.
#   scripts/screenshots.sh [FOLDER [VIEW...]]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

folder=${1:-docs/screenshots}
[[ $# == 0 ]] || shift
scripts/setup.sh --screenshots
scripts/ui.sh
step "Building"
cargo build --locked --workspace --bins --examples

step "Drawing"
names=$(mktemp)
trap 'rm -f "$names"' EXIT
pages="news.example.org mail.example.com maps.example.net video.example.org"
printf '%s\n' "127.0.0.1 localhost" "203.0.113.10 $pages" "192.0.2.15 tallinn.example" >"$names"
# A network of its own, where addresses that documentation may use lead to programs here, and names too. Whoever is in
# it is root there and nowhere else.
unshare --map-root-user --net --mount -- bash -euo pipefail -c '
    ip link set lo up
    for address in 192.0.2.{11..16} 203.0.113.10; do ip address add "$address/32" dev lo; done
    ip link add uplink type veth peer name beyond
    ip address add 198.51.100.2/24 dev uplink
    ip link set uplink up
    ip link set beyond up
    ip route add default via 198.51.100.1
    mount --bind "$1" /etc/hosts
    shift
    exec "$@"
' bash "$names" "$(target_dir)/debug/examples/screenshots" "$folder" "$@"

step "Making them small"
# One picture at a time: a failed one keeps its name and shows in the list of what changed.
pngquant --force --skip-if-larger --strip --speed 1 --ext .png 128 "$folder"/*.png || [[ $? == 98 ]]
du -ch "$folder"/*.png | tail -n 1
