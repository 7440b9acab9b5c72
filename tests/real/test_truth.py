# SPDX-License-Identifier: Apache-2.0
"""The yardstick of test_accuracy.py itself; needs no cluster."""
import dataclasses
import unittest

from truth import Delivered, allowed, close, delivered_level, line, misses, refit

TRUTH = {"alpha": 20.0, "beta": 0.4, "gamma": 40.0, "delta": 0.01}


def exact(batch):
    itl, ttft = 20 + 0.4 * batch, 40 + 0.01 * 128 * batch
    return Delivered(10, batch, 128 * batch, itl, ttft, itl, ttft)


def request(arrived, finished, tokens=32, **more):
    return {"arrived": arrived, "finished": finished, "outputTokens": tokens, "promptTokens": 128, "prefillBatch": 2,
            "batch": 2.0, "itlMs": 21.0, "ttftMs": 42.0, "dueItlMs": 20.8, "dueTtftMs": 41.0, **more}


class Truth(unittest.TestCase):
    def test_a_line(self):
        self.assertEqual(line([(0, 1), (1, 3), (2, 5)]), (1, 2))
        intercept, slope = line([(0, 0), (1, 3), (2, 3), (3, 6)])  # worked out by hand
        self.assertAlmostEqual(slope, 1.8)
        self.assertAlmostEqual(intercept, 0.3)

    def test_a_refit_gives_the_truth_back(self):
        found = refit([exact(batch) for batch in (1, 4, 16, 64)])
        for name, true in TRUTH.items():
            self.assertAlmostEqual(found[name], true, places=9)
        self.assertTrue(close(found, TRUTH))
        self.assertFalse(close({**found, "beta": 0.4021}, TRUTH))

    def test_the_window_is_what_was_measured(self):
        requests = [request(100, 100.1, tokens=1),                     # asks for the server
                    request(103, 104, ttftMs=900),                     # warm-up: begun at 103
                    request(106.9, 107.5, ttftMs=900),
                    request(107, 108, ttftMs=40), request(108, 109, ttftMs=44),
                    request(114.5, 115.1, ttftMs=900)]                 # over after the end
        found = delivered_level(requests, 4, 12, 32)
        self.assertEqual((found.count, found.ttft, found.prefill_load), (2, 42, 256))

        self.assertEqual((found.itl, found.due_itl, found.due_ttft), (21, 20.8, 41))
        with self.assertRaisesRegex(ValueError, "none of 3 requests"):
            delivered_level(requests[1:4], 14, 15, 32)

    def test_a_disturbed_level(self):
        self.assertIsNone(exact(64).disturbance(64, 45.7, 130))
        for name, value, words in (("itl", 46.6, "ITL late by 2.2 %"), ("ttft", 129.0, "TTFT late by 5.8 %"),
                                   ("batch", 62.9, "batch not filled by 1.7 %")):
            with self.subTest(name):
                level = dataclasses.replace(exact(64), **{name: value})
                self.assertEqual(level.disturbance(64, 45.7, 130), f"64 streams: {words}")
        self.assertEqual(exact(1).disturbance(1, 20.7, 54), "1 streams: ITL seen late by 1.5 %, TTFT seen late by 30.8 %")

    def test_what_is_allowed(self):
        self.assertEqual(allowed("gamma", 20.0), 6)
        self.assertAlmostEqual(allowed("gamma", 100.0), 15)
        self.assertAlmostEqual(allowed("beta", 0.4), 0.008)
        self.assertEqual(misses({"alpha": 20.19, "beta": 0.393, "gamma": 45.9, "delta": 0.0114}, TRUTH), [])
        self.assertEqual(misses({"alpha": 20.21, "beta": 0.391, "gamma": 33, "delta": 0.0116}, TRUTH),
                         ["alpha 20.21 is +1.05 % off 20", "beta 0.391 is -2.25 % off 0.4",
                          "gamma 33 is -17.50 % off 40", "delta 0.0116 is +16.00 % off 0.01"])


if __name__ == "__main__":
    unittest.main()
