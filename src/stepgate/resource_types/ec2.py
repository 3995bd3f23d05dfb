"""Instances, and what they are reached through."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.function import FromEmulator, Function
from stepgate.resource_types.inputs import InputError, Inputs, given
from stepgate.resource_types.parameters import parameters
from stepgate.resource_types.resource_type import Created, FromTaggedArn, ResourceType

INSTANCE = (
    # The emulator's instances run nothing, so that what it is to be makes no difference.
    "cpuOptions creditSpecification disableApiStop disableApiTermination ebsOptimized "
    "enclaveOptions forceDestroy getPasswordData hibernation iamInstanceProfile "
    "instanceInitiatedShutdownBehavior keyName maintenanceOptions monitoring userData "
    "userDataBase64 userDataReplaceOnChange"
)
"""Inputs of an instance that make no difference."""
SECURITY_GROUP = Call(
    "ec2",
    "CreateSecurityGroup",
    "GroupName",
    elsewhere="egress ingress revokeRulesOnDelete tags",
    id="{GroupId}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:security-group/{GroupId}"},
)


def create_security_group(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    inputs = Inputs({"description": "Managed by Pulumi", **inputs})
    tags = _tag_specifications(cloud, {"security-group": Inputs(tags=inputs.object("tags"))})
    created = replace(SECURITY_GROUP, defaults={"TagSpecifications": tags})(cloud, name, inputs)
    # As the provider does: EC2's own rule that lets everything out goes.
    cloud.ec2.revoke_security_group_egress(
        GroupId=created[0],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    return created


def create_instance(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    image = Inputs(imageIds=[inputs["ami"]])
    found = send(cloud, "ec2", "DescribeImages", image)["Images"][0]
    disk = inputs.object("rootBlockDevice").without("tags", "tagsAll")
    groups = inputs.texts("vpcSecurityGroupIds")
    tags = {
        "instance": Inputs(tags=inputs.object("tags")),
        "volume": Inputs(volumeTags=inputs.object("volumeTags")),
    }
    call = Call(
        "ec2",
        "RunInstances",
        renamed={"ami": "ImageId"},
        elsewhere=(
            f"{INSTANCE} associatePublicIpAddress rootBlockDevice subnetId tags volumeTags "
            "vpcSecurityGroupIds"
        ),
        defaults={
            "MinCount": 1,
            "MaxCount": 1,
            **_network(cloud, inputs, groups),
            "BlockDeviceMappings": [
                {
                    "DeviceName": found.get("RootDeviceName", "/dev/xvda"),
                    "Ebs": _inside(cloud, "BlockDeviceMappings.Ebs", disk, "rootBlockDevice"),
                }
            ],
            "TagSpecifications": _tag_specifications(cloud, tags),
        },
        id="{Instances[0][InstanceId]}",
        outputs={"arn": "arn:aws:ec2:{region}:{account}:instance/{Instances[0][InstanceId]}"},
    )
    id_, outputs = call(cloud, "", inputs)
    if groups:
        # The emulator's instance does not know the groups of its network interface.
        cloud.ec2.modify_instance_attribute(InstanceId=id_, Groups=groups)
    cloud.ec2.get_waiter("instance_running").wait(
        InstanceIds=[id_], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return id_, outputs


def newest_image(cloud: Cloud, arguments: Inputs) -> dict[str, Any]:
    """The emulator has a handful of images."""
    found = cloud.ec2.describe_images(
        Filters=_filters(arguments), **given(arguments, Owners="owners")
    )
    if not found["Images"]:
        raise InputError(
            f"the emulator has no image that matches {dict(arguments)}; use broader filters"
        )
    newest = max(found["Images"], key=lambda image: image.get("CreationDate", ""))
    names = ["Architecture", "CreationDate", "ImageId", "Name", "OwnerId", "RootDeviceName"]
    image = {name[0].lower() + name[1:]: newest.get(name) for name in names}
    return {**image, "id": newest.get("ImageId")}


def instance_type_offerings(cloud: Cloud, arguments: Inputs) -> dict[str, Any]:
    offerings = cloud.ec2.describe_instance_type_offerings(
        LocationType=arguments.get("locationType", "region"), Filters=_filters(arguments)
    )["InstanceTypeOfferings"]
    return {"locations": [offering.get("Location") for offering in offerings]}


def subnets(cloud: Cloud, arguments: Inputs) -> dict[str, Any]:
    found = cloud.ec2.describe_subnets(Filters=_filters(arguments))["Subnets"]
    return {"ids": [subnet.get("SubnetId") for subnet in found]}


def _network(cloud: Cloud, inputs: Inputs, groups: list[str]) -> dict[str, Any]:
    """As the provider asks for it: without a subnet nothing is said of a public address."""
    if "subnetId" not in inputs:
        return {"SecurityGroupIds": groups}
    given = inputs.only("associatePublicIpAddress", "subnetId")
    interface = _inside(cloud, "NetworkInterfaces", given)
    return {"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": groups, **interface}]}


def _tag_specifications(cloud: Cloud, tags: Mapping[str, Inputs]) -> list[Any]:
    """EC2 refuses one without a tag."""
    found = {kind: _inside(cloud, "TagSpecifications", each) for kind, each in tags.items()}
    return [{"ResourceType": kind, **each} for kind, each in found.items() if each.get("Tags")]


def _inside(cloud: Cloud, path: str, inputs: Inputs, name: str = "") -> dict[str, Any]:
    """Inputs as they stand inside a parameter of RunInstances, or inside an item of it.

    Args:
        path: the parameter, and the member of its items.
        name: the input that these are inside of.
    """
    model = cloud.client("ec2").meta.service_model
    shape = model.operation_model("RunInstances").input_shape
    for member in path.split("."):
        shape = shape.members[member]
        shape = shape.member if shape.type_name == "list" else shape
    return parameters(inputs, shape, {"volumeTags": "Tags"}, name)


def _filters(arguments: Inputs) -> list[Any]:
    return [{"Name": f["name"], "Values": f["values"]} for f in arguments.objects("filters")]


RESOURCE_TYPES = (
    ResourceType(
        "aws:ec2/instance:Instance",
        FromTaggedArn(":instance/([^/]+)$"),
        replaces=(
            "ami associatePublicIpAddress availabilityZone cpuOptions ebsBlockDevices ebsOptimized "
            "enclaveOptions ephemeralBlockDevices hibernation hostId ipv6AddressCount "
            "ipv6Addresses keyName launchTemplate networkInterfaces placementGroup "
            "placementPartitionNumber privateDnsNameOptions privateIp subnetId"
        ),
        lost="its disk, id and addresses",
        create=create_instance,
    ),
    ResourceType(
        "aws:ec2/securityGroup:SecurityGroup",
        FromTaggedArn(":security-group/([^/]+)$"),
        replaces="name namePrefix description vpcId",
        create=create_security_group,
    ),
)

FUNCTIONS: Mapping[str, Function] = {
    "aws:ec2/getAmi:getAmi": FromEmulator(newest_image),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": FromEmulator(
        instance_type_offerings
    ),
    "aws:ec2/getSubnets:getSubnets": FromEmulator(subnets),
}
