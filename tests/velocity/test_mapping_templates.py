"""The mapping templates, rendered by Velocity 1.7, the engine that API Gateway has."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.http import mapping_templates as templates
from stepgate.http.cors import Cors
from stepgate.route import Route
from tests.counts import counts
from tests.http.documents import json_texts, texts
from tests.velocity.renderers import Missing, Rendering, Velocity

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:stepgate-dev-echo"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:stepgate-dev-echo:"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:stepgate-dev-echo"
ERRORS = {"NotFound": 404, "Gone": 410, "Busy": 429}

REQUESTS = {
    "sync": templates.sync_request(ARN, Route()),
    "async": templates.async_request(ARN, Route()),
}
SYNC = templates.sync_response(ERRORS, Route(), Cors())
DESCRIPTION = templates.description_response(ERRORS, Cors())
NAMED = {"Execution-Name": "n"}

NASTY = [
    "{}",
    """{"it's": "a \\"quote\\", a \\\\ and a / in it"}""",
    '{"velocity": "$x #set($y = 1) ${z} $!{z} #end #* *# ## $input.body"}',
    '{"unicode": "é \u2028 \u2029 😀 \x7f \\u0001 \\ud800"}',
    '{"numbers": [12345678901234567890, 1e400, -0.0, 1.10, 0.1e-7]}',
    '{"nested": "{\\"it\'s\\": [1, \\"\\\\n\\"]}"}',
    ' {"spaces" :\t1 }\n',
    "[1, null, true]",
    '"text"',
]


@pytest.fixture(params=["nothing", "null"])
def missing(request: pytest.FixtureRequest) -> Missing:
    """The two readings of a path that leads nowhere."""
    return request.param


def problem(rendering: Rendering, *, headers: Mapping[str, str] = {}, **expected: Any) -> None:
    """All that a problem document has: its text, the status and the headers."""
    assert rendering.ignored_status is None
    document = json.loads(rendering.text)
    assert document.pop("type") == "about:blank"
    assert document.pop("title")
    assert document.pop("detail"), "a problem says what it is"
    assert document == {**expected, "status": rendering.status}
    retry = {"Retry-After": "1"} if rendering.status == 429 else {}
    assert rendering.headers == {"Content-Type": "application/problem+json", **retry, **headers}


# Requests


@pytest.mark.parametrize("mode", REQUESTS)
@pytest.mark.parametrize("body", NASTY)
def test_the_body_is_the_input_text_for_text(velocity: Velocity, mode: str, body: str) -> None:
    rendering = velocity.render(REQUESTS[mode], body=body)
    assert json.loads(rendering.text) == {"stateMachineArn": ARN, "input": body}


@pytest.mark.parametrize("mode", REQUESTS)
def test_an_empty_body_is_an_empty_object(velocity: Velocity, mode: str) -> None:
    assert json.loads(velocity.render(REQUESTS[mode]).text)["input"] == "{}"


@pytest.mark.proof
@counts(1_000, bench=10_000)
@pytest.mark.parametrize("mode", REQUESTS)
def test_many_bodies_are_their_inputs_text_for_text(
    velocity: Velocity, mode: str, count: int
) -> None:
    @settings(max_examples=count)
    @given(json_texts)
    def holds(body: str) -> None:
        request = json.loads(velocity.render(REQUESTS[mode], body=body).text)
        assert request == {"stateMachineArn": ARN, "input": body}

    holds()


@pytest.mark.parametrize("spelling", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
def test_the_idempotency_key_names_the_execution_however_it_is_spelled(
    velocity: Velocity, spelling: str
) -> None:
    header = {"Accept": "*/*", spelling: "order-17_B", "Content-Type": "application/json"}
    rendering = velocity.render(REQUESTS["async"], body="{}", header=header)
    assert json.loads(rendering.text)["name"] == "order-17_B"


def test_the_key_may_be_in_quotes(velocity: Velocity) -> None:
    for header, name in (('"a-1"', "a-1"), ('"a', "*"), ('a"', "*"), ('""', "*"), ('"a.b"', "*")):
        rendering = velocity.render(
            REQUESTS["async"], body="{}", header={"Idempotency-Key": header}
        )
        assert json.loads(rendering.text)["name"] == name


def test_without_a_key_step_functions_names_the_execution(velocity: Velocity) -> None:
    rendering = velocity.render(REQUESTS["async"], body="{}", header={"Accept": "*/*"})
    assert "name" not in json.loads(rendering.text)


@pytest.mark.parametrize("key", ["", "a.b", "a b", "é", 'a"b', "it's", "$key", "a" * 81, "a,b"])
def test_a_key_of_another_form_becomes_a_name_that_is_refused(velocity: Velocity, key: str) -> None:
    rendering = velocity.render(REQUESTS["async"], body="{}", header={"Idempotency-Key": key})
    assert json.loads(rendering.text)["name"] == "*"


def test_a_synchronous_execution_is_named_by_a_header_of_its_own(velocity: Velocity) -> None:
    for header, name in (
        ("a-B_1", "a-B_1"),
        ("", "*"),
        ("a.b", "*"),
        ('"a"', "*"),
        ("a" * 81, "*"),
    ):
        rendering = velocity.render(REQUESTS["sync"], body="{}", header={"execution-name": header})
        assert json.loads(rendering.text)["name"] == name
    rendering = velocity.render(REQUESTS["sync"], body="{}", header={"Idempotency-Key": "a"})
    assert "name" not in json.loads(rendering.text)


@pytest.mark.parametrize(
    "name",
    ["a-b", "a:b", "../other:x", EXECUTION.replace("echo", "other") + "x", "it's", 'a", "x": "'],
)
def test_an_execution_is_always_one_of_the_routes_own_machine(
    velocity: Velocity, name: str
) -> None:
    rendering = velocity.render(
        templates.execution_request(EXECUTION, Route()), path={"execution": name}
    )
    assert json.loads(rendering.text) == {"executionArn": EXECUTION + name}


WAIT = templates.wait_request(ARN, EXECUTION, Route())
WAITED = templates.wait_response("../{execution}", Cors())


@pytest.mark.parametrize(
    ("querystring", "seconds"),
    [({}, 20), ({"seconds": "1"}, 1), ({"seconds": "25"}, 25), ({"Seconds": "3"}, 20)],
)
def test_a_wait_is_for_an_execution_of_the_routes_own_machine(
    velocity: Velocity, querystring: Mapping[str, str], seconds: int
) -> None:
    for name in ("a-b", "a:b", "it's", 'a", "x": "', '\\", "seconds": 99, "', "é $x #set"):
        rendering = velocity.render(WAIT, path={"execution": name}, querystring=querystring)
        request = json.loads(rendering.text)
        assert request.pop("stateMachineArn") == ARN
        assert [*request] == ["input"]
        assert json.loads(request["input"]) == {
            "executionArn": EXECUTION + name,
            "seconds": seconds,
        }


@pytest.mark.parametrize(
    "seconds", ["", "0", "26", "100", "1.0", " 1", "1 ", '1, "a": 2', "\u0661"]
)
def test_other_seconds_become_an_input_that_is_refused(velocity: Velocity, seconds: str) -> None:
    rendering = velocity.render(WAIT, path={"execution": "n"}, querystring={"seconds": seconds})
    assert json.loads(rendering.text) == {"stateMachineArn": ARN, "input": "?"}


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_many_names_of_executions_are_those_that_are_waited_for(
    velocity: Velocity, count: int
) -> None:
    @settings(max_examples=count)
    @given(texts, texts)
    def holds(name: str, seconds: str) -> None:
        rendering = velocity.render(
            WAIT, path={"execution": name}, querystring={"seconds": seconds}
        )
        input_ = json.loads(rendering.text)["input"]
        if input_ != "?":
            assert json.loads(input_) == {
                "executionArn": EXECUTION + name,
                "seconds": int(seconds),
            }

    holds()


@pytest.mark.parametrize("outcome", ["SUCCEEDED", "TIMED_OUT"])
def test_a_wait_leads_to_the_status_route(
    velocity: Velocity, missing: Missing, outcome: str
) -> None:
    for name, encoded in (("n-1_A", "n-1_A"), ("é\n/x", "%C3%A9%0A%2Fx")):
        rendering = velocity.render(
            WAITED,
            body=json.dumps({"status": outcome, "output": "{}"}),
            path={"execution": name},
            missing=missing,
        )
        assert json.loads(rendering.text) == {"location": f"../{encoded}"}
        assert (rendering.status, rendering.headers) == (None, {"Location": f"../{encoded}"})


@pytest.mark.parametrize(
    ("error", "status"), [("ExecutionDoesNotExist", 404), ("States.Runtime", 502), ("it's", 502)]
)
def test_a_wait_that_fails_is_a_problem(
    velocity: Velocity, missing: Missing, error: str, status: int
) -> None:
    body = json.dumps({"status": "FAILED", "error": error, "cause": "arn:secret"})
    rendering = velocity.render(WAITED, body=body, path={"execution": "n"}, missing=missing)
    assert rendering.status == status
    problem(rendering, error=error)
    assert "secret" not in rendering.text


# Answers of a synchronous route


@pytest.mark.parametrize("output", NASTY)
def test_the_output_is_the_answer_and_nothing_around_it(
    velocity: Velocity, missing: Missing, output: str
) -> None:
    body = json.dumps({"status": "SUCCEEDED", "output": output, "name": "n"})
    assert velocity.render(SYNC, body=body, missing=missing) == Rendering(output, None, NAMED)


@pytest.mark.parametrize(("error", "status"), ERRORS.items())
def test_a_declared_error_has_its_status_and_shows_its_cause(
    velocity: Velocity, missing: Missing, error: str, status: int
) -> None:
    cause = """it's "gone" \\ é $x #end"""
    body = json.dumps({"status": "FAILED", "error": error, "cause": cause, "name": "n"})
    rendering = velocity.render(SYNC, body=body, missing=missing)
    assert rendering.status == status
    assert json.loads(rendering.text)["detail"] == cause
    problem(rendering, error=error, execution="n", headers=NAMED)


def test_another_error_is_a_bad_gateway_that_hides_its_cause(
    velocity: Velocity, missing: Missing
) -> None:
    body = json.dumps({"status": "FAILED", "error": "O'Neil", "cause": "arn:secret", "name": "n"})
    rendering = velocity.render(SYNC, body=body, missing=missing)
    assert rendering.status == 502
    assert "secret" not in rendering.text
    problem(rendering, error="O'Neil", execution="n", headers=NAMED)


def test_a_failure_without_error_and_cause_is_a_bad_gateway(
    velocity: Velocity, missing: Missing
) -> None:
    rendering = velocity.render(SYNC, body='{"status": "FAILED"}', missing=missing)
    assert rendering.status == 502
    problem(rendering)


def test_a_timeout_is_a_gateway_timeout(velocity: Velocity, missing: Missing) -> None:
    body = json.dumps({"status": "TIMED_OUT", "error": "States.Timeout", "name": "n"})
    rendering = velocity.render(SYNC, body=body, missing=missing)
    assert rendering.status == 504
    problem(rendering, error="States.Timeout", execution="n", headers=NAMED)


@pytest.mark.parametrize(
    "body", ['{"status": "PAUSED"}', "{}", '{"output": "{}"}', '{"status": "SUCCEEDED"}']
)
def test_an_answer_of_an_unknown_form_is_a_bad_gateway(
    velocity: Velocity, missing: Missing, body: str
) -> None:
    rendering = velocity.render(SYNC, body=body, missing=missing)
    assert rendering.status == 502
    problem(rendering)


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_many_outputs_are_their_answers(velocity: Velocity, count: int) -> None:
    @settings(max_examples=count)
    @given(json_texts)
    def holds(output: str) -> None:
        body = json.dumps({"status": "SUCCEEDED", "output": output})
        assert velocity.render(SYNC, body=body).text == output

    holds()


@pytest.mark.proof
@counts(500, bench=5_000)
def test_many_errors_and_causes_are_valid_problems(
    velocity: Velocity, missing: Missing, count: int
) -> None:
    @settings(max_examples=count)
    @given(st.sampled_from([*ERRORS, ""]) | texts, texts, st.sampled_from(["FAILED", "TIMED_OUT"]))
    def holds(error: str, cause: str, status: str) -> None:
        body = json.dumps({"status": status, "error": error, "cause": cause, "name": "n"})
        rendering = velocity.render(SYNC, body=body, missing=missing)
        document = json.loads(rendering.text)
        assert document.get("error", "") == error
        if error in ERRORS and status == "FAILED":
            assert (rendering.status, document["detail"]) == (ERRORS[error], cause)
        else:
            assert rendering.status == (502 if status == "FAILED" else 504)

    holds()


# Answers of asynchronous routes


def test_a_started_execution_says_where_it_is(velocity: Velocity, missing: Missing) -> None:
    body = json.dumps({"executionArn": f"{EXECUTION}order-17", "startDate": 1486772644.911})
    rendering = velocity.render(
        templates.async_response("echo/{execution}", Cors()), body=body, missing=missing
    )
    assert json.loads(rendering.text) == {
        "executionArn": f"{EXECUTION}order-17",
        "execution": "order-17",
        "startDate": 1486772644.911,
        "status": "RUNNING",
        "location": "echo/order-17",
    }
    assert (rendering.status, rendering.headers) == (None, {"Location": "echo/order-17"})


RUNNING = {
    "executionArn": f"{EXECUTION}n",
    "name": "n",
    "status": "RUNNING",
    "startDate": 1486772644.5,
}
CAUSE = 'a "b" \\'
DESCRIBED = {"executionArn": f"{EXECUTION}n", "execution": "n", "startDate": 1486772644.5}


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"input": "{}"}, {"status": "RUNNING", "input": {}}),
        (
            {"status": "SUCCEEDED", "stopDate": 2.5, "input": '"it\'s"', "output": "[1, null]"},
            {"status": "SUCCEEDED", "stopDate": 2.5, "input": "it's", "output": [1, None]},
        ),
        (
            {"status": "FAILED", "stopDate": 2, "input": "0", "error": "Gone", "cause": CAUSE},
            {"status": "FAILED", "stopDate": 2, "input": 0, "error": "Gone", "cause": CAUSE},
        ),
        (
            {"status": "FAILED", "stopDate": 2, "input": "0", "error": "E'", "cause": "arn:secret"},
            {"status": "FAILED", "stopDate": 2, "input": 0, "error": "E'"},
        ),
        ({"status": "ABORTED", "stopDate": 2.0}, {"status": "ABORTED", "stopDate": 2}),
        (
            {"stateMachineVersionArn": f"{MACHINE}:12"},
            {"status": "RUNNING", "version": 12},
        ),
        ({"stateMachineVersionArn": None}, {"status": "RUNNING"}),
    ],
)
def test_an_execution_is_described_without_what_is_absent(
    velocity: Velocity, missing: Missing, more: dict[str, Any], shown: dict[str, Any]
) -> None:
    body = json.dumps(RUNNING | more)
    rendering = velocity.render(DESCRIPTION, body=body, missing=missing)
    assert json.loads(rendering.text) == DESCRIBED | shown
    assert (rendering.status, rendering.headers) == (None, {})


@pytest.mark.proof
@counts(500, bench=5_000)
def test_many_executions_are_described_as_they_are(
    velocity: Velocity, missing: Missing, count: int
) -> None:
    @settings(max_examples=count)
    @given(json_texts, json_texts, st.sampled_from([*ERRORS]) | texts, texts)
    def holds(input_: str, output: str, error: str, cause: str) -> None:
        execution = RUNNING | {"input": input_, "output": output, "error": error, "cause": cause}
        text = velocity.render(DESCRIPTION, body=json.dumps(execution), missing=missing).text
        assert json.loads(text) is not None
        assert f'"input": {input_}, "output": {output}' in text
        assert json.loads(text).get("error", "") == error
        assert json.loads(text).get("cause", "") == (cause if error in ERRORS else "")

    holds()


def test_a_stopped_execution_says_when(velocity: Velocity) -> None:
    rendering = velocity.render(
        templates.stop_response(Cors()), body='{"stopDate": 1486772644.911}'
    )
    assert json.loads(rendering.text) == {"stopDate": 1486772644.911}


# Refusals of Step Functions

PREFIXES = ("", "com.amazonaws.swf.service.v2.model#", "com.amazon.coral.validate#")
STARTING = {
    "InvalidExecutionInput": 400,
    "ValidationException": 400,
    "InvalidName": 400,
    "ExecutionAlreadyExists": 409,
    "ThrottlingException": 429,
    "ExecutionLimitExceeded": 429,
    "KmsThrottlingException": 429,
    "AccessDeniedException": 502,
    "StateMachineDoesNotExist": 502,
    "InternalServerError": 502,
}
LOOKING = {
    "ExecutionDoesNotExist": 404,
    "InvalidArn": 404,
    "ValidationException": 404,
    "ThrottlingException": 429,
    "AccessDeniedException": 502,
}

WAITING = {
    "InvalidExecutionInput": 400,
    "ThrottlingException": 429,
    "AccessDeniedException": 502,
    "StateMachineDoesNotExist": 502,
}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("template", "error", "status"),
    [
        *((templates.start_error_response(Cors()), *case) for case in STARTING.items()),
        *((templates.execution_error_response(Cors()), *case) for case in LOOKING.items()),
        *((templates.wait_error_response(Cors()), *case) for case in WAITING.items()),
    ],
)
def test_each_refusal_has_its_status_whatever_stands_before_its_name(
    velocity: Velocity, missing: Missing, template: str, error: str, status: int, prefix: str
) -> None:
    body = json.dumps({"__type": prefix + error, "message": "arn:secret"})
    rendering = velocity.render(template, body=body, missing=missing)
    assert rendering.status == status
    assert "secret" not in rendering.text
    problem(rendering, error=error)


@pytest.mark.proof
@counts(500, bench=5_000)
@pytest.mark.parametrize(
    "template", [templates.start_error_response(Cors()), templates.execution_error_response(Cors())]
)
def test_many_refusals_are_valid_problems(
    velocity: Velocity, missing: Missing, template: str, count: int
) -> None:
    @settings(max_examples=count)
    @given(st.sampled_from([*STARTING, *LOOKING]) | texts, texts)
    def holds(error: str, message: str) -> None:
        body = json.dumps({"__type": error, "message": message})
        rendering = velocity.render(template, body=body, missing=missing)
        assert json.loads(rendering.text)["status"] == rendering.status
        assert rendering.status in {400, 404, 409, 429, 502}
        if "#" not in error:
            assert json.loads(rendering.text).get("error", "") == error

    holds()


@pytest.mark.parametrize("body", ["{}", '{"message": "x"}', '{"__type": ""}', "[]"])
def test_a_refusal_without_a_name_is_a_bad_gateway(
    velocity: Velocity, missing: Missing, body: str
) -> None:
    for template in (
        templates.start_error_response(Cors()),
        templates.execution_error_response(Cors()),
    ):
        rendering = velocity.render(template, body=body, missing=missing)
        assert rendering.status == 502
        problem(rendering)


def test_a_key_that_was_used_leads_to_its_execution(velocity: Velocity) -> None:
    rendering = velocity.render(
        templates.start_error_response(Cors()),
        body='{"__type": "ExecutionAlreadyExists"}',
        header={"idempotency-key": "order-17"},
    )
    problem(rendering, error="ExecutionAlreadyExists", execution="order-17")


# CORS

APP, ADMIN = "https://app.example.com", "https://admin.example.com"
ANSWERS: dict[str, tuple[Callable[[Cors], str], str]] = {
    "sync": (
        lambda cors: templates.sync_response(ERRORS, Route(), cors),
        '{"status": "FAILED"}',
    ),
    "async": (
        lambda cors: templates.async_response("echo/{execution}", cors),
        json.dumps({"executionArn": f"{EXECUTION}n", "startDate": 1.5}),
    ),
    "description": (
        lambda cors: templates.description_response(ERRORS, cors),
        json.dumps(RUNNING),
    ),
    "event": (templates.event_response, '{"status": "SUCCEEDED", "output": "{}"}'),
    "event error": (templates.event_response, "{}"),
    "stop": (templates.stop_response, '{"stopDate": 1.5}'),
    "start error": (templates.start_error_response, "{}"),
    "execution error": (templates.execution_error_response, "{}"),
    "wait": (lambda cors: templates.wait_response("/", cors), '{"status": "FAILED"}'),
    "wait error": (templates.wait_error_response, "{}"),
    "preflight": (lambda cors: templates.preflight_response(cors, ["POST"]), "{}"),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    ("origins", "header", "allowed"),
    [
        ([APP], {}, APP),
        (["*"], {"Origin": ADMIN}, "*"),
        ([APP, ADMIN], {"Origin": ADMIN}, ADMIN),
        ([APP, ADMIN], {"origin": APP}, APP),
        ([APP, ADMIN], {"Origin": "https://evil.example.com"}, None),
        (["https://*.example.com"], {"Origin": APP}, APP),
        (
            ["https://*.example.com"],
            {"Origin": "https://a.b-1.example.com"},
            "https://a.b-1.example.com",
        ),
        (["https://*.example.com"], {"Origin": "https://example.com"}, None),
        (["https://*.example.com"], {"Origin": "https://a.examplescom"}, None),
        (["https://*.example.com"], {"Origin": "https://evil.com/.example.com"}, None),
        (["https://*.example.com", APP], {"Origin": "http://a.example.com"}, None),
        (["capacitor://localhost"], {"Origin": "capacitor://localhost"}, "capacitor://localhost"),
        ([APP, ADMIN], {}, None),
    ],
)
def test_scripts_of_the_listed_origins_may_read_every_answer(
    velocity: Velocity, answer: str, origins: list[str], header: dict[str, str], allowed: str | None
) -> None:
    template, body = ANSWERS[answer]
    rendering = velocity.render(template(Cors(origins=origins)), body=body, header=header)
    assert rendering.headers.get("Access-Control-Allow-Origin") == allowed
    assert rendering.headers["Vary"] == "Origin"
    assert rendering.headers["Access-Control-Expose-Headers"] == ",".join(templates.EXPOSED_HEADERS)


@pytest.mark.parametrize("answer", ANSWERS)
def test_scripts_may_send_and_read_the_listed_headers(velocity: Velocity, answer: str) -> None:
    cors = Cors(origins=[APP], headers=["X-Mine"], exposed_headers=["X-Yours"], credentials=True)
    template, body = ANSWERS[answer]
    headers = velocity.render(template(cors), body=body).headers
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Expose-Headers"].endswith(",X-Yours")
    if answer == "preflight":
        assert headers["Access-Control-Allow-Headers"].endswith(",X-Mine")


@pytest.mark.parametrize("answer", ANSWERS)
def test_without_origins_there_is_no_cors_header(velocity: Velocity, answer: str) -> None:
    if answer == "preflight":
        return
    template, body = ANSWERS[answer]
    rendering = velocity.render(template(Cors()), body=body, header={"Origin": APP})
    assert not [name for name in rendering.headers if name.startswith("Access-Control")]
