"""The policies of roles before and after an update, from the engine's events."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Literal, cast

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata, StepEventStateMetadata
from pulumi.runtime.rpc import UNKNOWN

from stepgate.permissions.lost_permissions import NO_PATTERN
from stepgate.permissions.policies import Policy, policy_document

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE_POLICY_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PARTS_OF_REPLACE = (OpType.CREATE_REPLACEMENT, OpType.DELETE_REPLACED)

Version = Literal["old", "new"]


def previewed_steps(events: Iterable[EngineEvent]) -> list[StepEventMetadata]:
    """The steps of a preview, one for each resource."""
    return [
        event.resource_pre_event.metadata
        for event in events
        if event.resource_pre_event and event.resource_pre_event.metadata.op not in PARTS_OF_REPLACE
    ]


def previewed_policies(
    steps: Sequence[StepEventMetadata], role: str, version: Version
) -> Iterator[Policy | None]:
    """A role's policies before or after the update; None for one that the events do not show."""
    for step in steps:
        state: StepEventStateMetadata | None = getattr(step, version)
        inputs = state_inputs(state)
        if step.type == ROLE and state and state.id == role:
            for inline in _list(inputs.get("inlinePolicies", [])):
                match inline:
                    case {"policy": policy}:
                        yield from _policy(step, policy)
                    case _:
                        yield from _policy(step, inline)
            for arn in _list(inputs.get("managedPolicyArns", [])):
                yield from _managed_policy(steps, arn, version)
        elif step.type == ROLE_POLICY and inputs.get("role") == role:
            yield from _policy(step, inputs["policy"])
        elif step.type == ROLE_POLICY_ATTACHMENT and inputs.get("role") == role:
            yield from _managed_policy(steps, inputs["policyArn"], version)


def state_inputs(state: StepEventStateMetadata | None) -> dict[str, Any]:
    return dict(state.inputs or {}) if state else {}


def role_name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _managed_policy(
    steps: Sequence[StepEventMetadata], arn: str, version: Version
) -> Iterator[Policy | None]:
    for step in steps:
        state: StepEventStateMetadata | None = getattr(step, version)
        if step.type == POLICY and state and state.id == arn:  # a policy's id is its ARN
            yield from _policy(step, state_inputs(state)["policy"])
            return
    # One of AWS's own, or of another stack: it is the same before and after, whatever it allows.
    whole = {"Effect": "Allow", "Action": f"{NO_PATTERN}that {arn} allows", "Resource": "*"}
    yield None if arn == UNKNOWN else policy_document([whole])


def _policy(step: StepEventMetadata, value: Any) -> Iterator[Policy | None]:
    """None if it is unknown, or a secret; nothing if it also stays as it is."""
    with suppress(TypeError, ValueError):  # it may be an object already
        value = json.loads(value)
    if isinstance(value, dict) and "Statement" in value:
        yield cast("Policy", value)
    elif step.op != OpType.SAME:
        yield None


def _list(value: Any) -> list[Any]:
    """What is unknown or a secret is so as a whole."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]
