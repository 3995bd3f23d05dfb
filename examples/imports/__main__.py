"""Contacts in a table: imported when a file is uploaded, counted every night."""

import json

import pulumi
import pulumi_aws as aws
from imports import WORKFLOWS

from stepgate.components import WorkflowApi

uploads = aws.s3.Bucket("uploads")
aws.s3.BucketNotification("uploads", bucket=uploads.id, eventbridge=True)
table = aws.dynamodb.Table(
    "contacts",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
)

api = WorkflowApi(
    "api",
    workflows=WORKFLOWS,
    values={"bucket_name": uploads.id, "table_name": table.name},
)
import_file, count_contacts = (api.state_machines[workflow.name].arn for workflow in WORKFLOWS)

role = aws.iam.Role(
    "starter",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        }
    ),
)
aws.iam.RolePolicy(
    "starter",
    role=role.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "states:StartExecution",
                "Resource": [import_file, count_contacts],
            },
        }
    ),
)

uploaded = aws.cloudwatch.EventRule(
    "uploaded",
    event_pattern=pulumi.Output.json_dumps(
        {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [uploads.id]}, "object": {"key": [{"suffix": ".csv"}]}},
        }
    ),
)
aws.cloudwatch.EventTarget(
    "uploaded",
    rule=uploaded.name,
    arn=import_file,
    role_arn=role.arn,
    # The input that a request to the route has, too.
    input_transformer={
        "input_paths": {"key": "$.detail.object.key"},
        "input_template": '{"key": <key>}',
    },
)

nightly = aws.cloudwatch.EventRule("nightly", schedule_expression="cron(0 3 * * ? *)")
aws.cloudwatch.EventTarget(
    "nightly", rule=nightly.name, arn=count_contacts, role_arn=role.arn, input="{}"
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
pulumi.export("bucketName", uploads.id)
