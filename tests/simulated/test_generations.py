# SPDX-License-Identifier: Apache-2.0
"""Every release of GuideLLM: its command line, its report through the termination message, the log and its tables."""
import base64
import hashlib
import json
import os
import re
import tempfile
import unittest

from harness import FAST, MODEL, SimTest, wva

IMAGE = "ghcr.io/vllm-project/guidellm"
RELEASES = ["v0.3.1", "v0.4.0", "v0.5.4", "v0.6.1", "v0.7.0", "v0.7.3", "v0.8.1"]
BEGIN, END = "-----BEGIN KUBECTL-WVA REPORT-----", "-----END KUBECTL-WVA REPORT-----"
GPUS = ["--gpus-per-node", "32"]  # for a server in each test's namespace
TEMPLATE_TOKENS = 36  # what the simulated server's chat template adds


def version(release):
    return tuple(map(int, release[1:].split(".")))


def each_release(test):
    """A test method for each release, so that each has a namespace of its own."""
    def decorate(cls):
        for release in RELEASES:
            name = f"test_{test.__name__}_{release.replace('.', '_')}"
            setattr(cls, name, lambda self, release=release: test(self, release))
        return cls
    return decorate


class Releases(SimTest):
    """What is common: a server to measure, and what a measurement leaves in the cluster."""

    def bench(self, release, *options):
        return self.wva("bench", "deployment/vllm", "--guidellm-image", f"{IMAGE}:{release}", *options)

    def deploy(self, max_batch=16):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "--max-batch-size", max_batch))

    def jobs(self, run):
        """The run's Jobs by level."""
        items = self.sim.get(self.path("jobs") + f"?labelSelector=kubectl-wva/run={run}")["items"]
        return {item["metadata"]["labels"]["kubectl-wva/level"]: item for item in items}

    def container(self, run, level):
        return self.jobs(run)[level]["spec"]["template"]["spec"]["containers"][0]

    def log(self, run, level):
        pods = self.sim.get(self.path("pods") + f"?labelSelector=job-name=wva-{run}-{level}")["items"]
        self.assertEqual(len(pods), 1)
        status, text = self.sim.request("GET", self.path("pods", pods[0]["metadata"]["name"]) + "/log?container=guidellm")
        self.assertEqual(status, 200, text)
        return text

    def embedded_report(self, log):
        """The bytes between the markers; they are what their first line says."""
        head, body = re.search(f"(?ms)^{BEGIN}\n([^\n]*)\n(.*)\n{END}\n", log).groups()
        self.assertTrue(all(len(line) <= 4000 for line in body.splitlines()))
        data = base64.b64decode(body, validate=False)
        self.assertEqual(head, f"sha256={hashlib.sha256(data).hexdigest()} bytes={len(data)}")
        return data


def legacy_arguments(release, profile, streams, warmup, chat, seed):
    words = ["benchmark", "run", "--target", None, "--rate-type", profile]
    if profile == "concurrent" or (profile == "throughput" and release >= (0, 4)):
        words += ["--rate", str(streams)]
    words += ["--model", MODEL, "--processor", MODEL]
    if release >= (0, 4):
        words += ["--request-type", "chat_completions" if chat else "text_completions"]
    words += ["--data", "prompt_tokens=128,output_tokens=128", "--max-seconds", "20"]
    if warmup and release < (0, 4):
        words += ["--warmup-percent", str((warmup + 5) / 20)]  # counted from 5 s before the first request
    elif warmup:
        words += ["--warmup", str(warmup)]
    return words + ["--output-path", "/scratch/report.json", "--output-sampling", "1", "--random-seed", str(seed),
                    "--disable-progress"]


def run_arguments(profile, streams, warmup, chat, seed):
    load = {"synchronous": "", "concurrent": f",streams={streams}", "throughput": f",max_concurrency={streams}"}[profile]
    route = "/v1/chat/completions" if chat else "/v1/completions"
    return ["run", "--backend", f"kind=openai_http,target=TARGET,model={MODEL},request_format={route}",
            "--profile", f"kind={profile}{load}" + (f",warmup={warmup}" if warmup else ""),
            "--constraint", "kind=max_duration,seconds=20",
            "--data", "kind=synthetic_text,prompt_tokens=128,output_tokens=128",
            "--tokenizer", f"kind=huggingface_auto,model={MODEL}", "--output", "kind=json,path=/scratch/report.json",
            "--metrics", "kind=generative,sample_size=1", "--seed", f"kind=static,value={seed}", "--disable-progress"]


def arguments(release, target, profile, streams, warmup=2, chat=False, seed=0):
    if version(release) >= (0, 7):
        return [word.replace("TARGET", target) for word in run_arguments(profile, streams, warmup, chat, seed)]
    words = legacy_arguments(version(release), profile, streams, warmup, chat, seed)
    return [target if word is None else word for word in words]


def levels_as_the_truth_has_them(self, release):
    """Without noise nothing but the truth can come out, to the last digit."""
    for chat in (False, True):
        with self.subTest(chat=chat):
            result = self.ok(self.bench(release, "--levels", "1,4,16", "--seed", 100, "-o", "json",
                                        "--request-format", "chat" if chat else "completions", *FAST))
            spec = result.json["spec"]
            prompt = 128 + (TEMPLATE_TOKENS if chat else 1)  # of 128 asked: a BOS token, or the template
            self.assertEqual(spec["guidellm"]["image"], f"{IMAGE}:{release}")
            self.assertEqual([level["streams"] for level in spec["levels"]], [1, 4, 16])
            for level in spec["levels"]:
                self.check_level(release, level, prompt)
            self.check_commands(release, spec, chat)


def guides_two_runs(self, release):
    """Synchronous, and throughput at the server's limit, of which the first requests are a burst."""
    result = self.ok(self.bench(release, "--method", "guide", "--max-seconds", 20, "--seed", 100, "-o", "json"))
    spec = result.json["spec"]
    one, many = spec["levels"]
    self.assertEqual((one["strategy"], one["streams"]), ("synchronous", 1))
    self.assertEqual((many["strategy"], many["streams"]), ("throughput", 16))
    self.check_level(release, one, 129, count=None)
    self.assertAlmostEqual(many["itl"]["meanMs"], self.itl(16), delta=0.01)
    self.assertGreater(many["ttft"]["meanMs"], self.ttft(16, 129) * 1.001)
    for index, (profile, streams) in enumerate((("synchronous", 1), ("throughput", 16))):
        container = self.container(spec["runID"], str(index + 1))
        self.assertEqual(container["args"], arguments(release, spec["target"], profile, streams, 0, False, 100 + index))
        self.check_environment(release, container, 16 if profile == "throughput" else None)
    # With a warm-up left out the burst is gone.
    result = self.ok(self.bench(release, "--method", "guide", "--max-seconds", 20, "--level-warmup-seconds", 3, "-o", "json"))
    self.check_level(release, result.json["spec"]["levels"][1], 129, count=None)


@each_release(levels_as_the_truth_has_them)
@each_release(guides_two_runs)
class Levels(Releases):
    TRUTH = {"alpha": 7.25, "beta": 0.0625, "gamma": 15.5, "delta": 0.0015}
    sim_args = [word for name, value in TRUTH.items() for word in (f"--{name}", str(value))] + ["--noise", "0", "--speed", "400", *GPUS]

    def setUp(self):
        super().setUp()
        self.deploy()

    def itl(self, batch):
        return self.TRUTH["alpha"] + self.TRUTH["beta"] * batch

    def ttft(self, batch, prompt):
        return self.TRUTH["gamma"] + self.TRUTH["delta"] * prompt * batch

    def check_level(self, release, level, prompt, count=18):
        """`count`: seconds that were measured."""
        streams = level["streams"]
        one = (self.ttft(streams, prompt) + 127 * self.itl(streams)) / 1000  # seconds a request
        self.assertAlmostEqual(level["batch"], streams, delta=1e-6)
        self.assertEqual((level["promptTokens"], level["outputTokens"]), (prompt, 128))
        self.assertEqual(level["guidellmVersion"], release[1:])
        self.assertEqual(level["model"], MODEL)
        for figure, value in (("itl", self.itl(streams)), ("ttft", self.ttft(streams, prompt))):
            stat = level[figure]
            for name in ("meanMs", "medianMs", "minMs"):
                self.assertAlmostEqual(stat[name], value, delta=1e-6 * value, msg=f"{figure} {name} of {level}")
            self.assertLess(stat["stdDevMs"], 1e-6)
        if count is None:
            return
        # Of 20 s the first 2 are left out, and with them 2 s worth of requests.
        requests = level["requests"]
        self.assertEqual(requests["errored"], 0)
        self.assertEqual(requests["incomplete"], streams)
        # At either end of the window a stream may be short of a part of a request.
        self.assertAlmostEqual(requests["successful"], streams * count / one, delta=2 * streams)
        self.assertLess(requests["successful"], streams * 19 / one)
        self.assertAlmostEqual(level["durationSeconds"], count, delta=one)

    def check_environment(self, release, container, limit=None, chat=False):
        values = {item["name"]: item.get("value") for item in container["env"]}
        outputs = {name: value for name, value in values.items() if name.startswith("GUIDELLM_OUTPUT")}
        self.assertEqual(outputs, {"GUIDELLM_OUTPUT_DIR": "", "GUIDELLM_OUTPUT_PATH": ""} if version(release) < (0, 7) else {})
        settings = {name: value for name, value in values.items() if name.startswith("GUIDELLM__")}
        wanted = {}
        if version(release) < (0, 4):
            wanted["GUIDELLM__PREFERRED_ROUTE"] = "chat_completions" if chat else "text_completions"
            if limit:
                wanted["GUIDELLM__MAX_CONCURRENCY"] = str(limit)
        self.assertEqual(settings, wanted)

    def check_commands(self, release, spec, chat):
        run, target = spec["runID"], spec["target"]
        self.assertEqual(sorted(self.jobs(run)), ["1", "2", "3", "warmup"])
        for index, streams in enumerate((1, 4, 16)):
            container = self.container(run, str(index + 1))
            self.assertEqual(container["image"], f"{IMAGE}:{release}")
            self.assertEqual(container["args"],
                             arguments(release, target, "concurrent", streams, 2, chat, 100 + index))
            self.check_environment(release, container, chat=chat)
        warmup = [word.replace("seconds=20", "seconds=4") for word in
                  arguments(release, target, "concurrent", 16, 0, chat, 99)]
        if "--max-seconds" in warmup:
            warmup[warmup.index("--max-seconds") + 1] = "4"
        self.assertEqual(self.container(run, "warmup")["args"], warmup)


def fit_reads_all_that_a_run_leaves(self, release):
    """Its document, the reports in its logs, the logs as they are, and the tables alone: always the same levels."""
    result = self.ok(self.bench(release, "--levels", "1,5,16", "--output-tokens", 32, "-o", "json", "--max-seconds", 100,
                                "--level-warmup-seconds", 10, "--warmup-seconds", 10, "--seed", 100))
    run = result.json["spec"]["runID"]
    logs = [self.log(run, level) for level in (1, 2, 3)]
    reports = [self.embedded_report(log) for log in logs]
    wanted = result.json["spec"]["levels"]
    for level, report in zip(wanted, reports):
        self.check_report(release, level, json.loads(report))
    fitted = self.fit(result.out)
    self.same_fit(self.fit(*reports), fitted)
    self.same_fit(self.fit(*logs), fitted)
    self.same_fit(self.fit(*("".join(f"2026-11-24T10:00:00.123456789Z {line}\n" for line in log.splitlines())
                             for log in logs)), fitted)
    self.check_tables(release, wanted, [re.sub(f"(?ms)^{BEGIN}.*{END}\n", "", log) for log in logs])


@each_release(fit_reads_all_that_a_run_leaves)
class Readings(Releases):
    """With so much noise that a mean cannot be taken for a median."""
    sim_args = ["--alpha", "70", "--beta", "3", "--gamma", "900", "--delta", "0.4", "--noise", "0.08", "--speed", "400",
                *GPUS]

    def setUp(self):
        super().setUp()
        self.deploy()

    def fit(self, *inputs, options=()):
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for text in inputs:
                names.append(os.path.join(folder, f"input-{len(names)}"))
                with open(names[-1], "wb") as file:
                    file.write(text if isinstance(text, bytes) else text.encode())
            return self.ok(wva("fit", *names, "-o", "json", *options)).json["spec"]

    def same_fit(self, spec, wanted):
        """But for the tenth digit, which the digest in the termination message does not have."""
        self.assertEqual(len(spec["levels"]), len(wanted["levels"]))
        for level, other in zip(spec["levels"], wanted["levels"]):
            for name in ("batch", "promptTokens", "outputTokens"):
                self.assertAlmostEqual(level[name], other[name], delta=1e-8 * other[name])
            for name in ("itl", "ttft"):
                self.assertAlmostEqual(level[name]["observedMs"], other[name]["observedMs"],
                                       delta=1e-8 * other[name]["observedMs"])
        for name, value in wanted["parameters"].items():
            self.assertAlmostEqual(spec["parameters"][name], value, delta=1e-5 * abs(value))

    def check_report(self, release, level, report):
        """The level has the report's figures; the report has no records."""
        benchmark, = report["benchmarks"]
        self.assertNotIn("requests", benchmark)
        self.assertEqual(report.get("metadata", {}).get("version"),
                         None if version(release) < (0, 5) else 1 if version(release) < (0, 7) else 2)
        metrics = benchmark["metrics"]
        for name, key in (("itl", "inter_token_latency_ms"), ("ttft", "time_to_first_token_ms")):
            for ours, theirs in (("meanMs", "mean"), ("medianMs", "median"), ("stdDevMs", "std_dev"), ("minMs", "min"),
                                 ("count", "count")):
                value = metrics[key]["successful"][theirs]
                self.assertAlmostEqual(level[name][ours], value, delta=1e-9 * value, msg=f"{name} {ours}")
        totals = benchmark["request_totals"] if version(release) < (0, 4) else metrics["request_totals"]
        self.assertEqual(level["requests"], {name: totals[name] for name in ("successful", "errored", "incomplete")})

    def check_tables(self, release, levels, logs):
        """The same levels from the tables: their means where the release prints them, else their medians."""
        for log in logs:
            self.assertNotIn("KUBECTL-WVA", log)
        medians = (0, 4) <= version(release) < (0, 8)
        spec = self.fit(*logs, options=["--prompt-tokens", 129] +
                        (["--batch", "measured"] if medians else []))
        self.assertEqual(any("medians only" in warning for warning in spec["warnings"]), medians, spec["warnings"])
        self.assertEqual(len(spec["levels"]), len(levels))
        for name in ("itl", "ttft"):
            self.assertTrue(any(abs(level[name]["meanMs"] - level[name]["medianMs"]) > 0.15 for level in levels))
        for fitted, level in zip(spec["levels"], levels):
            self.assertAlmostEqual(fitted["batch"], level["batch"], delta=0.06 + 0.01 * level["batch"])
            for name in ("itl", "ttft"):
                self.assertAlmostEqual(fitted[name]["observedMs"], level[name]["medianMs" if medians else "meanMs"],
                                       delta=0.0501, msg=f"{name}\n{log}")


class Choice(Releases):
    """Which release it is."""

    def setUp(self):
        super().setUp()
        self.deploy()

    def plan(self, *options):
        return self.wva("bench", "vllm", "--dry-run=client", "-o", "json", *options)

    def args(self, *options):
        return self.ok(self.plan(*options)).json["items"][0]["spec"]["template"]["spec"]["containers"][0]["args"]

    def test_a_tag_that_tells_nothing_is_refused(self):
        for image in (f"{IMAGE}:latest", f"{IMAGE}:stable", IMAGE, "localhost:5000/guidellm",
                      f"{IMAGE}@sha256:{'0' * 64}"):
            with self.subTest(image=image):
                self.fails(self.plan("--guidellm-image", image), 2,
                           f"error: the tag of image '{image}' does not tell GuideLLM's release",
                           "hint: add --guidellm-version X.Y.Z\n")
        self.assertEqual(self.names("jobs"), [])

    def test_the_option_tells_where_the_tag_does_not(self):
        self.assertEqual(self.args("--guidellm-image", f"{IMAGE}:latest", "--guidellm-version", "0.8.1")[0], "run")
        self.assertEqual(self.args("--guidellm-image", f"{IMAGE}:latest", "--guidellm-version", "v0.6.1")[0], "benchmark")
        self.assertEqual(self.args("--guidellm-image", f"{IMAGE}:v0.5.4-rc1")[0], "benchmark")
        self.assertEqual(self.args("--guidellm-image", f"r.example:5000/g:v0.8.1@sha256:{'0' * 64}")[0], "run")
        self.assertEqual(self.args()[0], "run")
        bench = self.ok(self.bench("latest", "--guidellm-version", "0.8.1", "--levels", "1,2", "-o", "json", *FAST))
        self.assertEqual([level["guidellmVersion"] for level in bench.json["spec"]["levels"]], ["0.8.1"] * 2)

    def test_the_wrong_release_fails_in_guidellms_words(self):
        self.fails(self.bench("latest", "--guidellm-version", "0.6.1", *FAST), 1,
                   "No such command 'benchmark'.", "exit status 2")

    def test_no_release_is_refused(self):
        for value in ("newest", "0.7", "0.7.3.1"):
            with self.subTest(value=value):
                self.fails(self.plan("--guidellm-version", value), 2, f"--guidellm-version: '{value}' is no version")

    def test_releases_that_are_too_old_are_refused(self):
        for release in ("v0.2.1", "v0.3.0", "v0.1.0"):
            with self.subTest(release=release):
                self.fails(self.plan("--guidellm-image", f"{IMAGE}:{release}"), 2,
                           f"cannot run GuideLLM {release[1:]}: the oldest release supported is 0.3.1",
                           f"hint: use another image, for example {IMAGE}:v0.7.3\n")
                self.fails(self.bench(release), 2, "the oldest release supported is 0.3.1")
        self.assertEqual(self.names("jobs"), [])
        self.assertEqual([name for name in self.names("configmaps") if name.startswith("wva-run-")], [])


class TooShort(Releases):
    """A server that needs longer for a request than a level, or the warm-up, lasts."""
    sim_args = ["--alpha", "70", "--beta", "1", "--noise", "0"]

    def setUp(self):
        super().setUp()
        self.deploy(4)

    def test_a_warmup_without_a_request_is_none(self):
        for release in ("v0.3.1", "v0.7.3"):
            with self.subTest(release=release):
                result = self.ok(self.bench(release, "--levels", "1,2", "--warmup-seconds", 5, "--max-seconds", 40))
                self.assertEqual("warm-up: GuideLLM failed, as it does when no request is done in 5 s\n" in result.err,
                                 release == "v0.3.1", str(result))

    def test_a_level_without_a_request_says_so(self):
        result = self.bench("v0.7.3", "--levels", "1,2", "--warmup-seconds", 0, "--max-seconds", 5)
        self.fails(result, 5, "error: level 1 of 2: concurrent, 1 stream is not good enough: no request was done in time: "
                              "all 1 were cut off at the end",
                   "a request may take longer than a level: measure anew with a larger --max-seconds (it was 5)")

    def test_the_newest_release_counts_by_first_tokens(self):
        # Each request takes 9 s: of those done in 12 s none began after the warm-up of 5 s.
        self.fails(self.bench("v0.8.1", "--levels", "1,2", "--warmup-seconds", 0, "--max-seconds", 12,
                              "--level-warmup-seconds", 5), 5,
                   "no inter-token latency was measured", "measure anew with a larger --max-seconds (it was 12)")


del Releases  # the loader would take it for tests

if __name__ == "__main__":
    unittest.main()
