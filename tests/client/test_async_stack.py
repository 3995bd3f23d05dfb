"""The client for asyncio does what the other one does, and a cancelled task leaves nothing."""

import asyncio
import inspect
import threading
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from stepgate import (
    AsyncStack,
    InvalidInput,
    OutcomeUnknown,
    RetryPolicy,
    Stack,
    StepgateError,
    WaitTimedOut,
    WrongMode,
)
from stepgate.client.outputs import parse_outputs
from tests.client.routes import (
    Answer,
    Do,
    Fault,
    Routes,
    header_trickles,
    instead,
    problem,
    trickles,
)
from tests.client.test_retries import NOT_STARTED, POLICY, STARTED, THROTTLED, cases

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


def stack_of(routes: Routes, retry_policy: RetryPolicy = POLICY, **outputs: Any) -> AsyncStack:
    return AsyncStack(parse_outputs(routes.outputs(**outputs)), retry_policy=retry_policy)


async def test_it_calls_starts_waits_and_stops(routes: Routes) -> None:
    async with stack_of(routes) as stack:
        assert await stack.call("now", {"a": 1}) == {"runs": 1}
        execution = await stack.start("later", {"a": 1}, idempotency_key="k")
        assert (await execution.status()).is_running
        with pytest.raises(WaitTimedOut, match="later: k has not ended within 0 s"):
            await execution.wait(0)
        await execution.stop()
        assert await execution.wait() == {"a": 1}
        assert await stack.execution("later", "k").wait() == {"a": 1}
        with pytest.raises(WrongMode):
            await stack.call("later")
        with pytest.raises(InvalidInput):
            await stack.call("now", float("nan"))


async def test_a_wait_waits_at_the_route(routes: Routes) -> None:
    routes.waits = True
    async with stack_of(routes, replace(POLICY, response_timeout=10)) as stack:
        execution = await stack.start("later", {"a": 1}, idempotency_key="k")
        assert await execution.wait() == {"a": 1}
    waits = [received.path for received in routes.requests("GET") if "wait" in received.path]
    assert waits == ["/v1/later/k/wait?seconds=6"]


async def outcome(stack: Stack | AsyncStack, method: str, workflow: str) -> object:
    async def awaited(result: Any) -> Any:
        return await result if inspect.isawaitable(result) else result

    try:
        found = await awaited(getattr(stack, method)(workflow))
    except StepgateError as error:
        return type(error)
    finally:
        await awaited(stack.close())
    return found if method == "call" else found.workflow


@cases({"another answer": instead(Answer(200, {"runs": 0}))} | NOT_STARTED | STARTED)
@pytest.mark.parametrize(("method", "workflow"), [("call", "now"), ("start", "later")])
async def test_its_outcomes_are_those_of_the_other_client(
    method: str, workflow: str, fault: Fault
) -> None:
    outcomes: list[tuple[object, int]] = []
    for new in (AsyncStack, Stack):
        with Routes().serving() as routes:
            routes.faults = [instead(THROTTLED), fault]
            stack = new(parse_outputs(routes.outputs()), retry_policy=POLICY)
            outcomes.append((await outcome(stack, method, workflow), len(routes.received)))
    assert outcomes[0] == outcomes[1]


async def test_a_hundred_calls_at_once_take_one_thread(routes: Routes) -> None:
    all_wait, goes_on = threading.Semaphore(0), threading.Event()

    def fault(do: Do) -> Answer:
        all_wait.release()
        goes_on.wait(10)
        return do()

    routes.always = fault
    # Time for all of them to arrive on a busy machine.
    async with stack_of(routes, RetryPolicy()) as stack, asyncio.TaskGroup() as group:
        calls = [group.create_task(stack.call("now")) for _ in range(100)]
        for _ in calls:
            await asyncio.to_thread(all_wait.acquire, timeout=10)
        goes_on.set()
    assert sorted(call.result()["runs"] for call in calls) == [*range(1, 101)]


@pytest.mark.parametrize(
    ("method", "workflow", "note"),
    [
        ("call", "now", "now may have run, or may still be running"),
        ("start", "later", "later may have been started; look for execution k"),
    ],
)
async def test_a_cancelled_task_says_what_may_have_started(
    routes: Routes, method: str, workflow: str, note: str
) -> None:
    arrived, loop, before = asyncio.Event(), asyncio.get_running_loop(), asyncio.all_tasks()

    def fault(do: Do) -> None:
        loop.call_soon_threadsafe(arrived.set)
        routes.slow(do)

    routes.always = fault
    async with stack_of(routes) as stack:
        key = {"idempotency_key": "k"} if method == "start" else {}
        task = asyncio.create_task(getattr(stack, method)(workflow, **key))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
    assert cancelled.value.__notes__ == [note]
    assert len(routes.received) == 1, "nothing more is sent"
    assert asyncio.all_tasks() == before, "and nothing goes on"


@pytest.mark.parametrize("fault", [trickles, header_trickles])
async def test_an_answer_that_trickles_comes_too_late(routes: Routes, fault: Fault) -> None:
    routes.always = fault
    async with stack_of(routes) as stack:
        with pytest.raises(OutcomeUnknown, match="no response: ReadTimeout"):
            await stack.call("now")


def answer(request: httpx.Request) -> httpx.Response:
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
    return httpx.Response(200, json={"path": request.url.path})


async def test_an_app_tests_itself_without_a_server(
    routes: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    outputs = parse_outputs(routes.outputs(authorization="iam"))
    transport = httpx.MockTransport(answer)
    with Stack(outputs, transport=transport) as stack:
        assert stack.call("now") == {"path": "/v1/now"}
    async with AsyncStack(outputs, transport=transport) as stack:
        assert await stack.call("now") == {"path": "/v1/now"}
    assert not routes.received


async def test_a_workflow_that_fails_is_the_same_error(routes: Routes) -> None:
    routes.faults = [instead(problem(409, "OutOfStock", execution="e"))]
    async with stack_of(routes) as stack:
        with pytest.raises(StepgateError, match="now failed in execution e"):
            await stack.call("now")
