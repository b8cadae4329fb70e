#!/usr/bin/env bash
# Fuzzes each target in turn for that many seconds, or keeps what was found of inputs:
#
#     scripts/fuzz.sh SECONDS [TARGET...]
#     scripts/fuzz.sh keep TARGET...
#
# Needs cargo-fuzz 0.13 (`cargo install cargo-fuzz --version ^0.13 --locked`); it runs on the stable
# toolchain. Finds are left in fuzz/artifacts/TARGET, new inputs in fuzz/corpus/TARGET. `keep` writes
# the fewest of these inputs that reach as much to fuzz/corpora/TARGET.tar.gz, where a run starts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage="usage: scripts/fuzz.sh SECONDS|keep [TARGET...]"
what=${1:?$usage}
shift
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    targets=(canonical event facets naming sql split log_recovery)
fi

# cargo-fuzz wants unstable flags of the compiler, and no other feature of nightly.
export RUSTC_BOOTSTRAP=1

keep() {
    local target=$1 least
    least=$(mktemp -d)
    cargo fuzz run "$target" -- -merge=1 -max_len=4096 "$least" "fuzz/corpus/$target"
    # Sorted, without owners and times: the same inputs are the same file.
    tar -C "$least" --sort=name --owner=0 --group=0 --mtime=@0 -cf - . |
        gzip -n9 >"fuzz/corpora/$target.tar.gz"
    rm -r "$least"
}

run() {
    local target=$1 dictionary=fuzz/openlineage.dict
    if [[ "$target" == sql ]]; then
        dictionary=fuzz/sql.dict
    fi
    mkdir -p "fuzz/corpus/$target"
    if [[ -e "fuzz/corpora/$target.tar.gz" ]]; then
        tar -C "fuzz/corpus/$target" -xzf "fuzz/corpora/$target.tar.gz"
    fi
    cargo fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$what" -max_len=65536 -timeout=20 -rss_limit_mb=4096 \
        -dict="$dictionary" -print_final_stats=1
}

for target in "${targets[@]}"; do
    printf '==> %s\n' "$target"
    if [[ "$what" == keep ]]; then
        keep "$target"
    else
        run "$target"
    fi
done
