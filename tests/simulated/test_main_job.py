# SPDX-License-Identifier: Apache-2.0
"""The main job from end to end, and the pipe of its parts."""
import json
import unittest

from harness import FAST, MODEL, SimTest, deviation, wva

TRUTH = {"alpha": 6.973016, "beta": 0.02698413, "gamma": 14.825397, "delta": 0.001364087}


class MainJob(SimTest):
    sim_args = [f for name, value in TRUTH.items() for f in (f"--{name}", str(value))] + ["--noise", "0"]

    def test_run_writes_the_parameters_and_leaves_the_rest(self):
        before = self.variantautoscaling()
        result = self.ok(self.wva("run", "llama-bench", "--model", MODEL, "--accelerator", "NVIDIA-H100", "--va", "llama",
                                  "-o", "json", *FAST))
        fit = result.json
        self.assertEqual((fit["apiVersion"], fit["kind"]), ("kubectl-wva/v1alpha1", "Fit"))
        for name, true in TRUTH.items():
            self.assertLess(deviation(fit["spec"]["parameters"][name], true), 0.03, name)
        self.assertEqual([round(level["batch"]) for level in fit["spec"]["levels"]], [1, 4, 16, 64])

        after = self.get("variantautoscalings", "llama")
        entries = after["spec"]["modelProfile"]["accelerators"]
        self.assertEqual(entries[0], before["spec"]["modelProfile"]["accelerators"][0])
        self.assertEqual(entries[1]["maxBatchSize"], 64)
        written = {**entries[1]["perfParms"]["decodeParms"], **entries[1]["perfParms"]["prefillParms"]}
        for name in TRUTH:
            self.assertIsInstance(written[name], str)
            self.assertLess(deviation(float(written[name]), fit["spec"]["parameters"][name]), 1e-8)
        for untouched in ("labels", "uid"):
            self.assertEqual(after["metadata"][untouched], before["metadata"][untouched])
        self.assertEqual(after["spec"]["variantCost"], "40.0")

        # What it made is gone, but for the record and the Jobs with their logs.
        self.assertEqual(self.names("deployments"), [])
        self.assertEqual(self.names("services"), [])
        self.assertEqual(len(self.names("jobs")), 5)
        runs = self.ok(self.wva("runs", "-o", "json")).json
        self.assertEqual([(run["state"], run["levels"]) for run in runs], [("applied", "4/4")])
        self.ok(self.wva("cleanup", runs[0]["run"]))
        self.wait_for(lambda: self.names("jobs") == [] and self.names("pods") == [], "Jobs to go")

    def test_the_parts_as_a_pipe(self):
        self.variantautoscaling()
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))
        bench = self.ok(self.wva("bench", "deployment/vllm", "-o", "json", *FAST))
        self.assertEqual(bench.json["kind"], "Benchmark")
        fit = self.ok(wva("fit", "-", "-o", "json", stdin=bench.out))
        for name, true in TRUTH.items():
            self.assertLess(deviation(fit.json["spec"]["parameters"][name], true), 0.01, name)
        applied = self.ok(self.wva("apply", "llama", "-f", "-", stdin=fit.out))
        self.assertEqual(applied.out, "variantautoscaling.llmd.ai/llama configured\n")
        again = self.ok(self.wva("apply", "llama", "-f", "-", stdin=fit.out))
        self.assertEqual(again.out, "variantautoscaling.llmd.ai/llama unchanged\n")

    def test_never_two_jobs_at_once_and_a_seed_of_its_own_each(self):
        self.ok(self.wva("run", "one", "--model", MODEL, *FAST))
        jobs = self.sim.get(self.path("jobs"))["items"]
        times = sorted((job["status"]["startTime"], job["status"]["completionTime"]) for job in jobs)
        self.assertEqual(len(times), 5)
        for (_, end), (start, _) in zip(times, times[1:]):
            self.assertLessEqual(end, start)
        args = [json.dumps(job["spec"]["template"]["spec"]["containers"][0]["args"]) for job in jobs]
        seeds = [text[text.index("--seed"):].split(",")[2] for text in args if "--seed" in text]
        self.assertEqual(len(set(seeds)), 5, args)

    def test_method_guide_makes_the_guides_two_runs(self):
        self.ok(self.wva("deploy", "vllm", "--model", MODEL))
        bench = self.ok(self.wva("bench", "vllm", "--method", "guide", "--max-seconds", "30", "-o", "json"))
        levels = bench.json["spec"]["levels"]
        self.assertEqual([level["strategy"] for level in levels], ["synchronous", "throughput"])
        self.assertEqual([level["streams"] for level in levels], [1, 64])


if __name__ == "__main__":
    unittest.main()
