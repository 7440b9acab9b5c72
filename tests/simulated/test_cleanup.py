# SPDX-License-Identifier: Apache-2.0
"""runs and cleanup: what is ours is found by its labels and goes by its uid; nothing else does."""
import json
import unittest

from harness import FAST, MODEL, SimTest

OURS = {"app.kubernetes.io/managed-by": "kubectl-wva"}


class Records(SimTest):
    def configmap(self, name, labels, **data):
        return self.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap",
                                          "metadata": {"name": name, "labels": labels}, "data": data})

    def record(self, run, **data):
        """A run's ConfigMap as far as a list reads it."""
        plan = {"provenance": {"servedModel": f"org/{run}"}, "levels": [{}, {}, {}]}
        return self.configmap(f"wva-run-{run}", {**OURS, "kubectl-wva/run": run}, plan=json.dumps(plan), **data)

    def pod_template(self, labels):
        return {"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never",
                                                        "containers": [{"name": "c", "image": "registry.example/i:v1"}]}}

    def job(self, name, labels):
        return self.create("jobs", {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": labels},
                                    "spec": {"suspend": True, "template": self.pod_template({})}})

    def deployment(self, name, labels):
        template = self.pod_template({"a": name})
        template["spec"]["restartPolicy"] = "Always"
        return self.create("deployments", {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
            "spec": {"replicas": 0, "selector": {"matchLabels": {"a": name}}, "template": template}})

    def service(self, name, labels):
        return self.create("services", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": labels},
                                        "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}})

    def population(self):
        """Objects of run aa, of run bb, of `deploy`, and of others; gives (what, name) to uid."""
        labels = {"aa": {**OURS, "kubectl-wva/run": "aa"}, "bb": {**OURS, "kubectl-wva/run": "bb"}, "server": OURS,
                  "theirs": {"app.kubernetes.io/managed-by": "Helm", "kubectl-wva/run": "aa"},
                  "bare": {"kubectl-wva/run": "aa"}, "none": {}}
        uids = {}
        for name, label in labels.items():
            for resource, make in (("jobs", self.job), ("deployments", self.deployment), ("services", self.service),
                                   ("configmaps", self.configmap)):
                uids[resource, name] = make(name, label)["metadata"]["uid"]
        return uids

    def left(self):
        return {(resource, name) for resource in ("jobs", "deployments", "services", "configmaps")
                for name in self.names(resource) if name != "kube-root-ca.crt"}

    def deletions(self):
        """(path, options) of every DELETE."""
        return [(r["path"], json.loads(r["body"])) for r in self.sent() if r["method"] == "DELETE"]


class Runs(Records):
    def test_none(self):
        for output in ("table", "name"):
            result = self.ok(self.wva("runs", "-o", output))
            self.assertEqual(result.out, "")
        self.assertEqual(self.ok(self.wva("runs")).err, f"No runs found in {self.namespace} namespace.\n")
        self.assertEqual(self.ok(self.wva("runs", "-o", "json")).json, [])

    def test_lists_records_and_nothing_else(self):
        self.record("aa", state="measuring", **{"level-1": "{}"})
        result = {"spec": {"parameters": {"alpha": 6.973016, "beta": 0.02698413, "gamma": 14.8, "delta": 1.36e-6}}}
        self.record("bb", state="applied", result=json.dumps(result), **{f"level-{i}": "{}" for i in (1, 2, 3)})
        self.configmap("wva-run-cc", {"kubectl-wva/run": "cc"}, plan="{}")
        self.configmap("other", OURS, plan="{}")
        table = self.ok(self.wva("runs")).out.splitlines()
        self.assertEqual([line.split()[:8] for line in table], [
            ["RUN", "STATE", "MODEL", "LEVELS", "ALPHA", "BETA", "GAMMA", "DELTA"],
            ["aa", "measuring", "org/aa", "1/3", "-", "-", "-", "-"],
            ["bb", "applied", "org/bb", "3/3", "6.97302", "0.0269841", "14.8", "1.36e-06"]])
        self.assertEqual(self.ok(self.wva("runs", "-o", "name")).out, "aa\nbb\n")
        documents = self.ok(self.wva("runs", "-o", "json")).json
        self.assertEqual([(d["run"], d["state"], d["levels"]) for d in documents],
                         [("aa", "measuring", "1/3"), ("bb", "applied", "3/3")])
        self.assertEqual(documents[1]["parameters"], result["spec"]["parameters"])

    def test_damaged_records_are_listed_and_harmless(self):
        labels = {**OURS, "kubectl-wva/run": "dd"}
        self.configmap("wva-run-dd", labels, plan="{", state="a\x1b[31m\nred\x07")
        result = self.ok(self.wva("runs"))
        self.assertEqual(len(result.out.splitlines()), 2, result.out)
        self.assertIn("a?[31m?red?", result.out)
        self.fails(self.wva("runs", "dd"), 1, "error: plan of run dd: ends in the middle of a document")
        self.configmap("wva-run-ee", {**OURS, "kubectl-wva/run": "ee"})
        self.fails(self.wva("runs", "ee"), 1, "error: ConfigMap 'wva-run-ee' has no plan: it is no run's record\n")

    def test_one_that_is_not_there(self):
        self.fails(self.wva("runs", "zz"), 1, f'error: cannot find run zz in namespace {self.namespace}: configmaps '
                   f'"wva-run-zz" not found\nhint: kubectl wva runs -n {self.namespace}\n')
        self.fails(self.wva("runs", "No Id"), 2, "error: 'No Id' is no run id\n")

    def test_one_with_its_levels(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "-q"))
        run = self.ok(self.wva("bench", "vllm", "--levels", "1,4", "-o", "name", *FAST)).out.strip()
        document = self.ok(self.wva("runs", run, "-o", "json")).json
        self.assertEqual((document["kind"], document["metadata"]["name"]), ("Benchmark", run))
        self.assertEqual([level["streams"] for level in document["spec"]["levels"]], [1, 4])
        self.assertRegex(self.ok(self.wva("runs", run)).out, rf"(?m)^{run} +\w+ +{MODEL} +2/2 ")

        # And all of it goes, but for the server.
        self.wait_for(lambda: len(self.names("jobs")) == 3, "the Jobs")
        self.ok(self.wva("cleanup", run))
        self.wait_for(lambda: not self.names("jobs"), "the Jobs to go")
        self.assertEqual(self.names("deployments"), ["vllm"])
        self.assertEqual(self.ok(self.wva("runs", "-o", "name")).out, "")


class Cleaning(Records):
    def test_one_run(self):
        uids = self.population()
        result = self.ok(self.wva("cleanup", "aa"))
        self.assertEqual((result.out, result.err), ("job.batch/aa deleted\ndeployment.apps/aa deleted\nservice/aa deleted\n"
                                                    "configmap/aa deleted\n", ""))
        gone = [(resource, "aa") for resource in ("jobs", "deployments", "services", "configmaps")]
        self.wait_for(lambda: self.left() == set(uids) - set(gone), "four objects to go, and no more")
        self.assertEqual(self.deletions(), [
            (self.path(*key), {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
                               "preconditions": {"uid": uids[key]}}) for key in gone])

    def test_all(self):
        uids = self.population()
        self.variantautoscaling()
        result = self.ok(self.wva("cleanup", "--all"))
        self.assertEqual(result.out, "".join(f"{what}/{name} deleted\n" for what in (
            "job.batch", "deployment.apps", "service", "configmap") for name in ("aa", "bb", "server")))
        self.wait_for(lambda: self.left() == {key for key in uids if key[1] in ("theirs", "bare", "none")},
                      "twelve objects to go, and no more")
        self.assertEqual(sorted(options["preconditions"]["uid"] for _, options in self.deletions()),
                         sorted(uid for key, uid in uids.items() if key[1] in ("aa", "bb", "server")))
        self.assertEqual(self.names("variantautoscalings"), ["llama"])
        again = self.ok(self.wva("cleanup", "--all"))
        self.assertEqual((again.out, again.err), ("", f"nothing to clean up in namespace {self.namespace}\n"))

    def test_dry_runs(self):
        uids = self.population()
        for mode, words in (("client", "(dry run)"), ("server", "(server dry run)")):
            result = self.ok(self.wva("cleanup", "bb", f"--dry-run={mode}"))
            self.assertEqual(result.out, "".join(f"{what}/bb deleted {words}\n" for what in (
                "job.batch", "deployment.apps", "service", "configmap")))
            deletions = self.deletions()
            self.assertEqual(len(deletions), 0 if mode == "client" else 4)
            for _, options in deletions:
                self.assertEqual(options["dryRun"], ["All"])
        self.assertEqual(self.left(), set(uids))

    def test_other_namespaces_are_left_alone(self):
        uids = self.population()
        self.assertEqual(self.ok(self.wva("cleanup", "--all", "-n", "kube-public")).out, "")
        self.assertEqual(self.left(), set(uids))
        self.assertEqual(self.deletions(), [])

    def test_a_run_that_is_not_there(self):
        uids = self.population()
        self.fails(self.wva("cleanup", "zz"), 1, f"error: nothing of run zz in namespace {self.namespace}\n"
                   f"hint: kubectl wva runs -n {self.namespace}\n")
        self.assertEqual(self.left(), set(uids))

    def test_usage(self):
        for args, words in (([], "error: which run? give its id, or --all\n"), (["aa", "--all"], "error: either one run or --all\n"),
                            (["aa", "bb"], "error: 'cleanup' does not take the argument 'bb'\n"),
                            (["aa,bb"], "error: 'aa,bb' is no run id\n"), (["aa=x"], "error: 'aa=x' is no run id\n")):
            with self.subTest(args):
                self.fails(self.wva("cleanup", *args), 2, words)
        self.assertEqual(self.sent(), [])

    def test_what_may_not_be_deleted(self):
        uids = self.population()
        self.sim.fault("forbidden on DELETE path /services/aa")
        self.fails(self.wva("cleanup", "aa"), 3, f"error: cannot delete service/aa in namespace {self.namespace}: services "
                   '"aa" is forbidden: ', f"hint: kubectl auth can-i delete services -n {self.namespace}\n",
                   out="job.batch/aa deleted\ndeployment.apps/aa deleted\n")
        # The record finds the rest the next time.
        self.assertIn(("configmaps", "aa"), self.left())
        self.sim.clear_faults()
        self.assertEqual(self.ok(self.wva("cleanup", "aa")).out, "service/aa deleted\nconfigmap/aa deleted\n")
        self.assertEqual(len(self.left()), len(uids) - 4)

    def test_a_successor_of_the_same_name_is_left_alone(self):
        """Between the list and the delete ours is replaced by another's."""
        self.configmap("aa", {**OURS, "kubectl-wva/run": "aa"})
        self.sim.fault("stall=1 on DELETE")
        process = self.start("cleanup", "aa")
        self.wait_for(lambda: len(self.sent()) >= 4, "the lists")
        self.sim.clear_faults()
        self.assertEqual(self.sim.request("DELETE", self.path("configmaps", "aa"))[0], 200)
        self.configmap("aa", {})
        out, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, out, err), (0, "configmap/aa deleted\n", ""))
        self.assertEqual(self.get("configmaps", "aa")["metadata"].get("labels", {}), {})


if __name__ == "__main__":
    unittest.main()
