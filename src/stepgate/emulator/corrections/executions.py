"""Step Functions: how executions are started and described."""

import collections
import contextlib
import json
import re
import threading

from localstack.aws.api import CommonServiceException
from localstack.aws.api.stepfunctions import InvalidExecutionInput, InvalidName
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stepfunctions.backend.store import SFNStore
from localstack.services.stepfunctions.provider import StepFunctionsProvider
from localstack.utils.patch import patch

INPUT_BYTES = 262_144
NAME_CHARACTERS = 80
NAME_FORBIDS = r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe-\U0010ffff]"""


def apply() -> None:
    patch(StepFunctionsProvider.start_execution)(start_once)
    patch(StepFunctionsProvider.start_execution)(check_name_and_input)
    patch(StepFunctionsProvider.start_sync_execution)(check_name_and_input)
    patch(Execution.to_describe_output)(describe_input_as_sent)
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
        json.loads(text or "{}", parse_constant=int)  # NaN and Infinity are no JSON
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
    machine = request["state_machine_arn"].replace(":stateMachine:", ":execution:", 1)
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


def describe_input_as_sent(original, self):
    """ "The string that contains the JSON input data of the execution", not that data again.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    return {**original(self), **getattr(self, "sent", {})}
