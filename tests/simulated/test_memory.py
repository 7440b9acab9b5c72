# SPDX-License-Identifier: Apache-2.0
"""`fit` reads a report as a stream: what it needs does not depend on the report's size. Of worth with any build; only one
without sanitizers also shows how much it is.

The peak is read from /proc while the command waits for the report's last byte. What wait4() tells would be no less than the
peak of this process, which the child was before it became the command.
"""
import array
import fcntl
import io
import json
import os
import re
import subprocess
import sys
import termios
import time
import unittest

from harness import BUILD, ROOT, WVA, environment

sys.path.insert(0, os.path.join(ROOT, "tests", "bench"))
import make_report  # noqa: E402

MIB = 1024 * 1024


def is_sanitized():
    with open(os.path.join(BUILD, "CMakeCache.txt")) as file:
        return "WVA_SANITIZE:BOOL=ON" in file.read().split("\n")


def peak_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) * 1024


def wait_until_read(process):
    """Until nothing is left in the pipe to it."""
    left = array.array("i", [1])
    while left[0] and process.poll() is None:
        time.sleep(0.01)
        fcntl.ioctl(process.stdin, termios.FIONREAD, left)


class AllButTheEnd(io.TextIOBase):
    """Passes on what is written to it, but for the last character."""

    def __init__(self, file):
        self.file, self.last = file, ""

    def write(self, text):
        text = self.last + text
        self.last = text[-1:]
        return self.file.write(text[:-1])


@unittest.skipUnless(sys.platform == "linux", "the peak is read from /proc")
class Memory(unittest.TestCase):
    def fit(self, size):
        """Peak of memory, in bytes, for a report of this size."""
        process = subprocess.Popen([WVA, "fit", "-", "-o", "json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   encoding="utf-8", env=environment())
        with process:
            report = AllButTheEnd(process.stdin)
            make_report.write(report, size)
            process.stdin.flush()
            wait_until_read(process)
            peak = peak_bytes(process.pid)
            out, _ = process.communicate(report.last)
        self.assertEqual(process.returncode, 0)
        self.assertAlmostEqual(json.loads(out)["spec"]["parameters"]["alpha"], make_report.ALPHA, 6)
        return peak

    def test_a_large_report_needs_no_more_than_a_small_one(self):
        small, large = self.fit(100_000), self.fit(100_000_000)
        print(f"100 KB: {small / MIB:.1f} MiB, 100 MB: {large / MIB:.1f} MiB", file=sys.stderr)
        self.assertLess(large - small, 4 * MIB if is_sanitized() else MIB)
        if not is_sanitized():
            self.assertLess(large, 10 * MIB)


if __name__ == "__main__":
    unittest.main()
