"""Looks for inputs with which a workflow does not end as it says."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings

from stepgate.testing.answers import Mocks
from stepgate.testing.execution import run
from stepgate.testing.input_strategy import inputs
from stepgate.workflow import Workflow, located_name

EXAMPLES = 100

__tracebackhide__ = True  # pytest shows the test, and not what is in here


class UndeclaredEnd(AssertionError):  # noqa: N818 - it says what has happened
    """A valid input ends a workflow with an error that it does not declare."""


def check_always_ends(
    workflow: Workflow,
    *,
    values: Mapping[str, Any] | None = None,
    mocks: Mocks | None = None,
) -> None:
    """Runs a workflow with a hundred inputs from its `input_schema`, the same ones each time.

    Each has to succeed, or to fail with one of the workflow's `errors`: a path that leads nowhere
    for an input that the schema allows ends in `States.Runtime`.

    Args:
        workflow: the workflow.
        values: see `run`.
        mocks: see `run`; an answer that is not in a list answers all calls of all runs.

    Raises:
        UndeclaredEnd: with the smallest input that was found.
        Exception: what `run` raises.
    """

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        print_blob=False,
        report_multiple_bugs=False,
        # A schema may refuse most of what is tried; it still says something.
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(inputs(workflow))
    def ends(input_: Any) -> None:
        result = run(workflow, input_, values=values, mocks=mocks)
        if result.status == "SUCCEEDED" or result.error in workflow.errors:
            return
        how = result.error or result.status
        cause = f": {result.cause}" if result.cause else ""
        raise UndeclaredEnd(
            f"{located_name(workflow)} ends with {how} in {result.path[-1]!r} for the input "
            f"{json.dumps(input_, ensure_ascii=False)}{cause}; narrow its input_schema, handle the "
            "error, or declare it in errors"
        )

    ends()
