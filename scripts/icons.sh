#!/usr/bin/env bash
# Makes every icon from icons/paperwing.svg.
#   scripts/icons.sh            to make them
#   scripts/icons.sh --check    to fail where one is not current, and change nothing
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
'' | --check) ;;
*) die "unknown argument $1" "usage: scripts/icons.sh [--check]" ;;
esac
has npm || die "npm is missing, and with it what draws the icons" "(Debian's packages nodejs and npm, or https://nodejs.org)"

# npm writes this file last, so it tells which state of the lock file is installed.
[[ icons/node_modules/.package-lock.json -nt icons/package-lock.json ]] ||
    npm ci --prefix icons --loglevel error --no-audit --no-fund
node icons/draw.mjs "$@"
