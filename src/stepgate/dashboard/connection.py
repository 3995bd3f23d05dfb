"""A client's connection, with limits: one that sends or reads too slowly is closed.

Uvicorn limits only the time between two requests.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 200
"""A browser opens at most six, and keeps one for all its pages."""
HEADER_SECONDS = 10
"""From the connection, or the last response, to the end of a request's header."""
READ_SECONDS = 20
"""For a client to read what waits for it."""


class Connection(H11Protocol):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._header_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] as in the base class
        super().connection_made(transport)
        self._await_header()

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._header_timer, self._read_timer)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._await_header()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_timer = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        _cancel(self._read_timer)
        super().resume_writing()

    def _await_header(self) -> None:
        _cancel(self._header_timer)
        self._header_timer = self.loop.call_later(HEADER_SECONDS, self._close_without_header)

    def _close_without_header(self) -> None:
        if self.conn.their_state is h11.IDLE:
            self.transport.abort()


def _cancel(*timers: asyncio.TimerHandle | None) -> None:
    for timer in timers:
        if timer:
            timer.cancel()
