"""One execution of a state machine, and of those that it starts."""

import functools
import importlib
import itertools
import json
import random
from contextvars import ContextVar
from types import SimpleNamespace

from in_process import tasks, trace
from in_process.clock import DATETIME, THREADING, TIME, Clock, Thread, current_clock
from jsonata.timebox import Timebox
from localstack.aws.api.stepfunctions import HistoryEventType, StateMachineType
from localstack.services.stepfunctions.asl.component.common.retry import jitter_strategy_decl
from localstack.services.stepfunctions.asl.component.eval_component import EvalComponent
from localstack.services.stepfunctions.asl.component.state import state as state_module
from localstack.services.stepfunctions.asl.component.state.state_wait.wait_function.wait_function import (  # noqa: E501
    WaitFunction,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.evaluation_details import AWSExecutionDetails
from localstack.services.stepfunctions.asl.eval.event.event_manager import (
    EventHistoryContext,
    EventManager,
)
from localstack.services.stepfunctions.asl.eval.program_state import ProgramEnded, ProgramError
from localstack.services.stepfunctions.asl.eval.states import (
    ContextObjectData,
    ExecutionData,
    StateMachineData,
)
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.utils.patch import patch
from localstack.utils.threads import TMP_THREADS

HISTORY_EVENTS = 25_000
"""An execution whose history has so many events fails.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

_STEP_FUNCTIONS = "localstack.services.stepfunctions.asl"
_EXECUTION = f"{_STEP_FUNCTIONS}.component.state.state_execution"
_MAP = f"{_EXECUTION}.state_map.iteration"
_ON_THE_CLOCK = {
    f"{_STEP_FUNCTIONS}.component.common.retry.retrier_decl": {"time": TIME},
    f"{_STEP_FUNCTIONS}.component.program.program": {"threading": THREADING},
    f"{_STEP_FUNCTIONS}.component.state.state": {"datetime": DATETIME},
    f"{_STEP_FUNCTIONS}.component.state.state_wait.wait_function.timestamp": {"datetime": DATETIME},
    f"{_STEP_FUNCTIONS}.eval.environment": {"threading": THREADING},
    f"{_STEP_FUNCTIONS}.eval.event.event_manager": {"datetime": DATETIME},
    f"{_EXECUTION}.execute_state": {"threading": THREADING, "Thread": Thread},
    f"{_EXECUTION}.state_parallel.branch_worker": {"threading": THREADING},
    f"{_EXECUTION}.state_parallel.branches_decl": {"datetime": DATETIME, "threading": THREADING},
    f"{_MAP}.inline_iteration_component": {"threading": THREADING},
    f"{_MAP}.itemprocessor.map_run_record": {"datetime": DATETIME, "threading": THREADING},
    f"{_MAP}.job": {"threading": THREADING},
}
"""What the interpreter's modules have in the place of Python's own."""


class HistoryFull(Exception):  # noqa: N818 - it says what has happened
    """The execution's history has as many events as AWS allows."""


class DefinitionRefused(Exception):  # noqa: N818 - it says what has happened
    """The interpreter does not read the definition."""


def apply() -> None:
    for name, members in _ON_THE_CLOCK.items():
        vars(importlib.import_module(name)).update(members)
    # No one reads the log, and each line of it describes a whole state.
    for name in ("_log_evaluation_step", "_log_exception", "_log_failure_event_exception"):
        setattr(EvalComponent, name, lambda self, *args, **named: None)  # noqa: ARG005
    # The longest delay that `JitterStrategy` allows, so that a run is the same each time.
    jitter_strategy_decl.random = SimpleNamespace(uniform=lambda _, longest: longest)
    state_module.StateData = entered_state
    WaitFunction._wait_interval = wait_until
    patch(EventManager.add_event)(count_event)
    Timebox.current_milli_time = staticmethod(lambda: current_clock().microseconds // 1000)


def entered_state(EnteredTime, Name):  # noqa: ARG001, N803 as StateData
    """ "EnteredTime": "2019-03-26T20:14:13.192Z", with three digits and a Z.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    return {"EnteredTime": _timestamp(), "Name": Name}


def _timestamp():
    return current_clock().now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wait_until(self, env, wait_seconds):  # noqa: ARG001 it is a method
    """A wait ends at its time, or with its branch."""
    clock = current_clock()
    end = clock.microseconds + round(wait_seconds * 1_000_000)
    while env.is_running() and clock.microseconds < end:
        env.program_state_event.wait((end - clock.microseconds) / 1_000_000)


_events = ContextVar("events")


def count_event(original, self, *arguments, **named):
    if next(_events.get()) >= HISTORY_EVENTS:
        current_clock().fail(HistoryFull())
    return original(self, *arguments, **named)


def run(machine, now, ask):
    """How an execution ends: its status, output, error and cause, and what it visited.

    Args:
        machine: the definition as text, its type, and the execution: name, arn, input.
        now: when it starts.
        ask: gives the answer to a call.
    """
    clock = Clock(now)
    started = clock.microseconds
    visits, detached = [], []
    trace.visits.set(visits)
    tasks.ask.set(functools.partial(_asked, clock, ask))
    tasks.run_nested.set(functools.partial(_run_nested, detached))
    # Random texts and numbers are the same in each run.
    random.seed(0)
    try:
        ended = _execute(machine)
        ended["seconds"] = (clock.microseconds - started) / 1_000_000
        for thread in detached:
            thread.join()
    except HistoryFull:
        ended = {
            "status": "FAILED",
            "error": "States.Runtime",
            "cause": f"The execution's history has reached {HISTORY_EVENTS:,} events.",
            "seconds": (clock.microseconds - started) / 1_000_000,
        }
    finally:
        clock.close()
        TMP_THREADS.clear()
    return {**ended, "visits": visits}


def _asked(clock, ask, call):
    """The answer; an error while answering ends the run."""
    try:
        return ask(call)
    except Exception as error:
        return clock.fail(error)


def _execute(machine):
    program = _program(machine["definition"])
    execution, account, region = machine["execution"], machine["account"], machine["region"]
    role = f"arn:aws:iam::{account}:role/test"
    _events.set(itertools.count())
    env = Environment(
        aws_execution_details=AWSExecutionDetails(account, region, role),
        execution_type=StateMachineType(machine["type"]),
        context=ContextObjectData(
            Execution=ExecutionData(
                Id=execution["arn"],
                Input=machine["input"],
                Name=execution["name"],
                RoleArn=role,
                StartTime=_timestamp(),
            ),
            StateMachine=StateMachineData(Id=machine["arn"], Name=machine["name"]),
        ),
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
    env.event_manager.add_event(
        env.event_history_context,
        HistoryEventType.ExecutionStarted,
        update_source_event_id=False,
    )
    program.eval(env)
    match env.program_state():
        case ProgramEnded():
            return {"status": "SUCCEEDED", "output": env.states.get_input()}
        case ProgramError() as state:
            failure = state.error or {}
            return {
                "status": "FAILED",
                "error": failure.get("error"),
                "cause": failure.get("cause"),
            }
        case _:
            return {"status": "TIMED_OUT"}


@functools.lru_cache(maxsize=256)
def _program(definition):
    """
    Raises:
        DefinitionRefused: the interpreter does not read it.
    """
    try:
        return AmazonStateLanguageParser.parse(definition)[0]
    except Exception as error:
        return current_clock().fail(DefinitionRefused(str(error)))


def _run_nested(detached, machine, pattern):
    """What the call returns: DescribeExecution's answer, or that the execution has started."""
    execution, start = machine["execution"], current_clock().microseconds // 1000
    started = {"ExecutionArn": execution["arn"], "StartDate": start}
    with trace.inside_execution():
        if not pattern:
            thread = Thread(target=_execute, args=(machine,))
            thread.start()
            detached.append(thread)
            return started
        ended = _execute(machine)
    described = {
        **started,
        "Input": json.dumps(machine["input"], separators=(",", ":")),
        "InputDetails": {"Included": True},
        "Name": execution["name"],
        "StateMachineArn": machine["arn"],
        "Status": ended["status"],
        "StopDate": current_clock().microseconds // 1000,
    }
    if "output" in ended:
        described["Output"] = json.dumps(ended["output"], separators=(",", ":"))
        described["OutputDetails"] = {"Included": True}
    for member in ("error", "cause"):
        if ended.get(member) is not None:
            described[member.capitalize()] = ended[member]
    return described
