# SPDX-License-Identifier: Apache-2.0
"""Prints NAME DIGEST for each image of an OCI archive, as containerd lists them after the import; nothing for a
Docker archive, whose manifest containerd has yet to write."""
import json
import sys
import tarfile

with tarfile.open(sys.argv[1]) as archive:
    index = next((entry for entry in archive if entry.name == "index.json"), None)
    for image in json.load(archive.extractfile(index))["manifests"] if index else []:
        print(image["annotations"]["io.containerd.image.name"], image["digest"])
