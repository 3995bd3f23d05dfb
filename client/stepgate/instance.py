"""The state of the example's EC2 instance."""

from functools import cached_property
from typing import Any

from stepgate.aws import UNUSABLE, aws_client, unreadable
from stepgate.errors import InstanceUnreadable
from stepgate.outputs import Outputs


class Instance:
    """The stack's instance, looked at with the caller's AWS credentials."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def state(self) -> str:
        """As EC2 names it, such as `running`.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html

        Raises:
            InstanceUnreadable: the stack has none, or AWS does not tell.
        """
        instance = self._outputs.instance_id
        if instance is None:
            raise InstanceUnreadable("the outputs have no instanceId; the stack has no instance")
        try:
            answer = self._client.describe_instances(InstanceIds=[instance])
            return answer["Reservations"][0]["Instances"][0]["State"]["Name"]
        except (*UNUSABLE, LookupError) as error:
            self.__dict__.pop("_client", None)  # it keeps its credentials; there may be new ones
            raise InstanceUnreadable(
                unreadable(f"the state of {instance}", error, "ec2:DescribeInstances")
            ) from None

    @cached_property
    def _client(self) -> Any:
        return aws_client("ec2", self._outputs)
