# SPDX-License-Identifier: Apache-2.0
"""Truth in, truth out: what `run` makes of clusters whose latencies are known, and how soon."""
import concurrent.futures
import math
import random
import statistics
import threading
import time
import unittest

from harness import FAST, MODEL, Sim, SimTest, wva

SETS = 50
NOISE = 0.02
BOUND = 0.03
# The first is the default. Every release in turn: they differ in what they leave out of a warm-up.
RELEASES = ["v0.7.3", "v0.3.1", "v0.4.0", "v0.5.4", "v0.6.1", "v0.7.0", "v0.8.1"]
IMAGE = "ghcr.io/vllm-project/guidellm"
PROMPT_TOKENS = 128


def truths():
    """Parameter sets from those of a small model on a big accelerator to the opposite, half of them even, half even in
    the logarithm: slopes that hardly show, and slopes that make up nearly all of a latency."""
    chance = random.Random(20261124)

    def draw(low, high, logarithmic):
        return math.exp(chance.uniform(math.log(low), math.log(high))) if logarithmic else chance.uniform(low, high)

    return [{"alpha": draw(3, 40, i % 2), "beta": draw(0.005, 0.6, i % 2), "gamma": draw(8, 200, i % 2),
             "delta": draw(1e-4, 0.05, i % 2), "batch": chance.randint(16, 256)} for i in range(SETS)]


def itl(parameters, batch):
    return parameters["alpha"] + parameters["beta"] * batch


def ttft(parameters, batch):
    return parameters["gamma"] + parameters["delta"] * PROMPT_TOKENS * batch


def run(index, truth, *options):
    """The Fit of `run` in a cluster of its own, with levels as long as they are by default."""
    # Faster, and a Job's deadline of half an hour would be two seconds on a busy machine.
    sim = Sim("--speed", "300", "--load-seconds", "10", "--noise", NOISE, "--seed", index + 1,
              *[word for name in ("alpha", "beta", "gamma", "delta") for word in (f"--{name}", repr(truth[name]))])
    try:
        result = wva("run", "bench", "-n", "bench", "--model", MODEL, "--max-batch-size", truth["batch"], "--prompt-tokens",
                     PROMPT_TOKENS, "--seed", 1000 * (index + 1), "-o", "json", *options,
                     env={"KUBECONFIG": sim.kubeconfig}, timeout=300)
    finally:
        sim.stop()
    return result


def errors(fitted, truth):
    """Relative errors of the parameters, and the worst of predictions between the levels."""
    between = [2, truth["batch"] / 10, truth["batch"] / 3, truth["batch"] / 2, truth["batch"] * 0.8]
    found = {name: abs(fitted[name] / truth[name] - 1) for name in ("alpha", "beta", "gamma", "delta")}
    found["ITL"] = max(abs(itl(fitted, batch) / itl(truth, batch) - 1) for batch in between)
    found["TTFT"] = max(abs(ttft(fitted, batch) / ttft(truth, batch) - 1) for batch in between)
    return found


class Accuracy(unittest.TestCase):
    def test_truth_in_truth_out(self):
        sets = truths()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(
                lambda i: run(i, sets[i], "--guidellm-image", f"{IMAGE}:{RELEASES[i % len(RELEASES)]}"), range(SETS)))
        found = []
        for i, (truth, result) in enumerate(zip(sets, results)):
            with self.subTest(set=i, release=RELEASES[i % len(RELEASES)], **truth):
                self.assertEqual(result.status, 0, str(result))
                found.append(errors(result.json["spec"]["parameters"], truth))
                for name in ("alpha", "gamma", "ITL", "TTFT"):
                    self.assertLess(found[-1][name], BOUND, f"{name} of {found[-1]}\n{result}")
        for name in found[0]:
            values = [error[name] for error in found]
            print(f"{name}: {100 * statistics.median(values):.2f} % median, {100 * max(values):.2f} % worst")
        for name in ("alpha", "gamma", "ITL", "TTFT"):  # far better than demanded: no bias
            self.assertLess(statistics.median(error[name] for error in found), 0.005, name)


class Haste(SimTest):
    """From the end of the last benchmark to the parameters."""

    def watch_for_the_end(self, level, stop, seen):
        """When that level's container was first seen ended."""
        while not stop.is_set() and not seen:
            pods = self.sim.get(self.path("pods") + f"?labelSelector=kubectl-wva/level={level}")["items"]
            for pod in pods:
                for status in pod.get("status", {}).get("containerStatuses", []):
                    if "terminated" in status["state"]:
                        seen.append(time.time())
            time.sleep(0.005)

    def test_the_parameters_are_written_at_once(self):
        self.variantautoscaling()
        stop, seen = threading.Event(), []
        watcher = threading.Thread(target=self.watch_for_the_end, args=(4, stop, seen))
        watcher.start()
        try:
            self.ok(self.wva("run", "bench", "--model", MODEL, "--va", "llama", *FAST))
        finally:
            stop.set()
            watcher.join()
        requests = [r for r in self.sim.requests() if "watch=1" not in r["path"]]  # those are recorded at their end
        is_write = [r["method"] == "PATCH" and "/variantautoscalings/llama" in r["path"] and "dryRun" not in r["path"]
                    for r in requests]
        self.assertEqual(is_write.count(True), 1)
        written = is_write.index(True)
        stored = max(i for i, r in enumerate(requests[:written]) if '"level-4"' in r.get("body", ""))
        between = [(r["method"], r["path"].split("?")[0].rsplit("/", 1)[1]) for r in requests[stored + 1:written]]
        self.assertLessEqual(len(between), 6, between)
        self.assertEqual([method for method, _ in between if method not in ("GET", "PATCH")], [])
        took = requests[written]["timeMs"] / 1000 - seen[0]
        print(f"{1000 * took:.0f} ms from the last container's end to the parameters written")
        self.assertLess(took, 10)


if __name__ == "__main__":
    unittest.main()
