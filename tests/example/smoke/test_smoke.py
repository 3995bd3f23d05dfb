"""The example's smoke tests against stacks on the emulator; what they leave is read from EC2."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.ci.smoke.command import SECONDS, SmokeCommand
from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_

PARTS = ("Pulumi.yaml", "smoke", ".venv")
UNKNOWN = "i-0123456789abcdef0"


@pytest.fixture
def smoke(tmp_path: Path) -> SmokeCommand:
    for part in PARTS:
        (tmp_path / part).symlink_to(REPOSITORY / part)
    return SmokeCommand(tmp_path)


@pytest.fixture(scope="module")
def keyed(deployed: Deployed) -> Deployed:
    """The stack once more beside it, with a key."""
    return deploy_beside(
        deployed, "smoke", REPOSITORY, authorization="api-key", allowPublic=False, delaySeconds=1
    )


def state_of(stack: Deployed) -> str:
    found: Any = stack.cloud.ec2.describe_instances(InstanceIds=[stack.outputs["instanceId"]])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def find_it(stack: Deployed, state: str) -> None:
    change = {"running": stack.cloud.ec2.start_instances, "stopped": stack.cloud.ec2.stop_instances}
    change[state](InstanceIds=[stack.outputs["instanceId"]])
    assert state_of(stack) == state


@pytest.mark.proof
@pytest.mark.parametrize(
    ("fixture", "state", "settings", "passed"),
    [
        ("keyed", "stopped", {}, 10),
        ("example", "running", {}, 8),
        # The emulator checks no signatures.
        ("example", "stopped", {"authorization": "iam"}, 8),
    ],
)
def test_they_pass_and_leave_the_instance_as_they_found_it(
    request: pytest.FixtureRequest,
    smoke: SmokeCommand,
    fixture: str,
    state: str,
    settings: dict[str, str],
    passed: int,
) -> None:
    stack: Deployed = request.getfixturevalue(fixture)
    find_it(stack, state)
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    code, said = smoke.run(stack.outputs | settings, **credentials)
    assert code == 0, said
    assert f"{passed} passed" in said
    assert "test_the_synchronous_route_toggles_the_instance" in said
    assert "warning" not in said
    assert state_of(stack) == state
    assert {file.name for file in smoke.folder.iterdir()} == {*PARTS, "outputs.json"}
    assert not (REPOSITORY / "smoke/.pytest_cache").exists()


@pytest.mark.proof
def test_an_asynchronous_route_that_toggles_at_once_leaves_the_instance_as_it_was(
    example: Deployed, smoke: SmokeCommand
) -> None:
    find_it(example, "running")
    routes = example.outputs["routes"]
    wrong = routes["standard-instance"] | {"url": example.url("express-instance")}
    code, said = smoke.run(example.outputs | {"routes": routes | {"standard-instance": wrong}})
    assert code == 1, said
    assert "not 202 with JSON" in said
    assert state_of(example) == "running"


@pytest.mark.proof
def test_an_instance_that_does_not_exist_fails(example: Deployed, smoke: SmokeCommand) -> None:
    find_it(example, "running")
    code, said = smoke.run(example.outputs | {"instanceId": UNKNOWN})
    assert code == 1, said
    assert f'{{"instance_id":"{UNKNOWN}"}} answered 404' in said
    assert "InstanceNotFound" in said
    assert "1 failed" in said, "a stack in doubt is left alone"
    assert state_of(example) == "running"


@pytest.mark.proof
def test_routes_of_another_stack_fail_and_both_instances_are_left_as_they_were(
    example: Deployed, keyed: Deployed, smoke: SmokeCommand
) -> None:
    find_it(example, "running")
    find_it(keyed, "stopped")
    code, said = smoke.run(example.outputs | {"instanceId": keyed.outputs["instanceId"]})
    assert code == 1, said
    assert f"{keyed.outputs['instanceId']} should have been toggled" in said
    assert (state_of(example), state_of(keyed)) == ("running", "stopped")


@pytest.mark.proof
def test_an_interruption_stops_the_execution_and_toggles_the_instance_back(
    example: Deployed, smoke: SmokeCommand
) -> None:
    find_it(example, "running")
    machine = example.outputs["stateMachineArns"]["standard-instance"]

    def running() -> Any:
        found = example.cloud.stepfunctions.list_executions(
            stateMachineArn=machine, statusFilter="RUNNING"
        )
        return found["executions"]

    process = smoke.start(example.outputs)
    (execution,) = await_(running, "an execution")
    assert state_of(example) == "stopped"
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGINT, said
    assert "stepgate: stopped by SIGINT" in said.splitlines()
    ended = example.cloud.stepfunctions.describe_execution(executionArn=execution["executionArn"])
    assert ended["status"] == "ABORTED"
    assert state_of(example) == "running"
