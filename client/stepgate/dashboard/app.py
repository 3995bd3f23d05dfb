"""The dashboard's routes: see docs/dashboard.md."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from stepgate import (
    InputInvalid,
    InputRefused,
    NameInvalid,
    NotFound,
    Progress,
    Stack,
    StepgateError,
    WorkflowUnknown,
    WrongMode,
)
from stepgate.dashboard.aside import aside
from stepgate.dashboard.board import Board
from stepgate.dashboard.executions import Executions, told
from stepgate.dashboard.guard import Guard
from stepgate.dashboard.stream import events
from stepgate.dashboard.watching import lasting, watch_instance, watch_queue, watch_silence
from stepgate.dashboard.workflows import shown_workflows
from stepgate.input import json_value

PAGE = Path(__file__).with_name("page")
LONGEST_INPUT = 262_144
"""Bytes, as docs/http.md has it."""

GIVING_BACK_SECONDS = 5
"""For the queue's reader to end, which waits for messages at most half as long."""

_STATUS = {
    InputInvalid: HTTPStatus.BAD_REQUEST,
    InputRefused: HTTPStatus.BAD_REQUEST,
    NameInvalid: HTTPStatus.BAD_REQUEST,
    WrongMode: HTTPStatus.BAD_REQUEST,
    NotFound: HTTPStatus.NOT_FOUND,
    WorkflowUnknown: HTTPStatus.NOT_FOUND,
}
"""Other errors are `BAD_GATEWAY`: it is the stack that does not do it."""


class Dashboard:
    """The app, and the board that its pages show.

    Attributes:
        app: for a server of ASGI.
    """

    def __init__(self, stack: Stack, title: str, progress: Progress) -> None:
        """
        Args:
            title: what the stack is called.
            progress: the stack's queue, of which this is the one reader.
        """
        self._stack = stack
        self._progress = progress
        self._workflows = shown_workflows(stack)
        self._board = Board(title, stack.region, self._workflows, stack.instance_id)
        self._executions = Executions(stack, self._workflows, self._board)
        self.app = Guard(
            Starlette(
                routes=[
                    Route("/", self._page),
                    Mount("/page", StaticFiles(directory=PAGE)),
                    Route("/events", self._events),
                    Route("/diagram", self._diagram),
                    Route("/check", self._check, methods=["POST"]),
                    Route("/executions", self._start, methods=["POST"]),
                    Route("/execution", self._look, methods=["GET"]),
                    Route("/execution", self._stop, methods=["DELETE"]),
                ],
                exception_handlers={
                    StepgateError: _failed,
                    HTTPException: _refused,
                    Exception: _broken,
                },
                lifespan=self._lifespan,
            )
        )

    def close(self) -> None:
        """Ends the streams of all pages; without it a server would wait for them."""
        self._board.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as tasks:
            reading, *watching = (
                tasks.create_task(lasting(partial(watch, of, self._board)))
                for watch, of in (
                    (watch_queue, self._progress),
                    (watch_silence, self._progress),
                    (watch_instance, self._stack),
                )
            )
            yield
            # What was received and not handled is visible to the next reader at once.
            await aside(lambda: self._progress.close(wait=GIVING_BACK_SECONDS))
            await asyncio.wait([reading], timeout=GIVING_BACK_SECONDS)
            for task in (reading, *watching):
                task.cancel()

    async def _page(self, _: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    async def _events(self, request: Request) -> Response:
        if request.method == "HEAD":  # which would never end
            return Response(media_type="text/event-stream")
        return StreamingResponse(
            events(self._board),
            headers={"Cache-Control": "no-store"},
            media_type="text/event-stream",
        )

    async def _diagram(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        shown = self._workflows.get(workflow)
        diagram = await aside(lambda: shown.diagram) if shown else None
        if diagram is None:
            raise WorkflowUnknown(f"there is no diagram of a workflow {workflow!r}")
        return Response(diagram, media_type="image/svg+xml")

    async def _check(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        text = await _body(request)
        try:
            await self._executions.check(workflow, _value(workflow, text))
        except InputInvalid as invalid:
            message = f"{invalid.field or 'The input'} {invalid.reason}"
            return JSONResponse({"problem": {"field": invalid.field, "message": message}})
        return JSONResponse({"problem": None})

    async def _start(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        value = _value(workflow, await _body(request))
        id_ = await self._executions.start(workflow, value)
        return JSONResponse({"id": id_}, HTTPStatus.ACCEPTED)

    async def _look(self, request: Request) -> Response:
        record = await self._executions.look(*_execution(request))
        return Response(record.json, media_type="application/json")

    async def _stop(self, request: Request) -> Response:
        await self._executions.stop(*_execution(request))
        return JSONResponse({}, HTTPStatus.ACCEPTED)


def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, StepgateError)
    status = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    return JSONResponse({"message": told(error)}, next(status, HTTPStatus.BAD_GATEWAY))


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)


def _broken(_: Request, __: Exception) -> Response:
    message = "the dashboard has a defect; its terminal shows where"
    return JSONResponse({"message": message}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _execution(request: Request) -> tuple[str, str]:
    return _parameter(request, "workflow"), _parameter(request, "execution")


def _parameter(request: Request, name: str) -> str:
    try:
        return request.query_params[name]
    except KeyError:
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"the query has no {name}") from None


async def _body(request: Request) -> bytes:
    """What was sent; of a browser's forms from elsewhere none is JSON."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body has to be JSON")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_INPUT:
            message = f"the input is longer than the {LONGEST_INPUT:,} bytes that a route takes"
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
    return body


def _value(workflow: str, text: bytes) -> Any:
    """
    Raises:
        InputInvalid: it is not JSON, or would not arrive as it is.
    """
    try:
        return json_value(text)
    except ValueError as error:
        raise InputInvalid(workflow, "", f"cannot be taken as JSON: {error}") from None
