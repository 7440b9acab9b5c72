# SPDX-License-Identifier: Apache-2.0
"""The images: what is in the archives, and what becomes of it in pods of a real cluster.

    WVA_CLUSTER_STATE=DIR tests/cluster/enter --state DIR python3 -B tests/images/check.py

Makes the images that are missing. Without a cluster only the archives are looked at.
"""
import functools
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "real")]
import layers  # noqa: E402
import oci  # noqa: E402
from harness import RealTest, terminated  # noqa: E402

# What the official images have: facts about them, not about this folder's programs.
OFFICIAL = {
    "0.3.1": {"cmd": ["benchmark", "run"], "variable": "GUIDELLM_OUTPUT_PATH=/results/benchmarks.json"},
    "0.6.1": {"cmd": ["benchmark", "run"], "variable": "GUIDELLM_OUTPUT_DIR=/results"},
    "0.7.3": {"cmd": ["run"], "variable": "GUIDELLM__DEFAULT_RESULTS_DIR=/results"},
    "0.8.1": {"cmd": ["run"], "variable": "GUIDELLM__DEFAULT_RESULTS_DIR=/results"},
}
# The options of bench's command lines (plugin/guidellm/command.c).
FLAGS = ["--target", "--rate-type", "--rate", "--model", "--processor", "--data", "--max-seconds", "--output-path",
         "--output-sampling", "--random-seed", "--disable-progress"]
KINDS = ["--backend", "--profile", "--constraint", "--data", "--tokenizer", "--output", "--metrics", "--seed",
         "--disable-progress"]
OPTIONS = {"0.3.1": [*FLAGS, "--warmup-percent"], "0.6.1": [*FLAGS, "--warmup", "--request-type"],
           "0.7.3": KINDS, "0.8.1": KINDS}
NAMES = {"pause": "registry.k8s.io/pause:3.10", "vllm": "docker.io/vllm/vllm-openai:v0.11.0",
         **{f"guidellm-{version}": f"ghcr.io/vllm-project/guidellm:v{version}" for version in OFFICIAL}}


TEXTS = re.compile(r"/opt/app-root/(bin/[^/]+|pyvenv\.cfg)$|/opt/tokenizer/")


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Image:
    """One archive, read as containerd reads it: from the index to the manifest to the configuration and the layers."""

    def __init__(self, path):
        self.archive = tarfile.open(path)
        self.entry, = json.loads(self.blob("index.json"))["manifests"]
        self.manifest = json.loads(self.described(self.entry))
        self.image = json.loads(self.described(self.manifest["config"]))
        self.config = self.image["config"]

    def blob(self, name):
        return self.archive.extractfile(name).read()

    def described(self, descriptor):
        data = self.blob(descriptor["digest"].replace("sha256:", "blobs/sha256/"))
        if sha256(data) != descriptor["digest"] or len(data) != descriptor["size"]:
            raise AssertionError(f"{descriptor} does not describe what is there")
        return data

    def files(self):
        """By path, each as the last layer that has it: (entry, text where it is one of TEXTS)."""
        return {f"/{entry.name}": (entry, text) for descriptor in self.manifest["layers"]
                for entry, text in layer_of(self.described(descriptor))}


@functools.cache
def layer_of(packed):
    """The entries of a layer. Images share layers, so they are read once."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as layer:
        return [(entry, layer.extractfile(entry).read() if entry.isreg() and TEXTS.match(f"/{entry.name}") else None)
                for entry in layer]


class Layers(unittest.TestCase):
    def written(self, *paths):
        layer = oci.Layer(["/opt/owned"], (1001, 0))
        for path in paths:
            layer.data(path, path, 0o755)
        layer.link("/bin", "usr/bin")
        with tempfile.TemporaryDirectory() as folder:
            layer.write(os.path.join(folder, "layer"))
            with tarfile.open(os.path.join(folder, "layer")) as archive:
                return layers.read(os.path.join(folder, "layer.digests")), archive.getmembers()

    def test_the_order_of_adding_does_not_matter(self):
        self.assertEqual(self.written("/a/x", "/b", "/opt/owned/c")[0], self.written("/opt/owned/c", "/b", "/a/x")[0])
        self.assertNotEqual(self.written("/a/x")[0], self.written("/a/y")[0])

    def test_entries_have_folders_owners_and_no_time(self):
        entries = self.written("/opt/owned/deep/file", "/etc/passwd")[1]
        self.assertEqual([entry.name for entry in entries],
                         ["bin", "etc", "etc/passwd", "opt", "opt/owned", "opt/owned/deep", "opt/owned/deep/file"])
        self.assertEqual({entry.name for entry in entries if entry.uid == 1001},
                         {"opt/owned", "opt/owned/deep", "opt/owned/deep/file"})
        self.assertEqual({(entry.mtime, entry.gid, entry.uname) for entry in entries}, {(0, 0, "")})
        self.assertEqual((entries[0].issym(), entries[0].linkname), (True, "usr/bin"))


class Archives(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        paths = layers.output(os.path.join(HERE, "make"), *NAMES).split()
        cls.images = {name: Image(path) for name, path in zip(NAMES, paths)}

    def test_names_and_platform(self):
        for name, image in self.images.items():
            with self.subTest(name):
                self.assertEqual(image.entry["annotations"]["io.containerd.image.name"], NAMES[name])
                self.assertEqual(image.image["architecture"], layers.ARCHITECTURE)

    def test_layers_are_what_their_digests_say(self):
        checked = set()
        for image in self.images.values():
            for layer, diff_id in zip(image.manifest["layers"], image.image["rootfs"]["diff_ids"], strict=True):
                if layer["digest"] not in checked:
                    self.assertEqual(sha256(gzip.decompress(image.described(layer))), diff_id)
                    checked.add(layer["digest"])

    def test_the_releases_share_all_layers_but_their_own(self):
        shared = [[layer["digest"] for layer in self.images[f"guidellm-{version}"].manifest["layers"][:-1]]
                  for version in OFFICIAL]
        self.assertEqual(shared, [shared[0]] * len(OFFICIAL))

    def test_guidellm_is_configured_as_the_official_images_are(self):
        for version, official in OFFICIAL.items():
            with self.subTest(version):
                config = self.images[f"guidellm-{version}"].config
                self.assertEqual((config["User"], config["WorkingDir"]), ("1001:0", "/home/guidellm"))
                self.assertEqual(config["Entrypoint"], ["/opt/app-root/bin/guidellm"])
                self.assertEqual((config["Cmd"], config["Volumes"]), (official["cmd"], {"/results": {}}))
                variables = [variable for variable in config["Env"] if variable.startswith("GUIDELLM")]
                self.assertEqual(variables, [official["variable"]])
                self.assertIn("HF_HUB_OFFLINE=1", config["Env"])

    def test_nothing_tells_where_it_was_made(self):
        here = os.path.dirname(os.path.dirname(HERE)).encode()
        for version in OFFICIAL:
            files = self.images[f"guidellm-{version}"].files()
            self.assertIn("/opt/app-root/bin/guidellm", files)
            for path, (_, text) in files.items():
                if text is not None:
                    self.assertNotIn(here, text, path)
                    if "/bin/" in path:
                        self.assertTrue(text.startswith(b"#!/opt/app-root/bin/python3\n"), path)

    def test_guidellm_and_the_stand_in_count_by_one_tokenizer(self):
        texts = set()
        for name in ["vllm", *(f"guidellm-{version}" for version in OFFICIAL)]:
            texts.add(self.images[name].files()["/opt/tokenizer/tokenizer.json"][1])
        text, = texts
        vocabulary = json.loads(text)["model"]["vocab"]
        self.assertEqual(len(vocabulary), 2000)
        self.assertNotIn("\u0100", vocabulary)  # the byte 0, which the stand-in refuses
        self.assertIn("STANDIN_TOKENIZER=/opt/tokenizer/tokenizer.json", self.images["vllm"].config["Env"])

    def test_everything_can_be_read_by_any_user(self):
        for name, image in self.images.items():
            for path, (entry, _) in image.files().items():
                wanted = 0o005 if entry.isdir() else 0o004
                self.assertEqual(entry.mode & wanted, wanted, f"{name}: {path}")


SCRIPT = """
set -e
exec 2>/scratch/problems
trap '[ $? = 0 ] || cat /scratch/problems' EXIT
guidellm --version
id -u
id -g
readlink -f /bin/sh
python3 -I -c 'import sys; print(sys.prefix)'
touch /scratch/file
if touch /home/guidellm/file; then exit 9; fi
guidellm $0 --help
"""


class Containers(RealTest):
    """In pods as bench and deploy make them: restricted, and with a root file system that cannot be written."""

    def pod(self, name, image, user=None, **container):
        self.create("pods", {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
                "restartPolicy": "Never", "automountServiceAccountToken": False, "enableServiceLinks": False,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"},
                                    **({"runAsUser": user, "runAsGroup": user} if user else {})},
                "containers": [{
                    "name": "it", "image": image, "imagePullPolicy": "Never", **container,
                    "volumeMounts": [{"name": "scratch", "mountPath": path} for path in ("/scratch", "/tmp")],
                    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                        "capabilities": {"drop": ["ALL"]}}}],
                "volumes": [{"name": "scratch", "emptyDir": {}}]}})

    def ended(self, name, seconds=120):
        """(exit status, log) of the pod's container."""
        state = self.wait_for(lambda: terminated(self.get("pods", name)), f"the end of pod {name}", seconds, 0.2)
        return state["exitCode"], self.log(name, "it")

    def load(self, *names):
        paths = layers.output(os.path.join(HERE, "make"), *names).split()
        subprocess.run([os.path.join(os.path.dirname(HERE), "cluster", "load"), "--state", self.cluster.state, *paths],
                       check=True)

    def test_the_entry_point_is_guidellm(self):
        self.load(*(f"guidellm-{version}" for version in OFFICIAL))
        for version in OFFICIAL:
            self.pod(f"v{version}", NAMES[f"guidellm-{version}"], args=["--version"])
        for version in OFFICIAL:
            with self.subTest(version):
                status, log = self.ended(f"v{version}")
                self.assertEqual((status, log.splitlines()[-1]), (0, f"guidellm version: {version}"))

    def test_guidellm_runs_restricted_and_has_the_options_of_bench(self):
        self.load(*(f"guidellm-{version}" for version in OFFICIAL))
        for version, official in OFFICIAL.items():
            self.pod(f"v{version}", NAMES[f"guidellm-{version}"],
                     command=["/bin/sh", "-c", SCRIPT, " ".join(official["cmd"])],
                     env=[{"name": "HOME", "value": "/scratch"}, {"name": "COLUMNS", "value": "400"}])
        for version in OFFICIAL:
            with self.subTest(version):
                status, log = self.ended(f"v{version}")
                self.assertEqual(status, 0, log)
                lines = log.splitlines()
                self.assertEqual(lines[:5], [f"guidellm version: {version}", "1001", "0", "/usr/bin/bash",
                                             "/opt/app-root"])
                offered = set(re.findall(r"--[a-z-]+", log))
                self.assertEqual([option for option in OPTIONS[version] if option not in offered], [], log)

    def test_vllm_runs_as_any_user_and_refuses_what_vllm_does(self):
        self.load("vllm")
        self.pod("refused", NAMES["vllm"], user=2000, command=["vllm", "serve"], args=["m", "--nonsense"])
        self.pod("shell", NAMES["vllm"], user=2000,
                 command=["/bin/sh", "-c", "id -u; ls $(dirname $STANDIN_TOKENIZER)"])
        status, log = self.ended("refused")
        self.assertEqual(status, 2, log)
        self.assertIn("--nonsense", log)
        self.assertEqual(self.ended("shell"), (0, "2000\ntokenizer.json\ntokenizer_config.json\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
