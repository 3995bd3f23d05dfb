"""Carries out what follows an execution, over WebSockets."""

from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from stepgate.client.emulator import STOPPED, is_emulated, is_loopback
from stepgate.client.errors import LiveUnavailable, NoResponse
from stepgate.client.exchange import Attempt, Blocking, Pause
from stepgate.client.live_api import Connect, handshake_error
from stepgate.client.live_exchange import LiveExchange, Receive, Send
from stepgate.client.message import Message
from stepgate.client.transport import Transport, ssl_context

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

_OPEN_SECONDS = 10
_CLOSE_SECONDS = 1
"""How long the other side may take to confirm a close."""

Step = Attempt | Pause | Blocking | Connect | Send | Receive


def follow(transport: Transport, exchange: LiveExchange) -> Generator[Message]:
    """The messages of an exchange. Its connection is closed at the end."""
    with closing(_Connection(transport)) as connection:
        try:
            step = next(exchange)
            while True:
                if isinstance(step, Message):
                    yield step
                    step = next(exchange)
                    continue
                try:
                    result = connection.carry_out(step)
                except Exception as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(result)
        except StopIteration:
            return


class _Connection:
    """At most one at a time."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._open = ExitStack()
        self._socket: ClientConnection | None = None
        self._name = ""

    def carry_out(self, step: Step) -> Any:
        match step:
            case Attempt() | Pause() | Blocking():
                return self._transport.carry_out(step)
            case Connect():
                return self._connect(step)
            case _ if self._socket is None:
                raise AssertionError("nothing is sent or received before there is a connection")
            case Send():
                with connection_errors(self._name):
                    return self._socket.send(step.text)
            case Receive():
                with connection_errors(self._name):
                    try:
                        return self._socket.recv(step.seconds)
                    except TimeoutError:
                        return None

    def _connect(self, step: Connect) -> None:
        self.close()
        with connection_errors(step.name):
            from websockets.sync.client import connect  # noqa: PLC0415 - it comes with an extra

            self._name = step.name
            opened: Any = cast("Any", connect)(step.url, **connect_options(step))
            self._socket = self._open.enter_context(opened)

    def close(self) -> None:
        self._open.close()


def connect_options(step: Connect) -> dict[str, Any]:
    is_local = is_loopback(urlsplit(step.url).hostname or "")
    return {
        "additional_headers": step.headers,
        "open_timeout": _OPEN_SECONDS,
        "close_timeout": _CLOSE_SECONDS,
        # Nothing says that API Gateway answers a ping of the protocol.
        "ping_interval": None,
        "proxy": None if is_local else True,
        "ssl": ssl_context() if step.url.startswith("wss:") else None,
    }


@contextmanager
def connection_errors(name: str) -> Generator[None]:
    """
    Raises:
        LiveUnavailable: the package is missing.
        RequestFailed: the connection was refused.
        NoResponse: there is none, or it is lost.
    """
    try:
        from websockets.exceptions import InvalidStatus, WebSocketException  # noqa: PLC0415
    except ModuleNotFoundError:
        raise LiveUnavailable(
            "following needs the package websockets: install pulumi-stepgate[live]"
        ) from None
    try:
        yield
    except InvalidStatus as error:
        response = error.response
        raise handshake_error(name, response.status_code, bytes(response.body or b"")) from None
    except (OSError, WebSocketException) as error:
        reason = type(error).__name__ + (f" ({error})" if str(error) else "")
        cure = STOPPED if is_emulated(name) else "check that output liveUrl is right and reachable"
        raise NoResponse(
            f"{name} has no connection: {reason}; {cure}", may_have_arrived=True
        ) from None
