#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the folder torch/ beside this file as a wheel, torch 0.0.0, into a folder.

    torch_wheel.py FOLDER
"""
import base64
import hashlib
import os
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = "torch-0.0.0"
METADATA = {
    "METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 0.0.0\nSummary: what GuideLLM needs of torch\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: torch_wheel.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def sources():
    for folder, _, names in os.walk(os.path.join(HERE, "torch")):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    yield os.path.relpath(path, HERE), file.read()


def contents():
    """What is in the wheel: path and bytes, the record of it all at the end."""
    files = sorted(sources()) + [(f"{NAME}.dist-info/{name}", text.encode()) for name, text in METADATA.items()]
    record = ""
    for path, data in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    path = f"{NAME}.dist-info/RECORD"
    return files + [(path, f"{record}{path},,\n".encode())]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(os.path.join(folder, f"{NAME}-py3-none-any.whl"), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in contents():
            wheel.writestr(zipfile.ZipInfo(path), data)


if __name__ == "__main__":
    main(sys.argv[1])
