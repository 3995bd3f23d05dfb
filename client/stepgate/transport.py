"""Requests to routes, sent again where that is safe, and answers made into errors."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias, cast

import httpx

from stepgate.authentication import authentication, without_secrets
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
)
from stepgate.outputs import Outputs
from stepgate.patience import Patience

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LONGEST_DETAIL = 300

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
        self._http = httpx.Client(timeout=patience.answer, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        url: str,
        is_passing: Callable[[Outcome], bool],
        *,
        retries: float | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Outcome]:
        """What came of each attempt; the last one is final.

        Args:
            is_passing: whether what came of an attempt may be otherwise next time, and it is safe
                to try.
            retries: seconds until the last attempt may begin; by default the client's patience.
        """
        until = time.monotonic() + (self.patience.retries if retries is None else retries)
        outcomes: list[Outcome] = []
        for pause in self.patience.pauses():
            outcomes.append(outcome := self._attempt(method, url, content, headers))
            wait = pause + (_retry_after(outcome) or 0)
            if not is_passing(outcome) or time.monotonic() + wait > until:
                break
            time.sleep(wait)
        return outcomes

    def _attempt(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> Outcome:
        type_ = {} if content is None else {"Content-Type": "application/json"}
        try:
            return self._http.request(
                method,
                url,
                content=content,
                headers={**type_, **(headers or {})},
                auth=self._authentication,
            )
        except CredentialsUnusable as error:
            return error
        except httpx.RequestError as error:
            # What was sent wrongly may be shown in the text of a protocol's error.
            hidden = isinstance(error, httpx.LocalProtocolError)
            reason = type(error).__name__ + ("" if hidden or not str(error) else f" ({error})")
            return NoAnswer(
                f"{method} {url} got no answer: {reason}; see that the URL in the outputs is "
                "right and can be reached, and try again",
                may_have_arrived=not isinstance(error, _NOT_SENT),
            )

    @cached_property
    def _authentication(self) -> httpx.Auth:
        return authentication(self._outputs)


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


def problem_of(answer: httpx.Response) -> Problem:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Problem(None, _shortened(answer), None)
    members = {k: v for k, v in cast("dict[str, Any]", document).items() if isinstance(v, str)}
    # API Gateway's own answers, where the API has not replaced them, have a message.
    detail = members.get("detail") or members.get("message") or members.get("Message")
    return Problem(
        members.get("error"),
        without_secrets(detail, answer.request) if detail else _shortened(answer),
        members.get("execution"),
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


def shown(answer: httpx.Response) -> str:
    """The request and its answer, in one line and without secrets."""
    error, detail, _ = problem_of(answer)
    said = " ".join(f"{error}: {detail}".split() if error else detail.split()).rstrip(".")
    return f"{answer.request.method} {answer.request.url} answered {answer.status_code}, {said}"


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


def _shortened(answer: httpx.Response) -> str:
    """A text that no route has written, such as a proxy's page."""
    type_ = answer.headers.get("Content-Type", "no content type").partition(";")[0]
    text = " ".join(without_secrets(answer.text, answer.request).split())
    if len(text) > _LONGEST_DETAIL:
        text = f"{text[:_LONGEST_DETAIL]}…"
    return f"{type_}: {text}" if text else f"{answer.reason_phrase or 'without a text'}"


def _retry_after(outcome: Outcome) -> float | None:
    return retry_after(outcome) if isinstance(outcome, httpx.Response) else None


def retry_after(answer: httpx.Response) -> float | None:
    """The seconds that the answer asks to wait, by its `Retry-After`, a number or a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = answer.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
