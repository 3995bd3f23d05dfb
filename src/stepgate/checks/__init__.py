"""A linter for workflows: the rules that they must keep before anything is deployed.

A rule is a function that yields its violations. Each is reported as one line: the workflow, the
state, what is wrong, and what to write instead.
"""

from collections.abc import Sequence
from typing import NamedTuple

from stepgate.checks import (
    arguments,
    callbacks,
    emulation,
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
from stepgate.checks.rule import Rule, RuleContext, shared_lines
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
)


class Findings(NamedTuple):
    """Lines: errors, which stop a deployment, and warnings, which do not."""

    errors: list[str]
    warnings: list[str]


def lint_routes(workflows: Sequence[Workflow], prefix: str) -> list[str]:
    """All violations in workflows as routes, one line each.

    Args:
        prefix: what stands in front of a workflow's name to name its resources.
    """
    return [
        *routes.require_valid_names(workflows),
        *resource_names.require_short_names(workflows, prefix),
        *routes.require_unique_names(workflows),
        *paths.require_valid_routes(workflows),
        *paths.require_distinct_routes(workflows),
        *routes.require_valid_errors(workflows),
        *routes.require_supported_schemas(workflows),
    ]


def lint_definition(context: RuleContext, name: str) -> Findings:
    """All violations in one definition, each line starting with its name.

    States with the same warning share a line.
    """
    return Findings(
        [violation.line(name) for rule in ERROR_RULES for violation in rule(context)],
        [line for rule in WARNING_RULES for line in shared_lines(rule(context), name)],
    )


def lint_emulation(context: RuleContext, name: str) -> Findings:
    """What the emulator cannot run of a definition; see `lint_definition` for the lines."""
    return Findings(
        [violation.line(name) for violation in emulation.require_accepted_services(context)],
        shared_lines(emulation.recommend_emulated_services(context), name),
    )
