"""Where an execution is in its state machine, as told by the states that it has entered."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from stepgate.diagram.graph import Machine

Line = tuple[str, str]
"""From a state to a state, or to the end of its machine: empty."""


@dataclass(frozen=True)
class Trace:
    """An execution, drawn into its state machine. One that was told nothing of is empty.

    Attributes:
        current: the states that it is in, a Parallel or Map before those within it.
        passed: the states that it was in and has left, and is not in again.
        taken: the lines that it has gone along, those of `svg` with the same `data-from` and
            `data-to`. Between the same two states a line and that of a catch are not told apart.
    """

    current: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    taken: tuple[Line, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where a state stands.

    Attributes:
        path: the states around it, from the outside to the inside, and itself.
        machines: the machine in which each of these stands, by a number.
    """

    path: tuple[str, ...]
    machines: tuple[int, ...]


_OUTERMOST = 0


class Places:
    """The states of one definition, each in its place. A step costs what the definition is large.

    Messages may be missing, as they are of a workflow that tells milestones only. What lies between
    two states is not guessed, and no line leads from one to the other unless the definition has it.
    """

    def __init__(self, machine: Machine) -> None:
        self._places: dict[str, _Place] = {}
        self._lines: set[Line] = set()
        self._catches: set[Line] = set()
        self._numbers = count(_OUTERMOST)
        self._add(machine, (), ())

    def entered(self, trace: Trace, state: str) -> Trace:
        """The trace after a message that the state was entered.

        Of its machine the state is the only one that is current then, for the iterations of a Map
        run side by side, and no message tells from which it comes: the last one that was entered
        stands for all.

        Args:
            state: one that the definition has not, as after a deployment that renamed it, stands
                in the outermost machine and has no lines.
        """
        place = self._place(state)
        # The states around it are current without a message of their own; it is entered anew.
        known = {*trace.current} - {state}
        depth = next(d for d, name in enumerate(place.path) if name not in known)
        return self._step(trace, place.machines[depth], place.path[depth], place.path[depth:])

    def ended(self, trace: Trace, *, succeeded: bool) -> Trace:
        """The trace after the last message: a failure, a timeout or an abort leaves it as it is."""
        return self._step(trace, _OUTERMOST, "", ()) if succeeded else trace

    def _step(self, trace: Trace, machine: int, target: str, entered: tuple[str, ...]) -> Trace:
        """The trace after a machine has gone from what is current in it to the target."""
        left = [name for name in trace.current if machine in self._place(name).machines]
        current = tuple(name for name in trace.current if name not in left) + entered
        passed = dict.fromkeys((*trace.passed, *left))
        return Trace(
            current,
            tuple(name for name in passed if name not in current),
            tuple(dict.fromkeys((*trace.taken, *self._taken(left, machine, target)))),
        )

    def _taken(self, left: list[str], machine: int, target: str) -> Iterator[Line]:
        """The lines from states that were left, the outer ones first."""
        completed: set[str] = set()
        for name in left:
            place = self._place(name)
            is_inner = place.machines[-1] != machine
            line = (name, "" if is_inner else target)
            if line not in self._lines or (is_inner and place.path[-2] not in completed):
                continue
            # A Parallel or Map that goes on has come to the end of all that is in it, unless it
            # failed: then its catch leads on.
            if line not in self._catches:
                completed.add(name)
            yield line

    def _place(self, state: str) -> _Place:
        return self._places.get(state) or _Place((state,), (_OUTERMOST,))

    def _add(self, machine: Machine, path: tuple[str, ...], machines: tuple[int, ...]) -> None:
        inside = (*machines, next(self._numbers))
        for way in machine.transitions:
            line = (way.source, way.target or "")
            self._lines.add(line)
            if way.is_catch:
                self._catches.add(line)
        for state in machine.states:
            # AWS refuses a definition that has a name twice; here the first one counts.
            if state.name not in self._places:
                place = self._places[state.name] = _Place((*path, state.name), inside)
                for inner in state.machines:
                    self._add(inner, place.path, place.machines)
