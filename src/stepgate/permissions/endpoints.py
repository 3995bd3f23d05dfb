"""Permissions for calls of HTTP endpoints, and of API Gateway's own API, which go by path."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from stepgate.permissions.arguments import (
    ArgumentValues,
    find_top_level_values,
    find_values,
    is_dynamic,
    known_beginning,
    name_stem,
)
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.grant import (
    Condition,
    Grant,
    Permission,
    UnresolvedPermission,
    undeclared_resources,
)
from stepgate.permissions.request import as_request, escape_wildcards

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-api.html
_API_HOST = re.compile(r"(?:https://)?([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\..+")
_CONNECTIONS = re.compile("(@|%40)connections")
_CONNECTION_ARN = re.compile(r"arn:[^:]+:events:[^:]*:[^:]*:connection/.+")
_HOST = re.compile(r"https://[^/]+/")


def api_gateway_permissions(
    arguments: Mapping[str, object], context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    """Only `IAM_ROLE` signs the call with the state machine's role.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    """
    auth = _values(arguments, "AuthType")
    # Arguments that are one expression may have any member.
    if arguments and "IAM_ROLE" not in auth.literals and not auth.dynamic:
        return
    host = next(iter(_values(arguments, "ApiEndpoint").literals), "")
    path = _path(arguments)
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    is_connection = path.startswith("@connections")
    action = f"execute-api:{'ManageConnections' if is_connection else 'Invoke'}"
    if parts := _API_HOST.fullmatch(host):
        stage = _arn_part(arguments, "Stage", "$default")
        route = f"{parts[1]}/{stage}/{_arn_part(arguments, 'Method', 'GET')}/{path}"
        arn = replace(context, region=parts[2]).arn("execute-api", route)
        yield Grant(action, (arn,))
    elif fitting := tuple(arn for arn in declared if ":execute-api:" in arn):
        yield Grant(action, fitting)
    else:
        example = context.arn("execute-api", "API/STAGE/METHOD/PATH")
        yield undeclared_resources(action, "ApiEndpoint", example)


def http_permissions(
    arguments: Mapping[str, object], context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    """The endpoint, by a condition, and the connection with its secret.

    https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions
    """
    condition = _endpoint_condition(arguments)
    if condition is None:
        yield UnresolvedPermission(
            "states:InvokeHTTPEndpoint",
            "ApiEndpoint",
            "the host is unknown before the workflow runs; begin ApiEndpoint with a literal "
            "https://HOST/, or allow states:InvokeHTTPEndpoint in the workflow's statements",
        )
    else:
        if method := _values(arguments, "Method").literals:
            equal = {**condition.get("StringEquals", {}), "states:HTTPMethod": method[0]}
            condition = {**condition, "StringEquals": equal}
        machine = context.arn("states", f"stateMachine:{context.state_machine}")
        yield Grant("states:InvokeHTTPEndpoint", (machine,), condition)
    parts = ("Authentication", "InvocationConfig")
    given = [_values(as_request(arguments.get(name)), "ConnectionArn") for name in parts]
    connections = [arn for values in given for arn in values.literals]
    whole = (_values(arguments, name) for name in parts)
    if not connections or any(values.dynamic for values in (*given, *whole)):
        fitting = [arn for arn in declared if _CONNECTION_ARN.fullmatch(arn)]
        if not fitting:
            example = context.arn("events", "connection/NAME/ID")
            yield undeclared_resources(
                "events:RetrieveConnectionCredentials", "ConnectionArn", example
            )
        connections += fitting
    if not connections:
        return
    yield Grant("events:RetrieveConnectionCredentials", tuple(connections))
    # A connection's secret is named after it.
    names = [arn.partition(":connection/")[2].partition("/")[0] for arn in connections]
    secrets = tuple(
        context.arn("secretsmanager", f"secret:events!connection/{name}/*") for name in names
    )
    yield Grant("secretsmanager:DescribeSecret", secrets)
    yield Grant("secretsmanager:GetSecretValue", secrets)


def _endpoint_condition(arguments: Mapping[str, object]) -> Condition | None:
    """On the endpoint, or on what it begins with; None if its host is unknown."""
    given = arguments.get("ApiEndpoint", arguments.get("ApiEndpoint.$"))
    if not isinstance(given, str):
        return None
    if "ApiEndpoint" in arguments and not is_dynamic(given):
        return {"StringEquals": {"states:HTTPEndpoint": given}}
    known = known_beginning(given)
    if not _HOST.match(known):
        return None
    return {"StringLike": {"states:HTTPEndpoint": f"{escape_wildcards(known)}*"}}


def method_permission(
    action: str,
    uri: str,
    request: Mapping[str, object],
    context: ArnContext,
    declared: Sequence[str],
) -> Permission:
    """An action of API Gateway's own API: a method, allowed on the path that it is called on.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html

    Args:
        uri: the path with its variables, for example `/restapis/{restapi_id}`.
    """
    arns = replace(context, account_id="").arn("apigateway", "")
    path = uri.partition("?")[0].removeprefix("/v2")
    for variable, name in re.findall(r"(\{(\w+)\+?\})", path):
        values = find_values(
            request,
            lambda argument: name_stem(argument) == name_stem(name),  # noqa: B023 at once
        )
        if values.dynamic:
            if fitting := tuple(arn for arn in declared if arn.startswith(arns)):
                return Grant(action, fitting)
            example = f"{arns}{path.partition('{')[0]}*"
            return undeclared_resources(action, values.dynamic, example)
        path = path.replace(variable, values.literals[0] if values.literals else "*")
    return Grant(action, (f"{arns}{path}",))


def _values(arguments: Mapping[str, object], name: str) -> ArgumentValues:
    return find_top_level_values(arguments, name.__eq__)


def _path(arguments: Mapping[str, object]) -> str:
    """The path below the stage, with `*` from where only the run knows it."""
    dynamic = arguments.get("Path.$", arguments.get("Path"))
    if isinstance(dynamic, str) and ("Path.$" in arguments or is_dynamic(dynamic)):
        known = "@connections/" if _CONNECTIONS.search(dynamic) else known_beginning(dynamic)
        return f"{known.removeprefix('/')}*"
    return _CONNECTIONS.sub("@connections", _arn_part(arguments, "Path", "").removeprefix("/"))


def _arn_part(arguments: Mapping[str, object], name: str, otherwise: str) -> str:
    """An argument's value as a part of an ARN."""
    values = _values(arguments, name)
    return values.literals[0] if values.literals else "*" if values.dynamic else otherwise
