"""The rule for error handlers: retriers and catchers."""

from collections.abc import Iterator

from stepgate.asl.states import handled_errors
from stepgate.checks.rule import RuleContext, Violation


def require_states_all_last(context: RuleContext) -> Iterator[Violation]:
    """`States.ALL` is the only error of its handler, and in the last retrier or catcher.

    https://states-language.net/spec.html#retrying-after-error
    https://states-language.net/spec.html#fallback-states
    """
    for state in context.states:
        for field, handlers in (("Retry", state.retriers), ("Catch", state.catchers)):
            for index, handler in enumerate(handlers):
                errors = handled_errors(handler)
                if "States.ALL" not in errors:
                    continue
                if len(errors) > 1:
                    yield Violation(
                        state.name,
                        f"{field}[{index}].ErrorEquals has other errors next to States.ALL; write "
                        "only States.ALL, which matches those too",
                    )
                if index < len(handlers) - 1:
                    yield Violation(
                        state.name,
                        f"{field}[{index}] matches States.ALL, so those after it never match; "
                        f"move it to the end of {field}",
                    )
