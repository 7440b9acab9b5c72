# SPDX-License-Identifier: Apache-2.0
"""predict: WVA's queue models to the digits of WVA's own analyzer, from files, flags and the cluster."""
import json
import os
import re
import tempfile
import unittest

from harness import MODEL, SimTest, wva

GUIDE = {"alpha": 6.973, "beta": 0.027, "gamma": 14.825, "delta": 0.001364, "max-batch-size": 64}
H100 = {"alpha": 7.470, "beta": 0.044, "gamma": 15.415, "delta": 0.000337, "max-batch-size": 512}
L40S = {"alpha": 22.619, "beta": 0.181, "gamma": 226.19, "delta": 0.018, "max-batch-size": 512}
A100 = {"alpha": 20.58, "beta": 0.41, "gamma": 5.2, "delta": 0.1, "max-batch-size": 4}
PAPER = {"alpha": 6.58, "beta": 0.0193, "gamma": 5.46e-5, "max-batch-size": 256}
SYSTEM = "workload-variant-autoscaler-system"
POINTS = ["--point", "batch=1,itl=7.0,ttft=15.0", "--point", "batch=16,itl=7.45,ttft=18.1",
          "--point", "batch=32,itl=7.8,ttft=20.0", "--point", "batch=64,itl=8.7,ttft=26.0"]
SHAPE = ["--prompt-tokens", 128, "--output-tokens", 128, "--max-batch-size", 64]


def flags(parameters, prompt=128, output=128):
    return [f"--{name}={value}" for name, value in parameters.items()] + [f"--prompt-tokens={prompt}",
                                                                          f"--output-tokens={output}"]


def iteration(parameters, prompt=128, output=128):
    return ["--model", "iteration", *flags(parameters, prompt, output)]


class PredictTest(unittest.TestCase):
    maxDiff = None

    def spec(self, *args, stdin=None):
        result = wva("predict", *args, "-o", "json", stdin=stdin)
        self.assertEqual(result.status, 0, str(result))
        return result.json["spec"]

    def refused(self, status, message, *args, stdin=None):
        """Ends with this status and message, and nothing on standard output, in every format."""
        for output in ("table", "json", "yaml"):
            result = wva("predict", *args, "-o", output, stdin=stdin)
            self.assertEqual((result.status, result.out), (status, ""), str(result))
            self.assertIn("error: " + message, result.err, str(result))
        return result

    def close(self, value, wanted, what, tolerance=1e-4):
        self.assertLessEqual(abs(value - wanted), tolerance * abs(wanted), f"{what}: {value}, wanted {wanted}")


class Tables(PredictTest):
    """What WVA's own analyzer (v0.4.2 and v0.6.0) says, within 1e-4."""

    def check_points(self, args, columns, rows):
        rates = ",".join(str(row[0]) for row in rows)
        points = self.spec(*args, "--rate", rates)["points"]
        self.assertEqual([point["ratePerSecond"] for point in points], [row[0] for row in rows])
        for point, row in zip(points, rows):
            for name, wanted in zip(columns, row[1:]):
                if wanted == 0:  # WVA's is rounded to a 32-bit float of the response time
                    self.assertLess(point[name], 1e-4)
                else:
                    self.close(point[name], wanted, f"{name} at {row[0]}")

    def test_the_guides_rates(self):
        # At 40 WVA says that requests wait 0.160767 ms: the difference of two 32-bit floats near 1056.
        self.check_points(flags(GUIDE), ("responseMs", "waitMs", "inService", "ttftMs", "itlMs", "utilization"), [
            (0.5, 905.631, 0, 0.452816, 15.0786, 7.01223, 0.00707525),
            (1, 907.269, 0, 0.907269, 15.1580, 7.02450, 0.0141761),
            (5, 920.587, 0, 4.60293, 15.8032, 7.12428, 0.0719208),
            (10, 937.794, 0, 9.37794, 16.6369, 7.25320, 0.146530),
            (20, 974.213, 0, 19.4843, 18.4014, 7.52608, 0.304442),
            (30, 1013.57, 0, 30.4072, 20.3085, 7.82100, 0.475113),
            (40, 1056.40, 0.160856, 42.2496, 22.5363, 8.14067, 0.660150),
            (50, 1133.14, 31.3651, 55.0886, 55.9467, 8.48182, 0.860759),
            (54, 1346.10, 226.299, 60.4690, 251.754, 8.61686, 0.944828),
            (55, 1583.22, 459.031, 61.8303, 484.698, 8.64977, 0.966098),
            (56, 2639.37, 1510.86, 63.1961, 1536.73, 8.68219, 0.98744)])

    def test_the_iteration_models_rates(self):
        columns = ("ttftMs", "itlMs")
        self.check_points(iteration(PAPER), columns, [
            (1, 15.8009, 6.70124), (10, 16.6132, 7.1074), (30, 18.8245, 8.21303), (60, 23.8182, 10.7099),
            (90, 33.1816, 15.381)])
        defaults = {"alpha": 5, "beta": 0.05, "gamma": 5e-5, "max-batch-size": 256}
        self.check_points(iteration(defaults, 1024, 256), columns, [
            (1, 62.627, 5.8956), (3, 65.142, 7.1533), (5, 68.966, 9.0652)])

    def test_highest_rates(self):
        for args, highest in ((flags(GUIDE), 56.529213), (iteration(PAPER), 103.7017),
                              (flags(H100), 132.949), (flags(L40S), 31.873), (flags(A100), 1.3883)):
            spec = self.spec(*args)
            self.close(spec["maxRatePerSecond"], highest, args)
            self.assertEqual(spec["points"][-1]["ratePerSecond"], spec["maxRatePerSecond"])
        self.close(self.spec(*flags(GUIDE))["minRatePerSecond"], 0.0011062, "lowest")

    def test_targets(self):
        for args, ttft, itl, rate, limit in (
                (flags(GUIDE), 500, 24, 55.039, "ttft"), (flags(GUIDE), 1000, 10, 55.720, "ttft"),
                (flags(GUIDE), 20, 24, 28.436, "ttft"), (flags(GUIDE), 1000, 8, 35.699, "itl"),
                (flags(GUIDE), 500, 7.2, 7.959, "itl"), (flags(GUIDE), 15.2, 0, 1.264, "ttft"),
                (flags(H100), 1000, 10, 43.870, "itl"), (flags(H100), 500, 24, 121.665, "itl"),
                (flags(L40S), 500, 24, 2.0141, "itl"), (flags(A100), 500, 24, 0.8156, "ttft"),
                (iteration(PAPER), 100, 12, 70.616, "itl"), (iteration(PAPER), 500, 24, 103.702, "capacity")):
            slo = self.spec(*args, "--slo-ttft", ttft, "--slo-itl", itl)["slo"]
            self.close(slo["ratePerSecond"], rate, (args, ttft, itl))
            self.assertEqual(slo["limitedBy"], limit, (args, ttft, itl))
            self.assertEqual(slo.get("ttftMs"), ttft)
            self.assertEqual(slo.get("itlMs", 0), itl)
            self.assertLessEqual(slo["point"]["ttftMs"], ttft * (1 + 1e-6))

    def test_each_target_apart(self):
        rates = self.spec(*flags(GUIDE), "--slo-ttft", 1000, "--slo-itl", 8)["slo"]["ratesPerSecond"]
        self.close(rates["ttft"], 55.720, "ttft")
        self.close(rates["itl"], 35.699, "itl")
        rates = self.spec(*iteration(PAPER), "--slo-ttft", 100, "--slo-itl", 12)["slo"]["ratesPerSecond"]
        self.close(rates["ttft"], 100.131, "ttft")

    def test_a_throughput(self):
        spec = self.spec(*flags(GUIDE), "--slo-tps", 1000)
        self.close(spec["slo"]["ratePerSecond"], 50.876, "rate")
        self.close(spec["slo"]["point"]["ttftMs"], 71.405, "TTFT")
        self.close(spec["slo"]["point"]["itlMs"], 8.512, "ITL")
        self.assertEqual((spec["slo"]["limitedBy"], spec["slo"]["tokensPerSecond"]), ("tps", 1000))
        self.assertEqual((spec["replicas"], spec["loadPerSecond"]), (1, 1000 / 128))

    def test_out_of_reach(self):
        for args, ttft, itl, message in (
                (flags(GUIDE), 1000, 7.0, "an ITL of 7 ms is out of reach at any rate: 7.0000"),
                (flags(GUIDE), 14, 24, "a TTFT of 14 ms is out of reach at any rate: 14.9997"),
                (flags(L40S), 1000, 10, "an ITL of 10 ms is out of reach at any rate: 22.80"),
                (flags(A100), 1000, 10, "an ITL of 10 ms is out of reach at any rate: 20.99"),
                (iteration(PAPER), 10, 24, "a TTFT of 10 ms is out of reach at any rate: 15.7"),
                (iteration(PAPER), 500, 6, "an ITL of 6 ms is out of reach at any rate: 6.65")):
            self.refused(5, message, *args, "--slo-ttft", ttft, "--slo-itl", itl)

    def test_the_least_is_in_the_document(self):
        least = self.spec(*flags(GUIDE))["least"]
        self.close(least["itlMs"], 7.00003, "ITL", 1e-6)
        self.close(least["ttftMs"], 14.9998, "TTFT", 1e-5)


class Commands(PredictTest):
    def test_from_a_fit_in_a_pipe(self):
        fit = wva("fit", *POINTS, *SHAPE, "-o", "json")
        self.assertEqual(fit.status, 0, str(fit))
        spec = self.spec("-f", "-", "--slo-ttft", 500, "--slo-itl", 24, stdin=fit.out)
        self.assertEqual(spec["parameters"], fit.json["spec"]["parameters"])
        self.assertEqual(spec["shape"], {"promptTokens": 128, "outputTokens": 128})
        self.assertEqual((spec["maxBatchSize"], spec["source"], spec["queueModel"]),
                         (64, "standard input", "prefill-decode"))
        self.close(spec["slo"]["ratePerSecond"], 55.1, "rate", 0.01)

    def test_a_fit_in_yaml(self):
        fit = wva("fit", *POINTS, *SHAPE, "-o", "yaml").out
        with tempfile.TemporaryDirectory(prefix="wva-predict-test-") as folder:
            path = os.path.join(folder, "fit.yaml")
            with open(path, "w") as file:
                file.write(fit)
            spec = self.spec("-f", path, "--rate", 10)
        self.assertEqual(spec["source"], path)
        self.assertEqual(spec, {**self.spec("-f", "-", "--rate", 10, stdin=fit), "source": path})

    def test_yaml_says_the_same(self):
        args = (*flags(GUIDE), "--rate", 50, "--slo-itl", 8, "--load", 100)
        figures = [re.findall(r'(\w+(?<!toolVersion))"?: (-?[\d.e+-]+)', wva("predict", *args, "-o", output).out)
                   for output in ("json", "yaml")]
        self.assertEqual(len(figures[0]), 43)
        self.assertEqual(figures[0], figures[1])

    def test_sizing_undoes_analyzing(self):
        for args in (flags(GUIDE), flags(H100), iteration(PAPER)):
            points = self.spec(*args)["points"]
            for point in points[:-1]:
                slo = self.spec(*args, "--slo-itl", point["itlMs"])["slo"]
                self.close(slo["ratePerSecond"], point["ratePerSecond"], (args, point), 2e-3)
                self.close(slo["point"]["itlMs"], point["itlMs"], (args, point), 1e-5)

    def test_latency_grows_with_the_rate(self):
        for batch in (1, 2, 64, 4096):
            points = self.spec(*flags({**GUIDE, "max-batch-size": batch}))["points"]
            for before, after in zip(points, points[1:]):
                for name in ("ttftMs", "responseMs", "throughputPerSecond", "inService", "utilization"):
                    self.assertGreater(after[name], before[name], (batch, name))
                self.assertGreaterEqual(after["itlMs"], before["itlMs"] * (1 - 1e-12), batch)

    def test_replicas(self):
        for load, replicas in ((0, 1), (1, 1), (55, 1), (56, 2), (200, 4), (1e6, 18170)):
            spec = self.spec(*flags(GUIDE), "--slo-ttft", 500, "--slo-itl", 24, "--load", load)
            self.assertEqual(spec["replicas"], replicas, load)
            self.assertEqual(spec["perReplica"]["ratePerSecond"], load / replicas)
            self.assertLessEqual(spec["perReplica"]["ttftMs"], 500.001)

    def test_a_concurrency_is_a_level(self):
        points = self.spec(*flags(GUIDE), "--rate", 1, "--concurrency", "16,100")["points"]
        self.assertEqual([point.get("concurrency") for point in points], [None, 16, 100])
        self.close(points[1]["itlMs"], 6.973 + 0.027 * 16, "ITL", 1e-12)
        self.close(points[1]["ttftMs"], 14.825 + 0.001364 * 128 * 16, "TTFT", 1e-12)
        self.close(points[2]["itlMs"], 6.973 + 0.027 * 64, "ITL", 1e-12)
        self.assertEqual(points[2]["inService"], 64)

    def test_intervals(self):
        fit = wva("fit", *POINTS, *SHAPE, "-o", "json").out
        args = ("-f", "-", "--concurrency", "1,24,64", "--rate", 20, "--load", 200, "--slo-ttft", 500, "--interval")
        spec = self.spec(*args, stdin=fit)
        self.assertEqual(spec, self.spec(*args, stdin=fit))  # the same each time
        for point in spec["points"]:
            for name, (low, high) in point["intervals95"].items():
                self.assertTrue(low < point[name] < high, (name, point))
        low, high = spec["slo"]["intervals95"]["ratePerSecond"]
        self.assertTrue(low < spec["slo"]["ratePerSecond"] < high)
        low, high = spec["intervals95"]["maxRatePerSecond"]
        self.assertTrue(low < spec["maxRatePerSecond"] < high)
        self.assertEqual(spec["uncertainty"], {"method": "monte-carlo", "draws": 2000})

    def test_the_intervals_are_those_of_the_line(self):
        """ITL at a concurrency is linear in the parameters, so that least squares has its interval in closed form."""
        fit = json.loads(wva("fit", *POINTS, *SHAPE, "-o", "json").out)["spec"]
        x = [level["batch"] for level in fit["levels"]]
        mean = sum(x) / len(x)
        spread = sum((one - mean) ** 2 for one in x)
        variance = fit["standardErrors"]["beta"] ** 2 * spread
        document = {"apiVersion": "kubectl-wva/v1alpha1", "kind": "Fit", "spec": fit}
        for point in self.spec("-f", "-", "--concurrency", "1,24,64", "--interval",
                               stdin=json.dumps(document))["points"]:
            error = (variance * (1 / len(x) + (point["concurrency"] - mean) ** 2 / spread)) ** 0.5
            low, high = point["intervals95"]["itlMs"]
            self.close((high - low) / 2, 4.302653 * error, point["concurrency"], 0.06)

    def test_extremes(self):
        for args in (flags({"alpha": 1e-30, "beta": 0, "gamma": 1e-30, "delta": 1e-30, "max-batch-size": 1}),
                     flags({"alpha": 1e30, "beta": 1e30, "gamma": 1e30, "delta": 1e30, "max-batch-size": 1000000}),
                     flags(GUIDE, 0, 1), flags(GUIDE, 10000000, 10000000), flags({**GUIDE, "max-batch-size": 1}),
                     iteration({**PAPER, "max-batch-size": 1000000}, 10000000, 1)):
            result = wva("predict", *args, "-o", "json")
            self.assertEqual(result.status, 0, str(result))
            self.assertNotRegex(result.out, "(?i)nan|inf(?!er)|null", str(result))
            self.assertEqual(len(result.json["spec"]["points"]), 12)

    def test_what_is_refused(self):
        for status, message, args in (
                (2, "no parameters: ", []),
                (2, "parameters from flags: --max-batch-size, --prompt-tokens, --output-tokens needed",
                 ["--alpha=1", "--beta=1", "--gamma=1", "--delta=1"]),
                (2, "gamma is -2, not above 0", flags({**GUIDE, "gamma": -2})),
                (2, "beta and delta are both 0", flags({**GUIDE, "beta": 0, "delta": 0})),
                (2, "--rate: 'x' is not a finite number", [*flags(GUIDE), "--rate", "x"]),
                (2, "a rate of -1 requests/s", [*flags(GUIDE), "--rate", "-1"]),
                (5, "100 requests/s are more than one replica can take: 56.529", [*flags(GUIDE), "--rate", "100"]),
                (1, "cannot read /nonexistent.json", ["-f", "/nonexistent.json"])):
            result = self.refused(status, message, *args)
            self.assertNotIn("warning:", result.err)

    def test_fits_that_are_none(self):
        for status, message, text in (
                (1, "standard input: 0 documents, wanted one Fit", ""),
                (1, "standard input: kind: Fit expected, Benchmark found",
                 '{"apiVersion":"kubectl-wva/v1alpha1","kind":"Benchmark","spec":{}}'),
                (5, "standard input: spec.parameters: alpha is -1",
                 '{"apiVersion":"kubectl-wva/v1alpha1","kind":"Fit","spec":{"parameters":'
                 '{"alpha":-1,"beta":1,"gamma":1,"delta":1}}}')):
            self.refused(status, message, "-f", "-", stdin=text)

    def test_no_cluster_and_no_kubeconfig(self):
        result = wva("predict", *flags(GUIDE), env={"KUBECONFIG": "/nonexistent"})
        self.assertEqual((result.status, result.err), (0, ""), str(result))


class InTheCluster(SimTest):
    """From a VariantAutoscaling: an entry, the requests that WVA saw, the service class's SLO."""

    def setUp(self):
        super().setUp()
        self.classes = self.namespace + "-wva"
        self.namespace_(self.classes)

    def namespace_(self, name):
        status, _ = self.sim.request("POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.assertIn(status, (201, 409))

    def entry(self, acc="H100", n=64, **parameters):
        values = {"alpha": "6.973", "beta": "0.027", "gamma": "14.825", "delta": "0.001364", **parameters}
        return {"acc": acc, "accCount": 1, "maxBatchSize": n, "perfParms": {
            "decodeParms": {"alpha": values["alpha"], "beta": values["beta"]},
            "prefillParms": {"gamma": values["gamma"], "delta": values["delta"]}}}

    def service_classes(self, namespace=None, **classes):
        namespace = namespace or self.classes
        status, stored = self.sim.request("POST", f"/api/v1/namespaces/{namespace}/configmaps", {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "service-classes-config"},
            "data": {name + ".yaml": text for name, text in classes.items()}})
        self.assertEqual(status, 201, stored)

    def service_class(self, name, priority, ttft, itl, model=MODEL):
        return f"name: {name}\npriority: {priority}\ndata:\n- model: {model}\n  slo-tpot: {itl}\n  slo-ttft: {ttft}\n"

    def predict(self, *args, shape=True):
        tokens = ["--prompt-tokens", 128, "--output-tokens", 128] if shape else []
        return self.wva("predict", "--va", "llama", "--wva-namespace", self.classes, *tokens, *args)

    def spec(self, *args, **more):
        return self.ok(self.predict(*args, "-o", "json", **more)).json["spec"]

    def test_the_labels_entry(self):
        self.variantautoscaling(accelerators=[self.entry("A100", 4, alpha="20.58"), self.entry()])
        spec = self.spec("--rate", 50)
        self.assertAlmostEqual(spec["points"][0]["ttftMs"], 55.9467, delta=5e-3)
        self.assertEqual(spec["parameters"], {"alpha": 6.973, "beta": 0.027, "gamma": 14.825, "delta": 0.001364})
        self.assertEqual((spec["accelerator"], spec["maxBatchSize"], spec["servedModel"]), ("H100", 64, MODEL))
        self.assertEqual(spec["source"], f"variantautoscaling {self.namespace}/llama, accelerator H100")
        self.assertNotIn("slo", spec)
        self.assertTrue(all(request["method"] == "GET" for request in self.sent()))

    def test_another_entry(self):
        self.variantautoscaling(accelerators=[self.entry("A100", 4, alpha="20.58"), self.entry()])
        spec = self.spec("--accelerator", "A100", "--max-batch-size", 8)
        self.assertEqual((spec["parameters"]["alpha"], spec["maxBatchSize"]), (20.58, 8))
        self.fails(self.predict("--accelerator", "L40S"), 1,
                   f"error: VariantAutoscaling '{self.namespace}/llama' has no entry for accelerator 'L40S': "
                   "spec.modelProfile.accelerators has 2: A100, H100")

    def test_requests_that_wva_saw(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.fails(self.predict(shape=False), 2, "--prompt-tokens, --output-tokens needed as well")
        path = self.path("variantautoscalings", "llama")
        object_ = self.sim.get(path)
        object_["status"] = {"currentAlloc": {
            "accelerator": "H100", "numReplicas": 1, "maxBatch": 64, "variantCost": "1", "itlAverage": "8",
            "ttftAverage": "20",
            "load": {"arrivalRate": "60", "avgInputTokens": "512.70", "avgOutputTokens": "100.20"}},
            "desiredOptimizedAlloc": {"accelerator": "H100", "numReplicas": 1}, "actuation": {"applied": True}}
        status, stored = self.sim.request("PUT", path + "/status", object_)
        self.assertEqual(status, 200, stored)
        self.assertEqual(self.spec(shape=False)["shape"], {"promptTokens": 512, "outputTokens": 100})

    def test_the_service_classs_slo(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(premium=self.service_class("Premium", 1, 1000, 8),
                             other=self.service_class("Other", 1, 1, 1, "another/model"))
        result = self.ok(self.predict("-o", "json"))
        slo = result.json["spec"]["slo"]
        self.assertEqual((slo["ttftMs"], slo["itlMs"], slo["serviceClass"], slo["limitedBy"]),
                         (1000, 8, "Premium", "itl"))
        self.assertAlmostEqual(slo["ratePerSecond"], 35.699, delta=2e-3)
        self.assertEqual(result.err, f"SLO of service class Premium ({self.classes}/service-classes-config)\n")
        self.assertEqual(result.json["spec"]["warnings"], [])

    def test_the_default_namespace(self):
        self.namespace_(SYSTEM)
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(SYSTEM, premium=self.service_class("Premium", 1, 500, 24))
        result = self.ok(self.wva("predict", "--va", "llama", "--prompt-tokens", 128, "--output-tokens", 128,
                                  "-o", "json"))
        self.assertEqual(result.json["spec"]["slo"]["serviceClass"], "Premium")
        self.assertAlmostEqual(result.json["spec"]["slo"]["ratePerSecond"], 55.039, delta=1e-3)

    def test_flags_win(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(premium=self.service_class("Premium", 1, 1000, 8))
        slo = self.spec("--slo-itl", 24)["slo"]
        self.assertEqual((slo["ttftMs"], slo["itlMs"], slo["limitedBy"]), (1000, 24, "ttft"))
        self.assertNotIn("slo", self.spec("--slo-itl", 0, "--slo-ttft", 0))

    def test_several_classes(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(a=self.service_class("Freemium", 10, 2000, 200),
                             b=self.service_class("Premium", 1, 500, 24))
        result = self.ok(self.predict("-o", "json"))
        self.assertEqual(result.json["spec"]["slo"]["serviceClass"], "Premium")
        warning = ("2 service classes name the model and WVA takes any of them; here it is Premium, with priority 1 "
                   "the first")
        self.assertEqual(result.json["spec"]["warnings"], [warning])
        self.assertIn(f"warning: {warning}\n", result.err)

    def test_a_class_that_does_not_name_the_model(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(a=self.service_class("Other", 1, 500, 24, "another/model"))
        result = self.ok(self.predict("-o", "json"))
        self.assertNotIn("slo", result.json["spec"])
        self.assertEqual(result.err, f"no service class: none in {self.classes}/service-classes-config names {MODEL}\n")

    def test_service_classes_that_cannot_be_read(self):
        self.variantautoscaling(accelerators=[self.entry()])
        result = self.ok(self.predict("-o", "json"))
        self.assertNotIn("slo", result.json["spec"])
        self.assertIn('no service class: configmaps "service-classes-config" not found', result.err)
        self.sim.fault("forbidden path /service-classes-config")
        result = self.ok(self.predict("-o", "json"))
        self.assertNotIn("slo", result.json["spec"])
        self.assertRegex(result.err, r"^no service class: .*is forbidden")
        self.assertEqual(self.ok(self.predict("-o", "json", "-q")).err, "")

    def test_broken_service_classes(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(a="data: [", b=self.service_class("Premium", 1, 500, 24))
        result = self.ok(self.predict("-o", "json"))
        self.assertEqual(result.json["spec"]["slo"]["serviceClass"], "Premium")
        self.assertEqual(result.json["spec"]["warnings"], [
            f"a.yaml of {self.classes}/service-classes-config is no service class, and WVA reads none because of it"])

    def test_an_slo_of_a_class_out_of_reach(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.service_classes(premium=self.service_class("Premium", 1, 500, 6))
        self.fails(self.predict("-o", "json"), 5,
                   "error: an ITL of 6 ms is out of reach at any rate: 7.000027 ms is the least",
                   "hint: the SLO is that of service class Premium; without it: --slo-ttft 0 --slo-itl 0")

    def test_parameters_that_wva_gets_wrong(self):
        self.variantautoscaling(accelerators=[self.entry(gamma="-3")])
        self.fails(self.predict(), 5, f"VariantAutoscaling '{self.namespace}/llama', accelerator 'H100': gamma is -3")

    def test_there_is_no_such_object(self):
        self.fails(self.predict(), 1, 'variantautoscalings.llmd.ai "llama" not found',
                   f"hint: kubectl get variantautoscalings -n {self.namespace}")

    def test_other_models_and_intervals(self):
        self.variantautoscaling(accelerators=[self.entry()])
        self.fails(self.predict("--model", "iteration"), 2, "which no VariantAutoscaling holds")
        self.fails(self.predict("--interval"), 2, "--interval needs a Fit")


if __name__ == "__main__":
    unittest.main()
