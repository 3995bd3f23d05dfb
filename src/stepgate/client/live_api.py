"""A stack's live API, and what it requires of a connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, NamedTuple, cast, get_args

import httpx

from stepgate.client.authentication import Token
from stepgate.client.errors import (
    AccessDenied,
    CredentialsUnusable,
    ExecutionNotFound,
    InputRejected,
    InvalidMessage,
    LiveUnavailable,
    RequestFailed,
    RouteFailed,
    Throttled,
    TokenRejected,
    UnexpectedResponse,
    one_line,
)
from stepgate.client.live_frame import Problem
from stepgate.client.outcome import UNEXPECTED_RESPONSE_HINT, response_error
from stepgate.client.outputs import TOKEN_HEADER, TOKEN_VARIABLE, Outputs

LiveKind = Literal["tickets", "iam", "lambda", "none"]
"""How the outputs name what the live API requires: of the kinds that routes have, and tickets."""


class Connect(NamedTuple):
    """A connection is opened, and the one before closed.

    Attributes:
        headers: of the handshake.
        name: the URL as errors show it, without a signature.
    """

    url: str
    headers: Mapping[str, str]
    name: str


@dataclass(frozen=True)
class LiveApi:
    """
    Attributes:
        url: the output `liveUrl`.
        authorization: the output `liveAuthorization`.
    """

    url: str
    authorization: LiveKind
    _outputs: Outputs = field(repr=False)
    _token: Token | None = field(repr=False)

    @property
    def takes_tickets(self) -> bool:
        """Whether each connection needs a ticket."""
        return self.authorization == "tickets"

    def connection(self) -> Connect:
        """What opens one; it may have to read or renew credentials.

        Raises:
            CredentialsUnusable: there are no AWS credentials to sign with, or there is no token.
        """
        url, headers = self.url, dict[str, str]()
        match self.authorization:
            case "iam":
                # botocore takes longer to load than all the rest.
                from stepgate.client.signature import signed_url  # noqa: PLC0415

                url = signed_url(url, self._outputs)
            case "lambda":
                if not self._token:
                    raise CredentialsUnusable(
                        "the live API requires a token; give the Stack a token (the command's "
                        f"--token, or {TOKEN_VARIABLE})"
                    )
                token = self._token if isinstance(self._token, str) else self._token()
                headers[TOKEN_HEADER] = f"Bearer {token}"
            case "tickets" | "none":
                pass
        return Connect(url, headers, self.url)


def live_api(outputs: Outputs, token: Token | None) -> LiveApi:
    """
    Raises:
        LiveUnavailable: the stack has none, or one with an authorization that this client does not
            know.
    """
    if outputs.live_url is None:
        raise LiveUnavailable(
            "the stack has no live API: create its WorkflowApi with live=True, and redeploy"
        )
    kind = outputs.live_authorization
    if kind not in get_args(LiveKind):
        known = ", ".join(get_args(LiveKind))
        raise LiveUnavailable(
            f"output liveAuthorization is {kind!r}, and this client knows {known}; update "
            "pulumi-stepgate"
        )
    return LiveApi(outputs.live_url, cast("LiveKind", kind), outputs, token)


def handshake_error(url: str, status: int, body: bytes) -> RequestFailed:
    """The error for a connection that was refused."""
    match status:
        case 401:
            class_, hint = TokenRejected, "get a new token from its issuer"
        case 403:
            class_, hint = (
                AccessDenied,
                "check output liveUrl, the clock, and that the caller may connect",
            )
        case 429:
            class_, hint = Throttled, "try again later"
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            class_, hint = RouteFailed, "try again later"
        case _:
            class_, hint = UnexpectedResponse, UNEXPECTED_RESPONSE_HINT
    request = httpx.Request("GET", url)
    return response_error(class_, httpx.Response(status, content=body, request=request), hint)


def problem_error(workflow: str, execution: str, problem: Problem) -> RequestFailed:
    """The error for an execution that is not followed."""
    match problem.status:
        case 400:
            class_, hint = InputRejected, "update this client"
        case 403:
            class_, hint = AccessDenied, "the ticket was not accepted, or the caller may not follow"
        case 404:
            class_, hint = ExecutionNotFound, "check the execution's name and the workflow"
        case 429:
            class_, hint = Throttled, "try again later"
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            class_, hint = RouteFailed, "try again later"
        case _:
            class_, hint = UnexpectedResponse, "update this client"
    status, detail = problem.status, one_line(problem.detail)
    return class_(
        f"{workflow}: {execution} cannot be followed: {status} {detail.rstrip('.')}; {hint}",
        status=status,
        error=None,
        detail=detail,
        execution=execution,
    )


def frame_error(
    workflow: str, execution: str, frame: str | bytes, reason: InvalidMessage
) -> UnexpectedResponse:
    """The error for a frame that the live API does not send."""
    text = frame if isinstance(frame, str) else frame.decode(errors="replace")
    return UnexpectedResponse(
        f"{workflow}: {execution} cannot be followed: {one_line(str(reason))}; update this client, "
        f"or check output liveUrl: it sent {one_line(text)}",
        status=HTTPStatus.SWITCHING_PROTOCOLS,
        error=None,
        detail=one_line(text),
        execution=execution,
    )
