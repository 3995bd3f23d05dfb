"""Clients that are too slow, of a server whose limits are short."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stepgate.dashboard import connection
from tests.local.processes import await_

LARGE = 50_000_000
"""Bytes, more than the system keeps for a client that does not read."""
GET = b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n"


async def _small(_: Request) -> Response:
    return PlainTextResponse("small")


async def _large(_: Request) -> Response:
    return PlainTextResponse("a" * LARGE)


async def _late(_: Request) -> Response:
    await asyncio.sleep(1)
    return PlainTextResponse("late")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[str, int]]:
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.3)
    monkeypatch.setattr(connection, "READ_SECONDS", 0.3)
    routes = [Route("/small", _small), Route("/large", _large), Route("/late", _late)]
    with served(Starlette(routes=routes)) as address:
        yield address


@contextmanager
def served(app: Starlette) -> Generator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http=connection.Connection, log_config=None, timeout_graceful_shutdown=0
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        await_(lambda: server.started, "the server")
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET[:-2], GET + b"GET"])
def test_a_header_that_does_not_come_ends_the_connection(
    address: tuple[str, int], sent: bytes
) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(sent)
        received = _read_all(client)
    assert received.endswith(b"small") is sent.startswith(GET)


def test_a_response_may_take_longer(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(GET.replace(b"small", b"late"))
        assert _read_all(client).endswith(b"late")


def test_a_client_that_does_not_read_is_cut_off(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(GET.replace(b"small", b"large"))
        client.recv(1)
        await_(lambda: _is_reset(client), "the end of the connection")
    monkeypatch.setattr(connection, "READ_SECONDS", 60)  # also on a busy machine
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(GET.replace(b"small", b"large"))
        assert len(_read_all(client)) > LARGE


def _read_all(client: socket.socket) -> bytes:
    parts: list[bytes] = []
    try:
        while part := client.recv(1_000_000):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def _is_reset(client: socket.socket) -> bool:
    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 or _is_closed(client)


def _is_closed(client: socket.socket) -> bool:
    try:
        client.sendall(b" ")
    except OSError:
        return True
    return False
