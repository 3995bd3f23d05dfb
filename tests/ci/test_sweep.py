"""A sweep over several stacks, of which one cannot be removed."""

import signal
import time
from pathlib import Path

import pytest

from stepgate.ci.ephemeral import ephemeral_name
from tests.ci.commands import SECONDS, Commands
from tests.engine import aws
from tests.engine.pulumi_stack import Engine
from tests.local.processes import await_

pytestmark = pytest.mark.proof

PROJECT = {
    "Pulumi.yaml": "name: tested\nruntime: {name: python, options: {virtualenv: .venv}}\n",
    "Pulumi.dev.yaml": "config: {aws:region: us-east-1}\n",
    "__main__.py": """
import pulumi, pulumi_aws as aws
aws.sqs.Queue(
    "jobs", name=f"{pulumi.get_project()}-{pulumi.get_stack()}-jobs", message_retention_seconds=60
)
""",
}
SWEEP = ("sweep", "--older-than", "0s")


@pytest.fixture(scope="module")
def left(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Commands, list[str]]:
    """Two stacks, each with a queue, that a killed run has left; in the order of a sweep."""
    project = tmp_path_factory.mktemp("project") / "tested"
    project.mkdir()
    for file, content in PROJECT.items():
        Path(project, file).write_text(content)
    commands = Commands(engine.stack("dev", project), "http://127.0.0.1:1")
    stacks = [ephemeral_name(name, time.time()) for name in ("a", "b")]
    for stack in stacks:
        engine.pulumi(commands.project, "stack", "init", stack)
        engine.pulumi(commands.project, "config", "set", "aws:region", "us-east-1", "-s", stack)
        engine.pulumi(commands.project, "up", "--yes", "--skip-preview", "--stack", stack)
    return commands, stacks


def test_what_failed_is_reported_although_a_signal_ends_the_sweep(
    left: tuple[Commands, list[str]],
) -> None:
    commands, (first, second) = left
    account = commands.engine.aws
    account.fail_delete_once(aws.QUEUE)
    account.hang_after("delete", aws.QUEUE)
    with commands.start(*SWEEP) as running:
        await_(lambda: len(account.account().of(aws.QUEUE)) == 1, "the second's deletion", SECONDS)
        running.process.send_signal(signal.SIGTERM)
        account.hang_no_more()
        ended = running.end()
    assert ended.status == 128 + signal.SIGTERM
    reason, _, still, stopped = [
        line for line in ended.errors.splitlines() if line.startswith("stepgate: ")
    ]
    assert reason.startswith("stepgate: jobs (aws:sqs:Queue): ServiceUnavailable: ")
    assert still.startswith(f"stepgate: {first} still exists: ")
    assert stopped == "stepgate: stopped by SIGTERM"
    assert commands.stacks() == {"dev", first, second}


def test_one_that_fails_does_not_keep_the_others(left: tuple[Commands, list[str]]) -> None:
    commands, (first, _) = left
    commands.engine.aws.fail_delete_once(aws.QUEUE)
    swept = commands.run(*SWEEP)
    assert swept.status == 12
    assert swept.errors.splitlines()[-1].startswith(f"stepgate: {first} still exists: ")
    assert commands.stacks() == {"dev", first}
