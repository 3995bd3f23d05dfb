"""The outcome of a request, and the error that is made from it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias, cast

import httpx

from stepgate.client.authentication import redact_secrets
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
    TokenRejected,
    UnexpectedResponse,
    one_line,
)

UNEXPECTED_RESPONSE_HINT = "not a response of Stepgate; check the URL in the outputs"

Outcome: TypeAlias = httpx.Response | NoResponse | CredentialsUnusable
"""The result of one attempt."""


class Problem(NamedTuple):
    """The failure that a response describes, as RFC 9457 has it if the response is Stepgate's."""

    error: str | None
    detail: str
    execution: str | None


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
        case 401:
            class_, hint = TokenRejected, "get a new token from its issuer"
        case 403:
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
            return "the caller needs execute-api:Invoke on the route, or a token with its scope"
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
