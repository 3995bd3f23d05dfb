"""Programs of a shop, run under Pulumi's mocks: what they register, without anything being made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from stepgate import Definition, Event, Values, Workflow, wait_for
from stepgate.components import WorkflowApi
from tests.program import Program, run_project

PROJECT = Path(__file__).parent / "shop"


def program() -> object:
    """What the project's `__main__.py` does; see `register`."""


def register(
    of_a_test: Callable[[], object], *, stack: str = "dev", preview: bool = False
) -> Program:
    """Runs a program as a stack of the project shop."""
    global program  # noqa: PLW0603 __main__.py can be given nothing else
    program = of_a_test
    return run_project(PROJECT, {"aws:region": "eu-central-1"}, stack=stack, preview=preview)


@dataclass(frozen=True)
class ShopValues(Values):
    table_name: str = "orders-placeholder"
    attempts: int = 1


def place_order(values: ShopValues) -> Definition:
    return {
        "StartAt": "Write the order",
        "TimeoutSeconds": 20,
        "States": {
            "Write the order": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Parameters": {"TableName": values.table_name, "Item": {"id": {"S.$": "$.id"}}},
                "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": values.attempts}],
                "End": True,
            }
        },
    }


def pack(values: Values) -> Definition:  # noqa: ARG001
    return {
        "StartAt": "Pack",
        "TimeoutSeconds": 600,
        "States": {"Pack": {"Type": "Wait", "Seconds": 5, "End": True}},
    }


def approval(values: Values) -> Definition:
    waiting = wait_for("approval", values, timeout_seconds=60, end=True)
    return {"StartAt": "Wait", "TimeoutSeconds": 100, "States": {"Wait": waiting}}


PLACE_ORDER = Workflow("place-order", "sync", place_order, values=ShopValues)
SHIP = Workflow("ship", "async", pack, progress="states")
QUIET = Workflow("quiet", "async", pack)
APPROVE = Workflow("approve", "async", approval, events={"approval": Event()})


def shop(name: str = "shop", **arguments: Any) -> WorkflowApi:
    """A shop with a table, and two workflows unless the arguments say others."""
    table = aws.dynamodb.Table(
        f"{name}-orders",
        hash_key="id",
        attributes=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST",
    )
    given: dict[str, Any] = {
        "workflows": [PLACE_ORDER, SHIP],
        "values": {"table_name": table.name, "attempts": 3},
        **arguments,
    }
    api = WorkflowApi(name, **given)
    for key, output in api.outputs.items():
        pulumi.export(key, output)
    return api
