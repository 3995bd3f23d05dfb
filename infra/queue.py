"""The queue that workflows send their progress messages to."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

DAY_SECONDS = 86_400
# How long an app may stand still without losing a message.
RETENTION_SECONDS = 4 * DAY_SECONDS
# The longest that SQS keeps one, for somebody to look at what no app could handle.
DEAD_LETTER_RETENTION_SECONDS = 14 * DAY_SECONDS
# An app that is killed before it has deleted a message sees it again after this long.
VISIBILITY_SECONDS = 30
# How often a message is handed out before it is put aside, so that it does not hold up the rest of
# its execution's for ever. Those behind it in its group are handed out as often, and go with it.
RECEIVES = 10


@dataclass(frozen=True)
class QueueArgs:
    tags: Mapping[str, str]


class Queue(pulumi.ComponentResource):
    """One FIFO queue, encrypted, with another for what nobody could handle.

    Attributes:
        url: the queue's URL.
    """

    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("stepgate:infra:Queue", name, None, opts)
        dead_letters = aws.sqs.Queue(
            f"{name}-dead-letters",
            fifo_queue=True,
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        queue = aws.sqs.Queue(
            f"{name}-progress",
            fifo_queue=True,
            # Each execution is a group, and groups do not wait for each other.
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
            deduplication_scope="messageGroup",
            fifo_throughput_limit="perMessageGroupId",
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": RECEIVES}
            ),
            sqs_managed_sse_enabled=True,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = queue.url
        self.register_outputs({"url": self.url})
