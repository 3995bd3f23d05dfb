"""The example stack: an EC2 instance, and workflows behind routes that start and stop it."""

import pulumi

from infra.instance import Instance, InstanceArgs
from infra.settings import read_settings
from stepgate.components import Throttle, WorkflowApi
from workflows import WORKFLOWS

settings = read_settings()

instance = Instance(
    f"{pulumi.get_project()}-{pulumi.get_stack()}", InstanceArgs(settings.instance_type)
)

api = WorkflowApi(
    "api",
    workflows=WORKFLOWS,
    values={
        "instance_id": instance.id,
        "instance_arn": instance.arn,
        "delay_seconds": settings.delay_seconds,
    },
    authorization=settings.authorization,
    allow_public=settings.allow_public,
    throttle=Throttle(settings.throttle_rate, settings.throttle_burst),
    stage=settings.stage,
    cors=settings.cors_origins,
    base_url=settings.api_url,
    log_retention_days=settings.log_retention_days,
)

for name, output in api.outputs.items():
    pulumi.export(name, output)
pulumi.export("instanceId", instance.id)
