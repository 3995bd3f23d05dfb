"""What the AWS provider of Pulumi meets on the emulator, where it once met something else."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deployed.stacks import Deployed

ROOT = "/dev/xvda"  # of Amazon Linux 2023


@pytest.fixture(scope="module")
def image(deployed: Deployed) -> Any:
    """An image whose root device is not the one that most have."""
    images = deployed.cloud.ec2.describe_images(Filters=[{"Name": "name", "Values": ["al2023*"]}])
    found = images["Images"][0]
    assert found.get("RootDeviceName") == ROOT
    return found


def devices(deployed: Deployed, image: Any, mappings: list[Any]) -> dict[str, tuple[int, bool]]:
    """Of a new instance: each device's size, and whether its end is the instance's."""
    ec2 = deployed.cloud.ec2
    started = ec2.run_instances(
        ImageId=image["ImageId"], MinCount=1, MaxCount=1, BlockDeviceMappings=mappings
    )
    name = started["Instances"][0].get("InstanceId", "")
    (reservation,) = ec2.describe_instances(InstanceIds=[name])["Reservations"]
    (instance,) = reservation.get("Instances", [])
    assert started["Instances"][0].get("RootDeviceName") == ROOT
    assert instance.get("RootDeviceName") == ROOT
    found: dict[str, tuple[int, bool]] = {}
    for each in instance.get("BlockDeviceMappings", []):
        ebs: Any = each.get("Ebs")
        (volume,) = ec2.describe_volumes(VolumeIds=[ebs["VolumeId"]])["Volumes"]
        found[each.get("DeviceName", "")] = (volume.get("Size", 0), ebs["DeleteOnTermination"])
    ec2.terminate_instances(InstanceIds=[name])
    return found


def test_a_root_device_has_the_images_name_and_what_is_not_said_of_it(
    deployed: Deployed, image: Any
) -> None:
    size = image["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]
    root = {ROOT: (size, True)}
    kept = {"DeviceName": ROOT, "Ebs": {"DeleteOnTermination": False, "Encrypted": True}}
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 3}}
    assert devices(deployed, image, []) == root
    assert devices(deployed, image, [data]) == root | {"/dev/sdf": (3, False)}
    assert devices(deployed, image, [kept]) == {ROOT: (size, False)}
    assert devices(deployed, image, [{"DeviceName": ROOT, "Ebs": {"VolumeSize": 20}}]) == {
        ROOT: (20, True)
    }


def test_a_queue_is_read_back_as_aws_writes_it(deployed: Deployed) -> None:
    sqs = deployed.cloud.sqs
    target = sqs.create_queue(QueueName="provider-target")["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=target, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": asked["Attributes"]["QueueArn"], "maxReceiveCount": 3}
    url = sqs.create_queue(
        QueueName="provider", Attributes={"RedrivePolicy": json.dumps(policy, indent=2)}
    )["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert found["Attributes"]["RedrivePolicy"] == json.dumps(policy, separators=(",", ":"))
    # The provider takes the account and the name from the path, which has nothing else.
    assert urlsplit(url).path == "/000000000000/provider"
