"""What a definition should have; it can be deployed without."""

from collections.abc import Iterator

from workflows.language.states import Fields, handled_errors
from workflows.rules.breach import Breach, Subject


def retried_tasks(subject: Subject) -> Iterator[Breach]:
    """A Task is tried again when its service is throttled or fails for a moment."""
    for state in subject.states:
        decided = state.fields.get("Retry") == []
        if state.type == "Task" and not decided and not any(map(_is_of_services, state.retriers)):
            yield Breach(
                state.name,
                "is not tried again when its service throttles it or fails for a moment; write "
                "Retry (with_default_retry in workflows/language/retry.py adds one), or "
                '"Retry": [] if it must not be called twice',
            )


# Errors of the language itself that no service's throttling or failure is.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_OF_THE_LANGUAGE = "States."
_OF_EVERYTHING = ("States.ALL", "States.TaskFailed")


def _is_of_services(retrier: Fields) -> bool:
    return retrier.get("MaxAttempts") != 0 and any(
        error in _OF_EVERYTHING or not error.startswith(_OF_THE_LANGUAGE)
        for error in handled_errors(retrier)
    )


def named_failures(subject: Subject) -> Iterator[Breach]:
    """A failure has a name that a route and a caller can tell it by."""
    for state in subject.states:
        if state.type == "Fail" and not {"Error", "ErrorPath"} & state.fields.keys():
            yield Breach(
                state.name,
                "fails without a name; write Error, which the workflow's errors can give a status",
            )
