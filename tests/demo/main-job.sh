#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs inside the simulated cluster (KUBECONFIG is set). $1: the folder with kubectl-wva.
set -euo pipefail
export PATH="$1:$PATH"
truth=(6.973 0.027 14.825 0.001364)

# Through kubectl where there is one, as a user has it; else the plugin itself.
if command -v kubectl >/dev/null; then
    wva=(kubectl wva)
else
    wva=(kubectl-wva)
fi
show() { printf '\n$ %s\n' "$*"; "$@"; }

# A production Deployment with its VariantAutoscaling, as WVA v0.4.2 wants them: only the parameters are missing.
"${wva[@]}" deploy llama --model meta-llama/Llama-3.1-8B --wait=false -q >/dev/null
"${wva[@]}" apply llama --alpha 1 --beta 1 --gamma 1 --delta 1 --max-batch-size 1 \
    --create --deployment llama --accelerator H100 --model meta-llama/Llama-3.1-8B >/dev/null 2>&1

show "${wva[@]}" run llama-bench --model meta-llama/Llama-3.1-8B --accelerator NVIDIA-H100-80GB-HBM3 \
    --va llama --va-accelerator H100
show "${wva[@]}" runs

if [ "${wva[0]}" = kubectl ]; then
    printf '\n$ kubectl get variantautoscaling llama -o yaml   (its parameters)\n'
    kubectl get variantautoscaling llama -o yaml | sed -n '/modelProfile:/,/gamma:/p'
fi

printf '\nfitted against true:\n'
"${wva[@]}" runs -o json | python3 -c '
import json, sys
truth = dict(zip(("alpha", "beta", "gamma", "delta"), map(float, sys.argv[1:])))
fitted = json.load(sys.stdin)[0]["parameters"]
print("%-8s%14s%14s%9s" % ("", "fitted", "true", "off"))
for name, value in truth.items():
    off = 100 * (fitted[name] - value) / value
    print("%-8s%14.7g%14.7g%+8.2f%%" % (name, fitted[name], value, off))
' "${truth[@]}"
