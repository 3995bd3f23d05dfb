"""Deployments while an execution runs: on the real engine, with the emulator's Step Functions."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from stepgate.ci.errors import CiError
from stepgate.ci.executions import count_running_executions
from tests.ci.commands import Commands, Ended
from tests.deployed.stacks import Deployed
from tests.engine import aws
from tests.engine.pulumi_stack import Engine
from tests.local.processes import await_, listener, port_of

pytestmark = pytest.mark.proof

FUNCTION = f"arn:aws:lambda:us-east-1:{aws.ACCOUNT_ID}:function:bill"
PROGRAM = """
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

config = pulumi.Config()
function, denied = config.require("function"), config.get("denied")
DENIED = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": denied}
STATEMENTS = [DENIED] if denied else []
DEFINITION = {"StartAt": "Wait", "TimeoutSeconds": 90000, "States": {
    "Wait": {"Type": "Wait", "Seconds": 86400, "Next": "Bill"},
    "Bill": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
             "Parameters": {"FunctionName": function, "Payload.$": "$"}, "Retry": [], "End": True}}}
if function != "none":
    workflow = Workflow(
        name="bill", mode="async", definition=DEFINITION, statements=lambda _: STATEMENTS
    )
    WorkflowApi("api", workflows=[workflow])
"""
PROJECT = {
    "Pulumi.yaml": "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\n",
    "Pulumi.dev.yaml": "config: {aws:region: us-east-1, shop:function: 'bill:1'}\n",
    "__main__.py": PROGRAM,
}
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 9999, "End": True}}}


@dataclass(frozen=True)
class Billing:
    """A stack of the engine, and its state machine on the emulator, under the same ARN."""

    commands: Commands
    environment: dict[str, str]
    arn: str
    step_functions: Any
    iam: Any

    def run(self, *arguments: str, **environment: str) -> Ended:
        return self.commands.run(*arguments, "--stack", "dev", **self.environment | environment)

    def start(self) -> str:
        return self.step_functions.start_execution(stateMachineArn=self.arn)["executionArn"]

    def stop(self, execution: str) -> None:
        self.step_functions.stop_execution(executionArn=execution)
        await_(lambda: self.status(execution) == "ABORTED", "the end of the execution", 60)

    def status(self, execution: str) -> str:
        return self.step_functions.describe_execution(executionArn=execution)["status"]


@pytest.fixture(scope="module")
def billing(
    engine: Engine, deployed: Deployed, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Billing]:
    project = tmp_path_factory.mktemp("project") / "shop"
    project.mkdir()
    for file, content in PROJECT.items():
        (project / file).write_text(content)
    commands = Commands(engine.stack("dev", project), "http://127.0.0.1:1")
    # The emulator takes the account from the key.
    key = {"AWS_ACCESS_KEY_ID": aws.ACCOUNT_ID, "AWS_SECRET_ACCESS_KEY": "test"}
    endpoints = {f"AWS_ENDPOINT_URL_{each}": deployed.cloud.endpoint for each in ("SFN", "IAM")}
    environment = key | endpoints
    ended = commands.run("up", "--stack", "dev", **environment)
    assert ended.status == 0, ended.errors
    (machine,) = (
        each for each in engine.aws.account().of(aws.STATE_MACHINE) if "bill" in each.name
    )
    session = boto3.Session(*key.values(), region_name="us-east-1")
    endpoint = deployed.cloud.endpoint
    client: Any = session.client("stepfunctions", endpoint_url=endpoint)  # pyright: ignore[reportUnknownMemberType]
    iam: Any = session.client("iam", endpoint_url=endpoint)  # pyright: ignore[reportUnknownMemberType]
    role = machine.inputs["roleArn"].rpartition("/")[2]
    iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    made = client.create_state_machine(
        name=machine.id.rpartition(":")[2],
        definition=json.dumps(WAITING),
        roleArn=machine.inputs["roleArn"],
        publish=True,
    )
    assert made["stateMachineArn"] == machine.id
    client.create_state_machine_alias(
        name="current",
        routingConfiguration=[
            {"stateMachineVersionArn": made["stateMachineVersionArn"], "weight": 100}
        ],
    )
    yield Billing(commands, environment, machine.id, client, iam)
    client.delete_state_machine(stateMachineArn=machine.id)


def test_a_permission_of_a_running_execution_is_kept(billing: Billing) -> None:
    execution = billing.start()
    billing.commands.stack.set("function", "bill:2")
    deployed = billing.run("up")
    assert deployed.status == 0, deployed.errors
    line = f"shop-dev-api-bill keeps for version 1: lambda:InvokeFunction on {FUNCTION}:1"
    assert line in deployed.errors.splitlines()
    (role,) = (r for r in billing.commands.engine.aws.account().of(aws.ROLE) if "bill" in r.name)
    kept = billing.iam.get_role_policy(RoleName=role.id, PolicyName="stepgate-version-1")
    (statement,) = kept["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [f"{FUNCTION}:1"]
    billing.stop(execution)


def test_what_cannot_be_kept_is_refused_until_executions_have_ended(billing: Billing) -> None:
    execution = billing.start()
    billing.commands.stack.set("denied", f"{FUNCTION}:8")
    line = (
        f"api-bill: 1 running execution would lose lambda:InvokeFunction on {FUNCTION}:8, "
        "which is denied"
    )
    preview = billing.run("preview")
    assert preview.status == 0, preview.errors
    assert preview.output.splitlines()[2:5] == [
        "> [!CAUTION]",
        "> **Dangerous.** `up` refuses this without `--allow-replace`.",
        f"> - `shop-dev-{line}`",
    ]

    before = billing.commands.engine.aws.account()
    refused = billing.run("up")
    assert refused.status == 11
    assert refused.errors.splitlines()[-2:] == [
        f"stepgate: shop-dev-{line}",
        "stepgate: next: change it back, wait until these executions have ended, "
        "or give --allow-replace",
    ]
    assert billing.commands.engine.aws.account() == before

    billing.stop(execution)
    assert "CAUTION" not in billing.run("preview").output


def test_without_an_answer_of_step_functions_a_preview_says_so_and_up_refuses(
    billing: Billing,
) -> None:
    with listener() as server:
        nowhere = f"http://127.0.0.1:{port_of(server)}"
    unanswered = {"AWS_ENDPOINT_URL_SFN": nowhere, "AWS_MAX_ATTEMPTS": "1"}
    line = (
        f"shop-dev-api-bill: running executions would lose lambda:InvokeFunction on {FUNCTION}:8, "
        "which is denied; cannot count running executions: "
        f'Could not connect to the endpoint URL: "{nowhere}/"'
    )
    preview = billing.run("preview", **unanswered)
    assert preview.status == 0
    assert preview.output.splitlines()[4] == f"> - `{line}`"
    assert "shop-dev-api-bill: cannot read the alias: Could not connect" in preview.output
    refused = billing.run("up", **unanswered)
    assert refused.status == 11
    assert refused.errors.splitlines()[-2] == f"stepgate: {line}"
    allowed = billing.run("up", "--allow-replace", **unanswered)
    assert allowed.status == 0, allowed.errors
    assert line in allowed.errors


def test_a_machine_that_goes_ends_its_running_executions(billing: Billing) -> None:
    billing.start()
    billing.commands.stack.set("function", "none")
    refused = billing.run("up")
    assert refused.status == 11
    line = "stepgate: shop-dev-api-bill: 1 running execution would be terminated"
    assert line in refused.errors.splitlines()


def test_running_executions_are_counted(billing: Billing, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in billing.environment.items():
        monkeypatch.setenv(name, value)
    before = count_running_executions(billing.arn, None)
    execution = billing.start()
    assert count_running_executions(billing.arn, None) == before + 1
    billing.stop(execution)
    assert count_running_executions(billing.arn, None) == before
    assert count_running_executions(f"{billing.arn}-gone", None) == 0
    with pytest.raises(CiError, match=r"^cannot count running executions: The config profile"):
        count_running_executions(billing.arn, "none")
