"""What a killed command was creating, found again in the stack's state."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ci.errors import CiError
from ci.leftovers import WITHIN, adopted, arns_with_tags
from tests.engine import aws
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
TAGS = {"Stack": "tmp"}
ARNS = [
    *(f"arn:aws:ec2:eu-west-1:123456789012:{it}" for it in ("instance/i-1", "instance/i-2")),
    "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1",
    "arn:aws:apigateway:eu-west-1::/apikeys/key1",
    "arn:aws:apigateway:eu-west-1::/restapis/api1/stages/v1",
    "arn:aws:apigateway:eu-west-1::/restapis/api1",
    "arn:aws:apigateway:eu-west-1::/usageplans/plan1",
]
INPUTS = {
    "name": "it",
    "role": "role",
    "policyArn": "arn:aws:iam::aws:policy/p",
    "rule": "rule",
    "targetId": "end",
    "tags": TAGS,
}
IDS = {
    aws.API_KEY: "key1",
    aws.EVENT_RULE: "it",
    aws.EVENT_TARGET: "rule-end",
    aws.INSTANCE: "i-1",
    aws.LOG_GROUP: "it",
    aws.POLICY: "arn:aws:iam::123456789012:policy/it",
    aws.QUEUE: "https://sqs.eu-west-1.amazonaws.com/123456789012/it",
    aws.REST_API: "api1",
    aws.ROLE: "it",
    aws.ROLE_POLICY: "role:it",
    aws.ROLE_POLICY_ATTACHMENT: "role/arn:aws:iam::aws:policy/p",
    aws.SECURITY_GROUP: "sg-1",
    aws.STATE_MACHINE: "arn:aws:states:eu-west-1:123456789012:stateMachine:it",
    aws.USAGE_PLAN: "plan1",
}


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


def test_each_type_of_the_program_is_looked_for_or_goes_with_another() -> None:
    listed = (Path(aws.__file__).parent / "resources.txt").read_text()
    types = set(re.findall(r"^ +(aws:\S+) ", listed, re.MULTILINE))
    assert types == IDS.keys() | WITHIN


@pytest.mark.parametrize("type_", IDS)
def test_what_was_being_created_is_adopted_under_its_id(type_: str) -> None:
    found, unknown = adopted(state(creating(type_)), lookup)
    assert (ids(found), unknown) == ([IDS[type_]], [])
    assert found["resources"][3]["outputs"] == INPUTS


@pytest.mark.parametrize("type_", WITHIN)
def test_what_goes_with_another_resource_is_left_out(type_: str) -> None:
    found, unknown = adopted(state(creating(type_)), lookup)
    assert (ids(found), unknown) == ([], [])


def test_a_component_is_nothing_that_aws_could_have() -> None:
    component = {"urn": "urn:it", "type": "stepgate:infra:Queue", "custom": False}
    found, unknown = adopted(state({"type": "creating", "resource": component}), lookup)
    assert (ids(found), unknown) == ([], [])


def test_two_of_a_type_are_not_taken_for_one() -> None:
    found, _ = adopted(state(creating(aws.INSTANCE), creating(aws.INSTANCE)), lookup)
    assert ids(found) == ["i-1", "i-2"]
    found, _ = adopted(state(*[creating(aws.SECURITY_GROUP)] * 2), lookup)
    assert ids(found) == ["sg-1"]


def test_an_id_that_the_state_has_counts() -> None:
    found, _ = adopted(state(creating(aws.INSTANCE, id="i-9")), lookup)
    assert ids(found) == ["i-9"]


def test_what_was_being_changed_or_deleted_is_among_the_resources_anyway() -> None:
    pending = [{**creating(aws.ROLE), "type": type_} for type_ in ("updating", "deleting")]
    found, unknown = adopted(state(*pending), lookup)
    assert (ids(found), unknown) == ([], [])


def test_the_first_resource_of_a_stack_tells_the_account_by_its_own_tags() -> None:
    first = {"resources": [STACK, PROVIDER], "pending_operations": [creating(aws.QUEUE)]}
    found, unknown = adopted(first, lookup)
    assert ([r["id"] for r in found["resources"][2:]], unknown) == ([IDS[aws.QUEUE]], [])


def test_a_type_that_cannot_be_looked_for_is_told() -> None:
    found, unknown = adopted(state(creating("aws:s3/bucket:Bucket")), lookup)
    assert ids(found) == []
    (line,) = unknown
    assert re.fullmatch("urn:.+::it was being created when .+ delete it by hand .+", line)


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
    with pytest.raises(CiError, match=r"^what has the tags \{'Stack': 'tmp'\} cannot be asked for"):
        list(arns_with_tags("eu-west-1", TAGS))
