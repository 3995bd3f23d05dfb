"""JSONata: jsonata-python's evaluator, where LocalStack starts one in Java.

"Step Functions supports JSONata version 2.0.6."
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import hashlib
import json
import math
import random
import re
import uuid
from datetime import datetime

from jsonata import JException, Jsonata, Utils
from localstack.aws.api.stepfunctions import EvaluationFailedEventDetails, HistoryEventType
from localstack.services.stepfunctions.asl.component.common.error_name import (
    failure_event,
    states_error_name,
    states_error_name_type,
)
from localstack.services.stepfunctions.asl.component.common.string.string_expression import (
    StringJSONata,
    StringVariableSample,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.asl.eval.states import States
from localstack.services.stepfunctions.asl.utils.json_path import extract_json
from localstack.utils.patch import patch


def apply() -> None:
    StringJSONata._eval_body = push_value
    StringVariableSample._eval_body = push_variable
    patch(States.reset)(forget_result)


def push_value(self, env):
    """Puts what the expression gives onto the stack."""
    # jsonata-python does not know the escape of an apostrophe.
    source = re.sub(
        r"\\(.)", lambda m: r"\u0027" if m[1] == "'" else m[0], self.expression, flags=re.S
    )
    store = env.variable_store
    variables = {**store._outer_scope, **store._inner_scope, "states": env.states._states_data}
    try:
        expression = Jsonata(source)
        expression.set_output_convert_nulls(False)
        value = expression.evaluate(None, FUNCTIONS | {k: _given(v) for k, v in variables.items()})
    except Exception as error:
        reason = f"{error.error}: {error}" if isinstance(error, JException) else f"{error}"
        raise _failure(self, env, f"threw an error during evaluation. {reason}") from error
    if value is None:
        raise _failure(self, env, "returned nothing (undefined).")
    try:
        env.stack.append(_taken(value))
    except TypeError as error:
        raise _failure(self, env, "returned an unsupported result type.") from error


def _given(value):
    """The value with JSONata's own null: None would be undefined."""
    match value:
        case None:
            return Utils.NULL_VALUE
        case dict():
            return {key: _given(inner) for key, inner in value.items()}
        case list():
            return [_given(inner) for inner in value]
        case datetime():  # JSON has none, and what a service answers is JSON
            return value.isoformat()
    return value


def _taken(value):
    """The value as JSON has it.

    Raises:
        TypeError: it has a function in it.
    """
    match value:
        case Utils.NULL_VALUE:
            return None
        case dict():
            return {key: _taken(inner) for key, inner in value.items()}
        case list():
            return [_taken(inner) for inner in value]
        case str() | int() | float():
            return value
    raise TypeError(value)


def _failure(self, env, what):
    """ "A state that fails to evaluate an expression reports `States.QueryEvaluationError`." """
    error_name = states_error_name.StatesErrorName(
        states_error_name_type.StatesErrorNameType.StatesQueryEvaluationError
    )
    details = EvaluationFailedEventDetails(
        error=error_name.error_name, cause=f"The JSONata expression '{self.expression}' {what}"
    )
    failure = failure_event.FailureEventException(
        failure_event.FailureEvent(
            env=env,
            error_name=error_name,
            event_type=HistoryEventType.EvaluationFailed,
            event_details=EventDetails(evaluationFailedEventDetails=details),
        )
    )
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=EventDetails(
            evaluationFailedEventDetails=failure.get_evaluation_failed_event_details()
        ),
    )
    return failure


def push_variable(self, env):
    """In JSONPath, `$name.a[0]`: the path from a variable's value."""
    name, path = re.fullmatch(r"\$([^.\[]+)(.*)", self.expression, re.DOTALL).groups()
    env.stack.append(extract_json(f"${path}", env.variable_store.get(name)))


def forget_result(original, self, input_value):
    """`$states.result` and `$states.errorOutput` are only in the state that has them.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """
    original(self, input_value)
    del self._states_data["result"], self._states_data["errorOutput"]


# The functions that Step Functions adds, as the page above describes them: "Built-in JSONata
# functions that require integer values as parameters will automatically round down any non-integer
# numbers provided."


def partition(array, size):
    """ "The length of the last array chunk may be less than the length of the previous" ones."""
    if size < 1:
        raise ValueError(f"the chunk size {size} is less than 1")
    return [array[i : i + math.floor(size)] for i in range(0, len(array), math.floor(size))]


def range_(first, last, delta):
    """ "Ranging from the first argument of the function to the second", which it includes."""
    first, last, delta = (math.floor(number) for number in (first, last, delta))
    return list(range(first, last + (1 if delta > 0 else -1), delta))


def hash_(text, algorithm):
    """The digits are hexadecimal ones."""
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{algorithm} is not one of {', '.join(ALGORITHMS)}")
    return hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest()


def random_(seed=None):
    """ "If you use this function with the same seed value, it returns an identical number." """
    return random.Random(None if seed is None else math.floor(seed)).random()  # noqa: S311


def parse(text):
    """ "The function takes a stringified JSON as its only argument." """
    return _given(json.loads(text, parse_constant=int))


def _function(implementation, signature):
    """A function of JSONata: of nothing it gives nothing."""

    def called(*arguments):
        return None if None in arguments else implementation(*arguments)

    return Jsonata.JFunction(Jsonata.JLambda(called), signature)


ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
FUNCTIONS = {
    "partition": _function(partition, "<an:a>"),
    "range": _function(range_, "<nnn:a>"),
    "hash": _function(hash_, "<ss:s>"),
    "random": Jsonata.JFunction(Jsonata.JLambda(random_), "<n?:n>"),
    "uuid": Jsonata.JFunction(Jsonata.JLambda(lambda: str(uuid.uuid4())), "<:s>"),
    "parse": _function(parse, "<s:x>"),
    "eval": None,  # "`$eval` is not supported in Step Functions workflows."
}
