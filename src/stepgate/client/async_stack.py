"""A deployed stack, and calls of its workflows, for asyncio."""

from collections.abc import AsyncGenerator
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from stepgate.client.async_live_connection import follow
from stepgate.client.async_transport import AsyncTransport
from stepgate.client.events import WaitingEvent
from stepgate.client.execution import BaseExecution, ExecutionStatus, Status
from stepgate.client.message import Message
from stepgate.client.route_request import NONE, Parameters
from stepgate.client.stack import BaseStack
from stepgate.client.visited_state import VisitedState

if TYPE_CHECKING:
    from stepgate.client.executions import ExecutionList
    from stepgate.client.recorded_outcome import RecordedOutcome


class AsyncExecution(BaseExecution):
    """As `Execution`, for asyncio."""

    def __init__(self, transport: AsyncTransport, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._transport = transport

    async def status(self) -> Status:
        """As `Execution.status`."""
        return await self._transport.run(self.status_exchange())

    async def wait(self, timeout: float | None = None) -> Any:
        """As `Execution.wait`."""
        return await self._transport.run(self.wait_exchange(timeout))

    async def stop(self) -> None:
        """As `Execution.stop`."""
        await self._transport.run(self.stop_exchange())

    async def send(self, event: str, body: Any = None, *, item: str | int | None = None) -> None:
        """As `Execution.send`."""
        await self._transport.run(self.send_exchange(event, body, item))

    def follow(self, *, after: int | None = 0) -> AsyncGenerator[Message]:
        """As `Execution.follow`, to be read with `async for`."""
        return follow(self._transport, self.follow_exchange(after))

    async def waiting(self) -> list[WaitingEvent]:
        """As `Execution.waiting`."""
        return await self._transport.run(self.waiting_exchange())

    async def redrive(self) -> datetime:
        """As `Execution.redrive`."""
        return await self._transport.run(self.redrive_exchange())

    async def restart(self) -> Self:
        """As `Execution.restart`."""
        return await self._transport.run(self.restart_exchange())

    async def history(self, *, with_data: bool = False) -> list[VisitedState]:
        """As `Execution.history`."""
        return await self._transport.run(self.history_exchange(with_data=with_data))


class AsyncStack(BaseStack[httpx.AsyncBaseTransport, AsyncExecution]):
    """As `Stack`, for asyncio: an async context manager, whose `call` and `start` are awaited.

    A task that is cancelled sends nothing more. Its `CancelledError` has a note that names what may
    have been started.
    """

    def _open(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._transport = AsyncTransport(self._outputs, transport, self._token)
        self._new_execution = partial(AsyncExecution, self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """As `Stack.close`."""
        await self._transport.close()

    async def call(
        self,
        workflow: str,
        input: Any = None,  # noqa: A002
        *,
        path: Parameters = NONE,
        query: Parameters = NONE,
        headers: Parameters = NONE,
        name: str | None = None,
    ) -> Any:
        """As `Stack.call`."""
        exchange = self.call_exchange(
            workflow, input, path=path, query=query, headers=headers, name=name
        )
        return await self._transport.run(exchange)

    async def start(
        self,
        workflow: str,
        input: Any = None,  # noqa: A002
        *,
        idempotency_key: str | None = None,
        path: Parameters = NONE,
        query: Parameters = NONE,
        headers: Parameters = NONE,
    ) -> AsyncExecution:
        """As `Stack.start`."""
        exchange = self.start_exchange(
            workflow,
            input,
            path=path,
            query=query,
            headers=headers,
            idempotency_key=idempotency_key,
        )
        return await self._transport.run(exchange)

    def follow(
        self, workflow: str, execution: str, *, path: Parameters = NONE, after: int | None = 0
    ) -> AsyncGenerator[Message]:
        """As `Stack.follow`, to be read with `async for`."""
        return self.execution(workflow, execution, path=path).follow(after=after)

    async def executions(
        self,
        workflow: str | None = None,
        *,
        status: ExecutionStatus | None = None,
        since: datetime | None = None,
        limit: int = 100,
        error: str | None = None,
    ) -> "ExecutionList":
        """As `Stack.executions`."""
        exchange = self.executions_exchange(workflow, status, since, limit, error)
        return await self._transport.run(exchange)

    async def outcome(
        self,
        name: str,
        workflow: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> "RecordedOutcome":
        """As `Stack.outcome`."""
        return await self._transport.run(self.outcome_exchange(name, workflow, since, until))
