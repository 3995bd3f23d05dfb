"""Commands for a shell that do what the dashboard does. Secrets are never in them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from stepgate.client.outputs import TOKEN_VARIABLE, DeployedRoute

API_KEY_HEADER = "x-api-key"
_KEY_VARIABLE = "STEPGATE_API_KEY"


@dataclass(frozen=True)
class Commands:
    """
    Attributes:
        curl: starts or calls the workflow with the same input at its route; empty if that takes
            parameters, which an execution does not have.
        start: the same with `stepgate`.
        history: prints the states of the execution; empty without its name.
    """

    curl: str
    start: str
    history: str


def commands(
    route: DeployedRoute,
    region: str,
    input_: str | None,
    execution: str | None,
    options: Sequence[str] = (),
) -> Commands:
    """
    Args:
        options: which stack it is, for example `--stack dev`.
    """
    verb = "call" if route.mode == "sync" else "start"
    start = ["stepgate", verb, *options, route.name]
    if input_ is not None and route.has_body:
        start.append(input_)
    history = ["stepgate", "history", *options, route.name, execution or ""]
    has_parameters = route.path or route.query or route.headers
    return Commands(
        curl="" if has_parameters else _curl(route, region, input_),
        start="" if has_parameters else shlex.join(start),
        history=shlex.join(history) if execution else "",
    )


def _curl(route: DeployedRoute, region: str, input_: str | None) -> str:
    parts = ["curl", "--request", route.method, route.url]
    if route.has_body:
        parts += ["--header", "Content-Type: application/json", "--data-raw", input_ or "{}"]
    command = shlex.join(parts)
    # What follows has variables of the shell, and nothing that comes from the stack.
    match route.authorization:
        case "iam":
            command += (
                f" --aws-sigv4 {shlex.quote(f'aws:amz:{region}:execute-api')}"
                ' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
                ' --header "x-amz-security-token: $AWS_SESSION_TOKEN"'
            )
        case "api-key":
            command += f' --header "{API_KEY_HEADER}: ${_KEY_VARIABLE}"'
        case "cognito" | "jwt" | "lambda":
            command += f' --header {shlex.quote(route.token_header + ": ")}"${TOKEN_VARIABLE}"'
        case _:
            pass
    return command
