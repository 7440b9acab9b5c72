# SPDX-License-Identifier: Apache-2.0
"""What tests of failures share: servers and Jobs that must not come up, the words about them with what differs masked, and
a registry that refuses.
"""
import http.server
import os
import re
import threading

from harness import MODEL
from midrun import MidRun

ONE = ["--levels", "4"]
PATIENCE = ["--patience", "2s"]
# The servers of tests before may still be about to go.
SMALL = ["--cpu", "100m", "--memory", "256Mi", "--gpus", "0"]
ONLY = "level 1 of 1: concurrent, 4 streams"
FAILED = ONLY + ": Job 'NS/wva-ID-1' failed: "
LOGS = "kubectl logs job/wva-ID-1 -n NS"
CREATED = "deployment.apps/vllm created\nservice/vllm created\n"

# What releases of Kubernetes and containerd say differently, and what each run does.
MASKS = [
    (r"no new claims to deallocate, ", ""),                                   # the scheduler of 1.34 to 1.36
    (r"1 No preemption victims found for incoming pod", "1 Preemption is not helpful for scheduling"),  # the same, in 1.30
    (r"rpc error: code = \w+ desc = ", ""),                                   # containerd 1 on all, 2 on some errors
    (r'failed to resolve (image|reference "[^"]*")', "failed to resolve it"),
    (r'ImagePullBackOff: Back-off pulling image "[^"]*": ', ""),              # whichever is seen last
    (r'unexpected status from HEAD request to \S+: |pulling from host \S+ failed with status code \[manifests \S+\]: ', ""),
    (r"(?<=not found in \$PATH): unknown", ""),                               # containerd 1
    (r"137 \(Error\)", "137 (OOMKilled)"),                                    # containerd 1, where it notices late
    (r"127\.0\.0\.1:[0-9]+", "REGISTRY"),
    (r"\?ns=[^\s\":]*", ""),
    (r"pod vllm-[0-9a-f]+-[a-z0-9]{5}\b", "pod vllm-POD"),
]


class Refusals(http.server.BaseHTTPRequestHandler):
    """A registry that has no image "absent" and lets nobody at any other."""

    def do_HEAD(self):
        absent = self.path.startswith("/v2/absent/")
        text = b'{"errors":[{"code":"%s"}]}' % (b"MANIFEST_UNKNOWN" if absent else b"UNAUTHORIZED")
        self.send_response(404 if absent else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text)

    do_GET = do_HEAD

    def log_message(self, *_):
        pass


class Failing(MidRun):
    """Each test in a namespace of its own; `with_server`: beside one with a server to measure."""
    with_server = True

    @classmethod
    def setUpClass(cls):
        if cls.with_server:
            super().setUpClass()
        else:
            super(MidRun, cls).setUpClass()

    @classmethod
    def open_registries(cls):
        """registry.test refuses, closed.test is not there."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusals)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        for host, port in (("registry.test", server.server_port), ("closed.test", 9)):
            folder = cls.cluster.file("registries", host)
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "hosts.toml"), "w") as file:
                file.write(f'server = "http://127.0.0.1:{port}"\n[host."http://127.0.0.1:{port}"]\n'
                           '  capabilities = ["pull", "resolve"]\n')

    def told(self, text):
        text = super().told(text)
        for pattern, words in MASKS:
            text = re.sub(pattern, words, text)
        return text

    def limit(self, **hard):
        """A ResourceQuota: limit(pods=0), limit(**{"requests.cpu": "50m"}); it counts once its status is there."""
        self.create("resourcequotas", {"metadata": {"name": "few"}, "spec": {"hard": hard}})
        self.wait_for(lambda: self.get("resourcequotas", "few").get("status", {}).get("hard"), "the quota's count", 30, 0.1)

    # A server that does not come up.

    def deploy(self, *options, **more):
        return self.wva("deploy", "vllm", "--model", MODEL, *PATIENCE, *SMALL, *options, **more)

    def template(self, *changes):
        return ["--template", self.manifest("vllm.yaml", *changes)]

    def faulty(self, **settings):
        """A stand-in with these STANDIN_… variables in place of vLLM."""
        return ["--template", self.standin_template(**settings)]

    def stuck(self, result, words, *hints, about="pod vllm-POD"):
        """Both objects were made and stay, and the Deployment did not come up: exactly these words."""
        self.assertEqual((result.status, result.out), (1, CREATED), str(result))
        hints = [f"kubectl describe {about} -n NS", *hints]
        self.assertEqual(self.told(result.err), f"error: Deployment 'NS/vllm' cannot become ready: {words}\n"
                         + "".join(f"hint: {hint}\n" for hint in hints))
        self.there(["vllm"], ["vllm"])
        return result

    def there(self, deployments=(), services=()):
        self.assertEqual((self.names("deployments"), self.names("services")), (list(deployments), list(services)))

    # A level that fails.

    def bench(self, *options, server=None, **more):
        words = self.words(*ONE)
        return self.wva("bench", server or words[0], *words[1:], *PATIENCE, *options, **more)

    def job(self, *changes):
        return ["--job-template", self.manifest("guidellm-job.yaml", *changes)]

    def failed(self, result, words, *hints, jobs=(), status=1, start=FAILED):
        """Exactly these words; the Job is taken away unless it has a log to look at."""
        id_ = self.stopped(result, status, start + words, *hints, kept="0 of 1")
        self.assertEqual(self.made(id_), list(jobs))
        if not jobs:
            self.wait_for(lambda: self.names("pods") == [], "the pod's end", 60, 0.2)
        return id_
