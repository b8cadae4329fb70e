#!/usr/bin/env bash
# Takes the pictures of the browser catalog in docs/img anew, from the demo estate.
#
#   scripts/screenshots.sh            builds the server first
#   HEADWATER_BIN=… scripts/screenshots.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -z "${HEADWATER_BIN:-}" ]]; then
    cargo build --locked
    HEADWATER_BIN=${CARGO_TARGET_DIR:-target}/debug/headwater
fi
CHROMIUM=$(scripts/chromium.sh)
export CHROMIUM
said=$(mktemp)
"$HEADWATER_BIN" demo --listen 127.0.0.1:0 >"$said" 2>/dev/null &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -f "$said"' EXIT
for _ in $(seq 600); do
    grep -q 'Stop with Ctrl-C' "$said" && break
    sleep 0.1
done
url=$(grep -o 'http://127.0.0.1:[0-9]*' "$said" | head -1)
node ui/scripts/screenshots.mjs "$url"
ls -l docs/img
