"""Step Functions: Tasks that the mocks of `stepgate local up --mocks` answer."""

import collections
import json
import os
import threading
import time
from pathlib import Path

from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import (
    lambda_eval_utils,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task_lambda import (  # noqa: E501
    StateTaskLambda,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.mocking.mock_config import (
    MockedResponseReturn,
    MockedResponseThrow,
)
from localstack.utils.patch import patch


def apply() -> None:
    Environment.is_mocked_mode = lambda self: answers(self) is not None
    Environment.get_current_mocked_response = next_answer
    patch(StateTaskLambda._eval_execution)(call_function)
    patch(lambda_eval_utils._mocked_invoke_lambda_function)(return_payload)


_mocks = {}
_given = collections.Counter()
_giving = threading.Lock()


def answers(env):
    """Those for the state that runs; None if it has no mock."""
    file = Path(os.environ["STEPGATE_MOCKS"])
    if not _mocks and file.exists():  # it is there when the deployment is finished
        _mocks.update(json.loads(file.read_text()))
    version = env.states.context_object.context_object_data["StateMachine"]["Id"]
    machine = ":".join(version.split(":")[:7])
    return _mocks.get(machine, {}).get(env.next_state_name)


def next_answer(env):
    found = answers(env)
    if isinstance(found, list):
        execution = env.states.context_object.context_object_data["Execution"]["Id"]
        with _giving:
            number = _given[execution, env.next_state_name]
            _given[execution, env.next_state_name] += 1
        if number >= len(found):
            raise RuntimeError(f"the mock has {len(found)} answers, and this is one more call")
        found = found[number]
    time.sleep(found["after"])
    if "error" in found:
        return MockedResponseThrow(0, 0, found["error"], found["cause"])
    return MockedResponseReturn(0, 0, found["output"])


_call = threading.local()


def call_function(original, self, env):
    """A Task that names a function by its ARN, and has the function's own result."""
    _call.is_by_arn = True
    try:
        original(self, env)
    finally:
        _call.is_by_arn = False


def return_payload(original, env):
    result = original(env)
    return {"Payload": result} if getattr(_call, "is_by_arn", False) else result
