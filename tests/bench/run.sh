#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How fast, and with how much memory, a large report is read, beside python3's json and jq; and what a start costs beside
# kubectl's. Builds for release when WVA_BUILD does not name a build folder.
#
#     tests/bench/run.sh [MEGABYTES [RUNS]]        100 MB and 9 runs by default
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"

megabytes=${1:-100} runs=${2:-9}
build=${WVA_BUILD:-$root/build/release}
[ -n "${WVA_BUILD:-}" ] || cmake --preset release >/dev/null
cmake --build "$build" --target kubectl-wva wva-measure >/dev/null
wva=$build/bin/kubectl-wva

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
report=$folder/report.json
python3 -B tests/bench/make_report.py "$megabytes" "$report"

first=
row() { # WHAT RUNS FIELD COMMAND…: a row of the table; FIELD (of wva-measure's) is what the ratio is of
    local what=$1 runs=$2 field=$3 result
    shift 3
    result=$("$build/tests/bench/wva-measure" "$runs" "$@")
    [ -n "$first" ] || first=$(cut -d ' ' -f "$field" <<<"$result")
    awk -v what="$what" -v field="$field" -v first="$first" '{
        printf "%-27s %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f\n", what, $1, $2, $3, $4, $5 / 1024, $field / first
    }' <<<"$result"
}
title() { # TITLE RATIO
    first=
    printf '%s\n%-27s %9s %9s %9s %9s %9s %9s\n' "$1" "" "ms" "least" "most" "CPU ms" "peak MiB" "$2"
}
missing() {
    printf '%-27s not installed\n' "$1"
}

title "A report of $(stat -c %s "$report") bytes, $runs runs (median, least and most of wall time):" "times"
row "kubectl-wva fit" "$runs" 1 "$wva" fit "$report"
row "python3 json.load" "$runs" 1 python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$report"
if command -v jq >/dev/null; then
    row "jq" "$runs" 1 jq '.benchmarks[].metrics.inter_token_latency_ms.successful.mean' "$report"
else
    missing jq
fi

python3 -B tests/bench/make_report.py 0.1 "$report"
title "
A report of $(stat -c %s "$report") bytes:" "times"
row "kubectl-wva fit" "$runs" 1 "$wva" fit "$report"

title "
A start, 50 runs:" "times CPU"
row "kubectl-wva version" 50 4 "$wva" version
if command -v kubectl >/dev/null; then
    row "kubectl version --client" 50 4 kubectl version --client
else
    missing kubectl
fi
