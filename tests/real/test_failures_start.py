# SPDX-License-Identifier: Apache-2.0
"""Servers and Jobs that do not come up on a real node: images, nodes, quota, pod security, volumes, webhooks. What is told,
and what is left. The simulated counterparts are in test_deploy.py and test_trouble.py.
"""
import re
import unittest

import side_by_side
from failing import ONE, ONLY, PATIENCE, SMALL, Failing
from harness import GUIDELLM, MODEL

load_tests = side_by_side.load_tests

NO_NODE = "unschedulable: 0/1 nodes are available: {}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for " \
          "scheduling."
NO_SELECTED = "1 node(s) didn't match Pod's node affinity/selector"
ABSENT = 'ErrImagePull: failed to pull and unpack image "{0}": failed to resolve it: {0}: not found'
DENIED = 'ErrImagePull: failed to pull and unpack image "{0}": failed to resolve it: 401 Unauthorized'
AWAY = 'ErrImagePull: failed to pull and unpack image "{0}": failed to resolve it: failed to do request: Head ' \
       '"http://REGISTRY/v2/{1}/manifests/{2}": dial tcp REGISTRY: connect: connection refused'
NEVER = 'ErrImageNeverPull: Container image "{}" is not present with pull policy of Never'
BAD_NAME = 'InvalidImageName: Failed to apply default image tag "{0}": couldn\'t parse image name "{0}": invalid reference ' \
           'format: repository name ({1}) must be lowercase'
NO_CLAIM = 'unschedulable: 0/1 nodes are available: persistentvolumeclaim "none" not found'
NO_MEMORY = "pod refused: maximum memory usage per Container is 128Mi, but limit is {}"
ESCALATES = ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true")
ESCALATED = 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "{0}" must set ' \
            'securityContext.allowPrivilegeEscalation=false)'
HOOK = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
HOOK_AWAY = 'Internal error occurred: failed calling webhook "gate.example.com": failed to call webhook: Post ' \
            '"https://REGISTRY/?timeout=1s": dial tcp REGISTRY: connect: connection refused'


def exceeded(what, requested, used, limited):
    return f"exceeded quota: few, requested: {what}={requested}, used: {what}={used}, limited: {what}={limited}"


def claim_in_place_of(volume):
    return (f"        - name: {volume}\n          emptyDir: {{}}",
            f"        - name: {volume}\n          persistentVolumeClaim: {{claimName: none}}")


class Starting(Failing):
    def limit_memory(self):
        self.create("limitranges", {"metadata": {"name": "small"}, "spec": {"limits": [
            {"type": "Container", "max": {"memory": "128Mi"}}]}})

    def gate(self, group, resource):
        """An admission webhook that is down, and must be asked; what ends it."""
        name = f"gate-{self.namespace}"
        status, text = self.cluster.request("POST", HOOK, {"metadata": {"name": name}, "webhooks": [{
            "name": "gate.example.com", "failurePolicy": "Fail", "sideEffects": "None", "timeoutSeconds": 1,
            "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:9/"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}},
            "rules": [{"operations": ["CREATE"], "apiGroups": [group], "apiVersions": ["*"], "resources": [resource]}]}]})
        self.assertEqual(status, 201, text)
        self.addCleanup(self.cluster.request, "DELETE", f"{HOOK}/{name}")
        # The API server hears of it a moment later.
        pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "c", "securityContext": {
            "runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"}}}]}
        probe = {"metadata": {"name": "probe"}, "spec": pod if resource == "pods" else {"template": {"spec": pod}}}
        self.wait_for(lambda: self.cluster.request("POST", self.path(resource) + "?dryRun=All", probe)[0] == 500,
                      "the webhook", 30, 0.2)
        return lambda: self.cluster.request("DELETE", f"{HOOK}/{name}")


class Servers(Starting):
    """`deploy`."""
    with_server = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_registries()

    def test_an_image_that_is_not_there(self):
        self.stuck(self.deploy("--image", "registry.test/absent/vllm:v1"), ABSENT.format("registry.test/absent/vllm:v1"))

    def test_an_image_that_is_denied(self):
        self.stuck(self.deploy("--image", "registry.test/private/vllm:v1", "--image-pull-secret", "none"),
                   DENIED.format("registry.test/private/vllm:v1"))

    def test_a_registry_that_is_away(self):
        result = self.stuck(self.deploy("--image", "closed.test/its/vllm:v1"),
                            AWAY.format("closed.test/its/vllm:v1", "its/vllm", "v1"))
        self.assertGreater(result.seconds, 2)  # --patience

    def test_an_image_that_is_never_pulled(self):
        self.stuck(self.deploy("--image", "docker.io/vllm/vllm-openai:none",
                               *self.template(("imagePullPolicy: IfNotPresent", "imagePullPolicy: Never"))),
                   NEVER.format("docker.io/vllm/vllm-openai:none"))

    def test_a_bad_image_name(self):
        self.stuck(self.deploy("--image", "docker.io/Vllm/openai:v1"),
                   BAD_NAME.format("docker.io/Vllm/openai:v1", "Vllm/openai"))

    def test_no_such_node(self):
        for options, reason in ((["--gpus", "1", "--gpu-resource", "example.com/none"], "1 Insufficient example.com/none"),
                                (["--gpus", "16"], "1 Insufficient nvidia.com/gpu"),
                                (["--accelerator", "NVIDIA-B200"], NO_SELECTED)):
            with self.subTest(options):
                self.enter("no-such-node")
                result = self.stuck(self.deploy(*options), NO_NODE.format(reason))
                self.assertGreater(result.seconds, 2)

    def test_a_claim_that_is_not_there(self):
        result = self.deploy("--cache-pvc", "none")
        result.err = re.sub(r"(?<=not found)\. (not found|preemption: .*)", "", result.err.replace(
            "no new claims to deallocate, ", ""))
        self.stuck(result, NO_CLAIM)

    def test_a_secret_that_is_not_there(self):
        self.stuck(self.deploy(*self.template(("          env:\n", "          env:\n            - name: HF_TOKEN\n"
                   "              valueFrom: {secretKeyRef: {name: hf-token, key: token}}\n"))),
                   'CreateContainerConfigError: secret "hf-token" not found')

    def test_a_token_that_is_not_there_is_not_needed(self):
        self.ok(self.deploy("--hf-token-secret", "none"))

    def test_a_volume_that_is_not_there(self):
        """Only Events tell, and nobody says that it will never come."""
        result = self.deploy("--timeout", "4s", *self.template(
            ("      volumes:\n", "      volumes:\n        - {name: more, configMap: {name: none}}\n"),
            ("          volumeMounts:\n", "          volumeMounts:\n            - {name: more, mountPath: /more}\n")))
        self.fails(result, 4, out="deployment.apps/vllm created\nservice/vllm created\n")
        self.assertEqual(self.told(result.err), "error: Deployment 'NS/vllm' was not ready after 4s: waiting for volumes, "
                         "network and image docker.io/vllm/vllm-openai:v0.11.0\n"
                         "hint: kubectl describe pod vllm-POD -n NS\n"
                         "hint: it goes on starting; wait for it with: kubectl rollout status deployment/vllm -n NS\n")

    def test_quota_for_its_pod(self):
        for what, hard, requested, used in (("pods", "0", "1", "0"), ("requests.cpu", "50m", "100m", "0"),
                                            ("requests.nvidia.com/gpu", "0", "1", "0")):
            with self.subTest(what):
                self.enter("quota")
                self.limit(**{what: hard})
                self.stuck(self.deploy("--gpus", "1"), "pod refused: " + exceeded(what, requested, used, hard),
                           about="deployment vllm")

    def test_quota_for_itself(self):
        self.limit(services=0)
        self.fails(self.deploy(), 3, 'error: cannot apply service/vllm: services "vllm" is forbidden: '
                   + exceeded("services", 1, 0, 0) + "\n")
        self.there()

    def test_a_service_account_that_is_not_there(self):
        self.stuck(self.deploy("--service-account", "none"), "pod refused: error looking up service account NS/none: "
                   'serviceaccount "none" not found', about="deployment vllm")

    def test_a_limit_range(self):
        self.limit_memory()
        self.stuck(self.deploy(), NO_MEMORY.format("256Mi"), about="deployment vllm")

    def test_pod_security(self):
        result = self.stuck(self.deploy("--patience", "1h", *self.template(ESCALATES)),
                            "pod refused: " + ESCALATED.format("vllm"), about="deployment vllm")
        self.assertIn(f"Warning: would {ESCALATED.format('vllm').replace('violates', 'violate')}\n", result.err)

    def test_its_own_manifest_is_restricted(self):
        self.assertNotIn("Warning", self.ok(self.deploy("--dry-run=server")).err)
        self.assertNotIn("Warning", self.ok(self.deploy()).err)

    def test_a_namespace_where_all_is_allowed(self):
        self.pod_security = "privileged"
        self.enter("privileged")
        self.ok(self.deploy(*self.template(ESCALATES)))

    def test_a_webhook_that_is_down(self):
        self.gate("", "pods")
        self.stuck(self.deploy(), HOOK_AWAY, about="deployment vllm")

    def test_a_run_says_how_to_go_on(self):
        self.limit(pods=0)
        result = self.wva("run", "one", "--model", MODEL, "--levels", "1,4", *PATIENCE, *SMALL)
        self.assertEqual((result.status, result.out), (1, ""), str(result))
        self.assertEqual(self.told(result.err), "error: Deployment 'NS/one' cannot become ready: pod refused: "
                         + exceeded("pods", 1, 0, 0) + "\nhint: kubectl describe deployment one -n NS\n"
                         "hint: deployment/one is there, but not ready\n"
                         "hint: 0 of 2 levels are kept; go on with: kubectl wva run --resume ID -n NS\n"
                         "hint: or remove all of it: kubectl wva cleanup ID -n NS\n")
        id_, data = self.record()
        self.assertEqual((data["state"], self.names("jobs")), ("failed", []))
        self.ok(self.wva("cleanup", id_))
        self.wait_for(lambda: self.names("deployments") + self.names("services") == [], "the end of all", 60, 0.2)


class Jobs(Starting):
    """`bench`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_registries()

    def image(self, name, *options):
        return self.bench("--guidellm-image", name, "--guidellm-version", "0.7.3", *options)

    def test_an_image_that_is_not_there(self):
        image = "registry.test/absent/guidellm:v1"
        self.failed(self.image(image), ABSENT.format(image))

    def test_an_image_that_is_denied(self):
        image = "registry.test/private/guidellm:v1"
        self.failed(self.image(image, "--job-image-pull-secret", "none"), DENIED.format(image))

    def test_a_registry_that_is_away(self):
        image = "closed.test/its/guidellm:v1"
        result = self.image(image)
        self.failed(result, AWAY.format(image, "its/guidellm", "v1"))
        self.assertGreater(result.seconds, 2)

    def test_an_image_that_is_never_pulled(self):
        self.failed(self.image(f"{GUIDELLM}:none", *self.job(("imagePullPolicy: IfNotPresent", "imagePullPolicy: Never"))),
                    NEVER.format(f"{GUIDELLM}:none"))

    def test_a_bad_image_name(self):
        self.failed(self.image("ghcr.io/vLLM/guidellm:v1"), BAD_NAME.format("ghcr.io/vLLM/guidellm:v1", "vLLM/guidellm"))

    def test_no_such_node(self):
        result = self.bench("--job-node-selector", "none=none")
        self.failed(result, NO_NODE.format(NO_SELECTED))
        self.assertGreater(result.seconds, 2)

    def test_a_claim_that_is_not_there(self):
        result = self.bench(*self.job(claim_in_place_of("tmp")))
        result.err = re.sub(r"(?<=not found)\. (not found|preemption: .*)", "", result.err.replace(
            "no new claims to deallocate, ", ""))
        self.failed(result, NO_CLAIM)

    def test_a_secret_that_is_not_there(self):
        self.failed(self.bench(*self.job(("value: /scratch/huggingface}",
                                          "valueFrom: {secretKeyRef: {name: none, key: token}}}"))),
                    'CreateContainerConfigError: secret "none" not found')

    def test_quota_for_its_pod(self):
        for what, hard, requested in (("pods", "0", "1"), ("requests.cpu", "500m", "1")):
            with self.subTest(what):
                self.enter("quota")
                self.limit(**{what: hard})
                self.failed(self.bench(), "pod refused: " + exceeded(what, requested, "0", hard))

    def test_quota_for_itself(self):
        self.limit(**{"count/jobs.batch": 0})
        self.failed(self.bench(), 'jobs.batch "wva-ID-1" is forbidden: ' + exceeded("count/jobs.batch", 1, 0, 0), status=3,
                    start=f"{ONLY}: cannot create Job 'NS/wva-ID-1': ")

    def test_quota_for_the_record(self):
        self.limit(configmaps=1)  # kube-root-ca.crt
        result = self.fails(self.bench(), 3)
        self.assertEqual(self.told(result.err), "error: cannot record the run in ConfigMap 'NS/wva-run-ID': configmaps "
                         '"wva-run-ID" is forbidden: ' + exceeded("configmaps", 1, 1, 1) + "\n")
        self.assertEqual((self.names("configmaps"), self.names("jobs")), (["kube-root-ca.crt"], []))

    def test_a_limit_range(self):
        self.limit_memory()
        self.failed(self.bench(), NO_MEMORY.format("4Gi"))

    def test_pod_security(self):
        result = self.bench("--patience", "1h", *self.job(ESCALATES))
        self.failed(result, "pod refused: " + ESCALATED.format("guidellm"))
        self.assertIn(f"Warning: would {ESCALATED.format('guidellm').replace('violates', 'violate')}\n", result.err)

    def test_its_own_manifest_is_restricted(self):
        self.assertNotIn("Warning", self.ok(self.bench("--dry-run=server")).err)
        self.assertNotIn("Warning", self.ok(self.bench()).err)

    def test_a_webhook_that_keeps_pods_away(self):
        self.gate("", "pods")
        self.failed(self.bench(), "Error creating: " + HOOK_AWAY)

    def test_a_webhook_that_keeps_jobs_away_is_waited_for(self):
        opened = self.gate("batch", "jobs")
        words = self.words(*ONE)
        process = self.start("bench", *words, *self.instant())
        self.addCleanup(process.kill)
        told = []
        while not told or told[-1] and "trying again" not in told[-1]:
            told.append(process.stderr.readline())
        self.assertEqual(re.sub(r"127\.0\.0\.1:9\b", "REGISTRY", told[-1]), "trying again for 5 minutes: " + HOOK_AWAY + "\n")
        opened()
        result = self.finish(process)
        self.ok(result)
        self.assertNotIn("trying again", result.err)


if __name__ == "__main__":
    unittest.main()
