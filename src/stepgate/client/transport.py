"""Requests to routes, with retries where they are safe, and errors made from responses."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias, cast

import httpx

from stepgate.client.authentication import authentication, redact_secrets
from stepgate.client.emulator import STOPPED, is_emulated, is_loopback
from stepgate.client.errors import (
    AccessDenied,
    CredentialsUnusable,
    ExecutionNotFound,
    InputRejected,
    NoResponse,
    RequestFailed,
    RouteFailed,
    StepgateError,
    Throttled,
    UnexpectedResponse,
    one_line,
)
from stepgate.client.outputs import Outputs
from stepgate.client.response import ACCEPTED_ENCODING, read_response
from stepgate.client.retry_policy import RetryPolicy

_MIN_RESPONSE_TIMEOUT = 1.0
"""Seconds for one response, however little time is left."""

_ssl_context = cache(httpx.create_ssl_context)
"""All clients of a process share one: it takes 50 ms to load the certificate authorities."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

UNEXPECTED_RESPONSE_HINT = "not a response of Stepgate; check the URL in the outputs"

Outcome: TypeAlias = httpx.Response | NoResponse | CredentialsUnusable
"""The result of one attempt."""


class Problem(NamedTuple):
    """The failure that a response describes, as RFC 9457 has it if the response is Stepgate's."""

    error: str | None
    detail: str
    execution: str | None


class Transport:
    """Sends authenticated requests, and never follows a redirect with them."""

    def __init__(self, outputs: Outputs, retry_policy: RetryPolicy) -> None:
        self.retry_policy = retry_policy
        self._outputs = outputs
        self._http = httpx.Client(
            headers={"Accept-Encoding": ACCEPTED_ENCODING},
            verify=_ssl_context(),
            follow_redirects=False,
            mounts=_proxy_bypass(outputs),
        )

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        url: str,
        is_transient: Callable[[Outcome], bool],
        *,
        until: float = math.inf,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Outcome]:
        """The outcome of each attempt; the last one is final.

        Args:
            is_transient: whether the next attempt may have another outcome, and is safe.
            until: when to end at the latest, on the monotonic clock; an attempt that begins just
                before may take a second longer.
        """
        last_by = min(time.monotonic() + self.retry_policy.retry_timeout, until)
        outcomes: list[Outcome] = []
        for pause in self.retry_policy.pauses():
            left = max(until - time.monotonic(), _MIN_RESPONSE_TIMEOUT)
            seconds = min(self.retry_policy.response_timeout, left)
            outcomes.append(outcome := self._attempt(method, url, content, headers, seconds))
            requested = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
            wait = pause + (requested or 0)
            if not is_transient(outcome) or time.monotonic() + wait > last_by:
                break
            time.sleep(wait)
        return outcomes

    def _attempt(
        self,
        method: str,
        url: str,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        seconds: float,
    ) -> Outcome:
        type_ = {} if content is None else {"Content-Type": "application/json"}
        until = time.monotonic() + seconds
        try:
            with self._http.stream(
                method,
                url,
                content=content,
                headers={**type_, **(headers or {})},
                auth=self._authentication,
                timeout=seconds,
            ) as response:
                return read_response(response, until)
        except CredentialsUnusable as error:
            return error
        except httpx.RequestError as error:
            # The text of a protocol error may show what was sent.
            hidden = isinstance(error, httpx.LocalProtocolError)
            reason = type(error).__name__ + ("" if hidden or not str(error) else f" ({error})")
            was_sent = not isinstance(error, _NOT_SENT)
            remedy = (
                STOPPED
                if is_emulated(url) and not was_sent
                else "check that the URL in the outputs is right and reachable"
            )
            return NoResponse(
                f"{method} {url} got no response: {reason}; {remedy}", may_have_arrived=was_sent
            )

    @cached_property
    def _authentication(self) -> httpx.Auth:
        return authentication(self._outputs)


def _proxy_bypass(outputs: Outputs) -> dict[str, None]:
    """No proxy for requests to this machine, whatever the environment says."""
    routes = outputs.routes.values()
    urls = {url for route in routes for url in (route.url, route.execution_url) if url}
    hosts = {httpx.URL(url).host for url in urls}
    return {str(httpx.URL(scheme="all", host=host)): None for host in hosts if is_loopback(host)}


def is_transient(outcome: Outcome) -> bool:
    """Whether a retry may succeed: no response, throttling, a 5xx."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code == HTTPStatus.TOO_MANY_REQUESTS or outcome.is_server_error
    return isinstance(outcome, NoResponse)


def may_have_started(outcome: Outcome) -> bool:
    """Whether a request that starts something may have done so."""
    match outcome:
        case httpx.Response():
            return outcome.is_success or outcome.is_server_error
        case NoResponse():
            return outcome.may_have_arrived
        case CredentialsUnusable():
            return False


def has_status(outcome: Outcome, status: int) -> bool:
    return isinstance(outcome, httpx.Response) and outcome.status_code == status


def read_json(response: httpx.Response) -> Any:
    """
    Raises:
        ValueError: it is not JSON, or is nested too deeply.
    """
    try:
        return response.json()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_problem(response: httpx.Response) -> Problem:
    try:
        document = read_json(response)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Problem(None, _text(response), None)
    members = {
        name: redact_secrets(value, response.request)
        for name, value in cast("dict[str, Any]", document).items()
        if isinstance(value, str)
    }
    # API Gateway's default responses have a message instead.
    messages = [members[name] for name in ("detail", "message", "Message") if name in members]
    return Problem(
        members.get("error"), messages[0] if messages else _text(response), members.get("execution")
    )


def to_error(outcome: Outcome) -> StepgateError:
    """The error for an outcome that the caller of `send` does not expect."""
    if not isinstance(outcome, httpx.Response):
        return outcome
    match outcome.status_code:
        case 400 | 413 | 415:
            class_, hint = InputRejected, "correct the input; nothing was started"
        case 401 | 403:
            class_, hint = AccessDenied, _access_hint(read_problem(outcome))
        case 404:
            class_, hint = ExecutionNotFound, "check the execution's name and the workflow"
        case 429:
            class_, hint = Throttled, "try again later, and less often"
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            class_, hint = RouteFailed, "try again later"
        case _:
            class_, hint = UnexpectedResponse, UNEXPECTED_RESPONSE_HINT
    return response_error(class_, outcome, hint)


def response_error(
    class_: type[RequestFailed], response: httpx.Response, hint: str
) -> RequestFailed:
    """The error for a response, with a hint on what to do."""
    problem = read_problem(response)
    return class_(
        f"{describe_outcome(response)}; {hint}",
        status=response.status_code,
        error=problem.error,
        detail=problem.detail,
        execution=problem.execution,
    )


def describe_outcome(outcome: Outcome) -> str:
    """The request and its outcome, in one line and without secrets."""
    if not isinstance(outcome, httpx.Response):
        return str(outcome)
    error, detail, _ = read_problem(outcome)
    text = one_line(": ".join(part for part in (error, detail) if part)).rstrip(".")
    return f"{outcome.request.method} {outcome.request.url} returned {outcome.status_code}, {text}"


def _access_hint(problem: Problem) -> str:
    match problem.error:
        case "INVALID_API_KEY":
            return "read the stack's outputs again; a new key takes a minute to become valid"
        case "ACCESS_DENIED":
            return "the caller needs execute-api:Invoke on the route"
        case _:
            return (
                'check the URL in output "routes", the clock, and that the credentials have '
                "execute-api:Invoke; a new stage takes a minute to become available"
            )


def _text(response: httpx.Response) -> str:
    """The text of a response that is not a route's, for example a proxy's page."""
    type_ = response.headers.get("Content-Type", "no content type").partition(";")[0]
    text = one_line(redact_secrets(response.content.decode(errors="replace"), response.request))
    return f"{type_}: {text}" if text else response.reason_phrase


def retry_after(response: httpx.Response) -> float | None:
    """The seconds to wait according to `Retry-After`, which is a number or a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = response.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        left = date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)
    except (OverflowError, ValueError):
        return None
    return max(0.0, left.total_seconds())
