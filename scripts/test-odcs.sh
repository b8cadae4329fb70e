#!/usr/bin/env bash
# Holds what `headwater policy export-odcs` writes against the schema and the data model that the
# maintainers of the Open Data Contract Standard publish, and imports it again.
#
# HEADWATER_BIN is the binary to test (default: the one that `cargo build` made). Needs Python 3.10 or
# later; the packages of scripts/odcs/requirements.txt are installed below HEADWATER_CACHE.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
binary=${HEADWATER_BIN:-$(realpath -m "${CARGO_TARGET_DIR:-target}")/debug/headwater}
cache="${HEADWATER_CACHE:-$HOME/.cache/headwater}"

[[ -x "$binary" ]] || {
    printf 'no binary at %s: run cargo build first\n' "$binary" >&2
    exit 1
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || {
    printf '\n==> ODCS documents: NOT RUN, there is no Python 3.10 or later\n'
    exit 0
}
mark=$(sha256sum scripts/odcs/requirements.txt | cut -c1-12)
venv="$cache/odcs-$mark"
if [[ ! -e "$venv/complete" ]]; then
    rm -rf "$venv"
    python3 -m venv "$venv" || {
        printf 'cannot make a Python environment (Debian: install python3-venv)\n' >&2
        exit 1
    }
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r scripts/odcs/requirements.txt
    touch "$venv/complete"
fi

work=$(mktemp -d)
server=
finish() {
    [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

"$binary" demo --listen 127.0.0.1:0 --data "$work/data" >"$work/out" 2>"$work/log" &
server=$!
url=
for _ in $(seq 600); do
    url=$(sed -n 's/.*\(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$work/out" | head -n 1)
    [[ -z "$url" ]] || break
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
[[ -n "$url" ]] || { printf 'the demo did not come up in a minute\n' >&2; exit 1; }
# Contracts are looked at a moment later.
"$venv/bin/python" - "$url" <<'PY'
import json, sys, time, urllib.request
for _ in range(600):
    status = json.load(urllib.request.urlopen(sys.argv[1] + "/api/v1/status"))
    if status["policy"] and status["policy"]["evaluatedSeq"] == status["headSeq"]:
        sys.exit(0)
    time.sleep(0.1)
sys.exit("contracts were not looked at in a minute")
PY

export_odcs() { # FILE ARGS…: writes a document, and imports it again
    local file="$work/$1"
    shift
    "$binary" policy export-odcs "$@" >"$file"
    "$binary" policy import-odcs "$file" >"$file.policy" 2>"$file.left"
}
snowflake=snowflake://acme-prod
export_odcs promised.yaml --server "$url" --contract promised-columns
export_odcs owners.yaml --server "$url" --contract marts-have-owners
export_odcs fresh.yaml --server "$url" --contract marts-are-fresh
export_odcs mart.yaml --server "$url" --dataset "$snowflake" ANALYTICS.MARTS.FCT_ORDERS
export_odcs staging.yaml --server "$url" --dataset "$snowflake" ANALYTICS.STAGING.STG_ORDERS
export_odcs policy.yaml fixtures/demo/headwater.policy.yaml --dataset "$snowflake" ANALYTICS.MARTS.FCT_PAYMENTS
# One of each kind of namespace that the estate has.
"$venv/bin/python" - "$url" >"$work/sources" <<'PY'
import json, sys, urllib.request
graph = json.load(urllib.request.urlopen(sys.argv[1] + "/api/v1/graph"))
seen = {}
for one in graph["datasets"]:
    seen.setdefault(one["namespace"].split(":")[0], (one["namespace"], one["name"]))
for namespace, name in seen.values():
    print(f"{namespace}\t{name}")
PY
count=0
while IFS=$'\t' read -r namespace name; do
    count=$((count + 1))
    export_odcs "source-$count.yaml" --server "$url" --dataset "$namespace" "$name"
done <"$work/sources"
[[ "$count" -ge 3 ]] || { printf 'the demo has only %d kinds of namespaces\n' "$count" >&2; exit 1; }
# What was exported promises the same when it is imported.
grep -q 'name: "promised-columns"' "$work/promised.yaml.policy"
grep -q '"paid_amount": "NUMBER\*"' "$work/promised.yaml.policy"

"$venv/bin/python" scripts/odcs/validate.py fixtures/odcs/*.odcs.yaml "$work"/*.yaml
