"""Which workflows use which, and in what order they can be deployed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

from stepgate.asl.integration import parse_integration
from stepgate.checks.findings import Finding, workflow_finding
from stepgate.checks.rule import RuleContext, Violation
from stepgate.json_values import shown
from stepgate.suggestions import suggestion
from stepgate.workflow import Workflow


def require_known_uses(workflows: Sequence[Workflow], names: Collection[str]) -> Iterator[Finding]:
    """Each name in `uses` is that of another workflow, and no workflow uses itself in the end.

    Args:
        names: those of all workflows, also of those that are not checked.
    """
    by_name = {workflow.name: workflow for workflow in workflows}
    for workflow in workflows:
        for name in workflow.uses:
            if name == workflow.name:
                yield workflow_finding(
                    "require-known-uses",
                    workflow,
                    "it uses itself; remove the name from uses, and write "
                    '"StateMachineArn.$": "$$.StateMachine.Id" for its own state machine',
                )
            elif name not in names:
                cure = suggestion(
                    name,
                    {*names} - {workflow.name},
                    "add that workflow to the WorkflowApi, or remove the name",
                )
                yield workflow_finding(
                    "require-known-uses",
                    workflow,
                    f"it uses {shown(name)}, an unknown workflow; {cure}",
                )
    for cycle in _cycles({name: workflow.uses for name, workflow in by_name.items()}):
        yield workflow_finding(
            "require-known-uses",
            by_name[cycle[0]],
            f"its uses are a cycle, {' → '.join(cycle)}; remove one of them",
        )


def deployment_order(workflows: Sequence[Workflow]) -> list[Workflow]:
    """The workflows, each after those that it uses, and otherwise as they are listed.

    `require_known_uses` has to hold.
    """
    by_name = {workflow.name: workflow for workflow in workflows}
    ordered: dict[str, Workflow] = {}

    def add(workflow: Workflow) -> None:
        if workflow.name not in ordered:
            for name in workflow.uses:
                add(by_name[name])
            ordered[workflow.name] = workflow

    for workflow in workflows:
        add(workflow)
    return [*ordered.values()]


def _cycles(uses: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """The names along each cycle of several workflows, with the first one at the end again."""
    done: set[str] = set()

    def follow(path: list[str]) -> Iterator[list[str]]:
        *before, name = path
        if name in before:
            yield path[path.index(name) :]
        elif name not in done:
            for used in dict.fromkeys(uses.get(name, ())):
                if used != name:
                    yield from follow([*path, used])
            done.add(name)

    for name in uses:
        yield from follow([name])


# How a Task waits for a child, with the mode of a child that it cannot wait for, and why.
_WAITING = {
    # "Executions of an EXPRESS state machine aren't supported by DescribeExecution"
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    "states:startExecution": (
        "sync",
        "Step Functions cannot follow an Express execution; write "
        "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
        "async",
    ),
    # "StartSyncExecution is not available for STANDARD workflows."
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    "sfn:startSyncExecution": (
        "async",
        "a Standard state machine has no synchronous executions; write "
        "arn:aws:states:::states:startExecution.sync:2",
        "sync",
    ),
}


def require_matching_types(context: RuleContext) -> Iterator[Violation]:
    """A Task waits for a used workflow in a way that the type of its state machine supports."""
    for state in context.states:
        call, request = parse_integration(state.resource), state.arguments()
        if call is None or not isinstance(request, Mapping):
            continue
        arn = cast("Mapping[str, object]", request).get("StateMachineArn")
        used = context.used.get(arn) if isinstance(arn, str) else None
        name = f"{call.service}:{call.action}"
        waits = call.pattern.startswith("sync") or name == "sfn:startSyncExecution"
        if used is None or not waits or name not in _WAITING:
            continue
        mode, why, other = _WAITING[name]
        if used.mode == mode:
            yield Violation(
                state.name,
                f"waits for workflow {used.name!r}, which is {mode}: {why}, or give "
                f'{used.name!r} mode="{other}"',
            )
