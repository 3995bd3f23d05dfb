"""What a killed command was creating, found again in the stack's state."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from stepgate.ci.errors import CiError
from stepgate.ci.pending_operations import adopt_pending_creates, arns_with_tags
from stepgate.resource_types import RESOURCE_TYPES
from stepgate.resource_types.resource_type import WithParent
from tests.engine import aws
from tests.engine.resources import SNAPSHOT
from tests.local.processes import listener, port_of

STACK = {
    "urn": "urn:pulumi:tmp::stepgate::pulumi:pulumi:Stack::stepgate-tmp",
    "type": "pulumi:pulumi:Stack",
}
PROVIDER = {
    "urn": "urn:pulumi:tmp::stepgate::pulumi:providers:aws::default",
    "type": "pulumi:providers:aws",
    "id": "1",
    "inputs": {"region": "eu-west-1"},
}
ROLE = {
    "urn": "urn:pulumi:tmp::stepgate::aws:iam/role:Role::role",
    "type": aws.ROLE,
    "id": "role",
    "inputs": {},
    "outputs": {"arn": "arn:aws:iam::123456789012:role/role"},
}
TAGS = {"Project": "stepgate", "Stack": "tmp"}
WITH_PARENT = {
    token for token, record in RESOURCE_TYPES.items() if isinstance(record.import_id, WithParent)
}
ARNS = [
    *(f"arn:aws:ec2:eu-west-1:123456789012:{it}" for it in ("instance/i-1", "instance/i-2")),
    "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1",
    "arn:aws:apigateway:eu-west-1::/apikeys/key1",
    "arn:aws:apigateway:eu-west-1::/restapis/api1/stages/v1",
    "arn:aws:apigateway:eu-west-1::/restapis/api1",
    "arn:aws:apigateway:eu-west-1::/apis/live1",
    "arn:aws:apigateway:eu-west-1::/usageplans/plan1",
    "arn:aws:kms:eu-west-1:123456789012:key/key2",
    "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_1",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tmp-it-a1b2c3",
]
INPUTS = {
    "name": "tmp-it",
    "bucket": "tmp-it",
    "dashboardName": "tmp-it",
    "key": "a/b",
    "role": "role",
    "policyArn": "arn:aws:iam::aws:policy/p",
    "rule": "rule",
    "targetId": "end",
    "tags": TAGS,
}
IDS = {
    aws.API_KEY: "key1",
    aws.EVENT_RULE: "tmp-it",
    aws.EVENT_TARGET: "rule-end",
    aws.INSTANCE: "i-1",
    aws.LOG_GROUP: "tmp-it",
    aws.POLICY: "arn:aws:iam::123456789012:policy/tmp-it",
    aws.QUEUE: "https://sqs.eu-west-1.amazonaws.com/123456789012/tmp-it",
    aws.REST_API: "api1",
    aws.ROLE: "tmp-it",
    aws.ROLE_POLICY: "role:tmp-it",
    aws.ROLE_POLICY_ATTACHMENT: "role/arn:aws:iam::aws:policy/p",
    aws.SECURITY_GROUP: "sg-1",
    aws.STATE_MACHINE: "arn:aws:states:eu-west-1:123456789012:stateMachine:tmp-it",
    aws.USAGE_PLAN: "plan1",
    "aws:apigatewayv2/api:Api": "live1",
    "aws:cloudwatch/dashboard:Dashboard": "tmp-it",
    "aws:cognito/userPool:UserPool": "eu-west-1_1",
    "aws:cloudwatch/eventBus:EventBus": "tmp-it",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "tmp-it",
    "aws:dynamodb/table:Table": "tmp-it",
    "aws:iam/instanceProfile:InstanceProfile": "tmp-it",
    "aws:kms/alias:Alias": "tmp-it",
    "aws:kms/key:Key": "key2",
    "aws:lambda/function:Function": "tmp-it",
    "aws:s3/bucket:Bucket": "tmp-it",
    "aws:s3/bucketNotification:BucketNotification": "tmp-it",
    "aws:s3/bucketObject:BucketObject": "tmp-it/a/b",
    "aws:s3/bucketObjectv2:BucketObjectv2": "tmp-it/a/b",
    "aws:s3/bucketV2:BucketV2": "tmp-it",
    "aws:secretsmanager/secret:Secret": ARNS[-1],
    "aws:sfn/activity:Activity": "arn:aws:states:eu-west-1:123456789012:activity:tmp-it",
    "aws:sns/topic:Topic": "arn:aws:sns:eu-west-1:123456789012:tmp-it",
    "aws:ssm/parameter:Parameter": "tmp-it",
}


# Their ids have what AWS alone knows, and they have no tags.
NEVER_FOUND = {"aws:lambda/layerVersion:LayerVersion"}


def lookup(region: str, tags: Mapping[str, str]) -> list[str]:
    assert (region, tags) == ("eu-west-1", TAGS)
    return ARNS


def creating(type_: str, **known: Any) -> dict[str, Any]:
    resource = {
        "urn": f"urn:pulumi:tmp::stepgate::{type_}::it",
        "type": type_,
        "custom": True,
        "provider": f"{PROVIDER['urn']}::1",
        "inputs": INPUTS,
    }
    return {"type": "creating", "resource": resource | known}


def ids(state: Mapping[str, Any]) -> list[str]:
    assert state["pending_operations"] == []
    assert state["resources"][:3] == [STACK, PROVIDER, ROLE]
    return [resource["id"] for resource in state["resources"][3:]]


def state(*pending: dict[str, Any]) -> dict[str, Any]:
    return {"resources": [STACK, PROVIDER, ROLE], "pending_operations": [*pending]}


def test_each_type_of_a_workflow_api_is_looked_for_or_goes_with_another() -> None:
    types = set(re.findall(r"^ +(aws:\S+) ", SNAPSHOT.read_text(), re.MULTILINE))
    assert types <= IDS.keys() | WITH_PARENT
    assert IDS.keys() | WITH_PARENT | NEVER_FOUND == set(RESOURCE_TYPES)


@pytest.mark.parametrize("type_", IDS)
def test_what_was_being_created_is_adopted_under_its_id(type_: str) -> None:
    found, unknown = adopt_pending_creates(state(creating(type_)), lookup)
    assert (ids(found), unknown) == ([IDS[type_]], [])
    assert found["resources"][3]["outputs"] == INPUTS


@pytest.mark.parametrize("type_", sorted(WITH_PARENT))
def test_what_goes_with_another_resource_is_left_out(type_: str) -> None:
    found, unknown = adopt_pending_creates(state(creating(type_)), lookup)
    assert (ids(found), unknown) == ([], [])


def test_a_component_is_nothing_that_aws_could_have() -> None:
    component = {"urn": "urn:it", "type": "stepgate:index:WorkflowApi", "custom": False}
    found, unknown = adopt_pending_creates(
        state({"type": "creating", "resource": component}), lookup
    )
    assert (ids(found), unknown) == ([], [])


def test_a_provider_exists_in_the_state_alone() -> None:
    provider: dict[str, Any] = {
        "urn": "urn:it",
        "type": "pulumi:providers:aws",
        "custom": True,
        "inputs": {},
    }
    found, unknown = adopt_pending_creates(
        state({"type": "creating", "resource": provider}), lookup
    )
    assert (ids(found), unknown) == ([], [])


def test_a_name_that_the_provider_has_made_up_is_the_stacks_own() -> None:
    inputs = {**INPUTS, "name": "worker-1a2b3c4", "__defaults": ["name"]}
    found, _ = adopt_pending_creates(state(creating(aws.ROLE, inputs=inputs)), lookup)
    assert ids(found) == ["worker-1a2b3c4"]


def test_a_resource_may_be_in_another_region_than_its_provider() -> None:
    inputs = {**INPUTS, "region": "us-west-2"}
    found, _ = adopt_pending_creates(state(creating(aws.STATE_MACHINE, inputs=inputs)), lookup)
    assert ids(found) == ["arn:aws:states:us-west-2:123456789012:stateMachine:tmp-it"]


@pytest.mark.parametrize(
    ("type_", "key"),
    [("aws:s3/bucket:Bucket", "bucket"), ("aws:cloudwatch/dashboard:Dashboard", "dashboardName")],
)
def test_a_name_in_another_input_has_to_be_the_stacks_own_too(type_: str, key: str) -> None:
    found, unknown = adopt_pending_creates(
        state(creating(type_, inputs={**INPUTS, key: "shared"})), lookup
    )
    assert (ids(found), len(unknown)) == ([], 1)


def test_two_of_a_type_are_not_taken_for_one() -> None:
    found, _ = adopt_pending_creates(state(creating(aws.INSTANCE), creating(aws.INSTANCE)), lookup)
    assert ids(found) == ["i-1", "i-2"]
    found, _ = adopt_pending_creates(state(*[creating(aws.SECURITY_GROUP)] * 2), lookup)
    assert ids(found) == ["sg-1"]


def test_an_id_that_the_state_has_counts() -> None:
    found, _ = adopt_pending_creates(state(creating(aws.INSTANCE, id="i-9")), lookup)
    assert ids(found) == ["i-9"]


def test_what_was_being_changed_or_deleted_is_among_the_resources_anyway() -> None:
    pending = [{**creating(aws.ROLE), "type": type_} for type_ in ("updating", "deleting")]
    found, unknown = adopt_pending_creates(state(*pending), lookup)
    assert (ids(found), unknown) == ([], [])


def test_the_first_resource_of_a_stack_tells_the_account_by_its_own_tags() -> None:
    first = {"resources": [STACK, PROVIDER], "pending_operations": [creating(aws.QUEUE)]}
    found, unknown = adopt_pending_creates(first, lookup)
    assert ([r["id"] for r in found["resources"][2:]], unknown) == ([IDS[aws.QUEUE]], [])


UNKNOWN = creating("aws:rds/cluster:Cluster")
TAGS_OF_OTHERS = {**INPUTS, "tags": {"Project": "stepgate"}}
NAME_OF_OTHERS = {**INPUTS, "name": "shared"}


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(UNKNOWN, id="a type without a record"),
        pytest.param(creating("gcp:storage/bucket:Bucket"), id="another provider's type"),
        pytest.param(creating(aws.INSTANCE, inputs={}), id="no tags"),
        pytest.param(creating(aws.INSTANCE, inputs=TAGS_OF_OTHERS), id="tags that others have"),
        pytest.param(creating(aws.ROLE, inputs=NAME_OF_OTHERS), id="a name that others may have"),
        pytest.param(creating(aws.EVENT_TARGET, inputs={}), id="no inputs"),
    ],
)
def test_what_cannot_be_found_for_sure_is_reported_and_never_adopted(
    operation: dict[str, Any],
) -> None:
    found, unknown = adopt_pending_creates(state(operation), lookup)
    assert ids(found) == []
    (line,) = unknown
    assert re.fullmatch(
        "urn:.+::it was being created when .+ cannot find it: delete it by hand .+", line
    )


def test_if_aws_does_not_tell_what_has_the_tags_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listener() as server:
        endpoint = f"http://127.0.0.1:{port_of(server)}"
    for name, value in {
        "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CiError, match=r"^cannot list the resources with the tags "):
        list(arns_with_tags("eu-west-1", TAGS))
