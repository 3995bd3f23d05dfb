"""The shop's workflows, in JSONata."""

from dataclasses import dataclass
from typing import Any

from stepgate import Definition, Route, Values, Workflow, request


@dataclass(frozen=True)
class ShopValues(Values):
    table_name: str = "orders"
    topic_arn: str = "arn:aws:sns:us-east-1:000000000000:placed"
    bucket_name: str = "exports"


EXISTS = "DynamoDB.ConditionalCheckFailedException"
RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}]


def place_order(values: ShopValues) -> Definition:
    execution = {"S": "{% $states.context.Execution.Id %}"}
    item = {"id": {"S": "{% $states.input.id %}"}, "sku": {"S": "{% $states.input.sku %}"}}
    save = {
        "TableName": values.table_name,
        "Item": item | {"execution": execution},
        # A retry may find what this execution has put.
        "ConditionExpression": "attribute_not_exists(id) OR execution = :execution",
        "ExpressionAttributeValues": {":execution": execution},
    }
    publish = {"TopicArn": values.topic_arn, "Message": "{% $states.input %}"}
    retry = [{"ErrorEquals": [EXISTS], "MaxAttempts": 0}, *RETRY]
    exists = {"ErrorEquals": [EXISTS], "Next": "Order exists"}
    answer = {"location": "{% 'orders/' & $states.input.id %}"}
    return machine(
        {
            "Save the order": task("dynamodb:putItem", save, "{% $states.input %}")
            | {"Retry": retry, "Catch": [exists], "Next": "Announce the order"},
            "Announce the order": task("sns:publish", publish, answer) | {"End": True},
            "Order exists": failure("OrderExists", "There is an order with this id."),
        }
    )


def get_order(values: ShopValues) -> Definition:
    read = {"TableName": values.table_name, "Key": {"id": {"S": "{% $states.input.id %}"}}}
    found = {"Condition": "{% $exists($states.input.Item) %}", "Next": "Order"}
    answer = "{% $states.input.Item.{'id': id.S, 'sku': sku.S} %}"
    return machine(
        {
            "Read the order": task("dynamodb:getItem", read) | {"Next": "Is it there?"},
            "Is it there?": {"Type": "Choice", "Choices": [found], "Default": "Order not found"},
            "Order": {"Type": "Succeed", "Output": answer},
            "Order not found": failure("OrderNotFound", "There is no order with this id."),
        }
    )


def export_orders(values: ShopValues) -> Definition:
    """Exports one page of the table: a state's output has at most 256 KB."""
    page = {"TableName": values.table_name, "Limit": 500}
    orders = "{% [$states.result.Items.{'id': id.S, 'sku': sku.S}] %}"
    key = "{% $states.context.Execution.Name & '.json' %}"
    write = {"Bucket": values.bucket_name, "Key": key, "Body": "{% $states.input %}"}
    return machine(
        {
            "Read the orders": task("aws-sdk:dynamodb:scan", page, orders)
            | {"Next": "Write the object"},
            "Write the object": task("aws-sdk:s3:putObject", write, {"key": key}) | {"End": True},
        }
    )


def machine(states: dict[str, Any]) -> Definition:
    first = next(iter(states))
    return {
        "QueryLanguage": "JSONata",
        "StartAt": first,
        "TimeoutSeconds": 25,
        "States": states,
    }


def task(action: str, arguments: Any, output: Any = "{% $states.result %}") -> dict[str, Any]:
    resource = f"arn:aws:states:::{action}"
    call = {"Type": "Task", "Resource": resource, "Arguments": arguments}
    return call | {"Retry": RETRY, "Output": output}


def failure(error: str, cause: str) -> dict[str, Any]:
    return {"Type": "Fail", "Error": error, "Cause": cause}


# The example is what `stepgate local demo` also has in the path of get-order.
ID = {"type": "string", "pattern": "^[A-Za-z0-9-]+$", "example": "example"}
ORDER = {
    "type": "object",
    "required": ["id", "sku"],
    "properties": {"id": ID, "sku": {"type": "string", "minLength": 1}},
}
WORKFLOWS = [
    Workflow(
        name="place-order",
        mode="sync",
        definition=place_order,
        values=ShopValues,
        input_schema=ORDER,
        errors={"OrderExists": 409},
        route=Route(path="/orders", status=201, headers={"Location": "$.location"}),
    ),
    Workflow(
        name="get-order",
        mode="sync",
        definition=get_order,
        values=ShopValues,
        errors={"OrderNotFound": 404},
        route=Route(method="GET", path="/orders/{id}", input={"id": request.path("id")}),
    ),
    Workflow(name="export-orders", mode="async", definition=export_orders, values=ShopValues),
]
