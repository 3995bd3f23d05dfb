"""The queue that workflows send their progress messages to."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stepgate.components.context import Context

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
class ProgressQueue:
    """A FIFO queue, encrypted, and another one for messages that no app could handle."""

    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue


def create_progress_queue(context: Context, parent: pulumi.Resource) -> ProgressQueue:
    common = {"fifo_queue": True, "sqs_managed_sse_enabled": True, "tags": context.tags}
    args, opts = context.transformed(
        "queue",
        {**common, "message_retention_seconds": DEAD_LETTER_RETENTION_SECONDS},
        pulumi.ResourceOptions(parent=parent),
    )
    dead_letters = aws.sqs.Queue(f"{context.prefix}-dead-letters", **args, opts=opts)
    args, opts = context.transformed(
        "queue",
        {
            **common,
            # Each execution is a group, and groups do not wait for each other.
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
            "deduplication_scope": "messageGroup",
            "fifo_throughput_limit": "perMessageGroupId",
            "message_retention_seconds": RETENTION_SECONDS,
            "visibility_timeout_seconds": VISIBILITY_SECONDS,
            # Compact, because the provider compares it as text with what it reads back.
            "redrive_policy": pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": RECEIVES},
                separators=(",", ":"),
            ),
        },
        pulumi.ResourceOptions(parent=parent),
    )
    queue = aws.sqs.Queue(f"{context.prefix}-progress", **args, opts=opts)
    return ProgressQueue(queue, dead_letters)
