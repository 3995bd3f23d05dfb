"""The graph of a definition: its states, and the transitions between them.

A definition may be wrong, because a deployed stack's outputs may hold anything. What is not in the
form of the language is left out, see `stepgate.asl.states`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from stepgate.asl import states as asl
from stepgate.diagram.labels import rule_label, state_detail
from stepgate.events.waiting import waited_event


@dataclass(frozen=True)
class State:
    """One state.

    Attributes:
        type: for example `Task`, as in the definition.
        detail: what it does in a few words, for example `ec2:startInstances`; may be empty.
        graphs: the branches of a Parallel, the processor of a Map.
    """

    name: str
    type: str
    detail: str
    graphs: "tuple[Graph, ...]"


@dataclass(frozen=True)
class Transition:
    """From one state to another: one for each pair, and one more for its catches.

    Attributes:
        target: a state's name, or None for the end of the state machine.
        labels: the conditions under which it is taken, or the errors that are caught.
    """

    source: str
    target: str | None
    labels: tuple[str, ...]
    is_catch: bool


@dataclass(frozen=True)
class Graph:
    """States in the order of the definition, and transitions in the order of their sources.

    Attributes:
        start: the first state; None if there is no such state.
    """

    start: str | None
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    @property
    def has_end(self) -> bool:
        return any(transition.target is None for transition in self.transitions)


def build_graph(definition: object) -> Graph:
    """The graph of a definition; of anything else it is empty."""
    is_object = isinstance(definition, Mapping)
    return _build(asl.root_machine(cast("asl.Fields", definition if is_object else {})))


def _build(machine: asl.Machine) -> Graph:
    return Graph(
        machine.start_at if machine.start_at in machine.states else None,
        tuple(
            State(
                state.name,
                state.type,
                _detail(state),
                tuple(_build(inner) for inner in state.nested),
            )
            for state in machine.states.values()
        ),
        tuple(
            transition
            for state in machine.states.values()
            for transition in _transitions(state)
            if transition.target is None or transition.target in machine.states
        ),
    )


def _transitions(state: asl.State) -> list[Transition]:
    labels: dict[tuple[str | None, bool], list[str]] = {}
    for target, label, is_catch in _targets(state):
        known = labels.setdefault((target, is_catch), [])
        if label and label not in known:
            known.append(label)
    return [
        Transition(state.name, target, tuple(texts), is_catch)
        for (target, is_catch), texts in labels.items()
    ]


def _targets(state: asl.State) -> Iterator[tuple[str | None, str, bool]]:
    """Target, label, and whether it is a catch."""
    for rule in state.choices:
        if isinstance(target := rule.get("Next"), str):
            yield target, rule_label(rule), False
    if isinstance(target := state.fields.get("Default"), str):
        yield target, "otherwise", False
    if isinstance(target := state.fields.get("Next"), str):
        yield target, "", False
    if state.fields.get("End") is True or state.type == "Succeed":
        yield None, "", False
    for catcher in state.catchers:
        if isinstance(target := catcher.get("Next"), str):
            yield target, ", ".join(asl.handled_errors(catcher)), True


def _detail(state: asl.State) -> str:
    """What a state does; empty if its type already says it."""
    event = waited_event(state)
    return state_detail(state.fields) if event is None else f"waits for {event}"
