"""AWS as the emulator offers it."""

# boto3-stubs has types for the services that pyproject.toml names, and overloads for all others.
# pyright: reportUnknownMemberType=false

import boto3
from botocore.config import Config

ACCOUNT_ID = "000000000000"
"""The account that everything in the emulator belongs to."""


class Cloud:
    """Clients of the emulator's services, one for each.

    Attributes:
        endpoint: the emulator's URL.
        region: the Region that everything is made in.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        # The emulator takes any credentials, and those of a real account stay out of it.
        session = boto3.Session("test", "test", region_name=region)
        settings = Config(
            # StartSyncExecution's host would get a prefix that 127.0.0.1 cannot have.
            inject_host_prefix=False,
            retries={"total_max_attempts": 1},
        )
        self.apigateway = session.client("apigateway", endpoint_url=endpoint, config=settings)
        self.ec2 = session.client("ec2", endpoint_url=endpoint, config=settings)
        self.events = session.client("events", endpoint_url=endpoint, config=settings)
        self.iam = session.client("iam", endpoint_url=endpoint, config=settings)
        self.logs = session.client("logs", endpoint_url=endpoint, config=settings)
        self.sqs = session.client("sqs", endpoint_url=endpoint, config=settings)
        self.stepfunctions = session.client("stepfunctions", endpoint_url=endpoint, config=settings)

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{ACCOUNT_ID}:{rest}"
