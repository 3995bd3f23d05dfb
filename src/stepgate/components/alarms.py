"""Alarms on an API, its workflows and its dead letters, and the dashboard that shows them."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple, TypeGuard, get_args

import pulumi
import pulumi_aws as aws

from stepgate import metrics
from stepgate.components.context import Context
from stepgate.events.event import EVENTS_MACHINE
from stepgate.metrics import Metric, Watched, dashboard_body
from stepgate.workflow import Mode, Workflow

MissingData = Literal["notBreaching", "breaching", "ignore", "missing"]
MINUTE_SECONDS = 60
DAY_SECONDS = 86_400
# "The product of evaluation periods and period cannot exceed one day", or seven with periods of an
# hour at least.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
HOUR_SECONDS = 3_600
LONGEST_DAYS = 7


@dataclass(frozen=True)
class Alarm:
    """When an alarm goes off: its metric is at `threshold` or above it.

    Attributes:
        threshold: in the metric's own unit; see `Alarms`.
        period_seconds: over how long the metric is summed up, in whole minutes.
        periods: how many of the last periods are looked at.
        datapoints: in how many of these it has to be at the threshold. Default: in all.
        treat_missing_data: what a period without data counts as, by CloudWatch's names. Services
            send no data where nothing happens; so the default is "notBreaching".
    """

    threshold: float
    period_seconds: int = 300
    periods: int = 1
    datapoints: int | None = None
    treat_missing_data: MissingData = "notBreaching"


@dataclass(frozen=True)
class Alarms:
    """The alarms of a WorkflowApi. None leaves one out; an `Alarm` changes it.

    Attributes:
        topic: the topic of SNS that gets a message when an alarm goes off: a Topic or an ARN.
        failed: executions of a workflow that failed. Not of a synchronous workflow that declares
            errors, because these are answers; `server_errors` has all that it does not declare.
            Also of the state machine `completion`, which sends last progress messages.
        timed_out: executions of a workflow that timed out, also of the state machines `completion`
            and `events`, which continues executions.
        throttled: transitions and retries of an asynchronous workflow that were throttled. Express
            executions have no quota of transitions.
        throttled_starts: requests to start an asynchronous execution that Step Functions throttles,
            so that callers get 429. It counts all state machines of the account in the Region. Only
            where a workflow is asynchronous.
        server_errors: the part of the API's requests that is answered with a status from 500, from
            0 to 1. AWS recommends this alarm and its default.
        latency: the time in ms that 99 of 100 requests of the API stay below. The default is close
            to the 29 s after which API Gateway gives up; set it to what callers expect.
        dead_letters: the seconds that a progress message has been among the dead letters. The
            default finds any. Only where the WorkflowApi made the queue.
        dashboard: whether there is a dashboard of the API, too.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
    """

    topic: pulumi.Input[str] | aws.sns.Topic
    failed: Alarm | None = Alarm(1)
    timed_out: Alarm | None = Alarm(1)
    throttled: Alarm | None = Alarm(1)
    server_errors: Alarm | None = Alarm(0.05, period_seconds=60, periods=3)
    latency: Alarm | None = Alarm(26_000)
    dead_letters: Alarm | None = Alarm(60)
    dashboard: bool = True
    throttled_starts: Alarm | None = Alarm(1)


class AlarmArgs(NamedTuple):
    """What one alarm is made of.

    Attributes:
        name: behind the prefix.
        alarm: when it goes off.
        metric, dimensions: what it looks at.
        description: what it says, in a sentence.
        workflow: the workflow that it is about, or empty.
    """

    name: str
    alarm: Alarm
    metric: Metric
    dimensions: Mapping[str, pulumi.Input[str]]
    description: str
    workflow: str = ""


@dataclass(frozen=True)
class WatchedResources:
    """What alarms and dashboard are about.

    Attributes:
        state_machines: the workflows' ARNs.
        completion, events_machine: the ARNs of the API's own state machines, if it has them.
    """

    workflows: Sequence[Workflow]
    state_machines: Mapping[str, pulumi.Output[str]]
    completion: pulumi.Output[str] | None
    events_machine: pulumi.Output[str] | None
    rest_api: aws.apigateway.RestApi
    stage: aws.apigateway.Stage
    progress_queue: aws.sqs.Queue | None
    dead_letters: aws.sqs.Queue | None


class Created(NamedTuple):
    """The alarms by their names behind the prefix, such as `order-failed` and `latency`."""

    alarms: dict[str, aws.cloudwatch.MetricAlarm]
    dashboard: aws.cloudwatch.Dashboard | None


def create_alarms(
    context: Context, parent: pulumi.Resource, alarms: Alarms, watched: WatchedResources
) -> Created:
    topic = alarms.topic.arn if isinstance(alarms.topic, aws.sns.Topic) else alarms.topic
    found: dict[str, aws.cloudwatch.MetricAlarm] = {}
    for wanted in _alarm_args(alarms, watched):
        alarm, metric = wanted.alarm, wanted.metric
        statistic = "extended_statistic" if metric.statistic.startswith("p") else "statistic"
        args, options = context.transformed(
            "alarm",
            {
                "alarm_description": wanted.description,
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": wanted.dimensions,
                statistic: metric.statistic,
                "comparison_operator": "GreaterThanOrEqualToThreshold",
                "threshold": alarm.threshold,
                "period": alarm.period_seconds,
                "evaluation_periods": alarm.periods,
                "datapoints_to_alarm": alarm.datapoints,
                "treat_missing_data": alarm.treat_missing_data,
                "alarm_actions": [topic],
                "tags": {
                    **context.tags,
                    **({"Workflow": wanted.workflow} if wanted.workflow else {}),
                },
            },
            pulumi.ResourceOptions(parent=parent),
        )
        found[wanted.name] = aws.cloudwatch.MetricAlarm(
            f"{context.prefix}-{wanted.name}", **args, opts=options
        )
    dashboard = _dashboard(context, parent, watched, found) if alarms.dashboard else None
    return Created(found, dashboard)


def _dashboard(
    context: Context,
    parent: pulumi.Resource,
    watched: WatchedResources,
    alarms: Mapping[str, aws.cloudwatch.MetricAlarm],
) -> aws.cloudwatch.Dashboard:
    queues = {"Progress": watched.progress_queue, "Dead letters": watched.dead_letters}
    modes: dict[str, Mode] = {workflow.name: workflow.mode for workflow in watched.workflows}
    known: pulumi.Output[Any] = pulumi.Output.all(
        region=context.region,
        api_name=watched.rest_api.name,
        stage=watched.stage.stage_name,
        machines=pulumi.Output.all(**watched.state_machines),
        queues={title: queue.name for title, queue in queues.items() if queue},
        alarms=[alarm.arn for alarm in alarms.values()],
    )
    body = known.apply(lambda known: json.dumps(dashboard_body(Watched(modes=modes, **known))))
    args, options = context.transformed(
        "dashboard",
        # The provider makes no name of its own for it.
        {"dashboard_name": context.prefix, "dashboard_body": body},
        pulumi.ResourceOptions(parent=parent),
    )
    return aws.cloudwatch.Dashboard(f"{context.prefix}-dashboard", **args, opts=options)


def _alarm_args(alarms: Alarms, watched: WatchedResources) -> Iterator[AlarmArgs]:
    for workflow in watched.workflows:
        name, arn = workflow.name, watched.state_machines[workflow.name]
        is_async = workflow.mode == "async"
        kinds = {
            "failed": is_async or not workflow.errors,
            "timed-out": True,
            "throttled": is_async,
        }
        for each in _of_machine(alarms, name, f"workflow {name}", arn, kinds):
            yield each._replace(workflow=name)
    if watched.completion:
        kinds = {"failed": True, "timed-out": True}
        what = "the state machine that sends last progress messages"
        yield from _of_machine(alarms, "completion", what, watched.completion, kinds)
    if watched.events_machine:
        # It fails to refuse an event, which is an answer; what else it fails by is a server error.
        what = "the state machine that continues executions"
        kinds = {"timed-out": True}
        yield from _of_machine(alarms, EVENTS_MACHINE, what, watched.events_machine, kinds)
    api = {"ApiName": watched.rest_api.name, "Stage": watched.stage.stage_name}
    queue = {"QueueName": watched.dead_letters.name} if watched.dead_letters else None
    has_async = any(workflow.mode == "async" for workflow in watched.workflows)
    starts = {"APIName": "StartExecution"} if has_async else None
    for kind, alarm, metric, dimensions in (
        ("throttled-starts", alarms.throttled_starts, metrics.THROTTLED_REQUESTS, starts),
        ("server-errors", alarms.server_errors, metrics.SERVER_ERRORS, api),
        ("latency", alarms.latency, metrics.LATENCY, api),
        ("dead-letters", alarms.dead_letters, metrics.OLDEST_MESSAGE, queue),
    ):
        if alarm and dimensions:
            yield AlarmArgs(kind, alarm, metric, dimensions, DESCRIPTIONS[kind])


def _of_machine(
    alarms: Alarms, name: str, what: str, arn: pulumi.Output[str], kinds: Mapping[str, bool]
) -> Iterator[AlarmArgs]:
    """The alarms of these kinds on a state machine's executions; `what` describes the machine."""
    for kind, alarm, metric in (
        ("failed", alarms.failed, metrics.FAILED),
        ("timed-out", alarms.timed_out, metrics.TIMED_OUT),
        ("throttled", alarms.throttled, metrics.THROTTLED),
    ):
        if alarm and kinds.get(kind):
            text = f"Executions of {what} {DESCRIPTIONS[kind]}"
            yield AlarmArgs(f"{name}-{kind}", alarm, metric, {"StateMachineArn": arn}, text)


DESCRIPTIONS = {
    "failed": "failed",
    "timed-out": "timed out",
    "throttled": "wait, because Step Functions throttles the account's state transitions",
    "throttled-starts": "Step Functions throttles StartExecution, so callers get 429",
    "server-errors": "Requests are answered with a status from 500",
    "latency": "One of 100 requests takes this long",
    "dead-letters": "There are progress messages that no app could handle",
}


def alarm_problem(alarm: object) -> str:
    """What is wrong with one alarm, and what to write instead; empty if nothing is."""
    match alarm:
        case None:
            return ""
        case Alarm():
            return next(_problems(alarm), "")
        case _:
            return "use Alarm(threshold), or None"


def _problems(alarm: Alarm) -> Iterator[str]:
    """What is wrong with it; only the first is certain."""
    given: dict[str, object] = vars(alarm)
    threshold, period, periods = (given[n] for n in ("threshold", "period_seconds", "periods"))
    if not (_is_whole(threshold) or isinstance(threshold, float)) or not 0 <= threshold < math.inf:
        yield "use a number from 0 as its threshold"
    if not _is_whole(period) or period % MINUTE_SECONDS or not 0 < period <= DAY_SECONDS:
        yield f"use whole minutes, from 60 to {DAY_SECONDS} as its period_seconds"
        return
    most = DAY_SECONDS * (LONGEST_DAYS if period >= HOUR_SECONDS else 1) // period
    if not _is_whole(periods) or not 1 <= periods <= most:
        yield f"use a number from 1 to {most} as its periods"
        return
    datapoints = given["datapoints"]
    if datapoints is not None and not (_is_whole(datapoints) and 1 <= datapoints <= periods):
        yield f"use a number from 1 to {periods} as its datapoints"
    if given["treat_missing_data"] not in (allowed := get_args(MissingData)):
        yield f"use one of {', '.join(allowed)} as its treat_missing_data"


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


KINDS = [field.name for field in fields(Alarms) if field.name not in ("topic", "dashboard")]
"""The names of the alarms among an `Alarms`' attributes."""
