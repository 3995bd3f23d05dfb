"""What a definition says of its states and of the ways between them.

A definition may be wrong: what can be read of it is there, and what cannot is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from stepgate.diagram.labels import Fields, detail, rule_text


@dataclass(frozen=True)
class State:
    """One state.

    Attributes:
        type: such as `Task`, as it stands in the definition.
        detail: what it does in a few words, such as `ec2:startInstances`; may be empty.
        machines: what it holds: a Parallel's branches, a Map's one processor.
    """

    name: str
    type: str
    detail: str
    machines: "tuple[Machine, ...]"


@dataclass(frozen=True)
class Transition:
    """The way from one state to another; there is one for each pair, and one more for its catches.

    Attributes:
        target: a state's name, or None for the machine's end.
        labels: on which conditions it is taken, or which errors are caught.
    """

    source: str
    target: str | None
    labels: tuple[str, ...]
    is_catch: bool


@dataclass(frozen=True)
class Machine:
    """States in the order of the definition; the ways between them in the order of their sources.

    Attributes:
        start: the state that it begins with; None if there is no such state.
    """

    start: str | None
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    @property
    def has_end(self) -> bool:
        return any(transition.target is None for transition in self.transitions)


def machine(definition: object) -> Machine:
    """The graph of a definition, of a branch or of a Map's processor."""
    fields = _fields(definition)
    states = {name: _fields(state) for name, state in _fields(fields.get("States")).items()}
    start = fields.get("StartAt")
    return Machine(
        start if isinstance(start, str) and start in states else None,
        tuple(
            State(name, _text(state.get("Type")), detail(state), _machines(state))
            for name, state in states.items()
        ),
        tuple(
            transition
            for name, state in states.items()
            for transition in _transitions(name, state)
            if transition.target is None or transition.target in states
        ),
    )


def _machines(state: Fields) -> tuple[Machine, ...]:
    inner = _list(state.get("Branches")) or [state.get("ItemProcessor", state.get("Iterator"))]
    return tuple(machine(each) for each in inner if each)


def _transitions(name: str, state: Fields) -> list[Transition]:
    labels: dict[tuple[str | None, bool], list[str]] = {}
    for target, label, is_catch in _ways(state):
        known = labels.setdefault((target, is_catch), [])
        if label and label not in known:
            known.append(label)
    return [Transition(name, to, tuple(texts), catch) for (to, catch), texts in labels.items()]


def _ways(state: Fields) -> Iterator[tuple[str | None, str, bool]]:
    """Target, label, and whether it is a catch."""
    for rule in map(_fields, _list(state.get("Choices"))):
        if isinstance(target := rule.get("Next"), str):
            yield target, rule_text(rule), False
    if isinstance(target := state.get("Default"), str):
        yield target, "otherwise", False
    if isinstance(target := state.get("Next"), str):
        yield target, "", False
    if state.get("End") is True or state.get("Type") == "Succeed":
        yield None, "", False
    for catcher in map(_fields, _list(state.get("Catch"))):
        if isinstance(target := catcher.get("Next"), str):
            yield target, ", ".join(map(str, _list(catcher.get("ErrorEquals")))), True


def _fields(value: object) -> Fields:
    return value if _is_fields(value) else {}


def _is_fields(value: object) -> TypeGuard[Fields]:
    return isinstance(value, Mapping)


def _list(value: object) -> Sequence[Any]:
    return value if _is_list(value) else []


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
