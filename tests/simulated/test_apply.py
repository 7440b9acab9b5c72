# SPDX-License-Identifier: Apache-2.0
"""apply: the one entry changes and nothing else, nobody's write is lost, and what cannot be is refused in words."""
import copy
import json
import os
import unittest

from harness import FAST, MODEL, SimTest, wva

NUMBERS = {"alpha": "7", "beta": "0.03", "gamma": "15", "delta": "0.0014"}
TABLE = """accelerator H100
PARAMETER      BEFORE   AFTER
alpha          1.0      7
beta           1        0.03
gamma          1        15
delta          1        0.0014
maxBatchSize   8        8
"""


def flags(**changed):
    """--alpha … by hand."""
    return [f"--{name}={value}" for name, value in {**NUMBERS, **changed}.items() if value is not None]


def fit(**spec):
    """A Fit document's text."""
    parameters = {"alpha": 7, "beta": 0.03, "gamma": 15, "delta": 0.0014, **spec.pop("parameters", {})}
    return json.dumps({"apiVersion": "kubectl-wva/v1alpha1", "kind": "Fit", "metadata": {"name": "fit"},
                       "spec": {"parameters": parameters, **spec}})


def texts(entry):
    return {**entry["perfParms"]["decodeParms"], **entry["perfParms"]["prefillParms"]}


class Applying(SimTest):
    def apply(self, *args, **more):
        return self.wva("apply", "llama", *args, **more)

    def entries(self, name="llama"):
        return self.get("variantautoscalings", name)["spec"]["modelProfile"]["accelerators"]

    def file(self, name, content):
        path = os.path.join(self.sim.dir.name, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path


class Entries(Applying):
    def test_the_labels_entry_changes_and_nothing_else(self):
        before = self.variantautoscaling()
        result = self.ok(self.apply(*flags()))
        self.assertEqual(result.out, "variantautoscaling.llmd.ai/llama configured\n")
        self.assertEqual(result.err, TABLE)
        wanted = copy.deepcopy(before)
        wanted["spec"]["modelProfile"]["accelerators"][1]["perfParms"] = {
            "decodeParms": {"alpha": "7", "beta": "0.03"}, "prefillParms": {"gamma": "15", "delta": "0.0014"}}
        after = self.get("variantautoscalings", "llama")
        self.assertEqual(after["spec"], wanted["spec"])
        for kept in ("labels", "uid", "creationTimestamp"):
            self.assertEqual(after["metadata"][kept], before["metadata"][kept])
        self.assertNotIn("annotations", after["metadata"])

    def test_what_is_sent(self):
        before = self.variantautoscaling()
        self.ok(self.apply(*flags(), "--accelerator", "A100", "--max-batch-size", 16))
        path = self.path("variantautoscalings", "llama")
        requests = self.sent(5)
        self.assertEqual([(r["method"], r["path"].split("?")[0]) for r in requests], [
            ("GET", "/openapi/v3"), ("GET", "/openapi/v3/apis/llmd.ai/v1alpha1"), ("GET", path), ("PATCH", path),
            ("GET", path)])
        patch = requests[3]
        self.assertEqual(patch["path"].split("?")[1], "fieldManager=kubectl-wva&fieldValidation=Strict")
        self.assertEqual(patch["contentType"], "application/merge-patch+json")
        entries = copy.deepcopy(before["spec"]["modelProfile"]["accelerators"])
        entries[0]["maxBatchSize"] = 16
        entries[0]["perfParms"] = {"decodeParms": {"alpha": "7", "beta": "0.03", "note": "keep me"},
                                   "prefillParms": {"gamma": "15", "delta": "0.0014"}}
        self.assertEqual(json.loads(patch["body"]), {
            "metadata": {"resourceVersion": before["metadata"]["resourceVersion"]},
            "spec": {"modelProfile": {"accelerators": entries}}})
        self.assertEqual(self.entries(), entries)

    def test_again_sends_no_write(self):
        self.variantautoscaling()
        self.ok(self.apply(*flags()))
        version = self.get("variantautoscalings", "llama")["metadata"]["resourceVersion"]
        for _ in range(2):
            again = self.ok(self.apply(*flags(delta="1.4e-3")))
            self.assertEqual(again.out, "variantautoscaling.llmd.ai/llama unchanged\n")
        self.assertEqual(self.get("variantautoscalings", "llama")["metadata"]["resourceVersion"], version)
        self.assertEqual(len(self.writes(11)), 1)

    def test_every_digit_arrives(self):
        self.variantautoscaling()
        numbers = {"alpha": 6.97301584, "beta": 0.0269841285, "gamma": 14.8253975, "delta": 1.36408731e-06}
        self.ok(self.apply("-f", "-", stdin=fit(parameters=numbers)))
        for name, text in texts(self.entries()[1]).items():
            self.assertIsInstance(text, str)
            self.assertEqual(float(text), numbers[name])

    def test_a_missing_entry_is_added(self):
        before = self.variantautoscaling()["spec"]["modelProfile"]["accelerators"]
        self.fails(self.apply(*flags(), "--accelerator", "L40S"), 1,
                   f"error: VariantAutoscaling '{self.namespace}/llama' has no entry for accelerator 'L40S' yet, and a "
                   "new one needs the server's batch limit (vLLM's --max-num-seqs)\n",
                   "hint: kubectl wva apply llama --accelerator L40S --max-batch-size N\n")
        self.assertEqual(self.entries(), before)
        result = self.ok(self.apply(*flags(), "--accelerator", "L40S", "--max-batch-size", 32, "--accelerator-count", 2))
        self.assertIn("accelerator L40S (new entry)\n", result.err)
        self.assertEqual(self.entries(), before + [{
            "acc": "L40S", "accCount": 2, "maxBatchSize": 32, "perfParms": {
                "decodeParms": {"alpha": "7", "beta": "0.03"}, "prefillParms": {"gamma": "15", "delta": "0.0014"}}}])

    def test_the_fit_names_accelerator_count_and_batch(self):
        self.variantautoscaling()
        path = self.file("fit.json", fit(accelerator="A100", acceleratorCount=4, maxBatchSize=96, model=MODEL))
        self.ok(self.apply("-f", path))
        entry = self.entries()[0]
        self.assertEqual((entry["acc"], entry["accCount"], entry["maxBatchSize"]), ("A100", 4, 96))
        self.ok(self.apply("-f", path, "--accelerator", "H100", "--accelerator-count", 8, "--max-batch-size", 24))
        entry = self.entries()[1]
        self.assertEqual((entry["acc"], entry["accCount"], entry["maxBatchSize"]), ("H100", 8, 24))

    def test_the_only_entry_needs_no_name_and_two_without_a_label_do(self):
        va = self.variantautoscaling(accelerators=[{"acc": "MI300X", "accCount": 1, "maxBatchSize": 8, "perfParms": {
            "decodeParms": {"alpha": "1"}, "prefillParms": {"gamma": "1"}}}])
        del va["metadata"]["labels"]["inference.optimization/acceleratorName"]
        self.assertEqual(self.sim.request("PUT", self.path("variantautoscalings", "llama"), va)[0], 200)
        self.ok(self.apply(*flags()))
        self.assertEqual(texts(self.entries()[0]), NUMBERS)
        self.ok(self.apply(*flags(), "--accelerator", "L4", "--max-batch-size", 8))
        self.fails(self.apply(*flags(alpha="8")), 1, "does not tell which accelerator is meant: it has no label "
                   "inference.optimization/acceleratorName, and spec.modelProfile.accelerators has 2 entries: MI300X, "
                   "L4\n", "hint: kubectl wva apply llama --accelerator NAME\n")

    def test_dry_runs(self):
        before = self.variantautoscaling()
        client = self.ok(self.apply(*flags(), "--dry-run=client"))
        self.assertEqual((client.out, client.err), ("variantautoscaling.llmd.ai/llama configured (dry run)\n", TABLE))
        self.assertEqual(self.writes(3), [])
        document = self.ok(self.apply(*flags(), "--dry-run=client", "-o", "json")).json
        self.assertEqual(texts(document["spec"]["modelProfile"]["accelerators"][1]), NUMBERS)

        server = self.ok(self.apply(*flags(), "--dry-run=server"))
        self.assertEqual(server.out, "variantautoscaling.llmd.ai/llama configured (server dry run)\n")
        self.assertEqual([r["path"].split("?")[1] for r in self.sent(10) if r["method"] == "PATCH"],
                         ["fieldManager=kubectl-wva&fieldValidation=Strict&dryRun=All"])
        document = self.ok(self.apply(*flags(), "--dry-run=server", "-o", "json")).json
        self.assertEqual(texts(document["spec"]["modelProfile"]["accelerators"][1]), NUMBERS)
        self.assertEqual(self.get("variantautoscalings", "llama"), before)

    def test_output(self):
        self.variantautoscaling()
        result = self.ok(self.apply(*flags(), "-o", "json"))
        self.assertEqual(result.err, "")
        self.assertEqual(result.json, self.get("variantautoscalings", "llama"))
        self.assertIn('          alpha: "7"\n', self.ok(self.apply(*flags(), "-o", "yaml")).out)
        self.assertEqual(self.ok(self.apply(*flags(), "-o", "name")).out, "variantautoscaling.llmd.ai/llama\n")
        quiet = self.ok(self.apply(*flags(alpha="8"), "-q"))
        self.assertEqual((quiet.out, quiet.err), ("variantautoscaling.llmd.ai/llama configured\n", ""))

    def test_a_recorded_run(self):
        self.variantautoscaling()
        self.ok(self.wva("deploy", "vllm", "--model", MODEL, "-q"))
        run = self.ok(self.wva("bench", "vllm", "--levels", "1,8", "-o", "name", *FAST)).out.strip()
        result = self.ok(self.apply("--run", run, "--accelerator", "H100"))
        self.assertEqual(result.out, "variantautoscaling.llmd.ai/llama configured\n")
        self.assertAlmostEqual(float(texts(self.entries()[1])["alpha"]), 7, delta=0.3)
        self.assertEqual(self.entries()[1]["maxBatchSize"], 64)

    def test_create(self):
        create = ["--create", "--accelerator", "H100", "--model", "my/model", "--max-batch-size", 64]
        self.fails(self.apply(*flags(), "--create"), 2,
                   "error: --create needs --deployment, --accelerator and a model (--model)\n")
        self.fails(self.apply(*flags(), *create, "--deployment", "other"), 2,
                   "error: WVA up to v0.4.2 finds a VariantAutoscaling's Deployment by its name: 'llama' and 'other' "
                   "must be equal\n")
        create += ["--deployment", "llama"]
        self.fails(self.apply(*flags(), *create), 1, f"error: cannot create VariantAutoscaling '{self.namespace}/llama': "
                   'deployments.apps "llama" not found\n')
        self.ok(self.wva("deploy", "llama", "--model", MODEL, "--wait=false"))
        writes = len(self.writes())
        for mode, words in (("client", "(dry run)"), ("server", "(server dry run)")):
            self.assertEqual(self.ok(self.apply(*flags(), *create, f"--dry-run={mode}")).out,
                             f"variantautoscaling.llmd.ai/llama created {words}\n")
        self.assertEqual(self.names("variantautoscalings"), [])
        self.assertEqual(self.writes()[writes:], [("POST", self.path("variantautoscalings"))])

        self.assertEqual(self.ok(self.apply(*flags(), *create)).out, "variantautoscaling.llmd.ai/llama created\n")
        va = self.get("variantautoscalings", "llama")
        self.assertEqual(va["metadata"]["labels"], {"inference.optimization/acceleratorName": "H100"})
        self.assertEqual(va["spec"], {"modelID": "my/model", "variantCost": "10.0", "modelProfile": {"accelerators": [
            {"acc": "H100", "accCount": 1, "maxBatchSize": 64, "perfParms": {
                "decodeParms": {"alpha": "7", "beta": "0.03"}, "prefillParms": {"gamma": "15", "delta": "0.0014"}}}]}})
        self.assertEqual(self.ok(self.apply(*flags(), *create)).out, "variantautoscaling.llmd.ai/llama unchanged\n")


class Rivals(Applying):
    def test_a_lost_race_is_run_again(self):
        self.variantautoscaling()
        self.sim.fault("conflict-write on PATCH times 3")
        result = self.ok(self.apply(*flags()))
        self.assertEqual((result.out, result.err), ("variantautoscaling.llmd.ai/llama configured\n", TABLE))
        self.assertEqual(texts(self.entries()[1]), NUMBERS)
        self.assertEqual(len(self.writes(11)), 4)

    def test_races_lost_without_end_are_given_up(self):
        before = self.variantautoscaling()["spec"]
        self.sim.fault("conflict-write on PATCH")
        self.fails(self.apply(*flags()), 3, f"error: cannot update {self.namespace}/llama after 5 tries: Operation cannot "
                   'be fulfilled on variantautoscalings.llmd.ai "llama": the object has been modified; please apply your '
                   "changes to the latest version and try again\n",
                   f"hint: who else writes it: kubectl get variantautoscaling llama -n {self.namespace} -o yaml "
                   "--show-managed-fields\n")
        self.assertEqual(self.get("variantautoscalings", "llama")["spec"], before)

    def test_two_writers_lose_nothing(self):
        self.variantautoscaling()
        for alpha in range(2, 12):
            processes = [self.start("apply", "llama", *flags(alpha=alpha), "--accelerator", name)
                         for name in ("A100", "H100")]
            for process in processes:
                out, err = process.communicate(timeout=30)
                self.assertEqual((process.returncode, out), (0, "variantautoscaling.llmd.ai/llama configured\n"), err)
            self.assertEqual([texts(entry)["alpha"] for entry in self.entries()], [str(alpha)] * 2)
        self.assertEqual(texts(self.entries()[0])["note"], "keep me")

    def test_reads_back_what_was_written(self):
        """A proxy that answers for the server: nothing is stored, and that does not pass for success."""
        self.variantautoscaling()
        self.sim.fault("html=200 on PATCH")
        self.fails(self.apply(*flags()), 1, "is not a Kubernetes API server (login page or proxy?): it answered 200 OK with "
                   "text/html\n")


class Refusals(Applying):
    def refused(self, content, status, *words, name="fit.json"):
        """From a file and from standard input; nobody is asked."""
        path = self.file(name, content)
        self.fails(self.apply("-f", path), status, f"error: {path}: ", *words)
        self.assertEqual(self.sent(), [])

    def test_bad_files(self):
        for content, words in (
                ("", "0 documents, wanted one Fit\nhint: kubectl wva fit … -o json | kubectl wva apply VA -f -\n"),
                ("\n# nothing\n", "0 documents, wanted one Fit\n"),
                (fit() + "\n---\n" + fit(), "2 documents, wanted one Fit\n"),
                (b"\x00\x01\xff\xfe" * 64, "line 1, column 1: control characters are not allowed\n"),
                (b'{"kind": "F\xe9"}', "line 1, column 13: invalid trailing UTF-8 octet\n"),
                ("[" * 100000, "nested deeper than 64 levels\n"),
                (fit()[:50], "line 1, column 51: "),
                ("hello", "a Fit document expected, string found\n"),
                ("[]", "a Fit document expected, array found\n"),
                ('{"apiVersion": "v1", "kind": "Pod"}', "apiVersion: kubectl-wva/v1alpha1 expected, v1 found\n"),
                (fit().replace('"Fit"', '"Benchmark"'),
                 "kind: Fit expected, Benchmark found\nhint: kubectl wva fit FILE -o json makes a Fit of it\n"),
                (fit().replace('"spec"', '"specs"'), "spec: object expected, none found\n"),
                (fit().replace('"alpha": 7, ', ""), "spec.parameters.alpha: number expected, none found\n"),
                (fit(parameters={"beta": None}), "spec.parameters.beta: number expected, none found\n"),
                (fit(parameters={"gamma": "15"}), "spec.parameters.gamma: number expected, string of 2 bytes found\n"),
                (fit(parameters={"delta": [1]}), "spec.parameters.delta: number expected, array found\n"),
                (fit().replace("15", "1e999"), "spec.parameters.gamma: number expected, 1e999 found\n"),
                (fit().replace("15", ".nan"), "a number that is not finite\n"),
                (fit().replace("15", "NaN"), "spec.parameters.gamma: number expected, string of 3 bytes found\n"),
                (fit(maxBatchSize="many"), "spec.maxBatchSize: "),
                (fit(maxBatchSize=-1), "spec.maxBatchSize: "),
                (fit(accelerator=7), "spec.accelerator: "),
                (fit().replace('"beta"', '"alpha"'), 'duplicate key "alpha"\n')):
            with self.subTest(words):
                self.refused(content, 1, words)

    def test_numbers_that_wva_would_get_wrong(self):
        for parameters, words in (
                ({"alpha": -1}, "spec.parameters: alpha is -1, not above 0: "),
                ({"alpha": 0}, "spec.parameters: alpha is 0, not above 0: "),
                ({"beta": -0.5}, "spec.parameters: beta is -0.5, below 0: "),
                ({"alpha": 1e300}, "spec.parameters: alpha is 1e+300, no finite 32-bit number: ")):
            with self.subTest(words):
                self.refused(fit(parameters=parameters), 5, words, "hint: measure levels from 1 to the server's "
                             "--max-num-seqs, none with a queue: kubectl wva bench deployment/NAME\n")

    def test_files_that_are_none(self):
        self.fails(self.apply("-f", "/nonexistent"), 1, "error: cannot read /nonexistent: No such file or directory\n")
        self.fails(self.apply("-f", "/tmp"), 1, "error: cannot read /tmp: Is a directory\n")
        self.fails(self.apply("-f", "/dev/zero"), 1, "error: cannot read /dev/zero: longer than 8388608 bytes\n")
        self.fails(self.apply("-f", "-"), 1, "error: standard input: 0 documents, wanted one Fit\n")
        self.fails(self.apply("-f", "-", stdin="x" * (8 << 20)), 1, "error: standard input: ")
        self.assertEqual(self.sent(), [])

    def test_a_bad_file_is_told_without_a_kubeconfig(self):
        self.fails(wva("apply", "llama", "-f", "-", stdin="hello"), 1,
                   "error: standard input: a Fit document expected, string found\n")

    def test_usage(self):
        for args, words in (
                ([], "error: no parameters: give one of -f FILE, --run ID, or the four numbers\n"
                     "hint: kubectl wva apply VA -f fit.json\n"),
                (flags(beta=None), "error: --alpha, --beta, --gamma and --delta are needed together\n"),
                (flags() + ["--run", "abc"], "error: parameters from several places: give one of "),
                (flags(alpha="-1"), "error: alpha is -1, not above 0: "),
                (["--alpha", "-1", *flags(alpha=None)], "error: alpha is -1, not above 0: "),
                (flags(alpha="nan"), "error: option --alpha: 'nan' is not a finite number\n"),
                (flags(alpha="x"), "error: option --alpha: 'x' is not a finite number\n"),
                (flags() + ["--max-batch-size", "0"], "error: option --max-batch-size: '0' is not between 1 and 1000000\n"),
                (["--run", "No Id"], "error: 'No Id' is no run id\n"),
                (flags() + ["other"], "error: 'apply' does not take the argument 'other'\n")):
            with self.subTest(args):
                self.fails(self.apply(*args), 2, words)
        self.fails(self.wva("apply", *flags()), 2, "error: 'apply' needs VA\n")
        self.assertEqual(self.sent(), [])

    def test_a_run_that_is_not_there(self):
        self.fails(self.apply("--run", "abc"), 1, f"error: cannot find run abc in namespace {self.namespace}: configmaps "
                   f'"wva-run-abc" not found\nhint: kubectl wva runs -n {self.namespace}\n')

    def test_a_variantautoscaling_that_is_not_there(self):
        self.fails(self.apply(*flags()), 1, 'error: variantautoscalings.llmd.ai "llama" not found\n'
                   f"hint: kubectl get variantautoscalings -n {self.namespace}\n"
                   "hint: or make it with --create --deployment llama\n")
        self.assertEqual(self.writes(), [])

    def test_two_entries_of_one_accelerator(self):
        entry = {"acc": "H100", "accCount": 1, "maxBatchSize": 8, "perfParms": {
            "decodeParms": {"alpha": "1"}, "prefillParms": {"gamma": "1"}}}
        self.variantautoscaling(accelerators=[entry, entry])
        self.fails(self.apply(*flags()), 1, "spec.modelProfile.accelerators[0] and [1] are both for 'H100', and nothing "
                   f"says which one WVA reads\nhint: remove one of them: kubectl edit variantautoscaling llama -n "
                   f"{self.namespace}\n")
        self.assertEqual(self.writes(), [])

    def test_rights(self):
        for context, verb in (("viewer", "patch"), ("nobody", "get")):
            with self.subTest(context):
                self.sim.request("DELETE", self.path("variantautoscalings", "llama", "bench"))
                self.namespace, own = "bench", self.namespace
                self.variantautoscaling()
                self.fails(self.apply("--context", context, *flags()), 3,
                           f'cannot {verb} resource "variantautoscalings" in API group "llmd.ai" in the namespace "bench"\n',
                           f"hint: kubectl auth can-i {verb} variantautoscalings.llmd.ai -n bench\n")
                self.assertEqual(texts(self.entries()[1])["alpha"], "1.0")
                self.namespace = own
        self.namespace = "bench"
        self.ok(self.apply("--context", "user", *flags()))
        self.assertEqual(texts(self.entries()[1]), NUMBERS)


class NoWva(Applying):
    sim_args = ["--va-release", "none"]

    def test_says_that_wva_is_not_there(self):
        self.fails(self.apply(*flags()), 1, "error: this cluster does not serve VariantAutoscaling (llmd.ai/v1alpha1): WVA "
                   "is not installed here, or is a release without that API\n"
                   "hint: kubectl api-resources --api-group llmd.ai\n")


class Later(Applying):
    sim_args = ["--va-release", "v0.5.1"]
    serves = "modelID, scaleTargetRef, variantCost (v0.5.0 or v0.5.1)"

    def test_says_which_releases_have_the_parameters(self):
        self.fails(self.apply(*flags()), 3, "error: the VariantAutoscaling of this cluster has no spec.modelProfile, where "
                   "alpha, beta, gamma and delta go: WVA v0.0.1 to v0.4.2 have it, and this cluster serves spec with "
                   f"{self.serves}\n", "hint: WVA v0.5.0 and later read none of the four parameters; what is served: "
                   "kubectl explain variantautoscalings.spec\n")
        self.assertEqual(self.writes(), [])


class Latest(Later):
    sim_args = ["--va-release", "v0.8.0"]
    serves = "modelID, scaleTargetRef, minReplicas, maxReplicas, variantCost (v0.6.0 or later)"


class First(Applying):
    """v0.0.1 wants a service class in each VariantAutoscaling."""
    sim_args = ["--va-release", "v0.0.1"]

    def test_writes_beside_it(self):
        reference = {"name": "classes", "key": "premium"}
        self.create("variantautoscalings", {
            "apiVersion": "llmd.ai/v1alpha1", "kind": "VariantAutoscaling", "metadata": {"name": "llama"},
            "spec": {"modelID": MODEL, "sloClassRef": reference, "modelProfile": {"accelerators": [
                {"acc": "H100", "accCount": 1, "maxBatchSize": 8, "perfParms": {
                    "decodeParms": {"alpha": "1.0", "beta": "1"}, "prefillParms": {"gamma": "1", "delta": "1"}}}]}}})
        self.ok(self.apply(*flags()))
        self.assertEqual(texts(self.entries()[0]), NUMBERS)
        self.assertEqual(self.get("variantautoscalings", "llama")["spec"]["sloClassRef"], reference)

    def test_cannot_create_one(self):
        self.ok(self.wva("deploy", "llama", "--model", MODEL, "--wait=false"))
        self.fails(self.apply(*flags(), "--create", "--deployment", "llama", "--accelerator", "H100", "--model", "m",
                              "--max-batch-size", 8), 3, "spec.sloClassRef")
        self.assertEqual(self.names("variantautoscalings"), [])


if __name__ == "__main__":
    unittest.main()
