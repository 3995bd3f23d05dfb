"""The executions of a state machine that are running, as Step Functions lists them."""

# boto3-stubs has overloads for services that are not named, too: see resource_types/cloud.py.
# pyright: reportUnknownMemberType=false

import boto3

from stepgate.ci.aws_errors import aws_errors

MOST_COUNTED = 1_000
"""What one request lists at most."""


def count_running_executions(arn: str, profile: str | None) -> int:
    """The number of running executions of a Standard state machine, up to `MOST_COUNTED`.

    An execution that began within the last seconds may not be among them. One whose distributed
    Map has children that run or wait is running itself.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html

    Args:
        profile: the AWS profile to read with; None for the default credentials.

    Raises:
        AwsFailedError: AWS does not answer.
    """
    region = arn.split(":")[3]
    with aws_errors("count running executions"):
        client = boto3.Session(profile_name=profile, region_name=region).client("stepfunctions")
        pages = client.get_paginator("list_executions").paginate(
            stateMachineArn=arn,
            statusFilter="RUNNING",
            PaginationConfig={"MaxItems": MOST_COUNTED, "PageSize": MOST_COUNTED},
        )
        try:
            return sum(len(page["executions"]) for page in pages)
        except client.exceptions.StateMachineDoesNotExist:
            return 0
