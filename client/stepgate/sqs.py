"""A queue of SQS as its one reader needs it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from stepgate.errors import QueueUnreachable, QueueUnusable

LONGEST_POLL_SECONDS = 20
"""As SQS has it."""
BATCH = 10
"""The most messages that SQS gives, and changes, at once."""

_LOG = logging.getLogger(__name__)
_ON_AWS = re.compile(r"https://sqs\.(?P<region>[\w-]+)\.amazonaws\.com(\.cn)?/")


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

    On AWS the URL tells the Region, and the credentials are those of AWS's default chain. Any
    other URL is an emulator's, which serves AWS's API at the URL's origin for any credentials.

    Raises:
        QueueUnusable: it is no URL.
    """
    session = cast("Any", botocore.session.get_session())
    settings = Config(
        connect_timeout=5,
        read_timeout=LONGEST_POLL_SECONDS + 10,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    if on_aws := _ON_AWS.match(queue_url):
        return session.create_client("sqs", region_name=on_aws["region"], config=settings)
    origin = urlsplit(queue_url)
    if origin.scheme not in ("http", "https") or not origin.netloc:
        raise QueueUnusable(
            f"{queue_url!r} is no queue's URL; the stack's output progressQueueUrl has it"
        )
    return session.create_client(
        "sqs",
        region_name=session.get_config_variable("region") or "us-east-1",
        endpoint_url=f"{origin.scheme}://{origin.netloc}",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 an emulator's, which takes any
        config=settings,
    )


class Queue:
    """Calls of SQS."""

    def __init__(self, url: str) -> None:
        """
        Raises:
            QueueUnusable: it is no URL.
        """
        self.url = url
        self._client = client(url)

    def receive(self, wait_seconds: int, hidden_seconds: int, attempt: str) -> list[Received]:
        """The next messages in their order, at most `BATCH`; none if none come while it waits.

        Args:
            hidden_seconds: for how long nobody is given them, nor others of their groups.
            attempt: the same for one that has failed, which may have got messages nevertheless;
                SQS then gives these once more.

        Raises:
            QueueUnusable, QueueUnreachable
        """
        try:
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hidden_seconds,
                ReceiveRequestAttemptId=attempt,
                MessageSystemAttributeNames=["MessageGroupId"],
            )
        except (BotoCoreError, ClientError) as error:
            reason = " ".join(str(error).split())
            if _is_passing(error):
                raise QueueUnreachable(f"{self.url} cannot be read now: {reason}") from None
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
        except (BotoCoreError, ClientError) as error:
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
        except (BotoCoreError, ClientError) as error:
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
