#!/usr/bin/env bash
# Measures Paperwing side by side with other forwarders: same upstream, same load, one run. Arguments go on to the
# bench.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh --bench
step "Building what is measured, and what measures"
cargo build --release --locked --package paperwing-cli --package paperwing-bench
PAPERWING_BIN=$(target_dir)/release/paperwing
export PAPERWING_BIN
step "Measuring"
exec cargo run --quiet --release --locked --package paperwing-bench -- "$@"
