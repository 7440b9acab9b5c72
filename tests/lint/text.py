# SPDX-License-Identifier: Apache-2.0
"""lint.text: the licence on top; nothing unfinished, and nothing of the machine a file was written on."""
import re

import tree

SPDX = "SPDX-License-Identifier: Apache-2.0"
SOURCES = ["*.c", "*.h", "*.cmake", "*CMakeLists.txt", "*.py", "*.sh", ".ci/run"]  # and what begins with #!
RECORDED = "tests/fixtures/guidellm-"  # as other programs wrote it, blanks and all

FORBIDDEN = {
    "an unfinished piece": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b"),
    "a word for what is not there": re.compile(r"\bplace-?holder|\bnot[ ]implemented\b", re.IGNORECASE),
    # /home/me is the example's reader; /home/guidellm and /root are folders of a container.
    "a path of some machine": re.compile(
        r"(?<![\w.-])/(?:home/(?!me\b|guidellm\b)\w|Users/\w|root/\w"
        r"|work\b|tmp/(?!wva-)\w)"),
    "the host of a package registry": re.compile(
        r"\b(?:pypi|rubygems|npmjs|crates|debian|ubuntu)\.(?:org|com|io|net)\b|\b(?:proxy|sum)\.golang\b"),
}


def has_licence(lines):
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    return first in (f"// {SPDX}", f"# {SPDX}")


def problems_of(name, is_source):
    lines = tree.text(name).split("\n")
    if (is_source or lines[0].startswith("#!")) and not has_licence(lines):
        yield f'{name}:1: the first line is not "{SPDX}"'
    recorded = name.startswith(RECORDED)
    if lines[-1] != "" and not recorded:
        yield f"{name}:{len(lines)}: no newline at the end"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip() and not recorded:
            yield f"{name}:{number}: blanks at the end"
        if name == "tests/lint/text.py":
            continue  # it has to spell what it looks for
        for what, pattern in FORBIDDEN.items():
            if found := pattern.search(line):
                yield f"{name}:{number}: {what}: {found.group()}"


sources = set(tree.files(*SOURCES))
everything = [name for name in tree.files("*") if not tree.is_binary(name)]
tree.finish((p for name in everything for p in problems_of(name, name in sources)), sources)
