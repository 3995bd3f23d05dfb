"""The smoke tests against stacks on the emulator; what they leave is read from EC2."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.config import stack_config
from local.deployment import deploy
from local.stack import NAME
from tests.conftest import PROJECT, Deployed
from tests.local.processes import await_

UNKNOWN = "i-0123456789abcdef0"
SECONDS = 60


@pytest.fixture(scope="module")
def keyed(deployed: Deployed) -> Deployed:
    """The stack once more beside it, with a key."""
    config = stack_config(PROJECT, NAME) | {
        "stepgate:authorization": "api-key",
        "stepgate:allowPublic": "false",
        "stepgate:delaySeconds": "1",
    }
    outputs = deploy(PROJECT, "smoke", config, deployed.cloud, created=lambda _: None)
    return Deployed(outputs, deployed.cloud)


@dataclass(frozen=True)
class Smoke:
    """Starts the smoke tests in a folder of their own, where nothing is to be found."""

    folder: Path

    def start(self, outputs: dict[str, Any], **environment: str) -> "subprocess.Popen[str]":
        file = self.folder / "outputs.json"
        file.write_text(json.dumps(outputs))
        return subprocess.Popen(
            [sys.executable, "-m", "ci", "smoke", "--outputs", str(file)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, outputs: dict[str, Any], **environment: str) -> tuple[int, str]:
        """The exit code, and what they say."""
        process = self.start(outputs, **environment)
        said, _ = process.communicate(timeout=SECONDS)
        return process.returncode, said


@pytest.fixture
def smoke(tmp_path: Path) -> Smoke:
    return Smoke(tmp_path)


def state_of(stack: Deployed) -> str:
    found: Any = stack.cloud.ec2.describe_instances(InstanceIds=[stack.outputs["instanceId"]])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def find_it(stack: Deployed, state: str) -> None:
    change = {"running": stack.cloud.ec2.start_instances, "stopped": stack.cloud.ec2.stop_instances}
    change[state](InstanceIds=[stack.outputs["instanceId"]])
    assert state_of(stack) == state


@pytest.mark.proof
@pytest.mark.parametrize(
    ("fixture", "state", "settings"),
    [
        ("keyed", "stopped", {}),
        ("quick", "running", {}),
        # The emulator asks for no signature; that it is right is tested in smoke/.
        ("quick", "stopped", {"authorization": "iam"}),
    ],
)
def test_they_pass_and_leave_the_instance_as_they_found_it(
    request: pytest.FixtureRequest,
    smoke: Smoke,
    fixture: str,
    state: str,
    settings: dict[str, str],
) -> None:
    stack: Deployed = request.getfixturevalue(fixture)
    find_it(stack, state)
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    code, said = smoke.run(stack.outputs | settings, **credentials)
    assert code == 0, said
    assert "4 passed" in said
    assert "test_the_synchronous_route_toggles_the_instance" in said
    assert "warning" not in said
    assert state_of(stack) == state
    assert [file.name for file in smoke.folder.iterdir()] == ["outputs.json"]
    assert not (PROJECT / "ci/smoke/.pytest_cache").exists()


@pytest.mark.proof
@pytest.mark.parametrize("state", ["stopped", "running"])
def test_a_broken_asynchronous_route_fails_and_the_instance_is_toggled_back(
    keyed: Deployed, smoke: Smoke, state: str
) -> None:
    find_it(keyed, state)
    routes = keyed.outputs["routes"]
    url = f"{keyed.url('standard-instance')}-gone"
    broken = routes["standard-instance"] | {"url": url}
    code, said = smoke.run(keyed.outputs | {"routes": routes | {"standard-instance": broken}})
    assert code == 1, said
    assert f'POST {url} {{"note":' in said
    assert 'answered 403: {"type": "about:blank", "title": "Forbidden"' in said
    assert keyed.outputs["apiKey"] not in said
    assert state_of(keyed) == state


@pytest.mark.proof
def test_an_asynchronous_route_that_toggles_at_once_leaves_the_instance_as_it_was(
    quick: Deployed, smoke: Smoke
) -> None:
    find_it(quick, "running")
    routes = quick.outputs["routes"]
    wrong = routes["standard-instance"] | {"url": quick.url("express-instance")}
    code, said = smoke.run(quick.outputs | {"routes": routes | {"standard-instance": wrong}})
    assert code == 1, said
    assert "not 202 with JSON" in said
    assert state_of(quick) == "running"


@pytest.mark.proof
def test_an_instance_that_does_not_exist_fails(quick: Deployed, smoke: Smoke) -> None:
    find_it(quick, "running")
    code, said = smoke.run(quick.outputs | {"instanceId": UNKNOWN})
    assert code == 1, said
    assert f'{{"instance_id":"{UNKNOWN}"}} answered 404' in said
    assert "InstanceNotFound" in said
    assert "1 failed, 2 passed" in said, "a stack in doubt is left alone"
    assert state_of(quick) == "running"


@pytest.mark.proof
def test_routes_of_another_stack_fail_and_both_instances_are_left_as_they_were(
    quick: Deployed, keyed: Deployed, smoke: Smoke
) -> None:
    find_it(quick, "running")
    find_it(keyed, "stopped")
    code, said = smoke.run(quick.outputs | {"instanceId": keyed.outputs["instanceId"]})
    assert code == 1, said
    assert f"{keyed.outputs['instanceId']} should have been toggled" in said
    assert (state_of(quick), state_of(keyed)) == ("running", "stopped")


@pytest.mark.proof
def test_an_interruption_stops_the_execution_and_toggles_the_instance_back(
    deployed: Deployed, smoke: Smoke
) -> None:
    find_it(deployed, "running")
    machine = deployed.outputs["stateMachineArns"]["standard-instance"]

    def running() -> Any:
        found = deployed.cloud.stepfunctions.list_executions(
            stateMachineArn=machine, statusFilter="RUNNING"
        )
        return found["executions"]

    process = smoke.start(deployed.outputs)
    (execution,) = await_(running, "an execution")
    assert state_of(deployed) == "stopped"
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGINT, said
    assert "stepgate: stopped by SIGINT" in said.splitlines()
    ended = deployed.cloud.stepfunctions.describe_execution(executionArn=execution["executionArn"])
    assert ended["status"] == "ABORTED"
    assert state_of(deployed) == "running"


@pytest.mark.parametrize("text", [None, "[]"])
def test_a_file_without_outputs_is_told_with_exit_code_2(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "outputs.json"
    if text is not None:
        file.write_text(text)
    command = [sys.executable, "-m", "ci", "smoke", "--outputs", str(file)]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert str(file) in line
    assert "`pulumi stack output --json`" in line


def test_outputs_that_cannot_be_tested_are_one_line(quick: Deployed, smoke: Smoke) -> None:
    code, said = smoke.run(quick.outputs | {"authorization": "api-key"})
    assert code == 4, said
    assert said.strip().startswith("ERROR: the routes ask for the key")
    assert len(said.split("\n\n")) == 2, said
