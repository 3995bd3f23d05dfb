"""The rule for what handles errors: retriers and catchers."""

from collections.abc import Iterator

from workflows.language.states import handled_errors
from workflows.rules.breach import Breach, Subject


def last_resorts(subject: Subject) -> Iterator[Breach]:
    """`States.ALL` stands alone, and in the last retrier or catcher.

    https://states-language.net/spec.html#retrying-after-error
    https://states-language.net/spec.html#fallback-states
    """
    for state in subject.states:
        for field, handlers in (("Retry", state.retriers), ("Catch", state.catchers)):
            for index, handler in enumerate(handlers):
                errors = handled_errors(handler)
                if "States.ALL" not in errors:
                    continue
                if len(errors) > 1:
                    yield Breach(
                        state.name,
                        f"{field}[{index}].ErrorEquals has other errors beside States.ALL; write "
                        "States.ALL alone, for it matches those too",
                    )
                if index < len(handlers) - 1:
                    yield Breach(
                        state.name,
                        f"{field}[{index}] matches States.ALL, so those behind it never match; "
                        f"write it as the last in {field}",
                    )
