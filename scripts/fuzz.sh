#!/usr/bin/env bash
# Runs the fuzz targets: fuzz.sh [SECONDS [TARGET...]], every target for 60 seconds by default. Fails with the first
# target that crashes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-60}
shift || true
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "expected a number of seconds, got '$seconds'" "usage: scripts/fuzz.sh [SECONDS [TARGET...]]"

if ! rustup run nightly rustc --version >/dev/null 2>&1; then
    step "Installing the nightly compiler, which the fuzzer needs"
    rustup toolchain install nightly --profile minimal
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    step "Installing cargo-fuzz"
    cargo install --locked cargo-fuzz
fi

targets=("$@")
if ((${#targets[@]} == 0)); then
    for file in fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi

for target in "${targets[@]}"; do
    [[ -f fuzz/fuzz_targets/$target.rs ]] || die "there is no fuzz target '$target'"
    # The first folder is the fuzzer's own, for what it finds on the way.
    inputs=("fuzz/target/corpus/$target")
    mkdir -p "${inputs[0]}"
    # What link parses, round_trip prints again.
    seeds=fuzz/seeds/${target/round_trip/link}
    [[ ! -d $seeds ]] || inputs+=("$seeds")
    options=(-max_total_time="$seconds" -timeout=5 -max_len=8192)
    [[ ! -f $seeds.dict ]] || options+=(-dict="$seeds.dict")
    step "Fuzzing $target for $seconds s"
    cargo +nightly fuzz run "$target" "${inputs[@]}" -- "${options[@]}"
done
