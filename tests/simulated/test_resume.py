# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed, interrupted or cut off, and gone on with: no level is measured twice, no two at once."""
import json
import os
import re
import signal
import tempfile
import time
import unittest

from harness import MODEL, ROOT, SimTest, Watch, deviation

TRUTH = {"alpha": 7.0, "beta": 0.03, "gamma": 15.0, "delta": 0.0014}

# Two levels and a warm-up: three Jobs, half a second.
QUICK = ["--levels", "1,64", "--max-seconds", "10", "--warmup-seconds", "2", "--level-warmup-seconds", "1"]
LEVELS = ["1", "2", "warmup"]
LOAD_SECONDS = 10

# What manifests/guidellm-job.yaml makes of a level.
DIGEST = {"digest": 1, "strategy": "concurrent", "streams": 1, "successful": 40, "errored": 0, "concurrency": 1,
          "promptTokens": 129, "outputTokens": 128, "itl": {"mean": 7, "count": 5080}, "ttft": {"mean": 15, "count": 40}}


class RequestLog:
    """The requests that the simulated cluster writes down as it answers them, followed as they come."""

    def __init__(self, sim):
        self.file = open(os.path.join(sim.state, "requests.jsonl"), encoding="utf-8")
        self.file.seek(0, os.SEEK_END)
        self.rest = ""

    def close(self):
        self.file.close()

    def new(self):
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        return [request for request in map(json.loads, lines) if request.get("userAgent", "").startswith("kubectl-wva/")]


class PodWatch(Watch):
    """How many pods of levels were alive at once, by a watch of one's own."""

    def __init__(self, test):
        self.alive, self.most = set(), 0
        super().__init__(test.cluster, test.path("pods"), "kubectl-wva/level")

    def take(self, kind, pod):
        states = [status["state"] for status in pod.get("status", {}).get("containerStatuses", [])]
        running = any("running" in state for state in states)
        ended = any("terminated" in state for state in states)
        started = running or (not ended and "deletionTimestamp" not in pod["metadata"])
        if kind != "DELETED" and started and pod["status"].get("phase") not in ("Succeeded", "Failed"):
            self.alive.add(pod["metadata"]["name"])
        else:
            self.alive.discard(pod["metadata"]["name"])
        self.most = max(self.most, len(self.alive))


class ResumeTest(SimTest):
    sim_args = ["--gpus-per-node", "10000", "--load-seconds", str(LOAD_SECONDS), "--noise", "0"]
    sim_args += [word for name, value in TRUTH.items() for word in (f"--{name}", str(value))]

    def setUp(self):
        super().setUp()
        self.variantautoscaling()

    def enter(self, namespace):
        """A namespace of its own within a test."""
        self.namespace = namespace
        status, _ = self.sim.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        self.assertEqual(status, 201)
        self.variantautoscaling()

    def start_run(self, *args):
        return self.start("run", "one", "--model", MODEL, "--va", "llama", *QUICK, *args)

    # What a run has left so far.

    def records(self):
        return {item["metadata"]["labels"]["kubectl-wva/run"]: item["data"]
                for item in self.sim.get(self.path("configmaps"))["items"]}

    def only_record(self):
        records = self.records()
        self.assertEqual(len(records), 1, records.keys())
        return next(iter(records.items()))

    def jobs(self):
        return self.sim.get(self.path("jobs"))["items"]

    def job(self, level):
        found = [job for job in self.jobs() if job["metadata"]["labels"]["kubectl-wva/level"] == level]
        self.assertEqual(len(found), 1, [job["metadata"]["name"] for job in found])
        return found[0]

    def made(self):
        """Levels of the Jobs that were created, in order."""
        made = [json.loads(request["body"]) for request in self.sent()
                if request["method"] == "POST" and request["status"] == 201 and "dryRun" not in request["path"]
                and request["path"].startswith(self.path("jobs") + "?")]
        return [job["metadata"]["labels"]["kubectl-wva/level"] for job in made]

    def running_pod(self, level):
        """Waits until the container of a level's pod runs."""
        def look():
            pods = self.sim.get(self.path("pods") + f"?labelSelector=kubectl-wva/level={level}")["items"]
            return [pod for pod in pods if any("running" in status["state"] for status in
                                               pod.get("status", {}).get("containerStatuses", []))]
        return self.wait_for(look, f"a running pod of level {level}")[0]

    def end(self, process, signals=()):
        """(status, standard output, standard error) of a process, after signals."""
        for number in signals:
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
        self.assertNotIn("Sanitizer", err)
        self.assertNotIn("runtime error", err)
        return process.returncode, out, err

    def check_done(self, result):
        """The end that an undisturbed run has, too."""
        self.ok(result)
        entry = self.get("variantautoscalings", "llama")["spec"]["modelProfile"]["accelerators"][1]
        written = {**entry["perfParms"]["decodeParms"], **entry["perfParms"]["prefillParms"]}
        for name, true in TRUTH.items():
            self.assertLess(deviation(float(written[name]), true), 0.03, (name, written))
        self.assertEqual(self.only_record()[1]["state"], "applied")
        self.assertEqual(self.names("deployments") + self.names("services"), [])


def seed(job):
    return re.search(r"kind=static,value=(\d+)", " ".join(
        job["spec"]["template"]["spec"]["containers"][0]["args"])).group(1)


class Killed(ResumeTest):
    """SIGKILL, after each write that the client makes."""

    def kill_after(self, process, writes):
        """Kills a client after that many writes; False when it ended before."""
        log = self.log
        while process.poll() is None:
            for request in log.new():
                writes -= request["method"] != "GET"
            if writes <= 0:
                process.kill()
                break
            time.sleep(0.001)
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def setUp(self):
        super().setUp()
        self.log = RequestLog(self.sim)
        self.addCleanup(self.log.close)

    def test_run_at_every_write(self):
        survived = 0
        for writes in range(1, 40):
            with self.subTest(writes=writes):
                self.enter(f"run-{writes}")
                self.log.new()
                watch = PodWatch(self)
                self.addCleanup(watch.stop)
                killed = self.kill_after(self.start_run(), writes)
                records = self.records()
                if not records:
                    self.assertEqual(self.names("deployments") + self.names("services") + self.names("jobs"), [])
                    continue
                id_, record = next(iter(records.items()))
                listed = self.ok(self.wva("runs", "-o", "json")).json
                self.assertEqual([(run["run"], run["state"]) for run in listed], [(id_, record["state"])])
                self.check_done(self.wva("run", "--resume", id_))
                self.assertEqual(sorted(self.made()), LEVELS)
                self.assertEqual(watch.most, 1)
                survived += killed
            if not killed:
                break
        self.assertFalse(killed, "there are more writes than that")
        self.assertGreater(survived, 15)

    def test_bench_at_every_write(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))
        for writes in range(1, 30):
            with self.subTest(writes=writes):
                before = set(self.records())
                made = len(self.made())
                self.log.new()
                killed = self.kill_after(self.start("bench", "vllm", *QUICK), writes)
                new = set(self.records()) - before
                self.assertEqual(len(new), 1)
                result = self.ok(self.wva("bench", "--resume", new.pop(), "-o", "json"))
                self.assertEqual([level["streams"] for level in result.json["spec"]["levels"]], [1, 64])
                self.assertEqual(sorted(self.made()[made:]), LEVELS)
            if not killed:
                break
        self.assertFalse(killed, "there are more writes than that")
        self.assertGreater(writes, 10)
        self.assertEqual(self.names("deployments"), ["vllm"])

    def test_cleanup_removes_what_a_killed_run_left(self):
        process = self.start_run()
        self.running_pod("1")
        process.kill()
        process.communicate()
        id_, _ = self.only_record()
        result = self.ok(self.wva("cleanup", id_))
        for gone in ("deployment.apps/one", "service/one", f"configmap/wva-run-{id_}", f"job.batch/wva-{id_}-1"):
            self.assertIn(f"{gone} deleted\n", result.out)
        self.wait_for(lambda: self.names("pods") == [], "pods to go")
        for resource in ("deployments", "services", "jobs", "configmaps"):
            self.assertEqual(self.names(resource), [], resource)
        self.fails(self.wva("run", "--resume", id_), 1, f"cannot find run {id_} in namespace {self.namespace}: ")


class Interrupted(ResumeTest):
    def interrupt(self, process, *signals):
        """Interrupts a run while level 1 is measured."""
        job = self.running_pod("1")["metadata"]["labels"]["job-name"]
        return job, *self.end(process, signals)

    def check_interrupted(self, command, job, status, out, err, left=""):
        id_, record = self.only_record()
        self.assertEqual((status, out), (130, ""), err)
        self.assertEqual(err[err.index("error: "):],
                         "error: level 1 of 2: concurrent, 1 stream: canceled\n" + left +
                         f"hint: 0 of 2 levels are kept; go on with: kubectl wva {command} --resume {id_} -n "
                         f"{self.namespace}\n"
                         f"hint: or remove all of it: kubectl wva cleanup {id_} -n {self.namespace}\n")
        self.assertEqual(record["state"], "interrupted")
        self.assertEqual(record["warmup"], "done")
        self.wait_for(lambda: job not in self.names("jobs"), "the Job to go")
        return id_

    def check_second_try(self, id_, first_seed):
        """Level 1 got another Job with another seed, everything else one."""
        self.assertEqual(sorted(self.made()), ["1", "1", "2", "warmup"])
        again = self.job("1")
        self.assertEqual(again["metadata"]["name"], f"wva-{id_}-1-try2")
        self.assertNotEqual(seed(again), first_seed)

    def test_by_ctrl_c_and_resumed(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                self.enter(f"by-{number.name.lower()}")
                process = self.start_run()
                self.running_pod("1")
                first_seed = seed(self.job("1"))
                watch = PodWatch(self)
                self.addCleanup(watch.stop)
                id_ = self.check_interrupted("run", *self.interrupt(process, number),
                                             left="hint: deployment/one goes on running\n")
                self.assertEqual(self.names("deployments"), ["one"])
                # At once, while the pod of the first try may still end.
                self.check_done(self.wva("run", "--resume", id_))
                self.check_second_try(id_, first_seed)
                self.assertEqual(watch.most, 1)

    def test_bench(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))
        process = self.start("bench", "vllm", *QUICK)
        self.running_pod("1")
        first_seed = seed(self.job("1"))
        id_ = self.check_interrupted("bench", *self.interrupt(process, signal.SIGINT))
        self.ok(self.wva("bench", "--resume", id_))
        self.check_second_try(id_, first_seed)
        self.assertEqual(self.names("deployments"), ["vllm"])

    def test_a_pod_that_takes_its_time_to_end_is_waited_for(self):
        """The first try's pod lives on for its whole grace period: 60 s, less than a second here."""
        template = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": {
            "terminationGracePeriodSeconds": 60, "containers": [{
                "name": "guidellm", "terminationMessagePath": "/dev/termination-log", "command": [
                    "/bin/sh", "-c", f"trap '' TERM; sleep 1; echo '{json.dumps(DIGEST)}' > /dev/termination-log"]}]}}}}
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump(template, file)
            file.flush()
            process = self.start("bench", "http://somewhere:8000", "--model", MODEL, "--max-batch-size", "64", *QUICK,
                                 "--warmup-seconds", "0", "--allow-concurrency", "--job-template", file.name)
            watch = PodWatch(self)
            self.addCleanup(watch.stop)
            pod = self.running_pod("1")["metadata"]["name"]
            self.assertEqual(self.end(process, [signal.SIGINT])[0], 130)
            result = self.ok(self.wva("bench", "--resume", self.only_record()[0]))
        self.assertIn(f"\nwaiting for pod {pod} to end\n", result.err)
        self.assertEqual(watch.most, 1)

    def test_a_second_one_ends_it_at_once(self):
        process = self.start_run()
        self.running_pod("1")
        self.sim.fault(f"stall=5 on DELETE path {self.path('jobs')}")
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        start = time.monotonic()
        status, out, _ = self.end(process, [signal.SIGINT])
        self.assertEqual((status, out), (-signal.SIGINT, ""))
        self.assertLess(time.monotonic() - start, 2)
        self.sim.clear_faults()
        self.check_done(self.wva("run", "--resume", self.only_record()[0]))

    def test_while_the_server_loads(self):
        self.sim.fault("never-ready path one-")
        process = self.start_run()
        self.wait_for(lambda: "one" in self.names("deployments"), "the Deployment")
        time.sleep(0.2)
        status, out, err = self.end(process, [signal.SIGINT])
        id_, record = self.only_record()
        self.assertEqual((status, out, record["state"]), (130, "", "interrupted"), err)
        self.assertIn("\nhint: deployment/one is there, but not ready\n"
                      f"hint: 0 of 2 levels are kept; go on with: kubectl wva run --resume {id_} ", err)
        self.sim.clear_faults()
        self.check_done(self.wva("run", "--resume", id_))


class Away(ResumeTest):
    """What happens in the cluster while there is no client."""

    def leave(self, *args):
        """A run whose client dies while level 1 is measured; its id."""
        process = self.start_run("--max-seconds", "60", *args)  # long enough to be killed in, when the machine is busy
        self.running_pod("1")
        process.kill()
        process.communicate()
        return self.only_record()[0]

    def ended(self, level):
        def complete():
            return any(condition["type"] == "Complete" for condition in self.job(level)["status"].get("conditions", []))
        self.wait_for(complete, f"the Job of level {level} to complete")

    def template(self, old, new):
        """The Job's template with a change, in a file."""
        with open(os.path.join(ROOT, "manifests", "guidellm-job.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        changed = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.addCleanup(changed.close)
        changed.write(text.replace(old, new))
        changed.flush()
        return changed.name

    def test_a_job_that_ended_meanwhile_is_not_repeated(self):
        id_ = self.leave()
        self.ended("1")
        self.check_done(self.wva("run", "--resume", id_))
        self.assertEqual(sorted(self.made()), LEVELS)

    def test_a_job_that_failed_meanwhile_is_repeated(self):
        self.sim.fault("guidellm-fail path -1-")
        id_ = self.leave()
        self.wait_for(lambda: self.job("1")["status"].get("failed"), "the Job to fail")
        self.sim.clear_faults()
        self.check_done(self.wva("run", "--resume", id_))
        self.assertEqual(sorted(self.made()), ["1", "1", "2", "warmup"])

    def test_a_job_removed_by_its_ttl_is_repeated(self):
        id_ = self.leave("--job-template", self.template("ttlSecondsAfterFinished: 86400", "ttlSecondsAfterFinished: 10"))
        first_seed = seed(self.job("1"))
        self.wait_for(lambda: f"wva-{id_}-1" not in self.names("jobs"), "the Job to be removed")
        self.check_done(self.wva("run", "--resume", id_))
        made = [job for job in map(json.loads, (r["body"] for r in self.sent() if r["method"] == "POST"
                                                and "/jobs" in r["path"] and "dryRun" not in r["path"]))]
        again = [job for job in made if job["metadata"]["name"] == f"wva-{id_}-1-try2"]
        self.assertEqual(len(again), 1)
        self.assertNotEqual(seed(again[0]), first_seed)

    def test_a_job_whose_pod_is_gone_is_repeated(self):
        id_ = self.leave()
        self.ended("1")
        pod = [name for name in self.names("pods") if name.startswith(f"wva-{id_}-1-")][0]
        self.sim.request("DELETE", self.path("pods", pod))
        self.wait_for(lambda: pod not in self.names("pods"), "the pod to go")
        self.check_done(self.wva("run", "--resume", id_))
        self.assertEqual(sorted(self.made()), ["1", "1", "2", "warmup"])

    def test_a_namespace_that_goes(self):
        """Whether its record is still there or not, nothing is to be gone on with."""
        process = self.start_run("--max-seconds", "60", "--job-template", self.template(
            "terminationGracePeriodSeconds: 10", "terminationGracePeriodSeconds: 40"))
        self.running_pod("1")
        self.assertEqual(self.sim.request("DELETE", f"/api/v1/namespaces/{self.namespace}")[0], 200)
        id_ = self.only_record()[0]
        status, out, err = self.end(process)
        self.assertEqual((status, out), (1, ""), err)
        # Which of them is deleted first is the cluster's choice.
        gone = (f"namespace '{self.namespace}' is being deleted",
                f"ConfigMap '{self.namespace}/wva-run-{id_}' was deleted, and the run's Jobs with it")
        words = (f": level 1 of 2: concurrent, 1 stream: Job '{self.namespace}/wva-{id_}-1' failed: it was deleted while it "
                 "was waited for\n")
        self.assertTrue(any(f"error: {what}{words}" in err for what in gone), err)
        self.assertIn("hint: nothing is left to go on with; ", err)
        self.assertNotIn("--resume", err)
        self.wait_for(lambda: self.sim.get(f"/api/v1/namespaces/{self.namespace}") is None, "the namespace to go")

    def test_a_server_that_is_gone_is_brought_up_again(self):
        id_ = self.leave()
        self.ended("1")
        for resource in ("deployments", "services"):
            self.sim.request("DELETE", self.path(resource, "one"))
        self.check_done(self.wva("run", "--resume", id_))
        self.assertEqual(sorted(self.made()), LEVELS)

    def test_somebody_else_s_server_in_its_place_is_left_alone(self):
        id_ = self.leave()
        self.sim.request("DELETE", self.path("deployments", "one"))
        self.wait_for(lambda: self.names("deployments") == [], "the Deployment to go")
        self.sim.request("DELETE", self.path("services", "one"))
        self.ok(self.wva("deploy", "one", "--model", MODEL))
        theirs = self.get("deployments", "one")["metadata"]["uid"]
        self.fails(self.wva("run", "--resume", id_), 3,
                   f"Deployment '{self.namespace}/one' exists and is not this run's: it is left as it is")
        self.assertEqual(self.get("deployments", "one")["metadata"]["uid"], theirs)

    def test_two_clients_go_on_at_once(self):
        id_ = self.leave()
        watch = PodWatch(self)
        self.addCleanup(watch.stop)
        both = [self.start("run", "--resume", id_, "-o", "json") for _ in range(2)]
        ends = [self.end(process) for process in both]
        self.assertEqual([status for status, _, _ in ends], [0, 0], ends)
        self.assertEqual(json.loads(ends[0][1])["spec"]["parameters"], json.loads(ends[1][1])["spec"]["parameters"])
        self.assertEqual(sorted(self.made()), LEVELS)
        self.assertEqual(watch.most, 1)
        self.assertEqual(self.names("deployments") + self.names("services"), [])


class Slow(ResumeTest):
    """In real time, where there is some between the end of a pod and what its Job says of it."""
    sim_args = [*ResumeTest.sim_args, "--speed", "1"]

    def test_a_job_whose_pod_is_being_deleted_is_not_taken_up(self):
        template = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": {"containers": [{
            "name": "guidellm", "command": ["/bin/sh", "-c", "trap 'sleep 0.4; exit 1' TERM; sleep 1 & wait; "
                                            f"echo '{json.dumps(DIGEST)}' > /dev/termination-log"]}]}}}}
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump(template, file)
            file.flush()
            process = self.start("bench", "http://somewhere:8000", "--model", MODEL, "--max-batch-size", "64", "--levels",
                                 "1", "--warmup-seconds", "0", "--job-template", file.name)
            pod = self.running_pod("1")["metadata"]["name"]
            process.kill()
            process.communicate()
            self.sim.request("DELETE", self.path("pods", pod))
            id_ = self.only_record()[0]
            self.assertNotIn("failed", self.job("1")["status"])
            self.ok(self.wva("bench", "--resume", id_))
        self.assertEqual(self.made(), ["1", "1"])


class ServerTrouble(ResumeTest):
    """An API server that misbehaves for a while in mid-run. All at once, in namespaces of their own."""
    faults = {
        "watch-close": "watch-close after 8 times 9",
        "watch-gone": "watch-gone after 8 times 9",
        "dropped": "drop after 22 times 5",
        "reset": "reset after 22 times 5",
        "unavailable": "status=503 after 22 times 5",
        "bad-gateway": "html=502 after 22 times 4",
        "throttled": "status=429 retry=1 after 22 times 3",
        "drip": "drip after 22 times 4",
        "cut": "cut=40 after 22 times 4",
    }

    def test_a_run_survives(self):
        running = {}
        for name, fault in self.faults.items():
            self.enter(f"trouble-{name}")
            action, rest = fault.split(" after ")
            self.sim.fault(f"{action} path /namespaces/{self.namespace}/ after {rest}")
            running[self.namespace] = self.start_run("-o", "json")
        for self.namespace, process in running.items():
            with self.subTest(self.namespace):
                status, out, err = self.end(process)
                self.assertEqual(status, 0, err)
                parameters = json.loads(out)["spec"]["parameters"]
                for name, true in TRUTH.items():
                    self.assertLess(deviation(parameters[name], true), 0.03, name)
                self.assertEqual(self.only_record()[1]["state"], "applied")
                self.assertEqual(sorted(self.made()), LEVELS)
                self.assertEqual(self.names("deployments") + self.names("services"), [])

    def test_a_watch_that_falls_silent(self):
        """What pods do shows in their Job, too, and the other way round."""
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))
        for silent in ("pods", "jobs", "events"):
            with self.subTest(silent):
                self.sim.fault(f"hang=1 path {self.path(silent)}?watch")
                self.ok(self.wva("bench", "vllm", *QUICK))
                self.sim.clear_faults()

    def test_an_outage_is_told_once(self):
        self.sim.fault(f"status=503 on GET path {self.path('jobs')} times 2")
        result = self.ok(self.wva("run", "one", "--model", MODEL, *QUICK))
        self.assertEqual(result.err.count("trying again for 5 minutes: "), 1, result.err)
        self.assertIn("trying again for 5 minutes: cannot look for Jobs of run ", result.err)

    def test_a_created_object_whose_answer_was_lost_is_not_made_twice(self):
        self.sim.fault(f"cut=40 on POST path {self.path('configmaps')} times 1",
                       f"cut=40 on POST path {self.path('jobs')}?fieldManager after 1 times 1")  # after the dry run
        result = self.wva("run", "one", "--model", MODEL, "--va", "llama", *QUICK)
        self.check_done(result)
        self.assertEqual(sorted(set(self.made())), LEVELS)
        self.assertEqual(len(self.jobs()), 3)

    def test_what_does_not_pass_is_not_tried_again(self):
        self.sim.fault(f"forbidden on PATCH path {self.path('configmaps')}")
        start = time.monotonic()
        result = self.fails(self.wva("run", "one", "--model", MODEL, *QUICK), 3, "cannot record 'warmup' of run ")
        self.assertLess(time.monotonic() - start, 20)
        self.assertNotIn("trying again", result.err)


class Refused(ResumeTest):
    """What cannot be gone on with, and what can be changed when it can."""

    def setUp(self):
        super().setUp()
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))

    def failed_bench(self, *faults, args=()):
        """A bench that fails at level 2; its id."""
        self.sim.fault(*faults)
        result = self.wva("bench", "vllm", *QUICK, *args)
        self.assertNotEqual(result.status, 0)
        self.sim.clear_faults()
        return self.only_record()[0], result

    def data(self, id_, **data):
        status, _ = self.sim.request("PATCH", self.path("configmaps", f"wva-run-{id_}"), {"data": data},
                                     "application/merge-patch+json")
        self.assertEqual(status, 200)

    def finished_bench(self):
        self.ok(self.wva("bench", "vllm", *QUICK))
        return self.only_record()[0]

    def test_an_unknown_run(self):
        for command in ("run", "bench"):
            result = self.fails(self.wva(command, "--resume", "nosuchrun1"), 1,
                                f"error: cannot find run nosuchrun1 in namespace {self.namespace}: configmaps "
                                '"wva-run-nosuchrun1" not found\n')
            self.assertTrue(result.err.endswith(f"hint: kubectl wva runs -n {self.namespace}\n"), result.err)
            self.fails(self.wva(command, "--resume", "No/Run"), 2, "error: 'No/Run' is no run id\n")
            self.fails(self.wva(command, "something", "--resume", "nosuchrun1"), 2, "--resume goes on with what the run ")

    def test_the_other_command_s_run(self):
        id_ = self.finished_bench()
        result = self.fails(self.wva("run", "--resume", id_), 2, f"run {id_} was started with 'bench', not with 'run'")
        self.assertIn(f"hint: kubectl wva bench --resume {id_} -n {self.namespace}\n", result.err)
        self.enter("other-command-s-run")
        self.ok(self.wva("run", "one", "--model", MODEL, *QUICK))
        id_, _ = self.only_record()
        result = self.fails(self.wva("bench", "--resume", id_), 2, f"run {id_} was started with 'run', not with 'bench'")
        self.assertIn(f"hint: kubectl wva run --resume {id_} -n {self.namespace}\n", result.err)

    def test_options_that_are_settled(self):
        id_ = self.finished_bench()
        before = self.records()
        for option in ("--levels=1,2", "--prompt-tokens=128", "--max-seconds=5", "--seed=3", "--method=guide",
                       "--model=other", "--max-batch-size=64"):
            name = option.split("=")[0]
            self.fails(self.wva("bench", "--resume", id_, option), 2,
                       f"error: {name} is settled when a run starts: it cannot be given with --resume\n")
        self.fails(self.wva("run", "--resume", id_, "--gpus", "2"), 2, "error: --gpus is settled when a run starts")
        self.fails(self.wva("run", "--resume", id_, "--", "--enforce-eager"), 2,
                   "error: vLLM's arguments are settled when a run starts")
        self.assertEqual(self.records(), before)

    def test_a_finished_bench_is_printed_again(self):
        first = self.ok(self.wva("bench", "vllm", *QUICK, "-o", "json"))
        before, sent = self.records(), len(self.writes())
        again = self.ok(self.wva("bench", "--resume", self.only_record()[0], "-o", "json"))
        self.assertEqual(again.json, first.json)
        self.assertEqual(self.records(), before)
        self.assertEqual(len(self.writes()), sent)

    def test_a_finished_run_is_printed_again(self):
        first = self.ok(self.wva("run", "one", "--model", MODEL, "--va", "llama", *QUICK, "-o", "json"))
        id_, before = self.only_record()
        # Somebody else's parameters are not overwritten by a look at old ones.
        self.ok(self.wva("apply", "llama", "--alpha=1", "--beta=1", "--gamma=1", "--delta=1"))
        theirs, sent = self.get("variantautoscalings", "llama"), len(self.writes())
        again = self.ok(self.wva("run", "--resume", id_, "-o", "json"))
        self.assertEqual(again.json, first.json)
        self.assertEqual(again.err, f"run {id_} in namespace {self.namespace} was finished before\n")
        self.assertEqual(self.get("variantautoscalings", "llama"), theirs)
        self.assertEqual(self.only_record()[1], before)
        self.assertEqual(len(self.writes()), sent)
        # Unless it is asked for.
        self.ok(self.wva("run", "--resume", id_, "--va", "llama"))
        self.assertNotEqual(self.get("variantautoscalings", "llama")["spec"], theirs["spec"])
        self.assertEqual(sorted(self.made()), LEVELS)

    def test_damaged_records(self):
        id_ = self.finished_bench()
        good = self.only_record()[1]
        plan = json.loads(good["plan"])
        damages = [
            ({"plan": good["plan"][:100]}, f"plan of run {id_}"),
            ({"plan": "7"}, f"run {id_}: the run's plan is damaged: levels or guidellmVersion"),
            ({"plan": json.dumps({**plan, "levels": [{"profile": "sideways"}]})},
             f"run {id_}: the run's plan: levels[0] is damaged"),
            ({"plan": json.dumps({**plan, "template": None})}, "the run's plan is damaged: no template"),
            ({"plan": None}, f"ConfigMap 'wva-run-{id_}' has no plan: it is no run's record"),
            ({"level-1": "{"}, f"level 1 of run {id_}"),
            ({"level-2": '{"streams": "many"}'}, f"level 2 of run {id_}"),
        ]
        for data, words in damages:
            with self.subTest(words):
                self.data(id_, **{**good, **data})
                self.fails(self.wva("bench", "--resume", id_), 1, words)
        self.data(id_, plan=json.dumps({**plan, "run": {"name": "one"}}))
        self.fails(self.wva("run", "--resume", id_), 1, f"the plan of run {id_} is damaged: no objects to deploy")
        self.assertEqual(sorted(self.made()), LEVELS)

    def test_a_level_that_failed_its_check_is_measured_again(self):
        id_, result = self.failed_bench("low-concurrency path -2-")
        self.assertEqual(result.status, 5)
        record = self.only_record()[1]
        self.assertEqual(record["state"], "failed")
        failed = json.loads(record["failed-level-2"])
        self.assertEqual((failed["streams"], failed["try"]), (64, 1))
        self.assertNotIn("level-2", record)
        first_seed = seed(self.job("2"))
        self.ok(self.wva("bench", "--resume", id_))
        self.assertEqual(sorted(self.made()), ["1", "2", "2", "warmup"])
        seeds = {job["metadata"]["name"]: seed(job) for job in self.jobs()}
        self.assertNotEqual(seeds[f"wva-{id_}-2-try2"], first_seed)
        self.assertEqual(self.only_record()[1]["state"], "measured")

    def test_a_failed_level_s_second_job_is_taken_up(self):
        """The first Job is of no use, the second one is."""
        id_, _ = self.failed_bench("low-concurrency path -2-")
        process = self.start("bench", "--resume", id_)
        self.wait_for(lambda: f"wva-{id_}-2-try2" in self.names("jobs"), "the second try")
        process.kill()
        process.communicate()
        self.ok(self.wva("bench", "--resume", id_))
        self.assertEqual(sorted(self.made()), ["1", "2", "2", "warmup"])

    def test_a_failed_level_is_accepted_when_the_demands_are_eased(self):
        id_, _ = self.failed_bench("low-concurrency path -2-")
        result = self.ok(self.wva("bench", "--resume", id_, "--allow-concurrency", "-o", "json"))
        self.assertIn("level 2: 32 requests were in flight on average, 64 were wanted (within 15 %) (allowed)\n",
                      result.err)
        self.assertEqual([round(level["batch"]) for level in result.json["spec"]["levels"]], [1, 32])
        self.assertEqual(sorted(self.made()), LEVELS)
        self.assertTrue(json.loads(self.only_record()[1]["plan"])["allowConcurrency"])

    def test_jobs_may_be_told_to_run_otherwise(self):
        id_, result = self.failed_bench("oom path -2-")
        self.assertIn("ended with exit status 137 (OOMKilled)", result.err)
        self.ok(self.wva("bench", "--resume", id_, "--job-memory", "9Gi", "--job-toleration", "gpu",
                         "--guidellm-image", "ghcr.io/vllm-project/guidellm:v0.6.0"))
        again = [job for job in self.jobs() if job["metadata"]["name"] == f"wva-{id_}-2-try2"][0]
        pod = again["spec"]["template"]["spec"]
        self.assertEqual(pod["containers"][0]["resources"]["limits"]["memory"], "9Gi")
        self.assertEqual(pod["containers"][0]["image"], "ghcr.io/vllm-project/guidellm:v0.6.0")
        self.assertEqual(pod["containers"][0]["args"][:2], ["benchmark", "run"])
        self.assertIn("gpu", [toleration.get("key") for toleration in pod["tolerations"]])


if __name__ == "__main__":
    unittest.main()
