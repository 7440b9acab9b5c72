# SPDX-License-Identifier: Apache-2.0
"""deploy: every option in its field, nothing sent when nothing is to be, and a wait that ends in words."""
import json
import os
import re
import signal
import tempfile
import unittest

from harness import MODEL, ROOT, SimTest, wva

IMAGE = "docker.io/vllm/vllm-openai:v0.11.0"


class Deploying(SimTest):
    sim_args = ["--gpus-per-node", "64"]

    def deploy(self, name, *args, **more):
        return self.wva("deploy", name, "--model", MODEL, *args, **more)

    def created(self, name):
        return f"deployment.apps/{name} created\nservice/{name} created\n"

    def stuck(self, result, name, *words):
        """Both objects were made, and the Deployment did not come up: these words."""
        self.fails(result, 1, f"error: Deployment '{self.namespace}/{name}' cannot become ready: ", *words,
                   out=self.created(name))
        return result


class Objects(Deploying):
    def template(self, change=lambda text: text):
        """A changed copy of manifests/vllm.yaml."""
        with open(os.path.join(ROOT, "manifests", "vllm.yaml")) as file:
            text = change(file.read())
        file = tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=self.sim.dir.name, delete=False)
        with file:
            file.write(text)
        return file.name

    def test_every_option_has_its_field(self):
        self.ok(self.deploy(
            "all", "--wait=false", "--image", "registry.example/vllm:v9", "--served-model-name", "llama",
            "--accelerator", "H200", "--accelerator-label", "example.com/gpu", "--gpu-resource", "example.com/gpus",
            "--gpus", 4, "--max-batch-size", 32, "--hf-token-secret", "hf:key", "--cache-pvc", "models",
            "--vllm-arg=--seed=1", "--cpu", "500m", "--memory", "3Gi", "--node-selector", "pool=a", "--node-selector",
            "zone=b", "--toleration", "gpu=yes:NoSchedule", "--toleration", "spot", "--service-account", "runner",
            "--image-pull-secret", "pull", "--port", 9000, "--", "--dtype", "bfloat16"))
        deployment, service = self.get("deployments", "all"), self.get("services", "all")
        labels = {"app.kubernetes.io/managed-by": "kubectl-wva", "app.kubernetes.io/name": "all"}
        for metadata in (deployment["metadata"], service["metadata"]):
            self.assertEqual(metadata["labels"], labels)
            self.assertEqual(metadata["annotations"]["kubectl-wva/model"], MODEL)
        self.assertEqual(deployment["spec"]["selector"], {"matchLabels": {"app.kubernetes.io/name": "all"}})
        self.assertEqual(deployment["spec"]["template"]["metadata"]["labels"], labels)
        pod = deployment["spec"]["template"]["spec"]
        container = pod["containers"][0]
        self.assertEqual(container["image"], "registry.example/vllm:v9")
        self.assertEqual(container["args"], [
            MODEL, "--served-model-name=llama", "--host=0.0.0.0", "--port=9000", "--max-num-seqs=32",
            "--tensor-parallel-size=4", "--no-enable-prefix-caching", "--seed=1", "--dtype", "bfloat16"])
        self.assertEqual(container["ports"], [{"name": "http", "containerPort": 9000, "protocol": "TCP"}])
        self.assertEqual(container["resources"]["requests"]["cpu"], "500m")
        self.assertEqual(container["resources"]["requests"]["memory"], "3Gi")
        self.assertEqual(container["resources"]["limits"], {"memory": "3Gi", "example.com/gpus": "4"})
        token = [variable for variable in container["env"] if variable["name"] == "HF_TOKEN"]
        self.assertEqual(token, [{"name": "HF_TOKEN", "valueFrom": {
            "secretKeyRef": {"name": "hf", "key": "key", "optional": True}}}])
        self.assertEqual(pod["volumes"][0], {"name": "cache", "persistentVolumeClaim": {"claimName": "models"}})
        self.assertEqual(pod["nodeSelector"], {"example.com/gpu": "H200", "pool": "a", "zone": "b"})
        self.assertEqual(pod["tolerations"], [
            {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"},
            {"key": "spot", "operator": "Exists"}])
        self.assertEqual(pod["serviceAccountName"], "runner")
        self.assertEqual(pod["imagePullSecrets"], [{"name": "pull"}])
        self.assertEqual(service["spec"]["selector"], {"app.kubernetes.io/name": "all"})
        self.assertEqual([(p["name"], p["port"], p["targetPort"]) for p in service["spec"]["ports"]],
                         [("http", 9000, "http")])

    def test_without_options_there_are_no_such_fields(self):
        self.ok(self.deploy("plain", "--wait=false"))
        pod = self.get("deployments", "plain")["spec"]["template"]["spec"]
        container = pod["containers"][0]
        self.assertEqual(container["args"], [MODEL, "--host=0.0.0.0", "--port=8000", "--max-num-seqs=64",
                                             "--no-enable-prefix-caching"])
        self.assertEqual(container["resources"]["limits"], {"nvidia.com/gpu": "1"})
        self.assertNotIn("HF_TOKEN", [variable["name"] for variable in container["env"]])
        for absent in ("nodeSelector", "tolerations", "serviceAccountName", "imagePullSecrets"):
            self.assertNotIn(absent, pod)
        self.assertEqual(container["image"], IMAGE)

    def test_gpus_0_asks_for_none(self):
        self.ok(self.deploy("cpu", "--wait=false", "--gpus", 0))
        container = self.get("deployments", "cpu")["spec"]["template"]["spec"]["containers"][0]
        self.assertNotIn("limits", container["resources"])

    def test_applies_strictly_as_one_field_manager(self):
        self.ok(self.deploy("a", "--wait=false"))
        base = f"namespaces/{self.namespace}"
        self.assertEqual(self.writes(5), [("PATCH", f"/api/v1/{base}/services/a"),
                                          ("PATCH", f"/apis/apps/v1/{base}/deployments/a")])
        for request in self.sent():
            if request["method"] == "PATCH":
                self.assertEqual(request["path"].split("?")[1], "fieldManager=kubectl-wva&fieldValidation=Strict")
                self.assertEqual(request["contentType"], "application/apply-patch+yaml")
                body = json.loads(request["body"])
                self.assertNotIn("status", body)
                self.assertNotIn("managedFields", body["metadata"])

    def test_a_clients_dry_run_sends_nothing_and_needs_no_kubeconfig(self):
        for output in ("table", "name"):
            self.ok(self.deploy("a", "--dry-run=client", "-o", output))
        document = self.ok(self.deploy("a", "--dry-run=client", "-o", "json")).json
        self.assertEqual([item["metadata"]["namespace"] for item in document["items"]], [self.namespace] * 2)
        self.assertEqual(self.sent(), [])
        self.assertEqual(self.names("deployments") + self.names("services"), [])

        bare = self.ok(wva("deploy", "a", "--model", MODEL, "--dry-run=client"))
        self.assertEqual(bare.out, "deployment.apps/a created (dry run)\nservice/a created (dry run)\n")
        self.assertEqual(bare.err, "")
        bare = self.ok(wva("deploy", "a", "--model", MODEL, "--dry-run", "-o", "json"))
        self.assertEqual([item["metadata"]["namespace"] for item in bare.json["items"]], ["default"] * 2)

    def test_a_servers_dry_run_has_the_server_look_and_stores_nothing(self):
        result = self.ok(self.deploy("a", "--dry-run=server"))
        self.assertEqual(result.out, "deployment.apps/a created (server dry run)\n"
                                     "service/a created (server dry run)\n")
        document = self.ok(self.deploy("a", "--dry-run=server", "-o", "json")).json
        self.assertEqual([item["kind"] for item in document["items"]], ["Deployment", "Service"])
        self.assertIn("uid", document["items"][0]["metadata"])
        self.assertEqual([r["path"].split("?")[1] for r in self.sent() if r["method"] == "PATCH"],
                         ["fieldManager=kubectl-wva&fieldValidation=Strict&dryRun=All"] * 4)
        self.assertEqual(self.names("deployments") + self.names("services"), [])

        self.ok(self.deploy("a", "--wait=false"))
        self.assertEqual(self.ok(self.deploy("a", "--dry-run=server")).out,
                         "deployment.apps/a unchanged (server dry run)\nservice/a unchanged (server dry run)\n")
        self.assertEqual(self.ok(self.deploy("a", "--dry-run=server", "--max-batch-size", 8)).out,
                         "deployment.apps/a configured (server dry run)\nservice/a unchanged (server dry run)\n")
        args = self.get("deployments", "a")["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertIn("--max-num-seqs=64", args)

    def test_output_formats(self):
        yaml = self.ok(self.deploy("a", "--wait=false", "-o", "yaml")).out
        documents = yaml.split("---\n")
        self.assertEqual([re.findall(r"(?m)^kind: (.*)$", text) for text in documents], [["Deployment"], ["Service"]])
        self.assertIn(f"  uid: {self.get('deployments', 'a')['metadata']['uid']}\n", documents[0])
        names = self.ok(self.deploy("a", "--wait=false", "-o", "name"))
        self.assertEqual((names.out, names.err), ("deployment.apps/a\nservice/a\n", ""))
        document = self.ok(self.deploy("a", "--wait=false", "-o", "json")).json
        self.assertEqual((document["kind"], len(document["items"])), ("List", 2))

    def test_again_changes_nothing(self):
        self.ok(self.deploy("a", "--wait=false"))
        before = [self.get("deployments", "a"), self.get("services", "a")]
        again = self.ok(self.deploy("a", "--wait=false"))
        self.assertEqual(again.out, "deployment.apps/a unchanged\nservice/a unchanged\n")
        for old, new in zip(before, [self.get("deployments", "a"), self.get("services", "a")]):
            self.assertEqual(old["spec"], new["spec"])
        other = self.ok(self.deploy("a", "--wait=false", "--port", 9000))
        self.assertEqual(other.out, "deployment.apps/a configured\nservice/a configured\n")
        self.assertEqual([port["port"] for port in self.get("services", "a")["spec"]["ports"]], [9000])

    def foreign(self, resource, name, **labels):
        specs = {"services": ("v1", "Service", {"selector": {"a": "b"}, "ports": [{"port": 80}]}),
                 "deployments": ("apps/v1", "Deployment", {
                     "replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {
                         "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}})}
        version, kind, spec = specs[resource]
        self.create(resource, {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels},
                               "spec": spec})

    def test_nothing_of_others_is_touched(self):
        for resource, shown in (("deployments", "deployment.apps"), ("services", "service")):
            for labels in ({}, {"app.kubernetes.io/managed-by": "Helm"}):
                name = f"{resource}-{len(labels)}"
                with self.subTest(name):
                    self.foreign(resource, name, **labels)
                    before = self.get(resource, name)["spec"]
                    for mode in ("none", "server"):
                        self.fails(self.deploy(name, f"--dry-run={mode}"), 3,
                                   f"error: {shown}/{name} in namespace {self.namespace} exists and was not made by "
                                   "kubectl-wva: it is left as it is\n",
                                   "hint: choose another name, or measure what is there: kubectl wva bench "
                                   f"{resource[:-1]}/{name} -n {self.namespace}\n")
                    self.assertEqual(self.get(resource, name)["spec"], before)
        self.assertEqual(self.writes(), [])
        self.assertEqual(len(self.names("deployments") + self.names("services")), 4)

    def test_a_field_that_another_manager_took(self):
        self.ok(self.deploy("a", "--wait=false"))
        status, _ = self.sim.request("PATCH", self.path("deployments", "a") + "?fieldManager=hpa",
                                     {"spec": {"replicas": 3}}, "application/merge-patch+json")
        self.assertEqual(status, 200)
        self.fails(self.deploy("a"), 3, "error: cannot apply deployment.apps/a: Apply failed with 1 conflict",
                   '"hpa"', ".spec.replicas")
        self.assertEqual(self.get("deployments", "a")["spec"]["replicas"], 3)

    def test_templates(self):
        path = self.template(lambda text: text.replace("progressDeadlineSeconds: 7200", "progressDeadlineSeconds: 77"))
        self.ok(self.deploy("a", "--wait=false", "--template", path))
        self.assertEqual(self.get("deployments", "a")["spec"]["progressDeadlineSeconds"], 77)

    def test_templates_that_cannot_be(self):
        cases = [
            ("/nonexistent.yaml", "error: cannot read /nonexistent.yaml: No such file or directory\n"),
            (self.template(lambda text: text.split("---\n")[0]), "error: the template has no Service\n"),
            (self.template(lambda text: text.split("---\n")[1]), "error: the template has no Deployment\n"),
            (self.template(lambda text: text + "---\n" + text.split("---\n")[1]),
             "error: the template has more than one Service\n"),
            (self.template(lambda text: text.replace("name: vllm\n          image", "name: x\n          image")),
             "error: the template's Deployment has no container named \"vllm\"\n"),
            (self.template(lambda text: text.replace("{name: http, port:", "{name: web, port:")),
             "error: the template's container and Service must both have a port named \"http\"\n"),
            (self.template(lambda text: text.replace("spec:", "spec: [", 1)), ".yaml: line "),
            (self.template(lambda text: "kind: Deployment\nkind: Service\n"), "duplicate key \"kind\"\n"),
        ]
        for path, words in cases:
            with self.subTest(words):
                self.fails(self.deploy("a", "--template", path), 1, words)
        self.assertEqual(self.writes(), [])

    def test_a_template_that_the_server_refuses(self):
        unknown = self.template(lambda text: text.replace("  replicas: 1\n", "  replicas: 1\n  replicaz: 1\n"))
        self.fails(self.deploy("a", "--template", unknown), 3, "error: cannot apply deployment.apps/a: ", "replicaz")
        invalid = self.template(lambda text: text.replace("  replicas: 1\n", "  replicas: -1\n"))
        self.fails(self.deploy("a", "--template", invalid), 3,
                   'error: cannot apply deployment.apps/a: the Deployment "a" is invalid: spec.replicas: ')
        self.assertEqual(self.names("deployments"), [])

    def test_usage(self):
        for args, words in (
                (["a"], "error: no model: --model ID is needed\n"),
                (["A_b", "--model", "m"], "error: 'A_b' is no name for a Deployment and a Service: "),
                (["a", "--model", "m", "--gpus", "-1"], "error: option --gpus: '-1' is not between 0 and 1024\n"),
                (["a", "--model", "m", "--port", "0"], "error: option --port: '0' is not between 1 and 65535\n"),
                (["a", "--model", "m", "--cpu", "two"], "error: --cpu: 'two' is no quantity such as 500m or 16Gi\n"),
                (["a", "--model", "m", "--toleration", ":x"], "error: "),
                (["a", "--model", "m", "--node-selector", "x"], "error: "),
                (["a", "--model", "m", "--timeout", "x"], "error: option --timeout: 'x' is not a duration"),
                (["a", "--model", "m", "--dry-run=maybe"], "'maybe' is not one of none, client, server\n"),
                (["a", "--model", ""], "error: option --model: '' is not a value: it is empty\n"),
                (["a", "b", "--model", "m"], "error: 'deploy' does not take the argument 'b'\n")):
            with self.subTest(args):
                self.fails(self.wva("deploy", *args), 2, words)
        self.assertEqual(self.writes(), [])


class Waiting(Deploying):
    def test_shows_each_step_once(self):
        self.sim.fault("pull-slow=200 path first")  # two seconds, enough for a busy machine to look
        result = self.ok(self.deploy("a", "--image", "registry.example/first:v1"))
        self.assertEqual(result.out, self.created("a"))
        lines = result.err.splitlines()
        self.assertEqual(len(lines), len(set(lines)), result.err)
        passing = re.compile("deployment/a: (waiting for a pod|scheduling|starting|ready)")
        self.assertEqual([line for line in lines if not passing.fullmatch(line)],
                         ["deployment/a: pulling image registry.example/first:v1", "deployment/a: loading",
                          f"deployment/a is ready at http://a.{self.namespace}.svc:8000"])
        self.assertEqual(self.get("deployments", "a")["status"]["availableReplicas"], 1)

    def test_quiet_is_quiet(self):
        result = self.ok(self.deploy("a", "-q"))
        self.assertEqual((result.out, result.err), (self.created("a"), ""))

    def test_need_not_wait(self):
        self.sim.fault("never-ready path a-")
        result = self.ok(self.deploy("a", "--wait=false"))
        self.assertEqual((result.out, result.err), (self.created("a"), ""))
        self.assertLess(result.seconds, 5)

    def test_waits_for_the_newest_generation(self):
        self.ok(self.deploy("a"))
        self.ok(self.deploy("a", "--max-batch-size", 16))
        deployment = self.get("deployments", "a")
        self.assertEqual(deployment["status"]["observedGeneration"], deployment["metadata"]["generation"])
        pods = [pod for pod in self.sim.get(self.path("pods"))["items"] if "deletionTimestamp" not in pod["metadata"]]
        self.assertEqual([("--max-num-seqs=16" in pod["spec"]["containers"][0]["args"]) for pod in pods], [True])

    def test_time_is_up(self):
        self.sim.fault("never-ready path a-")
        result = self.fails(self.deploy("a", "--timeout", "1s"), 4,
                            f"error: Deployment '{self.namespace}/a' was not ready after 1s: ",
                            "hint: it goes on starting; wait for it with: kubectl rollout status deployment/a "
                            f"-n {self.namespace}\n", out=self.created("a"))
        self.assertLess(result.seconds, 5)
        self.assertEqual(self.names("deployments"), ["a"])

    def test_a_volume_that_is_not_there(self):
        with open(os.path.join(ROOT, "manifests", "vllm.yaml")) as file:
            text = file.read().replace("      volumes:\n", "      volumes:\n        - {name: x, configMap: {name: none}}\n")
        path = os.path.join(self.sim.dir.name, "volume.yaml")
        with open(path, "w") as file:
            file.write(text)
        self.fails(self.deploy("a", "--template", path, "--timeout", "1s"), 4,
                   f"error: Deployment '{self.namespace}/a' was not ready after 1s: waiting for volumes, network and image ",
                   "\nhint: kubectl describe pod a-", out=self.created("a"))

    def test_an_image_that_is_not_there(self):
        result = self.stuck(self.deploy("a", "--image", "registry.example/missing:v1"), "a",
                            'ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image '
                            '"registry.example/missing:v1": ', "registry.example/missing:v1: not found\n")
        self.assertRegex(result.err, rf"(?m)^hint: kubectl describe pod a-\S+ -n {self.namespace}$")
        self.assertLess(result.seconds, 5)

    def test_an_image_that_is_denied(self):
        self.stuck(self.deploy("a", "--image", "registry.example/denied:v1"), "a",
                   "ErrImagePull: ", "401 Unauthorized\n")

    def test_a_registry_that_is_down_is_waited_for_with_patience(self):
        self.sim.fault("pull-timeout path down")
        self.stuck(self.deploy("a", "--image", "registry.example/down:v1", "--patience", "1s"), "a", "i/o timeout\n")
        self.sim.clear_faults()
        self.sim.fault("pull-timeout path upagain times 1")
        self.ok(self.deploy("b", "--image", "registry.example/upagain:v1"))

    def test_bad_image_name(self):
        self.stuck(self.deploy("a", "--image", "NOT A NAME"), "a", "InvalidImageName: ", "NOT A NAME")

    def test_no_node_with_such_a_gpu(self):
        result = self.stuck(self.deploy("a", "--gpus", 100, "--patience", "1s"), "a",
                            "unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
        self.assertEqual(result.err.count("\ndeployment/a: unschedulable") + result.err.startswith("deployment/a: un"), 1)
        self.stuck(self.deploy("b", "--accelerator", "A100", "--patience", "1s"), "b",
                   "unschedulable: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.")

    def test_quota_is_waited_for_and_named(self):
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"},
                 "spec": {"hard": {"requests.nvidia.com/gpu": "0"}}}
        self.create("resourcequotas", quota)
        refused = ("pod refused: exceeded quota: few, requested: requests.nvidia.com/gpu=1, used: "
                   "requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=0\n")
        result = self.stuck(self.deploy("a", "--patience", "1s"), "a", refused,
                            f"hint: kubectl describe deployment a -n {self.namespace}\n")
        self.assertEqual(result.err.count("deployment/a: pod refused: "), 1, str(result))

        process = self.start("deploy", "b", "--model", MODEL)
        self.wait_for(lambda: self.get("deployments", "b"), "the Deployment")
        quota["spec"]["hard"]["requests.nvidia.com/gpu"] = "2"
        self.assertEqual(self.sim.request("PUT", self.path("resourcequotas", "few"), quota)[0], 200)
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, out), (0, self.created("b")), err)

    def test_a_crash_comes_with_the_logs_last_lines(self):
        self.sim.fault("crash=3 path a-")
        result = self.stuck(self.deploy("a"), "a", "ended with exit status 3 (Error)", "; its last lines:\n",
                            f"Starting to load model {MODEL}...\n")
        self.assertRegex(result.err, rf"\nhint: kubectl describe pod a-\S+ -n {self.namespace}\n$")

    def test_a_mended_server_is_not_judged_by_the_pod_before(self):
        for i in range(4):
            name = f"a{i}"
            self.sim.fault(f"crash path {name}-")
            self.fails(self.deploy(name), 1, "cannot become ready", out=None)
            self.sim.clear_faults()
            self.ok(self.deploy(name, "--max-batch-size", 8))

    def test_out_of_memory(self):
        self.sim.fault("oom path a-")
        self.stuck(self.deploy("a"), "a", "ended with exit status 137 (OOMKilled)", "\nhint: give it more memory: --memory\n")

    def test_a_secret_that_is_missing(self):
        self.sim.fault("config-error path a-")
        self.stuck(self.deploy("a"), "a", "CreateContainerConfigError: ")

    def test_an_interrupt_stops_the_wait_only(self):
        self.sim.fault("never-ready path a-")
        process = self.start("deploy", "a", "--model", MODEL)
        self.wait_for(lambda: process.stderr.readline(), "a step")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, out), (130, self.created("a")), err)
        self.assertTrue(err.endswith(f"error: canceled\nhint: it goes on starting; wait for it with: kubectl rollout "
                                     f"status deployment/a -n {self.namespace}\n"), err)
        self.assertEqual(self.names("deployments") + self.names("services"), ["a", "a"])

    def test_deleted_meanwhile(self):
        self.sim.fault("never-ready path a-")
        process = self.start("deploy", "a", "--model", MODEL)
        self.wait_for(lambda: process.stderr.readline(), "a step")
        self.assertEqual(self.sim.request("DELETE", self.path("deployments", "a"))[0], 200)
        out, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, out), (1, self.created("a")), err)
        self.assertTrue(err.endswith(f"error: Deployment '{self.namespace}/a' was deleted while it was waited for\n"), err)

    def test_what_may_not_be_watched(self):
        self.sim.fault("forbidden path /pods")
        self.fails(self.deploy("a"), 3, 'error: pods is forbidden: ',
                   f"hint: kubectl auth can-i list pods -n {self.namespace}\n", out=self.created("a"))

    def test_a_service_that_is_refused_leaves_no_server(self):
        self.sim.fault("forbidden on PATCH path /services")
        self.fails(self.deploy("a"), 3, "error: cannot apply service/a: services \"a\" is forbidden: ",
                   f"hint: kubectl auth can-i patch services -n {self.namespace}\n")
        self.assertEqual(self.names("deployments"), [])


class Restricted(Deploying):
    sim_args = ["--restricted"]

    def test_is_admitted(self):
        result = self.ok(self.deploy("a", "--hf-token-secret", "hf", "--gpus", 2))
        self.assertNotIn("Warning", result.err)

    def test_a_template_that_is_not_is_named(self):
        with open(os.path.join(ROOT, "manifests", "vllm.yaml")) as file:
            text = file.read().replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true")
        path = os.path.join(self.sim.dir.name, "bad.yaml")
        with open(path, "w") as file:
            file.write(text)
        result = self.stuck(self.deploy("a", "--template", path), "a",
                            'pod refused: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false')
        self.assertLess(result.seconds, 5)


if __name__ == "__main__":
    unittest.main()
