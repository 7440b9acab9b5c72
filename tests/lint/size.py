# SPDX-License-Identifier: Apache-2.0
"""lint.size: functions fit a screen, files one subject, lines a terminal."""
import tree

FUNCTION_LINES = 60
FILE_LINES = 500
LINE_COLUMNS = 100


def functions(lines):
    """(first line, length) of each function: its head, then "{" and "}" at the left margin (Linux braces)."""
    head = start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = head
        elif line == "}" and start is not None:
            yield start, number - start + 1
            start = None
        elif line[:1].isalpha() or line[:1] == "_":
            head = number


def problems_of(name):
    lines = tree.text(name).splitlines()
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS:
            yield f"{name}:{number}: {len(line)} columns, {LINE_COLUMNS} at most"
    if not name.startswith("plugin/"):
        return
    if len(lines) > FILE_LINES:
        yield f"{name}:1: {len(lines)} lines, {FILE_LINES} at most"
    for number, length in functions(lines):
        if length > FUNCTION_LINES:
            yield f"{name}:{number}: a function of {length} lines, {FUNCTION_LINES} at most"


sources = tree.files("plugin/*.[ch]", "include/*.h", "tests/*.[ch]")
tree.finish((problem for name in sources for problem in problems_of(name)), sources)
