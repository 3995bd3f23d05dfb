"""Workflows behind routes: the settings, the components, and what the stack exports."""

import pulumi

from infra.api import Api, ApiArgs, Throttle
from infra.checks import check_workflows
from infra.instance import Instance, InstanceArgs
from infra.openapi import Front
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
values = deployed_values(settings, instance)

state_machine_arns = {
    workflow.name: StateMachine(
        f"{prefix}-{workflow.name}",
        StateMachineArgs(workflow, values, settings.log_retention_days, tags),
    ).arn
    for workflow in WORKFLOWS
}

api = Api(
    prefix,
    ApiArgs(
        workflows=WORKFLOWS,
        state_machine_arns=state_machine_arns,
        stage=settings.stage,
        front=front,
        throttle=Throttle(settings.throttle_rate, settings.throttle_burst),
        url=settings.api_url,
        tags=tags,
    ),
)

pulumi.export("routes", api.routes)
pulumi.export("stateMachineArns", state_machine_arns)
pulumi.export("definitions", definitions(WORKFLOWS, values))
pulumi.export("instanceId", instance.id)
pulumi.export("apiId", api.id)
pulumi.export("stage", settings.stage)
pulumi.export("region", api.region)
pulumi.export("authorization", settings.authorization)
pulumi.export("openapi", api.openapi)
if api.key is not None:
    pulumi.export("apiKey", api.key)
