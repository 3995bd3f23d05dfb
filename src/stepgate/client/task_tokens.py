"""Strikes out the task tokens in what an execution's history has recorded.

Anyone who has the token of a task can end it. The parameters of a Task that waits for one have it,
and what is passed on may have it, too.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from stepgate.client.visited_state import LocatedEvent, VisitedState, state_definitions

STRUCK = "[task token]"

_CONTEXT = re.compile(r"Task\.Token|\$states\.context(?!\.)|^\$\$$|\$\$\.Task(?!\.)")
"""Expressions whose values have the token: itself, or all of the context."""
_MEMBERS = {"tasktoken", "token"}
"""Members that hold a token, without case, dashes and underscores."""
_SHAPE = r"[A-Za-z0-9+/=_-]{0,16}AAAAKgAAAA(?:[A-Za-z0-9+/=_-]|\\+/|\\+u00[23][bBdDfF]){40,}"
"""Tokens of AWS are Base64 that begins like this one; the emulator's are UUIDs.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
"""


def without_tokens(states: Iterable[VisitedState], definition: Any) -> list[VisitedState]:
    """The states with `[task token]` in the place of each token.

    Args:
        definition: says which parameters are tokens. None takes all parameters of tasks that wait
            for one away.
    """
    states = list(states)
    templates = {} if definition is None else state_definitions(definition)
    tokens: set[str] = set()
    struck = [_without_parameters(state, templates.get(state.name), tokens) for state in states]
    pattern = _pattern(tokens)
    return [_without(state, pattern) for state in struck]


def events_without_tokens(events: Iterable[LocatedEvent], definition: Any) -> list[LocatedEvent]:
    """As `without_tokens`, for events: what they say has `[task token]` in the place of each."""
    templates = {} if definition is None else state_definitions(definition)
    tokens: set[str] = set()
    struck = [_without_request(each, templates, tokens) for each in events]
    pattern = _pattern(tokens)
    return [_with_details(each, _struck_texts(each.event.details, pattern)) for each in struck]


def _without_request(
    located: LocatedEvent, templates: Mapping[str, Mapping[str, Any]], tokens: set[str]
) -> LocatedEvent:
    """The event without the tokens in its request, which are added to `tokens`."""
    details = located.event.details
    text = details.get("parameters")
    template = templates.get(located.state or "")
    if text is None or (template is not None and not _mentions(template)):
        return located
    request = None if template is None else template.get("Parameters", template.get("Arguments"))
    struck = _struck_parameters(text, request, tokens)
    return _with_details(located, {**details, "parameters": struck})


def _with_details(located: LocatedEvent, details: Mapping[str, Any]) -> LocatedEvent:
    return replace(located, event=replace(located.event, details=details))


def _struck_texts(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return strike(value, pattern)
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name: _struck_texts(each, pattern) for name, each in members.items()}
    return value


def _without_parameters(
    state: VisitedState, template: Mapping[str, Any] | None, tokens: set[str]
) -> VisitedState:
    """The state without the tokens in its parameters, which are added to `tokens`."""
    if template is not None and not _mentions(template):
        return state
    request = None if template is None else template.get("Parameters", template.get("Arguments"))
    attempts = tuple(
        replace(attempt, parameters=_struck_parameters(attempt.parameters, request, tokens))
        for attempt in state.attempts
    )
    return replace(state, attempts=attempts)


def _struck_parameters(text: str | None, template: Any, tokens: set[str]) -> str | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:  # it was cut off
        return json.dumps(STRUCK)
    if isinstance(template, Mapping) and isinstance(value, dict):
        return json.dumps(_struck_value(value, template, tokens), ensure_ascii=False)
    return json.dumps(STRUCK)


def _struck_value(value: Any, template: Any, tokens: set[str]) -> Any:
    """The value without what its template makes of the token."""
    if isinstance(template, str):
        if not _CONTEXT.search(template):
            return value
        if isinstance(value, str):
            tokens.add(value)
        return STRUCK
    if isinstance(template, Mapping) and isinstance(value, dict):
        made = {
            str(name).removesuffix(".$"): part
            for name, part in cast("Mapping[str, Any]", template).items()
        }
        members = cast("dict[str, Any]", value)
        return {name: _struck_value(each, made.get(name), tokens) for name, each in members.items()}
    if isinstance(template, list) and isinstance(value, list):
        parts, items = cast("list[Any]", template), cast("list[Any]", value)
        return [
            _struck_value(item, part, tokens)
            for item, part in zip(items, [*parts, *[None] * len(items)], strict=False)
        ]
    return value


def _mentions(template: Any) -> bool:
    """Whether a state's request has a token."""
    if isinstance(template, str):
        return bool(_CONTEXT.search(template))
    if isinstance(template, Mapping):
        return any(map(_mentions, cast("Mapping[str, Any]", template).values()))
    if isinstance(template, list):
        return any(map(_mentions, cast("list[Any]", template)))
    return False


def _pattern(tokens: set[str]) -> re.Pattern[str]:
    """What matches tokens in a text, also in JSON that is escaped in JSON, however deep."""
    return re.compile("|".join([_SHAPE, *map(_escaped, sorted(tokens, key=len, reverse=True))]))


def _escaped(token: str) -> str:
    return "".join(
        character
        if character.isalnum()
        else rf"(?:\\*{re.escape(character)}|\\+u{ord(character):04x}|\\+u{ord(character):04X})"
        for character in token
    )


def _without(state: VisitedState, pattern: re.Pattern[str]) -> VisitedState:
    return replace(
        state,
        input=strike(state.input, pattern),
        output=strike(state.output, pattern),
        error=strike(state.error, pattern),
        cause=strike(state.cause, pattern),
        attempts=tuple(
            replace(
                attempt,
                parameters=strike(attempt.parameters, pattern),
                error=strike(attempt.error, pattern),
                cause=strike(attempt.cause, pattern),
            )
            for attempt in state.attempts
        ),
    )


def strike(text: str | None, pattern: re.Pattern[str] = re.compile(_SHAPE)) -> str | None:
    """A text without tokens; JSON stays JSON."""
    if text is None:
        return None
    struck = pattern.sub(STRUCK, text)
    try:
        value = json.loads(struck)
    except (RecursionError, ValueError):
        return struck
    if not any(_token_members(value)):
        return struck
    return json.dumps(_without_members(value), ensure_ascii=False)


def _token_members(value: Any) -> Iterator[str]:
    """The members of a JSON value that hold tokens, also of JSON in its texts."""
    if isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            if _is_token_member(name):
                yield name
            yield from _token_members(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _token_members(each)
    elif (inner := _inner_json(value)) is not None:
        yield from _token_members(inner)


def _without_members(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: STRUCK if _is_token_member(name) else _without_members(each)
            for name, each in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return [_without_members(each) for each in cast("list[Any]", value)]
    inner = _inner_json(value)
    if inner is not None and any(_token_members(inner)):
        return json.dumps(_without_members(inner), ensure_ascii=False)
    return value


def _inner_json(value: Any) -> Mapping[str, Any] | Sequence[Any] | None:
    """The object or array in a text."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[", '"')):
        return None
    try:
        found: object = json.loads(value)
    except (RecursionError, ValueError):
        return None
    return cast("Any", found) if isinstance(found, dict | list | str) and found != value else None


def _is_token_member(name: str) -> bool:
    return re.sub("[-_]", "", name).lower() in _MEMBERS
