"""The demo: each route is called once, with an example input, and its answer is shown."""

import json
import os
import time
from collections.abc import Callable
from textwrap import indent
from typing import Any

from stepgate.client.errors import (
    InvalidInput,
    StepgateError,
    WaitTimedOut,
    WorkflowFailed,
    one_line,
)
from stepgate.client.execution import Execution
from stepgate.client.outputs import TOKEN_VARIABLE, DeployedRoute, find_apis, parse_outputs
from stepgate.client.route_request import Parameters, fill_path
from stepgate.client.stack import Stack
from stepgate.example_input import generate_example_input
from stepgate.local.errors import CommandError
from stepgate.local.program import Outputs
from stepgate.local.steps import Steps

EXECUTION_SECONDS = 60
"""No one watches a demo for longer."""
POLL_SECONDS = 0.5
EXAMPLE = "example"
"""What stands for each parameter in a path."""
LINE_LENGTH = 80
"""A longer JSON text takes several lines."""

NO_ROUTES = (
    "the stack's outputs have no routes; export the outputs of a WorkflowApi: "
    'pulumi.export("stepgate", api.outputs)'
)


def call_routes(outputs: Outputs, steps: Steps) -> None:
    """Calls each route of each API in the outputs.

    Raises:
        CommandError: there are no routes, or not all of them answered with success.
    """
    apis = find_apis(outputs)
    failures: list[str | None] = []
    for api in apis:
        try:
            stack = Stack(parse_outputs(outputs, api), token=os.environ.get(TOKEN_VARIABLE))
        except StepgateError as error:
            raise CommandError(str(error)) from None
        with stack:
            for route in stack.routes.values():
                name = f"{api}: {route.name}" if api and len(apis) > 1 else route.name
                failures.append(_call(stack, route, name, steps))
    if not failures:
        raise CommandError(NO_ROUTES)
    if failed := [failure for failure in failures if failure]:
        succeeded = f"{len(failures) - len(failed)} of {len(failures)} routes"
        raise CommandError(f"{succeeded} succeeded; these failed: {', '.join(failed)}")


def _call(stack: Stack, route: DeployedRoute, name: str, steps: Steps) -> str | None:
    """Its name if it failed; None if it did not."""
    example = generate_example_input(route.schema, stack.openapi) if route.has_body else None
    path = dict.fromkeys(route.path, EXAMPLE)
    steps.tell()
    steps.tell(f"{name} ({route.mode})", "bold cyan")
    steps.tell(f"  {route.method} {fill_path(route, route.url, path)}", "dim")
    if route.takes_token and not os.environ.get(TOKEN_VARIABLE):
        steps.tell(f"  Skipped: the route requires a token; set {TOKEN_VARIABLE}", "yellow")
        return None
    if route.has_body:
        steps.tell(_labeled("Input", example))
    try:
        output = _output_of(stack, route, example, path, steps)
    except StepgateError as error:
        steps.tell(f"  {name} failed: {describe_failure(error, route)}", "red")
        return name
    steps.tell(_labeled("Output", output))
    return None


def _output_of(
    stack: Stack, route: DeployedRoute, example: Any, path: Parameters, steps: Steps
) -> Any:
    if route.mode == "sync":
        with steps.step(f"Call {route.name}"):
            return stack.call(route.name, example, path=path)
    with steps.step(f"Start {route.name}"):
        execution = stack.start(route.name, example, path=path)
    steps.tell(f"  Execution: {execution.name}")
    with steps.step("Follow the execution") as at:
        return follow(execution, at)


def follow(execution: Execution, at: Callable[[str], None]) -> Any:
    """The output of an execution, which is stopped if it does not end in time.

    Args:
        at: called with each status, and each state that is entered.

    Raises:
        WaitTimedOut: it was stopped.
        StepgateError: see `Execution.status`, `history`, `wait` and `stop`.
    """
    until = time.monotonic() + EXECUTION_SECONDS
    shown = 0
    while True:
        status = execution.status()
        events = ["RUNNING", *(state.name for state in execution.history())]
        if not status.is_running:
            events.append(status.status)
        for event in events[shown:]:
            at(event)
        shown = len(events)
        if not status.is_running:
            return execution.wait()
        if time.monotonic() > until:
            execution.stop()
            raise WaitTimedOut(f"it did not end within {EXECUTION_SECONDS} s, and was stopped")
        time.sleep(POLL_SECONDS)


def describe_failure(error: StepgateError, route: DeployedRoute) -> str:
    match error:
        case WorkflowFailed():
            parts = [error.error, one_line(error.detail).rstrip(".")]
            text = ": ".join(part for part in parts if part)
            # An execution of an asynchronous workflow fails without an HTTP status of its own.
            return f"{text} (HTTP {error.status})" if route.mode == "sync" else text
        case InvalidInput():
            field = error.field or "the input"
            return f"no input that matches its schema was found: {field} {error.reason}"
        case _:
            return str(error)


def _labeled(label: str, value: Any) -> str:
    line = f"  {label}: {json.dumps(value, ensure_ascii=False)}"
    if len(line) <= LINE_LENGTH:
        return line
    return indent(f"{label}: {json.dumps(value, ensure_ascii=False, indent=2)}", "  ")
