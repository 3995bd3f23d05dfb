"""The SQS queue, as its one reader uses it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnectionError

from stepgate.client.aws import AWS_ERRORS, is_transient
from stepgate.client.emulator import STOPPED, emulator_options, is_loopback
from stepgate.client.errors import QueueUnreachable, QueueUnusable, one_line

MAX_WAIT_TIME_SECONDS = 20
"""The maximum of SQS."""
MAX_BATCH = 10
"""The most messages that SQS delivers, or changes, in one request."""

_LOG = logging.getLogger(__name__)
_REGION = r"(?P<region>[a-z]{2}(-[a-z]+)+-[0-9]+)"
# https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
_DEFAULT_HOST = re.compile(rf"(sqs\.)?{_REGION}(\.queue)?\.amazonaws\.com(\.cn)?")
_ENDPOINT_HOST = re.compile(
    rf"(sqs|sqs-fips|[\w-]+\.sqs)\.{_REGION}\.((vpce\.)?amazonaws\.com(\.cn)?|api\.aws)"
)
"""FIPS, dual-stack and VPC endpoints: the queue's URL decides which one is used."""


@dataclass(frozen=True)
class ReceivedMessage:
    """A message that is hidden from other readers for a while.

    Attributes:
        id: the same at each delivery.
        group: while one of its messages is hidden, SQS delivers no other one of the group.
        receipt: the handle of this delivery.
    """

    id: str
    group: str
    receipt: str
    body: str


def sqs_client(queue_url: str) -> Any:
    """A client for that queue, which retries a few times, within seconds.

    On AWS the URL names the Region, and the credentials come from the default chain. The emulator
    runs on this machine.

    Raises:
        QueueUnusable: the URL is not a queue's, or the AWS settings are not usable.
    """
    try:
        return cast("Any", botocore.session.get_session()).create_client(
            "sqs",
            config=Config(
                connect_timeout=5,
                read_timeout=MAX_WAIT_TIME_SECONDS + 10,
                retries={"mode": "standard", "total_max_attempts": 3},
            ),
            **_endpoint(queue_url),
        )
    except AWS_ERRORS as error:
        raise QueueUnusable(f"cannot read {queue_url!r}: {one_line(str(error))}") from None


def _endpoint(queue_url: str) -> dict[str, str]:
    """Arguments for a client of the queue.

    Raises:
        ValueError, QueueUnusable: the URL is not a queue's.
    """
    url = urlsplit(queue_url)
    host = url.hostname or ""
    if url.scheme in {"http", "https"} and url.port != 0 and is_loopback(host):
        return {"region_name": "us-east-1", **emulator_options(queue_url)}
    if url.scheme == "https":
        if found := _DEFAULT_HOST.fullmatch(host):
            return {"region_name": found["region"]}
        if found := _ENDPOINT_HOST.fullmatch(host):
            return {"region_name": found["region"], "endpoint_url": f"https://{host}"}
    raise QueueUnusable(
        f"{queue_url!r} is not the URL of a queue on AWS or on this machine's emulator; use the "
        "stack's output progressQueueUrl"
    )


class Queue:
    """Requests to SQS for one queue."""

    def __init__(self, url: str) -> None:
        """
        Raises:
            QueueUnusable: the URL is not a queue's, or the AWS settings are not usable.
        """
        self.url = url
        self._client = sqs_client(url)
        self._is_denied = False

    def receive(
        self, wait_seconds: int, hidden_seconds: int, attempt: str
    ) -> list[ReceivedMessage]:
        """The next messages in order, at most `MAX_BATCH`; none if none arrive while it waits.

        Args:
            hidden_seconds: how long they, and others of their groups, are hidden.
            attempt: the same for each retry, so that SQS delivers the messages again that a failed
                attempt may have received.

        Raises:
            QueueUnusable, QueueUnreachable
        """
        if self._is_denied:  # a new client looks for new credentials
            self._client, self._is_denied = sqs_client(self.url), False
        try:
            response = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=MAX_BATCH,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hidden_seconds,
                ReceiveRequestAttemptId=attempt,
                MessageSystemAttributeNames=["MessageGroupId"],
            )
        except AWS_ERRORS as error:
            reason = " ".join(str(error).split())
            if is_transient(error):
                is_local = is_loopback(urlsplit(self.url).hostname or "")
                remedy = f"; {STOPPED}" if is_local and isinstance(error, NoConnectionError) else ""
                raise QueueUnreachable(f"cannot read {self.url} now: {reason}{remedy}") from None
            self._is_denied = True
            raise QueueUnusable(
                f"cannot read {self.url}: {reason}; use the stack's output progressQueueUrl, and "
                "credentials with sqs:ReceiveMessage, sqs:DeleteMessage and "
                "sqs:ChangeMessageVisibility"
            ) from None
        return [
            ReceivedMessage(
                each["MessageId"],
                each["Attributes"]["MessageGroupId"],
                each["ReceiptHandle"],
                each["Body"],
            )
            for each in response.get("Messages", [])
        ]

    def delete(self, received: ReceivedMessage) -> None:
        """Logs a failure: the message is then delivered again."""
        try:
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=received.receipt)
        except AWS_ERRORS as error:
            _LOG.warning("%s: message %s was not deleted: %s", self.url, received.id, error)

    def change_visibility(self, seconds: int, messages: Sequence[ReceivedMessage]) -> bool:
        """Makes up to `MAX_BATCH` messages visible so many seconds from now.

        Returns whether that succeeded for all. A failure is logged: the messages then become
        visible when they would have.
        """
        if not messages:
            return True
        entries = [
            {"Id": str(index), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
            for index, each in enumerate(messages)
        ]
        try:
            response = self._client.change_message_visibility_batch(
                QueueUrl=self.url, Entries=entries
            )
            failed = [entry["Message"] for entry in response.get("Failed", [])]
        except AWS_ERRORS as error:
            failed = [str(error)]
        if failed:
            _LOG.warning("%s: the visibility of messages was not changed: %s", self.url, failed[0])
        return not failed
