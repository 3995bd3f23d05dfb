"""The longest path through a definition, whatever length a state is given."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from workflows.language.states import Machine, State, Transition


class Path(NamedTuple):
    """How long a path is, and the states that have a length on it."""

    length: float
    states: tuple[str, ...]


NO_PATH = Path(0, ())


def longest(paths: Sequence[Path]) -> Path:
    """Of branches at the same time, that which counts for time."""
    return max(paths, default=NO_PATH)


def together(paths: Sequence[Path]) -> Path:
    """Of branches, all that is on any of them."""
    return Path(
        sum(path.length for path in paths), tuple(name for path in paths for name in path.states)
    )


def longest_path(
    machine: Machine,
    length: Callable[[State], float],
    *,
    nested: Callable[[Sequence[Path]], Path] = longest,
    is_followed: Callable[[Transition], bool] = lambda _: True,
) -> Path:
    """The longest path from the start, each loop gone through once, each Map with one item.

    With loops it is a lower bound: which way counts as the one back depends on the order in which
    the branches are searched.

    Args:
        length: a state's own, without what is nested in it.
        nested: what the branches of a Parallel count for.
        is_followed: which ways are gone.
    """
    states = machine.states
    from_: dict[str, Path] = {}
    on_path: set[str] = set()
    stack = [machine.start_at]
    while stack:  # depth-first, which leaves out what leads back
        name = stack[-1]
        if name in from_ or name not in states:
            stack.pop()
            continue
        targets = [way.target for way in states[name].transitions() if is_followed(way)]
        if name not in on_path:
            on_path.add(name)
            stack += [target for target in targets if target not in on_path]
            continue
        own = length(states[name])
        inner = nested(
            [
                longest_path(inner, length, nested=nested, is_followed=is_followed)
                for inner in states[name].nested
            ]
        )
        after = max((from_[target] for target in targets if target in from_), default=NO_PATH)
        named = (name,) if own else ()
        from_[name] = Path(
            own + inner.length + after.length, (*named, *inner.states, *after.states)
        )
        on_path.discard(name)
        stack.pop()
    return from_.get(machine.start_at, NO_PATH)
