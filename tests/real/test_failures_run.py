# SPDX-License-Identifier: Apache-2.0
"""Servers that crash and GuideLLM that fails, for real: logs, memory, the Job's deadline, requests that go wrong. What is
told, and what is left. The simulated counterparts are in test_deploy.py and test_trouble.py.
"""
import os
import re
import unittest

import side_by_side
from failing import LOGS, ONE, ONLY, PATIENCE, SMALL, Failing
from harness import MODEL
from midrun import QUICK

load_tests = side_by_side.load_tests

CUDA = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.96 GiB. GPU 0 has a total capacity of 79.11 GiB of " \
       "which 1.02 GiB is free. Including non-PyTorch memory, this process has 78.08 GiB memory in use."
LOADING = f"Starting to load model {MODEL}...\n"
MORE_MEMORY = "give it more memory: --resume with --job-memory"
RESUME = "accept it as it is: --resume with --allow-errors"


def kills_whole_containers():
    """With cgroup v2 the kernel ends all processes of a container that lacks memory, with v1 one."""
    return os.path.exists("/sys/fs/cgroup/cgroup.controllers")


class Servers(Failing):
    """vLLM ends."""
    with_server = False

    def crashed(self, result, how, *words, hints=()):
        """As stuck(), with the log's last lines, among them these words."""
        self.assertEqual((result.status, result.out),
                         (1, "deployment.apps/vllm created\nservice/vllm created\n"), str(result))
        told = self.told(result.err)
        self.assertRegex(told, rf"^error: Deployment 'NS/vllm' cannot become ready: {how}; its last lines:\n")
        for word in words:
            self.assertIn(word, told)
        hints = ["kubectl describe pod vllm-POD -n NS", *hints]
        self.assertTrue(told.endswith("\n" + "".join(f"hint: {hint}\n" for hint in hints)), told)
        self.assertLessEqual(told.count("\n"), 1 + 12 + len(hints))
        self.there(["vllm"], ["vllm"])

    def test_it_crashes_at_start(self):
        self.crashed(self.deploy(*self.faulty(fault="crash-at-start", load_seconds=1)),
                     r"(ended with exit status 1 \(Error\)|the container ended with exit status 1 \(Error\) and was started "
                     r"again)", LOADING, CUDA, "See root cause above. Failed core proc(s): {}\nhint: ")

    def test_it_crashes_again_and_again(self):
        standin = self.faulty(fault="crash-at-start", load_seconds=0)
        self.ok(self.deploy("--wait=false", *standin))

        def reason():
            return [status["state"].get("waiting", {}).get("reason") for pod in self.items("pods")
                    for status in pod["status"].get("containerStatuses", [])]
        self.wait_for(lambda: reason() == ["CrashLoopBackOff"], "the crash loop", 120, 0.5)
        result = self.deploy(*standin)
        result.out = result.out.replace("unchanged", "created")
        self.crashed(result, r"CrashLoopBackOff: ended with exit status 1 \(Error\)", CUDA)

    def test_an_argument_is_refused(self):
        result = self.deploy("--", "--no-such-option")
        self.crashed(result, r"ended with exit status 2 \(Error\)",
                     "vllm serve: error: unrecognized arguments: --no-such-option\nhint: ")

    def test_it_lacks_memory(self):
        self.crashed(self.deploy("--memory", "64Mi", *self.faulty(fault="oom", load_seconds=0)),
                     r"(ended with exit status 137 \(OOMKilled\)|the container ended with exit status 137 \(OOMKilled\) and "
                     r"was started again)", LOADING, hints=["give it more memory: --memory"])

    def test_a_program_that_is_not_there(self):
        result = self.deploy(*self.template(("command: [vllm, serve]", "command: [none, serve]")))
        result.err = re.sub(r"RunContainerError: .*: exec: ", "RunContainerError: …: exec: ", result.err)
        self.stuck(result, 'RunContainerError: …: exec: "none": executable file not found in $PATH')

    def test_it_ends_in_the_middle_of_a_run(self):
        result = self.wva("run", "one", "--model", MODEL, "--levels", "4,8", *QUICK, *PATIENCE, *SMALL,
                          *self.faulty(fault="crash-after=6", load_seconds=0))
        self.assertEqual((result.status, result.out), (result.status, ""), str(result))
        self.assertIn(result.status, (1, 5), str(result))
        self.assertIn("\nhint: deployment/one ", result.err)
        self.assertIn("\nhint: 0 of 2 levels are kept; go on with: kubectl wva run --resume ", result.err)
        self.assertEqual(self.record()[1]["state"], "failed")
        self.there(["one"], ["one"])


class GuideLLM(Failing):
    """GuideLLM ends, or measures badly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls("setUpClass")
        server.setUp()
        cls.addClassCleanup(server.doCleanups)
        cls.servers = {}
        for name, fault in (("none", "error-share=1"), ("some", "error-share=0.3"), ("hang", "hang")):
            server.ok(server.wva("deploy", name, "--model", MODEL, *SMALL, *server.faulty(fault=fault, load_seconds=0)))
            cls.servers[name] = f"http://{name}.{server.namespace}.svc:8000"

    def ended(self, result, words, status, *last):
        """GuideLLM failed, and its last lines are told."""
        self.assertEqual((result.status, result.out), (1, ""), str(result))
        told = self.told(result.err)
        self.assertTrue(told.startswith(f"error: {ONLY}: Job 'NS/wva-ID-1' failed: {words}{status}: "), told)
        self.assertIn("\n".join([*last, f"hint: {LOGS}", "hint: 0 of 1 levels are kept; go on with: kubectl wva bench "
                                 "--resume ID -n NS", "hint: or remove all of it: kubectl wva cleanup ID -n NS"]), told)
        id_, data = self.record()
        self.assertEqual((data["state"], self.made(id_)), ("failed", ["1"]))

    def test_an_option_is_refused(self):
        self.ended(self.bench(*self.job(("[guidellm, *sys.argv[1:]]", "[guidellm, *sys.argv[1:], '--nonsense']"))),
                   "GuideLLM failed with exit status ", 2,
                   "Error: No such option '--nonsense'. Did you mean '--seed'?")

    def test_the_server_is_not_there(self):
        self.ended(self.bench(server="http://none.invalid:8000"), "GuideLLM failed with exit status ", 1,
                   "RuntimeError: Backend validation request failed. Could not connect to the server or validate the backend "
                   "configuration.")

    def test_every_request_fails(self):
        server = self.servers["none"]
        result = self.bench(server=server)
        result.err = re.sub(r"all \d+ failed", "all N failed", result.err)
        self.failed(result, "no request succeeded: all N failed: HTTPStatusError: Server error '500 Internal Server Error' for url "
                    f"'{server}/v1/completions'", status=5, start=f"{ONLY} is not good enough: ", jobs=["1"])

    def test_some_requests_fail(self):
        server = self.servers["some"]
        result = self.bench(server=server)
        problem = re.search(r"\d+ of \d+ requests failed \([0-9.]+ %, at most 2 % may\): ", result.err).group()
        self.failed(result, f"{problem}HTTPStatusError: Server error '500 Internal Server Error' for url '{server}/v1/completions'", RESUME,
                    status=5, start=f"{ONLY} is not good enough: ", jobs=["1"])
        self.assertIn('"errored":', self.record()[1]["failed-level-1"])

    def test_it_lacks_memory(self):
        self.failed(self.bench("--job-memory", "64Mi"), "ended with exit status 137 (OOMKilled)", LOGS, MORE_MEMORY,
                    jobs=["1"])

    def test_one_of_its_processes_lacks_memory(self):
        """Where that does not end the container: figures of a GuideLLM that lost a process are not taken."""
        result = self.bench("--job-memory", "1Gi", *self.job((
            "              guidellm = shutil.which",
            "              subprocess.run([sys.executable, '-c', 'bytearray(2 << 30)'])\n"
            "              guidellm = shutil.which")))
        status = 137 if kills_whole_containers() else 0
        self.failed(result, f"ended with exit status {status} (OOMKilled)", LOGS, MORE_MEMORY, jobs=["1"])

    def test_its_deadline(self):
        """A server that hangs; `bench` allows half an hour for images, so the deadline is brought nearer."""
        words = self.words(*ONE)
        process = self.start("bench", self.servers["hang"], *words[1:])
        self.addCleanup(process.kill)
        self.pod("1")
        status, text = self.cluster.request("PATCH", self.path("jobs", self.names("jobs")[0]), {
            "spec": {"activeDeadlineSeconds": 8}}, "application/merge-patch+json")
        self.assertEqual(status, 200, text)
        self.failed(self.finish(process), "Job was active longer than specified deadline (DeadlineExceeded)", jobs=["1"])


if __name__ == "__main__":
    unittest.main()
