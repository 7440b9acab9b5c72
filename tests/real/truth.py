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


@dataclasses.dataclass
class Delivered:
    """Means over the requests of a level. `batch` was in service while they were decoded, `prefill_load` is prompt tokens
    times what was in service in their prefill; `due` is what would have been delivered on time."""
    count: int
    batch: float
    prefill_load: float
    itl: float
    ttft: float
    due_itl: float
    due_ttft: float

    def disturbance(self, streams, itl, ttft):
        """Why this level cannot be judged, in words, or None: the stand-in was late; or the client was, with its next
        requests or in seeing what came (`itl` and `ttft` are what it measured)."""
        shares = {"ITL late": (self.itl / self.due_itl - 1, 0.02), "TTFT late": (self.ttft / self.due_ttft - 1, 0.05),
                  "batch not filled": (1 - self.batch / streams, 0.015), "ITL seen late": (itl / self.itl - 1, 0.01),
                  "TTFT seen late": (ttft / self.ttft - 1, max(0.1, 2 * CLIENT_MS / self.ttft))}
        found = [f"{words} by {100 * share:.1f} %" for words, (share, most) in shares.items() if share > most]
        return f"{streams:g} streams: {', '.join(found)}" if found else None


def delivered_level(requests, warmup, seconds, output_tokens):
    """Of the requests of a level, those that GuideLLM measured: begun after the warm-up, over before the end. A first,
    smaller request only asks whether there is a server."""
    requests = [r for r in requests if r["outputTokens"] >= output_tokens]
    begin = min(r["arrived"] for r in requests)
    window = [r for r in requests if r["arrived"] >= begin + warmup and r["finished"] <= begin + seconds]
    if not window:
        raise ValueError(f"none of {len(requests)} requests lies in the window of {seconds - warmup} s")

    def average(value):
        return sum(value(r) for r in window) / len(window)

    return Delivered(
        count=len(window), batch=average(lambda r: r["batch"]),
        prefill_load=average(lambda r: r["promptTokens"] * r["prefillBatch"]),
        itl=average(lambda r: r["itlMs"]), ttft=average(lambda r: r["ttftMs"]),
        due_itl=average(lambda r: r["dueItlMs"]), due_ttft=average(lambda r: r["dueTtftMs"]))


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
