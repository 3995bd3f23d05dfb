"""What calls of HTTP endpoints need, and those of API Gateway's own API, which go by path."""

import re
from collections.abc import Iterator, Mapping, Sequence

from workflows.permissions.arguments import Given, given, stem
from workflows.permissions.grant import Gap, Grant, undeclared
from workflows.permissions.place import Place

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-api.html
_API_HOST = re.compile(r"(?:https://)?([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\..+")


def api_needs(
    arguments: Mapping[str, object], place: Place, declared: Sequence[str]
) -> Iterator[Grant | Gap]:
    """Only `IAM_ROLE` signs the call with the machine's role.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    """
    if "IAM_ROLE" not in (auth := _of(arguments, "AuthType")).texts and not auth.dynamic:
        return
    host = next(iter(_of(arguments, "ApiEndpoint").texts), "")
    if parts := _API_HOST.fullmatch(host):
        stage = _text(arguments, "Stage", "$default")
        path = _text(arguments, "Path", "").removeprefix("/")
        route = f"{parts[1]}/{stage}/{_text(arguments, 'Method', 'GET')}/{path}"
        arn = f"arn:{place.partition}:execute-api:{parts[2]}:{place.account_id}:{route}"
        yield Grant("execute-api:Invoke", (arn,))
    elif fitting := tuple(arn for arn in declared if ":execute-api:" in arn):
        yield Grant("execute-api:Invoke", fitting)
    else:
        example = place.arn("execute-api", "API/STAGE/METHOD/PATH")
        yield undeclared("execute-api:Invoke", "ApiEndpoint", example)


def http_needs(
    arguments: Mapping[str, object], place: Place, _: Sequence[str]
) -> Iterator[Grant | Gap]:
    """The endpoint itself, by a condition, and the connection with the secret that it is made of.

    https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions
    """
    endpoint, connection = _of(arguments, "ApiEndpoint"), _of(arguments, "ConnectionArn")
    if endpoint.dynamic or not endpoint.texts or connection.dynamic or not connection.texts:
        yield Gap(
            "states:InvokeHTTPEndpoint",
            "ApiEndpoint",
            "which endpoint is called, and by which connection, does not follow from ApiEndpoint "
            "and ConnectionArn; write them as they are, or allow states:InvokeHTTPEndpoint in the "
            "workflow's statements",
        )
        return
    condition = {"StringEquals": {"states:HTTPEndpoint": endpoint.texts[0]}}
    if method := _of(arguments, "Method").texts:
        condition["StringEquals"]["states:HTTPMethod"] = method[0]
    machine = place.arn("states", f"stateMachine:{place.machine}")
    yield Grant("states:InvokeHTTPEndpoint", (machine,), condition)
    yield Grant("events:RetrieveConnectionCredentials", connection.texts)
    # A connection's secret is called after it.
    name = connection.texts[0].partition(":connection/")[2].partition("/")[0]
    secret = place.arn("secretsmanager", f"secret:events!connection/{name}/*")
    yield Grant("secretsmanager:DescribeSecret", (secret,))
    yield Grant("secretsmanager:GetSecretValue", (secret,))


def path_need(
    action: str, uri: str, request: Mapping[str, object], place: Place, declared: Sequence[str]
) -> Grant | Gap:
    """An action of API Gateway's own API is a method, and the path that it is called on.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html

    Args:
        uri: the path with its variables, such as `/restapis/{restapi_id}`.
    """
    arns = f"arn:{place.partition}:apigateway:{place.region}::"
    path = uri.partition("?")[0].removeprefix("/v2")
    for variable, name in re.findall(r"(\{(\w+)\+?\})", path):
        said = given(request, lambda argument: stem(argument) == stem(name))  # noqa: B023 at once
        if said.dynamic:
            fitting = tuple(arn for arn in declared if arn.startswith(arns))
            example = f"{arns}{path.partition('{')[0]}*"
            return Grant(action, fitting) if fitting else undeclared(action, said.dynamic, example)
        path = path.replace(variable, said.texts[0] if said.texts else "*")
    return Grant(action, (f"{arns}{path}",))


def _of(arguments: Mapping[str, object], name: str) -> Given:
    return given(arguments, lambda other: other == name)


def _text(arguments: Mapping[str, object], name: str, otherwise: str) -> str:
    """What an argument is given, as a part of an ARN."""
    said = _of(arguments, name)
    return said.texts[0] if said.texts else "*" if said.dynamic else otherwise
