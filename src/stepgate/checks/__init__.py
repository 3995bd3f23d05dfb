"""A linter for workflows: the rules that they must keep before anything is deployed.

A rule is a function that yields its violations. Each is a finding, and as text one line: the
workflow, the state, what is wrong, and what to write instead.
"""

from collections.abc import Sequence

from stepgate.checks import (
    arguments,
    callbacks,
    emulation,
    events,
    expressions,
    handlers,
    integrations,
    jsonata,
    maps,
    paths,
    recommendations,
    resource_names,
    routes,
    structure,
    syntax,
    timing,
    uses,
)
from stepgate.checks.findings import Finding, Findings
from stepgate.checks.rule import Rule, RuleContext, rule_id
from stepgate.code_location import file_and_line
from stepgate.workflow import Workflow

ERROR_RULES: tuple[Rule, ...] = (
    syntax.require_known_fields,
    syntax.require_valid_fields,
    syntax.require_valid_values,
    syntax.require_one_language,
    syntax.require_roles,
    structure.require_short_state_names,
    structure.require_state_objects,
    structure.require_known_targets,
    structure.require_reachable_states,
    structure.require_reachable_ends,
    structure.require_exhaustive_choices,
    structure.require_resources,
    structure.require_branches,
    maps.require_known_modes,
    maps.require_execution_types,
    maps.require_distributed_mode,
    maps.require_express_items,
    maps.require_valid_labels,
    maps.require_complete_readers,
    maps.require_batch_sizes,
    maps.require_complete_writers,
    handlers.require_states_all_last,
    expressions.require_valid_paths,
    expressions.require_valid_functions,
    expressions.require_unique_names,
    expressions.require_valid_variables,
    jsonata.require_valid_expressions,
    timing.require_timeout_below_api_limit,
    timing.require_waits_within_timeout,
    timing.require_finite_retries,
    timing.require_heartbeats_below_timeouts,
    integrations.require_known_integrations,
    integrations.require_complete_requests,
    arguments.require_known_arguments,
    callbacks.require_task_tokens,
    events.require_declared_events,
    events.require_separate_waits,
    integrations.require_express_compatibility,
    integrations.require_derivable_permissions,
    uses.require_matching_types,
)
WARNING_RULES: tuple[Rule, ...] = (
    recommendations.recommend_timeout,
    recommendations.recommend_retries,
    recommendations.recommend_known_errors,
    recommendations.recommend_error_names,
    arguments.recommend_resource_forms,
    jsonata.recommend_known_names,
    integrations.recommend_statements,
    integrations.recommend_known_resources,
)


def lint_routes(workflows: Sequence[Workflow], prefix: str) -> list[Finding]:
    """All violations in workflows as routes.

    Args:
        prefix: what comes before a workflow's name in the names of its resources.
    """
    return [
        *routes.require_valid_names(workflows),
        *resource_names.require_short_names(workflows, prefix),
        *routes.require_unique_workflows(workflows),
        *paths.require_valid_routes(workflows),
        *paths.require_distinct_routes(workflows),
        *routes.require_valid_errors(workflows),
        *routes.require_supported_schemas(workflows),
        *events.require_valid_events(workflows),
    ]


def lint_definition(context: RuleContext, subject: str = "", place: str = "") -> Findings:
    """All violations in one definition.

    Args:
        subject: what the findings are about.
        place: the file and the line where that is made, as in `Workflow.declared_at`.
    """
    return Findings(
        _found(ERROR_RULES, context, subject, place), _found(WARNING_RULES, context, subject, place)
    )


def lint_emulation(context: RuleContext, subject: str = "", place: str = "") -> Findings:
    """What the emulator cannot run of a definition; the arguments are `lint_definition`'s."""
    return Findings(
        _found(emulation.ERROR_RULES, context, subject, place),
        _found(emulation.WARNING_RULES, context, subject, place),
    )


def _found(rules: Sequence[Rule], context: RuleContext, subject: str, place: str) -> list[Finding]:
    return [
        Finding(rule_id(rule), text, state, subject, *file_and_line(place))
        for rule in rules
        for state, text in rule(context)
    ]
