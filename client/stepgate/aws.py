"""AWS itself, for what no route tells: with the caller's own credentials."""

from typing import Any, cast
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stepgate.emulator import at_origin
from stepgate.outputs import Outputs

UNUSABLE = (BotoCoreError, ClientError, RuntimeError, OSError, ValueError)
"""What botocore raises where AWS refuses, or the settings for it cannot be used: a RuntimeError
where new credentials have expired already, the last two where a `credential_process` fails."""


def aws_client(service: str, outputs: Outputs) -> Any:
    """A client of botocore in the stack's Region; of the emulator, if the stack is on that.

    Raises:
        UNUSABLE: the settings for AWS cannot be used.
    """
    session = cast("Any", botocore.session.get_session())
    return session.create_client(
        service,
        region_name=outputs.region,
        config=Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard"}),
        **_emulator(outputs),
    )


def unreadable(what: str, error: Exception, permission: str) -> str:
    """Why something cannot be read with a client, and what it takes, in one line.

    Args:
        permission: such as `ec2:DescribeInstances`.
    """
    # What follows on other lines may repeat the request, with its security token.
    reason = str(error).partition("\n")[0]
    return (
        f"{what} cannot be read: {reason}; it takes AWS credentials that may {permission}, as "
        "AWS_PROFILE has them, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )


def _emulator(outputs: Outputs) -> dict[str, str]:
    """Where the emulator serves AWS, which takes any credentials; nothing for AWS itself."""
    for route in outputs.routes.values():
        # API Gateway's own paths never begin so.
        if urlsplit(route.url).path.startswith("/_aws/execute-api/"):
            return at_origin(route.url)
    return {}
