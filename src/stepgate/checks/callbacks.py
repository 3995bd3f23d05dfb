"""The rule for Tasks that wait for a callback."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from stepgate.asl.integration import parse_integration
from stepgate.asl.states import QueryLanguage
from stepgate.checks.rule import RuleContext, Violation

# Where the token is in the context object, or an object that contains it.
_TOKEN = re.compile(
    r"\bTask\W+Token\b|(?:\$\$|\$states\.context)(?:\.Task)?(?![\w.\[])|\$states(?![\w.\[])"
)


def require_task_tokens(context: RuleContext) -> Iterator[Violation]:
    """A Task with `.waitForTaskToken` sends the token that it waits for.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
    """
    for state in context.states:
        call = parse_integration(state.resource)
        request = state.arguments()
        if not call or call.pattern != "waitForTaskToken" or not isinstance(request, Mapping):
            continue
        sent = _expressions(cast("object", request), state.query_language)
        if not any(map(_TOKEN.search, sent)):
            example = (
                '"{% $states.context.Task.Token %}"'
                if state.query_language == "JSONata"
                else '"token.$": "$$.Task.Token"'
            )
            yield Violation(
                state.name,
                "waits for a task token that its request does not send, so it never continues; add "
                f"{example} to the request",
            )


def _expressions(value: object, language: QueryLanguage) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            if isinstance(inner, str):
                if key.endswith(".$") or language == "JSONata":
                    yield inner
            else:
                yield from _expressions(inner, language)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            if isinstance(item, str) and language == "JSONata":
                yield item
            yield from _expressions(item, language)
