"""The request that calls or starts a workflow, made from what an app gives."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

from stepgate.client.errors import InvalidInput
from stepgate.client.outputs import DeployedRoute
from stepgate.client.schema import Schema
from stepgate.suggestions import suggestion

Parameters: TypeAlias = Mapping[str, str | int | float | bool | None]
"""Values by name; None leaves the parameter out."""

NONE: Parameters = MappingProxyType({})


class RouteRequest(NamedTuple):
    method: str
    url: str
    content: bytes | None
    headers: dict[str, str]


def route_request(
    route: DeployedRoute,
    openapi: Mapping[str, Any],
    input_: Any,
    *,
    path: Parameters,
    query: Parameters,
    headers: Parameters,
) -> RouteRequest:
    """
    Args:
        openapi: the API's document, whose components the input's schema may refer to.

    Raises:
        InvalidInput: the input is not a JSON value or does not match the schema, or a parameter is
            unknown, missing or cannot be sent.
    """
    asked = _texts(route, "query", query, route.query)
    suffix = f"?{urlencode(asked, quote_via=quote)}" if asked else ""
    return RouteRequest(
        route.method,
        fill_path(route, route.url, path) + suffix,
        route_body(route, openapi, input_),
        _texts(route, "headers", headers, route.headers),
    )


def fill_path(route: DeployedRoute, url: str, path: Parameters) -> str:
    """The URL with a value for each of its variables, but for `{execution}`.

    Raises:
        InvalidInput: a value is missing, empty or unknown.
    """
    texts = _texts(route, "path", path, route.path)
    for name in route.path:
        # An empty segment, or one of dots, would be the URL of another route.
        if not texts.get(name, "").strip("."):
            wrong = "cannot be empty or dots" if name in texts else "is missing"
            raise InvalidInput(route.name, f"path.{name}", wrong)
        url = url.replace(f"{{{name}}}", quote(texts[name], safe=""))
    return url


def _texts(
    route: DeployedRoute, kind: str, given: Parameters, known: Iterable[str]
) -> dict[str, str]:
    """The parameters as text, under the names that the route has for them."""
    names = {name.lower() if kind == "headers" else name: name for name in known}
    texts: dict[str, str] = {}
    for name, value in given.items():
        spelled = names.get(name.lower() if kind == "headers" else name)
        if spelled is None:
            otherwise = f"the route has {', '.join(names.values()) or 'none'}"
            raise InvalidInput(
                route.name, f"{kind}.{name}", f"is unknown; {suggestion(name, known, otherwise)}"
            )
        match value:
            case None:
                continue
            case str():
                texts[spelled] = value
            case int() | float():
                texts[spelled] = json.dumps(value)
            case _:
                raise InvalidInput(route.name, f"{kind}.{name}", f"is not text: {value!r}")
        if kind == "headers" and not (texts[spelled].isascii() and texts[spelled].isprintable()):
            raise InvalidInput(route.name, f"{kind}.{name}", "is not printable ASCII")
    return texts


def route_body(route: DeployedRoute, openapi: Mapping[str, Any], value: Any) -> bytes | None:
    """The body of a request; None where the route takes none.

    Raises:
        InvalidInput: the value is not JSON, does not match the schema, or cannot be sent.
    """
    if not route.has_body:
        if value is not None:
            raise InvalidInput(route.name, "", "cannot be sent; the route takes parameters only")
        return None
    return json_body(route.name, value, route.schema, openapi)


def json_body(subject: str, value: Any, schema: Schema | None, openapi: Mapping[str, Any]) -> bytes:
    """A value as the body of a request.

    Args:
        subject: what errors are about.

    Raises:
        InvalidInput: as `route_body`.
    """
    try:
        text = json.dumps({} if value is None else value, ensure_ascii=False, allow_nan=False)
        body = text.encode()
    except (RecursionError, TypeError, ValueError) as error:
        raise InvalidInput(subject, "", f"is not a JSON value: {error}") from None
    if schema is not None:
        from stepgate.client.validation import validate_input  # noqa: PLC0415 - it loads slowly

        # Validate what is sent: a tuple becomes an array, a number as a key a string.
        validate_input(subject, json.loads(text), schema, openapi)
    return body
