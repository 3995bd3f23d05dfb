"""A workflow made ready once: all that a deployment and its checks need of its definition.

A workflow's own functions are called here and nowhere else: once before a deployment, with
placeholders for what only that knows, and once with the real values.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stepgate.asl.timeout import with_route_timeout
from stepgate.checks import lint_definition
from stepgate.checks.findings import REQUIRE_DEFINITION, Finding, workflow_finding
from stepgate.checks.quotas import REQUIRE_MACHINE_WITHIN_QUOTAS, machine_problems
from stepgate.checks.rule import RuleContext
from stepgate.definitions import DefinitionError, list_from_values, make_definition
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.grant import merge_grants
from stepgate.permissions.policies import Policy, policy_document
from stepgate.permissions.statements import statement_problem
from stepgate.permissions.tracing import TRACING
from stepgate.progress.instrumentation import with_progress
from stepgate.workflow import Definition, Values, Workflow


@dataclass(frozen=True)
class CompiledWorkflow:
    """What a workflow is for given values.

    Attributes:
        written: the definition as its author wrote it.
        deployed: the definition as it is deployed, with the states that send progress messages,
            and its route's timeout if it is synchronous and has none.
        policy: what the state machine's role may do.
        errors: each reason why it cannot be deployed. If there is one, the members above may be
            empty.
    """

    workflow: Workflow
    written: Definition = field(default_factory=dict[str, Any])
    deployed: Definition = field(default_factory=dict[str, Any])
    policy: Policy = field(default_factory=dict[str, Any])
    errors: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()


def compile_workflow(
    workflow: Workflow,
    values: Values,
    machine: str,
    others: Sequence[Workflow] = (),
    *,
    tracing: bool = False,
) -> CompiledWorkflow:
    """The workflow with these values, checked.

    The rules see the definition as it is deployed; advice is about what its author wrote.

    Args:
        machine: the state machine's name in Pulumi, which puts a dash and seven digits behind it.
        others: the workflows of the same WorkflowApi, of which it may use some.
        tracing: whether its executions send traces to X-Ray.
    """
    try:
        return _compiled(workflow, values, machine, others, tracing=tracing)
    except DefinitionError as error:
        lines = error.lines
    except RecursionError:
        lines = ["its definition is nested too deeply, or contains itself; use fewer levels"]
    return CompiledWorkflow(
        workflow, errors=[workflow_finding(REQUIRE_DEFINITION, workflow, line) for line in lines]
    )


def uses_text(compiled: CompiledWorkflow, text: str) -> bool:
    """Whether the definition that its author wrote, or the role's policy, has a text in it."""
    return text in json.dumps([compiled.written, compiled.policy])


def _compiled(
    workflow: Workflow, values: Values, machine: str, others: Sequence[Workflow], *, tracing: bool
) -> CompiledWorkflow:
    """
    Raises:
        DefinitionError, RecursionError: it has no definition that could be checked.
    """
    arn_context = ArnContext(
        values.partition, values.region, values.account_id, f"{machine}-???????"
    )
    statements = list_from_values("statements", workflow.statements, values, dict, "IAM statements")
    if wrong := [*filter(None, map(statement_problem, statements))]:
        raise DefinitionError([f"one of its IAM statements is invalid: {each}" for each in wrong])
    context = RuleContext(
        make_definition(workflow, values),
        workflow.mode,
        list_from_values("resources", workflow.resources, values, str, "ARNs"),
        statements,
        arn_context,
        {
            values.state_machine_arns[other.name]: other
            for other in others
            if other.name in workflow.uses
        },
        events=workflow.events,
        route_seconds=workflow.route.timeout_seconds,
    )
    written = context.definition
    subject = f"workflow {workflow.name!r}", workflow.declared_at
    found = lint_definition(context, *subject)
    compiled = CompiledWorkflow(workflow, written, warnings=found.warnings)
    if found.errors:
        return replace(compiled, errors=found.errors)
    timed = with_route_timeout(written, workflow.mode, workflow.route.timeout_seconds)
    deployed = with_progress(workflow, timed, values.progress_queue_url, values.live_message_arn)
    if deployed is not written:
        context = replace(context, definition=deployed)
        if errors := lint_definition(context, *subject).errors:
            return replace(compiled, errors=errors)
    traces = merge_grants(TRACING) if tracing else []
    role_policy = policy_document([*traces, *context.permissions.statements])
    return replace(
        compiled,
        deployed=deployed,
        policy=role_policy,
        errors=[
            workflow_finding(REQUIRE_MACHINE_WITHIN_QUOTAS, workflow, problem)
            for problem in machine_problems(role_policy, deployed)
        ],
    )
