"""The mapping templates of events, rendered by Velocity 1.7."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from stepgate.authorization import Iam
from stepgate.events.machine import ERRORS
from stepgate.http import mapping_templates as templates
from stepgate.http.cors import Cors
from stepgate.route import Route
from tests.counts import counts
from tests.http.documents import json_texts, texts
from tests.velocity.renderers import Missing, Velocity
from tests.velocity.test_mapping_templates import EXECUTION, NASTY, problem

EVENTS = "arn:aws:states:us-east-1:123456789012:stateMachine:stepgate-dev-events"
REQUEST = templates.event_request(EVENTS, EXECUTION, "approval", Route())
ITEM_REQUEST = templates.event_request(EVENTS, EXECUTION, "approval/{item}", Route())
LIST_REQUEST = templates.events_request(EVENTS, EXECUTION, Route())
RESPONSE = templates.event_response(Cors())

NASTY_NAMES = ["n", "it's", 'a" b', "a\\", '", "event": "other', "$x #end", "é\u2028😀", "a/b"]


def request(velocity: Velocity, template: str, body: str = "", **path: str) -> dict[str, Any]:
    """The input of the events' state machine."""
    sent = json.loads(velocity.render(template, body=body, path=path).text)
    assert sent.keys() == {"stateMachineArn", "input"}
    assert sent["stateMachineArn"] == EVENTS
    return json.loads(sent["input"])


@pytest.mark.parametrize("body", NASTY)
def test_the_body_is_the_output_text_for_text(velocity: Velocity, body: str) -> None:
    assert request(velocity, REQUEST, body, execution="n") == {
        "execution": f"{EXECUTION}n",
        "event": "approval",
        "output": body,
    }


def test_an_empty_body_is_an_empty_object(velocity: Velocity) -> None:
    assert request(velocity, REQUEST, execution="n")["output"] == "{}"


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_no_name_in_the_path_adds_to_the_request(velocity: Velocity, name: str) -> None:
    sent = request(velocity, ITEM_REQUEST, "1", execution=name, item=name)
    assert sent == {
        "execution": f"{EXECUTION}{name}",
        "event": f"approval/{name}",
        "output": "1",
    }
    assert request(velocity, LIST_REQUEST, execution=name) == {"execution": f"{EXECUTION}{name}"}


@pytest.mark.parametrize(("caller", "owner"), [("AROA1:web", "AROA1"), ("", "*")])
def test_a_private_route_reaches_executions_of_its_caller_alone(
    velocity: Velocity, caller: str, owner: str
) -> None:
    route = Route(private=True, authorization=Iam())
    for template in (
        templates.event_request(EVENTS, EXECUTION, "approval", route),
        templates.events_request(EVENTS, EXECUTION, route),
    ):
        known = {"identity": {"caller": caller}}
        text = velocity.render(template, path={"execution": "a'"}, context=known).text
        sent = json.loads(json.loads(text)["input"])
        assert sent["execution"] == f"{EXECUTION}{owner}_-a'"


@pytest.mark.proof
@counts(500, bench=5_000)
def test_many_events_arrive_text_for_text(velocity: Velocity, count: int) -> None:
    @settings(max_examples=count)
    @given(json_texts, texts, texts)
    def holds(body: str, execution: str, item: str) -> None:
        sent = request(velocity, ITEM_REQUEST, body, execution=execution, item=item)
        assert sent["output"] == body
        assert sent["execution"] == f"{EXECUTION}{execution}"
        assert sent["event"] == f"approval/{item}"

    holds()


@pytest.mark.parametrize("output", ['{"event":"approval"}', '{"events":[{"since":1.5}]}'])
def test_the_output_is_the_answer(velocity: Velocity, missing: Missing, output: str) -> None:
    body = json.dumps({"status": "SUCCEEDED", "output": output, "name": "events-execution"})
    rendering = velocity.render(RESPONSE, body=body, missing=missing)
    assert (rendering.text.strip(), rendering.status, rendering.headers) == (output, None, {})


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_of_the_machine_is_its_status_without_a_cause(
    velocity: Velocity, missing: Missing, error: str
) -> None:
    body = {"status": "FAILED", "error": error, "cause": "arn:secret", "name": "events-execution"}
    rendering = velocity.render(RESPONSE, body=json.dumps(body), missing=missing)
    problem(rendering, error=error)
    status, detail = ERRORS[error]
    assert (rendering.status, json.loads(rendering.text)["detail"]) == (status, detail)


@pytest.mark.parametrize(
    ("failed", "status"),
    [
        ({"status": "FAILED", "error": "NotSent"}, 502),
        ({"status": "FAILED", "error": "DynamoDb.SdkClientException", "cause": "token"}, 502),
        ({"status": "TIMED_OUT"}, 504),
        ({}, 502),
    ],
)
def test_any_other_failure_is_a_failure_in_http_too(
    velocity: Velocity, missing: Missing, failed: dict[str, str], status: int
) -> None:
    rendering = velocity.render(RESPONSE, body=json.dumps(failed), missing=missing)
    own: dict[str, Any] = {name: text for name, text in failed.items() if name == "error"}
    problem(rendering, **own)
    assert rendering.status == status


@pytest.fixture(params=["nothing", "null"])
def missing(request: pytest.FixtureRequest) -> Missing:
    """The two readings of a path that leads nowhere."""
    return request.param
