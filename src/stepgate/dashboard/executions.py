"""Starts, reads and stops executions, and keeps the store current."""

import asyncio
import uuid
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from stepgate.client.errors import ExecutionNotFound, OutcomeUnknown, StepgateError, WorkflowFailed
from stepgate.client.execution import Execution, Status
from stepgate.client.retry_policy import DEFAULT_RETRY_POLICY
from stepgate.client.route_request import route_request
from stepgate.client.stack import Stack
from stepgate.client.visited_state import VisitedState
from stepgate.dashboard.execution_record import ExecutionRecord, json_text
from stepgate.dashboard.store import Store, record_id
from stepgate.dashboard.threads import run_in_thread
from stepgate.dashboard.workflows import WorkflowView

CONSISTENCY_DELAY = timedelta(seconds=30)
"""For how long after its start the status route may not know an execution: DescribeExecution is
eventually consistent."""


def error_message(error: StepgateError) -> str:
    """The error for the user of a page, without the request to the route."""
    return error.detail if isinstance(error, ExecutionNotFound) else str(error)


RouteParameters: TypeAlias = dict[str, dict[str, str]]
"""The parameters of a route, by their names: `{"path": …, "query": …, "headers": …}`."""


class Executions:
    """Runs in the event loop, apart from requests to the stack."""

    def __init__(self, stack: Stack, workflows: dict[str, WorkflowView], store: Store) -> None:
        self._stack = stack
        self._workflows = workflows
        self._store = store
        self._refreshes: dict[str, asyncio.Task[ExecutionRecord]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._polled: set[str] = set()

    async def start(self, workflow: str, value: Any, parameters: RouteParameters) -> str:
        """Starts one and returns the id of its record; for a synchronous workflow it is a call.

        Raises:
            InvalidInput: the input or a parameter is wrong; nothing was sent.
            StepgateError: it was not started, or this is not known.
        """
        await self.check(workflow, value)
        route = self._workflows[workflow].route
        await run_in_thread(partial(route_request, route, self._stack.openapi, value, **parameters))
        if self._workflows[workflow].mode == "sync":
            call = self._new_record(workflow, None, value)
            self._store.put(call)
            self._run_in_background(self._call(call, value, parameters))
            return call.id
        try:
            start = partial(self._stack.start, workflow, value, **parameters)
            name = (await run_in_thread(start)).name
        except OutcomeUnknown as unknown:
            if unknown.execution:
                record = self._new_record(workflow, unknown.execution, value)
                self._store.put(replace(record, status="UNKNOWN", problem=str(unknown)))
                self._run_in_background(self._poll(workflow, unknown.execution))
            raise
        if self._store.get(workflow, name) is None:  # a message may have come first
            self._store.put(self._new_record(workflow, name, value))
        self._run_in_background(self._poll(workflow, name))
        return record_id(workflow, name)

    async def check(self, workflow: str, value: Any) -> None:
        """
        Raises:
            InvalidInput: the value breaks the workflow's schema.
            WorkflowNotFound: there is no such workflow.
        """
        await run_in_thread(lambda: self._stack.validate_input(workflow, value))

    async def stop(self, workflow: str, execution: str) -> None:
        """
        Raises:
            StepgateError: it was not stopped.
        """
        await run_in_thread(self._execution(workflow, execution).stop)
        self._run_in_background(self.try_refresh(workflow, execution))

    async def refresh(self, workflow: str, execution: str) -> ExecutionRecord:
        """Its record, updated from the stack. Simultaneous requests share one answer.

        Raises:
            ExecutionNotFound: there is no such execution.
            StepgateError: its status cannot be read.
        """
        id_ = record_id(workflow, execution)
        if id_ not in self._refreshes:
            task = asyncio.create_task(self._refresh(workflow, execution))
            task.add_done_callback(lambda _: self._refreshes.pop(id_))
            self._refreshes[id_] = task
        return await asyncio.shield(self._refreshes[id_])

    async def try_refresh(self, workflow: str, execution: str) -> None:
        """As `refresh`; what goes wrong becomes the problem of the record."""
        try:
            await self.refresh(workflow, execution)
        except ExecutionNotFound as error:
            if (record := self._store.get(workflow, execution)) and record.is_open:
                # If it may never have been started, its problem says more.
                problem = record.problem or error_message(error)
                self._store.put(record.mark_unknown(datetime.now(UTC), problem))
        except StepgateError as error:
            if record := self._store.get(workflow, execution):
                self._store.put(replace(record, problem=error_message(error)))

    def _execution(self, workflow: str, execution: str) -> Execution:
        record = self._store.get(workflow, execution)
        is_new = record is not None and datetime.now(UTC) - record.started < CONSISTENCY_DELAY
        # Any text does for the other variables of the path: its name alone says which one it is.
        route = self._stack.routes.get(workflow)
        path = dict.fromkeys(route.path, "-") if route else {}
        return self._stack.execution(workflow, execution, just_started=is_new, path=path)

    async def _refresh(self, workflow: str, execution: str) -> ExecutionRecord:
        handle = self._execution(workflow, execution)
        status = await run_in_thread(handle.status)
        record = self._store.get(workflow, execution) or self._record_of(workflow, status)
        states: list[VisitedState] = []
        if not self._has_whole_path(record):
            with suppress(StepgateError):  # without AWS credentials only messages have states
                states = await run_in_thread(handle.history)
            record = self._store.get(workflow, execution) or record
        if states:
            record = record.apply_history(states)
        record = record.apply_status(status)
        self._store.put(record)
        if record.is_open and record.id not in self._polled:
            self._run_in_background(self._poll(workflow, execution))
        return record

    def _has_whole_path(self, record: ExecutionRecord) -> bool:
        """Whether messages have named its states from the first one on."""
        start = self._workflows[record.workflow].start_state
        has_start = record.earlier or (record.path and record.path[0].state == start)
        return record.has_messages and bool(has_start)

    async def _poll(self, workflow: str, execution: str) -> None:
        """Refreshes an execution until it has ended, or sends messages."""
        id_ = record_id(workflow, execution)
        self._polled.add(id_)
        pauses = DEFAULT_RETRY_POLICY.pauses()
        while (record := self._store.get(workflow, execution)) and record.is_open:
            if record.has_messages:
                break
            await asyncio.sleep(next(pauses))
            await self.try_refresh(workflow, execution)
        self._polled.discard(id_)

    async def _call(self, call: ExecutionRecord, value: Any, parameters: RouteParameters) -> None:
        try:
            output = await run_in_thread(
                partial(self._stack.call, call.workflow, value, **parameters)
            )
        except WorkflowFailed as failed:
            status = "TIMED_OUT" if failed.status == HTTPStatus.GATEWAY_TIMEOUT else "FAILED"
            ended = call.end(status, datetime.now(UTC), failed.error, failed.detail)
            ended = replace(ended, execution=failed.execution)
        except StepgateError as error:
            status = "UNKNOWN" if isinstance(error, OutcomeUnknown) else "FAILED"
            ended = call.end(status, datetime.now(UTC))
            ended = replace(ended, problem=str(error))
        else:
            ended = call.end("SUCCEEDED", datetime.now(UTC))
            ended = replace(ended, output=json_text(output))
        self._store.put(replace(ended, is_complete=True))

    def _new_record(self, workflow: str, execution: str | None, value: Any) -> ExecutionRecord:
        view = self._workflows[workflow]
        return ExecutionRecord(
            id=record_id(workflow, execution or f" {uuid.uuid4()}"),
            workflow=workflow,
            mode=view.mode,
            execution=execution,
            started=datetime.now(UTC),
            tracker=view.tracker,
            input=json_text(value),
        )

    def _record_of(self, workflow: str, status: Status) -> ExecutionRecord:
        return replace(self._new_record(workflow, status.execution, None), started=status.started)

    def _run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
