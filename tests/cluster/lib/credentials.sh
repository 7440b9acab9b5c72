# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Keys, certificates and kubeconfigs of a cluster, made when it starts and thrown away with it.
# `up` has set state.

# shellcheck disable=SC2154 # state, see above
pki=$state/pki

key() { # NAME
    openssl ecparam -name prime256v1 -genkey -noout -out "$pki/$1.key"
}

authority() { # NAME
    key "$1"
    openssl req -x509 -new -sha256 -days 30 -key "$pki/$1.key" -subj "/CN=$1" -out "$pki/$1.crt"
}

certificate() { # NAME SUBJECT [SUBJECT-ALT-NAMES] [AUTHORITY]
    local authority=${4:-ca}
    key "$1"
    openssl req -new -sha256 -key "$pki/$1.key" -subj "$2" |
        openssl x509 -req -sha256 -days 30 -CA "$pki/$authority.crt" -CAkey "$pki/$authority.key" \
            -set_serial "0x$(openssl rand -hex 8)" -out "$pki/$1.crt" -extfile <(
                echo "keyUsage=digitalSignature"
                echo "extendedKeyUsage=serverAuth,clientAuth"
                [ -z "${3:-}" ] || echo "subjectAltName=$3"
            ) 2>/dev/null
}

base64_of() { # FILE
    base64 -w0 "$1"
}

# kubeconfig FILE NAMESPACE, with the user's part on standard input. Everything is in the file, so that it can be moved.
kubeconfig() {
    (umask 077 && cat >"$1") <<EOF
apiVersion: v1
kind: Config
clusters:
- name: wva
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: $(base64_of "$pki/ca.crt")
users:
- name: user
  user:
$(cat)
contexts:
- name: wva
  context: {cluster: wva, user: user, namespace: $2}
current-context: wva
EOF
}

certificate_kubeconfig() { # FILE NAMESPACE CERTIFICATE
    kubeconfig "$1" "$2" <<EOF
    client-certificate-data: $(base64_of "$pki/$3.crt")
    client-key-data: $(base64_of "$pki/$3.key")
EOF
}

exec_kubeconfig() { # FILE NAMESPACE COMMAND ARGUMENT
    kubeconfig "$1" "$2" <<EOF
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: $3
      args: [$4]
      interactiveMode: Never
EOF
}

# The programs' own: each as the user that Kubernetes' built-in roles are bound to.
program_credentials() { # NODE-ADDRESS SERVICE-ADDRESS
    authority ca
    authority front-proxy-ca
    key service-account
    openssl ec -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub" 2>/dev/null
    certificate apiserver /CN=kube-apiserver \
        "IP:127.0.0.1,IP:$1,IP:$2,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    certificate apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
    certificate front-proxy-client /CN=front-proxy-client "" front-proxy-ca
    certificate kubelet /O=system:nodes/CN=system:node:node "DNS:node,IP:$1"
    local name
    for name in kube-controller-manager kube-scheduler kube-proxy coredns; do
        certificate "$name" "/CN=system:$name"
    done
    for name in kubelet kube-controller-manager kube-scheduler kube-proxy coredns; do
        certificate_kubeconfig "$pki/$name.kubeconfig" default "$name"
    done
}

# Those of the tests: an admin, a user of one namespace, and the same user through a credential plugin.
user_credentials() {
    certificate admin /O=system:masters/CN=admin
    certificate_kubeconfig "$state/admin.kubeconfig" default admin
    certificate tester /CN=tester
    certificate_kubeconfig "$state/namespaced.kubeconfig" team tester
    echo "$(openssl rand -hex 16),tester,tester-by-token" >"$pki/tokens.csv"
    exec_kubeconfig "$state/exec.kubeconfig" team "$state/credential" token
    exec_kubeconfig "$state/exec-certificate.kubeconfig" team "$state/credential" certificate
    cp "$pki/ca.crt" "$state/ca.crt"
}
