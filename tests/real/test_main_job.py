# SPDX-License-Identifier: Apache-2.0
"""The main job from end to end through the real kubectl: real GuideLLM, real admission, a real VariantAutoscaling. The
manifests are the project's own, unchanged, and the user has README.md's Role and nothing else.
"""
import copy
import os
import shlex
import unittest

from harness import FAST, GPU_PRODUCT, JOB, MODEL, TRUTH, RealTest, deviation, run

# Long enough for a fit; how good it is, test_accuracy.py tells.
MEASURE = [*JOB, "--output-tokens", "32", "--max-seconds", "12", "--warmup-seconds", "4", "--level-warmup-seconds", "4"]
# The machine may be busy, so this only tells the four numbers apart.
COARSE = {"alpha": 0.2, "beta": 0.5, "gamma": 1, "delta": 2}


class MainJob(RealTest):
    def left(self):
        """All objects of the namespace but those that it has of itself and that the test made."""
        kinds = self.ok(self.cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name")).out.split()
        kinds = [kind for kind in kinds if not kind.startswith("events")]
        listed = self.ok(self.cluster.kubectl("get", ",".join(kinds), "-n", self.namespace, "-o", "name")).out.split()
        return sorted(name for name in listed if name not in (
            "configmap/kube-root-ca.crt", "serviceaccount/default", "variantautoscaling.llmd.ai/llama",
            "role.rbac.authorization.k8s.io/kubectl-wva", "rolebinding.rbac.authorization.k8s.io/kubectl-wva"))

    def give_status(self):
        """What WVA's controller would have written."""
        status, stored = self.cluster.request("PATCH", self.path("variantautoscalings", "llama") + "/status", {"status": {
            "currentAlloc": {"accelerator": "H100", "numReplicas": 2}}}, "application/merge-patch+json")
        self.assertEqual(status, 200, stored)
        return stored

    def check_variantautoscaling(self, before, parameters):
        """Changed in one entry, and there in the parameters and the batch size; all else is as it was."""
        after = self.get("variantautoscalings", "llama")
        wanted = copy.deepcopy(before)
        entry = wanted["spec"]["modelProfile"]["accelerators"][1]
        written = after["spec"]["modelProfile"]["accelerators"][1]["perfParms"]
        entry["maxBatchSize"] = 64
        entry["perfParms"] = written
        self.assertEqual(after["spec"], wanted["spec"])
        self.assertEqual(after["status"], before["status"])
        self.assertEqual({kind: list(values) for kind, values in written.items()},
                         {"decodeParms": ["alpha", "beta"], "prefillParms": ["delta", "gamma"]})
        for name, text in {**written["decodeParms"], **written["prefillParms"]}.items():
            self.assertLess(deviation(float(text), parameters[name]), 1e-8)
        for kept in ("uid", "labels", "creationTimestamp"):
            self.assertEqual(after["metadata"][kept], before["metadata"][kept])
        self.assertEqual(after["metadata"]["generation"], before["metadata"]["generation"] + 1)
        managers = {entry["manager"]: entry for entry in after["metadata"]["managedFields"]}
        self.assertEqual(list(managers["kubectl-wva"]["fieldsV1"]), ["f:spec"])
        self.assertEqual(list(managers["kubectl-wva"]["fieldsV1"]["f:spec"]), ["f:modelProfile"])

    def test_run_writes_the_parameters_and_leaves_the_rest(self):
        self.grant()
        self.variantautoscaling()
        before = self.give_status()
        result = self.ok(self.kubectl_wva(
            "run", "llama-bench", "--model", MODEL, "--accelerator", GPU_PRODUCT, "--va", "llama", "-o", "json", *MEASURE,
            user="namespaced"))
        fit = result.json["spec"]
        self.assertEqual([level["streams"] for level in self.levels()], [1, 4, 16, 64])
        for name, true in TRUTH.items():
            self.assertLess(deviation(fit["parameters"][name], true), COARSE[name], f"{name}\n{result}")
        self.assertEqual((fit["maxBatchSize"], fit["acceleratorCount"], fit["guidellm"]["version"]), (64, 1, "0.7.3"))
        self.check_variantautoscaling(before, fit["parameters"])

        # What it made is gone, but for the record and the Jobs with their logs.
        runs = self.ok(self.kubectl_wva("runs", "-o", "json", user="namespaced")).json
        self.assertEqual([(run["state"], run["levels"]) for run in runs], [("applied", "4/4")])
        name = runs[0]["run"]
        self.wait_for(lambda: not [pod for pod in self.names("pods") if "llama-bench" in pod], "the server's end", 60)
        self.assertEqual(sorted(self.names("jobs")), sorted(f"wva-{name}-{level}" for level in ("warmup", 1, 2, 3, 4)))
        self.assertEqual([self.names(kind) for kind in ("deployments", "services")], [[], []])
        self.ok(self.kubectl_wva("cleanup", name, user="namespaced"))
        self.wait_for(lambda: self.left() == [], "all to go", 60, 1)

        # The API server saw the user with the least rights, refused nothing, and no record was written in vain.
        audit = self.audit(1)
        self.assertEqual({event["user"]["username"] for event in audit}, {"tester"})
        refused = [(event["verb"], event["requestURI"], event["responseStatus"]) for event in audit
                   if event["responseStatus"].get("code", 200) >= 300]
        self.assertEqual(refused, [])

    def levels(self):
        runs = self.ok(self.kubectl_wva("runs", "-o", "json", user="namespaced")).json
        document = self.ok(self.kubectl_wva("runs", runs[0]["run"], "-o", "json", user="namespaced")).json
        return document["spec"]["levels"]

    def test_the_parts_as_a_pipe(self):
        before = self.variantautoscaling()
        self.serve()
        fit = os.path.join(self.directory.name, "fit.json")
        at = f"-n {self.namespace}"
        result = self.ok(run(["bash", "-o", "pipefail", "-c", f"""
            kubectl wva bench deployment/vllm {at} --levels 1,8,32 {shlex.join(FAST)} -o json |
            kubectl wva fit - -o json | tee {fit} | kubectl wva apply llama {at} -f - --accelerator H100"""],
            env=self.environment(), timeout=600))
        self.assertEqual(result.out, "variantautoscaling.llmd.ai/llama configured\n")
        stored = self.get("variantautoscalings", "llama")
        self.assertEqual(stored["spec"]["modelProfile"]["accelerators"][1]["maxBatchSize"], 64)
        self.assertEqual(stored["spec"]["modelProfile"]["accelerators"][0],
                         before["spec"]["modelProfile"]["accelerators"][0])

        again = self.ok(self.kubectl_wva("apply", "llama", "-f", fit, "--accelerator", "H100"))
        self.assertEqual(again.out, "variantautoscaling.llmd.ai/llama unchanged\n")
        self.assertEqual(self.get("variantautoscalings", "llama")["metadata"]["resourceVersion"],
                         stored["metadata"]["resourceVersion"])
        # Ours is ours: the same deployed again changes nothing, and cleanup takes it all.
        deployed = self.get("deployments", "vllm")
        self.serve()
        self.assertEqual(self.get("deployments", "vllm")["metadata"]["generation"], deployed["metadata"]["generation"])
        self.ok(self.kubectl_wva("cleanup", "--all"))
        self.wait_for(lambda: self.left() == [], "all to go", 90, 1)


class DryRun(RealTest):
    """`--dry-run=server`: what the real admission says, and nothing stored."""

    def nothing_was_stored(self):
        for kind in ("deployments", "services", "jobs", "pods"):
            self.assertEqual(self.names(kind), [], kind)
        self.assertEqual(self.names("configmaps"), ["kube-root-ca.crt"])

    def test_deploy_bench_and_run(self):
        self.ok(self.kubectl_wva("deploy", "vllm", "--model", MODEL, "--dry-run=server"))
        self.ok(self.kubectl_wva("run", "vllm", "--model", MODEL, "--dry-run=server"))
        self.ok(self.kubectl_wva("bench", "http://vllm:8000", "--model", MODEL, "--levels", "1,4", "--dry-run=server"))
        self.nothing_was_stored()

    def test_what_the_api_server_refuses(self):
        template = self.manifest("vllm.yaml", ("imagePullPolicy: IfNotPresent", "imagePullPolicy: Sometimes"))
        self.fails(self.kubectl_wva("deploy", "vllm", "--model", MODEL, "--template", template, "--dry-run=server"), 3,
                   'error: cannot apply deployment.apps/vllm: the Deployment "vllm" is invalid: '
                   'spec.template.spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes"')
        template = self.manifest("vllm.yaml", ("replicas: 1", "replicas: 1\n  replikas: 2"))
        self.fails(self.kubectl_wva("deploy", "vllm", "--model", MODEL, "--template", template, "--dry-run=server"), 3,
                   "replikas")
        self.nothing_was_stored()

    def test_what_pod_security_warns_of(self):
        template = self.manifest("vllm.yaml", ("runAsNonRoot: true", "runAsNonRoot: false"))
        result = self.ok(self.kubectl_wva("deploy", "vllm", "--model", MODEL, "--template", template, "--dry-run=server"))
        self.assertIn('would violate PodSecurity "restricted:latest"', result.err)
        self.nothing_was_stored()

    def test_apply(self):
        before = self.variantautoscaling()
        self.ok(self.wva("deploy", "other", "--model", MODEL, "--wait=false"))
        numbers = ["--alpha", 20, "--beta", 0.4, "--gamma", 40, "--delta", 0.01, "--max-batch-size", 64]
        result = self.ok(self.kubectl_wva("apply", "llama", *numbers, "--dry-run=server"))
        self.assertEqual(result.out, "variantautoscaling.llmd.ai/llama configured (server dry run)\n")
        self.assertEqual(self.get("variantautoscalings", "llama"), before)
        result = self.ok(self.kubectl_wva("apply", "other", *numbers, "--accelerator", "H100", "--model", MODEL,
                                          "--create", "--deployment", "other", "--dry-run=server"))
        self.assertEqual(result.out, "variantautoscaling.llmd.ai/other created (server dry run)\n")
        self.assertEqual(self.names("variantautoscalings"), ["llama"])


class Schema(RealTest):
    """The CRD does what `apply` relies on."""

    def test_numbers_are_refused(self):
        entry = {"acc": "H100", "accCount": 1, "maxBatchSize": 8,
                 "perfParms": {"decodeParms": {"alpha": 1.0}, "prefillParms": {"gamma": "1"}}}
        status, text = self.cluster.request("POST", self.path("variantautoscalings"), {
            "apiVersion": "llmd.ai/v1alpha1", "kind": "VariantAutoscaling", "metadata": {"name": "numbers"},
            "spec": {"modelID": MODEL, "modelProfile": {"accelerators": [entry]}}})
        self.assertEqual(status, 422)
        self.assertIn("must be of type string", text["message"])

    def test_created_whole(self):
        self.ok(self.wva("deploy", "fresh", "--model", MODEL, "--wait=false"))
        result = self.ok(self.kubectl_wva(
            "apply", "fresh", "--alpha", 20, "--beta", 0.4, "--gamma", 40, "--delta", 0.01, "--max-batch-size", 64,
            "--accelerator", "H100", "--model", MODEL, "--create", "--deployment", "fresh"))
        self.assertEqual(result.out, "variantautoscaling.llmd.ai/fresh created\n")
        spec = self.get("variantautoscalings", "fresh")["spec"]
        self.assertEqual(spec["variantCost"], "10.0")  # the schema's default
        self.assertEqual(spec["modelProfile"]["accelerators"], [
            {"acc": "H100", "accCount": 1, "maxBatchSize": 64,
             "perfParms": {"decodeParms": {"alpha": "20", "beta": "0.4"}, "prefillParms": {"gamma": "40", "delta": "0.01"}}}])


if __name__ == "__main__":
    unittest.main()
