"""Regular expressions of input schemas, which API Gateway reads in Java and the client in Python.

https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
https://docs.python.org/3/library/re.html
"""

import re
import warnings

# One part of a pattern at a time, so that what is escaped or in a class is not taken for syntax.
_PART = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])*\]|\(\?P|\(\?\(|\(\?#|\{[^{}]*\}|.", re.DOTALL)
_QUANTIFIER = re.compile(r"\{\d+(,\d*)?\}")

_DIFFERENT = {
    "(?P": 'named groups are written differently in Java; write "(" alone',
    "(?(": "Java has no conditions; write the alternatives with |",
    "(?#": "Java has no such comments; remove it",
    "\\Z": 'it also matches before a last line break in Java; write "$"',
    "{": 'in Java "{" begins a number of repetitions; write "\\\\{"',
}


def pattern_problem(pattern: str) -> str | None:
    """Why Python cannot read it, or what Java reads differently, and what to write instead."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"Python cannot read it ({error}); write it so that both Java and Python can"
    for part in (found[0] for found in _PART.finditer(pattern)):
        if part in _DIFFERENT:
            return _DIFFERENT[part]
        if part.startswith("{") and not _QUANTIFIER.fullmatch(part):
            return _DIFFERENT["{"]
        if part.startswith("[") and (problem := _class_problem(part[1:-1])):
            return problem
    return None


def _class_problem(content: str) -> str | None:
    """
    Args:
        content: what is between the brackets of a class.
    """
    plain = re.sub(r"\\.", "", content, flags=re.DOTALL)
    if not plain.removeprefix("^") and "\\" not in content:
        return 'a "]" that begins a class ends it in some languages; write "\\\\]"'
    if "[" in plain:
        return 'Java takes a "[" in a class for another class; write "\\\\["'
    if "&&" in plain:
        return 'Java takes "&&" in a class for an intersection; write one "&"'
    return None
