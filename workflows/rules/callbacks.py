"""The rule for Tasks that wait for a callback."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from workflows.language.integration import integration
from workflows.language.states import QueryLanguage
from workflows.rules.breach import Breach, Subject

# The token's own place in the context object, or one that it is in.
_TOKEN = re.compile(
    r"\bTask\W+Token\b|(?:\$\$|\$states\.context)(?:\.Task)?(?![\w.\[])|\$states(?![\w.\[])"
)


def sent_tokens(subject: Subject) -> Iterator[Breach]:
    """A Task with `.waitForTaskToken` sends the token that it waits for.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
    """
    for state in subject.states:
        call = integration(state.resource)
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
            yield Breach(
                state.name,
                "waits for a token that its request does not send, so nobody can answer; write "
                f"such as {example} into what it sends",
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
