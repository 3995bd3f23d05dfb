"""Queues.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from stepgate.resource_types.call import Call
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType, WithParent

QUEUE = Call(
    "sqs",
    "CreateQueue",
    "QueueName",
    attributes=(
        "contentBasedDeduplication deduplicationScope delaySeconds fifoQueue fifoThroughputLimit "
        "kmsDataKeyReusePeriodSeconds kmsMasterKeyId maxMessageSize messageRetentionSeconds policy "
        "receiveWaitTimeSeconds redriveAllowPolicy redrivePolicy sqsManagedSseEnabled "
        "visibilityTimeoutSeconds"
    ),
    renamed={
        "maxMessageSize": "MaximumMessageSize",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
        "visibilityTimeoutSeconds": "VisibilityTimeout",
    },
    json="policy redriveAllowPolicy redrivePolicy",
    id="{QueueUrl}",
    outputs={"arn": "arn:aws:sqs:{region}:{account}:{name}", "name": "{name}", "url": "{QueueUrl}"},
)
RANGES = {
    "delaySeconds": range(901),
    "kmsDataKeyReusePeriodSeconds": range(60, 86_401),
    "maxMessageSize": range(1_024, 1_048_577),
    "messageRetentionSeconds": range(60, 1_209_601),
    "receiveWaitTimeSeconds": range(21),
    "visibilityTimeoutSeconds": range(43_201),
}
"""The emulator takes any value."""


def create_queue(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    for key in RANGES.keys() & inputs.keys():
        inputs.whole(key, RANGES[key])
    if inputs.get("fifoQueue") and not inputs.get("name"):
        name += ".fifo"  # as the provider does with names that it generates
    # SQS takes the others only as true, and the provider leaves them out as false.
    wrongly_false = {key for key, value in inputs.items() if value is False}
    return QUEUE(cloud, name, inputs.without(*wrongly_false - {"sqsManagedSseEnabled"}))


RESOURCE_TYPES = (
    ResourceType(
        "aws:sqs/queue:Queue",
        FromInputs("https://sqs.{region}.{domain}/{account}/{name}"),
        replaces="name namePrefix fifoQueue",
        lost="the messages that have not been read yet",
        create=create_queue,
    ),
    ResourceType(
        "aws:sqs/queuePolicy:QueuePolicy",
        WithParent(),
        replaces="queueUrl",
        create=Call(
            "sqs", "SetQueueAttributes", attributes="policy", documents="policy", id="{queueUrl}"
        ),
    ),
)
