#!/usr/bin/env bash
# Takes the pictures of the browser catalog in docs/img anew, from the demo estate.
#
#   scripts/screenshots.sh            builds the server first
#   scripts/screenshots.sh FOLDER     every page, wide and narrow, light and dark, into that folder
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
# Contracts follow the events a little later, and layers with them.
number() { grep -o "\"$1\":[0-9]*" <<<"$status" | head -1 | cut -d: -f2; }
for _ in $(seq 200); do
    status=$(curl -fsS "$url/api/v1/status")
    [[ -n "$(number headSeq)" && "$(number headSeq)" == "$(number evaluatedSeq)" ]] && break
    sleep 0.1
done
# A report to show: what a column of the shop that goes would break.
changes=$(mktemp --suffix .json)
trap 'kill "$server"; wait "$server" || true; rm -f "$said" "$changes"' EXIT
cat >"$changes" <<'JSON'
{"version": 1, "changes": [
  {"kind": "column_removed", "column": "total_cents", "file": "migrations/0042_totals.sql", "line": 3,
   "dataset": {"namespace": "snowflake://acme-prod", "name": "RAW.SHOP.ORDERS"}},
  {"kind": "column_added", "column": "total_minor", "file": "migrations/0042_totals.sql", "line": 2,
   "dataset": {"namespace": "snowflake://acme-prod", "name": "RAW.SHOP.ORDERS"}}
]}
JSON
"$HEADWATER_BIN" check changes "$changes" --server "$url" --store \
    --title "Drop total_cents from the shop's orders" --repository acme/warehouse \
    --branch drop-total-cents --ref 4f2c1d9e >/dev/null || true
node ui/scripts/screenshots.mjs "$url" "$@"
[[ $# -gt 0 ]] || ls -l docs/img
