r"""Velocity and the emulator's engine render the project's templates alike.

They differ in two things, which no client sees. Around a problem document the emulator leaves
line ends that Velocity takes away; they are stripped here. What `$input.json` prints is the same
JSON in another text, `1.486772644911E9` or `1486772644.911`, `é` or `\u00e9`; where a template
prints so, JSON is compared.
"""

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.http import mapping_templates as templates
from stepgate.http.cors import Cors
from stepgate.route import Route
from tests.counts import counts
from tests.http.documents import json_texts, texts
from tests.velocity.renderers import Emulated, Velocity

APP, ADMIN = "https://app.example.com", "https://admin.example.com"
HEADERS: list[dict[str, str]] = [
    {},
    {"Idempotency-Key": "order-17", "Origin": ADMIN},
    {"Idempotency-Key": '"order-17"'},
    {"idempotency-key": "it's", "origin": "https://evil.example.com"},
]
headers = st.sampled_from(HEADERS)


def bodies(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """What Step Functions answers: any of the members may be missing."""
    return st.fixed_dictionaries({}, optional=members).map(json.dumps)


arns = st.uuids().map("arn:aws:states:us-east-1:123456789012:execution:machine:{}".format)
dates = st.floats(min_value=1e9, max_value=2e9)
errors = st.sampled_from(["NotFound", "Gone", "a#ThrottlingException", "b#InvalidName"]) | texts

# Each template, and the bodies that it is given.
CASES: dict[str, tuple[str, st.SearchStrategy[str]]] = {
    "sync request": (templates.sync_request("ARN", Route()), json_texts | st.just("")),
    "async request": (templates.async_request("ARN", Route()), json_texts | st.just("")),
    "execution request": (templates.execution_request("ARN:", Route()), st.just("")),
    "wait request": (templates.wait_request("ARN", "ARN:", Route()), st.just("")),
    "wait response": (
        templates.wait_response("../{execution}", Cors(origins=[APP])),
        bodies(
            status=st.sampled_from(["SUCCEEDED", "FAILED", "TIMED_OUT"]),
            error=st.just("ExecutionDoesNotExist") | errors,
        ),
    ),
    "wait error": (templates.wait_error_response(Cors()), bodies(__type=errors)),
    "sync response": (
        templates.sync_response(
            {"NotFound": 404, "Gone": 410}, Route(), Cors(origins=[APP, ADMIN])
        ),
        bodies(
            status=st.sampled_from(["SUCCEEDED", "FAILED", "TIMED_OUT", "?"]),
            output=json_texts,
            error=errors,
            cause=texts,
            name=texts,
        ),
    ),
    "async response": (
        templates.async_response("echo/{execution}", Cors(origins=[APP])),
        st.fixed_dictionaries({"executionArn": arns, "startDate": dates}).map(json.dumps),
    ),
    "description": (
        templates.description_response(["NotFound", "O-k"], Cors(origins=[APP, ADMIN])),
        st.fixed_dictionaries(
            {"executionArn": arns, "name": texts, "status": texts, "startDate": dates},
            optional={
                "stopDate": dates,
                "input": json_texts,
                "output": json_texts,
                "error": errors,
                "cause": texts,
            },
        ).map(json.dumps),
    ),
    "stop": (
        templates.stop_response(Cors()),
        st.fixed_dictionaries({"stopDate": dates}).map(json.dumps),
    ),
    "start error": (templates.start_error_response(Cors(origins=[APP])), bodies(__type=errors)),
    "execution error": (templates.execution_error_response(Cors()), bodies(__type=errors)),
    "preflight": (templates.preflight_response(Cors(origins=[APP, ADMIN]), ["POST"]), st.just("")),
}
PRINTS_JSON = {"async response", "description", "stop"}


@pytest.fixture(scope="module")
def emulated() -> Generator[Emulated]:
    with Emulated() as engine:
        yield engine


def agree(velocity: Velocity, emulated: Emulated, case: str, examples: int) -> None:
    template, body = CASES[case]

    @settings(max_examples=examples)
    @given(body, headers, texts)
    def holds(body: str, header: dict[str, str], execution: str) -> None:
        inputs: dict[str, Any] = {"body": body, "header": header, "path": {"execution": execution}}
        ours, theirs = (engine.render(template, **inputs) for engine in (velocity, emulated))
        if case in PRINTS_JSON:
            assert json.loads(theirs.text) == json.loads(ours.text)
        else:
            assert theirs.text.strip() == ours.text.strip()
        assert (theirs.status, theirs.headers) == (ours.status, ours.headers)

    holds()


@pytest.mark.parametrize("case", CASES)
def test_both_engines_render_alike(velocity: Velocity, emulated: Emulated, case: str) -> None:
    agree(velocity, emulated, case, examples=30)


@pytest.mark.proof
@counts(200, bench=1_000)
@pytest.mark.parametrize("case", CASES)
def test_both_engines_render_alike_often(
    velocity: Velocity, emulated: Emulated, case: str, count: int
) -> None:
    agree(velocity, emulated, case, examples=count)
