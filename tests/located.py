"""Errors about workflows, which say where the workflow is made."""

import re
from collections.abc import Iterable

_LINE = re.compile(
    r"(?P<name>workflow (?P<quote>['\"]).*?(?P=quote)) \([^ ]+\.py:\d+\)(?P<said>: .+)"
)


def without_place(line: str) -> str:
    """The line without the place of its workflow, which it has to have."""
    found = _LINE.fullmatch(line)
    assert found, f"no place in {line!r}"
    return found["name"] + found["said"]


def without_places(lines: Iterable[str]) -> list[str]:
    """The same for lines; those that are about one state, or about no workflow, have none."""
    return [
        without_place(line) if re.match(r"workflow '(?!.*?', state )", line) else line
        for line in lines
    ]
