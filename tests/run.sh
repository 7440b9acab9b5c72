#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests: installs what they need (Debian 12), builds with the address and undefined sanitizers and for release, runs
# every tier, and ends with one line "N passed, M failed, K skipped".
#
#     tests/run.sh [TIER…]        tiers: lint unit simulated real   (all by default)
#
# The real tier builds Kubernetes and needs root; its tests run once in a cluster of each release in WVA_KUBERNETES
# (a list; by default all that tests/cluster/versions names). Where no cluster can be made they are skipped, loudly.
# Under CI=true a skipped test is a failure.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1

"$root/tests/install.sh" || exit 1
tiers=("$@")
[ "${#tiers[@]}" -gt 0 ] || tiers=(lint unit simulated real)

build() { # PRESET
    local log="build/$1.log"
    mkdir -p build
    if ! { cmake --preset "$1" && cmake --build --preset "$1"; } >"$log" 2>&1; then
        cat "$log"
        echo "0 passed, 1 failed, 0 skipped"
        exit 1
    fi
}
build asan
build release

passed=0 failed=0 skipped=0
count() { # RESULTS.xml: adds a JUnit file's figures
    local line
    line=$(python3 - "$1" <<'PY'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
cases = list(root.iter("testcase"))
bad = sum(1 for c in cases if c.find("failure") is not None or c.find("error") is not None)
skip = sum(1 for c in cases if c.find("skipped") is not None)
print(len(cases) - bad - skip, bad, skip)
PY
    ) || line="0 1 0"
    read -r p f s <<<"$line"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

run_ctest() { # TIER PRESET NAME [COMMAND BEFORE ctest…] -- [CTEST OPTIONS…]
    local tier=$1 preset=$2 name=$3 results="$root/build/$3.xml" before=()
    shift 3
    while [ "$1" != -- ]; do
        before+=("$1")
        shift
    done
    shift
    rm -f "$results"
    echo "== $name"
    "${before[@]}" ctest --preset "$preset" -L "^$tier\$" --output-junit "$results" --no-tests=error "$@"
    if [ -f "$results" ]; then
        count "$results"
    else
        failed=$((failed + 1))
    fi
}

# Processes race here as in a cluster; a file that a busy machine disturbed is run once more, and ctest's output says
# so. Sanitizers need memory of their own: what the program itself needs shows in the release build.
run_simulated() {
    run_ctest simulated asan simulated -- -j2 --repeat until-pass:2
    run_ctest simulated release simulated-release -- -R '^simulated\.memory$'
}

run_in_cluster() { # RELEASE: one test after the other, as they measure
    local state="$root/build/cluster/state-$1" cluster="$root/tests/cluster"
    if "$cluster/up" --kubernetes "$1" --state "$state" && "$cluster/load" --state "$state" "${images[@]}"; then
        WVA_CLUSTER_STATE=$state run_ctest real asan "real-$1" "$cluster/enter" --state "$state" -- -j1
    else
        echo "error: no cluster of Kubernetes $1 could be made"
        run_ctest real asan "real-$1" --
    fi
    "$cluster/down" --state "$state"
}

run_real() {
    local releases images release
    cmake --build --preset release --target wva-standin-static >build/standin.log 2>&1 || cat build/standin.log
    mapfile -t images < <("$root/tests/images/make")
    read -r -a releases <<<"${WVA_KUBERNETES:-$(awk '$1 == "kubernetes" {print $2}' tests/cluster/versions | xargs)}"
    for release in "${releases[@]}"; do
        run_in_cluster "$release"
    done
}

for tier in "${tiers[@]}"; do
    case $tier in
    simulated | real) "run_$tier" ;;
    *) run_ctest "$tier" asan "$tier" -- -j2 ;;
    esac
done

if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "CI=true: $skipped skipped tests count as failures"
    failed=$((failed + skipped)) skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
