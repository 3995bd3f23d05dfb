"""Runs a workflow in a test."""

import json
import os
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from stepgate.asl.integration import parse_integration
from stepgate.http.cors import Cors
from stepgate.http.mapping_templates import async_response, sync_response
from stepgate.http.openapi import location
from stepgate.testing.answers import Continues, Fails, Mocks, Returns, Runs
from stepgate.testing.interpreter import Message, running_interpreter
from stepgate.testing.machine import EXECUTION, Machine, Unusable, make_machine
from stepgate.testing.player import Player, UnknownError, run_machine
from stepgate.testing.recording import recorders
from stepgate.testing.result import Call, HttpAnswer, Result
from stepgate.testing.visits import (
    Key,
    Visit,
    as_key,
    in_path_order,
    make_visit,
    names_in_definition,
    names_in_path,
)
from stepgate.workflow import Definition, Workflow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""When an execution starts, unless a test says otherwise: a run is the same every day."""

__tracebackhide__ = True  # pytest shows the test, and not what is in here


def run(
    workflow: Workflow | Definition | str | os.PathLike[str],
    input: Any = None,  # noqa: A002 - as Step Functions calls it
    *,
    values: Mapping[str, Any] | None = None,
    mocks: Mocks | None = None,
    now: datetime = NOW,
) -> Result:
    """Runs a workflow to its end, with what the test answers the calls of its Tasks.

    Waits, the delays of retries and timeouts cost no time: the clock is the test's. What runs is
    the definition as its author wrote it, without the states that send progress messages.

    Args:
        workflow: a workflow; or a definition, or the path of a file with one.
        input: the state machine's input; None is `{}`.
        values: the values that the definition is made with, as for a `WorkflowApi`. The others are
            the placeholders that checks use.
        mocks: the answers to the calls, by the names of the states; see `returns`, `fails`,
            `continues` and `runs`. One answer is for every call, a list has one for each.
        now: when the execution starts, with a time zone.

    Raises:
        MissingMock: a Task is called that has no answer; with the call, and a mock to copy.
        UnlikeAWS: a mock answers what AWS never does.
        Unusable: the workflow, its values, the input or the mocks are wrong.
        InterpreterFailed: the interpreter has ended, or cannot be installed.
    """
    if not isinstance(now, datetime):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Unusable(f"now is {now!r}, not a datetime; write datetime(…, tzinfo=UTC)")
    if now.tzinfo is None:
        raise Unusable(f"now is {now}, without a time zone; write datetime(…, tzinfo=UTC)")
    machine = make_machine(workflow, values or {})
    this = _Run(machine, mocks or {}, now)
    result = this.result({} if input is None else input)
    for line in this.warnings():
        warnings.warn(line, UnknownError, stacklevel=2)
    return result


@dataclass
class _Run:
    machine: Machine
    mocks: Mocks
    now: datetime
    _players: dict[Key, Player] = field(default_factory=dict[Key, Player])
    _calls: list[tuple[int, Call]] = field(default_factory=list[tuple[int, Call]])

    def result(self, input_: Any) -> Result:
        self._players[()] = Player(self.machine, self.mocks)
        request = {"machine": self.machine.request(input_), "now": self.now.isoformat()}
        message = running_interpreter().exchange(request, self._answer)
        if "refused" in message:
            raise self.machine.refusal(message["refused"])
        ended = message["ended"]
        visits = [*map(make_visit, ended["visits"])]
        for key, player in self._players.items():
            for record in recorders:
                record(player.machine, [visit for visit in visits if visit.execution == key])
        names, plain = names_in_path(visits), names_in_definition(visits)
        calls: dict[str, list[Call]] = {
            name: [] for name, state in self.machine.states.items() if state.resource
        }
        for number, call in self._calls:
            calls.setdefault(plain[number], []).append(replace(call, state=names[number]))
        return Result(
            ended["status"],
            ended.get("output"),
            ended.get("error"),
            ended.get("cause"),
            path=[names[visit.number] for visit in in_path_order(visits)],
            retries=_retries(visits, names),
            calls=calls,
            seconds=ended["seconds"],
            _render=self._http_answer,
        )

    def warnings(self) -> dict[str, None]:
        """A line for each error that AWS's model does not have."""
        return dict.fromkeys(line for player in self._players.values() for line in player.warnings)

    def _answer(self, call: Message) -> Message:
        key = as_key(call["machine"])
        state, arguments = call["state"], call["arguments"]
        self._calls.append((call["visit"], Call(state, call["resource"], arguments)))
        answer = self._players[key].next_answer(state, call["resource"], arguments)
        match answer:
            case Returns(value, after) | Continues(value, after):
                return {"output": value, "after": after}
            case Fails(error, cause, after):
                return {"error": error, "cause": cause, "after": after}
            case Runs():
                machine, request = run_machine(answer, arguments)
                nested = (*key, (call["visit"], call["attempt"]))
                self._players[nested] = Player(machine, answer.mocks)
                return {"machine": request, "pattern": _waiting(call["resource"]), "after": 0}

    def _http_answer(self, result: Result) -> HttpAnswer:
        if not self.machine.has_route:
            raise Unusable(
                f"{self.machine.name} has no route, because it is a definition alone; run a "
                "Workflow to see the answer of its route"
            )
        workflow = self.machine.workflow
        execution = self.machine.request({})["execution"]
        ids = {"executionArn": execution["arn"], "startDate": self.now.timestamp()}
        if workflow.mode == "async":
            status, body = 202, ids
            template = async_response(location(workflow), Cors(), private=workflow.route.private)
        else:
            status, template = (
                workflow.route.status,
                sync_response(workflow.errors, workflow.route, Cors()),
            )
            body = {**ids, "name": EXECUTION, "status": result.status}
            if result.status == "SUCCEEDED":
                body["output"] = _json(result.output)
            body |= {
                name: value
                for name, value in (("error", result.error), ("cause", result.cause))
                if value is not None
            }
        request = {"template": template, "body": _json(body)}
        rendered = running_interpreter().exchange(request, self._answer)["rendered"]
        return HttpAnswer(
            rendered["status"] or status,
            {"Content-Type": "application/json", **rendered["headers"]},
            rendered["text"],
        )


def _retries(visits: Sequence[Visit], names: Sequence[str]) -> dict[str, int]:
    """A state that is visited again, and retried again, has the sum."""
    retries: Counter[str] = Counter()
    for visit in visits:
        retries[names[visit.number]] += len(visit.retriers)
    return dict(+retries)


def _waiting(resource: str) -> str:
    """How the call waits for the execution that it starts, as the interpreter has it."""
    call = parse_integration(resource)
    if call and call.action == "startSyncExecution":
        return "call"
    return call.pattern if call else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
