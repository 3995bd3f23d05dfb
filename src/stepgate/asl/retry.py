"""The default retrier for Tasks that have none."""

from stepgate.workflow import Definition

# Each service has its own names for throttling and server errors, and ErrorEquals has no patterns.
# `States.TaskFailed` matches all of them, and client errors too, so attempts are few and short.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
DEFAULT_RETRIER = {
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 1,
    "BackoffRate": 2.0,
    "MaxAttempts": 2,
    "MaxDelaySeconds": 4,
    "JitterStrategy": "FULL",
}


def with_default_retry(definition: Definition) -> Definition:
    """The definition with `DEFAULT_RETRIER` on each Task that has no `Retry`, nested ones too.

    A Task that must not be retried opts out with `"Retry": []`.
    """
    states = {name: _with_default_retry(state) for name, state in definition["States"].items()}
    return {**definition, "States": states}


def _with_default_retry(state: Definition) -> Definition:
    match state["Type"]:
        case "Task":
            return {"Retry": [DEFAULT_RETRIER], **state}
        case "Parallel":
            branches = [with_default_retry(branch) for branch in state["Branches"]]
            return {**state, "Branches": branches}
        case "Map":
            processor = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
            return {**state, processor: with_default_retry(state[processor])}
        case _:
            return state
