"""What IAM takes as a statement of a role's policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from stepgate.json_values import shown
from stepgate.suggestions import suggestion

EXAMPLE = '{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:…"}'
ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[\w*?-]+:[\w*?]+", re.ASCII)


def statement_problem(statement: Mapping[str, object]) -> str:
    """What is wrong with one statement, and what to write instead; empty if nothing is.

    What its resources are is not looked at: before a deployment they may be placeholders.
    """
    return next(_problems(statement), "")


def _problems(statement: Mapping[str, object]) -> Iterator[str]:
    for element in statement:
        if element not in ELEMENTS:
            yield f"unknown element {shown(element)}; {suggestion(element, ELEMENTS, 'remove it')}"
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        yield f"its Sid is {shown(sid)}; use letters and digits"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f'its Effect is {shown(statement.get("Effect"))}; write "Allow" or "Deny"'
    for element in ("Action", "Resource"):
        given = [name for name in (element, f"Not{element}") if name in statement]
        if len(given) != 1:
            has = f"both {' and '.join(given)}; write one of them" if given else f"no {element}"
            yield f"it has {has}, as in {EXAMPLE}"
            continue
        (name,) = given
        value = statement[name]
        texts = cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]
        if not texts or not all(isinstance(text, str) and text for text in texts):
            yield f"its {name} is {shown(statement[name])}; write text, or a list of texts"
        elif element == "Action":
            for text in texts:
                if not _ACTION.fullmatch(str(text)):
                    yield f"its {name} has {shown(text)}; write for example 'kms:Decrypt'"
    if not isinstance(statement.get("Condition", {}), Mapping):
        yield f"its Condition is {shown(statement['Condition'])}; write an object"
