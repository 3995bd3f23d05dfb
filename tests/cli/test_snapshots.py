"""When snapshots of an execution are taken where there is a live API."""

from collections.abc import Generator

import pytest

from stepgate import RetryPolicy, Stack
from stepgate.cli import snapshots
from stepgate.cli.snapshots import take_snapshots
from stepgate.client.outputs import parse_outputs
from tests.client.live_server import END, WORKFLOW, Follower, LiveServer
from tests.client.routes import Routes

ONCE = RetryPolicy(retry_timeout=0, not_found_timeout=0)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Generator[LiveServer]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # no histories
    with Routes().serving() as routes, LiveServer(routes).serving() as live:
        routes.executions["watched"] = b"{}"
        yield live


def test_a_message_ends_the_pause(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LIVE_PAUSES", (60, 60))

    def ends(follower: Follower) -> None:
        follower.answer(number=END - 1)
        live.routes.ended.add("watched")
        follower.push(END)

    live.happens["watched"] = ends
    with Stack(parse_outputs(live.outputs()), retry_policy=ONCE) as stack:
        taken = [
            each.status.status for each in take_snapshots(stack.execution(WORKFLOW, "watched"))
        ]
    assert (taken[0], taken[-1]) == ("RUNNING", "SUCCEEDED")
    assert len(taken) <= 3, "not polled"


def test_without_a_good_live_api_the_status_is_polled(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LIVE_PAUSES", (60, 60))
    monkeypatch.setattr(snapshots, "pause_after", lambda _: 0.01)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    live.happens["watched"] = lambda follower: follower.problem(403, "Forbidden")
    for outputs in (live.outputs(), live.routes.outputs()):
        live.routes.ended.clear()
        with Stack(parse_outputs(outputs), retry_policy=ONCE) as stack:
            taking = take_snapshots(stack.execution(WORKFLOW, "watched"))
            assert [next(taking).status.status for _ in range(2)] == ["RUNNING"] * 2
            live.routes.ended.add("watched")
            assert [each.status.status for each in taking] == ["SUCCEEDED"]
