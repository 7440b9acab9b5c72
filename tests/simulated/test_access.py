# SPDX-License-Identifier: Apache-2.0
"""Who we are to a cluster and how we get there: every context, flag and variable, each damage told, no secret shown."""
import base64
import os
import re
import shutil
import socket
import subprocess
import threading
import unittest

from harness import MODEL, WVA, SimTest, environment, wva

NONE = "No runs found in {} namespace.\n"
CONTEXTS = "admin, token, tokenfile, basic, exec, user, viewer, nobody, badtoken, anonymous, untrusted, insecure"


class Access(SimTest):
    """`runs` is the command: one read."""

    def runs(self, *args, **env):
        """Without a namespace of ours."""
        return wva("runs", *args, env={**self.environment(), **env})

    def found(self, result, namespace="default"):
        """The command got through, and had nothing to say."""
        self.ok(result)
        self.assertEqual((result.out, result.err), ("", NONE.format(namespace)), str(result))
        return result

    def state(self, name):
        return os.path.join(self.sim.state, name)

    def users(self):
        return [request["user"] for request in self.sent(1)]

    def kubeconfig(self, *changes, name="kubeconfig.changed"):
        """The cluster's, with pieces of text replaced, beside it (its files are relative)."""
        with open(self.sim.kubeconfig) as file:
            text = file.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(self.state(name), "w") as file:
            file.write(text)
        return self.state(name)

    def plugin(self, script):
        """A kubeconfig whose context "exec" runs this."""
        path = self.state("plugin")
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        return self.kubeconfig(("./exec-credential", "./plugin"))


class Identities(Access):
    def test_contexts(self):
        for context, namespace, user in (
                ("admin", "default", "sim-admin"), ("token", "default", "token-admin"),
                ("tokenfile", "default", "token-admin"), ("basic", "default", "basic-admin"),
                ("exec", "default", "exec-admin"), ("user", "bench", "jane"), ("viewer", "bench", "victor"),
                ("insecure", "default", "token-admin")):
            with self.subTest(context):
                before = len(self.sent())
                self.found(self.runs("--context", context), namespace)
                self.assertEqual([r["user"] for r in self.sent(before + 1)[before:]], [user])

    def test_contexts_that_are_refused(self):
        forbidden = 'error: configmaps is forbidden: User "{}" cannot list resource "configmaps" in API group "" in the ' \
                    'namespace "{}"\n'
        for context, status, message, hint in (
                ("nobody", 3, forbidden.format("nobody", "bench"), "kubectl auth can-i list configmaps -n bench"),
                ("anonymous", 3, forbidden.format("system:anonymous", "default"),
                 "no credentials were sent: kubectl config view --minify"),
                ("badtoken", 3, "error: you must be logged in to the server (Unauthorized)\n", "kubectl auth whoami"),
                ("untrusted", 1, f"error: cannot connect to {self.sim.url}: certificate signed by unknown authority\n",
                 "the cluster's certificate authority is missing in the kubeconfig, or another one: "
                 "--certificate-authority FILE")):
            with self.subTest(context):
                result = self.fails(self.runs("--context", context), status)
                self.assertEqual(result.err, f"{message}hint: {hint}\n")

    def test_a_namespace_out_of_reach(self):
        self.fails(self.runs("--context", "user", "-n", "default"), 3, 'User "jane" cannot list resource "configmaps" in API '
                   'group "" in the namespace "default"\nhint: kubectl auth can-i list configmaps -n default\n')

    def test_impersonation(self):
        self.found(self.runs("--as", "jane", "-n", "bench"), "bench")
        self.found(self.runs("--as", "eve", "--as-group", "system:masters", "--as-group", "x", "--as-uid", "7"))
        self.assertEqual([r["impersonate"] for r in self.sent(2)], ["jane", "eve"])
        self.fails(self.runs("--as", "eve"), 3, 'User "eve" cannot list resource "configmaps"')
        self.fails(self.runs("--context", "user", "--as", "eve"), 3,
                   'error: users "eve" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the '
                   "cluster scope\nhint: kubectl auth can-i impersonate users\n")
        self.fails(self.runs("--as-group", "x"), 1,
                   "error: cannot impersonate a group, uid or extra value without a user\nhint: add --as USER\n")

    def test_a_token_file_is_read_where_the_kubeconfig_is(self):
        with open(self.state("other-token"), "w") as file:
            file.write("sim-user-token-9b2e\n")
        path = self.kubeconfig(("tokenFile: token", "tokenFile: other-token"))
        self.found(self.runs("--context", "tokenfile", "-n", "bench", KUBECONFIG=path), "bench")
        self.assertEqual(self.users(), ["jane"])
        os.unlink(self.state("other-token"))
        self.fails(self.runs("--context", "tokenfile", KUBECONFIG=path), 3, "error: ",
                   f"{self.state('other-token')}: No such file or directory\n")

    def test_credential_plugins(self):
        log_in = 'error: cannot log in as user "exec": credential plugin '
        for script, words in (
                ("echo boo >&2; exit 3", "it failed with exit status 3\nhint: see whether kubectl can log in: kubectl "
                                         "--context exec version\n"),
                ("echo garbage", "its answer: not JSON "),
                ("echo '{}'", "its answer is not of kind ExecCredential\n"),
                ("echo '{\"apiVersion\": \"client.authentication.k8s.io/v1beta1\", \"kind\": \"ExecCredential\"}'",
                 "it answers in another version than client.authentication.k8s.io/v1\n")):
            with self.subTest(words):
                result = self.fails(self.runs("--context", "exec", KUBECONFIG=self.plugin(script)), 3, log_in, words)
                self.assertEqual("boo\n" in result.err, "boo" in script)
        path = self.kubeconfig(("./exec-credential", "no-such-plugin\n      installHint: ask Bob"))
        self.fails(self.runs("--context", "exec", KUBECONFIG=path), 3,
                   log_in + "no-such-plugin: it cannot be found on PATH\nhint: ask Bob\n")
        self.assertEqual(self.sent(), [])

    def test_a_plugins_credentials_are_renewed_once_when_refused(self):
        path = self.plugin('echo x >> "$0.calls"\n[ $(wc -l < "$0.calls") -gt 1 ] && t=sim-exec-token-77aa\n'
                           'echo "{\\"apiVersion\\": \\"client.authentication.k8s.io/v1\\", \\"kind\\": '
                           '\\"ExecCredential\\", \\"status\\": {\\"token\\": \\"${t:-expired}\\"}}"')
        self.found(self.runs("--context", "exec", KUBECONFIG=path))
        self.assertEqual([r["status"] for r in self.sent(2)], [401, 200])


class Flags(Access):
    def test_a_server_needs_no_kubeconfig(self):
        server = ["--server", self.sim.url, "--certificate-authority", self.state("ca.crt")]
        self.found(wva("runs", *server, "--token", self.sim.token))
        self.found(wva("runs", *server, "--client-certificate", self.state("client.crt"), "--client-key",
                       self.state("client.key"), "-n", "bench"), "bench")
        self.found(wva("runs", "-s", self.sim.url + "/", "--token", self.sim.token, "--insecure-skip-tls-verify"))
        self.assertEqual(self.users(), ["token-admin", "sim-admin", "token-admin"])
        self.fails(wva("runs", *server), 3, 'User "system:anonymous" cannot list')
        self.fails(wva("runs", *server[:2], "--token", self.sim.token), 1, "certificate signed by unknown authority\n")

    def test_flags_pick_entries(self):
        self.found(self.runs("--cluster", "sim", "--user", "token"))
        self.found(self.runs("--context", "untrusted", "--cluster", "insecure"))
        self.found(self.runs("--context", "badtoken", "--token", self.sim.token))
        self.found(self.runs("--context", "user", "-n", "bench", "--user", "viewer"), "bench")
        self.assertEqual(self.users(), ["token-admin", "token-admin", "token-admin", "victor"])
        for flag, word, words in (
                ("--context", "tken", f'hint: did you mean "token"? contexts there: {CONTEXTS}\n'),
                ("--cluster", "si", 'hint: did you mean "sim"? clusters there: sim, untrusted, insecure\n'),
                ("--user", "toke", f'hint: did you mean "token"? users there: {CONTEXTS}\n')):
            with self.subTest(flag):
                self.fails(self.runs(flag, word), 1,
                           f'error: cannot find {flag[2:]} "{word}" in {self.sim.kubeconfig}\n', words)

    def test_the_certificates_name(self):
        self.found(self.runs("--tls-server-name", "kubernetes.default.svc"))
        self.fails(self.runs("--tls-server-name", "other"), 1, f"error: cannot connect to {self.sim.url}: its certificate is "
                   "valid for another name, not other\n")

    def test_flags_stand_before_the_command_too(self):
        self.found(wva("--context", "user", "-n", "bench", "runs", env=self.environment()), "bench")

    def test_servers_that_are_none(self):
        for server, words in (
                ("https://127.0.0.1:1", "error: cannot connect to https://127.0.0.1:1: connection refused\n"),
                ("https://cluster.invalid", "error: cannot connect to https://cluster.invalid: no such host\n"),
                ("ftp://cluster", 'error: cannot use --server: scheme "ftp" is neither https nor http\n'),
                ("cluster:6443", "hint: write it as https://cluster:6443\n")):
            with self.subTest(server):
                self.fails(self.runs("--server", server), 1, words)

    def test_namespaces_that_cannot_be(self):
        for name in ("BENCH", "a/../b", "-x", "x" * 64):
            self.fails(self.runs(f"--namespace={name}"), 1, f'error: "{name}" cannot be the name of a namespace\n')
        self.assertEqual(self.sent(), [])


class Kubeconfigs(Access):
    def test_several_files_are_one(self):
        first, second = self.state("first"), self.state("second")
        with open(first, "w") as file:
            file.write("current-context: mine\ncontexts:\n- {name: mine, context: {cluster: sim, user: viewer, namespace: "
                       "bench}}\n")
        shutil.copy(self.sim.kubeconfig, second)
        self.found(self.runs(KUBECONFIG=f"{first}:/nonexistent::{second}:{second}"), "bench")
        self.found(self.runs(KUBECONFIG=f"{second}:{first}"))
        self.found(self.runs("--context", "mine", KUBECONFIG=f"{second}:{first}"), "bench")
        self.assertEqual(self.users(), ["victor", "sim-admin", "victor"])
        self.fails(self.runs(KUBECONFIG=first), 1, 'cluster "sim" is not in ' + first + "\n")

    def test_home_is_the_default(self):
        home = os.path.join(self.sim.dir.name, "home")
        os.makedirs(home + "/.kube")
        self.fails(wva("runs", env={"HOME": home}), 1, f"error: no kubeconfig found: looked for {home}/.kube/config\n"
                   "hint: name one with --kubeconfig FILE or in KUBECONFIG\n")
        with open(self.sim.kubeconfig) as file:
            text = file.read().replace("other-ca.crt", self.state("other-ca.crt"))
        with open(home + "/.kube/config", "w") as file:
            file.write(text)
        self.found(wva("runs", env={"HOME": home}))
        self.found(wva("runs", "--kubeconfig", self.sim.kubeconfig, env={"HOME": "/", "KUBECONFIG": "/nonexistent"}))
        self.fails(self.runs("--kubeconfig", "/nonexistent"), 1, "error: cannot use --kubeconfig: /nonexistent does not exist\n")

    def test_damage(self):
        for old, new, words in (
                ("current-context: admin", "current-context: gone",
                 f'error: cannot find the current context "gone" in FILE\nhint: contexts there: {CONTEXTS}\n'),
                ("current-context: admin\n", "", "error: no current context is set in FILE\n"),
                ("cluster: sim", "cluster: gone", 'line 20: context "admin": cluster "gone" is not in FILE\n'
                                                  "hint: clusters there: sim, untrusted, insecure\n"),
                ("user: admin", "user: gone", 'line 21: context "admin": user "gone" is not in FILE\n'),
                ("user: admin", "user: [admin]", 'line 21: context "admin": user'),
                ("clusters:\n", "clusters: {\n", "cannot use kubeconfig FILE: line 5, column 1: "),
                ("clusters:\n", "clusters: 7\nclusterz:\n", "cannot use kubeconfig FILE: line 4: clusters"),
                ("clusters:\n", "clusters:\n- 7\n", "cannot use kubeconfig FILE: line 5: clusters"),
                ("server: https://", "server: ", "hint: write it as https://127.0.0.1:"),
                ("    server: https", "    proxy-url: ftp://u:hunter2@h\n    server: https",
                 'cluster "sim": proxy-url has scheme "ftp", must be http, https or socks5\n'),
                ("client-key-data: ", "client-key-data: A", 'user "admin": client-key-data is not base64'),
                ("client-key-data: ", "client-kez-data: ", 'user "admin": a client certificate without a client key\n'),
                ("client-certificate-data: ", "client-certificate-data: QQ==\n    x: ",
                 'user "admin": client-certificate-data is not a PEM certificate'),
                ("certificate-authority-data: ", "certificate-authority: gone.crt\n    x: ", "gone.crt: No such file")):
            with self.subTest(new):
                path = self.kubeconfig((old, new))
                result = self.fails(self.runs("-v", "9", KUBECONFIG=path), 1, words.replace("FILE", path))
                self.assertNotIn("hunter2", result.err)
        self.assertEqual(self.sent(), [])

    def test_files_that_are_none(self):
        for content, words in ((b"", "no current context is set in FILE\n"), (b"\x00\x01", "control characters are not allowed\n"),
                               (b"[]", "line 1: a mapping is wanted, not a list\n"), (b"a: \xff", "line 1, column "),
                               (b"a: &a [*a]", "FILE: "), (b"a: 1\na: 2\n", "FILE: line 2")):
            with self.subTest(content):
                path = self.state("damaged")
                with open(path, "wb") as file:
                    file.write(content)
                self.fails(self.runs(KUBECONFIG=path), 1, words.replace("FILE", path))
        self.fails(self.runs(KUBECONFIG=self.sim.state), 1, f"cannot read {self.sim.state}: Is a directory\n")


class Secrets(Access):
    def secrets(self):
        """Every piece of text that must not be seen."""
        with open(self.sim.kubeconfig) as file:
            data = re.findall(r"client-key-data: (\S+)", file.read())
        with open(self.state("client.key")) as file:
            key = [line for line in file.read().splitlines() if len(line) > 40]
        tokens = ["sim-admin-token-4f1c", "sim-exec-token-77aa", "sim-user-token-9b2e", "sim-nobody-token-5c6d",
                  "expired-token", "correct horse", base64.b64encode(b"basic-admin:correct horse").decode()]
        return data + key + tokens

    def test_are_masked_at_every_level(self):
        secrets = self.secrets()
        self.assertGreater(len(secrets), 8)
        self.assertTrue(all(len(secret) > 10 for secret in secrets))
        for level in (6, 7, 8, 9, 10):
            for context in ("admin", "token", "tokenfile", "basic", "exec", "nobody", "badtoken"):
                result = self.runs("--context", context, "-v", level)
                self.assertIn(f"GET {self.sim.url}/api/v1/namespaces/", result.err)
                masked = level > 6 and context != "admin"
                self.assertEqual("    Authorization: <masked>\n" in result.err, masked, str(result))
                for secret in secrets:
                    self.assertNotIn(secret, result.out + result.err)
        result = self.runs("--token", "typed-by-hand-token", "-v", "9")
        self.assertNotIn("typed-by-hand-token", result.err)

    def test_trace_levels(self):
        line = f"GET {self.sim.url}/api/v1/namespaces/default/configmaps?limit=500&labelSelector="
        wanted = {5: [], 6: [line], 7: [line, "Request Headers:\n"],
                  8: [line, "Request Headers:\n", "Response Headers:\n", "Response Body: "]}
        for level, words in wanted.items():
            result = self.ok(self.runs("-v", level))
            for word in (line, "Request Headers:\n", "Response Headers:\n", "Response Body: "):
                self.assertEqual(word in result.err, word in words, (level, word))

    def test_warnings_show_once(self):
        self.sim.fault('warning="that is \\"old\\""', 'warning="and that too" on PATCH path services')
        result = self.ok(self.wva("deploy", "a", "--model", MODEL, "--wait=false", "-q"))
        self.assertEqual(len(self.sent(5)), 5)
        self.assertEqual(sorted(set(result.err.splitlines())), sorted(result.err.splitlines()))
        self.assertTrue(all(line.startswith("Warning: ") for line in result.err.splitlines()), result.err)
        self.assertIn("Warning: and that too\n", result.err)


class Proxy:
    """An HTTP proxy that tunnels everything to one place, or refuses."""

    def __init__(self, port, answer=b"HTTP/1.1 200 Connection established\r\n\r\n"):
        self.port, self.answer, self.asked = port, answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        self.asked.append(head.decode())
        client.sendall(self.answer)
        if b" 200 " not in self.answer:
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", self.port))
        threading.Thread(target=self.copy, args=(server, client), daemon=True).start()
        self.copy(client, server)

    @staticmethod
    def copy(source, target):
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


class Proxies(Access):
    DEAD = "http://user:hunter2@127.0.0.1:1"
    FAR = "https://cluster.invalid:6443"

    def far(self, *args, **env):
        """A server that only a proxy can find."""
        return self.runs("--server", self.FAR, "--tls-server-name", "localhost", *args, **env)

    def proxy(self, *args):
        proxy = Proxy(int(self.sim.url.rsplit(":", 1)[1]), *args)
        self.addCleanup(proxy.close)
        return proxy

    def test_a_dead_one_does_not_matter_for_the_loopback(self):
        self.found(self.runs(HTTPS_PROXY=self.DEAD, https_proxy=self.DEAD, HTTP_PROXY=self.DEAD, ALL_PROXY=self.DEAD))

    def test_of_the_environment(self):
        for variable in ("HTTPS_PROXY", "https_proxy"):
            with self.subTest(variable):
                proxy = self.proxy()
                self.found(self.far(**{variable: f"http://me:hunter2@{proxy.url}"}))
                self.assertTrue(proxy.asked[0].startswith("CONNECT cluster.invalid:6443 HTTP/1.1\r\n"), proxy.asked)
                self.assertIn("\r\nProxy-Authorization: Basic bWU6aHVudGVyMg==\r\n", proxy.asked[0])
        self.found(self.far(HTTPS_PROXY=self.proxy().url))
        self.fails(self.far(HTTPS_PROXY=self.proxy().url, NO_PROXY="other,.invalid"), 1, "cluster.invalid:6443: no such host\n")
        self.fails(self.far(ALL_PROXY=self.proxy().url), 1, "cluster.invalid:6443: no such host\n")

    def test_of_the_cluster_wins(self):
        proxy = self.proxy()
        path = self.kubeconfig(("    server: https", f"    proxy-url: http://{proxy.url}\n    server: https"))
        self.found(self.runs(KUBECONFIG=path, HTTPS_PROXY=self.DEAD, NO_PROXY="*"))
        self.assertEqual(len(proxy.asked), 1)

    def test_that_cannot_be_reached(self):
        path = self.kubeconfig(("    server: https", f"    proxy-url: {self.DEAD}\n    server: https"))
        for result, server in ((self.runs("-v", "9", KUBECONFIG=path), self.sim.url),
                               (self.far("-v", "9", HTTPS_PROXY=self.DEAD), self.FAR)):
            self.fails(result, 1, f"error: cannot connect to {server} through the proxy: connection refused\n"
                       "hint: the proxy is the one in HTTPS_PROXY, HTTP_PROXY or the cluster's proxy-url\n")
            self.assertNotIn("hunter2", result.err)

    def test_that_refuses(self):
        proxy = self.proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        self.fails(self.far(HTTPS_PROXY=proxy.url), 1, f"error: cannot connect to {self.FAR} through the proxy: ", "407")

    def test_that_is_none(self):
        self.fails(self.far(HTTPS_PROXY="ftp://user:hunter2@x"), 1,
                   'error: cannot use the proxy in HTTPS_PROXY: scheme "ftp", must be http, https or socks5\n')


class InCluster(Access):
    """In a mount namespace where the service account's folder can be put."""

    def in_pod(self, *args, **env):
        script = """mount -t tmpfs none /var/run && mkdir -p /var/run/secrets/kubernetes.io/serviceaccount || exit 77
            cd /var/run/secrets/kubernetes.io/serviceaccount && cp "$STATE/ca.crt" ca.crt && cp "$STATE/token" token &&
            printf bench > namespace && exec "$@" """
        url = self.sim.url.rsplit(":", 1)
        env = environment(STATE=self.sim.state, KUBERNETES_SERVICE_HOST="127.0.0.1", KUBERNETES_SERVICE_PORT=url[1], **env)
        try:
            done = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", WVA, *args], capture_output=True, text=True,
                                  env=env, stdin=subprocess.DEVNULL, timeout=60)
        except FileNotFoundError:
            self.skipTest("no unshare(1) here")
        if "unshare" in done.stderr or done.returncode == 77:
            self.skipTest("no mount namespace may be made here: " + done.stderr.strip())
        return done

    def test_the_service_account_is_used(self):
        done = self.in_pod("runs")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", NONE.format("bench")))
        self.assertEqual(self.users(), ["token-admin"])
        done = self.in_pod("runs", "-n", "kube-system")
        self.assertEqual((done.returncode, done.stderr), (0, NONE.format("kube-system")))

    def test_a_kubeconfig_wins(self):
        done = self.in_pod("runs", KUBECONFIG=self.sim.kubeconfig)
        self.assertEqual((done.returncode, done.stderr), (0, NONE.format("default")))
        self.assertEqual(self.users(), ["sim-admin"])


class PlainHttp(Access):
    sim_args = ["--plain-http"]

    def test_credentials_stay_here(self):
        for context in ("admin", "token", "basic", "exec"):
            result = self.ok(self.runs("--context", context, "-v", "7"))
            self.assertIn(f"Warning: credentials are not sent: {self.sim.url} is not an https URL\n", result.err)
            self.assertNotIn("Authorization", result.err)
        self.assertEqual(self.users(), ["proxy"] * 4)
        self.found(self.runs("--context", "anonymous"))


class Ports(unittest.TestCase):
    def test_https_where_http_is_served(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            client, _ = listener.accept()
            with client:
                client.recv(4096)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request")

        threading.Thread(target=serve, daemon=True).start()
        url = "https://127.0.0.1:%d" % listener.getsockname()[1]
        result = wva("runs", "--server", url)
        self.assertEqual((result.status, result.out), (1, ""), str(result))
        self.assertEqual(result.err, f"error: cannot connect to {url}: the answer does not look like a TLS handshake\n"
                         "hint: is this a plain http port? then the server is http://…, not https://…\n")


if __name__ == "__main__":
    unittest.main()
