# SPDX-License-Identifier: Apache-2.0
"""lint.banned: calls that have a better one here."""
import re

import tree

BANNED = {
    r"strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets": "no bound, or no NUL: use wva_buf or wva_arena_printf",
    r"strtok": "hidden state: use wva_str_split",
    r"atoi|atol|atoll|atof|sscanf|strtol|strtoll|strtoul|strtoull": "blanks, signs and overflow pass: use wva_parse_*",
    r"system|popen": "a shell would read the words: use wva_process_*",
    r"yajl_tree_parse|yajl_gen_\w+": "yajl is a tokenizer here: use codec/value.h and wva_json_write",
    r"exit|_exit|_Exit|quick_exit|abort": "only main.c ends the process: return -1 with the error set",
    r"setlocale": "LC_NUMERIC would change how numbers are read and written",
}
ALLOWED = {
    ("plugin/main.c", "setlocale"): r"setlocale\(LC_CTYPE, ",
    ("plugin/util/mem.c", "_Exit"): r"_Exit\(EXIT_FAILURE\)",  # out of memory
}


def allowed(name, call, line):
    pattern = ALLOWED.get((name, call))
    return pattern is not None and re.search(pattern, line) is not None


def problems_of(name):
    original = tree.text(name).split("\n")
    for number, line in enumerate(tree.code(name).split("\n"), 1):
        for calls, why in BANNED.items():
            for call in re.findall(rf"(?<![\w.>])({calls})\s*\(", line):
                if not allowed(name, call, original[number - 1]):
                    yield f"{name}:{number}: {call}(): {why}"


sources = tree.files("plugin/*.[ch]", "include/*.h")
tree.finish((problem for name in sources for problem in problems_of(name)), sources)
