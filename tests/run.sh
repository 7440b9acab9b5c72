#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests: installs what they need (Debian 12), builds with the address and undefined sanitizers and for release, runs
# every tier, and ends with one line "N passed, M failed, K skipped".
#
#     tests/run.sh [TIER…]        tiers: lint unit simulated   (all by default)
#
# Under CI=true a skipped test is a failure.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1

"$root/tests/install.sh" || exit 1
tiers=("$@")
[ "${#tiers[@]}" -gt 0 ] || tiers=(lint unit simulated)

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

run_tier() { # TIER PRESET [CTEST OPTIONS…]
    local results="$root/build/$1-$2.xml"
    rm -f "$results"
    echo "== $1 ($2)"
    ctest --preset "$2" -L "^$1\$" -j2 --output-junit "$results" --no-tests=error "${@:3}"
    if [ -f "$results" ]; then
        count "$results"
    else
        failed=$((failed + 1))
    fi
}

# The simulated tier has processes race as in a cluster; a file that a busy machine disturbed is run once more, and
# ctest's output says so. Unit tests and lint have no such excuse.
for tier in "${tiers[@]}"; do
    if [ "$tier" = simulated ]; then
        run_tier simulated asan --repeat until-pass:2
    else
        run_tier "$tier" asan
    fi
done
# Sanitizers need memory of their own: what the program itself needs shows in the release build.
case " ${tiers[*]} " in *" simulated "*) run_tier simulated release -R '^simulated\.memory$' ;; esac

if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "CI=true: $skipped skipped tests count as failures"
    failed=$((failed + skipped)) skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
