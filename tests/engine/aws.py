"""An AWS account that keeps what it is told and refuses what AWS is known to refuse.

It makes nothing real. What it knows of each type stands in `KINDS`; a program that uses another
type needs one more line there.
"""

import json
import random
import re
import string
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

Inputs = dict[str, Any]
"""A resource's inputs under the provider's names; numbers are floats."""

Refusals = Iterator[str]

ACCOUNT_ID = "123456789012"
DEFAULT_SUBNETS = {
    "subnet-0c22222222222222c": "a",
    "subnet-0b11111111111111b": "e",
    "subnet-0d33333333333333d": "c",
}


@dataclass(frozen=True)
class Resource:
    """One resource as it stands in the account."""

    type: str
    name: str
    """Its name in Pulumi."""
    id: str
    inputs: Inputs
    outputs: Inputs


@dataclass
class Account:
    """What is in the account, in one Region."""

    region: str
    resources: list[Resource] = field(default_factory=list[Resource])
    image: str = "ami-0abcdef1234567890"
    """The newest that Amazon has published."""
    subnets: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_SUBNETS))
    """The default VPC's, each with the letter of its zone."""
    offering: str = "ac"
    """The letters of the zones that offer instances, of every type."""

    @property
    def partition(self) -> str:
        return "aws-cn" if self.region.startswith("cn-") else "aws"

    @property
    def domain(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, rest: str) -> str:
        """An ARN in this account; IAM's have no Region."""
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{ACCOUNT_ID}:{rest}"

    def api_arn(self, rest: str) -> str:
        """API Gateway's ARNs have no account."""
        return f"arn:{self.partition}:apigateway:{self.region}::/{rest}"

    def of(self, type_: str, **outputs: str) -> list[Resource]:
        """The resources of a type that have these outputs."""
        return [
            resource
            for resource in self.resources
            if resource.type == type_ and outputs.items() <= resource.outputs.items()
        ]

    def delete(self, resource: Resource) -> None:
        """What is inside an API, a role, a usage plan or a state machine goes with it."""
        inside = {
            REST_API: "restApi",
            ROLE: "role",
            STATE_MACHINE: "stateMachineArn",
            USAGE_PLAN: "usagePlanId",
            WEBSOCKET_API: "apiId",
        }.get(resource.type, "")
        self.resources = [
            other
            for other in self.resources
            if other != resource and other.inputs.get(inside) != resource.id
        ]

    def find(self, type_: str, id_: str) -> Resource | None:
        return next((r for r in self.of(type_) if r.id == id_), None)


def saved(account: Account, file: Path) -> None:
    """Nobody who reads it meanwhile finds half of it."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(asdict(account)))
    new.replace(file)


def loaded(file: Path) -> Account:
    """The account of the file; empty where there is no file yet."""
    if not file.exists():
        return Account("us-east-1")
    content = json.loads(file.read_text())
    resources = [Resource(**resource) for resource in content["resources"]]
    return Account(**content | {"resources": resources})


API_KEY = "aws:apigateway/apiKey:ApiKey"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
REST_API = "aws:apigateway/restApi:RestApi"
STAGE = "aws:apigateway/stage:Stage"
USAGE_PLAN = "aws:apigateway/usagePlan:UsagePlan"
USAGE_PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"
WEBSOCKET_API = "aws:apigatewayv2/api:Api"
WEBSOCKET_AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer"
WEBSOCKET_DEPLOYMENT = "aws:apigatewayv2/deployment:Deployment"
WEBSOCKET_INTEGRATION = "aws:apigatewayv2/integration:Integration"
WEBSOCKET_ROUTE = "aws:apigatewayv2/route:Route"
WEBSOCKET_STAGE = "aws:apigatewayv2/stage:Stage"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
INSTANCE = "aws:ec2/instance:Instance"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE_POLICY_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ALIAS = "aws:sfn/alias:Alias"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
VERSION = "a version of a state machine"
"""What a state machine publishes; it is no resource of Pulumi's."""
QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"


def _id(length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
    return "".join(random.choices(alphabet, k=length))


def _hex(length: int) -> str:
    return _id(length, "0123456789abcdef")


# What each type is made into: its id, and the outputs that differ from its inputs.

Made = tuple[str, Inputs]


def _api_key(account: Account, _: Inputs) -> Made:
    id_ = _id(10)
    value = _id(40, string.ascii_letters + string.digits)
    return id_, {"arn": account.api_arn(f"apikeys/{id_}"), "value": value}


def _deployment(account: Account, inputs: Inputs) -> Made:
    # What a stage serves is what the API was when it was deployed.
    api = account.find(REST_API, inputs["restApi"])
    return _id(6), {"snapshot": api.inputs["body"] if api else ""}


def _base_path_mapping(_: Account, inputs: Inputs) -> Made:
    return f"{inputs['domainName']}/", {}


def _domain_name(account: Account, inputs: Inputs) -> Made:
    name = inputs["domainName"]
    host = f"d-{_id(10)}.execute-api.{account.region}.{account.domain}"
    return name, {
        "arn": account.api_arn(f"domainnames/{name}"),
        "regionalDomainName": host,
        "regionalZoneId": "Z1UJRXOUMOOFQ8",
    }


def _record(_: Account, inputs: Inputs) -> Made:
    name = f"{inputs['zoneId']}_{inputs['name']}_{inputs['type']}"
    return name, {"fqdn": inputs["name"]}


def _web_acl(account: Account, inputs: Inputs) -> Made:
    id_ = _hex(32)
    return id_, {"arn": account.arn("wafv2", f"regional/webacl/{inputs['name']}/{id_}")}


def _web_acl_association(_: Account, inputs: Inputs) -> Made:
    return f"{inputs['webAclArn']},{inputs['resourceArn']}", {}


def _method_settings(_: Account, inputs: Inputs) -> Made:
    return f"{inputs['restApi']}-{inputs['stageName']}-{inputs['methodPath']}", {}


def _rest_api(account: Account, _: Inputs) -> Made:
    id_ = _id(10)
    return id_, {
        "arn": account.api_arn(f"restapis/{id_}"),
        "executionArn": account.arn("execute-api", id_),
        "rootResourceId": _id(10),
    }


def _stage(account: Account, inputs: Inputs) -> Made:
    api, stage = inputs["restApi"], inputs["stageName"]
    return f"ags-{api}-{stage}", {
        "arn": account.api_arn(f"restapis/{api}/stages/{stage}"),
        "executionArn": account.arn("execute-api", f"{api}/{stage}"),
        "invokeUrl": f"https://{api}.execute-api.{account.region}.{account.domain}/{stage}",
    }


def _usage_plan(account: Account, _: Inputs) -> Made:
    id_ = _id(6)
    return id_, {"arn": account.api_arn(f"usageplans/{id_}")}


def _usage_plan_key(account: Account, inputs: Inputs) -> Made:
    key = account.find(API_KEY, inputs["keyId"])
    told = {"name": key.outputs["name"], "value": key.outputs["value"]} if key else {}
    return inputs["keyId"], {"name": "", "value": "", **told}


def _websocket_api(account: Account, _: Inputs) -> Made:
    id_ = _id(10)
    return id_, {
        "apiEndpoint": f"wss://{id_}.execute-api.{account.region}.{account.domain}",
        "arn": account.api_arn(f"apis/{id_}"),
        "executionArn": account.arn("execute-api", id_),
    }


def _websocket_stage(account: Account, inputs: Inputs) -> Made:
    api, name = inputs["apiId"], inputs["name"]
    return name, {
        "arn": account.api_arn(f"apis/{api}/stages/{name}"),
        "executionArn": account.arn("execute-api", f"{api}/{name}"),
        "invokeUrl": f"wss://{api}.execute-api.{account.region}.{account.domain}/{name}",
    }


def _part(_: Account, __: Inputs) -> Made:
    return _id(7), {}


def _log_group(account: Account, inputs: Inputs) -> Made:
    return inputs["name"], {"arn": account.arn("logs", f"log-group:{inputs['name']}")}


def _instance(account: Account, inputs: Inputs) -> Made:
    id_ = f"i-{_hex(17)}"
    made = {"arn": account.arn("ec2", f"instance/{id_}"), "instanceState": "running"}
    if "subnetId" not in inputs:
        # Without a subnet the provider does not send the flag, and default subnets give an address.
        made |= {"subnetId": next(iter(account.subnets), ""), "associatePublicIpAddress": True}
    return id_, made


def _security_group(account: Account, _: Inputs) -> Made:
    id_ = f"sg-{_hex(17)}"
    return id_, {"arn": account.arn("ec2", f"security-group/{id_}"), "ownerId": ACCOUNT_ID}


def _policy(account: Account, inputs: Inputs) -> Made:
    arn = account.arn("iam", f"policy/{inputs['name']}")
    return arn, {"arn": arn, "policyId": f"ANPA{_id(17).upper()}"}


def _role(account: Account, inputs: Inputs) -> Made:
    arn = account.arn("iam", f"role/{inputs['name']}")
    return inputs["name"], {"arn": arn, "uniqueId": f"AROA{_id(17).upper()}"}


def _role_policy(_: Account, inputs: Inputs) -> Made:
    return f"{inputs['role']}:{inputs['name']}", {}


def _role_policy_attachment(_: Account, inputs: Inputs) -> Made:
    return f"{inputs['role']}/{inputs['policyArn']}", {}


def _state_machine(account: Account, inputs: Inputs) -> Made:
    arn = account.arn("states", f"stateMachine:{inputs['name']}")
    return arn, {"arn": arn, "status": "ACTIVE", "stateMachineVersionArn": ""}


def _published(account: Account, arn: str, inputs: Inputs) -> Inputs:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html"""
    if not inputs.get("publish"):
        return {}
    # A number is never given twice, also after its version is deleted.
    numbers = [int(version.id.rpartition(":")[2]) for version in versions(account, arn)]
    id_ = f"{arn}:{max(numbers, default=0) + 1}"
    kept = {key: inputs[key] for key in ("definition", "roleArn")}
    published = {"creationDate": time.time()}
    version = Resource(VERSION, inputs["name"], id_, {"stateMachineArn": arn, **kept}, published)
    account.resources.append(version)
    return {"stateMachineVersionArn": id_}


def versions(account: Account, arn: str) -> list[Resource]:
    """The versions of a state machine, oldest first."""
    return [each for each in account.of(VERSION) if each.inputs["stateMachineArn"] == arn]


def _alias(_: Account, inputs: Inputs) -> Made:
    version = inputs["routingConfigurations"][0]["stateMachineVersionArn"]
    arn = f"{version.rpartition(':')[0]}:{inputs['name']}"
    return arn, {"arn": arn}


def _described(account: Account, id_: str, _: Inputs) -> Inputs:
    """An update sends what the program has changed only: not the description of an alias."""
    alias = account.find(ALIAS, id_)
    return {"description": alias.outputs.get("description", "")} if alias else {}


def _queue(account: Account, inputs: Inputs) -> Made:
    name = inputs["name"]
    url = f"https://sqs.{account.region}.{account.domain}/{ACCOUNT_ID}/{name}"
    made = {"arn": account.arn("sqs", name), "url": url}
    if (redrive := inputs.get("redrivePolicy")) and redrive != UNKNOWN:
        made |= {"redrivePolicy": json.dumps(json.loads(redrive), separators=(",", ":"))}
    return url, made


def _table(account: Account, inputs: Inputs) -> Made:
    return inputs["name"], {"arn": account.arn("dynamodb", f"table/{inputs['name']}")}


def _alarm(account: Account, inputs: Inputs) -> Made:
    return inputs["name"], {"arn": account.arn("cloudwatch", f"alarm:{inputs['name']}")}


def _dashboard(_: Account, inputs: Inputs) -> Made:
    name = inputs["dashboardName"]
    return name, {"dashboardArn": f"arn:aws:cloudwatch::{ACCOUNT_ID}:dashboard/{name}"}


def _event_rule(account: Account, inputs: Inputs) -> Made:
    return inputs["name"], {"arn": account.arn("events", f"rule/{inputs['name']}")}


def _event_target(_: Account, inputs: Inputs) -> Made:
    return f"{inputs['rule']}-{inputs['targetId']}", {}


# What AWS refuses to make, or to change a resource into.


def _refused_deployment(account: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
    api = account.find(REST_API, inputs["restApi"])
    if api is None:
        yield "NotFoundException: Invalid API identifier specified"
    elif not json.loads(api.inputs["body"])["paths"]:
        yield "BadRequestException: The REST API doesn't contain any methods"


def _refused_method_settings(account: Account, inputs: Inputs) -> Refusals:
    if not account.find(STAGE, f"ags-{inputs['restApi']}-{inputs['stageName']}"):
        yield "NotFoundException: Invalid stage identifier specified"


def _refused_rest_api(account: Account, inputs: Inputs) -> Refusals:
    # "When you use an enhanced security policy, you must also set the endpoint access mode".
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
    enhanced = inputs.get("securityPolicy", "").startswith("SecurityPolicy_")
    if enhanced != ("endpointAccessMode" in inputs):
        yield "BadRequestException: endpointAccessMode goes with an enhanced security policy"
    document = json.loads(inputs["body"])
    # https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
    if len(inputs["body"]) > 6_000_000:
        yield "BadRequestException: the API definition is larger than 6 MB"
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
    for model in document["components"]["schemas"]:
        if not re.fullmatch("[A-Za-z0-9]+", model):
            yield f"BadRequestException: Model name must be alphanumeric: {model}"
    for reference in set(re.findall('"#/components/schemas/([^"]+)"', inputs["body"])):
        if reference not in document["components"]["schemas"]:
            yield f"BadRequestException: Unable to find model {reference}"
    schemes = document["components"]["securitySchemes"]
    for path, method, operation in _operations(document):
        for scheme in {name for asked in operation.get("security", ()) for name in asked}:
            if scheme not in schemes:
                yield f"BadRequestException: no security scheme {scheme}: {method} {path}"
        role = operation["x-amazon-apigateway-integration"].get("credentials")
        if role and not account.of(ROLE, arn=role):
            yield f"BadRequestException: Invalid ARN specified in the request: {role}"


def _refused_stage(account: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    if not re.fullmatch("[A-Za-z0-9_-]{1,128}", inputs["stageName"]):
        yield "BadRequestException: Stage name only allows a-zA-Z0-9_-"
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    if settings := inputs.get("accessLogSettings"):
        if not account.of(LOG_GROUP, arn=settings["destinationArn"]):
            yield "BadRequestException: the log group of the access logs does not exist"
        if "$context.requestId" not in settings["format"]:
            yield "BadRequestException: Access log format must contain $context.requestId"
    deployment = account.find(DEPLOYMENT, inputs["deployment"])
    if deployment is None or deployment.inputs["restApi"] != inputs["restApi"]:
        yield "NotFoundException: Invalid Deployment identifier specified"


def _refused_usage_plan(account: Account, inputs: Inputs) -> Refusals:
    for stage in inputs.get("apiStages", ()):
        if not account.find(STAGE, f"ags-{stage['apiId']}-{stage['stage']}"):
            yield "NotFoundException: API Stage not found"


def _refused_usage_plan_key(account: Account, inputs: Inputs) -> Refusals:
    if not account.find(API_KEY, inputs["keyId"]):
        yield "NotFoundException: Invalid API Key identifier specified"
    if not account.find(USAGE_PLAN, inputs["usagePlanId"]):
        yield "NotFoundException: Invalid Usage Plan identifier specified"


def _refused_websocket_api(_: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
    if not inputs.get("routeSelectionExpression"):
        yield "BadRequestException: a WebSocket API needs a route selection expression"


def _refused_integration(account: Account, inputs: Inputs) -> Refusals:
    yield from _refused_part(account, inputs)
    if (role := inputs.get("credentialsArn")) and not account.of(ROLE, arn=role):
        yield f"BadRequestException: Invalid ARN specified in the request: {role}"


def _refused_websocket_deployment(account: Account, inputs: Inputs) -> Refusals:
    yield from _refused_part(account, inputs)
    if not [r for r in account.of(WEBSOCKET_ROUTE) if r.inputs["apiId"] == inputs["apiId"]]:
        yield "BadRequestException: Unable to deploy API because no routes exist in this API"


def _refused_part(account: Account, inputs: Inputs) -> Refusals:
    """What a part of a WebSocket API names has to be a part of it as well."""
    if not account.find(WEBSOCKET_API, inputs["apiId"]):
        yield f"NotFoundException: Invalid API identifier specified: {inputs['apiId']}"
    for key, type_ in PARTS.items():
        id_ = inputs.get(key, "").removeprefix("integrations/")
        part = account.find(type_, id_)
        if id_ and not (part and part.inputs["apiId"] == inputs["apiId"]):
            yield f"NotFoundException: Invalid {key} specified: {id_}"


PARTS = {
    "authorizerId": WEBSOCKET_AUTHORIZER,
    "deploymentId": WEBSOCKET_DEPLOYMENT,
    "integrationId": WEBSOCKET_INTEGRATION,
    "routeId": WEBSOCKET_ROUTE,
    "target": WEBSOCKET_INTEGRATION,
}
"""The inputs of parts of WebSocket APIs with another part's id."""


def _refused_log_group(_: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    if not re.fullmatch("[A-Za-z0-9._/#-]{1,512}", inputs["name"]):
        yield "InvalidParameterException: 'logGroupName' failed to satisfy constraint"
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    if inputs.get("retentionInDays") not in (
        *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
        *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
    ):
        yield "InvalidParameterException: retentionInDays failed to satisfy constraint"


def _refused_instance(account: Account, inputs: Inputs) -> Refusals:
    if not re.fullmatch("ami-[0-9a-f]{17}", inputs["ami"]):
        yield f"InvalidAMIID.NotFound: The image id '[{inputs['ami']}]' does not exist"
    for group in inputs.get("vpcSecurityGroupIds", ()):
        if not account.find(SECURITY_GROUP, group):
            yield f"InvalidGroup.NotFound: The security group '{group}' does not exist"
    if not account.subnets:
        yield "VPCIdNotSpecified: No default VPC for this user"
    elif subnet := inputs.get("subnetId"):
        if subnet not in account.subnets:
            yield f"InvalidSubnetID.NotFound: The subnet ID '{subnet}' does not exist"
        elif account.subnets[subnet] not in account.offering:
            yield "Unsupported: The instance type is not supported in the requested zone"


def _refused_security_group(_: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    if not re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", inputs["description"], re.ASCII):
        yield "InvalidParameterValue: Invalid security group description"


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def _size(policy: str) -> int:
    """Characters that count: all but white space."""
    return len(re.sub(r"\s", "", policy))


def _refused_policy(_: Account, inputs: Inputs) -> Refusals:
    if _size(inputs["policy"]) > 6_144:
        yield "LimitExceeded: Cannot exceed quota for PolicySize: 6144"


def _refused_role(_: Account, inputs: Inputs) -> Refusals:
    if _size(inputs["assumeRolePolicy"]) > 2_048:
        yield "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    if not re.fullmatch("[\t\n\r -~¡-ÿ]{0,1000}", inputs.get("description", "")):
        yield "ValidationError: 'description' failed to satisfy constraint"


def _refused_role_policy(account: Account, inputs: Inputs) -> Refusals:
    if not account.find(ROLE, inputs["role"]):
        yield f"NoSuchEntity: The role with name {inputs['role']} cannot be found"
    others = [
        policy.inputs["policy"]
        for policy in account.of(ROLE_POLICY, role=inputs["role"])
        if policy.inputs["name"] != inputs["name"]
    ]
    if sum(map(_size, [*others, inputs["policy"]])) > 10_240:
        yield f"LimitExceeded: Maximum policy size of 10240 bytes exceeded for {inputs['role']}"


def _refused_role_policy_attachment(account: Account, inputs: Inputs) -> Refusals:
    if not account.find(ROLE, inputs["role"]):
        yield f"NoSuchEntity: The role with name {inputs['role']} cannot be found"
    if not account.find(POLICY, inputs["policyArn"]):
        yield f"NoSuchEntity: Policy {inputs['policyArn']} does not exist"
    if len(account.of(ROLE_POLICY_ATTACHMENT, role=inputs["role"])) >= 10:
        yield "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"


def _refused_state_machine(account: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    if not re.fullmatch("[A-Za-z0-9_-]{1,80}", inputs["name"]):
        yield f"InvalidName: Invalid Name: '{inputs['name']}'"
    definition = json.loads(inputs["definition"])
    if definition["StartAt"] not in definition["States"]:
        yield "InvalidDefinition: MISSING_TRANSITION_TARGET at /StartAt"
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CloudWatchLogsLogGroup.html
    destination = inputs["loggingConfiguration"]["logDestination"]
    if not destination.endswith(":*"):
        yield f"InvalidLoggingConfiguration: Log Destination ARN must end with ':*': {destination}"
    elif not account.of(LOG_GROUP, arn=destination.removesuffix(":*")):
        yield "InvalidLoggingConfiguration: Log Destination does not exist"
    is_traced = inputs.get("tracingConfiguration", {}).get("enabled")
    if is_traced and not _allows(account, inputs["roleArn"], "xray:PutTraceSegments", "*"):
        yield "AccessDeniedException: The state machine IAM Role is not authorized to send traces"
    if not account.of(ROLE, arn=inputs["roleArn"]):
        yield f"AccessDeniedException: Step Functions cannot assume {inputs['roleArn']}"
    elif not _allows(account, inputs["roleArn"], "logs:CreateLogDelivery", "*"):
        yield (
            "AccessDeniedException: The state machine IAM Role is not authorized to access the "
            "Log Destination"
        )


def _refused_alias(account: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html
    if not re.fullmatch("(?=.*[a-zA-Z_.-])[a-zA-Z0-9_.-]{1,80}", inputs["name"]):
        yield f"ValidationException: Value '{inputs['name']}' at 'name' failed"
    for each in inputs["routingConfigurations"]:
        if not account.find(VERSION, each["stateMachineVersionArn"]):
            yield f"ResourceNotFound: {each['stateMachineVersionArn']} does not exist"


def _refused_queue(account: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    form = r"[A-Za-z0-9_-]{1,75}\.fifo" if inputs.get("fifoQueue") else "[A-Za-z0-9_-]{1,80}"
    if not re.fullmatch(form, inputs["name"]):
        yield "InvalidParameterValue: The name of a queue is wrong"
    if not 60 <= inputs["messageRetentionSeconds"] <= 1_209_600:
        yield "InvalidAttributeValue: Invalid value for the parameter MessageRetentionPeriod"
    if (redrive := inputs.get("redrivePolicy")) and redrive != UNKNOWN:
        target = json.loads(redrive)["deadLetterTargetArn"]
        if not [q for q in account.of(QUEUE, arn=target) if q.inputs.get("fifoQueue")]:
            yield "InvalidParameterValue: The dead-letter queue of a FIFO queue must be one too"


def _refused_table(_: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    if not re.fullmatch("[A-Za-z0-9_.-]{3,255}", inputs["name"]):
        yield "ValidationException: 'tableName' failed to satisfy constraint"
    keys = {inputs[key] for key in ("hashKey", "rangeKey") if key in inputs}
    if keys != {attribute["name"] for attribute in inputs["attributes"]}:
        yield "ValidationException: Some index key attributes have no definition, or are not used"


def _refused_alarm(_: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    if ("statistic" in inputs) == ("extendedStatistic" in inputs):
        yield "ValidationError: exactly one of Statistic and ExtendedStatistic must be given"
    if inputs["period"] % 60:
        yield "ValidationError: Period must be 10, 20, 30 or a multiple of 60"
    if inputs.get("datapointsToAlarm", 1) > inputs["evaluationPeriods"]:
        yield "ValidationError: DatapointsToAlarm must not be above EvaluationPeriods"


def _refused_dashboard(_: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    if not re.fullmatch("[A-Za-z0-9_-]{1,255}", inputs["dashboardName"]):
        yield "InvalidParameterValue: the dashboard's name is wrong"
    for widget in json.loads(inputs["dashboardBody"])["widgets"]:
        if not {"type", "properties"} <= widget.keys():
            yield "InvalidParameterInput: a widget has no type or properties"


def _refused_event_rule(account: Account, inputs: Inputs) -> Refusals:
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    if not re.fullmatch("[.A-Za-z0-9_-]{1,64}", inputs["name"]):
        yield "ValidationException: 'name' failed to satisfy constraint"
    if len(inputs["eventPattern"]) > 2_048:
        yield "LimitExceededException: The pattern is longer than its quota of 2048 characters"
    for arn in json.loads(inputs["eventPattern"])["detail"]["stateMachineArn"]:
        if not account.of(STATE_MACHINE, arn=arn):
            yield f"the rule is for a state machine that does not exist: {arn}"


def _refused_event_target(account: Account, inputs: Inputs) -> Refusals:
    if not account.find(EVENT_RULE, inputs["rule"]):
        yield f"ResourceNotFoundException: Rule {inputs['rule']} does not exist"
    if not _allows(account, inputs["roleArn"], "states:StartExecution", inputs["arn"]):
        yield f"the rule's role may not start {inputs['arn']}"


# What AWS refuses to delete, because something needs it.


def _needed_deployment(account: Account, deployment: Resource) -> Refusals:
    # https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDeployment.html
    if account.of(STAGE, deployment=deployment.id):
        yield (
            "BadRequestException: Active stages pointing to this deployment must be moved or "
            "deleted"
        )


def _needed_part(account: Account, part: Resource) -> Refusals:
    # https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html
    for key in [key for key, type_ in PARTS.items() if type_ == part.type]:
        for other in account.resources:
            named = other.inputs.get(key, "").removeprefix("integrations/") == part.id
            if named and other.type in (WEBSOCKET_ROUTE, WEBSOCKET_STAGE):
                yield f"ConflictException: Cannot delete {part.id}: {other.name} needs it"


def _needed_security_group(account: Account, group: Resource) -> Refusals:
    if any(group.id in i.inputs["vpcSecurityGroupIds"] for i in account.of(INSTANCE)):
        yield f"DependencyViolation: resource {group.id} has a dependent object"


def _needed_policy(account: Account, policy: Resource) -> Refusals:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    if account.of(ROLE_POLICY_ATTACHMENT, policyArn=policy.id):
        yield "DeleteConflict: Cannot delete a policy attached to entities"


def _needed_role(account: Account, role: Resource) -> Refusals:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    if role.inputs.get("forceDetachPolicies"):  # the provider deletes them first
        return
    if account.of(ROLE_POLICY, role=role.id) or account.of(ROLE_POLICY_ATTACHMENT, role=role.id):
        yield "DeleteConflict: Cannot delete entity, must remove policies first"


def _needed_event_rule(account: Account, rule: Resource) -> Refusals:
    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
    if account.of(EVENT_TARGET, rule=rule.id):
        yield "ValidationException: Rule can't be deleted since it has targets."


def _nothing(*_: object) -> Refusals:
    yield from ()


def _unchanged(*_: object) -> Inputs:
    return {}


@dataclass(frozen=True)
class Kind:
    """What is known of a type.

    Attributes:
        made: its id and the outputs that differ from its inputs.
        delete_before_replace: whether the provider asks the engine to delete a replaced resource
            before it creates the new one.
        longest_name: the characters that a name may have, for types that have one; where the
            program gives none, the provider makes it.
        unique_name: whether the account takes each name once.
        refused: why it cannot be made, or made into that.
        needed: why it cannot be deleted.
        followed: the outputs that what AWS does after it is created or updated has changed.
    """

    made: Callable[[Account, Inputs], Made]
    delete_before_replace: bool = False
    longest_name: int | None = None
    unique_name: bool = True
    refused: Callable[[Account, Inputs], Refusals] = _nothing
    needed: Callable[[Account, Resource], Refusals] = _nothing
    followed: Callable[[Account, str, Inputs], Inputs] = _unchanged


KINDS: Mapping[str, Kind] = {
    API_KEY: Kind(_api_key, longest_name=1024, unique_name=False),
    DEPLOYMENT: Kind(
        _deployment,
        refused=_refused_deployment,
        needed=_needed_deployment,
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": Kind(_base_path_mapping),
    "aws:apigateway/domainName:DomainName": Kind(_domain_name),
    "aws:route53/record:Record": Kind(_record, unique_name=False),
    "aws:wafv2/webAcl:WebAcl": Kind(_web_acl, longest_name=128),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Kind(_web_acl_association),
    METHOD_SETTINGS: Kind(_method_settings, refused=_refused_method_settings),
    REST_API: Kind(_rest_api, longest_name=1024, unique_name=False, refused=_refused_rest_api),
    STAGE: Kind(_stage, refused=_refused_stage),
    USAGE_PLAN: Kind(
        _usage_plan, longest_name=1024, unique_name=False, refused=_refused_usage_plan
    ),
    USAGE_PLAN_KEY: Kind(_usage_plan_key, refused=_refused_usage_plan_key),
    WEBSOCKET_API: Kind(
        _websocket_api, longest_name=128, unique_name=False, refused=_refused_websocket_api
    ),
    WEBSOCKET_AUTHORIZER: Kind(
        _part, longest_name=128, unique_name=False, refused=_refused_part, needed=_needed_part
    ),
    WEBSOCKET_DEPLOYMENT: Kind(_part, refused=_refused_websocket_deployment, needed=_needed_part),
    WEBSOCKET_INTEGRATION: Kind(_part, refused=_refused_integration, needed=_needed_part),
    "aws:apigatewayv2/integrationResponse:IntegrationResponse": Kind(_part, refused=_refused_part),
    WEBSOCKET_ROUTE: Kind(_part, refused=_refused_part),
    "aws:apigatewayv2/routeResponse:RouteResponse": Kind(_part, refused=_refused_part),
    WEBSOCKET_STAGE: Kind(_websocket_stage, unique_name=False, refused=_refused_part),
    LOG_GROUP: Kind(_log_group, longest_name=512, refused=_refused_log_group),
    ALARM: Kind(_alarm, longest_name=255, refused=_refused_alarm),
    DASHBOARD: Kind(_dashboard, refused=_refused_dashboard),
    EVENT_RULE: Kind(
        _event_rule,
        longest_name=64,
        refused=_refused_event_rule,
        needed=_needed_event_rule,
    ),
    TABLE: Kind(_table, longest_name=255, refused=_refused_table),
    EVENT_TARGET: Kind(_event_target, refused=_refused_event_target),
    INSTANCE: Kind(
        _instance,
        refused=_refused_instance,
    ),
    SECURITY_GROUP: Kind(
        _security_group,
        longest_name=255,
        refused=_refused_security_group,
        needed=_needed_security_group,
    ),
    POLICY: Kind(
        _policy,
        longest_name=128,
        refused=_refused_policy,
        needed=_needed_policy,
    ),
    ROLE: Kind(_role, longest_name=64, refused=_refused_role, needed=_needed_role),
    ROLE_POLICY: Kind(
        _role_policy, longest_name=128, unique_name=False, refused=_refused_role_policy
    ),
    ROLE_POLICY_ATTACHMENT: Kind(
        _role_policy_attachment,
        delete_before_replace=True,
        refused=_refused_role_policy_attachment,
    ),
    ALIAS: Kind(_alias, unique_name=False, refused=_refused_alias, followed=_described),
    STATE_MACHINE: Kind(
        _state_machine,
        longest_name=80,
        refused=_refused_state_machine,
        followed=_published,
    ),
    QUEUE: Kind(_queue, longest_name=80, refused=_refused_queue),
}


def _image(account: Account, _: Inputs) -> Inputs:
    return {"id": account.image}


def _caller_identity(_: Account, __: Inputs) -> Inputs:
    return {"accountId": ACCOUNT_ID}


def _offerings(account: Account, arguments: Inputs) -> Inputs:
    assert arguments["locationType"] == "availability-zone"
    return {"locations": [f"{account.region}{letter}" for letter in account.offering]}


def _subnets(account: Account, arguments: Inputs) -> Inputs:
    filters = {one["name"]: one["values"] for one in arguments["filters"]}
    assert filters["default-for-az"] == ["true"]
    zones = filters["availability-zone"]
    found = [id_ for id_, letter in account.subnets.items() if f"{account.region}{letter}" in zones]
    return {"ids": random.sample(found, len(found))}  # EC2 promises no order


FUNCTIONS: Mapping[str, Callable[[Account, Inputs], Inputs]] = {
    "aws:ec2/getAmi:getAmi": _image,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": lambda account, _: {"partition": account.partition},
    "aws:index/getRegion:getRegion": lambda account, _: {"region": account.region},
}


def refusals(account: Account, type_: str, inputs: Inputs, *, id_: str = "") -> Refusals:
    """Why AWS does not make this, or does not make the resource of that id into this."""
    kind = KINDS[type_]
    if kind.unique_name and "name" in inputs:
        for other in account.of(type_, name=inputs["name"]):
            if other.id != id_:
                yield f"EntityAlreadyExists: {inputs['name']} already exists"
    yield from kind.refused(account, inputs)


def served(account: Account) -> dict[str, str]:
    """What stands behind each route that the account's stages serve at this moment.

    `ready`, `no state machine` or `not allowed`, by the API's id and the route's method and path.
    """
    return {
        f"{stage.inputs['restApi']} {method.upper()} {path}": state
        for stage in account.of(STAGE)
        for deployment in account.of(DEPLOYMENT)
        if deployment.id == stage.outputs["deployment"]
        for path, method, operation in _operations(json.loads(deployment.outputs["snapshot"]))
        if (state := _behind(account, operation["x-amazon-apigateway-integration"]))
    }


def _behind(account: Account, integration: Mapping[str, Any]) -> str | None:
    if integration["type"] == "mock":
        return None
    template = next(iter(integration["requestTemplates"].values()))
    found = re.search(
        r"(arn:[\w-]+:states:[\w:-]+?:(stateMachine|execution):([\w-]+))(:[A-Za-z]+)?", template
    )
    assert found, template
    arn, kind, name, alias = found.groups()
    if not account.of(STATE_MACHINE, name=name):
        return "no state machine"
    if alias and kind == "stateMachine" and not account.of(ALIAS, arn=f"{arn}{alias}"):
        return "no alias"
    action = f"states:{integration['uri'].rpartition('/')[2]}"
    resource = arn if kind == "stateMachine" else f"{arn}:some-execution"
    return (
        "ready" if _allows(account, integration["credentials"], action, resource) else "not allowed"
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _allows(account: Account, role_arn: str, action: str, resource: str) -> bool:
    """Whether a role's policies allow an action. They have no conditions and deny nothing."""
    return any(
        any(matches(pattern, action) for pattern in _list(statement["Action"]))
        and any(matches(pattern, resource) for pattern in _list(statement["Resource"]))
        for role in account.of(ROLE, arn=role_arn)
        for policy in _policies(account, role)
        for statement in json.loads(policy)["Statement"]
    )


def _policies(account: Account, role: Resource) -> Iterator[str]:
    for inline in account.of(ROLE_POLICY, role=role.id):
        yield inline.inputs["policy"]
    for attachment in account.of(ROLE_POLICY_ATTACHMENT, role=role.id):
        for policy in account.of(POLICY, arn=attachment.inputs["policyArn"]):
            yield policy.inputs["policy"]


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any text, `?` for one character."""
    parts = {"*": ".*", "?": "."}
    return bool(re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text))
