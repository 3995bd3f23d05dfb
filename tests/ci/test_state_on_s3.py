"""The commands with their roles, and the state in a bucket: nothing more is asked of S3."""

from collections.abc import Generator

import httpx
import pytest

from stepgate.ci.roles import Role, ci_roles, role_settings
from stepgate.project import read_project
from tests.ci.commands import Commands
from tests.ci.s3_gate import Gate, s3_gate
from tests.deployed.stacks import Deployed
from tests.engine.endpoint import aws_endpoint
from tests.engine.pulumi_stack import Engine

pytestmark = pytest.mark.proof

PROJECT = {
    "Pulumi.yaml": "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\n",
    "Pulumi.dev.yaml": "config: {aws:region: eu-central-1}\n",
    "__main__.py": "from pulumi_aws import sqs\nsqs.Queue('jobs', message_retention_seconds=60)\n",
}
BUCKET = "acme-state"
URL = f"s3://{BUCKET}/pulumi?awssdk=v2&region=eu-central-1"
LEFT = "tmp-mwwtggs2-pr-2"
"""As a killed run leaves it."""


@pytest.fixture(scope="module")
def gate(deployed: Deployed) -> Generator[Gate]:
    with s3_gate(deployed.cloud.endpoint) as gate:
        httpx.put(f"{gate.url}/{BUCKET}").raise_for_status()
        yield gate


@pytest.fixture(scope="module")
def commands(
    engine: Engine, gate: Gate, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Commands]:
    """Those of a project with one queue, whose stack `dev` exists."""
    project = tmp_path_factory.mktemp("project") / "shop"
    project.mkdir()
    for file, content in PROJECT.items():
        (project / file).write_text(content)
    engine.environment |= {
        "PULUMI_BACKEND_URL": URL,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_S3": gate.url,
    }
    with aws_endpoint(engine.aws) as endpoint:
        stack = engine.stack("dev", project)
        engine.pulumi(stack.project, "stack", "unselect")  # as in a new clone
        yield Commands(stack, endpoint)


def role(commands: Commands, kind: str) -> Role:
    settings = role_settings(
        read_project(commands.project),
        account="123456789012",
        region=None,
        repository="acme/shop",
        stack="dev",
        state=URL,
    )
    return ci_roles(settings)[kind]


def stacks(commands: Commands, gate: Gate) -> set[str]:
    gate.take(None)
    listed = commands.engine.pulumi(commands.project, "stack", "ls")
    return {line.split()[0].rstrip("*") for line in listed.stdout.splitlines()[1:]}


def test_each_role_is_enough_for_its_commands(commands: Commands, gate: Gate) -> None:
    for kind, arguments in (
        ("preview", ("preview", "--stack", "dev")),
        ("deploy", ("up", "--stack", "dev")),
        ("deploy", ("destroy", "--stack", "dev")),
    ):
        gate.take(role(commands, kind).policy)
        ended = commands.run(*arguments)
        assert (ended.status, gate.refused) == (0, []), ended.errors


def test_a_throw_away_role_reads_and_writes_no_state_but_that_of_throw_away_stacks(
    commands: Commands, gate: Gate
) -> None:
    gate.take(role(commands, "ephemeral").policy)
    ended = commands.run("ephemeral", "--name", "pr-1")
    # Deployed, destroyed and removed; it has no routes to test.
    assert (ended.status, gate.refused) == (2, []), ended.errors
    assert {"Update", "Destroy"} <= {line.split()[0] for line in ended.errors.splitlines()}
    assert stacks(commands, gate) == {"dev"}
    commands.engine.pulumi(commands.project, "stack", "init", "--no-select", LEFT)
    gate.take(role(commands, "ephemeral").policy)
    ended = commands.run("sweep", "--older-than", "0s")
    assert (ended.status, gate.refused) == (0, []), ended.errors
    assert stacks(commands, gate) == {"dev"}


def test_a_throw_away_role_does_not_get_at_another_state(commands: Commands, gate: Gate) -> None:
    gate.take(role(commands, "ephemeral").policy)
    ended = commands.run("up", "--stack", "dev")
    assert ended.status == 10
    assert "Forbidden" in ended.errors
    # It reads the state of each stack, so the sweep cannot use it.
    listed = commands.engine.pulumi(commands.project, "stack", "ls", check=False)
    assert "AccessDenied" in listed.stderr
    states = {check.resource.rpartition("/")[2] for check in gate.refused}
    assert states == {"dev.json"}
