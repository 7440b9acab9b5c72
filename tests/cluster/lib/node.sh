# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Turns fresh namespaces into a node: run by process 1 inside, before any program starts.

node_address=10.88.0.1

# Folders that Kubernetes' programs insist on. Seen from outside they stay empty.
mount_folders() { # STATE STORE
    mount --make-rprivate /
    mount --bind "$1" "$1"
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir /run/wva /run/node /run/pids
    mount --bind "$1" /run/wva
    local folder
    for folder in /var/lib/kubelet /var/lib/cni /var/log/pods /var/log/containers; do
        mkdir -p "$folder" "/run/wva/node$folder"
        mount --bind "/run/wva/node$folder" "$folder"
    done
    mkdir -p /var/lib/containerd
    mount --bind "$2" /var/lib/containerd
    mount --make-rshared /
}

# The resolver of whatever runs on the node; the file may be a link into the /run that is hidden now.
mount_resolver() {
    local file
    file=$(readlink -m /etc/resolv.conf)
    [ -e "$file" ] || { mkdir -p "$(dirname "$file")" && touch "$file"; }
    mount --bind /run/wva/config/resolv.conf "$file"
}

shadow() { # FILE TEXT: what the file reads as in here
    local copy=/run/node/${1//\//_}
    echo "$2" >"$copy"
    mount --bind "$copy" "$1"
}

# kubelet sets these for the whole machine unless they read as it wants; the machine's own stay as they are.
shadow_settings() {
    shadow /proc/sys/vm/overcommit_memory 1
    shadow /proc/sys/vm/panic_on_oom 0
    shadow /proc/sys/kernel/panic 10
    shadow /proc/sys/kernel/panic_on_oops 1
    shadow /proc/sys/kernel/keys/root_maxkeys 1000000
    shadow /proc/sys/kernel/keys/root_maxbytes 25000000
}

# A node of 16 processors and 64 GiB on every machine, so that the manifests' own requests fit beside each other. With
# processors that say nothing of where they sit kubelet counts them, but pins no group to those that do not exist.
shadow_size() {
    shadow /proc/meminfo "$(sed -E 's/^MemTotal:.*/MemTotal:       67108864 kB/' /proc/meminfo)"
    mkdir -p /run/node/cpu/cpu{0..15}
    echo 0-15 >/run/node/cpu/online
    mount --bind /run/node/cpu /sys/devices/system/cpu
    [ ! -d /sys/devices/system/node ] || mount -t tmpfs tmpfs /sys/devices/system/node
}

# An empty bridge; pods are plugged into it. The default route ends in it: an address must have a route before
# kube-proxy's rules can turn it into a pod's. A bridge without a link address of its own takes the lowest of its ports,
# which changes as pods come and go: the others would then send to one that is gone, and lose seconds of packets. The
# CNI plugin sets one only where it makes the bridge.
make_network() {
    ip link set lo up
    ip link add cni0 address 0a:58:0a:58:00:01 type bridge
    ip address add "$node_address/16" dev cni0
    ip link set cni0 up
    ip route add default dev cni0
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
}
