"""The state of the example's EC2 instance."""

import pytest
from stepgate import InstanceUnreadable, Stack
from stepgate.outputs import read_outputs

from tests.conftest import Deployed

ROUTE = {"mode": "sync", "method": "POST", "url": "https://example.invalid/v1/now"}
OUTPUTS = {"routes": {"now": ROUTE}, "region": "us-east-1", "authorization": "iam"}


def test_the_state_is_what_ec2_says(deployed: Deployed) -> None:
    found = deployed.cloud.ec2.describe_instances(InstanceIds=[deployed.outputs["instanceId"]])
    state = found["Reservations"][0]["Instances"][0]["State"]["Name"]  # pyright: ignore
    with Stack(read_outputs(deployed.outputs)) as stack:
        assert stack.instance_state() == state


def test_one_that_is_gone_is_told(deployed: Deployed) -> None:
    gone = {**deployed.outputs, "instanceId": "i-00000000000000000"}
    with Stack(read_outputs(gone)) as stack, pytest.raises(InstanceUnreadable) as unreadable:
        stack.instance_state()
    assert "i-00000000000000000 cannot be read" in str(unreadable.value)
    assert "InvalidInstanceID.NotFound" in str(unreadable.value)


@pytest.mark.usefixtures("no_credentials")
def test_without_credentials_it_says_what_it_takes() -> None:
    with (
        Stack(read_outputs({**OUTPUTS, "instanceId": "i-1"})) as stack,
        pytest.raises(InstanceUnreadable) as unreadable,
    ):
        stack.instance_state()
    assert "ec2:DescribeInstances, as AWS_PROFILE has them" in str(unreadable.value)


def test_a_stack_without_an_instance_has_no_state() -> None:
    with Stack(read_outputs(OUTPUTS)) as stack, pytest.raises(InstanceUnreadable) as unreadable:
        stack.instance_state()
    assert "no instanceId" in str(unreadable.value)
