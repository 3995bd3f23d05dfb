"""The states that executions have passed, read from the emulator's histories."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stepgate import HistoryUnavailable, Stack, VisitedState
from stepgate.client.aws import AwsService
from stepgate.client.history import Histories
from stepgate.client.history_event import HistoryEvent
from stepgate.client.outputs import parse_outputs
from stepgate.client.visited_state import visited_states
from tests.client.routes import Answer, Fault, Routes, instead
from tests.client.test_outputs import OUTPUTS
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

NESTED: dict[str, Any] = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Left",
                    "States": {
                        "Left": {"Type": "Wait", "Seconds": 1, "Next": "Then"},
                        "Then": {"Type": "Pass", "End": True},
                    },
                },
                {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "End": True}}},
            ],
            "ResultPath": "$.both",
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "StartAt": "Item",
                "States": {"Item": {"Type": "Wait", "SecondsPath": "$", "End": True}},
            },
            "Next": "Fails",
        },
        "Fails": {"Type": "Fail", "Error": "Broken"},
    },
}
ARN = "arn:aws:states:eu-west-1:123456789012:execution:later:e-1"


def histories(outputs: dict[str, Any]) -> Histories:
    parsed = parse_outputs(outputs)
    return Histories(parsed, AwsService("stepfunctions", parsed))


def test_states_of_branches_and_iterations_are_passed_too(deployed: Deployed) -> None:
    aws = deployed.cloud.stepfunctions
    machine = aws.create_state_machine(
        name="nested",
        definition=json.dumps(NESTED),
        roleArn="arn:aws:iam::000000000000:role/nested",
    )
    arn = aws.start_execution(
        stateMachineArn=machine["stateMachineArn"], input=json.dumps({"items": [1, 0]})
    )["executionArn"]
    await_(
        lambda: aws.describe_execution(executionArn=arn)["status"] != "RUNNING",
        "the execution's end",
    )
    events = histories(deployed.outputs).events(arn)
    passed = visited_states(events, NESTED)
    names = [state.name for state in passed]
    assert sorted(names[:4]) == ["Both", "Left", "Right", "Then"]
    assert names[4:] == ["Each", "Item", "Item", "Fails"]
    assert [state.entered for state in passed] == sorted(state.entered for state in passed)
    *left, failed = passed
    assert failed.exited is None
    for state in left:
        assert state.exited
        assert state.exited >= state.entered
    lasted = [(s.exited - s.entered).total_seconds() for s in left if s.exited and s.name == "Item"]
    assert sorted(round(seconds) for seconds in lasted) == [0, 1]
    only = {"States": {"Each": NESTED["States"]["Each"]}}
    assert [state.name for state in visited_states(events, only)] == ["Each", "Item", "Item"]
    every = visited_states(events, None)
    assert [(state.name, state.exited) for state in every] == [
        (state.name, state.exited) for state in passed
    ]


def waits(passed: list[VisitedState]) -> list[VisitedState]:
    """The states, once it has come to the second."""
    return passed if len(passed) == 2 else []


def test_a_running_execution_shows_where_it_is(stack: Stack) -> None:
    execution = stack.start("later", {"wait": 9})
    passed = await_(lambda: waits(execution.history()), "a state that waits")
    choice, wait = passed
    assert choice.name == "What is asked for"
    assert choice.exited
    assert choice.exited <= wait.entered
    assert wait.exited is None
    assert wait.entered.tzinfo
    assert (choice.status, wait.status) == ("SUCCEEDED", "RUNNING")
    execution.stop()
    assert execution.history()[0] == choice
    assert execution.history()[1].status == "ABORTED"


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def events(*passed: tuple[int, int, str]) -> list[HistoryEvent]:
    """By their ids: the id of the event before, and `+` with the state entered, or `-`."""
    kinds = {"+": "PassStateEntered", "-": "PassStateExited"}
    return [
        HistoryEvent(id_, before, at(id_), kinds[said[0]], {"name": said[1:]})
        for id_, before, said in passed
    ]


def test_a_state_that_is_entered_again_is_passed_twice() -> None:
    loop = events((1, 0, "+A"), (2, 1, "-A"), (3, 2, "+A"), (4, 3, "-A"), (5, 4, "+A"))
    times = [(s.entered, s.exited) for s in visited_states(loop, None)]
    assert times == [(at(1), at(2)), (at(3), at(4)), (at(5), None)]


@pytest.mark.parametrize(("first", "second"), [(3, 4), (4, 3)])
def test_iterations_that_run_at_once_are_told_apart(first: int, second: int) -> None:
    left = sorted([(first, 2, "-Item"), (second, 3, "-Item")])
    both = [(1, 0, "+Each"), (2, 1, "+Item"), (3, 1, "+Item")]
    history = events(*both, *((id_ + 2, before, said) for id_, before, said in left))
    exits = [state.exited for state in visited_states(history, None)]
    assert exits == [None, at(first + 2), at(second + 2)]


def test_an_older_map_has_its_states_in_an_iterator() -> None:
    each: dict[str, Any] = {
        "Type": "Map",
        "Iterator": {"StartAt": "Item", "States": {"Item": {"Type": "Pass"}}},
    }
    definition = {"States": {"Each": each}}
    history = events((1, 0, "+Each"), (2, 1, "+Item"), (3, 2, "+Tell"))
    assert [state.name for state in visited_states(history, definition)] == ["Each", "Item"]


def test_a_history_that_may_not_be_read_says_what_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "User: me is not authorized\n\nThe Canonical String was 'x-amz-security-token:IQo'"
    refused = Answer(400, {"__type": "AccessDeniedException", "message": said})
    with Routes().serving() as aws:
        aws.always = instead(refused)
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url())
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with pytest.raises(HistoryUnavailable) as unavailable:
            histories(OUTPUTS).events(ARN)
    assert "(AccessDeniedException)" in str(unavailable.value)
    assert "User: me is not authorized; set AWS_PROFILE, or" in str(unavailable.value)
    assert "IQo" not in str(unavailable.value)


def test_an_execution_is_read_with_the_definition_that_it_was_started_with(
    deployed: Deployed,
) -> None:
    aws = deployed.cloud.stepfunctions

    def definition(*names: str) -> str:
        passes = [{"Type": "Pass", "Next": name} for name in names[1:]] + [{"Type": "Succeed"}]
        return json.dumps({"StartAt": names[0], "States": dict(zip(names, passes, strict=True))})

    role = "arn:aws:iam::000000000000:role/changed"
    arn = aws.create_state_machine(name="changed", definition=definition("Old"), roleArn=role)[
        "stateMachineArn"
    ]
    execution = aws.start_execution(stateMachineArn=arn)["executionArn"]
    aws.update_state_machine(stateMachineArn=arn, definition=definition("New", "Newer"))
    await_(lambda: aws.describe_execution(executionArn=execution)["status"] != "RUNNING", "its end")
    found = histories(deployed.outputs).states("later", execution)
    assert [state.name for state in found] == ["Old"]


def test_states_that_send_messages_are_left_out(stack: Stack, deployed: Deployed) -> None:
    execution = stack.start("told-later", {"wait": 0})
    execution.wait(20)
    entered = histories(deployed.outputs).events(execution.status().execution_arn)
    names = [e.details["name"] for e in entered if e.type.endswith("StateEntered")]
    assert any(name.endswith(" (message)") for name in names)
    assert [state.name for state in execution.history()] == [
        name for name in names if not name.endswith(" (message)")
    ]


def entered(name: str) -> Fault:
    event = {"id": 1, "previousEventId": 0, "timestamp": 1, "type": "PassStateEntered"}
    events = [event | {"stateEnteredEventDetails": {"name": name}}]
    return instead(Answer(200, {"events": events}))


def test_a_version_has_one_definition_and_it_is_read_once(aws: Routes) -> None:
    old = json.dumps({"StartAt": "Old", "States": {"Old": {"Type": "Pass", "End": True}}})
    described = instead(Answer(200, {"definition": old}))
    read = histories(OUTPUTS)
    aws.faults = [entered("Old"), described, entered("Old"), entered("Old"), described]
    for arn, version in ((ARN, 7), (f"{ARN}0", 7), (f"{ARN}0", None)):
        assert [s.name for s in read.states("later", arn, version=version)] == ["Old"]
    assert len(aws.received) == 5


def test_without_the_permission_todays_definition_is_used(aws: Routes) -> None:
    today = {"StartAt": "New", "States": {"New": {"Type": "Pass", "End": True}}}
    read = histories({**OUTPUTS, "definitions": {"later": today}})
    refused = Answer(400, {"__type": "AccessDeniedException", "message": "User: me may not"})
    aws.faults = [entered("New"), instead(refused), entered("Old")]
    assert [state.name for state in read.states("later", ARN)] == ["New"]
    assert read.states("later", ARN) == [], "and is not asked for again"
    assert len(aws.received) == 3


def test_a_history_of_several_pages_is_read_in_pages_as_long_as_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def page(first: int, **more: str) -> Fault:
        found = [
            {"id": id_, "previousEventId": id_ - 1, "timestamp": id_, "type": "PassStateEntered"}
            | {"stateEnteredEventDetails": {"name": f"S{id_}"}}
            for id_ in (first, first + 1)
        ]
        return instead(Answer(200, {"events": found, **more}))

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with Routes().serving() as aws:
        aws.faults = [page(1, nextToken="a"), page(3, nextToken="b"), page(5)]
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url())
        passed = visited_states(histories(OUTPUTS).events(ARN), None)
    assert [state.name for state in passed] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    asked = [json.loads(received.body) for received in aws.received]
    assert [each.get("nextToken") for each in asked] == [None, "a", "b"]
    assert {each["maxResults"] for each in asked} == {1000}


@pytest.mark.usefixtures("no_credentials")
@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "Unable to locate credentials"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    ],
)
def test_without_credentials_the_history_says_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], reason: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(HistoryUnavailable) as unavailable:
        histories(OUTPUTS).events(ARN)
    assert str(unavailable.value).startswith(f"cannot read the history of {ARN}: {reason}")
    assert "states:GetExecutionHistory" in str(unavailable.value)
