#!/usr/bin/env bash
# Sets up what is missing, builds, and starts Paperwing. Arguments go on to it: scripts/run.sh --listen 127.0.0.1:1090
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh

if [[ -d src-tauri && -n ${WAYLAND_DISPLAY:-}${DISPLAY:-} ]]; then
    # The window is a program of its own; the command line guards the system's proxy setting.
    package=paperwing-desktop command=() beside=(--package paperwing-window --package paperwing-cli)
    scripts/ui.sh
else
    package=paperwing-cli command=(up) beside=()
fi
step "Building (some minutes the first time)"
cargo build --release --locked --package "$package" ${beside[@]+"${beside[@]}"}
step "Starting"
# This script becomes the program, so that signals reach it and nothing stands between.
exec "$(target_dir)/release/${package/-cli/}" ${command[@]+"${command[@]}"} "$@"
