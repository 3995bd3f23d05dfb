"""No task token is left in what a history has recorded."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stepgate.client.task_tokens import STRUCK, strike, without_tokens
from stepgate.client.visited_state import Attempt, VisitedState

NOW = datetime.now(UTC)
OWN = "0f8fad5b-d9cd-469f-a165-70867728950e"
AWS = "AQCEAAAAKgAAAAMAAAAAAAAAARNBg0Js1FBX8n9CWbPP7Vy5IOhgtTbPz0cF0xOF/7+Q" + "aB3=" * 20


def waits(parameters: Any, **data: Any) -> VisitedState:
    attempt = Attempt(NOW, parameters=json.dumps(parameters))
    return VisitedState("Ask", NOW, None, attempts=(attempt,), **data)


def struck(state: VisitedState, request: Any, *others: VisitedState) -> list[VisitedState]:
    definition: Any = {"States": {"Ask": {"Type": "Task", **request}, "Next": {"Type": "Pass"}}}
    return without_tokens([state, *others], definition)


@pytest.mark.parametrize(
    "request_",
    [
        {"Parameters": {"Body": {"callback.$": "$$.Task.Token", "sku": "a"}}},
        {"Arguments": {"Body": {"callback": "{% $states.context.Task.Token %}", "sku": "a"}}},
    ],
)
def test_a_token_is_struck_out_wherever_it_went(request_: Any) -> None:
    after = VisitedState(
        "Next", NOW, None, input=json.dumps({"text": json.dumps({"deep": json.dumps([OWN])})})
    )
    first, second = struck(waits({"Body": {"callback": OWN, "sku": "a"}}), request_, after)
    assert json.loads(first.attempts[0].parameters or "") == {
        "Body": {"callback": STRUCK, "sku": "a"}
    }
    assert OWN not in str(second)
    assert json.loads(json.loads(json.loads(second.input or "")["text"])["deep"]) == [STRUCK]


def test_what_is_made_of_a_token_is_struck_out_as_a_whole() -> None:
    request: Any = {"Parameters": {"Message.$": "States.Format('it is {}', $$.Task.Token)"}}
    (state,) = struck(waits({"Message": f"it is {OWN}"}), request)
    assert json.loads(state.attempts[0].parameters or "") == {"Message": STRUCK}


def test_a_request_that_is_one_expression_is_struck_out_as_a_whole() -> None:
    request: Any = {"Arguments": "{% {'a': $states.context.Task.Token} %}"}
    (state,) = struck(waits({"a": OWN}), request)
    assert state.attempts[0].parameters == json.dumps(STRUCK)


def test_without_a_definition_no_parameters_are_shown() -> None:
    (state,) = without_tokens([waits({"a": OWN, "b": 1})], None)
    assert OWN not in str(state)


@pytest.mark.parametrize("name", ["taskToken", "TaskToken", "task_token", "token"])
def test_members_of_that_name_are_struck_out(name: str) -> None:
    text = json.dumps({"a": [{name: OWN}], "b": json.dumps({name: {"S": OWN}, "c": 1})})
    found = json.loads(strike(text) or "")
    assert found["a"] == [{name: STRUCK}]
    assert json.loads(found["b"]) == {name: STRUCK, "c": 1}


@pytest.mark.parametrize(
    "text",
    [
        AWS,
        json.dumps({"any": AWS}),
        json.dumps({"any": AWS}).replace("/", r"\/").replace("=", "\\u003d"),
        json.dumps(json.dumps({"any": AWS}).replace("/", r"\/")),
        f"cut off: {json.dumps({'any': AWS})[:90]}",
    ],
)
def test_the_form_of_awss_tokens_is_known(text: str) -> None:
    found = strike(text) or ""
    assert STRUCK in found
    assert "AAAAKgAAAA" not in found
    assert "0cF0xOF" not in found


def test_other_data_stays_as_it_is() -> None:
    text = '{"a": 1e400, "id":  "0f8fad5b-d9cd-469f-a165-70867728950e", "t": "[1"}'
    assert strike(text) == text
    assert strike(None) is None
    (state,) = struck(waits({"QueueName": "a"}), {"Parameters": {"QueueName": "a"}})
    assert state.attempts[0].parameters == '{"QueueName": "a"}'
