"""What an update does to the executions that are running, from the engine's events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pulumi.automation.events import (
    EngineEvent,
    OpType,
    StepEventMetadata,
    StepEventStateMetadata,
)

from stepgate.ci.changes import urn_name
from stepgate.ci.previewed_policies import (
    ROLE,
    previewed_policies,
    previewed_steps,
    role_name,
    state_inputs,
)
from stepgate.permissions.lost_permissions import lost_permissions
from stepgate.permissions.policies import Policy

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
ENDS = (OpType.DELETE, OpType.REPLACE)
MOST_NAMED = 5
"""The number of lost permissions that a line names."""


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


def harms(events: Iterable[EngineEvent], kept: Mapping[str, Policy]) -> list[Harm]:
    """The harms of a preview, at most one for each state machine.

    Args:
        kept: what the deployment leaves in the state machines' roles, by the machines' ARNs.
    """
    return [*_harms(previewed_steps(events), kept)]


def _harms(steps: Sequence[StepEventMetadata], kept: Mapping[str, Policy]) -> Iterator[Harm]:
    for step in steps:
        if step.type != STATE_MACHINE or not (machine := step.old):
            continue
        inputs = state_inputs(machine)
        is_express = inputs.get("type") == "EXPRESS"
        if is_express and step.op in ENDS:  # dangerous in any case, and not to be counted
            continue
        if effect := _effect(step.op, str(inputs.get("roleArn")), steps, kept.get(machine.id)):
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
    op: OpType, role_arn: str, steps: Sequence[StepEventMetadata], kept: Policy | None
) -> tuple[str, bool] | None:
    """What happens to a state machine's executions, and whether that is certain.

    They keep the role that they were started with, and have its policies of now.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
    """
    if op in ENDS:
        # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
        return "would be terminated", True
    role = role_name(role_arn)
    if any(
        each.type == ROLE and each.op in ENDS and each.old and each.old.id == role for each in steps
    ):
        return f"would lose the role {role}", True
    before = [*previewed_policies(steps, role, "old")]
    after = [*previewed_policies(steps, role, "new")]
    lost = lost_permissions(filter(None, before), filter(None, [*after, kept]))
    if None in before or (lost and None in after):
        return "may lose permissions that the preview does not know", False
    if not lost:
        return None
    more = [f"{len(lost) - MOST_NAMED} more"] if len(lost) > MOST_NAMED else []
    return f"would lose {'; '.join([*lost[:MOST_NAMED], *more])}", True


def _profile(machine: StepEventStateMetadata, steps: Sequence[StepEventMetadata]) -> str | None:
    provider = machine.provider.rpartition("::")[0]
    states = [each.old or each.new for each in steps if each.urn == provider]
    return next((state_inputs(state).get("profile") for state in states), None)
