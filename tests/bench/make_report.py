#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a GuideLLM report of any size: schema version 2 (GuideLLM 0.7 and later), one line, as a run without sampling
leaves it. Every request of about 4 kB has its prompt and answer in it, and four levels follow known parameters exactly.
The same size always gives the same bytes.

    make_report.py MEGABYTES [FILE]
"""
import json
import random
import sys

ALPHA, BETA, GAMMA, DELTA = 6.973016, 0.02698413, 14.825397, 0.001364087
LEVELS = (1, 4, 16, 64)
PROMPT_TOKENS, OUTPUT_TOKENS = 128, 128
START = 1760000000.0

STATUSES = ("successful", "errored", "incomplete", "total")
PERCENTILES = ("p001", "p01", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999")
WORDS = ("the queue of a server grows when more requests come than it can answer \"soon\" and it doesn't shrink by itself "
         "naïve waiting — about 5\u00a0µs \U0001F680 C:\\path\\to\\model line\nbreak tab\there").split(" ")

TOKEN_KINDS = ("text_tokens", "text_words", "text_characters", "image_tokens", "image_count", "image_pixels",
               "image_bytes", "video_tokens", "video_frames", "video_seconds", "video_bytes", "audio_tokens",
               "audio_samples", "audio_seconds", "audio_bytes", "tool_call_tokens", "mixed_content_tool_tokens",
               "tool_call_count")
TIMINGS = ("targeted_start", "queued", "dequeued", "scheduled_at", "resolve_start", "request_start",
           "first_request_iteration", "first_token_iteration", "first_output_token_iteration", "last_token_iteration",
           "last_request_iteration", "request_end", "resolve_end", "finalized")


def statistic(mean, count):
    """A distribution of one value; zeros when there is none, as GuideLLM writes it."""
    value = mean if count else 0.0
    return {"mean": value, "median": value, "mode": value, "variance": 0.0, "std_dev": 0.0, "min": value, "max": value,
            "count": count, "total_sum": value * count, "percentiles": dict.fromkeys(PERCENTILES, value), "pdf": None}


def distribution(mean, count):
    return {status: statistic(mean, count if status in ("successful", "total") else 0) for status in STATUSES}


def itl_ms(batch):
    return ALPHA + BETA * batch


def ttft_ms(batch):
    return GAMMA + DELTA * PROMPT_TOKENS * batch


def latency_s(batch):
    return (ttft_ms(batch) + itl_ms(batch) * (OUTPUT_TOKENS - 1)) / 1000


def metrics(batch, count):
    rate = batch / latency_s(batch)
    means = {
        "requests_per_second": rate, "request_concurrency": float(batch), "request_latency": latency_s(batch),
        "request_streaming_iterations_count": OUTPUT_TOKENS + 2.0, "prompt_token_count": float(PROMPT_TOKENS),
        "output_token_count": float(OUTPUT_TOKENS), "total_token_count": float(PROMPT_TOKENS + OUTPUT_TOKENS),
        "time_to_first_token_ms": ttft_ms(batch), "time_to_first_output_token_ms": ttft_ms(batch),
        "time_per_output_token_ms": latency_s(batch) * 1000 / OUTPUT_TOKENS, "inter_token_latency_ms": itl_ms(batch),
        "prompt_tokens_per_second": rate * PROMPT_TOKENS, "output_tokens_per_second": rate * OUTPUT_TOKENS,
        "tokens_per_second": rate * (PROMPT_TOKENS + OUTPUT_TOKENS), "output_tokens_per_iteration": 1.0,
        "iter_tokens_per_iteration": 1.0,
    }
    totals = {"successful": count, "errored": 0, "incomplete": 0, "total": count}
    return {"request_totals": totals, **{name: distribution(mean, count) for name, mean in means.items()},
            "text": None, "image": None, "video": None, "audio": None, "tool_call": None}


def text(rng, words):
    return " ".join(rng.choices(WORDS, k=words))


def request(rng, number, batch):
    identity = "%032x" % rng.getrandbits(128)
    start = START + number * latency_s(batch) / batch
    first, end = start + ttft_ms(batch) / 1000, start + latency_s(batch)
    moments = dict.fromkeys(TIMINGS[:6], start) | dict.fromkeys(TIMINGS[6:8], first)
    moments |= {TIMINGS[8]: None} | dict.fromkeys(TIMINGS[9:], end) | {"request_iterations": OUTPUT_TOKENS + 2}
    tokens = dict.fromkeys(TOKEN_KINDS)
    body = {"body": {"model": "M", "messages": [{"role": "user", "content": text(rng, PROMPT_TOKENS)}],
                     "max_completion_tokens": OUTPUT_TOKENS, "ignore_eos": True, "stream": True}}
    return {
        "type_": "generative_request_stats", "request_id": identity, "response_id": "chatcmpl-" + identity,
        "request_args": json.dumps(body), "output": text(rng, OUTPUT_TOKENS), "reasoning_output": None,
        "tool_calls": None,
        "info": {"request_id": identity, "conversation_id": None, "turn_index": 0, "status": "completed",
                 "scheduler_node_id": 0, "scheduler_process_id": number % 10, "scheduler_start_time": START,
                 "timings": moments, "settings": {"relative_timestamp": None, "requeue_delay": None}, "error": None,
                 "traceback": None, "started_at": start, "completed_at": end},
        "input_metrics": tokens | {"text_tokens": PROMPT_TOKENS, "total_tokens": PROMPT_TOKENS},
        "output_metrics": tokens | {"text_tokens": OUTPUT_TOKENS, "total_tokens": OUTPUT_TOKENS},
        "request_start_time": start, "request_end_time": end, "request_latency": end - start,
        "prompt_tokens": PROMPT_TOKENS, "output_tokens": OUTPUT_TOKENS, "total_tokens": PROMPT_TOKENS + OUTPUT_TOKENS,
        "time_to_first_token_ms": ttft_ms(batch), "time_per_output_token_ms": (end - start) * 1000 / OUTPUT_TOKENS,
        "inter_token_latency_ms": itl_ms(batch), "tokens_per_second": 1 / (end - start),
        "output_tokens_per_second": OUTPUT_TOKENS / (end - start), "time_to_first_output_token_ms": None,
        "iter_tokens_per_iteration": 1.0, "output_tokens_per_iteration": 1.0,
    }


def benchmark(batch, count, requests):
    """`requests` stands where the list of records goes."""
    strategy = {"type_": "concurrent", "worker_count": batch, "max_concurrency": batch, "streams": batch,
                "rampup_duration": 0.0}
    backend = {"kind": "openai_http", "target": "http://vllm:8000", "model": "M"}
    return {
        "type_": "generative_benchmark",
        "config": {"run_index": LEVELS.index(batch), "strategy": strategy,
                   "constraints": {"max_seconds": {"max_duration": 60}}, "sample_size": None, "backend": backend},
        "scheduler_state": {"node_id": 0, "start_time": START, "processed_requests": count},
        "metrics": metrics(batch, count),
        "requests": {"successful": requests, "errored": [], "incomplete": [], "total": None},
        "start_time": START, "end_time": START + 60, "duration": 60.0, "warmup_duration": 0.0, "cooldown_duration": 0.0,
    }


def write(file, size):
    """Writes a report of `size` bytes, give or take a request, to a text file."""
    rng = random.Random(size)
    head = {"metadata": {"version": 2, "guidellm_version": "0.8.1", "python_version": "3.12.8", "platform": "Linux"},
            "config": {"metadata": {"labels": {}}, "spec": {"backend": {"target": "http://vllm:8000", "model": "M"}}}}
    record_bytes = len(json.dumps(request(rng, 0, 1), ensure_ascii=False).encode())
    # Each level has as many of the records as its streams answer in the same time, but at least one.
    share = [batch / latency_s(batch) for batch in LEVELS]
    records = max(size - 60000, 0) / record_bytes / sum(share)

    file.write(json.dumps(head)[:-1] + ', "benchmarks": [')
    for index, batch in enumerate(LEVELS):
        count = max(round(share[index] * records), 1)
        before, after = json.dumps(benchmark(batch, count, "HERE")).split('"HERE"')
        file.write((", " if index else "") + before + "[")
        for number in range(count):
            file.write((", " if number else "") + json.dumps(request(rng, number, batch), ensure_ascii=False))
        file.write("]" + after)
    file.write('], "conclusions": []}')


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__.strip().splitlines()[-1].strip())
    path = sys.argv[2] if len(sys.argv) == 3 else "/dev/stdout"
    with open(path, "w", encoding="utf-8") as file:
        write(file, int(float(sys.argv[1]) * 1e6))


if __name__ == "__main__":
    main()
