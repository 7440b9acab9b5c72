# SPDX-License-Identifier: Apache-2.0
"""What the tests of the built program share, whichever cluster they run it against: running a command, what is expected
of its end, asking the API server, and objects of a namespace.
"""
import contextlib
import http.client
import json
import os
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WVA_BUILD", os.path.join(ROOT, "build", "asan"))
WVA = os.path.join(BUILD, "bin", "kubectl-wva")
MODEL = "meta-llama/Llama-3.1-8B"
GROUPS = {"deployments": "/apis/apps/v1", "replicasets": "/apis/apps/v1", "jobs": "/apis/batch/v1",
          "roles": "/apis/rbac.authorization.k8s.io/v1", "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
          "variantautoscalings": "/apis/llmd.ai/v1alpha1"}


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


def run(argv, env=None, stdin=None, timeout=120, cwd=None):
    """Runs a command to its end."""
    argv = [str(word) for word in argv]
    start = time.monotonic()
    done = subprocess.run(argv, input=stdin if stdin is not None else "", capture_output=True, text=True,
                          env=environment(**(env or {})), timeout=timeout, cwd=cwd)
    return Result(argv, done.returncode, done.stdout, done.stderr, time.monotonic() - start)


def start(argv, env=None):
    """The same, not waited for."""
    return subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            stdin=subprocess.DEVNULL, text=True, env=environment(**(env or {})))


def wait_for(condition, what, seconds=30, step=0.02):
    """What the condition returns once that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(step)
    raise AssertionError(f"waited {seconds} s for {what}")


class ApiServer:
    """The cluster's API server, asked by the tests themselves, which their user agent tells."""

    def __init__(self, url, context, **headers):
        self.url, self.context, self.headers = url, context, {"User-Agent": "harness", **headers}
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPSHandler(context=context))

    def request(self, method, path, body=None, content_type="application/json"):
        """(status, parsed JSON or text)."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=self.headers)
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


class Watch:
    """Holds a watch until it is stopped, or for as long as its block runs. `events` are (type, object), from what is there
    at the start on."""

    def __init__(self, server, path, selector=""):
        self.events = []
        query = {"watch": "1", **({"labelSelector": selector} if selector else {})}
        self.connection = http.client.HTTPSConnection(urllib.parse.urlsplit(server.url).netloc, context=server.context)
        self.connection.request("GET", f"{path}?{urllib.parse.urlencode(query)}", headers=server.headers)
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):  # it is cut off below
            for line in self.response:
                event = json.loads(line)
                self.take(event["type"], event["object"])

    def take(self, kind, value):
        self.events.append((kind, value))

    def stop(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # close() alone would wait for the reader
        self.thread.join(10)
        self.response.close()
        self.connection.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class ClusterTest(unittest.TestCase):
    """`self.cluster` has request() and get(), `self.namespace` is the test's own."""
    maxDiff = None

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

    def path(self, resource, name="", namespace=None):
        base = GROUPS.get(resource, "/api/v1")
        return f"{base}/namespaces/{namespace or self.namespace}/{resource}" + (f"/{name}" if name else "")

    def get(self, resource, name):
        return self.cluster.get(self.path(resource, name))

    def items(self, resource, selector=""):
        query = f"?labelSelector={selector}" if selector else ""
        return self.cluster.get(self.path(resource) + query)["items"]

    def names(self, resource):
        return sorted(item["metadata"]["name"] for item in self.items(resource))

    def create(self, resource, value):
        status, stored = self.cluster.request("POST", self.path(resource), value)
        self.assertEqual(status, 201, stored)
        return stored

    wait_for = staticmethod(wait_for)

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
