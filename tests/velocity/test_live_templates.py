"""The mapping templates of the live API, and of tickets for it, rendered by Velocity 1.7."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from stepgate.authorization import Iam
from stepgate.http import mapping_templates
from stepgate.http.cors import Cors
from stepgate.live import templates
from stepgate.route import Route
from tests.counts import counts
from tests.http.documents import json_texts
from tests.velocity.renderers import Velocity
from tests.velocity.test_event_templates import NASTY_NAMES
from tests.velocity.test_mapping_templates import EXECUTION, NASTY, problem

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:shop-dev-live-follow"
REQUEST = templates.follow_request(MACHINE)
CONTEXT = {"connectionId": "L0SM9cOFvHcCIhw=", "routeKey": "follow"}
FORGED = (
    r'{"connection": "other", "action": "unfollow"}',
    r'", "connection": "other',
    r"\", \"connection\": \"other",
    r"$context.connectionId #set($context.connectionId = 'other')",
)


def sent(velocity: Velocity, body: str) -> dict[str, str]:
    """The input of the state machine."""
    request = json.loads(velocity.render(REQUEST, body=body, context=CONTEXT).text)
    assert request.keys() == {"stateMachineArn", "input"}
    assert request["stateMachineArn"] == MACHINE
    return json.loads(request["input"])


@pytest.mark.parametrize("body", [*NASTY, *FORGED])
def test_no_message_changes_who_sends_it(velocity: Velocity, body: str) -> None:
    connection = CONTEXT["connectionId"]
    assert sent(velocity, body) == {
        "action": "follow",
        "connection": connection,
        "message": body,
    }


@pytest.mark.proof
@counts(300, bench=3_000)
def test_many_messages_arrive_text_for_text(velocity: Velocity, count: int) -> None:
    @settings(max_examples=count)
    @given(json_texts)
    def holds(body: str) -> None:
        assert sent(velocity, body)["message"] == body

    holds()


@pytest.mark.parametrize("output", ['{"type": "status", "execution": "it\'s $x #end"}', "{}"])
def test_a_frame_arrives_as_the_state_machine_makes_it(velocity: Velocity, output: str) -> None:
    body = json.dumps({"status": "SUCCEEDED", "output": output})
    assert velocity.render(templates.follow_response(), body=body).text.strip() == output


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"status": "FAILED", "error": "E", "cause": "a secret"}', 500),
        ('{"status": "TIMED_OUT"}', 500),
        ('{"__type": "ThrottlingException"}', 429),
        ('{"__type": "com.amazonaws.swf#ThrottlingException"}', 429),
        ('{"__type": "AccessDeniedException", "Message": "a secret"}', 500),
        ("{}", 500),
    ],
)
def test_any_failure_is_a_problem(velocity: Velocity, body: str, status: int) -> None:
    text = velocity.render(templates.follow_response(), body=body).text
    assert "secret" not in text
    assert json.loads(text)["type"] == "problem"
    assert json.loads(text)["status"] == status


@pytest.mark.parametrize(("route", "expected"), [("ping", "pong"), ("$default", "problem")])
def test_what_no_state_machine_answers(velocity: Velocity, route: str, expected: str) -> None:
    template = templates.plain_response()
    text = velocity.render(template, context={"routeKey": route}).text
    assert json.loads(text)["type"] == expected
    assert json.loads(templates.plain_request()) == {"statusCode": 200}


# Tickets


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_no_name_in_the_path_adds_to_a_request_for_a_ticket(velocity: Velocity, name: str) -> None:
    template = mapping_templates.ticket_request(MACHINE, EXECUTION, "orders", Route())
    request = json.loads(velocity.render(template, path={"execution": name}).text)
    assert request["stateMachineArn"] == MACHINE
    assert json.loads(request["input"]) == {
        "workflow": "orders",
        "execution": name,
        "executionArn": f"{EXECUTION}{name}",
    }


@pytest.mark.parametrize(("caller", "owner"), [("AROA1:web", "AROA1"), ("", "*")])
def test_a_private_route_gives_tickets_for_executions_of_its_caller_alone(
    velocity: Velocity, caller: str, owner: str
) -> None:
    route = Route(private=True, authorization=Iam())
    template = mapping_templates.ticket_request(MACHINE, EXECUTION, "orders", route)
    known = {"identity": {"caller": caller}}
    text = velocity.render(template, path={"execution": "a'"}, context=known).text
    found = json.loads(json.loads(text)["input"])
    assert found["executionArn"] == f"{EXECUTION}{owner}_-a'"
    assert found["execution"] == "a'"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": "FAILED", "error": "ExecutionDoesNotExist"}, 404),
        ({"status": "FAILED", "error": "ThrottlingException"}, 429),
        ({"status": "FAILED", "error": "Unavailable", "cause": "a secret"}, 502),
        ({"status": "TIMED_OUT"}, 504),
    ],
)
def test_no_ticket_is_a_problem(velocity: Velocity, body: dict[str, str], status: int) -> None:
    rendered = velocity.render(mapping_templates.ticket_response(Cors()), body=json.dumps(body))
    assert "secret" not in rendered.text
    assert rendered.status == status
    expected: dict[str, Any] = {name: body[name] for name in ("error",) if name in body}
    problem(rendered, **expected)


def test_a_ticket_is_the_output(velocity: Velocity) -> None:
    output = '{"ticket": "t", "expires": "2026-11-30T11:44:37.558Z"}'
    body = json.dumps({"status": "SUCCEEDED", "output": output})
    rendered = velocity.render(mapping_templates.ticket_response(Cors()), body=body)
    assert rendered.text.strip() == output
