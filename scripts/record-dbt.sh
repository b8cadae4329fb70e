#!/usr/bin/env bash
# Runs the small dbt project fixtures/emitters/dbt-shop with the real emitter, dbt-ol.
#
#   scripts/record-dbt.sh [--structured] [SERVER_URL]
#
# With SERVER_URL the events go to that server (http://127.0.0.1:5050, say; the API key, if it
# needs one, in OPENLINEAGE_API_KEY). Without it they are written to events.ndjson beside the
# project, or to events-structured.ndjson, with the working folder replaced by /srv/shop.
# --structured uses dbt-ol's --consume-structured-logs instead of its default mode.
#
# Needs bash and Python 3.10 to 3.13; everything else is installed into a folder outside the
# clone: ${HEADWATER_CACHE:-$HOME/.cache/headwater}.
set -euo pipefail

pinned=(
  'openlineage-python==1.54.0'
  'openlineage-dbt==1.54.0'
  'openlineage-integration-common==1.54.0'
  'dbt-core==1.11.16'
  'dbt-duckdb==1.11.1'
  'duckdb==2.0.0'
)
modes=()
recording=events.ndjson
server_url=

die() {
  printf 'record-dbt: %s\n' "$*" >&2
  exit 1
}

while (($#)); do
  case $1 in
    --structured)
      modes=(--consume-structured-logs)
      recording=events-structured.ndjson
      ;;
    -h | --help)
      sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"
      exit 0
      ;;
    http://* | https://*) server_url=$1 ;;
    *) die "do not know what to do with '$1'; usage: record-dbt.sh [--structured] [SERVER_URL]" ;;
  esac
  shift
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$root/fixtures/emitters/dbt-shop
cache=${HEADWATER_CACHE:-${HOME:?set HOME or HEADWATER_CACHE}/.cache/headwater}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
venv=$cache/venv-dbt-ol-1.54.0
python=${PYTHON:-python3}

command -v "$python" >/dev/null || die "no $python: install Python 3.10 to 3.13, or set PYTHON"

# A bare Debian has Python without venv and pip. Take what there is, in this order: venv, pip,
# or (as root) Debian's own package.
make_venv() {
  rm -rf "$venv"
  "$python" -m venv "$venv" 2>/dev/null && return
  rm -rf "$venv"
  if "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip "$venv"
    "$python" -m pip --quiet --python "$venv/bin/python" install pip
    return
  fi
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo 'record-dbt: installing python3-venv' >&2
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    "$python" -m venv "$venv" && return
  fi
  die "cannot make a Python environment: install python3-venv and run this again"
}

if [[ ! -e $venv/complete ]]; then
  make_venv
  echo "record-dbt: installing ${pinned[*]} into $venv" >&2
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pinned[@]}"
  touch "$venv/complete"
fi

# dbt-ol retries each event for nine seconds before it gives up: ask first.
if [[ -n $server_url ]]; then
  "$venv/bin/python" - "$server_url" <<'PY' || die "no server answers at $server_url: start it first"
import sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(sys.argv[1], timeout=10).close()
except urllib.error.HTTPError:
    pass  # It answers, whatever it says.
except (OSError, ValueError):
    sys.exit(1)
PY
fi

# The same folder each time, so that a server sees the same datasets each time.
work=$cache/dbt-shop
rm -rf "$work"
mkdir -p "$work"
for part in dbt_project.yml profiles.yml seeds models tests; do
  cp -r "$project/$part" "$work/"
done
cd "$work"

# Nothing of the caller's own OpenLineage or dbt settings may leak in.
for name in $(compgen -e | grep -E '^(OPENLINEAGE|DBT)_' || true); do
  [[ $name == OPENLINEAGE_API_KEY ]] || unset "$name"
done
export OPENLINEAGE_NAMESPACE=shop
export HEADWATER_DBT_DB=$work/shop.duckdb
export PATH=$venv/bin:$PATH
raw=$work/events.ndjson
if [[ -n $server_url ]]; then
  export OPENLINEAGE_URL=$server_url
else
  cat >"$work/openlineage.yml" <<YAML
transport:
  type: file
  log_file_path: $raw
  append: true
YAML
  export OPENLINEAGE_CONFIG=$work/openlineage.yml
fi

log=$work/dbt-ol.log
status=0
dbt-ol build "${modes[@]}" --project-dir "$work" --profiles-dir "$work" 2>&1 | tee "$log" || status=$?
# One test fails by design, which dbt tells as 1.
((status <= 1)) || die "dbt-ol ended with $status"
grep -q 'PASS=19 WARN=0 ERROR=1' "$log" || die "dbt did not run as expected: see above"

if [[ -n $server_url ]]; then
  if grep -qiE 'failed to emit|traceback|connection(error| refused)' "$log"; then
    die "not all events reached $server_url: see above"
  fi
  echo "record-dbt: events sent to $server_url" >&2
  exit 0
fi
[[ -s $raw ]] || die "dbt-ol wrote no events"
sed "s#$work#/srv/shop#g" "$raw" >"$project/$recording"
echo "record-dbt: $(wc -l <"$project/$recording") events in $project/$recording" >&2
