"""Logs, alarms, dashboards, and EventBridge, which Pulumi keeps in the same module."""

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import InputError, Inputs, wrong
from stepgate.resource_types.parameters import parameters
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType

LOG_GROUP = Call(
    "logs",
    "CreateLogGroup",
    "logGroupName",
    elsewhere="deletionProtectionEnabled retentionInDays skipDestroy",
    outputs={"arn": "arn:aws:logs:{region}:{account}:log-group:{name}"},
)
EVENT_RULE = Call(
    "events",
    "PutRule",
    "Name",
    json="eventPattern",
    elsewhere="forceDestroy isEnabled",
    outputs={"arn": "{RuleArn}"},
)
ALARM = Call(
    "cloudwatch",
    "PutMetricAlarm",
    "AlarmName",
    renamed={
        "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        "metricQueries": "Metrics",
        "metricQueries.metric": "MetricStat",
    },
    outputs={"arn": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"},
)
TARGET = {
    "appsyncTarget": "AppSyncParameters",
    "batchTarget": "BatchParameters",
    "ecsTarget": "EcsParameters",
    "httpTarget": "HttpParameters",
    "inputTransformer.inputPaths": "InputPathsMap",
    "kinesisTarget": "KinesisParameters",
    "redshiftTarget": "RedshiftDataParameters",
    "sagemakerPipelineTarget": "SageMakerPipelineParameters",
    "sqsTarget": "SqsParameters",
}
"""The members of a target that the provider calls otherwise."""


DAYS = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557),
    *(2922, 3288, 3653),
)
"""How long logs can be kept; 0 is without end, in the provider.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""


def create_log_group(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    days = inputs.get("retentionInDays", 0)
    if str(days) not in map(str, DAYS):  # the emulator takes any number
        allowed = ", ".join(map(str, DAYS[:-1]))
        raise wrong("retention_in_days", days, f"write {allowed} or {DAYS[-1]}")
    created = LOG_GROUP(cloud, name, inputs)
    if int(days):
        retention = inputs.only("retentionInDays")
        send(cloud, "logs", "PutRetentionPolicy", retention, logGroupName=name)
    return created


def create_event_rule(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if inputs.get("isEnabled") is False:  # the provider's name for it, before it had `state`
        inputs = Inputs(inputs, state="DISABLED")
    id_, outputs = EVENT_RULE(cloud, name, inputs)
    bus = inputs.get("eventBusName", "default")
    return id_ if bus == "default" else f"{bus}/{id_}", outputs


def create_event_target(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    rule, id_ = inputs["rule"], inputs.text("targetId") or name
    given = inputs.without("rule", "targetId", "eventBusName", "forceDestroy", "region")
    model = cloud.client("events").meta.service_model.operation_model("PutTargets")
    shape = model.input_shape.members["Targets"].member
    target = {"Id": id_, "Arn": inputs["arn"], **parameters(given, shape, TARGET)}
    put = send(cloud, "events", "PutTargets", inputs.only("eventBusName", "rule"), Targets=[target])
    if put["FailedEntryCount"]:  # EventBridge answers 200 all the same
        raise InputError(f"EventBridge refuses it: {put['FailedEntries'][0].get('ErrorMessage')}")
    return f"{rule}-{id_}", {"targetId": id_}


def create_alarm(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    queries = [_query(query) for query in inputs.objects("metricQueries")]
    return ALARM(cloud, name, Inputs(inputs, metricQueries=queries) if queries else inputs)


def _query(query: Inputs) -> Inputs:
    """The metric's name and dimensions are one more object down on AWS."""
    if not (metric := query.object("metric")):
        return query
    names = ("dimensions", "metricName", "namespace")
    return Inputs(query, metric=Inputs(metric.without(*names), metric=metric.only(*names)))


RESOURCE_TYPES = (
    ResourceType(
        "aws:cloudwatch/dashboard:Dashboard",
        FromInputs("{dashboardName}", name="dashboardName"),
        replaces="dashboardName",
        create=Call(
            "cloudwatch",
            "PutDashboard",
            json="dashboardBody",
            id="{dashboardName}",
            outputs={"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"},
        ),
    ),
    ResourceType(
        "aws:cloudwatch/eventBus:EventBus",
        FromInputs("{name}"),
        replaces="name eventSourceName",
        create=Call("events", "CreateEventBus", "Name", outputs={"arn": "{EventBusArn}"}),
    ),
    ResourceType(
        "aws:cloudwatch/eventRule:EventRule",
        FromInputs("{name}"),
        replaces="name namePrefix eventBusName",
        create=create_event_rule,
    ),
    ResourceType(
        "aws:cloudwatch/eventTarget:EventTarget",
        FromInputs("{rule}-{targetId}"),
        replaces="rule targetId eventBusName",
        create=create_event_target,
    ),
    ResourceType(
        "aws:cloudwatch/logGroup:LogGroup",
        FromInputs("{name}"),
        replaces="name namePrefix logGroupClass",
        create=create_log_group,
    ),
    ResourceType(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        FromInputs("{name}"),
        replaces="name",
        create=create_alarm,
    ),
)
