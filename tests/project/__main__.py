"""A queue, and workflows behind routes; each setting is one that a test changes."""

import pulumi
import pulumi_aws as aws
from state_machines import WORKFLOWS

from stepgate import Iam, Live, Public
from stepgate.components import Alarms, Throttle, WorkflowApi

config = pulumi.Config()
project, stack = pulumi.get_project(), pulumi.get_stack()

orders = aws.sqs.Queue(
    f"{project}-{stack}-orders",
    fifo_queue=True,
    message_retention_seconds=3_600,
    sqs_managed_sse_enabled=True,
    # By these a sweep finds what a killed run has left.
    tags={"Project": project, "Stack": stack},
)

names = config.require_object("workflows")
topic = config.require("alarmTopic")
live = {
    "": False,
    "tickets": True,
    "iam": Live(authorization=Iam()),
    "none": Live(authorization=Public()),
}

api = WorkflowApi(
    "api",
    workflows=[workflow for workflow in WORKFLOWS if workflow.name in names],
    values={"queue_url": orders.url, "delay_seconds": config.require_int("delaySeconds")},
    authorization=config.require("authorization"),  # pyright: ignore[reportArgumentType] checked there
    allow_public=config.require_bool("allowPublic"),
    throttle=Throttle(config.require_int("throttleRate"), config.require_int("throttleBurst")),
    stage=config.require("stage"),
    cors=config.require_object("corsOrigins"),
    base_url=config.require("apiUrl"),
    log_retention_days=config.require_int("logRetentionDays"),
    alarms=Alarms(topic) if topic else None,
    tracing=bool(topic),
    access_logs=bool(topic),
    live=live[config.require("live")],
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
