# SPDX-License-Identifier: Apache-2.0
"""What the checks of this folder share: the project's files, C without comments, one way to report."""
import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files(*patterns):
    """Tracked files that match one of the patterns ("plugin/*.c": at any depth), sorted."""
    git = shutil.which("git")
    listed = git and subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed and listed.returncode == 0:
        names = listed.stdout.split("\0")
    else:  # an unpacked archive, or a machine without git
        names = (str(path.relative_to(ROOT)) for path in ROOT.rglob("*"))
        names = [name for name in names if not name.startswith(("build", ".git/"))]
    wanted = {name for name in names if any(fnmatch.fnmatchcase(name, p) for p in patterns)}
    return sorted(name for name in wanted if (ROOT / name).is_file())


def is_binary(name):
    return b"\0" in (ROOT / name).read_bytes()


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code(name):
    """A C file with comments and literals blanked; every line keeps its number."""
    return TOKEN.sub(lambda token: re.sub(r"[^\n]", " ", token.group()), text(name))


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]+[>"])', re.MULTILINE)


def includes(name):
    """(line, what) of each #include, the brackets or quotes kept."""
    source = text(name)
    for match in INCLUDE.finditer(source):
        yield source.count("\n", 0, match.start()) + 1, match.group(1)


def finish(problems, checked):
    """Prints the problems and ends; to have looked at nothing is a problem too."""
    problems = list(problems)
    for problem in problems:
        print(problem)
    if not checked:
        sys.exit("nothing to check was found")
    sys.exit(f"{len(problems)} problems" if problems else 0)
