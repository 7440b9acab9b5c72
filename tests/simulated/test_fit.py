# SPDX-License-Identifier: Apache-2.0
"""`fit` from end to end: no cluster, only files, pipes and typed points."""
import csv
import glob
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

from harness import DATA, ROOT, WVA, Result, environment, wva

sys.path.insert(0, os.path.join(ROOT, "tests", "bench"))
import make_report  # noqa: E402

GUIDE = ["--point", "batch=1,itl=7.0,ttft=15.0", "--point", "batch=64,itl=8.7,ttft=26.0"]
SHAPE = ["--prompt-tokens", "128", "--max-batch-size", "64"]
PARAMETERS = {"alpha": "6.973016", "beta": "0.02698413", "gamma": "14.825397", "delta": "0.001364087"}
FORMATS = {"alpha": "%.6f", "beta": "%.8f", "gamma": "%.6f", "delta": "%.9f"}

# A level so far out that its leverage makes any others fit; their figures then show in the document as they were read.
ANCHOR = ["--point", "batch=100000,itl=100,ttft=100000,prompt=1000", "--all-levels", "-o", "json"]

LOGS = [os.path.join(DATA, "guidellm-real", f"guidellm-0.2-{kind}-job-80col.log") for kind in ("sync", "throughput")]
REPORTS = sorted(glob.glob(os.path.join(DATA, "guidellm-*", "*.json")))
CONSOLES = sorted(glob.glob(os.path.join(DATA, "guidellm-shapes", "*.txt")))
FIXTURES = os.path.join(ROOT, "tests", "fixtures")
STAGES = os.path.join(DATA, "measured-stages.csv")
needs_data = unittest.skipUnless(os.path.isdir(DATA), "the shared data is not there")


def read(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


def point(batch, itl, ttft):
    return ["--point", f"batch={batch},itl={itl},ttft={ttft}"]


def document(levels, **spec):
    return {"apiVersion": "kubectl-wva/v1alpha1", "kind": "Benchmark", "metadata": {"name": "mine"},
            "spec": {**spec, "levels": levels}}


def level(batch, itl, ttft, **more):
    return {"batch": batch, "itl": {"meanMs": itl, "stdDevMs": 0.1}, "ttft": {"meanMs": ttft, "stdDevMs": 0.1}, **more}


def guide_document():
    """The guide's example as a Benchmark."""
    return document([level(1, 7.0, 15.0), level(64, 8.7, 26.0)], promptTokens=128, maxBatchSize=64)


def report(batches=make_report.LEVELS, count=8):
    return {"metadata": {"version": 2, "guidellm_version": "0.8.1"}, "config": {},
            "benchmarks": [make_report.benchmark(batch, count, []) for batch in batches], "conclusions": []}


def metric(value, name, index=0, status="successful"):
    return value["benchmarks"][index]["metrics"][name][status]


class FitTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wva-fit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, content, name="input"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def fit(self, *args, stdin=None):
        result = wva("fit", *args, stdin=stdin)
        self.assertEqual(result.status, 0, str(result))
        return result

    def refused(self, status, message, *args, hint=None, stdin=None):
        """Ends with this status and message, and nothing on standard output."""
        result = wva(*args, stdin=stdin)
        self.assertEqual((result.status, result.out), (status, ""), str(result))
        self.assertNotRegex(result.err, "Sanitizer|runtime error", str(result))
        errors = [line for line in result.err.split("\n") if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, str(result))
        self.assertRegex(errors[0], "^error: " + message, str(result))
        hints = [line for line in result.err.split("\n") if line.startswith("hint: ")]
        if hint is not None:
            self.assertEqual(len(hints), 1, str(result))
            self.assertRegex(hints[0], "^hint: " + hint, str(result))
        return result

    def check_parameters(self, result):
        parameters = result.json["spec"]["parameters"]
        self.assertEqual({name: FORMATS[name] % value for name, value in parameters.items()}, PARAMETERS, str(result))


class Guide(FitTest):
    """The example of WVA's guide: ITL 7.0 and 8.7 ms, TTFT 15.0 and 26.0 ms, at 1 and 64 requests of 128 tokens."""

    def test_points(self):
        result = self.fit(*GUIDE, *SHAPE, "-o", "json")
        self.check_parameters(result)
        self.assertEqual((result.json["apiVersion"], result.json["kind"]), ("kubectl-wva/v1alpha1", "Fit"))
        self.assertEqual(result.json["spec"]["maxBatchSize"], 64)
        self.assertEqual([(one["batch"], one["itl"]["observedMs"], one["ttft"]["observedMs"])
                          for one in result.json["spec"]["levels"]], [(1, 7.0, 15.0), (64, 8.7, 26.0)])

    def test_table_has_the_verification(self):
        result = self.fit(*GUIDE, *SHAPE)
        self.assertIn("ITL(1) = 7.000 ms, observed 7.000; TTFT(1) = 15.00 ms, observed 15.00\n", result.out)
        self.assertIn("ITL(64) = 8.700 ms, observed 8.700; TTFT(64) = 26.00 ms, observed 26.00\n", result.out)
        self.assertRegex(result.err, "^warning: two levels fix the two lines exactly")

    def test_yaml_says_the_same(self):
        lines = self.fit(*GUIDE, *SHAPE, "-o", "yaml").out.split("\n")
        at = lines.index("  parameters:")
        found = dict(line.strip().split(": ") for line in lines[at + 1:at + 5])
        self.assertEqual({name: FORMATS[name] % float(text) for name, text in found.items()}, PARAMETERS)

    @needs_data
    def test_its_two_logs(self):
        result = self.fit(*LOGS, *SHAPE, "-o", "json")
        self.check_parameters(result)
        self.assertEqual(result.json["spec"]["servedModel"], "unsloth/Meta-Llama-3.1-8B")

    @needs_data
    def test_its_two_logs_as_one_stream(self):
        self.check_parameters(self.fit("-", *SHAPE, "-o", "json", stdin="".join(map(read, LOGS))))

    @needs_data
    def test_its_two_logs_with_timestamps(self):
        """kubectl logs --timestamps."""
        lines = "".join(map(read, LOGS)).splitlines(keepends=True)
        stamped = "".join(f"2025-09-03T12:00:{n % 60:02}.{n:09}Z {line}" for n, line in enumerate(lines))
        self.check_parameters(self.fit("-", *SHAPE, "-o", "json", stdin=stamped))

    @needs_data
    def test_its_two_logs_as_measured(self):
        spec = self.fit(*LOGS, *SHAPE, "--batch", "measured", "-o", "json").json["spec"]
        self.assertEqual([(one["batch"], one["promptTokens"]) for one in spec["levels"]], [(1.0, 129.1), (63.94, 129.1)])
        self.assertEqual(spec["batch"], "measured")
        self.assertAlmostEqual(spec["parameters"]["beta"], (8.7 - 7.0) / (63.94 - 1.0), 12)
        self.assertAlmostEqual(spec["parameters"]["delta"], (26.0 - 15.0) / (63.94 - 1.0) / 129.1, 12)

    def test_more_levels_have_an_uncertainty(self):
        result = self.fit(*GUIDE, *point(16, 7.45, 18.1), *point(32, 7.8, 20.0), *SHAPE, "-o", "json")
        spec = result.json["spec"]
        self.assertEqual(len(spec["levels"]), 4)
        for name in PARAMETERS:
            low, high = spec["intervals95"][name]
            value, error = spec["parameters"][name], spec["standardErrors"][name]
            self.assertAlmostEqual((high - value) / error, 4.302653, 5, name)  # Student's t, 2 degrees of freedom
            self.assertAlmostEqual((value - low) / error, 4.302653, 5, name)
        self.assertEqual(spec["warnings"], [])
        self.assertEqual(result.err, "")


@needs_data
class Reports(FitTest):
    """What is read from each report and log is what another reader finds in it."""

    def test_there_are_some(self):
        self.assertEqual((len(REPORTS), len(CONSOLES)), (8, 8))

    def check_report(self, path):
        levels = self.fit(path, *ANCHOR).json["spec"]["levels"][:-1]
        benchmarks = json.loads(read(path))["benchmarks"]
        self.assertEqual(len(levels), len(benchmarks))
        for found, benchmark in zip(levels, benchmarks):
            metrics = benchmark["metrics"]
            self.assertEqual(
                (found["batch"], found["promptTokens"], found["outputTokens"], found["itl"]["observedMs"],
                 found["ttft"]["observedMs"]),
                (metrics["request_concurrency"]["total"]["mean"], metrics["prompt_token_count"]["successful"]["mean"],
                 metrics["output_token_count"]["successful"]["mean"],
                 metrics["inter_token_latency_ms"]["successful"]["mean"],
                 metrics["time_to_first_token_ms"]["successful"]["mean"]))

    def test_every_report(self):
        for path in REPORTS:
            with self.subTest(os.path.basename(path)):
                self.check_report(path)

    def test_every_report_indented(self):
        for path in REPORTS:
            with self.subTest(os.path.basename(path)):
                self.check_report(self.file(json.dumps(json.loads(read(path)), indent=4)))

    def test_reports_from_one_server_together(self):
        two = [path for path in REPORTS if "report-v0.6" in path or "report-v0.7" in path]
        self.assertEqual(len(self.fit(*two, *ANCHOR).json["spec"]["levels"]), 3 + 3 + 1)

    def test_every_console_agrees_with_its_report(self):
        """A log's figures are those of the same release's report, to a tenth."""
        for path in CONSOLES:
            release = re.search(r"v\d+\.\d+\.\d+", path).group()
            benchmarks = json.loads(read(next(one for one in REPORTS if release in one)))["benchmarks"]
            figure = "mean" if release < "v0.4" else "median"
            with self.subTest(os.path.basename(path)):
                levels = self.fit(path, *ANCHOR, *SHAPE).json["spec"]["levels"][:-1]
                self.assertEqual(len(levels), len(benchmarks))
                for found, benchmark in zip(levels, benchmarks):
                    for name, metric_name in (("itl", "inter_token_latency_ms"), ("ttft", "time_to_first_token_ms")):
                        value = benchmark["metrics"][metric_name]["successful"][figure]
                        self.assertAlmostEqual(found[name]["observedMs"], value, delta=0.051)

    def test_a_report_that_no_fit_comes_of_shows_its_levels(self):
        """One sweep of a real server: its rates above what it could do have a queue in their TTFT."""
        path = next(path for path in REPORTS if "0.3-sweep" in path)
        result = self.refused(5, "cannot fit: gamma is -", "fit", path, hint="measure levels from 1 to")
        table = [re.split(r" {2,}", line.strip()) for line in result.err.split("\n")[:11]]
        self.assertEqual(table[0], ["#", "LEVEL", "BATCH", "PROMPT", "ITL MS", "TTFT MS", "REQUESTS", "ERRORS"])
        numbers = ["1", "-"] + [str(number) for number in range(2, 10)]
        benchmarks = json.loads(read(path))["benchmarks"]
        self.assertEqual(len(benchmarks), 10)
        for row, number, benchmark in zip(table[1:], numbers, benchmarks):
            metrics = benchmark["metrics"]
            means = ("%.4g" % metrics["request_concurrency"]["total"]["mean"],
                     *("%.*g" % (digits, metrics[name]["successful"]["mean"]) for name, digits in
                       (("prompt_token_count", 5), ("inter_token_latency_ms", 6), ("time_to_first_token_ms", 6))))
            self.assertEqual((row[0], *row[2:]), (number, *means, "18", "0"))
        self.assertIn("warning: left out: throughput at batch 10.9: ", result.err)


def fixtures(*names, releases=("0.3.1", "0.4.0", "0.5.4", "0.6.1", "0.7.3", "0.8.1")):
    """(release, path without its extension, what the server delivered) of these runs, where a release has them."""
    for release in releases:
        folder = os.path.join(FIXTURES, f"guidellm-{release}")
        record = json.loads(read(os.path.join(folder, "delivered.json")))["runs"]
        for name in names:
            if name in record:
                yield release, os.path.join(folder, name), record[name]["levels"]


class RealReleases(FitTest):
    """What real releases of GuideLLM left after they measured the vLLM stand-in (tests/fixtures)."""

    STEADY = ["level", "levels", "levels-80", "throughput"]
    TRUTH = {"alpha": 20, "beta": 0.4}

    def levels(self, path):
        levels = self.fit(path, *ANCHOR, *SHAPE).json["spec"]["levels"]
        return levels[:-1]

    def benchmarks(self, path):
        return json.loads(read(path + ".json"))["benchmarks"]

    def batch(self, benchmark):
        """0.3 takes the start of a level after a warm-up for a ramp."""
        dist = benchmark["metrics"]["request_concurrency"]["total"]
        return dist["median" if (benchmark.get("args") or {}).get("warmup_duration") else "mean"]

    def test_there_are_some(self):
        self.assertEqual(len(list(fixtures(*self.STEADY))), 4 * 4 + 2 * 2)

    def test_reports(self):
        """Each figure to the last digit."""
        for _, path, _ in fixtures(*self.STEADY):
            with self.subTest(path):
                benchmarks, levels = self.benchmarks(path), self.levels(path + ".json")
                self.assertEqual(len(levels), len(benchmarks))
                for found, benchmark in zip(levels, benchmarks):
                    figures = (found["promptTokens"], found["outputTokens"], found["itl"]["observedMs"],
                               found["ttft"]["observedMs"])
                    names = ("prompt_token_count", "output_token_count", "inter_token_latency_ms",
                             "time_to_first_token_ms")
                    self.assertEqual(figures, tuple(benchmark["metrics"][name]["successful"]["mean"] for name in names))
                    self.assertEqual(found["batch"], self.batch(benchmark))

    def test_consoles(self):
        """As far as they are printed: means by 0.3 and 0.8, medians by those between."""
        for release, path, _ in fixtures(*self.STEADY):
            with self.subTest(path):
                benchmarks, levels = self.benchmarks(path), self.levels(path + ".txt")
                figure = "mean" if release in ("0.3.1", "0.8.1") else "median"
                self.assertEqual(len(levels), len(benchmarks))
                for found, benchmark in zip(levels, benchmarks):
                    for name, source in (("itl", "inter_token_latency_ms"), ("ttft", "time_to_first_token_ms")):
                        value = benchmark["metrics"][source]["successful"][figure]
                        self.assertAlmostEqual(found[name]["observedMs"], value, delta=0.0501)

    def test_latencies_are_those_delivered(self):
        """ITL as the server says; TTFT and what a client adds, the more the more streams it has to look after."""
        for release, path, delivered in fixtures("level", "levels", "levels-80"):
            with self.subTest(path):
                levels = self.levels(path + ".json")
                self.assertEqual(len(levels), len(delivered))
                for found, benchmark, wanted in zip(levels, self.benchmarks(path), delivered):
                    self.assertAlmostEqual(found["itl"]["observedMs"] / wanted["itlMs"], 1, delta=0.01)
                    late = benchmark["metrics"]["time_to_first_token_ms"]["successful"]["median"] - wanted["ttftMs"]
                    self.assertTrue(-1 < late < 10 + found["batch"], late)
                    self.assertAlmostEqual(found["promptTokens"] / wanted["promptTokens"], 1, delta=0.01)
                    self.assertAlmostEqual(found["outputTokens"], wanted["outputTokens"], delta=1e-9)

    def test_parameters_are_the_servers(self):
        """From three levels of five seconds, each within 1 %: alpha within 1.5 %, beta within 8 %."""
        for release, path, _ in fixtures("levels", "levels-80"):
            with self.subTest(path):
                found = self.fit(path + ".json", *SHAPE, "-o", "json").json["spec"]["parameters"]
                self.assertAlmostEqual(found["alpha"] / self.TRUTH["alpha"], 1, delta=0.015)
                self.assertAlmostEqual(found["beta"] / self.TRUTH["beta"], 1, delta=0.08)
                self.assertGreater(found["gamma"], 35)
                self.assertGreater(found["delta"], 0)

    def test_runs_of_one_release_together(self):
        for release, path, _ in fixtures("levels", releases=["0.6.1", "0.8.1"]):
            with self.subTest(release):
                result = self.fit(path + ".json", os.path.dirname(path) + "/throughput.json", *SHAPE, "-o", "json")
                self.assertEqual(len(result.json["spec"]["levels"]), 3)
                self.assertIn("left out: throughput", result.err)

    def test_nothing_is_fitted_where_all_requests_failed(self):
        for release, path, _ in fixtures("errors", releases=["0.6.1", "0.7.3", "0.8.1"]):
            for extension in (".json", ".txt"):
                with self.subTest(path + extension):
                    self.refused(5, r"cannot fit: level 1 \(concurrent\): no request succeeded", "fit", path + extension)


class LeavingOut(FitTest):
    """Levels that are no steady state."""

    FOUR = [level(1, 7.0, 15.0, strategy="synchronous"), level(16, 7.4, 17.6, strategy="concurrent", streams=16),
            level(64, 8.7, 26.0, strategy="concurrent", streams=64),
            level(63, 8.9, 60.0, strategy="throughput", streams=64)]

    def fit_levels(self, levels, *args, **spec):
        text = json.dumps(document(levels, promptTokens=128, **spec))
        return self.fit("-", "-o", "json", *args, stdin=text)

    def check(self, result, batches, *warnings):
        self.assertEqual([one["batch"] for one in result.json["spec"]["levels"]], batches, str(result))
        said = [one for one in result.json["spec"]["warnings"] if "left out" in one or "queued" in one]
        self.assertEqual(len(said), len(warnings), said)
        for found, wanted in zip(said, warnings):
            self.assertIn(wanted, found)
            self.assertIn(f"warning: {found}\n", result.err)

    def test_a_burst(self):
        self.check(self.fit_levels(self.FOUR), [1, 16, 64],
                   "left out: throughput at batch 63: all its requests start at once")
        self.check(self.fit_levels(self.FOUR, "--all-levels"), [1, 16, 64, 63])

    def test_the_guides_own_pair_is_used(self):
        self.check(self.fit_levels([self.FOUR[0], self.FOUR[3]]), [1, 63])

    def test_a_pair_measured_twice_is_used(self):
        self.check(self.fit_levels([self.FOUR[0], self.FOUR[3]] * 2), [1, 63, 1, 63])

    def test_above_the_limit(self):
        levels = self.FOUR[:3] + [level(20, 7.9, 90.0)]
        self.check(self.fit_levels(levels, maxBatchSize=63), [1, 16, 64, 20])  # 1.6 % above
        self.check(self.fit_levels(levels, maxBatchSize=16), [1, 16], "left out: concurrent at batch 64: that is more",
                   "left out: a level at batch 20: that is more than the server takes")
        self.check(self.fit_levels(levels, "--max-batch-size", "16"), [1, 16], "batch 64", "batch 20")
        self.check(self.fit_levels(levels, "--all-levels", maxBatchSize=16), [1, 16, 64, 20],
                   "level 3 ran at batch 64, above the server's limit of 16: requests queued", "level 4")

    def test_above_the_limit_with_nothing_else(self):
        self.check(self.fit_levels(self.FOUR[:3], maxBatchSize=8), [1, 16, 64], "level 2 ran at batch 16", "level 3")

    def test_a_left_out_level_may_be_of_no_use_at_all(self):
        burst = level(63, 8.9, -2.2e8, strategy="throughput", requests={"successful": 0})
        self.check(self.fit_levels(self.FOUR[:3] + [burst]), [1, 16, 64], "left out: throughput")

    @needs_data
    def test_real_sweeps(self):
        """Four sweeps of Llama-3.1-8B: their throughput level held 470 to 503 requests, with a queue before them."""
        shapes = {}
        with open(STAGES, newline="") as file:
            for row in csv.DictReader(file):
                shapes.setdefault(row["file"], []).append(level(
                    float(row["concurrency_mean"]), float(row["itl_mean_ms"]), float(row["ttft_mean_ms"]),
                    strategy=row["stage"].split("@")[0], promptTokens=float(row["prompt_tok_mean"]),
                    requests={"successful": int(row["n_success"]), "errored": 0}))
        self.assertEqual(len(shapes), 4)
        for name, levels in shapes.items():
            with self.subTest(name):
                steady = [one for one in levels if one["strategy"] != "throughput"]
                bad = [number for number, one in enumerate(steady, 1) if one["ttft"]["meanMs"] < 0]
                text = json.dumps(document(levels, maxBatchSize=512))
                if bad:  # GuideLLM's old mark for "no first token" spoiled the mean
                    self.refused(5, rf"cannot fit: level {bad[0]}: TTFT is -114545000 ms, not above 0: ", "fit", "-",
                                 stdin=text, hint="measure that level again, or fit without it")
                    continue
                result = self.fit("-", "-o", "json", stdin=text)
                self.check(result, [one["batch"] for one in steady], "left out: throughput")
                self.assertTrue(5 < result.json["spec"]["parameters"]["alpha"] < 8, result.out)


class Documents(FitTest):
    def test_a_benchmark_as_json(self):
        self.check_parameters(self.fit("-", "-o", "json", stdin=json.dumps(guide_document())))

    def test_a_benchmark_as_yaml(self):
        text = """\
# by hand
apiVersion: kubectl-wva/v1alpha1
kind: Benchmark
metadata: {name: mine}
spec:
  promptTokens: 128
  maxBatchSize: 64
  levels:
  - {batch: 1, itl: {meanMs: 7.0}, ttft: {meanMs: 15.0}}
  - batch: 64
    itl:
      meanMs: 8.7
    ttft:
      meanMs: 26
"""
        self.check_parameters(self.fit("-", "-o", "json", stdin=text))
        self.check_parameters(self.fit(self.file(text), "-o", "json"))
        self.check_parameters(self.fit(self.file("\ufeff" + text), "-o", "json"))

    def test_levels_from_files_and_points_add_up(self):
        first, second = guide_document(), guide_document()
        first["spec"]["levels"].pop()
        second["spec"]["levels"].pop(0)
        paths = [self.file(json.dumps(one), name) for one, name in ((first, "a.json"), (second, "b.json"))]
        self.check_parameters(self.fit(*paths, "-o", "json"))
        self.check_parameters(self.fit(paths[0], "-", "-o", "json", stdin=json.dumps(second)))
        self.check_parameters(self.fit(paths[0], *GUIDE[2:], "-o", "json"))

    def test_a_document_and_a_report(self):
        paths = [self.file(json.dumps(report([1, 4])), "a"), self.file(json.dumps(guide_document()), "b")]
        levels = self.fit(*paths, "-o", "json").json["spec"]["levels"]
        self.assertEqual([one["batch"] for one in levels], [1, 4, 1, 64])

    def test_provenance_goes_on(self):
        value = guide_document()
        value["spec"] |= {"model": "meta-llama/Llama-3.1-8B", "accelerator": "H100", "acceleratorCount": 2,
                          "outputTokens": 100}
        spec = self.fit("-", "-o", "json", stdin=json.dumps(value)).json["spec"]
        self.assertEqual([spec[name] for name in ("model", "accelerator", "acceleratorCount", "promptTokens")],
                         ["meta-llama/Llama-3.1-8B", "H100", 2, 128])
        self.assertEqual(spec["levels"][0]["outputTokens"], 100)

    def test_contradicting_models(self):
        paths = []
        for name in ("one", "two"):
            value = guide_document()
            value["spec"]["model"] = name
            paths.append(self.file(json.dumps(value), name))
        self.refused(1, ".*/two: the model is 'two' here and 'one' in what was read before: such levels cannot be "
                        "fitted together", "fit", *paths, hint="fit them one by one")

    def test_contradicting_accelerators(self):
        paths = []
        for name in ("H100", "A100"):
            value = guide_document()
            value["spec"]["accelerator"] = name
            paths.append(self.file(json.dumps(value), name))
        self.refused(1, ".*/A100: the accelerator is 'A100' here and 'H100' in", "fit", *paths)

    def test_a_fit_is_no_input(self):
        for output in ("json", "yaml"):
            made = self.fit(*GUIDE, *SHAPE, "-o", output).out
            self.refused(1, "standard input: kind: Benchmark expected, Fit found", "fit", "-", stdin=made,
                         hint="a Fit is what apply reads: kubectl wva apply VA -f FILE")

    def test_another_kind_is_no_input(self):
        text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
        self.refused(1, "standard input: apiVersion: kubectl-wva/v1alpha1 expected, v1 found", "fit", "-", stdin=text)

    def test_fields_of_the_wrong_kind(self):
        value = guide_document()
        value["spec"]["levels"][1]["ttft"]["meanMs"] = "26"
        self.refused(1, r"standard input: spec.levels\[1\].ttft.meanMs: number expected, string of 2 bytes found",
                     "fit", "-", stdin=json.dumps(value))
        value["spec"]["levels"] = {}
        self.refused(1, "standard input: spec.levels: array expected, object found", "fit", "-", stdin=json.dumps(value))

    def test_a_lacking_token_shape_names_the_option(self):
        self.refused(2, r"cannot fit: level 1 \(point\): the input does not have its prompt length \(--prompt-tokens\)",
                     "fit", *GUIDE)
        value = guide_document()
        del value["spec"]["promptTokens"]
        self.refused(2, r"cannot fit: level 1 \(unnamed\): .*\(--prompt-tokens\)", "fit", "-", stdin=json.dumps(value))
        self.fit("-", "--prompt-tokens", "128", stdin=json.dumps(value))

    def test_a_lacking_batch_names_the_option(self):
        value = document([{**level(1, 7.0, 15.0), "strategy": "synchronous", "streams": 1},
                          {"strategy": "throughput", "itl": {"meanMs": 8.7}, "ttft": {"meanMs": 26.0}}],
                         promptTokens=128)
        text = json.dumps(value)
        self.refused(2, r"cannot fit: level 2 \(throughput\): the input does not have its batch size "
                        r"\(--max-batch-size says what limited a throughput run\)",
                     "fit", "-", "--batch", "nominal", stdin=text)
        self.check_parameters(self.fit("-", "--max-batch-size", "64", "-o", "json", stdin=text))


class BadInput(FitTest):
    """None of it may crash, hang, or give numbers."""

    def check_file(self, content, message, status=1, **more):
        """As a file and as a stream."""
        path = self.file(content)
        result = self.refused(status, re.escape(path) + message if message.startswith(":") else message, "fit", path,
                              *SHAPE, **more)
        with open(path) as file:
            piped = subprocess.run([WVA, "fit", "-", *SHAPE], stdin=file, capture_output=True, env=environment())
        self.assertEqual((piped.returncode, piped.stdout), (status, b""))
        self.assertEqual(piped.stderr.decode(), result.err.replace(path, "standard input"))

    def test_empty(self):
        for content in ("", " \n\t\r\n", "\ufeff", "\n" * 100000):
            self.check_file(content, ": nothing in it")
        self.refused(1, "/dev/null: nothing in it", "fit", "/dev/null")

    def test_binary(self):
        for content in (b"\x7fELF\x02\x01\x01\0", b"\x1f\x8b\x08\0\0", b"{\"benchmarks\": [\0]}", bytes(range(256)) * 999):
            self.check_file(content, ": binary data, neither JSON nor text", hint="unpack it")

    def test_other_text(self):
        noise = random.Random(1)
        for content in ("hello\n", "<html><body>502 Bad Gateway</body></html>", "[" * 100000, "[]", "42", "a,b,c\n1,2,3\n",
                        bytes(noise.randrange(1, 256) for _ in range(3000))):
            self.check_file(content, ": neither a table nor a report of GuideLLM is in it")

    def test_other_json(self):
        self.check_file("{}", ": no benchmark is in it: this is no report of GuideLLM")
        self.check_file('{"benchmarks": []}', ": no benchmark is in it")
        self.check_file('{"benchmarks": [{}]}', r": benchmarks\[0\] has no metrics: this is no report of GuideLLM")
        self.check_file('{"benchmarks": [{"metrics": {}}, 7]', ": ")
        self.check_file('{"benchmarks": [1, 2]}', ": ")

    def test_a_report_cut_anywhere(self):
        text = json.dumps(report([1, 4, 16]))
        for tenth in range(1, 10):
            self.check_file(text[:len(text) * tenth // 10], ": ends in the middle of a document at byte")
        self.check_file(text[:-1], ": ends in the middle of a document at byte")

    @needs_data
    def test_a_real_report_cut_anywhere(self):
        for path in REPORTS:
            content = read(path, "rb")
            for tenth in range(1, 10):
                with self.subTest(os.path.basename(path), tenth=tenth):
                    self.check_file(content[:len(content) * tenth // 10], ": ends in the middle of a document at byte")

    def test_more_behind_a_report(self):
        text = json.dumps(report([1, 4]))
        self.fit("-", stdin=text + " \n\n")
        self.check_file(text + "}", ": ")
        self.check_file(text + text, ": ")

    def test_huge_numbers(self):
        text = json.dumps(report([1, 4]))
        itl = json.dumps(make_report.itl_ms(1))
        where = r"benchmarks\[0\].metrics.inter_token_latency_ms.successful.mean"
        for number in ("1e999", "-1e999"):
            self.check_file(text.replace(itl, number, 1), rf": {where} is not a finite number")
        for number in ("1" * 400, "0." + "1" * 400, "1e" + "0" * 400):
            self.check_file(text.replace(itl, number, 1), rf": a number longer than 64 bytes at byte \d+ .*, in {where}")
        self.check_file(text.replace(itl, "1e300", 1).replace(json.dumps(make_report.itl_ms(4)), "1e308", 1),
                        "cannot fit: ITL over batch: figures are too large or too small to compute with", status=5)

    def test_deep_nesting(self):
        self.check_file('{"a":' * 100000, ": nested deeper than 64 levels at byte 321 ")
        self.check_file('{"benchmarks":' + "[" * 2000 + "]" * 2000 + "}", ": nested deeper than 64 levels at byte 78 ")
        deep = json.loads("[" * 500 + "]" * 500)
        value = report([1, 4])
        value["benchmarks"][0]["extras"] = deep
        self.check_file(json.dumps(value), ": nested deeper than 64 levels at byte")
        text = "apiVersion: kubectl-wva/v1alpha1\nkind: Benchmark\nspec: " + "[" * 5000
        self.check_file(text, ": ")

    def test_depth_of_records_does_not_matter(self):
        """They are skipped, not read."""
        value = report([1, 4])
        value["benchmarks"][0]["requests"]["successful"] = [json.loads("[" * 500 + "]" * 500)]
        self.fit(self.file(json.dumps(value)))

    def test_nan_and_infinity(self):
        for number in (float("nan"), float("inf"), float("-inf")):
            value = report([1, 4])
            metric(value, "time_to_first_token_ms", 1)["mean"] = number
            self.check_file(json.dumps(value), r": benchmarks\[1\].metrics.time_to_first_token_ms.successful.mean is not "
                                               "a finite number")

    def test_nan_and_infinity_where_nobody_looks(self):
        value = report([1, 4])
        metric(value, "tokens_per_second")["mean"] = float("nan")
        metric(value, "inter_token_latency_ms", 1, "errored")["mean"] = float("inf")
        value["benchmarks"][0]["scheduler_state"]["end_time"] = float("-inf")
        value["benchmarks"][0]["requests"]["successful"] = [{"inter_token_latency_ms": float("nan")}]
        result = self.fit(self.file(json.dumps(value)), "-o", "json")
        self.assertEqual(len(result.json["spec"]["levels"]), 2)

    def test_every_request_failed(self):
        value = report([1, 4, 16], 0)
        for benchmark in value["benchmarks"]:
            benchmark["metrics"]["request_totals"] |= {"errored": 4711, "total": 4711}
        self.check_file(json.dumps(value), r"cannot fit: level 1 \(concurrent\): no request succeeded", status=5)
        result = wva("fit", self.file(json.dumps(value)))
        self.assertRegex(result.err, r"(?m)^3 +concurrent@16 .* 0 +4711$")

    def test_one_level_failed(self):
        value = report([1, 4, 16])
        value["benchmarks"][1] = report([4], 0)["benchmarks"][0]
        self.check_file(json.dumps(value), r"cannot fit: level 2 \(concurrent\): no request succeeded", status=5)

    @needs_data
    def test_a_log_cut_anywhere(self):
        """Never other numbers than those of the whole log."""
        lines = "".join(map(read, LOGS)).splitlines(keepends=True)
        whole = None
        for count in range(1, len(lines) + 1, 3):
            result = wva("fit", "-", *SHAPE, "-o", "json", stdin="".join(lines[:count]))
            self.assertNotRegex(result.err, "Sanitizer|runtime error")
            if result.status == 0:
                whole = result
                self.check_parameters(result)
            else:
                self.assertIsNone(whole, "more lines made it worse")
                self.assertIn(result.status, (1, 5))
                self.assertEqual(result.out, "")
                self.assertRegex(result.err, r"(?m)^error: ")

    @needs_data
    def test_a_log_cut_inside_a_table(self):
        lines = read(LOGS[0]).splitlines(keepends=True)
        self.check_file("".join(lines[:45]), ": line 34: the table of latencies that follows this one is missing: the log is "
                                             "cut")

    def test_files_that_cannot_be_read(self):
        loop = os.path.join(self.folder, "loop")
        os.symlink(loop, loop)
        self.refused(1, f"cannot read {loop}: Too many levels of symbolic links", "fit", loop)
        self.refused(1, f"cannot read {self.folder}: Is a directory", "fit", self.folder)
        self.refused(1, f"cannot read {self.folder}/none: No such file or directory", "fit", f"{self.folder}/none")
        path = self.file("x")
        self.refused(1, f"cannot read {path}/x: Not a directory", "fit", f"{path}/x")
        if os.path.exists("/proc/self/mem"):  # opens, and fails at the first byte
            self.refused(1, "cannot read /proc/self/mem: Input/output error", "fit", "/proc/self/mem")

    def test_the_second_file_is_bad(self):
        good, bad = self.file(json.dumps(guide_document()), "good"), self.file("", "bad")
        self.refused(1, f"{bad}: nothing in it", "fit", good, bad)

    def test_names_with_control_characters_do_not_reach_the_terminal(self):
        result = self.refused(1, r"cannot read \?\[31mred: ", "fit", "\x1b[31mred")
        self.assertNotIn("\x1b", result.err)

    def test_texts_of_a_report_do_not_reach_the_terminal(self):
        value = report([1])
        value["benchmarks"][0]["config"]["strategy"]["type_"] = "\x1b]0;owned\x07"
        result = self.refused(5, "cannot fit: there is only one level", "fit", self.file(json.dumps(value)))
        self.assertIn("?]0;owned?", result.err)


class NoFit(FitTest):
    """Numbers that WVA would take and get wrong."""

    def refuse(self, message, *points, **more):
        result = self.refused(5, "cannot fit: " + message, "fit", *(word for one in points for word in point(*one)), *SHAPE,
                              "-o", "json", **more)
        rows = [line for line in result.err.split("\n") if "point@" in line]
        self.assertEqual(len(rows), len(points), str(result))

    def test_one_level(self):
        self.refuse("there is only one level: four parameters need at least two", (1, 7.0, 15.0),
                    hint="measure levels from 1 to the server's --max-num-seqs, none with a queue: kubectl wva bench")

    def test_one_batch_size(self):
        self.refuse(r"all 3 levels are at one batch size \(64\)", (64, 8.7, 26.0), (64, 8.8, 26.1), (63.9, 8.6, 25.9))

    def test_negative_slopes(self):
        self.refuse("beta is -0.02698412.*, below 0", (1, 8.7, 15.0), (64, 7.0, 26.0))
        self.refuse("delta is -0.00136408.*, below 0", (1, 7.0, 26.0), (64, 8.7, 15.0))

    def test_both_slopes_zero(self):
        self.refuse("beta and delta are both 0: load would change nothing", (1, 7.0, 15.0), (64, 7.0, 15.0))

    def test_one_slope_zero_is_fine(self):
        spec = self.fit(*point(1, 7.0, 15.0), *point(64, 7.0, 26.0), *SHAPE, "-o", "json").json["spec"]
        self.assertEqual((spec["parameters"]["alpha"], spec["parameters"]["beta"]), (7.0, 0))

    def test_intercepts_not_above_zero(self):
        self.refuse("alpha is -1104, not above 0", (1, 7.0, 15.0), (64, 70000, 26.0))
        self.refuse("gamma is -222.857143, not above 0", (1, 7.0, 15.0), (64, 8.7, 15000))
        self.refuse("alpha is 0, not above 0", (1, 1.0, 15.0), (2, 2.0, 26.0))

    def test_latencies_not_above_zero(self):
        self.refuse("level 2: TTFT is -100000000 ms, not above 0", (1, 7.0, 15.0), (64, 8.7, -1e8),
                    hint="measure that level again, or fit without it")
        self.refuse("level 1: ITL is 0 ms, not above 0", (1, 0, 15.0), (64, 8.7, 26.0))
        self.refuse("level 1: ITL is -7 ms, not above 0", (1, -7, 15.0), (64, 8.7, 26.0))

    def test_sums_that_overflow(self):
        self.refuse("", (1, 1e308, 15.0), (1e300, 1e308, 26.0), (2, 1e308, 15.0))

    def test_quiet_says_the_error_only(self):
        result = self.refused(5, "cannot fit: there is only one level", "fit", "-q", *GUIDE[:2], *SHAPE)
        self.assertRegex(result.err, r"\Aerror: .*\nhint: .*\n\Z")


class Usage(FitTest):
    def test_nothing_to_fit(self):
        self.refused(2, "nothing to fit: no file, no --point and no --run", "fit", hint="kubectl wva fit report.json")

    def test_unknown_words(self):
        self.refused(2, "unknown command 'fti'", "fti", hint=r"did you mean 'kubectl wva fit'\?")
        self.refused(2, "unknown command 'frobnicate'", "frobnicate", hint="kubectl wva --help")
        self.refused(2, "unknown option '--piont' of 'fit'", "fit", "--piont", "x", hint=r"did you mean --point\?")
        self.refused(2, "unknown option '--promt-tokens' of 'fit'", "fit", "--promt-tokens=1",
                     hint=r"did you mean --prompt-tokens\?")
        self.refused(2, "unknown option '--xyzzy' of 'fit'", "fit", "--xyzzy", hint="kubectl wva fit --help")

    def test_values(self):
        self.refused(2, "option --batch: 'measurd' is not one of auto, measured, nominal", "fit", "--batch", "measurd")
        self.refused(2, "option --output: 'xml' is not one of table, json, yaml", "fit", "-o", "xml")
        self.refused(2, "option --prompt-tokens: '0' is not between 1 and 10000000", "fit", "--prompt-tokens", "0")
        self.refused(2, "option --prompt-tokens: '128k' is not a whole number", "fit", "--prompt-tokens", "128k")
        self.refused(2, "option --max-batch-size: '1.5' is not a whole number", "fit", "--max-batch-size=1.5")
        self.refused(2, "option --point needs a value", "fit", "--point")

    def test_points(self):
        example = r"--point batch=1,itl=7.0,ttft=15.0\Z"
        for text, message in (
                ("batch=1", "batch, itl and ttft are all needed"),
                ("", "'' is none of batch=, itl=, ttft=, prompt="),
                ("1,7.0,15.0", "'1' is none of batch=, itl=, ttft=, prompt="),
                ("batch=1,,itl=7,ttft=15", "'' is none of batch="),
                ("batch=1, itl=7,ttft=15", "' itl=7' is none of batch="),
                ("batch=1,itl=7,ttft=15ms", "ttft: '15ms' is not a finite number"),
                ("batch=1,itl=,ttft=15", "itl: '' is not a finite number"),
                ("batch=1,itl=7,0,ttft=15", "'0' is none of batch="),
                ("batch=nan,itl=7,ttft=15", "batch: 'nan' is not a finite number"),
                ("batch=inf,itl=7,ttft=15", "batch: 'inf' is not a finite number"),
                ("batch=1e999,itl=7,ttft=15", "batch: '1e999' is not a finite number"),
                ("batch=0x10,itl=7,ttft=15", "batch: '0x10' is not a finite number"),
                ("batch=1,itl=7,ttft=15,itl=8", "itl is given twice"),
                ("batch=0,itl=7,ttft=15", "batch must be above 0"),
                ("batch=-4,itl=7,ttft=15", "batch must be above 0"),
                ("Batch=1,itl=7,ttft=15", "'Batch=1' is none of batch=")):
            with self.subTest(text):
                self.refused(2, re.escape(f"--point {text}: {message}"), "fit", "--point", text, *SHAPE, hint=example)


class Output(FitTest):
    COMMAND = [WVA, "fit", *GUIDE, *SHAPE]

    def run_into(self, stdout, *args, **more):
        done = subprocess.run([*self.COMMAND, *args], stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment(),
                              timeout=60, **more)
        return Result(self.COMMAND, done.returncode, "", done.stderr, 0)

    def test_a_full_disk(self):
        with open("/dev/full", "w") as full:
            for output in ("table", "json", "yaml"):
                result = self.run_into(full, "-o", output)
                self.assertEqual(result.status, 1, str(result))
                self.assertIn("error: cannot write to standard output: No space left on device\n", result.err)

    def test_closed(self):
        result = self.run_into(None, preexec_fn=lambda: os.close(1))
        self.assertEqual(result.status, 1, str(result))
        self.assertIn("error: cannot write to standard output: Bad file descriptor\n", result.err)

    def test_everything_closed(self):
        result = subprocess.run(self.COMMAND, preexec_fn=lambda: os.closerange(0, 3), env=environment(), timeout=60)
        self.assertEqual(result.returncode, 1)

    def test_a_reader_that_has_had_enough(self):
        """`fit … | head -1`: neither killed by a signal nor a complaint."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            result = self.run_into(writer, "-o", "json")
        finally:
            os.close(writer)
        self.assertEqual(result.status, 0, str(result))
        self.assertNotIn("error", result.err)

    def test_head(self):
        done = subprocess.run(["sh", "-c", '"$@" -o json | head -1', "sh", *self.COMMAND], capture_output=True, text=True,
                              env=environment(), timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, "{\n"))

    def test_a_number_reads_back_as_itself(self):
        """delta is often 1e-6: six decimals would lose it."""
        spec = self.fit(*point(1, 7.0, 15.0), *point(64, 8.7, 15.001), *SHAPE, "-o", "json").json["spec"]
        self.assertAlmostEqual(spec["parameters"]["delta"], 0.001 / 63 / 128, 15)

    def test_no_colour_in_a_pipe(self):
        result = self.fit(*GUIDE, *SHAPE)
        self.assertNotIn("\x1b", result.out + result.err)


class Generated(FitTest):
    """A report as long as GuideLLM's are, with known parameters in it."""

    def test_truth_in_truth_out(self):
        file = io.StringIO()
        make_report.write(file, 300_000)
        spec = self.fit("-", "-o", "json", stdin=file.getvalue()).json["spec"]
        for name, true in (("alpha", make_report.ALPHA), ("beta", make_report.BETA), ("gamma", make_report.GAMMA),
                           ("delta", make_report.DELTA)):
            self.assertAlmostEqual(spec["parameters"][name] / true, 1, 9, name)
        self.assertEqual([one["batch"] for one in spec["levels"]], list(make_report.LEVELS))


if __name__ == "__main__":
    unittest.main()
