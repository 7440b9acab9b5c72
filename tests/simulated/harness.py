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
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from cases import (BUILD, MODEL, ROOT, WVA, ApiServer, ClusterTest, Result, Watch, deviation, environment,  # noqa: E402,F401
                   run, start)

WVA_SIM = os.path.join(BUILD, "tests", "sim", "wva-sim")
DATA = os.path.join(os.path.dirname(ROOT), "shared", "data")

# Short simulated times: a level of 20 s is over in a fifth of a second.
FAST = ["--max-seconds", "20", "--warmup-seconds", "4", "--level-warmup-seconds", "2"]


def wva(*args, **more):
    """Runs kubectl-wva to its end."""
    return run([WVA, *args], **more)


class Sim(ApiServer):
    """A running simulated cluster. What tests ask it is not in the log of requests that they look at."""

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
            url = file.read().strip()
        with open(os.path.join(self.state, "token")) as file:
            self.token = file.read().strip()
        super().__init__(url, ssl.create_default_context(cafile=os.path.join(self.state, "ca.crt")),
                         Authorization="Bearer " + self.token)

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


class SimTest(ClusterTest):
    sim_args = ()

    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--speed", "100", "--load-seconds", "10", "--gpu-product", "NVIDIA-H100", *cls.sim_args)

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()

    @property
    def cluster(self):
        return self.sim

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
        return start([WVA, command, "-n", self.namespace, *args], env=self.environment())

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


if __name__ == "__main__":
    unittest.main()
