"""Clients of AWS itself, with the caller's own credentials."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from stepgate.client.emulator import STOPPED, emulator_options, is_emulated
from stepgate.client.errors import AwsAccessDenied, AwsRequestFailed, one_line
from stepgate.client.outputs import Outputs

AWS_ERRORS = (BotoCoreError, ClientError, RuntimeError, OSError, ValueError)
"""What botocore raises if AWS denies a request, or the AWS settings are not usable: a RuntimeError
if new credentials have already expired, the last two if a `credential_process` failed."""

_DENIED = ("AccessDenied", "Expired", "UnrecognizedClient", "InvalidClientToken", "Signature")
"""Parts of the codes with which AWS answers if the credentials or their permissions are at fault.

https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""


class AwsService:
    """A service of AWS in the stack's Region, asked with the caller's own credentials."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name = name
        self._outputs = outputs

    @contextmanager
    def request(
        self, task: str, permission: str, error: type[AwsRequestFailed] | None = None
    ) -> Generator[Any]:
        """A botocore client for one request.

        Args:
            task: what the request does, behind "cannot".
            permission: the action that it needs, for example `states:ListExecutions`.
            error: what is raised. By default the two below.

        Raises:
            AwsAccessDenied: there are no usable credentials, or they lack the permission.
            AwsRequestFailed: the request failed for another reason.
        """
        try:
            yield self._client
        except AWS_ERRORS as raised:
            self.__dict__.pop("_client", None)  # a new client looks for new credentials
            # Further lines may repeat the request, with its security token.
            reason = one_line(str(raised).partition("\n")[0])
            found = AwsRequestFailed
            if isinstance(raised, NoConnectionError) and self._endpoint:
                cure = STOPPED
            elif is_transient(raised):
                cure = "try again later"
            elif _is_denied(raised):
                found, cure = AwsAccessDenied, _credentials_hint(permission)
            else:
                cure = "check that the outputs are the stack's, and the account its own"
            raise (error or found)(f"cannot {task}: {reason}; {cure}") from None

    @cached_property
    def _client(self) -> Any:
        """Of the emulator if the stack is deployed there."""
        session = cast("Any", botocore.session.get_session())
        return session.create_client(
            self._name,
            region_name=self._outputs.region,
            config=Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard"}),
            **self._endpoint,
        )

    @property
    def _endpoint(self) -> dict[str, str]:
        """The emulator's endpoint and credentials; nothing for AWS."""
        for route in self._outputs.routes.values():
            if is_emulated(route.url):
                return emulator_options(route.url)
        return {}


def _credentials_hint(permission: str) -> str:
    return (
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to credentials with "
        f"{permission}"
    )


def _is_denied(error: Exception) -> bool:
    """Whether other credentials may help: not if AWS has accepted them."""
    if not isinstance(error, ClientError):
        return True
    return any(part in _code(error) for part in _DENIED)


def is_transient(error: Exception) -> bool:
    """Whether a retry may succeed: network errors, 5xx, and throttling with its many codes."""
    if not isinstance(error, ClientError):
        return isinstance(error, HTTPClientError | NoConnectionError)
    response = cast("dict[str, Any]", error.response)
    status: int = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = _code(error)
    return status >= 500 or "Throttl" in code or code.endswith("OverLimit")  # noqa: PLR2004


def _code(error: ClientError) -> str:
    return cast("dict[str, Any]", error.response).get("Error", {}).get("Code", "")
