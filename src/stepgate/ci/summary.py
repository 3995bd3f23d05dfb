"""A preview in Markdown, for a pull request."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from stepgate.ci.alerts import Alerts
from stepgate.ci.changes import VERBS, Change, short_type

# https://github.com/orgs/community/discussions/27190: a comment takes 65,536 characters.
MAX_CHARACTERS = 60_000

MAX_ALERTS = 20
"""Of a kind. `up` prints all of them."""


def summary(stack: str, changes: Sequence[Change], alerts: Alerts) -> str:
    """What `up` would do to the stack; only names of properties, as their values may be secret."""
    title = f"### {_code(stack)}: {counts(changes) or 'nothing changes'}"
    lines = [*_alerts(alerts)]
    if not changes:
        return "\n".join([title, *(["", *lines[:-1]] if lines else []), ""])
    text = "\n".join([title, "", *lines, *_head()])
    for done, change in enumerate(changes):
        row = _row(change)
        if len(text) + len(row) > MAX_CHARACTERS:
            return f"{text}\n\nand {len(changes) - done} more\n"
        text += f"\n{row}"
    return f"{text}\n"


def counts(changes: Sequence[Change]) -> str:
    """For example `2 created, 1 changed`."""
    number = Counter(change.verb for change in changes)
    return ", ".join(f"{number[verb]} {verb}" for verb in VERBS.values() if number[verb])


def _alerts(alerts: Alerts) -> Iterator[str]:
    """https://docs.github.com/get-started/writing-on-github#alerts"""
    if alerts.dangers:
        yield "> [!CAUTION]"
        yield "> **Dangerous.** `up` refuses this without `--allow-replace`."
        yield from _items(alerts.dangers)
        yield ""
    if alerts.doubtful:
        yield "> [!WARNING]"
        yield "> **Look at these.** `up` does not refuse them."
        yield from _items(alerts.doubtful)
        yield ""
    if alerts.notes:
        yield "> [!NOTE]"
        yield from _items(alerts.notes)
        yield ""


def _items(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"> - {_code(line)}" for line in lines[:MAX_ALERTS])
    if len(lines) > MAX_ALERTS:
        yield f"> - and {len(lines) - MAX_ALERTS} more"


def _head() -> Sequence[str]:
    return "| | Resource | Type | What differs |", "| --- | --- | --- | --- |"


def _row(change: Change) -> str:
    mark = "**dangerous**, " if change.lost else ""
    cells = (
        f"{mark}{change.verb}",
        _code(change.name),
        _code(short_type(change.type)),
        ", ".join(map(_code, change.properties)),
    )
    # A table is divided into cells before code is looked for.
    # https://github.github.com/gfm/#example-200
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _code(text: str) -> str:
    """Text in which nothing is Markdown: no HTML, link, mention or emoji.

    https://spec.commonmark.org/0.31.2/#code-spans
    """
    text = " ".join(text.splitlines())  # a code span, a list item and a row end with their line
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"{fence}{text}{fence}"
