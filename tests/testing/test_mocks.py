"""Mocks answer what AWS could answer, and nothing else."""

import json
import re
import warnings
from typing import Any, cast

import pytest

from stepgate.testing import (
    MissingMock,
    UnknownError,
    UnlikeAWS,
    Unusable,
    continues,
    fails,
    returns,
    run,
    runs,
)
from stepgate.testing.answers import Answer
from tests.testing.machines import INVOKE, SEND, machine, task, workflow

DESCRIBE = "arn:aws:states:::aws-sdk:ec2:describeInstances"
GET_ITEM = "arn:aws:states:::aws-sdk:dynamodb:getItem"
HTTP = "arn:aws:states:::http:invoke"


def answered(resource: str, *answers: Answer, **fields: Any) -> Any:
    """What a machine of one Task gives with these answers."""
    return run(machine({"Call": task(resource, **fields)}), {}, mocks={"Call": answers})


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        (DESCRIBE, {"Reservations": [{"Instances": [{"State": {"Name": "running", "Code": 16}}]}]}),
        (GET_ITEM, {"Item": {"id": {"S": "1"}, "gone": {"Nul": True}, "tags": {"Ss": ["a"]}}}),
        ("arn:aws:states:::dynamodb:getItem", {"Item": {"gone": {"NULL": True}}}),
        (SEND, {"MessageId": "m", "MD5OfMessageBody": "x", "SdkHttpMetadata": {"any": 1}}),
        ("arn:aws:states:::aws-sdk:sqs:sendMessage", {"Md5OfMessageBody": "x"}),
        ("arn:aws:states:::aws-sdk:s3:getObject", {"Body": "text", "ContentLength": 4}),
        (INVOKE, {"Payload": {"any": 1}, "Anything": 2}),
        ("arn:aws:lambda:us-east-1:000000000000:function:f", 3),
        (HTTP, {"ResponseBody": 1}),
        ("arn:aws:states:::ecs:runTask.sync", {"Anything": 1}),
        ("arn:aws:states:::aws-sdk:sqs:deleteMessage", {}),
    ],
)
def test_an_answer_of_the_actions_shape_is_taken(resource: str, value: Any) -> None:
    assert answered(resource, returns(value)).output == value


@pytest.mark.parametrize(
    ("resource", "value", "message"),
    [
        (DESCRIBE, {"reservations": []}, "reservations is unknown; write Reservations"),
        (DESCRIBE, {"Reservation": []}, "Reservation is unknown; did you mean 'Reservations'?"),
        (DESCRIBE, {"Reservations": {}}, "Reservations is an object; the action returns a list"),
        (
            DESCRIBE,
            {"Reservations": [{"Instances": [{"State": {"Name": 16}}]}]},
            "Reservations[0].Instances[0].State.Name is 16; the action returns text",
        ),
        (
            GET_ITEM,
            {"Item": {"gone": {"NULL": True}}},
            "Item.gone.NULL is unknown; the action returns",
        ),
        (SEND, {"MessageId": True}, "MessageId is True; the action returns text"),
        (SEND, {"Message": 1}, "Message is unknown; did you mean 'MessageId'?"),
        (SEND, "m-1", "it is 'm-1'; the action returns an object"),
        (
            "arn:aws:states:::aws-sdk:sqs:sendMessage",
            {"MD5OfMessageBody": "x"},
            "MD5OfMessageBody is unknown; write Md5OfMessageBody",
        ),
        (
            "arn:aws:states:::aws-sdk:sqs:deleteMessage",
            {"Deleted": True},
            "Deleted is unknown; the action returns nothing",
        ),
        (f"{SEND}.waitForTaskToken", {}, "it waits to be continued; write continues(…)"),
    ],
)
def test_an_answer_that_the_action_never_gives_is_refused(
    resource: str, value: Any, message: str
) -> None:
    with pytest.raises(UnlikeAWS, match="answer 1 of the mock of 'Call'") as caught:
        answered(resource, returns(value))
    assert message in str(caught.value)


def test_an_answer_that_is_not_strict_is_taken_as_it_is() -> None:
    assert answered(SEND, returns({"Any": 1}, strict=False)).output == {"Any": 1}


def test_only_what_waits_is_continued() -> None:
    with pytest.raises(UnlikeAWS, match=r"it does not wait to be continued; write returns\(…\)"):
        answered(SEND, continues({}))


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        (DESCRIBE, "Ec2.Ec2Exception"),
        (GET_ITEM, "DynamoDb.ResourceNotFoundException"),
        (GET_ITEM, "DynamoDb.SdkClientException"),
        ("arn:aws:states:::dynamodb:putItem", "DynamoDB.ConditionalCheckFailedException"),
        ("arn:aws:states:::dynamodb:putItem", "DynamoDB.AmazonDynamoDBException"),
        (SEND, "SQS.QueueDoesNotExist"),
        (SEND, "States.Timeout"),
        (INVOKE, "Anything"),
        (HTTP, "States.Http.StatusCode.404"),
    ],
)
def test_an_error_that_the_action_has_is_taken(resource: str, error: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert answered(resource, fails(error, "cause")).error == error


@pytest.mark.parametrize(
    ("resource", "error", "meant"),
    [
        (DESCRIBE, "EC2.EC2Exception", "Ec2.Ec2Exception"),
        (GET_ITEM, "DynamoDb.ResourceNotFoundExeption", "DynamoDb.ResourceNotFoundException"),
        (SEND, "Refused", "its errors are Sqs.SqsException"),
    ],
)
def test_an_error_that_the_action_does_not_have_is_a_warning(
    resource: str, error: str, meant: str
) -> None:
    with pytest.warns(UnknownError, match=meant) as warned:
        answered(resource, fails(error))
    assert warned[0].filename == __file__


def test_a_task_without_a_mock_shows_its_call_and_a_mock_to_copy() -> None:
    definition = machine(
        {
            "Find": task(DESCRIBE, Parameters={"InstanceIds.$": "States.Array($.id)"}),
            "State": {"Type": "Pass", "InputPath": "$.Reservations[0].Instances[0].State.Name"},
        }
    )
    with pytest.raises(MissingMock) as caught:
        run(workflow(definition), {"id": "i-1"})
    message = str(caught.value)
    assert message.startswith("workflow 'machine'")
    assert "state 'Find' has no mock. It calls ec2:describeInstances with" in message
    assert json.dumps({"InstanceIds": ["i-1"]}, indent=4) in message
    copied = message.splitlines()[-1].strip()
    answer: Any = eval(f"{{{copied}}}", {"returns": returns})
    state = {"State": {"Name": "pending"}}
    assert answer == {"Find": [returns({"Reservations": [{"Instances": [state]}]})]}
    assert run(definition, {"id": "i-1"}, mocks=answer).output == "pending"


@pytest.mark.parametrize(
    ("resource", "copied"),
    [
        (INVOKE, 'returns({"Payload": {}})'),
        (f"{INVOKE}.waitForTaskToken", 'continues({"approved": True})'),
        (HTTP, "returns({})"),
        (SEND, "returns({})"),
    ],
)
def test_a_mock_to_copy_is_one_that_is_taken(resource: str, copied: str) -> None:
    with pytest.raises(MissingMock, match=re.escape(f'"Call": [{copied}],')):
        answered(resource)


def test_a_mock_with_too_few_answers_says_how_many() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}]
    with pytest.raises(MissingMock, match="is called 3 times, and its mock has 2 answers"):
        answered(INVOKE, fails("A"), fails("B"), Retry=retry)


def test_the_interpreter_goes_on_after_a_test_has_failed() -> None:
    for _ in range(3):
        with pytest.raises(MissingMock):
            answered(INVOKE)
        assert answered(INVOKE, returns(1)).output == 1


@pytest.mark.parametrize(
    ("mocks", "message"),
    [
        ({"Cal": returns(1)}, r"unknown state 'Cal'; did you mean 'Call'\?"),
        ({"Wait": returns(1)}, "for the state 'Wait', which calls nothing; remove it"),
        ({"Call": [1]}, r"has the answer 1; write returns\(…\)"),
        ({"Call": {"a": 1}}, r"has the answer {'a': 1}; write returns\(…\)"),
    ],
)
def test_a_mock_that_answers_nothing_is_refused(mocks: Any, message: str) -> None:
    definition = machine({"Wait": {"Type": "Wait", "Seconds": 1}, "Call": task()})
    with pytest.raises(Unusable, match=message):
        run(definition, mocks=mocks)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: returns({"a": {1}}), "returns: the value is not JSON"),
        (lambda: continues(b""), "continues: the value is not JSON"),
        (lambda: fails(cast("str", KeyError)), r'fails: .* is not text; write fails\("NAME", "cau'),
        (lambda: returns(1, after=-1), "after is -1; write 0 or more seconds"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_where_it_is_made(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_only_an_execution_runs_a_workflow() -> None:
    other = workflow(machine({"A": {"Type": "Pass"}}))
    with pytest.raises(UnlikeAWS, match="it does not start an execution"):
        answered(SEND, runs(other))
