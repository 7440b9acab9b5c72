#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.reference: docs/commands/ is what the option tables say.
#
#     reference.sh TOOL       (wva-reference)
set -eu
cd "$(dirname "$0")/../.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

"$1" --write "$fresh"
if ! diff -ru docs/commands "$fresh"; then
    echo "docs/commands/ does not say what the program does. Write it again with:"
    echo "    $1 --write docs/commands"
    exit 1
fi
