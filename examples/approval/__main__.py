"""Workflows that wait for events, and what they tell people, verify and book."""

import pulumi
import pulumi_aws as aws
from approvals import WORKFLOWS

from stepgate.components import WorkflowApi

config = pulumi.Config()

approvals = aws.sns.Topic("approvals")
messages = aws.sqs.Queue("messages")
aws.sqs.QueuePolicy(
    "messages",
    queue_url=messages.url,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": messages.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": approvals.arn}},
            },
        }
    ),
)
aws.sns.TopicSubscription(
    "messages",
    topic=approvals.arn,
    protocol="sqs",
    endpoint=messages.arn,
    raw_message_delivery=True,
)

role = aws.iam.Role(
    "verify",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        }
    ),
)
verify = aws.lambda_.Function(
    "verify",
    runtime="python3.11",
    handler="verify.handler",
    code=pulumi.FileArchive("functions/verify"),
    role=role.arn,
    environment={"variables": {"SECRET": config.require_secret("webhookSecret")}},
)
bookings = aws.dynamodb.Table(
    "bookings",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
)

api = WorkflowApi(
    "approval",
    workflows=WORKFLOWS,
    values={
        "topic_arn": approvals.arn,
        "table_name": bookings.name,
        "verify_arn": verify.arn,
        "wait_seconds": config.require_int("waitSeconds"),
    },
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
pulumi.export("messagesUrl", messages.url)
pulumi.export("bookingsName", bookings.name)
