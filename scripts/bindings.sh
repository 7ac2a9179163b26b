#!/usr/bin/env bash
# Writes ui/src/lib/bindings.ts anew from the commands and events of src-tauri.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

UPDATE_BINDINGS=1 cargo test --quiet -p paperwing-window the_committed_bindings_are_current
