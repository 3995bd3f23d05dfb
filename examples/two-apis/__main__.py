"""An API for customers, who send a key, and one for staff, who sign their requests."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stepgate import Definition, Values, Workflow
from stepgate.components import Throttle, WorkflowApi


@dataclass(frozen=True)
class RefundValues(Values):
    refunds_url: str = "https://sqs.us-east-1.amazonaws.com/000000000000/refunds"


def quote(_: Values) -> Definition:
    return {
        "StartAt": "Add the shipping",
        "TimeoutSeconds": 5,
        "States": {
            "Add the shipping": {
                "Type": "Pass",
                "Parameters": {"total.$": "States.MathAdd($.net, 5)"},
                "End": True,
            }
        },
    }


def refund(values: RefundValues) -> Definition:
    return {
        "StartAt": "Ask for the refund",
        "TimeoutSeconds": 60,
        "States": {
            "Ask for the refund": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {
                    "QueueUrl": values.refunds_url,
                    "MessageBody.$": "States.JsonToString($)",
                },
                "Retry": [{"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}],
                "ResultSelector": {"message.$": "$.MessageId"},
                "End": True,
            }
        },
    }


NET = {"type": "object", "required": ["net"], "properties": {"net": {"type": "integer"}}}
QUOTE = Workflow(name="quote", mode="sync", definition=quote, input_schema=NET)
REFUND = Workflow(name="refund", mode="async", definition=refund, values=RefundValues)

refunds = aws.sqs.Queue("refunds", message_retention_seconds=14 * 24 * 3600)

shop = WorkflowApi(
    "shop", workflows=[QUOTE], authorization="api-key", throttle=Throttle(rate=5, burst=10)
)
office = WorkflowApi("office", workflows=[REFUND], values={"refunds_url": refunds.url})

pulumi.export("shop", shop.outputs)
pulumi.export("office", office.outputs)
pulumi.export("refundsUrl", refunds.url)
