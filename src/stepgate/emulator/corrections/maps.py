"""Step Functions: the items of Maps, and failures in distributed ones."""

from localstack.aws.api.stepfunctions import HistoryEventType, MapRunFailedEventDetails
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.distributed_iteration_component import (  # noqa: E501
    DistributedIterationComponent,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.utils.patch import patch

ERROR = "States.ExceedToleratedFailureThreshold"


def apply() -> None:
    patch(DistributedIterationComponent._map_run)(fail_above_threshold)
    inner_frame = Environment.as_inner_frame_of.__func__

    def with_item(cls, env, *args, **kwargs):
        """A Task, too, reads "the array index number for the Map iteration".

        https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
        """
        frame = inner_frame(cls, env, *args, **kwargs)
        outer = env.states.context_object.context_object_data
        if "Map" in outer:
            frame.states.context_object.context_object_data["Map"] = outer["Map"]
        return frame

    Environment.as_inner_frame_of = classmethod(with_item)  # `patch` would fix the class


def fail_above_threshold(original, self, env, eval_input):
    """ "The Map Run fails if the specified threshold is exceeded", which is 0 by default.

    https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html
    """
    original(self, env, eval_input)
    counter = eval_input.map_run_record.item_counter
    failed = counter.failed.get() + counter.timed_out.get()
    count, percentage = eval_input.tolerated_failure_count, eval_input.tolerated_failure_percentage
    is_tolerated = failed <= (count or 0) or (
        percentage and 100 * failed <= percentage * counter.total.get()
    )
    if failed and not is_tolerated:
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=StatesErrorName.from_name(ERROR),
                event_type=HistoryEventType.MapRunFailed,
                event_details=EventDetails(
                    mapRunFailedEventDetails=MapRunFailedEventDetails(
                        error=ERROR, cause="The specified tolerated failure threshold was exceeded"
                    )
                ),
            )
        )
