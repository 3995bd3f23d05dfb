"""Starts, reads and stops executions, and keeps the store current."""

import asyncio
import uuid
from collections.abc import Coroutine, Mapping
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
from stepgate.client.task_tokens import events_without_tokens, strike, without_tokens
from stepgate.client.visited_state import located_events, visited_states
from stepgate.dashboard.commands import commands
from stepgate.dashboard.deployment import Deployment
from stepgate.dashboard.execution_details import (
    around_document,
    item_counts,
    state_documents,
    taken_transitions,
)
from stepgate.dashboard.execution_record import ExecutionRecord, json_text, timestamp
from stepgate.dashboard.history_cache import HistoryCache, ReadExecution
from stepgate.dashboard.links import console_url, logs_url
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


MIN_READ_INTERVAL = timedelta(seconds=1)
"""Between two reads of one execution."""
REDRIVABLE = ("FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")


class Executions:
    """Runs in the event loop, apart from requests to the stack.

    Attributes:
        deployment: the stack that is asked.
    """

    def __init__(self, deployment: Deployment, store: Store) -> None:
        self.deployment = deployment
        self._store = store
        self._read = HistoryCache()
        self._refreshes: dict[str, asyncio.Task[ExecutionRecord]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, deployment: Deployment) -> None:
        """Asks another deployment from now on."""
        self.deployment = deployment
        self._read = HistoryCache()

    @property
    def _stack(self) -> Stack:
        return self.deployment.stack

    @property
    def _workflows(self) -> Mapping[str, WorkflowView]:
        return self.deployment.workflows

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
        self._run_in_background(self._poll(workflow, execution))

    async def redrive(self, workflow: str, execution: str) -> None:
        """
        Raises:
            StepgateError: it was not redriven.
        """
        await run_in_thread(self._execution(workflow, execution).redrive)
        if record := self._store.get(workflow, execution):
            self._store.put(record.redrive())
        self._read.drop(record_id(workflow, execution))
        self._run_in_background(self._poll(workflow, execution))

    async def restart(self, workflow: str, execution: str) -> ExecutionRecord:
        """
        Raises:
            StepgateError: it was not restarted.
        """
        restarted = await run_in_thread(self._execution(workflow, execution).restart)
        name = restarted.name
        record = self._store.get(workflow, name) or self._new_record(workflow, name, None)
        self._store.put(replace(record, input=None))
        self._run_in_background(self._poll(workflow, name))
        return record

    async def send(
        self, workflow: str, execution: str, event: str, body: Any, item: str | None
    ) -> None:
        """
        Raises:
            StepgateError: it did not receive the event, or this is not known.
        """
        handle = self._execution(workflow, execution)
        await run_in_thread(partial(handle.send, event, body, item=item))
        self._read.drop(record_id(workflow, execution))
        self._run_in_background(self._poll(workflow, execution))

    async def refresh(self, workflow: str, execution: str) -> ExecutionRecord:
        """Its record, updated from the stack. Simultaneous requests share one answer.

        Raises:
            ExecutionNotFound: there is no such execution.
            StepgateError: its status cannot be read.
        """
        id_ = record_id(workflow, execution)
        read, record = self._read.get(id_), self._store.get(workflow, execution)
        is_recent = read and datetime.now(UTC) - read.read < MIN_READ_INTERVAL
        if record and read and (is_recent or (read.is_final and not record.is_open)):
            return record
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
        view = self._workflows.get(workflow)
        if view and view.mode == "sync":
            return await self._refresh_call(workflow, execution)
        status = await run_in_thread(self._execution(workflow, execution).status)
        arn = status.execution_arn
        before = self._store.get(workflow, execution)
        record = (before or self._record_of(workflow, status)).apply_status(status)
        read = await run_in_thread(partial(self._read_history, record, arn, not record.is_open))
        return self._put(record, read)

    async def _refresh_call(self, workflow: str, execution: str) -> ExecutionRecord:
        """An execution of a synchronous workflow is only in its log."""
        before = self._store.get(workflow, execution)
        since = before.started - CONSISTENCY_DELAY if before else None
        search = partial(self._stack.outcome, execution, workflow, since=since)
        found = await run_in_thread(search)
        if found.kind == "not recorded":
            if before is None:
                raise ExecutionNotFound(
                    f"{workflow} has no execution {execution}",
                    status=HTTPStatus.NOT_FOUND,
                    error="ExecutionDoesNotExist",
                    detail=f"the log of {workflow} does not have {execution}; logs may be late",
                    execution=execution,
                )
            problem = "the log does not have it; logs may be late"
            return self._put(before, ReadExecution(datetime.now(UTC), problem=problem))
        record = before or self._new_record(workflow, execution, None)
        record = replace(
            record,
            started=found.started or record.started,
            input=found.input,
            output=found.output,
        )
        if found.stopped:
            record = record.end(str(found.status), found.stopped, found.error, found.cause)
        read = ReadExecution(
            datetime.now(UTC),
            arn=found.execution_arn,
            source="log",
            states=found.states,
            is_final=found.stopped is not None,
        )
        return self._put(record, read)

    def _read_history(self, record: ExecutionRecord, arn: str, is_final: bool) -> ReadExecution:
        now = datetime.now(UTC)
        histories = self.deployment.histories
        try:
            events = histories.events(arn, with_data=True)
        except StepgateError as error:
            return ReadExecution(now, arn=arn, problem=str(error))
        definition = histories.definition(record.workflow, arn, record.version)
        states = without_tokens(visited_states(events, definition), definition)
        return ReadExecution(
            now,
            arn=arn,
            source="history",
            states=tuple(states),
            events=tuple(events_without_tokens(located_events(events, definition), definition)),
            is_final=is_final,
        )

    def _put(self, record: ExecutionRecord, read: ReadExecution) -> ExecutionRecord:
        if read.source:
            view = self._workflows[record.workflow]
            taken = taken_transitions(read.states, view.tracker.transitions)
            record = record.apply_states(read.states, view.waiting_states, taken)
        self._read.put(record.id, read)
        self._store.put(record)
        return record

    async def look_at_history(self, record: ExecutionRecord) -> None:
        """Updates the current states of an execution that runs, without its status route."""
        arn = self._stack.machine(record.workflow).execution_arn(record.execution or "")
        read = await run_in_thread(partial(self._read_history, record, arn, False))
        latest = self._store.record(record.id)
        if latest and latest.is_open and read.source:
            self._put(latest, read)

    def details(self, record: ExecutionRecord) -> dict[str, Any]:
        """All about an execution, as far as it was read: see docs/dashboard.md."""
        read = self._read.get(record.id)
        view = self._workflows.get(record.workflow)
        source = read.source if read and read.source else "messages" if record.path else None
        states, omitted = (
            state_documents(read.states, self.deployment.workflows_by_machine)
            if read and read.source
            else state_documents(record.visited, {})
        )
        arn = read.arn if read else None
        return {
            **self._store.summary(record),
            "arn": arn,
            "input": record.input,
            "output": record.output,
            "cause": record.cause,
            "source": source,
            "historyProblem": read.problem if read else None,
            "states": states,
            "omitted": omitted + (record.earlier if source == "messages" else 0),
            "taken": record.states.taken,
            "counts": item_counts(read.states, read.events) if read else {},
            "links": self._links(record, arn),
            "commands": vars(
                commands(view.route, self._stack.region, record.input, record.execution)
            )
            if view
            else {"curl": "", "start": "", "history": ""},
            "actions": self._actions(record, view, read),
        }

    def _links(self, record: ExecutionRecord, arn: str | None) -> dict[str, str | None]:
        if arn is None or self.deployment.is_emulated:
            return {"console": None, "logs": None}
        group = self.deployment.outputs.log_groups.get(record.workflow)
        region = self._stack.region
        return {
            "console": console_url(arn, region, int(record.started.timestamp() * 1000)),
            "logs": logs_url(group, arn, region) if group else None,
        }

    @staticmethod
    def _actions(
        record: ExecutionRecord, view: WorkflowView | None, read: ReadExecution | None
    ) -> dict[str, Any]:
        is_standard = record.mode == "async" and record.execution is not None
        waits = view.waiting_states if view else dict[str, str]()
        states = read.states if read else ()
        return {
            "stop": is_standard and record.is_open,
            "redrive": is_standard and record.status in REDRIVABLE,
            "restart": is_standard and not record.is_open,
            "events": [
                {
                    "event": waits[state.name],
                    "state": state.name,
                    "since": timestamp(state.entered),
                    "until": None,
                }
                for state in states
                if record.is_open and state.status == "RUNNING" and state.name in waits
            ],
        }

    def state(self, workflow: str, execution: str, index: int) -> dict[str, Any]:
        """The data of a state.

        Raises:
            LookupError: the execution was not opened lately, or has no such state.
        """
        read = self._read.get(record_id(workflow, execution))
        if read is None or not 0 <= index < len(read.states):
            raise LookupError(index)
        state = read.states[index]
        return {
            "input": state.input,
            "output": state.output,
            "parameters": [each.parameters for each in state.attempts],
            "error": state.error,
            "cause": state.cause,
        }

    def history(self, workflow: str, execution: str, after: int, limit: int) -> dict[str, Any]:
        """Events of an opened execution.

        Raises:
            LookupError: it was not opened lately.
        """
        read = self._read.get(record_id(workflow, execution))
        if read is None:
            raise LookupError(execution)
        following = [each for each in read.events if each.event.id > after]
        return {
            "events": [
                {
                    "id": each.event.id,
                    "time": timestamp(each.event.time),
                    "type": each.event.type,
                    "state": each.state,
                    "around": around_document(each.around),
                    "details": json_text(dict(each.event.details)),
                }
                for each in following[:limit]
            ],
            "next": str(following[limit - 1].event.id) if len(following) > limit else None,
        }

    async def _poll(self, workflow: str, execution: str) -> None:
        """Refreshes an execution that was changed from here, until it has ended or some seconds.

        Behind these the lists report its end.
        """
        pauses = DEFAULT_RETRY_POLICY.pauses()
        end = datetime.now(UTC) + CONSISTENCY_DELAY
        while datetime.now(UTC) < end:
            await asyncio.sleep(next(pauses))
            await self.try_refresh(workflow, execution)
            record = self._store.get(workflow, execution)
            if record is None or not record.is_open:
                break

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
            ended = replace(ended, output=strike(json_text(output)))
        self._store.put(ended)

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
