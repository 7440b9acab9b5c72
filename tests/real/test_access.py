# SPDX-License-Identifier: Apache-2.0
"""Who we are to a real API server: certificates, tokens, credential plugins, service accounts, impersonation, README.md's
Role and nothing else; and its words where it refuses.
"""
import os
import subprocess
import unittest

from harness import FAST, MODEL, RealTest, wva

NOTHING = "No runs found in {} namespace.\n"


class Access(RealTest):
    def found(self, result):
        """The command got through, and had nothing to say."""
        self.ok(result)
        self.assertEqual((result.out, result.err), ("", NOTHING.format(self.namespace)), str(result))
        return result

    def by_flags(self, *flags, **more):
        """`runs` without any kubeconfig."""
        return wva("runs", "-n", self.namespace, "--server", self.cluster.url, "--certificate-authority",
                   self.cluster.file("ca.crt"), *flags, env={"KUBECONFIG": os.devnull}, **more)

    def forbidden(self, user, resource="configmaps", verb="list", group=""):
        return (f'error: {resource} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group '
                f'"{group}" in the namespace "{self.namespace}"')

    def plugin_runs(self):
        """How often the credential plugin was run so far, and with what."""
        try:
            with open(self.cluster.file("log", "credential.log")) as file:
                return [line.split()[1] for line in file]
        except FileNotFoundError:
            return []


class Identities(Access):
    def users(self, count):
        return {event["user"]["username"] for event in self.audit(count)}

    def test_certificates_and_credential_plugins(self):
        self.grant()
        for user, name in (("admin", "admin"), ("namespaced", "tester"), ("exec", "tester"),
                           ("exec-certificate", "tester")):
            with self.subTest(user):
                before, ran = len(self.audit()), len(self.plugin_runs())
                self.found(self.kubectl_wva("runs", user=user))
                self.assertEqual({event["user"]["username"] for event in self.audit(before + 1)[before:]}, {name})
                plugin = {"exec": ["token"], "exec-certificate": ["certificate"]}.get(user, [])
                self.assertEqual(self.plugin_runs()[ran:], plugin)

    def test_a_service_accounts_token(self):
        self.grant()
        self.create("serviceaccounts", {"metadata": {"name": "bench"}})
        status, binding = self.cluster.request("PATCH", self.path("rolebindings", "kubectl-wva"), {"subjects": [
            {"kind": "ServiceAccount", "name": "bench", "namespace": self.namespace}]}, "application/merge-patch+json")
        self.assertEqual(status, 200, binding)
        status, request = self.cluster.request("POST", self.path("serviceaccounts", "bench") + "/token", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}})
        self.assertEqual(status, 201, request)
        token = request["status"]["token"]
        self.found(self.by_flags("--token", token))
        result = self.fails(self.by_flags("--token", token, "-n", "default", "-v", 8), 3,
                            f'User "system:serviceaccount:{self.namespace}:bench" cannot list resource "configmaps"')
        self.assertNotIn(token, result.err)

    def test_impersonation(self):
        self.grant()
        self.found(self.kubectl_wva("runs", "--as", "tester"))
        event = self.audit(1)[-1]
        self.assertEqual((event["user"]["username"], event["impersonatedUser"]["username"]), ("admin", "tester"))
        self.fails(self.kubectl_wva("runs", "--as", "nobody", "--as-group", "crowd"), 3, self.forbidden("nobody"))
        # Its words depend on the release: from 1.35 on there is a right to each action of another.
        result = self.fails(self.kubectl_wva("runs", "--as", "admin", user="namespaced"), 3)
        self.assertRegex(result.err, r'is forbidden: User "tester" cannot impersonate')

    def test_a_job_with_a_token(self):
        """Deploys, measures and cleans up with what a credential plugin hands out, once a command."""
        self.grant()
        before = len(self.plugin_runs())
        self.ok(self.kubectl_wva("deploy", "vllm", "--model", MODEL, user="exec"))
        self.ok(self.kubectl_wva("bench", "deployment/vllm", "--levels", "2", *FAST, user="exec"))
        self.assertEqual(self.plugin_runs()[before:], ["token", "token"])
        runs = self.ok(self.kubectl_wva("runs", "-o", "json", user="exec")).json
        self.assertEqual([(run["state"], run["levels"]) for run in runs], [("measured", "1/1")])
        self.ok(self.kubectl_wva("cleanup", "--all", user="exec"))
        self.wait_for(lambda: not any(self.names(kind) for kind in ("deployments", "services", "jobs", "pods")),
                      "all to go", 90, 0.5)


class Refusals(Access):
    def test_a_user_without_the_role(self):
        self.fails(self.kubectl_wva("runs", user="namespaced"), 3, self.forbidden("tester"),
                   f"hint: kubectl auth can-i list configmaps -n {self.namespace}")
        self.fails(self.kubectl_wva("deploy", "vllm", "--model", MODEL, user="namespaced"), 3,
                   'error: services "vllm" is forbidden: User "tester" cannot get resource "services" in API group ""')
        self.assertEqual(self.names("deployments"), [])

    def test_hints_can_be_followed(self):
        """The hint's question, put to the real kubectl, has the answer no."""
        result = self.fails(self.kubectl_wva("runs", user="namespaced"), 3)
        hint = [line.removeprefix("hint: ") for line in result.err.splitlines() if line.startswith("hint: ")][0]
        answer = subprocess.run(hint.split(), capture_output=True, text=True,
                                env={**os.environ, **self.environment("namespaced")})
        self.assertEqual((answer.returncode, answer.stdout), (1, "no\n"), answer.stderr)

    def test_a_wrong_token(self):
        self.fails(self.by_flags("--token", "wrong"), 3, "error: you must be logged in to the server (Unauthorized)\n")

    def test_no_credentials(self):
        self.fails(self.by_flags(), 3, self.forbidden("system:anonymous"), "no credentials were sent")

    def test_another_authority(self):
        other = os.path.join(self.directory.name, "other.crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", os.devnull, "-subj", "/CN=other", "-out", other], check=True, capture_output=True)
        self.fails(self.by_flags("--certificate-authority", other), 1,
                   f"error: cannot connect to {self.cluster.url}: certificate signed by unknown authority\n")

    def test_another_name(self):
        self.fails(self.by_flags("--tls-server-name", "elsewhere.example", "--token", "any"), 1, "elsewhere.example")


if __name__ == "__main__":
    unittest.main()
