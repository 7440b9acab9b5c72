# SPDX-License-Identifier: Apache-2.0
"""The built binary against wva-sim: starts a simulated cluster, runs commands in it, looks at what it stored and received.

Tests are unittest classes; `class Test(SimTest)` gets one cluster for all its tests (`sim_args` are wva-sim's options) and
each test a namespace of its own. Standard library only.
"""
import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WVA_BUILD", os.path.join(ROOT, "build", "asan"))
WVA = os.path.join(BUILD, "bin", "kubectl-wva")
WVA_SIM = os.path.join(BUILD, "tests", "sim", "wva-sim")
DATA = os.path.join(os.path.dirname(ROOT), "shared", "data")

# Short simulated times: a level of 20 s is over in a fifth of a second.
FAST = ["--max-seconds", "20", "--warmup-seconds", "4", "--level-warmup-seconds", "2"]
MODEL = "meta-llama/Llama-3.1-8B"


class Result:
    def __init__(self, argv, status, out, err, seconds):
        self.argv, self.status, self.out, self.err, self.seconds = argv, status, out, err, seconds

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"$ {' '.join(self.argv)}\nstatus {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def environment(**extra):
    """What the command sees: nothing of the machine's own kubeconfig or proxies."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update({name: value for name, value in extra.items() if value is not None})
    return env


def wva(*args, env=None, stdin=None, timeout=120, cwd=None):
    """Runs kubectl-wva to its end."""
    argv = [WVA, *map(str, args)]
    start = time.monotonic()
    done = subprocess.run(argv, input=stdin if stdin is not None else "", capture_output=True, text=True,
                          env=environment(**(env or {})), timeout=timeout, cwd=cwd)
    return Result(argv, done.returncode, done.stdout, done.stderr, time.monotonic() - start)


class Sim:
    """A running simulated cluster."""

    def __init__(self, *args):
        self.dir = tempfile.TemporaryDirectory(prefix="wva-sim-test-")
        state = os.path.join(self.dir.name, "state")
        self.log = open(os.path.join(self.dir.name, "log"), "w+")
        self.process = subprocess.Popen([WVA_SIM, "--state-dir", state, *map(str, args)], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True, env=environment())
        ready = self.process.stdout.readline()
        match = re.match(r"wva-sim: ready KUBECONFIG=(.+)", ready)
        if not match:
            self.stop()
            raise RuntimeError(f"wva-sim did not start: {ready!r}")
        self.kubeconfig = match.group(1)
        self.state = os.path.dirname(self.kubeconfig)
        with open(os.path.join(self.state, "server")) as file:
            self.url = file.read().strip()
        with open(os.path.join(self.state, "token")) as file:
            self.token = file.read().strip()
        context = ssl.create_default_context(cafile=os.path.join(self.state, "ca.crt"))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPSHandler(context=context))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.dir.cleanup()

    def request(self, method, path, body=None, content_type="application/json"):
        """(status, parsed JSON or text). Not part of the log of requests that tests look at, by its user agent."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("User-Agent", "harness")
        if data is not None:
            request.add_header("Content-Type", content_type)
        try:
            with self.opener.open(request, timeout=30) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def get(self, path):
        status, value = self.request("GET", path)
        return value if status == 200 else None

    def fault(self, *specs):
        status, text = self.request("POST", "/sim/faults", "\n".join(specs), "text/plain")
        assert status in (200, 201), (specs, text)

    def clear_faults(self):
        self.request("DELETE", "/sim/faults")

    def requests(self):
        """Requests of the program under test, oldest first."""
        _, text = self.request("GET", "/sim/log")
        lines = [json.loads(line) for line in text.splitlines()] if isinstance(text, str) else [text]
        return [line for line in lines if line.get("userAgent", "").startswith("kubectl-wva/")]


class SimTest(unittest.TestCase):
    sim_args = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--speed", "100", "--load-seconds", "10", "--gpu-product", "NVIDIA-H100", *cls.sim_args)

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()

    def setUp(self):
        name = re.sub("[^a-z0-9]+", "-", self._testMethodName.lower())[:50].strip("-")
        self.namespace = name
        status, _ = self.sim.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        assert status == 201, status
        self.already = len(self.sim.requests())

    def tearDown(self):
        self.sim.clear_faults()

    def environment(self):
        return {"KUBECONFIG": self.sim.kubeconfig}

    def wva(self, command, *args, env=None, **more):
        """A command in this test's namespace."""
        return wva(command, "-n", self.namespace, *args, env={**self.environment(), **(env or {})}, **more)

    def start(self, command, *args):
        """The same, not waited for."""
        return subprocess.Popen([WVA, command, "-n", self.namespace, *map(str, args)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                env=environment(**self.environment()))

    def ok(self, result):
        self.assertEqual(result.status, 0, str(result))
        return result

    def fails(self, result, status, *words, out=""):
        """Failed with this status, these words on standard error, and nothing on standard output."""
        self.assertEqual(result.status, status, str(result))
        for word in words:
            self.assertIn(word, result.err, str(result))
        self.assertRegex(result.err, r"(?m)^error: ", str(result))
        if out is not None:
            self.assertEqual(result.out, out, str(result))
        return result

    # What the cluster received and holds.

    def sent(self, count=0):
        """Requests of this test, oldest first: at least `count`, as the last may be written down a moment later (and a
        watch of the test before, whose end is noticed late)."""
        def enough():
            requests = [r for r in self.sim.requests()[self.already:]
                        if "watch=1" not in r["path"] or f"/namespaces/{self.namespace}/" in r["path"]]
            return len(requests) >= count and (requests,)
        return self.wait_for(enough, f"{count} requests")[0]

    def writes(self, count=0):
        """(method, path without query) of those among them that may change something."""
        return [(r["method"], r["path"].split("?")[0]) for r in self.sent(count) if r["method"] != "GET"]

    def path(self, resource, name="", namespace=None):
        base = {"deployments": "/apis/apps/v1", "replicasets": "/apis/apps/v1", "jobs": "/apis/batch/v1",
                "variantautoscalings": "/apis/llmd.ai/v1alpha1"}.get(resource, "/api/v1")
        return f"{base}/namespaces/{namespace or self.namespace}/{resource}" + (f"/{name}" if name else "")

    def get(self, resource, name):
        return self.sim.get(self.path(resource, name))

    def names(self, resource):
        return sorted(item["metadata"]["name"] for item in self.sim.get(self.path(resource))["items"])

    def create(self, resource, value):
        status, stored = self.sim.request("POST", self.path(resource), value)
        self.assertEqual(status, 201, stored)
        return stored

    def wait_for(self, condition, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"waited {seconds} s for {what}")

    def variantautoscaling(self, name="llama", accelerators=None):
        """A VariantAutoscaling as a user of WVA v0.4.2 has it, with things that must not be touched."""
        return self.create("variantautoscalings", {
            "apiVersion": "llmd.ai/v1alpha1", "kind": "VariantAutoscaling",
            "metadata": {"name": name, "namespace": self.namespace,
                         "labels": {"inference.optimization/acceleratorName": "H100", "team": "blue"}},
            "spec": {"modelID": MODEL, "variantCost": "40.0", "modelProfile": {"accelerators": accelerators or [
                {"acc": "A100", "accCount": 2, "maxBatchSize": 4,
                 "perfParms": {"decodeParms": {"alpha": "20.58", "beta": "0.41", "note": "keep me"},
                               "prefillParms": {"gamma": "5.2", "delta": "0.1"}}},
                {"acc": "H100", "accCount": 1, "maxBatchSize": 8,
                 "perfParms": {"decodeParms": {"alpha": "1.0", "beta": "1"},
                               "prefillParms": {"gamma": "1", "delta": "1"}}}]}}})


def deviation(fitted, true):
    return abs(fitted - true) / true


if __name__ == "__main__":
    unittest.main()
