"""What each role of a project's CI may do on AWS, as statements of IAM.

`WorkflowApi` begins each name with the project's and the stack's, and sets the tags `Project` and
`Stack`. Services whose ARNs have names are limited by them. API Gateway chooses ids, so its
resources are limited by tags, as far as AWS documents conditions for them:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stepgate.ci.state_bucket import StateBucket
from stepgate.http.access_log import ACCESS_LOG_PREFIX
from stepgate.permissions.logs import LOG_GROUP_PREFIX
from stepgate.workflow import Statement

Condition = Mapping[str, Mapping[str, str | Sequence[str]]]

STATE_MACHINES = (
    "CreateStateMachine CreateStateMachineAlias DeleteStateMachine DeleteStateMachineAlias "
    "DeleteStateMachineVersion DescribeStateMachine DescribeStateMachineAlias ListExecutions "
    "ListStateMachineVersions ListTagsForResource PublishStateMachineVersion TagResource "
    "UntagResource UpdateStateMachine UpdateStateMachineAlias"
)
LOG_GROUPS = (
    "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy "
    "TagResource UntagResource"
)
QUEUES = (
    "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes "
    "TagQueue UntagQueue"
)
RULES = (
    "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets "
    "RemoveTargets TagResource UntagResource"
)
ROLES = (
    "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole "
    "GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies "
    "PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription"
)
POLICIES = (
    "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy "
    "GetPolicyVersion ListPolicyVersions TagPolicy UntagPolicy"
)
TABLES = (
    "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive "
    "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable "
    "UpdateTimeToLive"
)
ALARMS = (
    "DeleteAlarms DeleteDashboards DescribeAlarms GetDashboard ListTagsForResource PutDashboard "
    "PutMetricAlarm TagResource UntagResource"
)
SERVICES = ("apigateway", "events", "states")
"""What the stack's roles are passed to."""


@dataclass(frozen=True)
class Reach:
    """The stacks that a role works on, and where.

    Attributes:
        stack: a stack's name, or a pattern of IAM for several.
        state: None if Pulumi Cloud keeps the state.
    """

    partition: str
    region: str
    account: str
    project: str
    stack: str
    state: StateBucket | None

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """IAM's ARNs have no Region."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def api_arns(self, *paths: str) -> list[str]:
        """API Gateway's ARNs have no account."""
        return [f"arn:{self.partition}:apigateway:{self.region}::/{path}" for path in paths]

    @property
    def names(self) -> str:
        """What the names of the stacks' resources are like."""
        return f"{self.project}-{self.stack}-*"

    def tags(self, key: str) -> Condition:
        """That the stacks' own tags are there, under `aws:RequestTag` or `aws:ResourceTag`."""
        return {"StringLike": {f"{key}/Project": self.project, f"{key}/Stack": self.stack}}


def preview_statements(reach: Reach) -> Iterator[Statement]:
    """What a preview asks AWS for: the state, and of what is deployed only running executions and
    the version that routes start.
    """
    yield _allow("Look", ["states:ValidateStateMachineDefinition"], "*")
    machines = reach.arn("states", f"stateMachine:{reach.names}")
    executions = ["states:DescribeStateMachineAlias", "states:ListExecutions"]
    yield _allow("Executions", executions, machines)
    if reach.state:
        yield from _read_state(reach, reach.state)


def deploy_statements(reach: Reach) -> Iterator[Statement]:
    """What deploying, testing, sweeping and destroying stacks asks AWS for."""
    # None of them knows a resource.
    look = ["logs:DescribeLogGroups", "states:ValidateStateMachineDefinition", "tag:GetResources"]
    yield _allow("Look", look, "*")
    roles = reach.iam_arn(f"role/{reach.names}")
    named = (
        ("states", STATE_MACHINES, f"stateMachine:{reach.names}"),
        ("logs", LOG_GROUPS, f"log-group:{LOG_GROUP_PREFIX}{reach.names}"),
        ("logs", "", f"log-group:{ACCESS_LOG_PREFIX}{reach.names}"),
        ("sqs", QUEUES, reach.names),
        ("events", RULES, f"rule/{reach.names}"),
        ("dynamodb", TABLES, f"table/{reach.names}"),
        ("cloudwatch", ALARMS, f"alarm:{reach.names}"),
    )
    # One statement, as policies have little room: an action concerns its own service's resources.
    yield _allow(
        "Named",
        [action for service, actions, _ in named for action in _actions(service, actions)],
        [
            *(reach.arn(service, resource) for service, _, resource in named),
            # Dashboards have no Region.
            f"arn:{reach.partition}:cloudwatch::{reach.account}:dashboard/{reach.names}",
        ],
    )
    yield _allow("Roles", _actions("iam", ROLES), roles)
    yield _allow("Policies", _actions("iam", POLICIES), reach.iam_arn(f"policy/{reach.names}"))
    yield _allow(
        "PassRoles",
        ["iam:PassRole"],
        roles,
        {"StringEquals": {"iam:PassedToService": [f"{name}.amazonaws.com" for name in SERVICES]}},
    )
    yield from _api_statements(reach)
    # AWS documents no condition on tags for it, and the APIs' ids are not known before.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigateway.html
    yield _allow("CallRoutes", ["execute-api:Invoke"], reach.arn("execute-api", "*"))
    if reach.state:
        yield from _read_state(reach, reach.state)
        yield _allow(
            "WriteState", ["s3:DeleteObject", "s3:PutObject"], _state_files(reach, reach.state)
        )


def _api_statements(reach: Reach) -> Iterator[Statement]:
    """APIs, API keys and usage plans; `apis` are WebSocket APIs.

    What is part of a REST API or of a usage plan has its tags, as far as permissions are concerned:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
    That page does not say it of a WebSocket API, but AWS documents the same condition on its parts.
    Listing is not allowed: a list of keys has the values of all.
    """
    kinds = ("apikeys", "apis", "restapis", "usageplans")
    # The ARN under /tags has an id that AWS chooses. To read or change a resource's tags AWS asks
    # for GET or PATCH on the resource as well, which are limited below.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html
    tags = reach.api_arns("tags/*")
    # Tags of a WebSocket API are set by POST, all others by PUT.
    # https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html
    set_tags = ["apigateway:POST", "apigateway:PUT"]
    yield _allow(
        "MakeApis", set_tags, [*reach.api_arns(*kinds), *tags], reach.tags("aws:RequestTag")
    )
    # For a resource policy, when an API is made; making one is limited above.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
    yield _allow("MakeApiPolicies", ["apigateway:UpdateRestApiPolicy"], reach.api_arns("restapis"))
    yield _allow(
        "Apis",
        _actions("apigateway", "DELETE GET PATCH POST PUT UpdateRestApiPolicy"),
        reach.api_arns(*(f"{kind}/*" for kind in kinds)),
        reach.tags("aws:ResourceTag"),
    )
    yield _allow("ReadTags", ["apigateway:GET"], tags)
    yield _allow(
        "OtherTags",
        ["apigateway:DELETE", *set_tags],
        tags,
        {
            "ForAllValues:StringNotEquals": {"aws:TagKeys": ["Project", "Stack"]},
            "Null": {"aws:TagKeys": "false"},  # or a request without tags would fulfil it
        },
    )


def _read_state(reach: Reach, state: StateBucket) -> Iterator[Statement]:
    # Without it S3 answers 403 for a file that is missing, which the CLI takes for a failure; with
    # a condition on the prefix as well, because a request for a file has none.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    yield _allow("ListStates", ["s3:ListBucket"], f"arn:{reach.partition}:s3:::{state.name}")
    files = [_state_file(reach, state, "meta.yaml"), *_state_files(reach, state)]
    yield _allow("ReadState", ["s3:GetObject"], files)


def _state_files(reach: Reach, state: StateBucket) -> list[str]:
    """https://github.com/pulumi/pulumi/blob/v3.200.0/pkg/backend/diy/store.go"""
    return [
        _state_file(reach, state, path)
        for path in (
            f"stacks/{reach.project}/{reach.stack}.json*",  # .bak and .gz
            f"backups/{reach.project}/{reach.stack}/*",
            f"history/{reach.project}/{reach.stack}/*",
            f"locks/organization/{reach.project}/{reach.stack}/*",
        )
    ]


def _state_file(reach: Reach, state: StateBucket, path: str) -> str:
    return f"arn:{reach.partition}:s3:::{state.name}/{state.folder}.pulumi/{path}"


def _actions(service: str, names: str) -> list[str]:
    return [f"{service}:{name}" for name in names.split()]


def _allow(
    sid: str, actions: list[str], resource: str | list[str], condition: Condition | None = None
) -> Statement:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": resource,
    }
    return {**statement, "Condition": condition} if condition else statement
