"""EC2: the devices that an instance has from its image."""

from localstack.utils.patch import patch
from moto.ec2.responses import instances


def apply() -> None:
    for name in ("EC2_RUN_INSTANCES", "EC2_DESCRIBE_INSTANCES"):
        template = getattr(instances, name)
        setattr(instances, name, template.replace("/dev/sda1", "{{ instance.root_device_name }}"))
    patch(instances.InstanceResponse._parse_block_device_mapping)(begin_with_the_images_root)


def begin_with_the_images_root(original, self):
    """The root device is the image's, with what the request says of it: often not its size.

    "The mapping is used by all instances launched from the AMI."
    "If you specify a snapshot, the default is the snapshot size."
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html
    """
    image_id = self._get_param("ImageId", "")  # a launch template may have it instead
    for image in self.ec2_backend.describe_images(filters={"image-id": [image_id]}):
        given = self._get_list_prefix("BlockDeviceMapping")
        names = [mapping.get("device_name") for mapping in given]
        root = image.root_device_name
        position = names.index(root) if root in names else len(given)
        prefix = f"BlockDeviceMapping.{position + 1}."
        self.querystring[f"{prefix}DeviceName"] = [root]
        self.querystring.setdefault(f"{prefix}Ebs.DeleteOnTermination", ["true"])
        self.querystring.setdefault(f"{prefix}Ebs.SnapshotId", [image.ebs_snapshot.id])
    return original(self)
