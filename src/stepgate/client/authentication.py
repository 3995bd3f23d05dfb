"""Authentication of requests, as the stack's `authorization` requires."""

import re
from collections.abc import Generator

import botocore.session
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from stepgate.client.emulator import CREDENTIALS, is_emulated
from stepgate.client.errors import CredentialsUnusable, one_line
from stepgate.client.outputs import Outputs

_CREDENTIAL_ERRORS = (BotoCoreError, ClientError, RuntimeError)
"""What botocore raises if there are no credentials, STS denies them, or new ones have expired."""

SECRET_HEADERS = ("Authorization", "x-api-key", "x-amz-security-token")


def authentication(outputs: Outputs) -> httpx.Auth:
    """
    Raises:
        CredentialsUnusable: there are no AWS credentials to sign with.
    """
    match outputs.authorization:
        case "none":
            return httpx.Auth()
        case "api-key":
            return ApiKeyAuth(outputs.api_key)
        case "iam":
            return SignatureAuth(_credentials(outputs), outputs.region)


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


class SignatureAuth(httpx.Auth):
    """Signs each attempt with SigV4: a role's credentials expire, and so does a signature.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    requires_request_body = True

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        # A proxy may change any other header.
        headers = {n: request.headers[n] for n in ("Host", "Content-Type") if n in request.headers}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        try:
            frozen = self._credentials.get_frozen_credentials()
        except _CREDENTIAL_ERRORS as error:
            raise _credentials_error(error) from None
        SigV4Auth(frozen, "execute-api", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def _credentials(outputs: Outputs) -> Credentials:
    """https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html"""
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
