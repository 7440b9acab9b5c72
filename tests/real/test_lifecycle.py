# SPDX-License-Identifier: Apache-2.0
"""What befalls a measurement while it goes on: its pod, its Job, its record, its namespace or its client goes. The
words, the exit status, what is kept, and that `--resume` makes it whole.
"""
import signal
import unittest

import side_by_side
from harness import Watch
from midrun import MidRun

load_tests = side_by_side.load_tests

# Where a second level would show nothing new. Real GuideLLM measures where it is about GuideLLM.
ONE = ["--levels", "4"]

ONLY = "level 1 of 1: concurrent, 4 streams: "
FIRST = "level 1 of 2: concurrent, 1 stream: "
SECOND = "level 2 of 2: concurrent, 4 streams: "
FAILED = "Job 'NS/wva-ID-1' failed: "


class Pods(MidRun):
    """Somebody takes away what measures."""

    def test_the_pod_is_deleted(self):
        result = self.during("1", lambda pod: self.delete("pods", pod), levels=ONE)
        id_ = self.stopped(result, 1, ONLY + FAILED + "its pod was deleted before it had a result", kept="0 of 1")
        self.goes_on(id_, "1", "1-try2", streams=[4])

    def test_the_pod_is_deleted_by_force(self):
        result = self.during("2", lambda pod: self.delete("pods", pod, gracePeriodSeconds=0), *self.instant(6))
        id_ = self.stopped(result, 1, SECOND + "Job 'NS/wva-ID-2' failed: its pod was deleted before it had a result",
                           kept="1 of 2")
        self.goes_on(id_, "1", "2", "2-try2")

    def test_the_job_is_deleted(self):
        result = self.during("1", lambda pod: self.delete("jobs", pod.rsplit("-", 1)[0]), *self.instant(6))
        id_ = self.stopped(result, 1, FIRST + FAILED + "it was deleted while it was waited for")
        self.goes_on(id_, "1-try2", "2")

    def test_the_pod_is_evicted(self):
        def evict(pod):
            status, text = self.cluster.request("POST", self.path("pods", pod) + "/eviction", {
                "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}})
            self.assertEqual(status, 201, text)
        result = self.during("1", evict, *self.instant(6), levels=ONE)
        id_ = self.stopped(result, 1, ONLY + FAILED + "its pod was ended: Eviction API: evicting "
                           "(EvictionByEvictionAPI)", kept="0 of 1")
        # At once: the Job does not know yet that it has failed.
        self.goes_on(id_, "1", "1-try2", streams=[4])

    def test_the_record_is_deleted(self):
        result = self.during("1", lambda _: self.delete("configmaps", "wva-run-" + self.record()[0]),
                             *self.instant(6))
        self.assertEqual((result.status, result.out), (1, ""), str(result))
        self.assertEqual(self.told(result.err), "error: ConfigMap 'NS/wva-run-ID' was deleted, and the run's Jobs with "
                         f"it: {FIRST}{FAILED}it was deleted while it was waited for\n"
                         "hint: nothing is left to go on with; remove the rest: kubectl wva cleanup ID -n NS\n")
        self.wait_for(lambda: self.names("jobs") + self.names("pods") == [], "the garbage collector", 60, 0.2)

    def test_the_namespace_is_deleted(self):
        """It empties in no certain order: Job or pod may be seen to go first, and the record be there at the end."""
        result = self.during("1", lambda _: self.cluster.request("DELETE", f"/api/v1/namespaces/{self.namespace}"),
                             *self.instant(60))
        self.assertEqual((result.status, result.out), (1, ""), str(result))
        self.assertRegex(self.told(result.err), r"^error: (namespace 'NS' is being deleted|ConfigMap 'NS/wva-run-ID' "
                         rf"was deleted, and the run's Jobs with it): {FIRST}{FAILED}(it was deleted while it was "
                         r"waited for|its pod was deleted before it had a result)\n"
                         r"hint: nothing is left to go on with; remove the rest: kubectl wva cleanup ID -n NS\n$")


class Clients(MidRun):
    """The client goes."""

    def test_it_is_killed_in_mid_level(self):
        process = self.start("bench", *self.words(*ONE))
        self.pod("1")
        process.kill()
        process.communicate()
        id_, data = self.record()
        self.assertEqual((data["state"], self.made(id_)), ("measuring", ["1"]))
        self.goes_on(id_, "1", streams=[4])  # with the Job that ran on without it

    def test_it_is_killed_as_a_job_appears(self):
        with Watch(self.cluster, self.path("jobs")) as watch:
            process = self.start("bench", *self.words(), *self.instant())
            self.wait_for(lambda: watch.events, "the Job", step=0.001)
            process.kill()
        process.communicate()
        self.goes_on(self.record()[0], "1", "2")

    def test_ctrl_c(self):
        process = self.start("bench", *self.words(*ONE))
        pod = self.pod("1")
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        id_ = self.stopped(result, 130, ONLY + "canceled", kept="0 of 1", state="interrupted")
        # At once, while the pod of the first try still ends: it is waited for.
        self.goes_on(id_, "1-try2", streams=[4])
        self.assertEqual(self.get("pods", pod), None)

    def test_ctrl_c_keeps_what_is_done(self):
        process = self.start("bench", *self.words(), *self.instant(3))
        self.pod("2")
        process.send_signal(signal.SIGINT)
        id_ = self.stopped(self.finish(process), 130, SECOND + "canceled", kept="1 of 2", state="interrupted")
        self.goes_on(id_, "1", "2-try2")

    def test_two_runs_at_once(self):
        """In one namespace, against different servers."""
        self.serve("other", load_seconds=0, alpha=100)
        one = self.start("bench", *self.words(*ONE), "-o", "json")
        other = self.start("bench", "deployment/other", *self.words(*ONE)[1:], "-o", "json")
        results = [self.ok(self.finish(process)).json for process in (one, other)]
        for result, alpha in zip(results, (20, 100)):
            level, = result["spec"]["levels"]
            self.assertEqual(level["streams"], 4)
            self.assertGreater(level["itl"]["meanMs"], alpha)
            self.assertLess(level["itl"]["meanMs"], 3 * alpha)
        runs = self.ok(self.wva("runs", "-o", "json")).json
        self.assertEqual(sorted(run["run"] for run in runs), sorted(r["metadata"]["name"] for r in results))
        self.assertEqual([(run["state"], run["levels"]) for run in runs], [("measured", "1/1")] * 2)


if __name__ == "__main__":
    unittest.main()
