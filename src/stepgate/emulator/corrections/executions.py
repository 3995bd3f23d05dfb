"""Step Functions: how executions are started and described."""

import collections
import contextlib
import copy
import json
import re
import threading

from localstack.aws.api import CommonServiceException
from localstack.aws.api.stepfunctions import (
    InvalidExecutionInput,
    InvalidName,
    StateMachineType,
)
from localstack.services.stepfunctions.backend.alias import Alias
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stepfunctions.backend.state_machine import StateMachineVersion
from localstack.services.stepfunctions.backend.store import SFNStore
from localstack.services.stepfunctions.provider import StepFunctionsProvider
from localstack.utils.patch import patch

INPUT_BYTES = 262_144
NAME_CHARACTERS = 80
NAME_FORBIDS = r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe-\U0010ffff]"""


def apply() -> None:
    patch(StepFunctionsProvider.start_execution)(start_once)
    patch(StepFunctionsProvider.start_execution)(check_name_and_input)
    patch(StepFunctionsProvider.start_sync_execution)(start_aliased_version)
    patch(StepFunctionsProvider.start_sync_execution)(check_name_and_input)
    patch(Execution.to_describe_output)(describe_input_as_sent)
    patch(Execution.publish_execution_status_change_event)(publish_for_the_machine)
    # To start an execution the state machine is copied, with its aliases, which have locks.
    Alias.__deepcopy__ = lambda self, _: self
    # A list of its values fails while another thread adds an execution to an OrderedDict.
    vars(SFNStore)["executions"].default = dict


def check_name_and_input(original, self, context, **request):
    """The "Length Constraints" of a name and an input, and what "a name must not contain".

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    name, text = request.get("name"), request.get("input")
    if name is not None and not 1 <= len(name) <= NAME_CHARACTERS:
        raise _invalid(f"Value '{name}' at 'name'", NAME_CHARACTERS)
    if len((text or "").encode(errors="surrogatepass")) > INPUT_BYTES:
        raise _invalid("Value at 'input'", INPUT_BYTES)
    if name and re.search(NAME_FORBIDS, name):
        raise InvalidName(f"Invalid Name: '{name}'")
    try:
        json.loads(text or "{}", parse_constant=int)  # NaN and Infinity are not JSON
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: {error}") from error
    return original(self, context, **request)


def _invalid(what, length):
    constraint = f"Member must have length less than or equal to {length}"
    return CommonServiceException(
        "ValidationException",
        f"1 validation error detected: {what} failed to satisfy constraint: {constraint}",
    )


# One for each name, for starting takes a while, and an execution's end may start another.
_starting = collections.defaultdict(threading.Lock)


def start_once(original, self, context, **request):
    """ "If you call StartExecution with the same name and input as a running execution, the call
    succeeds": the same text, where the emulator compares what it means.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    sent = {"input": request.get("input") or "{}"}
    # Without the version or alias behind it.
    arn = ":".join(request["state_machine_arn"].split(":")[:7])
    machine = arn.replace(":stateMachine:", ":execution:", 1)
    name = request.get("name")
    with _starting[machine, name] if name else contextlib.nullcontext():
        executions = self.get_store(context).executions
        known = executions.get(f"{machine}:{name}")
        if known and known.sent != sent:
            raise CommonServiceException(
                "ExecutionAlreadyExists", f"Execution Already Exists: '{known.exec_arn}'"
            )
        answer = original(self, context, **request)
        executions[answer["executionArn"]].sent = sent
    return answer


def start_aliased_version(original, self, context, **request):
    """An alias starts the version that it points at. The emulator knows this for StartExecution.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
    """
    alias = self.get_store(context).aliases.get(request["state_machine_arn"])
    if alias is not None:
        request["state_machine_arn"] = alias.sample()
    return original(self, context, **request)


def describe_input_as_sent(original, self):
    """ "The string that contains the JSON input data of the execution", not that data again.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    return {**original(self), **getattr(self, "sent", {})}


def publish_for_the_machine(original, self):
    """An event's `stateMachineArn` is the state machine's own, also of an execution of a version.
    "You can select events from Step Functions standard workflows": Express ones have none.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    if self.sm_type == StateMachineType.EXPRESS:
        return None
    if isinstance(self.state_machine, StateMachineVersion):
        self = copy.copy(self)
        self.state_machine = copy.copy(self.state_machine)
        self.state_machine.arn = self.state_machine.source_arn
    return original(self)
