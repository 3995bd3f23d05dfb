"""A real server that answers as Stepgate's routes do, with faults in front of them."""

import json
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from stepgate.local.emulator import HOST

SECONDS = 10
"""Longer than any client waits here."""


class ReceivedRequest(NamedTuple):
    method: str
    path: str
    headers: Message
    body: bytes


class Answer(NamedTuple):
    status: int
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})
    missing: int = 0
    """Bytes that the answer promises and does not hold."""
    pause: float = 0
    """Seconds before each byte of the body."""
    header_pause: float = 0
    """Seconds before each byte of the header."""


Do: TypeAlias = Callable[[], Answer]
Fault: TypeAlias = Callable[[Do], Answer | None]
"""Given what the route does, what the client gets: None is a dropped connection."""


def instead(answer: Answer | None) -> Fault:
    """The route does nothing."""
    return lambda _: answer


def after(answer: Answer | None) -> Fault:
    """The route does what it should, and the client is told something else."""

    def fault(do: Do) -> Answer | None:
        do()
        return answer

    return fault


def half(do: Do) -> Answer:
    return do()._replace(missing=100)


def trickles(do: Do) -> Answer:
    return do()._replace(pause=0.5)


def header_trickles(do: Do) -> Answer:
    return do()._replace(header_pause=0.5)


def problem(status: int, error: str, detail: str = "So it is.", **members: str) -> Answer:
    document = {"type": "about:blank", "title": "", "status": status, "detail": detail}
    document |= {"error": error, **members}
    return Answer(status, document, {"Content-Type": "application/problem+json"})


class Routes(ThreadingHTTPServer):
    """`now` is synchronous and counts its runs, `later` starts executions, which are kept.

    Attributes:
        faults: each for one request, in their order.
        always: for every request behind these.
        ended: the executions that have ended.
        ends_at_once: whether executions end when they are started.
        waits: whether there is a wait route, at which each execution ends.
        tickets: for the live API, and the executions that they are for.
    """

    request_queue_size = 128

    def __init__(self, *, listens: bool = True) -> None:
        super().__init__((HOST, 0), Handler, bind_and_activate=False)
        self.server_bind()
        if listens:
            self.server_activate()
        self.received: list[ReceivedRequest] = []
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.runs = 0
        self.executions: dict[str, bytes] = {}
        self.tickets: dict[str, str] = {}
        self.ended: set[str] = set()
        self.ends_at_once = False
        self.waits = False
        self.over = threading.Event()

    @contextmanager
    def serving(self) -> Generator["Routes"]:
        thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self.shutdown()
            thread.join()
            self.server_close()

    def url(self, path: str = "") -> str:
        return f"http://{HOST}:{self.server_port}/v1/{path}"

    def outputs(self, **others: Any) -> dict[str, Any]:
        wait = {"waitUrl": self.url("later/{execution}/wait")} if self.waits else {}
        return {
            "routes": {
                "now": {"mode": "sync", "method": "POST", "url": self.url("now")},
                "later": {
                    "mode": "async",
                    "method": "POST",
                    "url": self.url("later"),
                    "executionUrl": self.url("later/{execution}"),
                    **wait,
                },
            },
            "region": "eu-west-1",
            "authorization": "none",
            **others,
        }

    def slow(self, do: Do) -> None:
        """Longer than the client waits."""
        do()
        self.over.wait(SECONDS)

    def requests(self, method: str) -> list[ReceivedRequest]:
        return [received for received in self.received if received.method == method]

    def answer(self, received: ReceivedRequest) -> Answer:
        name, _, behind = received.path.removeprefix("/v1/later/").partition("/")
        match received.method, received.path:
            case "POST", "/v1/now":
                self.runs += 1
                return Answer(200, {"runs": self.runs})
            case "POST", "/v1/later":
                return self._start(received.headers["Idempotency-Key"], received.body)
            case _ if name not in self.executions:
                return problem(404, "ExecutionDoesNotExist", "This execution does not exist.")
            case _:
                return self._of_execution(received.method, name, behind)

    def _of_execution(self, method: str, name: str, behind: str) -> Answer:
        match method, behind:
            case "POST", "tickets":
                return self._ticket(name)
            case "GET", _ if behind:
                self.ended.add(name)
                return Answer(303, {}, {"Location": f"../{name}"})
            case "DELETE", _:
                self.ended.add(name)
                return Answer(202, {"stopDate": 1.5})
            case _:
                return Answer(200, self._description(name))

    def _ticket(self, name: str) -> Answer:
        ticket = f"{name}-{len(self.received)}"
        self.tickets[ticket] = name
        return Answer(201, {"ticket": ticket, "expires": "2026-11-26T04:05:12.138Z"})

    def _start(self, key: str, body: bytes) -> Answer:
        if key in self.executions and (self.executions[key] != body or key in self.ended):
            return problem(409, "ExecutionAlreadyExists", execution=key)
        self.executions[key] = body
        if self.ends_at_once:
            self.ended.add(key)
        return Answer(202, {"execution": key, "status": "RUNNING"})

    def _description(self, name: str) -> dict[str, Any]:
        value = json.loads(self.executions[name])
        document = {"executionArn": f"arn:{name}", "execution": name, "startDate": 1.5}
        document |= {"input": value, "status": "RUNNING"}
        if name in self.ended:
            document |= {"status": "SUCCEEDED", "stopDate": 2.5, "output": value}
        return document


class Handler(BaseHTTPRequestHandler):
    server: Routes  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = ReceivedRequest(self.command, self.path, self.headers, body)
        self.server.received.append(received)
        fault = self.server.faults.pop(0) if self.server.faults else self.server.always

        def do() -> Answer:
            return self.server.answer(received)

        answer = fault(do) if fault else do()
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(answer)

    do_POST = do_DELETE = do_GET  # noqa: N815

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, str | bytes) else json.dumps(answer.body)
        content = body.encode() if isinstance(body, str) else body
        if answer.header_pause:
            self._trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", answer.header_pause)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Type" not in answer.headers:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content) + answer.missing))
        self.end_headers()
        if answer.pause:
            self._trickle(content, answer.pause)
        else:
            with suppress(ConnectionError):  # the client has read enough
                self.wfile.write(content)
        if answer.missing:
            self.close_connection = True

    def _trickle(self, body: bytes, pause: float) -> None:
        with suppress(ConnectionError):  # the client has given up
            for byte in body:
                self.server.over.wait(pause)
                self.wfile.write(bytes([byte]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
