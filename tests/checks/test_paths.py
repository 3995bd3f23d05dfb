"""Routes of one's own: what API Gateway takes, and what a route can answer."""

from typing import Any

import pytest

from stepgate.checks import lint_routes, paths
from stepgate.route import Route, request
from stepgate.workflow import Mode, Workflow
from tests.checks.definitions import machine, passing
from tests.findings import error_lines
from tests.located import without_places


def routed(name: str = "echo", mode: Mode = "sync", schema: Any = None, **fields: Any) -> Workflow:
    definition = machine(Echo=passing())
    return Workflow(name, mode, definition, input_schema=schema, route=Route(**fields))


def errors(*workflows: Workflow) -> list[str]:
    return without_places(error_lines(lint_routes(workflows, "stepgate-dev")))


VALID = [
    routed(),
    routed(path="/"),
    routed(timeout_seconds=300),
    routed(path="/orders/{id}", method="GET", input={"id": request.path("id")}),
    routed(path="/v1.0/a_b-c,d", status=303, headers={"Location": "$.to.url", "X-A": "a; b"}),
    routed(mode="async", path="/customers/{c}/orders"),
    routed(mode="async", path="/orders/{id}", execution_path="/runs/{execution}/state", wait=True),
    routed(mode="async", path="/orders/{id}", execution_path="/runs/{execution}"),
    routed(mode="async", path="/o/{id}/run", execution_path="/o/{id}/runs/{execution}"),
    routed(
        input={
            "body": request.body,
            "filter": request.query("filter[name]"),
            "trace": request.header("X-Trace"),
            "user": request.context("authorizer.claims.sub"),
            "ip": request.context("identity.sourceIp"),
        }
    ),
]


@pytest.mark.parametrize("workflow", VALID, ids=lambda workflow: str(workflow.route))
def test_a_valid_route_has_no_error(workflow: Workflow) -> None:
    assert errors(workflow) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"method": "get"}, "method is 'get'; did you mean 'GET'?"),
        ({"method": "HEAD"}, "method is 'HEAD'"),
        ({"private": True}, "its route is private, but a synchronous workflow's executions"),
        ({"path": "orders"}, "path is 'orders'; write segments of"),
        ({"path": "/orders/"}, "path is '/orders/'"),
        ({"path": "//orders"}, "path is '//orders'"),
        ({"path": "/a b"}, "path is '/a b'"),
        ({"path": "/a:b"}, "path is '/a:b'"),
        ({"path": "/{proxy+}"}, "path is '/{proxy+}'"),
        ({"path": "/a{b}"}, "path is '/a{b}'"),
        ({"path": "/{a}/{a}"}, "has a variable twice"),
        ({"path": "/ping"}, "API Gateway reserves"),
        ({"execution_path": "/runs/{execution}"}, "has an execution_path, but a synchronous"),
        ({"wait": True}, "has wait, but a synchronous workflow has no route for executions"),
        ({"status": 404}, "status is 404; write one from 200 to 399"),
        ({"status": 204}, "status is 204"),
        ({"status": "200"}, "status is '200'"),
        ({"timeout_seconds": 301}, "timeout_seconds is 301; write a whole number from 2 to 300"),
        ({"timeout_seconds": 60.5}, "timeout_seconds is 60.5"),
        ({"timeout_seconds": "60"}, "timeout_seconds is '60'"),
        ({"headers": {"Date": "x"}}, "headers have Date, which"),
        ({"headers": {"access-control-max-age": "1"}}, "headers have access-control-max-age"),
        ({"headers": {"X A": "1"}}, "'X A', which is not a valid header name"),
        ({"headers": {"X-A": "it's"}}, 'X-A: "it\'s"; write ASCII text'),
        ({"headers": {"X-A": "$.a[0]"}}, "X-A: '$.a[0]'; write ASCII text"),
        ({"method": "GET"}, "requests have no body"),
        ({"method": "DELETE", "input": {"b": request.body}}, "requests have no body"),
        ({"input": {"a b": request.body}}, "'a b': not a member's name"),
        ({"input": {"a": request.path("id")}}, "but /echo has no such variable"),
        ({"path": "/{user}", "input": {"a": request.path("usr")}}, "did you mean 'user'?"),
        ({"input": {"a": request.query("it's")}}, 'request.query("it\'s")'),
        ({"input": {"a": request.header("X A")}}, "request.header('X A')"),
        ({"input": {"a": request.context("$context.stage")}}, "without $context"),
        ({"input": {"a": request.context("identity.sourceIpp")}}, "mean 'identity.sourceIp'?"),
        ({"input": {"a": request.context("colour")}}, "'colour'), an unknown variable; use one"),
        ({"input": {"a": request.query("a")}, "schema": {"type": "object"}}, "reads no body"),
    ],
)
def test_an_invalid_route_is_one_line(fields: dict[str, Any], said: str) -> None:
    (line,) = errors(routed(**fields))
    assert line.startswith("workflow 'echo': ")
    assert said in line


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"path": "/orders/{id}"}, "write an execution_path"),
        ({"path": "/o/{a}", "execution_path": "/runs/{execution}/{a}"}, "write an execution_path"),
        (
            {"execution_path": "/runs/{id}"},
            "no variable {execution}; write for example /runs/{id}/",
        ),
        ({"path": "/{execution}"}, "which is the variable of execution_path"),
        ({"execution_path": "runs"}, "execution_path is 'runs'"),
        ({"status": 201}, "an asynchronous one answers 202"),
        ({"timeout_seconds": 60}, "an asynchronous one answers 202"),
        ({"headers": {"X-A": "1"}}, "an asynchronous one answers 202"),
    ],
)
def test_an_invalid_asynchronous_route_is_one_line(fields: dict[str, Any], said: str) -> None:
    (line,) = errors(routed(mode="async", **fields))
    assert said in line


def test_routes_that_meet_are_reported() -> None:
    (line,) = errors(routed("a", path="/x"), routed("b", path="/x"))
    assert line == (
        "workflow 'b': POST /x is a route of workflow 'a' already; give one of them another path"
    )
    get: dict[str, Any] = {"method": "GET", "input": {}}
    assert errors(routed("a", path="/x"), routed("b", path="/x", **get)) == []
    (line,) = errors(
        routed("a", mode="async", path="/x"), routed("b", path="/x/{id}", method="GET", input={})
    )
    assert "/x/{id} has {id} where workflow 'a' has {execution}" in line
    assert (
        errors(
            routed("a", mode="async", path="/x", execution_path="/runs/{execution}"),
            routed("b", path="/x/{id}", **get),
        )
        == []
    )
    (line,) = errors(
        routed("a", mode="async", wait=True), routed("b", path="/a/{execution}/wait", **get)
    )
    assert "GET /a/{execution}/wait is a route of workflow 'a' already" in line
    (line,) = errors(
        routed("a", mode="async"), routed("b", path="/a/{execution}", method="GET", input={})
    )
    assert "GET /a/{execution} is a route of workflow 'a' already" in line


@pytest.mark.parametrize(
    ("value", "varies"),
    [
        (request.claim("sub"), False),
        (request.claim("jti"), True),
        (request.context("identity.sourceIp"), True),
        (request.context("requestId"), True),
        (request.context("extendedRequestId"), True),
        (request.header("X-Amzn-Trace-Id"), True),
        (request.context("identity.userArn"), False),
        (request.header("X-Tenant"), False),
        (request.query("requestId"), False),
        (request.body, False),
    ],
)
def test_what_differs_between_retries_is_a_warning(value: Any, varies: bool) -> None:
    said = error_lines(
        paths.recommend_repeatable_inputs([routed(mode="async", input={"it": value})])
    )
    assert bool(said) is varies
    assert not [*paths.recommend_repeatable_inputs([routed(input={"it": value})])]
