"""Executions are followed live, over WebSockets."""

import json
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_contract import start

pytestmark = pytest.mark.proof

SECONDS = 60
"""Longer than a message takes on a busy machine."""
WORKFLOW = "told-later"


@pytest.fixture(scope="module")
def live(deployed: Deployed) -> Deployed:
    """A stack whose executions are followed with tickets."""
    return deploy_beside(deployed, "live", workflows=[WORKFLOW, "order"], live="tickets")


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    with httpx.Client(timeout=SECONDS) as client:
        yield client


def follow(socket: ClientConnection, execution: str, **more: object) -> Any:
    message = {"action": "follow", "workflow": WORKFLOW, "execution": execution}
    socket.send(json.dumps(message | more))
    return received(socket)


def received(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=SECONDS))


def test_follow_answers_with_the_status(live: Deployed, http: httpx.Client) -> None:
    url, _ = start(http, live.url(WORKFLOW), {"wait": 8})
    ticket = http.post(f"{url}/tickets")
    assert ticket.status_code == 201, ticket.text
    name = url.rpartition("/")[2]
    with connect(live.outputs["liveUrl"], proxy=None) as socket:
        found = follow(socket, name, ticket=ticket.json()["ticket"])
    assert found["type"] == "status"
    assert (found["workflow"], found["execution"], found["status"]) == (WORKFLOW, name, "RUNNING")
