"""Orders over HTTP: kept in a table, announced to a queue, exported into a bucket."""

import pulumi
import pulumi_aws as aws
from orders import WORKFLOWS

from stepgate.components import WorkflowApi

table = aws.dynamodb.Table(
    "orders",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
)
exports = aws.s3.Bucket("exports")

placed = aws.sns.Topic("placed")
parcels = aws.sqs.Queue("parcels")
aws.sqs.QueuePolicy(
    "parcels",
    queue_url=parcels.url,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": parcels.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": placed.arn}},
            },
        }
    ),
)
aws.sns.TopicSubscription(
    "parcels", topic=placed.arn, protocol="sqs", endpoint=parcels.arn, raw_message_delivery=True
)

shop = WorkflowApi(
    "shop",
    workflows=WORKFLOWS,
    values={"table_name": table.name, "topic_arn": placed.arn, "bucket_name": exports.id},
)

for name, output in shop.outputs.items():
    pulumi.export(name, output)
pulumi.export("parcelsUrl", parcels.url)
pulumi.export("bucketName", exports.id)
