# SPDX-License-Identifier: Apache-2.0
"""A VariantAutoscaling that others write at the same time: nobody's change is lost."""
import itertools
import random
import threading
import unittest

import side_by_side
from harness import RealTest

load_tests = side_by_side.load_tests

WRITES = 4  # of somebody else during one `apply`, which tries five times


def numbers(base):
    return ["--alpha", base, "--beta", base / 100, "--gamma", 2 * base, "--delta", base / 1000, "--max-batch-size", 64]


class Writers(RealTest):
    def apply(self, base, *options, **more):
        return self.wva("apply", "llama", *numbers(base), *options, **more)

    def patch(self, patch, content_type="application/merge-patch+json", query=""):
        return self.cluster.request("PATCH", self.path("variantautoscalings", "llama") + query, patch, content_type)

    def stored(self):
        return self.get("variantautoscalings", "llama")

    def entry(self, accelerator):
        """(alpha as stored, the whole entry)."""
        entries = {entry["acc"]: entry for entry in self.stored()["spec"]["modelProfile"]["accelerators"]}
        return entries[accelerator]["perfParms"]["decodeParms"]["alpha"], entries[accelerator]

    def conflicts(self):
        """Writes of the program that the API server refused because somebody was first."""
        return [event for event in self.audit() if event["verb"] == "patch"
                and event["responseStatus"].get("code") == 409]

    def busy(self, change, pause=0.06):
        """Calls change(n) again and again from another thread, until the result is called; that gives the last n. With
        pauses, up to that long, it gives up in time for `apply` to come through."""
        stop = threading.Event()
        last = [0]

        def write():
            for last[0] in range(1, WRITES + 1 if pause else 10000):
                change(last[0])
                if stop.wait(random.uniform(0, pause)):
                    return
        thread = threading.Thread(target=write)
        thread.start()

        def end():
            stop.set()
            thread.join()
            return last[0]
        self.addCleanup(end)
        return end

    def until_conflict(self, change):
        """Applies until one of the writes came second; gives how often, and the last n of the other writer."""
        for base in itertools.count(10):
            end = self.busy(change)
            self.ok(self.apply(base))
            last = end()
            self.assertEqual(self.entry("H100")[0], str(base))
            if self.conflicts():
                return last
            self.assertLess(base, 110, "never a conflict")


class TwoWriters(Writers):
    def test_labels(self):
        """Whose owner does not look at resource versions."""
        self.variantautoscaling()
        last = self.until_conflict(lambda n: self.patch({"metadata": {"labels": {"count": str(n)}}}))
        self.assertEqual(self.stored()["metadata"]["labels"],
                         {"inference.optimization/acceleratorName": "H100", "team": "blue", "count": str(last)})

    def test_another_entry_of_the_list(self):
        """Which is written whole, so that a late write would take the other's change back."""
        self.variantautoscaling()

        def change(n):
            done = 409
            while done == 409:  # as a good controller does
                value = self.stored()
                value["spec"]["modelProfile"]["accelerators"][0]["maxBatchSize"] = n
                done, text = self.cluster.request("PUT", self.path("variantautoscalings", "llama"), value)
            self.assertEqual(done, 200, text)
        last = self.until_conflict(change)
        alpha, entry = self.entry("A100")
        self.assertEqual((alpha, entry["maxBatchSize"], entry["perfParms"]["decodeParms"]["note"]),
                         ("20.58", last, "keep me"))

    def test_three_applies_at_once(self):
        self.variantautoscaling()
        for base in range(10, 30):
            names = ["A100", "H100", "L40S"]
            for process in [self.start("apply", "llama", *numbers(base), "--accelerator", name) for name in names]:
                self.ok(self.finish(process))
            self.assertEqual([self.entry(name)[0] for name in names], [str(base)] * 3)
            if self.conflicts():
                return
        self.fail("never a conflict")

class FieldManagers(Writers):
    """Server-side apply by somebody else, as GitOps tools do it."""

    APPLY = "application/apply-patch+yaml"

    def gitops(self, value, force=False):
        return self.patch(value, self.APPLY, f"?fieldManager=gitops&force={str(force).lower()}")

    def declared(self, **profile):
        return {"apiVersion": "llmd.ai/v1alpha1", "kind": "VariantAutoscaling", "metadata": {"name": "llama"},
                "spec": {"variantCost": "55.5", **profile}}

    def managers(self):
        return {entry["manager"]: entry for entry in self.stored()["metadata"]["managedFields"]}

    def test_a_manager_of_another_field_keeps_it(self):
        self.variantautoscaling()
        status, text = self.gitops(self.declared(), force=True)
        self.assertEqual(status, 200, text)
        self.ok(self.apply(10))
        managers = self.managers()
        self.assertEqual(managers["gitops"]["fieldsV1"], {"f:spec": {"f:variantCost": {}}})
        self.assertEqual(managers["kubectl-wva"]["operation"], "Update")
        self.assertEqual(self.stored()["spec"]["variantCost"], "55.5")
        # And it may go on with what is its own.
        status, text = self.gitops(self.declared())
        self.assertEqual(status, 200, text)
        self.assertEqual(self.entry("H100")[0], "10")

    def test_a_manager_of_the_same_list_is_told(self):
        before = self.variantautoscaling()
        declared = self.declared(modelProfile=before["spec"]["modelProfile"])
        status, text = self.gitops(declared, force=True)
        self.assertEqual(status, 200, text)
        self.ok(self.apply(10))
        self.assertEqual(self.entry("A100")[1], before["spec"]["modelProfile"]["accelerators"][0])
        status, text = self.gitops(declared)
        self.assertEqual(status, 409, text)
        self.assertIn('conflict with "kubectl-wva"', text["message"])
        self.assertEqual(self.entry("H100")[0], "10")

    def test_the_manager_sees_it_when_it_insists(self):
        """`--show-managed-fields`, which the hint names, tells who wrote what."""
        before = self.variantautoscaling()
        self.ok(self.apply(10))
        self.assertIn("kubectl-wva", self.managers())
        status, text = self.gitops(self.declared(modelProfile=before["spec"]["modelProfile"]), force=True)
        self.assertEqual(status, 200, text)
        self.assertEqual(self.entry("H100")[0], "1.0")
        self.assertEqual(self.ok(self.apply(10)).out, "variantautoscaling.llmd.ai/llama configured\n")


class Relentless(Writers):
    """A class of its own: alone, as this takes all of the API server."""

    def test_one_that_never_rests(self):
        """Five tries, then an error that says who to ask."""
        self.variantautoscaling()
        end = self.busy(lambda n: self.patch({"metadata": {"labels": {"count": str(n)}}}), 0)
        for base in range(10, 30):
            result = self.apply(base)
            if result.status:
                break
        end()
        self.fails(result, 3, f"error: cannot update {self.namespace}/llama after 5 tries: ",
                   f"hint: who else writes it: kubectl get variantautoscaling llama -n {self.namespace} -o yaml "
                   "--show-managed-fields\n")
        self.ok(self.apply(99))


if __name__ == "__main__":
    unittest.main()
