# SPDX-License-Identifier: Apache-2.0
"""What is left, and what goes: cleanup deletes ours and nothing else, finished Jobs go by themselves, and a log that is
cut or a message that is lost costs nothing while the other is there.
"""
import unittest

import side_by_side
from midrun import MidRun

load_tests = side_by_side.load_tests

OURS = {"app.kubernetes.io/managed-by": "kubectl-wva"}
ALMOST_OURS = {"theirs": {"app.kubernetes.io/managed-by": "Helm", "kubectl-wva/run": "aa"},
               "bare": {"kubectl-wva/run": "aa"}, "wva-aa-1": {}}


class Cleaning(MidRun):
    def pod_template(self, labels, policy):
        return {"metadata": {"labels": labels}, "spec": {"restartPolicy": policy, "securityContext": {
            "runAsNonRoot": True, "runAsUser": 1, "seccompProfile": {"type": "RuntimeDefault"}}, "containers": [
                {"name": "c", "image": "registry.example/none:v1", "imagePullPolicy": "Never", "securityContext": {
                    "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}}

    def job(self, name, labels):
        self.create("jobs", {"metadata": {"name": name, "labels": labels}, "spec": {
            "suspend": True, "template": self.pod_template({}, "Never")}})

    def deployment(self, name, labels):
        self.create("deployments", {"metadata": {"name": name, "labels": labels}, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"a": name}},
            "template": self.pod_template({"a": name}, "Always")}})

    def service(self, name, labels):
        self.create("services", {"metadata": {"name": name, "labels": labels},
                                 "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}})

    def configmap(self, name, labels, **metadata):
        self.create("configmaps", {"metadata": {"name": name, "labels": labels, **metadata}, "data": {"plan": "{}"}})

    def populate(self, labels):
        for name, label in labels.items():
            for make in (self.job, self.deployment, self.service, self.configmap):
                make(name, label)

    def left(self, resource):
        return [name for name in self.names(resource) if name != "kube-root-ca.crt"]

    def everything(self):
        return {resource: self.left(resource) for resource in ("jobs", "deployments", "services", "configmaps")}

    def test_ours_by_label_and_uid(self):
        runs = {name: {**OURS, "kubectl-wva/run": name} for name in ("aa", "bb")}
        self.populate({**runs, "server": OURS, **ALMOST_OURS})
        self.variantautoscaling()
        uids = {self.get(resource, "aa")["metadata"]["uid"] for resource in self.everything()}

        result = self.ok(self.wva("cleanup", "aa"))
        self.assertEqual(result.out, "job.batch/aa deleted\ndeployment.apps/aa deleted\nservice/aa deleted\n"
                         "configmap/aa deleted\n")
        deletions = [event["requestObject"] for event in self.audit() if event["verb"] == "delete"]
        self.assertEqual({options["preconditions"]["uid"] for options in deletions}, uids)
        self.assertEqual({options["propagationPolicy"] for options in deletions}, {"Background"})
        rest = sorted([*ALMOST_OURS, "bb", "server"])
        self.wait_for(lambda: all(names == rest for names in self.everything().values()), "only those to go", 30, 0.2)

        self.ok(self.wva("cleanup", "--all", "--dry-run=server"))
        self.assertEqual(self.left("jobs"), rest)
        result = self.ok(self.wva("cleanup", "--all"))
        self.assertEqual(len(result.out.splitlines()), 8)
        rest = sorted(ALMOST_OURS)
        self.wait_for(lambda: all(names == rest for names in self.everything().values()), "only those to go", 30, 0.2)
        self.assertEqual(self.names("variantautoscalings"), ["llama"])
        again = self.ok(self.wva("cleanup", "--all"))
        self.assertEqual((again.out, again.err), ("", f"nothing to clean up in namespace {self.namespace}\n"))

    def test_what_something_holds_back(self):
        """A finalizer: it is on its way out, and whoever set that one must let go."""
        self.configmap("held", {**OURS, "kubectl-wva/run": "aa"}, finalizers=["example.com/hold"])
        self.assertEqual(self.ok(self.wva("cleanup", "aa")).out, "configmap/held deleted\n")
        self.assertIn("deletionTimestamp", self.get("configmaps", "held")["metadata"])
        self.ok(self.wva("cleanup", "aa"))
        self.cluster.request("PATCH", self.path("configmaps", "held"), {"metadata": {"finalizers": None}},
                             "application/merge-patch+json")
        self.assertEqual(self.left("configmaps"), [])


class Finished(MidRun):
    """A Job's time to live."""

    def short_lived(self, seconds):
        path = self.instant(seconds)[1]
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace("spec:\n", "spec:\n  ttlSecondsAfterFinished: 1\n", 1))
        return ["--job-template", path]

    def test_jobs_that_go_at_once_were_seen(self):
        result = self.ok(self.wva("bench", *self.words(), *self.short_lived(0), "-o", "json"))
        self.whole(result)
        self.wait_for(lambda: self.names("jobs") == [], "the Jobs to go", 30, 0.2)
        id_ = self.record()[0]
        self.assertEqual(self.ok(self.wva("cleanup", id_)).out, f"configmap/wva-run-{id_} deleted\n")

    def test_one_that_went_while_nobody_looked_is_repeated(self):
        process = self.start("bench", *self.words(), *self.short_lived(4))
        self.pod("1")
        process.kill()
        process.communicate()
        self.wait_for(lambda: self.names("jobs") == [], "the Job to go", 30, 0.2)
        id_ = self.record()[0]
        result = self.ok(self.wva("bench", "--resume", id_, "-o", "json"))
        self.whole(result)
        self.assertEqual(self.record()[1]["tries-1"], "2")


class Logs(MidRun):
    """The digest comes with the pod's status, the report with the log."""

    def bench_with(self, *changes):
        """With pieces of the Job's manifest replaced."""
        return self.wva("bench", *self.words("--levels", "4"), "--job-template",
                        self.manifest("guidellm-job.yaml", *changes), "-o", "json")

    def noise(self, lines, seconds):
        """Prints much behind the report, and stays until the kubelet has looked."""
        end = '              print("-----END KUBECTL-WVA REPORT-----")\n'
        return (end, end + f'              for _ in range({lines}):\n                  print("x" * 999)\n'
                f'              sys.stdout.flush()\n              threading.Event().wait({seconds})\n')

    # To where nobody looks, as if it were lost.
    lost = ("KUBECTL_WVA_RESULT, value: /dev/termination-log", "KUBECTL_WVA_RESULT, value: /scratch/lost")

    def log_of(self, level):
        return self.log(self.job_pods()[level]["metadata"]["name"])

    def test_a_log_that_was_rotated_away(self):
        result = self.ok(self.bench_with(self.noise(12_000, 8)))
        self.whole(result, [4])
        self.assertNotIn("KUBECTL-WVA REPORT", self.log_of("1"))

    def test_a_message_that_was_lost(self):
        result = self.ok(self.bench_with(self.lost))
        self.whole(result, [4])
        self.assertNotIn("message", self.job_pods()["1"]["status"]["containerStatuses"][0]["state"]["terminated"])

    def test_both(self):
        result = self.bench_with(self.lost, self.noise(12_000, 8))
        id_ = self.stopped(result, 1, "level 1 of 1: concurrent, 4 streams: Job 'NS/wva-ID-1' failed: GuideLLM ended "
                           "well, but its result is lost: the container left no termination message; the log holds no "
                           "report: its begin marker is missing", "kubectl logs job/wva-ID-1 -n NS", kept="0 of 1")
        self.assertEqual(self.made(id_), ["1"])


if __name__ == "__main__":
    unittest.main()
