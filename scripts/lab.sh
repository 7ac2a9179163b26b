#!/usr/bin/env bash
# Blocks proxies while traffic runs, and shows what clients see of it. Arguments go on to the lab; a whole run with
# Paperwing renews the table and the pictures in docs/failover.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh --lab
step "Building what is looked at, and what looks"
cargo build --release --locked --package paperwing-cli --package paperwing-lab
PAPERWING_BIN=${PAPERWING_BIN:-$(target_dir)/release/paperwing}
export PAPERWING_BIN
out=(--out docs/failover)
for word in "$@"; do
    case $word in
    --runs | --jobs | --verbose | [0-9]*) ;;
    *) out=() ;;
    esac
done
step "Traffic"
exec "$(target_dir)/release/paperwing-lab" ${out[@]+"${out[@]}"} "$@"
