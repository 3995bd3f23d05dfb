"""Small changes to a workflow, each of which its tests should notice."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from stepgate import Workflow
from stepgate.testing.machine import Machine

_PATH = re.compile(r"\$\$?\.[A-Za-z_]\w*")
_EXPRESSION = re.compile(r"\$states\.(?:input|result|context)(?:\.\w+)*")


@dataclass(frozen=True)
class Mutation:
    """
    Attributes:
        what: the place, and what becomes of what.
        mutate: makes the changed machine of the workflow's own.
    """

    workflow: str
    what: str
    mutate: Callable[[Machine], Machine]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.what}"


def iter_mutations(machine: Machine) -> Iterator[Mutation]:
    """A Next, a Catch or a Retry, a path, an error's name and its status: each changed once."""
    name = machine.workflow.name
    for path, before, after in _changes(machine.definition, ()):
        place = ".".join(map(str, path))
        yield Mutation(name, f"{place}: {before!r} → {after!r}", _definition_change(path, after))
    for error, status in machine.workflow.errors.items():
        # An asynchronous workflow's errors are names alone.
        if machine.workflow.mode == "sync":
            errors = {**machine.workflow.errors, error: status + 1}
            yield Mutation(name, f"errors: {error} is {status + 1}", _errors_change(errors))
        fewer = {key: each for key, each in machine.workflow.errors.items() if key != error}
        yield Mutation(name, f"errors: without {error}", _errors_change(fewer))


def _changes(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """The path of each change, the value there, and what it becomes."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if key == "States":
                for name, state in inner.items():
                    yield from _state_changes(state, (*path, key, name), [*inner])
            else:
                yield from _changes(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from _changes(inner, (*path, index))
    elif isinstance(value, str):
        for pattern in (_PATH, _EXPRESSION):
            if found := pattern.search(value):
                yield path, value, value[: found.end()] + "Z" + value[found.end() :]


def _state_changes(
    state: dict[str, Any], path: tuple[Any, ...], states: list[str]
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    for place, target in _targets(state):
        for other in [name for name in states if name not in (target, path[-1])][:2]:
            yield (*path, *place), target, other
    for field in ("Catch", "Retry"):
        for index, handler in enumerate(state.get(field, ())):
            place = (*path, field, index, "ErrorEquals")
            yield place, handler["ErrorEquals"], ["Another"]
            others = [each for each in state[field] if each is not handler]
            yield (*path, field), state[field], others
    if state["Type"] == "Fail" and "Error" in state:
        yield (*path, "Error"), state["Error"], "Another"
    yield from _changes(state, path)


def _targets(state: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield (field,), state[field]
    for field in ("Choices", "Catch"):
        for index, each in enumerate(state.get(field, ())):
            yield (field, index, "Next"), each["Next"]


def _definition_change(path: tuple[Any, ...], after: Any) -> Callable[[Machine], Machine]:
    def mutate(machine: Machine) -> Machine:
        definition = copy.deepcopy(machine.definition)
        part: Any = definition
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = after
        return replace(machine, definition=definition)

    return mutate


def _errors_change(errors: dict[str, int]) -> Callable[[Machine], Machine]:
    def mutate(machine: Machine) -> Machine:
        old = machine.workflow
        new = Workflow(
            old.name, old.mode, old.definition, values=old.values, errors=errors, route=old.route
        )
        return replace(machine, workflow=new)

    return mutate
