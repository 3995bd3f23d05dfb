"""The EC2 instance that the example's workflows start and stop."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Amazon Linux 2023 with its default kernel; `minimal` and `ecs` images have other names.
IMAGE_NAME = "al2023-ami-2023.*-kernel-*-x86_64"


@dataclass(frozen=True)
class InstanceArgs:
    instance_type: str
    tags: Mapping[str, str]


class Instance(pulumi.ComponentResource):
    """An Amazon Linux 2023 instance that nothing can reach.

    Attributes:
        id: the instance's id, `i-…`.
        arn: its ARN.
    """

    id: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: InstanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("stepgate:infra:Instance", name, None, opts)
        tags = {**args.tags, "Name": name}
        image = aws.ec2.get_ami_output(
            most_recent=True,
            owners=["amazon"],
            filters=[{"name": "name", "values": [IMAGE_NAME]}],
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        security_group = aws.ec2.SecurityGroup(
            f"{name}-security-group",
            description="No traffic in, none out: the instance is only started and stopped",
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        instance = aws.ec2.Instance(
            f"{name}-instance",
            ami=image.id,
            instance_type=args.instance_type,
            # A public address costs more than the instance, and nothing could reach it.
            associate_public_ip_address=False,
            vpc_security_group_ids=[security_group.id],
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required"},
            root_block_device={"encrypted": True, "volume_type": "gp3"},
            tags=tags,
            volume_tags=tags,
            # Another image would replace the instance, and Amazon publishes one every few weeks.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["ami"]),
        )
        self.id = instance.id
        self.arn = instance.arn
        self.register_outputs({"id": self.id, "arn": self.arn})
