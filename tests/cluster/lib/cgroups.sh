# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The group that a cluster's pods live in, on cgroup v1 (one folder in each hierarchy) and v2 (one folder).

cgroup_mount=/sys/fs/cgroup

cgroup_hierarchies() {
    if [ "$(stat -f -c %T "$cgroup_mount")" = cgroup2fs ]; then
        echo "$cgroup_mount"
    else
        find "$cgroup_mount" -mindepth 1 -maxdepth 1 -type d
    fi
}

enable_controllers() { # FOLDER: all it has, for its children
    local controllers controller
    read -ra controllers <"$1/cgroup.controllers" || :
    for controller in "${controllers[@]}"; do
        echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null ||
            say "cgroup controller $controller cannot be enabled in $1"
    done
}

# kubelet gives the pods' group the weight of the node's 16 CPUs; at the top, as nodes have it, that holds against all
# else. So the cluster's group around it has the same: pods must not starve beside a build.
weigh() { # GROUP, with the files of cgroup v1 or v2
    [ ! -e "$1/cpu.shares" ] || echo 16384 >"$1/cpu.shares"
    [ ! -e "$1/cpu.weight" ] || echo 625 >"$1/cpu.weight"
}

make_cgroups() { # NAME
    local hierarchy file
    for hierarchy in $(cgroup_hierarchies); do
        mkdir -p "$hierarchy/$1"
        if [ -e "$hierarchy/cgroup.controllers" ] && [ "$hierarchy" = "$cgroup_mount" ]; then
            enable_controllers "$hierarchy"
            enable_controllers "$hierarchy/$1"
        fi
        weigh "$hierarchy/$1"
        # A new group of cgroup v1's cpuset may run nowhere until it is told where.
        for file in cpuset.cpus cpuset.mems; do
            if [ "$hierarchy" != "$cgroup_mount" ] && [ -e "$hierarchy/$1/$file" ]; then
                cat "$hierarchy/$file" >"$hierarchy/$1/$file"
            fi
        done
    done
}

# Empty groups linger for a moment after their last process.
remove_cgroups() { # NAME
    local hierarchy try
    for try in {1..50}; do
        for hierarchy in $(cgroup_hierarchies); do
            [ ! -d "$hierarchy/$1" ] || find "$hierarchy/$1" -depth -type d -exec rmdir {} + 2>/dev/null || :
        done
        cgroups_gone "$1" && return
        [ "$try" -lt 50 ] || return 1
        sleep 0.1
    done
}

cgroups_gone() { # NAME
    local hierarchy
    for hierarchy in $(cgroup_hierarchies); do
        [ ! -d "$hierarchy/$1" ] || return 1
    done
}
