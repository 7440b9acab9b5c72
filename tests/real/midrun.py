# SPDX-License-Identifier: Apache-2.0
"""What tests of failures in the middle of a measurement share: a server for all of them, runs of one or two short
levels, and what a run says and leaves when it ends early.
"""
import json
import re
import secrets
import signal

from harness import FAST, MODEL, RealTest

# In the background of a shell it is ignored, which what is started here would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

LEVELS = ["--levels", "1,4"]
QUICK = [*FAST, "--max-seconds", "6", "--level-warmup-seconds", "1"]

# What manifests/guidellm-job.yaml makes of a level.
DIGEST = {"digest": 1, "guidellm": "0.7.3", "strategy": "concurrent", "successful": 40, "errored": 0,
          "promptTokens": 128, "outputTokens": 32}

# A Job that leaves a digest at once, where neither GuideLLM nor its figures matter. `bench` appends its arguments.
INSTANT_JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: instant}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: guidellm
          image: guidellm
          command:
            - python3
            - -c
            - |
              import json, re, sys, time
              digest = json.loads('DIGEST')
              streams = int(re.search(r"(?:streams|rate)=([0-9]+)", " ".join(sys.argv)).group(1))
              digest.update(streams=streams, concurrency=streams, itl={"mean": 20 + 0.4 * streams, "count": 1240},
                            ttft={"mean": 40 + 0.01 * 128 * streams, "count": 40})
              time.sleep(SECONDS)
              with open("/dev/termination-log", "w") as file:
                  json.dump(digest, file)
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


class MidRun(RealTest):
    """Measures one server by its URL, from namespaces of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls("setUpClass")
        server.setUp()
        cls.addClassCleanup(server.doCleanups)
        server.serve("vllm", "--toleration", "test:NoExecute", load_seconds=0)
        cls.server = f"http://vllm.{server.namespace}.svc:8000"

    def enter(self, name):
        """A namespace of its own within a test."""
        self.namespace = self.make_namespace(f"{name}-{secrets.token_hex(3)}")

    def words(self, *levels):
        return [self.server, "--model", MODEL, "--max-batch-size", "64", *QUICK, *(levels or LEVELS)]

    def instant(self, seconds=0):
        """The options for a Job that measures nothing and takes no time."""
        path = f"{self.directory.name}/instant-{seconds}.yaml"
        with open(path, "w") as file:
            file.write(INSTANT_JOB.replace("DIGEST", json.dumps(DIGEST)).replace("SECONDS", str(seconds)))
        return ["--job-template", path]

    # What goes on.

    def pod(self, level):
        """The name of the running pod of a level."""
        def running():
            return [pod["metadata"]["name"] for pod in self.items("pods", f"kubectl-wva/level={level}") if any(
                "running" in status["state"] for status in pod["status"].get("containerStatuses", []))]
        return self.wait_for(running, f"a running pod of level {level}", 90, 0.2)[0]

    def delete(self, resource, name, **options):
        status, text = self.cluster.request("DELETE", self.path(resource, name), {
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background", **options})
        self.assertIn(status, (200, 202), text)

    def during(self, level, what, *options, levels=LEVELS):
        """Starts a bench, does something to the pod of a level once it runs, and returns the bench's end."""
        process = self.start("bench", *self.words(*levels), *options)
        self.addCleanup(process.kill)
        what(self.pod(level))
        result = self.finish(process)
        self.assertNotIn("Sanitizer", result.err)
        return result

    # What is left.

    def record(self):
        """(id, data) of the run's ConfigMap."""
        records = self.items("configmaps", "kubectl-wva/run")
        self.assertEqual(len(records), 1, records)
        return records[0]["metadata"]["labels"]["kubectl-wva/run"], records[0]["data"]

    def made(self, id_):
        """The Jobs that are there, by what follows the run's id in their names."""
        return [name.removeprefix(f"wva-{id_}-") for name in self.names("jobs")]

    def told(self, text):
        """From the error on, with NS and ID for what differs."""
        self.assertIn("error: ", text)
        text = re.sub(r"\bwva-(run-)?[a-z][a-z0-9]{9}\b", r"wva-\1ID", text[text.index("error: "):])
        text = re.sub(r"(--resume|cleanup|run) [a-z][a-z0-9]{9}\b", r"\1 ID", text)
        return text.replace(self.namespace, "NS")

    def stopped(self, result, status, message, *hints, kept="0 of 2", state="failed"):
        """Exactly these words from the error on, nothing on standard output, and the record; gives its id."""
        hints = [*hints, f"{kept} levels are kept; go on with: kubectl wva bench --resume ID -n NS",
                 "or remove all of it: kubectl wva cleanup ID -n NS"]
        self.assertEqual((result.status, result.out), (status, ""), str(result))
        self.assertEqual(self.told(result.err), f"error: {message}\n" + "".join(f"hint: {hint}\n" for hint in hints))
        id_, data = self.record()
        self.assertEqual(data["state"], state)
        return id_

    def goes_on(self, id_, *made, streams=(1, 4), options=(), **more):
        """`--resume` gives the whole result; `made` are all the Jobs that were made for it and are still there."""
        result = self.wva("bench", "--resume", id_, "-o", "json", *options, **more)
        if result.status:
            result.err += "".join(f"--- {level}\n{self.log(pod['metadata']['name'])[-6000:]}"
                                  for level, pod in self.job_pods(id_).items())
        self.whole(self.ok(result), streams)
        self.assertEqual(self.made(id_), sorted(made))
        return result

    def whole(self, result, streams=(1, 4)):
        levels = result.json["spec"]["levels"]
        self.assertEqual([level["streams"] for level in levels], list(streams))
        for level in levels:
            self.assertGreater(level["requests"]["successful"], 0)
            self.assertEqual(level["requests"]["errored"], 0)
            self.assertGreater(level["itl"]["meanMs"], 15)
            self.assertGreater(level["ttft"]["meanMs"], 30)
        self.assertEqual(self.record()[1]["state"], "measured")
