"""The names of the resources that a WorkflowApi makes, and what AWS takes as names.

All begin with the names of the project, the stack and the WorkflowApi. API Gateway's own resources
are not here: AWS gives no limits for their names.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.checks.quotas import SUFFIX
from stepgate.events.machine import events_workflow
from stepgate.http.execution_wait import wait_workflow
from stepgate.permissions.logs import LOG_GROUP_PREFIX
from stepgate.progress.completion import COMPLETION, has_completion_rule
from stepgate.workflow import Workflow


class NameRule(NamedTuple):
    """What AWS takes as the name of a resource.

    Attributes:
        resource: what it names.
        length: how many characters it may have.
        allowed: the characters, as in the brackets of a regular expression.
    """

    resource: str
    length: int
    allowed: str


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLE = NameRule("an IAM role", 64, r"A-Za-z0-9_+=,.@-")
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
POLICY = NameRule("an IAM policy", 128, r"A-Za-z0-9_+=,.@-")
# "To enable logging with CloudWatch Logs, the name should only contain 0-9, A-Z, a-z, - and _";
# the provider refuses all others.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
STATE_MACHINE = NameRule("a state machine", 80, "A-Za-z0-9_-")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LOG_GROUP = NameRule("a log group", 512, "A-Za-z0-9_/.#-")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
QUEUE = NameRule("an SQS queue", 80, "A-Za-z0-9_-")
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
EVENT_RULE = NameRule("an EventBridge rule", 64, "A-Za-z0-9_.-")

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
TABLE = NameRule("a DynamoDB table", 255, "A-Za-z0-9_.-")


class ResourceName(NamedTuple):
    """The name of a resource: the prefix of all of them is between two texts."""

    rule: NameRule
    after: str
    before: str = ""

    @property
    def room(self) -> int:
        """How many characters the prefix may have."""
        return self.rule.length - len(self.before) - len(self.after)


def workflow_names(workflow: Workflow) -> Iterator[ResourceName]:
    """The names that a workflow's resources have behind the prefix."""
    name = f"-{workflow.name}"
    yield ResourceName(ROLE, f"{name}-role{SUFFIX}")
    yield ResourceName(POLICY, f"{name}-policy{SUFFIX}")
    yield ResourceName(STATE_MACHINE, f"{name}{SUFFIX}")
    yield ResourceName(LOG_GROUP, name, LOG_GROUP_PREFIX)
    if has_completion_rule(workflow):
        yield ResourceName(EVENT_RULE, f"{name}-done{SUFFIX}")


def common_names(workflows: Sequence[Workflow]) -> Iterator[ResourceName]:
    """The names of the resources that the workflows have in common, behind the prefix."""
    yield ResourceName(ROLE, f"-role{SUFFIX}")
    yield ResourceName(POLICY, f"-policy-10{SUFFIX}")
    if any(workflow.progress != "off" for workflow in workflows):
        yield ResourceName(QUEUE, f"-progress{SUFFIX}.fifo")
        yield ResourceName(QUEUE, f"-dead-letters{SUFFIX}.fifo")
    if any(workflow.events for workflow in workflows):
        yield ResourceName(TABLE, f"-events{SUFFIX}")
        yield from workflow_names(events_workflow(()))
    if any(map(has_completion_rule, workflows)):
        yield from workflow_names(COMPLETION)
        yield ResourceName(ROLE, f"-completion-events{SUFFIX}")
        yield ResourceName(POLICY, f"-completion-events-policy{SUFFIX}")
    if wait := wait_workflow(workflows):
        yield from workflow_names(wait)


SHORTEST = Workflow("w", "sync", {})


def require_short_names(workflows: Sequence[Workflow], prefix: str) -> Iterator[Finding]:
    """No name is longer than AWS takes.

    Args:
        prefix: what all of them begin with.
    """
    tightest = min([*common_names(workflows), *workflow_names(SHORTEST)], key=_room)
    if (over := len(prefix) - tightest.room) > 0:
        yield Finding(
            "require-short-names",
            f"names begin with {prefix!r}, which is {over} characters too long for "
            f"{tightest.rule.resource}; use a shorter name for the project, the stack or the "
            "WorkflowApi",
        )
        return
    for workflow in workflows:
        tightest = min(workflow_names(workflow), key=_room)
        if (over := len(prefix) - tightest.room) > 0:
            length = len(workflow.name)
            yield workflow_finding(
                "require-short-names",
                workflow,
                f"its name has {length} characters, too many for "
                f"{tightest.rule.resource} that begins with {prefix!r}; use at most "
                f"{length - over}",
            )


def require_allowed_characters(
    workflows: Sequence[Workflow], project: str, stack: str
) -> Iterator[Finding]:
    """The project and the stack are named by what may be in all names: Pulumi takes dots too.

    https://www.pulumi.com/docs/iac/concepts/stacks/#create-stack
    """
    names = [name for each in workflows for name in workflow_names(each)]
    names += common_names(workflows)
    rules = dict.fromkeys(name.rule for name in names)
    for part, text in (("project", project), ("stack", stack)):
        refused = [rule for rule in rules if re.search(f"[^{rule.allowed}]", text)]
        if refused:
            resources = " or ".join(rule.resource for rule in refused)
            instead = re.sub(f"[^{STATE_MACHINE.allowed}]", "-", text)
            yield Finding(
                "require-allowed-characters",
                f"{part} {text!r}: the name of {resources} begins with it, and takes letters, "
                f"digits, - and _ alone; rename the {part}, for example to {instead!r}",
            )


def _room(name: ResourceName) -> int:
    return name.room
