"""An execution is followed at the live API, whatever happens on the way."""

import asyncio
import sys
import time
from collections.abc import Callable, Generator
from contextlib import aclosing, closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stepgate import (
    AccessDenied,
    AsyncStack,
    CredentialsUnusable,
    ExecutionNotFound,
    LiveUnavailable,
    Message,
    NoResponse,
    OutputsUnusable,
    RequestFailed,
    RetryPolicy,
    Stack,
    StepgateError,
    UnexpectedResponse,
    WrongMode,
)
from stepgate.client import live_exchange
from stepgate.client.outputs import parse_outputs
from tests.client.live_server import HAPPENS, SCENARIOS, WORKFLOW, LiveServer, Scenario
from tests.client.routes import Routes

QUICK = RetryPolicy(
    response_timeout=2,
    retry_timeout=30,
    initial_backoff=0.01,
    max_backoff=0.05,
    not_found_timeout=0,
)


@pytest.fixture
def live() -> Generator[LiveServer]:
    with Routes().serving() as routes, LiveServer(routes).serving() as live:
        routes.executions |= dict.fromkeys(HAPPENS, b"{}")
        routes.ended |= {"no-end", "redriven-to-lost-end"}
        yield live
        assert live.failures == []


@pytest.fixture(autouse=True)
def _short_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_exchange, "GAP_SECONDS", 0.1)


Follow = Callable[..., tuple[list[Message], StepgateError | None]]
"""The messages of an execution, and the error behind them, if there is one."""


def follow_plainly(
    outputs: dict[str, Any],
    name: str,
    after: int | None = 0,
    read: Callable[[Message], None] | None = None,
    **options: Any,
) -> tuple[list[Message], StepgateError | None]:
    messages: list[Message] = []
    options = {"retry_policy": QUICK} | options
    with Stack(parse_outputs(outputs), **options) as stack:
        try:
            for message in stack.follow(WORKFLOW, name, after=after):
                messages.append(message)
                if read:
                    read(message)
        except StepgateError as error:
            return messages, error
    return messages, None


def follow_with_asyncio(
    outputs: dict[str, Any],
    name: str,
    after: int | None = 0,
    read: Callable[[Message], None] | None = None,
    **options: Any,
) -> tuple[list[Message], StepgateError | None]:
    options = {"retry_policy": QUICK} | options
    messages: list[Message] = []

    async def run() -> StepgateError | None:
        async with AsyncStack(parse_outputs(outputs), **options) as stack:
            try:
                async for message in stack.follow(WORKFLOW, name, after=after):
                    messages.append(message)
                    if read:
                        read(message)
            except StepgateError as error:
                return error
        return None

    return messages, asyncio.run(run())


both = pytest.mark.parametrize("follow", [follow_plainly, follow_with_asyncio])


@both
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_message_comes_once_and_in_order(
    live: LiveServer, follow: Follow, scenario: Scenario
) -> None:
    messages, error = follow(live.outputs(), scenario.name, scenario.after)
    assert [message.number for message in messages] == scenario.numbers
    assert (error.status if isinstance(error, RequestFailed) else 0) == scenario.status, error
    if not error:
        assert [message.status for message in messages if message.state is None][-1] == "SUCCEEDED"


def test_errors_are_one_line_with_the_execution_and_the_reason(live: LiveServer) -> None:
    _, error = follow_plainly(live.outputs(), "refused")
    assert isinstance(error, AccessDenied)
    assert str(error) == (
        "later: refused cannot be followed: 403 Forbidden: So it is; the ticket was not accepted, "
        "or the caller may not follow"
    )
    _, error = follow_plainly(live.outputs(), "unknown")
    assert isinstance(error, ExecutionNotFound)
    assert "/later/unknown/tickets returned 404" in str(error)


def test_a_malformed_frame_is_shown(live: LiveServer) -> None:
    _, error = follow_plainly(live.outputs(), "malformed-0")
    assert isinstance(error, UnexpectedResponse)
    assert str(error) == (
        "later: malformed-0 cannot be followed: it is not JSON; update this client, or check "
        "output liveUrl: it sent no JSON"
    )
    assert len(live.handshakes) == 1


@pytest.mark.parametrize(
    "send", [b"\xff\xfe", '{"type": "message", "number": 1, "status": "ENTERED"}']
)
def test_a_frame_of_bytes_or_without_a_time_is_malformed(
    live: LiveServer, send: str | bytes
) -> None:
    live.happens["odd"] = lambda follower: follower.send_text(send)
    _, error = follow_plainly(live.outputs("none"), "odd")
    assert isinstance(error, UnexpectedResponse)
    assert len(live.handshakes) == 1


@both
def test_a_reader_that_takes_long_keeps_its_connection(
    live: LiveServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has come meanwhile is read before an answer is missed."""
    taken = 0

    def read(_: Message) -> None:
        nonlocal taken
        taken += live_exchange.ANSWER_SECONDS + 1

    monkeypatch.setattr(live_exchange, "MIN_RECEIVE_SECONDS", 10)  # on a busy machine
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + taken)
    monkeypatch.setattr(live_exchange, "time", clock)
    messages, error = follow(live.outputs("none"), "busy-reader", read=read)
    assert error is None
    assert [message.number for message in messages] == [1, 2, 3, 4, 5, 6]
    assert len(live.handshakes) == 1


def test_a_connection_is_used_for_one_execution_and_its_ticket_for_one_request(
    live: LiveServer,
) -> None:
    follow_plainly(live.outputs(), "closed-each-time")
    tickets = live.routes.requests("POST")
    assert len(tickets) == len(live.handshakes) == 6
    assert live.routes.tickets == {}, "each was used"


@both
def test_with_iam_the_url_is_signed(
    live: LiveServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    assert follow(live.outputs("iam"), "in-order")[1] is None
    [(path, headers)] = live.handshakes
    query = parse_qs(urlsplit(path).query)
    assert query["X-Amz-Credential"][0].startswith("AKIDEXAMPLE/")
    assert query["X-Amz-Credential"][0].endswith("/eu-west-1/execute-api/aws4_request")
    assert query["X-Amz-Security-Token"] == ["session"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert "Authorization" not in headers
    assert live.routes.received == [], "no ticket"


@both
def test_with_a_lambda_authorizer_the_token_is_sent(live: LiveServer, follow: Follow) -> None:
    assert follow(live.outputs("lambda"), "in-order", token=lambda: "t-1")[1] is None
    [(_, headers)] = live.handshakes
    assert headers["Authorization"] == "Bearer t-1"
    _, error = follow(live.outputs("lambda"), "lost")
    assert isinstance(error, CredentialsUnusable)
    assert str(error).startswith("the live API requires a token; give the Stack a token")


@both
def test_a_stack_without_a_live_api_says_so(live: LiveServer, follow: Follow) -> None:
    _, error = follow(live.routes.outputs(), "in-order")
    assert isinstance(error, LiveUnavailable)
    assert str(error) == (
        "the stack has no live API: create its WorkflowApi with live=True, and redeploy"
    )


def test_a_synchronous_workflow_has_no_executions_to_follow(live: LiveServer) -> None:
    stack = Stack(parse_outputs(live.outputs()))
    with pytest.raises(WrongMode, match="now is synchronous; use call"):
        stack.follow("now", "e")


@both
def test_a_live_api_that_cannot_be_reached_ends_the_retries(
    live: LiveServer, follow: Follow
) -> None:
    outputs = live.outputs("none") | {"liveUrl": "ws://127.0.0.1:1/v1"}
    brief = replace(QUICK, retry_timeout=0.5)
    _, error = follow(outputs, "in-order", retry_policy=brief)
    assert isinstance(error, NoResponse)
    assert "ws://127.0.0.1:1/v1 has no connection: ConnectionRefusedError" in str(error)
    assert str(error).endswith("; check that output liveUrl is right and reachable")


@both
def test_a_refused_handshake_is_an_error_of_its_status(live: LiveServer, follow: Follow) -> None:
    url = live.routes.url("none/none").replace("http", "ws", 1)
    _, error = follow(live.outputs("none") | {"liveUrl": url}, "in-order")
    assert isinstance(error, RequestFailed)
    assert error.status == 404
    assert url in str(error)


@both
def test_a_url_without_tls_or_of_another_kind_is_refused(live: LiveServer, follow: Follow) -> None:
    for url in ("ws://example.org/v1", "https://example.org/v1", "wss://exa mple.org"):
        with pytest.raises(OutputsUnusable, match="output liveUrl"):
            follow(live.outputs() | {"liveUrl": url}, "in-order")


@both
def test_an_unknown_authorization_is_an_error_of_followers_alone(
    live: LiveServer, follow: Follow
) -> None:
    messages, error = follow(live.outputs("cognito"), "in-order")
    assert messages == []
    assert isinstance(error, LiveUnavailable)
    assert str(error) == (
        "output liveAuthorization is 'cognito', and this client knows tickets, iam, lambda, none; "
        "update pulumi-stepgate"
    )
    with Stack(parse_outputs(live.outputs("cognito"))) as stack:
        assert stack.execution(WORKFLOW, "no-end").status().status == "SUCCEEDED"


@both
@pytest.mark.parametrize("name", ["ASK_SECONDS", "CONNECTION_SECONDS", "ANSWER_SECONDS"])
def test_a_quiet_connection_is_asked_or_replaced_in_time(
    live: LiveServer, follow: Follow, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(live_exchange, name, 0.1)
    messages, error = follow(live.outputs(), name.lower().replace("_", "-"))
    assert [message.number for message in messages] == [1, 2, 3, 4, 5, 6]
    assert error is None
    assert len(live.handshakes) == 1 if name == "ASK_SECONDS" else len(live.handshakes) > 1


def test_a_loop_that_ends_early_closes_the_connection(live: LiveServer) -> None:
    with (
        Stack(parse_outputs(live.outputs())) as stack,
        closing(stack.follow(WORKFLOW, "in-order")) as messages,
    ):
        assert next(messages).state == "State 1"
    live.await_closed()

    async def first() -> Message:
        async with (
            AsyncStack(parse_outputs(live.outputs())) as stack,
            aclosing(stack.follow(WORKFLOW, "lost")) as messages,
        ):
            return await anext(messages)

    assert asyncio.run(first()).state == "State 1"
    live.await_closed()


@both
def test_without_the_extra_it_is_named(
    live: LiveServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "websockets.exceptions", None)
    _, error = follow(live.outputs(), "in-order")
    assert isinstance(error, LiveUnavailable)
    assert str(error) == "following needs the package websockets: install pulumi-stepgate[live]"
