"""What an update does to the executions that are running, from the engine's events."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, cast

from pulumi.automation.events import (
    EngineEvent,
    OpType,
    StepEventMetadata,
    StepEventStateMetadata,
)
from pulumi.runtime.rpc import UNKNOWN

from stepgate.ci.changes import urn_name
from stepgate.permissions.lost_permissions import NO_PATTERN, lost_permissions
from stepgate.permissions.policies import Policy, policy_document

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE_POLICY_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
ENDS = (OpType.DELETE, OpType.REPLACE)
PARTS_OF_REPLACE = (OpType.CREATE_REPLACEMENT, OpType.DELETE_REPLACED)
MOST_NAMED = 5
"""The number of lost permissions that a line names."""

Version = Literal["old", "new"]


@dataclass(frozen=True)
class Harm:
    """What an update does to the running executions of a state machine.

    Attributes:
        name: the state machine's name in Pulumi.
        arn: its ARN.
        is_express: whether it is an Express machine, whose executions cannot be listed.
        profile: the AWS profile of its provider, if that names one.
        effect: what happens to them, for example `would be terminated`.
        is_certain: False if the preview does not know a policy.
    """

    name: str
    arn: str
    is_express: bool
    profile: str | None
    effect: str
    is_certain: bool


def harms(events: Iterable[EngineEvent]) -> list[Harm]:
    """The harms of a preview, at most one for each state machine."""
    steps = [
        event.resource_pre_event.metadata
        for event in events
        if event.resource_pre_event and event.resource_pre_event.metadata.op not in PARTS_OF_REPLACE
    ]
    return [*_harms(steps)]


def _harms(steps: Sequence[StepEventMetadata]) -> Iterator[Harm]:
    for step in steps:
        if step.type != STATE_MACHINE or not (machine := step.old):
            continue
        inputs = _inputs(machine)
        is_express = inputs.get("type") == "EXPRESS"
        if is_express and step.op in ENDS:  # dangerous in any case, and not to be counted
            continue
        if effect := _effect(step.op, str(inputs.get("roleArn")), steps):
            text, is_certain = effect
            yield Harm(
                name=urn_name(step.urn),
                arn=machine.id,
                is_express=is_express,
                profile=_profile(machine, steps),
                effect=text,
                is_certain=is_certain,
            )


def _effect(
    op: OpType, role_arn: str, steps: Sequence[StepEventMetadata]
) -> tuple[str, bool] | None:
    """What happens to a state machine's executions, and whether that is certain.

    They keep the role that they were started with, and have its policies of now.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
    """
    if op in ENDS:
        # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
        return "would be terminated", True
    role = role_arn.rpartition("/")[2]
    if any(
        each.type == ROLE and each.op in ENDS and each.old and each.old.id == role for each in steps
    ):
        return f"would lose the role {role}", True
    before, after = ([*_policies(steps, role, version)] for version in ("old", "new"))
    lost = lost_permissions(filter(None, before), filter(None, after))
    if None in before or (lost and None in after):
        return "may lose permissions that the preview does not know", False
    if not lost:
        return None
    more = [f"{len(lost) - MOST_NAMED} more"] if len(lost) > MOST_NAMED else []
    return f"would lose {'; '.join([*lost[:MOST_NAMED], *more])}", True


def _policies(
    steps: Sequence[StepEventMetadata], role: str, version: Version
) -> Iterator[Policy | None]:
    """A role's policies before or after the update; None for one that the events do not show."""
    for step in steps:
        state: StepEventStateMetadata | None = getattr(step, version)
        inputs = _inputs(state)
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


def _managed_policy(
    steps: Sequence[StepEventMetadata], arn: str, version: Version
) -> Iterator[Policy | None]:
    for step in steps:
        state: StepEventStateMetadata | None = getattr(step, version)
        if step.type == POLICY and state and state.id == arn:  # a policy's id is its ARN
            yield from _policy(step, _inputs(state)["policy"])
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


def _profile(machine: StepEventStateMetadata, steps: Sequence[StepEventMetadata]) -> str | None:
    provider = machine.provider.rpartition("::")[0]
    states = [each.old or each.new for each in steps if each.urn == provider]
    return next((_inputs(state).get("profile") for state in states), None)


def _list(value: Any) -> list[Any]:
    """What is unknown or a secret is so as a whole."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _inputs(state: StepEventStateMetadata | None) -> dict[str, Any]:
    return dict(state.inputs or {}) if state else {}
