#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The simulated API server against what a real one answers, without any client of ours.

Runs inside wva-sim (WVA_SIM_URL, WVA_SIM_DIR). Prints each check that fails; exit status 1 then.
"""

import json
import os
import ssl
import sys
import urllib.error
import urllib.request

URL = os.environ["WVA_SIM_URL"]
CONTEXT = ssl.create_default_context(cafile=os.environ["WVA_SIM_DIR"] + "/ca.crt")
ADMIN, JANE = "sim-admin-token-4f1c", "sim-user-token-9b2e"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
APPLY, JSON_PATCH = "application/apply-patch+yaml", "application/json-patch+json"
CORE = "/api/v1/namespaces/default"
APPS = "/apis/apps/v1/namespaces/default/deployments"
VAS = "/apis/llmd.ai/v1alpha1/namespaces/default/variantautoscalings"
failures = []


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = {}

    @property
    def message(self):
        return self.json.get("message", self.text)


def call(method, path, body=None, content="application/json", token=ADMIN):
    data = body if isinstance(body, str) else json.dumps(body) if body is not None else None
    request = urllib.request.Request(URL + path, data.encode() if data else None, method=method)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if data:
        request.add_header("Content-Type", content)
    try:
        with urllib.request.urlopen(request, context=CONTEXT, timeout=20) as response:
            return Answer(response.status, response.headers, response.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


def check(what, good, detail=""):
    if not good:
        failures.append(what)
        print(f"FAILED: {what}: {detail}")


def says(what, answer, status, words):
    check(what, answer.status == status and words in answer.message,
          f"{answer.status} {answer.message[:300]}")


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name, **spec):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}, **spec, "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "pause:1",
                                         "env": [{"name": "A", "value": "1"}]}]}}}}


def test_access():
    says("bad token", call("GET", CORE + "/pods", token="x"), 401, "Unauthorized")
    says("anonymous", call("GET", CORE + "/pods", token=None), 403,
         'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" '
         'in the namespace "default"')
    says("other namespace", call("GET", CORE + "/configmaps/x", token=JANE), 403,
         'configmaps "x" is forbidden: User "jane" cannot get resource "configmaps" in API group ""')
    check("own namespace",
          call("GET", "/api/v1/namespaces/bench/pods", token=JANE).status == 200)
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
              "spec": {"resourceAttributes": {"verb": "create", "group": "batch",
                                              "resource": "jobs", "namespace": "bench"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    check("may", call("POST", path, review, token=JANE).json["status"]["allowed"] is True)
    review["spec"]["resourceAttributes"]["resource"] = "secrets"
    check("may not", call("POST", path, review, token=JANE).json["status"]["allowed"] is False)


def test_objects():
    made = call("POST", CORE + "/configmaps", config_map("a", x="1"))
    check("create", made.status == 201, made.text)
    says("exists", call("POST", CORE + "/configmaps", config_map("a")), 409,
         'configmaps "a" already exists')
    says("absent", call("GET", CORE + "/configmaps/b"), 404, 'configmaps "b" not found')
    says("namespace absent",
         call("POST", "/api/v1/namespaces/no/configmaps", config_map("a")), 404,
         'namespaces "no" not found')
    says("not served", call("GET", "/apis/none/v1/things"), 404, "404 page not found")
    stale = made.json
    call("PATCH", CORE + "/configmaps/a", {"data": {"y": "2"}}, MERGE)
    says("stale", call("PUT", CORE + "/configmaps/a", stale), 409,
         'Operation cannot be fulfilled on configmaps "a": the object has been modified; please '
         "apply your changes to the latest version and try again")
    says("too large", call("POST", CORE + "/configmaps", config_map("big", x="x" * 1100000)), 422,
         "Too long: may not be more than 1048576 bytes")
    says("json patch test", call("PATCH", CORE + "/configmaps/a", [
        {"op": "test", "path": "/data/x", "value": "9"}], JSON_PATCH), 422,
        "the server rejected our request due to an error in our request")
    says("uid", call("DELETE", CORE + "/configmaps/a", {"preconditions": {"uid": "x"}}), 409,
         "Precondition failed: UID in precondition: x")
    check("dry run", call("DELETE", CORE + "/configmaps/a?dryRun=All").status == 200)
    check("still there", call("GET", CORE + "/configmaps/a").status == 200)


def test_fields():
    twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"t"},"foo":1,' \
            '"data":{"a":"1","a":"2"}}'
    says("strict", call("POST", CORE + "/configmaps?fieldValidation=Strict", twice), 400,
         'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: '
         'unknown field "foo", duplicate field "data.a"')
    warned = call("POST", CORE + "/configmaps", twice)
    check("warn", warned.headers.get_all("Warning") == [
        '299 - "unknown field \\"foo\\""', '299 - "duplicate field \\"data.a\\""'])
    says("strict patch", call("PATCH", CORE + "/configmaps/t?fieldValidation=Strict",
                              {"foo": 1}, MERGE), 422,
         'patch: Invalid value: "{\\"foo\\": 1}": strict decoding error: unknown field "foo"')
    says("wrong type", call("POST", APPS, deployment("w", replicas="3")), 400,
         "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
         "int32")
    bad = deployment("w")
    bad["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    says("selector", call("POST", APPS, bad), 422,
         "`selector` does not match template `labels`")


def test_apply():
    path = APPS + "/d?fieldManager="
    check("apply creates", call("PATCH", path + "one", deployment("d", replicas=0), APPLY).status == 201)
    stored = call("GET", APPS + "/d").json
    check("defaults", stored["spec"]["progressDeadlineSeconds"] == 600)
    again = call("PATCH", path + "one", deployment("d", replicas=0), APPLY).json
    check("no change", again["metadata"]["resourceVersion"] ==
          call("GET", APPS + "/d").json["metadata"]["resourceVersion"])
    says("conflict", call("PATCH", path + "two", {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"replicas": 2}}, APPLY), 409,
        'Apply failed with 1 conflict: conflict with "one": .spec.replicas')
    unknown = deployment("d")
    unknown["spec"]["foo"] = 1
    says("untyped", call("PATCH", path + "one", unknown, APPLY), 500,
         "failed to create typed patch object (default/d; apps/v1, Kind=Deployment): .spec.foo: "
         "field not declared in schema")
    without_env = deployment("d", replicas=0)
    del without_env["spec"]["template"]["spec"]["containers"][0]["env"]
    removed = call("PATCH", path + "one", without_env, APPLY).json
    container = removed["spec"]["template"]["spec"]["containers"][0]
    check("dropped field", "env" not in container and container["image"] == "pause:1", container)
    patched = call("PATCH", APPS + "/d", {"spec": {"template": {"spec": {"containers": [
        {"name": "c", "env": [{"name": "B", "value": "2"}]}]}}}}, STRATEGIC).json
    check("strategic", patched["spec"]["template"]["spec"]["containers"][0]["image"] == "pause:1")


def test_variant():
    entry = {"acc": "H100", "accCount": 1, "maxBatchSize": 64, "perfParms": {
        "decodeParms": {"alpha": "1", "beta": "2"}, "prefillParms": {"gamma": "3", "delta": "4"}}}
    va = {"apiVersion": "llmd.ai/v1alpha1", "kind": "VariantAutoscaling",
          "metadata": {"name": "v"},
          "spec": {"modelID": "m", "modelProfile": {"accelerators": [entry]}}}
    entry["perfParms"]["decodeParms"]["alpha"] = 1
    says("a number", call("POST", VAS, va), 422,
         'VariantAutoscaling.llmd.ai "v" is invalid: spec.modelProfile.accelerators[0].perfParms.'
         'decodeParms.alpha: Invalid value: "integer"')
    entry["perfParms"]["decodeParms"]["alpha"] = "1"
    check("default", call("POST", VAS, va).json["spec"]["variantCost"] == "10.0")
    says("no strategic", call("PATCH", VAS + "/v", {}, STRATEGIC), 415, "unknown format")
    document = call("GET", "/openapi/v3").json["paths"]["apis/llmd.ai/v1alpha1"]
    schemas = call("GET", document["serverRelativeURL"]).json["components"]["schemas"]
    check("schema", "modelProfile" in schemas["VariantAutoscalingSpec"]["properties"])


def test_watch():
    version = call("GET", CORE + "/configmaps").json["metadata"]["resourceVersion"]
    call("POST", CORE + "/configmaps", config_map("w", x="1"))
    call("DELETE", CORE + "/configmaps/w")
    query = "/configmaps?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dw&resourceVersion="
    events = [json.loads(line)["type"]
              for line in call("GET", CORE + query + version).text.splitlines()]
    check("watch", events == ["ADDED", "DELETED"], events)
    old = json.loads(call("GET", CORE + query + "1").text)
    check("too old", old["type"] == "ERROR" and old["object"]["code"] == 410, old)
    says("future", call("GET", CORE + query + "99999999"), 504, "Too large resource version")
    first = call("GET", "/api/v1/namespaces?limit=1").json
    rest = call("GET", "/api/v1/namespaces?continue=" + first["metadata"]["continue"]).json
    check("pages", len(rest["items"]) == first["metadata"]["remainingItemCount"])


def test_faults():
    call("POST", "/sim/faults", "status=429 retry=3 path configmaps times 1")
    limited = call("GET", CORE + "/configmaps")
    check("429", limited.status == 429 and limited.headers["Retry-After"] == "3")
    check("once", call("GET", CORE + "/configmaps").status == 200)
    call("POST", "/sim/faults", "html=200\n")
    check("html", "<html>" in call("GET", CORE + "/configmaps").text)
    call("DELETE", "/sim/faults")
    says("unknown", call("POST", "/sim/faults", "explode"), 400, 'unknown fault "explode"')
    lines = call("GET", "/sim/log").text.splitlines()
    check("log", json.loads(lines[-1])["status"] == 200 and len(lines) > 40, lines[-1])


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
sys.exit(1 if failures else 0)
