#!/usr/bin/env bash
# Everything that has to be true of a change: checks, tests of all kinds, documentation. The last line counts the tests.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Nothing is built twice in one run, so what incremental builds keep would only cost time and space.
export CARGO_INCREMENTAL=0

scripts/setup.sh --tests
# First, because the window's frame is built around it.
! has npm || scripts/ui.sh
scripts/check.sh

# Beside the workspace wherever cargo builds: nextest.toml says so.
report=target/nextest/default/junit.xml
doc_log=$(mktemp)
trap 'rm -f "$doc_log"' EXIT
rm -f "$report"

step "Build: all crates, all tests, and the paperwing that the end-to-end tests start"
# In one go: building paperwing by itself would choose other features for shared dependencies, and build those twice.
cargo build --workspace --lib --bins --tests --locked
PAPERWING_BIN=$(target_dir)/debug/paperwing
export PAPERWING_BIN

if has dpkg-shlibdeps && has rpmbuild && has strip && has npm && [[ -x $(target_dir)/debug/paperwing-desktop ]]; then
    step "Packages of what was built, to look at"
    PAPERWING_PACKAGES=$(target_dir)/package-dev
    export PAPERWING_PACKAGES
    rm -rf "$PAPERWING_PACKAGES"
    scripts/package.sh --profile dev --out "$PAPERWING_PACKAGES"
fi

step "Tests"
outcome=0
cargo nextest run --workspace --locked --no-fail-fast || outcome=1
[[ -s $report ]] || die "the test run ended without a report: see above"

# What vitest counted goes where nextest's counts are, and is counted with them.
if has npm; then
    step "Tests of the window"
    rm -rf ui/node_modules/.reports
    npm run --prefix ui --silent test || outcome=1
    cat ui/node_modules/.reports/*.xml >>"$report" || outcome=1
fi

step "Tests in the documentation"
cargo test --doc --workspace --locked --no-fail-fast 2>&1 | tee "$doc_log" || outcome=1

step "Documentation"
RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace --locked || {
    echo "error: the documentation does not build without warnings: see above" >&2
    outcome=1
}

step "Count"
ignored=$(cargo nextest list --workspace --locked --run-ignored only --message-format oneline --cargo-quiet | wc -l)
awk -f scripts/count-tests.awk -v ignored="$ignored" -v ci="${CI:-}" "$report" "$doc_log" || outcome=1
exit "$outcome"
