"""The roles of a project's CI: wide enough for its own stacks, and closed to all others."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from stepgate import LambdaAuthorizer, Live
from stepgate.ci.ephemeral import ephemeral_name
from stepgate.ci.errors import CiError
from stepgate.ci.roles import (
    FOLDER_LENGTH,
    Role,
    RoleSettings,
    ci_roles,
    role_settings,
    roles_document,
)
from stepgate.ci.state_bucket import StateBucket
from stepgate.components import Alarms
from stepgate.permissions.policies import Policy, policy_text
from stepgate.permissions.reference import find_action
from stepgate.project import Project
from stepgate.route import Route
from tests.ci.iam import Check, allows
from tests.ci.provider_requests import (
    ACCOUNT,
    OF_ALL,
    REGION,
    Request,
    api_arn,
    changes_of_tags,
    creation,
    provider_requests,
    tags_arn,
)
from tests.components.registered import APPROVE, PLACE_ORDER, SHIP, register, shop
from tests.program import Program

EPHEMERAL = ephemeral_name("pr-123", 1_800_000_000)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:who"
MANAGED_POLICY_LENGTH = 6_144
INLINE_POLICIES_LENGTH = 10_240
"""Of all in one role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def settings(project: str = "shop", stack: str = "dev", **changes: Any) -> RoleSettings:
    given = {
        "account": ACCOUNT,
        "region": REGION,
        "repository": "acme/shop",
        "stack": stack,
        "state": "s3://acme-state/pulumi",
        **changes,
    }
    folder = Path()
    return role_settings(Project(folder, project, "python", folder, folder, None), **given)


def role(kind: str, *of: str) -> Role:
    return ci_roles(settings(*of))[kind]


@cache
def program(stack: str) -> Program:
    """A `WorkflowApi` with everything that it can make, as a stack of the project shop."""
    workflows = [PLACE_ORDER, replace(SHIP, route=Route(wait=True)), APPROVE]
    arguments: dict[str, Any] = {
        "authorization": "api-key",
        "workflows": workflows,
        "resource_policy": {"Statement": []},
        "alarms": Alarms(f"arn:aws:sns:{REGION}:{ACCOUNT}:ops"),
        "tracing": True,
        "access_logs": True,
        "live": Live(authorization=LambdaAuthorizer(function_arn=FUNCTION)),
    }
    return register(partial(shop, **arguments), stack=stack)


def is_allowed(policy: Policy, request: Request) -> bool:
    return all(allows(policy, check) for check in request)


def s3(action: str, path: str) -> Request:
    return (Check(f"s3:{action}", f"arn:aws:s3:::acme-state/pulumi/.pulumi/{path}"),)


def state_requests(stack: str, project: str = "shop") -> Iterator[Request]:
    """As the CLI's version 3.200 makes them: `pkg/backend/diy` in its source."""
    for action in ("GetObject", "PutObject", "DeleteObject"):
        for path in (
            f"stacks/{project}/{stack}.json",
            f"stacks/{project}/{stack}.json.bak",
            f"backups/{project}/{stack}/{stack}.1800000000.json",
            f"history/{project}/{stack}/{stack}-1800000000.history.json",
            f"locks/organization/{project}/{stack}/6b5d.json",
        ):
            yield s3(action, path)


def executions_requests(stack: str) -> Iterator[Request]:
    """For the running executions of each state machine."""
    yield from machine_requests(stack, "ListExecutions")


def machine_requests(stack: str, action: str) -> Iterator[Request]:
    for check, *_ in provider_requests(program(stack)):
        if check.action == "states:DescribeStateMachine":
            yield (replace(check, action=f"states:{action}"),)


def own_requests(stack: str) -> list[Request]:
    provider = provider_requests(program(stack))
    return [
        *provider,
        *state_requests(stack),
        *executions_requests(stack),
        *machine_requests(stack, "DeleteStateMachineVersion"),
    ]


DEPLOYING = [("deploy", "dev"), ("ephemeral", EPHEMERAL)]


@pytest.mark.parametrize(("kind", "stack"), DEPLOYING)
def test_a_role_may_do_all_that_its_own_stack_needs(kind: str, stack: str) -> None:
    policy = role(kind).policy
    refused = [each for each in own_requests(stack) if not is_allowed(policy, each)]
    assert refused == []
    assert all(is_allowed(policy, each) for each in OF_ALL)
    assert is_allowed(policy, s3("GetObject", "meta.yaml"))
    assert is_allowed(policy, (Check("s3:ListBucket", "arn:aws:s3:::acme-state"),))


@pytest.mark.parametrize(
    ("kind", "project", "stack", "others"),
    [
        ("ephemeral", "shop", "dev", "dev"),
        ("ephemeral", "till", "dev", EPHEMERAL),
        ("deploy", "shop", "dev", EPHEMERAL),
        ("deploy", "shop", "prod", "dev"),
        ("deploy", "till", "dev", "dev"),
    ],
)
def test_a_role_reaches_nothing_of_another_stack(
    kind: str, project: str, stack: str, others: str
) -> None:
    policy = role(kind, project, stack).policy
    assert [each for each in own_requests(others) if is_allowed(policy, each)] == []


@pytest.mark.parametrize(("kind", "others"), [("ephemeral", "tmp-dev"), ("deploy", "dev-2")])
def test_a_role_reaches_no_api_and_no_state_of_a_stack_whose_name_begins_alike(
    kind: str, others: str
) -> None:
    policy = role(kind).policy
    reached = [each for each in own_requests(others) if is_allowed(policy, each)]
    services = {check.action.partition(":")[0] for each in reached for check in each}
    assert services == {"cloudwatch", "dynamodb", "events", "iam", "logs", "sqs", "states"}


@pytest.mark.parametrize(("kind", "stack"), DEPLOYING)
def test_a_role_may_do_nothing_that_no_stack_needs(kind: str, stack: str) -> None:
    needed = {check.action for each in [*own_requests(stack), *OF_ALL] for check in each}
    assert actions(role(kind).policy) == {*needed, "s3:ListBucket"}


OWN = {"Project": "shop", "Stack": EPHEMERAL}
FOREIGN = {"Project": "till", "Stack": "prod"}


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param((Check("apigateway:GET", api_arn("apikeys")),), id="list-keys"),
        pytest.param((Check("apigateway:GET", api_arn("restapis")),), id="list-apis"),
        pytest.param((Check("apigateway:POST", api_arn("restapis")),), id="api-without-tags"),
        pytest.param((Check("apigateway:POST", api_arn("apis/a1/routes")),), id="route-of-others"),
        pytest.param((Check("apigateway:GET", api_arn("apikeys/a1")),), id="key-without-tags"),
        pytest.param(next(creation("apikeys", FOREIGN)), id="key-for-others"),
        *(
            pytest.param(each, id=f"tags-of-others-{number}")
            for number, each in enumerate(
                [
                    *changes_of_tags("restapis/a1", FOREIGN),
                    *changes_of_tags("apis/a1", FOREIGN),
                ]
            )
        ),
        pytest.param(
            (
                Check("apigateway:PUT", tags_arn("restapis/a1"), request_tags=OWN),
                Check("apigateway:PATCH", api_arn("restapis/a1"), resource_tags=FOREIGN),
            ),
            id="take-an-api-by-tags",
        ),
        *(
            pytest.param(
                (Check("apigateway:DELETE", tags_arn("restapis/a1"), tag_keys=(key, "Team")),),
                id=f"take-away-{key}",
            )
            for key in OWN
        ),
        pytest.param((Check("apigateway:DELETE", tags_arn("restapis/a1")),), id="no-tags-at-all"),
        pytest.param(
            (
                Check(
                    "iam:PassRole",
                    f"arn:aws:iam::{ACCOUNT}:role/shop-{EPHEMERAL}-shop-role",
                    context={"iam:PassedToService": "ec2.amazonaws.com"},
                ),
            ),
            id="role-for-another-service",
        ),
        *(
            pytest.param(
                (Check("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/ci/{name}"),), id=name
            )
            for name in ("shop-ephemeral", "shop-dev-deploy", f"shop-{EPHEMERAL}-deploy")
        ),
        pytest.param(s3("PutObject", "meta.yaml"), id="layout-of-the-state"),
        pytest.param(s3("GetObject", f"stacks/till/{EPHEMERAL}.json"), id="state-of-others"),
    ],
)
def test_a_throw_away_role_may_not(request_: Request) -> None:
    assert not is_allowed(role("ephemeral").policy, request_)


def test_a_preview_reads_its_stacks_state_and_executions_and_changes_nothing() -> None:
    policy = role("preview").policy
    executions = [*executions_requests("dev")]
    assert executions
    allowed = [each for each in own_requests("dev") if is_allowed(policy, each)]
    state = [each for each in state_requests("dev") if each[0].action == "s3:GetObject"]
    aliases = [*machine_requests("dev", "DescribeStateMachineAlias")]
    assert allowed == [*aliases, *state, *executions]
    assert not any(is_allowed(policy, each) for each in executions_requests("prod"))
    assert is_allowed(policy, (Check("states:ValidateStateMachineDefinition", "*"),))
    assert is_allowed(policy, s3("GetObject", "meta.yaml"))
    assert not is_allowed(policy, s3("GetObject", "stacks/shop/prod.json"))


def actions(policy: Policy) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_aws_knows_each_action() -> None:
    for each in ci_roles(settings()).values():
        for action in actions(each.policy):
            known = find_action(action)
            assert known is not None, action
            assert known.name == action


def test_with_another_backend_there_is_nothing_on_s3() -> None:
    for each in ci_roles(settings(state="")).values():
        assert "s3" not in policy_text(each.policy)
        assert not any("s3:" in note for note in each.notes)


BUCKET_WITH_OPTIONS = StateBucket("acme-state", "a/b/", {"region": "eu-west-1", "awssdk": "v2"})


@pytest.mark.parametrize(
    ("url", "bucket"),
    [
        ("s3://acme-state", StateBucket("acme-state", "")),
        ("s3://acme-state/", StateBucket("acme-state", "")),
        ("s3://acme-state/a/b/?region=eu-west-1&awssdk=v2", BUCKET_WITH_OPTIONS),
    ],
)
def test_a_backend_is_a_bucket_and_a_folder(url: str, bucket: StateBucket) -> None:
    assert settings(state=url).reach.state == bucket


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eusc-de-east-1", "aws-eusc")],
)
def test_arns_are_in_the_partition_of_the_region(region: str, partition: str) -> None:
    document = json.dumps(roles_document(settings(region=region)))
    assert {*re.findall(r"arn:([\w-]+):", document)} == {partition}


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("preview", "repo:acme@1/shop@2:pull_request"),
        ("ephemeral", "repo:acme@1/shop@2:environment:ephemeral"),
        ("deploy", "repo:acme@1/shop@2:environment:prod"),
    ],
)
def test_a_role_is_taken_by_jobs_of_one_repository_alone(kind: str, subject: str) -> None:
    given = settings(stack="prod", repository="acme@1/shop@2")
    (statement,) = ci_roles(given)[kind].trust_policy["Statement"]
    provider = "token.actions.githubusercontent.com"
    assert statement["Principal"] == {
        "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}"
    }
    assert statement["Condition"] == {
        "StringEquals": {f"{provider}:aud": "sts.amazonaws.com", f"{provider}:sub": subject}
    }


def test_names_follow_the_project() -> None:
    assert [each.name for each in ci_roles(settings("till", "prod")).values()] == [
        "till-prod-preview",
        "till-ephemeral",
        "till-prod-deploy",
    ]
    assert "stepgate" not in json.dumps(roles_document(settings("till", "prod")))


def test_a_policy_fits_into_a_role_with_the_longest_names_that_there_may_be() -> None:
    longest = settings(
        "p" * 28,
        "s" * 27,
        region="us-gov-west-1",
        state=f"s3://{'b' * 63}/{'f' * (FOLDER_LENGTH - 1)}/",
    )
    lengths = [len(policy_text(each.policy)) for each in ci_roles(longest).values()]
    assert 8_000 < max(lengths) <= INLINE_POLICIES_LENGTH


def test_a_policy_fits_into_a_managed_one_with_usual_names() -> None:
    lengths = [len(policy_text(each.policy)) for each in ci_roles(settings()).values()]
    assert 4_000 < max(lengths) <= MANAGED_POLICY_LENGTH


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"account": "1234"}, "'1234' is not an account: write its 12 digits"),
        ({"region": "mars"}, "'mars' is not a Region: write for example eu-central-1"),
        ({"region": "xx-west-1"}, "'xx-west-1' is not a Region: write for example eu-central-1"),
        ({"repository": "shop"}, "'shop' is not a repository: write OWNER/NAME"),
        (
            {"stack": "tmp-*"},
            '\'tmp-*\' is not a stack\'s name: use letters, digits, "-", "_" and "."',
        ),
        (
            {"stack": "ephemeral"},
            "'ephemeral' is the environment that each branch may use: deploy a stack of another "
            "name",
        ),
        (
            {"stack": "s" * 60},
            f"'shop-{'s' * 60}-preview' is longer than the 64 characters of a role's name: use a "
            "shorter name for the project or the stack",
        ),
        (
            {"state": f"s3://abc/{'f' * 300}"},
            f"the folder in 's3://abc/{'f' * 300}' is longer than the 300 characters that a policy "
            "has room for: use a shorter one",
        ),
        *(
            (
                {"state": url},
                f"'{url}' is not an S3 backend: write s3://BUCKET or s3://BUCKET/FOLDER, or leave "
                "it out for another backend",
            )
            for url in (
                "file:///state",
                "s3://",
                "s3://acme-state/*",
                "acme-state",
                "s3://A_b",
                "s3://[a",
                "s3://abc//d",
            )
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line(changes: dict[str, str], line: str) -> None:
    with pytest.raises(CiError, match="^" + re.escape(line) + "$"):
        settings(**changes)
