"""What must be true of workflows before anything is deployed.

A rule is a function that yields what breaks it. A breach is one line: the workflow, the state, what
is wrong, and what to write instead.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from workflows.rules import (
    advice,
    callbacks,
    expressions,
    form,
    handlers,
    integrations,
    maps,
    routes,
    structure,
    timing,
)
from workflows.rules.breach import Breach, Subject
from workflows.workflow import Values, Workflow

Rule = Callable[[Subject], Iterator[Breach]]

DEFINITION_RULES: tuple[Rule, ...] = (
    form.valid_form,
    structure.short_state_names,
    structure.written_states,
    structure.known_targets,
    structure.reachable_states,
    structure.ended_machines,
    structure.decided_choices,
    structure.called_resources,
    structure.branched_parallels,
    maps.known_modes,
    maps.typed_executions,
    maps.distributed_parts,
    handlers.last_resorts,
    expressions.parsed_paths,
    expressions.known_functions,
    timing.ended_executions,
    timing.answers_in_time,
    timing.fitting_waits,
    timing.ending_retries,
    timing.quick_heartbeats,
    integrations.known_calls,
    integrations.complete_calls,
    callbacks.sent_tokens,
    integrations.quick_calls,
    integrations.derived_permissions,
)
ADVICE: tuple[Rule, ...] = (
    advice.retried_tasks,
    advice.named_failures,
    integrations.seen_permissions,
)


class Findings(NamedTuple):
    """Lines: the breaches, which no deployment survives, and advice."""

    breaches: list[str]
    advice: list[str]


def findings(workflows: Sequence[Workflow], prefix: str, values: Values) -> Findings:
    """All that the rules find in workflows.

    Args:
        prefix: what the stack puts in front of a workflow's name to name its resources.
        values: what is known before a deployment, and placeholders for the rest.
    """
    of_definitions = [_workflow_findings(workflow, values) for workflow in workflows]
    return Findings(
        [
            *routes.well_formed_names(workflows),
            *routes.short_names(workflows, prefix),
            *routes.names_used_once(workflows),
            *routes.few_enough_routes(workflows),
            *routes.told_errors(workflows),
            *routes.supported_schemas(workflows),
            *(line for found in of_definitions for line in found.breaches),
        ],
        [line for found in of_definitions for line in found.advice],
    )


def definition_findings(subject: Subject, name: str) -> Findings:
    """All that the rules find in one definition, with its name in front of each line."""
    return Findings(
        *(
            [breach.line(name) for rule in rules for breach in rule(subject)]
            for rules in (DEFINITION_RULES, ADVICE)
        )
    )


def _workflow_findings(workflow: Workflow, values: Values) -> Findings:
    name = f"workflow {workflow.name!r}"
    try:
        subject = Subject(
            workflow.definition(values),
            workflow.mode,
            workflow.resources(values),
            workflow.statements(values),
        )
    except Exception as error:  # whatever a workflow's own functions may raise
        line = (
            f"{name}: its definition cannot be made from placeholders ({error!r}); write one that "
            "works with any values of their types"
        )
        return Findings([line], [])
    return definition_findings(subject, name)
