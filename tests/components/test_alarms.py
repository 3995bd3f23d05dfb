"""Alarms, the dashboard, traces and access logs of a WorkflowApi, by Pulumi's mocks."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from stepgate.checks.resource_names import common_names, workflow_names
from stepgate.components import Alarm, Alarms
from tests.components.registered import APPROVE, PLACE_ORDER, QUIET, SHIP, register, shop
from tests.program import ARNS, Program

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
MACHINE = "aws:sfn/stateMachine:StateMachine"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
STAGE = "aws:apigateway/stage:Stage"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:ops"
API = {"ApiName": "shop-dev-shop", "Stage": "v1"}


def machine(workflow: str) -> dict[str, str]:
    return {"StateMachineArn": f"{ARNS[MACHINE]}shop-dev-shop-{workflow}"}


def watched(**changes: Any) -> Program:
    arguments: dict[str, Any] = {"workflows": [PLACE_ORDER, SHIP], **changes}
    return register(lambda: shop(**arguments))


@pytest.fixture(scope="module")
def program() -> Program:
    return watched(alarms=Alarms(TOPIC), tracing=True, access_logs=True)


def test_each_alarm_looks_at_its_own_metric_and_sends_to_the_topic(program: Program) -> None:
    found = {
        name: (
            made.inputs["metricName"],
            made.inputs.get("statistic") or made.inputs["extendedStatistic"],
            made.inputs["threshold"],
            made.inputs["dimensions"],
        )
        for name, made in program.of_type(ALARM).items()
    }
    assert found == {
        "shop-place-order-failed": ("ExecutionsFailed", "Sum", 1, machine("place-order")),
        "shop-place-order-timed-out": ("ExecutionsTimedOut", "Sum", 1, machine("place-order")),
        "shop-ship-failed": ("ExecutionsFailed", "Sum", 1, machine("ship")),
        "shop-ship-timed-out": ("ExecutionsTimedOut", "Sum", 1, machine("ship")),
        "shop-ship-throttled": ("ExecutionThrottled", "Sum", 1, machine("ship")),
        "shop-completion-failed": ("ExecutionsFailed", "Sum", 1, machine("completion")),
        "shop-completion-timed-out": ("ExecutionsTimedOut", "Sum", 1, machine("completion")),
        "shop-throttled-starts": ("ThrottledEvents", "Sum", 1, {"APIName": "StartExecution"}),
        "shop-server-errors": ("5XXError", "Average", 0.05, API),
        "shop-latency": ("Latency", "p99", 26_000, API),
        "shop-dead-letters": (
            "ApproximateAgeOfOldestMessage",
            "Maximum",
            60,
            {"QueueName": "shop-dev-shop-dead-letters"},
        ),
    }
    for made in program.of_type(ALARM).values():
        assert made.inputs["alarmActions"] == [TOPIC]
        assert made.inputs["treatMissingData"] == "notBreaching"
        assert made.inputs["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert made.inputs["tags"].items() >= {"Project": "shop", "Stack": "dev"}.items()
        assert made.inputs["alarmDescription"]


def test_an_alarm_is_changed_or_left_out() -> None:
    changed = Alarm(3, period_seconds=60, periods=5, datapoints=2, treat_missing_data="ignore")
    alarms = Alarms(
        TOPIC,
        failed=changed,
        timed_out=None,
        throttled=None,
        throttled_starts=None,
        server_errors=None,
        latency=None,
        dead_letters=None,
        dashboard=False,
    )
    program = watched(workflows=[SHIP], values={}, alarms=alarms)
    found = program.of_type(ALARM)
    assert found.keys() == {"shop-ship-failed", "shop-completion-failed"}
    made = found["shop-ship-failed"]
    names = ("threshold", "period", "evaluationPeriods", "datapointsToAlarm", "treatMissingData")
    assert [made.inputs[name] for name in names] == [3, 60, 5, 2, "ignore"]
    assert not program.of_type(DASHBOARD)


def test_a_declared_error_of_a_synchronous_workflow_is_no_alarm() -> None:
    declared = {"errors": {"OutOfStock": 409}}
    workflows = [replace(PLACE_ORDER, **declared), replace(SHIP, **declared)]
    names = watched(workflows=workflows, alarms=Alarms(TOPIC)).of_type(ALARM).keys()
    assert "shop-place-order-failed" not in names
    assert {"shop-place-order-timed-out", "shop-ship-failed"} <= names


def test_no_start_is_throttled_where_all_workflows_are_synchronous() -> None:
    names = watched(workflows=[PLACE_ORDER], alarms=Alarms(TOPIC)).of_type(ALARM).keys()
    assert "shop-throttled-starts" not in names


def test_a_refused_event_is_no_alarm_and_a_timeout_of_its_state_machine_is() -> None:
    alarms = watched(workflows=[APPROVE], values={}, alarms=Alarms(TOPIC)).of_type(ALARM)
    assert alarms["shop-events-timed-out"].inputs["dimensions"] == machine("events")
    assert "Workflow" not in alarms["shop-events-timed-out"].inputs["tags"]
    assert "shop-events-failed" not in alarms


def test_dead_letters_of_another_queue_are_not_known() -> None:
    def with_queue() -> None:
        queue = aws.sqs.Queue("mine", fifo_queue=True)
        shop(alarms=Alarms(TOPIC), progress_queue=queue)

    assert "shop-dead-letters" not in register(with_queue).of_type(ALARM)


@pytest.mark.parametrize("kind", ["resource", "output"])
def test_the_topic_may_be_a_resource_or_its_arn(kind: str) -> None:
    def with_topic() -> None:
        topic = aws.sns.Topic("ops")
        api = shop(alarms=Alarms(topic if kind == "resource" else topic.arn))
        assert api.dashboard
        pulumi.export("alarm", api.alarms["ship-failed"].name)

    program = register(with_topic)
    assert program.outputs["alarm"] == "shop-dev-shop-ship-failed"
    for made in program.of_type(ALARM).values():
        assert made.inputs["alarmActions"] == ["ops"]


def test_the_dashboard_has_the_alarms_and_each_workflow(program: Program) -> None:
    (made,) = program.of_type(DASHBOARD).values()
    assert made.inputs["dashboardName"] == "shop-dev-shop"
    first, *graphs = made.json("dashboardBody")["widgets"]
    arns = {f"{ARNS[ALARM]}shop-dev-{name}" for name in program.of_type(ALARM)}
    assert set(first["properties"]["alarms"]) == arns
    titles = [graph["properties"]["title"] for graph in graphs]
    assert {"place-order", "ship", "Dead letters: oldest in s"} < set(titles)


def test_without_alarms_traces_and_access_logs_nothing_is_made_for_them() -> None:
    program = watched()
    assert not program.of_type(ALARM)
    assert not program.of_type(DASHBOARD)
    (stage,) = program.of_type(STAGE).values()
    assert stage.inputs["xrayTracingEnabled"] is False
    assert "accessLogSettings" not in stage.inputs
    for made in program.of_type(MACHINE).values():
        assert made.inputs["tracingConfiguration"] == {"enabled": False}
    assert "xray:" not in str(program.resources)


def test_traces_are_sent_by_the_stage_and_by_every_machine_and_allowed() -> None:
    program = watched(workflows=[PLACE_ORDER, SHIP, APPROVE], tracing=True)
    (stage,) = program.of_type(STAGE).values()
    assert stage.inputs["xrayTracingEnabled"] is True
    machines = program.of_type(MACHINE)
    assert len(machines) == 5
    for name, made in machines.items():
        assert made.inputs["tracingConfiguration"] == {"enabled": True}
        policy = program.of_type(ROLE_POLICY)[f"{name}-policy"].json("policy")
        (statement,) = (s for s in policy["Statement"] if "xray" in str(s["Action"]))
        assert statement["Resource"] == ["*"]
        assert statement["Action"] == [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]


def test_access_logs_are_json_whatever_a_value_is(program: Program) -> None:
    (stage,) = program.of_type(STAGE).values()
    settings = stage.inputs["accessLogSettings"]
    group = program.of_type(LOG_GROUP)["shop-access-logs"]
    assert group.inputs["name"] == "/aws/apigateway/shop-dev-shop"
    assert group.inputs["retentionInDays"] == 30
    assert settings["destinationArn"] == f"{ARNS[LOG_GROUP]}shop-dev-shop-access-logs"
    line = json.loads(settings["format"].replace("$context.status", "-"))
    assert line["status"] == "-"
    assert line["requestId"] == "$context.requestId"  # AWS asks for it


def test_no_alarm_has_a_longer_name_than_aws_takes_where_a_role_has_not() -> None:
    """The names of roles are the first that become too long."""
    room = min(name.room for name in [*common_names([SHIP]), *workflow_names(QUIET)])
    assert len("-timed-out-0000000") + room + len("-quiet") <= 255
