"""Routes with methods, paths and inputs of their own, as clients meet them."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from stepgate.ci.smoke import run_smoke_tests
from stepgate.client.errors import InvalidInput
from stepgate.client.outputs import parse_outputs
from stepgate.client.stack import Stack
from tests.cli.command import Stepgate
from tests.deployed.stacks import Deployed, deploy_beside

APP = "https://app.example.com"
PROGRAM = f"""
import pulumi
from stepgate import Route, Workflow, request
from stepgate.components import WorkflowApi


def echo(_):
    shown = {{"input.$": "$", "location": "/orders/17?a=b"}}
    states = {{"Echo": {{"Type": "Pass", "Parameters": shown, "End": True}}}}
    return {{"StartAt": "Echo", "TimeoutSeconds": 20, "States": states}}


def workflow(name, mode, schema=None, **route):
    return Workflow(name, mode, echo, route=Route(**route), input_schema=schema)


ORDER = {{
    "order": request.body,
    "customer": request.path("customer_id"),
    "dryRun": request.query("dry_run"),
    "trace": request.header("X-Trace"),
    "method": request.context("httpMethod"),
}}
ID = {{"id": request.path("id"), "after": request.query("after")}}
ORDERS = "/customers/{{customer_id}}/orders"
SCHEMA = {{"type": "object", "required": ["sku"]}}
api = WorkflowApi(
    "api",
    workflows=[
        workflow(
            "place", "sync", SCHEMA,
            path=ORDERS, input=ORDER, status=201, headers={{"Location": "$.location"}},
        ),
        workflow("get", "sync", method="GET", path="/orders/{{id}}", input=ID),
        workflow("drop", "sync", method="DELETE", path="/orders/{{id}}", input=ID),
        workflow("find", "sync", method="GET", path="/orders", input={{"q": request.query("q")}}),
        workflow(
            "ship", "async", path="/customers/{{customer_id}}/shipments", input=ORDER, wait=True
        ),
        workflow("bill", "async", path="/orders", execution_path="/bills/{{execution}}"),
    ],
    authorization="none",
    allow_public=True,
    cors=["{APP}"],
    resource_policy={{"Version": "2012-10-17", "Statement": []}},
    security_policy="SecurityPolicy_TLS13_1_3_2025_09",
)
for name, output in api.outputs.items():
    pulumi.export(name, output)
"""
CUSTOMER = """it's "7"/é"""


@pytest.fixture(scope="module")
def routed(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    project = tmp_path_factory.mktemp("routed")
    (project / "Pulumi.yaml").write_text("name: routed\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (project / "__main__.py").write_text(PROGRAM)
    return deploy_beside(deployed, "routed", project)


@pytest.fixture(scope="module")
def stack(routed: Deployed) -> Generator[Stack]:
    with Stack(parse_outputs(routed.outputs)) as stack:
        yield stack


def url(routed: Deployed, workflow: str, **path: str) -> str:
    return routed.url(workflow).format(**path)


def input_of(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()["input"]


def test_an_input_has_all_parts_of_the_request(stack: Stack) -> None:
    order = {"sku": "a", "n": [1, None, "it's"]}
    parameters = {"dry_run": True}
    found = stack.call(
        "place",
        order,
        path={"customer_id": CUSTOMER},
        query=parameters,
        headers={"x-trace": "t 1"},
    )
    assert found["input"] == {
        "order": order,
        "customer": CUSTOMER,
        "dryRun": "true",
        "trace": "t 1",
        "method": "POST",
    }
    least = stack.call("place", {"sku": "a"}, path={"customer_id": 5})["input"]
    assert least == {"order": {"sku": "a"}, "customer": "5", "method": "POST"}


def test_a_success_has_the_status_and_the_headers_of_its_route(routed: Deployed) -> None:
    answer = httpx.post(url(routed, "place", customer_id="1"), json={"sku": "a"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/orders/17?a=b"
    assert answer.headers["Execution-Name"]


def test_methods_of_one_path_are_workflows_of_their_own(stack: Stack, routed: Deployed) -> None:
    for workflow in ("get", "drop"):
        assert stack.call(workflow, path={"id": "a b"}, query={"after": ""})["input"] == {
            "id": "a b",
            "after": "",
        }
    assert url(routed, "get", id="1") == url(routed, "drop", id="1")
    assert input_of(httpx.get(url(routed, "find"), params={"q": ["1", "2"]})) == {"q": "2"}
    assert input_of(httpx.get(url(routed, "find") + "?other=1")) == {}


@pytest.mark.parametrize("body", ['1, "customer": "other"', '{} , "dryRun": "1"', '{"sku": 1}, 5'])
def test_a_body_forges_no_member(routed: Deployed, body: str) -> None:
    for workflow in ("place", "ship"):
        answer = httpx.post(
            url(routed, workflow, customer_id="1"),
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 400, answer.text


def test_the_schema_is_the_bodys(stack: Stack, routed: Deployed) -> None:
    with pytest.raises(InvalidInput, match=r"place: sku is missing"):
        stack.call("place", {}, path={"customer_id": "1"})
    assert httpx.post(url(routed, "place", customer_id="1"), json={}).status_code == 400


def test_an_execution_is_where_the_answer_says(stack: Stack, routed: Deployed) -> None:
    for workflow, path in (("ship", {"customer_id": CUSTOMER}), ("bill", {})):
        execution = stack.start(workflow, {"a": 1}, path=path)
        output = execution.wait(timeout=60)["input"]
        assert output == ({"a": 1} if workflow == "bill" else output)
        assert stack.execution(workflow, execution.name, path=path).status().output
        started = httpx.post(url(routed, workflow, customer_id="c%2Fd"), json={"a": 1})
        location = urljoin(str(started.url), started.headers["Location"])
        assert httpx.get(location).json()["execution"] == started.json()["execution"]
        assert execution.url.rpartition("/")[0].endswith(
            "/bills" if workflow == "bill" else "/shipments"
        )


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ({}, {}, "get: path.id is missing"),
        ({"id": ""}, {}, "get: path.id cannot be empty or dots"),
        ({"id": ".."}, {}, "get: path.id cannot be empty or dots"),
        ({"id": "1"}, {"aftre": "1"}, "get: query.aftre is unknown; did you mean 'after'?"),
        ({"id": "1", "x": "1"}, {}, "get: path.x is unknown; the route has id"),
        ({"id": ["1"]}, {}, "get: path.id is not text: ['1']"),
    ],
)
def test_a_wrong_parameter_is_one_line_and_nothing_is_sent(
    stack: Stack, path: Any, query: Any, said: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        stack.call("get", path=path, query=query)
    assert str(refused.value) == said


def test_a_route_without_a_body_takes_no_input(stack: Stack) -> None:
    with pytest.raises(InvalidInput, match="takes parameters only"):
        stack.call("get", {}, path={"id": "1"})


def test_a_browser_may_send_what_the_routes_read(routed: Deployed) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "GET"}
    for type_ in (None, "text/plain", "text/plain;charset=UTF-8", "application/json"):
        headers = asked | ({"Content-Type": type_} if type_ else {})
        answer = httpx.options(url(routed, "get", id="1"), headers=headers)
        assert answer.status_code == 204, answer.text
        assert answer.headers["Access-Control-Allow-Methods"] == "GET,DELETE"
    odd = {"Content-Type": "text/plain; charset=latin1"}
    assert httpx.options(url(routed, "get", id="1"), headers=asked | odd).status_code == 415
    answer = httpx.options(url(routed, "place", customer_id="1"), headers=asked)
    allowed = answer.headers["Access-Control-Allow-Headers"].split(",")
    assert {"X-Trace", "X-Amz-Content-Sha256"} <= {*allowed}


def test_the_documents_for_clients_know_the_parameters(routed: Deployed) -> None:
    paths = routed.outputs["openapi"]["paths"]
    found = {
        (each["in"], each["name"])
        for each in paths["/customers/{customer_id}/orders"]["post"]["parameters"]
    }
    assert found == {
        ("path", "customer_id"),
        ("query", "dry_run"),
        ("header", "X-Trace"),
        ("header", "Execution-Name"),
    }
    assert "requestBody" not in paths["/orders/{id}"]["get"]
    assert json.dumps(paths).count("Execution-Name") >= 4


def test_the_command_takes_parameters(routed: Deployed, tmp_path: Path) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/outputs.json").write_text(json.dumps(routed.outputs))
    stepgate = Stepgate(tmp_path)
    ended = stepgate.run(*("call", "get", "--path", "id=a=b", "--query", "after=1", "--json"))
    assert json.loads(ended.output)["input"] == {"id": "a=b", "after": "1"}
    path = ("--path", "customer_id=7")
    ended = stepgate.run("start", "ship", *path, "--header", "x-trace=t", "--json")
    execution = json.loads(ended.output)["execution"]
    ended = stepgate.run("watch", "ship", execution, *path, "--json")
    assert ended.code == 0
    assert "GET" in stepgate.run("routes").output
    ended = stepgate.run("call", "get", "--path", "id")
    assert (ended.code, ended.errors) == (
        2,
        "stepgate: Invalid value: --path id: write --path NAME=VALUE (see --help)\n",
    )


def test_smoke_tests_know_all_routes(routed: Deployed, tmp_path: Path) -> None:
    assert run_smoke_tests(routed.outputs, tmp_path / "smoke", None)
