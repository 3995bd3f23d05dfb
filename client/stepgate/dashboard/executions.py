"""Executions are started, looked at and stopped, and the board is told."""

import asyncio
import uuid
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from stepgate import (
    Execution,
    NotFound,
    OutcomeUnknown,
    PassedState,
    Stack,
    Status,
    StepgateError,
    WorkflowFailed,
)
from stepgate.dashboard.aside import aside
from stepgate.dashboard.board import Board, record_id
from stepgate.dashboard.record import Record, json_text
from stepgate.dashboard.workflows import ShownWorkflow

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.5, 10.0, 1.5
"""Seconds between two looks at an execution that no message comes of."""
NEW = timedelta(seconds=30)
"""For so long the status route may not know an execution: DescribeExecution is eventually
consistent."""


def told(error: StepgateError) -> str:
    """The error for whoever sits at the page; the request to the route is no matter of theirs."""
    return error.detail if isinstance(error, NotFound) else str(error)


class Executions:
    """What pages ask for. All of it is done in the event loop, but for the requests to the stack.

    Errors are the stack's own, a line each.
    """

    def __init__(self, stack: Stack, workflows: dict[str, ShownWorkflow], board: Board) -> None:
        self._stack = stack
        self._workflows = workflows
        self._board = board
        self._looks: dict[str, asyncio.Task[Record]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._followed: set[str] = set()

    async def start(self, workflow: str, value: Any) -> str:
        """The id of the record that shows it. A call of a synchronous workflow goes on by itself.

        Raises:
            InputInvalid: nothing was sent.
            StepgateError: it was not started, or nobody knows.
        """
        await self.check(workflow, value)
        if self._workflows[workflow].mode == "sync":
            call = self._new(workflow, None, value)
            self._board.put(call)
            self._go_on(self._call(call, value))
            return call.id
        try:
            name = (await aside(lambda: self._stack.start(workflow, value))).name
        except OutcomeUnknown as unknown:
            if unknown.execution:
                record = self._new(workflow, unknown.execution, value)
                self._board.put(replace(record, status="UNKNOWN", problem=str(unknown)))
                self._go_on(self._follow(workflow, unknown.execution))
            raise
        if self._board.record(workflow, name) is None:  # a message may have been faster
            self._board.put(self._new(workflow, name, value))
        self._go_on(self._follow(workflow, name))
        return record_id(workflow, name)

    async def check(self, workflow: str, value: Any) -> None:
        """
        Raises:
            InputInvalid: the value breaks the workflow's schema.
            WorkflowUnknown: there is none of that name.
        """
        await aside(lambda: self._stack.check_input(workflow, value))

    async def stop(self, workflow: str, execution: str) -> None:
        """
        Raises:
            StepgateError: it was not stopped.
        """
        await aside(self._asked(workflow, execution).stop)
        self._go_on(self._look_quietly(workflow, execution))

    async def look(self, workflow: str, execution: str) -> Record:
        """Its record, with all that the stack tells. Those who ask at once share the answer.

        Raises:
            NotFound: there is no such execution.
            StepgateError: the stack does not tell.
        """
        id_ = record_id(workflow, execution)
        if id_ not in self._looks:
            task = asyncio.create_task(self._look(workflow, execution))
            task.add_done_callback(lambda _: self._looks.pop(id_))
            self._looks[id_] = task
        return await asyncio.shield(self._looks[id_])

    def _asked(self, workflow: str, execution: str) -> Execution:
        record = self._board.record(workflow, execution)
        is_new = record is not None and datetime.now(UTC) - record.started < NEW
        return self._stack.execution(workflow, execution, just_started=is_new)

    async def _look(self, workflow: str, execution: str) -> Record:
        asked = self._asked(workflow, execution)
        status = await aside(asked.status)
        record = self._board.record(workflow, execution) or self._described(workflow, status)
        states: list[PassedState] = []
        if not self._is_told(record):
            with suppress(StepgateError):  # without AWS credentials messages alone tell of states
                states = await aside(asked.history)
            record = self._board.record(workflow, execution) or record
        if states:
            record = record.retraced(states)
        record = record.described(status)
        self._board.put(record)
        if record.is_open and record.id not in self._followed:
            self._go_on(self._follow(workflow, execution))
        return record

    def _is_told(self, record: Record) -> bool:
        """Whether messages tell its path, from the beginning on."""
        start = self._workflows[record.workflow].start
        begins = record.earlier or (record.path and record.path[0].state == start)
        return record.is_told and bool(begins)

    async def _follow(self, workflow: str, execution: str) -> None:
        """Looks at an execution until it has ended, or until messages tell of it."""
        id_ = record_id(workflow, execution)
        self._followed.add(id_)
        pause = FIRST_PAUSE
        while (record := self._board.record(workflow, execution)) and record.is_open:
            if record.is_told:
                break
            await asyncio.sleep(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)
            await self._look_quietly(workflow, execution)
        self._followed.discard(id_)

    async def _look_quietly(self, workflow: str, execution: str) -> None:
        try:
            await self.look(workflow, execution)
        except NotFound as error:
            if (record := self._board.record(workflow, execution)) and record.is_open:
                # One that was perhaps never started has a problem that says more.
                problem = record.problem or told(error)
                self._board.put(record.lost(datetime.now(UTC), problem))
        except StepgateError as error:
            if record := self._board.record(workflow, execution):
                self._board.put(replace(record, problem=told(error)))

    async def _call(self, call: Record, value: Any) -> None:
        try:
            output = await aside(lambda: self._stack.call(call.workflow, value))
        except WorkflowFailed as failed:
            status = "TIMED_OUT" if failed.status == HTTPStatus.GATEWAY_TIMEOUT else "FAILED"
            ended = call.ended(status, datetime.now(UTC), failed.error, failed.detail)
            ended = replace(ended, execution=failed.execution)
        except StepgateError as error:
            status = "UNKNOWN" if isinstance(error, OutcomeUnknown) else "FAILED"
            ended = call.ended(status, datetime.now(UTC))
            ended = replace(ended, problem=str(error))
        else:
            ended = call.ended("SUCCEEDED", datetime.now(UTC))
            ended = replace(ended, output=json_text(output))
        self._board.put(replace(ended, is_complete=True))

    def _new(self, workflow: str, execution: str | None, value: Any) -> Record:
        shown = self._workflows[workflow]
        return Record(
            id=record_id(workflow, execution or f" {uuid.uuid4()}"),
            workflow=workflow,
            mode=shown.mode,
            execution=execution,
            started=datetime.now(UTC),
            places=shown.places,
            input=json_text(value),
        )

    def _described(self, workflow: str, status: Status) -> Record:
        return replace(self._new(workflow, status.execution, None), started=status.started)

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
