"""A state machine that was deployed with SAM, behind a route: its definition stays as it is."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stepgate import Values, Workflow
from stepgate.components import WorkflowApi


@dataclass(frozen=True)
class OrderValues(Values):
    """The names are those of `DefinitionSubstitutions` in the SAM template."""

    OrdersUrl: str = "https://sqs.us-east-1.amazonaws.com/000000000000/orders"
    Warehouse: str = "north"
    Attempts: int = 3


ITEMS = {"type": "array", "items": {"type": "string"}, "example": ["tea"]}
ORDER = Workflow(
    name="order",
    mode="async",
    definition="machines/order.asl.json",
    values=OrderValues,
    input_schema={"type": "object", "required": ["items"], "properties": {"items": ITEMS}},
)

orders = aws.sqs.Queue("orders")
api = WorkflowApi(
    "api",
    workflows=[ORDER],
    values={"OrdersUrl": orders.url, "Warehouse": "south", "Attempts": 5},
)
for name, output in api.outputs.items():
    pulumi.export(name, output)
pulumi.export("ordersUrl", orders.url)
