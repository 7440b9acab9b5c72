# SPDX-License-Identifier: Apache-2.0
"""The Role that README.md prints: enough for every command, and without any of its verbs some command fails, which
names the verb and the resource.
"""
import signal
import unittest

import side_by_side
from harness import MODEL
from midrun import LEVELS, QUICK, MidRun

load_tests = side_by_side.load_tests

NUMBERS = ["--alpha", "20", "--beta", "0.4", "--gamma", "40", "--delta", "0.01", "--max-batch-size", "64"]
FRESH = ["fresh", *NUMBERS, "--accelerator", "H100", "--model", MODEL, "--create", "--deployment", "fresh"]
GROUPS = {"deployments": "apps", "jobs": "batch", "variantautoscalings": "llmd.ai"}


class Rights(MidRun):
    def as_tester(self, command, *args, **more):
        return self.wva(command, *args, user="namespaced", **more)

    def bench(self, *options, **more):
        return self.as_tester("bench", *self.words(), *self.instant(), *options, **more)

    def deploy(self):
        return self.as_tester("deploy", "fresh", "--model", MODEL)

    def refused(self, result, resource, verb, out=""):
        """In the API server's words; the command may have printed before what it did. Of what an apply would have to
        create, API servers up to 1.30 at least give no reason."""
        group = GROUPS.get(resource, "")
        full = ".".join(filter(None, [resource, group]))
        self.fails(result, 3, f"hint: kubectl auth can-i {verb} {full} -n {self.namespace}\n", out=out)
        if f'{full} "fresh" is forbidden: it may be patched, but not created\n' not in result.err:
            self.assertIn(f' is forbidden: User "tester" cannot {verb} resource "{resource}" in API group "{group}" '
                          f'in the namespace "{self.namespace}"\n', result.err)
        return result

    def role(self):
        """The (resource, verb) pairs."""
        return {(resource, verb) for rule in self.cluster.get(self.path("roles", "kubectl-wva", "team"))["rules"]
                for resource in rule["resources"] for verb in rule["verbs"]}

    def requested(self):
        """The same of all that the user has sent in this namespace."""
        sent = [(event["objectRef"], event["verb"]) for event in self.audit(1)]
        return {("/".join(filter(None, [target["resource"], target.get("subresource")])), verb)
                for target, verb in sent}


class Whole(Rights):
    def test_everything_in_the_namespace_of_the_least_user(self):
        self.namespace = "team"
        self.addCleanup(self.as_tester, "cleanup", "--all")
        self.variantautoscaling()
        for name in ("llama", "fresh"):
            self.addCleanup(self.cluster.request, "DELETE", self.path("variantautoscalings", name))
        self.ok(self.deploy())
        id_ = self.ok(self.bench("-o", "name")).out.strip()
        for words in (["bench", "--resume", id_], ["runs"], ["runs", id_], ["fit", "--run", id_],
                      ["apply", "llama", "--run", id_, "--accelerator", "A100"], ["apply", *FRESH],
                      ["cleanup", id_, "--dry-run=server"], ["cleanup", "--all"],
                      ["run", "fresh-bench", "--model", MODEL, *LEVELS, *QUICK, *self.instant(), "--va", "llama"],
                      ["cleanup", "--all"]):
            self.ok(self.as_tester(*words))
        # What is left of the Role: to create goes with server-side apply, and that is asked of a patch; the others are
        # for trouble. Each has its test below.
        self.assertEqual(self.role() - self.requested(), {("deployments", "create"), ("services", "create"),
                                                          ("jobs", "get"), ("pods/log", "get")})
        self.assertLessEqual(self.requested(), self.role())


class OneVerbShort(Rights):
    """`without` takes it; what each test does then is what needs it."""

    def without(self, resource, verb):
        self.grant((resource, verb))

    def test_get_configmaps(self):
        self.without("configmaps", "get")
        self.ok(self.bench())
        id_ = self.record()[0]
        for result in (self.as_tester("runs", id_), self.as_tester("bench", "--resume", id_),
                       self.as_tester("fit", "--run", id_)):
            self.refused(result, "configmaps", "get")

    def test_list_configmaps(self):
        self.without("configmaps", "list")
        self.refused(self.as_tester("runs"), "configmaps", "list")
        self.refused(self.as_tester("cleanup", "--all"), "configmaps", "list")

    def test_create_configmaps(self):
        self.without("configmaps", "create")
        self.refused(self.bench(), "configmaps", "create")
        self.assertEqual(self.names("jobs"), [])

    def test_patch_configmaps(self):
        self.without("configmaps", "patch")
        result = self.refused(self.bench(), "configmaps", "patch")
        id_, data = self.record()
        self.assertEqual((data["state"], self.made(id_)), ("measuring", ["1"]))
        self.assertIn(f"hint: 0 of 2 levels are kept; go on with: kubectl wva bench --resume {id_} ", result.err)

    def test_delete_configmaps(self):
        self.without("configmaps", "delete")
        self.ok(self.bench())
        id_ = self.record()[0]
        self.refused(self.as_tester("cleanup", id_), "configmaps", "delete",
                     out="".join(f"job.batch/wva-{id_}-{level} deleted\n" for level in (1, 2)))

    def test_get_services(self):
        self.without("services", "get")
        self.refused(self.deploy(), "services", "get")
        self.assertEqual(self.names("deployments"), [])

    def test_list_services(self):
        self.without("services", "list")
        self.refused(self.as_tester("cleanup", "--all"), "services", "list")

    def test_create_services(self):
        self.without("services", "create")
        self.refused(self.deploy(), "services", "create", out=None)

    def test_patch_services(self):
        self.without("services", "patch")
        self.refused(self.deploy(), "services", "patch", out=None)

    def test_get_deployments(self):
        self.without("deployments", "get")
        self.refused(self.deploy(), "deployments", "get")
        self.refused(self.as_tester("bench", "deployment/fresh"), "deployments", "get")

    def test_list_deployments(self):
        self.without("deployments", "list")
        self.refused(self.deploy(), "deployments", "list", out=None)

    def test_watch_deployments(self):
        self.without("deployments", "watch")
        self.refused(self.deploy(), "deployments", "watch", out=None)

    def test_create_deployments(self):
        self.without("deployments", "create")
        self.refused(self.deploy(), "deployments", "create")
        self.assertEqual(self.names("deployments"), [])

    def test_patch_deployments(self):
        self.without("deployments", "patch")
        self.refused(self.deploy(), "deployments", "patch")

    def test_delete_server(self):
        """A run that may make its server but not delete it keeps its figures."""
        self.without("deployments", "delete")
        result = self.refused(self.as_tester("run", "fresh", "--model", MODEL, *LEVELS, *QUICK, *self.instant()),
                              "deployments", "delete")
        self.assertIn("error: the parameters are done, but cleaning up failed: ", result.err)

    def test_delete_services(self):
        self.without("services", "delete")
        self.ok(self.deploy())
        self.refused(self.as_tester("cleanup", "--all"), "services", "delete", out="deployment.apps/fresh deleted\n")

    def test_get_jobs(self):
        """For a Job that another client has made first, seen when it is to be made."""
        self.without("jobs", "get")
        process = self.start("bench", *self.words(), *self.instant(60), user="namespaced")
        self.pod("1")
        process.send_signal(signal.SIGINT)
        id_ = self.stopped(self.finish(process), 130, "level 1 of 2: concurrent, 1 stream: canceled",
                           state="interrupted")
        self.create("jobs", {"metadata": {"name": f"wva-{id_}-1-try2"}, "spec": {"suspend": True, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "guidellm", "image": "guidellm"}]}}}})
        self.refused(self.as_tester("bench", "--resume", id_), "jobs", "get")

    def test_list_jobs(self):
        self.without("jobs", "list")
        self.refused(self.bench(), "jobs", "list")

    def test_watch_jobs(self):
        self.without("jobs", "watch")
        self.refused(self.bench(), "jobs", "watch")

    def test_create_jobs(self):
        self.without("jobs", "create")
        self.refused(self.bench(), "jobs", "create")

    def test_delete_jobs(self):
        self.without("jobs", "delete")
        self.ok(self.bench())
        self.refused(self.as_tester("cleanup", "--all"), "jobs", "delete")

    def test_list_pods(self):
        self.without("pods", "list")
        self.refused(self.bench(), "pods", "list")

    def test_watch_pods(self):
        self.without("pods", "watch")
        self.refused(self.bench(), "pods", "watch")

    def test_get_variantautoscalings(self):
        self.without("variantautoscalings", "get")
        self.variantautoscaling()
        self.refused(self.as_tester("apply", "llama", *NUMBERS), "variantautoscalings", "get")

    def test_patch_variantautoscalings(self):
        self.without("variantautoscalings", "patch")
        before = self.variantautoscaling()
        self.refused(self.as_tester("apply", "llama", *NUMBERS), "variantautoscalings", "patch")
        self.assertEqual(self.get("variantautoscalings", "llama"), before)
        # `run` finds out before it makes anything.
        self.refused(self.as_tester("run", "fresh", "--model", MODEL, "--va", "llama"), "variantautoscalings", "patch")
        self.assertEqual(self.names("deployments") + self.names("jobs"), [])

    def test_create_variantautoscalings(self):
        self.without("variantautoscalings", "create")
        self.variantautoscaling()
        self.ok(self.as_tester("apply", "llama", *NUMBERS))
        self.ok(self.deploy())
        self.refused(self.as_tester("apply", *FRESH), "variantautoscalings", "create")

    def test_logs_may_be_left_out(self):
        self.without("pods/log", "get")
        self.ok(self.bench())

    def test_events_may_be_left_out(self):
        self.grant(("events", "list"), ("events", "watch"))
        self.ok(self.bench())


if __name__ == "__main__":
    unittest.main()
