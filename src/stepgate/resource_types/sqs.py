"""Queues."""

from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, given
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType


def create_queue(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if inputs.get("fifoQueue") and not inputs.get("name"):
        name += ".fifo"  # as the provider does with names that it generates
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    attributes: dict[Any, Any] = given(
        inputs,
        ContentBasedDeduplication="contentBasedDeduplication",
        DeduplicationScope="deduplicationScope",
        DelaySeconds="delaySeconds",
        FifoQueue="fifoQueue",
        FifoThroughputLimit="fifoThroughputLimit",
        KmsDataKeyReusePeriodSeconds="kmsDataKeyReusePeriodSeconds",
        KmsMasterKeyId="kmsMasterKeyId",
        MaximumMessageSize="maxMessageSize",
        MessageRetentionPeriod="messageRetentionSeconds",
        Policy="policy",
        ReceiveMessageWaitTimeSeconds="receiveWaitTimeSeconds",
        RedriveAllowPolicy="redriveAllowPolicy",
        RedrivePolicy="redrivePolicy",
        SqsManagedSseEnabled="sqsManagedSseEnabled",
        VisibilityTimeout="visibilityTimeoutSeconds",
    )
    url = cloud.sqs.create_queue(
        QueueName=name,
        Attributes={
            key: _text(value)
            for key, value in attributes.items()
            # SQS takes the others only as true, and the provider leaves them out as false.
            if value is not False or key == "SqsManagedSseEnabled"
        },
        tags=inputs.get("tags", {}),
    )["QueueUrl"]
    return url, {"name": name, "url": url, "arn": cloud.arn("sqs", name)}


def _text(value: object) -> str:
    """SQS takes all attributes as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


RESOURCE_TYPES = (
    ResourceType(
        "aws:sqs/queue:Queue",
        FromInputs("https://sqs.{region}.{domain}/{account}/{name}"),
        lost="the messages that have not been read yet",
        create=create_queue,
    ),
)
