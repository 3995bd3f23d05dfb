"""Step Functions: executions that are redriven, from the state at the top level that has failed.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

import datetime
import json
import threading
from dataclasses import dataclass, field

from localstack.aws.api.stepfunctions import (
    ExecutionNotRedrivable,
    ExecutionRedrivenEventDetails,
    ExecutionStatus,
    HistoryEventType,
    RedriveExecutionOutput,
    StateMachineType,
)
from localstack.services.stepfunctions.asl.component.state.state import CommonStateField
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stepfunctions.provider import StepFunctionsProvider
from localstack.utils.patch import patch

REDRIVABLE = (ExecutionStatus.FAILED, ExecutionStatus.ABORTED, ExecutionStatus.TIMED_OUT)
REDRIVABLE_PERIOD = datetime.timedelta(days=14)
MAX_OPEN_TIME = datetime.timedelta(days=365)
EVENTS = 24_999
TOKENS = 10
TOKENS_LAST = datetime.timedelta(minutes=15)


@dataclass
class Redrives:
    """Those of one execution.

    Attributes:
        dates: when it was redriven, by the client's token.
    """

    count: int = 0
    date: datetime.datetime | None = None
    dates: dict[str, datetime.datetime] = field(default_factory=dict)

    def date_of(self, token, now):
        """ "The API will return idempotent responses for the last 10 client tokens used to
        successfully redrive the execution. These client tokens are valid for up to 15 minutes."
        """
        date = dict([*self.dates.items()][-TOKENS:]).get(token)
        return date if date and now - date <= TOKENS_LAST else None

    def add(self, token, now):
        self.count += 1
        self.date = now
        if token:
            self.dates[token] = now


def apply() -> None:
    StepFunctionsProvider.redrive_execution = redrive_execution
    patch(Execution.to_describe_output)(describe_redrives)
    patch(Execution.to_execution_list_item)(list_redrives)
    patch(CommonStateField._eval_body)(keep_variables)


_redriving = threading.Lock()


def redrive_execution(self, context, execution_arn, client_token=None, **_):
    self._validate_state_machine_execution_arn(execution_arn)
    execution = self._get_execution(context=context, execution_arn=execution_arn)
    if execution.sm_type != StateMachineType.STANDARD:
        self._raise_resource_type_not_in_context(resource_type=execution.sm_type)
    now = datetime.datetime.now(tz=datetime.UTC)
    with _redriving:
        redrives = redrives_of(execution)
        if date := redrives.date_of(client_token, now):
            return RedriveExecutionOutput(redriveDate=date)
        if reason := reason_against(execution, now):
            raise ExecutionNotRedrivable(reason)
        redrives.add(client_token, now)
        resume(execution, redrives)
    return RedriveExecutionOutput(redriveDate=now)


def redrives_of(execution):
    return vars(execution).setdefault("redrives", Redrives())


def reason_against(execution, now):
    """The reasons that `redriveStatusReason` can have, as far as they can be had here.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    status = execution.exec_status
    if status not in REDRIVABLE:
        return f"Execution is {status} and cannot be redriven."
    if now - execution.stop_date > REDRIVABLE_PERIOD:
        return "Execution redrivable period exceeded."
    if now - execution.start_date > MAX_OPEN_TIME:
        return "Execution has exceeded the max execution time."
    if len(execution.to_history_output()["events"]) >= EVENTS:
        return "Execution history event limit exceeded."
    return None


def describe_redrives(original, self):
    reason = reason_against(self, datetime.datetime.now(tz=datetime.UTC))
    status = {"redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE"}
    return {
        **original(self),
        **_counted(self),
        **status,
        **({"redriveStatusReason": reason} if reason else {}),
    }


def list_redrives(original, self):
    return {**original(self), **_counted(self)}


def _counted(execution):
    redrives = redrives_of(execution)
    return {
        "redriveCount": redrives.count,
        **({"redriveDate": redrives.date} if redrives.date else {}),
    }


def keep_variables(original, self, env):
    """What was assigned before the state, for when the execution is resumed there."""
    if not env.is_frame():
        env.variables_before = dict(env.variable_store._inner_scope)
    original(self, env)


def resume(execution, redrives):
    """ "Step Functions continues the failed execution from the unsuccessful step and uses the same
    input", with the definition of the execution. "Redriven executions append their event history to
    the existing event history." Timeout and retries begin again.
    """
    before = execution.exec_worker.env
    worker = execution.exec_worker = execution._get_start_execution_worker()
    program, env = worker._get_evaluation_entrypoint(), worker.env
    # Not the manager itself: what a task that has timed out still does is not the redrive's.
    env.event_manager._history_event_list += before.event_manager.get_event_history()
    events = env.event_manager._history_event_list
    env.event_manager._event_id_gen._next_id = len(events) + 1
    # A token of before is known, and has ended; and so is a Map Run.
    env.callback_pool_manager = before.callback_pool_manager
    env.map_run_record_pool_manager = before.map_run_record_pool_manager
    env.states.context_object.context_object_data["Execution"] |= {
        "RedriveCount": redrives.count,
        "RedriveTime": execution._to_serialized_date(redrives.date),
    }
    execution.stop_date = execution.error = execution.cause = None
    execution.exec_status = ExecutionStatus.RUNNING
    env.event_history_context.source_event_id = len(events)
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionRedriven,
        event_details=EventDetails(
            executionRedrivenEventDetails=ExecutionRedrivenEventDetails(redriveCount=redrives.count)
        ),
    )
    if entered := last_entered(events, program.states.states):
        details = entered["stateEnteredEventDetails"]
        program.start_at.start_at_name = details["name"]
        env.states.reset(input_value=json.loads(details["input"]))
        env.variable_store._inner_scope.update(before.variables_before)
        env.event_manager = EnteredBefore(env, entered["id"])
    execution.publish_execution_status_change_event()

    def run():
        program.eval(env)
        worker._execution_communication.terminated()

    threading.Thread(target=run, daemon=True).start()


def last_entered(events, states):
    """The event in which the last of these states was entered."""
    entered = (
        event
        for event in reversed(events)
        if event.get("stateEnteredEventDetails", {}).get("name") in states
    )
    return next(entered, None)


class EnteredBefore:
    """In place of an environment's event manager until the first event: that a state is entered.

    It was entered before, and is not again: its attempt follows on that event.
    """

    def __init__(self, env, event_id):
        self._env = env
        self._manager = env.event_manager
        self._event_id = event_id

    def get_event_history(self):
        return self._manager.get_event_history()

    def add_event(self, context, **_):
        self._env.event_manager = self._manager
        context.source_event_id = self._event_id
        return self._event_id
