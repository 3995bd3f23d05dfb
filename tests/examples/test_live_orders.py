"""Orders that a page starts, follows live and approves, deployed on the emulator."""

import asyncio
import json
import math
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from stepgate import AsyncExecution, AsyncStack, ExecutionNotFound, Message, RetryPolicy, Stack
from stepgate.client.outputs import parse_outputs
from tests.browser.test_follow import MODULE
from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.websocket_apis import let_pass

pytestmark = pytest.mark.proof

EXAMPLE = REPOSITORY / "examples/live-orders"
STEPS = ["Check the stock", "Wait for the approval", "Is it approved?"]
SHIPPED = ["Pack", "Ship", "SUCCEEDED"]
ENDS = 20
"""How often all connections end."""
TWO_HOURS = 7_200
SECONDS = 30
"""From the time at which a state is entered to that at which it is shown, also on a busy
machine."""
ORDERS = 10
"""Each shows six steps."""
# A machine that runs other tests beside this one needs more than Playwright's 5 s.
expect.set_options(timeout=30_000)

RECORD = """() => {
  window.delays = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const { title } of addedNodes) window.delays.push(Date.now() - Date.parse(title));
  }).observe(document.getElementById("steps"), { childList: true });
}"""


@pytest.fixture(scope="module")
def orders(deployed: Deployed, site: tuple[Path, str]) -> Deployed:
    return deploy_beside(deployed, "live-orders", EXAMPLE, origins=[site[1]])


def test_nothing_is_lost_while_connections_end(orders: Deployed) -> None:
    """Three followers connect again each time. A fourth reads one message, and on after all."""
    policy = RetryPolicy(initial_backoff=0.05, max_backoff=0.5)

    async def followed(
        stack: AsyncStack, execution: AsyncExecution, may_read_on: asyncio.Event
    ) -> list[Message]:
        messages: list[Message] = []
        async for message in stack.follow("place-order", execution.name):
            messages.append(message)
            await may_read_on.wait()
        return messages

    async def run() -> list[list[Message]]:
        async with AsyncStack(parse_outputs(orders.outputs), retry_policy=policy) as stack:
            execution = await stack.start("place-order", {"item": "tea"})
            free, held = asyncio.Event(), asyncio.Event()
            free.set()
            following = [
                asyncio.create_task(followed(stack, execution, event))
                for event in (free, free, free, held)
            ]
            for number in range(ENDS):
                await asyncio.to_thread(let_pass, orders.cloud, TWO_HOURS)
                if number == ENDS // 2:
                    await execution.send("approval", {"approved": True})
            held.set()
            return await asyncio.gather(*following)

    for messages in asyncio.run(run()):
        assert [each.state or each.status for each in messages] == [*STEPS, *SHIPPED]
        assert [each.number for each in messages] == [1, 2, 3, 4, 5, 6]


def test_an_execution_that_is_not_there_is_not_followed(orders: Deployed) -> None:
    with (
        Stack(parse_outputs(orders.outputs)) as stack,
        pytest.raises(ExecutionNotFound, match="/place-order/none/tickets returned 404"),
    ):
        next(stack.follow("place-order", "none"))


@pytest.fixture(scope="module")
def page(orders: Deployed, site: tuple[Path, str], chromium: Browser) -> Page:
    folder, origin = site
    shutil.copy(EXAMPLE / "page.html", folder)
    shutil.copy(MODULE, folder)
    (folder / "outputs.json").write_text(json.dumps(orders.outputs))
    page = chromium.new_page()
    page.goto(f"{origin}/page.html")
    page.wait_for_selector("body[data-ready]")
    page.evaluate(RECORD)
    return page


def order(page: Page, button: str, rest: list[str]) -> list[float]:
    """Orders, and answers when the page asks.

    Returns:
        milliseconds from the time at which a state is entered to that at which it is shown.
    """
    page.get_by_label("Item").fill("tea")
    page.get_by_role("button", name="Order").click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("listitem")).to_have_text([*STEPS, *rest])
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("button", name=button)).to_be_hidden()
    return page.evaluate("delays.splice(0)")


@pytest.mark.parametrize(
    ("button", "rest"),
    [("Approve", SHIPPED), ("Refuse", ["Refused", "FAILED"])],
)
def test_a_page_shows_each_step_at_once_and_approves(
    page: Page, button: str, rest: list[str]
) -> None:
    delays = order(page, button, rest)
    assert percentile(delays, 0.95) < SECONDS * 1000, delays


@pytest.mark.bench
def test_a_page_shows_a_step_within_a_second(
    page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    delays = [delay for _ in range(ORDERS) for delay in order(page, "Approve", SHIPPED)]
    half, most = (percentile(delays, part) for part in (0.5, 0.95))
    with capsys.disabled():
        print(f"\n{ORDERS} orders: a step is shown after {half:.0f} ms, p95 {most:.0f} ms", end="")
    assert most < 1000, delays


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[math.ceil(len(values) * part) - 1]
