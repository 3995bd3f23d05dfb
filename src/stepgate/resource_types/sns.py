"""Topics.

https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from stepgate.resource_types.call import Call
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType, WithParent

TOPIC = Call(
    "sns",
    "CreateTopic",
    "Name",
    attributes=(
        "archivePolicy contentBasedDeduplication deliveryPolicy displayName fifoThroughputScope "
        "fifoTopic kmsMasterKeyId policy signatureVersion tracingConfig"
    ),
    json="archivePolicy deliveryPolicy policy",
    id="{TopicArn}",
    outputs={"arn": "{TopicArn}", "name": "{name}", "owner": "{account}"},
)


def create_topic(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if inputs.get("fifoTopic") and not inputs.get("name"):
        name += ".fifo"  # as the provider does with names that it generates
    return TOPIC(cloud, name, Inputs({k: v for k, v in inputs.items() if v is not False}))


RESOURCE_TYPES = (
    ResourceType(
        "aws:sns/topic:Topic",
        FromInputs("arn:{partition}:sns:{region}:{account}:{name}"),
        replaces="name namePrefix fifoTopic",
        lost="its subscriptions, those of others too,",
        create=create_topic,
    ),
    ResourceType(
        "aws:sns/topicSubscription:TopicSubscription",
        WithParent(),
        replaces="topic protocol endpoint",
        create=Call(
            "sns",
            "Subscribe",
            renamed={"topic": "TopicArn"},
            attributes=(
                "deliveryPolicy filterPolicy filterPolicyScope rawMessageDelivery redrivePolicy "
                "replayPolicy subscriptionRoleArn"
            ),
            json="deliveryPolicy filterPolicy redrivePolicy replayPolicy",
            elsewhere="confirmationTimeoutInMinutes endpointAutoConfirms",
            defaults={"ReturnSubscriptionArn": True},
            id="{SubscriptionArn}",
            outputs={"arn": "{SubscriptionArn}", "ownerId": "{account}"},
        ),
    ),
)
