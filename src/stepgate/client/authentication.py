"""Authentication of requests, as each route's `authorization` requires."""

import re
from collections.abc import AsyncGenerator, Callable, Generator
from typing import TypeAlias

import httpx

from stepgate.authorization import Kind
from stepgate.client.errors import CredentialsUnusable
from stepgate.client.outputs import (
    TOKEN_HEADER,
    TOKEN_VARIABLE,
    DeployedEvent,
    DeployedRoute,
    Outputs,
)

SECRET_HEADERS = ("Authorization", "x-api-key", "x-amz-security-token")

Token: TypeAlias = str | Callable[[], str]
"""A token, or what returns the current one; it is called for each attempt, from any thread."""


def authentication(outputs: Outputs, token: Token | None = None) -> httpx.Auth:
    """
    Args:
        token: for the routes that require one.

    Raises:
        CredentialsUnusable: there are no AWS credentials to sign with, or there is no token.
    """
    kinds: set[tuple[Kind, str]] = {
        (each.authorization, each.token_header)
        for route in outputs.routes.values()
        for each in (route, *route.events.values())
    }
    if len(kinds) > 1:
        return RouteAuth(outputs, token)
    kind, header = next(iter(kinds), (outputs.authorization, TOKEN_HEADER))
    return _authentication(kind, header, outputs, token)


def _authentication(kind: Kind, header: str, outputs: Outputs, token: Token | None) -> httpx.Auth:
    match kind:
        case "none":
            return httpx.Auth()
        case "api-key":
            return ApiKeyAuth(outputs.api_key)
        case "cognito" | "jwt" | "lambda":
            if not token:
                raise CredentialsUnusable(
                    "the route requires a token; give the Stack a token (the command's --token, "
                    f"or {TOKEN_VARIABLE})"
                )
            return TokenAuth(token, header)
        case "iam":
            # Only here is botocore needed, which takes longer to load than all the rest.
            from stepgate.client.signature import SignatureAuth, credentials  # noqa: PLC0415

            return SignatureAuth(credentials(outputs), outputs.region)


def redact_secrets(text: str, request: httpx.Request) -> str:
    """A response's text, without any secrets of the request that it repeats."""
    for name in SECRET_HEADERS:
        if secret := request.headers.get(name):
            text = text.replace(secret, f"[{name}]")
    return re.sub(r"\b(Signature|Credential)=[^,\s]+", r"\1=[hidden]", text)


class ApiKeyAuth(httpx.Auth):
    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["x-api-key"] = self._key
        yield request


class TokenAuth(httpx.Auth):
    """Sends a token; in the header Authorization, behind the word Bearer."""

    def __init__(self, token: Token, header: str) -> None:
        self._token = token
        self._header = header

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        self._send(request)
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        import asyncio  # noqa: PLC0415 - it loads slowly, and only AsyncStack needs it

        await asyncio.to_thread(self._send, request)  # it may have to fetch a new token
        yield request

    def _send(self, request: httpx.Request) -> None:
        token = self._token if isinstance(self._token, str) else self._token()
        prefix = "Bearer " if self._header == TOKEN_HEADER else ""
        request.headers[self._header] = f"{prefix}{token}"


class RouteAuth(httpx.Auth):
    """Of an API whose routes require different things: each request as its route does."""

    def __init__(self, outputs: Outputs, token: Token | None) -> None:
        self._outputs = outputs
        self._token = token
        self._known: dict[tuple[Kind, str], httpx.Auth] = {}
        # Of two that fit, the one with fewer parameters is meant.
        self._routes = sorted(outputs.routes.values(), key=lambda route: route.url.count("{"))

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        yield from self._of(request).sync_auth_flow(request)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        import asyncio  # noqa: PLC0415 - as above

        # It may read credentials from a file, a process or another machine.
        found = await asyncio.to_thread(self._of, request)
        async for each in found.async_auth_flow(request):
            yield each

    def _of(self, request: httpx.Request) -> httpx.Auth:
        route = next((each for each in self._routes if _is_of(request, each)), None)
        outputs = self._outputs
        asked = _event_of(request, route) or route if route else None
        kind = asked.authorization if asked else outputs.authorization
        header = asked.token_header if asked else TOKEN_HEADER
        if (kind, header) not in self._known:
            self._known[kind, header] = _authentication(kind, header, outputs, self._token)
        return self._known[kind, header]


def _is_of(request: httpx.Request, route: DeployedRoute) -> bool:
    """Whether a request is one of a route's, or of one of its executions."""
    url = str(request.url.copy_with(query=None))
    is_start = request.method == route.method and _fits(url, route.url)
    return is_start or bool(route.execution_url and _fits(url, route.execution_url, "(/.*)?"))


def _event_of(request: httpx.Request, route: DeployedRoute) -> DeployedEvent | None:
    """The event that a request sends, if it does."""
    url = str(request.url.copy_with(query=None))
    for name, event in route.events.items():
        path = f"{route.execution_url}/events/{name}" + ("/{item}" if event.per_item else "")
        if request.method == "POST" and _fits(url, path):
            return event
    return None


def _fits(url: str, template: str, rest: str = "") -> bool:
    parts = re.split(r"{[^{}]*}", str(template))
    return bool(re.fullmatch("[^/]*".join(map(re.escape, parts)) + rest, url))
