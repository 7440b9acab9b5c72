# SPDX-License-Identifier: Apache-2.0
"""lint.layers: who may include whom. A private header belongs to its folder alone."""
from pathlib import PurePosixPath

import tree

MAY_USE = {
    "util": set(),
    "codec": {"util"},
    "http": {"util"},
    "kube": {"http", "codec", "util"},
    "guidellm": {"codec", "util"},
    "fit": {"util"},
    "document": {"guidellm", "fit", "codec", "util"},
    "wva": {"codec", "fit", "util"},
    "run": {"kube", "document", "guidellm", "codec", "util"},
    "ui": {"util"},
    "cmd": {"run", "wva", "ui", "kube", "document", "guidellm", "fit", "http", "codec", "util"},
    "main": {"cmd", "ui", "util"},
}


def layer_of(name):
    parts = PurePosixPath(name).parts
    return {"plugin": parts[1], "include": parts[2]}[parts[0]] if len(parts) > 2 else "main"


def problems_of(name):
    layer = layer_of(name)
    for line, what in tree.includes(name):
        target = what[1:-1]
        if target.startswith("wva/"):
            used = target.split("/")[1]
            if used != layer and used not in MAY_USE.get(layer, set()):
                yield f"{name}:{line}: layer {layer} may not use {used} ({target})"
        elif what.startswith('"'):
            if "/" in target or not (tree.ROOT / name).with_name(target).is_file():
                yield f"{name}:{line}: {target} is no header of this folder"
        if what.startswith("<wva/"):
            yield f"{name}:{line}: our own headers are included with quotes"
    if layer not in MAY_USE:
        yield f"{name}:1: folder {layer} is no layer"


sources = tree.files("plugin/*.[ch]", "include/*.h")
tree.finish((problem for name in sources for problem in problems_of(name)), sources)
