"""Workflows behind routes: the settings, the components, and what the stack exports."""

import pulumi

from infra.api import Api, ApiArgs
from infra.instance import Instance, InstanceArgs
from infra.limits import document_breaches
from infra.openapi import Front
from infra.settings import read_settings
from infra.state_machine import StateMachine, StateMachineArgs
from workflows import WORKFLOWS
from workflows.rules import breaches
from workflows.workflow import Values

settings = read_settings()
prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
tags = {"Project": pulumi.get_project(), "Stack": pulumi.get_stack()}
front = Front(prefix, settings.authorization, settings.cors_origins)

if wrong := breaches(WORKFLOWS, prefix) or document_breaches(WORKFLOWS, front):
    raise pulumi.RunError("\n".join(wrong))

instance = Instance(prefix, InstanceArgs(instance_type=settings.instance_type, tags=tags))

values = pulumi.Output.all(
    instance_id=instance.id, instance_arn=instance.arn, delay_seconds=settings.delay_seconds
).apply(lambda known: Values(**known))

state_machines = {
    workflow.name: StateMachine(
        f"{prefix}-{workflow.name}",
        StateMachineArgs(workflow, values, settings.log_retention_days, tags),
    )
    for workflow in WORKFLOWS
}
state_machine_arns = {name: machine.arn for name, machine in state_machines.items()}

api = Api(
    prefix,
    ApiArgs(
        workflows=WORKFLOWS,
        state_machine_arns=state_machine_arns,
        stage=settings.stage,
        front=front,
        url=settings.api_url,
        tags=tags,
    ),
)

pulumi.export("routes", api.routes)
pulumi.export("stateMachineArns", state_machine_arns)
pulumi.export("instanceId", instance.id)
pulumi.export("apiId", api.id)
pulumi.export("stage", settings.stage)
pulumi.export("region", api.region)
pulumi.export("authorization", settings.authorization)
pulumi.export("openapi", api.openapi)
