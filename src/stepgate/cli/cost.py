"""What `stepgate cost` prints."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import typer

from stepgate.cli.printing import print_document, print_table
from stepgate.client.outputs import Outputs
from stepgate.cost import Load, api_options, cost
from stepgate.prices import PRICES, REGION
from stepgate.suggestions import suggestion
from stepgate.workflow import Workflow

MULTIPLES = {"k": 1e3, "M": 1e6, "G": 1e9}


def read_loads(
    workflows: Iterable[str], calls: Sequence[str], seconds: Sequence[str], common: Load
) -> dict[str, Load]:
    """The load of each workflow.

    Args:
        calls, seconds: each a number for all workflows, or `WORKFLOW=NUMBER` for one.
        common: what these do not say.

    Raises:
        typer.BadParameter: one is not a number, or of an unknown workflow.
    """
    names = [*workflows]
    of_calls = _numbers("--calls", names, calls, common.calls)
    of_seconds = _numbers("--seconds", names, seconds, common.seconds)
    return {name: replace(common, calls=of_calls[name], seconds=of_seconds[name]) for name in names}


def costs_document(outputs: Outputs, loads: Mapping[str, Load]) -> dict[str, Any]:
    """For machines, in USD a month: `{"region", "workflows": […], "options", "sum", "lambdaProxy",
    "prices"}`. Options are what is paid more with them.
    """
    rows: list[dict[str, Any]] = []
    for name, definition in outputs.definitions.items():
        route = outputs.routes[name]
        workflow = Workflow(name, route.mode, lambda _, definition=definition: definition)
        found = cost(workflow, loads[name], has_wait=route.wait_url is not None)
        rows.append(
            {
                "workflow": name,
                "calls": loads[name].calls,
                "transitions": found.usage.transitions,
                "waits": found.usage.waits,
                **found.parts,
                "sum": found.sum,
                "lambdaProxy": found.proxy,
                "options": dict(found.options),
            }
        )
    return {
        "region": REGION,
        "workflows": rows,
        "options": api_options(
            has_queue=outputs.progress_queue_url is not None,
            has_async=any(outputs.routes[name].mode == "async" for name in outputs.definitions),
            has_events=any(row["waits"] for row in rows),
        ),
        "sum": sum(row["sum"] for row in rows),
        "lambdaProxy": sum(row["lambdaProxy"] for row in rows),
        "prices": {name: asdict(price) for name, price in PRICES.items()},
    }


PARTS = {
    "API": "api",
    "STEP FUNCTIONS": "stepFunctions",
    "STATUS": "status",
    "EVENTS": "events",
    "LOGS": "logs",
    "SUM": "sum",
    "LAMBDA PROXY": "lambdaProxy",
}
OPTIONS = {
    "MILESTONES": "milestones",
    "STATES": "states",
    "LIVE": "live",
    "ALL LOGS": "allLogs",
    "EXECUTION DATA": "executionData",
    "TRACES": "traces",
    "ACCESS LOGS": "accessLogs",
    "ALARMS": "alarms",
}


def print_costs(document: dict[str, Any]) -> None:
    """For people: what each workflow costs, and what options add."""
    rows = document["workflows"]
    print_table(
        ("WORKFLOW", "CALLS", *PARTS),
        *((row["workflow"], f"{row['calls']:,.0f}", *_money(row, PARTS)) for row in rows),
    )
    print_document(
        f"\nAll: {document['sum']:,.2f} USD a month, with a Lambda proxy in front "
        f"{document['lambdaProxy']:,.2f} USD. Options add:\n"
    )
    print_table(
        ("WORKFLOW", *OPTIONS),
        *((row["workflow"], *_money(row["options"], OPTIONS)) for row in rows),
    )
    known = [price["known"] for price in document["prices"].values()]
    options = document["options"]
    print_document(
        f"\nThe API's own alarms add {options['alarms']:.2f} USD, its dashboard "
        f"{options['dashboard']:.2f} USD.\nList prices of {document['region']} as known from "
        f"{min(known)} to {max(known)}, not read from AWS now; --json has each with its source."
    )


def _money(costs: Mapping[str, float], columns: Mapping[str, str]) -> list[str]:
    return [f"{costs[key]:,.2f}" for key in columns.values()]


def _numbers(
    option: str, workflows: Sequence[str], given: Iterable[str], default: float
) -> dict[str, float]:
    found = dict.fromkeys(workflows, default)
    for text in sorted(given, key=lambda text: "=" in text):  # those for all come first
        name, separator, number = text.rpartition("=")
        if separator and name not in found:
            cure = suggestion(name, workflows, f"use one of {', '.join(workflows)}")
            raise typer.BadParameter(f"{option} {text}: unknown workflow {name!r}; {cure}")
        value = _number(option, text, number)
        found |= {name: value} if separator else dict.fromkeys(workflows, value)
    return found


def _number(option: str, text: str, number: str) -> float:
    digits, multiple = (number[:-1], number[-1]) if number[-1:] in MULTIPLES else (number, "")
    try:
        value = float(digits) * MULTIPLES.get(multiple, 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise typer.BadParameter(
            f"{option} {text}: write a number, for example 250k or 1M, or WORKFLOW=1M"
        )
    return value
