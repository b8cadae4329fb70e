#!/usr/bin/env bash
# Tests of the browser catalog: types, lint, drift of the generated types, unit tests, and the real
# pages in a real Chromium against real servers.
#
#   scripts/test-ui.sh           all of it
#   scripts/test-ui.sh static    what needs no browser
#
# HEADWATER_BIN is the server to test (default: the one that `cargo build` made).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cd ui

command -v npm >/dev/null || {
    printf 'missing: npm. Install Node 20.19 or later; the browser catalog is built and tested with it.\n' >&2
    exit 1
}
[[ -d node_modules/@playwright/test ]] || npm ci --include=dev --ignore-scripts --no-audit --no-fund

npm run --silent types
npm run --silent lint
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
cp -R src/gql "$generated/committed"
npm run --silent codegen -- --silent
if ! diff -r "$generated/committed" src/gql; then
    printf 'ui/src/gql is not what schema.graphql and the queries say; it is written anew now: commit it\n' >&2
    exit 1
fi
npm test
[[ "${1:-}" == static ]] && exit 0

CHROMIUM=$(../scripts/chromium.sh) || {
    # In CI a missing browser is a failure; at home it is told.
    [[ "${CI:-}" == true ]] && exit 1
    printf '\n==> browser tests: NOT RUN, there is no Chromium\n'
    exit 0
}
export CHROMIUM
export HEADWATER_BIN=${HEADWATER_BIN:-$target/debug/headwater}
[[ -x "$HEADWATER_BIN" ]] || {
    printf 'no server at %s: run cargo build first\n' "$HEADWATER_BIN" >&2
    exit 1
}
npm run --silent e2e
