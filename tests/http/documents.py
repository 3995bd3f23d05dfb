"""JSON as clients and workflows may write it, generated as text."""

import json

from hypothesis import strategies as st

# Text that has broken templates: of JSON, of Velocity, of JavaScript, and of Unicode.
SNIPPETS = st.sampled_from(
    [*"'\"\\/$#{}", "$x", "#set(", "${y}", "$!z", "#end", "\\'", "\u2028", "\x7f", "😀", "é", "\0"]
)
texts = st.lists(SNIPPETS | st.text(max_size=5), max_size=6).map("".join)

_numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
_strings = st.builds(json.dumps, texts, ensure_ascii=st.booleans()) | st.just('"\\ud800"')
_spaces = st.sampled_from(["", " ", "\n", "\t "])


def _array(items: list[str], space: str) -> str:
    return f"[{space}{f',{space}'.join(items)}{space}]"


def _object(members: list[tuple[str, str]], space: str) -> str:
    return f"{{{space}{f',{space}'.join(f'{key}{space}:{value}' for key, value in members)}}}"


json_texts = st.recursive(
    _numbers | _strings | st.sampled_from(["true", "false", "null"]),
    lambda values: (
        st.builds(_array, st.lists(values, max_size=4), _spaces)
        | st.builds(_object, st.lists(st.tuples(_strings, values), max_size=4), _spaces)
    ),
    max_leaves=12,
)
