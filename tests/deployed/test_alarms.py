"""Alarms, the dashboard, traces and access logs on the emulator."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_

SECONDS = 30


@pytest.fixture(scope="module")
def topic(deployed: Deployed) -> str:
    return deployed.cloud.client("sns").create_topic(Name="ops")["TopicArn"]


@pytest.fixture(scope="module")
def watched(deployed: Deployed, topic: str) -> Deployed:
    workflows = ["now", "told-later", "order"]
    return deploy_beside(deployed, "watched", workflows=workflows, alarmTopic=topic)


@pytest.fixture(scope="module")
def api(watched: Deployed) -> str:
    return f"tested-{watched.stack}-api"


@pytest.fixture
def cloudwatch(watched: Deployed) -> Any:
    return watched.cloud.client("cloudwatch")


def test_each_alarm_exists_with_its_dimensions(
    watched: Deployed, api: str, cloudwatch: Any, topic: str
) -> None:
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{api}-")["MetricAlarms"]
    found = {
        alarm["AlarmName"].removeprefix(f"{api}-"): {
            dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]
        }
        for alarm in alarms
    }
    machines = {
        name: {"StateMachineArn": arn} for name, arn in watched.outputs["stateMachineArns"].items()
    }
    completion = {
        "StateMachineArn": machines["order"]["StateMachineArn"].replace("order", "completion")
    }
    stage = {"ApiName": api, "Stage": "v1"}
    assert found == {
        "now-timed-out": machines["now"],
        "told-later-failed": machines["told-later"],
        "told-later-timed-out": machines["told-later"],
        "told-later-throttled": machines["told-later"],
        **{f"order-{kind}": machines["order"] for kind in ("failed", "timed-out", "throttled")},
        **{f"completion-{kind}": completion for kind in ("failed", "timed-out")},
        "throttled-starts": {"APIName": "StartExecution"},
        "server-errors": stage,
        "latency": stage,
        "dead-letters": {"QueueName": f"{api}-dead-letters.fifo"},
    }
    assert all(alarm["AlarmActions"] == [topic] for alarm in alarms)


@pytest.mark.proof
def test_an_alarm_goes_off_and_tells_the_topic(
    watched: Deployed, api: str, cloudwatch: Any, topic: str
) -> None:
    sqs, sns = watched.cloud.client("sqs"), watched.cloud.client("sns")
    queue = sqs.create_queue(QueueName="ops")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[f"{api}-told-later-failed"])["MetricAlarms"]
    metric = {
        "MetricName": alarm["MetricName"],
        "Dimensions": alarm["Dimensions"],
        "Timestamp": datetime.now(UTC) - timedelta(minutes=1),
        "Value": 1,
    }
    cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[metric])
    # The emulator looks at an alarm when it is put, and after its period again.
    known = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    cloudwatch.put_metric_alarm(**{name: value for name, value in alarm.items() if name in known})

    def told() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", ())
        bodies = [json.loads(json.loads(message["Body"])["Message"]) for message in messages]
        return [body for body in bodies if body["AlarmName"] == alarm["AlarmName"]]

    (body,) = await_(told, "the alarm's message", SECONDS)
    assert body["NewStateValue"] == "ALARM"
    assert body["AlarmDescription"] == "Executions of workflow told-later failed"


def test_the_dashboard_exists_and_shows_every_workflow(
    watched: Deployed, api: str, cloudwatch: Any
) -> None:
    body = cloudwatch.get_dashboard(DashboardName=api)["DashboardBody"]
    titles = [widget["properties"]["title"] for widget in json.loads(body)["widgets"]]
    assert titles[0] == "Alarms"
    assert watched.outputs["stateMachineArns"].keys() < set(titles)


def test_the_stage_is_traced_and_the_access_log_has_its_group(watched: Deployed, api: str) -> None:
    stage = watched.cloud.client("apigateway").get_stage(
        restApiId=watched.outputs["apiId"], stageName="v1"
    )
    assert stage["tracingEnabled"] is True
    groups = watched.cloud.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/apigateway/{api}"
    )
    assert [group["retentionInDays"] for group in groups["logGroups"]] == [30]
