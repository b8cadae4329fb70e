#!/usr/bin/env bash
# The reports of `headwater check`, held against validators that are not ours: the JSON Schema of
# SARIF 2.1.0, Mermaid's own parser, readers of XML and JUnit, docs/check-report.schema.json.
# Names in the estate that is checked hold what each format has to escape.
#
#   scripts/test-formats.sh
#
# HEADWATER_BIN is the program to test (default: the one that `cargo build` made). The validators are
# npm packages pinned in tests/formats; they are installed there when they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
headwater=${HEADWATER_BIN:-$target/debug/headwater}
formats=$PWD/tests/formats

[[ -x "$headwater" ]] || {
    printf 'no program at %s: run cargo build first\n' "$headwater" >&2
    exit 1
}
command -v npm >/dev/null || {
    printf 'missing: npm. Install Node 20.19 or later; the validators of formats come with it.\n' >&2
    exit 1
}
# The lock that was installed tells whether what is there is what is wanted.
installed=$formats/node_modules/.installed
cmp -s "$formats/package-lock.json" "$installed" || {
    (cd "$formats" && npm ci --ignore-scripts --no-audit --no-fund)
    cp "$formats/package-lock.json" "$installed"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RUST_LOG=error
unset HEADWATER_SERVER HEADWATER_STORE
"$headwater" import --data "$work/data" "$formats/events.ndjson"
"$headwater" export graph --data "$work/data" --output "$work/graph.json"

# check NAME CODE DIAGRAMS: runs a check that exits with CODE, and validates what it writes.
check() {
    local name=$1 expected=$2 diagrams=$3 code=0 out=$work/$1
    mkdir "$out"
    "$headwater" check changes "$formats/$name.json" --graph "$work/graph.json" \
        --policy "$formats/headwater.policy.yaml" \
        --format "sarif=$out/check.sarif" --format "junit=$out/check.xml" \
        --format "markdown=$out/check.md" --format "json=$out/check.json" || code=$?
    [[ $code == "$expected" ]] || {
        printf '%s: the check exited with %s, not %s\n' "$name" "$code" "$expected" >&2
        exit 1
    }
    printf '\n%s\n' "$name"
    DIAGRAMS=$diagrams node "$formats/validate.mjs" "$out"
}
check changes 1 4
check passes 0 0
