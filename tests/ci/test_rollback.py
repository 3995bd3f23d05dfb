"""Versions, rollbacks and what roles keep, on the real engine."""

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import pytest

from tests.ci.commands import SECONDS, Commands, Ended
from tests.engine import aws
from tests.engine.aws import Resource
from tests.engine.endpoint import EXECUTION, aws_endpoint
from tests.engine.pulumi_stack import Engine
from tests.local.processes import await_

pytestmark = pytest.mark.proof

PROGRAM = """
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

function = pulumi.Config().require("function")

def definition(name):
    return {"StartAt": "Call", "TimeoutSeconds": 90000, "States": {
        "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                 "Parameters": {"FunctionName": name, "Payload.$": "$"}, "Retry": [], "End": True}}}

WorkflowApi("api", workflows=[
    Workflow(name="bill", mode="async", definition=definition(function)),
    Workflow(name="ship", mode="async", definition=definition(function)),
    Workflow(name="still", mode="async", definition=definition("still:1")),
], log_retention_days=pulumi.Config().require_int("days"))
"""
PROJECT = {
    "Pulumi.yaml": "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\n",
    "Pulumi.dev.yaml": "config: {aws:region: us-east-1, shop:function: 'bill:1', shop:days: 30}\n",
    "__main__.py": PROGRAM,
}
BILL = f"arn:aws:lambda:us-east-1:{aws.ACCOUNT_ID}:function:bill"


@dataclass(frozen=True)
class Shop:
    """A stack with two workflows that change, and one that does not."""

    commands: Commands

    def run(self, *arguments: str) -> Ended:
        ended = self.commands.run(*arguments, "--stack", "dev")
        assert "Traceback" not in ended.errors, ended.errors
        return ended

    def deploy(self, function: str) -> Ended:
        self.commands.stack.set("function", function)
        ended = self.run("up")
        assert ended.status == 0, ended.errors
        return ended

    def killed(self, command: str, action: str, subject: str, *more: str) -> None:
        """The command, killed after AWS did this and before the command knew it."""
        folder = self.commands.engine.aws
        folder.hang_after(action, subject)
        with self.commands.start(command, "--stack", "dev", *more) as running:
            await_(
                lambda: folder.hanging() or running.process.poll() is not None,
                f"{action} of {subject}",
                SECONDS,
            )
            assert folder.hanging(), running.end()
            running.kill()
        folder.hang_no_more()
        if action == "update":  # the engine held the lock
            self.commands.engine.pulumi(self.commands.project, "cancel", "--yes", "-s", "dev")

    def one(self, type_: str, name: str) -> Resource:
        (found,) = (r for r in self.commands.engine.aws.account().of(type_) if r.name == name)
        return found

    def arn(self, workflow: str) -> str:
        return self.one(aws.STATE_MACHINE, f"shop-dev-api-{workflow}").id

    def routed(self, workflow: str) -> int:
        alias = self.one(aws.ALIAS, f"shop-dev-api-{workflow}-async")
        version = alias.inputs["routingConfigurations"][0]["stateMachineVersionArn"]
        return int(version.rpartition(":")[2])

    def calls(self, workflow: str) -> str:
        """The function that the state machine's own definition calls."""
        machine = self.one(aws.STATE_MACHINE, f"shop-dev-api-{workflow}")
        return json.loads(machine.inputs["definition"])["States"]["Call"]["Parameters"][
            "FunctionName"
        ]

    def allowed(self, workflow: str) -> dict[str, list[str]]:
        """The functions that each policy of the role allows to call, by the policy's name."""
        role = self.one(aws.ROLE, f"shop-dev-api-{workflow}-role").id
        policies = self.commands.engine.aws.account().of(aws.ROLE_POLICY, role=role)
        return {
            "own" if each.name else each.inputs["name"]: sorted(
                resource.rpartition(":function:")[2]
                for statement in json.loads(each.inputs["policy"])["Statement"]
                if "lambda:InvokeFunction" in statement["Action"]
                for resource in statement["Resource"]
            )
            for each in policies
        }

    def start(self, workflow: str) -> Resource:
        """An execution of the version that routes start, which runs until it is stopped."""
        arn = self.arn(workflow)
        inputs = {
            "stateMachineArn": arn,
            "stateMachineVersionArn": f"{arn}:{self.routed(workflow)}",
        }
        account = self.commands.engine.aws.account()
        execution = Resource(EXECUTION, "", f"{arn}:1", inputs, {})
        self.commands.engine.aws.save(replace(account, resources=[*account.resources, execution]))
        return execution

    def stop(self, execution: Resource) -> None:
        account = self.commands.engine.aws.account()
        account.resources.remove(execution)
        self.commands.engine.aws.save(account)


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    project = tmp_path_factory.mktemp("project") / "shop"
    project.mkdir()
    for file, content in PROJECT.items():
        (project / file).write_text(content)
    with aws_endpoint(engine.aws) as endpoint:
        shop = Shop(Commands(engine.stack("dev", project), endpoint))
        shop.deploy("bill:1")
        yield shop


def test_a_deployment_publishes_a_version_and_keeps_what_the_one_before_needs(shop: Shop) -> None:
    assert shop.routed("bill") == 1
    shop.commands.stack.set("function", "bill:2")
    preview = shop.run("preview").output.splitlines()
    note = f"keeps for version 1: lambda:InvokeFunction on {BILL}:1"
    assert preview[2:5] == [
        "> [!NOTE]",
        f"> - `shop-dev-api-bill {note}`",
        f"> - `shop-dev-api-ship {note}`",
    ]
    moments: Sequence[tuple[str, str]] = (
        ("PutRolePolicy", "stepgate-version-1"),
        ("update", aws.STATE_MACHINE),
        ("update", aws.ALIAS),
    )
    for moment in moments:
        shop.killed("up", *moment)
        assert "bill:1" in str(shop.allowed("bill")), moment
    deployed = shop.run("up")
    assert deployed.status == 0, deployed.errors
    assert shop.routed("bill") > 1
    assert shop.routed("still") == 1
    assert shop.allowed("bill") == {"own": ["bill:2"], "stepgate-version-1": ["bill:1"]}
    assert shop.allowed("still") == {"own": ["still:1"]}


def test_a_rollback_puts_the_version_before_back_whenever_it_is_killed(shop: Shop) -> None:
    bill, ship = shop.arn("bill"), shop.arn("ship")
    newest = {workflow: shop.routed(workflow) for workflow in ("bill", "ship")}
    moments: Sequence[tuple[str, str]] = (
        ("DescribeStateMachine", f"{bill}:{newest['bill']}"),
        ("UpdateStateMachineAlias", f"{bill}:current"),
        ("UpdateStateMachine", bill),
        ("UpdateStateMachineAlias", f"{ship}:current"),
        ("UpdateStateMachine", ship),
    )
    for moment in moments:
        shop.killed("rollback", *moment)
        assert all(shop.routed(each) in (1, number) for each, number in newest.items())
    lines = {each: f"shop-dev-api-{each}: version 1 in place of {newest[each]}" for each in newest}
    shop.commands.engine.aws.fail_once(f"UpdateStateMachine {ship}")
    stopped = shop.run("rollback")
    assert stopped.status == 13
    done, reason, left, next_step = stopped.errors.splitlines()[-4:]
    assert done == lines["bill"]
    assert reason.startswith("stepgate: shop-dev-api-ship: cannot put version 1 back: An error")
    assert left == f"stepgate: not rolled back: {lines['ship']}"
    assert next_step.startswith("stepgate: next: run the same command again")
    ended = shop.run("rollback")
    assert ended.status == 0, ended.errors
    assert "still" not in ended.errors
    for workflow, line in lines.items():
        assert line in ended.errors.splitlines()
        assert (shop.routed(workflow), shop.calls(workflow)) == (1, "bill:1")


def test_a_preview_says_that_the_stack_is_rolled_back(shop: Shop) -> None:
    newest = len(aws.versions(shop.commands.engine.aws.account(), shop.arn("bill")))
    preview = shop.run("preview")
    assert preview.output.splitlines()[:4] == [
        "### `dev`: nothing changes",
        "",
        "> [!NOTE]",
        f"> - `shop-dev-api-bill is rolled back: routes start version 1, and version "
        f"{newest} was deployed`",
    ]


def test_a_correction_is_deployed_over_it_and_running_executions_keep_what_they_need(
    shop: Shop,
) -> None:
    execution = shop.start("bill")
    failed = len(aws.versions(shop.commands.engine.aws.account(), shop.arn("bill")))
    shop.deploy("bill:3")
    assert shop.routed("bill") == failed + 1
    assert shop.calls("bill") == "bill:3"
    kept = {"own": ["bill:3"], "stepgate-version-1": ["bill:1"]}
    assert shop.allowed("bill") == {**kept, f"stepgate-version-{failed}": ["bill:2"]}
    assert kept.items() <= shop.allowed("ship").items()

    shop.stop(execution)
    shop.run("up")
    assert "bill:1" in str(shop.allowed("bill"))


def test_a_second_rollback_goes_to_what_routes_started_before_the_correction(shop: Shop) -> None:
    newest = shop.routed("bill")
    ended = shop.run("rollback", "--workflow", "bill")
    assert ended.status == 0, ended.errors
    assert f"shop-dev-api-bill: version 1 in place of {newest}" in ended.errors.splitlines()
    assert (shop.routed("bill"), shop.calls("bill")) == (1, "bill:1")
    forward = shop.run("rollback", "--workflow", "bill", "--to", str(newest))
    assert forward.status == 0, forward.errors
    shop.commands.stack.set("function", "bill:4")
    # A deployment takes away what nothing needs any more, the next one what a killed one has left.
    shop.killed("up", "DeleteRolePolicy", "stepgate-version-1")
    shop.run("up")
    assert shop.allowed("bill") == {"own": ["bill:4"], f"stepgate-version-{newest}": ["bill:3"]}


def test_a_deployment_that_was_killed_before_it_changed_a_workflow_leaves_nothing_to_take_back(
    shop: Shop,
) -> None:
    routed = shop.routed("bill")
    shop.commands.stack.set("days", "14")
    shop.killed("up", "update", aws.LOG_GROUP)
    ended = shop.run("rollback")
    assert (ended.status, ended.errors.splitlines()) == (
        2,
        [
            "stepgate: nothing to go back to: the last deployment failed or was killed, and "
            "changed no workflow; to take back the one before, name a workflow with --workflow"
        ],
    )
    assert shop.routed("bill") == routed


def test_a_version_whose_permissions_are_gone_is_refused(shop: Shop) -> None:
    before = shop.commands.engine.aws.account()
    ended = shop.run("rollback", "--workflow", "bill", "--to", "1")
    assert (ended.status, ended.errors.splitlines()) == (
        11,
        [
            f"stepgate: shop-dev-api-bill: version 1 needs lambda:InvokeFunction on {BILL}:1, "
            "which its role does not allow any more",
            "stepgate: next: deploy the commit before with `stepgate ci up`, which gives the role "
            "what it needs",
        ],
    )
    assert shop.commands.engine.aws.account() == before


def test_a_second_stage_gets_the_commit_that_the_first_runs(shop: Shop) -> None:
    """As the job `prod` of dev.yml: the same commands, in the same clone."""
    project, engine = shop.commands.project, shop.commands.engine
    before = {each.id: each for each in engine.aws.account().resources}
    engine.pulumi(project, "stack", "init", "prod")
    (project / "Pulumi.prod.yaml").write_text((project / "Pulumi.dev.yaml").read_text())
    ended = shop.commands.run("up", "--stack", "prod")
    assert ended.status == 0, ended.errors
    after = {each.id: each for each in engine.aws.account().resources}
    assert before.items() <= after.items()
    made = [each for id_, each in after.items() if id_ not in before and each.name]
    assert {each.name.split("-api")[0] for each in made} == {"shop-prod"}

    for stack in ("prod", "dev"):
        assert shop.commands.run("destroy", "--stack", stack).status == 0
    assert engine.aws.account().resources == []
