"""What definitions are made from, as a deployment comes to know it."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from infra.instance import Instance
from infra.queue import Queue
from infra.settings import Settings
from workflows.workflow import PLACEHOLDERS, Definition, Values, Workflow


def known_values(settings: Settings) -> Values:
    """What is known before anything is deployed, and placeholders for the rest."""
    return replace(PLACEHOLDERS, delay_seconds=settings.delay_seconds)


def deployed_values(settings: Settings, instance: Instance, queue: Queue) -> pulumi.Output[Values]:
    return pulumi.Output.all(
        partition=aws.get_partition_output().partition,
        region=aws.get_region_output().region,
        account_id=aws.get_caller_identity_output().account_id,
        instance_id=instance.id,
        instance_arn=instance.arn,
        progress_queue_url=queue.url,
    ).apply(lambda known: replace(known_values(settings), **known))


def definitions(
    workflows: Sequence[Workflow], values: pulumi.Output[Values]
) -> pulumi.Output[dict[str, Definition]]:
    """Each workflow's definition as its author wrote it, by the workflow's name."""
    return values.apply(lambda known: {w.name: w.definition(known) for w in workflows})
