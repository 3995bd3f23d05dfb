"""The services and operations that an `aws-sdk` task may call, from botocore's models.

A task uses the module name of the AWS SDK for Java 2 for a service, and the name of an operation
of the service's API with a lower-case first letter.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape, StructureShape

# Names that are not botocore's without dashes. The SDK derives them from the `serviceId` in a
# service's model, and loading the models of 439 services would take too long:
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

# From 0 to 1; a suggestion that is less similar would mislead.
MIN_SIMILARITY = 0.65


class UnknownOperation(ValueError):  # noqa: N818 - what is unknown says more than `Error`
    """AWS does not have this service, or the service does not have this operation."""


@dataclass(frozen=True)
class Operation:
    """An operation of a service's API.

    Attributes:
        service: botocore's name of the service, for example `cognito-idp`.
        name: for example `DescribeInstances`.
        signing_name: the service's name in signatures, usually its prefix in IAM too.
        http_method: for example `POST`.
        uri: the path with its variables, for example `/restapis/{restapi_id}`.
        discovers_endpoint: whether an SDK first asks the service which endpoint to call.
    """

    service: str
    name: str
    signing_name: str
    http_method: str
    uri: str
    discovers_endpoint: bool


def find_operation(service: str, action: str) -> Operation:
    """The operation that `arn:aws:states:::aws-sdk:SERVICE:ACTION` calls.

    Raises:
        UnknownOperation: one line with the wrong name and the most similar one, if there is one.
    """
    if service not in load_services():
        raise UnknownOperation(_unknown_service(service))
    if action not in load_operations(service):
        raise UnknownOperation(_unknown_action(service, action))
    return load_operations(service)[action]


@cache
def load_services() -> Mapping[str, str]:
    """botocore's name of each service, by the name in a task."""
    return {
        NAMES.get(name, name.replace("-", "")): name
        for name in _loader().list_available_services("service-2")
    }


@cache
def load_operations(service: str) -> Mapping[str, Operation]:
    """The operations of one of the services, by the name of the action in a task."""
    name = load_services()[service]
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
def load_input_shape(operation: Operation) -> Shape | None:
    """The shape of the operation's request; None if it takes no arguments."""
    return _model(operation.service).operation_model(operation.name).input_shape


@cache
def load_output_shape(operation: Operation) -> StructureShape | None:
    """The shape of the operation's result; None if it returns nothing."""
    return _model(operation.service).operation_model(operation.name).output_shape


@cache
def load_error_codes(operation: Operation) -> tuple[str, ...]:
    """The errors of the operation's service, by their names in its model, the operation's first."""
    description = _description(operation.service)
    own = description["operations"][operation.name].get("errors", [])
    every = [name for name, shape in description["shapes"].items() if shape.get("exception")]
    return (*dict.fromkeys([*(error["shape"] for error in own), *sorted(every)]),)


@cache
def service_id(operation: Operation) -> str:
    """The `serviceId` of the operation's service, for example `Secrets Manager`."""
    return _description(operation.service)["metadata"]["serviceId"]


@lru_cache(maxsize=8)
def _model(service: str) -> ServiceModel:
    return ServiceModel(_description(service))


@lru_cache(maxsize=8)  # they are large
def _description(service: str) -> Mapping[str, Any]:
    return _loader().load_service_model(service, "service-2")


def _unknown_service(service: str) -> str:
    # Most people know botocore's name.
    names = {botocore: name for name, botocore in load_services().items()}
    nearest = names.get(service) or _nearest(service, load_services())
    remedy = (
        f"did you mean {nearest!r}?"
        if nearest
        else "use a name from https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"
    )
    return f"unknown service {service!r}; {remedy}"


def _unknown_action(service: str, action: str) -> str:
    nearest = _nearest(action, load_operations(service))
    remedy = (
        f"did you mean {nearest!r}?"
        if nearest
        else "use an operation of its API with a lower-case first letter"
    )
    return f"unknown action {action!r} of {service}; {remedy}"


def _nearest(wrong: str, names: Iterable[str]) -> str:
    """The most similar name, alphabetically the first if there are several, or an empty string."""

    def similarity(name: str) -> float:
        return SequenceMatcher(None, name.lower(), wrong.lower()).ratio()

    nearest = max(sorted(names), key=similarity)
    return nearest if similarity(nearest) >= MIN_SIMILARITY else ""


def _loader() -> Loader:
    """A loader of botocore's own models, so that policies do not depend on `~/.aws/models`.

    A loader keeps all that it has loaded, so there is a new one for each call.
    """
    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
