"""Requests that are signed with AWS credentials."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from typing import Any

import botocore.session
import httpx
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from stepgate.client.emulator import CREDENTIALS, is_emulated
from stepgate.client.errors import CredentialsUnusable, one_line
from stepgate.client.outputs import Outputs

_CREDENTIAL_ERRORS = (BotoCoreError, ClientError, RuntimeError)
"""What botocore raises if there are no credentials, STS denies them, or new ones have expired."""


class SignatureAuth(httpx.Auth):
    """Signs each attempt with SigV4: a role's credentials expire, and so does a signature.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        self._sign(request)
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await asyncio.to_thread(self._sign, request)  # it may have to renew the credentials
        yield request

    def _sign(self, request: httpx.Request) -> None:
        # A proxy may change any other header.
        headers = {n: request.headers[n] for n in ("Host", "Content-Type") if n in request.headers}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        frozen = _frozen(self._credentials)
        SigV4Auth(frozen, "execute-api", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))


def signed_url(url: str, outputs: Outputs) -> str:
    """The URL of a WebSocket API, good for a connection that is opened within a minute.

    Raises:
        CredentialsUnusable: there are no AWS credentials to sign with.
    """
    request = AWSRequest("GET", url)
    frozen = _frozen(credentials(outputs))
    SigV4QueryAuth(frozen, "execute-api", outputs.region, expires=60).add_auth(request)
    return str(request.url)


def _frozen(credentials: Credentials) -> Any:
    try:
        return credentials.get_frozen_credentials()
    except _CREDENTIAL_ERRORS as error:
        raise _credentials_error(error) from None


def credentials(outputs: Outputs) -> Credentials:
    """What requests to these routes are signed with.

    https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html"""
    if any(is_emulated(route.url) for route in outputs.routes.values()):
        return Credentials(*CREDENTIALS.values())
    try:
        credentials = botocore.session.get_session().get_credentials()
        if credentials and credentials.get_frozen_credentials():
            return credentials
    except _CREDENTIAL_ERRORS as error:
        raise _credentials_error(error) from None
    raise _credentials_error("none found")


def _credentials_error(error: Exception | str) -> CredentialsUnusable:
    # Further lines may repeat the request, with its security token.
    reason = one_line(str(error).partition("\n")[0])
    return CredentialsUnusable(
        f"the routes require signed requests, and no AWS credentials are usable: {reason}; "
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
