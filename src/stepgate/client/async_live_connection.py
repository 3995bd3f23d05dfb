"""Carries out what follows an execution, over WebSockets, with asyncio."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from stepgate.client.async_transport import AsyncTransport
from stepgate.client.exchange import Attempt, Blocking, Pause
from stepgate.client.live_api import Connect
from stepgate.client.live_connection import Step, connect_options, connection_errors
from stepgate.client.live_exchange import LiveExchange, Receive, Send
from stepgate.client.message import Message

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection


async def follow(transport: AsyncTransport, exchange: LiveExchange) -> AsyncGenerator[Message]:
    """The messages of an exchange. Its connection is closed at the end."""
    async with aclosing(_Connection(transport)) as connection:
        try:
            step = next(exchange)
            while True:
                if isinstance(step, Message):
                    yield step
                    step = next(exchange)
                    continue
                try:
                    result = await connection.carry_out(step)
                except Exception as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(result)
        except StopIteration:
            return


class _Connection:
    """At most one at a time."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._socket: ClientConnection | None = None
        self._name = ""

    async def carry_out(self, step: Step) -> Any:
        match step:
            case Attempt() | Pause() | Blocking():
                return await self._transport.carry_out(step)
            case Connect():
                return await self._connect(step)
            case _ if self._socket is None:
                raise AssertionError("nothing is sent or received before there is a connection")
            case Send():
                with connection_errors(self._name):
                    return await self._socket.send(step.text)
            case Receive():
                with connection_errors(self._name):
                    try:
                        async with asyncio.timeout(step.seconds):
                            return await self._socket.recv()
                    except TimeoutError:
                        return None

    async def _connect(self, step: Connect) -> None:
        await self.aclose()
        with connection_errors(step.name):
            from websockets.asyncio.client import connect  # noqa: PLC0415 - it comes with an extra

            self._name = step.name
            self._socket = await connect(step.url, **connect_options(step))

    async def aclose(self) -> None:
        if self._socket:
            await self._socket.close()
