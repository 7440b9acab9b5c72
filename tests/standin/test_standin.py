# SPDX-License-Identifier: Apache-2.0
"""unit.standin: the vLLM stand-in over real sockets. Times are checked by what the stand-in had due (exact on any
machine), and what it delivered only by never being earlier."""
import concurrent.futures
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BINARY = os.environ["WVA_STANDIN"]
ALPHA, BETA, GAMMA, DELTA = 2, 0.5, 5, 0.05
TRUTH = {"STANDIN_ALPHA": f"{ALPHA}", "STANDIN_BETA": f"{BETA}", "STANDIN_GAMMA": f"{GAMMA}",
         "STANDIN_DELTA": f"{DELTA}", "STANDIN_LOAD_SECONDS": "0"}
PATIENCE = 30  # seconds; only a broken stand-in needs them
MODEL = "org/model"


def environment(**variables):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("STANDIN_", "VLLM_", "HF_"))}
    return kept | TRUTH | variables


class Standin:
    """A running stand-in on a free port of loopback."""

    def __init__(self, *options, ready=True, **variables):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [BINARY, "serve", MODEL, "--host", "127.0.0.1", "--port", "0", *options],
            env=environment(**variables), stdout=self.log, stderr=self.log)
        self.port = None
        if ready:
            self.wait_until_ready()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(PATIENCE)
        if status not in (0, 1) or "Sanitizer" in self.text():
            raise AssertionError(f"the stand-in ended with {status}:\n{self.text()}")
        self.log.close()

    def text(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode()

    def wait_for_log(self, pattern):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if found := re.search(pattern, self.text()):
                return found
            if ended:
                break
            time.sleep(0.01)
        raise AssertionError(f"no {pattern!r} in the log:\n{self.text()}")

    def wait_until_ready(self):
        self.port = int(self.wait_for_log(r"Starting vLLM API server 0 on http://127.0.0.1:(\d+)")[1])
        self.wait_for_log("Application startup complete")

    def request(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers.setdefault("content-type", "application/json")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data.decode()

    def get(self, path, **headers):
        status, text = self.request("GET", path, **headers)
        return status, json.loads(text)

    def post(self, path, body, **headers):
        status, text = self.request("POST", path, body, **headers)
        return status, json.loads(text)

    def complete(self, prompt="once upon a time", **fields):
        body = {"model": MODEL, "prompt": prompt, "max_tokens": 4, "ignore_eos": True} | fields
        return self.post("/v1/completions", body)

    def stream(self, path, body):
        """The events' data, decoded; the last is the text "[DONE]"."""
        status, text = self.request("POST", path, {"model": MODEL, "stream": True} | body)
        events = text.split("\n\n")
        assert status == 200 and events.pop() == "", (status, text)
        assert all(event.startswith("data: ") for event in events), text
        assert events[-1] == "data: [DONE]", text
        return [json.loads(event[6:]) for event in events[:-1]]

    def delivered(self, query=""):
        status, records = self.get("/standin/delivered" + query)
        assert status == 200
        return records

    def metrics(self):
        status, text = self.request("GET", "/metrics")
        assert status == 200
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in samples}

    def metric(self, name):
        return self.metrics()[f'{name}{{engine="0",model_name="{MODEL}"}}']

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def raw(self, data):
        """Sends bytes; everything that comes back until the server closes."""
        with self.connect() as conn:
            conn.sendall(data)
            parts = []
            while part := conn.recv(65536):
                parts.append(part)
            return b"".join(parts)


def run(*words, **variables):
    return subprocess.run([BINARY, *words], env=environment(**variables), capture_output=True, text=True,
                          timeout=PATIENCE, check=False)


class CommandLine(unittest.TestCase):
    def refused(self, status, words, *options, **variables):
        ended = run("serve", MODEL, *options, **variables)
        self.assertEqual(ended.returncode, status, ended)
        self.assertIn(words, ended.stderr + ended.stdout)

    def test_refuses_what_vllm_refuses(self):
        self.refused(2, "vllm serve: error: unrecognized arguments: --nonsense", "--nonsense")
        self.refused(2, "argument --max-num-seqs: invalid int value: 'many'", "--max-num-seqs", "many")
        self.refused(2, "argument --port: expected one argument", "--port")
        self.refused(1, "Input should be greater than or equal to 1", "--max-num-seqs", "0")

    def test_refuses_a_service_link(self):
        self.refused(1, "VLLM_PORT 'tcp://10.0.0.1:8000' appears to be a URI", VLLM_PORT="tcp://10.0.0.1:8000")

    def test_refuses_a_gated_model_without_a_token(self):
        ended = run("serve", "org/gated-model")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("You are trying to access a gated repo.", ended.stderr)

    def test_refuses_an_unknown_setting(self):
        self.refused(1, 'STANDIN_FAULT: "hagn" is not known', STANDIN_FAULT="hagn")
        self.refused(1, 'STANDIN_ALPHA: "x" is not a number', STANDIN_ALPHA="x")
        self.refused(1, "/nowhere/tokenizer.json", STANDIN_TOKENIZER="/nowhere/tokenizer.json")

    def test_refuses_a_taken_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.refused(1, "OSError: [Errno 98] Address already in use", "--host", "127.0.0.1", "--port", port)

    def test_other_subcommands(self):
        ended = run("sever", MODEL)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("invalid choice: 'sever'", ended.stderr)
        self.assertEqual(run("--version").stdout, "0.11.0\n")

    def test_takes_what_our_template_gives(self):
        with Standin("--max-num-seqs", "64", "--no-enable-prefix-caching", "--served-model-name", "one", "two",
                     "--max-model-len=8k", "--enable-chunked-prefill", "--tensor-parallel-size", "1") as standin:
            _, models = standin.get("/v1/models")
            self.assertEqual([(m["id"], m["root"], m["max_model_len"]) for m in models["data"]],
                             [("one", MODEL, 8000), ("two", MODEL, 8000)])
            _, truth = standin.get("/standin/truth")
            self.assertEqual((truth["maxNumSeqs"], truth["prefixCaching"]), (64, False))


    def test_forced_usage(self):
        with Standin("--enable-force-include-usage") as standin:
            events = standin.stream("/v1/completions", {"prompt": "a", "max_tokens": 2, "ignore_eos": True})
            self.assertEqual(events[2]["usage"]["completion_tokens"], 2)

    def test_logs_as_told(self):
        for options, lines in (((), 1), (("--disable-uvicorn-access-log",), 0)):
            with Standin(*options) as standin:
                standin.request("GET", "/health")
                standin.request("GET", "/version")
                self.assertEqual(standin.text().count('"GET /health HTTP/1.1" 200 OK'), lines)


class Life(unittest.TestCase):
    def test_connections_are_refused_while_it_loads(self):
        with Standin(ready=False, STANDIN_LOAD_SECONDS="0.5") as standin:
            standin.wait_for_log("Starting to load model")
            self.assertNotIn("startup complete", standin.text())
            inode = next(os.readlink(f"/proc/{standin.process.pid}/fd/{fd}") for fd in
                         os.listdir(f"/proc/{standin.process.pid}/fd")
                         if os.readlink(f"/proc/{standin.process.pid}/fd/{fd}").startswith("socket:"))
            with open("/proc/net/tcp", encoding="ascii") as listening:
                self.assertNotIn(inode[8:-1], listening.read())
            standin.wait_until_ready()
            self.assertEqual(standin.request("GET", "/health"), (200, ""))

    def test_sigterm_ends_it_with_0(self):
        with Standin() as standin:
            standin.process.send_signal(signal.SIGTERM)
            self.assertEqual(standin.process.wait(PATIENCE), 0)
            self.assertIn("Shutting down FastAPI HTTP server.", standin.text())
            self.assertIn("Application shutdown complete.", standin.text())

    def test_sigterm_in_the_middle_of_an_answer(self):
        with Standin(STANDIN_ALPHA="1000") as standin, standin.connect() as conn:
            body = json.dumps({"model": MODEL, "prompt": "a", "stream": True, "max_tokens": 9})
            conn.sendall(f"POST /v1/completions HTTP/1.1\r\ncontent-type: application/json\r\n"
                         f"content-length: {len(body)}\r\n\r\n{body}".encode())
            self.assertTrue(conn.recv(1000).startswith(b"HTTP/1.1 200 OK"))
            standin.process.terminate()
            self.assertEqual(standin.process.wait(PATIENCE), 0)


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.standin = cls.enterClassContext(Standin("--max-model-len", "300"))

    def refused(self, status, type_, words, path="/v1/completions", **fields):
        body = {"model": MODEL, "prompt": "a"} | fields
        answer = self.standin.post(path, {name: value for name, value in body.items() if value is not ...})
        self.assertEqual(answer[0], status, answer)
        error = answer[1]["error"]
        self.assertEqual((error["code"], error["type"], error["param"]), (status, type_, None))
        self.assertIn(words, error["message"])

    def test_small_answers(self):
        self.assertEqual(self.standin.request("GET", "/ping"), (200, ""))
        self.assertEqual(self.standin.get("/version"), (200, {"version": "0.11.0"}))
        self.assertEqual(self.standin.get("/nothing"), (404, {"detail": "Not Found"}))
        self.assertEqual(self.standin.get("/v1/completions"), (405, {"detail": "Method Not Allowed"}))
        status, models = self.standin.get("/v1/models")
        self.assertEqual((status, models["object"]), (200, "list"))
        model = models["data"][0]
        self.assertEqual({name: model[name] for name in ("id", "object", "owned_by", "root", "max_model_len")},
                         {"id": MODEL, "object": "model", "owned_by": "vllm", "root": MODEL, "max_model_len": 300})
        status, truth = self.standin.get("/standin/truth")
        self.assertEqual([truth[name] for name in ("alpha", "beta", "gamma", "delta")], [ALPHA, BETA, GAMMA, DELTA])

    def test_a_completion(self):
        status, answer = self.standin.complete("four words of prompt", max_tokens=5)
        self.assertEqual((status, answer["object"], answer["model"]), (200, "text_completion", MODEL))
        self.assertRegex(answer["id"], r"^cmpl-[0-9a-f]{32}$")
        choice = answer["choices"][0]
        self.assertEqual((choice["index"], choice["finish_reason"], choice["stop_reason"]), (0, "length", None))
        self.assertRegex(choice["text"], r"^( [a-z]+){5}$")
        self.assertEqual(answer["usage"]["completion_tokens"], 5)
        self.assertEqual(answer["usage"]["total_tokens"], 5 + answer["usage"]["prompt_tokens"])

    def test_a_stream(self):
        events = self.standin.stream("/v1/completions", {
            "prompt": "once upon", "max_tokens": 3, "ignore_eos": True,
            "stream_options": {"include_usage": True, "continuous_usage_stats": True}})
        self.assertEqual(len(events), 4)
        self.assertEqual([e["choices"][0]["finish_reason"] for e in events[:3]], [None, None, "length"])
        self.assertTrue(all(re.fullmatch(" [a-z]+", e["choices"][0]["text"]) for e in events[:3]), events)
        self.assertEqual([e["usage"]["completion_tokens"] for e in events], [1, 2, 3, 3])
        self.assertEqual(events[3]["choices"], [])
        self.assertEqual({e["id"] for e in events}, {events[0]["id"]})

    def test_a_stream_without_usage(self):
        events = self.standin.stream("/v1/completions", {"prompt": "a", "max_tokens": 2, "ignore_eos": True})
        self.assertEqual(len(events), 2)
        self.assertFalse(any("usage" in event for event in events))

    def test_chat(self):
        body = {"messages": [{"role": "user", "content": "hello"}], "max_completion_tokens": 2, "ignore_eos": True}
        events = self.standin.stream("/v1/chat/completions", body | {"stream_options": {"include_usage": True}})
        self.assertEqual({e["object"] for e in events}, {"chat.completion.chunk"})
        self.assertEqual(events[0]["choices"][0]["delta"], {"role": "assistant", "content": ""})
        said = [e["choices"][0]["delta"]["content"] for e in events[1:3]]
        self.assertEqual(events[2]["choices"][0]["finish_reason"], "length")
        self.assertEqual(events[3]["usage"]["completion_tokens"], 2)
        status, answer = self.standin.post("/v1/chat/completions", body | {"model": MODEL})
        self.assertEqual((status, answer["object"]), (200, "chat.completion"))
        self.assertEqual(answer["choices"][0]["message"]["content"], "".join(said))
        self.assertEqual(answer["usage"]["prompt_tokens"], events[3]["usage"]["prompt_tokens"])
        _, alone = self.standin.complete("user\nhello")
        self.assertEqual(answer["usage"]["prompt_tokens"], alone["usage"]["prompt_tokens"] + 6)  # the template
        parts = [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]
        _, again = self.standin.post("/v1/chat/completions", body | {"model": MODEL, "messages": parts})
        self.assertEqual(again["usage"], answer["usage"])

    def test_the_end_token(self):
        _, ended = self.standin.complete(ignore_eos=False, max_tokens=280)
        count = ended["usage"]["completion_tokens"]
        self.assertLess(count, 280)
        self.assertEqual(ended["choices"][0]["finish_reason"], "stop")
        self.assertEqual(len(ended["choices"][0]["text"].split()), count - 1)
        _, more = self.standin.complete(ignore_eos=False, min_tokens=count + 5, max_tokens=280)
        self.assertGreater(more["usage"]["completion_tokens"], count + 4)
        _, cut = self.standin.complete(ignore_eos=False, max_tokens=count - 1)
        self.assertEqual(cut["choices"][0]["finish_reason"], "length")

    def test_stop_strings(self):
        _, whole = self.standin.complete(max_tokens=12)
        words = whole["choices"][0]["text"].split()
        stop = f" {words[4]} {words[5]}"
        _, answer = self.standin.complete(max_tokens=12, stop=["never said", stop])
        choice = answer["choices"][0]
        self.assertEqual((choice["finish_reason"], choice["stop_reason"]), ("stop", stop))
        self.assertTrue(whole["choices"][0]["text"].startswith(choice["text"]))
        self.assertLess(answer["usage"]["completion_tokens"], 7)

    def test_prompts(self):
        _, text = self.standin.complete("some text")
        self.assertEqual(self.standin.complete(["some text"])[1]["usage"], text["usage"])
        _, ids = self.standin.complete([1, 2, 3])
        self.assertEqual(ids["usage"]["prompt_tokens"], 3)
        self.assertEqual(self.standin.complete([[1, 2, 3]])[1]["usage"], ids["usage"])

    def test_refusals(self):
        self.refused(404, "NotFoundError", "The model `other` does not exist.", model="other")
        self.refused(400, "Bad Request", "At least one of `prompt` or `prompt_embeds` must be set.", prompt=...)
        self.refused(400, "BadRequestError", "The decoder prompt cannot be empty", prompt="")
        self.refused(400, "Bad Request", "'loc': ('body', 'prompt')", prompt=["a", "b"])
        self.refused(400, "Bad Request", "'loc': ('body', 'messages'), 'msg': 'Field required'",
                     "/v1/chat/completions")
        self.refused(400, "BadRequestError", "max_tokens must be at least 1, got 0.", max_tokens=0)
        self.refused(400, "Bad Request", "'loc': ('body', 'max_tokens')", max_tokens="many")
        self.refused(400, "Bad Request", "'loc': ('body', 'stream')", stream="perhaps")
        self.refused(400, "Bad Request", "Stream options can only be defined when `stream=True`.",
                     stream_options={"include_usage": True})
        self.refused(400, "BadRequestError", "n must be 1 here, got 2.", n=2)

    def test_refuses_what_is_too_long(self):
        self.refused(400, "BadRequestError",
                     "This model's maximum context length is 300 tokens. However, your request has 300 input tokens. "
                     "Please reduce the length of the input messages.", prompt=[7] * 300)
        self.refused(400, "BadRequestError",
                     "'max_tokens' or 'max_completion_tokens' is too large: 201. This model's maximum context length "
                     "is 300 tokens and your request has 100 input tokens (201 > 300 - 100).",
                     prompt=[7] * 100, max_tokens=201)

    def test_refuses_bodies(self):
        for body in ("{", "[]", '{"model": "\xff"}'.encode("latin-1"), "", '{"a":' * 1000, "NaN"):
            status, answer = self.standin.post("/v1/completions", body)
            self.assertEqual((status, answer["error"]["type"]), (400, "Bad Request"), body)
        status, answer = self.standin.post("/v1/completions", "{}", content_type="text/plain")
        self.assertEqual(status, 400)
        self.assertIn("Only 'application/json' is allowed", answer["error"]["message"])


class Wire(unittest.TestCase):
    """What a client may do to a connection."""

    @classmethod
    def setUpClass(cls):
        cls.standin = cls.enterClassContext(Standin())

    def tearDown(self):
        self.assertEqual(self.standin.request("GET", "/health"), (200, ""))

    def post(self, **headers):
        body = json.dumps({"model": MODEL, "prompt": "a", "max_tokens": 1, "ignore_eos": True})
        lines = {"content-type": "application/json", "content-length": len(body)} | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST /v1/completions HTTP/1.1\r\n{head}\r\n{body}".encode()

    def test_keep_alive(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.standin.port, timeout=PATIENCE)
        connection.connect()
        ours = connection.sock.getsockname()
        for _ in range(3):
            connection.request("GET", "/version")
            self.assertEqual(connection.getresponse().read(), b'{"version":"0.11.0"}')
            self.assertEqual(connection.sock.getsockname(), ours)
        connection.close()

    def test_pipelined(self):
        last = b"GET /version HTTP/1.1\r\nConnection: close\r\n\r\n"
        answer = self.standin.raw(b"GET /ping HTTP/1.1\r\n\r\n" + self.post() + self.post() + last)
        heads = re.findall(rb"HTTP/1.1 (\d+)", answer)
        self.assertEqual(heads, [b"200"] * 4, answer)
        self.assertTrue(answer.endswith(b'{"version":"0.11.0"}'))

    def test_byte_by_byte(self):
        with self.standin.connect() as conn:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in self.post(connection="close"):
                conn.sendall(bytes([byte]))
            self.assertTrue(conn.recv(100).startswith(b"HTTP/1.1 200 OK"))

    def test_chunked_body(self):
        whole = self.post()
        body = whole[whole.index(b"\r\n\r\n") + 4:]
        chunks = b"".join(b"%X;x=y\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:])) + b"0\r\n\r\n"
        head = b"POST /v1/completions HTTP/1.1\r\nContent-Type: application/json\r\n"
        answer = self.standin.raw(head + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK"), answer)

    def test_expect(self):
        whole = self.post(expect="100-continue", connection="close")
        head = whole.index(b"\r\n\r\n") + 4
        with self.standin.connect() as conn:
            conn.sendall(whole[:head])
            self.assertEqual(conn.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            conn.sendall(whole[head:])
            self.assertTrue(conn.recv(100).startswith(b"HTTP/1.1 200 OK"))

    def test_http10(self):
        body = json.dumps({"model": MODEL, "prompt": "a", "max_tokens": 1, "ignore_eos": True, "stream": True})
        answer = self.standin.raw(f"POST /v1/completions HTTP/1.0\r\nContent-Type: application/json\r\n"
                                  f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        self.assertNotIn(b"transfer-encoding", answer)
        self.assertTrue(answer.endswith(b"data: [DONE]\n\n"), answer)

    def test_nonsense(self):
        cases = {
            b"nonsense\r\n\r\n": 400,
            b"GET http://elsewhere/ HTTP/1.1\r\n\r\n": 400,
            b"GET / HTTP/9.9\r\n\r\n": 505,
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n": 400,
            b"GET / HTTP/1.1\r\nblank : before\r\n\r\n": 400,
            b"GET / HTTP/1.1\r\na\0b: c\r\n\r\n": 400,
            b"GET / HTTP/1.1\r\nx: " + b"y" * 70000 + b"\r\n\r\n": 431,
            b"GET / HTTP/1.1\r\nx: " + b"y" * 140000: 431,
            b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n": 400,
            b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n": 400,
            b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n": 400,
            b"POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n": 413,
            b"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n": 400,
            b"POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n": 400,
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n": 400,
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n": 400,
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n": 413,
        }
        for data, status in cases.items():
            answer = self.standin.raw(data)
            self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), (data[:80], answer[:200]))
            self.assertIn(b"connection: close", answer)

    def test_cut_off(self):
        for data in (b"", b"GET", self.post()[:-1], b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"):
            with self.standin.connect() as conn:
                conn.sendall(data)


class Keys(unittest.TestCase):
    def test_only_v1_is_guarded(self):
        with Standin("--api-key", "one", "two") as standin:
            self.assertEqual(standin.get("/v1/models"), (401, {"error": "Unauthorized"}))
            self.assertEqual(standin.get("/v1/models", Authorization="Bearer three")[0], 401)
            self.assertEqual(standin.get("/v1/models", Authorization="two")[0], 401)
            self.assertEqual(standin.get("/v1/models", Authorization="Bearer two")[0], 200)
            self.assertEqual(standin.request("GET", "/health")[0], 200)
            self.assertEqual(standin.complete()[0], 401)


class Engine(unittest.TestCase):
    """Deadlines against the formula; they are kept in ns."""

    def check(self, record, wait=0.0):
        tokens = record["promptTokens"] - record["cachedTokens"]
        prefill = GAMMA + DELTA * tokens * record["prefillBatch"]
        self.assertAlmostEqual(record["dueItlMs"], ALPHA + BETA * record["batch"], 4)
        self.assertAlmostEqual(record["dueTtftMs"], prefill + wait, 2)
        self.assertGreaterEqual(record["ttftMs"], record["dueTtftMs"])
        self.assertGreaterEqual(record["finished"] - record["firstToken"], 0)

    def test_one_request(self):
        with Standin() as standin:
            standin.complete([1] * 40, max_tokens=11)
            record, = standin.delivered()
            self.check(record)
            self.assertEqual([record[name] for name in ("promptTokens", "outputTokens", "batch", "prefillBatch")],
                             [40, 11, 1, 1])

    def test_one_token(self):
        with Standin() as standin:
            standin.complete(max_tokens=1)
            record, = standin.delivered()
            self.assertEqual((record["itlMs"], record["dueItlMs"], record["batch"]), (None, None, 1))

    def test_more_than_max_num_seqs(self):
        with Standin("--max-num-seqs", "2", STANDIN_ALPHA="20") as standin, \
                concurrent.futures.ThreadPoolExecutor(6) as pool:
            requests = [pool.submit(standin.complete, [1] * 20, max_tokens=10) for _ in range(6)]
            most = {"vllm:num_requests_running": 0, "vllm:num_requests_waiting": 0}
            while not all(request.done() for request in requests):
                now = standin.metrics()
                for name in most:
                    most[name] = max(most[name], now[f'{name}{{engine="0",model_name="{MODEL}"}}'])
            self.assertEqual([request.result()[0] for request in requests], [200] * 6)
            self.assertEqual(most["vllm:num_requests_running"], 2)
            self.assertGreater(most["vllm:num_requests_waiting"], 0)
            records = standin.delivered()
            self.assertLessEqual(max(record["batch"] for record in records), 2)
            waits = [(record["started"] - record["arrived"]) * 1000 for record in records]
            for record, wait in zip(records, waits):
                self.assertAlmostEqual(record["dueItlMs"], 20 + BETA * record["batch"], 4)
                self.assertAlmostEqual(record["dueTtftMs"],
                                       GAMMA + DELTA * (20 - record["cachedTokens"]) * record["prefillBatch"] + wait, 1)
            by_arrival = sorted(records, key=lambda record: record["arrived"])
            started = [record["started"] for record in by_arrival]
            self.assertEqual(started, sorted(started))
            self.assertGreater(max(waits), 150)  # nine steps of one before it

    def test_prefix_cache(self):
        prompt = list(range(100))
        for options, cached in (((), 96), (("--no-enable-prefix-caching",), 0)):
            with self.subTest(options), Standin(*options, "--enable-prompt-tokens-details") as standin:
                standin.complete(prompt)
                _, answer = standin.complete(prompt)
                first, second = standin.delivered()
                self.assertEqual((first["cachedTokens"], second["cachedTokens"]), (0, cached))
                self.assertEqual(answer["usage"]["prompt_tokens_details"], {"cached_tokens": cached})
                self.check(second)
                hits = standin.metric("vllm:prefix_cache_hits_total")
                self.assertEqual(hits, cached)
                standin.complete(prompt[:64])  # all of it known: the last block is computed
                self.assertEqual(standin.delivered()[2]["cachedTokens"], 48 if cached else 0)

    def test_chunked_prefill(self):
        with Standin("--max-num-batched-tokens", "64", STANDIN_CHUNKED="1") as standin:
            standin.complete([1] * 160, max_tokens=5)
            record, = standin.delivered()
            self.assertAlmostEqual(record["dueTtftMs"], GAMMA + DELTA * 160, 3)
            self.assertAlmostEqual(record["dueItlMs"], ALPHA + BETA, 3)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                long = pool.submit(standin.complete, [2] * 16, max_tokens=200)
                while standin.metric("vllm:generation_tokens_total") < 10:
                    time.sleep(0.01)
                standin.complete([3] * 160, max_tokens=2)
                long.result()
            disturbed = standin.delivered()[-1]
            self.assertEqual(disturbed["outputTokens"], 200)
            work = GAMMA + DELTA * 160 * 2  # 63 tokens a step beside the one that decodes
            steps = 199 * ALPHA + BETA * disturbed["batch"] * 199
            self.assertAlmostEqual(disturbed["dueItlMs"] * 199, steps + work, 1)

    def test_noise_is_seeded(self):
        def due(seed):
            with Standin(STANDIN_NOISE="0.3", STANDIN_SEED=seed) as standin:
                standin.complete(max_tokens=20)
                return standin.delivered()[0]["dueItlMs"]

        self.assertEqual(due("7"), due("7"))
        self.assertNotEqual(due("7"), due("8"))

    def test_who_hangs_up_makes_room(self):
        with Standin("--max-num-seqs", "1", STANDIN_ALPHA="100") as standin:
            body = json.dumps({"model": MODEL, "prompt": "a", "stream": True, "max_tokens": 5000, "ignore_eos": True})
            with standin.connect() as conn:
                conn.sendall(f"POST /v1/completions HTTP/1.1\r\ncontent-type: application/json\r\n"
                             f"content-length: {len(body)}\r\n\r\n{body}".encode())
                conn.recv(100)
                self.assertEqual(standin.metric("vllm:num_requests_running"), 1)
            self.assertEqual(standin.complete(max_tokens=1)[0], 200)
            self.assertEqual(len(standin.delivered()), 1)
            aborted = [value for name, value in standin.metrics().items() if 'finished_reason="abort"' in name]
            self.assertEqual(aborted, [1])

    def test_who_does_not_read_gets_it_later(self):
        count = 30000  # events of some 250 bytes: more than the kernel keeps
        with Standin(STANDIN_ALPHA="0.01", STANDIN_BETA="0") as standin, socket.socket() as conn:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            conn.settimeout(PATIENCE)
            conn.connect(("127.0.0.1", standin.port))
            body = json.dumps({"model": MODEL, "prompt": "a", "stream": True, "max_tokens": count, "ignore_eos": True})
            conn.sendall(f"POST /v1/completions HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\n"
                         f"content-length: {len(body)}\r\n\r\n{body}".encode())
            while standin.metric("vllm:generation_tokens_total") < count:
                time.sleep(0.05)
            self.assertEqual(standin.delivered(), [])
            before = time.time()
            events = 0
            while part := conn.recv(1 << 20):
                events += part.count(b"data: {")  # may be cut in two: at most a few are
            self.assertGreater(events, count * 0.99)
            record, = standin.delivered()
            self.assertGreater(record["finished"], before - 0.01)
            self.assertLess(record["dueItlMs"], record["itlMs"])

    def test_delivered_between_two_times(self):
        with Standin() as standin:
            for _ in range(3):
                standin.complete(max_tokens=2)
            times = [record["finished"] for record in standin.delivered()]
            query = f"?since={times[1] - 1e-6:.6f}&until={times[2] - 1e-6:.6f}"
            self.assertEqual([record["finished"] for record in standin.delivered(query)], times[1:2])
            self.assertEqual(standin.get("/standin/delivered?since=soon")[0], 400)


class Metrics(unittest.TestCase):
    NAMES = """time_to_first_token_seconds inter_token_latency_seconds time_per_output_token_seconds
        request_time_per_output_token_seconds e2e_request_latency_seconds request_queue_time_seconds
        request_inference_time_seconds request_prefill_time_seconds request_decode_time_seconds
        request_prompt_tokens request_generation_tokens request_params_max_tokens"""

    def test_counts_and_sums(self):
        with Standin() as standin:
            for _ in range(3):
                standin.complete([1] * 20, max_tokens=5)
            metrics = standin.metrics()
            labels = f'engine="0",model_name="{MODEL}"'
            for name in self.NAMES.split():
                count = metrics[f"vllm:{name}_count{{{labels}}}"]
                inf = metrics[f'vllm:{name}_bucket{{engine="0",le="+Inf",model_name="{MODEL}"}}']
                self.assertEqual(count, inf, name)
                self.assertEqual(count, 12 if name in ("inter_token_latency_seconds", "time_per_output_token_seconds")
                                 else 3, name)
                self.assertIn(f"vllm:{name}_sum{{{labels}}}", metrics)
            self.assertEqual(metrics[f"vllm:prompt_tokens_total{{{labels}}}"], 60)
            self.assertEqual(metrics[f"vllm:generation_tokens_total{{{labels}}}"], 15)
            success = 'vllm:request_success_total{engine="0",finished_reason="length",model_name="' + MODEL + '"}'
            self.assertEqual(metrics[success], 3)
            for name in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"):
                self.assertEqual(metrics[f"vllm:{name}{{{labels}}}"], 0)
            self.assertTrue(any(name.startswith("vllm:cache_config_info{") for name in metrics))
            sum_ = metrics[f"vllm:time_to_first_token_seconds_sum{{{labels}}}"]
            delivered = sum(record["ttftMs"] for record in standin.delivered()) / 1000
            self.assertAlmostEqual(sum_, delivered, 3)


class Faults(unittest.TestCase):
    def test_crash_at_start(self):
        with Standin(ready=False, STANDIN_FAULT="crash-at-start") as standin:
            self.assertEqual(standin.process.wait(PATIENCE), 1)
            self.assertIn("torch.OutOfMemoryError: CUDA out of memory.", standin.text())
            self.assertNotIn("Application startup complete", standin.text())

    def test_crash_after(self):
        with Standin(STANDIN_FAULT="crash-after=0.1") as standin:
            self.assertEqual(standin.process.wait(PATIENCE), 1)
            self.assertIn("Traceback (most recent call last):", standin.text())

    def test_error_share(self):
        with Standin(STANDIN_FAULT="error-share=0.25") as standin:
            statuses = [standin.complete(max_tokens=1)[0] for _ in range(8)]
            self.assertEqual(statuses, [200, 200, 200, 500] * 2)

    def test_slow_first(self):
        with Standin(STANDIN_FAULT="slow-first=0.2") as standin:
            standin.complete([1], max_tokens=2)
            standin.complete([1], max_tokens=2)
            first, second = standin.delivered()
            self.assertAlmostEqual(first["dueTtftMs"] - second["dueTtftMs"], 200, 2)

    def test_hang(self):
        with Standin(STANDIN_FAULT="hang") as standin, standin.connect() as conn:
            body = json.dumps({"model": MODEL, "prompt": "a"})
            conn.sendall(f"POST /v1/completions HTTP/1.1\r\ncontent-type: application/json\r\n"
                         f"content-length: {len(body)}\r\n\r\n{body}".encode())
            while standin.metric("vllm:num_requests_waiting") != 1:
                time.sleep(0.01)
            conn.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                conn.recv(1)
            self.assertEqual(standin.request("GET", "/health"), (200, ""))


class Tokenizer(unittest.TestCase):
    @staticmethod
    def spelling():
        """GPT-2's characters for the bytes."""
        seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
        others = [byte for byte in range(256) if byte not in seen]
        return {byte: chr(byte) for byte in seen} | {byte: chr(256 + i) for i, byte in enumerate(others)}

    def counts(self, merges, *texts):
        tokens = [*self.spelling().values(), *("".join(pair) for pair in merges)]
        model = {"type": "BPE", "vocab": {token: i for i, token in enumerate(tokens)}, "merges": merges}
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump({"model": model}, file)
            file.flush()
            with Standin(STANDIN_TOKENIZER=file.name) as standin:
                return [standin.complete(text)[1]["usage"]["prompt_tokens"] for text in texts]

    def test_byte_pairs(self):
        blank = self.spelling()[0x20]
        merges = [["h", "e"], ["l", "l"], ["he", "ll"], ["hell", "o"], [blank, "hello"], ["l", "o"]]
        texts = ["hello", "hello hello", "hell", "lo", "llo", "hello  hello", "\u00e9", "it's"]
        self.assertEqual(self.counts(merges, *texts), [1, 2, 1, 1, 2, 3, 2, 4])


if __name__ == "__main__":
    unittest.main()
