"""What a request has to have, by the stack's `authorization`."""

import re
from collections.abc import Generator

import botocore.session
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from stepgate.errors import CredentialsUnusable, one_line
from stepgate.outputs import Outputs

_UNUSABLE = (BotoCoreError, ClientError, RuntimeError)
"""What botocore raises where there are no credentials, STS refuses, or new ones have expired."""

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
            return ApiKey(outputs.api_key)
        case "iam":
            return Signature(_credentials(), outputs.region)


def without_secrets(text: str, request: httpx.Request) -> str:
    """The text of an answer, without what it repeats of the request's secrets."""
    for name in SECRET_HEADERS:
        if secret := request.headers.get(name):
            text = text.replace(secret, f"[{name}]")
    return re.sub(r"\b(Signature|Credential)=[^,\s]+", r"\1=[hidden]", text)


class ApiKey(httpx.Auth):
    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["x-api-key"] = self._key
        yield request


class Signature(httpx.Auth):
    """Signs with SigV4, anew each time: credentials of a role expire, and so does a signature.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    requires_request_body = True

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        # Any other header may be changed by a proxy on its way.
        headers = {n: request.headers[n] for n in ("Host", "Content-Type") if n in request.headers}
        signed = AWSRequest(request.method, str(request.url), headers, request.content)
        try:
            frozen = self._credentials.get_frozen_credentials()
        except _UNUSABLE as error:
            raise _unusable(error) from None
        SigV4Auth(frozen, "execute-api", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def _credentials() -> Credentials:
    """https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html"""
    try:
        credentials = botocore.session.get_session().get_credentials()
        if credentials and credentials.get_frozen_credentials():
            return credentials
    except _UNUSABLE as error:
        raise _unusable(error) from None
    raise _unusable("there are none")


def _unusable(error: Exception | str) -> CredentialsUnusable:
    # What follows on other lines may repeat the request, with its security token.
    reason = one_line(str(error).partition("\n")[0])
    return CredentialsUnusable(
        f"the routes take signed requests, and no AWS credentials can be used: {reason}; "
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
