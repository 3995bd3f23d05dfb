"""Starts, reads and stops executions, and keeps the store current."""

import asyncio
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from stepgate.client.errors import ExecutionNotFound, OutcomeUnknown, StepgateError, WorkflowFailed
from stepgate.client.execution import Execution, Status
from stepgate.client.executions import described_status
from stepgate.client.retry_policy import DEFAULT_RETRY_POLICY
from stepgate.client.route_request import route_request
from stepgate.client.stack import Stack
from stepgate.client.task_tokens import events_without_tokens, strike, without_tokens
from stepgate.client.visited_state import VisitedState, located_events, visited_states
from stepgate.dashboard.commands import commands
from stepgate.dashboard.deployment import Deployment
from stepgate.dashboard.execution_details import (
    around_document,
    awaited_item,
    item_counts,
    state_documents,
    taken_transitions,
)
from stepgate.dashboard.execution_record import ExecutionRecord, json_text, timestamp
from stepgate.dashboard.history_cache import MAX_DATA_BYTES, HistoryCache, ReadExecution
from stepgate.dashboard.links import console_url, logs_url
from stepgate.dashboard.store import Store, record_id
from stepgate.dashboard.threads import run_in_thread
from stepgate.dashboard.workflows import WorkflowView
from stepgate.http.private_names import SEPARATOR

CONSISTENCY_DELAY = timedelta(seconds=30)
"""For how long after its start the status route may not know an execution: DescribeExecution is
eventually consistent."""
MIN_READ_INTERVAL = timedelta(seconds=1)
"""Between two reads of one execution."""
DATA_CUT = f"Only the first {MAX_DATA_BYTES // 1_000_000} MB of the data of its states are kept."
READ_SHARE = 5
"""A history that takes long to read is read again after so many times as long."""
REDRIVABLE = ("FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")
MAX_DETAILS_SIZE = 1_000_000
"""Characters of the events in one answer, unless one alone has more."""

RouteParameters: TypeAlias = dict[str, dict[str, str]]
"""The parameters of a route, by their names: `{"path": …, "query": …, "headers": …}`."""


class Executions:
    """Those of one deployment; the next one has others.

    Runs in the event loop, apart from requests to the stack. While one is awaited, messages may
    come: what it answers is applied to the record as it then is.
    """

    def __init__(self, deployment: Deployment, store: Store) -> None:
        self._deployment = deployment
        self._stack: Stack = deployment.stack
        self._workflows: Mapping[str, WorkflowView] = deployment.workflows
        self._store = store
        self._is_closed = False
        self._read = HistoryCache()
        self._refreshes: dict[str, asyncio.Task[ExecutionRecord]] = {}
        self._own_owners: dict[tuple[str, str], bool] = {}
        """By workflow and the owner's part of a private name, whether its route answers to this
        dashboard's credentials."""
        self._calls: set[str] = set()
        """The ids of calls that are not answered yet."""
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Drops what is still answered: the store has another deployment."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()

    def _keep(self, record: ExecutionRecord) -> None:
        if not self._is_closed:
            self._store.put(record)

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
            name = str(uuid.uuid4()) if route.takes_name else None
            call = self._new_record(workflow, name, json_text(value))
            self._keep(call)
            self._calls.add(call.id)
            self._run_in_background(self._call(call, value, parameters))
            return call.id
        try:
            start = partial(self._stack.start, workflow, value, **parameters)
            started = await run_in_thread(start)
        except OutcomeUnknown as unknown:
            if unknown.execution:
                record = self._new_record(workflow, unknown.execution, json_text(value))
                self._keep(replace(record, status="UNKNOWN", problem=str(unknown)))
                self._run_in_background(self._poll(workflow, unknown.execution))
            raise
        # Of a private one, routes know the key, and lists and messages the whole name.
        name = (started.arn or "").rpartition(":")[2] or started.name
        owner, separator, _ = name.partition(SEPARATOR)
        if separator:
            self._own_owners[workflow, owner] = True
        if self._store.get(workflow, name) is None:  # a message may have come first
            self._keep(self._new_record(workflow, name, json_text(value)))
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
        if SEPARATOR in execution:
            machine = self._stack.machine(workflow)
            await run_in_thread(partial(machine.stop, machine.execution_arn(execution)))
        else:
            await run_in_thread(self._execution(workflow, execution).stop)
        self._run_in_background(self._poll(workflow, execution))

    async def redrive(self, workflow: str, execution: str) -> None:
        """
        Raises:
            StepgateError: it was not redriven.
        """
        before = self._store.get(workflow, execution)
        redriven = await run_in_thread(self._execution(workflow, execution).redrive)
        if before and (record := self._store.get(workflow, execution)):
            # A list of before the redrive does not end it again; one of after it may be known.
            redrives = max(record.redrives, before.redrives + 1)
            self._keep(replace(record.redrive(), redrives=redrives, redriven=redriven))
        self._read.drop(record_id(workflow, execution))
        self._run_in_background(self._poll(workflow, execution))

    async def restart(self, workflow: str, execution: str) -> tuple[ExecutionRecord, bool]:
        """The execution that restarts it, and whether it was started now, and not before.

        Raises:
            StepgateError: it was not restarted.
        """
        restarted = await run_in_thread(self._execution(workflow, execution).restart)
        name = restarted.name
        record = self._store.get(workflow, name) or self._new_record(workflow, name, None)
        self._keep(record)
        self._run_in_background(self._poll(workflow, name))
        return record, not restarted.is_known_restart

    async def send(
        self, workflow: str, execution: str, event: str, body: Any, item: str | None
    ) -> None:
        """
        Raises:
            StepgateError: it did not receive the event, or this is not known.
        """
        handle = self._execution(workflow, self._key(workflow, execution) or execution)
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
        if record and (id_ in self._calls or (read and _is_current(read, record))):
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
                self._keep(record.mark_unknown(datetime.now(UTC), problem))
        except StepgateError as error:
            if record := self._store.get(workflow, execution):
                self._keep(replace(record, problem=error_message(error)))

    def _key(self, workflow: str, execution: str) -> str | None:
        """By which its route knows it; None if it is another caller's, as far as is known."""
        owner, separator, key = execution.partition(SEPARATOR)
        if not separator:
            return execution
        return key if self._own_owners.get((workflow, owner)) else None

    def _learn_ownership(self, workflow: str, execution: str, arn: str) -> None:
        """Learns from its route whether a private execution is one of this caller's.

        A dashboard that was restarted knows none of its own.
        """
        owner, separator, key = execution.partition(SEPARATOR)
        view = self._workflows.get(workflow)
        can_wait = view is not None and view.waiting_states
        if not separator or not can_wait or (workflow, owner) in self._own_owners:
            return
        with suppress(StepgateError):
            try:
                found = self._execution(workflow, key).status()
                self._own_owners[workflow, owner] = found.execution_arn == arn
            except ExecutionNotFound:
                self._own_owners[workflow, owner] = False

    def _execution(self, workflow: str, execution: str) -> Execution:
        record = self._store.get(workflow, execution)
        is_new = record is not None and datetime.now(UTC) - record.started < CONSISTENCY_DELAY
        # Any text does for the other variables of the path: its name alone says which one it is.
        route = self._stack.routes.get(workflow)
        path = dict.fromkeys(route.path, "-") if route else {}
        return self._stack.execution(workflow, execution, just_started=is_new, path=path)

    async def _refresh(self, workflow: str, execution: str) -> ExecutionRecord:
        id_ = record_id(workflow, execution)
        view = self._workflows.get(workflow)
        if view and view.mode == "sync":
            return await self._refresh_call(workflow, execution)
        known, read = self._store.get(workflow, execution), self._read.get(id_)
        if known and _has_read(known, read):
            # Its history says when it has ended: only then is it described again.
            with suppress(StepgateError):
                arn = self._stack.machine(workflow).execution_arn(execution)
                if record := await self._refresh_running(known, arn):
                    return record
        status = await run_in_thread(partial(self._status, workflow, execution))
        try:
            read = await run_in_thread(
                partial(self._read_history, workflow, status.execution_arn, status.version)
            )
        except StepgateError as error:
            read = ReadExecution(datetime.now(UTC), status.execution_arn, problem=str(error))
        else:
            read = replace(read, stopped=None if status.is_running else status.stopped)
        await run_in_thread(
            partial(self._learn_ownership, workflow, execution, status.execution_arn)
        )
        before = self._store.get(workflow, execution)
        record = before or replace(
            self._new_record(workflow, execution, None), started=status.started
        )
        return self._put(record.apply_status(status), read)

    def _status(self, workflow: str, execution: str) -> Status:
        """Of a private execution the route answers its owner only, and not with this name."""
        if SEPARATOR not in execution:
            return self._execution(workflow, execution).status()
        machine = self._stack.machine(workflow)
        found = machine.describe(machine.execution_arn(execution))
        if found is None:
            raise _not_found(execution, f"{workflow} has no execution {execution}")
        return described_status(found)

    async def _refresh_call(self, workflow: str, execution: str) -> ExecutionRecord:
        """An execution of a synchronous workflow is only in its log."""
        known = self._store.get(workflow, execution)
        since = known.started - CONSISTENCY_DELAY if known else None
        search = partial(self._stack.outcome, execution, workflow, since=since)
        found = await run_in_thread(search)
        before = self._store.get(workflow, execution)
        if found.kind == "not recorded":
            if before is None:
                detail = f"the log of {workflow} does not have {execution}; logs may be late"
                raise _not_found(execution, detail)
            problem = "the log does not have it; logs may be late"
            return self._put(before, ReadExecution(datetime.now(UTC), problem=problem))
        record = before or self._new_record(workflow, execution, None)
        record = replace(
            record,
            started=found.started or record.started,
            input=found.input or record.input,
            output=found.output or record.output,
            is_cut=False,
        )
        if found.stopped:
            record = record.end(str(found.status), found.stopped, found.error, found.cause)
        definition = self._stack.definitions.get(workflow)
        located = located_events(found.events, definition)
        read = ReadExecution(
            datetime.now(UTC),
            arn=found.execution_arn,
            source="log",
            states=found.states,
            events=tuple(events_without_tokens(located, definition)),
            stopped=found.stopped,
        )
        return self._put(record, read)

    def _read_history(self, workflow: str, arn: str, version: int | None) -> ReadExecution:
        """
        Raises:
            HistoryUnavailable: it cannot be read.
        """
        now = datetime.now(UTC)
        histories = self._stack.histories
        events = histories.events(arn, with_data=True, max_data=MAX_DATA_BYTES)
        definition = histories.definition(workflow, arn, version)
        states = without_tokens(visited_states(events, definition), definition)
        return ReadExecution(
            now,
            arn=arn,
            source="history",
            took=datetime.now(UTC) - now,
            problem=DATA_CUT if any(each.is_cut for each in events) else None,
            states=tuple(states),
            events=tuple(events_without_tokens(located_events(events, definition), definition)),
        )

    def _put(self, record: ExecutionRecord, read: ReadExecution) -> ExecutionRecord:
        if read.source:
            record = self._apply_states(record, read.states)
        self._read.put(record.id, read)
        self._keep(record)
        return record

    def _apply_states(
        self, record: ExecutionRecord, states: Sequence[VisitedState]
    ) -> ExecutionRecord:
        view = self._workflows[record.workflow]
        taken = taken_transitions(states, view.tracker.transitions)
        return record.apply_states(states, view.waiting_states, taken)

    async def refresh_states(self, record: ExecutionRecord, arn: str) -> None:
        """Updates the current states of an execution that runs, without reading its data.

        Raises:
            HistoryUnavailable: its history cannot be read.
        """
        read = partial(self._stack.histories.states, record.workflow, arn, version=record.version)
        states = await run_in_thread(read)
        latest = self._store.record(record.id)
        if latest and latest.is_open:
            self._keep(self._apply_states(replace(latest, problem=None), states))

    async def _refresh_running(self, record: ExecutionRecord, arn: str) -> ExecutionRecord | None:
        """Updates an execution that runs, without its status route.

        None if it has ended since.

        Raises:
            HistoryUnavailable: its history cannot be read.
        """
        read = await run_in_thread(
            partial(self._read_history, record.workflow, arn, record.version)
        )
        latest = self._store.record(record.id)
        if read.has_ended or latest is None or not latest.is_open:
            return None
        return self._put(replace(latest, problem=None), read)

    def details(self, record: ExecutionRecord) -> dict[str, Any]:
        """All about an execution, as far as it was read: see docs/dashboard.md."""
        read = self._read.get(record.id)
        view = self._workflows.get(record.workflow)
        source = read.source if read and read.source else "messages" if record.path else None
        states, omitted = (
            state_documents(read.states, self._deployment.workflows_by_machine)
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
                commands(
                    view.route,
                    self._stack.region,
                    record.input,
                    record.execution,
                    self._deployment.options,
                )
            )
            if view
            else {"curl": "", "start": "", "history": ""},
            "actions": self._actions(record, view, read),
        }

    def _links(self, record: ExecutionRecord, arn: str | None) -> dict[str, str | None]:
        if arn is None or self._deployment.is_emulated:
            return {"console": None, "logs": None}
        group = self._deployment.outputs.log_groups.get(record.workflow)
        region = self._stack.region
        return {
            "console": console_url(arn, region, int(record.started.timestamp() * 1000)),
            "logs": logs_url(group, arn, region) if group else None,
        }

    def _actions(
        self, record: ExecutionRecord, view: WorkflowView | None, read: ReadExecution | None
    ) -> dict[str, Any]:
        is_standard = record.mode == "async" and record.execution is not None
        # The routes of private executions answer their owners only.
        is_own = self._key(record.workflow, record.execution or "") is not None
        waits = view.waiting_states if view and is_own else dict[str, str]()
        states = read.states if read else ()
        return {
            "stop": is_standard and record.is_open,
            "redrive": is_standard and record.status in REDRIVABLE,
            "restart": is_standard and not record.is_open,
            "events": [
                {
                    "event": waits[state.name],
                    "item": awaited_item(state),
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
        """Events of an opened execution: fewer than the limit if they are long.

        A call that is not answered yet has none.
        """
        read = self._read.get(record_id(workflow, execution))
        following = (each for each in (read.events if read else ()) if each.event.id > after)
        events: list[dict[str, Any]] = []
        size = 0
        for each in following:
            details = json_text(dict(each.event.details))
            size += len(details)
            if events and (len(events) == limit or size > MAX_DETAILS_SIZE):
                return {"events": events, "next": str(events[-1]["id"])}
            events.append(
                {
                    "id": each.event.id,
                    "time": timestamp(each.event.time),
                    "type": each.event.type,
                    "state": each.state,
                    "around": around_document(each.around),
                    "details": details,
                }
            )
        return {"events": events, "next": None}

    async def _poll(self, workflow: str, execution: str) -> None:
        """Refreshes an execution that was changed from here, until it has ended or some seconds.

        After these the lists report its end. A call has ended, and its log may be late.
        """
        pauses = DEFAULT_RETRY_POLICY.pauses()
        end = datetime.now(UTC) + CONSISTENCY_DELAY
        while datetime.now(UTC) < end:
            await asyncio.sleep(next(pauses))
            await self.try_refresh(workflow, execution)
            record = self._store.get(workflow, execution)
            read = self._read.get(record_id(workflow, execution))
            is_late = record and record.mode == "sync" and not (read and read.source)
            if record is None or not (record.is_open or is_late):
                break

    async def _call(self, call: ExecutionRecord, value: Any, parameters: RouteParameters) -> None:
        ended = await self._ended_call(call, value, parameters)
        self._calls.discard(call.id)
        # Its log may have come first.
        latest = self._store.record(call.id) or call
        stopped = latest.stopped or ended.stopped
        self._keep(replace(ended, started=latest.started, stopped=stopped))
        may_have_run = ended.problem is None or ended.status == "UNKNOWN"
        if call.execution and may_have_run:
            await self._poll(call.workflow, call.execution)

    async def _ended_call(
        self, call: ExecutionRecord, value: Any, parameters: RouteParameters
    ) -> ExecutionRecord:
        """The call as its response says that it has ended."""
        try:
            output = await run_in_thread(
                partial(self._stack.call, call.workflow, value, name=call.execution, **parameters)
            )
        except WorkflowFailed as failed:
            status = "TIMED_OUT" if failed.status == HTTPStatus.GATEWAY_TIMEOUT else "FAILED"
            ended = call.end(status, datetime.now(UTC), failed.error, failed.detail)
            return replace(ended, execution=failed.execution or call.execution)
        except StepgateError as error:
            status = "UNKNOWN" if isinstance(error, OutcomeUnknown) else "FAILED"
            return replace(call.end(status, datetime.now(UTC)), problem=str(error))
        ended = call.end("SUCCEEDED", datetime.now(UTC))
        return replace(ended, output=strike(json_text(output)))

    def _new_record(
        self, workflow: str, execution: str | None, input_: str | None
    ) -> ExecutionRecord:
        view = self._workflows[workflow]
        return ExecutionRecord(
            id=record_id(workflow, execution or f" {uuid.uuid4()}"),
            workflow=workflow,
            mode=view.mode,
            execution=execution,
            started=datetime.now(UTC),
            tracker=view.tracker,
            input=input_,
        )

    def _run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def error_message(error: StepgateError) -> str:
    """The error for the user of a page, without the request to the route."""
    return error.detail if isinstance(error, ExecutionNotFound) else str(error)


def _not_found(execution: str, detail: str) -> ExecutionNotFound:
    return ExecutionNotFound(
        detail,
        status=HTTPStatus.NOT_FOUND,
        error="ExecutionDoesNotExist",
        detail=detail,
        execution=execution,
    )


def _has_read(record: ExecutionRecord, read: ReadExecution | None) -> bool:
    """Whether a running execution was read before, so that only later events are missing."""
    has_history = read is not None and read.source == "history"
    return record.is_open and record.input is not None and has_history


def _is_current(read: ReadExecution, record: ExecutionRecord) -> bool:
    """Whether there is nothing more to read, or only since a moment ago.

    A list says that an execution has ended, but neither its output nor its cause.
    """
    if not record.is_open and read.source:
        return read.stopped == record.stopped and not record.is_cut
    return datetime.now(UTC) - read.read < max(MIN_READ_INTERVAL, READ_SHARE * read.took)
