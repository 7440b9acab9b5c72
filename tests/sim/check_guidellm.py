#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The GuideLLM double: command lines, figures, reports and tables of each release.

WVA_SIM_GUIDELLM names the program. That it writes and prints as the real releases do is for tests/fixtures/test_double.py.
"""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

GUIDELLM = os.environ["WVA_SIM_GUIDELLM"]
LEGACY = ["0.3.1", "0.4.0", "0.5.4", "0.6.1"]
RUN = ["0.7.0", "0.7.3", "0.8.1"]
TRUTH = {"alpha": 20, "beta": 0.4, "gamma": 40, "delta": 0.01, "noise": 0, "seed": 1}


def service(name="vllm", **more):
    return {"namespace": "bench", "name": name, "address": "10.96.0.9", "ports": [8000], "ready": 1, "model": "org/M",
            "served": ["M"], "maxNumSeqs": 64, "prefixCaching": False, **more}


def legacy(profile="concurrent", rate=4, seconds=60, **more):
    args = {"--target": "http://vllm:8000", "--rate-type": profile, "--model": "M", "--max-seconds": seconds,
            "--data": "prompt_tokens=128,output_tokens=64", "--output-path": "report.json", "--output-sampling": 1,
            "--random-seed": 7, **({"--rate": rate} if rate else {}), **more}
    return ["benchmark", "run", "--disable-progress"] + [str(x) for pair in args.items() if pair[1] is not None for x in pair]


def run(profile="kind=concurrent,streams=4", seconds=60, backend="", **more):
    args = {"--backend": "kind=openai_http,target=http://vllm:8000,model=M,request_format=/v1/completions" + backend,
            "--profile": profile, "--data": "kind=synthetic_text,prompt_tokens=128,output_tokens=64",
            "--constraint": f"kind=max_duration,seconds={seconds}", "--output": "kind=json,path=report.json",
            "--metrics": "kind=generative,sample_size=1", "--seed": "kind=static,value=7", **more}
    return ["run", "--disable-progress"] + [str(x) for pair in args.items() if pair[1] is not None for x in pair]


def command(release, streams, **more):
    if release < "0.7":
        more.setdefault("--request-type", "text_completions" if release >= "0.4" else None)
        return legacy(rate=streams, **more)
    return run(f"kind=concurrent,streams={streams}", **more)


class GuideLLM(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wva-guidellm-")
        self.addCleanup(folder.cleanup)
        self.dir = folder.name

    def world(self, **more):
        world = {"release": "0.8.1", "namespace": "bench", "speed": 2000, "truth": TRUTH, "services": [service()],
                 "ledger": os.path.join(self.dir, "ledger"), "faults": {}, **more}
        path = os.path.join(self.dir, "world.json")
        with open(path, "w") as file:
            json.dump(world, file)
        return path

    def start(self, release, argv, env=None, **more):
        names = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "PATH")
        env = {**{name: os.environ[name] for name in names if name in os.environ}, **(env or {}),
               "WVA_SIM_WORLD": self.world(**more)}
        return subprocess.Popen([GUIDELLM, "--sim-release", release, *argv], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=env, cwd=self.dir)

    def guidellm(self, release, argv, **more):
        process = self.start(release, argv, **more)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def measure(self, release, argv, **more):
        status, out, err = self.guidellm(release, argv, **more)
        self.assertEqual(status, 0, (release, argv, out, err))
        with open(os.path.join(self.dir, "report.json")) as file:
            return json.load(file)

    def refuses(self, release, argv, status, words, **more):
        got, out, err = self.guidellm(release, argv, **more)
        self.assertEqual(got, status, (release, argv, out, err))
        self.assertIn(words, err)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "report.json")))

    # Figures.

    def test_truth(self):
        for release in LEGACY + RUN:
            for streams in (1, 16):
                with self.subTest(release=release, streams=streams):
                    report = self.measure(release, command(release, streams))
                    (benchmark,) = report["benchmarks"]
                    metrics = benchmark["metrics"]
                    mean = {name: metrics[name]["successful"]["mean"] for name in
                            ("inter_token_latency_ms", "time_to_first_token_ms", "prompt_token_count")}
                    self.assertAlmostEqual(mean["inter_token_latency_ms"], 20 + 0.4 * streams, places=6)
                    self.assertAlmostEqual(mean["time_to_first_token_ms"], 40 + 0.01 * 129 * streams, places=6)
                    self.assertEqual(mean["prompt_token_count"], 129)
                    concurrency = metrics["request_concurrency"]
                    self.assertAlmostEqual(concurrency["total"]["mean"], streams, places=6)
                    self.assertLess(concurrency["successful"]["mean"], streams + (streams == 1) * 0.01)
                    totals = metrics.get("request_totals") or benchmark["request_totals"]
                    self.assertEqual(totals["incomplete"], streams)
                    count = metrics["inter_token_latency_ms"]["successful"]["count"]
                    self.assertEqual(count, totals["successful"] * (1 if release == "0.3.1" else 63))

    def test_noise_and_seed(self):
        noisy = {**TRUTH, "noise": 0.05}
        first = self.measure("0.7.3", command("0.7.3", 4), truth=noisy)
        again = self.measure("0.7.3", command("0.7.3", 4), truth=noisy)
        other = self.measure("0.7.3", command("0.7.3", 4, **{"--seed": "kind=static,value=8"}), truth=noisy)
        itl = [r["benchmarks"][0]["metrics"]["inter_token_latency_ms"]["successful"] for r in (first, again, other)]
        self.assertEqual(itl[0], itl[1])
        self.assertNotEqual(itl[0]["mean"], itl[2]["mean"])
        self.assertGreater(itl[0]["std_dev"], 0.5)
        self.assertAlmostEqual(itl[0]["mean"], 21.6, delta=0.4)

    def test_chat_adds_the_template(self):
        report = self.measure("0.6.1", legacy())
        self.assertEqual(report["benchmarks"][0]["metrics"]["prompt_token_count"]["successful"]["mean"], 164)

    def test_queue_beyond_max_num_seqs(self):
        report = self.measure("0.7.3", command("0.7.3", 16), services=[service(maxNumSeqs=4)])
        metrics = report["benchmarks"][0]["metrics"]
        self.assertAlmostEqual(metrics["inter_token_latency_ms"]["successful"]["mean"], 21.6, places=6)
        self.assertGreater(metrics["time_to_first_token_ms"]["successful"]["mean"], 2000)

    def test_throughput_starts_with_a_burst(self):
        throughput = self.measure("0.7.3", run("kind=throughput,max_concurrency=16"))["benchmarks"][0]
        ttft = throughput["metrics"]["time_to_first_token_ms"]["successful"]
        self.assertAlmostEqual(ttft["median"], 40 + 0.01 * 129 * 16, places=6)
        self.assertGreater(ttft["mean"], ttft["median"] + 0.5)
        self.assertEqual(throughput["config"]["strategy"]["max_concurrency"], 16)

    def test_throughput_limit_from_the_environment(self):
        env = {"GUIDELLM__MAX_CONCURRENCY": "16"}
        report = self.measure("0.3.1", legacy("throughput", None), env=env)
        benchmark = report["benchmarks"][0]
        self.assertIsNone(benchmark["args"]["strategy"]["max_concurrency"])
        self.assertAlmostEqual(benchmark["metrics"]["request_concurrency"]["total"]["mean"], 16, places=6)

    def test_several_levels(self):
        many = self.measure("0.8.1", run('{"kind":"concurrent","streams":[1,2,8]}'))
        self.assertEqual([b["config"]["strategy"]["streams"] for b in many["benchmarks"]], [1, 2, 8])
        overridden = self.measure("0.7.3", run("kind=concurrent,streams=1") + ["--override", "profile.streams", "2,4"])
        self.assertEqual([b["config"]["strategy"]["streams"] for b in overridden["benchmarks"]], [2, 4])
        old = self.measure("0.5.4", legacy(rate="1,2"))
        self.assertEqual([b["config"]["strategy"]["streams"] for b in old["benchmarks"]], [1, 2])

    def test_open_loop_and_sweep(self):
        constant = self.measure("0.7.3", run("kind=constant,rate=2"))["benchmarks"][0]
        self.assertAlmostEqual(constant["metrics"]["requests_per_second"]["total"]["mean"], 2, delta=0.2)
        sweep = self.measure("0.6.1", legacy("sweep", 4))
        self.assertEqual([b["config"]["strategy"]["type_"] for b in sweep["benchmarks"]],
                         ["synchronous", "throughput", "constant", "constant"])

    def test_warmup(self):
        for release, argv in (("0.3.1", legacy(**{"--warmup-percent": 35 / 60})),  # from 5 s before the first request
                              ("0.6.1", legacy(**{"--warmup": 30})),
                              ("0.7.3", run("kind=concurrent,streams=4,warmup=30")),
                              ("0.8.1", run('{"kind":"concurrent","streams":4,"warmup":30}'))):
            with self.subTest(release=release):
                benchmark = self.measure(release, argv)["benchmarks"][0]
                metrics = benchmark["metrics"]
                made = (benchmark.get("run_stats") or benchmark["scheduler_metrics"])["requests_made"]["successful"]
                counted = (metrics.get("request_totals") or benchmark["request_totals"])["successful"]
                self.assertAlmostEqual(counted, made / 2, delta=5)
                if release == "0.8.1":  # by event: the requests that began before the window have no TTFT
                    self.assertEqual(metrics["time_to_first_token_ms"]["successful"]["count"], counted - 4)
                if release >= "0.4":
                    self.assertEqual(benchmark["warmup_duration"], 30)
                    self.assertEqual(benchmark["duration"], 30)

    def test_prefix_cache(self):
        cached = [service(prefixCaching=True)]
        ttft = [self.measure("0.7.3", command("0.7.3", 4), services=cached)["benchmarks"][0]["metrics"]
                ["time_to_first_token_ms"]["successful"]["mean"] for _ in range(2)]
        self.assertLess(ttft[1], ttft[0] / 2)
        fresh = self.measure("0.7.3", command("0.7.3", 4, **{"--seed": "kind=static,value=9"}), services=cached)
        self.assertAlmostEqual(fresh["benchmarks"][0]["metrics"]["time_to_first_token_ms"]["successful"]["mean"], ttft[0])

    # Reports.

    def test_newest_shape(self):
        report = self.measure("0.8.1", command("0.8.1", 4))
        self.assertEqual(list(report), ["metadata", "config", "benchmarks", "conclusions"])
        self.assertEqual(report["metadata"]["version"], 2)
        self.assertEqual(report["metadata"]["guidellm_version"], "0.8.1")
        benchmark = report["benchmarks"][0]
        self.assertEqual(list(benchmark)[5:7], ["requests", "warnings"])
        self.assertEqual(list(benchmark["metrics"])[-5:],
                         ["tool_call", "turns", "slo_attainment", "slo_determined_requests", "request_goodput"])
        ttft = benchmark["metrics"]["time_to_first_token_ms"]["successful"]
        self.assertEqual(list(ttft)[-3:], ["pdf", "mean_ci", "percentile_cis"])

    def test_layout(self):
        self.measure("0.3.1", command("0.3.1", 1))
        with open(os.path.join(self.dir, "report.json")) as file:
            text = file.read()
        self.assertTrue(text.startswith('{\n    "benchmarks": [\n        {\n            "type_"'))
        self.assertEqual(json.dumps(json.loads(text), indent=4), text)
        self.measure("0.7.3", command("0.7.3", 1))
        with open(os.path.join(self.dir, "report.json")) as file:
            text = file.read()
        self.assertEqual(json.dumps(json.loads(text)), text)

    def test_sampling(self):
        def kept(release, **more):
            requests = self.measure(release, command(release, 4, **more))["benchmarks"][0]["requests"]
            return len(requests["successful"]), len(requests["incomplete"])
        self.assertEqual(kept("0.3.1"), (1, 1))
        self.assertEqual(kept("0.6.1"), (1, 1))
        self.assertEqual(kept("0.8.1"), (1, 1))
        self.assertGreater(kept("0.4.0")[0], 100)  # the option had no effect
        self.assertGreater(kept("0.7.3", **{"--metrics": None})[0], 100)
        self.assertEqual(kept("0.3.1", **{"--output-sampling": 0}), (0, 0))
        self.assertGreater(kept("0.6.1", **{"--output-sampling": 0})[0], 100)

    def test_default_outputs(self):
        self.guidellm("0.7.3", run(**{"--output": None}), env={"GUIDELLM__DEFAULT_RESULTS_DIR": self.dir + "/out"})
        self.assertFalse(os.path.exists(os.path.join(self.dir, "benchmarks.json")))
        os.mkdir(self.dir + "/out")
        self.guidellm("0.7.3", run(**{"--output": None}), env={"GUIDELLM__DEFAULT_RESULTS_DIR": self.dir + "/out"})
        self.assertEqual(sorted(os.listdir(self.dir + "/out")), ["benchmarks.csv", "benchmarks.json"])

    def test_big_report(self):
        path = os.path.join(self.dir, "big.json")
        subprocess.run([GUIDELLM, "--sim-big-report", str(6 << 20), path], check=True)
        self.assertAlmostEqual(os.path.getsize(path), 6 << 20, delta=3 << 20)
        with open(path) as file:
            self.assertEqual(json.load(file)["metadata"]["version"], 2)

    # Tables.

    def table(self, release, **more):
        status, out, err = self.guidellm(release, command(release, 4), **more)
        self.assertEqual(status, 0, err)
        return out

    def test_old_tables_wrap(self):
        narrow = self.table("0.3.1")
        self.assertLessEqual(max(map(len, narrow.splitlines())), 80)
        wide = self.table("0.3.1", env={"COLUMNS": "400"})
        stats = wide.split("Benchmarks Stats:\n")[1].splitlines()
        self.assertEqual(len({len(line) for line in stats[:6] if not line.startswith("Metadata")}), 1)
        self.assertRegex(stats[1], r"^Metadata    \| Request Stats         \|\| Out Tok/sec\| Tot Tok/sec\| Req Latency")
        cells = [cell.strip() for cell in stats[4].split("|")]
        self.assertEqual(cells[0], "concurrent@4")
        self.assertEqual((cells[8], cells[11]), ("45.2", "21.6"))
        unwrapped = "".join(line if len(line) == 80 else line + "\n" for line in narrow.splitlines())
        self.assertIn("".join(stats[4].split()), "".join(unwrapped.split()))

    def test_new_tables(self):
        for release, header in (("0.4.0", "| Benchmark  | Request Latency || TTFT       || ITL        || TPOT       ||"),
                                ("0.6.1", "| Benchmark  | Request Latency || TTFT       || ITL        || TPOT       ||"),
                                ("0.7.3", "| Benchmark  | Request Latency || TTFT       || TTFOT      || ITL        ||")):
            with self.subTest(release=release):
                out = self.table(release)
                latency = out.split("\u2139 Request Latency Statistics (Completed Requests)\n")[1].splitlines()
                self.assertIn(header[:60], latency[1])
                self.assertEqual(len({len(line) for line in latency[:7]}), 1)
                self.assertRegex(latency[5], r"^\| concurrent \| ")
        out = self.table("0.8.1")
        latency = out.split("\u2139 Request Latency Statistics (Completed Requests)\n")[1].splitlines()
        self.assertRegex(latency[3], r"Mean +\| Mdn +\| p95")
        self.assertRegex(latency[5], r"^\| concurrent@4 \| .* 45\.2 \u00b1 0\.0+ ")
        self.assertIn("\u2714 Benchmarking complete, generated 1 benchmark(s)", out)
        self.assertIn("\u2026   json    : report.json", out)

    def test_quiet(self):
        self.assertEqual(self.guidellm("0.7.3", command("0.7.3", 1) + ["--disable-console"])[1], "")
        err = self.guidellm("0.8.1", command("0.8.1", 1))[2]
        self.assertRegex(err, r"(?m)INFO     \|guidellm\.benchmark\.progress:_log_update:420 - Benchmark 1 \(concurrent@1\): "
                              r"active \| elapsed=10\.0s \| successful=\d+ errored=0")

    # Command lines.

    def test_versions(self):
        self.assertEqual(self.guidellm("0.6.1", ["--version"])[1], "guidellm version: 0.6.1\n")

    def test_usage(self):
        for release, argv, words in (
                ("0.8.1", run() + ["--nonsense"], "Error: No such option '--nonsense'. Did you mean '--seed'?"),
                ("0.6.1", legacy() + ["--max-second", "3"], "Error: No such option: --max-second (Possible options: --max-errors, "
                 "--max-seconds)\n"),
                ("0.8.1", legacy(), "Error: No such command 'benchmark'."),
                ("0.7.3", legacy(), "Error: No such command 'benchmark'."),
                ("0.7.0", ["benchmark", "--target", "x"], "Error: No such command '--target'."),
                ("0.8.1", ["--target", "x"], "Error: No such option '--target'."),
                ("0.6.1", run(), "Error: No such command 'run'."),
                ("0.8.1", run(**{"--profile": None}),
                 "Error: Invalid value for '--profile': \n  - Field required (at 'profile')"),
                ("0.7.3", run("kind=throughput"), "Field required (at 'profile.throughput.max_concurrency')"),
                ("0.7.3", run("kind=concurrent,streams=4,rate=3"),
                 "Extra inputs are not permitted (at 'profile.concurrent.rate')"),
                ("0.7.3", run("concurrent"), "Invalid value for '--profile': "),
                ("0.7.3", run("streams=4"), "Invalid value for '--profile': missing required key 'kind'.\nExpected format: "
                 "kind=<type>,key=value,... or JSON/YAML object with a 'kind' field\n  Valid kinds: async, constant, poisson, concurrent"),
                ("0.7.3", run("kind=knee"), "Invalid value for '--profile': invalid kind 'knee'."),
                ("0.7.3", run("kind=concurrent,streams=x"), "Value error, streams must be a number or a list of "
                 "numeric values, got str (at 'profile.concurrent.streams')"),
                ("0.7.3", run(**{"--data": "prompt_tokens=1,output_tokens=2"}), "missing required key 'kind'"),
                ("0.7.3", run(**{"--data": None}), "Field required (at 'data')"),
                ("0.7.3", run(**{"--data": "kind=synthetic_text"}),
                 "Field required (at 'data[0].synthetic_text.prompt_tokens')"),
                ("0.7.3", run(**{"--backend": "kind=openai_http"}), "Field required (at 'backend.openai_http.target')"),
                ("0.7.3", run(**{"--constraint": "kind=max_duration"}),
                 "Field required (at 'constraints[0].max_duration.seconds')"),
                ("0.6.1", legacy("fast"), "Invalid value for '--profile' / '--rate-type': 'fast' is not one of"),
                ("0.6.1", legacy(**{"--max-seconds": "x"}), "Invalid value for '--max-seconds': 'x' is not a valid float."),
                ("0.6.1", legacy() + ["--rate"], "Option '--rate' requires an argument."),
                ("0.6.1", legacy() + ["extra"], "Got unexpected extra argument (extra)"),
                ("0.3.1", legacy(**{"--target": None}), "Invalid value for --target: Field required"),
                ("0.3.1", legacy() + ["--over-saturation", "{}"], "Error: No such option: --over-saturation\n"),
                ("0.4.0", legacy() + ["--output-extras", "{}"], "Error: No such option: --output-extras (Possible options: ")):
            with self.subTest(release=release, words=words):
                self.refuses(release, argv, 2, words)

    def test_image_environment(self):
        trap = "Error: Invalid value: Cannot use --output-path with --output-dir."
        self.refuses("0.6.1", legacy(), 2, trap, env={"GUIDELLM_OUTPUT_DIR": "/results"})
        self.measure("0.6.1", legacy(), env={"GUIDELLM_OUTPUT_DIR": ""})
        self.measure("0.3.1", legacy(), env={"GUIDELLM_OUTPUT_PATH": "/results/benchmarks.json"})

    def test_exceptions(self):
        for release, argv, words in (
                ("0.5.4", legacy("throughput", None), "ValueError: ThroughputProfile requires a rate parameter"),
                ("0.3.1", legacy("throughput", 4), "ValueError: Rate does not apply to throughput profile"),
                ("0.3.1", legacy(**{"--model": "other"}), "ValueError: Model other not found in available models"),
                ("0.8.1", run(**{"--tokenizer": "kind=huggingface_auto,model=/absent"}), "OSError: /absent is not a local"),
                ("0.7.3", run(**{"--tokenizer": "kind=huggingface_auto,model=org/gated"}), "OSError: You are trying to "
                 "access a gated repo."),
                ("0.6.1", legacy(**{"--data": "prompt=3"}), "DataNotSupportedError")):
            with self.subTest(release=release, words=words):
                self.refuses(release, argv, 1, words)
        self.measure("0.7.3", run(**{"--tokenizer": "kind=huggingface_auto,model=org/gated"}), env={"HF_TOKEN": "hf_x"})
        self.measure("0.4.0", command("0.4.0", 4, **{"--rate-type": "throughput"}))

    def test_targets(self):
        gone = "RuntimeError: Backend validation request failed. Could not connect to the server or validate the backend"
        for target in ("http://other:8000", "http://vllm:9000", "http://vllm.default:8000", "https://vllm:8000"):
            with self.subTest(target=target):
                self.refuses("0.6.1", legacy(**{"--target": target}), 1, gone)
        self.refuses("0.8.1", run(), 1, gone, services=[service(ready=0)])
        self.refuses("0.3.1", legacy(), 1, "httpx.ConnectError", services=[])
        for target in ("http://vllm.bench:8000", "http://vllm.bench.svc.cluster.local:8000/v1", "http://10.96.0.9:8000"):
            with self.subTest(target=target):
                self.measure("0.6.1", legacy(**{"--target": target}))
        unvalidated = self.measure("0.7.3", run(backend=",validate_backend=false"), services=[])
        self.assertEqual(unvalidated["benchmarks"][0]["metrics"]["request_totals"]["successful"], 0)

    # Faults.

    def test_all_requests_fail(self):
        for release in ("0.4.0", "0.6.1", "0.7.3", "0.8.1"):
            with self.subTest(release=release):
                metrics = self.measure(release, command(release, 4), faults={"guidellm-errors": 1})["benchmarks"][0]["metrics"]
                self.assertEqual(metrics["request_totals"]["successful"], 0)
                self.assertGreater(metrics["request_totals"]["errored"], 800)
                for name in ("inter_token_latency_ms", "time_to_first_token_ms"):
                    self.assertEqual(metrics[name]["successful"]["count"], 0)
                    self.assertEqual(metrics[name]["successful"]["mean"], 0)
        os.unlink(os.path.join(self.dir, "report.json"))
        self.refuses("0.3.1", legacy(), 1, "500 Internal Server Error", faults={"guidellm-errors": 1})

    def test_faults(self):
        half = self.measure("0.7.3", command("0.7.3", 4), faults={"guidellm-errors": 0.5})["benchmarks"][0]["metrics"]
        share = half["request_totals"]["errored"] / (half["request_totals"]["errored"] + half["request_totals"]["successful"])
        self.assertAlmostEqual(share, 0.5, delta=0.1)
        low = self.measure("0.7.3", command("0.7.3", 16), faults={"low-concurrency": 0.25})["benchmarks"][0]
        self.assertAlmostEqual(low["metrics"]["request_concurrency"]["total"]["mean"], 4, places=6)
        self.assertEqual(low["config"]["strategy"]["streams"], 16)
        zero = self.measure("0.7.3", command("0.7.3", 4), faults={"zero-ttft": True})["benchmarks"][0]["metrics"]
        self.assertEqual(zero["time_to_first_token_ms"]["successful"]["max"], 0)
        dry = self.measure("0.7.3", command("0.7.3", 4), faults={"no-output": True})["benchmarks"][0]["metrics"]
        self.assertEqual(dry["output_token_count"]["successful"]["mean"], 0)
        late = self.measure("0.7.3", command("0.7.3", 1), faults={"client-overhead": 4})["benchmarks"][0]["metrics"]
        self.assertAlmostEqual(late["time_to_first_token_ms"]["successful"]["mean"], 45.29, places=6)
        self.measure("0.7.3", command("0.7.3", 4), faults={"nan": True})
        with open(os.path.join(self.dir, "report.json")) as file:
            self.assertIn('"ttft_slope_moe": NaN', file.read())
        os.unlink(os.path.join(self.dir, "report.json"))
        self.refuses("0.7.3", command("0.7.3", 4), 1, "RuntimeError: ", faults={"guidellm-fail": True})

    def test_a_signal_leaves_no_report(self):
        process = self.start("0.7.3", command("0.7.3", 4), faults={"guidellm-hang": True})
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=5)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "report.json")))


if __name__ == "__main__":
    unittest.main()
