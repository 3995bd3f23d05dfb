"""The state that waits for an event."""

import json
from typing import Any

import pytest

from stepgate.asl.states import root_machine
from stepgate.checks import lint_definition
from stepgate.checks.rule import RuleContext
from stepgate.events.event import Event
from stepgate.events.machine import events_definition
from stepgate.events.waiting import wait_for, waited_event, waits_as_itself, waits_per_item
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import derive_permissions
from stepgate.workflow import Definition, Values
from tests.checks.definitions import END, machine

CONTEXT = ArnContext("aws", "eu-central-1", "123456789012", "shop-dev-order-*")
ITEM = "{% $states.input.index %}"


def waiting(**arguments: Any) -> Definition:
    given: dict[str, Any] = {"timeout_seconds": 60, "next": "Next", **arguments}
    return wait_for("approval", Values(), **given)


def definition(language: str, state: Definition) -> Definition:
    return {"QueryLanguage": language, **machine(A=state, Next=END, Late=END)}


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"result_path": "$.approval"},
        {"heartbeat_seconds": 30, "catch": {"States.HeartbeatTimeout": "Late"}},
        {"item": ITEM, "execution": "{% $states.input.execution %}"},
    ],
)
def test_a_definition_of_either_language_may_have_it(
    language: str, arguments: dict[str, Any]
) -> None:
    event = Event(per_item="item" in arguments)
    made = definition(language, waiting(**{"catch": {"States.Timeout": "Late"}, **arguments}))
    found = lint_definition(RuleContext(made, "async", events={"approval": event}))
    assert (found.errors, found.warnings) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"timeout_seconds": 0}, "timeout_seconds is 0; write a whole number from 1 to 31536000"),
        ({"timeout_seconds": True}, "timeout_seconds is True"),
        ({"heartbeat_seconds": 0}, "heartbeat_seconds is 0"),
        ({"heartbeat_seconds": 60}, "heartbeat_seconds is 60, not below timeout_seconds, 60"),
        ({"result_path": "$.a.b"}, "result_path is '$.a.b'; write $ or one member, such as"),
        ({"item": "$.index"}, "item is '$.index'; write an expression, such as {% $states.input"),
        ({"execution": "$$.Execution.Id"}, "execution is '$$.Execution.Id'; write an expression"),
        ({"next": None}, "give either next, a state's name, or end=True"),
        ({"end": True}, "give either next, a state's name, or end=True"),
    ],
)
def test_a_wrong_argument_is_one_line(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"wait_for\('approval'\): ") as error:
        waiting(**arguments)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_it_waits_for_is_read_from_the_state() -> None:
    states = root_machine(
        machine(
            Own=waiting(),
            Item=waiting(item=ITEM, execution="{% $execution %}"),
            Next=END,
        )
    ).states
    assert [waited_event(state) for state in states.values()] == ["approval", "approval", None]
    assert [waits_per_item(states[name]) for name in ("Own", "Item")] == [False, True]
    assert [waits_as_itself(states[name]) for name in ("Own", "Item")] == [True, False]


def test_a_wait_of_ones_own_is_not_one_of_these() -> None:
    own = waiting()
    del own["Arguments"]["Item"]["name"]
    assert waited_event(root_machine(machine(A=own)).states["A"]) is None


def test_a_role_may_write_events_of_its_own_executions_alone() -> None:
    statements = derive_permissions(machine(A=waiting(end=True, next=None)), CONTEXT).statements
    [statement] = [each for each in statements if "dynamodb:PutItem" in each["Action"]]
    assert statement["Action"] == ["dynamodb:PutItem"]
    assert statement["Resource"] == [CONTEXT.arn("dynamodb", "table/events")]
    own = CONTEXT.arn("states", f"execution:{CONTEXT.state_machine}:*")
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [own]}}


def test_a_wait_ends_before_its_item_expires() -> None:
    item = waiting(timeout_seconds=100, heartbeat_seconds=50)["Arguments"]["Item"]
    assert "+ 50)" in item["until"]["N"]
    assert f"+ {50 + 7 * 86_400})" in item["expires"]["N"]


def test_no_state_of_the_events_machine_puts_the_token_out() -> None:
    states = events_definition(Values())["States"]
    with_token = [name for name, state in states.items() if "$token" in json.dumps(state)]
    assert with_token == ["Send the token"]
    assert "$token" not in json.dumps(states["Send the token"].get("Output", ""))
