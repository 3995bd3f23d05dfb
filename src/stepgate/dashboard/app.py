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
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from stepgate.client.errors import (
    ExecutionNotFound,
    InputRejected,
    InvalidInput,
    InvalidName,
    StepgateError,
    WorkflowNotFound,
    WrongMode,
)
from stepgate.client.progress import Progress
from stepgate.client.stack import Stack
from stepgate.dashboard.access import PAGE, Access, AccessMiddleware
from stepgate.dashboard.background_tasks import (
    check_for_problems,
    list_executions,
    read_queue,
    restart_on_error,
)
from stepgate.dashboard.event_stream import event_stream
from stepgate.dashboard.executions import Executions, RouteParameters, error_message
from stepgate.dashboard.security import SecurityMiddleware
from stepgate.dashboard.store import Store
from stepgate.dashboard.threads import run_in_thread
from stepgate.dashboard.workflows import workflow_views
from stepgate.strict_json import exact_float, parse_json

PAGE_FOLDER = Path(__file__).with_name("page")
MAX_INPUT_BYTES = 262_144
"""See docs/http.md."""

BODY_SECONDS = 20
"""For a request's body to arrive, from a page on this machine."""
CLOSE_SECONDS = 5
"""For the queue's reader to finish: twice as long as one of its requests takes."""

_STATUS = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    InputRejected: HTTPStatus.BAD_REQUEST,
    InvalidName: HTTPStatus.BAD_REQUEST,
    WrongMode: HTTPStatus.BAD_REQUEST,
    ExecutionNotFound: HTTPStatus.NOT_FOUND,
    WorkflowNotFound: HTTPStatus.NOT_FOUND,
}
"""All other errors are `BAD_GATEWAY`: the stack failed, not the dashboard."""


class Dashboard:
    """The ASGI app, and the store that its pages show.

    Attributes:
        app: for an ASGI server.
    """

    def __init__(self, stack: Stack, title: str, progress: Progress, access: Access) -> None:
        """
        Args:
            title: what pages call the stack.
            progress: the stack's queue; nothing else may read it.
            access: who may use it.
        """
        self._progress = progress
        self._stack = stack
        self._workflows = workflow_views(stack)
        self._store = Store(title, stack.region, self._workflows)
        self._executions = Executions(stack, self._workflows, self._store)
        routes = Starlette(
            routes=[
                Route(PAGE, self._page),
                Mount("/page", StaticFiles(directory=PAGE_FOLDER)),
                Route("/events", self._events),
                Route("/diagram", self._diagram),
                Route("/check", self._check, methods=["POST"]),
                Route("/executions", self._start, methods=["POST"]),
                Route("/record", self._record),
                Route("/execution", self._refresh, methods=["GET"]),
                Route("/execution", self._stop, methods=["DELETE"]),
            ],
            exception_handlers={
                StepgateError: _stepgate_error,
                HTTPException: _http_error,
                ClientDisconnect: _client_disconnect,
                Exception: _unexpected_error,
            },
            lifespan=self._lifespan,
        )
        self.app = SecurityMiddleware(AccessMiddleware(routes, access))

    def close(self) -> None:
        """Ends the event streams of all pages; otherwise a server would wait for them."""
        self._store.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as tasks:
            look_up = self._executions.try_refresh
            reading, checking, listing = (
                tasks.create_task(restart_on_error(task))
                for task in (
                    partial(read_queue, self._progress, self._store),
                    partial(check_for_problems, self._progress, self._store),
                    partial(list_executions, self._stack, self._store, look_up),
                )
            )
            yield
            # Messages that were received but not handled are visible to the next reader at once.
            await run_in_thread(lambda: self._progress.close(timeout=CLOSE_SECONDS))
            await asyncio.wait([reading], timeout=CLOSE_SECONDS)
            reading.cancel()
            checking.cancel()
            listing.cancel()

    async def _page(self, _: Request) -> Response:
        return FileResponse(PAGE_FOLDER / "index.html")

    async def _events(self, request: Request) -> Response:
        if request.method == "HEAD":  # its response would never end
            return Response(media_type="text/event-stream")
        return StreamingResponse(
            event_stream(self._store),
            headers={"Cache-Control": "no-store"},
            media_type="text/event-stream",
        )

    async def _diagram(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        view = self._workflows.get(workflow)
        diagram = await run_in_thread(lambda: view.diagram) if view else None
        if diagram is None:
            raise WorkflowNotFound(f"there is no diagram of workflow {workflow!r}")
        return Response(diagram, media_type="image/svg+xml")

    async def _check(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        text = await _body(request)
        try:
            await self._executions.check(workflow, _value(workflow, text))
        except InvalidInput as invalid:
            message = f"{invalid.field or 'The input'} {invalid.reason}"
            return JSONResponse({"problem": {"field": invalid.field, "message": message}})
        return JSONResponse({"problem": None})

    async def _start(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        text = await _body(request)
        view = self._workflows.get(workflow)
        value = None if view and not view.route.has_body else _value(workflow, text)
        id_ = await self._executions.start(workflow, value, _route_parameters(request))
        return JSONResponse({"id": id_}, HTTPStatus.ACCEPTED)

    async def _record(self, request: Request) -> Response:
        return self._details(_parameter(request, "id"))

    async def _refresh(self, request: Request) -> Response:
        record = await self._executions.refresh(*_execution(request))
        return self._details(record.id)

    def _details(self, id_: str) -> Response:
        details = self._store.details(id_)
        if details is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"the dashboard no longer has {id_}")
        return JSONResponse(details, headers={"Cache-Control": "no-store"})

    async def _stop(self, request: Request) -> Response:
        await self._executions.stop(*_execution(request))
        return JSONResponse({}, HTTPStatus.ACCEPTED)


def _stepgate_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, StepgateError)
    status = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    return JSONResponse({"message": error_message(error)}, next(status, HTTPStatus.BAD_GATEWAY))


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)


def _client_disconnect(_: Request, __: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it


def _unexpected_error(_: Request, __: Exception) -> Response:
    message = "bug in the dashboard: see its terminal"
    return JSONResponse({"message": message}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _execution(request: Request) -> tuple[str, str]:
    return _parameter(request, "workflow"), _parameter(request, "execution")


def _parameter(request: Request, name: str) -> str:
    try:
        return request.query_params[name]
    except KeyError:
        raise HTTPException(
            HTTPStatus.BAD_REQUEST, f"the query parameter {name} is missing"
        ) from None


def _route_parameters(request: Request) -> RouteParameters:
    """Those of the workflow's route, from `path.{name}`, `query.{name}` and `headers.{name}`."""
    parameters: RouteParameters = {"path": {}, "query": {}, "headers": {}}
    for key, text in request.query_params.items():
        kind, dot, name = key.partition(".")
        if dot and kind in parameters:
            parameters[kind][name] = text
    return parameters


async def _body(request: Request) -> bytes:
    """The request's body. A form of another web page cannot send this content type."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json"
        )
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_INPUT_BYTES:
                    message = (
                        f"the input is longer than {MAX_INPUT_BYTES:,} bytes, the limit of a route"
                    )
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
    except TimeoutError:
        message = f"the input did not arrive within {BODY_SECONDS} s"
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, message, {"Connection": "close"}) from None
    return body


def _value(workflow: str, text: bytes) -> Any:
    """
    Raises:
        InvalidInput: it is not JSON, or would arrive changed.
    """
    try:
        return parse_json(text, parse_float=exact_float)
    except ValueError as error:
        raise InvalidInput(workflow, "", f"is not valid JSON: {error}") from None
