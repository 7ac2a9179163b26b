#!/usr/bin/env bash
# Writes down what the programs are made of, as CycloneDX: scripts/bill-of-materials.sh OUT
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

out=${1:?"usage: scripts/bill-of-materials.sh OUT"}
mkdir -p "$out"
has cargo-cyclonedx || cargo install --locked --quiet --debug cargo-cyclonedx@0.5.9
name=bill-of-materials
# It leaves one beside every crate of the workspace.
cargo cyclonedx --format json --spec-version 1.5 --override-filename "$name" --no-build-deps --quiet
mv "crates/desktop/$name.json" "$out/paperwing-desktop.cdx.json"
mv "src-tauri/$name.json" "$out/paperwing-window.cdx.json"
mv "crates/cli/$name.json" "$out/paperwing.cdx.json"
find . -name "$name.json" -not -path './target/*' -not -path '*/node_modules/*' -delete
# With what builds it: Svelte is compiled into the page, and stands among the tools.
(cd ui && npm sbom --sbom-format cyclonedx --package-lock-only) >"$out/paperwing-page.cdx.json"
