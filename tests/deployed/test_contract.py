"""The HTTP contract, row by row, for workflows that somebody adds: see docs/http.md."""

import json
import time
import uuid
from collections.abc import Generator
from typing import Any
from urllib.parse import quote, urljoin

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import counts
from tests.deployed.stacks import ORIGINS, Deployed, deploy_beside
from tests.http.documents import texts

JSON = {"Content-Type": "application/json"}
NASTY = {
    "it's": 'a "quote", a \\ and a / in it',
    "velocity": "$x #set($y = 1) ${z} $input.body #end",
    "unicode": "é \u2028 😀 \u0001",
    "number": 12345678901234567890,
    "nested": json.dumps({"it's": [1, "\n"]}),
}
LARGEST = 262_144
"""Bytes that Step Functions takes as input."""


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    # Longer than the 29 s that API Gateway waits for an integration.
    with httpx.Client(timeout=35) as client:
        yield client


@pytest.fixture
def now(deployed: Deployed) -> str:
    return deployed.url("now")


@pytest.fixture
def later(deployed: Deployed) -> str:
    return deployed.url("later")


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document, complete but for what the caller looks at."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"]
    assert ("Retry-After" in answer.headers) == (status == 429)
    return document


def ended(http: httpx.Client, execution: str) -> dict[str, Any]:
    """The execution as its status route tells it when it has ended."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = http.get(execution)
        assert answer.status_code == 200, answer.text
        if answer.json()["status"] != "RUNNING":
            return answer.json()
        time.sleep(0.1)
    raise TimeoutError(execution)


def start(http: httpx.Client, url: str, body: Any, **headers: str) -> tuple[str, dict[str, Any]]:
    """The URL of the started execution, by `Location`, and the answer."""
    answer = http.post(url, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert answer.status_code == 202, answer.text
    return urljoin(url, answer.headers["Location"]), answer.json()


# A synchronous workflow


def test_the_answer_is_the_output(http: httpx.Client, now: str) -> None:
    answer = http.post(now, json=NASTY)
    assert (answer.status_code, answer.json()) == (200, NASTY)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Execution-Name"]


def test_a_call_may_name_its_execution(http: httpx.Client, now: str) -> None:
    name = str(uuid.uuid4())
    answer = http.post(now, json={}, headers={"execution-name": name})
    assert (answer.status_code, answer.headers["Execution-Name"]) == (200, name)
    document = problem(http.post(now, json={}, headers={"Execution-Name": "a.b"}), 400)
    assert "Execution-Name" in document["detail"]


@pytest.mark.parametrize(("error", "status"), [("NotFound", 404), ("Conflict", 409)])
def test_a_declared_error_has_its_status_and_its_cause(
    http: httpx.Client, now: str, error: str, status: int
) -> None:
    cause = """it's "gone" \\ é $x"""
    document = problem(http.post(now, json={"fail": error, "cause": cause}), status)
    assert (document["error"], document["detail"]) == (error, cause)
    assert document["execution"]


def test_another_error_is_502_without_its_cause(http: httpx.Client, now: str) -> None:
    answer = http.post(now, json={"fail": "O'Neil", "cause": "arn:secret"})
    document = problem(answer, 502)
    assert document["error"] == "O'Neil"
    assert document["execution"] == answer.headers["Execution-Name"]
    assert "secret" not in json.dumps(document)


def test_a_timeout_is_504(http: httpx.Client, now: str) -> None:
    assert problem(http.post(now, json={"wait": 10}), 504)["execution"]


# An asynchronous workflow


def test_a_start_says_where_the_execution_is(http: httpx.Client, later: str) -> None:
    url, started = start(http, later, NASTY)
    assert url == f"{later}/{started['execution']}"
    assert started["location"] == f"later/{started['execution']}"
    assert started["status"] == "RUNNING"
    assert started["executionArn"].endswith(f":{started['execution']}")
    execution = ended(http, url)
    assert execution.pop("startDate") == started["startDate"]
    assert execution.pop("stopDate") >= started["startDate"]
    assert execution == {
        "executionArn": started["executionArn"],
        "execution": started["execution"],
        "status": "SUCCEEDED",
        "version": 1,
        "input": NASTY,
        "output": NASTY,
    }


def test_a_failed_execution_tells_why(http: httpx.Client, later: str) -> None:
    url, _ = start(http, later, {"fail": "NotFound", "cause": """it's "gone" \\"""})
    execution = ended(http, url)
    assert execution["status"] == "FAILED"
    assert (execution["error"], execution["cause"]) == ("NotFound", """it's "gone" \\""")
    assert "output" not in execution


def test_the_cause_of_an_undeclared_error_is_not_shown(http: httpx.Client, later: str) -> None:
    url, _ = start(http, later, {"fail": "O'Neil", "cause": "arn:secret"})
    execution = ended(http, url)
    assert (execution["status"], execution["error"]) == ("FAILED", "O'Neil")
    assert "cause" not in execution


def test_a_running_execution_can_be_stopped_and_an_ended_one_stays_as_it_is(
    http: httpx.Client, later: str
) -> None:
    url, _ = start(http, later, {"wait": 9})
    assert http.get(url).json()["status"] == "RUNNING"
    assert "stopDate" not in http.get(url).json()
    stopped = http.delete(url)
    assert stopped.status_code == 202
    assert stopped.json().keys() == {"stopDate"}
    execution = ended(http, url)
    assert execution["status"] == "ABORTED"
    assert http.delete(url).status_code == 202
    assert http.get(url).json() == execution


@pytest.mark.parametrize("spelling", ["Idempotency_Key", "idempotency_key", "IDEMPOTENCY_KEY"])
def test_the_same_key_and_input_is_the_same_execution_while_it_runs(
    http: httpx.Client, later: str, spelling: str
) -> None:
    key = uuid.uuid4().hex
    first, started = start(http, later, {"wait": 9}, **{spelling: key})
    again, _ = start(http, later, {"wait": 9}, **{spelling: key})
    assert started["execution"] == key
    assert first == again == f"{later}/{key}"


def test_a_key_that_was_used_is_409_and_leads_to_its_execution(
    http: httpx.Client, later: str
) -> None:
    key = uuid.uuid4().hex
    url, _ = start(http, later, {"wait": 4}, Idempotency_Key=key)
    headers = {"Idempotency-Key": key}
    other = problem(http.post(later, json={"wait": 0}, headers=headers), 409)
    assert (other["error"], other["execution"]) == ("ExecutionAlreadyExists", key)
    text = problem(http.post(later, content='{"wait":  4}', headers={**headers, **JSON}), 409)
    assert text["execution"] == key, "inputs are compared as text"
    ended(http, url)
    assert problem(http.post(later, json={"wait": 4}, headers=headers), 409)["execution"] == key


@pytest.mark.parametrize("key", ["", "a.b", "a b", "a:b", "$key", 'a"b', "a" * 81])
def test_a_key_of_another_form_is_400(http: httpx.Client, later: str, key: str) -> None:
    document = problem(http.post(later, json={}, headers={"Idempotency-Key": key}), 400)
    assert "Idempotency-Key" in document["detail"]


def test_an_unknown_execution_is_404(http: httpx.Client, later: str) -> None:
    for answer in (http.get(f"{later}/unknown"), http.delete(f"{later}/unknown")):
        assert problem(answer, 404)["error"] == "ExecutionDoesNotExist"


def test_an_execution_of_another_workflow_cannot_be_reached(
    http: httpx.Client, deployed: Deployed, later: str
) -> None:
    url, started = start(http, later, {"wait": 9})
    name, arn = started["execution"], started["executionArn"]
    other = deployed.url("told-later")
    machine = arn.rsplit(":", 2)[1]
    for path in (name, arn, f"x:{name}", f":{name}", f"../later/{name}", f"{machine}:{name}", ".."):
        for place in (quote(path, safe=""), quote(path, safe=":"), quote(path, safe="")[:200]):
            for answer in (http.get(f"{other}/{place}"), http.delete(f"{other}/{place}")):
                assert answer.status_code in {403, 404}, answer.text
                assert name not in answer.text.replace(place, "")
    assert http.get(url).json()["status"] in {"RUNNING", "SUCCEEDED"}, "nobody stopped it"


def test_the_status_route_speaks_json_whatever_is_accepted(http: httpx.Client, later: str) -> None:
    url, _ = start(http, later, {})
    answer = http.get(url, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


# Both

BOTH = ["now", "later"]


@pytest.mark.parametrize("workflow", BOTH)
@pytest.mark.parametrize(
    "body", [b"it's no JSON", b"{", b"[]", b'{"wait": "long"}', b'{"fail": 5}']
)
def test_a_body_that_breaks_the_schema_is_400(
    http: httpx.Client, deployed: Deployed, workflow: str, body: bytes
) -> None:
    document = problem(http.post(deployed.url(workflow), content=body, headers=JSON), 400)
    assert f"requestBody of POST /{workflow} in" in document["detail"]


def test_a_body_that_is_no_json_is_400_without_a_schema_too(
    http: httpx.Client, deployed: Deployed
) -> None:
    answer = http.post(deployed.url("free"), content=b"it's no JSON", headers=JSON)
    assert problem(answer, 400)["error"] == "InvalidExecutionInput"


@pytest.mark.parametrize("workflow", BOTH)
def test_an_empty_body_is_an_empty_object(
    http: httpx.Client, deployed: Deployed, workflow: str
) -> None:
    answer = http.post(deployed.url(workflow), content=b"", headers=JSON)
    assert answer.is_success
    if workflow == "now":
        assert answer.json() == {}


@pytest.mark.parametrize("workflow", BOTH)
@pytest.mark.parametrize("type_", ["text/plain", "application/xml", "application/x-amz-json-1.0"])
def test_another_content_type_is_415(
    http: httpx.Client, deployed: Deployed, workflow: str, type_: str
) -> None:
    body = json.dumps({"stateMachineArn": deployed.outputs["stateMachineArns"]["later"]})
    answer = http.post(deployed.url(workflow), content=body, headers={"Content-Type": type_})
    assert problem(answer, 415)["error"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("workflow", BOTH)
@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8"])
def test_json_may_say_its_charset(
    http: httpx.Client, deployed: Deployed, workflow: str, space: str, charset: str
) -> None:
    headers = {"Content-Type": f"application/json;{space}charset={charset}"}
    assert http.post(deployed.url(workflow), content=b"{}", headers=headers).is_success


def sized(size: int) -> bytes:
    return json.dumps({"a": "x" * (size - len('{"a": ""}'))}).encode()


# The emulator counts a little more into an output, which this workflow's input becomes.
@pytest.mark.parametrize(("workflow", "largest"), [("now", LARGEST - 1_000), ("later", LARGEST)])
def test_a_body_larger_than_an_input_is_400(
    http: httpx.Client, deployed: Deployed, workflow: str, largest: int
) -> None:
    url = deployed.url(workflow)
    assert http.post(url, content=sized(largest), headers=JSON).is_success
    assert problem(http.post(url, content=sized(LARGEST + 1), headers=JSON), 400)


def test_an_unknown_path_or_method_is_403_that_says_so(
    http: httpx.Client, now: str, later: str
) -> None:
    for answer in (http.post(f"{now}x", json={}), http.get(now), http.put(f"{later}/x", json={})):
        assert "does not have this path or method" in problem(answer, 403)["detail"]


# CORS

APP, ADMIN = ORIGINS
EVIL = "https://evil.example.com"


def cors(answer: httpx.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k.startswith("access-control-")}


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_preflight_needs_no_key_and_allows_what_the_route_has(
    http: httpx.Client, now: str, later: str, origin: str
) -> None:
    for url, methods in ((now, "POST"), (later, "POST"), (f"{later}/x", "GET,DELETE")):
        answer = http.options(
            url, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert answer.status_code == 204
        assert answer.headers["Vary"] == "Origin"
        allowed = cors(answer)
        assert allowed["access-control-allow-origin"] == origin
        assert allowed["access-control-allow-methods"] == methods
        assert {"Idempotency-Key", "Authorization", "X-Api-Key"} <= set(
            allowed["access-control-allow-headers"].split(",")
        )


def test_a_listed_origin_may_read_answers_and_errors(
    http: httpx.Client, now: str, later: str
) -> None:
    headers = {"Origin": ADMIN}
    for answer in (
        http.post(now, json={}, headers=headers),
        http.post(now, json={"fail": "NotFound", "cause": ""}, headers=headers),
        http.post(later, json={}, headers=headers),
        http.get(f"{later}/unknown", headers=headers),
        http.post(now, content=b"{", headers=headers | JSON),
        http.post(now, content=b"{", headers=headers | {"Content-Type": "text/plain"}),
    ):
        assert answer.headers["Vary"] == "Origin"
        assert cors(answer) == {
            "access-control-allow-origin": ADMIN,
            "access-control-expose-headers": "Execution-Name,Location,Retry-After",
        }


def test_another_origin_may_read_no_answer(http: httpx.Client, now: str) -> None:
    answer = http.post(now, json={}, headers={"Origin": EVIL})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in cors(answer)


def test_without_origins_there_is_no_cors_header(http: httpx.Client, deployed: Deployed) -> None:
    url = deploy_beside(deployed, "closed", workflows=["now", "order"], corsOrigins=[]).url("now")
    headers = {"Origin": APP}
    for answer in (
        http.post(url, json={"fail": "NotFound", "cause": ""}, headers=headers),
        http.post(url, content=b"{", headers=headers | JSON),
        http.get(url, headers=headers),
        http.options(url, headers=headers | {"Access-Control-Request-Method": "POST"}),
    ):
        assert answer.is_client_error
        assert cors(answer) == {}


# There and back

finite = st.none() | st.booleans() | st.integers() | texts
finite |= st.floats(allow_nan=False, allow_infinity=False)
objects = st.dictionaries(
    texts.filter(lambda key: key not in {"fail", "wait"}),
    st.recursive(
        finite,
        lambda v: st.lists(v, max_size=3) | st.dictionaries(texts, v, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


@pytest.mark.proof
@counts(40, bench=200)
def test_many_documents_go_there_and_come_back(http: httpx.Client, later: str, count: int) -> None:
    @settings(max_examples=count)
    @given(objects)
    def holds(document: dict[str, Any]) -> None:
        url, _ = start(http, later, document)
        assert http.get(url).json()["input"] == document
        assert ended(http, url)["output"] == document

    holds()
