"""A preview in Markdown, for a pull request."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ci.changes import VERBS, Change, dangerous, short_type

# https://github.com/orgs/community/discussions/27190: a comment takes 65,536 characters.
MAX_CHARACTERS = 60_000


def summary(stack: str, changes: Sequence[Change]) -> str:
    """What `up` would do to the stack; names of properties only, for their values may be secret."""
    if not changes:
        return f"### `{stack}`: nothing changes\n"
    text = "\n".join([f"### `{stack}`: {counts(changes)}", "", *_warning(changes), *_head()])
    for done, change in enumerate(changes):
        row = _row(change)
        if len(text) + len(row) > MAX_CHARACTERS:
            return f"{text}\n\nand {len(changes) - done} more\n"
        text += f"\n{row}"
    return f"{text}\n"


def counts(changes: Sequence[Change]) -> str:
    """Such as `2 created, 1 changed`."""
    number = Counter(change.verb for change in changes)
    return ", ".join(f"{number[verb]} {verb}" for verb in VERBS.values() if number[verb])


def danger(change: Change) -> str:
    return f"{change.name} ({short_type(change.type)}) is {change.verb}: {change.lost} are lost"


def _warning(changes: Sequence[Change]) -> Iterator[str]:
    if lines := [danger(change) for change in dangerous(changes)]:
        yield "> [!CAUTION]"
        yield "> **Dangerous.** `up` refuses this without `--allow-replace`."
        yield from (f"> - {line}" for line in lines)
        yield ""


def _head() -> Sequence[str]:
    return "| | Resource | Type | What differs |", "| --- | --- | --- | --- |"


def _row(change: Change) -> str:
    mark = "**dangerous**, " if change.lost else ""
    differing = ", ".join(f"`{name}`" for name in change.properties)
    return f"| {mark}{change.verb} | `{change.name}` | {short_type(change.type)} | {differing} |"
