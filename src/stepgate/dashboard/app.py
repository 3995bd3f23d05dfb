"""The dashboard's routes: see docs/dashboard.md."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from hashlib import sha256
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
    AlreadyAnswered,
    ExecutionNotFound,
    InputRejected,
    InvalidInput,
    InvalidName,
    NoLongerWaiting,
    NotRedrivable,
    NotWaiting,
    StepgateError,
    StillRunning,
    UnknownEvent,
    WorkflowNotFound,
    WrongMode,
)
from stepgate.client.outputs import Outputs
from stepgate.client.progress import Progress
from stepgate.client.stack import Stack
from stepgate.dashboard.access import PAGE, Access, AccessMiddleware
from stepgate.dashboard.background_tasks import (
    changed_outputs,
    check_for_problems,
    read_queue,
    restart_on_error,
)
from stepgate.dashboard.deployment import Deployment, StackSource
from stepgate.dashboard.event_stream import event_stream
from stepgate.dashboard.executions import Executions, RouteParameters, error_message
from stepgate.dashboard.poller import Poller
from stepgate.dashboard.security import SecurityMiddleware
from stepgate.dashboard.store import ListFilter, Store
from stepgate.dashboard.threads import run_in_thread
from stepgate.strict_json import exact_float, parse_json

PAGE_FOLDER = Path(__file__).with_name("page")
MAX_INPUT_BYTES = 262_144
"""See docs/http.md."""

BODY_SECONDS = 20
"""For a request's body to arrive, from a page on this machine."""
CLOSE_SECONDS = 5
"""For the queue's reader to finish: twice as long as one of its requests takes."""

DEFAULT_LIMIT = 100
MAX_LIMIT = 500
"""Executions, or events, in one answer."""

_STATUS = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    InputRejected: HTTPStatus.BAD_REQUEST,
    InvalidName: HTTPStatus.BAD_REQUEST,
    WrongMode: HTTPStatus.BAD_REQUEST,
    NotWaiting: HTTPStatus.CONFLICT,
    AlreadyAnswered: HTTPStatus.CONFLICT,
    NoLongerWaiting: HTTPStatus.CONFLICT,
    NotRedrivable: HTTPStatus.CONFLICT,
    StillRunning: HTTPStatus.CONFLICT,
    UnknownEvent: HTTPStatus.NOT_FOUND,
    ExecutionNotFound: HTTPStatus.NOT_FOUND,
    WorkflowNotFound: HTTPStatus.NOT_FOUND,
}
"""All other errors are `BAD_GATEWAY`: the stack failed, not the dashboard."""


class Dashboard:
    """The ASGI app, and the store that its pages show.

    Attributes:
        app: for an ASGI server.
        store: changed in the event loop only.
    """

    def __init__(
        self,
        source: StackSource,
        access: Access,
        open_progress: Callable[[Stack], Progress] | None = None,
    ) -> None:
        """
        Args:
            access: who may use it.
            open_progress: the queue of a stack, which nothing else may read. None reads no queue.

        Raises:
            StepgateError: the outputs cannot be read.
        """
        self._source = source
        self._open_progress = open_progress
        self._stamp = source.stamp()
        self._deployment = _deployment(source, source.load())
        region, workflows = self._deployment.outputs.region, self._deployment.workflows
        self.store = Store(source.title, region, workflows)
        self._executions = Executions(self._deployment, self.store)
        routes = Starlette(
            routes=[
                Route(PAGE, self._page),
                Mount("/page", StaticFiles(directory=PAGE_FOLDER)),
                Route("/events", self._events),
                Route("/diagram", self._diagram),
                Route("/check", self._check, methods=["POST"]),
                Route("/executions", self._list, methods=["GET"]),
                Route("/executions", self._start, methods=["POST"]),
                Route("/record", self._record),
                Route("/state", self._state),
                Route("/history", self._history),
                Route("/redrive", self._redrive, methods=["POST"]),
                Route("/restart", self._restart, methods=["POST"]),
                Route("/event", self._send, methods=["POST"]),
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
        self.store.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        following = asyncio.create_task(restart_on_error(self._follow_deployments))
        yield
        following.cancel()
        await asyncio.wait([following], timeout=CLOSE_SECONDS)

    async def _follow_deployments(self) -> None:
        """Shows the stack, and shows it again each time that its outputs have changed."""
        while True:
            shown = self._deployment
            following = asyncio.create_task(self._follow(shown))
            try:
                outputs, self._stamp = await changed_outputs(
                    self._source, shown.outputs, self._stamp, self.store
                )
            finally:
                following.cancel()
                await asyncio.wait([following], timeout=CLOSE_SECONDS)
            self._deployment = await run_in_thread(partial(_deployment, self._source, outputs))
            self._executions.close()
            self._executions = Executions(self._deployment, self.store)
            self.store.reset(outputs.region, self._deployment.workflows)
            shown.stack.close()

    async def _follow(self, deployment: Deployment) -> None:
        """Follows the executions of one deployment until it is cancelled."""
        progress = None
        if self._open_progress and deployment.outputs.progress_queue_url:
            try:
                progress = self._open_progress(deployment.stack)
            except StepgateError as error:
                self.store.set_problem("queue", str(error))
        works = [
            Poller(deployment, self.store, self._executions).run,
            partial(check_for_problems, progress, self.store),
        ]
        tasks = [asyncio.create_task(restart_on_error(work)) for work in works]
        reading = (
            asyncio.create_task(restart_on_error(partial(read_queue, progress, self.store)))
            if progress
            else None
        )
        try:
            await asyncio.gather(*tasks)
            await asyncio.Event().wait()
        finally:
            for task in tasks:
                task.cancel()
            if progress and reading:
                # What was received but not handled is visible to the next reader at once.
                await run_in_thread(lambda: progress.close(timeout=CLOSE_SECONDS))
                await asyncio.wait([reading], timeout=CLOSE_SECONDS)
                reading.cancel()

    async def _page(self, _: Request) -> Response:
        return FileResponse(PAGE_FOLDER / "index.html")

    async def _events(self, request: Request) -> Response:
        if request.method == "HEAD":  # its response would never end
            return Response(media_type="text/event-stream")
        return StreamingResponse(
            event_stream(self.store),
            headers={"Cache-Control": "no-store"},
            media_type="text/event-stream",
        )

    async def _diagram(self, request: Request) -> Response:
        workflow = _parameter(request, "workflow")
        view = self._deployment.workflows.get(workflow)
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
        view = self._deployment.workflows.get(workflow)
        value = None if view and not view.route.has_body else _value(workflow, text)
        id_ = await self._executions.start(workflow, value, _route_parameters(request))
        record = self.store.record(id_)
        name = record.execution if record else None
        return JSONResponse({"id": id_, "execution": name}, HTTPStatus.ACCEPTED)

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        since = query.get("since")
        try:
            wanted = ListFilter(
                frozenset(query.getlist("workflow")),
                frozenset(query.getlist("status")),
                datetime.fromisoformat(since) if since else None,
                query.get("text", ""),
            )
            limit = min(max(int(query.get("limit", DEFAULT_LIMIT)), 1), MAX_LIMIT)
            page = self.store.page_of(wanted, query.get("before"), limit)
        except (TypeError, ValueError):
            raise HTTPException(
                HTTPStatus.BAD_REQUEST,
                "since is not a time with an offset, limit not a number, or before not a cursor",
            ) from None
        return _uncached(page)

    async def _record(self, request: Request) -> Response:
        id_ = _parameter(request, "id")
        record = self.store.record(id_)
        if record is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"the dashboard no longer has {id_}")
        return _unless_known(request, self._executions.details(record))

    async def _refresh(self, request: Request) -> Response:
        record = await self._executions.refresh(*_execution(request))
        return _unless_known(request, self._executions.details(record))

    async def _state(self, request: Request) -> Response:
        workflow, execution = _execution(request)
        index = _number(request, "index")
        await self._executions.refresh(workflow, execution)
        try:
            return _uncached(self._executions.state(workflow, execution, index))
        except LookupError:
            message = f"{execution} has no state {index} whose data can be read"
            raise HTTPException(HTTPStatus.NOT_FOUND, message) from None

    async def _history(self, request: Request) -> Response:
        workflow, execution = _execution(request)
        after = _number(request, "after", 0)
        limit = min(max(_number(request, "limit", DEFAULT_LIMIT), 1), MAX_LIMIT)
        await self._executions.refresh(workflow, execution)
        return _uncached(self._executions.history(workflow, execution, after, limit))

    async def _redrive(self, request: Request) -> Response:
        await self._executions.redrive(*_execution(request))
        return JSONResponse({}, HTTPStatus.ACCEPTED)

    async def _restart(self, request: Request) -> Response:
        record, is_new = await self._executions.restart(*_execution(request))
        restarted = {
            "workflow": record.workflow,
            "execution": record.execution,
            "id": record.id,
            "isNew": is_new,
        }
        return JSONResponse(restarted, HTTPStatus.ACCEPTED)

    async def _send(self, request: Request) -> Response:
        workflow, execution = _execution(request)
        event = _parameter(request, "event")
        item = request.query_params.get("item")
        body = _value(workflow, await _body(request))
        await self._executions.send(workflow, execution, event, body, item)
        return JSONResponse({}, HTTPStatus.ACCEPTED)

    async def _stop(self, request: Request) -> Response:
        await self._executions.stop(*_execution(request))
        return JSONResponse({}, HTTPStatus.ACCEPTED)


def _deployment(source: StackSource, outputs: Outputs) -> Deployment:
    return Deployment(outputs, source.connect(outputs), source.options)


def _uncached(document: dict[str, Any]) -> Response:
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


def _unless_known(request: Request, document: dict[str, Any]) -> Response:
    """The document, with its digest; nothing if the page knows it by that."""
    digest = sha256(json.dumps(document).encode()).hexdigest()[:16]
    if request.query_params.get("known") == digest:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return _uncached({**document, "digest": digest})


def _stepgate_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, StepgateError)
    status = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    return JSONResponse({"message": error_message(error)}, next(status, HTTPStatus.BAD_GATEWAY))


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)


def _client_disconnect(_: Request, __: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # no one reads it


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


def _number(request: Request, name: str, default: int | None = None) -> int:
    if default is not None and name not in request.query_params:
        return default
    text = _parameter(request, name)
    if not text.isdecimal():
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name} is {text!r}; write a whole number")
    return int(text)


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
