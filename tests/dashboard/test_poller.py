"""How executions are found while a page is open, on the emulator."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from stepgate import DeployedRoute, Stack
from stepgate.client.executions import ExecutionSummary, StandardMachine
from stepgate.client.outputs import parse_outputs
from stepgate.dashboard import poller as pollers
from stepgate.dashboard.deployment import Deployment
from stepgate.dashboard.execution_record import ExecutionRecord
from stepgate.dashboard.executions import Executions
from stepgate.dashboard.poller import Poller, unlisted
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.dashboard.store import Store
from stepgate.dashboard.workflows import WorkflowView
from stepgate.diagram.graph import build_graph
from tests.deployed.stacks import Deployed, deploy_beside

SECONDS = 60
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
TRACKER = StateTracker(build_graph({}))
VIEW = WorkflowView(DeployedRoute("later", "async", "", None, None), None, "{}", TRACKER)


@pytest.fixture(scope="module")
def polled(deployed: Deployed) -> Deployed:
    return deploy_beside(deployed, "polled", workflows=["later", "order", "approved"])


def has_none(*_: object) -> bool:
    return False


class Followed:
    """A stack's store, and the poller that keeps it current."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        parsed = parse_outputs(outputs)
        deployment = Deployment(parsed, Stack(parsed))
        self.store = Store("a stack", parsed.region, deployment.workflows)
        executions = Executions(deployment, self.store)
        self.poller = Poller(deployment, self.store, executions)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(self.poller.run())
        try:
            async with asyncio.timeout(SECONDS):
                yield
        finally:
            task.cancel()

    async def has(self, is_so: Callable[[], object]) -> None:
        """Returns once it is so."""
        while not is_so():
            await self.store.wait_for_change(self.store.revision)

    def status(self, name: str, workflow: str = "later") -> str | None:
        record = self.store.get(workflow, name)
        return record.status if record else None


def start(stack: Deployed, workflow: str = "later", **input_: Any) -> str:
    return httpx.post(stack.url(workflow), json=input_).json()["execution"]


async def ended(stack: Deployed, name: str) -> None:
    async with httpx.AsyncClient() as client:
        while (await client.get(f"{stack.url('later')}/{name}")).json()["status"] == "RUNNING":
            await asyncio.sleep(0.1)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pollers, "LIST_SECONDS", 0.05)


@pytest.mark.proof
@pytest.mark.usefixtures("fast")
def test_one_that_ended_while_no_page_was_open_is_shown_as_ended(
    polled: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not among the newest, and none of them leads to it."""
    monkeypatch.setattr(pollers, "NEWEST", 1)
    monkeypatch.setattr(Poller, "_has_gap", has_none)

    async def work() -> None:
        followed = Followed(polled.outputs)
        async with followed.running():
            with followed.store.page():
                before = start(polled, wait=4)
                await followed.has(lambda: followed.status(before) == "RUNNING")
                await followed.has(lambda: followed.store.is_complete)
            await ended(polled, before)
            await ended(polled, start(polled))
            with followed.store.page():
                await followed.has(lambda: followed.status(before) == "SUCCEEDED")

    run(work())


@pytest.mark.proof
@pytest.mark.usefixtures("fast")
def test_those_that_began_and_ended_while_no_page_was_open_are_listed(
    polled: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pollers, "NEWEST", 1)

    async def work() -> None:
        followed = Followed(polled.outputs)
        async with followed.running():
            with followed.store.page():
                await followed.has(lambda: followed.store.is_complete)
            names = [start(polled) for _ in range(3)]
            for name in names:
                await ended(polled, name)
            with followed.store.page():
                for name in names:
                    await followed.has(lambda name=name: followed.status(name) == "SUCCEEDED")
                await followed.has(lambda: followed.store.is_complete)

    run(work())


@pytest.mark.proof
@pytest.mark.usefixtures("fast")
def test_what_cannot_be_listed_of_one_workflow_delays_no_other(polled: Deployed) -> None:
    arns = {**polled.outputs["stateMachineArns"]}
    arns["order"] += "-gone"

    async def work() -> None:
        followed = Followed({**polled.outputs, "stateMachineArns": arns})
        async with followed.running():
            with followed.store.page():
                await followed.has(lambda: followed.store.has_problem)
                name = start(polled, fail="Conflict", cause="It's there.")
                began = asyncio.get_running_loop().time()
                await followed.has(
                    lambda: (each := followed.store.get("later", name)) and each.error
                )
                assert asyncio.get_running_loop().time() - began < pollers.RETRY_SECONDS
                problems = json.loads(followed.store.snapshot())["problems"]
                assert "order" in problems["list"]
                assert problems["descriptions"] is None

    run(work())


@pytest.mark.proof
def test_the_first_page_comes_for_a_token_that_has_expired(polled: Deployed) -> None:
    name = start(polled)
    machine = Followed(polled.outputs).poller._machines["later"]  # pyright: ignore[reportPrivateUsage]
    page = machine.page(None, 1, "expired")
    assert page["executions"][0]["name"] == name


def listed(name: str, status: Any, ago: float = 0, workflow: str = "later") -> ExecutionSummary:
    started = NOON - timedelta(seconds=ago)
    stopped = None if status == "RUNNING" else started + timedelta(seconds=1)
    return ExecutionSummary(workflow, name, name, status, started, stopped)


@pytest.mark.proof
def test_neither_those_that_run_nor_those_without_an_error_wait_for_all_others(
    polled: Deployed,
) -> None:
    followed = Followed(polled.outputs)
    poller, store = followed.poller, followed.store
    for number in range(20):
        store.apply_listed(listed(f"missing-{number}", "RUNNING", number))
        store.apply_listed(listed(f"running-{number}", "RUNNING", number))
    items: list[Mapping[str, Any]] = [
        {
            "name": f"failed-{number}",
            "executionArn": "arn",
            "status": "FAILED",
            "startDate": NOON - timedelta(seconds=number),
            "stopDate": NOON,
        }
        for number in range(20)
    ]
    poller._apply("later", items)  # pyright: ignore[reportPrivateUsage]
    poller._may_have_ended = {f"later/missing-{number}": None for number in range(2)}  # pyright: ignore[reportPrivateUsage]
    described = [each.execution or "" for each in islice(poller.to_describe(), 8)]
    assert described[::2] == ["missing-0", "missing-1", "running-0", "running-1"]
    assert described[1::2] == ["failed-0", "failed-1", "failed-2", "failed-3"]


def test_one_that_was_described_while_it_ran_is_described_again_once_it_has_failed() -> None:
    item: dict[str, Any] = {"name": "e", "executionArn": "e", "startDate": NOON}
    running = {**item, "status": "RUNNING"}
    failed = {**item, "status": "FAILED", "stopDate": NOON}
    answers = iter([running, {**failed, "error": "Broken"}])

    def describe(_: str) -> Mapping[str, Any]:
        return next(answers)

    machine = SimpleNamespace(workflow="later", execution_arn=str, describe=describe)
    deployment = SimpleNamespace(machines=[machine], logged=[], workflows={})
    store = Store("a stack", "us-east-1", {"later": VIEW})
    poller = Poller(cast("Deployment", deployment), store, cast("Executions", None))

    async def work() -> None:
        store.apply_listed(listed("e", "RUNNING"))
        for expected in (None, "Broken"):
            (record,) = poller.to_describe()
            await poller._describe(record)  # pyright: ignore[reportPrivateUsage]
            record = store.get("later", "e")
            assert record
            assert record.error == expected
            poller._apply("later", [failed])  # pyright: ignore[reportPrivateUsage]

    run(work())


class Requests:
    """What is requested of Step Functions: a list is "page", and its time is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.times: list[float] = []
        for name in ("page", "describe"):
            monkeypatch.setattr(StandardMachine, name, self._counted(name))

    def _counted(self, name: str) -> Callable[..., Any]:
        request: Callable[..., Any] = getattr(StandardMachine, name)

        def counted(*arguments: Any) -> Any:
            self.names.append(name)
            if name == "page":
                self.times.append(time.monotonic())
            return request(*arguments)

        return counted

    @property
    def lists(self) -> int:
        return len(self.times)


@pytest.mark.proof
def test_an_end_is_seen_before_the_lists_come_round(
    polled: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without more than one list, and two descriptions, in each pause between lists."""
    monkeypatch.setattr(pollers, "LIST_SECONDS", 0.2)
    monkeypatch.setattr(pollers, "NEWEST", 1)
    monkeypatch.setattr(Poller, "_has_gap", has_none)

    async def work() -> None:
        requests = Requests(monkeypatch)
        followed = Followed(polled.outputs)
        for _ in range(3):
            start(polled, "approved")
        async with followed.running():
            with followed.store.page():
                await followed.has(lambda: not followed.store.is_listing)
                name = start(polled, wait=4)
                await followed.has(lambda: followed.status(name) == "RUNNING")
                await ended(polled, name)
                before = requests.lists
                await followed.has(lambda: followed.status(name) == "SUCCEEDED")
                assert requests.lists - before <= 2
        described = "".join(requests.names).split("page")
        assert max(each.count("describe") for each in described) == 2
        pauses = [later - one for one, later in pairwise(requests.times)]
        assert min(pauses) >= pollers.LIST_SECONDS

    run(work())


@pytest.mark.proof
@pytest.mark.usefixtures("fast")
def test_where_one_list_has_all_executions_no_others_are_requested(
    polled: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        requests = Requests(monkeypatch)
        followed = Followed(polled.outputs)
        async with followed.running():
            with followed.store.page():
                await followed.has(lambda: not followed.store.is_listing)
                name, before = start(polled), requests.lists
                await followed.has(lambda: followed.status(name))
                assert requests.lists - before <= len(polled.outputs["stateMachineArns"]) + 1

    run(work())


def test_a_list_that_is_cut_says_nothing_of_those_before_its_last() -> None:
    running = [
        ExecutionRecord(f"w/{name}", "w", "async", name, NOON - timedelta(seconds=ago), TRACKER)
        for name, ago in (("listed", 1), ("lacking", 2), ("older", 9))
    ]
    items = [{"name": "listed", "startDate": NOON - timedelta(seconds=3)}]
    assert [*unlisted(running, {"executions": items})] == ["w/lacking", "w/older"]
    assert [*unlisted(running, {"executions": items, "nextToken": "x"})] == ["w/lacking"]
