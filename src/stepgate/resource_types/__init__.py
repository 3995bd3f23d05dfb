"""What the local engine and `stepgate ci` know of each type of resource: one record a type.

A module a service holds them, and the functions of the provider that the local engine answers.
"""

from collections.abc import Mapping

from stepgate.resource_types import (
    account,
    apigateway,
    cloudwatch,
    cognito,
    dynamodb,
    ec2,
    iam,
    kms,
    lambda_,
    random,
    s3,
    secretsmanager,
    sfn,
    sns,
    sqs,
    ssm,
)
from stepgate.resource_types.function import Function
from stepgate.resource_types.resource_type import ResourceType

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    record.token: record
    for module in (
        apigateway,
        cloudwatch,
        cognito,
        dynamodb,
        ec2,
        iam,
        kms,
        lambda_,
        random,
        s3,
        secretsmanager,
        sfn,
        sns,
        sqs,
        ssm,
    )
    for record in module.RESOURCE_TYPES
}
"""The records, by token."""

FUNCTIONS: Mapping[str, Function] = {**account.FUNCTIONS, **ec2.FUNCTIONS, **iam.FUNCTIONS}
"""How each function of the provider is answered, by token."""
