"""Names of private executions, rendered by Velocity and by the emulator's engine."""

import json
import re
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stepgate.authorization import ApiKey, Authorization, Iam
from stepgate.http import mapping_templates as templates
from stepgate.http.cors import Cors
from stepgate.route import Route
from tests.counts import counts
from tests.http.authorizations import COGNITO, FUNCTION, JWT
from tests.http.documents import texts
from tests.velocity.renderers import Emulated, Engine, Velocity

PREFIX = "arn:aws:states:eu-central-1:123456789012:execution:later:"
REQUEST_ID = "3f1e3c46-11f5-4b6f-9c0a-0d9c1a9d3c7e"
OWNER = re.compile(r"([A-Za-z0-9-]|_[0-9A-F]{2})+")
# Who would like to be taken for somebody else, or to reach another state machine.
ODD = ["a_-b", "a-_-", "_-", "_", "-", "a_5F", "a b", "a+b", "a%20b", "a:b", "*", "~", "é", "$x"]


@pytest.fixture(scope="module")
def emulated() -> Generator[Emulated]:
    with Emulated() as engine:
        yield engine


@pytest.fixture(params=["velocity", "emulated"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def context(authorization: Authorization, caller: str) -> dict[str, Any]:
    """What API Gateway knows of a caller."""
    match authorization:
        case Iam():
            known: dict[str, Any] = {"identity": {"caller": caller}}
        case ApiKey():
            known = {"identity": {"apiKeyId": caller}}
        case _ if authorization == FUNCTION:
            known = {"authorizer": {"principalId": caller}}
        case _ if authorization == JWT:
            known = {"authorizer": {"claims": {"sub": json.dumps(caller)}}}
        case _:
            known = {"authorizer": {"claims": {"sub": caller}}}
    return {"requestId": REQUEST_ID, **known}


def started(engine: Engine, known: dict[str, Any], authorization: Any, key: str = "k") -> str:
    """The name of the execution that a request starts."""
    template = templates.async_request("ARN", Route(private=True, authorization=authorization))
    header = {"Idempotency-Key": key} if key else {}
    return json.loads(engine.render(template, header=header, context=known).text)["name"]


def described(engine: Engine, known: dict[str, Any], authorization: Any, path: str) -> str:
    """The execution that a request reads or stops, without what all of the machine's have."""
    route = Route(private=True, authorization=authorization)
    template = templates.execution_request(PREFIX, route)
    text = engine.render(template, path={"execution": path}, context=known).text
    arn = json.loads(text)["executionArn"]
    assert arn.startswith(PREFIX)
    return arn.removeprefix(PREFIX)


@pytest.mark.parametrize("authorization", [Iam(), ApiKey(), COGNITO, JWT, FUNCTION], ids=repr)
def test_the_name_is_the_caller_and_the_key(engine: Engine, authorization: Authorization) -> None:
    known = context(authorization, "a1-B")
    assert started(engine, known, authorization, "key_1") == "a1-B_-key_1"
    assert described(engine, known, authorization, "key_1") == "a1-B_-key_1"


def test_all_sessions_of_a_role_are_one_caller(engine: Engine) -> None:
    for session in ("AROA1:web-1", "AROA1:a:b", "AROA1"):
        assert started(engine, context(Iam(), session), Iam()) == "AROA1_-k"


def test_other_characters_of_the_caller_are_encoded(engine: Engine) -> None:
    assert started(engine, context(COGNITO, "a_b.c|d é*~+"), COGNITO) == (
        "a_5Fb_2Ec_7Cd_20_C3_A9_2A_7E_2B_-k"
    )
    assert started(engine, context(JWT, 'a"b'), JWT) == "a_5C_22b_-k"


@pytest.mark.parametrize("caller", ODD)
def test_no_caller_is_taken_for_another(engine: Engine, caller: str) -> None:
    name = started(engine, context(COGNITO, caller), COGNITO)
    owner, separator, key = name.partition("_-")
    assert (separator, key) == ("_-", "k")
    assert OWNER.fullmatch(owner)


@pytest.mark.parametrize("path", ["b_-k", "_-k", "../b_-k", "x:execution:other:b_-k", "b_-k\n", ""])
def test_no_path_leads_to_an_execution_of_another_caller(engine: Engine, path: str) -> None:
    assert described(engine, context(COGNITO, "a"), COGNITO, path) == f"a_-{path}"


@pytest.mark.parametrize(
    ("authorization", "claims"),
    [
        (COGNITO, {}),
        (COGNITO, {"sub": ""}),
        (JWT, {"sub": '""'}),
        (JWT, {"sub": "42"}),
        (JWT, {"sub": "null"}),
        (JWT, {"sub": '["a"]'}),
    ],
)
def test_without_a_caller_there_is_no_name(
    engine: Engine, authorization: Authorization, claims: dict[str, str]
) -> None:
    known = {"requestId": REQUEST_ID, "authorizer": {"claims": claims}}
    assert started(engine, known, authorization) == "*"
    assert described(engine, known, authorization, "k") == "*_-k", "which is no ARN"


def test_without_a_key_the_name_is_random(engine: Engine) -> None:
    expected = f"a_-{REQUEST_ID.replace('-', '')}"
    assert started(engine, context(COGNITO, "a"), COGNITO, key="") == expected


@pytest.mark.parametrize(
    ("caller", "key", "fits"),
    [
        ("a" * 36, "k" * 42, True),
        ("a" * 36, "k" * 43, False),
        ("a" * 26 + "|", "k" * 49, True),
        ("a" * 26 + "|", "k" * 50, False),
        ("a" * 46, "", True),
        ("a" * 47, "", False),
        ("a", "k k", False),
        ("a", "é", False),
    ],
)
def test_what_does_not_fit_is_refused(engine: Engine, caller: str, key: str, fits: bool) -> None:
    name = started(engine, context(COGNITO, caller), COGNITO, key)
    assert (name != "*") == fits
    assert len(name) <= 80


def test_answers_have_the_key_alone(engine: Engine) -> None:
    arn = f"{PREFIX}a_5Fb_-key_-1"
    template = templates.async_response("later/{execution}", Cors(), private=True)
    body = json.dumps({"executionArn": arn, "startDate": 1.5})
    rendering = engine.render(template, body=body)
    answer = json.loads(rendering.text)
    assert (answer["execution"], answer["location"]) == ("key_-1", "later/key_-1")
    assert rendering.headers["Location"] == "later/key_-1"
    template = templates.description_response({}, Cors(), private=True)
    body = json.dumps(
        {"executionArn": arn, "name": "a_5Fb_-key_-1", "status": "RUNNING", "startDate": 1.5}
    )
    assert json.loads(engine.render(template, body=body).text)["execution"] == "key_-1"


def test_a_key_that_is_refused_says_how_long_it_may_be(engine: Engine) -> None:
    template = templates.start_error_response(Cors(), templates.INVALID_PRIVATE_KEY)
    rendering = engine.render(template, body='{"__type": "InvalidName"}')
    assert rendering.status == 400
    assert "at most 78 less the length of who calls" in rendering.text


@pytest.mark.proof
@counts(1_000, bench=10_000)
def test_callers_have_names_of_their_own(velocity: Velocity, count: int) -> None:
    callers = texts.filter(bool) | st.sampled_from(ODD)

    @settings(max_examples=count)
    @given(callers, callers, st.sampled_from([COGNITO, JWT, FUNCTION]))
    def holds(one: str, other: str, authorization: Authorization) -> None:
        assume(one != other)
        paths = [
            described(velocity, context(authorization, caller), authorization, "_-k")
            for caller in (one, other)
        ]
        owners = [path.removesuffix("_-_-k") for path in paths]
        assert all(OWNER.fullmatch(owner) for owner in owners)
        assert owners[0] != owners[1]
        name = started(velocity, context(authorization, one), authorization)
        assert name in {f"{owners[0]}_-k", "*"}
        assert (name == "*") == (len(owners[0]) > 77)

    holds()


@pytest.mark.parametrize("authorization", [Iam(), ApiKey(), COGNITO, JWT, FUNCTION], ids=repr)
def test_a_wait_is_for_an_execution_of_the_caller(
    engine: Engine, authorization: Authorization
) -> None:
    route = Route(private=True, authorization=authorization, wait=True)
    template = templates.wait_request("ARN", PREFIX, route)
    known = context(authorization, "a1-B")
    text = engine.render(template, path={"execution": "k"}, context=known).text
    waited = json.loads(json.loads(text)["input"])
    assert waited == {"executionArn": f"{PREFIX}a1-B_-k", "seconds": 20}
