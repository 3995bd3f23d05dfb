"""Clients of AWS itself, with the caller's own credentials."""

from typing import Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stepgate.client.emulator import emulator_options, is_emulated
from stepgate.client.outputs import Outputs

AWS_ERRORS = (BotoCoreError, ClientError, RuntimeError, OSError, ValueError)
"""What botocore raises if AWS denies a request, or the AWS settings are not usable: a RuntimeError
if new credentials have already expired, the last two if a `credential_process` failed."""


def aws_client(service: str, outputs: Outputs) -> Any:
    """A botocore client in the stack's Region, or of the emulator if the stack is deployed there.

    Raises:
        AWS_ERRORS: the AWS settings are not usable.
    """
    session = cast("Any", botocore.session.get_session())
    return session.create_client(
        service,
        region_name=outputs.region,
        config=Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard"}),
        **_endpoint(outputs),
    )


def _endpoint(outputs: Outputs) -> dict[str, str]:
    """The emulator's endpoint and credentials; nothing for AWS."""
    for route in outputs.routes.values():
        if is_emulated(route.url):
            return emulator_options(route.url)
    return {}
