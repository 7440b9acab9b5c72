#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on the simulated cluster: deploy, measure, fit, apply, and the result beside the truth.
# Installs what it needs (Debian 12), builds, and leaves nothing running.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/tests/install.sh"
build=${WVA_BUILD:-$root/build/release}
if [ ! -f "$build/build.ninja" ]; then
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
fi
cmake --build "$build" --target kubectl-wva wva-sim wva-sim-guidellm >/dev/null

exec "$build/tests/sim/wva-sim" --speed 40 --gpu-product NVIDIA-H100-80GB-HBM3 \
    --alpha 6.973 --beta 0.027 --gamma 14.825 --delta 0.001364 --noise 0.02 \
    -- "$root/tests/demo/main-job.sh" "$build/bin"
