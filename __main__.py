"""Workflows behind routes: the settings, the components, and what the stack exports."""

import pulumi

from infra.api import Api, ApiArgs, Throttle
from infra.checks import check_workflows
from infra.instance import Instance, InstanceArgs
from infra.last_messages import LastMessages, LastMessagesArgs
from infra.openapi import Front
from infra.queue import Queue, QueueArgs
from infra.settings import read_settings
from infra.state_machine import StateMachine, StateMachineArgs
from infra.values import definitions, deployed_values, known_values
from workflows import WORKFLOWS

settings = read_settings(WORKFLOWS)
prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
tags = {"Project": pulumi.get_project(), "Stack": pulumi.get_stack()}
front = Front(prefix, settings.authorization, settings.cors_origins)

check_workflows(WORKFLOWS, front, known_values(settings))

instance = Instance(prefix, InstanceArgs(instance_type=settings.instance_type, tags=tags))
queue = Queue(prefix, QueueArgs(tags))
values = deployed_values(settings, instance, queue)

state_machine_arns = {
    workflow.name: StateMachine(
        f"{prefix}-{workflow.name}",
        StateMachineArgs(workflow, values, settings.log_retention_days, tags),
    ).arn
    for workflow in WORKFLOWS
}

LastMessages(
    prefix,
    LastMessagesArgs(WORKFLOWS, state_machine_arns, values, settings.log_retention_days, tags),
)

throttle = Throttle(settings.throttle_rate, settings.throttle_burst)
api = Api(
    prefix,
    ApiArgs(WORKFLOWS, state_machine_arns, settings.stage, front, throttle, settings.api_url, tags),
)

pulumi.export("routes", api.routes)
pulumi.export("stateMachineArns", state_machine_arns)
pulumi.export("definitions", definitions(WORKFLOWS, values))
pulumi.export("instanceId", instance.id)
pulumi.export("progressQueueUrl", queue.url)
pulumi.export("apiId", api.id)
pulumi.export("stage", settings.stage)
pulumi.export("region", api.region)
pulumi.export("authorization", settings.authorization)
pulumi.export("openapi", api.openapi)
if api.key is not None:
    pulumi.export("apiKey", api.key)
