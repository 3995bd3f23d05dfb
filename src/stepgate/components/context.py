"""What all parts of a WorkflowApi have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from stepgate.components.transforms import Transform, transformed


@dataclass(frozen=True)
class Context:
    """
    Attributes:
        prefix: what every resource's name begins with: project, stack and the API's own name.
        tags: of every resource that takes tags.
        transforms: what the program changes in resources, by their kind.
        log_retention_days: how long logs are kept.
        tracing: whether API and state machines send traces to X-Ray.
        partition, region, account_id: where everything is deployed.
    """

    prefix: str
    tags: Mapping[str, pulumi.Input[str]]
    transforms: Mapping[str, Transform]
    log_retention_days: pulumi.Input[int]
    tracing: bool
    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account_id: pulumi.Output[str]

    def transformed(
        self, kind: str, args: dict[str, Any], opts: pulumi.ResourceOptions
    ) -> tuple[dict[str, Any], pulumi.ResourceOptions]:
        """The arguments and options of a resource, as the program wants them."""
        return transformed(self.transforms, kind, args, opts)
