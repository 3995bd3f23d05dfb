"""Serves the dashboard on this machine, to this machine only."""

import asyncio
import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from stepgate.dashboard.app import Dashboard
from stepgate.dashboard.connection import MAX_CONNECTIONS, Connection

GRACE_SECONDS = 2
"""For requests in progress when the server is stopped."""


class Server(uvicorn.Server):
    """Serves until SIGINT or SIGTERM, then ends the event streams of all pages."""

    def __init__(self, dashboard: Dashboard, started: Callable[[], None]) -> None:
        self._dashboard = dashboard
        self._started = started
        super().__init__(
            uvicorn.Config(
                dashboard.app,
                lifespan="on",
                http=Connection,
                limit_concurrency=MAX_CONNECTIONS,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._dashboard.close)
        super().handle_exit(sig, frame)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)


def serve(dashboard: Dashboard, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serves until it is interrupted.

    Args:
        started: called once it accepts requests.

    Raises:
        KeyboardInterrupt: it was interrupted by SIGINT. SIGTERM ends the process.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    Server(dashboard, started).run(sockets=[listener])
