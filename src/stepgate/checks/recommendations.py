"""Rules whose violations are warnings: a definition can be deployed with them."""

from collections.abc import Iterator

from stepgate.asl.fields import ERRORS
from stepgate.asl.states import Fields, handled_errors
from stepgate.checks.rule import RuleContext, Violation
from stepgate.suggestions import suggestion


def recommend_retries(context: RuleContext) -> Iterator[Violation]:
    """A Task is retried when its service is throttled or fails for a moment."""
    for state in context.states:
        opted_out = state.fields.get("Retry") == []
        if state.type == "Task" and not opted_out and not any(map(_is_of_services, state.retriers)):
            yield Violation(
                state.name,
                "is not retried when its service throttles it or fails for a moment; write Retry "
                "(stepgate.asl.retry.with_default_retry adds one), or "
                '"Retry": [] if it must not be called twice',
            )


# Errors of the language itself, which are never a service's throttling or failure.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_LANGUAGE_PREFIX = "States."
_CATCH_ALL = ("States.ALL", "States.TaskFailed")


def _is_of_services(retrier: Fields) -> bool:
    return retrier.get("MaxAttempts") != 0 and any(
        error in _CATCH_ALL or not error.startswith(_LANGUAGE_PREFIX)
        for error in handled_errors(retrier)
    )


def recommend_timeout(context: RuleContext) -> Iterator[Violation]:
    """An asynchronous execution ends, however long a state hangs.

    A synchronous one has its route's timeout (`stepgate.asl.timeout`).
    """
    if context.mode == "async" and "TimeoutSeconds" not in context.definition:
        yield Violation(
            "",
            "no TimeoutSeconds, so an execution that hangs ends after a year; write one, for "
            'example "TimeoutSeconds": 300',
        )


def recommend_known_errors(context: RuleContext) -> Iterator[Violation]:
    """A handler names errors that exist: no other than the language's begin with `States.`

    Whether AWS refuses an unknown one is not documented; it never matches.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    for state in context.states:
        for field, handlers in (("Retry", state.retriers), ("Catch", state.catchers)):
            for index, handler in enumerate(handlers):
                for error in handled_errors(handler):
                    if error.startswith(_LANGUAGE_PREFIX) and error not in ERRORS:
                        otherwise = "write a name of the language, or one without States."
                        cure = suggestion(error, ERRORS, otherwise, shown=str)
                        yield Violation(
                            state.name,
                            f"{field}[{index}].ErrorEquals has {error}, which is not an error of "
                            f"the language, so it never matches; {cure}",
                        )


def recommend_error_names(context: RuleContext) -> Iterator[Violation]:
    """A failure has a name by which a route and a caller can recognize it."""
    for state in context.states:
        if state.type == "Fail" and not {"Error", "ErrorPath"} & state.fields.keys():
            yield Violation(
                state.name,
                "has no error name; write Error, so that the workflow's errors can map it to a "
                "status",
            )
