"""A stack's outputs, read and checked."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

import httpx

from stepgate.emulator import is_loopback
from stepgate.errors import OutputsUnusable, PulumiFailed, SecretHidden
from stepgate.schema import Schema, input_schema

COMMAND = "pulumi stack output --json --show-secrets"

_REQUIRED = ("routes", "region", "authorization")
_HIDDEN = "[secret]"
"""What the Pulumi CLI writes for a secret unless it is told to show it."""
_KEY = re.compile(r"[!-~]+")

_LAST_PORT = 65535

Authorization = Literal["iam", "api-key", "none"]


@dataclass(frozen=True)
class Route:
    """Where a workflow is called.

    Attributes:
        name: the workflow's.
        mode: "sync" answers with the output, "async" with an execution.
        url: where to POST the input.
        execution_url: of an asynchronous workflow, with `{execution}` for an execution's name.
        schema: JSON Schema of the input, if the workflow has one.
    """

    name: str
    mode: Literal["sync", "async"]
    url: str
    execution_url: str | None
    schema: Schema | None


@dataclass(frozen=True)
class Outputs:
    """What an app needs of a stack.

    Attributes:
        routes: by the workflow's name.
        authorization: who may call: signed requests, requests with the key, or anybody.
        region: the AWS Region, such as `us-east-1`.
        api_key: with `authorization` "api-key", otherwise empty.
        openapi: the API's OpenAPI document.
        definitions: each workflow in the Amazon States Language as its author wrote it, by its
            name; empty where the stack does not tell.
        progress_queue_url: the queue of progress messages, if there is one.
        instance_id: the example's EC2 instance, if there is one.
    """

    routes: Mapping[str, Route]
    authorization: Authorization
    region: str
    api_key: str = field(repr=False)
    openapi: Mapping[str, Any]
    definitions: Mapping[str, Any]
    progress_queue_url: str | None
    instance_id: str | None


def load_outputs(path: str | Path) -> Outputs:
    """
    Args:
        path: of a file as `pulumi stack output --json --show-secrets` prints it.

    Raises:
        OutputsUnusable: it cannot be read, or is no stack's outputs.
        SecretHidden: it does not show the key.
    """
    try:
        document = json.loads(Path(path).read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputsUnusable(f"{path}: {reason}; write it with `{COMMAND}`") from None
    except (RecursionError, ValueError) as error:
        raise OutputsUnusable(f"{path}: no JSON ({error}); write it with `{COMMAND}`") from None
    return read_outputs(document)


def pulumi_outputs(stack: str, folder: str | Path) -> Outputs:
    """
    Raises:
        PulumiFailed: the CLI is missing, or does not give them.
        OutputsUnusable: they are no outputs of a stack of Stepgate.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise PulumiFailed(
            "there is no pulumi on PATH; install the Pulumi CLI, or write the outputs with "
            f"`{COMMAND}` elsewhere and give the file to --outputs or Stack.from_outputs"
        )
    arguments = [*COMMAND.split()[1:], "--stack", stack, "--cwd", str(folder), "--non-interactive"]
    ended = subprocess.run(
        [pulumi, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        reason = said[-1].strip() if said else f"it ended with {ended.returncode}"
        raise PulumiFailed(f"pulumi did not give the outputs of {stack!r}: {reason}")
    try:
        document = json.loads(ended.stdout)
    except (RecursionError, ValueError):
        raise PulumiFailed(f"pulumi gave no JSON for the outputs of {stack!r}") from None
    return read_outputs(document)


def read_outputs(document: object) -> Outputs:
    """
    Args:
        document: the outputs, secrets in plain text.

    Raises:
        OutputsUnusable: they are no stack's, or of a form that this client does not know.
        SecretHidden: they do not show the key.
    """
    outputs = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if missing := [name for name in _REQUIRED if outputs.get(name) is None]:
        raise OutputsUnusable(
            f"these are not a stack's outputs, for they lack {', '.join(missing)}; give what "
            f"`{COMMAND}` prints after `pulumi up`"
        )
    authorization = outputs["authorization"]
    if authorization not in get_args(Authorization):
        raise OutputsUnusable(
            f"authorization is {authorization!r}, and this client knows iam, api-key and none"
        )
    openapi = _mapping(outputs, "openapi")
    routes = {
        name: _route(name, route, input_schema(openapi, name))
        for name, route in _mapping(outputs, "routes").items()
    }
    if authorization != "none" and (open_ := [n for n, route in routes.items() if _is_open(route)]):
        raise OutputsUnusable(
            f"the output routes.{open_[0]} is without TLS, and whoever is between would have what "
            "authorizes its requests; give a URL that begins with https://"
        )
    return Outputs(
        routes=routes,
        authorization=authorization,
        region=str(outputs["region"]),
        api_key=_api_key(outputs) if authorization == "api-key" else "",
        openapi=openapi,
        definitions=_mapping(outputs, "definitions"),
        progress_queue_url=_text(outputs, "progressQueueUrl"),
        instance_id=_text(outputs, "instanceId"),
    )


def _api_key(outputs: Mapping[str, Any]) -> str:
    key = outputs.get("apiKey", _HIDDEN)
    if key == _HIDDEN:
        raise SecretHidden(
            "the routes ask for the key, and the output apiKey does not show it; "
            f"write the outputs with `{COMMAND}`"
        )
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise OutputsUnusable("the output apiKey is no key: it cannot be sent in a header")
    return key


def _route(name: str, route: object, schema: Schema | None) -> Route:
    match route:
        case {"mode": "sync", "url": str(url)} if _is_url(url):
            return Route(name, "sync", url, None, schema)
        case {"mode": "async", "url": str(url), "executionUrl": str(execution_url)} if (
            _is_url(url) and _is_url(execution_url) and "{execution}" in execution_url
        ):
            return Route(name, "async", url, execution_url, schema)
        case _:
            raise OutputsUnusable(f"the output routes.{name} is no route: {route!r}")


def _is_url(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in {"https", "http"} and bool(url.host) and (url.port or 0) <= _LAST_PORT


def _is_open(route: Route) -> bool:
    """Whether requests go over a network as they are."""
    urls = [httpx.URL(url) for url in (route.url, route.execution_url) if url]
    return any(url.scheme == "http" and not is_loopback(url.host) for url in urls)


def _mapping(outputs: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = outputs.get(name, {})
    if not isinstance(value, dict):
        raise OutputsUnusable(f"the output {name} should be an object, and is {value!r}")
    return cast("dict[str, Any]", value)


def _text(outputs: Mapping[str, Any], name: str) -> str | None:
    value = outputs.get(name)
    if value is not None and not isinstance(value, str):
        raise OutputsUnusable(f"the output {name} should be a string, and is {value!r}")
    return value
