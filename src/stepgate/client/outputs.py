"""The outputs of a stack, parsed and checked."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

from stepgate.authorization import SCHEME_NAMES, Kind
from stepgate.client.emulator import is_loopback
from stepgate.client.errors import OutputsUnusable, PulumiFailed, SecretHidden
from stepgate.client.schema import Schema, input_schema

COMMAND = "pulumi stack output --json --show-secrets"

_REQUIRED = ("routes", "region", "authorization")
_HIDDEN = "[secret]"
"""What the Pulumi CLI prints for a secret without `--show-secrets`."""
_KEY = re.compile(r"[!-~]+")

# A subset of what httpx takes. `stepgate routes` does not load httpx, which takes a moment.
_URL = re.compile(
    r"https?://(\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<host>[a-z0-9._-]+))(:(?P<port>[0-9]{1,5}))?"
    r"([/?#][!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_MAX_PORT = 65535

IDEMPOTENCY_KEY = "Idempotency-Key"
EXECUTION_NAME = "Execution-Name"

TOKEN_HEADER = "Authorization"  # noqa: S105 - a header's name
TOKEN_VARIABLE = "STEPGATE_TOKEN"  # noqa: S105 - an environment variable's name
TOKEN_KINDS = ("cognito", "jwt", "lambda")


@dataclass(frozen=True)
class DeployedEvent:
    """An event of a deployed workflow.

    Attributes:
        schema: the JSON Schema of the body, if the event has one.
        per_item: whether each item of a Map has its own.
        authorization, token_header: as those of a route.
    """

    schema: Schema | None
    per_item: bool
    authorization: Kind = "iam"
    token_header: str = TOKEN_HEADER


@dataclass(frozen=True)
class DeployedRoute:
    """The route of a deployed workflow.

    Attributes:
        name: the workflow's name.
        mode: "sync" returns the output, "async" an execution.
        url: where to send the request, with `{name}` in place of each parameter in the path.
        execution_url: the status route of an asynchronous workflow, with `{execution}` in place of
            the execution's name.
        wait_url: the route that answers when an execution has ended, with `{execution}` too; None
            if there is none.
        schema: the JSON Schema of the body, if the workflow has one.
        method: the request's method.
        status: the HTTP status of a success.
        has_body: whether the body is used.
        path, query, headers: the names of the parameters.
        takes_name: whether a call may name its execution.
        description: what the workflow does, for people and agents; empty if it is not said.
        authorization: what it requires, see `Outputs`.
        token_header: the header for the token, if it requires one.
        events: what executions may wait for, by name.
    """

    name: str
    mode: Literal["sync", "async"]
    url: str
    execution_url: str | None
    schema: Schema | None
    method: str = "POST"
    status: int = 200
    has_body: bool = True
    path: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    wait_url: str | None = None
    takes_name: bool = False
    description: str = ""
    authorization: Kind = "iam"
    token_header: str = TOKEN_HEADER
    events: Mapping[str, DeployedEvent] = field(default_factory=dict[str, DeployedEvent])

    @property
    def takes_token(self) -> bool:
        """Whether it requires a token: with `Cognito`, `Jwt` or `LambdaAuthorizer`."""
        return self.authorization in TOKEN_KINDS

    @property
    def authorizations(self) -> set[Kind]:
        """The kinds of authorization that it and its events require."""
        return {self.authorization, *(event.authorization for event in self.events.values())}

    @property
    def urls(self) -> list[str]:
        """Those of `url`, `execution_url` and `wait_url` that there are."""
        return [url for url in (self.url, self.execution_url, self.wait_url) if url]


@dataclass(frozen=True)
class Outputs:
    """The outputs that an app needs.

    Attributes:
        routes: by the workflow's name.
        authorization: what routes require if they do not say it themselves: "iam" signed
            requests, "api-key" a key, "cognito", "jwt" and "lambda" a token, "none" nothing.
        region: the AWS Region, for example `us-east-1`.
        api_key: what routes with "api-key" require; empty if there are none. Of named keys it is
            the first.
        openapi: the API's OpenAPI document.
        definitions: each workflow in the Amazon States Language as its author wrote it, by the
            workflow's name; empty if the outputs have none.
        progress_queue_url: the queue of progress messages; None if no workflow sends any.
        state_machine_arns: each workflow's state machine, by the workflow's name.
        log_groups: the name of each workflow's log group, by the workflow's name.
        live_url: the live API; None if there is none.
        live_authorization: what the live API requires: "tickets" one for each connection, which
            the route of an execution gives, "iam" a signed request, "lambda" a token, "none"
            nothing. A newer stack may have another one, which matters to followers alone.
    """

    routes: Mapping[str, DeployedRoute]
    authorization: Kind
    region: str
    api_key: str = field(repr=False)
    openapi: Mapping[str, Any]
    definitions: Mapping[str, Any]
    progress_queue_url: str | None
    state_machine_arns: Mapping[str, str]
    log_groups: Mapping[str, str]
    live_url: str | None = None
    live_authorization: str = "tickets"

    def state_machine_arn(self, workflow: str) -> str:
        """The ARN of a workflow's state machine.

        Args:
            workflow: the workflow's name.

        Raises:
            OutputsUnusable: the outputs do not have it; the program has to export them all.
        """
        return _named(self.state_machine_arns, "stateMachineArns", workflow)

    def log_group(self, workflow: str) -> str:
        """The name of a workflow's log group.

        Args:
            workflow: the workflow's name.

        Raises:
            OutputsUnusable: the outputs do not have it; the program has to export them all.
        """
        return _named(self.log_groups, "logGroups", workflow)


def _named(texts: Mapping[str, str], output: str, workflow: str) -> str:
    if workflow not in texts:
        raise OutputsUnusable(
            f"output {output} does not have {workflow}; export it, and deploy the stack again"
        )
    return texts[workflow]


def load_outputs(path: str | Path, api: str | None = None) -> Outputs:
    """
    Args:
        path: a file with what `pulumi stack output --json --show-secrets` prints.
        api: as for `parse_outputs`.

    Raises:
        OutputsUnusable: the file cannot be read, or does not hold a stack's outputs.
        SecretHidden: the file does not show the key.
    """
    try:
        document = json.loads(Path(path).read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputsUnusable(f"{path}: {reason}; write it with `{COMMAND}`") from None
    except (RecursionError, ValueError) as error:
        raise OutputsUnusable(f"{path}: not JSON ({error}); write it with `{COMMAND}`") from None
    return parse_outputs(document, api)


def load_pulumi_outputs(stack: str, folder: str | Path, api: str | None = None) -> Outputs:
    """
    Args:
        api: as for `parse_outputs`.

    Raises:
        PulumiFailed: the CLI is missing, or failed.
        OutputsUnusable: the stack has no outputs of Stepgate.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise PulumiFailed(
            "pulumi is not on PATH; install the Pulumi CLI, or write the outputs elsewhere with "
            f"`{COMMAND}` and use the file with --outputs or Stack.from_outputs"
        )
    arguments = [*COMMAND.split()[1:], "--stack", stack, "--cwd", str(folder), "--non-interactive"]
    done = subprocess.run(
        [pulumi, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        reason = lines[-1].strip() if lines else f"exit code {done.returncode}"
        raise PulumiFailed(f"pulumi failed to print the outputs of {stack!r}: {reason}")
    try:
        document = json.loads(done.stdout)
    except (RecursionError, ValueError):
        raise PulumiFailed(f"pulumi did not print JSON for the outputs of {stack!r}") from None
    return parse_outputs(document, api)


def parse_outputs(document: object, api: str | None = None) -> Outputs:
    """
    Args:
        document: the outputs, secrets in plain text.
        api: the output that holds an API's outputs, as a program exports them with
            `pulumi.export("stepgate", shop.outputs)`. None reads them at the top. It is never
            guessed: an app that works with one API would fail when the program gets a second one.

    Raises:
        OutputsUnusable: they are not a stack's, or have a form that this client does not know.
        SecretHidden: they do not show the key.
    """
    outputs = _select(_mapping_or_empty(document), api)
    if missing := [name for name in _REQUIRED if outputs.get(name) is None]:
        raise OutputsUnusable(
            f"not the outputs of a stack: {', '.join(missing)} missing; use what `{COMMAND}` "
            "prints after `pulumi up`"
        )
    authorization = _kind("authorization", outputs["authorization"])
    openapi = _mapping(outputs, "openapi")
    operations = _operations(openapi)
    try:
        routes = {
            name: _route(name, route, authorization, openapi, operations.get(name))
            for name, route in _mapping(outputs, "routes").items()
        }
    except (AttributeError, LookupError, TypeError, ValueError):
        raise OutputsUnusable(
            "output openapi has a form that this client does not know; deploy the stack again"
        ) from None
    if open_ := [n for n, r in routes.items() if r.authorizations != {"none"} and _is_open(r)]:
        raise OutputsUnusable(
            f"output routes.{open_[0]} has no TLS, so its requests would expose their credentials; "
            "use a URL that begins with https://"
        )
    asked = {authorization, *(kind for route in routes.values() for kind in route.authorizations)}
    return Outputs(
        routes=routes,
        authorization=authorization,
        region=str(outputs["region"]),
        api_key=_api_key(outputs) if "api-key" in asked else "",
        openapi=openapi,
        definitions=_mapping(outputs, "definitions"),
        progress_queue_url=_text(outputs, "progressQueueUrl"),
        state_machine_arns=_texts(outputs, "stateMachineArns"),
        log_groups=_texts(outputs, "logGroups"),
        live_url=_live_url(outputs),
        live_authorization=_text(outputs, "liveAuthorization") or "tickets",
    )


def find_apis(document: object) -> list[str | None]:
    """Where a document has the outputs of an API, as `parse_outputs` takes it: None is the top."""
    top = [None] if _is_api(document) else []
    return [*top, *_named_apis(_mapping_or_empty(document))]


def _named_apis(outputs: Mapping[str, Any]) -> list[str]:
    return [name for name, value in outputs.items() if _is_api(value)]


def _is_api(outputs: object) -> bool:
    """An output with routes alone may be a network's."""
    return all(name in _mapping_or_empty(outputs) for name in _REQUIRED)


def _select(outputs: Mapping[str, Any], api: str | None) -> Mapping[str, Any]:
    """The outputs of one API."""
    apis = _named_apis(outputs)
    hint = f"use api={' or '.join(map(repr, apis))} (the command's --api)"
    if api is None:
        if apis and not _is_api(outputs):
            raise OutputsUnusable(f"the API's outputs are under a name; {hint}")
        return outputs
    if api in apis:
        return outputs[api]
    if outputs.get(api) == _HIDDEN:
        raise SecretHidden(f"output {api!r} is hidden; write the outputs with `{COMMAND}`")
    if not apis:
        hint = "export the `outputs` of a WorkflowApi under that name"
    raise OutputsUnusable(f"output {api!r} does not hold an API's outputs; {hint}")


def _mapping_or_empty(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _kind(output: str, value: object) -> Kind:
    if value not in get_args(Kind):
        known = ", ".join(get_args(Kind))
        raise OutputsUnusable(
            f"output {output} is {value!r}; this version knows {known}: install the "
            "version that deployed the stack"
        )
    return cast("Kind", value)


def _api_key(outputs: Mapping[str, Any]) -> str:
    named = outputs.get("apiKeys")
    keys = cast("dict[str, object]", named) if isinstance(named, dict) else {"": named}
    key = outputs.get("apiKey", keys[min(keys)] if keys else None) or _HIDDEN
    if key == _HIDDEN:
        raise SecretHidden(
            "the routes require the key, and output apiKey hides it; write the outputs with "
            f"`{COMMAND}`"
        )
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise OutputsUnusable(
            f"output apiKey is not a valid key; write the outputs again with `{COMMAND}`"
        )
    return key


def _operations(openapi: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The operations of the document by their ids, which are the workflows' names."""
    paths = _mapping_or_empty(openapi.get("paths")).values()
    operations = [each for path in paths for each in _mapping_or_empty(path).values()]
    return {
        str(operation.get("operationId")): operation
        for operation in map(_mapping_or_empty, operations)
    }


def _route(
    name: str,
    route: object,
    authorization: Kind,
    openapi: Mapping[str, Any],
    operation: Mapping[str, Any] | None,
) -> DeployedRoute:
    match route:
        case {"mode": "sync", "url": str(url)} if _is_url(url):
            known = DeployedRoute(name, "sync", url, None, None)
        case {"mode": "async", "url": str(url), "executionUrl": str(execution_url)} if (
            _is_url(url) and _is_url(execution_url) and "{execution}" in execution_url
        ):
            known = DeployedRoute(name, "async", url, execution_url, None)
            known = replace(known, wait_url=_wait_url(cast("dict[str, Any]", route)))
        case _:
            raise OutputsUnusable(f"output routes.{name} is not a valid route: {route!r}")
    more = _mapping_or_empty(route)
    known = replace(
        known,
        method=str(more.get("method", known.method)),
        authorization=_kind(
            f"routes.{name}.authorization", more.get("authorization", authorization)
        ),
    )
    if operation is None:
        return known
    statuses = [int(status) for status in _mapping_or_empty(operation.get("responses"))]
    return replace(
        known,
        schema=input_schema(openapi, operation),
        status=min(statuses, default=known.status),
        has_body="requestBody" in operation,
        path=_parameters(operation, "path"),
        query=_parameters(operation, "query"),
        headers=_parameters(operation, "header"),
        takes_name=_takes_name(operation),
        description=str(operation.get("description", "")),
        token_header=_token_header(openapi, operation),
        events=_events(name, openapi),
    )


def _token_header(openapi: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    schemes = _mapping_or_empty(_mapping_or_empty(openapi.get("components")).get("securitySchemes"))
    for scheme in (schemes.get(name) for each in operation.get("security", ()) for name in each):
        return str(_mapping_or_empty(scheme).get("name", TOKEN_HEADER))
    return TOKEN_HEADER


def _wait_url(route: Mapping[str, Any]) -> str | None:
    """Only stacks of today have it, so one that is wrong is left out, and the status is polled."""
    url = route.get("waitUrl")
    return url if isinstance(url, str) and _is_url(url) and "{execution}" in url else None


def _events(workflow: str, openapi: Mapping[str, Any]) -> dict[str, DeployedEvent]:
    """The events of a workflow, in the order of the document."""
    prefix = f"{workflow}.events."
    found: dict[str, DeployedEvent] = {}
    for path, item in _mapping_or_empty(openapi.get("paths")).items():
        for operation in map(_mapping_or_empty, _mapping_or_empty(item).values()):
            id_ = str(operation.get("operationId"))
            if id_.startswith(prefix):
                found[id_.removeprefix(prefix)] = DeployedEvent(
                    input_schema(openapi, operation),
                    path.endswith("/{item}"),
                    _scheme_kind(operation),
                    _token_header(openapi, operation),
                )
    return found


def _scheme_kind(operation: Mapping[str, Any]) -> Kind:
    """What an operation requires, by the name of its security scheme."""
    schemes = operation.get("security", ())
    names = [str(name) for each in schemes for name in each]
    for kind, name in SCHEME_NAMES.items():
        # Others of one kind are numbered: `jwt2`.
        if any(re.fullmatch(rf"{name}\d*", each) for each in names):
            return kind
    return "none"


def _parameters(operation: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    parameters = operation.get("parameters", ())
    named = [str(each["name"]) for each in parameters if each.get("in") == kind]
    return tuple(name for name in named if name not in {EXECUTION_NAME, IDEMPOTENCY_KEY})


def _takes_name(operation: Mapping[str, Any]) -> bool:
    """Stacks of before leave it to Step Functions to name synchronous executions."""
    return any(each.get("name") == EXECUTION_NAME for each in operation.get("parameters", ()))


def _is_url(text: str) -> bool:
    if not (url := _URL.fullmatch(text)) or int(url["port"] or 0) > _MAX_PORT:
        return False
    host = url["ipv6"] or url["host"]
    if url["ipv6"] or host.replace(".", "").isdigit():
        try:
            ip_address(host)
        except ValueError:
            return False
    return True


def _is_open(route: DeployedRoute) -> bool:
    """Whether requests cross a network unencrypted."""
    urls = [urlsplit(url) for url in route.urls]
    return any(url.scheme == "http" and not is_loopback(url.hostname or "") for url in urls)


def _live_url(outputs: Mapping[str, Any]) -> str | None:
    url = _text(outputs, "liveUrl")
    if url is None:
        return None
    http_url = re.sub("^ws", "http", url)
    if http_url == url or not _is_url(http_url):
        raise OutputsUnusable(f"output liveUrl is {url!r}; it should begin with wss://")
    if url.startswith("ws:") and not is_loopback(urlsplit(url).hostname or ""):
        raise OutputsUnusable(
            "output liveUrl has no TLS, so others could read what is sent; use a URL that begins "
            "with wss://"
        )
    return url


def _mapping(outputs: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = outputs.get(name, {})
    if not isinstance(value, dict):
        raise OutputsUnusable(f"output {name} should be an object, not {value!r}")
    return cast("dict[str, Any]", value)


def _text(outputs: Mapping[str, Any], name: str) -> str | None:
    value = outputs.get(name)
    if value is not None and not isinstance(value, str):
        raise OutputsUnusable(f"output {name} should be a string, not {value!r}")
    return value


def _texts(outputs: Mapping[str, Any], name: str) -> Mapping[str, str]:
    texts = _mapping(outputs, name)
    for key, value in texts.items():
        if not isinstance(value, str):
            raise OutputsUnusable(f"output {name}.{key} should be a string, not {value!r}")
    return texts
