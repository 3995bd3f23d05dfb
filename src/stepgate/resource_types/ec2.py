"""Instances, and what they are reached through."""

from collections.abc import Mapping
from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.function import FromEmulator, Function
from stepgate.resource_types.inputs import InputError, Inputs, given, tag_list
from stepgate.resource_types.resource_type import Created, FromTaggedArn, ResourceType


def create_security_group(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    id_ = cloud.ec2.create_security_group(
        GroupName=name,
        Description=inputs.get("description", "Managed by Pulumi"),
        TagSpecifications=_tag_specifications({"security-group": tag_list(inputs)}),
        **given(inputs, VpcId="vpcId"),
    )["GroupId"]
    # As the provider does: EC2's own rule that lets everything out goes.
    cloud.ec2.revoke_security_group_egress(
        GroupId=id_, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    return id_, {"arn": cloud.arn("ec2", f"security-group/{id_}")}


def create_instance(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    image = cloud.ec2.describe_images(ImageIds=[inputs["ami"]])["Images"][0]
    metadata = inputs.object("metadataOptions")
    volume = given(
        inputs.object("rootBlockDevice"),
        Encrypted="encrypted",
        VolumeSize="volumeSize",
        VolumeType="volumeType",
    )
    launched: Any = cloud.ec2.run_instances(
        ImageId=inputs["ami"],
        InstanceType=inputs["instanceType"],
        MinCount=1,
        MaxCount=1,
        **_network(inputs),
        MetadataOptions=given(metadata, HttpEndpoint="httpEndpoint", HttpTokens="httpTokens"),
        BlockDeviceMappings=[
            {"DeviceName": image.get("RootDeviceName", "/dev/xvda"), "Ebs": volume}
        ],
        TagSpecifications=_tag_specifications(
            {"instance": tag_list(inputs), "volume": tag_list(inputs, "volumeTags")}
        ),
    )
    id_: str = launched["Instances"][0]["InstanceId"]
    if groups := inputs.get("vpcSecurityGroupIds"):
        # The emulator's instance does not know the groups of its network interface.
        cloud.ec2.modify_instance_attribute(InstanceId=id_, Groups=groups)
    cloud.ec2.get_waiter("instance_running").wait(
        InstanceIds=[id_], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return id_, {"arn": cloud.arn("ec2", f"instance/{id_}")}


def newest_image(cloud: Cloud, arguments: Inputs) -> dict[str, Any]:
    """The emulator has a handful of images."""
    found = cloud.ec2.describe_images(
        Filters=_filters(arguments), **given(arguments, Owners="owners")
    )
    if not found["Images"]:
        raise InputError(f"it has no image that matches {dict(arguments)}; ask for another")
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


def _network(inputs: Inputs) -> dict[str, Any]:
    """As the provider asks for it: without a subnet nothing is said of a public address."""
    groups = inputs.get("vpcSecurityGroupIds", [])
    if "subnetId" not in inputs:
        return {"SecurityGroupIds": groups}
    interface = {"DeviceIndex": 0, "SubnetId": inputs["subnetId"], "Groups": groups}
    public = given(inputs, AssociatePublicIpAddress="associatePublicIpAddress")
    return {"NetworkInterfaces": [interface | public]}


def _tag_specifications(tags: Mapping[str, list[Any]]) -> list[Any]:
    """EC2 refuses one without a tag."""
    return [{"ResourceType": kind, "Tags": tags} for kind, tags in tags.items() if tags]


def _filters(arguments: Inputs) -> list[Any]:
    return [{"Name": f["name"], "Values": f["values"]} for f in arguments.objects("filters")]


RESOURCE_TYPES = (
    ResourceType(
        "aws:ec2/instance:Instance",
        FromTaggedArn(":instance/([^/]+)$"),
        replaces="ami associatePublicIpAddress availabilityZone keyName subnetId",
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
