"""What a route makes of a token's claims, rendered by Velocity and by the emulator's engine."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.authorization import Authorization
from stepgate.http import mapping_templates as templates
from stepgate.route import Route, request
from tests.counts import counts
from tests.http.authorizations import COGNITO, FUNCTION, JWT
from tests.http.documents import json_texts, texts
from tests.velocity.renderers import Emulated, Engine, Velocity
from tests.velocity.test_request_input import FORGED

MEMBERS = {
    "user": request.claim("sub"),
    "role": request.claim("https://example.com/role"),
    "trace": request.header("X-Trace"),
}


@pytest.fixture(scope="module")
def emulated() -> Generator[Emulated]:
    with Emulated() as engine:
        yield engine


@pytest.fixture(params=["velocity", "emulated"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def input_text(engine: Engine, authorization: Authorization, claims: dict[str, Any]) -> str:
    """The text that Step Functions gets as the input."""
    context = {"authorizer": claims if authorization == FUNCTION else {"claims": claims}}
    template = templates.sync_request("ARN", Route(input=MEMBERS, authorization=authorization))
    rendering = engine.render(template, header={"X-Trace": "t"}, context=context)
    return json.loads(rendering.text)["input"]


def test_claims_of_an_issuer_keep_their_json(engine: Engine) -> None:
    claims = {"sub": r'"it\"s \u00E9 $x /"', "https://example.com/role": '["a","b"]'}
    text = input_text(engine, JWT, claims)
    assert text == '{"user": "it\\"s \\u00E9 $x /", "role": ["a","b"], "trace": "t"}'
    assert input_text(engine, JWT, {"sub": "1516239022.50"}).startswith('{"user": 1516239022.50, ')


@pytest.mark.parametrize("authorization", [COGNITO, FUNCTION])
def test_other_claims_are_text(engine: Engine, authorization: Authorization) -> None:
    claims = {"sub": 'it\'s "é" / $x #set', "https://example.com/role": '["a"]'}
    assert json.loads(input_text(engine, authorization, claims)) == {
        "user": 'it\'s "é" / $x #set',
        "role": '["a"]',
        "trace": "t",
    }


@pytest.mark.parametrize("authorization", [JWT, COGNITO, FUNCTION])
def test_an_absent_claim_is_an_absent_member(engine: Engine, authorization: Authorization) -> None:
    assert json.loads(input_text(engine, authorization, {})) == {"trace": "t"}


@pytest.mark.parametrize("claim", FORGED)
def test_a_claim_adds_no_member(engine: Engine, claim: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(input_text(engine, JWT, {"sub": claim}))


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_json_claims_are_exact(velocity: Velocity, count: int) -> None:
    @settings(max_examples=count)
    @given(json_texts, json_texts)
    def holds(user: str, role: str) -> None:
        text = input_text(velocity, JWT, {"sub": user, "https://example.com/role": role})
        assert text == f'{{"user": {user}, "role": {role}, "trace": "t"}}'

    holds()


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_whatever_a_json_claim_is_it_is_exact_or_refused(velocity: Velocity, count: int) -> None:
    pieces = st.lists(st.sampled_from([*'{}[]",:\\ 1a', '"a"', "null"]) | texts, max_size=12)

    @settings(max_examples=count)
    @given(pieces.map("".join) | st.sampled_from(FORGED))
    def holds(claim: str) -> None:
        text = input_text(velocity, JWT, {"sub": claim})
        try:
            found = json.loads(text)
        except ValueError:
            return
        given_ = {"user": json.loads(claim)} if claim else {}
        assert found == {**given_, "trace": "t"}

    holds()


@pytest.mark.proof
@pytest.mark.parametrize("authorization", [COGNITO, FUNCTION])
@counts(1_000, bench=10_000)
def test_text_claims_are_exact(
    velocity: Velocity, authorization: Authorization, count: int
) -> None:
    @settings(max_examples=count)
    @given(texts, texts)
    def holds(user: str, role: str) -> None:
        claims = {"sub": user, "https://example.com/role": role}
        found = json.loads(input_text(velocity, authorization, claims))
        given_ = {"user": user, "role": role, "trace": "t"}
        assert found == {name: text for name, text in given_.items() if text}

    holds()
