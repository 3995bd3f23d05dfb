"""Ephemeral stacks on the real engine: gone whatever happens to the command."""

import re
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ci.commands import Commands, Ended, routes_at
from tests.engine import aws
from tests.engine.test_updates import ROUTES
from tests.local.processes import await_, listener, port_of

pytestmark = pytest.mark.proof

EPHEMERAL = ("ephemeral", "--name", "pr-1")
SWEEP = ("sweep", "--older-than", "0s")
SECONDS = 120


def assert_nothing_is_left(commands: Commands) -> None:
    assert commands.stacks() == commands.settings() == {"dev"}
    assert commands.engine.aws.account().resources == []


@contextmanager
def hanging_route() -> Generator[tuple[list[str], Callable[[], socket.socket]]]:
    """Options that send the smoke tests to a route that never answers, and what awaits them."""
    with listener() as server:
        options = routes_at(f"http://127.0.0.1:{port_of(server)}/v1")
        yield options, lambda: server.accept()[0]


def test_an_ephemeral_stack_is_tested_with_its_settings_and_gone(
    commands: Commands, answering: list[str]
) -> None:
    ended = commands.run(*EPHEMERAL, *answering, "--config", "corsOrigins[0]=https://a.example")
    assert ended.status == 0, ended.errors + ended.output
    assert "passed" in ended.output
    served = {route for r in commands.engine.aws.requests() for route in r.served}
    assert {route.partition(" ")[2] for route in served} == ROUTES
    assert_nothing_is_left(commands)


@pytest.fixture
def refused() -> list[str]:
    """Options that send the smoke tests to where nothing listens, so they fail at once."""
    with listener() as server:
        return routes_at(f"http://127.0.0.1:{port_of(server)}/v1")


def test_the_exit_code_is_that_of_tests_that_fail(commands: Commands, refused: list[str]) -> None:
    ended = commands.run(*EPHEMERAL, *refused)
    assert ended.status == 1, ended.errors
    assert "1 failed" in ended.output
    assert_nothing_is_left(commands)


def test_two_of_one_name_at_once_do_not_meet(commands: Commands, refused: list[str]) -> None:
    with (
        commands.start(*EPHEMERAL, *refused) as one,
        commands.start(*EPHEMERAL, *refused) as other,
    ):
        await_(
            lambda: len(commands.engine.aws.account().of(aws.REST_API)) == 2,
            "an API of each",
            SECONDS,
        )
        ended = [one.end(), other.end()]
    for each in ended:
        assert (each.status, "1 failed" in each.output) == (1, True), each
        assert "still exists" not in each.errors, each.errors
    assert_nothing_is_left(commands)


def test_a_stack_whose_settings_are_wrong_is_taken_down_and_the_reason_told(
    commands: Commands,
) -> None:
    settings = commands.project / "Pulumi.dev.yaml"
    content = settings.read_text()
    commands.stack.set("delaySeconds", "soon")
    ended = commands.run(*EPHEMERAL)
    settings.write_text(content)
    assert ended.status == 10
    assert "delaySeconds" in ended.errors.splitlines()[-2]
    assert ended.errors.splitlines()[-1].startswith("stepgate: next: ")
    assert_nothing_is_left(commands)


def test_without_the_settings_that_it_would_have_nothing_is_made(commands: Commands) -> None:
    settings = commands.project / "Pulumi.dev.yaml"
    content = settings.read_text()
    settings.unlink()
    ended = commands.run(*EPHEMERAL)
    settings.write_text(content)
    told = f"stepgate: {settings} is missing: write the settings of ephemeral stacks there"
    assert (ended.status, ended.errors.splitlines()) == (2, [told])
    assert_nothing_is_left(commands)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_resources_are_made_takes_them_down(
    commands: Commands, number: signal.Signals
) -> None:
    with commands.start(*EPHEMERAL) as running:
        await_(lambda: commands.engine.aws.account().of(aws.QUEUE), "a queue", SECONDS)
        ended = running.interrupt(number)
    assert ended.status == 128 + number
    assert f"stepgate: stopped by {number.name}" in ended.errors.splitlines()
    assert "Look for pending resources" not in ended.errors, (
        "the engine was not ended in good order"
    )
    assert_nothing_is_left(commands)


def test_a_signal_as_soon_as_there_is_a_stack_removes_it(commands: Commands) -> None:
    with commands.start(*EPHEMERAL) as running:
        await_(lambda: len(commands.stacks()) == 2, "a stack", SECONDS)
        ended = running.interrupt(signal.SIGTERM)
    assert ended.status == 128 + signal.SIGTERM
    assert_nothing_is_left(commands)


def test_a_signal_while_tests_run_takes_the_stack_down(commands: Commands) -> None:
    with hanging_route() as (options, asked), commands.start(*EPHEMERAL, *options) as running:
        with asked():
            running.process.send_signal(signal.SIGINT)
        ended = running.end()
    assert ended.status == 128 + signal.SIGINT, ended
    assert_nothing_is_left(commands)


def test_a_signal_while_it_is_destroyed_does_not_stop_that(
    commands: Commands, answering: list[str]
) -> None:
    aws_ = commands.engine.aws
    aws_.hang_after("delete", aws.STATE_MACHINE)
    with commands.start(*EPHEMERAL, *answering) as running:
        await_(lambda: deleted(commands, aws.STATE_MACHINE), "a deletion", SECONDS)
        running.process.send_signal(signal.SIGTERM)
        aws_.hang_no_more()
        ended = running.end()
    assert ended.status == 0, ended.errors
    assert_nothing_is_left(commands)


def deleted(commands: Commands, type_: str) -> bool:
    last = commands.engine.aws.requests()[-1:]
    return bool(last) and (last[0].method, last[0].type) == ("delete", type_)


@pytest.fixture
def unanswered(commands: Commands) -> Generator[Callable[[str, str], None]]:
    """Lets answers of AWS be lost, until the test ends."""
    yield commands.engine.aws.hang_after
    commands.engine.aws.hang_no_more()


@pytest.mark.parametrize(
    "type_",
    [
        pytest.param(aws.QUEUE, id="a queue"),
        pytest.param(aws.ROLE_POLICY, id="a policy that its role cannot go without"),
        pytest.param(aws.USAGE_PLAN, id="the usage plan"),
    ],
)
def test_what_a_killed_run_was_creating_is_swept(
    commands: Commands, unanswered: Callable[[str, str], None], type_: str
) -> None:
    unanswered("create", type_)
    with commands.start(*EPHEMERAL, "--config", "authorization=api-key") as running:
        await_(lambda: commands.engine.aws.account().of(type_), type_, SECONDS)
        running.kill()
    assert commands.engine.aws.account().of(type_)
    assert_swept(commands)


def test_a_stack_that_was_killed_before_it_had_a_resource_is_swept(commands: Commands) -> None:
    with commands.start(*EPHEMERAL) as running:
        await_(lambda: len(commands.stacks()) == 2, "a stack", SECONDS)
        running.kill()
    assert_swept(commands)


def test_a_stack_that_was_killed_while_it_was_tested_is_swept(commands: Commands) -> None:
    with (
        hanging_route() as (options, asked),
        commands.start(*EPHEMERAL, *options) as running,
        asked(),
    ):
        running.kill()
    assert len(commands.engine.aws.account().resources) > 10
    assert_swept(commands)


def test_a_stack_that_was_killed_while_it_was_destroyed_is_swept(
    commands: Commands, unanswered: Callable[[str, str], None], answering: list[str]
) -> None:
    unanswered("delete", aws.STATE_MACHINE)
    with commands.start(*EPHEMERAL, *answering) as running:
        await_(lambda: deleted(commands, aws.STATE_MACHINE), "a deletion", SECONDS)
        running.kill()
    commands.engine.aws.hang_no_more()
    assert commands.engine.aws.account().resources
    assert_swept(commands)


def assert_swept(commands: Commands) -> None:
    """Sweeps as another machine does, which has no settings of the stack."""
    for file in commands.project.glob("Pulumi.tmp-*.yaml"):
        file.unlink()
    young = commands.run("sweep", "--older-than", "1h")
    assert (young.status, "minutes old, and stays" in young.errors) == (0, True)
    swept = commands.run(*SWEEP)
    assert swept.status == 0, swept.errors
    assert_nothing_is_left(commands)


def test_an_engine_that_fails_to_destroy_is_told_and_the_sweep_completes_it(
    commands: Commands, answering: list[str]
) -> None:
    commands.engine.aws.fail_delete_once(aws.STATE_MACHINE)
    ended = commands.run(*EPHEMERAL, *answering)
    assert ended.status == 12
    assert_told_as_left(ended)
    assert commands.run(*SWEEP).status == 0
    assert_nothing_is_left(commands)


def test_if_the_tests_fail_too_the_exit_code_is_theirs(
    commands: Commands, refused: list[str]
) -> None:
    commands.engine.aws.fail_delete_once(aws.STATE_MACHINE)
    ended = commands.run(*EPHEMERAL, *refused)
    assert ended.status == 1
    assert_told_as_left(ended)
    assert commands.run(*SWEEP).status == 0
    assert_nothing_is_left(commands)


def assert_told_as_left(ended: Ended) -> None:
    reason, next_step, left = ended.errors.splitlines()[-3:]
    pattern = r"stepgate: \S+ \(aws:sfn:StateMachine\): ServiceUnavailable: .+"
    assert re.fullmatch(pattern, reason)
    assert next_step.startswith("stepgate: next: ")
    pattern = r"stepgate: tmp-\w{8}-pr-1 still exists: remove it with `stepgate ci sweep .+`"
    assert re.fullmatch(pattern, left)


WITHOUT_LOG_GROUPS = """
from stepgate.resource_types import RESOURCE_TYPES

del RESOURCE_TYPES["aws:cloudwatch/logGroup:LogGroup"]
"""


def test_what_cannot_be_found_is_reported(
    commands: Commands, unanswered: Callable[[str, str], None], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_LOG_GROUPS)
    unanswered("create", aws.LOG_GROUP)
    with commands.start(*EPHEMERAL) as running:
        await_(lambda: commands.engine.aws.account().of(aws.LOG_GROUP), "a log group", SECONDS)
        running.kill()
    swept = commands.run(*SWEEP, PYTHONPATH=str(tmp_path))
    assert swept.status == 12
    left = commands.engine.aws.account()
    for group in left.resources:
        assert f"::{group.name} was being created when a command was killed" in swept.errors
    assert commands.stacks() == {"dev"}
    commands.engine.aws.save(replace(left, resources=[]))


@pytest.mark.parametrize("moment", ["up", "tests"])
def test_a_stack_is_taken_down_although_nobody_reads_of_it(commands: Commands, moment: str) -> None:
    """As when Ctrl-C ends a `tee` as well, or a terminal is closed."""
    with hanging_route() as (options, asked), commands.start(*EPHEMERAL, *options) as running:
        if moment == "up":
            await_(lambda: commands.engine.aws.account().of(aws.QUEUE), "a queue", SECONDS)
        else:
            asked().close()
        running.stop_reading()
        running.process.send_signal(signal.SIGHUP)
        running.process.wait(SECONDS)
    assert_nothing_is_left(commands)


def test_a_sweep_leaves_every_other_stack_as_it_is(commands: Commands) -> None:
    up = commands.run("up", "--stack", "dev")
    assert up.status == 0, up.errors
    others = ["tmp", "tmp-prod", "tmp-database-1", "tmp-zzzzzzzz-later", "old-tmp-mwwtggs2-x"]
    for other in others:
        commands.engine.pulumi(commands.project, "stack", "init", other)
    before = commands.engine.aws.account()
    swept = commands.run(*SWEEP)
    assert (swept.status, swept.output, swept.errors) == (0, "", "")
    assert commands.stacks() == {"dev", *others}
    assert commands.engine.aws.account() == before
