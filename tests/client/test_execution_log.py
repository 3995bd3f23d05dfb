"""What the logs of synchronous workflows say of calls."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stepgate import (
    AwsRequestFailed,
    NotRecorded,
    OutcomeUnknown,
    OutputsUnusable,
    RecordedOutcome,
    Stack,
    WorkflowFailed,
)
from stepgate.client import execution_log
from stepgate.client.documents import list_document
from stepgate.client.execution_log import windows
from stepgate.client.outputs import parse_outputs
from stepgate.client.recorded_outcome import require_recorded
from tests.client.routes import Answer, Fault, Routes, instead
from tests.client.test_outputs import BASE, OUTPUTS
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop-dev-api-now"
EXPRESS = "arn:aws:states:eu-west-1:123456789012:express:shop-dev-api-now"
STACK: dict[str, Any] = {
    **OUTPUTS,
    "routes": {"now": {"mode": "sync", "method": "POST", "url": f"{BASE}/now"}},
    "stateMachineArns": {"now": MACHINE},
    "logGroups": {"now": "/aws/vendedlogs/states/shop-dev-api-now"},
}
PER_NAME = ("routes", "stateMachineArns", "logGroups")
NOW = datetime.now(UTC)
AGO = timedelta(seconds=20)


def line(
    execution: str, id_: int, kind: str, ago: timedelta = AGO, **details: Any
) -> dict[str, Any]:
    """A log event, as AWS writes it."""
    time = int((datetime.now(UTC) - ago).timestamp() * 1000) + id_
    message = {
        "id": str(id_),
        "type": kind,
        "details": details,
        "previous_event_id": str(id_ - 1),
        "event_timestamp": str(time),
        "execution_arn": f"{EXPRESS}:{execution}:run",
    }
    return {"logStreamName": "s", "timestamp": time, "message": json.dumps(message)}


def page(*events: dict[str, Any], **more: Any) -> Fault:
    return instead(Answer(200, {"events": events, **more}))


@pytest.fixture
def aws(aws: Routes, monkeypatch: pytest.MonkeyPatch) -> Routes:
    """Whose logs are empty."""
    monkeypatch.setattr(execution_log, "_PAUSE", 0)
    aws.always = page()
    return aws


@pytest.fixture
def shop() -> Generator[Stack]:
    with Stack(parse_outputs(STACK)) as stack:
        yield stack


def test_times_are_searched_backwards_in_growing_windows() -> None:
    found = list(windows(NOW - timedelta(days=90), NOW))
    assert all(begin < end for begin, end in found)
    assert [begin for begin, _ in found][:-1] == [end for _, end in found][1:]
    assert (found[-1][0], found[0][1]) == (NOW - timedelta(days=90), NOW)
    assert len(found) < 10
    assert next(windows(NOW - AGO, NOW)) == (NOW - AGO, NOW)


def test_a_search_for_a_status_reads_no_more_than_it_needs(aws: Routes, shop: Stack) -> None:
    shop.executions("now", status="FAILED", since=NOW)
    (request,) = (json.loads(received.body) for received in aws.received)
    assert request["filterPattern"] == (
        '{ $.type = "ExecutionStarted" || $.type = "ExecutionFailed" }'
    )
    shop.executions("now", status="RUNNING")
    asked = [json.loads(received.body) for received in aws.received[1:]]
    assert {each["filterPattern"] for each in asked} == {'{ $.type = "Execution*" }'}
    earliest = datetime.fromtimestamp(asked[-1]["startTime"] / 1000, UTC)
    assert NOW - earliest < timedelta(minutes=11), "none runs for longer than 5 minutes"
    before = len(aws.received)
    assert not shop.executions("now", status="PENDING_REDRIVE")
    assert len(aws.received) == before


def test_a_call_is_searched_around_its_time(aws: Routes, shop: Stack) -> None:
    called = NOW - timedelta(days=3)
    shop.outcome("a", "now", since=called, until=called)
    asked = [json.loads(received.body) for received in aws.received]
    margin = timedelta(minutes=5)
    assert asked[-1]["startTime"] == int((called - margin).timestamp() * 1000)
    # It may have run for 5 minutes.
    assert asked[0]["endTime"] == int((called + 2 * margin).timestamp() * 1000) - 1


def test_all_logs_share_the_requests_of_one_search(
    aws: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution_log, "_MAX_PAGES", 5)
    aws.always = page(nextToken="more")
    two = {name: {**STACK[name], "other": STACK[name]["now"]} for name in STACK if name in PER_NAME}
    with Stack(parse_outputs({**STACK, **two})) as stack:
        assert stack.executions().has_more
        assert len(aws.received) == 5
        assert stack.outcome("a").is_cut_off
        assert len(aws.received) == 10
    budget = execution_log.RequestBudget(2)
    monkeypatch.setattr(execution_log, "_BURST", 1)
    monkeypatch.setattr(execution_log, "_PAUSE", 7)
    assert [[*budget.pauses()], [*budget.pauses()]] == [[0, 7], [7, 7, 7]]


def test_one_log_that_cannot_be_read_leaves_the_others(aws: Routes) -> None:
    two = {name: {**STACK[name], "other": STACK[name]["now"]} for name in STACK if name in PER_NAME}
    missing = instead(
        Answer(400, {"__type": "ResourceNotFoundException", "message": "no such log group"})
    )
    aws.faults = [missing, page(line("a", 1, "ExecutionStarted"))]
    with Stack(parse_outputs({**STACK, **two})) as stack:
        found = stack.executions(since=NOW - timedelta(minutes=2))
        assert [each.name for each in found] == ["a"]
        assert "cannot read the log of now: " in str(found.problems["now"])
        (problem,) = list_document(found)["problems"]
        assert (problem["workflow"], problem["problem"]) == ("now", "AwsRequestFailed")
        aws.faults = [missing, missing]
        with pytest.raises(AwsRequestFailed, match="cannot read the log of now: "):
            stack.executions()


def test_executions_in_a_log_are_listed(aws: Routes, shop: Stack) -> None:
    aws.faults = [
        page(line("a", 1, "ExecutionStarted"), nextToken="1"),
        page(
            line("a", 9, "ExecutionFailed", error="Gone", cause="It is."),
            line("b", 1, "ExecutionStarted", timedelta(seconds=9)),
            line("b", 4, "ExecutionSucceeded", timedelta(seconds=8)),
            line("c", 1, "ExecutionStarted", timedelta(seconds=1)),
            {"timestamp": 1, "message": "no JSON"},
            {"timestamp": 1, "message": '{"id": 1}'},
        ),
    ]
    found = shop.executions("now")
    assert [(each.name, each.status, each.error) for each in found] == [
        ("c", "RUNNING", None),
        ("b", "SUCCEEDED", None),
        ("a", "FAILED", "Gone"),
    ]
    assert not found.has_more
    request = json.loads(aws.received[0].body)
    assert request["filterPattern"] == '{ $.type = "Execution*" }'
    assert request["logGroupName"] == STACK["logGroups"]["now"]
    assert "nextToken" not in request
    assert json.loads(aws.received[1].body)["nextToken"] == "1"


def test_only_as_many_as_wanted_are_searched_and_an_error_is_looked_for(
    aws: Routes, shop: Stack
) -> None:
    lines = [
        line("a", 1, "ExecutionStarted"),
        line("a", 2, "ExecutionFailed", error="Gone"),
        line("b", 1, "ExecutionStarted", timedelta(seconds=9)),
        line("b", 2, "ExecutionFailed", timedelta(seconds=8), error="Other"),
    ]
    aws.faults = [page(*lines)]
    found = shop.executions("now", limit=1, error="Gone")
    assert ([*found], found.searched, found.has_more) == ([], 1, True)
    assert len(aws.received) == 1
    aws.faults = [page(*lines)]
    assert [each.name for each in shop.executions("now", status="FAILED", error="Gone")] == ["a"]


def test_an_execution_may_begin_in_an_earlier_window(aws: Routes, shop: Stack) -> None:
    aws.faults = [
        page(line("a", 3, "ExecutionSucceeded", timedelta(minutes=4))),
        page(line("a", 1, "ExecutionStarted", timedelta(minutes=6))),
    ]
    (found,) = shop.executions("now", limit=1)
    assert found.stopped
    assert (found.stopped - found.started).total_seconds() == pytest.approx(120, abs=1)


def test_an_outcome_says_what_is_recorded_and_no_more(aws: Routes, shop: Stack) -> None:
    aws.faults = [
        page(line("a", 1, "ExecutionStarted"), line("a", 2, "PassStateEntered", name="A"))
    ]
    started = shop.outcome("a", "now")
    assert (started.kind, started.status, started.stopped) == ("started", "RUNNING", None)
    assert [state.name for state in started.states] == []  # the definition has no such state
    assert json.loads(aws.received[0].body)["filterPattern"] == (
        f'{{ $.execution_arn = "{EXPRESS}:a:*" }}'
    )
    aws.faults = [page(), page(line("a", 1, "ExecutionStarted", timedelta(minutes=7)))]
    lost = shop.outcome("a")
    assert (lost.kind, lost.status) == ("started", "UNKNOWN")
    assert shop.outcome("a") == RecordedOutcome("not recorded", "a")


def test_data_in_a_log_is_shown_without_tokens(aws: Routes, shop: Stack) -> None:
    aws.faults = [
        page(
            line("a", 1, "ExecutionStarted", input='{"taskToken": "secret"}'),
            line("a", 2, "ExecutionSucceeded", output='{"a": 1}'),
        )
    ]
    found = shop.outcome("a")
    assert (found.kind, found.status) == ("ended", "SUCCEEDED")
    assert (found.input, found.output) == ('{"taskToken": "[task token]"}', '{"a": 1}')


def test_a_log_that_is_too_long_is_not_read_in_full(
    aws: Routes, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution_log, "_MAX_PAGES", 3)
    aws.always = page(line("a", 1, "ExecutionStarted"), nextToken="more")
    assert shop.executions("now").has_more
    assert len(aws.received) == 3


def test_what_was_found_before_a_search_was_cut_off_is_told(
    aws: Routes, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution_log, "_MAX_PAGES", 3)
    started = line("a", 1, "ExecutionStarted")
    aws.faults = [page(nextToken="1"), page(started, nextToken="2")]
    aws.always = page(nextToken="more")
    found = shop.outcome("a", "now")
    assert (found.kind, found.is_cut_off) == ("started", True)
    lost = shop.outcome("b", "now")
    assert (lost.kind, lost.is_cut_off) == ("not recorded", True)
    with pytest.raises(NotRecorded, match="not found, but the log is too long to be searched in"):
        require_recorded(lost)
    aws.faults = [page(started, nextToken="1")]
    assert [each.name for each in shop.executions("now")] == ["a"]


def test_an_execution_that_was_started_before_is_not_listed(aws: Routes, shop: Stack) -> None:
    aws.always = page(line("a", 9, "ExecutionSucceeded"))
    assert len(shop.executions("now")) == 1
    assert len(shop.executions("now", since=NOW - timedelta(minutes=2))) == 0


def test_a_cause_is_shown_without_tokens(aws: Routes, shop: Stack) -> None:
    cause = json.dumps({"Input": json.dumps({"taskToken": "secret"})})
    aws.always = page(
        line("a", 1, "ExecutionStarted"), line("a", 2, "ExecutionFailed", error="E", cause=cause)
    )
    (listed,) = shop.executions("now", since=NOW - timedelta(minutes=2))
    for found in (listed, shop.outcome("a")):
        assert found.error == "E"
        assert "secret" not in str(found.cause)
        assert "[task token]" in str(found.cause)


def test_outputs_of_before_say_what_to_do() -> None:
    with (
        Stack(parse_outputs({**STACK, "logGroups": {}})) as stack,
        pytest.raises(OutputsUnusable, match="output logGroups does not have now; export it, and"),
    ):
        stack.outcome("a")


@pytest.mark.proof
def test_a_call_whose_response_was_lost_is_found(stack: Stack, deployed: Deployed) -> None:
    with Stack(parse_outputs(deployed.outputs)) as hasty:
        hasty._retry_policy = type(hasty._retry_policy)(response_timeout=1)  # pyright: ignore
        with pytest.raises(OutcomeUnknown) as unknown:
            hasty.call("now", {"wait": 2})
    name = unknown.value.execution
    assert name
    await_(lambda: stack.outcome(name).kind == "ended", "the end")
    ended = stack.outcome(name)
    assert (ended.kind, ended.workflow, ended.status) == ("ended", "now", "SUCCEEDED")
    assert [state.name for state in ended.states] == ["What is asked for", "Wait", "Answer"]
    assert all(state.exited for state in ended.states)
    assert name in [each.name for each in stack.executions("now", since=NOW)]
    assert name in [each.name for each in stack.executions(status="SUCCEEDED", since=NOW)]
    assert name not in [each.name for each in stack.executions(status="FAILED", since=NOW)]


@pytest.mark.proof
def test_a_failed_call_and_an_asynchronous_execution_are_found(stack: Stack) -> None:
    with pytest.raises(WorkflowFailed) as failed:
        stack.call("now", {"fail": "Gone", "cause": "It is."})
    found = stack.outcome(str(failed.value.execution))
    assert (found.status, found.error, found.cause) == ("FAILED", "Gone", "It is.")
    assert found.states[-1].is_origin
    execution = stack.start("later", {"wait": 0})
    execution.wait(20)
    found = stack.outcome(execution.name)
    assert (found.kind, found.workflow, found.output) == ("ended", "later", '{"wait":0}')
    assert stack.outcome("unheard-of").kind == "not recorded"
