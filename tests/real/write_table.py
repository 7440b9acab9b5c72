#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps what test_accuracy.py found, and makes the tables of docs/testing.md of it.

    tests/real/write_table.py [--check]

puts what build/real/ holds between the two markers of docs/testing.md; --check only tells whether they are there.
"""
import datetime
import glob
import json
import os
import platform
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOUND = os.path.join(ROOT, "build", "real")
DOCUMENT = os.path.join(ROOT, "docs", "testing.md")
BEGIN, END = "<!-- tables: begin (tests/real/write_table.py) -->\n", "<!-- tables: end -->\n"
PARAMETERS = ("alpha", "beta", "gamma", "delta")


def version_key(text):
    return tuple(int(part) for part in text.split("."))


def keep(kubernetes, rows, fit):
    """Stores a measurement in place of an earlier one of this release and truth; and the tables as they are now."""
    os.makedirs(FOUND, exist_ok=True)
    path = os.path.join(FOUND, f"accuracy-{kubernetes}.json")
    try:
        with open(path) as file:
            found = json.load(file)
    except FileNotFoundError:
        found = {"kubernetes": kubernetes, "rows": [], "fits": []}
    same = [fit["release"], fit["truth"]]
    for kind, new in (("rows", rows), ("fits", [fit])):
        found[kind] = [one for one in found[kind] if [one["release"], one["truth"]] != same] + new
        # The truth that most releases were measured with first.
        found[kind].sort(key=lambda one: (one["truth"] != [20, 0.4, 40, 0.01], one["truth"], version_key(one["release"]),
                                          one.get("streams", 0)))
    found["machine"] = f"{os.cpu_count()} CPUs, {platform.system()} {platform.release()}"
    found["date"] = datetime.date.today().isoformat()
    with open(path + ".new", "w") as file:
        json.dump(found, file, indent=1)
    os.replace(path + ".new", path)
    with open(os.path.join(FOUND, f"table-{kubernetes}.md"), "w") as file:
        file.write(tables(found))


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def truth_text(truth):
    return ", ".join(f"{value:g}" for value in truth)


def off(found, true):
    return f"{100 * (found / true - 1):+.2f} %"


def figure(values):
    return [f"{values['measured']:.2f}", f"{values['delivered']:.2f}", f"{values['truth']:.2f}",
            off(values["measured"], values["truth"])]


def level_rows(found):
    return [[row["release"], truth_text(row["truth"]), f"{row['streams']:g}", *figure(row["itl"]), *figure(row["ttft"]),
             f"{row['seconds']:.0f}", f"{row['memory'] / 1e6:.0f}"] for row in found["rows"]]


def fit_rows(found):
    rows = []
    for fit in found["fits"]:
        cells = []
        for name, true in zip(PARAMETERS, fit["truth"]):
            cells += [f"{fit['fitted'][name]:.5g}", off(fit["fitted"][name], true), off(fit["delivered"][name], true)]
        rows.append([fit["release"], truth_text(fit["truth"]), *cells])
    return rows


def tables(found):
    levels = table(["GuideLLM", "truth", "streams", "ITL", "delivered", "truth", "off", "TTFT", "delivered", "truth", "off",
                    "wall s", "MB"], level_rows(found))
    head = [cell for name in PARAMETERS for cell in (name, "off truth", "delivered off truth")]
    fits = table(["GuideLLM", "truth", *head], fit_rows(found))
    return (f"Kubernetes {found['kubernetes']}, {found['date']}, {found['machine']}.\n\n{levels}\n"
            f"The parameters fitted from them:\n\n{fits}")


def all_tables():
    paths = glob.glob(os.path.join(FOUND, "accuracy-*.json"))
    versions = sorted((os.path.basename(path)[len("accuracy-"):-len(".json")] for path in paths), key=version_key)
    parts = []
    for version in reversed(versions):
        with open(os.path.join(FOUND, f"accuracy-{version}.json")) as file:
            parts.append(tables(json.load(file)))
    return "\n".join(parts)


def main(arguments):
    with open(DOCUMENT) as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"error: {DOCUMENT} has no markers for the tables")
    if "--check" in arguments:
        return
    found = all_tables()
    if not found:
        sys.exit(f"error: {FOUND} has no accuracy-KUBERNETES.json: run tests/run.sh real first")
    with open(DOCUMENT, "w") as file:
        file.write(before + begin + "\n" + found + "\n" + end + after)


if __name__ == "__main__":
    main(sys.argv[1:])
