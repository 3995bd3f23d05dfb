"""What a workflow's author wrote, made into a definition: a function, a dict or a file."""

import inspect
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from stepgate.code_location import defined_at, error_text, raised_at
from stepgate.definition_file import DefinitionFileError, read_definition
from stepgate.json_values import json_problems, shown
from stepgate.substitutions import PLACEHOLDER, substitute
from stepgate.workflow import Definition, UnusedWorkflow, Values, Workflow


class DefinitionError(ValueError):
    """A workflow has no definition; one line for each reason."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def make_definition(workflow: Workflow, values: Values) -> Definition:
    """The workflow's definition with these values, of JSON's types only.

    Raises:
        DefinitionError: it cannot be made, or is not JSON.
        RecursionError: it is nested too deeply, or contains itself.
    """
    source = workflow.definition
    if callable(source):
        made = _returned(source, values)
        problems = _json_lines("its definition is", made, source)
    else:
        made, unfilled = substitute(_read(source), values)
        problems = [
            *unfilled,
            *(f"its definition is not JSON: {line}" for line in json_problems(made)),
        ]
        if not isinstance(source, dict):
            problems = [f"{_file_line(Path(source), line)}: {line}" for line in problems]
    if problems:
        raise DefinitionError(problems)
    return json.loads(json.dumps(made))


def call_with_values(what: str, function: Callable[[Any], Any], values: Values) -> Any:
    """What one of a workflow's own functions returns.

    Args:
        what: what it makes, for example `definition`.

    Raises:
        DefinitionError: the function raises an error. One of this class keeps what it says.
    """
    try:
        returned = function(values)
    except DefinitionError as error:
        raise DefinitionError(
            [f"its {what} cannot be made: {line}" for line in error.lines]
        ) from None
    except Exception as error:  # whatever a workflow's own functions may raise
        where = raised_at(error) or defined_at(function)
        said = f"{error_text(error)}; correct the function: it must work with placeholders too"
        if isinstance(error, UnusedWorkflow):
            said = str(error)
        said = f"{where}: {said}" if where else said
        raise DefinitionError([f"its {what} cannot be made: {said}"]) from None
    if inspect.iscoroutine(returned):
        returned.close()
        raise DefinitionError(
            [f"its {what} cannot be made: the function is async; write a plain def{_in(function)}"]
        )
    return returned


def list_from_values(
    what: str, function: Callable[[Any], Any], values: Values, item: type, items: str
) -> list[Any]:
    """The list that one of a workflow's own functions returns.

    Args:
        item: the type of its items.
        items: what they are.

    Raises:
        DefinitionError: the function raises an error, or returns something else.
    """
    returned = call_with_values(what, function, values)
    made = cast("Sequence[object]", returned if isinstance(returned, list | tuple) else [None])
    if not all(isinstance(each, item) for each in made):
        found = shown(cast("object", returned))
        raise DefinitionError([f"its {what} are {found}; return a list of {items}{_in(function)}"])
    if problems := _json_lines(f"its {what} are", made, function):
        raise DefinitionError(problems)
    return [*made]


def _returned(function: Callable[[Any], Any], values: Values) -> Definition:
    made = call_with_values("definition", function, values)
    if isinstance(made, dict):
        return cast("Definition", made)
    what = "text" if isinstance(made, str) else shown(made)
    raise DefinitionError([f"its definition is {what}; return a dict{_in(function)}"])


def _json_lines(what: str, made: object, function: Callable[[Any], Any]) -> list[str]:
    return [f"{what} not JSON: {line}{_in(function)}" for line in json_problems(made)]


def _in(function: Callable[[Any], Any]) -> str:
    place = defined_at(function)
    return f" in {place}" if place else ""


def _file_line(file: Path, problem: str) -> str:
    """The file, with the line of the problem's placeholder if just one line has that."""
    placeholder = PLACEHOLDER.search(problem, problem.find(": "))
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    found = [n for n, line in enumerate(lines, 1) if placeholder and placeholder[0] in line]
    return f"{file}:{found[0]}" if len(found) == 1 else str(file)


def _read(source: Definition | str | os.PathLike[str]) -> Definition:
    if isinstance(source, dict):
        return source
    try:
        return read_definition(Path(source))
    except DefinitionFileError as error:
        raise DefinitionError([str(error)]) from None
