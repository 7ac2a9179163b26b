#!/usr/bin/env bash
# Sets up what is missing, builds, and starts Paperwing. Arguments go on to it: scripts/run.sh --listen 127.0.0.1:1090
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh

if [[ -d src-tauri && -n ${WAYLAND_DISPLAY:-}${DISPLAY:-} ]]; then
    package=paperwing-desktop command=()
else
    package=paperwing-cli command=(up)
fi
[[ $package != paperwing-desktop ]] || scripts/ui.sh
step "Building (some minutes the first time)"
cargo build --release --locked --package "$package"
step "Starting"
# cargo replaces itself by the program, so that signals reach the program and nothing stands between.
exec cargo run --quiet --release --locked --package "$package" -- "${command[@]}" "$@"
