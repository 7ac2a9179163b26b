#!/usr/bin/env bash
# Formatting, lints, licences and where dependencies come from. Needs no network once the dependencies are fetched.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has cargo-deny || die "cargo-deny is missing. Type this, then the same command again:" \
    "cargo install --locked --debug cargo-deny"

step "Check: dependencies are here and as Cargo.lock says"
cargo fetch --quiet --locked
step "Check: formatting"
cargo fmt --all --check
step "Check: licences, banned crates, sources"
# Known vulnerabilities are not asked for here: they change by the day and not with our code. The workflow asks.
cargo deny --offline --locked --log-level error check licenses bans sources
step "Check: every icon is what the drawing makes"
if has npm || [[ ${CI:-} == true ]]; then scripts/icons.sh --check; else echo "left out: npm is missing"; fi
step "Check: the window's types, lints, formatting and weight"
if has npm || [[ ${CI:-} == true ]]; then
    scripts/ui.sh
    npm run --prefix ui --silent check
else
    echo "left out: npm is missing"
fi
step "Check: clippy"
cargo clippy --workspace --all-targets --locked -- -D warnings
