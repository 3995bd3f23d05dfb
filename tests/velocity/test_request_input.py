"""What a route makes of a request, rendered by Velocity and by the emulator's engine."""

import json
from collections.abc import Generator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.http import mapping_templates as templates
from stepgate.http.cors import Cors
from stepgate.http.request_input import MAX_LEVELS
from stepgate.route import RequestValue, Route, request
from tests.counts import counts
from tests.http.documents import json_texts, texts
from tests.velocity.renderers import Emulated, Engine, Velocity

ALL: Mapping[str, RequestValue] = {
    "order": request.body,
    "customer": request.path("customer_id"),
    "dryRun": request.query("dry_run"),
    "trace": request.header("X-Request-Id"),
    "ip": request.context("identity.sourceIp"),
}
BODY_LAST: Mapping[str, RequestValue] = {"trace": ALL["trace"], "order": ALL["order"]}

FORGED = [
    '1, "customer": "other"',
    '{}, "ip": "6.6.6.6"',
    '"a", "b": "c"',
    '"a\\\\", "b": "c"',
    '[1], "x": [2]',
    '{"a": 1}}, {"b": {',
    "1}",
    "{",
    '"',
    '"a" "b"',
    "1 2",
    "{]",
    "[}",
    ":",
    ",",
    "\\",
    '\\"a\\", "b": 1',
]


@pytest.fixture(scope="module")
def emulated() -> Generator[Emulated]:
    with Emulated() as engine:
        yield engine


@pytest.fixture(params=["velocity", "emulated"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def input_text(engine: Engine, members: Mapping[str, RequestValue], **parts: Any) -> str:
    """The text that Step Functions gets as the input."""
    rendering = engine.render(templates.sync_request("ARN", Route(input=members)), **parts)
    return json.loads(rendering.text)["input"]


def test_each_member_is_where_it_belongs(engine: Engine) -> None:
    text = input_text(
        engine,
        ALL,
        body='{"n": 12345678901234567890.10}',
        path={"customer_id": 'it\'s "17"'},
        querystring={"dry_run": "", "other": "x"},
        header={"x-request-id": "é\\ / \u2028 $x #set"},
        context={"identity": {"sourceIp": "192.0.2.1"}},
    )
    assert '"order": {"n": 12345678901234567890.10}, ' in text
    assert json.loads(text) == {
        "order": {"n": 12345678901234567890.10},
        "customer": 'it\'s "17"',
        "dryRun": "",
        "trace": "é\\ / \u2028 $x #set",
        "ip": "192.0.2.1",
    }


def test_an_absent_parameter_is_an_absent_member(engine: Engine) -> None:
    assert json.loads(input_text(engine, ALL)) == {"order": {}}
    without_body = {name: value for name, value in ALL.items() if name != "order"}
    assert json.loads(input_text(engine, without_body, body='{"ip": 1}')) == {}


@pytest.mark.parametrize("members", [ALL, BODY_LAST], ids=["first", "last"])
@pytest.mark.parametrize("body", FORGED)
def test_a_body_adds_no_member(
    engine: Engine, members: Mapping[str, RequestValue], body: str
) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(input_text(engine, members, body=body))


def test_a_body_is_nested_as_deep_as_the_guide_says(engine: Engine) -> None:
    deepest = "[" * MAX_LEVELS + "]" * MAX_LEVELS
    assert json.loads(input_text(engine, ALL, body=deepest))
    with pytest.raises(json.JSONDecodeError):
        json.loads(input_text(engine, ALL, body=f"[{deepest}]"))


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_many_requests_are_their_inputs(velocity: Velocity, count: int) -> None:
    @settings(max_examples=count)
    @given(json_texts, texts, texts, texts, texts)
    def holds(body: str, customer: str, dry_run: str, trace: str, ip: str) -> None:
        text = input_text(
            velocity,
            ALL,
            body=body,
            path={"customer_id": customer},
            querystring={"dry_run": dry_run},
            header={"X-REQUEST-ID": trace},
            context={"identity": {"sourceIp": ip}},
        )
        assert text.startswith(f'{{"order": {body}, "customer": ')
        found = json.loads(text)
        assert [*found] == ["order", "customer", "dryRun", "trace", *(["ip"] if ip else [])]
        assert (found["customer"], found["dryRun"], found["trace"]) == (customer, dry_run, trace)
        assert found.get("ip", "") == ip

    holds()


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_whatever_a_body_is_it_is_exact_or_refused(velocity: Velocity, count: int) -> None:
    pieces = st.lists(st.sampled_from([*'{}[]",:\\ 1a', '"a"', "null"]) | texts, max_size=12)

    @settings(max_examples=count)
    @given(pieces.map("".join) | st.sampled_from(FORGED))
    def holds(body: str) -> None:
        text = input_text(velocity, ALL, body=body, header={"X-Request-Id": "t"})
        try:
            found = json.loads(text)
        except ValueError:
            return
        assert [*found] == ["order", "trace"]
        assert found == {"order": json.loads(body or "{}"), "trace": "t"}

    holds()


# The answer of a synchronous route


def answer(engine: Engine, route: Route, output: Any) -> Mapping[str, str]:
    body = json.dumps({"status": "SUCCEEDED", "output": json.dumps(output), "name": "n"})
    rendering = engine.render(templates.sync_response({}, route, Cors()), body=body)
    assert json.loads(rendering.text) == output
    assert rendering.status is None
    return rendering.headers


def test_a_success_has_the_headers_of_its_route(engine: Engine) -> None:
    route = Route(headers={"Location": "$.at.url", "Cache-Control": "no-store", "X-None": "$.no"})
    own = {"Execution-Name": "n", "Cache-Control": "no-store"}
    assert answer(engine, route, {"at": {"url": '/a?b="c"'}}) == own | {"Location": '/a?b="c"'}
    assert answer(engine, route, {"at": {"url": "/\r\nSet-Cookie: a"}}) == own | {
        "Location": "/  Set-Cookie: a"
    }
    for output in ({}, {"at": 1}, [1], "text", 5, None):
        assert answer(engine, route, output) == own


def test_a_failure_has_none_of_them(engine: Engine) -> None:
    template = templates.sync_response({}, Route(headers={"Location": "/"}), Cors())
    rendering = engine.render(template, body='{"status": "FAILED", "output": "{}"}')
    assert "Location" not in rendering.headers
