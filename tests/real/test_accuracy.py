# SPDX-License-Identifier: Apache-2.0
"""Truth in, truth out with the real GuideLLM: each release against the stand-in with known parameters, and some releases
against several sets of them.

A fit is judged by what the stand-in says it delivered at each level, and by the truth where that was delivered. Where a
level was disturbed (truth.py tells), the whole measurement is made again, twice at most. What was found goes to
build/real/accuracy-KUBERNETES.json, which write_table.py turns into the table of docs/testing.md.

WVA_GUIDELLM=0.3.1,0.8.1 chooses releases.
"""
import contextlib
import dataclasses
import glob
import os
import threading
import time
import unittest

import write_table
from harness import GUIDELLM, JOB, TRUTH, RealTest, epoch, real_level_window, wva
from truth import PARAMETERS, close, delivered_level, misses, refit

RELEASES = ("0.3.1", "0.6.1", "0.7.3", "0.8.1")
CHOSEN = os.environ.get("WVA_GUIDELLM", ",".join(RELEASES)).split(",")
# A fast decode with long prefills, and a slow one that hardly depends on the batch.
OTHER_TRUTHS = ({"alpha": 12.0, "beta": 0.2, "gamma": 60.0, "delta": 0.02},
                {"alpha": 25.0, "beta": 0.1, "gamma": 50.0, "delta": 0.005})
STREAMS = (1, 4, 16, 64)
SECONDS, WARMUP, OUTPUT_TOKENS = 13, 5, 32
TRIES = 3


class PeakMemory(threading.Thread):
    """The most anonymous memory that each pod of a namespace had, seen twice a second in its cgroup (which is the
    machine's: the cluster has no cgroup namespace). Both versions of cgroups."""

    def __init__(self, pods):
        super().__init__(daemon=True)
        self.pods, self.over, self.peak, self.files = pods, threading.Event(), {}, {}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.wait(0.5):
            for pod in self.pods():
                if pod["status"]["phase"] == "Running":
                    self.look(pod["metadata"]["uid"])

    def look(self, uid):
        if not self.files.get(uid):
            self.files[uid] = [name for root in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup") if os.path.isdir(root)
                               for name in glob.glob(f"{root}/**/pod{uid}/memory.stat", recursive=True)][:1]
        for name in self.files[uid]:
            with contextlib.suppress(OSError), open(name) as file:  # it goes with the pod
                stat = dict(line.split() for line in file)
                self.peak[uid] = max(self.peak.get(uid, 0), int(stat.get("total_rss", stat.get("anon", 0))))


@dataclasses.dataclass
class Measured:
    """One measurement: its Fit's parameters, what was delivered at each level, the rows of the table, and in words what
    disturbed it."""
    fitted: dict
    delivered: list
    rows: list
    disturbances: list


class Accuracy(RealTest):
    def measure(self, release, truth, last):
        """What a bench and a fit make of it. None, but for the last, where bench itself refuses a level or cannot end it:
        that was disturbed, too. (GuideLLM 0.6.1 has been seen to hang for as long as its Job was allowed to.)"""
        with PeakMemory(lambda: self.items("pods", "kubectl-wva/level")) as memory:
            bench = self.wva(
                "bench", "deployment/vllm", "--guidellm-image", f"{GUIDELLM}:v{release}", "--levels",
                ",".join(map(str, STREAMS)), *JOB, "--output-tokens", OUTPUT_TOKENS, "--max-seconds", SECONDS,
                "--level-warmup-seconds", WARMUP, "--warmup-seconds", 0, "-o", "json",
                timeout=1200)
        if bench.status in (1, 5) and not last:
            print(f"{release}: to be measured again: {bench.err}", flush=True)
            return None
        fit = self.ok(wva("fit", "-", "-o", "json", stdin=self.ok(bench).out))
        spec = bench.json["spec"]
        self.assertEqual(spec["guidellm"]["version"], release)
        pods = self.job_pods(spec["runID"])
        measured = Measured(fit.json["spec"]["parameters"], [], [], [])
        for number, level in enumerate(spec["levels"], 1):
            pod, job = pods[str(number)], self.finished_job(f"wva-{spec['runID']}-{number}")
            delivered = delivered_level(self.delivered("vllm", *real_level_window(pod)), WARMUP, SECONDS, OUTPUT_TOKENS)
            measured.delivered.append(delivered)
            measured.rows.append(self.row(release, truth, level, delivered, job,
                                          memory.peak.get(pod["metadata"]["uid"], 0)))
            disturbance = delivered.disturbance(level["streams"], level["itl"]["meanMs"], level["ttft"]["meanMs"])
            measured.disturbances += [disturbance] if disturbance else []
        return measured

    def finished_job(self, name):
        """bench reads the result from the pod, some seconds before the Job's controller has seen its end."""
        return self.wait_for(lambda: (job := self.get("jobs", name))["status"].get("completionTime") and job, "a Job's end")

    def row(self, release, truth, level, delivered, job, memory):
        self.assertGreater(memory, 50e6)
        streams = level["streams"]
        return {
            "release": release, "truth": [truth[name] for name in PARAMETERS], "streams": streams, "batch": level["batch"],
            "itl": {"measured": level["itl"]["meanMs"], "median": level["itl"]["medianMs"], "delivered": delivered.itl,
                    "truth": truth["alpha"] + truth["beta"] * streams},
            "ttft": {"measured": level["ttft"]["meanMs"], "median": level["ttft"]["medianMs"], "delivered": delivered.ttft,
                     "truth": truth["gamma"] + truth["delta"] * level["promptTokens"] * streams},
            "seconds": epoch(job["status"]["completionTime"]) - epoch(job["status"]["startTime"]), "memory": memory}

    def undisturbed(self, release, truth):
        """The first measurement that nothing disturbed, or the last."""
        for left in reversed(range(TRIES)):
            measured = self.measure(release, truth, left == 0)
            if left == 0 or (measured and not measured.disturbances):
                return measured
            if measured:
                print(f"{release}: to be measured again: {'; '.join(measured.disturbances)}", flush=True)

    def check(self, release, truth):
        settings = {} if truth == TRUTH else truth
        self.serve("vllm", **settings)
        self.assertEqual({name: self.standin("vllm", "truth")[name] for name in PARAMETERS}, truth)
        measured = self.undisturbed(release, truth)
        reference = refit(measured.delivered)
        write_table.keep(self.cluster.version, measured.rows, {
            "release": release, "truth": [truth[name] for name in PARAMETERS], "fitted": measured.fitted,
            "delivered": reference})
        disturbances = f"; disturbed: {'; '.join(measured.disturbances) or 'nothing'}"
        self.assertEqual(misses(measured.fitted, reference), [], "against what was delivered" + disturbances)
        if close(reference, truth):
            self.assertEqual(misses(measured.fitted, truth), [], "against the truth" + disturbances)


def add(release, truth, name):
    setattr(Accuracy, f"test_{name}", lambda self: self.check(release, truth))


for chosen in CHOSEN:
    add(chosen, TRUTH, f"guidellm_{chosen.replace('.', '_')}")
for index, other in enumerate(OTHER_TRUTHS, 1):
    add("0.7.3" if "0.7.3" in CHOSEN else CHOSEN[-1], other, f"other_truth_{index}")


if __name__ == "__main__":
    unittest.main()
