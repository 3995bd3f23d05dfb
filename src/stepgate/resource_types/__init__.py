"""What the local engine and `stepgate ci` know of each type of resource: one record a type.

A module a service holds them, and the functions of the provider that the local engine answers.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from stepgate.resource_types.function import Function
from stepgate.resource_types.resource_type import ResourceType

SERVICES = (
    "account apigateway apigatewayv2 cloudwatch cognito dynamodb ec2 iam kms lambda_ random s3 "
    "secretsmanager sfn sns sqs ssm"
)
_MODULES: list[Any] = [import_module(f"{__name__}.{service}") for service in SERVICES.split()]

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    record.token: record for module in _MODULES for record in getattr(module, "RESOURCE_TYPES", ())
}
"""The records, by token."""

FUNCTIONS: Mapping[str, Function] = {
    token: function
    for module in _MODULES
    for token, function in getattr(module, "FUNCTIONS", {}).items()
}
"""How each function of the provider is answered, by token."""
