"""Requests to routes, and failures that show unexpected answers."""

import time
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from stepgate.client.authentication import redact_secrets
from stepgate.client.emulator import STOPPED, is_emulated
from stepgate.client.outcome import retry_after

# Longer than the 29 s that API Gateway waits for an integration.
ANSWER_SECONDS = 35
# After a deployment it takes up to a minute until a role, a policy or a key is known everywhere.
NOT_READY_SECONDS = 60
RETRY_SECONDS = 2

NOT_READY = (
    "ACCESS_DENIED",
    "API_CONFIGURATION_ERROR",
    "AccessDeniedException",
    "INVALID_API_KEY",
)
"""Errors of a route whose stack was just deployed; it has started nothing then."""


class Caller:
    """Calls routes, and again while they are throttled or not ready.

    Args:
        not_ready: more errors that a workflow fails with while its role is not known everywhere.
    """

    def __init__(self, http: httpx.Client, not_ready: Collection[str] = ()) -> None:
        self._http = http
        self._not_ready = (*NOT_READY, *not_ready)
        self._was_reached = False  # a new stage forbids everything for a moment

    def __call__(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        content: bytes | None = None,
    ) -> httpx.Response:
        """
        Args:
            body: is sent as JSON; `content` as it is.

        Raises:
            pytest.fail.Exception: there is no answer.
        """
        until = time.monotonic() + NOT_READY_SECONDS
        while True:
            try:
                answer = self._http.request(
                    method, url, json=body, content=content, headers=headers
                )
            except httpx.TransportError as error:
                stopped = is_emulated(url) and isinstance(error, httpx.ConnectError)
                remedy = f"; {STOPPED}" if stopped else ""
                line = f"{method} {url} got no answer: {error!r}{remedy}"
                raise pytest.fail.Exception(line, pytrace=False) from None
            wait = retry_after(answer) or RETRY_SECONDS
            unknown = answer.status_code == HTTPStatus.FORBIDDEN and not self._was_reached
            if not (unknown or self._is_not_ready(answer)) or time.monotonic() + wait > until:
                self._was_reached = True
                return answer
            time.sleep(wait)

    def _is_not_ready(self, answer: httpx.Response) -> bool:
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            return True
        return answer.is_error and any(name in answer.text for name in self._not_ready)


def expect(answer: httpx.Response, status: int) -> Any:
    """The answer's JSON.

    Raises:
        pytest.fail.Exception: the answer has another status, or is not JSON.
    """
    if answer.status_code == status:
        try:
            return answer.json()
        except ValueError:
            pass
    pytest.fail(f"not {status} with JSON: {shown(answer)}", pytrace=False)


def expect_problem(answer: httpx.Response, status: int) -> Any:
    """The answer's problem document, see RFC 9457.

    Raises:
        pytest.fail.Exception: the answer has another status, or is not one.
    """
    document = expect(answer, status)
    is_problem = answer.headers["Content-Type"] == "application/problem+json"
    if not is_problem or document["status"] != status:
        pytest.fail(f"not a problem document: {shown(answer)}", pytrace=False)
    return document


def shown(answer: httpx.Response) -> str:
    """Request, status and body, without what the body repeats of the caller's secrets."""
    request, body = answer.request, redact_secrets(answer.text, answer.request)
    asked = f"{request.method} {request.url} {request.content.decode()}".rstrip()
    return f"{asked} answered {answer.status_code}: {body}"
