r"""The syntax of paths and of intrinsic functions.

Each function returns None, or one line with what is wrong and what to write instead; its caller
adds the workflow, the state and the field.

A path is valid if Jayway's JsonPath compiles it. There are two exceptions, where that library
ignores obvious mistakes: a bracket that is opened at the very end, and text between a comma and a
quoted name. AWS runs an old version of it, which takes more, and AWS's own samples use that: text
without quotes in a filter, `[?(@.lang == es)]`, and a computed index, `[(@.length-1)]`.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
https://github.com/json-path/JsonPath
https://states-language.net/spec.html#path
"""

import re

from stepgate.suggestions import suggestion

# How many arguments a function takes; an empty tuple means any number.
# https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
FUNCTIONS: dict[str, tuple[int, ...]] = {
    "States.Array": (),
    "States.ArrayContains": (2,),
    "States.ArrayGetItem": (2,),
    "States.ArrayLength": (1,),
    "States.ArrayPartition": (2,),
    "States.ArrayRange": (3,),
    "States.ArrayUnique": (1,),
    "States.Base64Decode": (1,),
    "States.Base64Encode": (1,),
    "States.Format": (),
    "States.Hash": (2,),
    "States.JsonMerge": (3,),
    "States.JsonToString": (1,),
    "States.MathAdd": (2,),
    "States.MathRandom": (2, 3),
    "States.StringSplit": (2,),
    "States.StringToJson": (1,),
    "States.UUID": (0,),
}
# What a literal must be as an argument, by its position; a path or a function may be anything. The
# same page says so. It rounds numbers that are not integers.
LITERALS: dict[str, tuple[str, ...]] = {
    "States.ArrayContains": ("array",),
    "States.ArrayGetItem": ("array", "number"),
    "States.ArrayLength": ("array",),
    "States.ArrayPartition": ("array", "size"),
    "States.ArrayRange": ("number", "number", "step"),
    "States.ArrayUnique": ("array",),
    "States.Base64Decode": ("text",),
    "States.Base64Encode": ("text",),
    "States.Format": ("text",),
    "States.Hash": ("any", "algorithm"),
    "States.JsonMerge": ("object", "object", "shallow"),
    "States.MathAdd": ("number", "number"),
    "States.MathRandom": ("number", "number", "number"),
    "States.StringSplit": ("text", "text"),
    "States.StringToJson": ("text",),
}
ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
# "You can nest up to 10 intrinsic functions within a field", says the same page.
NESTED_FUNCTIONS = 10


def path_problem(text: str) -> str | None:
    """What is wrong with a path into the input, the context object (`$$`) or a variable."""
    problem = _path_problem(text)
    # In the specification's examples a backslash escapes the next character, as in
    # `$.foo\@bar.baz\[\[`. Outside of quotes JsonPath has no such escape; both are accepted.
    if problem and _path_problem(_ESCAPE.sub("_", text)) is None:
        return None
    return problem


def reference_path_problem(text: str) -> str | None:
    """What is wrong with a ResultPath, which selects one node of the state's input.

    According to the specification, it cannot be in the context object or a variable.
    """
    if problem := path_problem(text):
        return problem
    if not re.match(r"\$([.\[ ]|$)", text):
        return f"{text!r} is not a path into the state's input; write one, for example $.result"
    if operator := re.search(r"\.\.|[*@,:?(]", _VERBATIM.sub("_", text)):
        return (
            f"{text!r} has {operator[0]!r}, which a reference path cannot have; use names and "
            "indexes, for example $.results[0].id"
        )
    return None


def expression_problem(text: str) -> str | None:
    """What is wrong with the value of a field `name.$`: a path or an intrinsic function."""
    if text.startswith("$"):
        return path_problem(text)
    if not _CALL.match(text):
        return (
            f"{text!r} is neither a path nor an intrinsic function; write, for example, $.name or "
            "States.Format('{}', $.name)"
        )
    reader = _Reader(text)
    try:
        reader.function(depth=1)
    except _SyntaxError as error:
        return str(error)
    if reader.rest.strip():
        return f"{text!r} has {reader.rest!r} after its function; remove it"
    return None


def _path_problem(text: str) -> str | None:
    if not text.startswith("$"):
        return f"{text!r} does not start with $; write $.name for a field of the input, or $"
    reader = _Reader(text.rstrip(" "))
    try:
        reader.path(_STEPS)
    except _SyntaxError as error:
        return str(error)
    return reader.unread_step() if reader.rest else None


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE | re.DOTALL)


_ESCAPE = _pattern(r"\\.")
_QUOTED = r"""(?: '(?: \\. | [^\\'] )*' | "(?: \\. | [^\\"] )*" )"""
_VERBATIM = _pattern(rf"\\. | {_QUOTED}")

_NAMES = r"'(?: \\. | [^\\'] )*' (?: \ * , \ * '(?: \\. | [^\\'] )*' )* \ *"
# JsonPath ignores what follows a slice's second colon.
_BRACKET = rf"""
    \[ \ * (?:
        \* \ *
        | -?\d+ (?: \ * , \ * -?\d+ )* \s*
        | (?: -?\d+ : (?: -?\d+ )? | : -?\d+ ) (?: : [-:\d]* )? \s*
        | {_NAMES}
        | {_NAMES.replace("'", '"')}
        | \( \ * @ [^\[\]()]* \) \ *
    ) \]"""


def _steps(ends: str) -> re.Pattern[str]:
    """As many names and brackets as there are; a name also ends before any of `ends`."""
    return _pattern(rf"(?: \.{{0,2}} (?: [^\ .\[({ends}]+ | (?= \( ) | {_BRACKET} ) )*")


_STEPS = _steps("")
_STEPS_IN_FILTER = _steps(")<>=~!")
_STEPS_IN_FUNCTION = _steps(r"),\s")
_ROOT = _pattern(r"@ (?= [ .\[)<>=~!] ) | \$ [^\s.\[(),<>=~!]*")

# JsonPath ignores quotes when it looks for the end of a function's arguments.
_BRACKETS = {
    "(": (")", _pattern(r"[()]")),
    "[": ("]", _pattern(rf"{_QUOTED} | [\[\]]")),
    "{": ("}", _pattern(rf"{_QUOTED} | [{{}}]")),
}

_FILTER = _pattern(r"\.{0,2} \[ \ * \? \ * \(")
_FILTER_END = _pattern(r"\ * \) \ * \]")
_NOT = _pattern(r"[ !]*")
_OPENING = _pattern(r"\(")
_PARENTHESIS_END = _pattern(r"\ * \)")
_AND_OR = _pattern(r"\ * (?: && | \|\| )")
_RELATION = _pattern(r"""
    \ * (?:
        (?: [<>]=? | ={2,3} | !={1,2} | =~ ) (?! [<>=~!] )
        | (?i: in | nin | contains | all | size | exists | type | matches | empty | subsetof
            | anyof | noneof ) (?= \  )
    )
    \ * (?: ! \ * (?= [$@] ) )?""")
_LITERAL = _pattern(rf"""
    {_QUOTED} | (?: true | false | null ) (?! \w )
    | / (?: \\. | [^\\/] )* / [dimsuxU]*
    | -? (?: \d+ \.? \d* | \. \d+ ) (?: [eE] -? \d+ )? (?! [-.\deE] )
    | \w [\w .:/@+-]*""")

_CALL = _pattern(r"States\. | [\w.]+\(")
_FUNCTION = _pattern(r"[\w.]+")
_ARGUMENTS = _pattern(r"\( \s*")
_CLOSING = _pattern(r"\s* \)")
_COMMA = _pattern(r"\s* , \s*")
_STRING = _pattern(r"' (?: \\[\\'{}] | [^\\'] )* '")
_CONSTANT = _pattern(r"""
    (?: true | false | null | -?[0-9]+ (?: \.[0-9]+ )? (?: [eE][-+]?[0-9]+ )? ) (?! [\w.] )""")


class _SyntaxError(ValueError):
    """What is wrong, and what to write instead."""


class _Reader:
    """A position in a text. Each method reads what it is named after and moves past it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def sees(self, *beginnings: str) -> bool:
        return self.text.startswith(beginnings, self.at)

    def take(self, pattern: re.Pattern[str]) -> str:
        """What the pattern matches here, or nothing."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def path(self, steps: re.Pattern[str]) -> None:
        root = self.take(_ROOT)
        if root[1:] not in {"", "$"} and not root[1:].isidentifier():
            raise _SyntaxError(
                f"{root!r} is not a valid variable; use letters and digits after $, or a dot or "
                "bracket"
            )
        if not self.sees(".", "["):
            return
        while True:
            self.take(steps)
            if self.sees("("):
                self.bracket()
            elif self.take(_FILTER):
                self.condition()
                self.must_take(_FILTER_END)
            else:
                return

    def unread_step(self) -> str:
        """Why a path cannot continue here."""
        if bracket := re.match(r"\.{0,2}(\[[^]]*)(]?)", self.rest):
            if not bracket[2]:
                return f"{self.text!r} has no closing bracket"
            return (
                f"{self.text!r} has {bracket[1] + bracket[2]!r}; write ['name'], [0], [0:2], [*] "
                "or [?(@.name == 1)]"
            )
        if self.sees("."):
            return f"{self.text!r} has a dot without a name; add a name after it"
        if self.sees(" "):
            return f"{self.text!r} has a space in a name; write such a name as ['a name']"
        return f"{self.text!r} has {self.rest[0]!r} where a dot or a bracket is expected"

    def bracket(self) -> None:
        """A bracket or parenthesis with its content."""
        opening = self.text[self.at]
        closing, tokens = _BRACKETS[opening]
        depth = 0
        for token in tokens.finditer(self.text, self.at):
            depth += (token[0] == opening) - (token[0] == closing)
            if depth == 0:
                self.at = token.end()
                return
        raise _SyntaxError(f"{self.text!r} has {opening} without {closing}")

    def condition(self) -> None:
        """The content of a filter."""
        while True:
            self.take(_NOT)
            if self.take(_OPENING):
                self.condition()
                self.must_take(_PARENTHESIS_END)
            else:
                is_path = self.sees("$", "@")
                self.operand()
                if self.take(_RELATION):
                    self.operand()
                elif not is_path:
                    raise self.unread_filter()
            if not self.take(_AND_OR):
                return

    def operand(self) -> None:
        if self.sees("$", "@"):
            self.path(_STEPS_IN_FILTER)
        elif self.sees("[", "{"):
            self.bracket()
        else:
            self.must_take(_LITERAL)

    def must_take(self, pattern: re.Pattern[str]) -> None:
        if not self.take(pattern):
            raise self.unread_filter()

    def unread_filter(self) -> _SyntaxError:
        where = f"at {self.rest!r}" if self.rest else "at its end"
        return _SyntaxError(
            f"{self.text!r} has a filter that is invalid {where}; write, for example, "
            "[?(@.name == 'text' && @.count > 1)]"
        )

    def function(self, depth: int) -> None:
        name = self.take(_FUNCTION)
        if name not in FUNCTIONS:
            raise _SyntaxError(f"unknown intrinsic function {name}; {_like(name)}")
        if depth > NESTED_FUNCTIONS:
            raise _SyntaxError(
                f"{name} is nested {depth} deep, but at most {NESTED_FUNCTIONS} are allowed; "
                "compute a part in a state before this one"
            )
        if not self.take(_ARGUMENTS):
            raise _SyntaxError(f"{name} has no parentheses; write {name}(…)")
        arguments: list[str] = []
        while not self.take(_CLOSING):
            if not self.rest.strip():
                raise _SyntaxError(f"{name}(… has no closing parenthesis")
            if arguments and not self.take(_COMMA):
                raise _SyntaxError(f"{name}(… has no comma before {self.rest.strip()!r}")
            start = self.at
            self.argument(name, depth)
            arguments.append(self.text[start : self.at])
        counts = FUNCTIONS[name]
        if counts and len(arguments) not in counts:
            noun = "argument" if counts == (1,) else "arguments"
            number = " or ".join(map(str, counts))
            raise _SyntaxError(f"{name} takes {number} {noun}, not {len(arguments)}")
        for kind, argument in zip(LITERALS.get(name, ()), arguments, strict=False):
            if _is_literal(argument) and (instead := _instead(kind, argument)):
                raise _SyntaxError(f"{name} has the argument {argument}; write {instead}")
        if name == "States.Format":
            _check_format(arguments)

    def argument(self, function: str, depth: int) -> None:
        if _CALL.match(self.text, self.at):
            self.function(depth + 1)
        elif self.sees("$"):
            self.path(_STEPS_IN_FUNCTION)
            if re.match(r"[^\s,)]", self.rest):
                raise _SyntaxError(self.unread_step())
        elif self.sees("'"):
            if not self.take(_STRING):
                raise _SyntaxError(_string_problem(self.rest))
        elif not self.take(_CONSTANT):
            argument = re.split("[,)]", self.rest)[0].strip()
            if not argument:
                raise _SyntaxError(f"{function}(… has an empty argument")
            raise _SyntaxError(
                f"{function} has the argument {argument!r}; write a path, 'text' in single quotes, "
                "a number, true, false, null or a function"
            )


def _like(name: str) -> str:
    names = {function.removeprefix("States."): function for function in FUNCTIONS}
    otherwise = "write one, for example States.Format"
    return suggestion(name.rpartition(".")[2], names, otherwise, shown=names.__getitem__)


def _string_problem(text: str) -> str:
    string = _VERBATIM.match(text)
    if string is None:
        return f"{text!r} has no closing quote"
    escaped = next(pair[1] for pair in _ESCAPE.findall(string[0]) if pair[1] not in "\\'{}")
    return (
        f"{string[0]!r} has a backslash before {escaped!r}; use it only before ', {{, }} or "
        "another backslash"
    )


def _is_literal(argument: str) -> bool:
    return argument.startswith("'") or bool(_CONSTANT.fullmatch(argument))


def _instead(kind: str, literal: str) -> str:
    """What to write instead of a literal, if it is not of this kind."""
    number = float(literal) if re.match(r"[-\d]", literal) else None
    is_right, instead = {
        "any": (True, ""),
        "array": (False, "a path to an array"),
        "object": (False, "a path to an object"),
        "text": (literal.startswith("'"), "text in single quotes, or a path to it"),
        "number": (number is not None, "a number, or a path to one"),
        "size": (number is not None and number > 0, "a number above 0"),
        "step": (number is not None and number != 0, "a number other than 0"),
        "shallow": (literal == "false", "false: it only merges the first level"),
        "algorithm": (literal.strip("'") in ALGORITHMS, f"one of {', '.join(ALGORITHMS)}"),
    }[kind]
    return "" if is_right else instead


def _check_format(arguments: list[str]) -> None:
    if not arguments:
        raise _SyntaxError("States.Format has no template; write one, for example 'Hello, {}!'")
    template, *values = arguments
    if not template.startswith("'"):
        return
    unescaped = _ESCAPE.sub("", template)
    if re.search(r"[{}]", unescaped.replace("{}", "")):
        raise _SyntaxError(
            f"States.Format has a brace in {template!r} that is not in {{}}; write \\{{ or \\}}"
        )
    if (placeholders := unescaped.count("{}")) != len(values):
        raise _SyntaxError(
            f"States.Format has {placeholders} {{}} in its template, so write as many "
            f"arguments after it, not {len(values)}"
        )
