# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of this folder share: where things are, options, the table of versions, a cluster's settings.

cluster=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$(cd "$cluster/../.." && pwd)
built=$(readlink -m "${WVA_CLUSTER_DIR:-$project/build/cluster}")
mkdir -p "$built"
. "$cluster/lib/settings.sh"

die() { # MESSAGE [HINT]
    echo "error: $1" >&2
    [ "$#" -lt 2 ] || echo "hint: $2" >&2
    exit 1
}

say() {
    echo "$(basename "$0"): $*" >&2
}

# parse "NAME…" ARGUMENT…: sets option[NAME] for each --NAME VALUE; the others go to rest. After a name "+" all that
# follows the first of the others goes there, for they are a command with options of its own.
declare -A option
rest=()
parse() {
    local known=" $1 " name
    shift
    while [ "$#" -gt 0 ]; do
        if [[ $1 != --* ]]; then
            rest+=("$1")
            shift
            [[ $known != *" + "* ]] || break
            continue
        fi
        name=${1#--}
        [[ $known == *" $name "* ]] || die "$(basename "$0") has no option $1" "its options:${known//" "/ --}"
        [ "$#" -gt 1 ] || die "$1 needs a value"
        option[$name]=$2
        shift 2
    done
    rest+=("$@")
}

# The folder of a cluster, absolute, from --state.
state_option() {
    [ -n "${option[state]:-}" ] || die "--state DIR is missing"
    readlink -m "${option[state]}"
}

# table KIND NAME [COLUMN]: that field of the table of versions, empty where there is no such line.
table() {
    awk -v kind="$1" -v name="$2" -v column="${3:-3}" '$1 == kind && $2 == name { print $column }' "$cluster/versions"
}

releases() {
    awk '$1 == "kubernetes" { print $2 }' "$cluster/versions"
}

# Everything but building needs root; whoever is not asks sudo and keeps the environment.
as_root() { # ARGUMENT…: those of the script
    [ "$(id -u)" -eq 0 ] || exec sudo --preserve-env env PATH="$PATH" "$0" "$@"
}

# The process that is number 1 inside, from outside; fails when there is none. A stale number is told from ours by the
# command line.
init_of() { # STATE
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || return 1
    grep -qzxF "$1" "/proc/$pid/cmdline" 2>/dev/null || return 1
    echo "$pid"
}

running() { # STATE: the same, or an error
    init_of "$1" || die "no cluster runs in $1" "tests/cluster/up --state $1"
}

# Runs a command in the cluster's namespaces, all of them.
inside() { # PID COMMAND…
    nsenter --target "$1" --mount --uts --ipc --net --pid -- "${@:2}"
}
