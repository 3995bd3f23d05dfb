"""Which states of its state machine an execution is in, from the states that it enters."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from stepgate.diagram.graph import Graph

Transition = tuple[str, str]
"""From a state to a state, or to the end of its state machine: empty."""
_OUTERMOST = 0
"""The number of the graph that no other one is around."""


@dataclass(frozen=True)
class TrackedStates:
    """The states of an execution in its state machine; empty before the first one is known.

    Attributes:
        current: the states that it is in, a Parallel or Map before those inside it.
        taken: the transitions that it has made, those of `svg` with the same `data-from` and
            `data-to`. A catch that leads to the same state as another transition is not
            distinguished.
    """

    current: tuple[str, ...] = ()
    taken: tuple[Transition, ...] = ()


@dataclass(frozen=True)
class _NodePosition:
    """Where a state is in nested graphs.

    Attributes:
        path: the states around it, from the outside to the inside, and itself.
        graphs: the number of the graph that each of these is in.
    """

    path: tuple[str, ...]
    graphs: tuple[int, ...]


class StateTracker:
    """The states of one definition. The cost of a step depends only on the definition's size.

    Messages may be missing: some workflows send milestones only. The states in between are not
    guessed, and a transition is only taken if the definition has it.
    """

    def __init__(self, graph: Graph) -> None:
        self._positions: dict[str, _NodePosition] = {}
        self.transitions: set[Transition] = set()
        self._catches: set[Transition] = set()
        self._numbers = count(_OUTERMOST)
        self._add(graph, (), ())

    def enter(self, states: TrackedStates, state: str) -> TrackedStates:
        """The states after a message that one was entered.

        It is then the only current state of its graph: the iterations of a Map run side by side,
        and no message names its iteration, so the last state that was entered represents them all.

        Args:
            state: one that the definition does not have, for example after a deployment that
                renamed it, is treated as one of the outermost graph, without transitions.
        """
        position = self._position(state)
        # The states around it are current without a message of their own; it is entered again.
        known = {*states.current} - {state}
        depth = next(d for d, name in enumerate(position.path) if name not in known)
        entered = position.path[depth:]
        return self._advance(states, position.graphs[depth], entered[0], entered)

    def end(self, states: TrackedStates, *, succeeded: bool) -> TrackedStates:
        """The states after the last message; a failure, timeout or abort changes nothing."""
        return self._advance(states, _OUTERMOST, "", ()) if succeeded else states

    def _advance(
        self, states: TrackedStates, graph: int, target: str, entered: tuple[str, ...]
    ) -> TrackedStates:
        """The states after a graph has gone from its current state to the target."""
        left = [name for name in states.current if graph in self._position(name).graphs]
        current = tuple(name for name in states.current if name not in left) + entered
        return TrackedStates(
            current,
            tuple(dict.fromkeys((*states.taken, *self._taken(left, graph, target)))),
        )

    def _taken(self, left: list[str], graph: int, target: str) -> Iterator[Transition]:
        """The transitions from states that were left, the outer ones first."""
        completed: set[str] = set()
        for name in left:
            position = self._position(name)
            is_inner = position.graphs[-1] != graph
            transition = (name, "" if is_inner else target)
            is_taken = transition in self.transitions
            if not is_taken or (is_inner and position.path[-2] not in completed):
                continue
            # A Parallel or Map that goes on has completed everything inside it, unless it failed
            # and its catch leads on.
            if transition not in self._catches:
                completed.add(name)
            yield transition

    def _position(self, state: str) -> _NodePosition:
        return self._positions.get(state) or _NodePosition((state,), (_OUTERMOST,))

    def _add(self, graph: Graph, path: tuple[str, ...], graphs: tuple[int, ...]) -> None:
        inside = (*graphs, next(self._numbers))
        for each in graph.transitions:
            transition = (each.source, each.target or "")
            self.transitions.add(transition)
            if each.is_catch:
                self._catches.add(transition)
        for state in graph.states:
            # AWS refuses a definition with a name twice; here the first one counts.
            if state.name not in self._positions:
                position = _NodePosition((*path, state.name), inside)
                self._positions[state.name] = position
                for inner in state.graphs:
                    self._add(inner, position.path, position.graphs)
