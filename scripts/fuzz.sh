#!/usr/bin/env bash
# Fuzzes each target in turn for that many seconds:
#
#     scripts/fuzz.sh SECONDS [TARGET...]
#
# Needs cargo-fuzz 0.13 (`cargo install cargo-fuzz --version ^0.13 --locked`); it runs on the stable
# toolchain. Finds are left in fuzz/artifacts/TARGET, new inputs in fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:?usage: scripts/fuzz.sh SECONDS [TARGET...]}
shift
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    targets=(canonical event facets naming sql split log_recovery)
fi

# cargo-fuzz wants unstable flags of the compiler, and no other feature of nightly.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
    printf '==> %s, %s seconds\n' "$target" "$seconds"
    mkdir -p "fuzz/corpus/$target"
    dictionary=fuzz/openlineage.dict
    if [[ "$target" == sql ]]; then
        dictionary=fuzz/sql.dict
    fi
    cargo fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=4096 \
        -dict="$dictionary" -print_final_stats=1
done
