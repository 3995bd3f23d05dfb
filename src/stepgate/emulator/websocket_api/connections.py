"""Connections: their frames, their ends, and what a backend sends to them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

import base64
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty

from localstack.utils.patch import patch
from rolo.serving.twisted import WebSocketChannel
from twisted.internet import reactor
from twisted.python.threadable import isInIOThread
from wsproto import ConnectionState, events

FRAME_BYTES = 32 * 1024
MESSAGE_BYTES = 128 * 1024
IDLE_SECONDS = 10 * 60
DURATION_SECONDS = 2 * 3600

ANSWER_SECONDS = 5
"""How long a client has to answer a Close."""

TOO_BIG = 1009
GOING_AWAY = 1001
ABNORMAL = 1006


class Clock:
    """The time by which connections end. Tests move it forward."""

    def __init__(self):
        self._ahead = 0.0

    def now(self):
        return time.time() + self._ahead

    def forward(self, seconds):
        self._ahead += seconds
        for connection in list(open_connections.values()):
            connection.channel.eventQueue.put(CLOCK_MOVED)


CLOCK_MOVED = object()
"""Wakes a connection up."""

clock = Clock()
open_connections = {}
"""By the ids of API, stage and connection."""


def apply() -> None:
    patch(WebSocketChannel.dataReceived)(receive)
    patch(WebSocketChannel.wsSend)(on_the_reactors_thread)
    patch(WebSocketChannel.wsReject)(on_the_reactors_thread)
    patch(WebSocketChannel.wsClose)(close)
    patch(WebSocketChannel.wsClose)(on_the_reactors_thread)


def on_the_reactors_thread(original, self, *args):
    """Twisted's transports are not thread-safe, and anything may push to a connection."""
    if isInIOThread():
        original(self, *args)
    else:
        reactor.callFromThread(original, self, *args)


def close(original, self, code, reason):  # noqa: ARG001 - it hangs up without the other's answer
    """ "After both sending and receiving a Close message, an endpoint considers the WebSocket
    connection closed and MUST close the underlying TCP connection."

    https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1
    """
    if self.wsproto.state is not ConnectionState.OPEN:
        return hang_up(self)
    self.wsSend(events.CloseConnection(code, reason))
    self.eventQueue.put_nowait(events.CloseConnection(code, reason))
    return reactor.callLater(ANSWER_SECONDS, hang_up, self)


def hang_up(channel):
    # Otherwise it would end the request with the headers of a response, which are not a frame.
    channel.request.startedWriting = True
    channel.close()
    channel.request.transport.loseConnection()


def receive(original, self, data):  # noqa: ARG001 - it answers no Close
    """ "If an endpoint receives a Close frame and did not previously send a Close frame, the
    endpoint MUST send a Close frame in response."

    https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1
    """
    if self.wsproto.state is ConnectionState.CLOSED:
        return
    self.wsproto.receive_data(data)
    for event in self.wsproto.events():
        match event:
            case events.Ping() if self.wsproto.state is ConnectionState.OPEN:
                self.wsSend(event.response())
            case events.CloseConnection():
                # Before the end that the channel itself puts there.
                self.eventQueue.put_nowait(event)
                if self.wsproto.state is not ConnectionState.CLOSED:
                    self.wsSend(event.response())
                hang_up(self)
            case events.Message():
                self.eventQueue.put_nowait(event)
            case _:
                pass


@dataclass(eq=False)
class Connection:
    """One client's connection.

    Attributes:
        key: the ids of its API, stage and connection.
        channel: what its frames go through, once it is accepted.
        closed: the code and the reason that it was closed with.
    """

    api_id: str
    stage: str
    source_ip: str
    user_agent: str
    # Ids on AWS end like this one, and so have to be encoded in a path.
    id: str = field(default_factory=lambda: base64.urlsafe_b64encode(os.urandom(11)).decode())
    connected_at: float = field(default_factory=clock.now)
    last_active_at: float = field(default_factory=clock.now)
    channel: WebSocketChannel | None = None
    closed: tuple[int, str] | None = None

    @property
    def key(self):
        return self.api_id, self.stage, self.id

    def open(self, channel):
        self.channel = channel
        open_connections[self.key] = self

    def send(self, text):
        """ "A message larger than 32 KB must be split into multiple frames, each 32 KB or
        smaller": a character has up to 4 bytes.
        """
        self.last_active_at = clock.now()
        size = FRAME_BYTES // 4
        frames = [text[start : start + size] for start in range(0, len(text), size)]
        reactor.callFromThread(self._send_frames, frames or [""])

    def _send_frames(self, frames):
        """Together, so that no other message comes between them, and only while it is open."""
        if self.channel.wsproto.state is not ConnectionState.OPEN:
            return
        for number, frame in enumerate(frames, 1):
            self.channel.wsSend(events.TextMessage(frame, message_finished=number == len(frames)))

    def close(self, code, reason):
        open_connections.pop(self.key, None)
        self.closed = self.closed or (code, reason)
        self.channel.wsClose(code, reason)

    def messages(self):
        """Each message, as text, until the connection is closed.

        "If a larger message (or larger frame size) is received, the connection is closed with code
        1009."
        """
        parts, frame_bytes, message_bytes = [], 0, 0
        while True:
            match self._next_event():
                case events.CloseConnection(code=code, reason=reason):
                    open_connections.pop(self.key, None)
                    self.closed = self.closed or (code or ABNORMAL, reason or "")
                    return
                case events.Message() as event:
                    is_text = isinstance(event.data, str)
                    part = event.data.encode() if is_text else bytes(event.data)
                    parts.append(part)
                    frame_bytes += len(part)
                    message_bytes += len(part)
                    if frame_bytes > FRAME_BYTES or message_bytes > MESSAGE_BYTES:
                        self.close(TOO_BIG, "Message too big")
                        return
                    if event.frame_finished:
                        frame_bytes = 0
                    if event.message_finished:
                        self.last_active_at = clock.now()
                        yield b"".join(parts).decode(errors="replace")
                        parts, message_bytes = [], 0

    def _next_event(self):
        """The next one, or None for none that matters; closes a connection whose time is over.

        "Connection duration for WebSocket API: 2 hours. Idle Connection Timeout: 10 minutes."
        """
        over = min(self.connected_at + DURATION_SECONDS, self.last_active_at + IDLE_SECONDS)
        remaining = over - clock.now()
        if remaining <= 0 and not self.closed:
            self.close(GOING_AWAY, "Going away")
        try:
            return self.channel.eventQueue.get(timeout=max(remaining, 1))
        except Empty:
            return None

    def described(self):
        """As `GetConnection` answers."""
        return {
            "connectedAt": _iso(self.connected_at),
            "identity": {"sourceIp": self.source_ip, "userAgent": self.user_agent},
            "lastActiveAt": _iso(self.last_active_at),
        }


def _iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
