#!/usr/bin/env bash
# Prints where a Chromium is, for the browser tests; installs Debian's when there is none and it can.
# CHROMIUM names one that is to be used.
set -euo pipefail

for found in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
    [[ -n "$found" ]] || continue
    if path=$(command -v "$found"); then
        printf '%s\n' "$path"
        exit 0
    fi
done

as_root=()
if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && as_root=(sudo -n)
fi
if command -v apt-get >/dev/null && [[ $(id -u) == 0 || ${#as_root[@]} -gt 0 ]]; then
    printf 'installing chromium with apt-get\n' >&2
    "${as_root[@]}" apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium >&2
    command -v chromium || command -v chromium-browser
    exit 0
fi
printf 'no Chromium is here and it cannot be installed; set CHROMIUM to the path of one\n' >&2
exit 1
