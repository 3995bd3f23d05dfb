"""Thumbnails of the pictures in a bucket: a Map calls a function for each of them."""

import json

import pulumi
import pulumi_aws as aws
from thumbnails import MAKE_THUMBNAILS

from stepgate.components import WorkflowApi

bucket = aws.s3.Bucket("pictures")
# One to try it with.
aws.s3.BucketObjectv2(
    "sun",
    bucket=bucket.id,
    key="pictures/sun.png",
    source=pulumi.FileAsset("sun.png"),
    content_type="image/png",
)

role = aws.iam.Role(
    "thumbnail",
    assume_role_policy=json.dumps(
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
logs = aws.cloudwatch.LogGroup("thumbnail", retention_in_days=30)
policy = aws.iam.RolePolicy(
    "thumbnail",
    role=role.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": pulumi.Output.concat(bucket.arn, "/pictures/*"),
                },
                {
                    "Effect": "Allow",
                    "Action": "s3:PutObject",
                    "Resource": pulumi.Output.concat(bucket.arn, "/thumbnails/*"),
                },
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(logs.arn, ":*"),
                },
            ],
        }
    ),
)
function = aws.lambda_.Function(
    "thumbnail",
    runtime="python3.13",
    handler="app.handler",
    code=pulumi.FileArchive("function"),
    role=role.arn,
    timeout=30,
    memory_size=512,
    environment={"variables": {"BUCKET": bucket.id}},
    logging_config={"log_format": "Text", "log_group": logs.name},
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)

api = WorkflowApi(
    "api",
    workflows=[MAKE_THUMBNAILS],
    values={"bucket_name": bucket.id, "function_arn": function.arn},
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
pulumi.export("bucketName", bucket.id)
