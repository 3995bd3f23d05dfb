"""Step Functions: what a Choice compares."""

from localstack.aws.api.stepfunctions import ExecutionFailedEventDetails, HistoryEventType
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.state.state_choice.comparison.comparison_operator_type import (  # noqa: E501
    ComparisonOperatorType,
)
from localstack.services.stepfunctions.asl.component.state.state_choice.comparison.comparison_variable import (  # noqa: E501
    ComparisonVariable,
)
from localstack.services.stepfunctions.asl.component.state.state_choice.comparison.variable import (
    NoSuchVariable,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails

ERROR = "States.Runtime"


def apply() -> None:
    ComparisonVariable._eval_body = compare


def compare(self, env):
    """Only `IsPresent` takes a path that leads nowhere: "Invalid path '$.type': The choice state's
    condition path references an invalid value."

    https://stackoverflow.com/questions/55299602/aws-step-functions-check-for-null
    """
    self.variable.eval(env)
    function = self.comparison_function
    is_missing = isinstance(env.stack[-1], NoSuchVariable)
    if is_missing and function.operator_type != ComparisonOperatorType.IsPresent:
        path = self.variable.string_sampler.literal_value
        details = ExecutionFailedEventDetails(
            error=ERROR,
            cause=f"Invalid path '{path}': The choice state's condition path references an "
            "invalid value.",
        )
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=StatesErrorName.from_name(ERROR),
                event_type=HistoryEventType.ExecutionFailed,
                event_details=EventDetails(executionFailedEventDetails=details),
            )
        )
    function.eval(env)
