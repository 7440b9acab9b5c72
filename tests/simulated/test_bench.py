# SPDX-License-Identifier: Apache-2.0
"""`bench`: what it finds out about its target, what it asks GuideLLM for, and what it shows."""
import codecs
import fcntl
import json
import os
import pty
import re
import signal
import struct
import tempfile
import termios
import unittest

from harness import FAST, MODEL, WVA, SimTest, environment, wva

IMAGE = "ghcr.io/vllm-project/guidellm:v0.7.3"
BRIEF = ["--levels", "1,4", *FAST]


def deployment(name, args=(), command=(), labels=None, replicas=1, **container):
    """A Deployment as somebody has written it by hand."""
    container = {"name": "server", "image": "docker.io/vllm/vllm-openai:v0.11.0", "args": list(args),
                 "command": list(command), **container}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": labels or {"app": name}},
                     "spec": {"containers": [{key: value for key, value in container.items() if value}]}}}}


def service(name, app=None, ports=None):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "selector": {"app": app or name}, "ports": ports or [{"port": 8000}]}}


class BenchTest(SimTest):
    def planned(self, *args):
        """What --dry-run=client makes of it: target, model in requests, tokenizer, streams of the levels, the pod."""
        result = self.ok(self.wva("bench", *args, "--dry-run=client", "-o", "json", "--warmup-seconds", 0))
        items = result.json.get("items", [result.json])
        pods = [item["spec"]["template"]["spec"] for item in items]
        words = [pod["containers"][0]["args"] for pod in pods]

        def fields(word):
            if word.startswith("{"):
                return json.loads(word)
            return dict(field.split("=", 1) for field in word.split(","))

        def option(args, name):
            return fields(args[args.index(name) + 1])

        backend, tokenizer = option(words[0], "--backend"), option(words[0], "--tokenizer")
        return {"target": backend["target"], "model": backend["model"], "tokenizer": tokenizer["model"],
                "levels": [int(option(args, "--profile").get("streams", 1)) for args in words], "pod": pods[0],
                "args": words[0], "job": items[0], "warnings": result.err}

    def finds(self, what, *options, target=None, model="a/b", tokenizer=None, largest=None):
        """The plan for `what` has these."""
        plan = self.planned(what, *options)
        self.assertEqual(plan["target"], target or f"http://{what.split('/')[-1]}.{self.namespace}.svc:8000")
        self.assertEqual((plan["model"], plan["tokenizer"]), (model, tokenizer or model))
        if largest:
            self.assertEqual(plan["levels"][-1], largest)
        return plan

    def runs(self):
        return [name for name in self.names("configmaps") if name.startswith("wva-run-")]

    def changes(self):
        """Requests of this test's namespace that are no reads."""
        return [(r["method"], r["path"].split("?")[0].rsplit(f"/{self.namespace}/", 1)[1], r["path"].partition("?")[2])
                for r in self.sim.requests() if r["method"] != "GET" and f"/{self.namespace}/" in r["path"]]


class Targets(BenchTest):
    """Most of these servers never run: what is known of them is in their objects."""

    def make(self, name, *args, ports=None, **more):
        self.create("deployments", deployment(name, args, **more))
        self.create("services", service(name, ports=ports))

    def test_a_deployment_of_ours(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 48, "--served-model-name", "llama"))
        for what in ("deployment/vllm", "deployments/vllm", "deploy/vllm", "deployment.apps/vllm", "vllm", "service/vllm",
                     "svc/vllm", "services/vllm"):
            with self.subTest(what=what):
                plan = self.finds(what, model="llama", tokenizer=MODEL, largest=48)
                self.assertEqual(plan["levels"], [1, 4, 13, 48])
                self.assertEqual(plan["warnings"], "")

    def test_every_style_of_arguments(self):
        styles = {
            "words": {"args": ["--model", "a/b", "--max-num-seqs", "32"]},
            "equals": {"args": ["--model=a/b", "--max-num-seqs=32"]},
            "underscores": {"args": ["--model=a/b", "--max_num_seqs", "32"]},
            "positional": {"args": ["a/b", "--max-num-seqs", "32"]},
            "serve": {"command": ["vllm", "serve", "a/b"], "args": ["--max-num-seqs", "32"]},
            "module": {"command": ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "a/b"],
                       "args": ["--max-num-seqs=32"]},
            "shell": {"command": ["sh", "-c"], "args": ["vllm serve a/b --max-num-seqs 32"]},
            "script": {"command": ["/bin/bash", "-c", "set -e\nexec vllm serve 'a/b' \\\n  --max-num-seqs=\"32\"\n"]},
            "variables": {"args": ["--model", "$(ID)", "--max-num-seqs=$(MOST)"],
                          "env": [{"name": "ID", "value": "a/b"}, {"name": "MOST", "value": "32"}]},
        }
        for name, style in styles.items():
            with self.subTest(style=name):
                self.make(name, *style.pop("args", []), **style)
                self.finds(name, largest=32)

    def test_names_in_requests(self):
        self.make("one", "--model", "a/b", "--served-model-name", "llama", "--max-num-seqs", "8")
        self.make("two", "--model", "a/b", "--served-model-name", "llama", "llama-3", "--max-num-seqs", "8")
        for name in ("one", "two"):
            self.finds(name, model="llama", tokenizer="a/b")

    def test_the_vllm_container_among_others(self):
        self.create("services", service("mesh"))
        both = deployment("mesh", ["a/b", "--max-num-seqs=8"])
        both["spec"]["template"]["spec"]["containers"].insert(0, {"name": "proxy", "image": "envoy", "args": ["--model=x"]})
        self.create("deployments", both)
        self.finds("mesh", largest=8)

    def test_ports(self):
        server = ["a/b", "--max-num-seqs=8", "--port", "9000"]
        metrics = {"name": "metrics", "port": 9090, "targetPort": 9090}
        cases = {
            "plain": ([{"port": 9000}], 9000),
            "mapped": ([metrics, {"name": "openai", "port": 80, "targetPort": 9000}], 80),
            "named": ([metrics, {"name": "llm", "port": 81, "targetPort": "serving"}], 81),
            "usual": ([metrics, {"name": "http", "port": 82, "targetPort": 9999}], 82),
            "first": ([{"name": "x", "port": 83, "targetPort": 1}, metrics], 83),
        }
        for name, (ports, wanted) in cases.items():
            with self.subTest(case=name):
                self.create("deployments", deployment(name, server, ports=[{"name": "serving", "containerPort": 9000}]))
                self.create("services", service(name, ports=ports))
                for what in (name, f"service/{name}"):
                    self.finds(what, target=f"http://{name}.{self.namespace}.svc:{wanted}")

    def test_the_service_that_leads_to_the_server(self):
        self.create("deployments", deployment("vllm", ["a/b", "--max-num-seqs=8"]))
        self.create("services", service("other", "other"))
        self.create("services", service("a-metrics", "vllm", [{"port": 9090}]))
        self.create("services", service("b-api", "vllm", [{"port": 80, "targetPort": 8000}]))
        self.finds("vllm", target=f"http://b-api.{self.namespace}.svc:80")

    def test_a_deployment_without_a_service(self):
        self.create("deployments", deployment("vllm", ["a/b", "--max-num-seqs=8", "--port=9000"]))
        self.fails(self.wva("bench", "vllm"), 1,
                   f"error: no Service in namespace {self.namespace} selects the pods of Deployment 'vllm'\n"
                   f"hint: kubectl expose deployment vllm --port 9000 -n {self.namespace}\n")

    def test_what_does_not_exist(self):
        self.make("vllm", "a/b")
        self.fails(self.wva("bench", "vlm"), 1, 'error: deployments.apps "vlm" not found\n'
                                                f"hint: deployments in namespace {self.namespace}: vllm\n")
        self.fails(self.wva("bench", "service/x"), 1, 'error: services "x" not found\n'
                                                      f"hint: services in namespace {self.namespace}: vllm\n")
        self.fails(self.wva("bench", "pod/vllm"), 2, "error: cannot measure 'pod/vllm'\n"
                                                     "hint: give deployment/NAME, service/NAME or a URL\n")

    def test_what_is_not_known(self):
        self.make("nameless", "--max-num-seqs=8")
        self.make("boundless", "a/b", "--max-num-seqs", "$(MOST)")
        self.fails(self.wva("bench", "nameless", "--dry-run"), 2,
                   f"error: the model that http://nameless.{self.namespace}.svc:8000 serves is not known\n"
                   "hint: add --model ID (and --served-model-name NAME where requests use another name)\n")
        self.fails(self.wva("bench", "boundless", "--dry-run"), 2, "error: the server's largest batch is not known\n"
                   "hint: add --max-batch-size N (vLLM's --max-num-seqs), or --levels 1,4,16,64\n")
        self.finds("nameless", "--model", "c/d", model="c/d", largest=8)
        self.finds("boundless", "--max-batch-size", 24, largest=24)
        self.assertEqual(self.finds("boundless", "--levels", "2,300")["levels"], [2, 300])

    def test_options_override(self):
        self.make("vllm", "a/b", "--max-num-seqs=8")
        self.finds("vllm", "--model", "c/d", "--served-model-name", "e", "--max-batch-size", 128, model="e",
                   tokenizer="c/d", largest=128)
        self.finds("vllm", "--tokenizer", "t", tokenizer="t")

    def test_urls(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 8))
        for host in ("vllm", f"vllm.{self.namespace}", f"vllm.{self.namespace}.svc",
                     f"vllm.{self.namespace}.svc.cluster.local"):
            with self.subTest(host=host):
                url = f"http://{host}:8000"
                bench = self.ok(self.wva("bench", url, "--model", MODEL, "--levels", "1,2", "-o", "json", *FAST)).json
                self.assertEqual(bench["spec"]["target"], url)
                self.assertEqual([level["batch"] for level in bench["spec"]["levels"]], [1, 2])
                self.assertNotIn("maxBatchSize", bench["spec"])
        self.fails(self.wva("bench", "http://vllm:8000"), 2, "error: the model that http://vllm:8000 serves is not known")
        self.fails(self.wva("bench", "http://vllm:8000", "--model", MODEL), 2, "the server's largest batch is not known")
        self.fails(self.wva("bench", "http://elsewhere:8000", "--model", MODEL, *BRIEF), 1,
                   "Could not connect to the server")

    def test_a_server_by_hand_is_measured(self):
        self.create("deployments", deployment("mine", ["--model", "a/b", "--served-model-name=llama", "--max-num-seqs=8",
                                                       "--no-enable-prefix-caching", "--port", "9000"],
                                              ["python3", "-m", "vllm.entrypoints.openai.api_server"],
                                              ports=[{"name": "api", "containerPort": 9000}],
                                              readinessProbe={"httpGet": {"path": "/health", "port": "api"}}))
        self.create("services", service("front", "mine", [{"name": "web", "port": 80, "targetPort": "api"}]))
        self.wait_for(lambda: self.get("deployments", "mine").get("status", {}).get("readyReplicas"), "the server")
        spec = self.ok(self.wva("bench", "mine", *FAST, "-o", "json")).json["spec"]
        self.assertEqual([level["streams"] for level in spec["levels"]], [1, 2, 4, 8])
        self.assertEqual((spec["model"], spec["servedModel"], spec["maxBatchSize"], spec["target"]),
                         ("a/b", "llama", 8, f"http://front.{self.namespace}.svc:80"))

    def test_only_one_replica_can_be_measured(self):
        self.make("many", "a/b", "--max-num-seqs=8", replicas=3)
        self.make("none", "a/b", "--max-num-seqs=8", replicas=0)
        for name, count in (("many", 3), ("none", 0)):
            for what in (name, f"service/{name}"):
                with self.subTest(what=what):
                    self.fails(self.wva("bench", what), 1,
                               f"error: http://{name}.{self.namespace}.svc:8000 leads to {count} replicas, and the load "
                               "of a level is for one\n"
                               f"hint: kubectl scale deployment {name} --replicas=1 -n {self.namespace}\n")
        self.create("deployments", deployment("a", ["a/b"], labels={"app": "a", "model": "m"}))
        self.create("deployments", deployment("b", ["a/b"], labels={"app": "b", "model": "m"}))
        both = service("both")
        both["spec"]["selector"] = {"model": "m"}
        self.create("services", both)
        self.fails(self.wva("bench", "service/both"), 1, "leads to 2 replicas")
        self.assertEqual(self.runs(), [])

    def test_a_server_that_is_not_ready(self):
        self.sim.fault("never-ready path vllm-")
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--wait=false"))
        self.fails(self.wva("bench", "vllm"), 1, f"error: Deployment '{self.namespace}/vllm' is not ready\n"
                                                 f"hint: kubectl rollout status deployment vllm -n {self.namespace}\n")
        self.assertEqual(self.runs(), [])
        self.planned("vllm")

    def test_prefix_caching_is_warned_of(self):
        self.make("cached", "a/b", "--max-num-seqs=8")
        self.make("off", "a/b", "--max-num-seqs=8", "--no-enable-prefix-caching")
        for what in ("cached", "service/cached"):
            self.assertEqual(self.planned(what)["warnings"],
                             f"warning: {what} does not run with --no-enable-prefix-caching: cache hits would make its "
                             "TTFT look better than it is\n")
        self.assertEqual(self.planned("cached", "-q")["warnings"], "")
        self.assertEqual(self.planned("off")["warnings"], "")

    def test_the_servers_gpus_are_counted(self):
        node = self.sim.get("/api/v1/nodes")["items"][0]["metadata"]["name"]
        more = {"status": {kind: {"example.com/nic": "2"} for kind in ("capacity", "allocatable")}}
        status, _ = self.sim.request("PATCH", f"/api/v1/nodes/{node}/status", more, "application/merge-patch+json")
        self.assertEqual(status, 200)
        self.make("vllm", "a/b", "--max-num-seqs=8",
                  resources={"limits": {"memory": "1Gi", "example.com/nic": "1", "nvidia.com/gpu": "4"}})
        self.wait_for(lambda: self.get("deployments", "vllm").get("status", {}).get("readyReplicas"), "the server")
        spec = self.ok(self.wva("bench", "vllm", "--levels", "1", "-o", "json", *FAST)).json["spec"]
        self.assertEqual(spec["acceleratorCount"], 4)

    def test_the_servers_token_is_taken_over(self):
        token = {"name": "HUGGING_FACE_HUB_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "pat"}}}
        self.make("vllm", "a/b", "--max-num-seqs=8", env=[token])

        def secret(*options):
            env = self.planned("vllm", *options)["pod"]["containers"][0]["env"]
            sources = [item["valueFrom"]["secretKeyRef"] for item in env if item["name"] == "HF_TOKEN"]
            return [(source["name"], source["key"]) for source in sources]
        self.assertEqual(secret(), [("hub", "pat")])
        self.assertEqual(secret("--hf-token-secret", "mine"), [("mine", "token")])
        self.assertEqual(secret("--hf-token-secret", "mine:key"), [("mine", "key")])
        for broken in (":key", "mine:"):
            self.fails(self.wva("bench", "vllm", "--hf-token-secret", broken, "--dry-run"), 2,
                       f"error: --hf-token-secret: '{broken}' is not NAME or NAME:KEY\n")


class Plans(BenchTest):
    def setUp(self):
        super().setUp()
        self.create("deployments", deployment("vllm", ["a/b", "--max-num-seqs=64", "--no-enable-prefix-caching"]))
        self.create("services", service("vllm"))

    def levels(self, *options):
        return self.planned("vllm", *options)["levels"]

    def refused(self, words, *options):
        self.fails(self.wva("bench", "vllm", *options), 2, words)

    def test_levels_in_geometric_steps(self):
        for largest, wanted in ((1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (10, [1, 2, 5, 10]), (64, [1, 4, 16, 64]),
                                (1000, [1, 10, 100, 1000])):
            self.assertEqual(self.levels("--max-batch-size", largest), wanted)
        self.assertEqual(self.levels("--level-count", 2), [1, 64])
        self.assertEqual(self.levels("--level-count", 7), [1, 2, 4, 8, 16, 32, 64])
        self.assertEqual(self.levels("--level-count", 16, "--max-batch-size", 4), [1, 2, 3, 4])

    def test_levels_by_hand(self):
        self.assertEqual(self.levels("--levels", "1,8", "--levels", "32"), [1, 8, 32])
        self.assertEqual(self.levels("--levels=64"), [64])
        self.assertEqual(self.levels("--levels", "16,1,16"), [16, 1, 16])  # in that order, one of them twice
        self.refused("error: level 65 is above the server's largest batch 64: its requests would queue\n"
                     "hint: measure levels up to 64, or correct that with --max-batch-size N (vLLM's --max-num-seqs)\n",
                     "--levels", "1,65")
        for text, word in (("0", "0"), ("1,x", "x"), ("-1", "-1"), ("1,,2", ""), ("1, 2", " 2"), ("1.5", "1.5")):
            self.refused(f"error: --levels: '{word}' is no batch size\nhint: --levels 1,4,16,64\n", f"--levels={text}")
        self.refused("error: --levels: more than 64 levels\n", "--levels", ",".join(["1"] * 65))
        self.refused("--method guide has its own two levels: --levels is not for it", "--levels=1,8", "--method=guide")

    def test_durations(self):
        def seconds(*options):
            words = self.planned("vllm", "--levels=2", *options)["args"]
            warmup = re.search("warmup=([0-9]+)", words[words.index("--profile") + 1])
            return int(words[words.index("--constraint") + 1].split("=")[-1]), int(warmup.group(1)) if warmup else 0
        self.assertEqual(seconds(), (60, 5))
        self.assertEqual(seconds("--max-seconds", 8), (8, 2))
        self.assertEqual(seconds("--max-seconds", 8, "--level-warmup-seconds", 7), (8, 7))
        self.assertEqual(seconds("--level-warmup-seconds", 0), (60, 0))
        self.refused("error: --level-warmup-seconds: 60 leaves nothing of a level of 60 s\n", "--level-warmup-seconds=60")
        words = self.planned("vllm", "--method", "guide")["args"]
        self.assertEqual(words[words.index("--profile") + 1], "kind=synchronous")
        self.assertEqual(words[words.index("--constraint") + 1], "kind=max_duration,seconds=360")

    def test_bad_options(self):
        for option, words in (
                ("--level-count=1", "option --level-count: '1' is not between 2 and 16"),
                ("--max-seconds=1", "option --max-seconds: '1' is not between 2 and 86400"),
                ("--prompt-tokens=0", "option --prompt-tokens: '0' is not between 1 and 1000000"),
                ("--output-tokens=1", "option --output-tokens: '1' is not between 2 and 1000000"),
                ("--method=sweep", "option --method: 'sweep' is not one of levels, guide"),
                ("--request-format=text", "option --request-format: 'text' is not one of completions, chat"),
                ("--max-error-share=2", "option --max-error-share: '2' is not between 0 and 1"),
                ("--output=xml", "option --output: 'xml' is not one of table, json, yaml, name"),
                ("--dry-run=maybe", "option --dry-run: 'maybe' is not one of none, client, server"),
                ("--level=1", "unknown option '--level' of 'bench'"),
                ("--tokenizer=", "option --tokenizer: '' is not a value: it is empty")):
            with self.subTest(option=option):
                self.fails(self.wva("bench", "vllm", option), 2, f"error: {words}\n", "hint: ")
        for option, words in (
                ("--job-cpu=lots", "--job-cpu: 'lots' is no quantity such as 500m or 16Gi"),
                ("--job-memory=1Q", "--job-memory: '1Q' is no quantity such as 500m or 16Gi"),
                ("--job-node-selector=a", 'cannot use the node selector "a": it must be key=value'),
                ("--job-toleration=a:Never", 'cannot use the toleration "a:Never"')):
            with self.subTest(option=option):
                self.refused(f"error: {words}", option)
        self.fails(self.wva("bench"), 2, "error: 'bench' needs something to measure\n", "bench deployment/NAME\n")
        self.fails(self.wva("bench", "a", "b"), 2, "error: 'bench' does not take the argument")
        self.assertEqual((self.runs(), self.names("jobs")), ([], []))

    def test_a_dry_run_of_the_client_sends_nothing(self):
        for option in ("--dry-run", "--dry-run=client"):
            lines = self.ok(self.wva("bench", "vllm", option, *FAST)).out.splitlines()
            self.assertEqual([re.sub("wva-[a-z0-9]{10}-", "", line) for line in lines],
                             [f"job.batch/{level} created (dry run)" for level in ("warmup", 1, 2, 3, 4)])
        names = self.ok(self.wva("bench", "vllm", "--dry-run", "-o", "name", "--levels", "2")).out
        self.assertRegex(names, r"^job\.batch/wva-([a-z0-9]{10})-warmup\njob\.batch/wva-\1-1\n$")
        yaml = self.ok(self.wva("bench", "vllm", "--dry-run", "-o", "yaml", "--levels", "2")).out
        self.assertEqual(yaml.count("\nkind: Job\n"), 2)
        self.assertEqual(self.changes(), [])
        self.assertEqual((self.runs(), self.names("jobs")), ([], []))

    def test_a_dry_run_of_the_server_has_a_job_checked(self):
        out = self.ok(self.wva("bench", "vllm", "--dry-run=server", "--levels", "1,2")).out
        self.assertEqual(out.count(" created (server dry run)\n"), 3)
        self.assertEqual(self.changes(), [("POST", "jobs", "fieldManager=kubectl-wva&fieldValidation=Strict&dryRun=All")])
        self.assertEqual((self.runs(), self.names("jobs")), ([], []))
        self.sim.fault("forbidden on POST path dryRun=All")
        self.fails(self.wva("bench", "vllm", "--dry-run=server"), 3, "error: ")

    def test_a_run_of_one_batch_size_is_refused(self):
        for options in (["--levels", "8,8"], ["--max-batch-size", 1], ["--max-batch-size", 1, "--method", "guide"]):
            with self.subTest(options=options):
                self.fails(self.wva("run", "x", "--model", MODEL, *options), 2,
                           "four parameters need at least two batch sizes\nhint: --levels 1,4,16,64")
        self.assertEqual((self.runs(), self.names("deployments")), ([], ["vllm"]))


class Jobs(BenchTest):
    sim_args = ["--gpus-per-node", "32"]

    def setUp(self):
        super().setUp()
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 8))

    def test_options_reach_the_pod(self):
        job = self.planned("vllm", "--levels=2", "--job-node-selector", "pool=cpu", "--job-node-selector", "zone=a",
                           "--job-toleration", "cpu-only", "--job-toleration", "team=blue:NoSchedule",
                           "--job-service-account", "bencher", "--job-image-pull-secret", "registry",
                           "--job-cpu", "1500m", "--job-memory", "3Gi", "--prompt-tokens", 300, "--output-tokens", 200,
                           "--seed", 77, "--guidellm-image", "r.example/g:v0.8.1", "--request-format", "chat")
        pod, container = job["pod"], job["pod"]["containers"][0]
        self.assertEqual(pod["nodeSelector"], {"pool": "cpu", "zone": "a"})
        self.assertEqual(pod["tolerations"], [{"key": "cpu-only", "operator": "Exists"},
                                              {"key": "team", "operator": "Equal", "value": "blue",
                                               "effect": "NoSchedule"}])
        self.assertEqual(pod["serviceAccountName"], "bencher")
        self.assertEqual(pod["imagePullSecrets"], [{"name": "registry"}])
        self.assertEqual(container["resources"]["requests"], {"cpu": "1500m", "memory": "3Gi"})
        self.assertEqual(container["resources"]["limits"]["memory"], "3Gi")
        self.assertEqual(container["image"], "r.example/g:v0.8.1")
        self.assertIn("kind=synthetic_text,prompt_tokens=300,output_tokens=200", job["args"])
        self.assertIn("kind=static,value=77", job["args"])
        self.assertIn("request_format=/v1/chat/completions", job["args"][2])
        self.assertEqual(job["job"]["spec"]["activeDeadlineSeconds"], 60 + 1800)

    def test_levels_are_as_asked(self):
        bench = self.ok(self.wva("bench", "vllm", "--prompt-tokens", 512, "--output-tokens", 64, "--job-cpu", "100m",
                                 "-o", "json", *BRIEF)).json
        self.assertEqual((bench["spec"]["promptTokens"], bench["spec"]["outputTokens"]), (512, 64))
        for level in bench["spec"]["levels"]:
            self.assertEqual((level["promptTokens"], level["outputTokens"]), (513, 64))

    def test_an_own_template(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "job.yaml")
            built_in = self.ok(self.wva("bench", "vllm", "--dry-run", "-o", "yaml", "--levels=2", "--warmup-seconds=0")).out

            def refused(text, words):
                with open(path, "w") as file:
                    file.write(text)
                self.fails(self.wva("bench", "vllm", "--job-template", path), 1, words)
                self.assertEqual(self.runs(), [])
            with open(path, "w") as file:
                file.write(built_in.replace("ttlSecondsAfterFinished: 86400", "ttlSecondsAfterFinished: 600")
                           .replace("restartPolicy: Never", "restartPolicy: Never\n      priorityClassName: low"))
            planned = self.planned("vllm", "--job-template", path)
            self.assertEqual(planned["job"]["spec"]["ttlSecondsAfterFinished"], 600)
            self.assertEqual(planned["pod"]["priorityClassName"], "low")
            self.assertEqual(planned["levels"], [1, 2, 4, 8])
            refused("apiVersion: v1\nkind: Pod\n", "cannot use the Job template: it must be one batch/v1 Job, this is v1 Pod")
            refused(built_in.replace("name: guidellm\n", "name: other\n"), 'no container named "guidellm"')
            refused(built_in + "---\n" + built_in, f"{path}: 2 documents, wanted one Job")
            refused("kind: [\n", f"{path}: line ")
        self.fails(self.wva("bench", "vllm", "--job-template", "/nonexistent.yaml"), 1,
                   "error: cannot read /nonexistent.yaml: No such file or directory\n")

    def test_everything_a_benchmark_has(self):
        self.ok(self.wva("deploy", "gpu", "--model", "a/b", "--served-model-name", "llama", "--max-batch-size", 8,
                         "--accelerator", "NVIDIA-H100", "--gpus", 2, "--image", "docker.io/vllm/vllm-openai:v0.12.0"))
        result = self.ok(self.wva("bench", "gpu", "-o", "json", "--levels", "1,4", *FAST))
        document = result.json
        run = document["metadata"]["name"]
        self.assertRegex(run, "^[a-z][a-z0-9]{9}$")
        self.assertEqual(list(document), ["apiVersion", "kind", "metadata", "spec"])
        self.assertEqual((document["apiVersion"], document["kind"]), ("kubectl-wva/v1alpha1", "Benchmark"))
        spec = document["spec"]
        started, finished = spec.pop("startedAt"), spec.pop("finishedAt")
        self.assertRegex(started, r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertLessEqual(started, finished)
        levels = spec.pop("levels")
        version = self.ok(wva("version", "-o", "json")).json
        self.assertEqual(spec, {
            "model": "a/b", "servedModel": "llama", "accelerator": "NVIDIA-H100", "acceleratorCount": 2, "maxBatchSize": 8,
            "promptTokens": 128, "outputTokens": 128, "method": "levels", "runID": run, "namespace": self.namespace,
            "target": f"http://gpu.{self.namespace}.svc:8000", "guidellm": {"image": IMAGE, "version": "0.7.3"},
            "vllm": {"image": "docker.io/vllm/vllm-openai:v0.12.0"}, "toolVersion": spec["toolVersion"]})
        self.assertIn(spec["toolVersion"], json.dumps(version))
        for level, streams in zip(levels, (1, 4)):
            itl, ttft, requests = level.pop("itl"), level.pop("ttft"), level.pop("requests")
            self.assertEqual(level, {"strategy": "concurrent", "streams": streams, "batch": streams, "promptTokens": 129,
                                     "outputTokens": 128, "durationSeconds": 18, "guidellmVersion": "0.7.3",
                                     "model": "llama", "target": spec["target"]})
            for stat, low, high in ((itl, 6.9, 7.3), (ttft, 14.9, 16)):
                self.assertEqual(list(stat), ["meanMs", "medianMs", "stdDevMs", "minMs", "count"])
                self.assertTrue(all(low < stat[name] < high for name in ("meanMs", "medianMs")), stat)
                self.assertLess(0, stat["stdDevMs"])
                self.assertLess(stat["minMs"], stat["meanMs"])
            self.assertEqual(ttft["count"], requests["successful"])
            self.assertEqual(itl["count"], 127 * requests["successful"])
            self.assertEqual(requests, {"successful": ttft["count"], "errored": 0, "incomplete": streams})
        # The same again from the record, and what --accelerator says instead.
        again = self.ok(self.wva("runs", run, "-o", "json"))
        self.assertEqual(again.out, result.out)
        other = self.ok(self.wva("bench", "gpu", "-o", "json", "--levels", "1", "--accelerator", "H100",
                                 "--accelerator-count", 3, *FAST)).json["spec"]
        self.assertEqual((other["accelerator"], other["acceleratorCount"]), ("H100", 3))

    def test_the_guides_document(self):
        spec = self.ok(self.wva("bench", "vllm", "-o", "json", "--method", "guide", "--max-seconds", 20,
                                "--accelerator", "H100")).json["spec"]
        self.assertEqual((spec["method"], spec["accelerator"]), ("guide", "H100"))
        self.assertEqual([level["durationSeconds"] for level in spec["levels"]], [20, 20])


class Formats(BenchTest):
    sim_args = ["--gpus-per-node", "32", "--noise", "0"]

    def setUp(self):
        super().setUp()
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 16))

    def test_the_table_and_the_lines_beside_it(self):
        for options in ([], ["-o", "table"]):
            result = self.ok(self.wva("bench", "vllm", *BRIEF, *options))
            self.assertEqual(result.out,
                             "LEVEL          BATCH   PROMPT   OUTPUT   ITL MS   TTFT MS   REQUESTS   ERRORS\n"
                             "concurrent@1       1      129      128    7.030     15.18         20        0\n"
                             "concurrent@4       4      129      128    7.120     15.72         76        0\n")
            run, = re.findall("^run ([a-z0-9]{10}) in", result.err)
            self.assertEqual(result.err,
                             f"run {run} in namespace {self.namespace}\n"
                             "warm-up (discarded)\n"
                             "level 1 of 2: concurrent, 1 stream\n"
                             "level 1 of 2: batch 1, ITL 7.030 ms, TTFT 15.18 ms, 20 requests\n"
                             "level 2 of 2: concurrent, 4 streams\n"
                             "level 2 of 2: batch 4, ITL 7.120 ms, TTFT 15.72 ms, 76 requests\n")

    def test_the_table_of_the_guide(self):
        for release in ("v0.3.1", "v0.8.1"):
            out = self.ok(self.wva("bench", "vllm", "--method", "guide", "--max-seconds", 20, "--guidellm-image",
                                   f"ghcr.io/vllm-project/guidellm:{release}")).out
            self.assertEqual([line.split()[:2] for line in out.splitlines()[1:]],
                             [["synchronous@1", "1"], ["throughput@16", "16"]])

    def test_documents_and_names(self):
        for output in ("json", "yaml", "name"):
            with self.subTest(output=output):
                result = self.ok(self.wva("bench", "vllm", *BRIEF, "-q", "-o", output))
                self.assertEqual(result.err, "")
                if output == "name":
                    self.assertRegex(result.out, "^[a-z][a-z0-9]{9}\n$")
                    continue
                fit = self.ok(wva("fit", "-", "-o", "json", stdin=result.out)).json
                self.assertAlmostEqual(fit["spec"]["parameters"]["alpha"], 7, delta=1e-6)

    def test_checks_can_be_relaxed(self):
        self.sim.fault("low-concurrency=0.5")
        failed = self.fails(self.wva("bench", "vllm", "--levels", "8,16", *FAST), 5,
                            "error: level 1 of 2: concurrent, 8 streams is not good enough: 4 requests were in flight on "
                            "average, 8 were wanted (within 15 %)")
        self.assertIn("bench --resume", failed.err)
        for option in (["--allow-concurrency"], ["--concurrency-margin", "0.6"]):
            result = self.ok(self.wva("bench", "vllm", "--levels", "8,16", *FAST, *option, "-o", "json"))
            self.assertEqual([level["batch"] for level in result.json["spec"]["levels"]], [4, 8])
            self.assertEqual("in flight on average" in result.err, "--allow-concurrency" in option)
        self.sim.clear_faults()
        self.sim.fault("guidellm-errors=0.3")
        self.fails(self.wva("bench", "vllm", *BRIEF), 5, "requests failed (", "at most 2 % may)")
        for option in (["--allow-errors"], ["--max-error-share", "0.9"]):
            levels = self.ok(self.wva("bench", "vllm", *BRIEF, *option, "-o", "json")).json["spec"]["levels"]
            self.assertTrue(all(level["requests"]["errored"] > 0 for level in levels))


class Restricted(BenchTest):
    """Pod Security "restricted" is enforced: neither a pod is refused nor a warning given."""
    sim_args = ["--restricted"]

    def test_a_whole_run(self):
        result = self.ok(self.wva("run", "x", "--model", MODEL, *BRIEF))
        self.assertEqual(len(self.names("jobs")), 3)
        self.assertNotIn("violate", result.err)


class Screen:
    """What a terminal of 80 columns shows of bytes, as far as this program uses one."""

    def __init__(self):
        self.lines, self.column, self.shown = [""], 0, []

    def feed(self, text):
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.lines.append("")
                self.column = 0
            elif part == "\x1b[K":
                self.lines[-1] = self.lines[-1][:self.column]
                self.shown.append(self.lines[-1])
            elif not part.startswith("\x1b"):
                line = self.lines[-1].ljust(self.column)
                self.lines[-1] = line[:self.column] + part + line[self.column + len(part):]
                self.column += len(part)


class Terminal(BenchTest):
    sim_args = ["--speed", "30", "--noise", "0", "--gpus-per-node", "32"]

    def session(self, *args, interrupt_at=None, **env):
        """(exit status, screen, all that was written) of a command on a terminal; ^C once that is seen."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(WVA, [WVA, args[0], "-n", self.namespace, *map(str, args[1:])],
                      environment(TERM="xterm-256color", **self.environment(), **env))
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        written = ""
        decoder = codecs.getincrementaldecoder("utf-8")()
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            written += decoder.decode(piece)
            if interrupt_at and interrupt_at in written:
                os.write(terminal, b"\x03")
                interrupt_at = None
        os.close(terminal)
        screen = Screen()
        screen.feed(written)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen, written

    def test_a_line_that_moves_and_what_stays(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 16))
        status, screen, written = self.session("bench", "vllm", *BRIEF)
        self.assertEqual(status, 0, written)
        run, = re.findall("run ([a-z0-9]{10}) in", written)
        self.assertEqual(screen.lines, [
            f"run {run} in namespace {self.namespace}",
            "level 1 of 2: batch 1, ITL 7.030 ms, TTFT 15.18 ms, 20 requests",
            "level 2 of 2: batch 4, ITL 7.120 ms, TTFT 15.72 ms, 76 requests",
            "LEVEL          BATCH   PROMPT   OUTPUT   ITL MS   TTFT MS   REQUESTS   ERRORS",
            "concurrent@1       1      129      128    7.030     15.18         20        0",
            "concurrent@4       4      129      128    7.120     15.72         76        0",
            ""])
        self.assertIn("\x1b[32mlevel 1 of 2: batch 1", written)
        moving = [line for line in screen.shown if line]
        self.assertTrue(all(len(line) < 80 for line in moving), moving)
        self.assertTrue(all(re.match(r"[-\\|/] (warm-up|level \d of 2)", line) for line in moving), moving)
        self.assertTrue(any(re.search(r"level 2 of 2: concurrent, 4 streams  \d+s, about \d+s left$", line)
                            for line in moving), moving)

    def test_a_whole_run_fits_80_columns(self):
        self.variantautoscaling()
        status, screen, written = self.session("run", "llama-bench", "--model", MODEL, "--va", "llama", "--levels",
                                               "1,4,16", *FAST)
        self.assertEqual(status, 0, written)
        self.assertEqual([line for line in screen.lines if len(line) > 80], [])
        text = "\n".join(screen.lines)
        for part in ("\nPARAMETER ", "\nBATCH ", "\nITL(1) = ", "variantautoscaling.llmd.ai/llama configured\n",
                     "\naccelerator H100\n"):
            self.assertIn(part, text)

    def test_no_colours(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))
        status, _, written = self.session("bench", "vllm", "--levels", 2, *FAST, NO_COLOR="1")
        self.assertEqual(status, 0, written)
        self.assertIn("\x1b[K", written)
        self.assertNotRegex(written, "\x1b\\[[0-9;]*m")

    def test_control_c_stops_the_job_and_says_how_to_go_on(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 16))
        status, screen, written = self.session("bench", "vllm", "--levels", "1,4", "--max-seconds", 600,
                                               "--warmup-seconds", 0, interrupt_at="level 1 of 2: concurrent, 1 stream  0s, ")
        self.assertEqual(status, 130, written)
        run, = re.findall("run ([a-z0-9]{10}) in", written)
        self.assertEqual([re.sub(r".*\^C", "", line) for line in screen.lines][-4:], [
            "error: level 1 of 2: concurrent, 1 stream: canceled",
            f"hint: 0 of 2 levels are kept; go on with: kubectl wva bench --resume {run} -n {self.namespace}",
            f"hint: or remove all of it: kubectl wva cleanup {run} -n {self.namespace}",
            ""])
        self.assertIn(f"stopping Job wva-{run}-1", written)
        self.wait_for(lambda: self.names("jobs") == [] and [p for p in self.names("pods") if "wva-" in p] == [], "the end")
        self.assertEqual(self.get("configmaps", f"wva-run-{run}")["data"]["state"], "interrupted")

    def test_a_job_that_is_just_being_made_is_stopped_too(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 16))
        self.sim.fault("hang=1 on POST path /jobs")
        process = self.start("bench", "vllm", "--levels", "1,4", "--max-seconds", 600, "--warmup-seconds", 0)
        run = re.search("run ([a-z0-9]{10}) in", process.stderr.readline()).group(1)
        self.wait_for(lambda: f"wva-{run}-1" in self.names("jobs"), "the Job, whose maker has no answer yet")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(self.names("jobs"), [], err)

    def test_a_signal_does_the_same_without_a_terminal(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", 16))
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.start("bench", "vllm", "--levels", "1,4", "--max-seconds", 600, "--warmup-seconds", 0)
                run = re.search("run ([a-z0-9]{10}) in", process.stderr.readline()).group(1)
                self.wait_for(lambda: f"wva-{run}-1" in self.names("jobs"), "the Job")
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                self.assertEqual((process.returncode, out), (130, ""), err)
                self.assertIn(f"kubectl wva bench --resume {run} -n {self.namespace}", err)
                self.wait_for(lambda: f"wva-{run}-1" not in self.names("jobs"), "the end")


del BenchTest  # the loader would take it for tests

if __name__ == "__main__":
    unittest.main()
