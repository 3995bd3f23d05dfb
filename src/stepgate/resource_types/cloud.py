"""AWS as the emulator offers it."""

# boto3-stubs has types for the services that pyproject.toml names, and overloads for all others.
# pyright: reportUnknownMemberType=false

from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

ACCOUNT_ID = "000000000000"
"""The account that everything in the emulator belongs to."""


class Cloud:
    """Clients of the emulator's services, one for each, made when it is first needed.

    Attributes:
        endpoint: the emulator's URL.
        region: the Region that everything is made in.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        # The emulator takes any credentials, and those of a real account stay out of it.
        self._session = boto3.Session("test", "test", region_name=region)
        self._lock = Lock()  # a session makes one client at a time
        self._clients: dict[str, Any] = {}
        self._regions: dict[str, Cloud] = {region: self}

    @property
    def apigateway(self) -> "APIGatewayClient":
        return self.client("apigateway")

    @property
    def ec2(self) -> "EC2Client":
        return self.client("ec2")

    @property
    def events(self) -> "EventBridgeClient":
        return self.client("events")

    @property
    def iam(self) -> "IAMClient":
        return self.client("iam")

    @property
    def logs(self) -> "CloudWatchLogsClient":
        return self.client("logs")

    @property
    def sqs(self) -> "SQSClient":
        return self.client("sqs")

    @property
    def stepfunctions(self) -> "SFNClient":
        return self.client("stepfunctions")

    def client(self, service: str) -> Any:
        """The client of a service, by boto3's name."""
        if found := self._clients.get(service):
            return found
        with self._lock:
            if service not in self._clients:
                settings = Config(
                    # StartSyncExecution's host would get a prefix that 127.0.0.1 cannot have.
                    inject_host_prefix=False,
                    retries={"total_max_attempts": 1},
                )
                self._clients[service] = self._session.client(
                    service,  # pyright: ignore[reportArgumentType, reportCallIssue]
                    endpoint_url=self.endpoint,
                    config=settings,
                )
            return self._clients[service]

    def in_region(self, region: str) -> "Cloud":
        """The same emulator in another Region; itself without one."""
        if not region:
            return self
        with self._lock:
            if region not in self._regions:
                self._regions[region] = Cloud(self.endpoint, region)
            return self._regions[region]

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{ACCOUNT_ID}:{rest}"
