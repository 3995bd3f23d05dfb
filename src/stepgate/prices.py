"""AWS's list prices, as far as workflows behind an API need them."""

from collections.abc import Mapping
from dataclasses import dataclass

REGION = "us-east-1"


@dataclass(frozen=True)
class Price:
    """
    Attributes:
        usd: for one unit, in `REGION`, without a free tier and without discounts for volume.
        unit: what is paid for.
        known: the month in which this was the price, as far as is known. Nothing reads a price from
            AWS, so look at the source before you rely on one.
        source: AWS's page with the price.
    """

    usd: float
    unit: str
    known: str
    source: str


_STEP_FUNCTIONS = "https://aws.amazon.com/step-functions/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"

PRICES: Mapping[str, Price] = {
    "transition": Price(25.00 / 1e6, "state transition", "2026-03", _STEP_FUNCTIONS),
    "expressRequest": Price(1.00 / 1e6, "Express execution", "2026-03", _STEP_FUNCTIONS),
    "expressDuration": Price(0.00001667, "GB-second", "2026-03", _STEP_FUNCTIONS),
    "apiRequest": Price(
        3.50 / 1e6,
        "request of a REST API",
        "2025-12",
        "https://aws.amazon.com/api-gateway/pricing/",
    ),
    "socketMessage": Price(
        1.00 / 1e6,
        "message of a WebSocket API, of 32 KB at most",
        "2025-12",
        "https://aws.amazon.com/api-gateway/pricing/",
    ),
    "connectionMinute": Price(
        0.25 / 1e6,
        "minute of a connection to a WebSocket API",
        "2025-12",
        "https://aws.amazon.com/api-gateway/pricing/",
    ),
    "read": Price(
        0.125 / 1e6,
        "read request unit on demand",
        "2026-03",
        "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    ),
    "write": Price(
        0.625 / 1e6,
        "write request unit on demand",
        "2026-03",
        "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    ),
    "fifoRequest": Price(
        0.50 / 1e6, "request of a FIFO queue", "2026-06", "https://aws.amazon.com/sqs/pricing/"
    ),
    "log": Price(0.50, "GB of logs taken in", "2026-06", _CLOUDWATCH),
    "alarm": Price(0.10, "alarm and month", "2026-06", _CLOUDWATCH),
    "dashboard": Price(3.00, "dashboard and month", "2026-06", _CLOUDWATCH),
    "trace": Price(5.00 / 1e6, "trace recorded", "2025-12", "https://aws.amazon.com/xray/pricing/"),
    "lambdaRequest": Price(0.20 / 1e6, "invocation", "2026-03", _LAMBDA),
    "lambdaDuration": Price(0.0000166667, "GB-second, x86", "2026-03", _LAMBDA),
}
# EventBridge does not charge for events of AWS services.
# https://aws.amazon.com/eventbridge/pricing/


def usd(price: str, units: float = 1) -> float:
    """What so many units of a price cost."""
    return PRICES[price].usd * units
