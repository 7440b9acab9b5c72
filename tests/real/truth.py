# SPDX-License-Identifier: Apache-2.0
"""What a level measured against what the stand-in says it delivered, and against its truth.

The machine may be busy: then the stand-in is late and what it delivers is not its truth. So a fit is judged against a fit
of what was delivered; against the truth itself when that was delivered.
"""
import dataclasses

PARAMETERS = ("alpha", "beta", "gamma", "delta")
SHARE = {"alpha": 0.01, "beta": 0.02, "gamma": 0.15, "delta": 0.15}
CLIENT_MS = 6  # GuideLLM's own part of a TTFT, which lands in gamma


def line(points):
    """(intercept, slope) of the least squares line through (x, y)."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    slope = (sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points))
    return mean_y - slope * mean_x, slope


def mean(values):
    values = list(values)
    return sum(values) / len(values)


@dataclasses.dataclass
class Delivered:
    """Means over the requests of a level: `batch` while they were decoded, `prefill_load` is tokens times the requests
    in service when one began."""
    count: int
    batch: float
    prefill_load: float
    itl: float
    ttft: float

    def off(self, truth):
        """Shares by which ITL and TTFT are off the truth at this batch."""
        return (abs(self.itl / (truth["alpha"] + truth["beta"] * self.batch) - 1),
                abs(self.ttft / (truth["gamma"] + truth["delta"] * self.prefill_load) - 1))


def delivered_level(requests, warmup, seconds, output_tokens):
    """Of the requests of a level, those that GuideLLM measured: begun after the warm-up, over before the end. A first,
    smaller request only asks whether there is a server."""
    requests = [r for r in requests if r["outputTokens"] >= output_tokens]
    begin = min(r["arrived"] for r in requests)
    window = [r for r in requests if r["arrived"] >= begin + warmup and r["finished"] <= begin + seconds]
    return Delivered(len(window), mean(r["batch"] for r in window),
                     mean(r["promptTokens"] * r["prefillBatch"] for r in window),
                     mean(r["itlMs"] for r in window), mean(r["ttftMs"] for r in window))


def refit(levels):
    """The four parameters of some Delivered, by plain least squares."""
    alpha, beta = line([(level.batch, level.itl) for level in levels])
    gamma, delta = line([(level.prefill_load, level.ttft) for level in levels])
    return {"alpha": alpha, "beta": beta, "gamma": gamma, "delta": delta}


def allowed(name, reference):
    """How far a fitted parameter may be off, in its own unit."""
    share = SHARE[name] * abs(reference)
    return max(share, CLIENT_MS) if name == "gamma" else share


def misses(fitted, reference):
    """The parameters that are off by more than is allowed, in words."""
    return [f"{name} {fitted[name]:.6g} is {100 * (fitted[name] / reference[name] - 1):+.2f} % off {reference[name]:.6g}"
            for name in PARAMETERS if abs(fitted[name] - reference[name]) > allowed(name, reference[name])]


def close(found, truth, share=0.005):
    """Whether all of what was found is within this share of the truth."""
    return all(abs(found[name] / truth[name] - 1) <= share for name in PARAMETERS)
