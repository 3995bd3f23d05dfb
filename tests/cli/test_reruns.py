"""Executions that are run again, one or many, also after Ctrl-C."""

import io
import json
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer

from stepgate import AwsAccessDenied, Stack, WorkflowFailed
from stepgate.cli import reruns
from stepgate.cli.exit_codes import ExitCode
from stepgate.cli.reruns import ActionName, Selection, Unsuccessful, rerun_many
from stepgate.cli.times import parse_time
from stepgate.client.outputs import parse_outputs
from stepgate.client.reruns import restart_name
from tests.cli.command import Stepgate
from tests.client.routes import Answer, Routes, instead
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

WORKFLOW = "told-later"
"""Of which no other test here starts executions."""

Fail = Callable[[str, int], list[str]]


@pytest.fixture(scope="module")
def stack(deployed: Deployed) -> Generator[Stack]:
    with Stack(parse_outputs(deployed.outputs)) as stack:
        yield stack


@pytest.fixture(scope="module")
def fail(stack: Stack) -> Fail:
    """Starts so many executions that fail with an error; returns their names, the oldest first."""

    def failed(error: str, count: int) -> list[str]:
        given = {"fail": error, "cause": ""}
        names = [f"{error}-{number}" for number in range(count)]
        started = [stack.start(WORKFLOW, given, idempotency_key=name) for name in names]
        for execution in started:
            with pytest.raises(WorkflowFailed, match=error):
                execution.wait(60)
        return names

    return failed


@dataclass(frozen=True)
class Many:
    """The executions with an error that are run again in this process, without pauses."""

    stack: Stack
    output: pytest.CaptureFixture[str]

    def run(
        self, action: ActionName, error: str | None = None, **options: Any
    ) -> dict[str, tuple[str, str]]:
        """The report for machines: outcome and detail of each execution, by its name."""
        arguments: dict[str, Any] = {"confirm": None, "dry_run": False, "as_json": True}
        own = {key: options.pop(key) for key in {*arguments} & {*options}}
        since = datetime.now(UTC) - timedelta(hours=1)
        selected: dict[str, Any] = {
            "status": Unsuccessful.FAILED,
            "since": since,
            "limit": 100,
            "again": False,
        }
        selection = Selection(workflow=WORKFLOW, error=error, **(selected | options))
        self.output.readouterr()
        rerun_many(action, self.stack, selection, **(arguments | own))
        document = json.loads(self.output.readouterr().out)
        assert (document["workflow"], document["action"]) == (WORKFLOW, action)
        return {
            each["execution"]: (each["outcome"], each["detail"]) for each in document["executions"]
        }

    def pending(self, action: ActionName, error: str, **options: Any) -> list[str]:
        """Those that would be run again."""
        planned = self.run(action, error, dry_run=True, **options)
        return [name for name, (outcome, _) in planned.items() if outcome == "pending"]


@pytest.fixture
def many(stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Many:
    monkeypatch.setattr(reruns, "CALLS_PER_SECOND", 1000)
    return Many(stack, capsys)


def known(stack: Stack, names: Sequence[str]) -> dict[str, int]:
    """The executions whose names begin as these, and how often each was redriven."""
    return {
        each.name: each.redrives
        for each in stack.executions(WORKFLOW, limit=1000)
        if each.name.startswith(tuple(names))
    }


@pytest.mark.proof
def test_one_execution_is_redriven(stepgate: Stepgate, fail: Fail) -> None:
    (name,) = fail("RedriveOne", 1)
    ended = stepgate.run("redrive", WORKFLOW, name)
    assert (ended.code, ended.errors) == (0, "")
    rows = dict(line.split() for line in ended.output.splitlines())
    date = datetime.fromisoformat(rows.pop("redriveDate"))
    assert rows == {"workflow": WORKFLOW, "execution": name}
    assert datetime.now(UTC) - date < timedelta(minutes=5)
    unknown = stepgate.run("redrive", WORKFLOW, "nobody")
    assert (unknown.code, unknown.output) == (ExitCode.NOT_FOUND, "")
    assert unknown.errors.startswith(f"stepgate: {WORKFLOW} has no execution nobody; check its")


@pytest.mark.proof
def test_what_runs_is_not_redriven(stepgate: Stepgate, stack: Stack) -> None:
    running = stack.start(WORKFLOW, {"wait": 9})
    ended = stepgate.run("redrive", WORKFLOW, running.name, "--json")
    assert (ended.code, ended.output) == (ExitCode.FAILED, "")
    problem = json.loads(ended.errors)
    assert problem["problem"] == "NotRedrivable"
    assert problem["message"].endswith("Execution is RUNNING and cannot be redriven.")
    running.stop()


@pytest.mark.proof
def test_one_execution_is_restarted_once(
    stepgate: Stepgate, deployed: Deployed, fail: Fail
) -> None:
    (name,) = fail("RestartOne", 1)
    restart = restart_name(name)
    ended = stepgate.run("restart", WORKFLOW, name, "--json")
    assert json.loads(ended.output) == {
        "workflow": WORKFLOW,
        "execution": name,
        "restart": restart,
        "startedBefore": False,
        "url": f"{deployed.url(WORKFLOW)}/{restart}",
    }
    again = stepgate.run("restart", WORKFLOW, name)
    rows = dict(line.split() for line in again.output.splitlines())
    assert (rows["restart"], rows["startedBefore"]) == (restart, "yes")


@pytest.mark.proof
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("restart told-later --since 2h", "name an EXECUTION, or select many with --status"),
        ("redrive told-later e --dry-run", "e is one execution; use it without --status"),
        ("redrive told-later --status FAILED --since x", "'x' is not a time: use an age"),
        ("redrive told-later --status RUNNING", "'RUNNING' is not one of 'FAILED'"),
    ],
)
def test_wrong_arguments(stepgate: Stepgate, arguments: str, said: str) -> None:
    ended = stepgate.run(*arguments.split())
    assert (ended.code, ended.output) == (ExitCode.USAGE, "")
    assert said in ended.errors
    assert ended.errors.count("\n") == 1


@pytest.mark.proof
@pytest.mark.parametrize(("action", "outcome"), [("redrive", "redriven"), ("restart", "restarted")])
def test_many_go_on_after_ctrl_c_and_none_twice(
    stepgate: Stepgate, stack: Stack, fail: Fail, many: Many, action: ActionName, outcome: str
) -> None:
    """They fail again, so they are found again."""
    error = f"Many{action}"
    names = fail(error, 5)

    def done() -> int:
        found = known(stack, names)
        return sum(found.values()) + len(found) - len(names)

    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    since = since.replace("+00:00", "Z")
    select = ("--status", "FAILED", "--since", since, "--error", error, "--confirm", "5")
    with stepgate.start(action, WORKFLOW, *select) as running:
        await_(lambda: done() >= 2, "two of them")
        ended = running.interrupt()
    assert ended.code == ExitCode.INTERRUPTED
    header, *rows, summary = (line.split() for line in ended.output.splitlines())
    left = sum(row[1] == "pending" for row in rows)
    assert ended.errors == (
        "stepgate: interrupted; the pending executions were not run again: repeat the command with "
        f"--since {since} and --confirm {left}\n"
    )
    assert header == ["EXECUTION", "OUTCOME", "DETAIL"]
    assert [row[0] for row in rows] == names, "the oldest is the first"
    before = done()
    assert 2 <= before < 5
    # The one that was under way may be done without having been recorded.
    assert before - 1 <= sum(row[1] == outcome for row in rows) <= before
    assert summary[:2] == ["5", "executions:"]

    assert many.pending(action, error) == names[before:]
    rest = many.run(action, error, confirm=5 - before)
    found = {name: outcome for name, (outcome, _) in rest.items()}
    assert {found[name] for name in names[:before]} == {"skipped"}
    assert {found[name] for name in names[before:]} == {outcome}
    assert done() == 5
    restarts = [restart_name(name) for name in names]
    if action == "restart":
        assert known(stack, names).keys() == {*names, *restarts}
    for execution in names if action == "redrive" else restarts:
        with pytest.raises(WorkflowFailed):
            stack.execution(WORKFLOW, execution).wait(60)

    assert many.pending(action, error) == []
    many.run(action, error)  # nothing is to be confirmed
    assert done() == 5
    assert many.pending(action, error, again=True) == (restarts if action == "restart" else names)


def test_many_are_confirmed_by_their_number(
    many: Many, fail: Fail, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = fail("Confirmed", 2)
    would = "2 executions of told-later would be redriven"
    with pytest.raises(typer.BadParameter, match=rf"{would}; list .*, then add --confirm 2"):
        many.run("redrive", "Confirmed")
    with pytest.raises(typer.BadParameter, match=rf"{would}, not 3; list them with --dry-run"):
        many.run("redrive", "Confirmed", confirm=3)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    with pytest.raises(typer.BadParameter, match=rf"{would}, not 0"):
        many.run("redrive", "Confirmed", as_json=False)
    assert [*known(stack, names).values()] == [0, 0]
    monkeypatch.setattr("sys.stdin", Terminal("2\n"))
    with pytest.raises(json.JSONDecodeError):  # it is a table
        many.run("redrive", "Confirmed", as_json=False)
    assert [*known(stack, names).values()] == [1, 1]


@pytest.mark.proof
def test_what_cannot_be_run_again_is_reported_and_the_rest_goes_on(
    many: Many, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [stack.start(WORKFLOW, {"wait": 5}) for _ in range(3)]
    for execution in waiting:
        execution.stop()
        await_(lambda e=execution: not e.status().is_running, "its end")

    def meanwhile(*_: Any, **__: Any) -> None:
        waiting[1].redrive()

    monkeypatch.setattr(reruns, "_confirm", meanwhile)
    with pytest.raises(typer.Exit) as failed:
        many.run("redrive", status=Unsuccessful.ABORTED)
    assert failed.value.exit_code == ExitCode.FAILED
    executions = json.loads(many.output.readouterr().out)["executions"]
    # There may be others, which other tests have stopped.
    found = [each for each in executions if each["execution"] in {e.name for e in waiting}]
    assert [(each["execution"], each["outcome"]) for each in found] == [
        (waiting[0].name, "redriven"),
        (waiting[1].name, "failed"),
        (waiting[2].name, "redriven"),
    ]
    assert found[1]["detail"].endswith("Execution is RUNNING and cannot be redriven.")
    for execution in waiting:
        execution.stop()


def test_a_report_says_that_there_are_more(many: Many, fail: Fail) -> None:
    names = fail("More", 2)
    planned = many.run("restart", dry_run=True, limit=1)
    assert [*planned] == names[1:], "the newest is looked at"


def test_what_concerns_all_ends_it_with_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "test")
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:later"
    items = [
        {"executionArn": f"{arn}:{name}", "name": name, "status": "FAILED", "startDate": 1}
        for name in ("newest", "newer", "oldest")
    ]
    denied = Answer(400, {"__type": "AccessDeniedException", "message": "User: me may not"})
    selection = Selection("later", Unsuccessful.FAILED, None, None, 3, again=False)
    with (
        Routes().serving() as aws,
        Stack(parse_outputs(aws.outputs(stateMachineArns={"later": arn}))) as stack,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url())
        aws.faults = [
            instead(Answer(200, {"executions": items, "nextToken": "more"})),
            instead(Answer(200, {"redriveDate": 5})),
            instead(denied),
        ]
        with pytest.raises(AwsAccessDenied, match="to credentials with states:RedriveExecution"):
            rerun_many("redrive", stack, selection, confirm=3, dry_run=False, as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:4] == [["oldest", "redriven"], ["newer", "pending"], ["newest", "pending"]]
    assert " ".join(lines[4]) == (
        "3 executions: 1 redriven, 2 pending; only the newest 3 were looked at, see --limit"
    )


def test_a_report_has_the_time_that_an_age_meant(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    meant = parse_time("2h", datetime.now(UTC))
    selection = Selection(WORKFLOW, Unsuccessful.FAILED, meant, "Nothing", 9, again=False)
    options: dict[str, Any] = {"confirm": None, "dry_run": True}
    rerun_many("redrive", stack, selection, as_json=False, **options)
    text = capsys.readouterr().out.partition("started since ")[2].split(";")[0].strip()
    assert parse_time(text, datetime.now(UTC)) == meant
    rerun_many("redrive", stack, selection, as_json=True, **options)
    assert json.loads(capsys.readouterr().out)["since"] == text


def test_calls_are_made_at_a_bounded_rate() -> None:
    pace, begun = reruns.Pace(100), time.monotonic()
    for _ in range(11):
        pace.wait()
    assert 0.1 <= time.monotonic() - begun < 5


@pytest.mark.proof
def test_without_a_permission_nothing_is_run_again(
    changed: Callable[..., Stepgate], deployed: Deployed
) -> None:
    url = "https://example.invalid/v1/later"
    later = {"mode": "async", "method": "POST", "url": url, "executionUrl": f"{url}/{{execution}}"}
    arns = {"later": deployed.outputs["stateMachineArns"]["later"]}
    stepgate = changed(authorization="iam", routes={"later": later}, stateMachineArns=arns)
    ended = stepgate.run("redrive", "later", "--status", "FAILED")
    assert (ended.code, ended.output) == (ExitCode.ACCESS_DENIED, "")
    assert "Unable to locate credentials" in ended.errors
    assert ended.errors.endswith("to credentials with states:ListExecutions\n")
