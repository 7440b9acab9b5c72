# SPDX-License-Identifier: Apache-2.0
"""The built binary against a real cluster: the one of tests/cluster, with real GuideLLM and the stand-in for vLLM.

    tests/cluster/up --state DIR && tests/cluster/load --state DIR build/cluster/images/*.tar
    WVA_CLUSTER_STATE=DIR WVA_BUILD=build/asan tests/cluster/enter --state DIR ctest --test-dir build/asan -L real

The tests run in the cluster's network namespace. `class Test(RealTest)` gets a namespace of its own for each test; pod
security "restricted" is enforced there. Method names are those of tests/simulated. Standard library only.
"""
import atexit
import base64
import datetime
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from cases import (MODEL, ROOT, WVA, ApiServer, ClusterTest, Result, Watch, deviation, environment, run,  # noqa: E402,F401
                   start, wait_for)

HERE = os.path.dirname(os.path.abspath(__file__))
GUIDELLM = "ghcr.io/vllm-project/guidellm"
GPU_PRODUCT = "NVIDIA-H100-80GB-HBM3"
TRUTH = {"alpha": 20.0, "beta": 0.4, "gamma": 40.0, "delta": 0.01}  # the stand-in's own, in ms

# Offline there is only the tokenizer of the image.
JOB = ["--tokenizer", "/opt/tokenizer"]
# Short levels, for tests that look at anything but the figures.
FAST = [*JOB, "--output-tokens", "32", "--max-seconds", "8", "--warmup-seconds", "0", "--level-warmup-seconds", "2"]


def wva(*args, **more):
    """Runs kubectl-wva to its end, without a cluster of its own accord (`fit`)."""
    return run([WVA, *args], **more)


def epoch(text):
    """Seconds since 1970 of an API time."""
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc).timestamp()


def terminated(pod):
    """How the pod's only container ended, or None."""
    for status in pod.get("status", {}).get("containerStatuses", []):
        if "terminated" in status["state"]:
            return status["state"]["terminated"]
    return None


def real_level_window(pod):
    """(start, end) of the container of a Job's pod in epoch seconds; the API tells whole ones, so a second wider."""
    state = terminated(pod)
    return epoch(state["startedAt"]), epoch(state["finishedAt"]) + 1


class Cluster(ApiServer):
    """The cluster that runs in a folder of tests/cluster/up, asked as the admin."""

    def __init__(self, state):
        self.state = os.path.abspath(state)
        self.kubeconfig = self.file("admin.kubeconfig")
        super().__init__(self.text("server"), self.admin_context())
        self.version = self.text("version")
        self.home = tempfile.TemporaryDirectory(prefix="wva-real-home-")  # kubectl keeps a cache there
        atexit.register(self.home.cleanup)
        try:
            status, text = self.request("GET", "/readyz")
        except OSError as problem:
            raise RuntimeError(f"{self.url} does not answer ({problem}): run the tests with "
                               f"tests/cluster/enter --state {self.state} …") from problem
        assert status == 200, text
        self.install_crd()

    def file(self, *name):
        return os.path.join(self.state, *name)

    def text(self, name):
        with open(self.file(name)) as file:
            return file.read().strip()

    def admin_context(self):
        """TLS as the admin's kubeconfig has it: a client certificate. ssl reads it from a file only."""
        context = ssl.create_default_context(cafile=self.file("ca.crt"))
        with tempfile.NamedTemporaryFile() as file:
            text = self.text("admin.kubeconfig")
            for part in ("client-certificate-data", "client-key-data"):
                file.write(base64.b64decode(re.search(rf"{part}: *\"?([\w+/=]+)", text).group(1)))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def kubectl(self, *args, stdin=None):
        """The real one, as the admin."""
        return run([self.file("bin", "kubectl"), *args], stdin=stdin,
                   env={"KUBECONFIG": self.kubeconfig, "HOME": self.home.name})

    def install_crd(self):
        """WVA v0.4.2's, and waits until its schema is published, which `apply` reads."""
        done = self.kubectl("apply", "--server-side", "-f", os.path.join(HERE, "va-crd.yaml"))
        assert done.status == 0, str(done)
        done = self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/variantautoscalings.llmd.ai")
        assert done.status == 0, str(done)
        wait_for(lambda: self.get("/openapi/v3/apis/llmd.ai/v1alpha1"), "the CRD's schema")

    def restart(self, program, down=0, kill=False):
        """Ends one of the cluster's programs and starts it again after `down` seconds."""
        done = subprocess.run([os.path.join(ROOT, "tests", "cluster", "restart"), "--state", self.state, "--down",
                               str(down), *(["--signal", "KILL"] if kill else []), program],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def audit(self):
        """The audit log's events of the program under test, oldest first."""
        with open(self.file("log", "audit.log")) as file:
            for line in file:
                if '"userAgent":"kubectl-wva/' in line and line.endswith("\n"):
                    yield json.loads(line)


class RealTest(ClusterTest):
    cluster = None
    pod_security = "restricted"

    @classmethod
    def setUpClass(cls):
        if not os.environ.get("WVA_CLUSTER_STATE"):
            raise unittest.SkipTest("WVA_CLUSTER_STATE is not set: no real cluster")
        if RealTest.cluster is None:
            RealTest.cluster = Cluster(os.environ["WVA_CLUSTER_STATE"])

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="wva-real-")
        self.addCleanup(self.directory.cleanup)
        # Of a test that was run before on this cluster, the namespace may still be on its way out.
        name = re.sub("[^a-z0-9]+", "-", self._testMethodName.lower().removeprefix("test_"))[:40].strip("-")
        self.namespace = self.make_namespace(f"{name}-{secrets.token_hex(3)}")

    def make_namespace(self, name):
        labels = {"pod-security.kubernetes.io/enforce": self.pod_security} if self.pod_security else {}
        status, text = self.cluster.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        self.assertEqual(status, 201, text)
        self.addCleanup(self.cluster.request, "DELETE", f"/api/v1/namespaces/{name}")
        # No pod is admitted before its service account is there.
        self.wait_for(lambda: self.cluster.get(self.path("serviceaccounts", "default", name)), "the service account")
        return name

    # Running commands.

    def environment(self, user="admin"):
        """`user`: which of the cluster's kubeconfigs; kubectl and the plugin are found on PATH."""
        path = os.pathsep.join([os.path.dirname(WVA), self.cluster.file("bin"), os.environ["PATH"]])
        return {"KUBECONFIG": self.cluster.file(f"{user}.kubeconfig"), "PATH": path, "HOME": self.cluster.home.name}

    def wva(self, command, *args, env=None, user="admin", timeout=600, **more):
        """A command in this test's namespace."""
        return run([WVA, command, "-n", self.namespace, *args], env={**self.environment(user), **(env or {})},
                   timeout=timeout, **more)

    def kubectl_wva(self, command, *args, env=None, user="admin", timeout=600, **more):
        """The same through the real kubectl, as people do it."""
        return run([self.cluster.file("bin", "kubectl"), "wva", command, "-n", self.namespace, *args],
                   env={**self.environment(user), **(env or {})}, timeout=timeout, **more)

    def start(self, command, *args, user="admin"):
        """Not waited for."""
        return start([WVA, command, "-n", self.namespace, *args], env=self.environment(user))

    def finish(self, process, timeout=600):
        """The Result of a started command."""
        out, err = process.communicate(timeout=timeout)
        return Result(process.args, process.returncode, out, err, 0)

    def audit(self, count=0):
        """Requests of the program in this namespace, as the API server logged them (at the end of each; `count`: at
        least so many)."""
        def enough():
            events = [event for event in self.cluster.audit()
                      if event.get("objectRef", {}).get("namespace") == self.namespace]
            return len(events) >= count and (events,)
        return self.wait_for(enough, f"{count} requests", step=0.2)[0]

    def grant(self, *without, user="tester"):
        """Gives the user of namespaced.kubeconfig and exec.kubeconfig the Role of README.md in this namespace, but for
        the (resource, verb) pairs in `without`."""
        rules = self.cluster.get(self.path("roles", "kubectl-wva", "team"))["rules"]
        for rule in rules:
            for resource, verb in without:
                if rule["resources"] == [resource]:
                    rule["verbs"].remove(verb)
        self.create("roles", {"metadata": {"name": "kubectl-wva"}, "rules": [rule for rule in rules if rule["verbs"]]})
        self.create("rolebindings", {
            "metadata": {"name": "kubectl-wva"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "kubectl-wva"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]})

    # Serving a model.

    def manifest(self, name, *changes):
        """The path of a copy of manifests/NAME with pieces of text replaced, for --template and --job-template."""
        with open(os.path.join(ROOT, "manifests", name)) as file:
            text = file.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        path = os.path.join(self.directory.name, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def standin_template(self, **settings):
        """manifests/vllm.yaml with STANDIN_… variables: standin_template(alpha=12, fault="hang")."""
        lines = "".join(f'            - {{name: STANDIN_{name.upper()}, value: "{value}"}}\n'
                        for name, value in settings.items())
        return self.manifest("vllm.yaml", ("          env:\n", "          env:\n" + lines))

    def serve(self, name="vllm", *options, model=MODEL, expect=True, **settings):
        """Deploys the stand-in as vLLM with `deploy`. `settings` are its STANDIN_… variables; without any the manifest
        is used as it is."""
        template = ["--template", self.standin_template(**settings)] if settings else []
        result = self.wva("deploy", name, "--model", model, *template, *options)
        return self.ok(result) if expect else result

    def bench(self, *options, name="vllm", release=None, **more):
        image = ["--guidellm-image", f"{GUIDELLM}:v{release}"] if release else []
        return self.wva("bench", f"deployment/{name}", *FAST, *image, *options, **more)

    def standin(self, name, path):
        """What the stand-in answers, through the Service's proxy."""
        return self.cluster.get(self.path("services", f"{name}:8000") + f"/proxy/standin/{path}")

    def delivered(self, name="vllm", since=0, until=None):
        """Requests that the stand-in finished in these epoch seconds, oldest first."""
        query = {"since": f"{since:.3f}", **({"until": f"{until:.3f}"} if until else {})}
        return self.standin(name, "delivered?" + urllib.parse.urlencode(query))

    # What a run left.

    def job_pods(self, run_id=None):
        """Pods of Jobs by level: "warmup", "1", …"""
        selector = f"kubectl-wva/run={run_id}" if run_id else "kubectl-wva/run"
        return {pod["metadata"]["labels"]["kubectl-wva/level"]: pod for pod in self.items("pods", selector)
                if "kubectl-wva/level" in pod["metadata"]["labels"]}

    def log(self, pod, container="guidellm"):
        status, text = self.cluster.request("GET", self.path("pods", pod) + f"/log?container={container}")
        self.assertEqual(status, 200, text)
        return text
