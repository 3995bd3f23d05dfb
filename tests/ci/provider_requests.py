"""What AWS's provider asks for in the life of each resource, and what IAM is asked for then.

Read in `internal/service` of https://github.com/hashicorp/terraform-provider-aws.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.ci.iam import Check, Tags
from tests.program import Program, Registered

Request = tuple[Check, ...]
"""IAM has to allow each of these."""

ACCOUNT, REGION = "123456789012", "eu-central-1"
SUFFIX = "-0123456"
"""The provider appends it to a name of its own choice."""
ALIAS = "aws:sfn/alias:Alias"
OWN_TABLE = "shop-orders"
"""The program's own, which no role of CI knows."""
OTHER_TAG = "Team"
"""A tag that a program gives a `WorkflowApi` later, and takes away again."""

NAMED: Mapping[str, tuple[str, str, str]] = {
    "aws:cloudwatch/eventRule:EventRule": (
        f"events:{REGION}:{ACCOUNT}:rule/",
        "PutRule TagResource",
        "DescribeRule ListTagsForResource TagResource UntagResource DeleteRule",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        f"events:{REGION}:{ACCOUNT}:rule/",
        "",
        "PutTargets ListTargetsByRule RemoveTargets",
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        f"logs:{REGION}:{ACCOUNT}:log-group:",
        "CreateLogGroup TagResource",
        "PutRetentionPolicy DeleteRetentionPolicy ListTagsForResource TagResource UntagResource "
        "DeleteLogGroup",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        f"cloudwatch:{REGION}:{ACCOUNT}:alarm:",
        "PutMetricAlarm TagResource",
        "DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource DeleteAlarms",
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        f"cloudwatch::{ACCOUNT}:dashboard/",
        "PutDashboard",
        "GetDashboard PutDashboard DeleteDashboards",
    ),
    "aws:dynamodb/table:Table": (
        f"dynamodb:{REGION}:{ACCOUNT}:table/",
        "CreateTable TagResource",
        "DescribeTable DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource "
        "UpdateTimeToLive UpdateContinuousBackups UpdateTable TagResource UntagResource "
        "DeleteTable",
    ),
    "aws:iam/policy:Policy": (
        f"iam::{ACCOUNT}:policy/",
        "CreatePolicy TagPolicy",
        "GetPolicy GetPolicyVersion ListPolicyVersions CreatePolicyVersion DeletePolicyVersion "
        "TagPolicy UntagPolicy DeletePolicy",
    ),
    "aws:iam/role:Role": (
        f"iam::{ACCOUNT}:role/",
        "CreateRole TagRole",
        "GetRole ListRolePolicies ListAttachedRolePolicies GetRolePolicy UpdateRole "
        "UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole "
        "ListInstanceProfilesForRole DeleteRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        f"iam::{ACCOUNT}:role/",
        "",
        "PutRolePolicy GetRolePolicy DeleteRolePolicy",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        f"iam::{ACCOUNT}:role/",
        "",
        "AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy",
    ),
    "aws:sfn/stateMachine:StateMachine": (
        f"states:{REGION}:{ACCOUNT}:stateMachine:",
        "CreateStateMachine TagResource",
        # With those for its alias, which ask for the state machine as well.
        "DescribeStateMachine ListStateMachineVersions ListTagsForResource UpdateStateMachine "
        "PublishStateMachineVersion TagResource UntagResource DeleteStateMachine "
        "CreateStateMachineAlias DescribeStateMachineAlias UpdateStateMachineAlias "
        "DeleteStateMachineAlias",
    ),
    "aws:sqs/queue:Queue": (
        f"sqs:{REGION}:{ACCOUNT}:",
        "CreateQueue TagQueue",
        "GetQueueUrl GetQueueAttributes SetQueueAttributes ListQueueTags TagQueue UntagQueue "
        "DeleteQueue",
    ),
}
"""Types whose ARNs have names: what the ARN begins with, what creates, and what follows."""

OWNERS = {
    "aws:cloudwatch/eventTarget:EventTarget": "rule",
    "aws:iam/rolePolicy:RolePolicy": "role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role",
}
"""Types that are part of a named resource, and the input with its name."""

PASSED = {
    "aws:apigateway/restApi:RestApi": "apigateway",
    "aws:apigatewayv2/authorizer:Authorizer": "apigateway",
    "aws:apigatewayv2/integration:Integration": "apigateway",
    "aws:cloudwatch/eventTarget:EventTarget": "events",
    "aws:sfn/stateMachine:StateMachine": "states",
}
"""Types that may be given a role, and the service that takes it."""

ROLES = ("roleArn", "credentialsArn", "authorizerCredentialsArn")
"""The inputs with the role."""

OF_ALL: tuple[Request, ...] = (
    (Check("logs:DescribeLogGroups", "*"),),
    (Check("states:ValidateStateMachineDefinition", "*"),),
    (Check("tag:GetResources", "*"),),
    (Check("execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3/v1/POST/ship"),),
)
"""Requests that nothing in IAM limits to a stack."""


def provider_requests(program: Program) -> Iterator[Request]:
    """The requests for all resources that a program has registered."""
    for (type_, name), resource in program.resources.items():
        if not type_.startswith("aws:") or type_ == ALIAS or name == OWN_TABLE:
            continue
        requests = _named if type_ in NAMED else API_REQUESTS[type_]
        yield from requests(program, type_, name, resource)
        service, role = PASSED.get(type_), _role_of(resource.inputs)
        if service and role:
            passed = {"iam:PassedToService": f"{service}.amazonaws.com"}
            yield (Check("iam:PassRole", role, context=passed),)


def _role_of(inputs: Mapping[str, Any]) -> str | None:
    """The role's ARN; a REST API has it in its document."""
    if "body" in inputs:
        found = re.search(f"arn:aws:iam::{ACCOUNT}:role/[\\w-]+", inputs["body"])
        assert found
        return found[0]
    return next((inputs[name] for name in ROLES if name in inputs), None)


def _named(_: Program, type_: str, name: str, resource: Registered) -> Iterator[Request]:
    start, creating, following = NAMED[type_]
    inputs = resource.inputs
    named = (
        inputs.get("name")
        or inputs.get("dashboardName")
        or f"{inputs.get(OWNERS.get(type_, ''), name)}{SUFFIX}"
    )
    check = Check("", f"arn:aws:{start}{named}")
    tags: Tags = inputs.get("tags", {})
    service = start.partition(":")[0]
    for action in creating.split():
        yield (replace(check, action=f"{service}:{action}", request_tags=tags),)
    for action in following.split():
        yield (replace(check, action=f"{service}:{action}", resource_tags=tags),)


def api_arn(path: str) -> str:
    return f"arn:aws:apigateway:{REGION}::/{path}"


def tags_arn(path: str) -> str:
    return api_arn(f"tags/{api_arn(path).replace('/', '%2F').replace(':', '%3A')}")


def changes_of_tags(path: str, tags: Tags) -> Iterator[Request]:
    """To change a resource's tags AWS asks for PATCH on the resource as well, to read them for GET.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html
    """
    own = Check("apigateway:PATCH", api_arn(path), resource_tags=tags)
    on_tags = _tagging(path)
    yield replace(on_tags, request_tags={OTHER_TAG: "orders"}), own
    yield replace(on_tags, action="apigateway:DELETE", tag_keys=(OTHER_TAG,)), own
    yield replace(on_tags, action="apigateway:GET"), replace(own, action="apigateway:GET")


def creation(kind: str, tags: Tags) -> Iterator[Request]:
    """AWS asks for the tags of what is created as well."""
    yield (
        Check("apigateway:POST", api_arn(kind), request_tags=tags),
        replace(_tagging(f"{kind}/a1b2c3"), request_tags=tags),
    )


def _tagging(path: str) -> Check:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"""
    method = "POST" if path.startswith("apis/") else "PUT"
    return Check(f"apigateway:{method}", tags_arn(path))


def _of_api(kind: str, *following: str) -> Callable[..., Iterator[Request]]:
    """Requests for what has tags of its own; `following` are methods with paths below it."""

    def requests(_: Program, __: str, ___: str, resource: Registered) -> Iterator[Request]:
        tags = resource.inputs["tags"]
        policy = Check("apigateway:UpdateRestApiPolicy", api_arn(kind))
        made_with = (policy,) if "policy" in resource.inputs else ()
        yield from ((*request, *made_with) for request in creation(kind, tags))
        yield from changes_of_tags(f"{kind}/a1b2c3", tags)
        yield from _below(f"{kind}/a1b2c3", tags, following)
        for each in made_with:
            yield (replace(each, resource=api_arn(f"{kind}/a1b2c3"), resource_tags=tags),)

    return requests


def _part_of(parent: str, kind: str, *following: str) -> Callable[..., Iterator[Request]]:
    """Requests for what has its parent's tags, as far as permissions are concerned.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html

    Args:
        parent: the input with the parent's id.
    """

    def requests(program: Program, _: str, __: str, resource: Registered) -> Iterator[Request]:
        tags = _tags_of(program, resource.inputs[parent])
        yield from _below(f"{kind}/a1b2c3", tags, following)
        if "tags" in resource.inputs:  # a stage
            yield from changes_of_tags(f"{kind}/a1b2c3/stages/v1", resource.inputs["tags"])

    return requests


def _part_of_websocket_api(path: str) -> Callable[..., Iterator[Request]]:
    """Requests for a part of a WebSocket API, below the path of its type."""
    each = f"{path}/x1"
    return _part_of(
        "apiId", "apis", f"POST {path}", f"GET {each}", f"PATCH {each}", f"DELETE {each}"
    )


def _below(path: str, tags: Tags, following: tuple[str, ...]) -> Iterator[Request]:
    for each in following:
        method, _, rest = each.partition(" ")
        yield (Check(f"apigateway:{method}", api_arn(f"{path}{rest}"), resource_tags=tags),)


def _tags_of(program: Program, id_: str) -> Tags:
    return next(
        r.inputs["tags"] for (_, name), r in program.resources.items() if id_ == f"{name}.id"
    )


API_REQUESTS: Mapping[str, Callable[..., Iterator[Request]]] = {
    "aws:apigateway/apiKey:ApiKey": _of_api("apikeys", "GET", "PATCH", "DELETE"),
    "aws:apigateway/deployment:Deployment": _part_of(
        "restApi",
        "restapis",
        *("POST /deployments", "GET /deployments/d1", "PATCH /deployments/d1"),
        "DELETE /deployments/d1",
    ),
    "aws:apigateway/methodSettings:MethodSettings": _part_of(
        "restApi", "restapis", "GET /stages/v1", "PATCH /stages/v1"
    ),
    "aws:apigateway/restApi:RestApi": _of_api(
        "restapis", "GET", "GET /resources", "PUT", "PATCH", "DELETE"
    ),
    "aws:apigateway/stage:Stage": _part_of(
        "restApi",
        "restapis",
        *("POST /stages", "GET /stages/v1", "PATCH /stages/v1", "DELETE /stages/v1"),
    ),
    "aws:apigatewayv2/api:Api": _of_api("apis", "GET", "PATCH", "DELETE"),
    "aws:apigatewayv2/authorizer:Authorizer": _part_of_websocket_api("/authorizers"),
    "aws:apigatewayv2/deployment:Deployment": _part_of_websocket_api("/deployments"),
    "aws:apigatewayv2/integration:Integration": _part_of_websocket_api("/integrations"),
    "aws:apigatewayv2/integrationResponse:IntegrationResponse": _part_of_websocket_api(
        "/integrations/i1/integrationresponses"
    ),
    "aws:apigatewayv2/route:Route": _part_of_websocket_api("/routes"),
    "aws:apigatewayv2/routeResponse:RouteResponse": _part_of_websocket_api(
        "/routes/r1/routeresponses"
    ),
    "aws:apigatewayv2/stage:Stage": _part_of_websocket_api("/stages"),
    "aws:apigateway/usagePlan:UsagePlan": _of_api("usageplans", "GET", "PATCH", "DELETE"),
    "aws:apigateway/usagePlanKey:UsagePlanKey": _part_of(
        "usagePlanId", "usageplans", "POST /keys", "GET /keys/k1", "DELETE /keys/k1"
    ),
}
