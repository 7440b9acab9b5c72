# SPDX-License-Identifier: Apache-2.0
"""A cluster, or what stands before it, that misbehaves: told in words, tried again where that is safe, nothing twice."""
import time
import unittest

from harness import MODEL, SimTest

PARAMETERS = ["--alpha=7", "--beta=0.03", "--gamma=15", "--delta=0.0014"]
CONFIGURED = "variantautoscaling.llmd.ai/llama configured\n"


class Faulty(SimTest):
    def runs(self, *args):
        return self.wva("runs", *args)

    def statuses(self, count, method="GET"):
        """What the cluster answered (0: nothing whole), in order."""
        return [r["status"] for r in self.sent(count) if r["method"] == method]


class Reading(Faulty):
    """`runs`: one read, which may be repeated."""

    def test_answers_that_end_it(self):
        url = self.sim.url
        for fault, status, message in (
                ("html=200", 1, f"{url} is not a Kubernetes API server (login page or proxy?): it answered 200 OK with text/html"),
                ("html=502", 1, "the server answered 502 Bad Gateway with text/html: Sign in"),
                ("html=403", 3, "the server answered 403 Forbidden with text/html: Sign in"),
                ("html=404", 1, "the server answered 404 Not Found with text/html: Sign in"),
                ("garbage", 1, f"the answer from {url} is malformed: Received HTTP/0.9 when not allowed"),
                ("unauthorized", 3, "you must be logged in to the server (Unauthorized)\nhint: kubectl auth whoami"),
                ("forbidden", 3, 'configmaps is forbidden: User "sim-admin" cannot list resource "configmaps" in API group "" in '
                                 f'the namespace "{self.namespace}"\nhint: kubectl auth can-i list configmaps -n {self.namespace}'),
                ("gone", 1, "The resourceVersion for the provided watch is too old."),
                ("status=429", 1, "Too many requests, please try again later."),
                ("status=500", 1, "Internal error occurred: a fault was asked for"),
                ("status=503", 1, "the server is currently unable to handle the request")):
            with self.subTest(fault):
                before = len(self.sent())
                self.sim.fault(fault + " path configmaps")
                result = self.fails(self.runs(), status)
                self.assertEqual(result.err, f"error: {message}\n")
                self.assertEqual(len(self.sent(before + 1)), before + 1)
                self.sim.clear_faults()

    def test_told_to_come_back_it_does(self):
        self.sim.fault("status=429 retry=1 path configmaps times 1")
        result = self.ok(self.runs())
        self.assertEqual(self.statuses(2), [429, 200])
        self.assertGreaterEqual(result.seconds, 1)
        self.sim.clear_faults()
        self.sim.fault("status=503 retry=0 path configmaps times 4")
        self.ok(self.runs())
        self.assertEqual(self.statuses(7)[2:], [503] * 4 + [200])

    def test_but_not_for_ever(self):
        self.sim.fault("status=429 retry=0 path configmaps")
        self.fails(self.runs(), 1, "error: Too many requests, please try again later.\n")
        self.assertEqual(self.statuses(11), [429] * 11)
        self.sim.clear_faults()
        self.sim.fault("status=503 retry=3600 path configmaps")
        result = self.fails(self.runs(), 1, "error: the server is currently unable to handle the request\n")
        self.assertLess(result.seconds, 5)

    def test_an_interrupt_ends_the_wait_for_it(self):
        self.sim.fault("status=429 retry=60 path configmaps")
        process = self.start("runs")
        self.sent(1)
        time.sleep(0.1)
        process.terminate()
        out, err = process.communicate(timeout=5)
        self.assertEqual((process.returncode, out, err), (130, "", "error: canceled\n"))

    def test_a_broken_connection_is_tried_again(self):
        for fault in ("drop", "reset", "cut=5", "cut=60", "cut=230"):
            with self.subTest(fault):
                before = len(self.sent())
                self.sim.fault(f"{fault} path configmaps times 1")
                self.assertEqual(self.ok(self.runs()).err, f"No runs found in {self.namespace} namespace.\n")
                self.assertEqual(len(self.sent(before + 2)), before + 2)
                self.sim.clear_faults()

    def test_one_that_breaks_each_time_is_given_up(self):
        self.sim.fault("cut=230 path configmaps")
        self.fails(self.runs(), 1, f"error: the connection to {self.sim.url} broke in the middle of the answer\n")
        self.assertEqual(len(self.sent(5)), 5)

    def test_silence_ends_with_the_request_timeout(self):
        for fault in ("stall=5", "hang=60", "hang=230"):
            with self.subTest(fault):
                self.sim.fault(f"{fault} path configmaps")
                result = self.fails(self.runs("--request-timeout", "500ms"), 4, f"error: GET {self.sim.url}: ",
                                    "within 0.5 seconds\n")
                self.assertLess(result.seconds, 3)
                self.sim.clear_faults()

    def test_slowness_is_no_fault(self):
        self.sim.fault("drip path configmaps", "delay=300 path configmaps")
        self.ok(self.runs("--request-timeout", "20s"))


class Writing(Faulty):
    """`apply`: a write that must not be sent twice, or be taken for done."""

    def apply(self, *args, alpha=7):
        return self.wva("apply", "llama", "-q", f"--alpha={alpha}", *PARAMETERS[1:], *args)

    def written(self, alpha=7):
        entry = self.get("variantautoscalings", "llama")["spec"]["modelProfile"]["accelerators"][1]
        return entry["perfParms"]["decodeParms"]["alpha"] == str(alpha)

    def test_refusals_change_nothing(self):
        self.variantautoscaling()
        for fault, status, words in (
                ("html=200", 1, "it answered 200 OK with text/html\n"),
                ("html=502", 1, "the server answered 502 Bad Gateway with text/html: Sign in\n"),
                ("unauthorized", 3, "you must be logged in to the server (Unauthorized)\n"),
                ("forbidden", 3, f"hint: kubectl auth can-i patch variantautoscalings.llmd.ai -n {self.namespace}\n"),
                ("conflict", 3, "after 5 tries: Operation cannot be fulfilled on variantautoscalings.llmd.ai \"llama\": "),
                ("status=500", 1, "error: Internal error occurred: a fault was asked for\n"),
                ("status=503", 1, "error: the server is currently unable to handle the request\n")):
            with self.subTest(fault):
                before = len(self.writes())
                self.sim.fault(fault + " on PATCH")
                self.fails(self.apply(), status, words)
                self.assertFalse(self.written())
                self.assertEqual(len(self.writes()) - before, 5 if fault == "conflict" else 1)
                self.sim.clear_faults()

    def test_told_to_come_back_it_does(self):
        self.variantautoscaling()
        self.sim.fault("status=429 retry=1 on PATCH times 1", "status=503 retry=0 on PATCH after 1 times 2")
        self.assertEqual(self.ok(self.apply()).out, CONFIGURED)
        self.assertTrue(self.written())
        self.assertEqual(self.statuses(8, "PATCH"), [429, 503, 503, 200])

    def test_a_broken_answer_is_not_asked_for_again(self):
        """Whether it was carried out is not known: the hint says how to see."""
        self.variantautoscaling()
        look = f"hint: the server may have carried it out all the same: kubectl get variantautoscaling.llmd.ai/llama -n " \
               f"{self.namespace}\n"
        for alpha, (fault, words, written) in enumerate((
                ("drop", f"error: {self.sim.url} closed the connection without an answer\n", False),
                ("reset", f"error: the connection to {self.sim.url} broke: connection reset by peer\n", False),
                ("cut=60", f"error: {self.sim.url} closed the connection without an answer\n", True),
                ("cut=300", f"error: the connection to {self.sim.url} broke in the middle of the answer\n", True)), 2):
            with self.subTest(fault):
                before = len(self.writes())
                self.sim.fault(fault + " on PATCH")
                self.fails(self.apply(alpha=alpha), 1, words, look)
                self.assertEqual((len(self.writes()) - before, self.written(alpha)), (1, written))
                self.sim.clear_faults()
        self.assertEqual(self.ok(self.apply(alpha=alpha)).out, "variantautoscaling.llmd.ai/llama unchanged\n")

    def test_silence(self):
        self.variantautoscaling()
        self.sim.fault("stall=3 on PATCH")
        self.fails(self.apply("--request-timeout", "1s"), 4, f"error: PATCH {self.sim.url}: no answer within 1.0 seconds\n",
                   "hint: the server may have carried it out all the same: ")

    def test_reads_before_it_may_break(self):
        self.variantautoscaling()
        self.sim.fault("drop path openapi times 1", "cut=60 on GET path variantautoscalings times 1")
        self.assertEqual(self.ok(self.apply()).out, CONFIGURED)

    def test_schemas_that_cannot_be_had(self):
        for fault, status, words in (("html=200", 1, "is not a Kubernetes API server "), ("status=500", 1, "a fault was asked for"),
                                     ("forbidden", 3, 'cannot get path "/openapi/v3"')):
            with self.subTest(fault):
                self.sim.fault(fault + " path openapi")
                self.fails(self.apply(), status, "error: cannot read the schema of VariantAutoscaling: cannot read the "
                           "server's schemas: ", words)
                self.sim.clear_faults()
        self.assertEqual(self.writes(), [])


class Watching(Faulty):
    """`deploy`: two watches that must miss nothing."""
    sim_args = ["--load-seconds", "60"]

    def up(self, name, *faults):
        """Comes up all the same, and says nothing of it."""
        self.sim.fault(*faults)
        result = self.ok(self.wva("deploy", name, "--model", MODEL, "--gpus", 0, "--timeout", "30s"))
        self.assertTrue(result.err.endswith(f"deployment/{name} is ready at http://{name}.{self.namespace}.svc:8000\n"))
        for line in result.err.splitlines():
            self.assertTrue(line.startswith("deployment/"), result.err)
        self.sim.clear_faults()
        return result

    def test_watches_that_end(self):
        self.up("a", "watch-close path watch=1 times 2")
        self.up("b", "watch-close path watch=1 after 1 times 3")

    def test_a_resource_version_that_is_too_old_is_listed_anew(self):
        self.up("a", "watch-gone path watch=1 times 3")
        lists = [r["path"] for r in self.sent() if "limit=500" in r["path"]]
        self.assertGreater(len(lists), 2)

    def test_frames_cut_in_the_middle(self):
        for size in (40, 400, 1500):
            with self.subTest(size):
                self.up(f"cut-{size}", f"cut={size} path watch=1 times 2")

    def test_answers_that_are_none(self):
        for fault in ("drop", "reset", "garbage", "status=500", "html=502", "html=200", "status=429 retry=0"):
            with self.subTest(fault):
                self.up(fault.split()[0].replace("=", "-"), f"{fault} path watch=1 times 2")

    def test_silence_in_one_does_not_stop_the_other(self):
        self.up("a", "hang=300 path /pods?watch=1 times 1")
        self.up("b", "stall=1 path /pods?watch=1 times 1")

    def test_a_watch_that_is_forbidden(self):
        self.sim.fault("forbidden path /pods?watch=1")
        self.fails(self.wva("deploy", "a", "--model", MODEL), 3, "error: pods is forbidden: ",
                   f"hint: kubectl auth can-i watch pods -n {self.namespace}\n", out=None)

    def test_deleted_while_the_watch_was_away(self):
        """A list in place of the event tells that the Deployment is gone."""
        self.sim.fault("never-ready path a-", "watch-gone path /deployments?watch=1 times 1",
                       "delay=400 path /deployments?limit after 1")
        process = self.start("deploy", "a", "--model", MODEL)
        self.wait_for(lambda: len([r for r in self.sent() if "/deployments?watch=1" in r["path"]]), "the watch to fail")
        self.assertEqual(self.sim.request("DELETE", self.path("deployments", "a"))[0], 200)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(f"error: Deployment '{self.namespace}/a' was deleted while it was waited for\n", err)


class Dripping(Faulty):
    """Every answer comes a byte at a time."""
    sim_args = ["--drip"]

    def test_deploy_and_apply(self):
        self.variantautoscaling()
        self.ok(self.wva("deploy", "a", "--model", MODEL, "--timeout", "60s"))
        self.assertEqual(self.ok(self.wva("apply", "llama", *PARAMETERS)).out, CONFIGURED)
        self.assertEqual(self.ok(self.wva("cleanup", "--all")).out, "deployment.apps/a deleted\nservice/a deleted\n")


if __name__ == "__main__":
    unittest.main()
