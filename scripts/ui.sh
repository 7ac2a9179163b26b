#!/usr/bin/env bash
# Builds what the window shows, into ui/dist, where nothing newer than that went into it before.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has npm || die "npm is missing, and with it what builds the window" "(Node.js 20.19 or newer with npm, https://nodejs.org)"
# npm writes this file last, so it tells which state of the lock file is installed.
# Not npm ci: it refuses a lock file without @lix-js/sdk's builds for other systems, of which this version has none.
[[ ui/node_modules/.package-lock.json -nt ui/package-lock.json ]] ||
    (cd ui && npm install --no-save --loglevel error --no-audit --no-fund)
built=ui/dist/index.html
# Without assets it is the page that stands in where nothing was built.
if [[ ! -e $built || ! -d ui/dist/assets ||
    -n $(find ui \( -path ui/node_modules -o -path ui/dist -o -path ui/dist-mock -o -path ui/project.inlang \
        -o -path ui/src/lib/paraglide \) -prune -o -type f -newer $built -print) ]]; then
    step "Building the window"
    npm run --prefix ui --silent build
fi
