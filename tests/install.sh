#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building and testing need, on Debian 12; does nothing when all of it is there.
#
#     tests/install.sh [PACKAGE…]        these instead
set -euo pipefail

packages=(gcc libc6-dev cmake ninja-build pkg-config libcurl4-openssl-dev libyajl-dev libyaml-dev libssl-dev
          libcmocka-dev python3-minimal libpython3-stdlib ca-certificates)
[ "$#" -eq 0 ] || packages=("$@")

missing=()
for package in "${packages[@]}"; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
        missing+=("$package")
    fi
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "error: no apt-get here; install these by hand: ${missing[*]}" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
