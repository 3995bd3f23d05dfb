"""Rules for the route of a workflow: its path, its input, and the answer of a success."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import get_args

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.http.openapi import location
from stepgate.json_values import shown
from stepgate.route import (
    EXECUTION_VARIABLE,
    METHODS_WITH_BODY,
    Method,
    RequestValue,
    Route,
    variables,
)
from stepgate.suggestions import suggestion
from stepgate.workflow import Workflow

# A segment may have a colon too, but common clients sign one wrongly. For what else it may have:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
SEGMENT = re.compile(r"[A-Za-z0-9_.,-]+|{[A-Za-z][A-Za-z0-9_]*}")
PATH_RULE = "write segments of letters, digits and _ . , - or {variables}, such as /orders/{id}"
# API Gateway keeps these paths for its own health checks.
RESERVED_PATHS = ("/ping", "/sping")

MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
HEADER = re.compile(r"[A-Za-z0-9-]+")
QUERY = re.compile(r"[!-&(-~]+")
VARIABLE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)
# Of an authorizer there may be any.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
CONTEXT = frozenset(
    {
        *("accountId", "apiId", "awsEndpointRequestId", "deploymentId", "domainName"),
        *("domainPrefix", "extendedRequestId", "httpMethod", "isCanaryRequest", "path"),
        *("protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId"),
        *("resourcePath", "stage", "wafResponseCode", "webaclArn"),
        *("identity.accountId", "identity.apiKey", "identity.apiKeyId", "identity.caller"),
        *("identity.clientCert.clientCertPem", "identity.clientCert.issuerDN"),
        *("identity.clientCert.serialNumber", "identity.clientCert.subjectDN"),
        *("identity.clientCert.validity.notAfter", "identity.clientCert.validity.notBefore"),
        *("identity.cognitoAuthenticationProvider", "identity.cognitoAuthenticationType"),
        *("identity.cognitoIdentityId", "identity.cognitoIdentityPoolId"),
        *("identity.principalOrgId", "identity.sourceIp", "identity.user", "identity.userAgent"),
        *("identity.userArn", "identity.vpcId", "identity.vpceId"),
    }
)
OUTPUT_PATH = re.compile(r"\$(\.[A-Za-z_]\w*)+", re.ASCII)
LITERAL = re.compile(r"[ -&(-~]*")

# An Express execution runs for 5 minutes at most, and ends before its route.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
SECONDS = range(2, 301)

# They have no body, so the output would be lost.
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}
# API Gateway renames or refuses these, or the templates set them already.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
RESERVED_HEADERS = {
    *("connection", "content-length", "date", "execution-name", "host", "server"),
    *("transfer-encoding", "vary", "www-authenticate"),
}

# What a client's second attempt has with another value.
VARYING_HEADERS = {
    *("date", "traceparent", "tracestate", "user-agent", "x-amzn-trace-id", "x-amz-date"),
    *("x-correlation-id", "x-forwarded-for", "x-request-id"),
}
VARYING_CONTEXT = re.compile(
    r"(extendedR|r)equest(Id|Time|TimeEpoch)|awsEndpointRequestId|identity\.(sourceIp|userAgent)"
)

# Another token of the same caller has other ones.
VARYING_CLAIMS = {"auth_time", "event_id", "exp", "iat", "jti", "nbf", "origin_jti"}


def require_valid_routes(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    for workflow in workflows:
        for problem in _problems(workflow):
            yield workflow_finding("require-valid-routes", workflow, problem)


def require_distinct_routes(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    """One method of a path has one workflow, and one place in a path one name of a variable."""
    operations: dict[tuple[str, str], str] = {}
    names: dict[str, tuple[str, str]] = {}
    for workflow in workflows:
        for method, path in _operations(workflow):
            first = operations.setdefault((method, path), workflow.name)
            if first != workflow.name:
                yield workflow_finding(
                    "require-distinct-routes",
                    workflow,
                    f"{method} {path} is a route of workflow {shown(first)} already; give one of "
                    "them another path",
                )
            parent = ""
            for segment in path.split("/"):
                other, user = names.setdefault(parent, (segment, workflow.name))
                if segment.startswith("{") and other.startswith("{") and segment != other:
                    yield workflow_finding(
                        "require-distinct-routes",
                        workflow,
                        f"{path} has {segment} where workflow {shown(user)} has {other}; API "
                        "Gateway takes one name in one place, so use the same, or another path",
                    )
                parent += f"/{segment}"


def recommend_repeatable_inputs(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    """A retry with the same Idempotency-Key is the same request only if its input is the same."""
    for workflow in workflows:
        members = (workflow.route.input or {}).items() if workflow.mode == "async" else ()
        for member, value in members:
            if _varies(value):
                yield workflow_finding(
                    "recommend-repeatable-inputs",
                    workflow,
                    f"{shown(member)} in the route's input differs from request to request, so a "
                    "retry with the same Idempotency-Key is refused with 409; leave it out, or "
                    "expect that",
                )


def _varies(value: RequestValue) -> bool:
    if value.source == "context":
        return bool(VARYING_CONTEXT.fullmatch(value.name))
    if value.source == "claim":
        return value.name in VARYING_CLAIMS
    return value.source == "header" and value.name.lower() in VARYING_HEADERS


def _operations(workflow: Workflow) -> Iterator[tuple[str, str]]:
    yield workflow.route.method, workflow.path
    if workflow.mode == "async":
        yield "GET", workflow.execution_path
        yield "DELETE", workflow.execution_path
        if workflow.events:
            yield "GET", workflow.events_path
        for event in workflow.events:
            yield "POST", workflow.event_path(event)
    if workflow.route.wait:
        yield "GET", workflow.wait_path


def _problems(workflow: Workflow) -> Iterator[str]:
    route = workflow.route
    if route.method not in get_args(Method):
        cure = suggestion(str(route.method).upper(), get_args(Method), "write GET or POST")
        yield f"the route's method is {shown(route.method)}; {cure}"
    elif route.has_body and route.method not in METHODS_WITH_BODY:
        yield (
            f"its route has the method {route.method}, whose requests have no body; write an input "
            "without request.body, or use POST"
        )
    paths: list[str] = []
    if route.path:
        paths += _path_problems("path", workflow.path)
    if route.execution_path:
        paths += _path_problems("execution_path", workflow.execution_path)
    yield from paths
    if workflow.mode == "async":
        if not paths:
            yield from _execution_problems(workflow)
        if (
            replace(
                Route(),
                status=route.status,
                headers=route.headers,
                timeout_seconds=route.timeout_seconds,
            )
            != Route()
        ):
            yield (
                "its route has a status, headers or timeout_seconds, which are a synchronous "
                "route's; an asynchronous one answers 202 with a Location at once"
            )
    else:
        if route.execution_path or route.wait:
            field = "an execution_path" if route.execution_path else "wait"
            yield f"its route has {field}, but a synchronous workflow has no route for executions"
        if route.private:
            yield (
                "its route is private, but a synchronous workflow's executions cannot be read; "
                "leave private out"
            )
    yield from _input_problems(workflow)
    yield from _success_problems(route)


def _path_problems(field: str, path: str) -> Iterator[str]:
    segments = path.split("/")[1:] if path != "/" else []
    if not path.startswith("/") or not all(map(SEGMENT.fullmatch, segments)):
        yield f"the route's {field} is {shown(path)}; {PATH_RULE}"
    elif path in RESERVED_PATHS:
        yield f"the route's {field} is {path}, which API Gateway reserves; use another"
    elif len({*variables(path)}) < len(variables(path)):
        yield f"the route's {field} {path} has a variable twice; give each a name of its own"


def _execution_problems(workflow: Workflow) -> Iterator[str]:
    if EXECUTION_VARIABLE in variables(workflow.path):
        yield (
            f"the route's path {workflow.path} has {{{EXECUTION_VARIABLE}}}, which is the variable "
            "of execution_path; use another name"
        )
    elif EXECUTION_VARIABLE not in variables(workflow.execution_path):
        yield (
            f"the route's execution_path {workflow.execution_path} has no variable "
            f"{{{EXECUTION_VARIABLE}}}; write for example "
            f"{workflow.execution_path.rstrip('/')}/{{{EXECUTION_VARIABLE}}}"
        )
    elif variables(location(workflow)) != [EXECUTION_VARIABLE]:
        yield (
            f"the executions of {workflow.path} would be at {workflow.execution_path}, which the "
            "answer cannot name; write an execution_path in which no other variable comes after "
            "where the two paths part, for example "
            f"/{workflow.name}-executions/{{{EXECUTION_VARIABLE}}}"
        )


def _input_problems(workflow: Workflow) -> Iterator[str]:
    route = workflow.route
    if workflow.input_schema is not None and not route.has_body:
        yield "it has an input_schema, which checks the body, but its route reads no body"
    for member, value in (route.input or {}).items():
        if problem := _member_problem(member, value, workflow.path):
            yield f"the route's input has {shown(member)}: {problem}"


def _member_problem(member: str, value: RequestValue, path: str) -> str | None:
    if not MEMBER.fullmatch(member):
        return "not a member's name; use letters, digits, - and _, beginning with a letter"
    match value.source:
        case "path" if value.name not in variables(path):
            known = variables(path)
            cure = suggestion(value.name, known, f"its variables are {', '.join(known) or 'none'}")
            return f"request.path({value.name!r}), but {path} has no such variable; {cure}"
        case "query" if not QUERY.fullmatch(value.name):
            return f"request.query({value.name!r}); use visible ASCII characters other than '"
        case "header" if not HEADER.fullmatch(value.name):
            return f"request.header({value.name!r}), which is not a valid header name"
        case "context":
            return _context_problem(value.name)
        case _:
            return None


def _context_problem(name: str) -> str | None:
    if not VARIABLE.fullmatch(name):
        return (
            f"request.context({name!r}); write a variable's name without $context, for example "
            "'identity.sourceIp'"
        )
    if name in CONTEXT or name.startswith("authorizer."):
        return None
    cure = suggestion(name, sorted(CONTEXT), "use one of API Gateway's $context")
    return f"request.context({name!r}), an unknown variable; {cure}"


def _success_problems(route: Route) -> Iterator[str]:
    if route.timeout_seconds not in SECONDS:
        yield (
            f"the route's timeout_seconds is {shown(route.timeout_seconds)}; write a whole number "
            f"from {SECONDS[0]} to {SECONDS[-1]}"
        )
    known = {each.value for each in HTTPStatus if HTTPStatus.OK <= each < HTTPStatus.BAD_REQUEST}
    if route.status not in known - BODILESS:
        yield (
            f"the route's status is {shown(route.status)}; write one from 200 to 399 that has a "
            "body"
        )
    for name, value in route.headers.items():
        if not HEADER.fullmatch(name):
            yield f"the route's headers have {shown(name)}, which is not a valid header name"
        elif name.lower() in RESERVED_HEADERS or name.lower().startswith("access-control-"):
            yield f"the route's headers have {name}, which is set already, or cannot be set"
        elif not _is_header_value(value):
            yield (
                f"the route's headers have {name}: {shown(value)}; write ASCII text without ', or "
                "a path into the output, such as $.location"
            )


def _is_header_value(value: str) -> bool:
    pattern = OUTPUT_PATH if value.startswith("$") else LITERAL
    return bool(pattern.fullmatch(value))
