"""The states that send messages where executions can be followed live."""

import base64
import json
import re
from typing import Any

import pytest

from stepgate.asl.states import QueryLanguage
from stepgate.progress.sender import LIVE_TIMEOUT_SECONDS, Sender, is_sending

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:shop-dev-live-message"
SENDER = Sender("it", "https://sqs.us-east-1.amazonaws.com/123456789012/it.fifo", MACHINE)
NASTY = 'it\'s {% "a" %} $.b \\ {} é\u2028😀'


def built(language: QueryLanguage, *, has_item: bool = False) -> Any:
    members = {"state": NASTY, "status": "ENTERED"}
    return SENDER.build_state(members, language, "Next", has_item=has_item)


@pytest.mark.parametrize(
    ("language", "arguments", "input_", "context"),
    [
        ("JSONPath", "Parameters", "Input.$", "$$"),
        ("JSONata", "Arguments", "Input", "$states.context"),
    ],
)
def test_a_state_hands_over_what_it_knows_and_no_data(
    language: QueryLanguage, arguments: str, input_: str, context: str
) -> None:
    state = built(language, has_item=True)
    request = state[arguments]
    assert request.keys() == {"StateMachineArn", input_}
    assert request["StateMachineArn"] == MACHINE
    [known] = re.findall("'([A-Za-z0-9+/=]+)'", request[input_])
    assert json.loads(base64.b64decode(known)) == {
        "workflow": "it",
        "state": NASTY,
        "status": "ENTERED",
    }
    read = re.findall(rf"{re.escape(context)}\.[A-Za-z.]+", request[input_])
    assert read == [
        f"{context}.{name}"
        for name in ("Execution.Name", "Execution.Id", "State.EnteredTime", "Map.Item.Index")
    ]
    assert "sqs" not in json.dumps(state)


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_workflow_goes_on_in_any_case_after_a_bound(language: QueryLanguage) -> None:
    state = built(language)
    assert is_sending(state)
    assert state["TimeoutSeconds"] == LIVE_TIMEOUT_SECONDS
    [caught] = state["Catch"]
    assert caught["ErrorEquals"] == ["States.ALL"]
    assert caught["Next"] == state["Next"] == "Next"
    unchanged = "Output" if language == "JSONata" else "ResultPath"
    assert caught[unchanged] == state[unchanged]
