"""Carries out exchanges with routes."""

import time
from functools import cache, cached_property
from typing import Any, cast

import httpx

from stepgate.client.authentication import Token, authentication
from stepgate.client.emulator import STOPPED, is_emulated, is_loopback
from stepgate.client.errors import CredentialsUnusable, NoResponse
from stepgate.client.exchange import Attempt, Blocking, Exchange, Pause, T
from stepgate.client.outcome import Outcome
from stepgate.client.outputs import Outputs
from stepgate.client.response import ACCEPTED_ENCODING, PartialResponse
from stepgate.client.time_limit import limit_streams, time_limit

ssl_context = cache(httpx.create_ssl_context)
"""All clients of a process share one: it takes 50 ms to load the certificate authorities."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


class Transport:
    """Sends authenticated requests, and never follows a redirect with them.

    Args:
        transport: what carries requests instead of the network, for an app's own tests.
        token: for the routes that require one.
    """

    def __init__(
        self,
        outputs: Outputs,
        transport: httpx.BaseTransport | None = None,
        token: Token | None = None,
    ) -> None:
        self._outputs = outputs
        self._token = token
        self._http = httpx.Client(transport=transport, **client_options(outputs))
        limit_streams(self._http)

    def close(self) -> None:
        self._http.close()

    def run(self, exchange: Exchange[T]) -> T:
        """The result of an exchange. What interrupts it is raised in it, too."""
        try:
            step = next(exchange)
            while True:
                try:
                    result = self.carry_out(step)
                except BaseException as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(result)
        except StopIteration as end:
            return end.value

    def carry_out(self, step: Attempt | Pause | Blocking) -> Any:
        match step:
            case Attempt():
                return self._attempt(step)
            case Pause():
                return time.sleep(step.seconds)
            case Blocking():
                return step.function()

    def _attempt(self, attempt: Attempt) -> Outcome:
        try:
            with (
                time_limit(attempt.seconds),
                self._http.stream(
                    **request_arguments(attempt), auth=self._authentication
                ) as response,
            ):
                partial = PartialResponse(response)
                # Not iter_raw, which refuses a response that is made for a test.
                for part in cast("httpx.SyncByteStream", response.stream):
                    partial.add(part)
                    if partial.is_too_large:
                        break
                return partial.complete()
        except CredentialsUnusable as error:
            return error
        except httpx.RequestError as error:
            return no_response(attempt, error)

    @cached_property
    def _authentication(self) -> httpx.Auth:
        return authentication(self._outputs, self._token)


def client_options(outputs: Outputs) -> dict[str, Any]:
    """Of a client of httpx, with or without asyncio."""
    return {
        "headers": {"Accept-Encoding": ACCEPTED_ENCODING},
        "verify": ssl_context(),
        "follow_redirects": False,
        "mounts": _proxy_bypass(outputs),
    }


def _proxy_bypass(outputs: Outputs) -> dict[str, None]:
    """No proxy for requests to this machine, whatever the environment says."""
    urls = {url for route in outputs.routes.values() for url in route.urls}
    hosts = {httpx.URL(url).host for url in urls}
    return {str(httpx.URL(scheme="all", host=host)): None for host in hosts if is_loopback(host)}


def request_arguments(attempt: Attempt) -> dict[str, Any]:
    """Of a request of such a client."""
    return {
        "method": attempt.method,
        "url": attempt.url,
        "content": attempt.content,
        "headers": attempt.headers,
        "timeout": attempt.seconds,
    }


def no_response(attempt: Attempt, error: httpx.RequestError) -> NoResponse:
    """The outcome of an attempt that got no response, or only a part of one."""
    # The text of a protocol error may show what was sent.
    hidden = isinstance(error, httpx.LocalProtocolError)
    reason = type(error).__name__ + ("" if hidden or not str(error) else f" ({error})")
    was_sent = not isinstance(error, _NOT_SENT)
    remedy = (
        STOPPED
        if is_emulated(attempt.url) and not was_sent
        else "check that the URL in the outputs is right and reachable"
    )
    return NoResponse(
        f"{attempt.method} {attempt.url} got no response: {reason}; {remedy}",
        may_have_arrived=was_sent,
    )
