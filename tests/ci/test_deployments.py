"""Previews, deployments and their end, on the real engine."""

import signal

import pytest

from tests.ci.commands import Commands
from tests.engine import aws
from tests.local.processes import await_

pytestmark = pytest.mark.proof

SECONDS = 120


@pytest.fixture(scope="module")
def deployed(commands: Commands) -> Commands:
    """`dev` is up, with routes that nobody answers at."""
    commands.stack.set("apiUrl", "http://127.0.0.1:1/{stage}")
    ended = commands.run("up", "--stack", "dev")
    assert ended.status == 0, ended.errors
    return commands


def test_a_preview_is_a_summary_in_markdown_and_changes_nothing(commands: Commands) -> None:
    ended = commands.run("preview", "--stack", "dev")
    assert ended.status == 0, ended.errors
    title, *_, last = ended.output.splitlines()
    assert title == "### `dev`: 28 created"
    assert last == "| created | `tested-dev-api-throttle` | `aws:apigateway:MethodSettings` |  |"
    assert "dangerous" not in ended.output
    assert "  to create tested-dev-orders" in ended.errors.splitlines()
    assert commands.engine.aws.requests() == []


def test_what_is_up_is_previewed_as_unchanged(deployed: Commands) -> None:
    ended = deployed.run("preview", "--stack", "dev")
    assert (ended.status, ended.output) == (0, "### `dev`: nothing changes\n")


def test_smoke_tests_are_run_on_a_stacks_outputs(deployed: Commands) -> None:
    ended = deployed.run("smoke", "--stack", "dev")
    assert ended.status == 1, ended
    assert "POST http://127.0.0.1:1/v1/now got no answer" in ended.output


def test_a_dangerous_change_is_marked_refused_and_made_when_it_is_allowed(
    deployed: Commands,
) -> None:
    deployed.stack.put_workflows("free", "order")
    deployed.stack.set("stage", "v2")
    dangers = [
        "tested-dev-api-stage (aws:apigateway:Stage) is replaced: the URLs of all routes are lost",
        "tested-dev-api-now (aws:sfn:StateMachine) is deleted: "
        "its executions, running ones and past ones, are lost",
    ]
    preview = deployed.run("preview", "--stack", "dev")
    assert preview.status == 0
    assert preview.output.splitlines()[4:6] == [f"> - `{danger}`" for danger in dangers]
    row = "| **dangerous**, deleted | `tested-dev-api-now` | `aws:sfn:StateMachine` |  |"
    assert row in preview.output.splitlines()

    before = deployed.engine.aws.account()
    refused = deployed.run("up", "--stack", "dev")
    assert refused.status == 11
    assert refused.errors.splitlines()[-3:] == [
        *(f"stepgate: {danger}" for danger in dangers),
        "stepgate: next: change it back, or give --allow-replace",
    ]
    assert deployed.engine.aws.account() == before

    allowed = deployed.run("up", "--stack", "dev", "--allow-replace")
    assert allowed.status == 0, allowed.errors
    assert set(dangers) < set(allowed.errors.splitlines())
    names = {r.name for r in deployed.engine.aws.account().of(aws.STATE_MACHINE)}
    assert names == {
        *(
            "tested-dev-api-free",
            "tested-dev-api-order",
            "tested-dev-api-completion",
        )
    }


def test_a_failure_ends_with_the_resource_the_reason_and_the_next_step(
    deployed: Commands,
) -> None:
    deployed.stack.set("logRetentionDays", "7")
    deployed.engine.aws.fail_once("tested-dev-api-order-logs")
    ended = deployed.run("up", "--stack", "dev")
    assert ended.status == 10
    assert ended.errors.splitlines()[-2:] == [
        "stepgate: tested-dev-api-order-logs (aws:cloudwatch:LogGroup): "
        "ServiceUnavailable: told to fail once",
        "stepgate: next: AWS was busy: run the same command again",
    ]
    assert deployed.run("up", "--stack", "dev").status == 0


def test_a_program_that_refuses_its_settings_is_told_in_its_own_words(deployed: Commands) -> None:
    deployed.stack.set("stage", "a-b")
    ended = deployed.run("preview", "--stack", "dev")
    assert (ended.status, ended.output) == (10, "")
    *_, reason, next_step = ended.errors.splitlines()
    assert reason.startswith("stepgate: WorkflowApi 'api': stage is 'a-b': ")
    assert (
        next_step == "stepgate: next: correct what the reason names, and run the same command again"
    )
    deployed.stack.set("stage", "v2")


def test_on_github_what_the_engine_tells_is_folded(deployed: Commands) -> None:
    ended = deployed.run("preview", "--stack", "dev", GITHUB_ACTIONS="true")
    lines = ended.errors.splitlines()
    assert lines[0] == "::group::Preview dev"
    assert "::endgroup::" in lines


def test_a_signal_ends_an_up_in_good_order_and_the_next_completes_it(deployed: Commands) -> None:
    deployed.stack.set("logRetentionDays", "14")
    with deployed.start("up", "--stack", "dev") as running:
        before = len(deployed.engine.aws.requests())
        await_(lambda: len(deployed.engine.aws.requests()) > before, "a change", SECONDS)
        ended = running.interrupt(signal.SIGTERM)
    assert ended.status == 128 + signal.SIGTERM
    assert ended.errors.splitlines()[-1] == "stepgate: stopped by SIGTERM"
    completed = deployed.run("up", "--stack", "dev")
    assert completed.status == 0, completed.errors
    assert deployed.run("preview", "--stack", "dev").output == "### `dev`: nothing changes\n"


def test_a_stack_that_is_not_there_is_told(commands: Commands) -> None:
    ended = commands.run("up", "--stack", "none")
    assert ended.status == 10
    assert ended.errors.splitlines() == [
        "stepgate: pulumi: no stack named 'none' found",
        "stepgate: next: create it with `pulumi stack init`, or choose one of `pulumi stack ls`",
    ]


def test_without_the_cli_one_line_says_so(commands: Commands) -> None:
    ended = commands.run("preview", "--stack", "dev", PATH="/nowhere")
    assert (ended.status, ended.errors) == (
        2,
        "stepgate: pulumi is not on PATH: see https://www.pulumi.com/docs/install/\n",
    )


def test_the_stack_that_somebody_selected_stays_selected(commands: Commands) -> None:
    commands.engine.pulumi(commands.project, "stack", "select", "dev")
    commands.run("ephemeral", "--name", "x", "--config", "stage=a-b")
    current = commands.engine.pulumi(commands.project, "stack", "--show-name").stdout
    assert current == "dev\n"


def test_destroy_leaves_nothing_but_the_stack(deployed: Commands) -> None:
    ended = deployed.run("destroy", "--stack", "dev")
    assert ended.status == 0, ended.errors
    assert deployed.engine.aws.account().resources == []
    assert deployed.stacks() == {"dev"}
