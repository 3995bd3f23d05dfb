"""The EC2 instance that the example's workflows start and stop."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Amazon Linux 2023 with its default kernel; `minimal` and `ecs` images have other names.
IMAGE_NAME = "al2023-ami-2023.*-kernel-*-x86_64"


@dataclass(frozen=True)
class InstanceArgs:
    instance_type: str


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
        super().__init__("example:index:Instance", name, None, opts)
        # By the first two a sweep finds what a killed run has left.
        tags = {"Project": pulumi.get_project(), "Stack": pulumi.get_stack(), "Name": name}
        invoke = pulumi.InvokeOutputOptions(parent=self)
        image = aws.ec2.get_ami_output(
            most_recent=True,
            owners=["amazon"],
            filters=[{"name": "name", "values": [IMAGE_NAME]}],
            opts=invoke,
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
            # A public address costs more than the instance, and nothing could reach it. Without a
            # subnet the provider does not send the flag, and replaces the instance at each update.
            subnet_id=_default_subnet(args.instance_type, invoke),
            associate_public_ip_address=False,
            vpc_security_group_ids=[security_group.id],
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required"},
            root_block_device={"encrypted": True, "volume_type": "gp3"},
            tags=tags,
            volume_tags=tags,
            # Another image or subnet would replace the instance. Amazon publishes an image every
            # few weeks, and a zone may start to offer the type.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["ami", "subnetId"]),
        )
        self.id = instance.id
        self.arn = instance.arn
        self.register_outputs({"id": self.id, "arn": self.arn})


def _default_subnet(instance_type: str, invoke: pulumi.InvokeOutputOptions) -> pulumi.Output[str]:
    """A default subnet in a zone that offers the instance type; not every zone of a Region does."""
    zones = aws.ec2.get_instance_type_offerings_output(
        location_type="availability-zone",
        filters=[{"name": "instance-type", "values": [instance_type]}],
        opts=invoke,
    ).locations.apply(lambda zones: offering_zones(instance_type, zones))
    subnets = aws.ec2.get_subnets_output(
        filters=zones.apply(
            lambda zones: [
                aws.ec2.GetSubnetsFilterArgs(name="default-for-az", values=["true"]),
                aws.ec2.GetSubnetsFilterArgs(name="availability-zone", values=zones),
            ]
        ),
        opts=invoke,
    ).ids
    return pulumi.Output.all(zones, subnets).apply(
        lambda found: first_subnet(instance_type, *found)
    )


def offering_zones(instance_type: str, zones: Sequence[str]) -> list[str]:
    """The zones that offer the instance type, in alphabetical order.

    Raises:
        pulumi.RunError: there are none.
    """
    if not zones:
        raise pulumi.RunError(
            f"instance type {instance_type} is not offered in this Region; choose another type"
        )
    return sorted(zones)


def first_subnet(instance_type: str, zones: Sequence[str], subnets: Sequence[str]) -> str:
    """The subnet with the lowest id, whatever order EC2 lists them in.

    Args:
        zones: the zones that offer the instance type.
        subnets: the ids of the default subnets in these zones.

    Raises:
        pulumi.RunError: there are none.
    """
    if not subnets:
        raise pulumi.RunError(
            f"instance type {instance_type} is offered in {', '.join(zones)}, which have no "
            "default subnet; create one: aws ec2 create-default-vpc, or in a default VPC: "
            f"aws ec2 create-default-subnet --availability-zone {zones[0]}"
        )
    return min(subnets)
