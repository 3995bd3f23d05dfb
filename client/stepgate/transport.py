"""Requests to routes, sent again where that is safe, and answers made into errors."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias, cast

import httpx

from stepgate.authentication import authentication, without_secrets
from stepgate.emulator import is_loopback
from stepgate.errors import (
    AccessRefused,
    CredentialsUnusable,
    InputRefused,
    NoAnswer,
    NotFound,
    RequestFailed,
    RouteFailed,
    StepgateError,
    Throttled,
    UnexpectedAnswer,
    one_line,
)
from stepgate.outputs import Outputs
from stepgate.patience import Patience

_LEAST_SECONDS = 1.0
"""For one answer, however little time is left."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

NO_ROUTE = "no route of Stepgate answers so; see that the URL in the outputs is right"

Outcome: TypeAlias = httpx.Response | NoAnswer | CredentialsUnusable
"""What came of one attempt."""


class Problem(NamedTuple):
    """What an answer says of a failure; RFC 9457, where it is one of Stepgate's."""

    error: str | None
    detail: str
    execution: str | None


class Transport:
    """Sends requests with the stack's signature or key, and never follows a redirect with it."""

    def __init__(self, outputs: Outputs, patience: Patience) -> None:
        self.patience = patience
        self._outputs = outputs
        self._http = httpx.Client(follow_redirects=False, mounts=_direct(outputs))

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        url: str,
        is_passing: Callable[[Outcome], bool],
        *,
        until: float = math.inf,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Outcome]:
        """What came of each attempt; the last one is final.

        Args:
            is_passing: whether what came of an attempt may be otherwise next time, and it is safe
                to try.
            until: on the monotonic clock, by when to end, if the client's patience does not end
                before; an attempt that begins as late as that may take a second.
        """
        last_by = min(time.monotonic() + self.patience.retries, until)
        outcomes: list[Outcome] = []
        for pause in self.patience.pauses():
            seconds = min(self.patience.answer, max(until - time.monotonic(), _LEAST_SECONDS))
            outcomes.append(outcome := self._attempt(method, url, content, headers, seconds))
            asked = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
            wait = pause + (asked or 0)
            if not is_passing(outcome) or time.monotonic() + wait > last_by:
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
            ) as answer:
                return _whole(answer, until)
        except CredentialsUnusable as error:
            return error
        except httpx.RequestError as error:
            # What was sent wrongly may be shown in the text of a protocol's error.
            hidden = isinstance(error, httpx.LocalProtocolError)
            reason = type(error).__name__ + ("" if hidden or not str(error) else f" ({error})")
            return NoAnswer(
                f"{method} {url} got no answer: {reason}; see that the URL in the outputs is "
                "right and can be reached",
                may_have_arrived=not isinstance(error, _NOT_SENT),
            )

    @cached_property
    def _authentication(self) -> httpx.Auth:
        return authentication(self._outputs)


def _direct(outputs: Outputs) -> dict[str, None]:
    """Of what is sent to this machine, no proxy is told that the environment names."""
    routes = outputs.routes.values()
    urls = {url for route in routes for url in (route.url, route.execution_url) if url}
    hosts = {httpx.URL(url).host for url in urls}
    return {str(httpx.URL(scheme="all", host=host)): None for host in hosts if is_loopback(host)}


def _whole(answer: httpx.Response, until: float) -> httpx.Response:
    """The answer with its body, which has to be there by that time.

    A timeout of httpx is for one read, and would let an answer trickle for ever.
    """
    body = bytearray()
    for part in answer.iter_raw():
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer does not end", request=answer.request)
        body += part
    return httpx.Response(
        answer.status_code, headers=answer.headers, content=bytes(body), request=answer.request
    )


def is_passing(outcome: Outcome) -> bool:
    """Whether it may be otherwise in a moment: no answer, throttling, a 5xx."""
    if isinstance(outcome, httpx.Response):
        return outcome.status_code == HTTPStatus.TOO_MANY_REQUESTS or outcome.is_server_error
    return isinstance(outcome, NoAnswer)


def may_have_started(outcome: Outcome) -> bool:
    """Whether a request that starts something may have done so, for all that its outcome tells."""
    match outcome:
        case httpx.Response():
            return outcome.is_success or outcome.is_server_error
        case NoAnswer():
            return outcome.may_have_arrived
        case CredentialsUnusable():
            return False


def has_status(outcome: Outcome, status: int) -> bool:
    return isinstance(outcome, httpx.Response) and outcome.status_code == status


def document_of(answer: httpx.Response) -> Any:
    """
    Raises:
        ValueError: it is not JSON, or nested too deeply to be read.
    """
    try:
        return answer.json()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def problem_of(answer: httpx.Response) -> Problem:
    try:
        document = document_of(answer)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Problem(None, _text(answer), None)
    members = {
        name: without_secrets(value, answer.request)
        for name, value in cast("dict[str, Any]", document).items()
        if isinstance(value, str)
    }
    # API Gateway's own answers, where the API has not replaced them, have a message.
    said = [members[name] for name in ("detail", "message", "Message") if name in members]
    return Problem(
        members.get("error"), said[0] if said else _text(answer), members.get("execution")
    )


def failure(outcome: Outcome) -> StepgateError:
    """The error for an outcome that is none of those that the caller of `send` waits for."""
    if not isinstance(outcome, httpx.Response):
        return outcome
    match outcome.status_code:
        case 400 | 413 | 415:
            class_, hint = InputRefused, "correct the input; nothing was started"
        case 401 | 403:
            class_, hint = AccessRefused, _access_hint(problem_of(outcome))
        case 404:
            class_, hint = NotFound, "see that the name is right, and of this workflow"
        case 429:
            class_, hint = Throttled, "try again later, and less often"
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            class_, hint = RouteFailed, "try again later"
        case _:
            class_, hint = UnexpectedAnswer, NO_ROUTE
    return refusal(class_, outcome, hint)


def refusal(class_: type[RequestFailed], answer: httpx.Response, hint: str) -> RequestFailed:
    """The error for an answer, which it shows, with what to do."""
    problem = problem_of(answer)
    return class_(
        f"{shown(answer)}; {hint}",
        status=answer.status_code,
        error=problem.error,
        detail=problem.detail,
        execution=problem.execution,
    )


def shown(outcome: Outcome) -> str:
    """The request and what came of it, in one line and without secrets."""
    if not isinstance(outcome, httpx.Response):
        return str(outcome)
    error, detail, _ = problem_of(outcome)
    said = one_line(": ".join(part for part in (error, detail) if part)).rstrip(".")
    return f"{outcome.request.method} {outcome.request.url} answered {outcome.status_code}, {said}"


def _access_hint(problem: Problem) -> str:
    match problem.error:
        case "INVALID_API_KEY":
            return "read the stack's outputs anew; a new key takes a minute to be known"
        case "ACCESS_DENIED":
            return "the caller needs execute-api:Invoke on the route"
        case _:
            return (
                "see that the URL is one of the output routes, that the clock is right, and that "
                "the credentials may execute-api:Invoke; a new stage takes a minute to be known"
            )


def _text(answer: httpx.Response) -> str:
    """What no route has written, such as a proxy's page."""
    type_ = answer.headers.get("Content-Type", "no content type").partition(";")[0]
    text = one_line(without_secrets(answer.content.decode(errors="replace"), answer.request))
    return f"{type_}: {text}" if text else answer.reason_phrase


def retry_after(answer: httpx.Response) -> float | None:
    """The seconds that the answer asks to wait, by its `Retry-After`, a number or a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = answer.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        left = date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)
    except (OverflowError, ValueError):
        return None
    return max(0.0, left.total_seconds())
