"""A server of the live API's contract, which does to followers what an execution's name says."""

import json
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, NamedTuple

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from stepgate.local.emulator import HOST
from tests.client.routes import Routes

END = 6
"""The number of the last message."""
WORKFLOW = "later"


def message(number: int, status: str | None = None) -> dict[str, Any]:
    ends = {"status": status or "SUCCEEDED"} if status or number == END else None
    return {
        "workflow": WORKFLOW,
        "execution": "e",
        "executionArn": "arn:e",
        **(ends or {"state": f"State {number}", "status": "ENTERED"}),
        "time": "2026-11-26T04:04:12.138Z",
        "number": number,
    }


class Follower:
    """A connection, and what its client has asked for first.

    Attributes:
        nth: how many connections the client has opened to this execution before.
        after: of the first request.
    """

    def __init__(self, connection: ServerConnection, nth: int, request: dict[str, Any]) -> None:
        self._connection = connection
        self.nth = nth
        self.after = request.get("after")

    def request(self) -> dict[str, Any]:
        """The next request of the client."""
        return json.loads(self._connection.recv(timeout=10))

    def asks_after(self, number: int) -> None:
        request = self.request()
        assert request["action"] == "follow", request
        assert request["after"] == number, request
        assert "ticket" not in request, "a ticket is good for one request"

    def answer(
        self, *numbers: int, number: int = END, status: str = "", more: bool = False
    ) -> None:
        """With the status that goes with the messages, if no other one is given."""
        status = status or ("SUCCEEDED" if END in numbers else "RUNNING")
        messages = [message(each) for each in numbers]
        self._send(type="status", status=status, number=number, messages=messages, more=more)

    def push(self, *numbers: int) -> None:
        for number in numbers:
            self._send(**message(number) | {"type": "message"})

    def problem(self, status: int, title: str) -> None:
        self._send(type="problem", status=status, title=title, detail="So it is.")

    def send(self, **members: Any) -> None:
        self.send_text(json.dumps(members))

    def send_text(self, text: str | bytes) -> None:
        self._connection.send(text)

    def _send(self, **members: Any) -> None:
        self.send(**{"workflow": WORKFLOW, "execution": "e"} | members)

    def lose(self) -> None:
        """Ends the connection as a network does, without a word."""
        self._connection.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.close(1001)


def in_order(follower: Follower) -> None:
    follower.answer(1, 2, number=2)
    follower.push(3, 4, 5, 6)


def overtaking(follower: Follower) -> None:
    follower.push(4)
    follower.answer(1, 2, number=4)
    follower.push(2, 3, 3, 6, 1, 5)


def lost(follower: Follower) -> None:
    if follower.nth == 0:
        follower.answer(1, 2, number=2)
        follower.push(3)
        follower.lose()
    else:
        # What was sent last may be lost, too.
        follower.answer(*range(int(follower.after or 0) + 1, 6), number=5)
        follower.push(6)


def lost_at_first(follower: Follower) -> None:
    if follower.nth < 2:
        follower.lose()
    else:
        in_order(follower)


def closed_each_time(follower: Follower) -> None:
    assert follower.after == follower.nth
    follower.answer(follower.nth + 1, number=follower.nth + 1)
    follower.close()


def gap(follower: Follower) -> None:
    follower.answer(1, number=1)
    follower.push(3)
    follower.asks_after(1)
    follower.answer(2, 3, number=3)
    follower.push(4, 5, 6)


def lost_message(follower: Follower) -> None:
    follower.answer(1, number=1)
    follower.push(3, 4)
    follower.asks_after(1)
    follower.answer(3, 4, number=4)
    follower.push(5, 6)


def pages(follower: Follower) -> None:
    follower.answer(1, 2, more=True)
    follower.asks_after(2)
    follower.answer(4, more=True)
    follower.asks_after(4)
    follower.push(3)
    follower.answer(5, 6)


def no_end(follower: Follower) -> None:
    follower.answer(1, 2, number=2, status="SUCCEEDED")
    follower.asks_after(2)
    follower.answer(number=2, status="SUCCEEDED")


def late_end(follower: Follower) -> None:
    follower.answer(1, 2, 3, 4, 5, number=5, status="SUCCEEDED")
    follower.push(6)


def redriven(follower: Follower) -> None:
    """Nothing has been sent since the end of before."""
    _answer_with_end(follower, "FAILED")
    follower.answer(number=2)
    follower.push(3, 4, 5, 6)


def redriven_to_lost_end(follower: Follower) -> None:
    """It has ended again, and nothing was sent since the end of before."""
    _answer_with_end(follower, "FAILED")
    follower.answer(number=2, status="SUCCEEDED")


def has_just_ended(follower: Follower) -> None:
    """The end was sent between the status and the messages of one answer."""
    _answer_with_end(follower, "SUCCEEDED")
    follower.answer(number=2, status="SUCCEEDED")


def to_busy_reader(follower: Follower) -> None:
    """All is there while the first message is read."""
    follower.push(1, 2)
    follower.answer(1, 2, number=2)
    follower.push(3, 4, 5, 6)


def has_ended(follower: Follower) -> None:
    follower.answer(1, 2, 3, 4, 5, 6, status="SUCCEEDED")


def _answer_with_end(follower: Follower, end: str) -> None:
    """Where the status is not that of the end, it is asked for again."""
    messages = [message(1), message(2, end)]
    follower.send(type="status", status="RUNNING", number=2, messages=messages, more=False)
    follower.asks_after(2)


def from_now_on(follower: Follower) -> None:
    assert follower.after is None
    follower.push(4)
    follower.answer(number=4)
    follower.push(5, 6)


def busy(follower: Follower) -> None:
    match follower.nth:
        case 0:
            follower.problem(429, "Too Many Requests")
        case 1:  # API Gateway's own
            follower.send(message="Internal server error", connectionId="c", requestId="r")
        case 2:
            follower.problem(500, "Internal Server Error")
        case _:
            in_order(follower)


def foreign(follower: Follower) -> None:
    follower.problem(404, "Not Found")


def refused(follower: Follower) -> None:
    follower.problem(403, "Forbidden")
    follower.close()


def is_asked(follower: Follower) -> None:
    """A quiet connection is asked for what was missed, and says it."""
    follower.answer(1, 2, number=2)
    follower.asks_after(2)
    follower.answer(3, 4, 5, 6)


def is_replaced(follower: Follower) -> None:
    """A quiet connection is replaced by another one."""
    if follower.nth == 0:
        follower.answer(1, 2, number=2)
    else:
        follower.answer(*range(int(follower.after or 0) + 1, 7))


def is_silent(follower: Follower) -> None:
    if follower.nth > 0:
        in_order(follower)


MALFORMED = [
    "no JSON",
    "[1]",
    "null",
    "{}",
    '{"type": 1}',
    '{"message": {}}',
    '{"type": "problem", "title": "Odd"}',
    '{"type": "problem", "status": "404"}',
    '{"type": "message"}',
    '{"type": "message", "number": "1", "status": "ENTERED", "state": "A"}',
    '{"type": "message", "number": 0, "status": "ENTERED", "state": "A"}',
    '{"type": "message", "number": 1, "state": "A"}',
    '{"type": "message", "number": 1, "status": "ENTERED", "state": 1}',
    '{"type": "status"}',
    '{"type": "status", "status": "RUNNING", "number": null, "messages": [], "more": false}',
    '{"type": "status", "status": "RUNNING", "number": 1, "messages": {}, "more": false}',
    '{"type": "status", "status": "RUNNING", "number": 1, "messages": [1], "more": false}',
    '{"type": "status", "status": "RUNNING", "number": 1, "messages": [{}], "more": false}',
    '{"type": "status", "status": "RUNNING", "number": 1, "messages": [], "more": true}',
    '{"type": "status", "status": "RUNNING", "number": 1, "messages": [], "more": "no"}',
    '{"type": "status", "status": 1, "number": 1, "messages": [], "more": false}',
]
"""Frames that the live API does not send."""


def malformed(text: str) -> Callable[[Follower], None]:
    def send(follower: Follower) -> None:
        if follower.nth == 0:
            follower.send_text(text)
        else:
            in_order(follower)

    return send


class Scenario(NamedTuple):
    """
    Attributes:
        numbers: of the messages that the client passes on; None for one made from the status.
        status: of the error that it ends with; 0 for none. 101 is that of the connection itself.
    """

    name: str
    happens: Callable[[Follower], None]
    numbers: list[int | None]
    after: int | None = 0
    status: int = 0


ALL: list[int | None] = [*range(1, END + 1)]
SCENARIOS = [
    Scenario("in-order", in_order, ALL),
    Scenario("overtaking", overtaking, ALL),
    Scenario("lost", lost, ALL),
    Scenario("lost-at-first", lost_at_first, ALL),
    Scenario("closed-each-time", closed_each_time, ALL),
    Scenario("gap", gap, ALL),
    Scenario("lost-message", lost_message, [1, 3, 4, 5, 6]),
    Scenario("pages", pages, ALL),
    Scenario("no-end", no_end, [1, 2, None]),
    Scenario("late-end", late_end, ALL),
    Scenario("redriven", redriven, ALL),
    Scenario("redriven-to-lost-end", redriven_to_lost_end, [1, 2, None]),
    Scenario("has-just-ended", has_just_ended, [1, 2]),
    Scenario("has-ended", has_ended, ALL),
    Scenario("busy-reader", to_busy_reader, ALL),
    Scenario("from-now-on", from_now_on, [5, 6], None),
    Scenario("busy", busy, ALL),
    Scenario("foreign", foreign, [], 0, 404),
    Scenario("refused", refused, [], 0, 403),
    *(
        Scenario(f"malformed-{number}", malformed(text), [], 0, 101)
        for number, text in enumerate(MALFORMED)
    ),
]

QUIET: dict[str, Callable[[Follower], None]] = {
    "ask-seconds": is_asked,
    "connection-seconds": is_replaced,
    "answer-seconds": is_silent,
}
"""What happens when a client has waited so long as its constant of that name says."""
HAPPENS = {scenario.name: scenario.happens for scenario in SCENARIOS} | QUIET
"""By the execution's name; what a name has behind a dot only keeps executions apart."""


class LiveServer:
    """
    Attributes:
        routes: with the route of tickets.
        happens: what is done to followers, by the execution's name.
        handshakes: the path and the headers of each.
        failures: what clients did that the contract does not have.
    """

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.handshakes: list[tuple[str, dict[str, str]]] = []
        self.failures: list[str] = []
        self.happens = dict(HAPPENS)
        self._counts: defaultdict[str, count[int]] = defaultdict(count)
        self._closed = threading.Semaphore(0)
        self._server = serve(self._handle, HOST, 0)

    @contextmanager
    def serving(self) -> Generator["LiveServer"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()

    @property
    def url(self) -> str:
        return f"ws://{HOST}:{self._server.socket.getsockname()[1]}/v1"

    def outputs(self, kind: str = "tickets") -> dict[str, Any]:
        return self.routes.outputs(liveUrl=self.url, liveAuthorization=kind)

    def _handle(self, connection: ServerConnection) -> None:
        if connection.request:
            headers = dict(connection.request.headers.raw_items())
            self.handshakes.append((connection.request.path, headers))
        with suppress(ConnectionClosed):
            request = json.loads(connection.recv(timeout=10))
            name = request["execution"]
            try:
                nth = next(self._counts[name])
                if self.routes.tickets.pop(request.get("ticket"), None) != name:
                    assert "ticket" not in request, "the ticket was used before"
                self.happens[name.split(".")[0]](Follower(connection, nth, request))
            except (AssertionError, TimeoutError) as error:
                self.failures.append(f"{name}: {error!r}")
            # The client closes it.
            with suppress(TimeoutError):
                while True:
                    connection.recv(timeout=10)
        self._closed.release()

    def await_closed(self) -> None:
        """Waits until one more connection is over."""
        assert self._closed.acquire(timeout=10)
