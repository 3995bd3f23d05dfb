"""What is made of answers that nobody hopes for, and what no error shows."""

import gzip
import json
import traceback
import tracemalloc
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stepgate import (
    AccessDenied,
    CredentialsUnusable,
    Execution,
    ExecutionNotFound,
    InputRejected,
    NoResponse,
    OutcomeUnknown,
    RequestFailed,
    Stack,
    StepgateError,
    UnexpectedResponse,
    WorkflowFailed,
)
from stepgate.client.outputs import parse_outputs
from stepgate.client.response import MAX_BODY_BYTES
from tests.client.routes import Answer, Routes, instead, problem
from tests.client.test_retries import BRIEF

KEY = "a-key-of-twenty-letters"
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


def stack_of(routes: Routes, **outputs: Any) -> Stack:
    return Stack(parse_outputs(routes.outputs(**outputs)), retry_policy=BRIEF)


@pytest.mark.parametrize("ask", ["call", "start"])
@pytest.mark.parametrize(
    ("answer", "class_", "line"),
    [
        (
            problem(400, "BAD_REQUEST_BODY", "The body is\nnot JSON."),
            InputRejected,
            "returned 400, BAD_REQUEST_BODY: The body is not JSON; correct the input; nothing was",
        ),
        (
            Answer(413, {"message": "Request Too Long"}),
            InputRejected,
            "returned 413, Request Too Long; correct the input",
        ),
        (
            Answer(413, "too large", TEXT),
            InputRejected,
            "returned 413, text/plain: too large; correct the input",
        ),
        (
            problem(403, "MISSING_AUTHENTICATION_TOKEN", "There is no such path or method."),
            AccessDenied,
            "There is no such path or method; check the URL in output",
        ),
        (
            Answer(403, {"message": "Forbidden"}),
            AccessDenied,
            'returned 403, Forbidden; check the URL in output "routes", the clock',
        ),
        (
            Answer(403, {"Message": "User: anonymous is not authorized"}),
            AccessDenied,
            "returned 403, User: anonymous is not authorized; check",
        ),
        (
            problem(403, "INVALID_API_KEY", "The API key is missing or wrong."),
            AccessDenied,
            "wrong; read the stack's outputs again; a new key takes a minute to become valid",
        ),
        (
            problem(403, "ACCESS_DENIED", "The caller may not call this route."),
            AccessDenied,
            "; the caller needs execute-api:Invoke on the route",
        ),
        (
            Answer(404, "<html>\n<h1>nothing here</h1>", HTML),
            ExecutionNotFound,
            "returned 404, text/html: <html> <h1>nothing here</h1>; check the",
        ),
        (
            Answer(405, "", TEXT),
            UnexpectedResponse,
            "returned 405, Method Not Allowed; not a response of",
        ),
        (Answer(404, "x" * 5000, TEXT), ExecutionNotFound, f"text/plain: {'x' * 288}…; check"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_came_and_what_to_do(
    routes: Routes, ask: str, answer: Answer, class_: type[RequestFailed], line: str
) -> None:
    routes.always = instead(answer)
    with stack_of(routes) as stack, pytest.raises(class_) as refused:
        {"call": lambda: stack.call("now"), "start": lambda: stack.start("later")}[ask]()
    route = {"call": "now", "start": "later"}[ask]
    assert str(refused.value).startswith(f"POST {routes.url(route)} returned {answer.status}, ")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.status == answer.status
    assert refused.value.execution is None
    assert len(routes.received) == 1


DEEP = "[" * 100_000
FAR = {"status": "RUNNING", "executionArn": "arn", "execution": "e", "startDate": 1e300}


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer(200, body) for body in ("<html>", list[Any](), DEEP, FAR)),
        Answer(204, ""),
        Answer(200, "<html>", {"Content-Type": "text/html; charset=hex"}),
    ],
)
def test_a_status_that_no_route_has_written_is_unexpected(routes: Routes, answer: Answer) -> None:
    with stack_of(routes) as stack:
        execution = stack.start("later")
        routes.always = instead(answer)
        with pytest.raises(UnexpectedResponse, match="not a response of Stepgate"):
            execution.status()


def test_an_output_that_is_nested_too_deeply_cannot_be_read(routes: Routes) -> None:
    routes.always = instead(Answer(200, DEEP))
    with stack_of(routes) as stack, pytest.raises(OutcomeUnknown):
        stack.call("now")


def test_a_scheme_that_cannot_be_spoken_has_started_nothing(routes: Routes) -> None:
    outputs = parse_outputs(routes.outputs())
    spoken = {name: replace(route, url="ftp://a/b") for name, route in outputs.routes.items()}
    with Stack(replace(outputs, routes=spoken), retry_policy=BRIEF) as stack:
        for ask in (lambda: stack.call("now"), lambda: stack.start("later")):
            with pytest.raises(NoResponse, match="UnsupportedProtocol"):
                ask()


def test_an_execution_that_times_out_is_504(routes: Routes) -> None:
    with stack_of(routes) as stack:
        execution = stack.start("later")
        ended = {"status": "TIMED_OUT", "executionArn": "arn", "execution": "e", "startDate": 1}
        routes.always = instead(Answer(200, ended | {"stopDate": 2}))
        with pytest.raises(WorkflowFailed, match=f"later: {execution.name} timed out") as failed:
            execution.wait()
    assert (failed.value.status, failed.value.detail) == (504, "The execution timed out.")


def test_a_start_that_something_else_has_answered_is_unknown(routes: Routes) -> None:
    routes.always = instead(Answer(200, "<html>please log in", HTML))
    with stack_of(routes) as stack, pytest.raises(OutcomeUnknown, match="please log in"):
        stack.start("later")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(routes: Routes, status: int) -> None:
    with Routes().serving() as elsewhere, stack_of(routes, **with_key()) as stack:
        execution = stack.start("later")
        routes.always = instead(Answer(status, "", {"Location": elsewhere.url("later")}))
        for ask in (lambda: stack.call("now"), lambda: stack.start("later"), execution.status):
            with pytest.raises(UnexpectedResponse, match=f"returned {status}"):
                ask()
        assert not elsewhere.received


def test_no_proxy_is_told_what_is_sent_to_this_machine(
    routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Routes().serving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with stack_of(routes, **with_key()) as stack:
            assert stack.call("now") == {"runs": 1}
            assert stack.start("later").status().is_running
        assert not proxy.received


def with_key() -> dict[str, str]:
    return {"authorization": "api-key", "apiKey": KEY}


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 429, 500])
@pytest.mark.parametrize("authorization", ["api-key", "iam"])
@pytest.mark.parametrize("members", [(), ("detail", "error", "execution")])
def test_no_error_shows_a_secret_that_an_answer_repeats(
    routes: Routes,
    monkeypatch: pytest.MonkeyPatch,
    authorization: str,
    status: int,
    members: tuple[str, ...],
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2lu//token+==")

    def repeats(_: object) -> Answer:
        headers = routes.received[-1].headers
        said = "\n".join(f"{name}: {value}" for name, value in headers.items())
        detail = f"{said} {headers.get('Authorization', '').partition(' ')[2]}"
        is_json = members and status != 200  # which would be an output
        return Answer(status, dict.fromkeys(members, detail) if is_json else detail, TEXT)

    routes.always = repeats
    with stack_of(routes, **with_key() | {"authorization": authorization}) as stack:
        execution = stack.execution("later", "e-1")
        for ask in (lambda: stack.call("now"), lambda: stack.start("later"), execution.status):
            with pytest.raises(StepgateError) as refused:
                ask()
            shown = "".join(traceback.format_exception(refused.value))
            shown += repr(vars(refused.value)) + repr(stack)
            sent = routes.received[-1].headers
            assert sent["x-api-key"] == KEY or sent["Authorization"].startswith("AWS4-HMAC-SHA256")
            signature = (sent["Authorization"] or "=unsigned").rpartition("=")[2]
            for secret in (KEY, "AKIDEXAMPLE", "wJalrXUtnFEMI", "IQoJb3JpZ2lu", signature):
                assert secret not in shown


def test_without_credentials_nothing_is_sent(
    routes: Routes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with stack_of(routes, authorization="iam") as stack:
        execution: Execution = stack.execution("later", "e-1")
        for ask in (lambda: stack.call("now"), lambda: stack.start("later"), execution.stop):
            with pytest.raises(CredentialsUnusable, match="none found; set AWS_PROFILE"):
                ask()
    assert not routes.received


GZIP = {"Content-Encoding": "gzip"}
LARGE = json.dumps("a" * MAX_BODY_BYTES)


@pytest.mark.parametrize("headers", [{}, GZIP, {"Content-Encoding": "GZIP"}])
@pytest.mark.parametrize("body", ['{"runs": 1}', json.dumps("é" * 100_000)])
def test_a_packed_answer_is_the_same_answer(
    routes: Routes, headers: dict[str, str], body: str
) -> None:
    packed = gzip.compress(body.encode()) if headers else body
    routes.faults = [instead(Answer(200, packed, headers))]
    with stack_of(routes) as stack:
        assert stack.call("now") == json.loads(body)
    assert routes.received[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (LARGE.encode, {}),
        (lambda: gzip.compress(LARGE.encode()), GZIP),
        (lambda: gzip.compress(bytes(100_000_000), compresslevel=1), GZIP),
    ],
    ids=["plain", "packed", "unpacked to 100 MB"],
)
def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    routes: Routes, content: Callable[[], bytes], headers: dict[str, str]
) -> None:
    routes.always = instead(Answer(200, content(), headers))
    with stack_of(routes) as stack:
        with pytest.raises(OutcomeUnknown, match="returned 200, text/plain: larger than 10000000"):
            stack.call("now")
        with pytest.raises(UnexpectedResponse, match="returned 200, text/plain: larger than"):
            stack.execution("later", "e").status()
        tracemalloc.start()
        with pytest.raises(UnexpectedResponse):
            stack.execution("later", "e").status()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * MAX_BODY_BYTES


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_an_answer_that_cannot_be_unpacked_is_not_one(routes: Routes, encoding: str) -> None:
    routes.always = instead(Answer(200, "not packed", {"Content-Encoding": encoding}))
    with stack_of(routes) as stack, pytest.raises(OutcomeUnknown, match="not known whether now"):
        stack.call("now")
    assert len(routes.received) == 1


def test_a_lost_output_names_its_execution(routes: Routes) -> None:
    routes.faults = [instead(Answer(200, '{"runs": ', {"Execution-Name": "e-1"}))]
    with (
        stack_of(routes) as stack,
        pytest.raises(OutcomeUnknown, match="look for its execution e-1 before") as unknown,
    ):
        stack.call("now")
    assert unknown.value.execution == "e-1"
