# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What `up` decided for a cluster; its folder has a file of this name.

programs_path="" # folders with the programs, for PATH
store=""         # containerd's, on the disk
cgroup=""        # the group of the pods

write_settings() { # STATE
    cat >"$1/settings" <<EOF
programs_path='$programs_path'
store='$store'
cgroup='$cgroup'
EOF
}

load_settings() { # STATE
    # shellcheck source=/dev/null
    . "$1/settings"
}
