"""Requests to routes, and what is said of answers that should not be."""

import time
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from stepgate.authentication import without_secrets
from stepgate.transport import retry_after

# Longer than the 29 s that API Gateway waits for an integration.
ANSWER_SECONDS = 35
# After a deployment it takes up to a minute until a role, a policy or a key is known everywhere.
PUT_OFF_SECONDS = 60
RETRY_SECONDS = 2
NOT_KNOWN_YET = (
    "ACCESS_DENIED",
    "API_CONFIGURATION_ERROR",
    "AccessDeniedException",
    "INVALID_API_KEY",
    "InstanceForbidden",
)

AUTHENTICATION = pytest.StashKey[httpx.Auth]()
"""Where pytest keeps what requests have to have, for the tests."""


class Caller:
    """Calls routes, and again while it is put off; nothing has been started then."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._is_known = False  # a new stage forbids everything for a moment

    def __call__(
        self, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """
        Raises:
            pytest.fail.Exception: there is no answer.
        """
        until = time.monotonic() + PUT_OFF_SECONDS
        while True:
            try:
                answer = self._http.request(method, url, json=body, headers=headers)
            except httpx.TransportError as error:
                line = f"{method} {url} got no answer: {error!r}"
                raise pytest.fail.Exception(line, pytrace=False) from None
            wait = retry_after(answer) or RETRY_SECONDS
            unknown = answer.status_code == HTTPStatus.FORBIDDEN and not self._is_known
            if not (unknown or _is_put_off(answer)) or time.monotonic() + wait > until:
                self._is_known = True
                return answer
            time.sleep(wait)


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


def shown(answer: httpx.Response) -> str:
    """Request, status and body, without what the body repeats of the caller's secrets."""
    request, body = answer.request, without_secrets(answer.text, answer.request)
    asked = f"{request.method} {request.url} {request.content.decode()}".rstrip()
    return f"{asked} answered {answer.status_code}: {body}"


def _is_put_off(answer: httpx.Response) -> bool:
    too_many = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    return too_many or (answer.is_error and any(name in answer.text for name in NOT_KNOWN_YET))
