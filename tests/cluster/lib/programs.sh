# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# How each program of the node is started, inside its namespaces. `restart` starts them in the same way.
# The cluster's folder is /run/wva in here.

. "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
load_settings /run/wva
pki=/run/wva/pki
config=/run/wva/config
PATH=$programs_path:$PATH
export KUBECACHEDIR=/run/kubectl

launch() { # PROGRAM [ARGUMENT…]
    setsid "$@" >>"/run/wva/log/$1.log" 2>&1 </dev/null &
    echo $! >"/run/pids/$1"
}

# A program that has ended shows here within the second, with the end of its log.
await() { # PROGRAM SECONDS CONDITION…
    local program=$1 tries=$(($2 * 20))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$tries" -eq 0 ] || ! kill -0 "$(cat "/run/pids/$program")" 2>/dev/null; then
            echo "error: $program has ended or is not ready; log/$program.log ends with:" >&2
            tail -n 5 "/run/wva/log/$program.log" >&2
            return 1
        fi
        tries=$((tries - 1))
        sleep 0.05
    done
}

admin() { # kubectl's ARGUMENTS
    kubectl --kubeconfig /run/wva/admin.kubeconfig "$@"
}

# The data lie in memory and die with the cluster: nothing is to be synced to a disk.
start_etcd() {
    launch etcd --name node --data-dir /run/etcd --unsafe-no-fsync --log-level warn \
        --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
        --initial-cluster node=http://127.0.0.1:2380
}

start_containerd() {
    launch containerd --config "$config/containerd.toml"
    await containerd 30 ctr version
}

start_kube-apiserver() {
    launch kube-apiserver --etcd-servers http://127.0.0.1:2379 --service-cluster-ip-range 10.96.0.0/16 \
        --advertise-address 10.88.0.1 --secure-port 6443 --cert-dir /run/apiserver \
        --tls-cert-file $pki/apiserver.crt --tls-private-key-file $pki/apiserver.key \
        --client-ca-file $pki/ca.crt --token-auth-file $pki/tokens.csv \
        --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
        --kubelet-certificate-authority $pki/ca.crt --kubelet-preferred-address-types InternalIP \
        --kubelet-client-certificate $pki/apiserver-kubelet-client.crt \
        --kubelet-client-key $pki/apiserver-kubelet-client.key \
        --service-account-issuer https://kubernetes.default.svc \
        --service-account-key-file $pki/service-account.pub \
        --service-account-signing-key-file $pki/service-account.key \
        --requestheader-client-ca-file $pki/front-proxy-ca.crt --requestheader-allowed-names front-proxy-client \
        --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
        --requestheader-extra-headers-prefix X-Remote-Extra- \
        --proxy-client-cert-file $pki/front-proxy-client.crt --proxy-client-key-file $pki/front-proxy-client.key \
        --audit-policy-file "$config/audit.yaml" --audit-log-path /run/wva/log/audit.log
    await kube-apiserver 60 admin get --raw /readyz
}

# It exits when the API server does not answer yet, and asks it so much at its start that the usual rate costs 5 s.
start_kube-controller-manager() {
    launch kube-controller-manager --kubeconfig $pki/kube-controller-manager.kubeconfig \
        --authentication-kubeconfig $pki/kube-controller-manager.kubeconfig \
        --authorization-kubeconfig $pki/kube-controller-manager.kubeconfig \
        --root-ca-file $pki/ca.crt --service-account-private-key-file $pki/service-account.key \
        --use-service-account-credentials --leader-elect=false --bind-address 127.0.0.1 \
        --kube-api-qps 500 --kube-api-burst 500
}

start_kube-scheduler() {
    launch kube-scheduler --kubeconfig $pki/kube-scheduler.kubeconfig \
        --authentication-kubeconfig $pki/kube-scheduler.kubeconfig \
        --authorization-kubeconfig $pki/kube-scheduler.kubeconfig \
        --leader-elect=false --bind-address 127.0.0.1
}

# Its group lies below one of the cluster's own, so that `down` can tell what to remove.
start_kubelet() {
    local before
    before=$(registrations)
    launch kubelet --config "$config/kubelet.yaml" --kubeconfig $pki/kubelet.kubeconfig \
        --hostname-override node --node-ip 10.88.0.1 --cgroup-root "/$cgroup" \
        --node-labels nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3
    await kubelet 60 registered_since "$before"
    give_gpus
}

registrations() {
    local count
    count=$(grep -cs "Successfully registered node" /run/wva/log/kubelet.log) || :
    echo "${count:-0}"
}

registered_since() { # REGISTRATIONS
    [ "$(registrations)" -gt "$1" ]
}

# What a device plugin would report; a kubelet that registers its node again takes it away.
give_gpus() {
    admin patch node node --subresource status --type merge \
        --patch '{"status": {"capacity": {"nvidia.com/gpu": "8"}, "allocatable": {"nvidia.com/gpu": "8"}}}' >/dev/null
}

start_kube-proxy() {
    launch kube-proxy --config "$config/kube-proxy.yaml"
}

start_coredns() {
    launch coredns -conf "$config/Corefile"
}
