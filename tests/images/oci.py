# SPDX-License-Identifier: Apache-2.0
"""Layers and OCI image archives, written so that the same content always gives the same bytes and digests."""
import gzip
import hashlib
import io
import json
import os
import tarfile

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


class _Hashed:
    """A file to write to, which knows the digest of what it was given."""

    def __init__(self, file):
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, data):
        self.sha256.update(data)
        return self.file.write(data)

    def tell(self):
        return self.file.tell()

    def flush(self):
        self.file.flush()

    @property
    def digest(self):
        return "sha256:" + self.sha256.hexdigest()


class Layer:
    """What one layer holds: absolute paths in the image, each a folder, a file, bytes, or a symbolic link.

    Folders above a path need not be added. Everything from the paths `owned` downwards belongs to `owner`, the rest to
    root.
    """

    def __init__(self, owned=(), owner=(0, 0)):
        self.owned, self.owner = owned, owner
        self.entries = {}
        self.contents = {}  # of files: bytes, or the path of a file of this machine

    def _add(self, path, kind, mode, content=None, size=0, target=""):
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.type, entry.mode, entry.size, entry.linkname = kind, mode, size, target
        if any(path == top or path.startswith(top + "/") for top in self.owned):
            entry.uid, entry.gid = self.owner
        self.entries[path], self.contents[path] = entry, content

    def folder(self, path, mode=0o755):
        self._add(path, tarfile.DIRTYPE, mode)

    def link(self, path, target):
        self._add(path, tarfile.SYMTYPE, 0o777, target=target)

    def data(self, path, content, mode=0o644):
        content = content if isinstance(content, bytes) else content.encode()
        self._add(path, tarfile.REGTYPE, mode, content, len(content))

    def file(self, path, source, mode=None):
        """A file of this machine, or the symbolic link that it is."""
        if os.path.islink(source):
            self.link(path, os.readlink(source))
            return
        status = os.stat(source)
        mode = mode or (0o755 if status.st_mode & 0o100 else 0o644)
        self._add(path, tarfile.REGTYPE, mode, source, status.st_size)

    def _with_parents(self):
        for path in list(self.entries):
            while (path := os.path.dirname(path)) != "/":
                if path not in self.entries:
                    self.folder(path)
        return sorted(self.entries.items())

    def write(self, target):
        """Into the file `target`, compressed, and both digests into the file beside it."""
        with open(target + ".new", "wb") as file:
            outside = _Hashed(file)
            with gzip.GzipFile("", "wb", compresslevel=1, fileobj=outside, mtime=0) as packed:
                inside = _Hashed(packed)
                with tarfile.open(fileobj=inside, mode="w", format=tarfile.PAX_FORMAT) as archive:
                    self._write_entries(archive)
        with open(target + ".digests", "w") as file:
            json.dump({"digest": outside.digest, "diff_id": inside.digest}, file)
        os.replace(target + ".new", target)

    def _write_entries(self, archive):
        for path, entry in self._with_parents():
            content = self.contents[path]
            with open(content, "rb") if isinstance(content, str) else io.BytesIO(content or b"") as data:
                archive.addfile(entry, data)


def _digests_of(layer):
    with open(layer + ".digests") as file:
        return json.load(file)


def _pack(document):
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _blob(digest):
    return "blobs/" + digest.replace(":", "/")


def _described(media_type, data, **more):
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data), **more}


class _Archive:
    def __init__(self, file):
        self.archive = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name, content, size):
        entry = tarfile.TarInfo(name)
        entry.size = size
        self.archive.addfile(entry, content)

    def add_data(self, name, data):
        self.add(name, io.BytesIO(data), len(data))

    def add_blob(self, data):
        self.add_data(_blob(_digest(data)), data)


def write_image(target, reference, architecture, layers, config):
    """An archive of one image: `layers` are files that Layer.write wrote, `config` the part that containers read.

    What tells the image comes first in it, so that it can be looked up without reading the layers.
    """
    digests = [_digests_of(layer) for layer in layers]
    platform = {"architecture": architecture, "os": "linux"}
    image = _pack({**platform, "config": config,
                   "rootfs": {"type": "layers", "diff_ids": [digest["diff_id"] for digest in digests]},
                   "history": [{"created_by": os.path.basename(layer).split("-")[0]} for layer in layers]})
    described = [{"mediaType": LAYER_TYPE, "digest": digest["digest"], "size": os.path.getsize(layer)}
                 for layer, digest in zip(layers, digests)]
    manifest = _pack({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": _described(CONFIG_TYPE, image),
                      "layers": described})
    names = {"io.containerd.image.name": reference, "org.opencontainers.image.ref.name": reference.rpartition(":")[2]}
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE,
             "manifests": [_described(MANIFEST_TYPE, manifest, platform=platform, annotations=names)]}
    with open(target + ".new", "wb") as file:
        archive = _Archive(file)
        archive.add_data("oci-layout", _pack({"imageLayoutVersion": "1.0.0"}))
        archive.add_data("index.json", _pack(index))
        archive.add_blob(manifest)
        archive.add_blob(image)
        for layer, descriptor in zip(layers, described):
            with open(layer, "rb") as content:
                archive.add(_blob(descriptor["digest"]), content, descriptor["size"])
        archive.archive.close()
    os.replace(target + ".new", target)
