"""Carries out exchanges with routes, with asyncio."""

import asyncio
from typing import Any, cast

import httpx

from stepgate.client.authentication import Token, authentication
from stepgate.client.errors import CredentialsUnusable
from stepgate.client.exchange import Attempt, Blocking, Exchange, Pause, T
from stepgate.client.outcome import Outcome
from stepgate.client.outputs import Outputs
from stepgate.client.response import PartialResponse
from stepgate.client.time_limit import limit_streams, time_limit
from stepgate.client.transport import client_options, no_response, request_arguments


class AsyncTransport:
    """As `Transport`, for asyncio."""

    def __init__(
        self,
        outputs: Outputs,
        transport: httpx.AsyncBaseTransport | None = None,
        token: Token | None = None,
    ) -> None:
        self._outputs = outputs
        self._token = token
        self._http = httpx.AsyncClient(transport=transport, **client_options(outputs))
        limit_streams(self._http)
        self._authentication: httpx.Auth | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def run(self, exchange: Exchange[T]) -> T:
        """As `Transport.run`; a task that is cancelled is one of what interrupts it."""
        try:
            step = next(exchange)
            while True:
                try:
                    result = await self.carry_out(step)
                except BaseException as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(result)
        except StopIteration as end:
            return end.value

    async def carry_out(self, step: Attempt | Pause | Blocking) -> Any:
        match step:
            case Attempt():
                return await self._attempt(step)
            case Pause():
                return await asyncio.sleep(step.seconds)
            case Blocking():
                return await asyncio.to_thread(step.function)

    async def _attempt(self, attempt: Attempt) -> Outcome:
        try:
            if self._authentication is None:
                # It may read credentials from a file, a process or another machine.
                self._authentication = await asyncio.to_thread(
                    authentication, self._outputs, self._token
                )
            stream = self._http.stream(**request_arguments(attempt), auth=self._authentication)
            with time_limit(attempt.seconds):
                async with stream as response:
                    partial = PartialResponse(response)
                    async for part in cast("httpx.AsyncByteStream", response.stream):
                        partial.add(part)
                        if partial.is_too_large:
                            break
                    return partial.complete()
        except CredentialsUnusable as error:
            return error
        except httpx.RequestError as error:
            return no_response(attempt, error)
