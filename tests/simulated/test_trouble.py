# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with `bench` and `run`: the words, the exit status, and what is left in the cluster."""
import json
import os
import re
import signal
import tempfile
import time
import unittest

from harness import MODEL, ROOT, SimTest

QUICK = ["--max-seconds", "10", "--level-warmup-seconds", "1", "--patience", "1s"]
NO_WARMUP = ["--warmup-seconds", "0"]
GUIDELLM = "ghcr.io/vllm-project/guidellm"

# A digest as the script in manifests/guidellm-job.yaml writes it.
DIGEST = {"digest": 1, "guidellm": "0.7.3", "strategy": "concurrent", "streams": 4, "successful": 40, "errored": 0,
          "incomplete": 4, "duration": 9, "concurrency": 4, "promptTokens": 129, "outputTokens": 128,
          "itl": {"mean": 7.1, "median": 7.1, "stdDev": 0.1, "min": 7, "count": 5080},
          "ttft": {"mean": 15.6, "median": 15.6, "stdDev": 0.1, "min": 15, "count": 40}}

# A Job whose container leaves a termination message and a log of the test's choice.
TEMPLATE = """
apiVersion: batch/v1
kind: Job
metadata: {name: odd}
spec:
  backoffLimit: 4
  template:
    spec:
      restartPolicy: OnFailure
      containers:
        - name: guidellm
          image: odd
          command: [/bin/sh, -c, 'printf %s "$TEXT" > /dev/termination-log; printf %s "$LOG"; exit "$STATUS"', odd]
          terminationMessagePolicy: FallbackToLogsOnError
          env:
"""


class TroubleTest(SimTest):
    """Measures one server by its URL, from namespaces of their own."""
    sim_args = ["--gpus-per-node", "10000", "--noise", "0"]
    serve = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.serve:
            server = cls("setUpClass")
            server.namespace = "bench"
            server.ok(server.wva("deploy", "vllm", "--model", MODEL))

    def enter(self, namespace):
        """A namespace of its own within a test."""
        self.namespace = namespace
        status, _ = self.sim.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        self.assertEqual(status, 201)

    def words(self):
        return ["http://vllm.bench.svc:8000", "--model", MODEL, "--max-batch-size", "64", "--levels", "4,64", *QUICK,
                *NO_WARMUP]

    def bench(self, *args, **more):
        return self.wva("bench", *self.words(), *args, **more)

    def run_words(self):
        return ["one", "--model", MODEL, "--levels", "4,64", *QUICK, *NO_WARMUP]

    def record(self):
        """(id, data) of the run's ConfigMap."""
        items = self.sim.get(self.path("configmaps"))["items"]
        self.assertEqual(len(items), 1)
        return items[0]["metadata"]["labels"]["kubectl-wva/run"], items[0]["data"]

    def told(self, text):
        """From the error on, with NS and ID for what differs."""
        text = re.sub(r"\bwva-(run-)?[a-z][a-z0-9]{9}\b", r"wva-\1ID", text[text.index("error: "):])
        text = re.sub(r"(--resume|cleanup|run) [a-z][a-z0-9]{9}\b", r"\1 ID", text)
        return re.sub(rf"(?<=-n ){self.namespace}\b|(?<='){self.namespace}(?=/)", "NS", text)

    def fails_so(self, result, status, message, *hints, kept="0 of 2", command="bench", jobs=(), state="failed"):
        """Exactly these words on standard error from the error on, nothing on standard output, and what is left."""
        hints = [*hints, f"{kept} levels are kept; go on with: kubectl wva {command} --resume ID -n NS",
                 "or remove all of it: kubectl wva cleanup ID -n NS"]
        self.assertEqual(result.status, status, str(result))
        self.assertEqual(result.out, "")
        self.assertEqual(self.told(result.err), f"error: {message}\n" + "".join(f"hint: {hint}\n" for hint in hints))
        id_, data = self.record()
        self.assertEqual(data["state"], state)
        self.assertEqual([name.replace(id_, "ID") for name in self.names("jobs")], list(jobs))
        return id_, data

    def during(self, level, process, what, out=""):
        """Does something once the pod of a level runs; the process's end."""
        pod = self.wait_for(lambda: self.running(level), f"a running pod of level {level}")
        what(pod)
        stdout, err = process.communicate(timeout=60)
        self.assertNotIn("Sanitizer", err)
        return type("Result", (), {"status": process.returncode, "out": stdout, "err": err, "__str__": lambda _: err})()

    def running(self, level):
        pods = self.sim.get(self.path("pods") + f"?labelSelector=kubectl-wva/level={level}")["items"]
        running = [pod["metadata"]["name"] for pod in pods if any(
            "running" in status["state"] for status in pod.get("status", {}).get("containerStatuses", []))]
        return running[0] if running else None

    def delete(self, resource, name):
        status, _ = self.sim.request("DELETE", self.path(resource, name))
        self.assertEqual(status, 200)


LEVEL = "level 1 of 2: concurrent, 4 streams"
FAILED = LEVEL + ": Job 'NS/wva-ID-1' failed: "
LOGS = "kubectl logs job/wva-ID-1 -n NS"


class GuideLLM(TroubleTest):
    """GuideLLM fails, or measures badly."""

    def test_it_fails(self):
        self.sim.fault("guidellm-fail path -1-")
        result = self.bench()
        told = self.told(result.err)
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertTrue(told.startswith("error: " + FAILED + "GuideLLM failed with exit status 1: "), told)
        self.assertIn(f"\nRuntimeError: Worker process group startup failed: error_event is set\nhint: {LOGS}\n", told)
        id_, data = self.record()
        self.assertEqual((data["state"], self.names("jobs")), ("failed", [f"wva-{id_}-1"]))

    def test_it_cannot_reach_the_server(self):
        result = self.bench("http://nowhere.bench.svc:8000")
        self.assertEqual(result.status, 2)
        words = self.words()
        words[0] = "http://nowhere.bench.svc:8000"
        result = self.wva("bench", *words)
        self.assertEqual(result.status, 1)
        self.assertIn("RuntimeError: Backend validation request failed. Could not connect to the server", result.err)

    def test_every_request_fails(self):
        self.sim.fault("guidellm-errors=1 path -1-")
        result = self.bench()
        result.err = re.sub(r"all \d+ failed", "all N failed", result.err)
        self.fails_so(result, 5, LEVEL + " is not good enough: no request succeeded: all N failed: "
                      "HTTPStatusError: Server error '500 Internal Server Error' for url 'http://vllm:8000/v1/completions'",
                      jobs=["wva-ID-1"])

    def test_too_many_requests_fail(self):
        self.sim.fault("guidellm-errors=0.2 path -1-")
        result = self.bench()
        problem = re.search(r"\d+ of \d+ requests failed \([0-9.]+ %, at most 2 % may\): HTTPStatusError: Server error '500 "
                            "Internal Server Error' for url 'http://vllm:8000/v1/completions'", result.err).group()
        _, data = self.fails_so(result, 5, f"{LEVEL} is not good enough: {problem}",
                                "accept it as it is: --resume with --allow-errors", jobs=["wva-ID-1"])
        self.assertGreater(json.loads(data["failed-level-1"])["requests"]["errored"], 0)
        self.enter("too-many-allowed")
        result = self.ok(self.bench("--allow-errors"))
        self.assertRegex(result.err, r"level 1: \d+ of \d+ requests failed \(.*\): HTTPStatusError: .* \(allowed\)\n")
        self.assertNotIn("level-1", self.record()[1].get("failed-level-1", ""))

    def test_too_few_streams(self):
        self.sim.fault("low-concurrency=0.5 path -1-")
        self.fails_so(self.bench(), 5, LEVEL + " is not good enough: 2 requests were in flight on average, 4 were wanted "
                      "(within 15 %)", "accept it as it is: --resume with --allow-concurrency", jobs=["wva-ID-1"])
        self.enter("too-few-allowed")
        self.assertIn("level 1: 2 requests were in flight on average, 4 were wanted (within 15 %) (allowed)\n",
                      self.ok(self.bench("--allow-concurrency")).err)

    def test_no_first_token(self):
        self.sim.fault("zero-ttft path -1-")
        self.fails_so(self.bench("--allow-errors"), 5, LEVEL + " is not good enough: the time to first token is 0 ms, it "
                      "must be above 0", jobs=["wva-ID-1"])

    def test_several_reasons_at_once(self):
        self.sim.fault("low-concurrency=0.5 path -1-", "guidellm-errors=0.2 path -1-")
        result = self.bench()
        self.assertRegex(result.err, r"is not good enough: \d+ of \d+ requests failed \(.*\): HTTPStatusError: .*; [0-9.]+ requests "
                         "were in flight")
        self.assertIn("hint: accept it as it is: --resume with --allow-errors --allow-concurrency\n", result.err)

    def test_the_levels_before_are_kept(self):
        self.sim.fault("low-concurrency=0.5 path -2-")
        self.fails_so(self.bench(), 5, "level 2 of 2: concurrent, 64 streams is not good enough: 32 requests were in flight "
                      "on average, 64 were wanted (within 15 %)", "accept it as it is: --resume with --allow-concurrency",
                      kept="1 of 2", jobs=["wva-ID-1", "wva-ID-2"])


class Pods(TroubleTest):
    """The level's pod does not come up, or does not stay."""

    def test_an_image_that_is_not_there(self):
        self.sim.fault(f"pull-not-found path {GUIDELLM}:v0.7.2")
        result = self.bench("--guidellm-image", f"{GUIDELLM}:v0.7.2")
        # The second after the first is back-off with the same words.
        result.err = re.sub(r'ImagePullBackOff: Back-off pulling image "\S+": (?=ErrImagePull)', "", result.err)
        self.fails_so(result, 1,
                      f'{FAILED}ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image '
                      f'"{GUIDELLM}:v0.7.2": failed to resolve reference "{GUIDELLM}:v0.7.2": {GUIDELLM}:v0.7.2: not found')

    def test_an_image_that_is_denied(self):
        self.sim.fault(f"pull-denied path {GUIDELLM}:v0.7.1")
        result = self.bench("--guidellm-image", f"{GUIDELLM}:v0.7.1")
        self.assertEqual((result.status, self.names("jobs")), (1, []))
        self.assertIn("v0.7.1]: 401 Unauthorized\nhint: 0 of 2 levels are kept", result.err)

    def test_a_registry_that_is_slow_is_waited_for(self):
        self.sim.fault("pull-slow=20 path guidellm:v0.6.1")
        self.ok(self.bench("--guidellm-image", f"{GUIDELLM}:v0.6.1"))

    def test_no_node(self):
        self.sim.fault("unschedulable path -1-")
        started = time.monotonic()
        self.fails_so(self.bench(), 1, FAILED + "unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no "
                      "new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for "
                      "scheduling.")
        self.assertGreater(time.monotonic() - started, 1)  # --patience

    def test_a_node_that_comes_is_waited_for(self):
        self.sim.fault("unschedulable path -1- times 3")
        self.ok(self.bench("--patience", "20s"))

    def test_quota(self):
        self.create("resourcequotas", {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"},
                                       "spec": {"hard": {"pods": "0"}}})
        self.fails_so(self.bench(), 1, FAILED + "pod refused: exceeded quota: none, requested: pods=1, used: pods=0, "
                      "limited: pods=0")

    def test_quota_that_becomes_free_is_waited_for(self):
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "0"}}}
        self.create("resourcequotas", quota)
        process = self.start("bench", *self.words(), "--patience", "20s", "-o", "name")
        self.wait_for(lambda: self.names("jobs"), "the Job")
        quota["spec"]["hard"]["pods"] = "5"
        self.sim.request("PUT", self.path("resourcequotas", "few"), quota)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, err)

    def test_pod_security(self):
        self.sim.request("PATCH", f"/api/v1/namespaces/{self.namespace}", {"metadata": {"labels": {
            "pod-security.kubernetes.io/enforce": "restricted"}}}, "application/merge-patch+json")
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            with open(os.path.join(ROOT, "manifests", "guidellm-job.yaml"), encoding="utf-8") as template:
                file.write(template.read().replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"))
            file.flush()
            started = time.monotonic()
            self.fails_so(self.bench("--job-template", file.name, "--patience", "1h"), 1,
                          FAILED + 'pod refused: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != '
                          'false (container "guidellm" must set securityContext.allowPrivilegeEscalation=false)')
            self.assertLess(time.monotonic() - started, 10)

    def test_a_secret_that_is_not_there(self):
        self.sim.fault("config-error path -1-")
        self.fails_so(self.bench(), 1, FAILED + 'CreateContainerConfigError: secret "hf-token" not found')

    def test_out_of_memory(self):
        self.sim.fault("oom path -1-")
        self.fails_so(self.bench(), 1, FAILED + "ended with exit status 137 (OOMKilled)", LOGS,
                      "give it more memory: --resume with --job-memory", jobs=["wva-ID-1"])

    def test_evicted(self):
        self.sim.fault("evict path -1-")
        self.fails_so(self.bench(), 1, FAILED + "Evicted: The node was low on resource: memory. Threshold quantity: 100Mi, "
                      "available: 52640Ki.", jobs=["wva-ID-1"])

    def test_the_pod_is_deleted(self):
        result = self.during(1, self.start("bench", *self.words()), lambda pod: self.delete("pods", pod))
        self.fails_so(result, 1, FAILED + "its pod was deleted before it had a result", jobs=["wva-ID-1"])

    def test_the_job_is_deleted(self):
        result = self.during(1, self.start("bench", *self.words()),
                             lambda pod: self.delete("jobs", pod.rsplit("-", 1)[0]))
        self.fails_so(result, 1, FAILED + "it was deleted while it was waited for")

    def test_the_record_is_deleted(self):
        process = self.start("bench", *self.words())
        result = self.during(1, process, lambda pod: self.delete("configmaps", self.names("configmaps")[0]))
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertEqual(self.told(result.err), f"error: ConfigMap 'NS/wva-run-ID' was deleted, and the run's Jobs with it: "
                         f"{FAILED}it was deleted while it was waited for\n"
                         "hint: nothing is left to go on with; remove the rest: kubectl wva cleanup ID -n NS\n")
        self.wait_for(lambda: self.names("jobs") + self.names("pods") == [], "the garbage collector")

    def test_the_namespace_is_deleted(self):
        process = self.start("bench", *self.words())
        result = self.during(1, process, lambda pod: self.sim.request("DELETE", f"/api/v1/namespaces/{self.namespace}"))
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn(" was deleted", result.err)
        self.assertNotIn("--resume", result.err)


class Results(TroubleTest):
    """A container that leaves something else than a digest."""

    def odd(self, text="", log="", status=0, args=()):
        """A bench whose first pod ends with this termination message, log and exit status."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(TEMPLATE)
            for name, value in (("TEXT", text), ("LOG", log), ("STATUS", str(status))):
                file.write(f"            - {{name: {name}, value: {json.dumps(value)}}}\n")
            file.flush()
            return self.bench("--job-template", file.name, *args)

    def test_a_lost_message_is_made_up_for_from_the_log(self):
        self.sim.fault("message-lost")
        result = self.ok(self.bench("-o", "json"))
        self.sim.clear_faults()
        self.enter("with-its-message")
        whole = self.ok(self.bench("-o", "json", "--seed", "7"))
        for lost, kept in zip(result.json["spec"]["levels"], whole.json["spec"]["levels"]):
            self.assertEqual(lost.keys(), kept.keys())
            self.assertEqual((lost["batch"], lost["streams"], lost["requests"]),
                             (kept["batch"], kept["streams"], kept["requests"]))
            self.assertAlmostEqual(lost["itl"]["meanMs"], kept["itl"]["meanMs"], delta=1e-8)

    def test_lost_altogether(self):
        self.sim.fault("message-lost path -1-", "log-lost path -1-")
        self.fails_so(self.bench(), 1, FAILED + "GuideLLM ended well, but its result is lost: the container left no "
                      "termination message; the log holds no report: its begin marker is missing", LOGS, jobs=["wva-ID-1"])

    def test_a_digest_is_enough(self):
        self.ok(self.odd(json.dumps(DIGEST), args=["--levels", "4", "--allow-concurrency"]))

    def test_messages_that_are_no_digest(self):
        lost = FAILED + "GuideLLM ended well, but its result is lost: "
        no_log = "; the log holds no report: its begin marker is missing"
        for number, (text, words) in enumerate([
                ("all good", "the digest in the termination message: "),
                (json.dumps(DIGEST)[:300], "the digest in the termination message: "),
                ("[1, 2]", "the container left no digest: its termination message is something else"),
                (json.dumps({**DIGEST, "digest": 9}), "the digest has another version than 1: "),
                (json.dumps({**DIGEST, "itl": {"mean": "fast"}}), "the digest's field itl.mean is not of its kind"),
                (json.dumps({**DIGEST, "itl": {"mean": 1e999}}), "the digest in the termination message: "),
                ("\x1b[31mred", "the digest in the termination message: ")]):
            with self.subTest(text):
                self.enter(f"no-digest-{number}")
                result = self.fails(self.odd(text), 1)
                self.assertIn("error: " + lost + words, self.told(result.err))
                self.assertIn(no_log + "\nhint: " + LOGS, self.told(result.err))
                self.assertNotIn("\x1b", result.err)

    def test_of_a_failure_the_end_is_told(self):
        self.fails_so(self.odd(log="x" * 3000 + "\nlast but one\n\x1b[31mlast\n", status=3), 1,
                      FAILED + "ended with exit status 3 (Error)\nlast but one\n?[31mlast", LOGS, jobs=["wva-ID-1"])

    def test_a_failure_in_silence(self):
        self.fails_so(self.odd(status=3), 1, FAILED + "ended with exit status 3 (Error)", LOGS, jobs=["wva-ID-1"])

    def test_tokens_not_as_asked(self):
        self.fails_so(self.odd(json.dumps({**DIGEST, "promptTokens": 300, "outputTokens": 20})), 5,
                      LEVEL + " is not good enough: the prompts had 300 tokens on average, 128 were asked for; the outputs "
                      "had 20 tokens on average, 128 were asked for", "accept it as it is: --resume with --allow-tokens",
                      jobs=["wva-ID-1"])
        self.enter("tokens-allowed")
        result = self.odd(json.dumps({**DIGEST, "promptTokens": 300, "concurrency": None}), args=["--allow-tokens"])
        self.assertIn("level 1: the prompts had 300 tokens on average, 128 were asked for (allowed)\n", self.ok(result).err)

    def test_one_pod_whatever_the_template_says(self):
        self.odd(status=1)
        time.sleep(0.3)  # 30 s: a backoff limit of 4 would have made two more pods
        self.assertEqual(len(self.names("pods")), 1)


class Server(TroubleTest):
    """`run`: trouble with the server, with its name, and with what it is for."""
    serve = False

    def start_run(self, *args):
        return self.start("run", *self.run_words(), *args)

    def test_the_server_goes_in_mid_run(self):
        def take_away(_):
            self.sim.fault("never-ready path one-")
            self.delete("pods", [name for name in self.names("pods") if name.startswith("one-")][0])
        result = self.during(1, self.start_run(), take_away)
        self.assertIn("RuntimeError: Backend validation request failed. Could not connect to the server", result.err)
        self.assertIn("\nhint: deployment/one is there, but not ready\nhint: 1 of 2 levels are kept; ", result.err)
        id_, data = self.record()
        self.assertEqual((result.status, result.out, data["state"]), (1, "", "failed"))
        self.sim.clear_faults()
        self.ok(self.wva("run", "--resume", id_))
        self.assertEqual(self.names("deployments"), [])

    def test_the_service_goes_in_mid_run(self):
        result = self.during(1, self.start_run(), lambda _: self.delete("services", "one"))
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertIn("RuntimeError: Backend validation request failed. Could not connect to the server", result.err)
        self.assertIn("\nhint: deployment/one goes on running\nhint: 1 of 2 levels are kept; ", result.err)
        self.ok(self.wva("run", "--resume", self.record()[0]))

    def test_a_server_that_does_not_come_up(self):
        self.sim.fault("crash path one-")
        result = self.wva("run", *self.run_words())
        self.assertIn("error: Deployment '", result.err)
        self.assertIn("\nhint: deployment/one is there, but not ready\n", result.err)
        id_, data = self.record()
        self.assertEqual((result.status, result.out, data["state"], self.names("jobs")), (1, "", "failed", []))
        self.sim.clear_faults()
        self.delete("deployments", "one")
        self.ok(self.wva("run", "--resume", id_))

    def left_alone(self, kind, resource):
        before = self.get(resource, "one")
        result = self.fails(self.wva("run", *self.run_words()), 3,
                            f"error: {kind} '{self.namespace}/one' exists and is not this run's: it is left as it is\n"
                            f"hint: measure it as it is: kubectl wva bench {kind.lower()}/one -n {self.namespace}; or choose "
                            "another name\n")
        self.assertNotIn("run ", result.err.split("error: ")[0])
        after = self.get(resource, "one")
        self.assertEqual((after["metadata"]["uid"], after["spec"]), (before["metadata"]["uid"], before["spec"]))
        self.assertEqual(self.names("configmaps") + self.names("jobs"), [])

    def test_a_deployment_of_deploy_is_left_alone(self):
        self.ok(self.wva("deploy", "one", "--model", MODEL))
        self.left_alone("Deployment", "deployments")

    def test_somebody_else_s_objects_are_left_alone(self):
        labels = {"app": "theirs"}
        self.create("services", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "one"},
                                 "spec": {"selector": labels, "ports": [{"port": 80}]}})
        self.left_alone("Service", "services")
        self.create("deployments", {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "one"},
            "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "theirs"}]}}}})
        self.left_alone("Deployment", "deployments")

    def test_the_variantautoscaling_s_own_name(self):
        self.variantautoscaling("one")
        self.fails(self.wva("run", *self.run_words(), "--va", "one"), 2,
                   "error: the benchmark Deployment must not have the VariantAutoscaling's name 'one': WVA ties the two "
                   "together, and deleting the Deployment at the end would delete the VariantAutoscaling\n"
                   "hint: choose another name (kubectl wva run one-bench …), or --keep it\n")
        self.assertEqual(self.names("configmaps") + self.names("deployments"), [])
        self.ok(self.wva("run", *self.run_words(), "--va", "one", "--keep"))
        self.assertEqual(self.names("deployments"), ["one"])

    def test_no_variantautoscaling_is_told_before_anything_is_made(self):
        self.fails(self.wva("run", *self.run_words(), "--va", "nope"), 1,
                   'error: variantautoscalings.llmd.ai "nope" not found\n'
                   f"hint: kubectl get variantautoscalings -n {self.namespace}\n")
        self.assertEqual(self.names("configmaps") + self.names("deployments") + self.names("jobs"), [])

    def test_a_variantautoscaling_that_goes_in_mid_run(self):
        self.variantautoscaling()
        process = self.start_run("--va", "llama", "-o", "json")
        result = self.during(2, process, lambda _: self.delete("variantautoscalings", "llama"))
        id_, data = self.fails_so(
            result, 1, 'cannot write the parameters: variantautoscalings.llmd.ai "llama" not found',
            "kubectl get variantautoscalings -n NS", "or make it with --create --deployment llama",
            kept="2 of 2", command="run", state="measured", jobs=["wva-ID-1", "wva-ID-2"])
        self.assertEqual(self.names("deployments") + self.names("services"), [])  # GPUs are not held for nothing
        self.variantautoscaling()
        made = len(self.names("jobs"))
        self.ok(self.wva("run", "--resume", id_))
        self.assertEqual((len(self.names("jobs")), self.record()[1]["state"]), (made, "applied"))
        entry = self.get("variantautoscalings", "llama")["spec"]["modelProfile"]["accelerators"][1]
        self.assertAlmostEqual(float(entry["perfParms"]["decodeParms"]["alpha"]), 7, delta=0.01)


class Rights(TroubleTest):
    """One right short."""
    serve = False

    def refused(self, result, words, state=None, left=()):
        """Exit status 3 in the API server's words; the record's state, and the objects that are left."""
        self.assertEqual((result.status, result.out), (3, ""), str(result))
        self.assertIn(words, result.err)
        self.assertIn("is forbidden: User \"sim-admin\" cannot ", result.err)
        self.assertEqual(self.names("deployments") + self.names("services"), list(left))
        records = self.sim.get(self.path("configmaps"))["items"]
        self.assertEqual([record["data"]["state"] for record in records], [state] if state else [])

    def test_one_verb_short(self):
        made = ["one", "one"]
        for number, (method, path, words, state, left) in enumerate([
                # Told before anything is made.
                ("GET", "/deployments/one", 'cannot get resource "deployments"', None, []),
                ("GET", "/services/one", 'cannot get resource "services"', None, []),
                ("GET", "/variantautoscalings/llama", 'cannot get resource "variantautoscalings"', None, []),
                ("PATCH", "/variantautoscalings/llama", 'cannot patch resource "variantautoscalings"', None, []),
                ("POST", "/jobs", 'cannot create resource "jobs"', None, []),
                ("POST", "/configmaps", 'cannot create resource "configmaps"', None, []),
                # While the server is brought up.
                ("PATCH", "/deployments/one", 'cannot patch resource "deployments"', "failed", ["one"]),
                ("PATCH", "/services/one", 'cannot patch resource "services"', "failed", []),
                ("GET", "/deployments?", 'cannot list resource "deployments"', "failed", made),
                ("GET", "/deployments?watch", 'cannot watch resource "deployments"', "failed", made),
                ("GET", "/pods?", 'cannot list resource "pods"', "failed", made),
                # While it is measured.
                ("GET", "/jobs?", 'cannot list resource "jobs"', "failed", made),
                ("GET", "/jobs?watch", 'cannot watch resource "jobs"', "failed", made),
                ("PATCH", "/configmaps", 'cannot patch resource "configmaps"', "measuring", made)]):
            with self.subTest(method=method, path=path):
                self.enter(f"short-{number}")
                self.variantautoscaling()
                self.sim.fault(f"forbidden on {method} path /namespaces/{self.namespace}{path}")
                self.refused(self.wva("run", *self.run_words(), "--va", "llama"), words, state, left)

    def test_deleting_the_server(self):
        self.variantautoscaling()
        self.sim.fault(f"forbidden on DELETE path {self.path('deployments')}")
        result = self.wva("run", *self.run_words(), "--va", "llama")
        self.refused(result, "error: the parameters are done, but cleaning up failed: cannot delete deployment.apps/one in "
                     f"namespace {self.namespace}: ", "applied", ["one", "one"])
        self.sim.clear_faults()
        self.ok(self.wva("run", "--resume", self.record()[0]))
        self.assertEqual(self.names("deployments") + self.names("services"), [])

    def test_deleting_the_job(self):
        self.sim.fault(f"forbidden on DELETE path {self.path('jobs')}")
        process = self.start("run", *self.run_words())
        result = self.during(1, process, lambda _: process.send_signal(signal.SIGINT))
        self.assertEqual(result.status, 130)
        self.assertRegex(result.err, r'\nJob wva-\S+-1 is still there: jobs\.batch "wva-\S+-1" is forbidden: ')

    def test_events_can_be_done_without(self):
        self.sim.fault("forbidden path /events")
        self.ok(self.wva("run", *self.run_words()))

    def test_a_refused_pod_nobody_tells_of(self):
        """Without the right to read events a quota shows as a Job without a pod."""
        self.create("resourcequotas", {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"},
                                       "spec": {"hard": {"pods": "0"}}})
        self.sim.fault(f"forbidden path {self.path('events')}")
        self.fails_so(self.bench(), 1, FAILED + "no pod is created for it; Events would say why, but may not be read")

    def test_logs_can_be_done_without(self):
        self.sim.fault("forbidden path /log")
        self.ok(self.wva("run", *self.run_words()))

    def test_the_rights_that_the_docs_ask_for(self):
        self.namespace = "bench"
        self.variantautoscaling()
        self.ok(self.wva("run", *self.run_words(), "--va", "llama", "--context", "user"))
        self.assertEqual(self.record()[1]["state"], "applied")

    def test_who_may_do_nothing(self):
        self.namespace = "bench"
        for user in ("viewer", "nobody", "anonymous"):
            result = self.wva("run", "nothing", *self.run_words()[1:], "--context", user)
            self.assertEqual((result.status, result.out), (3, ""), str(result))
            self.assertIn("forbidden", result.err)


class Hours(TroubleTest):
    """What takes long, in time that runs fast."""
    sim_args = TroubleTest.sim_args + ["--speed", "2000"]

    def test_the_deadline(self):
        self.sim.fault("guidellm-hang path -1-")
        self.fails_so(self.bench(), 1, FAILED + "Job was active longer than specified deadline (DeadlineExceeded)",
                      jobs=["wva-ID-1"])

    def test_the_deadline_is_told_even_if_the_pod_ends_first(self):
        """The Job's events come late: its pod's deletion is seen before the reason."""
        self.sim.fault("guidellm-hang path -1-", f"delay=1500 path {self.path('jobs')}?watch")
        self.fails_so(self.bench(), 1, FAILED + "Job was active longer than specified deadline (DeadlineExceeded)",
                      jobs=["wva-ID-1"])

    def test_the_node_is_lost(self):
        result = self.during(1, self.start("bench", *self.words(), "--max-seconds", "600"),
                             lambda _: self.sim.fault("node-lost"))
        self.fails_so(result, 1, FAILED + "its pod was ended: Taint manager: deleting due to NoExecute taint "
                      "(DeletionByTaintManager)", jobs=["wva-ID-1"])


if __name__ == "__main__":
    unittest.main()
