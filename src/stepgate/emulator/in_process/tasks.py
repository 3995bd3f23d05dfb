"""Tasks that call nothing: the process that started the run answers them."""

import json
from contextvars import ContextVar

from in_process.clock import Stopped, current_clock
from in_process.trace import machine, visit
from localstack.aws.api.stepfunctions import (
    HistoryEventExecutionDataDetails,
    HistoryEventType,
    TaskFailedEventDetails,
    TaskScheduledEventDetails,
    TaskStartedEventDetails,
    TaskSucceededEventDetails,
)
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.item_reader.item_reader_decl import (  # noqa: E501
    ItemReader,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.result_writer.result_writer_decl import (  # noqa: E501
    ResultWriter,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.resource import (  # noqa: E501
    ServiceResource,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task import (  # noqa: E501
    StateTask,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.asl.parse import preprocessor
from localstack.services.stepfunctions.quotas import is_within_size_quota
from localstack.utils.strings import long_uid

ask = ContextVar("ask")
"""Gives the answer to a call."""
run_nested = ContextVar("run_nested")
"""Runs another state machine, and gives what DescribeExecution would."""


def apply() -> None:
    preprocessor.state_task_for = AnsweredTask
    ItemReader.__init__ = keep_resource
    ItemReader._eval_body = read_items
    ResultWriter.__init__ = keep_resource
    ResultWriter._eval_body = write_results


class AnsweredTask(StateTask):
    """A Task of any resource."""

    def __init__(self, resource):
        super().__init__()
        self._waits_for_token = resource.resource_arn.endswith(".waitForTaskToken")
        self._is_service = isinstance(resource, ServiceResource)

    def _evaluate_with_timeout(self, env):
        # Each attempt has a token of its own.
        if self._waits_for_token:
            env.states.context_object.update_task_token()
        try:
            super()._evaluate_with_timeout(env)
        finally:
            env.states.context_object.context_object_data.pop("Task", None)

    def _eval_execution(self, env):
        arguments = env.stack.pop()
        if self.parargs is not None:
            self.parargs.eval(env)
            arguments = env.stack.pop()
        if self.credentials is not None:
            self.credentials.eval(env)
            env.stack.pop()
        heartbeat = None
        if self.heartbeat is not None:
            self.heartbeat.eval(env)
            heartbeat = env.stack.pop()
        self._log(env, HistoryEventType.TaskScheduled, "taskScheduled", _scheduled(arguments))
        self._log(env, HistoryEventType.TaskStarted, "taskStarted", TaskStartedEventDetails())
        output = self._output(env, answer(self.resource.resource_arn, arguments), heartbeat)
        if not is_within_size_quota(output):
            raise _failure(
                env,
                "States.DataLimitExceeded",
                "The state/task returned a result with a size exceeding the maximum number of "
                "bytes service limit.",
            )
        succeeded = TaskSucceededEventDetails(
            output=json.dumps(output), outputDetails=_NOT_TRUNCATED
        )
        self._log(env, HistoryEventType.TaskSucceeded, "taskSucceeded", succeeded)
        env.stack.append(output)

    def _output(self, env, answered, heartbeat):
        """
        Raises:
            FailureEventException: the answer is an error.
            TimeoutError: it takes longer than a heartbeat may.
        """
        if heartbeat is not None and answered["after"] > heartbeat:
            current_clock().sleep(heartbeat)
            raise TimeoutError
        current_clock().sleep(answered["after"])
        if not env.is_running():  # the Task has timed out, or its branch was stopped
            raise Stopped
        if "error" in answered:
            raise _failure(env, answered["error"], answered["cause"])
        if "machine" in answered:
            return self._nested(env, answered["machine"], answered["pattern"])
        return answered["output"]

    def _nested(self, env, machine, pattern):
        execution = run_nested.get()(machine, pattern)
        if pattern.startswith("sync"):
            if execution["Status"] != "SUCCEEDED":
                raise _failure(env, "States.TaskFailed", json.dumps(execution))
            if pattern == "sync:2":
                for name in ("Input", "Output"):
                    execution[name] = json.loads(execution[name])
        return execution

    def _log(self, env, event_type, name, details):
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=event_type,
            event_details=EventDetails(**{f"{name}EventDetails": details}),
        )


def answer(resource, arguments):
    """The answer to a call of the state that the running thread is in."""
    return ask.get()(
        {
            "machine": machine.get(),
            "visit": visit.get()["number"],
            "attempt": len(visit.get()["retriers"]),
            "state": visit.get()["state"],
            "resource": resource,
            "arguments": arguments,
        }
    )


_NOT_TRUNCATED = HistoryEventExecutionDataDetails(truncated=False)


def _scheduled(arguments):
    return TaskScheduledEventDetails(parameters=json.dumps(arguments))


def _failure(env, error, cause):
    try:
        error_name = StatesErrorName.from_name(error)
    except ValueError:
        error_name = CustomErrorName(error)
    details = TaskFailedEventDetails(error=error, cause=cause)
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=error_name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )


def keep_resource(self, resource, parargs, reader_config=None):
    self.resource_arn, self.parargs, self.reader_config = (
        resource.resource_arn,
        parargs,
        reader_config,
    )


def read_items(self, env):
    """The items of a distributed Map are the answer to its reader's call."""
    arguments = {}
    if self.parargs:
        self.parargs.eval(env)
        arguments = env.stack.pop()
    answered = answer(self.resource_arn, arguments)
    current_clock().sleep(answered["after"])
    if "error" in answered:
        raise _failure(env, answered["error"], answered["cause"])
    items = answered["output"]
    if self.reader_config:
        self.reader_config.eval(env)
        items = items[: env.stack.pop()["MaxItemsValue"] or None]
    env.stack.append(items)


def write_results(self, env):
    """Nothing is written; the state's result names the object that would be."""
    self.parargs.eval(env)
    arguments = env.stack.pop()
    env.stack.pop()
    run_arn = env.map_run_record_pool_manager.get_all()[-1].map_run_arn
    prefix = arguments.get("Prefix", "")
    prefix += "/" if prefix and not prefix.endswith("/") else ""
    key = f"{prefix}{run_arn.rpartition(':')[2] or long_uid()}/manifest.json"
    details = {"Bucket": arguments["Bucket"], "Key": key}
    env.stack.append({"MapRunArn": run_arn, "ResultWriterDetails": details})
