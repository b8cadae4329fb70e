#!/usr/bin/env bash
# Measures the browser catalog against the figures of docs/BENCHMARKS.md: software rendering, real servers,
# one thing at a time. Prints a table; writes it to a file too where MEASURED names one (an absolute path).
#
#   scripts/measure-ui.sh                        builds the server in the release profile first
#   HEADWATER_BIN=… scripts/measure-ui.sh        measures that server
#
# CPU times are of all threads of the browser, from a trace: they hold on a busy machine too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

CHROMIUM=$(scripts/chromium.sh)
export CHROMIUM
if [[ -z "${HEADWATER_BIN:-}" ]]; then
    cargo build --release --locked
    HEADWATER_BIN=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release/headwater
fi
export HEADWATER_BIN
cd ui
[[ -d node_modules/@playwright/test ]] || npm ci --include=dev --ignore-scripts --no-audit --no-fund
npx playwright test --config playwright.measure.config.ts
