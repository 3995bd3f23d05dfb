"""The services and operations that an `aws-sdk` task may name, from botocore's models.

A task names a service as the AWS SDK for Java 2 names its module, and an operation of the service's
API with a lower-case first letter.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

# Where the name is not botocore's without its dashes. The SDK makes it from the `serviceId` that
# stands in the service's model, which is too much to load for 439 services:
# https://github.com/aws/aws-sdk-java-v2/blob/master/codegen/src/main/java/software/amazon/awssdk/codegen/naming/DefaultNamingStrategy.java
NAMES: Mapping[str, str] = {
    "ce": "costexplorer",
    "cognito-idp": "cognitoidentityprovider",
    "cur": "costandusagereport",
    "discovery": "applicationdiscovery",
    "dms": "databasemigration",
    "ds": "directory",
    "ds-data": "directoryservicedata",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancingv2",
    "es": "elasticsearch",
    "events": "eventbridge",
    "iot-data": "iotdataplane",
    "iot-jobs-data": "iotjobsdataplane",
    "lex-models": "lexmodelbuilding",
    "lexv2-models": "lexmodelsv2",
    "lexv2-runtime": "lexruntimev2",
    "logs": "cloudwatchlogs",
    "meteringmarketplace": "marketplacemetering",
    "mgh": "migrationhub",
    "sdb": "simpledb",
    "serverlessrepo": "serverlessapplicationrepository",
    "sms-voice": "pinpointsmsvoice",  # botocore has this service twice
    "stepfunctions": "sfn",
}

# Less alike than this (from 0 to 1), and a suggestion would mislead.
LIKENESS = 0.65


class UnknownOperation(ValueError):  # noqa: N818 - what is unknown says more than `Error`
    """AWS has no such service, or the service no such operation."""


@dataclass(frozen=True)
class Operation:
    """An operation of a service's API.

    Attributes:
        service: botocore's name of the service, such as `cognito-idp`.
        name: such as `DescribeInstances`.
        signing_name: the service's name in signatures, mostly its prefix in IAM too.
        http_method: such as `POST`.
        uri: the path with its variables, such as `/restapis/{restapi_id}`.
        discovers_endpoint: whether an SDK first asks the service which endpoint to call.
    """

    service: str
    name: str
    signing_name: str
    http_method: str
    uri: str
    discovers_endpoint: bool


def operation(service: str, action: str) -> Operation:
    """What `arn:aws:states:::aws-sdk:SERVICE:ACTION` calls.

    Raises:
        UnknownOperation: with one line that names the wrong one and, if there is one, the nearest.
    """
    if service not in services():
        raise UnknownOperation(_unknown_service(service))
    if action not in operations(service):
        raise UnknownOperation(_unknown_action(service, action))
    return operations(service)[action]


@cache
def services() -> Mapping[str, str]:
    """botocore's name of each service, by the name that a task has for it."""
    return {
        NAMES.get(name, name.replace("-", "")): name
        for name in _loader().list_available_services("service-2")
    }


@cache
def operations(service: str) -> Mapping[str, Operation]:
    """What an action may be, for one of `services`."""
    name = services()[service]
    model = _description(name)
    metadata = model["metadata"]
    return {
        operation[0].lower() + operation[1:]: Operation(
            service=name,
            name=operation,
            signing_name=metadata.get("signingName", metadata["endpointPrefix"]),
            http_method=described["http"]["method"],
            uri=described["http"]["requestUri"],
            discovers_endpoint=described.get("endpointdiscovery", {}).get("required", False),
        )
        for operation, described in model["operations"].items()
    }


@cache
def input_shape(operation: Operation) -> Shape | None:
    """What a request of the operation is made of; None if it takes nothing."""
    return _model(operation.service).operation_model(operation.name).input_shape


@lru_cache(maxsize=8)
def _model(service: str) -> ServiceModel:
    return ServiceModel(_description(service))


@lru_cache(maxsize=8)  # they are large
def _description(service: str) -> Mapping[str, Any]:
    return _loader().load_service_model(service, "service-2")


def _unknown_service(service: str) -> str:
    # botocore's name is the one that most people know.
    names = {botocore: name for name, botocore in services().items()}
    nearest = names.get(service) or _nearest(service, services())
    remedy = (
        f"did you mean {nearest!r}?"
        if nearest
        else "write a name from https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"
    )
    return f"no service {service!r} in AWS's SDK; {remedy}"


def _unknown_action(service: str, action: str) -> str:
    nearest = _nearest(action, operations(service))
    remedy = (
        f"did you mean {nearest!r}?"
        if nearest
        else "write an operation of its API with a lower-case first letter"
    )
    return f"{service} has no action {action!r}; {remedy}"


def _nearest(wrong: str, names: Iterable[str]) -> str:
    """The name most like the wrong one, the first in the alphabet of several; empty for none."""

    def likeness(name: str) -> float:
        return SequenceMatcher(None, name.lower(), wrong.lower()).ratio()

    nearest = max(sorted(names), key=likeness)
    return nearest if likeness(nearest) >= LIKENESS else ""


def _loader() -> Loader:
    """One of botocore's own models: those in `~/.aws/models` would make a policy the machine's.

    A loader keeps whatever it has loaded, so there is a new one each time.
    """
    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
