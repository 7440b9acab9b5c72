# SPDX-License-Identifier: Apache-2.0
"""lint.headers: each public header compiles by itself, and twice.

    headers.py COMPILER FLAG…
"""
import subprocess
import sys

import tree


def problems_of(name):
    header = name.removeprefix("include/")
    source = f'#include "{header}"\n#include "{header}"\n'
    command = [*sys.argv[1:], "-Werror", "-fsyntax-only", "-x", "c", "-"]
    run = subprocess.run(command, input=source, cwd=tree.ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        yield f"{name}: does not compile alone\n{run.stderr}"


headers = tree.files("include/*.h")
tree.finish((problem for name in headers for problem in problems_of(name)), headers)
