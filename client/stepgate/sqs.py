"""A queue of SQS as its one reader needs it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from stepgate.aws import UNUSABLE
from stepgate.emulator import at_origin, is_loopback
from stepgate.errors import QueueUnreachable, QueueUnusable, one_line

LONGEST_POLL_SECONDS = 20
"""As SQS has it."""
BATCH = 10
"""The most messages that SQS gives, and changes, at once."""

_LOG = logging.getLogger(__name__)
_REGION = r"(?P<region>[a-z]{2}(-[a-z]+)+-[0-9]+)"
# https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
_ON_AWS = re.compile(rf"(sqs\.)?{_REGION}(\.queue)?\.amazonaws\.com(\.cn)?")
_AT_ITS_HOST = re.compile(
    rf"(sqs|sqs-fips|[\w-]+\.sqs)\.{_REGION}\.((vpce\.)?amazonaws\.com(\.cn)?|api\.aws)"
)
"""FIPS, dual-stack and VPC endpoints: which one is used, the queue's URL says."""


@dataclass(frozen=True)
class Received:
    """A message that nobody else is given for a while.

    Attributes:
        id: the same however often it is received.
        group: of this one's messages none is given to anybody while one of them is received.
        receipt: of this time.
    """

    id: str
    group: str
    receipt: str
    body: str


def client(queue_url: str) -> Any:
    """A client for that queue, which tries again a few times, within seconds.

    On AWS the URL tells the Region, and the credentials are those of AWS's default chain. The
    emulator runs on this machine.

    Raises:
        QueueUnusable: it is no queue's URL, or the settings for AWS cannot be used.
    """
    try:
        return cast("Any", botocore.session.get_session()).create_client(
            "sqs",
            config=Config(
                connect_timeout=5,
                read_timeout=LONGEST_POLL_SECONDS + 10,
                retries={"mode": "standard", "total_max_attempts": 3},
            ),
            **_place(queue_url),
        )
    except UNUSABLE as error:
        raise QueueUnusable(f"{queue_url!r} cannot be read: {one_line(str(error))}") from None


def _place(queue_url: str) -> dict[str, str]:
    """Where a client finds the queue.

    Raises:
        ValueError, QueueUnusable: it is no queue's URL.
    """
    url = urlsplit(queue_url)
    host = url.hostname or ""
    if url.scheme in {"http", "https"} and url.port != 0 and is_loopback(host):
        return {"region_name": "us-east-1", **at_origin(queue_url)}
    if url.scheme == "https":
        if found := _ON_AWS.fullmatch(host):
            return {"region_name": found["region"]}
        if found := _AT_ITS_HOST.fullmatch(host):
            return {"region_name": found["region"], "endpoint_url": f"https://{host}"}
    raise QueueUnusable(
        f"{queue_url!r} is no queue's URL, neither on AWS nor on the emulator on this machine; the "
        "stack's output progressQueueUrl has it"
    )


class Queue:
    """Calls of SQS."""

    def __init__(self, url: str) -> None:
        """
        Raises:
            QueueUnusable: it is no queue's URL, or the settings for AWS cannot be used.
        """
        self.url = url
        self._client = client(url)
        self._is_refused = False

    def receive(self, wait_seconds: int, hidden_seconds: int, attempt: str) -> list[Received]:
        """The next messages in their order, at most `BATCH`; none if none come while it waits.

        Args:
            hidden_seconds: for how long nobody is given them, nor others of their groups.
            attempt: the same for one that has failed, which may have got messages nevertheless;
                SQS then gives these once more.

        Raises:
            QueueUnusable, QueueUnreachable
        """
        if self._is_refused:  # a client keeps its credentials; there may be new ones
            self._client, self._is_refused = client(self.url), False
        try:
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hidden_seconds,
                ReceiveRequestAttemptId=attempt,
                MessageSystemAttributeNames=["MessageGroupId"],
            )
        except UNUSABLE as error:
            reason = " ".join(str(error).split())
            if _is_passing(error):
                raise QueueUnreachable(f"{self.url} cannot be read now: {reason}") from None
            self._is_refused = True
            raise QueueUnusable(
                f"{self.url} cannot be read: {reason}; it takes the URL of the stack's output "
                "progressQueueUrl, and credentials that may sqs:ReceiveMessage, "
                "sqs:DeleteMessage and sqs:ChangeMessageVisibility on it"
            ) from None
        return [
            Received(
                each["MessageId"],
                each["Attributes"]["MessageGroupId"],
                each["ReceiptHandle"],
                each["Body"],
            )
            for each in answer.get("Messages", [])
        ]

    def delete(self, received: Received) -> None:
        """Logs a failure: the message then comes once more."""
        try:
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=received.receipt)
        except UNUSABLE as error:
            _LOG.warning("%s: message %s was not deleted: %s", self.url, received.id, error)

    def show_after(self, seconds: int, messages: Sequence[Received]) -> bool:
        """Gives up to `BATCH` messages to whoever asks after that time, from now on.

        Says whether that was done for all; logs if not: they then show when they would have.
        """
        if not messages:
            return True
        entries = [
            {"Id": str(index), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
            for index, each in enumerate(messages)
        ]
        try:
            answer = self._client.change_message_visibility_batch(
                QueueUrl=self.url, Entries=entries
            )
            failed = [entry["Message"] for entry in answer.get("Failed", [])]
        except UNUSABLE as error:
            failed = [str(error)]
        if failed:
            _LOG.warning("%s: messages keep their time to be hidden: %s", self.url, failed[0])
        return not failed


def _is_passing(error: Exception) -> bool:
    """Network errors, 5xx and throttling, which SQS answers with various statuses."""
    if not isinstance(error, ClientError):
        return isinstance(error, HTTPClientError | NoConnectionError)
    answer = cast("dict[str, Any]", error.response)
    status: int = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code: str = answer.get("Error", {}).get("Code", "")
    return status >= 500 or "Throttl" in code or code.endswith("OverLimit")  # noqa: PLR2004
