"""What a run does, and what its result says of it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from stepgate import Values, Workflow
from stepgate.testing import Unusable, continues, fails, returns, run
from tests.testing.machines import INVOKE, SEND, machine, task, workflow

CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def test_a_task_is_answered_and_its_call_recorded() -> None:
    definition = machine({"Pay": task(Parameters={"FunctionName": "pay", "Payload.$": "$.order"})})
    result = run(definition, {"order": {"id": 7}}, mocks={"Pay": returns({"Payload": "paid"})})
    assert result.status == "SUCCEEDED"
    assert result.output == {"Payload": "paid"}
    assert result.path == ["Pay"]
    (call,) = result.calls["Pay"]
    assert call.resource == INVOKE
    assert call.arguments == {"FunctionName": "pay", "Payload": {"id": 7}}


def test_a_task_without_arguments_is_called_with_its_input() -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:pay"
    result = run(machine({"Pay": task(arn)}), {"id": 7}, mocks={"Pay": returns("paid")})
    assert result.output == "paid"
    assert result.calls["Pay"][0].arguments == {"id": 7}


def test_variables_and_jsonata_work() -> None:
    definition = machine(
        {
            "Price": task(
                Arguments={"FunctionName": "price", "Payload": "{% $states.input.sku %}"},
                Assign={"price": "{% $states.result.Payload * 2 %}"},
            ),
            "Dear?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $price > 10 %}", "Next": "Dear"}],
                "Default": "Cheap",
            },
            "Dear": {"Type": "Succeed", "Output": "{% {'price': $price} %}"},
            "Cheap": {"Type": "Fail", "Error": "Cheap"},
        },
        QueryLanguage="JSONata",
    )
    dear = run(definition, {"sku": "s"}, mocks={"Price": returns({"Payload": 6})})
    assert dear.output == {"price": 12}
    assert dear.path == ["Price", "Dear?", "Dear"]
    cheap = run(definition, {"sku": "s"}, mocks={"Price": returns({"Payload": 1})})
    assert (cheap.status, cheap.error, cheap.cause) == ("FAILED", "Cheap", None)


def test_errors_are_retried_and_caught() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 3, "MaxAttempts": 2}]
    definition = machine(
        {"Pay": task(Retry=retry, Catch=CATCH, End=True), "Caught": {"Type": "Pass"}}
    )
    saved = run(definition, mocks={"Pay": [fails("Busy"), fails("Busy"), returns("paid")]})
    assert (saved.output, saved.path, saved.retries) == ("paid", ["Pay"], {"Pay": 2})
    assert saved.seconds == 10 + 30
    assert len(saved.calls["Pay"]) == 3
    lost = run(definition, mocks={"Pay": [fails("Busy")] * 3})
    assert lost.path == ["Pay", "Caught"]
    refused = run(definition, mocks={"Pay": fails("Refused", "no funds")})
    assert refused.output == {"Error": "Refused", "Cause": "no funds"}
    assert refused.retries == {}


@pytest.mark.parametrize("error", ["States.Runtime", "States.DataLimitExceeded"])
def test_states_all_does_not_catch_terminal_errors(error: str) -> None:
    definition = machine({"Pay": task(Catch=CATCH, End=True), "Caught": {"Type": "Pass"}})
    assert run(definition, mocks={"Pay": fails(error)}).error == error


@pytest.mark.parametrize(
    ("error", "status"), [("Any", "SUCCEEDED"), ("States.Permissions", "SUCCEEDED")]
)
def test_states_task_failed_catches_every_error_but_a_timeout(error: str, status: str) -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
    definition = machine({"Pay": task(Catch=catch, End=True), "Caught": {"Type": "Pass"}})
    assert run(definition, mocks={"Pay": fails(error)}).status == status
    assert run(definition, mocks={"Pay": fails("States.Timeout")}).error == "States.Timeout"


def test_waits_cost_no_time_and_the_clock_is_the_tests() -> None:
    definition = machine(
        {
            "A month": {"Type": "Wait", "Seconds": 30 * 24 * 3600},
            "Until": {"Type": "Wait", "TimestampPath": "$.until"},
            "Now": {
                "Type": "Pass",
                "Parameters": {
                    "at.$": "$$.Execution.StartTime",
                    "now.$": "$$.State.EnteredTime",
                },
            },
        }
    )
    until = {"until": "2025-03-01T00:00:00Z"}
    now = datetime(2025, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=1)))
    result = run(definition, until, now=now)
    assert result.output == {"at": "2025-01-01T00:30:00.000Z", "now": "2025-03-01T00:00:00.000Z"}
    assert result.seconds == (datetime(2025, 3, 1, tzinfo=UTC) - now).total_seconds()


def test_jsonata_has_the_tests_time() -> None:
    definition = machine(
        {
            "Wait": {"Type": "Wait", "Seconds": 90},
            "Now": {"Type": "Pass", "Output": "{% [$now(), $millis()] %}"},
        },
        QueryLanguage="JSONata",
    )
    now = datetime(2025, 1, 1, tzinfo=UTC)
    assert run(definition, now=now).output == [
        "2025-01-01T00:01:30.000Z",
        int(now.timestamp() + 90) * 1000,
    ]


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (datetime(2025, 1, 1), "without a time zone; write"),
        ("2025-01-01T00:00:00Z", "'2025-01-01T00:00:00Z', not a datetime; write"),
        (1735689600, "1735689600, not a datetime; write"),
    ],
)
def test_a_time_without_a_zone_or_of_another_type_is_refused(now: Any, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        run(machine({"A": {"Type": "Pass"}}), now=now)


def test_a_call_that_takes_too_long_times_out() -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    definition = machine(
        {"Pay": task(TimeoutSeconds=30, Catch=catch, End=True), "Caught": {"Type": "Pass"}}
    )
    in_time = run(definition, mocks={"Pay": returns("paid", after=29)})
    assert (in_time.path, in_time.seconds) == (["Pay"], 29)
    late = run(definition, mocks={"Pay": returns("paid", after=31)})
    assert (late.path, late.seconds) == (["Pay", "Caught"], 30)
    failing_late = run(definition, mocks={"Pay": fails("Refused", after=31)})
    assert failing_late.path == ["Pay", "Caught"]


def test_an_execution_that_takes_too_long_times_out() -> None:
    definition = machine(
        {"Wait": {"Type": "Wait", "Seconds": 61}, "After": {"Type": "Pass"}}, TimeoutSeconds=60
    )
    result = run(definition)
    assert (result.status, result.output, result.error) == ("TIMED_OUT", None, None)
    assert (result.path, result.seconds) == (["Wait"], 60)


def test_callbacks_are_continued() -> None:
    approve = task(
        f"{SEND}.waitForTaskToken",
        Parameters={"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
        HeartbeatSeconds=60,
        TimeoutSeconds=600,
        Catch=CATCH,
        End=True,
    )
    definition = machine({"Approve": approve, "Caught": {"Type": "Pass"}})
    result = run(definition, mocks={"Approve": continues({"approved": True}, after=59)})
    assert (result.output, result.seconds) == ({"approved": True}, 59)
    assert result.calls["Approve"][0].arguments["MessageBody"]["token"]
    silent = run(definition, mocks={"Approve": continues({"approved": True}, after=61)})
    assert (silent.output["Error"], silent.seconds) == ("States.Timeout", 60)
    assert run(definition, mocks={"Approve": fails("Rejected")}).output["Error"] == "Rejected"


def test_each_attempt_of_a_callback_has_a_token_of_its_own() -> None:
    retry = [{"ErrorEquals": ["Again"], "MaxAttempts": 1}]
    arguments = {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}
    approve = task(f"{SEND}.waitForTaskToken", Parameters=arguments, Retry=retry)
    result = run(machine({"Approve": approve}), mocks={"Approve": [fails("Again"), continues(1)]})
    first, second = (call.arguments["MessageBody"] for call in result.calls["Approve"])
    assert first != second


def test_an_activity_is_continued() -> None:
    activity = "arn:aws:states:us-east-1:000000000000:activity:check"
    definition = machine({"Check": task(activity)})
    assert run(definition, {}, mocks={"Check": continues("checked")}).output == "checked"


def test_a_map_runs_each_item_and_the_path_names_it() -> None:
    inner = machine({"Pack": task(), "Label": {"Type": "Pass"}})
    each = {"Type": "Map", "ItemsPath": "$.orders", "ItemProcessor": inner}
    result = run(
        machine({"Each": each, "Done": {"Type": "Pass"}}),
        {"orders": ["a", "b"]},
        mocks={"Pack": [returns(1), returns(2)]},
    )
    assert result.output == [1, 2]
    assert result.path == [
        *("Each", "Each[0].Pack", "Each[0].Label", "Each[1].Pack", "Each[1].Label", "Done")
    ]
    assert [call.state for call in result.calls["Pack"]] == ["Each[0].Pack", "Each[1].Pack"]
    assert [call.arguments for call in result.calls["Pack"]] == ["a", "b"]


def test_the_items_of_a_map_wait_beside_each_other() -> None:
    inner = machine({"Wait": {"Type": "Wait", "SecondsPath": "$"}})
    each = {"Type": "Map", "ItemProcessor": inner}
    assert run(machine({"Each": each}), [5, 30, 10]).seconds == 30
    one_by_one = {**each, "MaxConcurrency": 1}
    assert run(machine({"Each": one_by_one}), [5, 30, 10]).seconds == 45


@pytest.mark.proof
def test_a_map_may_have_thousands_of_items_one_by_one() -> None:
    inner = machine({"Wait": {"Type": "Wait", "SecondsPath": "$"}})
    each = {"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": 1}
    assert run(machine({"Each": each}), [1] * 2000).seconds == 2000


@pytest.mark.parametrize(
    "fields",
    [{}, {"ToleratedFailurePercentage": 40}, {"ToleratedFailureCount": 1}],
)
def test_a_distributed_map_runs_over_a_list(fields: dict[str, Any]) -> None:
    inner = machine({"Pack": task()}) | {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    }
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "CSV", "CSVDelimiter": "TAB", "MaxItems": 3},
        "Parameters": {"Bucket": "b", "Key": "orders.json"},
    }
    each = {"Type": "Map", "ItemReader": reader, "ItemProcessor": inner, **fields}
    mocks = {"Each": returns(["a", "b", "c", "d"]), "Pack": [returns(1), returns(2), returns(3)]}
    result = run(machine({"Each": each}), mocks=mocks)
    assert result.output == [1, 2, 3]
    assert result.calls["Each"][0].arguments == {"Bucket": "b", "Key": "orders.json"}
    assert result.path[:2] == ["Each", "Each[0].Pack"]
    failing = run(
        machine({"Each": each}), mocks=mocks | {"Pack": [returns(1), fails("X"), returns(3)]}
    )
    error = None if fields else "States.ExceedToleratedFailureThreshold"
    assert failing.error == error


def test_the_results_of_a_distributed_map_are_written_nowhere() -> None:
    inner = machine({"Pack": {"Type": "Pass"}}) | {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    }
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "b", "Prefix": "out"},
    }
    each = {"Type": "Map", "ItemProcessor": inner, "ResultWriter": writer}
    output = run(machine({"Each": each}), [1, 2]).output
    assert output["ResultWriterDetails"]["Bucket"] == "b"
    assert output["ResultWriterDetails"]["Key"].startswith("out/")


def test_a_branch_that_fails_stops_the_others_at_that_moment() -> None:
    slow = machine({"Wait": {"Type": "Wait", "Seconds": 20}, "Charge": task()})
    failing = machine(
        {"Soon": {"Type": "Wait", "Seconds": 10}, "Fail": {"Type": "Fail", "Error": "No"}}
    )
    both = {"Type": "Parallel", "Branches": [slow, failing], "Catch": CATCH, "End": True}
    result = run(machine({"Both": both, "Caught": {"Type": "Pass"}}))
    assert result.path == ["Both", "Both[0].Wait", "Both[1].Soon", "Both[1].Fail", "Caught"]
    assert result.calls["Charge"] == []
    assert (result.output, result.seconds) == ({"Error": "No", "Cause": ""}, 10)


def test_a_state_visited_again_is_in_the_path_again() -> None:
    definition = machine(
        {
            "Poll": task(ResultPath="$.status"),
            "Ready?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.status", "StringEquals": "ready", "Next": "Done"}],
                "Default": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Poll"},
            "Done": {"Type": "Succeed"},
        }
    )
    answers = [returns("busy"), returns("busy"), returns("ready")]
    result = run(definition, mocks={"Poll": answers})
    assert result.path == [*["Poll", "Ready?", "Wait"] * 2, "Poll", "Ready?", "Done"]
    assert result.seconds == 10


@pytest.mark.proof
def test_an_execution_without_end_fails_when_its_history_is_full() -> None:
    result = run(machine({"A": {"Type": "Pass", "Next": "A"}}))
    assert result.error == "States.Runtime"
    assert result.cause == "The execution's history has reached 25,000 events."
    assert run(machine({"A": {"Type": "Pass"}})).status == "SUCCEEDED"


def test_a_file_is_run_with_its_values(tmp_path: Path) -> None:
    file = tmp_path / "order.asl.json"
    file.write_text(
        json.dumps(machine({"A": {"Type": "Pass", "Result": ["${Names}", "${AWS::Region}"]}}))
    )
    result = run(file, values={"Names": ["tea"], "region": "eu-west-1"})
    assert result.output == [["tea"], "eu-west-1"]
    with pytest.raises(Unusable, match="order has no route"):
        assert result.http


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": ["a"]}, r"^values is \['a'\]; write a dict of values by their names$"),
        ({"mocks": -1}, "^mocks is -1; write a dict of answers by the names of the states$"),
    ],
)
def test_values_and_mocks_that_are_not_a_dict_are_one_line(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unusable, match=message):
        run(machine({"A": {"Type": "Pass"}}), **arguments)


def test_a_value_of_a_definition_has_a_name() -> None:
    with pytest.raises(Unusable, match=r"values has 'a-b'; use a name of letters, digits and _"):
        run(machine({"A": {"Type": "Pass"}}), values={"a-b": 1})


def test_a_workflow_gets_its_values_and_placeholders_for_the_others() -> None:
    def definition(values: Values) -> dict[str, Any]:
        return machine({"A": {"Type": "Pass", "Result": [values.region, values.account_id]}})

    made = Workflow("made", "async", definition)
    assert run(made, values={"region": "eu-west-1"}).output == ["eu-west-1", "000000000000"]
    with pytest.raises(Unusable, match=r"has no value 'regoin'; did you mean 'region'\?"):
        run(made, values={"regoin": "eu-west-1"})


def raising(_: Values) -> dict[str, Any]:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (machine({"A": {"Type": "Passs"}}), 'Type is "Passs"; write'),
        (raising, "its definition cannot be made"),
        ("nowhere.json", "there is no such file"),
        (None, "definition is None; write a function of the values"),
    ],
)
def test_a_definition_that_cannot_run_is_explained(definition: Any, message: str) -> None:
    with pytest.raises(Unusable, match=f"workflow 'machine'.*{message}"):
        run(workflow(definition))


@pytest.mark.parametrize(
    ("input_", "message"),
    [({"when": datetime(2025, 1, 1, tzinfo=UTC)}, "not JSON"), ("x" * 262_143, "262,145 bytes")],
)
def test_an_input_that_step_functions_does_not_take_is_refused(input_: Any, message: str) -> None:
    with pytest.raises(Unusable, match=message):
        run(machine({"A": {"Type": "Pass"}}), input_)
