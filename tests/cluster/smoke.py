#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether tests/cluster makes a real cluster: what the tests on it take for granted, and that nothing of it is left.

    tests/cluster/smoke.py [unittest's arguments]

Runs on the cluster of WVA_CLUSTER_STATE, or on one of its own of the release WVA_KUBERNETES (default: the newest).
"""
import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "images"))
import layers  # noqa: E402
import oci  # noqa: E402

BUSYBOX = "docker.io/library/busybox:wva-smoke"

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: %(image)s
        workingDir: /tmp
        command: [sh, -c, "echo hello >index.html; exec httpd -f -p 8000"]
        readinessProbe: {httpGet: {path: /, port: 8000}, periodSeconds: 1}
        resources: {requests: {cpu: 2, memory: 8Gi}, limits: {nvidia.com/gpu: 1}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8000}]}
"""

ASK = """
apiVersion: batch/v1
kind: Job
metadata: {name: ask}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: ask
        image: %(image)s
        command: [wget, -q, -O, "-", "http://web.%(namespace)s.svc:8000/"]
"""


def busybox_image(folder):
    """An archive of Debian's static busybox."""
    layer = oci.Layer()
    layer.folder("/tmp", 0o1777)
    layer.file("/bin/busybox", "/bin/busybox")
    for applet in "sh", "httpd", "id", "sleep", "wget":
        layer.link(f"/bin/{applet}", "busybox")
    layer.write(f"{folder}/busybox-layer")
    config = {"Env": ["PATH=/bin"], "Cmd": ["sleep", "infinity"]}
    oci.write_image(f"{folder}/busybox.tar", BUSYBOX, layers.ARCHITECTURE, [f"{folder}/busybox-layer"], config)
    return f"{folder}/busybox.tar"


class Failed(AssertionError):
    """A command of this folder, or kubectl, ended with an error; its words are the message."""


def run(*command, text=None, seconds=300):
    done = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, timeout=seconds)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Cluster:
    def __init__(self, state):
        self.state = pathlib.Path(state)

    def up(self):
        release = os.environ.get("WVA_KUBERNETES")
        return run(HERE / "up", "--state", self.state, *(["--kubernetes", release] if release else []), seconds=1800)

    def down(self):
        run(HERE / "down", "--state", self.state)

    def enter(self, *command, text=None):
        return run(HERE / "enter", "--state", self.state, *command, text=text)

    def kubectl(self, *arguments, user="admin", text=None):
        return self.enter(self.state / "bin/kubectl", "--kubeconfig", self.state / f"{user}.kubeconfig", *arguments,
                          text=text)

    def restart(self, program, *options):
        run(HERE / "restart", "--state", self.state, *options, program)

    def load_busybox(self):
        with tempfile.TemporaryDirectory() as folder:
            run(HERE / "load", "--state", self.state, busybox_image(folder))


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        state = os.environ.get("WVA_CLUSTER_STATE")
        if not state:
            state = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wva-smoke-"))
        cls.cluster = Cluster(state)
        if not os.environ.get("WVA_CLUSTER_STATE"):
            cls.addClassCleanup(cls.cluster.down)
            cls.cluster.up()
        cls.cluster.load_busybox()
        cls.namespace = f"smoke-{os.getpid()}"
        cls.cluster.kubectl("create", "namespace", cls.namespace)
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "namespace", cls.namespace, "--wait=false")

    def kubectl(self, *arguments, **more):
        return self.cluster.kubectl("--namespace", self.namespace, *arguments, **more)

    def wait(self, condition, what):
        try:
            self.kubectl("wait", "--for", condition, "--timeout", "60s", what)
        except Failed as failed:
            shown = self.kubectl("describe", what) + self.kubectl("logs", what)
            raise Failed(f"{failed}\n{shown}") from None

    def web(self):
        values = {"image": BUSYBOX, "namespace": self.namespace}
        self.kubectl("apply", "-f", "-", text=WEB % values)
        self.kubectl("rollout", "status", "deployment/web", "--timeout", "60s")
        return values

    def test_the_node_has_what_the_manifests_ask_for(self):
        node = json.loads(self.kubectl("get", "node", "node", "--output", "json"))
        self.assertEqual(node["metadata"]["labels"]["nvidia.com/gpu.product"], "NVIDIA-H100-80GB-HBM3")
        for part in "capacity", "allocatable":
            size = node["status"][part]
            self.assertEqual((size["cpu"], size["nvidia.com/gpu"]), ("16", "8"), part)
        version = (self.cluster.state / "version").read_text().strip()
        self.assertEqual(node["status"]["nodeInfo"]["kubeletVersion"], f"v{version}")

    def test_a_job_reaches_a_deployment_by_name(self):
        self.kubectl("apply", "-f", "-", text=ASK % self.web())
        self.wait("condition=complete", "job/ask")
        self.assertEqual(self.kubectl("logs", "job/ask"), "hello\n")

    def test_the_api_reaches_the_pod(self):
        self.web()
        path = f"/api/v1/namespaces/{self.namespace}/services/web:8000/proxy/"
        self.assertEqual(self.kubectl("get", "--raw", path), "hello\n")
        self.assertEqual(self.kubectl("exec", "deployment/web", "--", "id").split()[0], "uid=0")

    def test_pod_security_is_enforced(self):
        self.kubectl("create", "namespace", f"{self.namespace}-restricted")
        self.addCleanup(self.kubectl, "delete", "namespace", f"{self.namespace}-restricted", "--wait=false")
        self.kubectl("label", "namespace", f"{self.namespace}-restricted",
                     "pod-security.kubernetes.io/enforce=restricted")
        with self.assertRaisesRegex(Failed, 'violates PodSecurity "restricted:latest"'):
            self.cluster.kubectl("--namespace", f"{self.namespace}-restricted", "run", "root", "--image", BUSYBOX)

    def test_the_namespaced_user_has_the_printed_role_only(self):
        def may(*what):
            with contextlib.suppress(Failed):
                return self.cluster.kubectl("auth", "can-i", *what, user="namespaced").strip() == "yes"
            return False
        for what in ("create", "jobs"), ("watch", "pods"), ("get", "pods", "--subresource", "log"):
            self.assertTrue(may(*what), what)
        for what in (("get", "secrets"), ("get", "pods"), ("update", "deployments"), ("list", "namespaces"),
                     ("create", "jobs", "--namespace", "default")):
            self.assertFalse(may(*what), what)

    def test_credential_plugins_are_asked(self):
        log = self.cluster.state / "log/credential.log"
        for user, way in ("exec", "token"), ("exec-certificate", "certificate"):
            before = log.read_text().count(way) if log.exists() else 0
            who = json.loads(self.cluster.kubectl("auth", "whoami", "--output", "json", user=user))
            self.assertEqual(who["status"]["userInfo"]["username"], "tester")
            self.assertEqual(log.read_text().count(way), before + 1)

    def test_requests_are_logged_with_their_bodies(self):
        self.kubectl("create", "configmap", "seen", "--from-literal", "key=value")
        events = map(json.loads, (self.cluster.state / "log/audit.log").read_text().splitlines())
        bodies = [event["requestObject"]["data"] for event in events
                  if event["verb"] == "create" and event["objectRef"].get("namespace") == self.namespace
                  and event["objectRef"]["resource"] == "configmaps" and event["userAgent"].startswith("kubectl/")]
        self.assertEqual(bodies, [{"key": "value"}])

    def test_programs_come_back(self):
        self.web()
        before = self.kubectl("get", "pod", "--selector", "app=web", "--output", "jsonpath={.items[0].status}")
        for program, *options in (["kube-apiserver", "--signal", "KILL", "--down", "1"], ["kubelet"], ["kube-proxy"],
                                  ["kube-controller-manager"], ["kube-scheduler"], ["coredns"]):
            self.cluster.restart(program, *options)
        self.test_the_node_has_what_the_manifests_ask_for()
        after = self.kubectl("get", "pod", "--selector", "app=web", "--output", "jsonpath={.items[0].status}")
        started = [json.loads(status)["containerStatuses"][0]["state"] for status in (before, after)]
        self.assertEqual(started[0], started[1])
        self.kubectl("run", "later", "--image", BUSYBOX, "--restart", "Never", "--command", "--", "id")
        self.wait("jsonpath={.status.phase}=Succeeded", "pod/later")

    def test_nothing_leaves_the_machine(self):
        links = json.loads(self.cluster.enter("ip", "--json", "link"))
        kinds = {link["ifname"].rstrip("0123456789abcdef") for link in links}
        self.assertLessEqual(kinds, {"lo", "cni", "v", "veth", "vet"}, links)
        route = json.loads(self.cluster.enter("ip", "--json", "route", "get", "192.0.2.1"))
        self.assertEqual(route[0]["dev"], "cni0")
        with self.assertRaisesRegex(Failed, "SERVFAIL"):
            self.cluster.enter("busybox", "nslookup", "example.com.", "10.88.0.1")


class LifeTest(unittest.TestCase):
    """A cluster's beginning and end, beside another that runs."""

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wva-smoke-"))
        self.cluster = Cluster(f"{folder}/state")
        self.addCleanup(self.cluster.down)

    def assert_nothing_is_left(self):
        state = str(self.cluster.state)
        name = "wva-" + hashlib.sha256(f"{state}\n".encode()).hexdigest()[:8]
        self.assertEqual([str(path) for path in pathlib.Path("/sys/fs/cgroup").glob(f"**/{name}")], [])
        self.assertNotIn(state, pathlib.Path("/proc/mounts").read_text())
        self.assertEqual(run("ps", "-eo", "pid,args").count(state), 0)
        self.assertLessEqual({path.name for path in self.cluster.state.glob("*")}, {"log"})

    def test_down_leaves_nothing(self):
        self.assertEqual(self.cluster.up(), f"cluster: ready KUBECONFIG={self.cluster.state}/admin.kubeconfig\n")
        self.cluster.load_busybox()
        self.cluster.kubectl("run", "long", "--image", BUSYBOX)
        self.cluster.kubectl("wait", "--for", "condition=Ready", "--timeout", "60s", "pod/long")
        self.cluster.down()
        self.assert_nothing_is_left()
        self.cluster.down()

    def test_down_ends_what_was_half_started(self):
        process = subprocess.Popen([HERE / "up", "--state", self.cluster.state], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 900
        while not (self.cluster.state / "log/etcd.log").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertTrue((self.cluster.state / "pid").exists())
        self.cluster.down()
        self.assert_nothing_is_left()

    def test_a_stale_number_harms_nobody(self):
        with subprocess.Popen(["sleep", "60"]) as other:
            self.cluster.state.mkdir()
            (self.cluster.state / "pid").write_text(f"{other.pid}\n")
            self.cluster.down()
            self.assertIsNone(other.poll())
            other.kill()


class PinsTest(unittest.TestCase):
    def test_the_table_says_what_the_modules_say(self):
        modules = {"etcd": "go.etcd.io/etcd/server/v3", "containerd": "github.com/containerd/containerd/v2",
                   "coredns": "github.com/coredns/coredns"}
        pins = [line.split() for line in (HERE / "versions").read_text().splitlines() if not line.startswith("#")]
        for kind, name, version, *_ in pins:
            if kind == "module":
                self.assertIn(f"{modules[name]} {version}", (HERE / f"go/{name}/go.mod").read_text())
            if kind == "kubernetes":
                self.assertIn(f"k8s.io/kubernetes v{name}\n", (HERE / f"go/kubernetes/{name}.mod").read_text())
        listed = {name for kind, name, *_ in pins if kind == "kubernetes"}
        self.assertEqual(listed, {path.stem for path in (HERE / "go/kubernetes").glob("*.mod")} - {"go"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
