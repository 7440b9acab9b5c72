# SPDX-License-Identifier: Apache-2.0
"""Parts of the cluster that are away for a while, and credentials that end, in the middle of a measurement: it goes on
and ends well. One thing at a time, as each is about the whole cluster.
"""
import os
import stat
import subprocess
import unittest

from harness import MODEL, ROOT, WVA, start
from midrun import LEVELS, QUICK, MidRun

TAINT = {"key": "test", "effect": "NoExecute"}


class Outages(MidRun):
    def crash(self, program, seconds):
        """Returns when it has gone, for some seconds; the process that starts it again."""
        process = subprocess.Popen([os.path.join(ROOT, "tests", "cluster", "restart"), "--state", self.cluster.state,
                                    "--signal", "KILL", "--down", str(seconds), program])
        self.addCleanup(process.wait)
        self.wait_for(self.is_away, "the API server to go", 30, 0.1)
        return process

    def refresh_controllers(self):
        """Not to wait for them: those that lost the API server look for it again at ever longer intervals."""
        self.cluster.restart("kube-controller-manager")

    def is_away(self):
        try:
            self.cluster.request("GET", "/readyz")
        except OSError:
            return True
        return False

    def test_the_api_server_crashes(self):
        """One waits for a level meanwhile, another for its server, and a third comes while nobody is there."""
        bench = self.start("bench", *self.words("--levels", "4"), "-o", "json")
        self.addCleanup(bench.kill)
        self.pod("1")
        first = self.namespace
        self.enter("deploying")
        run = self.start("run", "one", "--model", MODEL, *LEVELS, *QUICK, *self.instant(), "--template",
                         self.standin_template(load_seconds=5), "-o", "json")
        self.addCleanup(run.kill)
        self.wait_for(lambda: self.names("pods"), "the server's pod", 60, 0.2)
        down = self.crash("kube-apiserver", 4)
        self.fails(self.wva("runs"), 1, f"error: cannot connect to {self.cluster.url}: connection refused\n")
        self.assertEqual(down.wait(60), 0)
        self.refresh_controllers()

        result = self.ok(self.finish(run))
        self.assertAlmostEqual(result.json["spec"]["parameters"]["alpha"], 20)
        self.assertEqual(self.names("deployments") + self.names("services"), [])
        self.assertLessEqual(result.err.count("trying again for 5 minutes: "), 1, result.err)
        self.namespace = first
        result = self.ok(self.finish(bench))
        self.whole(result, [4])
        self.assertEqual(self.made(self.record()[0]), ["1"])
        self.assertLessEqual(result.err.count("trying again for 5 minutes: "), 1, result.err)

    def test_the_api_server_restarts(self):
        """As for a new release: it ends watches by itself, and is away for as long as it takes to start."""
        process = self.start("bench", *self.words("--levels", "4"), *self.instant(12), "-o", "json")
        self.addCleanup(process.kill)
        self.pod("1")
        self.cluster.restart("kube-apiserver")
        self.refresh_controllers()
        self.whole(self.ok(self.finish(process)), [4])
        self.assertEqual(self.made(self.record()[0]), ["1"])

    def test_the_kubelet_and_the_controllers_restart(self):
        process = self.start("bench", *self.words(), *self.instant(6), "-o", "json")
        self.addCleanup(process.kill)
        self.pod("1")
        self.cluster.restart("kubelet")
        self.pod("2")
        self.cluster.restart("kube-controller-manager", kill=True)
        self.whole(self.ok(self.finish(process)))
        self.assertEqual(self.made(self.record()[0]), ["1", "2"])

    def taint(self, *taints):
        status, text = self.cluster.request("PATCH", "/api/v1/nodes/node", {"spec": {"taints": list(taints) or None}},
                                            "application/merge-patch+json")
        self.assertEqual(status, 200, text)

    def test_the_node_is_drained_by_a_taint(self):
        """The server tolerates it, so that there is something left to measure."""
        self.addCleanup(self.taint)
        result = self.during("1", lambda _: self.taint(TAINT), *self.instant(12), levels=["--levels", "4"])
        id_ = self.stopped(result, 1, "level 1 of 1: concurrent, 4 streams: Job 'NS/wva-ID-1' failed: its pod was "
                           "ended: Taint manager: deleting due to NoExecute taint (DeletionByTaintManager)",
                           kept="0 of 1")
        # While the taint is there, no new pod finds a node, unless it bears with it.
        result = self.wva("bench", "--resume", id_, "--patience", "3s")
        self.fails(result, 1, "unschedulable: 0/1 nodes are available: 1 node(s) had untolerated taint")
        self.taint()
        self.ok(self.wva("bench", "--resume", id_))


class Credentials(MidRun):
    """A credential plugin whose tokens end while levels are measured."""

    def make_token(self, name):
        """Of a service account with README.md's Role; it is good until the Secret `name` goes."""
        secret = self.create("secrets", {"metadata": {"name": name}})
        status, answer = self.cluster.request("POST", self.path("serviceaccounts", "measurer") + "/token", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"boundObjectRef": {
                "apiVersion": "v1", "kind": "Secret", "name": name, "uid": secret["metadata"]["uid"]}}})
        self.assertEqual(status, 201, answer)
        with open(self.file("token"), "w") as file:
            file.write(answer["status"]["token"])

    def file(self, name):
        return os.path.join(self.directory.name, name)

    def kubeconfig(self, status):
        """With a plugin that writes this shell text as its status, and notes that it ran."""
        with open(self.file("plugin"), "w") as file:
            file.write(f'#!/bin/sh\necho run >>{self.file("runs")}\ntoken=$(cat {self.file("token")})\n'
                       f'soon=$(date -u -d "+3 seconds" +%FT%TZ)\ncat <<EOF\n'
                       '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
                       f'"status": {{{status}}}}}\nEOF\n')
        os.chmod(self.file("plugin"), stat.S_IRWXU)
        with open(self.cluster.file("exec.kubeconfig")) as file:
            config = file.read()
        config = config.replace(self.cluster.file("credential"), self.file("plugin"))
        with open(self.file("kubeconfig"), "w") as file:
            file.write(config)
        return {"KUBECONFIG": self.file("kubeconfig")}

    def runs(self):
        with open(self.file("runs")) as file:
            return len(file.readlines())

    def setUp(self):
        super().setUp()
        self.create("serviceaccounts", {"metadata": {"name": "measurer"}})
        self.grant(user=f"system:serviceaccount:{self.namespace}:measurer")
        self.make_token("first")

    def test_a_token_that_is_revoked(self):
        env = self.kubeconfig('"token": "$token"')
        # API servers remember for ten seconds that a token is good.
        process = start([WVA, "bench", "-n", self.namespace, *self.words(), *self.instant(10), "-o", "json"],
                        env={**self.environment(), **env})
        self.addCleanup(process.kill)
        self.pod("1")
        self.assertEqual(self.runs(), 1)
        self.make_token("second")
        self.delete("secrets", "first")
        self.whole(self.ok(self.finish(process)))
        self.assertGreater(self.runs(), 1)

    def test_tokens_that_expire_every_few_seconds(self):
        env = self.kubeconfig('"token": "$token", "expirationTimestamp": "$soon"')
        result = self.ok(self.wva("bench", *self.words(), *self.instant(2), "-o", "json", env=env))
        self.whole(result)
        self.assertGreater(self.runs(), 2)
        self.assertNotIn("Unauthorized", result.err)

    def test_a_token_that_is_no_good_any_more(self):
        """And no other to be had."""
        env = self.kubeconfig('"token": "$token"')
        self.ok(self.wva("runs", env=env))
        self.delete("secrets", "first")

        def refused():
            result = self.wva("runs", env=env)
            return result.status and result
        result = self.wait_for(refused, "the token to be forgotten", 60, 1)
        self.fails(result, 3, "error: you must be logged in to the server (Unauthorized)\nhint: kubectl auth whoami\n")


if __name__ == "__main__":
    unittest.main()
