"""The metrics by which an API and its workflows are watched, and a dashboard of them.

https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stepgate.workflow import Mode


class Metric(NamedTuple):
    """A metric of CloudWatch, and how it is summed up over a period: Sum, Average, Maximum or a
    percentile such as p99.
    """

    namespace: str
    name: str
    statistic: str


STARTED = Metric("AWS/States", "ExecutionsStarted", "Sum")
SUCCEEDED = Metric("AWS/States", "ExecutionsSucceeded", "Sum")
FAILED = Metric("AWS/States", "ExecutionsFailed", "Sum")
TIMED_OUT = Metric("AWS/States", "ExecutionsTimedOut", "Sum")
ABORTED = Metric("AWS/States", "ExecutionsAborted", "Sum")
EXECUTION_TIME = Metric("AWS/States", "ExecutionTime", "p99")
# Of a state machine's own transitions and retries. Express ones have no quota of transitions.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
THROTTLED = Metric("AWS/States", "ExecutionThrottled", "Sum")
# Of requests to an API of Step Functions, for the account: the dimension is APIName.
THROTTLED_REQUESTS = Metric("AWS/States", "ThrottledEvents", "Sum")
REQUESTS = Metric("AWS/ApiGateway", "Count", "Sum")
CLIENT_ERRORS = Metric("AWS/ApiGateway", "4XXError", "Sum")
# The average is the rate, as each request counts as 0 or 1.
SERVER_ERRORS = Metric("AWS/ApiGateway", "5XXError", "Average")
LATENCY = Metric("AWS/ApiGateway", "Latency", "p99")
# In a dead-letter queue the age since the message was moved there.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
OLDEST_MESSAGE = Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum")

# The others have data of either type of state machine.
OF_STANDARD_ALONE = (ABORTED, THROTTLED)  # StopExecution does not know Express executions

PERIOD_SECONDS = 300
WIDTH = 24
"""Columns of a dashboard."""
HEIGHT = 6
# "You can include as many as 100 alarms in the widget"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
ALARMS_OF_A_WIDGET = 100


@dataclass(frozen=True)
class Watched:
    """What a dashboard shows, by the names that CloudWatch's dimensions have.

    Attributes:
        api_name, stage: the REST API.
        modes, machines: each workflow's mode, and its state machine's ARN, by its name.
        queues: names of queues, each with its title.
        alarms: ARNs.
    """

    region: str
    api_name: str
    stage: str
    modes: Mapping[str, Mode]
    machines: Mapping[str, str]
    queues: Mapping[str, str]
    alarms: Sequence[str]


def dashboard_body(watched: Watched) -> dict[str, Any]:
    """A dashboard's body: the alarms' states, the API, a graph for each workflow, the queues.

    The largest API, with 299 workflows, stays below the 500 widgets and 2,500 metrics that a
    dashboard may have.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    """
    widgets: list[dict[str, Any]] = []
    x = y = 0
    for kind, width, properties in _widgets(watched):
        if x + width > WIDTH:
            x, y = 0, y + HEIGHT
        place = {"x": x, "y": y, "width": width, "height": HEIGHT}
        widgets.append({"type": kind, **place, "properties": properties})
        x += width
    return {"widgets": widgets}


def _widgets(watched: Watched) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Type, columns and properties of each widget."""
    for start in range(0, len(watched.alarms), ALARMS_OF_A_WIDGET):
        alarms = [*watched.alarms[start : start + ALARMS_OF_A_WIDGET]]
        yield "alarm", WIDTH, {"title": "Alarms", "alarms": alarms}
    api = {"ApiName": watched.api_name, "Stage": watched.stage}
    errors = SERVER_ERRORS._replace(statistic="Sum")
    yield _graph(watched, "Requests and errors", api, (REQUESTS, CLIENT_ERRORS, errors))
    median = LATENCY._replace(statistic="p50")
    yield _graph(watched, "Latency in ms", api, (median, LATENCY))
    for name, mode in watched.modes.items():
        metrics = (STARTED, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, THROTTLED)
        shown = [m for m in metrics if mode == "async" or m not in OF_STANDARD_ALONE]
        machine = {"StateMachineArn": watched.machines[name]}
        yield _graph(watched, name, machine, shown, right=(EXECUTION_TIME,))
    for title, queue in watched.queues.items():
        yield _graph(watched, f"{title}: oldest in s", {"QueueName": queue}, (OLDEST_MESSAGE,))


def _graph(
    watched: Watched,
    title: str,
    dimensions: Mapping[str, str],
    metrics: Sequence[Metric],
    right: Sequence[Metric] = (),
) -> tuple[str, int, dict[str, Any]]:
    """A graph; `right` has metrics in ms, with an axis of their own."""
    pairs = [text for pair in dimensions.items() for text in pair]
    lines = [
        [metric.namespace, metric.name, *pairs, _line(metric, axis)]
        for axis, those in (("left", metrics), ("right", right))
        for metric in those
    ]
    return (
        "metric",
        WIDTH // 2,
        {
            "title": title,
            "region": watched.region,
            "period": PERIOD_SECONDS,
            "view": "timeSeries",
            "metrics": lines,
            **({"yAxis": {"right": {"label": "ms", "showUnits": False}}} if right else {}),
        },
    )


def _line(metric: Metric, axis: str) -> dict[str, str]:
    percentile = {"label": f"{metric.name} {metric.statistic}"}
    return {
        "stat": metric.statistic,
        **(percentile if metric.statistic.startswith("p") else {}),
        **({"yAxis": axis} if axis == "right" else {}),
    }
