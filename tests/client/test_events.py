"""Events that an app sends to executions, and those that they wait for."""

import asyncio
import json
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any

import pytest

from stepgate import (
    AlreadyAnswered,
    AsyncStack,
    Execution,
    ExecutionNotFound,
    InputRejected,
    InvalidInput,
    NoLongerWaiting,
    NoResponse,
    NotWaiting,
    OutcomeUnknown,
    Stack,
    StepgateError,
    Throttled,
    UnexpectedResponse,
    UnknownEvent,
    WaitingEvent,
)
from stepgate.client.outputs import parse_outputs
from tests.client.routes import Answer, Routes, after, instead, problem
from tests.client.test_retries import BRIEF
from tests.http.test_event_routes import document

ACCEPTED = instead(Answer(202, {"event": "approval"}))
ANSWERED = instead(problem(409, "AlreadyAnswered"))
NOT_WAITING = problem(404, "NotWaiting")


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


def outputs(routes: Routes) -> Any:
    named = {
        name: {
            "mode": "async",
            "url": routes.url(name),
            "executionUrl": routes.url(f"{name}/{{execution}}"),
        }
        for name in ("approved", "each-approved", "later")
    }
    return parse_outputs(routes.outputs(routes=named, openapi=document("none")))


Find = Callable[..., Execution]


@pytest.fixture
def execution_of(routes: Routes) -> Generator[Find]:
    """Finds the execution `e-1` of a workflow."""
    with Stack(outputs(routes), retry_policy=BRIEF) as stack:

        def find(workflow: str = "approved", *, just_started: bool = False) -> Execution:
            return stack.execution(workflow, "e-1", just_started=just_started)

        yield find


def test_an_event_is_posted_to_its_own_route(routes: Routes, execution_of: Find) -> None:
    routes.faults = [ACCEPTED]
    execution_of().send("approval", {"approved": True})
    [sent] = routes.received
    assert (sent.method, sent.path) == ("POST", "/v1/approved/e-1/events/approval")
    assert json.loads(sent.body) == {"approved": True}
    assert sent.headers["Content-Type"] == "application/json"


def test_without_a_body_it_is_an_empty_object(routes: Routes, execution_of: Find) -> None:
    routes.faults = [ACCEPTED]
    execution_of().send("payment")
    assert routes.received[0].body == b"{}"


@pytest.mark.parametrize(("item", "path"), [(0, "0"), ("a/b é", "a%2Fb%20%C3%A9")])
def test_an_item_is_part_of_the_path(
    routes: Routes, execution_of: Find, item: str | int, path: str
) -> None:
    routes.faults = [ACCEPTED]
    execution_of("each-approved").send("approval", item=item)
    assert routes.received[0].path == f"/v1/each-approved/e-1/events/approval/{path}"


WRONG: list[tuple[str, tuple[Any, ...], type[StepgateError], str]] = [
    (
        "approved",
        ("aproval",),
        UnknownEvent,
        "approved has no event 'aproval'; did you mean 'approval'?",
    ),
    ("later", ("approval",), UnknownEvent, "later has no event 'approval'; it has none"),
    (
        "approved",
        ("approval", {"approved": 1}),
        InvalidInput,
        "event approval of approved: approved ",
    ),
    ("approved", ("payment", float("nan")), InvalidInput, "is not a JSON value"),
    ("each-approved", ("approval",), InvalidInput, "item is missing, but each item of a Map"),
    ("approved", ("approval", {}, 1), InvalidInput, "item is unknown; the event is not one"),
]


@pytest.mark.parametrize(
    ("workflow", "arguments", "class_", "line"),
    WRONG,
)
def test_what_cannot_be_right_is_not_sent(
    routes: Routes,
    execution_of: Find,
    workflow: str,
    arguments: tuple[Any, ...],
    class_: type[StepgateError],
    line: str,
) -> None:
    item = {"item": arguments[2]} if arguments[2:] else {}
    with pytest.raises(class_) as error:
        execution_of(workflow).send(*arguments[:2], **item)
    assert line in str(error.value)
    assert routes.received == []


@pytest.mark.parametrize(
    ("answer", "class_"),
    [
        (problem(400, "InvalidBody"), InputRejected),
        (NOT_WAITING, NotWaiting),
        (problem(409, "AlreadyAnswered"), AlreadyAnswered),
        (problem(410, "NoLongerWaiting"), NoLongerWaiting),
        (problem(429, "Throttled"), Throttled),
        (problem(502, "NotSent"), OutcomeUnknown),
        (None, OutcomeUnknown),
        (Answer(302, "", {"Location": "/elsewhere"}), UnexpectedResponse),
    ],
)
def test_each_refusal_is_an_error_of_its_own(
    routes: Routes, execution_of: Find, answer: Answer | None, class_: type[StepgateError]
) -> None:
    routes.always = instead(answer)
    with pytest.raises(class_) as error:
        execution_of().send("approval")
    assert type(error.value) is class_
    assert "\n" not in str(error.value)


def test_it_is_unknown_whether_a_conflict_is_with_an_earlier_attempt(
    routes: Routes, execution_of: Find
) -> None:
    routes.faults = [after(None), ANSWERED]
    with pytest.raises(
        OutcomeUnknown, match="it is not known whether e-1 received event approval"
    ) as error:
        execution_of().send("approval")
    assert error.value.execution == "e-1"
    routes.faults = [instead(problem(429, "Throttled")), ANSWERED]
    with pytest.raises(AlreadyAnswered):
        execution_of().send("approval")


def test_a_lost_answer_is_repeated(routes: Routes, execution_of: Find) -> None:
    routes.faults = [instead(problem(502, "NotSent")), ACCEPTED]
    execution_of().send("approval")
    assert len(routes.received) == 2


def test_what_was_just_started_may_wait_a_moment_later(routes: Routes, execution_of: Find) -> None:
    routes.faults = [instead(NOT_WAITING), instead(NOT_WAITING), ACCEPTED]
    execution_of(just_started=True).send("approval")
    assert len(routes.received) == 3


def test_an_unreachable_stack_received_nothing() -> None:
    routes = Routes(listens=False)
    with Stack(outputs(routes), retry_policy=BRIEF) as stack, pytest.raises(NoResponse):
        stack.execution("approved", "e-1").send("approval")
    routes.server_close()


def test_what_it_waits_for_is_read_from_its_route(routes: Routes, execution_of: Find) -> None:
    waiting = [
        {"event": "approval", "since": 1795987854, "until": 1795988154.5},
        {"event": "approval/a/b", "since": 0, "until": 1},
    ]
    routes.faults = [instead(Answer(200, {"events": waiting}))]
    since = datetime.fromtimestamp(1795987854, UTC)
    first, second = execution_of().waiting()
    assert first == WaitingEvent("approval", None, since, datetime.fromtimestamp(1795988154.5, UTC))
    assert (second.name, second.item) == ("approval", "a/b")
    assert routes.received[0].path == "/v1/approved/e-1/events"


@pytest.mark.parametrize(
    ("answer", "class_"),
    [
        (NOT_WAITING, ExecutionNotFound),
        (Answer(200, {"events": [{"event": 1}]}), UnexpectedResponse),
        (Answer(200, []), UnexpectedResponse),
    ],
)
def test_what_it_waits_for_may_be_unreadable(
    routes: Routes, execution_of: Find, answer: Answer, class_: type[StepgateError]
) -> None:
    routes.always = instead(answer)
    with pytest.raises(class_):
        execution_of().waiting()


def test_both_are_there_for_asyncio(routes: Routes) -> None:
    routes.faults = [ACCEPTED, instead(Answer(200, {"events": []}))]

    async def sends() -> list[WaitingEvent]:
        async with AsyncStack(outputs(routes), retry_policy=BRIEF) as stack:
            execution = stack.execution("approved", "e-1")
            await execution.send("approval", {"approved": True})
            return await execution.waiting()

    assert asyncio.run(sends()) == []
