"""The states that a run has visited, and their names in its path."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[tuple[int, int], ...]
"""An execution of a run: of each state that has started one, the number of the visit, and of the
attempt, outermost first; empty for the execution that the test has started."""


@dataclass(frozen=True)
class Around:
    """What a visit is in.

    Attributes:
        number: the visit of the state around it.
        index: of the item or the branch; None in an execution that the state has started.
        attempt: how often the state had been retried.
    """

    number: int
    index: int | None
    attempt: int


@dataclass(frozen=True)
class Visit:
    """
    Attributes:
        number: its place among all visits of the run.
        execution: the execution that it belongs to.
        around: what it is in, None at the top of the execution that the test has started.
        exit: the field that leads on, as in `stepgate.asl.states.Transition`, or `End`; None if
            the state has failed, or was stopped.
        retriers: those that have retried it, by their place in `Retry`.
    """

    number: int
    execution: Key
    state: str
    around: Around | None
    exit: str | None
    retriers: Sequence[int]


def make_visit(message: Mapping[str, Any]) -> Visit:
    """A visit, as the interpreter sends it."""
    return Visit(
        message["number"],
        as_key(message["machine"]),
        message["state"],
        Around(*message["place"][-1]) if message["place"] else None,
        message["exit"],
        message["retriers"],
    )


def as_key(machine: Sequence[Sequence[int]]) -> Key:
    """The execution, as the interpreter sends it."""
    return tuple((number, attempt) for number, attempt in machine)


def names_in_path(visits: Sequence[Visit]) -> list[str]:
    """The name of each visit, with what it is in: `Each order[0].Charge`."""
    names: list[str] = []
    for visit in visits:
        around = visit.around
        if around is None:
            names.append(visit.state)
        else:
            index = "" if around.index is None else f"[{around.index}]"
            names.append(f"{names[around.number]}{index}.{visit.state}")
    return names


def names_in_definition(visits: Sequence[Visit]) -> list[str]:
    """The name of each visit's state; behind the state that runs it if its workflow is nested."""
    return [
        ".".join([*(visits[number].state for number, _ in visit.execution), visit.state])
        for visit in visits
    ]


def in_path_order(visits: Sequence[Visit]) -> Iterator[Visit]:
    """What is in a Map or a Parallel follows it, item by item."""
    inner: defaultdict[int | None, list[Visit]] = defaultdict(list)
    for visit in visits:
        inner[visit.around and visit.around.number].append(visit)

    def place(visit: Visit) -> tuple[int, int]:
        around = visit.around
        return (around.attempt, around.index or 0) if around else (0, 0)

    def following(number: int | None) -> Iterator[Visit]:
        for visit in sorted(inner[number], key=place):
            yield visit
            yield from following(visit.number)

    yield from following(None)
